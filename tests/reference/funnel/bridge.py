"""Why open pipeline changed in a period: each deal in exactly one bucket.

Here belongs "Pipeline bridge" of docs/funnel.md, with decision 0062.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from ..mrr import add_months
from ..pay.periods import window_of
from .rows import FunnelSettings, User
from .states import History, State

NONE = "none"
HORIZONS = ("all", "quarter")
INTO = ("created", "reopened", "pulled_in", "increased", "owner_in")
OUT = ("won", "lost", "deleted", "decreased", "slipped", "owner_out")
COLUMNS = ("opening", *INTO, *OUT, "closing")
COUNTS = ("opening_count", "closing_count")


class Period(NamedTuple):
    """A month or week: its first day, the day before it, its last known day, and how far ahead
    its pipeline looks.
    """

    start: date
    opening_on: date
    closing_on: date
    horizon_on: date


class Key(NamedTuple):
    """The grain of the bridge."""

    horizon: str
    slice: str
    slice_value: str
    period_start: date


Bridge = Mapping[Key, Mapping[str, Decimal]]


def months(first: date, settings: FunnelSettings) -> Iterator[Period]:
    """The months from that of a day to that of `as_of`."""
    start = first.replace(day=1)
    while start <= settings.as_of_on:
        following = add_months(start, 1)
        yield period_of(start, following, settings)
        start = following


def weeks(first: date, settings: FunnelSettings) -> Iterator[Period]:
    """The weeks, which begin on Monday, from that of a day to that of `as_of`."""
    start = first - timedelta(days=first.weekday())
    while start <= settings.as_of_on:
        following = start + timedelta(days=7)
        yield period_of(start, following, settings)
        start = following


def period_of(start: date, following: date, settings: FunnelSettings) -> Period:
    """The period from a day to before another."""
    day = timedelta(days=1)
    quarter = window_of("quarter", following - day, settings.fiscal_year_start_month)
    return Period(start, start - day, min(following - day, settings.as_of_on), quarter.end)


class Stand(NamedTuple):
    """A deal at one end of a period: what it was, and whether it stood in the pipeline."""

    state: State | None
    is_in: bool

    @property
    def amount(self) -> Decimal:
        """What it stood there with."""
        return (self.state.reporting_amount if self.state else None) or Decimal("0.00")


def stand(history: History, day: date, horizon: str, horizon_on: date) -> Stand:
    """A deal at the end of a day."""
    state = history.on(day)
    is_in = state is not None and state.is_open
    if is_in and horizon == "quarter":
        close_on = state.expected_close_on
        is_in = close_on is not None and close_on <= horizon_on
    return Stand(state, is_in)


def bridge(
    histories: Iterable[History],
    users: Iterable[User],
    periods: Sequence[Period],
) -> Bridge:
    """All rows that hold anything, by horizon, slice and period."""
    managers = {user.user_id: user.manager_user_id for user in users}
    found: dict[Key, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for history in histories:
        for period in periods:
            if period.closing_on < history.begins_on:
                continue
            for horizon in HORIZONS:
                opening = stand(history, period.opening_on, horizon, period.horizon_on)
                closing = stand(history, period.closing_on, horizon, period.horizon_on)
                for name in ("company", "team", "owner"):
                    ends = [slice_of(name, end.state, managers) for end in (opening, closing)]
                    for value, column, amount in moves(opening, closing, *ends):
                        found[Key(horizon, name, value, period.start)][column] += amount
    return {key: row for key, row in found.items() if any(row.values())}


def slice_of(name: str, state: State | None, managers: Mapping[str, str | None]) -> str:
    """Where in a slice a deal belongs."""
    if name == "company":
        return "all"
    owner = state.owner_user_id if state else None
    if name == "team":
        owner = managers.get(owner)
    return owner or NONE


def moves(
    opening: Stand, closing: Stand, opening_in: str, closing_in: str
) -> Iterator[tuple[str, str, Decimal]]:
    """What a deal adds to a slice's values and columns: both ends, and its one bucket."""
    if opening.is_in:
        yield opening_in, "opening", opening.amount
        yield opening_in, "opening_count", Decimal(1)
    if closing.is_in:
        yield closing_in, "closing", closing.amount
        yield closing_in, "closing_count", Decimal(1)
    if opening.is_in and not closing.is_in:
        yield opening_in, leaving(closing.state), opening.amount
    elif closing.is_in and not opening.is_in:
        yield closing_in, entering(opening.state), closing.amount
    elif opening.is_in and opening_in != closing_in:
        yield opening_in, "owner_out", opening.amount
        yield closing_in, "owner_in", closing.amount
    elif opening.is_in:
        change = closing.amount - opening.amount
        yield closing_in, "increased" if change > 0 else "decreased", abs(change)


def entering(before: State | None) -> str:
    """Why a deal stands in the closing and not in the opening."""
    if before is None:
        return "created"
    return "pulled_in" if before.is_open else "reopened"


def leaving(after: State) -> str:
    """Why a deal stands in the opening and not in the closing."""
    if after.is_deleted:
        return "deleted"
    if after.is_won:
        return "won"
    return "lost" if after.is_lost else "slipped"


def gap(row: Mapping[str, Decimal]) -> Decimal:
    """What a row's buckets leave unexplained; 0 of every row."""
    into = sum((row.get(column, Decimal(0)) for column in ("opening", *INTO)), Decimal(0))
    out = sum((row.get(column, Decimal(0)) for column in (*OUT, "closing")), Decimal(0))
    return into - out
