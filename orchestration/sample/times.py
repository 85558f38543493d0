"""Dates and times of the sample: whole seconds UTC since 1970, and days since 1970.

Only arithmetic on given values belongs here: the sample never reads the clock.
"""

from calendar import monthrange
from datetime import date

DAY = 86_400
HOUR = 3_600
_EPOCH = date(1970, 1, 1).toordinal()
_BUSINESS_OFFSET = 8 * HOUR  # Asia/Shanghai has had no daylight saving since 1991.


def day_number(year: int, month: int, day: int) -> int:
    """Return the days since 1970-01-01."""
    return date(year, month, day).toordinal() - _EPOCH


def at(year: int, month: int, day: int, hour: int = 0) -> int:
    """Return the second of that hour, UTC."""
    return day_number(year, month, day) * DAY + hour * HOUR


def business_day(second: int) -> int:
    """Return the day number in the company's time zone."""
    return (second + _BUSINESS_OFFSET) // DAY


def day_add_months(day: int, months: int) -> int:
    """Return the day `months` later; the last of the month where it is shorter."""
    start = date.fromordinal(day + _EPOCH)
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return day_number(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def add_months(second: int, months: int) -> int:
    """Return the same time of day `months` later, as billing systems count anniversaries."""
    day, rest = divmod(second, DAY)
    return day_add_months(day, months) * DAY + rest


def micros(second: int | None) -> int | None:
    """Return microseconds, the unit of the landed timestamps."""
    return None if second is None else second * 1_000_000


FIRST_DAY = day_number(2023, 4, 1)
FULL_MONTHS = 36
INITIAL_LOAD = at(2023, 4, 1, 2)
LAST_SYNC = at(2026, 4, 12, 2)
LAST_DAY = day_number(2026, 4, 12)
# When a version ends that is in force, as history mode writes it: microseconds.
OPEN_END = at(9999, 12, 31) * 1_000_000 + 86_399_999_000
