"""A source that stops arriving is told by what landed, not by the machine's clock."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from orchestration.landing import LandedFile, LandingError, freshness_of, is_withheld

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEWEST = datetime(2026, 4, 12, 2, tzinfo=UTC)


def file(source: str, last: datetime, days: int = 1) -> LandedFile:
    """A landed file whose rows arrived over some days, the last of them at `last`."""
    until = (last - EPOCH) // timedelta(microseconds=1)
    first = until - days * 86_400_000_000
    return LandedFile(source, "a_table", "f.parquet", 1, 1, first, until)


def test_a_source_that_stopped_is_stale_once_it_is_further_behind_than_allowed() -> None:
    limit = NEWEST - timedelta(days=3)
    files = [
        file("crm", NEWEST),
        file("billing", limit - timedelta(days=40)),
        file("billing", limit),
        file("survey", limit - timedelta(microseconds=1)),
        file("unlimited", limit - timedelta(days=400)),
    ]
    found = freshness_of(files, {"stale_after_days": {"crm": 3, "billing": 3, "survey": 3}})
    assert [(source.source_name, source.days_behind, source.is_stale) for source in found] == [
        ("billing", Decimal("3.0"), False),
        ("crm", Decimal("0.0"), False),
        ("survey", Decimal("3.0"), True),
        ("unlimited", Decimal("403.0"), False),
    ]
    assert str(found[2]) == (
        "survey: nothing arrived since 2026-04-09 01:59 UTC, 3.0 days before the newest landed "
        "row; it is stale after 3. Look at its connector, or change the var stale_after_days."
    )


def test_a_build_of_the_past_judges_the_sources_as_they_were_then() -> None:
    as_of = NEWEST - timedelta(days=60)
    files = [
        file("crm", NEWEST, days=90),
        file("survey", as_of - timedelta(days=9)),
        file("survey", NEWEST),
        file("later", NEWEST),
    ]
    dbt_vars = {"as_of": as_of.strftime("%Y-%m-%d %H:%M:%S"), "stale_after_days": {"survey": 7}}
    assert [(source.source_name, source.is_stale) for source in freshness_of(files, dbt_vars)] == [
        ("crm", False),
        ("survey", True),
    ]
    assert not any(source.is_stale for source in freshness_of(files, {**dbt_vars, "as_of": None}))


def test_a_file_without_arrivals_says_nothing() -> None:
    assert freshness_of([LandedFile("crm", "a_table", "f.parquet", 0)], {}) == []


def test_a_refused_file_says_nothing() -> None:
    refused = LandedFile("crm", "a_table", "f.parquet", 1, 1, 0, 2**63 - 1, status="rejected")
    (source,) = freshness_of([file("crm", NEWEST), refused], {"stale_after_days": {"crm": 3}})
    assert source.last_arrived_at == NEWEST


@pytest.mark.parametrize("limits", [{"crm": 0}, {"crm": "3"}, {"crm": True}, ["crm"]])
def test_a_mistaken_limit_is_refused(limits: object) -> None:
    with pytest.raises(LandingError, match="stale_after_days"):
        freshness_of([], {"stale_after_days": limits})


def test_a_stale_source_withholds_only_where_the_var_says_so() -> None:
    assert not is_withheld({})
    assert not is_withheld({"stale_sources": "publish"})
    assert is_withheld({"stale_sources": "withhold"})
    with pytest.raises(LandingError, match="stale_sources 'hide' is neither"):
        is_withheld({"stale_sources": "hide"})
