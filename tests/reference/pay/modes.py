"""What a stretch of attainment pays.

Here belongs incentives.md section 5. Where an event stands, and what a window reached, is given;
a stretch runs from the running total before an event to that after it, in units of the tiers'
basis, and stands for a credit in plan currency. What is computed here is not rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from .money import rounded, share
from .quotas import WindowQuota
from .rows import PlanComponent, RateTier


class Stretch(NamedTuple):
    """From a running total to the next; without length all its credit is at one point."""

    before: Fraction
    after: Fraction
    credit: Fraction

    def within(self, lowest: Fraction | None, highest: Fraction | None) -> Stretch:
        """The part between two limits, the lower included, with its part of the credit."""
        if self.before == self.after:
            is_below = lowest is not None and self.before < lowest
            is_above = highest is not None and self.before >= highest
            return self._replace(credit=Fraction(0)) if is_below or is_above else self
        before, after = (
            limited(position, lowest, highest) for position in (self.before, self.after)
        )
        part = share(after - before, self.after - self.before)
        return Stretch(before, after, self.credit * part)


class Slice(NamedTuple):
    """The part of a line that one tier pays; unrounded."""

    tier: RateTier | None
    credit: Fraction
    rate: Fraction | None
    amount: Fraction


class Ladder(NamedTuple):
    """A component's tiers as running totals from which they hold, and what was reached."""

    tiers: Sequence[RateTier]
    bounds: Sequence[Fraction]
    reached: Fraction
    quota: Fraction | None = None

    def place_of(self, position: Fraction) -> int:
        """The tier that holds at a running total; below the first it is the first."""
        return max((i for i, bound in enumerate(self.bounds) if position >= bound), default=0)

    def ends(self) -> list[tuple[Fraction | None, Fraction | None]]:
        """From where to where each tier holds: the first from anywhere, the last to anywhere."""
        return list(pairwise((None, *self.bounds[1:], None)))


class Basis(NamedTuple):
    """How attainment shares become running totals: by a quota, or they are such already."""

    name: str
    quota: WindowQuota | None = None

    @property
    def is_guaranteed(self) -> bool:
        """Whether a quota of 0 leaves nothing to compare, so that a level is guaranteed."""
        return self.name == "attainment" and self.quota is not None and not self.quota.amount

    def bound(self, value: Decimal | None) -> Fraction | None:
        """The running total at which a value of the basis is reached: round(quota x value, 2)."""
        if value is None:
            return None
        if self.name != "attainment" or self.is_guaranteed:
            return Fraction(value)
        return Fraction(rounded(self.quota.amount * value))

    def ladder(self, tiers: Sequence[RateTier], reached: Fraction) -> Ladder:
        """A component's tiers, in running totals."""
        quota = Fraction(self.quota.amount) if self.name == "attainment" and self.quota else None
        return Ladder(tiers, [self.bound(tier.tier_from) for tier in tiers], reached, quota)


def limited(position: Fraction, lowest: Fraction | None, highest: Fraction | None) -> Fraction:
    """A position within two limits, where there are any."""
    if lowest is not None:
        position = max(position, lowest)
    if highest is not None:
        position = min(position, highest)
    return position


def at_rate(tier: RateTier | None, credit: Fraction, rate: Decimal | None) -> list[Slice]:
    """A credit at one rate."""
    rate = Fraction(rate or 0)
    return [Slice(tier, credit, rate, credit * rate)] if credit else []


def flat(component: PlanComponent, stretch: Stretch, ladder: Ladder) -> list[Slice]:
    """`flat`: credit x rate."""
    return at_rate(None, stretch.credit, component.rate)


def marginal(component: PlanComponent, stretch: Stretch, ladder: Ladder) -> list[Slice]:
    """`marginal`: the sum of the slices between the running totals before and after.

    A negative credit walks back down; below 0 it is in the first tier.
    """
    return [
        piece
        for tier, (lowest, highest) in zip(ladder.tiers, ladder.ends(), strict=True)
        for piece in at_rate(tier, stretch.within(lowest, highest).credit, tier.rate)
    ]


def whole_amount(component: PlanComponent, stretch: Stretch, ladder: Ladder) -> list[Slice]:
    """`whole_amount`: credit x rate of the tier reached at the cutoff."""
    tier = ladder.tiers[ladder.place_of(ladder.reached)]
    return at_rate(tier, stretch.credit, tier.rate)


def overage_at_top(component: PlanComponent, stretch: Stretch, ladder: Ladder) -> list[Slice]:
    """`overage_at_top`: up to quota at the first tier's rate, all above at the highest reached.

    Without a quota the first tier's end stands for it.
    """
    first, top = ladder.tiers[0], ladder.tiers[ladder.place_of(ladder.reached)]
    edge = ladder.quota
    if edge is None or edge == 0:
        edge = ladder.bounds[1] if len(ladder.bounds) > 1 else None
    below = stretch.within(None, edge)
    above = stretch.credit - below.credit
    if top == first:
        return at_rate(first, stretch.credit, first.rate)
    return [*at_rate(first, below.credit, first.rate), *at_rate(top, above, top.rate)]


def curve(ladder: Ladder, position: Fraction) -> Fraction:
    """The amount to date on the curve through (bound, amount_at_from), flat outside."""
    points = [
        (bound, Fraction(tier.amount_at_from or 0))
        for bound, tier in zip(ladder.bounds, ladder.tiers, strict=True)
    ]
    if position <= points[0][0]:
        return points[0][1]
    for (start, low), (end, high) in pairwise(points):
        if position <= end:
            return low + share((high - low) * (position - start), end - start)
    return points[-1][1]


def interpolated(component: PlanComponent, stretch: Stretch, ladder: Ladder) -> list[Slice]:
    """`interpolated`: W(k) - W(k-1), in pieces by tier."""
    pieces = []
    for tier, (lowest, highest) in zip(ladder.tiers, ladder.ends(), strict=True):
        part = stretch.within(lowest, highest)
        amount = curve(ladder, part.after) - curve(ladder, part.before)
        if amount or part.credit:
            pieces.append(Slice(tier, part.credit, None, amount))
    return pieces


TIERED = {
    "flat": flat,
    "marginal": marginal,
    "whole_amount": whole_amount,
    "overage_at_top": overage_at_top,
    "interpolated": interpolated,
}


def blocks(units: Fraction, component: PlanComponent) -> Fraction:
    """Units in blocks of `unit_size`: complete ones, or `pro_rata` fractions, too.

    Complete blocks of a negative number of units are counted as those of its absolute value.
    """
    exact = share(abs(units), component.unit_size)
    counted = exact if component.is_pro_rata else Fraction(exact.numerator // exact.denominator)
    return counted if units >= 0 else -counted


def per_unit(
    component: PlanComponent, before: Fraction, after: Fraction, percent: Fraction
) -> Fraction:
    """`per_unit`: blocks to date x amount, less what they were before, x credit percent."""
    gained = blocks(after, component) - blocks(before, component)
    return gained * Fraction(component.amount) * percent


def fixed(component: PlanComponent, percent: Fraction, is_lost: bool = False) -> Fraction:
    """`fixed`: amount x credit percent; a negative event takes it back."""
    return Fraction(component.amount) * (-percent if is_lost else percent)
