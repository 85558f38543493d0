"""The landing folder: what is refused in it, and what `land` puts there.

Every fault is planted in a real file; every message must name what its reader has to find.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.files import CannotWrite
from orchestration.landing import (
    LandedBatch,
    LandingError,
    LandingReport,
    check_landing,
    column_changes,
    declared_tables,
    is_replica,
    land,
    parsed_instant,
    read_landed_files,
    refuse_past_as_of,
)
from orchestration.landing import check as check_module
from orchestration.settings import Settings
from tests.disks import FAULTS, SmallDisk
from tests.killed import Killable
from tests.published import no_leftovers

ARRIVED = datetime(2026, 3, 1, 8, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 8, tzinfo=UTC)


def column(name: str, data_type: str, **meta: bool) -> dict[str, Any]:
    return {"name": name, "data_type": data_type, "config": {"meta": meta}}


def source(
    source_name: str, table_name: str, columns: list[dict[str, Any]], **meta: object
) -> dict[str, Any]:
    arrival = column("_fivetran_synced", "timestamp", required=True)
    return {
        "source_name": source_name,
        "name": table_name,
        "original_file_path": f"models/staging/{source_name}/_{source_name}__sources.yml",
        "config": {"meta": meta},
        "columns": {entry["name"]: entry for entry in [*columns, arrival]},
    }


def model(path: str, *parents: str) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "original_file_path": path,
        "depends_on": {"nodes": list(parents)},
    }


ACCOUNT = source(
    "crm",
    "account",
    [
        column("id", "string", required=True),
        column("name", "string"),
        column("employees", "bigint"),
        column("signed_on", "date"),
        column("amount", "decimal(18, 2)"),
        column("score", "double"),
        column("is_deleted", "boolean"),
        column("changed_at", "timestamp"),
        column("email", "string", pii=True),
    ],
    key=["id"],
    delete_marker="is_deleted",
)
NOTE = source("crm", "note", [column("id", "string", required=True)], key=["id"], optional=True)
UNUSED = source("crm", "unused", [column("id", "string")], key=["id"])
OWN = source("landing", "landed_files", [column("file_name", "string")])

MANIFEST = {
    "sources": {
        "source.crm.account": ACCOUNT,
        "source.crm.note": NOTE,
        "source.crm.unused": UNUSED,
        "source.landing.landed_files": OWN,
    },
    "nodes": {
        "model.account": model("models/staging/crm/stg_crm__account.sql", "source.crm.account"),
        "model.note": model("models/staging/crm/stg_crm__note.sql", "source.crm.note"),
        "model.unused": model("models/staging/crm/stg_crm__unused.sql", "source.crm.unused"),
        "model.input": model("models/input/input_accounts.sql", "model.account", "model.note"),
    },
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({}, project_dir=tmp_path)


@pytest.fixture
def folder(settings: Settings) -> Path:
    path = settings.landing_dir / "crm" / "account"
    path.mkdir(parents=True)
    return path


def good_table(**columns: Any) -> pa.Table:
    content = {
        "id": ["1", "2"],
        "_fivetran_synced": pa.array([ARRIVED, LATER], pa.timestamp("us", "UTC")),
    }
    return pa.table({**content, **columns})


def write(folder: Path, table: pa.Table, name: str = "batch.parquet") -> Path:
    pq.write_table(table, folder / name)
    return folder / name


def check(settings: Settings) -> LandingReport:
    return check_landing(settings, MANIFEST)


def only_problem(settings: Settings) -> str:
    problems = check(settings).problems
    assert len(problems) == 1, problems
    return problems[0]


def not_utf8() -> pa.Array:
    offsets = pa.array([0, 2, 4], pa.int32()).buffers()[1]
    return pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"ok\xff\xfe")])


# What is declared


def test_a_table_is_in_use_when_an_input_model_descends_from_it() -> None:
    in_use = {table.table_name: table.in_use for table in declared_tables(MANIFEST)}

    assert in_use == {"account": True, "note": True, "unused": False}


def test_the_declaration_is_read_from_a_manifest_file(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(MANIFEST))

    account = declared_tables(path)[0]

    assert account.key == ("id",)
    assert account.delete_marker == "is_deleted"
    assert [c.name for c in account.columns if c.required] == ["id", "_fivetran_synced"]
    assert [c.name for c in account.columns if c.pii] == ["email"]


def test_a_missing_manifest_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="dbt parse"):
        declared_tables(tmp_path / "manifest.json")


def test_an_unknown_type_is_refused_with_its_place() -> None:
    wrong = source("crm", "account", [column("id", "varchar(5)")])

    with pytest.raises(LandingError, match=r"_crm__sources\.yml: column 'id'.*varchar\(5\)"):
        declared_tables({"sources": {"a": wrong}, "nodes": {}})


def test_a_key_that_is_no_column_is_refused() -> None:
    wrong = source("crm", "account", [column("id", "string")], key=["uuid"])

    with pytest.raises(LandingError, match="'uuid' is no column"):
        declared_tables({"sources": {"a": wrong}, "nodes": {}})


# The check


def test_a_good_file_is_listed_with_its_content(settings: Settings, folder: Path) -> None:
    path = write(folder, good_table(extra=[1, 2], **{"Ann Lee": [1, 2]}))

    report = check(settings)

    assert report.findings == ()
    assert report.unknown_columns == {"crm/account": ("Aaa Aaa", "extra")}
    listed = pq.read_table(settings.landed_files_path).to_pylist()
    assert listed == [
        {
            "source_name": "crm",
            "table_name": "account",
            "file_name": "batch.parquet",
            "size_bytes": path.stat().st_size,
            "row_count": 2,
            "first_synced_at": ARRIVED.replace(tzinfo=None),
            "last_synced_at": LATER.replace(tzinfo=None),
            "content_sha256": report.files[0].content_sha256,
            "status": "ok",
            "problem": None,
            "column_names": ["id", "_fivetran_synced", "extra", "Aaa Aaa"],
        }
    ]


def test_columns_that_come_and_go_are_seen_in_the_files(settings: Settings, folder: Path) -> None:
    write(folder, good_table(name=["a", "b"]), "first.parquet")
    later = pa.array([LATER, LATER], pa.timestamp("us", "UTC"))
    write(folder, good_table(tier=[1, 2], _fivetran_synced=later), "second.parquet")
    check(settings)
    # As publishing reads them, from the list that the check wrote.
    files = read_landed_files(settings.landed_files_path)
    told = [str(change) for change in column_changes(files, declared_tables(MANIFEST), {})]
    assert [text.partition(" and ")[0] for text in told] == [
        "crm/account: column 'name' was last in first.parquet",
        "crm/account: column 'tier' came with second.parquet",
    ]


@pytest.mark.parametrize("year", [1999, 2040, 9999])
def test_an_arrival_of_another_age_blocks(settings: Settings, folder: Path, year: int) -> None:
    wrong = pa.array([ARRIVED, ARRIVED.replace(year=year)], pa.timestamp("us", "UTC"))
    write(folder, good_table(_fivetran_synced=wrong))
    dbt_vars = {
        "plausible_from": "2000-01-01",
        "plausible_years_ahead": 20,
        "calendar_first_year": 2000,
        "calendar_years": 60,
    }
    (problem,) = check_landing(settings, MANIFEST, dbt_vars).problems
    assert "crm/account/batch.parquet: a row of it arrived in about the year" in problem
    assert "from 2000-01-01 until 2040-01-01" in problem
    # The next check does not take the file for good because its content was seen.
    assert check_landing(settings, MANIFEST, dbt_vars).problems == (problem,)


def test_a_table_in_use_without_a_file_is_named(settings: Settings) -> None:
    (settings.landing_dir / "crm" / "note").mkdir(parents=True)
    write(settings.landing_dir / "crm" / "note", good_table())

    problem = only_problem(settings)

    assert "crm/account is in use and has no file" in problem
    assert "quotamart land FILE --source crm --table account" in problem


def test_no_landing_at_all_is_one_problem_that_says_what_to_run(settings: Settings) -> None:
    problem = only_problem(settings)

    assert "Nothing has landed" in problem
    assert "`quotamart sample`" in problem
    assert "`quotamart land`" in problem
    listed = pq.read_table(settings.landed_files_path)
    assert listed.num_rows == 0
    assert listed.column_names[0] == "source_name"
    assert listed.schema.field("row_count").type == pa.int64()


def test_no_landing_at_all_is_worth_a_note_where_no_source_is_in_use(settings: Settings) -> None:
    report = check_landing(settings, {**MANIFEST, "nodes": {}})

    assert report.problems == ()
    assert "Nothing has landed" in report.notes[0]


def plant_empty(folder: Path) -> None:
    (folder / "batch.parquet").touch()


def plant_truncated(folder: Path) -> None:
    path = write(folder, good_table())
    path.write_bytes(path.read_bytes()[:-20])


def plant_damaged_data(folder: Path) -> None:
    """A flipped bit that still reads as a name: only the page's checksum can tell."""
    path = folder / "batch.parquet"
    table = good_table(name=["Anna", "Anna"])
    options = {"compression": "none", "use_dictionary": False, "write_statistics": False}
    pq.write_table(table, path, write_page_checksum=True, **options)
    path.write_bytes(path.read_bytes().replace(b"Anna", b"Inna", 1))


