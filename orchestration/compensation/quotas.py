"""Quotas: a window that a component measures by attainment has one, or a guarantee instead.

How a window's quota comes about is the same here as in `int_quotas_by_window`: its own row, else
those of its quarters, else those of its months; days of leave and of absence do not count.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from orchestration.compensation.book import ATTAINMENT, Book, employed, held
from orchestration.compensation.findings import Finding
from orchestration.compensation.fiscal import MONTHS, Span
from orchestration.compensation.tables import Row

_SHOWN = 6
_HALF_A_CENT = Fraction(1, 200)


@dataclass(frozen=True)
class _Need:
    """One window in which a payee's component is measured by attainment."""

    payee_id: str
    measure: str
    window_type: str
    window: Span


def quota_findings(book: Book) -> Iterator[Finding]:
    """Quota rows that are no period's, windows without a quota, quotas of 0 without guarantee."""
    for row in book["quotas"]:
        yield from _own(book, row)
    for row in book["quota_ramps"]:
        for column in ("ramp_share", "guaranteed_attainment"):
            if row[column] is not None and row[column] < 0:
                yield row.finding(column, "must not be below 0; 1 = 100 %.")
    quotas: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in book["quotas"]:
        quotas[row["payee_id"], row["measure"]].append(row)
    missing: dict[tuple[str, str, str], list[tuple[_Need, Row, Row, str]]] = defaultdict(list)
    zero: dict[tuple[int, str], Finding] = {}
    for need, assignment, component in _needs(book).values():
        rows = _chosen(book, need, quotas[need.payee_id, need.measure])
        why = _gap(book, need, rows)
        if why is not None:
            key = (need.payee_id, need.measure, need.window_type)
            missing[key].append((need, assignment, component, why))
            continue
        for row in rows:
            yield from _currency(book, need, row)
        if 0 <= _amount(book, need, rows) < _HALF_A_CENT and not _is_guaranteed(book, need):
            finding = _zero(need, rows[0])
            zero.setdefault((finding.line, need.window_type), finding)
    for found in missing.values():
        yield _missing(found)
    yield from zero.values()


def needs_quota(component: Row) -> bool:
    """Whether a component's pay depends on attainment of a quota."""
    basis = component["tier_basis"]
    return (
        basis == ATTAINMENT
        or component["attainment_cap"] is not None
        or (basis is None and component["cliff_from"] is not None)
    )


def _own(book: Book, row: Row) -> Iterator[Finding]:
    begins = book.period(row).start
    if row["period_start"] != begins:
        text = f"no {row['period_type']} begins then: this one begins on {begins}."
        yield row.finding("period_start", text)
    if row["amount"] < 0:
        yield row.finding("amount", "must not be below 0.")


def _needs(book: Book) -> dict[_Need, tuple[_Need, Row, Row]]:
    """The windows that need a quota, each with the first assignment and component that need it.

    A quota that is set for one is set for all: windows count up to the last one of the measure
    that anybody has a quota for, and at least up to the cutoff.
    """
    last: dict[str, date] = {}
    for row in book["quotas"]:
        last[row["measure"]] = max(row["period_start"], last.get(row["measure"], date.min))
    found: dict[_Need, tuple[_Need, Row, Row]] = {}
    for payee_id in book.payees:
        if not _is_whole(book, payee_id):
            continue
        for assignment, component, days in book.component_spans(payee_id):
            if not needs_quota(component):
                continue
            if not book["plan_components"].is_whole(plan_code=component["plan_code"]):
                continue
            measure, window_type = component["measure"], component["window_type"]
            until = max(filter(None, [book.cutoff_on, last.get(measure)]), default=days.start)
            day = days.start
            while day < days.end and day <= until:
                window = book.calendar.period(day, window_type)
                need = _Need(payee_id, measure, window_type, window)
                found.setdefault(need, (need, assignment, component))
                day = window.end
    return found


def _is_whole(book: Book, payee_id: str) -> bool:
    names = ("payees", "payee_assignments", "quotas", "quota_ramps")
    return all(book[name].is_whole(payee_id=payee_id) for name in names)


