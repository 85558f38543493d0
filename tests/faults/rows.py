"""Rows with one thing wrong, and what must become of each.

A mutation is a later version of a good row of the sample company, under a key of its own, in
which one cell was exchanged. So what stood before must stand after where the new version is set
aside, and must differ in that one cell where it is taken.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from orchestration.landing import SourceColumn, SourceTable
from tests.faults.roles import PREFERRED, ROLES

Row = dict[str, Any]
ARRIVAL = "_fivetran_synced"
_EPOCH = datetime(1970, 1, 1)
_LAST_DIGIT = Decimal("0.0000005")
_SECOND, _DAY = (
    1_000_000,
    86_400_000_000,
)  # Microseconds, in which times are held here: Python's end in 9999.
# What must become of a mutated row: a bucket, or either of staged and quarantined.
STAGED, SET_ASIDE, EITHER = "staged", "quarantined", "either"
SUPERSEDED, LATER, DELETED = "superseded", "later", "deleted"

# Texts that mean something elsewhere, and are texts here.
HARMLESS_TEXTS = (
    "'; drop table quotamart.staging.as_of; --",
    '" or "1" = "1',
    "=1+1",
    '=HYPERLINK("http://localhost","x")',
    "@SUM(A1:A9)",
    "+49 30 1234567",
    "-2+3",
    "NULL",
    "NaN",
    "None",
    "#REF!",
    "007",
    "1e5",
    "true",
    "2026-02-30",
    "é ü ß 日本語 العربية",
    "\u202eRTL",
    "😀" * 20,
    "a\tb\nc\r\nd",
    "a,b;c|d",
    '"quoted"',
    "{{ 1 }} {% if %}",
    "$1 ? :name %s",
    "\\x00 \\N \\",
    "x" * 20_000,
    "\x7f\x01",
)
# Text that is no number in any of our ways of writing one, or one beyond all plausibility.
_NO_NUMBERS = ("1,5", "1.000,00", "1 000", "1e3", "NaN", "inf", "", " ", "zwölf", "=1+1", "0x10")
_NO_NUMBERS += ("--1", "1.", ".5", "٣", "1-", "$5", "5%", "9" * 30)
_NO_DATES = ("03/04/2026", "3/4/26", "26-03-04", "2026-3-4", "2026-02-30", "2026/03/04", "20260304")
_NO_DATES += ("4 March 2026", "2026-03-04T00:00:00", "46085", "", "0000-00-00", "2026-W10-3")
_NO_MONTHS = ("03/2026", "3/26", "26-03", "2026-3", "2026-13", "202603", "March 2026", "2026-03-04")
_NO_MONTHS += ("2026/03", "46085", "", "0000-00")
_WORDS_FOR_REASONS = {
    "null": r"missing|unknown|_no_|interval|without_months",
    "negative": (
        r"negative|not_positive|out_of_range|impossible|off_its_scale|no_share|without_months"
    ),
    "huge": r"implausible|out_of_range|impossible|not_in_cents|off_its_scale|no_number|no_share",
    "no_number": (
        r"not_in_cents|implausible|out_of_range|no_number|no_share|negative|not_positive"
    ),
    "half_cent": r"not_in_cents|no_number",
    "no_date": r"no_date|no_month|missing_key",
    "date": r"implausible|after_arrival|before|ends_before_start|missing_key",
    "currency": r"currency",
    "choice": r"unknown|no_system",
    "key": r"missing_key",
    "older": r"after_arrival|implausible",
}


@dataclass(frozen=True)
class Mutation:
    """One cell exchanged."""

    table: str
    column: str
    kind: str
    value: Any
    expected: str
    reason: str = ""

    def __str__(self) -> str:
        value = repr(self.value)
        short = value if len(value) < 60 else f"{value[:57]}..."
        return f"{self.table} {self.column}: {self.kind} {short}"


def mutations(table: SourceTable, rng: random.Random) -> list[Mutation]:
    """Every kind of fault in every column of a table, with values drawn by `rng`."""
    found = []
    roles = ROLES[table.name]
    for column in table.columns:
        if column.name == ARRIVAL:
            continue
        role, is_needed = roles.get(column.name, ("", False))
        if column.name in table.key and column.name not in roles:
            role = "key"
        if column.name == table.delete_marker:
            role = "delete_marker"
        for kind, value, expected in _exchanges(column, role, is_needed, rng):
            reason = _WORDS_FOR_REASONS.get(kind, "")
            found.append(Mutation(table.name, column.name, kind, value, expected, reason))
    found += [
        Mutation(table.name, ARRIVAL, "older", Ahead(-1), SUPERSEDED, _WORDS_FOR_REASONS["older"]),
        Mutation(table.name, ARRIVAL, "later", Ahead(3650), LATER),
        Mutation(table.name, ARRIVAL, "twice", Ahead(0), STAGED),
    ]
    if table.delete_marker:
        found.append(Mutation(table.name, table.delete_marker, "deleted", True, DELETED))
    return found


def _exchanges(
    column: SourceColumn, role: str, is_needed: bool, rng: random.Random
) -> Iterator[tuple[str, Any, str]]:
    """Kind of fault, value, and what must become of the row."""
    if role in ("key", "delete_marker"):
        if role == "key" and column.kind == "string":
            for value in (None, "", "   "):
                yield "key", value, SET_ASIDE
        return
    yield "null", None, SET_ASIDE if is_needed else EITHER
    if column.kind == "string":
        yield from _texts(role, is_needed, rng)
    elif column.kind in ("timestamp", "date"):
        yield from _times(column, role, rng)
    elif column.kind in ("bigint", "int", "double"):
        yield from _numbers(column, role, rng)
    elif column.kind == "boolean":
        yield "flag", rng.random() < 0.5, EITHER


def _texts(role: str, is_needed: bool, rng: random.Random) -> Iterator[tuple[str, Any, str]]:
    blanks = [("", EITHER), ("  ", EITHER)]
    if role in ("date_text", "month_text"):
        values = _NO_MONTHS if role == "month_text" else _NO_DATES
        for value in values:
            yield "no_date", value, SET_ASIDE
        for value in ("1999-12-31", "0201-03-04", "2205-03-04", "9999-12-31"):
            yield "date", value[:7] if role == "month_text" else value, SET_ASIDE
    elif role in ("amount_text", "count_text", "share"):
        for value in _NO_NUMBERS:
            yield "no_number", value, SET_ASIDE
        if role != "amount_text":
            yield "negative", f"-{rng.randint(2, 900)}", SET_ASIDE
        yield "huge", {"share": "75"}.get(role, f"{10 ** rng.randint(12, 15)}"), SET_ASIDE
    elif role == "currency":
        for value in ("XXX", "EURO", "U$D", "", "  ", "€", rng.choice(HARMLESS_TEXTS)):
            yield "currency", value, SET_ASIDE
    elif role == "choice":
        for value in ("sideways", "", "?", rng.choice(HARMLESS_TEXTS)):
            yield "choice", value, SET_ASIDE
    elif role in ("reference", "word") and is_needed:
        for value, _ in blanks:
            yield "null", value, SET_ASIDE
        for value in rng.sample(HARMLESS_TEXTS, 4):
            yield "text", value, EITHER if role == "word" else STAGED
        yield "orphan", "nobody-knows-this", STAGED
    else:
        for value, expected in blanks:
            yield "text", value, expected
        for value in rng.sample(HARMLESS_TEXTS, 5):
            yield "text", value, STAGED


def _times(column: SourceColumn, role: str, rng: random.Random) -> Iterator[tuple[str, Any, str]]:
    """Times in microseconds or days since 1970; `ahead` is counted from the row's arrival."""
    never = SET_ASIDE if role in ("past", "day", "date") else EITHER
    days = {
        date(1999, 12, 31): never,
        date(rng.randint(1, 400), 1, 1): never,
        date(1900, 1, 1): never,
        date(1970, 1, 1): never,
        date(2205, 3, 4): never,
        date(9999, 12, 31): never,
    }
    for day, expected in days.items():
        yield "date", _time(column, (day - _EPOCH.date()).days), expected
    yield "date", Ahead(366 * 21), never
    if role in ("past", "day"):
        yield "date", Ahead(2), SET_ASIDE
    limit = 2**63 - 1 if column.kind == "timestamp" else 2**31 - 2
    yield "date", limit, never
    yield "date", -limit, never