def plant_text_file(folder: Path) -> None:
    (folder / "batch.parquet").write_text("id,name\n1,x\n")


def planted(**columns: Any) -> Callable[[Path], None]:
    return lambda folder: write(folder, good_table(**columns)) and None


def plant_missing_column(folder: Path) -> None:
    write(folder, good_table().drop_columns("id"))


def plant_double_column(folder: Path) -> None:
    write(folder, good_table(ID=["3", "4"]))


def plant_no_arrival(folder: Path) -> None:
    write(folder, good_table(_fivetran_synced=pa.array([ARRIVED, None], pa.timestamp("us"))))


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (plant_empty, ["unreadable", "0 bytes"]),
        (plant_truncated, ["unreadable"]),
        (plant_damaged_data, ["unreadable"]),
        (plant_text_file, ["unreadable"]),
        (planted(name=not_utf8()), ["unreadable", "'name'", "not UTF-8"]),
        (planted(other=not_utf8()), ["unreadable", "'other'", "not UTF-8"]),
        (plant_missing_column, ["required column 'id' is missing"]),
        (plant_double_column, ["'id' is there 2 times"]),
        (plant_no_arrival, ["_fivetran_synced", "null in 1 rows"]),
        (planted(filename=["a", "b"]), ["'filename'", "Rename"]),
        (planted(employees=["1", "2"]), ["'employees' is string", "declared is bigint"]),
        (planted(employees=pa.array([1.0, 2.0])), ["'employees' is double"]),
        (planted(employees=pa.array([1, 2], pa.uint64())), ["'employees' is uint64"]),
        (planted(amount=pa.array([1, 2], pa.decimal128(18, 4))), ["decimal128(18, 4)"]),
        (planted(amount=pa.array([1, 2], pa.decimal128(20, 2))), ["decimal128(20, 2)"]),
        (planted(score=pa.array([1, 2], pa.float32())), ["'score' is float"]),
        (planted(signed_on=pa.array([ARRIVED, None], pa.timestamp("us"))), ["'signed_on'"]),
        (planted(changed_at=pa.array([ARRIVED, None], pa.timestamp("ns"))), ["quotamart land"]),
        (planted(changed_at=pa.nulls(2)), ["'changed_at' is null", "quotamart land"]),
        (
            planted(changed_at=pa.array([ARRIVED, None], pa.timestamp("us", "Asia/Shanghai"))),
            ["tz=Asia/Shanghai"],
        ),
    ],
)
def test_a_bad_file_blocks(
    settings: Settings,
    folder: Path,
    plant: Callable[[Path], None],
    expected: list[str],
) -> None:
    plant(folder)

    problem = only_problem(settings)

    assert problem.startswith("crm/account/batch.parquet: ")
    for part in expected:
        assert part in problem
    (listed,) = pq.read_table(settings.landed_files_path).to_pylist()
    assert listed["status"] == "rejected"
    assert f"crm/account/batch.parquet: {listed['problem']}" == problem


