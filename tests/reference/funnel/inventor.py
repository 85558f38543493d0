"""Invented teams with deals, in the rows that the funnel is computed from.

Here belongs what a CRM can hold, the awkward first: changes around midnight and ends of periods,
regressions, deals that come back, change hands, have no amount, no close day or no history, and
deals that were deleted. What the rows mean is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import NamedTuple

from ..mrr import Account, ExchangeRate, add_months
from ..pay.rows import LONG_AGO, Payee, PayeeAssignment
from .rows import (
    Change,
    Deal,
    DeletedDeal,
    ForecastCategory,
    FunnelRows,
    FunnelSettings,
    Stage,
    StageName,
    User,
)

STAGES = (
    Stage("lead", 10, True, False, False),
    Stage("qualified", 20, True, False, False),
    Stage("discovery", 30, True, False, False),
    Stage("solution", 40, True, False, False),
    Stage("value_validation", 50, True, False, False),
    Stage("negotiation", 60, True, False, False),
    Stage("won", 70, False, True, False),
    Stage("lost", 70, False, False, True),
    Stage("delivered", 80, False, True, False),
    Stage("renewed", 90, False, True, False),
    Stage("unmapped", None, True, False, False),
)
NAMES = {
    "Prospecting": "lead",
    "Qualification": "qualified",
    "Needs": "discovery",
    "Design": "solution",
    "Validation": "value_validation",
    "Talks": "negotiation",
    "Won": "won",
    "Lost": "lost",
}
STAGE_NAMES = tuple(StageName("test", "opportunity", name, code) for name, code in NAMES.items())
CATEGORIES = (
    ForecastCategory("test", "Sure", "commit"),
    ForecastCategory("test", "Likely", "most_likely"),
    ForecastCategory("test", "Best", "best_case"),
    ForecastCategory("test", "Pipe", "pipeline"),
    ForecastCategory("test", "Out", "omitted"),
    ForecastCategory("test", "Done", "closed"),
)
CATEGORY_NAMES = (*(row.source_category for row in CATEGORIES), "Whatever", None)
OPEN_NAMES = (*list(NAMES)[:6], "Never heard of")
CLOSED_NAMES = ("Won", "Lost")
AMOUNTS = ("100", "120", "100", "50.01", "0", "33333.33", None)
# UTC: an ordinary hour, the last second of a day in Shanghai, the first of the next.
TIMES = (time(2), time(15, 59, 59), time(16))


class Team(NamedTuple):
    """The rows of a team."""

    key: str
    rows: FunnelRows

    def __repr__(self) -> str:
        """Not its dozens of rows."""
        return f"team {self.key} of {sum(map(len, self.rows))} rows"


class Inventor:
    """Invents a team from a generator of random numbers."""

    def __init__(self, random: Random, key: str, settings: FunnelSettings) -> None:
        """A team known by a key."""
        self.random, self.key, self.settings = random, key, settings
        self.tables: dict[str, list[NamedTuple]] = {}
        first = add_months(settings.as_of_on.replace(day=1), -random.choice((3, 7, 14)))
        self.days = self.interesting_days(first)

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.random.random() < share

    def one_of(self, values: Sequence):
        """One of some values."""
        return self.random.choice(values)

    def add(self, table: str, row: NamedTuple) -> None:
        """Add a row to a table."""
        self.tables.setdefault(table, []).append(row)

    def named(self, kind: str, number: object = "") -> str:
        """The id of something of this team."""
        return f"test:{kind} {self.key} {number}".strip()

    def interesting_days(self, first: date) -> list[date]:
        """Few days, so that they often meet: around the ends of months and weeks, and `as_of`."""
        as_of_on, day = self.settings.as_of_on, first
        found = {as_of_on, as_of_on - timedelta(days=1)}
        while day <= as_of_on:
            found |= {day, day - timedelta(days=1), day.replace(day=self.one_of((9, 13, 20)))}
            monday = day - timedelta(days=day.weekday()) + timedelta(days=7)
            found |= {monday, monday - timedelta(days=1)} if self.chance(0.5) else set()
            day = add_months(day, 1)
        return sorted(one for one in found if first <= one <= as_of_on)

    def moment(self, day: date) -> datetime:
        """A moment of a business day, in UTC."""
        at = self.one_of(TIMES)
        return datetime.combine(day - timedelta(days=at >= time(16)), at)

    def team(self) -> FunnelRows:
        """A team: its people and deals."""
        self.people()
        self.add("accounts", Account(self.named("account")))
        for number in range(self.one_of((1, 2, 3, 5, 8))):
            self.deal(self.named("deal", number))
        return FunnelRows(
            funnel_stages=STAGES,
            stage_names=STAGE_NAMES,
            forecast_categories=CATEGORIES,
            exchange_rates=exchange_rates(self.settings),
            **self.tables,
        )

    def people(self) -> None:
        """Reps, mostly with a manager, who mostly has one, too; pay knows another tree."""
        boss, *managers = (self.named("manager", number) for number in range(3))
        self.add("users", User(boss))
        for manager in managers:
            self.add("users", User(manager, self.one_of((boss, None))))
        self.users = [self.named("user", number) for number in range(self.one_of((1, 2, 3)))]
        for user_id in self.users:
            self.add("users", User(user_id, self.one_of((*managers, managers[0], None))))
        people = [boss, *managers, *self.users]
        for place, user_id in enumerate(people):
            self.add("payees", Payee(self.payee(place), user_id))
            self.assign(place)

    def payee(self, place: int) -> str:
        """The payee that somebody is."""
        return f"p{self.key}_{place}"

    def assign(self, place: int) -> None:
        """For whom somebody works, one after another: for somebody above."""
        cuts = sorted({LONG_AGO, self.one_of(self.days)} if self.chance(0.5) else {LONG_AGO})
        for starts, ends in pairwise((*cuts, None)):
            above = self.payee(self.random.randrange(place)) if place and self.chance(0.9) else None
            self.add(
                "payee_assignments", PayeeAssignment(self.payee(place), starts, ends, "p", above)
            )

    def close_day(self, day: date) -> date | None:
        """When a deal is expected to close: soon, later, over, or nobody knows."""
        later = (0, 1, 20, 45, 100, 200, -10)
        return None if self.chance(0.07) else day + timedelta(days=self.one_of(later))

    def deal(self, opportunity_id: str) -> None:
        """A deal with its history."""
        days = sorted(self.random.sample(self.days, min(len(self.days), self.one_of((1, 2, 4, 7)))))
        currency = self.one_of(("CNY", "CNY", "USD", "EUR"))
        changes = []
        amount, close_on = self.one_of(AMOUNTS), self.close_day(days[0])
        owner = self.one_of(self.users)
        names_owners_from = self.one_of((0, 0, len(days), len(days) // 2))
        for place, day in enumerate(days):
            names = CLOSED_NAMES if place and self.chance(0.3) else OPEN_NAMES
            if self.chance(0.3):
                amount = self.one_of(AMOUNTS)
            if self.chance(0.4):
                close_on = self.close_day(day)
            if self.chance(0.2):
                owner = self.one_of(self.users)
            changes.append(
                Change(
                    opportunity_id,
                    self.moment(day),
                    self.one_of(names),
                    amount and Decimal(amount),
                    close_on,
                    owner if place >= names_owners_from else None,
                    self.one_of((currency, currency, None)),
                    self.one_of(CATEGORY_NAMES),
                )
            )
        self.current(opportunity_id, changes, owner, currency)

    def current(
        self, opportunity_id: str, changes: list[Change], owner: str, currency: str
    ) -> None:
        """What the CRM shows of a deal now, and which of its past was kept."""
        first, last = changes[0], changes[-1]
        is_closed = last.stage_name in CLOSED_NAMES or (
            last.stage_name not in NAMES and self.chance(0.3)
        )
        day = last.changed_at.date() + timedelta(days=last.changed_at.hour >= 16)
        if is_closed and last.close_on is None:
            last = changes[-1] = last._replace(close_on=day)
        deal = Deal(
            opportunity_id,
            self.named("account"),
            owner,
            last.amount,
            first.changed_at,
            last.close_on or day,
            last.stage_name,
            is_closed,
            last.stage_name == "Won" or (is_closed and last.stage_name not in NAMES),
            currency,
            last.forecast_category,
            opportunity_type=self.one_of(("new", "new", "expansion", None)),
        )
        kept = changes
        if self.chance(0.08):
            kept = []
        elif self.chance(0.08):
            earlier = first.changed_at - timedelta(days=self.one_of((1, 40)))
            deal = deal._replace(created_at=earlier)
        elif self.chance(0.08):
            deal = deal._replace(amount=Decimal("77.70"), closed_on=max(deal.closed_on, day))
        if deal.is_won and deal.amount is None:
            deal = deal._replace(amount=Decimal("77.70"), closed_on=max(deal.closed_on, day))
        if deal.closed_on > self.settings.as_of_on and deal.is_closed:
            deal = deal._replace(closed_on=self.settings.as_of_on)
        for change in kept:
            self.add("opportunity_stage_changes", change)
        if self.chance(0.1) and last.changed_at.date() < self.days[-2]:
            self.deleted(deal, last, bool(kept))
        else:
            self.add("opportunities", deal)

    def deleted(self, deal: Deal, last: Change, is_kept: bool) -> None:
        """A deal that somebody deleted in the CRM; where its past is kept, so is that."""
        days = [day for day in self.days if day > last.changed_at.date() + timedelta(days=1)]
        deleted_at = self.moment(self.one_of(days))
        if is_kept:
            gone = last._replace(changed_at=deleted_at, is_deleted=True)
            self.add("opportunity_stage_changes", gone)
        self.add(
            "deleted_opportunities",
            DeletedDeal(
                deal.opportunity_id,
                deal.account_id,
                deal.owner_user_id,
                deal.amount,
                deal.created_at,
                deal.closed_on,
                deal.stage_name,
                deleted_at,
                deal.currency,
                deal.opportunity_type,
            ),
        )


def exchange_rates(settings: FunnelSettings) -> tuple[ExchangeRate, ...]:
    """Rates month by month, so that a deal's own month tells."""
    first = add_months(settings.as_of_on.replace(day=1), -20)
    return tuple(
        ExchangeRate(currency, "CNY", add_months(first, place), Decimal(rate) + Decimal(place) / 10)
        for currency, rate in (("USD", "7"), ("EUR", "8"))
        for place in range(21)
    )


def invented(random: Random, key: str, settings: FunnelSettings) -> Team:
    """A team known by a key."""
    return Team(key, Inventor(random, key, settings).team())
