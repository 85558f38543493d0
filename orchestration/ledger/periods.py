"""Posting periods: calendar months, written 2026-03."""

import re
from calendar import monthrange
from datetime import date

_PERIOD = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def parsed_period(text: str) -> date:
    """The first day of a month written YYYY-MM.

    Raises:
        ValueError: it is written otherwise.
    """
    found = _PERIOD.fullmatch(text)
    if not found:
        raise ValueError(f"'{text}' is no month: write it as 2026-03.")
    return date(int(found[1]), int(found[2]), 1)


def period_text(start: date) -> str:
    """2026-03 for 1 March 2026."""
    return f"{start:%Y-%m}"


def last_day(start: date) -> date:
    """The last day of the month: the cutoff of its close."""
    return start.replace(day=monthrange(start.year, start.month)[1])


def later(start: date, months: int) -> date:
    """The first day of the month that is so many months later; earlier, where negative."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """The months from one to another, both included; none where the second is the earlier."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [later(first, number) for number in range(count)]