@pytest.mark.parametrize(
    "values",
    [
        {"name": pa.array(["a", None], pa.large_string())},
        {"name": pa.array(["a", None]).dictionary_encode()},
        {"employees": pa.array([1, None], pa.int16())},
        {"amount": pa.array([1, None], pa.decimal128(9, 2))},
        {"changed_at": pa.array([ARRIVED, None], pa.timestamp("ms"))},
        {"changed_at": pa.array([ARRIVED, None], pa.timestamp("us", "UTC"))},
    ],
)
def test_types_that_lose_nothing_are_accepted(
    settings: Settings, folder: Path, values: dict[str, pa.Array]
) -> None:
    write(folder, good_table(**values))

    assert check(settings).findings == ()


def test_a_csv_in_a_table_folder_blocks_and_says_how_to_land_it(
    settings: Settings, folder: Path
) -> None:
    write(folder, good_table())
    (folder / "more.csv").write_text("id\n1\n")

    problem = only_problem(settings)

    assert "crm/account/more.csv is not a .parquet file" in problem
    assert "quotamart land" in problem


def test_a_folder_in_a_table_folder_blocks(settings: Settings, folder: Path) -> None:
    write(folder, good_table())
    (folder / "day=1").mkdir()

    assert "crm/account/day=1 is a folder" in only_problem(settings)


def test_a_parquet_file_beside_the_table_folders_blocks(settings: Settings, folder: Path) -> None:
    write(folder, good_table())
    write(folder.parent, good_table(), "account.parquet")

    assert "crm/account.parquet lies in no table's folder" in only_problem(settings)


def test_hidden_names_are_ignored_and_temporary_ones_noted(
    settings: Settings, folder: Path
) -> None:
    write(folder, good_table())
    (folder / ".batch.parquet.1.tmp").write_text("half")
    (folder / ".hidden.parquet").write_text("half")
    (folder / "batch.tmp").write_text("half")
    (folder / "_started.parquet").write_text("half")

    report = check(settings)

    assert report.problems == ()
    assert len(report.notes) == 2
    assert [file.file_name for file in report.files] == ["batch.parquet"]


def test_undeclared_folders_are_noted_and_do_not_block(settings: Settings, folder: Path) -> None:
    write(folder, good_table())
    (folder.parent / "lead").mkdir()
    (settings.landing_dir / "erp").mkdir()

    report = check(settings)

    assert report.problems == ()
    assert any("crm/lead" in note for note in report.notes)
    assert any("erp" in note for note in report.notes)


