"""What every deal was at the end of a day.

Here belongs "The state of a deal on any past day" of docs/funnel.md, with decisions 0060 and 0061.
What is made of states does not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..mrr import Inputs, Months, Settings
from .rows import Change, Deal, DeletedDeal, FunnelRows, FunnelSettings, Stage

UNMAPPED = "unmapped"


class State(NamedTuple):
    """A deal from a day on, until its next state."""

    since: date
    stage_code: str
    is_open: bool
    is_won: bool
    is_lost: bool
    amount: Decimal | None
    reporting_amount: Decimal | None
    expected_close_on: date | None
    owner_user_id: str | None
    forecast_category: str
    is_deleted: bool
    is_history_missing: bool


class History(NamedTuple):
    """The states of a deal, one after the other."""

    opportunity_id: str
    opportunity_type: str
    states: Sequence[State]

    @property
    def begins_on(self) -> date:
        """The first day at the end of which the deal was there."""
        return self.states[0].since

    def on(self, day: date) -> State | None:
        """The state at the end of a day; None before there was the deal."""
        place = bisect_right(self.states, day, key=lambda state: state.since)
        return self.states[place - 1] if place else None


class States:
    """The histories of all deals of a company."""

    def __init__(self, rows: FunnelRows, settings: FunnelSettings) -> None:
        """Take the rows."""
        self.rows, self.settings = rows, settings
        self.zone = ZoneInfo(settings.reporting_timezone)
        self.stages = {row.stage_code: row for row in rows.funnel_stages}
        self.codes = {
            (row.source_system, row.source_stage.strip().lower()): row.stage_code
            for row in rows.stage_names
            if row.object_type == "opportunity"
        }
        self.categories = {
            (row.source_system, row.source_category.strip().lower()): row.forecast_category
            for row in rows.forecast_categories
        }
        self.months = Months(
            Inputs(exchange_rates=rows.exchange_rates), Settings(as_of_on=settings.as_of_on)
        )
        self.changes: Mapping[str, list[Change]] = defaultdict(list)
        for row in sorted(rows.opportunity_stage_changes, key=lambda row: row.changed_at):
            self.changes[row.opportunity_id].append(row)

    def day_of(self, moment: datetime) -> date:
        """The business day of a moment, which is told in UTC."""
        return moment.replace(tzinfo=UTC).astimezone(self.zone).date()

    def histories(self) -> list[History]:
        """All of them."""
        deals = (*self.rows.opportunities, *self.rows.deleted_opportunities)
        return [
            History(deal.opportunity_id, deal.opportunity_type or UNMAPPED, self.states_of(deal))
            for deal in deals
        ]

    def states_of(self, deal: Deal | DeletedDeal) -> Sequence[State]:
        """A deal's states; of several changes on a day the last stands."""
        by_day: dict[date, State] = {}
        moments = sorted(self.completed(deal), key=lambda one: one[0])
        first_day = self.created_on(deal)
        rate_month = first_day.replace(day=1)
        for number, (day, change, is_missing) in enumerate(moments, start=1):
            is_last = number == len(moments)
            stage = self.stage_of(change, deal, is_last)
            amount, currency = change.amount, change.currency or deal.currency
            by_day[day] = State(
                day,
                stage.stage_code,
                stage.is_open and not change.is_deleted,
                stage.is_won and not change.is_deleted,
                stage.is_lost and not change.is_deleted,
                amount,
                None if amount is None else self.months.converted(amount, currency, rate_month),
                change.close_on,
                change.owner_user_id,
                self.category_of(change),
                change.is_deleted,
                is_missing,
            )
        return [by_day[day] for day in sorted(by_day)]

    def created_on(self, deal: Deal | DeletedDeal) -> date:
        """The day on which a deal was entered, or first heard of."""
        changes = self.changes[deal.opportunity_id]
        moments = [changes[0].changed_at] if changes else [deal.created_at]
        return self.day_of(deal.created_at or moments[0])

    def stage_of(self, change: Change, deal: Deal | DeletedDeal, is_last: bool) -> Stage:
        """The stage that a change leads to; unmapped is open unless the CRM says it is closed."""
        key = (change.source_system, (change.stage_name or "").strip().lower())
        code = self.codes.get(key, UNMAPPED)
        if code == UNMAPPED and is_last and isinstance(deal, Deal) and deal.is_closed:
            return Stage(UNMAPPED, None, False, deal.is_won, not deal.is_won)
        return self.stages[code]

    def category_of(self, change: Change) -> str:
        """The forecast category that the owner said, in the words of here."""
        key = (change.source_system, (change.forecast_category or "").strip().lower())
        return self.categories.get(key, UNMAPPED)

    # -- where a history is silent -----------------------------------------------------

    def completed(self, deal: Deal | DeletedDeal) -> Iterator[tuple[date, Change, bool]]:
        """A deal's changes by day, with what decision 0061 puts where nobody kept any."""
        changes = self.with_owners(deal, self.changes[deal.opportunity_id])
        created_on = self.created_on(deal)
        unknown = Change(
            deal.opportunity_id,
            datetime.min,
            "",
            None,
            None,
            changes[0].owner_user_id if changes else deal.owner_user_id,
            source_system=deal.source_system,
        )
        told = [(self.day_of(row.changed_at), row, False) for row in changes]
        now = self.as_now(deal)
        if not told and isinstance(deal, DeletedDeal):
            # Nobody says when it closed, or whether it did.
            gone = (self.day_of(deal.deleted_at), now._replace(is_deleted=True), True)
            told = [(created_on, now, True), gone]
        elif not told:
            if deal.is_closed and deal.closed_on > created_on:
                yield created_on, unknown, True
            closed_on = max(deal.closed_on, created_on)
            told = [(closed_on if deal.is_closed else created_on, now, True)]
        elif told[0][0] > created_on:
            yield created_on, unknown, True
        yield from told
        last_day, last, _ = told[-1]
        differs = (last.stage_name, last.amount) != (deal.stage_name, deal.amount)
        # Of a deleted deal the CRM shows nothing; its deletion is one of its changes.
        if isinstance(deal, Deal) and differs:
            day = deal.closed_on if deal.is_closed else self.settings.as_of_on
            yield max(day, last_day), now, True

    def with_owners(self, deal: Deal | DeletedDeal, changes: Iterable[Change]) -> list[Change]:
        """Changes with who owned the deal then, as far as anybody says."""
        named = [row.owner_user_id for row in changes if row.owner_user_id is not None]
        owner = named[0] if named else deal.owner_user_id
        found = []
        for row in changes:
            owner = row.owner_user_id or owner
            found.append(row._replace(owner_user_id=owner))
        return found

    def as_now(self, deal: Deal | DeletedDeal) -> Change:
        """What a deal is now."""
        return Change(
            deal.opportunity_id,
            datetime.max,
            deal.stage_name,
            deal.amount,
            deal.closed_on,
            deal.owner_user_id,
            deal.currency,
            deal.forecast_category if isinstance(deal, Deal) else None,
            source_system=deal.source_system,
        )
