"""What of a quarter is closed, committed and hoped for, up the whole tree of managers.

Here belongs "The forecast of a quarter" of docs/forecast.md, without what quotas and probabilities
add to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..pay.periods import holds, window_of
from .rows import FunnelRows, FunnelSettings
from .states import UNMAPPED, History, State

NOTHING = Decimal("0.00")
MEASURES = ("closed", "commit", "best_case", "open_pipeline", "omitted", "unmapped")
SIDES = ("own", "team")
# In which measures an open deal of a category counts; closed deals are in the first three.
COUNTS_IN = {
    "commit": ("commit", "best_case", "open_pipeline"),
    "most_likely": ("best_case", "open_pipeline"),
    "best_case": ("best_case", "open_pipeline"),
    "omitted": ("omitted",),
    UNMAPPED: ("open_pipeline", "unmapped"),
    # What is open cannot be closed: the owner's word is as good as none.
    "closed": ("open_pipeline", "unmapped"),
}


class Key(NamedTuple):
    """The grain of the forecast."""

    owner_user_id: str
    quarter_start: date
    opportunity_type: str


class Tree:
    """Who stands above whom, by the assignments that pay is by."""

    def __init__(self, rows: FunnelRows) -> None:
        """Take the seeds."""
        self.users = {row.payee_id: row.user_id for row in rows.payees}
        self.payees = {row.user_id: row.payee_id for row in rows.payees}
        self.assignments = defaultdict(list)
        for row in rows.payee_assignments:
            self.assignments[row.payee_id].append(row)

    def above(self, user_id: str, day: date) -> Iterator[str]:
        """Everybody above somebody on a day, each once."""
        seen, payee_id = set(), self.payees.get(user_id)
        while payee_id is not None and payee_id not in seen:
            seen.add(payee_id)
            payee_id = next(
                (
                    row.manager_payee_id
                    for row in self.assignments[payee_id]
                    if holds(row.valid_from, row.valid_to, day)
                ),
                None,
            )
            if payee_id is not None and payee_id not in seen and self.users.get(payee_id):
                yield self.users[payee_id]


def measures_of(state: State) -> tuple[str, ...]:
    """In which measures a deal counts as it stands."""
    if state.is_won:
        return ("closed", "commit", "best_case")
    if not state.is_open:
        return ()
    return COUNTS_IN.get(state.forecast_category, ("open_pipeline",))


def rollups(
    histories: Iterable[History], rows: FunnelRows, settings: FunnelSettings
) -> Mapping[Key, Mapping[str, Decimal]]:
    """All rows that hold anything; columns are a side and a measure."""
    tree = Tree(rows)
    found: dict[Key, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: NOTHING))
    for history in histories:
        state = history.on(settings.as_of_on)
        if state is None or state.owner_user_id is None:
            continue
        # Who says no day is asked about this quarter.
        close_on = state.expected_close_on or settings.as_of_on
        quarter = window_of("quarter", close_on, settings.fiscal_year_start_month)
        day = min(quarter.end, settings.as_of_on)
        owner, amount = state.owner_user_id, state.reporting_amount or NOTHING
        for measure in measures_of(state):
            key = Key(owner, quarter.start, history.opportunity_type)
            found[key][f"own_{measure}"] += amount
            for user_id in (owner, *tree.above(owner, day)):
                found[key._replace(owner_user_id=user_id)][f"team_{measure}"] += amount
    return {key: row for key, row in found.items() if any(row.values())}