def test_a_bad_file_blocks_also_where_the_table_is_not_in_use(
    settings: Settings, folder: Path
) -> None:
    write(folder, good_table())
    unused = settings.landing_dir / "crm" / "unused"
    unused.mkdir()
    plant_empty(unused)

    assert "crm/unused/batch.parquet" in only_problem(settings)


def test_one_content_landed_twice_is_noted(settings: Settings, folder: Path) -> None:
    write(folder, good_table(), "a.parquet")
    write(folder, good_table(), "b.parquet")

    (note,) = check(settings).notes

    assert "b.parquet has the same content as a.parquet" in note


def test_an_unchanged_file_is_not_decoded_again(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, good_table())
    first = check(settings)
    monkeypatch.setattr(check_module, "_content", lambda *_: pytest.fail("was decoded again"))

    assert check(settings).files == first.files


def test_a_changed_file_is_decoded_again_even_if_size_and_time_are_the_same(
    settings: Settings, folder: Path
) -> None:
    path = folder / "batch.parquet"
    write = {"compression": "none", "use_dictionary": False}
    pq.write_table(good_table(name=["ok", "ok"]), path, **write)
    before = path.stat()
    assert check(settings).problems == ()

    path.write_bytes(path.read_bytes().replace(b"\x02\x00\x00\x00ok", b"\x02\x00\x00\x00\xff\xfe"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert "not UTF-8" in only_problem(settings)


def test_results_of_an_older_check_are_not_reused(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, good_table())
    check(settings)
    listed = pq.read_table(settings.landed_files_path)
    older = listed.replace_schema_metadata({b"quotamart.check_version": b"0"})
    pq.write_table(older, settings.landed_files_path)
    decoded = []
    content = check_module._content
    monkeypatch.setattr(
        check_module, "_content", lambda *given: decoded.append(given) or content(*given)
    )

    check(settings)

    assert len(decoded) == 1


def test_a_rejected_file_is_judged_anew_every_time(settings: Settings, folder: Path) -> None:
    plant_no_arrival(folder)

    assert only_problem(settings) == only_problem(settings)


def test_the_list_survives_a_damaged_predecessor(settings: Settings, folder: Path) -> None:
    write(folder, good_table())
    settings.landed_files_path.parent.mkdir(parents=True)
    settings.landed_files_path.write_text("half")

    check(settings)

    assert pq.read_table(settings.landed_files_path).num_rows == 1


# Landing a file


def bring(settings: Settings, file: Path, **options: Any) -> LandedBatch:
    return land(settings, MANIFEST, file, "crm", "account", **{"arrived_at": ARRIVED, **options})


def csv_file(tmp_path: Path, content: str | bytes, name: str = "accounts.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows_of(batch: LandedBatch) -> list[dict[str, Any]]:
    return pq.read_table(batch.path).to_pylist()


def refusal(settings: Settings, file: Path, **options: Any) -> str:
    """The message of a refused landing, of which nothing may be left."""
    with pytest.raises(LandingError) as refused:
        bring(settings, file, **options)
    left = list(settings.landing_dir.rglob("*.parquet*")) if settings.landing_dir.exists() else []
    assert left == []
    return str(refused.value)


def test_csv_texts_stay_as_they_are(tmp_path: Path, settings: Settings) -> None:
    file = csv_file(tmp_path, 'id,name\n007,NA\n" 8 ",\n9,"null, ""x""\nand more"\n')

    batch = bring(settings, file)

    assert [(row["id"], row["name"]) for row in rows_of(batch)] == [
        ("007", "NA"),
        (" 8 ", ""),
        ("9", 'null, "x"\nand more'),
    ]
    assert batch.row_count == 3
    assert check(settings).findings == ()


def test_declared_types_are_read_and_the_empty_text_is_null(
    tmp_path: Path, settings: Settings
) -> None:
    header = "id,employees,signed_on,amount,score,is_deleted,changed_at"
    file = csv_file(
        tmp_path,
        f"{header}\n1,-12,2026-02-28,1234.50,1e3,TRUE,2026-01-01T09:30:00.5+08:00\n2,,,,,,\n",
    )

    first, second = rows_of(bring(settings, file))

    assert first["employees"] == -12
    assert first["signed_on"].isoformat() == "2026-02-28"
    assert str(first["amount"]) == "1234.50"
    assert first["score"] == 1000.0
    assert first["is_deleted"] is True
    assert first["changed_at"] == datetime(2026, 1, 1, 1, 30, 0, 500_000)
    assert {name: second[name] for name in header.split(",")[1:]} == dict.fromkeys(
        header.split(",")[1:]
    )
    assert check(settings).findings == ()


def test_arrival_is_stamped_where_it_is_missing(tmp_path: Path, settings: Settings) -> None:
    file = csv_file(tmp_path, "id\n1\n")

    batch = bring(settings, file)

    assert rows_of(batch)[0]["_fivetran_synced"] == ARRIVED.replace(tzinfo=None)
    assert batch.path.name.startswith("20260301T080000000000Z-")
    assert batch.arrived_at == ARRIVED


def test_arrival_is_now_unless_given(tmp_path: Path, settings: Settings) -> None:
    before = datetime.now(UTC)

    batch = bring(settings, csv_file(tmp_path, "id\n1\n"), arrived_at=None)

    assert before <= batch.arrived_at <= datetime.now(UTC)
    stamped = rows_of(batch)[0]["_fivetran_synced"]
    assert stamped.replace(tzinfo=UTC) == batch.arrived_at


def test_arrival_in_the_file_is_kept(tmp_path: Path, settings: Settings) -> None:
    file = csv_file(tmp_path, "id,_fivetran_synced\n1,2026-01-05 06:00:00\n")

    batch = bring(settings, file)

    assert rows_of(batch)[0]["_fivetran_synced"] == datetime(2026, 1, 5, 6)
    assert "--arrived-at was not used" in batch.notes[0]


def test_undeclared_columns_are_kept_and_reported(tmp_path: Path, settings: Settings) -> None:
    batch = bring(settings, csv_file(tmp_path, "id,Extra\n1,x\n"))

    assert batch.unknown_columns == ("Extra",)
    assert rows_of(batch)[0]["Extra"] == "x"


def test_names_are_compared_without_case_and_land_as_declared(
    tmp_path: Path, settings: Settings
) -> None:
    batch = bring(settings, csv_file(tmp_path, "ID,Employees\n1,5\n"))

    assert rows_of(batch)[0]["employees"] == 5


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path, settings: Settings) -> None:
    batch = bring(settings, csv_file(tmp_path, b"\xef\xbb\xbfid,name\n1,\xe4\xb8\xad\n"))

    assert rows_of(batch)[0]["name"] == "中"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", ["is empty"]),
        ("id,name,id\n1,x,2\n", ["'id' more than once"]),
        ("id,name,ID\n1,x,2\n", ["'id' more than once"]),
        ("id,\n1,x\n", ["column 2 has no name"]),
        ("id;name\n1;x\n", ["separated by commas"]),
        ("name\nx\n", ["required column 'id' is missing"]),
        ("id,filename\n1,x\n", ["'filename'", "Rename"]),
        ("id,name\n1,x\n2\n", ["row 2 (line 3) has 1 fields, the header has 2"]),
        ('id,name\n1,"x\ny"\n2,a,b\n', ["row 2 (line 4) has 3 fields"]),
        ('id,name\n1,"x\n', ["row 1", "quote"]),
        ("id,name\n1,ok\n2,\u4e2d\n".encode("gbk"), ["row 2, field 2 (line 3)", "UTF-8"]),
        ("id,name\n1,ok\n".encode("utf-16"), ["UTF-8"]),
        ("id,employees\n1,5\n2,1.0\n", ["row 2 (line 3), column 'employees'", "'9.9'"]),
        ("id,employees\n1,9223372036854775808\n", ["no bigint"]),
        ('id,amount\n1,"1,234.50"\n', ["column 'amount'", "thousands separators"]),
        ("id,amount\n1,1.005\n", ["'9.999'", "2 after the decimal point"]),
        ("id,amount\n1, 1.00\n", ["spaces around it"]),
        ("id,signed_on\n1,03/04/2026\n", ["'99/99/9999'", "YYYY-MM-DD", "told apart"]),
        ("id,signed_on\n1,2026-02-30\n", ["'9999-99-99' is no date"]),
        ("id,signed_on\n1,20260228\n", ["YYYY-MM-DD"]),
        ("id,changed_at\n1,1.4.2026 10:00\n", ["told apart"]),
        ("id,changed_at\n1,2026-01-01 10:00:00.1234567\n", ["at most 6 digits"]),
        ("id,is_deleted\n1,yes\n", ["true or false"]),
        ("id,score\n1,nan\n", ["no double"]),
        ("id,_fivetran_synced\n1,2026-01-01\n2,\n", ["row 2 has no _fivetran_synced"]),
    ],
)
def test_a_csv_that_is_not_clear_is_refused(
    tmp_path: Path, settings: Settings, content: str | bytes, expected: list[str]
) -> None:
    message = refusal(settings, csv_file(tmp_path, content))

    assert message.startswith("accounts.csv")
    for part in expected:
        assert part in message


