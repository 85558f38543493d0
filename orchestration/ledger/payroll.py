"""What payroll pays for a close, as CSV with control totals: joined to names outside git.

Of each payee and currency, what earlier closes left owing is taken off first, and what is below
zero is carried on: nobody is asked to pay money back through a payroll file.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb

from orchestration.files import written_whole
from orchestration.ledger.book import INTERIM, LedgerError, LedgerFile, read_book
from orchestration.ledger.periods import period_text
from orchestration.ledger.postings import load_lines
from orchestration.settings import Settings

MAP_COLUMNS = ("payee_id", "payroll_id", "payee_name", "email")
COLUMNS = ("payroll_id", "payee_name", "payee_id", "period", "currency", "payable_amount")
TOTAL_COLUMNS = ("period", "currency", "payee_count", "payable_amount", "close_hash")
# A spreadsheet takes what begins so for a formula; in some languages also in full width.
_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")


class PayrollError(LedgerError):
    """Nothing was exported; the message says what is missing."""


@dataclass(frozen=True)
class Payable:
    """What one payee is paid for one close."""

    payee_id: str
    currency: str
    amount: Decimal


@dataclass(frozen=True)
class PayrollExport:
    """The files of one export, and their totals: payees and amount by currency."""

    close: LedgerFile
    path: Path
    totals_path: Path
    totals: Mapping[str, tuple[int, Decimal]]


def export_payroll(
    settings: Settings, period: date, out: Path, sequence: int | None = None
) -> PayrollExport:
    """Write what payroll pays for a month's final close, or for one interim run of it.

    Args:
        out: folder to write to; both files are readable by their owner alone.
        sequence: the number of an interim run; None for the final close.

    Raises:
        PayrollError: the month is not closed, or a payee to be paid has no payroll id.
    """
    book = read_book(settings)
    close = _close_of(book.files, period, sequence)
    payables = payables_of(book.files, close)
    people = _people(settings, payables)
    totals: dict[str, tuple[int, Decimal]] = {}
    for payable in payables:
        count, total = totals.get(payable.currency, (0, Decimal(0)))
        totals[payable.currency] = (count + 1, total + payable.amount)
    name = period_text(period)
    rows = [
        (
            people[payable.payee_id]["payroll_id"],
            people[payable.payee_id]["payee_name"],
            payable.payee_id,
            name,
            payable.currency,
            f"{payable.amount:f}",
        )
        for payable in payables
    ]
    total_rows = [
        (name, currency, str(count), f"{total:f}", close.hash)
        for currency, (count, total) in sorted(totals.items())
    ]
    out.mkdir(parents=True, exist_ok=True)
    path, totals_path = out / f"payroll-{close.name}.csv", out / f"payroll-{close.name}-totals.csv"
    _write(path, COLUMNS, rows)
    _write(totals_path, TOTAL_COLUMNS, total_rows)
    return PayrollExport(close, path, totals_path, totals)


def payables_of(files: Sequence[LedgerFile], close: LedgerFile) -> list[Payable]:
    """What a close pays: by payee and currency, in order of both; only what is above zero.

    Paid so far is the highest that the running sum of postings ever was, and never below zero.
    """
    with duckdb.connect() as connection:
        load_lines(connection, [file for file in files if file.sequence <= close.sequence])
        found = connection.execute(
            """
            with posted as (
                select payee_id, currency, sequence, sum(amount) as amount
                from ledger_lines
                where sequence > 0
                group by all
            ),
            running as (
                select *, sum(amount) over payee as posted_to_date
                from posted
                window payee as (partition by payee_id, currency order by sequence)
            ),
            paid as (
                select *, greatest(0, max(posted_to_date) over payee) as paid_to_date
                from running
                window payee as (partition by payee_id, currency order by sequence)
            ),
            payable as (
                select *, paid_to_date - coalesce(lag(paid_to_date) over payee, 0) as paid_amount
                from paid
                window payee as (partition by payee_id, currency order by sequence)
            )
            select payee_id, currency, cast(paid_amount as decimal(18, 2))
            from payable
            where sequence = ? and paid_amount > 0
            order by payee_id, currency
            """,
            [close.sequence],
        ).fetchall()
    return [Payable(*row) for row in found]


def escaped(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _close_of(files: Sequence[LedgerFile], period: date, sequence: int | None) -> LedgerFile:
    of_month = [file for file in files if file.period_start == period and file.sequence > 0]
    if sequence is None:
        found = [file for file in of_month if file.kind != INTERIM]
        wanted = f"{period_text(period)} is not closed"
    else:
        found = [file for file in of_month if file.sequence == sequence]
        wanted = f"{period_text(period)} has no close with the number {sequence}"
    if not found:
        known = ", ".join(f"{file.sequence} ({file.kind})" for file in of_month) or "none"
        raise PayrollError(f"{wanted}: nothing to export. Closes of that month: {known}.")
    return found[0]


def _people(settings: Settings, payables: Sequence[Payable]) -> dict[str, dict[str, str]]:
    path = settings.payroll_map_path
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PayrollError(
            f"The payroll map {path} cannot be read ({error.strerror}). It is a CSV with the "
            f"columns {', '.join(MAP_COLUMNS)}, kept outside git; QUOTAMART_PAYROLL_MAP says where."
        ) from error
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in MAP_COLUMNS if name not in (rows.fieldnames or [])]
    if missing:
        raise PayrollError(f"{path} has no column {', '.join(missing)}.")
    people: dict[str, dict[str, str]] = {}
    for row in rows:
        person = {name: (row[name] or "").strip() for name in MAP_COLUMNS}
        if person["payee_id"] in people:
            raise PayrollError(f"{path} names {person['payee_id']} twice.")
        people[person["payee_id"]] = person
    wanted = sorted({payable.payee_id for payable in payables})
    without = [name for name in wanted if not people.get(name, {}).get("payroll_id")]
    if without:
        raise PayrollError(
            f"{len(without)} payees to be paid have no payroll id in {path}: "
            f"{', '.join(without[:10])}. Nothing was exported."
        )
    ids = [people[name]["payroll_id"] for name in wanted]
    twice = sorted({number for number in ids if ids.count(number) > 1})
    if twice:
        raise PayrollError(f"{path} gives one payroll id to several payees: {', '.join(twice)}.")
    return people


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with (
        written_whole(path, mode=0o600) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows([escaped(cell) for cell in row] for row in rows)