def _chosen(book: Book, need: _Need, rows: list[Row]) -> list[Row]:
    """The rows that make up a window: of the longest period type that has one in it."""
    fitting = [
        row
        for row in rows
        if MONTHS[row["period_type"]] <= MONTHS[need.window_type]
        and need.window.overlap(book.period(row))
    ]
    longest = max((MONTHS[row["period_type"]] for row in fitting), default=0)
    chosen = [row for row in fitting if MONTHS[row["period_type"]] == longest]
    return sorted(chosen, key=lambda row: row["period_start"])


def _there(book: Book, need: _Need) -> Span:
    """The days of the window on which the payee is there."""
    days = employed(book.payees[need.payee_id]).overlap(need.window)
    return days or Span(need.window.start, need.window.start)


def _gap(book: Book, need: _Need, rows: list[Row]) -> str | None:
    """Why the window's quota is not known; None where it is."""
    there = _there(book, need)
    day = there.start
    if not rows:
        return ""
    for row in rows:
        period = book.period(row)
        if period.start > day:
            break
        day = max(day, period.end)
    if day >= there.end:
        return None
    return f" from {day} on (line {rows[0].line} and others are a part of the window)"


def _missing(found: list[tuple[_Need, Row, Row, str]]) -> Finding:
    need, assignment, component, why = min(found, key=lambda one: one[0].window)
    starts = sorted({str(one[0].window.start) for one in found})
    shown = ", ".join(starts[:_SHOWN]) + (", ..." if len(starts) > _SHOWN else "")
    text = (
        f"component {component['component_code']} (line {component.line} of plan_components.csv) "
        f"pays {need.payee_id} by attainment, and quotas.csv has no quota of {need.measure}{why} "
        f"for the {need.window_type} that begins on {shown}. Add rows such as "
        f"{need.payee_id},{need.measure},{need.window_type},{starts[0]},<amount>,<currency>; "
        "a longer period is never split."
    )
    return assignment.finding("plan_code", text)


def _currency(book: Book, need: _Need, row: Row) -> Iterator[Finding]:
    for assignment, days in book.assigned(need.payee_id, need.window):
        for plan in book.plan_rows(assignment["plan_code"], days):
            counts = any(
                component["measure"] == need.measure
                and needs_quota(component)
                and held(component).overlap(days)
                for component in book.components.get(plan["plan_code"], [])
            )
            if counts and plan["currency"] != row["currency"]:
                text = (
                    f"the plan {plan['plan_code']} counts in {plan['currency']} "
                    f"(line {plan.line} of plans.csv). Give the quota in that currency."
                )
                yield row.finding("currency", text)
                return


def _amount(book: Book, need: _Need, rows: list[Row]) -> Fraction:
    """The window's quota before rounding."""
    total = Fraction(0)
    for row in rows:
        period = book.period(row)
        counted = Fraction(0)
        for assignment, days in book.assigned(need.payee_id, period):
            present = days.overlap(_there(book, need))
            if present and not assignment["is_on_leave"]:
                counted += present.days - _ramped(book, need, present)
        total += Fraction(row["amount"]) * counted / period.days
    return total


def _ramped(book: Book, need: _Need, days: Span) -> Fraction:
    """The days that ramps take away."""
    taken = Fraction(0)
    for ramp in _ramps(book, need):
        if ramped := held(ramp).overlap(days):
            taken += ramped.days * Fraction(Decimal(1) - ramp["ramp_share"])
    return taken


def _ramps(book: Book, need: _Need) -> list[Row]:
    return [row for row in book.ramps.get(need.payee_id, []) if row["measure"] == need.measure]


def _is_guaranteed(book: Book, need: _Need) -> bool:
    return any(
        ramp["guaranteed_attainment"] is not None and held(ramp).overlap(need.window)
        for ramp in _ramps(book, need)
    )


def _zero(need: _Need, row: Row) -> Finding:
    last = need.window.end - timedelta(days=1)
    text = (
        f"counts 0.00 for {need.payee_id} in the {need.window_type} from {need.window.start} to "
        f"{last} (amount, ramp or leave), so no attainment can be computed. Add a row to "
        f"quota_ramps.csv: {need.payee_id},{need.measure},{need.window.start},{need.window.end},0,"
        "<guaranteed attainment>; 1 = 100 %."
    )
    return row.finding("amount", text)