def test_a_refusal_shows_the_form_of_a_value_and_never_the_value(
    tmp_path: Path, settings: Settings
) -> None:
    message = refusal(settings, csv_file(tmp_path, "id,employees\n1,Zoë Miller 42\n"))

    assert "Miller" not in message
    assert "'Aaa Aaaaaa 99'" in message


def test_a_first_row_in_place_of_a_header_is_not_told(tmp_path: Path, settings: Settings) -> None:
    message = refusal(settings, csv_file(tmp_path, "Zoë Miller,zoe@x.example\n1,2\n"))

    assert "Aaa Aaaaaa, aaa@a.aaaaaaa" in message
    message = refusal(settings, csv_file(tmp_path, "zoe@x.example;7\n1;2\n"))
    assert "'aaa@a.aaaaaaa;9'" in message


def test_rows_are_numbered_through_all_batches_of_a_long_file(
    tmp_path: Path, settings: Settings
) -> None:
    lines = [f"{number},{number}" for number in range(1, 130_001)]
    lines[125_000] = "125001,x"
    message = refusal(settings, csv_file(tmp_path, "id,employees\n" + "\n".join(lines)))

    assert "row 125001 (line 125002)" in message


def test_a_header_alone_lands_as_a_batch_without_rows(tmp_path: Path, settings: Settings) -> None:
    assert bring(settings, csv_file(tmp_path, "id,name\n")).row_count == 0
    assert check(settings).findings == ()


