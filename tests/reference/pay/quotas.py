"""What a payee was to reach in a window.

Here belongs the quota of incentives.md section 4: ramps, leave, joiners, and periods of other
lengths.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .money import rounded, share
from .periods import MONTHS, Window, days_of, holds, window_of
from .rows import PaySettings, Quota
from .rules import Rules, in_force


class WindowQuota(NamedTuple):
    """A quota in plan currency; where it is 0, the attainment that is taken instead."""

    amount: Decimal
    guaranteed_attainment: Decimal | None = None


class MissingQuota(Exception):
    """Nobody said what a payee was to reach."""


class Quotas:
    """Quotas by payee, measure and window."""

    def __init__(self, rules: Rules, settings: PaySettings) -> None:
        """Take the seeds."""
        self.rules, self.settings = rules, settings
        self.known: dict[tuple[str, str, Window], WindowQuota | None] = {}

    def quota(self, payee_id: str, measure: str, window: Window) -> WindowQuota:
        """A window's quota.

        Raises MissingQuota, which names payee, measure and window, without one, and where a
        quota of 0 has no guaranteed attainment.
        """
        key = (payee_id, measure, window)
        if key not in self.known:
            self.known[key] = self.computed(*key)
        found = self.known[key]
        if found is None or (not found.amount and found.guaranteed_attainment is None):
            raise MissingQuota(f"no quota of {payee_id} for {measure} in {window}")
        return found

    def rows(self, payee_id: str, measure: str, window: Window) -> Sequence[Quota]:
        """The rows that make up a window: of its own length, else those of the next shorter.

        A window never takes a part of a longer period.
        """
        lengths = sorted(MONTHS, key=MONTHS.get, reverse=True)
        for period_type in lengths[lengths.index(window.type) :]:
            rows = self.rules.quotas.get((payee_id, measure, period_type), ())
            within = [row for row in rows if window.start <= row.period_start <= window.end]
            if within:
                return within
        return ()

    def computed(self, payee_id: str, measure: str, window: Window) -> WindowQuota | None:
        """Sum over days of amount / days of the period x ramp(day) x active(day), rounded once."""
        rows = self.rows(payee_id, measure, window)
        if not rows:
            return None
        exact = Fraction(0)
        for row in rows:
            period = window_of(
                row.period_type, row.period_start, self.settings.fiscal_year_start_month
            )
            days = list(days_of(period.start, period.end))
            counted = sum((self.weight(payee_id, measure, day) for day in days), Fraction(0))
            exact += share(Fraction(row.amount) * counted, len(days))
        amount = rounded(exact)
        return WindowQuota(
            amount, self.guaranteed(payee_id, measure, window) if not amount else None
        )

    def weight(self, payee_id: str, measure: str, day: date) -> Fraction:
        """ramp(day) x active(day)."""
        if not self.is_active(payee_id, day):
            return Fraction(0)
        ramp = in_force(self.rules.ramps.get((payee_id, measure), ()), day)
        return Fraction(1) if ramp is None else Fraction(ramp.ramp_share)

    def is_active(self, payee_id: str, day: date) -> bool:
        """Whether a payee is there, and not on leave."""
        payee = self.rules.payees[payee_id]
        assignment = self.rules.assignment(payee_id, day)
        return (
            holds(payee.joined_on, payee.left_on, day)
            and assignment is not None
            and not assignment.is_on_leave
        )

    def guaranteed(self, payee_id: str, measure: str, window: Window) -> Decimal | None:
        """The guaranteed attainment of a window: the highest of the ramps that touch it."""
        return max(
            (
                ramp.guaranteed_attainment
                for ramp in self.rules.ramps.get((payee_id, measure), ())
                if ramp.guaranteed_attainment is not None
                and ramp.valid_from <= window.end
                and (ramp.valid_to is None or ramp.valid_to > window.start)
            ),
            default=None,
        )
