"""Strict reading of text as a declared type: one accepted form each, everything else an error.

A guess is worse than an error here: 03/04/2026 is a day in March or in April, and nothing later
can tell. Text that a source YAML declares as string never comes through here.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from orchestration.landing.declared import SourceColumn

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_DOUBLE = re.compile(_NUMBER.pattern + r"([eE][+-]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP = re.compile(
    _DATE.pattern
    + r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_DAY_FIRST_OR_MONTH_FIRST = re.compile(r"[0-9]{1,2}([/.-])[0-9]{1,2}\1([0-9]{4}|[0-9]{2})\b.*")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}([, ][0-9]{3})+(\.[0-9]+)?")
_SHAPE_LENGTH = 40

_EXPECTED = {
    "bigint": "a whole number, such as -12",
    "int": "a whole number, such as -12",
    "boolean": "true or false",
    "double": "a number with a decimal point, such as 1234.5",
    "date": "a date as YYYY-MM-DD",
    "timestamp": (
        "a time as YYYY-MM-DD HH:MM:SS, with at most 6 digits after the second and an optional "
        "Z or +HH:MM; without one it is UTC"
    ),
}


def parser(column: SourceColumn) -> Callable[[str], Any]:
    """Return the reader of one declared column; it raises ValueError for anything odd.

    An empty text is null, except in a string column, where it stays an empty text.
    """
    if column.kind == "string":
        return str
    if column.kind == "decimal":
        read = _decimal_parser(column)
    elif column.kind in ("bigint", "int"):
        read = _integer_parser(column.arrow_type.bit_width)
    else:
        read = _PARSERS[column.kind]
    return lambda text: None if text == "" else read(text)


def expected_format(column: SourceColumn) -> str:
    """Say which texts a column accepts, for messages."""
    if column.kind == "decimal":
        declared: pa.Decimal128Type = column.arrow_type
        return (
            f"a number with at most {declared.precision - declared.scale} digits before and "
            f"{declared.scale} after the decimal point, such as -1234.5"
        )
    return _EXPECTED[column.kind]


def hint(text: str) -> str:
    """Say what usually lies behind a text that does not parse; empty when nothing comes to mind."""
    if _DAY_FIRST_OR_MONTH_FIRST.fullmatch(text):
        return " Day and month cannot be told apart in this form."
    if _THOUSANDS.fullmatch(text):
        return " Write numbers without thousands separators."
    if text != text.strip():
        return " There are spaces around it."
    return ""


def shape(text: str) -> str:
    """The form of a value without the value: every digit a 9, every letter an A or a.

    Messages end in logs, and a value may be somebody's name.
    """
    short = text[:_SHAPE_LENGTH]
    shown = "".join(map(_shape_of_character, short))
    return shown if short == text else f"{shown}..."


def shown_name(name: str) -> str:
    """The name of a column, or its form where it is no plain word.

    A file without a header has its first row for one, and that row may be somebody's.
    """
    return name if name.isidentifier() else shape(name)


def parsed_instant(text: str) -> datetime:
    """Read a timestamp as a UTC time; one without a zone is UTC, a date is its midnight.

    Raises:
        ValueError: it is not written as ISO 8601 with at most microseconds, or as UTC it lies
            before the year 1 or after 9999.
    """
    if not _TIMESTAMP.fullmatch(text):
        raise ValueError(f"not {_EXPECTED['timestamp']}")
    instant = datetime.fromisoformat(text)
    try:
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


def _shape_of_character(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character if character.isprintable() else "?"


def _integer_parser(bits: int) -> Callable[[str], int]:
    limit = 2 ** (bits - 1)

    def read(text: str) -> int:
        number = int(_matched(_INTEGER, text))
        if not -limit <= number < limit:
            raise ValueError("out of range")
        return number

    return read


def _decimal_parser(column: SourceColumn) -> Callable[[str], Decimal]:
    declared: pa.Decimal128Type = column.arrow_type
    whole_digits = declared.precision - declared.scale

    def read(text: str) -> Decimal:
        whole, _, fraction = _matched(_NUMBER, text).lstrip("+-").partition(".")
        if len(whole.lstrip("0")) > whole_digits or len(fraction) > declared.scale:
            raise ValueError("too many digits")
        return Decimal(text)

    return read


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("neither true nor false")
    return text.lower() == "true"


def _date(text: str) -> date:
    return date.fromisoformat(_matched(_DATE, text))


def _matched(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError("not in the expected form")
    return text


_PARSERS: dict[str, Callable[[str], Any]] = {
    "boolean": _boolean,
    "double": lambda text: float(_matched(_DOUBLE, text)),
    "date": _date,
    "timestamp": lambda text: parsed_instant(text).replace(tzinfo=None),
}