@dataclass(frozen=True)
class Ahead:
    """So many days after the row's arrival."""

    days: int


def _time(column: SourceColumn, days: int) -> int:
    return days if column.kind == "date" else days * _DAY


def _numbers(column: SourceColumn, role: str, rng: random.Random) -> Iterator[tuple[str, Any, str]]:
    whole = column.kind != "double"
    if role in ("amount", "count", "months", "quantity", "percent", "score"):
        yield "negative", -rng.randint(1, 10**6) if whole else -rng.random() * 100, SET_ASIDE
    huge = (10**12, 2**63 - 1) if whole else (1e12, 1e16, 1e300, math.inf, 101.0e9)
    if role in ("amount", "signed", "quantity", "percent", "months", "score", "count"):
        # A head count may be any whole number; nothing is computed of it.
        for value in huge[: -1 if not whole and role != "percent" else None]:
            yield "huge", value, SET_ASIDE if role != "count" else EITHER
        for value in () if whole else (math.nan, -math.inf):
            yield "no_number", value, SET_ASIDE
    elif not role:
        for value in (*huge, -huge[0], *(() if whole else (math.nan, -math.inf))):
            yield "unread", value, EITHER
    if role in ("amount", "signed"):
        value = rng.randint(10**6, 10**9)
        # What was given back is compared with what was paid.
        is_free = column.name not in ("amount", "amount_refunded")
        yield "value", value if whole else value / 100, STAGED if is_free else EITHER
    if role in ("amount", "signed") and not whole:
        yield "half_cent", 10.005, SET_ASIDE
        yield "half_cent", 1e-9, SET_ASIDE
    if role == "percent":
        yield "huge", 100.5, SET_ASIDE


