"""Rates of exchange, and the minor units that amounts are rounded to.

Here belongs incentives.md section 3. Rates state their direction: none is inverted or crossed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..mrr import last_day
from .money import CENTS, product, rounded
from .periods import month_of, window_of
from .rows import ExchangeRate, PaySettings

WITHOUT_MINOR_UNIT = ("JPY", "KRW", "VND")


class Rate(NamedTuple):
    """Units of a currency for one unit of another; provisional while its month is open."""

    rate: Decimal
    is_provisional: bool = False


def digits_of(currency: str) -> int:
    """Digits of a currency's minor unit."""
    return 0 if currency in WITHOUT_MINOR_UNIT else CENTS


class Exchange:
    """The published rates, as far as they are known."""

    def __init__(self, rates: Sequence[ExchangeRate], settings: PaySettings) -> None:
        """Take the rates that were published by the day up to which is known."""
        self.settings = settings
        self.published: dict[tuple[str, str, str], list[tuple[date, Decimal]]] = {}
        for row in rates:
            key = (row.rate_type, row.from_currency, row.to_currency)
            self.published.setdefault(key, []).append((row.published_on, row.rate))

    def rate(self, source: str, target: str, day: date, rate_type: str) -> Rate:
        """The rate for a day's event.

        `month`: the last one published on or before the month's end; in a month that is not
        over at `as_of`, the latest known, which is provisional.
        `budget`: the last one published on or before the first day of the fiscal year, so that
        next year's, which is published before this year ends, does not touch this year.
        Raises KeyError naming currencies and month where none is known.
        """
        if source == target:
            return Rate(Decimal(1))
        if rate_type == "month":
            end = last_day(month_of(day))
            is_provisional = self.settings.as_of_on < end
            limit = min(end, self.settings.as_of_on)
        else:
            limit = window_of("year", day, self.settings.fiscal_year_start_month).start
            is_provisional = False
        rows = self.published.get((rate_type, source, target), ())
        known = [row for row in rows if row[0] <= limit]
        if not known:
            raise KeyError(f"no {rate_type} rate from {source} to {target} for {day:%Y-%m}")
        return Rate(max(known)[1], is_provisional)

    def converted(self, amount: Decimal, rate: Rate, target: str) -> Decimal:
        """An amount at a rate, rounded once to the minor unit of its new currency."""
        return rounded(product(amount, rate.rate), digits_of(target))