def test_the_same_content_is_refused_the_second_time(tmp_path: Path, settings: Settings) -> None:
    file = csv_file(tmp_path, "id\n1\n")
    first = bring(settings, file)

    with pytest.raises(LandingError, match=first.path.name):
        bring(settings, csv_file(tmp_path, "id\n1\n", "copy.csv"), arrived_at=LATER)

    assert bring(settings, file, arrived_at=LATER, force=True).path != first.path


def test_two_batches_never_share_a_name(tmp_path: Path, settings: Settings) -> None:
    file = csv_file(tmp_path, "id\n1\n")
    bring(settings, file)

    with pytest.raises(LandingError, match="arrived-at"):
        bring(settings, file, force=True)


def test_an_undeclared_table_is_refused_with_what_is_declared(
    tmp_path: Path, settings: Settings
) -> None:
    file = csv_file(tmp_path, "id\n1\n")

    with pytest.raises(LandingError, match="account, note, unused"):
        land(settings, MANIFEST, file, "crm", "lead")
    with pytest.raises(LandingError, match=r"'erp' is not declared.*models/staging/erp"):
        land(settings, MANIFEST, file, "erp", "lead")


def test_other_kinds_of_files_are_refused(tmp_path: Path, settings: Settings) -> None:
    assert "neither" in refusal(settings, csv_file(tmp_path, "id\n1\n", "accounts.xlsx"))
    assert "no file" in refusal(settings, tmp_path / "nowhere.csv")


def test_parquet_is_converted_where_an_engine_could_not_read_it(
    tmp_path: Path, settings: Settings
) -> None:
    file = write(
        tmp_path,
        pa.table(
            {
                "id": ["1"],
                "employees": pa.nulls(1),
                "other": pa.nulls(1),
                "changed_at": pa.array([1_767_225_600_123_456_789], pa.timestamp("ns")),
            }
        ),
    )

    batch = bring(settings, file)

    assert rows_of(batch)[0]["changed_at"] == datetime(2026, 1, 1, 0, 0, 0, 123_456)
    assert pq.read_schema(batch.path).field("employees").type == pa.int64()
    assert len(batch.notes) == 3
    assert check(settings).findings == ()


def test_a_bad_parquet_file_is_refused(tmp_path: Path, settings: Settings) -> None:
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1")

    assert "no readable Parquet" in refusal(settings, broken)
    assert "cannot be read" in refusal(settings, write(tmp_path, good_table(name=not_utf8())))
    assert "declared is bigint" in refusal(
        settings, write(tmp_path, good_table(employees=["1", "2"]))
    )


