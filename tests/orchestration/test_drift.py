"""Columns that come and go in a source are told by what landed."""

from datetime import UTC, datetime, timedelta

from orchestration.landing import LandedFile, SourceTable, column_changes
from orchestration.landing.declared import SourceColumn
from orchestration.report import status_text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime(2026, 4, 1, tzinfo=UTC)
TABLE = SourceTable(
    "crm",
    "account",
    (SourceColumn("id", "string", required=True), SourceColumn("Segment", "string")),
)


def file(name: str, day: int, *columns: str) -> LandedFile:
    """A landed file of one row that arrived on a day."""
    arrived = (FIRST + timedelta(days=day) - EPOCH) // timedelta(microseconds=1)
    return LandedFile("crm", "account", name, 1, 1, arrived, arrived, column_names=columns)


def changes(*files: LandedFile, as_of: str | None = None) -> list[tuple[str, str, str]]:
    found = column_changes(files, [TABLE], {"as_of": as_of})
    return [(change.column_name, change.change, change.file_name) for change in found]


def test_a_column_that_comes_is_told_with_its_first_file() -> None:
    files = [
        file("c", 2, "id", "segment", "tier", "score"),
        file("a", 0, "ID", "segment", "score"),
        file("b", 1, "id", "segment", "tier", "score"),
    ]
    assert changes(*files) == [("tier", "added", "b")]
    (told,) = column_changes(files, [TABLE], {})
    assert str(told) == (
        "crm/account: column 'tier' came with b and is not declared, so no model reads it. "
        "Declare it in the source YAML if one should."
    )


def test_a_declared_column_that_goes_is_told_with_its_last_file() -> None:
    files = [file("a", 0, "id", "segment"), file("b", 1, "id", "Segment"), file("c", 2, "id")]
    assert changes(*files) == [("segment", "gone", "b")]
    (told,) = column_changes(files, [TABLE], {})
    assert str(told) == (
        "crm/account: column 'segment' was last in b and is missing since, so newer rows have no "
        "value in it. Have the source send it again, or take it out of the source YAML."
    )


def test_what_was_never_there_or_is_there_again_is_no_change() -> None:
    assert changes(file("a", 0, "id"), file("b", 1, "id")) == []
    back = [file("a", 0, "id", "segment"), file("b", 1, "id"), file("c", 2, "id", "segment")]
    assert changes(*back) == []
    # An undeclared column that goes was read by nobody, and a declared one may come.
    assert changes(file("a", 0, "id", "extra"), file("b", 1, "id", "segment")) == []


def test_a_build_of_the_past_and_files_without_rows_say_nothing() -> None:
    files = [file("a", 0, "id"), file("b", 1, "id", "tier")]
    assert changes(*files, as_of="2026-04-01 12:00:00") == []
    assert changes(*files, as_of="2026-04-02 12:00:00") == [("tier", "added", "b")]
    empty = LandedFile("crm", "account", "c", 1, 0, column_names=("id",))
    assert changes(*files, empty) == [("tier", "added", "b")]


def test_the_status_names_each_change() -> None:
    status = {
        "published_version": "v",
        "age_seconds": 0,
        "as_of": "2026-04-02",
        "quarantine": [],
        "unmapped": [],
        "sources": [],
        "changed_columns": [
            {"source_name": "crm", "table_name": "account", "column_name": "tier",
             "change": "added"},
            {"source_name": "crm", "table_name": "account", "column_name": "segment",
             "change": "gone"},
        ],
        "open_periods": [],
    }  # fmt: skip
    told = status_text(status).splitlines()
    assert "column added       crm/account: tier" in told
    assert "column gone        crm/account: segment" in told
