"""All rules of pay together, with the questions that several themes ask of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from orchestration.compensation.fiscal import FiscalCalendar, Span, validity
from orchestration.compensation.tables import Row, Table

# What the window of a component may be measured against; a cliff without a basis is attainment's.
ATTAINMENT = "attainment"


@dataclass
class Book:
    """The rules as one: tables by seed, the calendar, the last day that a close looks at."""

    tables: Mapping[str, Table]
    calendar: FiscalCalendar = field(default_factory=FiscalCalendar)
    cutoff_on: date | None = None

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    @cached_property
    def payees(self) -> dict[str, Row]:
        """Payees by id."""
        return {row["payee_id"]: row for row in self["payees"]}

    @cached_property
    def assignments(self) -> dict[str, list[Row]]:
        """Each payee's assignments in order."""
        return grouped(self["payee_assignments"], "payee_id")

    @cached_property
    def plans(self) -> dict[str, list[Row]]:
        """Each plan's versions in order."""
        return grouped(self["plans"], "plan_code")

    @cached_property
    def components(self) -> dict[str, list[Row]]:
        """Each plan's components in order."""
        return grouped(self["plan_components"], "plan_code")

    @cached_property
    def components_by_pair(self) -> dict[tuple[str, str], list[Row]]:
        """The rows of each component of each plan in order."""
        rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in in_order(self["plan_components"]):
            rows[row["plan_code"], row["component_code"]].append(row)
        return rows

    @cached_property
    def ramps(self) -> dict[str, list[Row]]:
        """Each payee's ramps in order."""
        return grouped(self["quota_ramps"], "payee_id")

    @cached_property
    def currency_digits(self) -> dict[str, int]:
        """Digits after the point by currency."""
        return {row["currency_code"]: row["minor_unit_digits"] for row in self["currencies"]}

    def plan_rows(self, plan_code: str, span: Span) -> list[Row]:
        """The versions of a plan that hold on some day of a span."""
        return [row for row in self.plans.get(plan_code, []) if held(row).overlap(span)]

    def assigned(self, payee_id: str, span: Span) -> Iterator[tuple[Row, Span]]:
        """A payee's assignments in a span, each with its days there."""
        for row in self.assignments.get(payee_id, []):
            if days := held(row).overlap(span):
                yield row, days

    def component_spans(self, payee_id: str) -> Iterator[tuple[Row, Row, Span]]:
        """Each row of a component that a payee's plans have, and the days on which it is theirs."""
        for assignment in self.assignments.get(payee_id, []):
            for component in self.components.get(assignment["plan_code"], []):
                if days := held(component).overlap(held(assignment)):
                    yield assignment, component, days

    def period(self, row: Row) -> Span:
        """The period that a row with `period_type` and `period_start` is for."""
        return self.calendar.period(row["period_start"], row["period_type"])


def held(row: Row) -> Span:
    """The days on which a row holds; none where it ends before it begins."""
    return validity(row["valid_from"], row["valid_to"])


def employed(payee: Row) -> Span:
    """The days on which a payee is there."""
    return validity(payee["joined_on"], payee["left_on"])


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Rows by `valid_from`, those of one day by line."""
    return sorted(rows, key=lambda row: (row["valid_from"], row.line))


def grouped(rows: Iterable[Row], name: str) -> dict[str, list[Row]]:
    """Rows in order by the value of one column."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in in_order(rows):
        groups[row[name]].append(row)
    return groups
