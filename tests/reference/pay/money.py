"""Rounding, and parts that sum to the whole.

Here belongs arithmetic that knows nothing about pay. Every named amount is rounded once, half
away from zero, to the minor unit of its currency; what lies between is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

NOTHING = Decimal("0.00")
CENTS = 2

Key = TypeVar("Key")
Exact = Fraction | Decimal | int


def floor_of(value: Exact, digits: int = CENTS) -> int:
    """The whole minor units of which a value that is not negative has enough."""
    scaled = Fraction(value) * 10**digits
    return scaled.numerator // scaled.denominator


def amount_of(minor_units: int, digits: int = CENTS) -> Decimal:
    """So many minor units, written with cents."""
    return Decimal(minor_units).scaleb(-digits).quantize(NOTHING)


def rounded(value: Exact, digits: int = CENTS) -> Decimal:
    """A value to the nearest minor unit, half away from zero; written with cents."""
    units = floor_of(abs(Fraction(value)) + Fraction(1, 2 * 10**digits), digits)
    return amount_of(units if value >= 0 else -units, digits)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, with its cents where there is nothing to sum."""
    return sum(amounts, NOTHING)


def product(*factors: Exact) -> Fraction:
    """An exact product."""
    result = Fraction(1)
    for factor in factors:
        result *= Fraction(factor)
    return result


def share(part: Exact, whole: Exact) -> Fraction:
    """An exact quotient."""
    return Fraction(part) / Fraction(whole)


def largest_remainder(
    amount: Decimal, weights: Mapping[Key, Exact], digits: int = CENTS
) -> dict[Key, Decimal]:
    """An amount in minor units over keys in proportion to weights that are not negative.

    Computed on absolute values: every key gets its share rounded down, what is left goes, one
    unit each, to the largest fractions, among equal ones to the smallest key.
    """
    whole = Fraction(sum(map(Fraction, weights.values())))
    if whole == 0:
        return dict.fromkeys(weights, NOTHING)
    exact = {
        key: abs(Fraction(amount)) * 10**digits * Fraction(weight) / whole
        for key, weight in weights.items()
    }
    units = {key: value.numerator // value.denominator for key, value in exact.items()}
    left = floor_of(abs(amount), digits) - sum(units.values())
    by_fraction = sorted(exact, key=lambda key: (units[key] - exact[key], key))
    for key in by_fraction[:left]:
        units[key] += 1
    sign = -1 if amount < 0 else 1
    return {key: amount_of(sign * count, digits) for key, count in units.items()}


def fitted(parts: Sequence[Fraction], whole: Decimal, digits: int = CENTS) -> list[Decimal]:
    """Unrounded parts in minor units, so that they sum to their own rounded sum.

    By largest remainder in the direction of the sum, among equal ones to the first part.
    """
    sign = -1 if whole < 0 else 1
    exact = [sign * part * 10**digits for part in parts]
    units = [value.numerator // value.denominator for value in exact]
    left = floor_of(abs(whole), digits) - sum(units)
    by_fraction = sorted(range(len(parts)), key=lambda place: (units[place] - exact[place], place))
    for place in by_fraction[:left]:
        units[place] += 1
    return [amount_of(sign * count, digits) for count in units]
