"""Pay that no single event causes: shares of profit, of growth, and what hangs on ratings.

Here belongs "Special components" of incentives.md section 6. Where profit, customer value and
ratings come from is not decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from .money import CENTS, NOTHING, Exact, largest_remainder, product, rounded, share, total


def profit_bases(profits: Sequence[Decimal], first_anniversary: int = 3) -> list[Decimal]:
    """What profit is shared at each anniversary, from the profit of each customer-year.

    Nothing before the first one that pays; there the profit since the start; at each later one
    that of the customer-year only. A loss is carried forward; what is shared is never below 0.
    """
    bases, carried = [], NOTHING
    for year, profit in enumerate(profits, start=1):
        if year < first_anniversary:
            bases.append(NOTHING)
            continue
        due = total(profits[:year]) if year == first_anniversary else carried + profit
        bases.append(max(NOTHING, due))
        carried = min(NOTHING, due)
    return bases


def pool_amount(value: Exact, target: Decimal, pool_share: Exact, digits: int) -> Decimal:
    """The growth pool: a share of what customers are worth above a target, never below 0."""
    growth = max(Fraction(0), Fraction(value) - Fraction(target))
    return rounded(product(growth, pool_share), digits)


def pool_shares(
    amount: Decimal, weights: Mapping[str, Exact], digits: int = CENTS
) -> dict[str, Decimal]:
    """A pool shared among payees in proportion to weights, to the last minor unit."""
    return largest_remainder(amount, weights, digits)


def mean_rating(scores: Sequence[Decimal]) -> Fraction | None:
    """The mean of a window's ratings; None where nobody answered."""
    return share(total(scores), len(scores)) if scores else None


def is_well_rated(scores: Sequence[Decimal], rating_from: Exact, answer_count_from: int) -> bool:
    """Whether a window's mean rating and number of answers both reach their thresholds."""
    mean = mean_rating(scores)
    return mean is not None and len(scores) >= answer_count_from and mean >= rating_from
