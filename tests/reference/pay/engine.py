"""All of it: from the rows of a company to its lines.

Here belongs putting the parts together.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from .attainment import Attainment
from .clawback import Clawbacks
from .conversion import Exchange
from .credits import Credit, Crediting, PlanCredit
from .entitlements import Entitlements, entitlements
from .events import Event, Records, events, known_events
from .lines import Line, Lines
from .profit import Profits, anniversaries, pools
from .quotas import Quotas
from .release import Releases
from .rows import PayAdjustment, PayRows, PaySettings
from .rules import Rules
from .units import surveys, units


class Pay:
    """What the rows of a company come to, as of a day and up to a cutoff."""

    def __init__(self, rows: PayRows, settings: PaySettings) -> None:
        """Take the rows."""
        self.rows, self.settings = rows, settings
        self.rules = Rules(rows)
        self.records = Records(rows, settings)
        self.exchange = Exchange(rows.exchange_rates, settings)
        self.clawbacks = Clawbacks(self.records, self.rules, self.exchange)
        self.releases = Releases(self.records, self.exchange)
        self.quotas = Quotas(self.rules, settings)

    @cached_property
    def profits(self) -> Profits:
        """What customers bring."""
        return Profits(self.records, self.rules, self.exchange)

    @cached_property
    def events(self) -> Sequence[Event]:
        """Everything that happened up to the cutoff, in order."""
        happened = (
            *events(self.records),
            *units(self.records),
            *surveys(self.records),
            *anniversaries(self.profits),
            *pools(self.profits),
        )
        return known_events(happened, self.settings.cutoff_on)

    @cached_property
    def crediting(self) -> Crediting:
        """Who is credited."""
        return Crediting(self.records, self.rules, self.exchange)

    @cached_property
    def credits(self) -> Sequence[Credit]:
        """All credits, also of those whose plan pays nothing for them."""
        return self.crediting.credits(self.events)

    @cached_property
    def plan_credits(self) -> Sequence[PlanCredit]:
        """The credits that a payee's plan pays for."""
        return self.crediting.plan_credits(self.events, self.credits)

    @cached_property
    def adjustments(self) -> Sequence[PayAdjustment]:
        """The adjustments that are dated, and approved by somebody else, up to the cutoff."""
        return [
            row
            for row in self.rows.pay_adjustments
            if row.approved_on is not None
            and max(row.effective_on, row.approved_on) <= self.settings.cutoff_on
            and row.approved_by is not None
            and row.approved_by != row.requested_by
        ]

    @cached_property
    def attainment(self) -> Attainment:
        """The running totals."""
        return Attainment(
            self.plan_credits,
            [self.in_plan_currency(row) for row in self.adjustments if row.measure is not None],
            self.clawbacks,
            self.settings,
        )

    def in_plan_currency(self, row: PayAdjustment) -> PayAdjustment:
        """An adjustment as it counts towards its measure: in the currency of its day's plan."""
        plan = self.rules.plan(row.payee_id, row.effective_on)
        rate = self.exchange.rate(row.currency, plan.currency, row.effective_on, plan.rate_type)
        amount = self.exchange.converted(row.amount, rate, plan.currency)
        return row._replace(amount=amount, currency=plan.currency)

    @cached_property
    def lines(self) -> Sequence[Line]:
        """All lines."""
        return Lines(
            self.rules,
            self.quotas,
            self.attainment,
            self.clawbacks,
            self.releases,
            self.settings,
        ).lines(self.plan_credits)

    @cached_property
    def entitlements(self) -> Entitlements:
        """What should be posted by now, but for draws."""
        return entitlements(self.lines, self.adjustments, self.rules, self.exchange)