def test_a_landing_killed_half_way_leaves_nothing_that_is_read(
    tmp_path: Path, settings: Settings
) -> None:
    file = csv_file(tmp_path, "id,name\n" + "".join(f"{n},name {n}\n" for n in range(2_000_000)))
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(MANIFEST))
    script = (
        "import sys; from pathlib import Path; from orchestration.landing import land;"
        "from orchestration.settings import Settings;"
        "s = Settings.from_environment({}, project_dir=Path(sys.argv[1]));"
        "land(s, sys.argv[2], Path(sys.argv[3]), 'crm', 'account')"
    )
    folder = settings.landing_dir / "crm" / "account"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), str(manifest), str(file)],
        cwd=Path(__file__).parents[2],
    )
    deadline = time.monotonic() + 60
    while not list(folder.glob(".*.tmp")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert list(folder.glob(".*.tmp"))
    assert list(folder.glob("*.parquet")) == []
    assert bring(settings, csv_file(tmp_path, "id\n1\n", "small.csv")).row_count == 1
    assert check(settings).findings == ()


@pytest.mark.faults
@pytest.mark.parametrize("replica", [False, True])
def test_a_landing_killed_at_any_step_is_done_again(
    tmp_path: Path, settings: Settings, folder: Path, replica: bool, at_full_length: bool
) -> None:
    def landing(number: int) -> Killable:
        # A replica's file is a full copy; of what it holds already, nothing is landed.
        first = 0 if replica else number
        lines = "".join(f"{one},Ada\n" for one in range(first, number + 1))
        file = csv_file(tmp_path, f"id,name\n{lines}", f"{number}.csv")
        work = (land, settings, MANIFEST, file, "crm", "account")
        return Killable(*work, replica=replica, watched=[settings.landing_dir])

    def landed() -> list[int]:
        batches = map(pq.read_table, folder.glob("*.parquet"))
        return sorted(int(name) for batch in batches for name in batch["id"].to_pylist())

    # The first one also makes the folder.
    assert landing(0).steps() >= landing(1).steps()
    steps = landing(2).steps()
    assert steps >= 8
    for step in range(3, 3 + steps, 1 if at_full_length else 4):
        before = landed()
        assert landing(step).killed_at(step - 2)
        assert check(settings).problems == ()
        new = range(before[-1] + 1, step + 1) if replica else [step]
        assert landed() in (before, [*before, *new])
        if step not in landed():
            bring(settings, tmp_path / f"{step}.csv", replica=replica, arrived_at=None)
        assert landed() == [*before, *new]
        assert no_leftovers(settings.landing_dir)


@pytest.mark.faults
@pytest.mark.parametrize("fault", FAULTS)
def test_a_landing_without_room_leaves_nothing_and_says_what_to_do(
    tmp_path: Path, settings: Settings, small_disk: Callable[..., SmallDisk], fault: str
) -> None:
    disk = small_disk(settings.landing_dir, megabytes=8)
    rows = "".join(f"{number},name {number}\n" for number in range(200_000))
    file = csv_file(tmp_path, f"id,name\n{rows}")
    for spare_bytes in (0, 4_096, 100_000):
        with (
            disk.failing(fault, spare_bytes),
            pytest.raises(CannotWrite, match=f"^{settings.landing_dir}.* cannot be written to: "),
        ):
            bring(settings, file)
        assert list(settings.landing_dir.rglob("*.*")) == []

    assert bring(settings, file).row_count == 200_000


# Replicas


def landed_versions(settings: Settings) -> list[tuple[Any, ...]]:
    files = settings.landing_dir / "crm" / "account" / "*.parquet"
    return duckdb.execute(
        f"select id, name, is_deleted, _fivetran_synced from read_parquet('{files}', "
        "union_by_name = true) order by _fivetran_synced, id"
    ).fetchall()


def test_only_changes_of_a_replica_are_landed(tmp_path: Path, settings: Settings) -> None:
    first = bring(settings, csv_file(tmp_path, "id,name\n1,a\n2,b\n3,c\n"), replica=True)
    second = bring(
        settings,
        csv_file(tmp_path, "id,name\n4,d\n3,C\n1,a\n"),
        replica=True,
        arrived_at=LATER,
    )

    assert (first.row_count, second.row_count) == (3, 3)
    assert "1 new, 1 changed, 1 vanished" in second.notes[0]
    late = LATER.replace(tzinfo=None)
    assert landed_versions(settings)[3:] == [
        ("2", "b", True, late),
        ("3", "C", False, late),
        ("4", "d", False, late),
    ]
    assert check(settings).findings == ()


def test_an_unchanged_replica_lands_nothing(tmp_path: Path, settings: Settings) -> None:
    file = csv_file(tmp_path, "id,name\n1,a\n")
    bring(settings, file, replica=True)

    again = bring(settings, file, replica=True, arrived_at=LATER)

    assert (again.path, again.row_count) == (None, 0)
    assert len(landed_versions(settings)) == 1


def test_a_replica_after_plain_batches_lands_only_what_differs(
    tmp_path: Path, settings: Settings
) -> None:
    bring(settings, csv_file(tmp_path, "id,name\n1,a\n2,b\n3,c\n"))
    copy = csv_file(tmp_path, "id,name,is_deleted\n1,a,\n2,B,false\n3,c,false\n")

    batch = bring(settings, copy, replica=True, arrived_at=LATER)

    assert [row["name"] for row in rows_of(batch)] == ["B"]


def test_a_row_that_returns_to_a_replica_stands_again(tmp_path: Path, settings: Settings) -> None:
    both, one = "id,name\n1,a\n2,b\n", "id,name\n1,a\n"
    for day, content in enumerate([both, one, one, both], start=1):
        arrival = datetime(2026, 4, day, tzinfo=UTC)
        bring(settings, csv_file(tmp_path, content), replica=True, arrived_at=arrival)

    assert [row[:3] for row in landed_versions(settings) if row[0] == "2"] == [
        ("2", "b", False),
        ("2", "b", True),
        ("2", "b", False),
    ]


def test_a_column_that_appears_in_a_replica_is_a_change(tmp_path: Path, settings: Settings) -> None:
    bring(settings, csv_file(tmp_path, "id\n1\n2\n"), replica=True)
    file = csv_file(tmp_path, "id,employees\n1,5\n2,\n")

    batch = bring(settings, file, replica=True, arrived_at=LATER)

    assert [row["id"] for row in rows_of(batch)] == ["1"]


def test_vanished_rows_stand_where_no_delete_marker_is_declared(
    tmp_path: Path, settings: Settings
) -> None:
    def bring_note(content: str, arrival: datetime) -> LandedBatch:
        file = csv_file(tmp_path, content)
        return land(settings, MANIFEST, file, "crm", "note", replica=True, arrived_at=arrival)

    bring_note("id\n1\n2\n", ARRIVED)
    batch = bring_note("id\n1\n", LATER)

    assert batch.row_count == 0
    assert "still stand" in batch.notes[1]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("id,name\n1,a\n1,b\n", "1 keys stand in several rows"),
        ("id,name\n", "holds no row"),
    ],
)
def test_a_copy_that_is_none_is_refused(
    tmp_path: Path, settings: Settings, content: str, expected: str
) -> None:
    bring(settings, csv_file(tmp_path, "id,name\n1,a\n"), replica=True)

    with pytest.raises(LandingError, match=expected):
        bring(settings, csv_file(tmp_path, content), replica=True, arrived_at=LATER)


