"""Windows of time: months, quarters and years of a fiscal calendar, and anniversaries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from ..mrr import add_months, holds

__all__ = ["Window", "add_months", "days_of", "full_months", "holds", "month_of", "window_of"]

MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Window(NamedTuple):
    """A month, quarter or year; both ends belong to it."""

    type: str
    start: date
    end: date


def window_of(window_type: str, day: date, fiscal_year_start_month: int = 1) -> Window:
    """The window of a type that contains a day.

    Quarters and years are counted from the month with which a fiscal year starts.
    """
    length = MONTHS[window_type]
    months = day.year * 12 + day.month - fiscal_year_start_month
    first = months - months % length + fiscal_year_start_month - 1
    start = date(first // 12, first % 12 + 1, 1)
    return Window(window_type, start, add_months(start, length) - timedelta(days=1))


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def days_of(start: date, end: date) -> Iterator[date]:
    """The days from one to another, both included."""
    return (start + timedelta(days=offset) for offset in range((end - start).days + 1))


def full_months(start: date, day: date) -> int:
    """The months completed on a day, by anniversary; 0 before the start.

    The anniversary of a day that a month lacks is that month's last day.
    """
    months = (day.year - start.year) * 12 + day.month - start.month
    while months > 0 and add_months(start, months) > day:
        months -= 1
    return max(0, months)
