"""Conversions of the funnel by hand, and how the marts are compared with the second method.

The comparison itself is with the sample's, given its visits, in test_sample_funnel.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ..test_mrr import Told
from .conversions import (
    ACTIVITY_COLUMNS,
    COHORT_COLUMNS,
    COHORT_RATES,
    Conversions,
    Key,
    LeadLink,
    Visit,
    cohort_rates,
)
from .inventor import STAGES

ORDERS = {stage.stage_code: stage.stage_order for stage in STAGES}


class Compared(NamedTuple):
    """How a mart is compared: what it should say, and its columns."""

    expected: Callable[[Conversions], Told]
    columns: Sequence[str]

    def found(self, rows: Sequence[Mapping[str, object]]) -> Told:
        """What it says."""
        return {
            tuple(row[column] for column in Key._fields): tuple(
                row[column] for column in self.columns
            )
            for row in rows
        }


def expected_cohorts(conversions: Conversions) -> Told:
    """Counts and rates by cohort."""
    return {
        tuple(key): (
            *(counts.get(column, 0) for column in COHORT_COLUMNS),
            *cohort_rates(counts, conversions.orders[key.stage_code] is not None),
        )
        for key, counts in conversions.cohorts().items()
    }


def expected_activity(conversions: Conversions) -> Told:
    """Counts by month of leaving."""
    return {
        tuple(key): tuple(counts.get(column, 0) for column in ACTIVITY_COLUMNS)
        for key, counts in conversions.activity().items()
    }


MODELS = {
    "fct_funnel_conversion_by_cohort": Compared(expected_cohorts, (*COHORT_COLUMNS, *COHORT_RATES)),
    "fct_funnel_activity_by_month": Compared(expected_activity, ACTIVITY_COLUMNS),
}


# -- by hand -----------------------------------------------------------------------------


def visits_of(object_type: str, object_id: str, *steps: tuple[str, str]) -> list[Visit]:
    """Visits (stage, day), the last of which goes on."""
    days = [date.fromisoformat(day) for _, day in steps]
    codes = [code for code, _ in steps]
    return [
        Visit(object_type, object_id, place + 1, code, ORDERS[code], day, left, following)
        for place, (code, day, left, following) in enumerate(
            zip(codes, days, (*days[1:], None), (*codes[1:], None), strict=True)
        )
    ]


def test_the_cohort_and_the_activity_of_the_document():
    first = visits_of("lead", "1", ("qualified", "2026-01-05"))
    first[0] = first[0]._replace(left_on=date(2026, 2, 3))
    visits = [
        *first,
        *visits_of("lead", "2", ("qualified", "2026-01-20")),
        *visits_of("opportunity", "d", ("solution", "2026-02-03"), ("lost", "2026-03-04")),
    ]
    leads = [LeadLink("1", "d", "2026-02-03"), LeadLink("2")]
    found = Conversions(visits, leads, ORDERS)
    january = Key("total", "all", "lead", "qualified", date(2026, 1, 1))
    assert dict(found.cohorts()[january]) == {
        "entered_count": 2,
        "reached_count": 1,
        "open_count": 1,
    }
    activity = found.activity()
    left = january._replace(month_start=date(2026, 2, 1))
    assert dict(activity[left]) == {"left_count": 1, "advanced_count": 1}
    lost = Key("total", "all", "opportunity", "solution", date(2026, 3, 1))
    assert dict(activity[lost]) == {"left_count": 1, "lost_count": 1}


def test_the_cohort_of_the_decision():
    day = "2026-01-05"
    deleted = visits_of("opportunity", "3", ("qualified", day))
    visits = [
        *visits_of("opportunity", "1", ("qualified", day), ("won", "2026-02-01")),
        *visits_of("opportunity", "2", ("qualified", day), ("lost", "2026-02-01")),
        *(row._replace(is_deleted=True) for row in deleted),
        *visits_of("opportunity", "4", ("qualified", day)),
    ]
    counts = Conversions(visits, (), ORDERS).cohorts()[
        Key("total", "all", "opportunity", "qualified", date(2026, 1, 1))
    ]
    assert dict(counts) == {
        "entered_count": 4,
        "reached_count": 1,
        "lost_count": 2,
        "open_count": 1,
    }
    assert [str(rate) for rate in cohort_rates(counts, True)] == [
        "0.250000",
        "0.333333",
        "0.750000",
    ]
