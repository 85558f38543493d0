"""Months, fiscal quarters and fiscal years as half-open spans of days; nothing of pay."""

from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, order=True)
class Span:
    """Days from `start` to the day before `end`."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.start).days

    def overlap(self, other: "Span") -> "Span | None":
        """The days in both; None where there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None

    def __str__(self) -> str:
        last = "open" if self.end == date.max else f"to {self.end - timedelta(days=1)}"
        return f"from {self.start}, open" if last == "open" else f"from {self.start} {last}"


def validity(start: date, end: date | None) -> Span:
    """The span of a row's `valid_from` and `valid_to`; an open one ends never."""
    return Span(start, end or date.max)


@dataclass(frozen=True)
class FiscalCalendar:
    """Periods by the month in which the fiscal year begins."""

    first_month: int = 1

    def period(self, day: date, period_type: str) -> Span:
        """The period of a day."""
        past = (day.month - self.first_month) % 12 % MONTHS[period_type]
        start = months_later(day.replace(day=1), -past)
        return Span(start, months_later(start, MONTHS[period_type]))

    def year_from(self, day: date) -> Span:
        """The first fiscal year that begins on a day or later."""
        year = self.period(day, "year")
        return year if year.start == day else self.period(year.end, "year")


def months_later(month_start: date, count: int) -> date:
    """The first day of the month so many months later."""
    index = month_start.year * 12 + month_start.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)