def versions(
    table: SourceTable, rows: Sequence[Row], planned: Sequence[Mutation]
) -> tuple[list[Row], list[Row]]:
    """The good rows and, a second later, the mutated ones, one pair of rows a mutation."""
    name = next(c.name for c in table.columns if c.name in table.key and c.kind == "string")
    good, bad = [], []
    for number, mutation in enumerate(planned):
        row = dict(row_for(table, rows, mutation, number))
        row[name] = f"{row[name]}~{number}"
        good.append(row)
        bad.append(later_version(table, row, mutation))
    return good, bad


def later_version(table: SourceTable, row: Row, mutation: Mutation) -> Row:
    """A row as it arrives a second later, mutated."""
    column = table.columns_by_name[mutation.column.lower()]
    later = row | {ARRIVAL: row[ARRIVAL] + _SECOND}
    if mutation.kind == "deleted":
        # Whatever else such a row says, it says nothing.
        later = {key: later[key] if key in (*table.key, ARRIVAL) else None for key in later}
    return later | {mutation.column: _value_in(mutation.value, column, row)}


def _value_in(value: Any, column: SourceColumn, row: Row) -> Any:
    if not isinstance(value, Ahead):
        return value
    if column.name == ARRIVAL:
        return row[ARRIVAL] + value.days * _DAY
    return _time(column, row[ARRIVAL] // _DAY + value.days)


def row_for(table: SourceTable, rows: Sequence[Row], mutation: Mutation, number: int) -> Row:
    """A good row in which the cell says something, as far as there is one."""
    wanted = PREFERRED.get(table.name, {})
    fitting = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    telling = [row for row in fitting if row[mutation.column] is not None]
    candidates = telling or fitting or rows
    return candidates[number % len(candidates)]


def as_table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Rows as Arrow; times are whole numbers in them."""
    columns = []
    for field in schema:
        values = [row[field.name] for row in rows]
        if pa.types.is_timestamp(field.type):
            columns.append(pa.array(values, pa.int64()).cast(field.type))
        elif pa.types.is_date(field.type):
            columns.append(pa.array(values, pa.int32()).cast(field.type))
        else:
            columns.append(pa.array(values, field.type))
    return pa.table(columns, schema=schema)


def as_rows(table: pa.Table) -> list[Row]:
    """Arrow as rows; times are whole numbers in them."""
    columns = []
    for column in table.columns:
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64())
        elif pa.types.is_date(column.type):
            column = column.cast(pa.int32())
        columns.append(column)
    return pa.table(columns, names=table.column_names).to_pylist()


def explains(value: Any, staged: Any, minor_unit_digits: int) -> bool:
    """Whether a staged value is what a landed one may become: itself, typed, trimmed, or null."""
    if isinstance(value, str):
        # Upper case of some letters is another matter in each engine.
        same = isinstance(staged, str) and staged.strip().casefold() == value.strip().casefold()
        return same or staged is None
    if staged is None or value is None:
        return staged is None or staged is False
    if isinstance(value, bool) or isinstance(staged, bool):
        return isinstance(staged, bool)
    if isinstance(staged, Decimal):
        exact = Decimal(str(value)).scaleb(-minor_unit_digits)
        return abs(staged - exact) <= _LAST_DIGIT
    # Of a moment the day may be all that is kept.
    return staged in (value, value // _DAY)