def test_a_copy_without_rows_deletes_all_when_forced(tmp_path: Path, settings: Settings) -> None:
    bring(settings, csv_file(tmp_path, "id,name\n1,a\n"), replica=True)
    file = csv_file(tmp_path, "id,name\n")

    batch = bring(settings, file, replica=True, arrived_at=LATER, force=True)

    assert rows_of(batch)[0]["is_deleted"] is True


def test_a_copy_that_would_be_superseded_at_once_is_refused(
    tmp_path: Path, settings: Settings
) -> None:
    bring(settings, csv_file(tmp_path, "id,name\n1,a\n"), replica=True, arrived_at=LATER)

    with pytest.raises(LandingError, match="superseded"):
        bring(settings, csv_file(tmp_path, "id,name\n1,b\n"), replica=True, arrived_at=ARRIVED)


def test_a_replica_takes_full_copies_only(tmp_path: Path, settings: Settings) -> None:
    bring(settings, csv_file(tmp_path, "id,name\n1,a\n"), replica=True)

    with pytest.raises(LandingError, match="--replica"):
        bring(settings, csv_file(tmp_path, "id,name\n1,b\n"), arrived_at=LATER)


def test_a_replica_refuses_a_past_as_of(tmp_path: Path, settings: Settings) -> None:
    file = csv_file(tmp_path, "id,name\n1,a\n")
    bring(settings, file)
    refuse_past_as_of(settings, MANIFEST, datetime(2026, 1, 1, tzinfo=UTC))

    bring(settings, file, replica=True, arrived_at=LATER)
    bring(
        settings,
        csv_file(tmp_path, "id,name\n1,b\n"),
        replica=True,
        arrived_at=datetime(2026, 4, 1),
    )

    assert is_replica(settings, declared_tables(MANIFEST)[0])
    with pytest.raises(LandingError, match=r"crm/account \(latest copy 2026-04-01"):
        refuse_past_as_of(settings, MANIFEST, "2026-03-15")
    refuse_past_as_of(settings, MANIFEST, "2026-04-01")
    refuse_past_as_of(settings, MANIFEST, None)
    with pytest.raises(LandingError, match="cannot be read"):
        refuse_past_as_of(settings, MANIFEST, "1/4/2026")


def test_a_refused_copy_makes_no_replica(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(LandingError):
        bring(settings, csv_file(tmp_path, "id,name\n1,a\n1,a\n"), replica=True)

    assert not is_replica(settings, declared_tables(MANIFEST)[0])


def test_landed_versions_that_cannot_be_read_are_named(tmp_path: Path, settings: Settings) -> None:
    bring(settings, csv_file(tmp_path, "id,name\n1,a\n"), replica=True)
    plant_text_file(settings.landing_dir / "crm" / "account")

    with pytest.raises(LandingError, match="crm/account cannot be compared"):
        bring(settings, csv_file(tmp_path, "id,name\n1,b\n"), replica=True, arrived_at=LATER)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="beyond the calendar"):
        parsed_instant(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T08:00:00Z", ARRIVED),
        ("2026-03-01 16:00+08:00", ARRIVED),
    ],
)
def test_instants_are_read_as_utc(text: str, expected: datetime) -> None:
    assert parsed_instant(text) == expected


def test_another_time_zone_of_the_machine_changes_nothing(
    tmp_path: Path, settings: Settings, folder: Path
) -> None:
    write(folder, good_table())
    copy = csv_file(tmp_path, "id,name\n1,a\n")
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(MANIFEST))
    # Read in Shanghai's time, the landed arrivals would lie after this one.
    script = (
        "import sys; from datetime import datetime; from pathlib import Path;"
        "from orchestration.landing import land, refuse_past_as_of;"
        "from orchestration.settings import Settings;"
        "s = Settings.from_environment({}, project_dir=Path(sys.argv[1]));"
        "land(s, sys.argv[2], Path(sys.argv[3]), 'crm', 'account', replica=True,"
        " arrived_at=datetime(2026, 3, 2, 9));"
        "refuse_past_as_of(s, sys.argv[2], '2026-03-02 09:00')"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(manifest), str(copy)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TZ": "Asia/Shanghai"},
        check=True,
    )

    landed = pq.read_table(next(folder.glob("20260302T090000*.parquet")))
    assert set(landed["_fivetran_synced"].to_pylist()) == {datetime(2026, 3, 2, 9)}
