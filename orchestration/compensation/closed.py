"""Closed periods never change: an edit that reaches into one needs its approval.

The rows are compared with the seeds that the last close kept. What of an edit takes effect only
from the oldest open month on is free; everything else needs a row in retroactive_approvals that
the last close did not know yet, so that one approval serves one edit.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from orchestration.compensation.book import Book
from orchestration.compensation.declared import Seed
from orchestration.compensation.findings import Finding
from orchestration.compensation.fiscal import FiscalCalendar
from orchestration.compensation.tables import Row, Table, read_kept_table
from orchestration.ledger.book import LedgerError, read_book
from orchestration.ledger.kept import kept_seeds
from orchestration.settings import Settings

APPROVALS = "retroactive_approvals"
_VERIFY = "Run `quotamart verify`."


@dataclass(frozen=True)
class LastClose:
    """What the ledger says of the past: the first open day, and the seeds of the last close."""

    open_from: date
    kept: Mapping[str, Path]


def last_close(settings: Settings) -> tuple[LastClose | None, list[Finding]]:
    """The last close; None where nothing was closed, or where it cannot be read."""
    try:
        book = read_book(settings)
        if book.head is None or book.open_period is None:
            return None, []
        seeds = kept_seeds(settings, book.head)
    except (LedgerError, KeyError, TypeError, AttributeError) as error:
        text = f"edits cannot be compared with the last close: {error}. {_VERIFY}"
        return None, [Finding(str(settings.ledger_dir), 0, "", "", text)]
    kept = {Path(path).stem: file for path, file in seeds.items()}
    return LastClose(book.open_period, kept), []


def closed_findings(book: Book, closed: LastClose) -> Iterator[Finding]:
    """Edits since the last close that reach into closed periods without an approval."""
    before = Past(book.calendar, _kept_tables(book, closed))
    approved = _new_approvals(book[APPROVALS], before.tables[APPROVALS])
    now = Past(book.calendar, book.tables)
    for name, table in book.tables.items():
        if name not in _REACHES or table.faulty:
            continue
        if before.tables[name] is None:
            path = closed.kept.get(name)
            text = f"the file that the last close kept cannot be read: {path}. {_VERIFY}"
            yield Finding(table.seed.file, 0, "", "", text)
            continue
        for edit in _edits(name, table.seed, before, now):
            if edit.reaches < closed.open_from and (name, edit.key) not in approved:
                yield _finding(edit, table.seed, closed)


def _kept_tables(book: Book, closed: LastClose) -> dict[str, Table | None]:
    """What the last close kept; None for a file that is gone."""
    return {name: _kept_table(table.seed, closed) for name, table in book.tables.items()}


def _kept_table(seed: Seed, closed: LastClose) -> Table | None:
    if seed.name not in closed.kept:
        # A seed that the last close did not know yet had no rows.
        return Table(seed)
    try:
        return read_kept_table(seed, closed.kept[seed.name])
    except (OSError, UnicodeDecodeError):
        return None


def _new_approvals(table: Table, before: Table | None) -> set[tuple[str, str]]:
    known = {_key(table.seed, row) for row in before or ()}
    return {
        (row["seed_name"], row["row_key"]) for row in table if _key(table.seed, row) not in known
    }


@dataclass(frozen=True)
class Past:
    """Some state of the rules, as far as it says from when a row takes effect."""

    calendar: FiscalCalendar
    tables: Mapping[str, Table | None]

    def period_end(self, row: Row) -> date:
        """Last day of a row's period."""
        period = self.calendar.period(row["period_start"], row["period_type"])
        return period.end - timedelta(days=1)

    def of(self, name: str, column: str, value: Any) -> Row | None:
        """The first row of a seed that has this value."""
        return next((row for row in self.tables[name] or () if row[column] == value), None)


def _pool_end(past: Past, row: Row) -> date:
    pool = past.of("payout_pools", "pool_id", row["pool_id"])
    return past.period_end(pool) if pool else date.max


def _draw_start(past: Past, row: Row) -> date:
    draw = past.of("draws", "draw_id", row["draw_id"])
    return draw["valid_from"] if draw else date.max


def _rate_start(past: Past, row: Row) -> date:
    """A budget is that of the fiscal year that begins next, a rate that of its month."""
    if row["rate_type"] == "budget":
        return past.calendar.year_from(row["published_on"]).start
    return row["published_on"].replace(day=1)


# From which day on a row takes effect, by seed; seeds that are not here have no effect on pay.
_REACHES: dict[str, Callable[[Past, Row], date]] = {
    "clawback_rules": lambda _, row: row["valid_from"],
    "credit_rules": lambda _, row: row["valid_from"],
    "currencies": lambda _, row: date.min,
    "draw_components": _draw_start,
    "draws": lambda _, row: row["valid_from"],
    "exchange_rates": _rate_start,
    "pay_adjustments": lambda _, row: row["effective_on"],
    "payee_assignments": lambda _, row: row["valid_from"],
    "payees": lambda _, row: row["joined_on"],
    "payout_caps": lambda _, row: row["valid_from"],
    "payout_pool_shares": _pool_end,
    "payout_pools": lambda past, row: past.period_end(row),
    "plan_components": lambda _, row: row["valid_from"],
    "plans": lambda _, row: row["valid_from"],
    "quota_ramps": lambda _, row: row["valid_from"],
    "quotas": lambda _, row: row["period_start"],
    "rate_tiers": lambda _, row: row["valid_from"],
    "scores": lambda past, row: past.period_end(row),
}
# The column that ends a row: moving the end from one open day to another reaches no closed one.
_ENDS = ("valid_to", "left_on")
# A currency that nobody used yet changes nothing.
_FREE_TO_ADD = ("currencies",)


@dataclass(frozen=True)
class _Edit:
    """A row that was added, removed or changed, and the first day that it changes."""

    kind: str
    key: str
    reaches: date
    row: Row | None


def _edits(name: str, seed: Seed, before: Past, now: Past) -> Iterator[_Edit]:
    # By value: a number written otherwise is the same key.
    old = {_key(seed, row): row for row in before.tables[name] or ()}
    new = {_key(seed, row): row for row in now.tables[name] or ()}
    for key in {**old, **new}:
        text = _row_key(seed, new.get(key) or old[key])
        if key not in old:
            if name not in _FREE_TO_ADD:
                yield _Edit("added", text, _reaches(name, now, new[key]), new[key])
        elif key not in new:
            yield _Edit("removed", text, _reaches(name, before, old[key]), None)
        elif changed := _changed(seed, old[key], new[key]):
            reaches = min(_reaches(name, before, old[key]), _reaches(name, now, new[key]))
            if len(changed) == 1 and changed[0] in _ENDS:
                reaches = min(row[changed[0]] or date.max for row in (old[key], new[key]))
            yield _Edit(f"changed in {', '.join(changed)}", text, reaches, new[key])


def _reaches(name: str, past: Past, row: Row) -> date:
    """The day from which a row takes effect; always, where that is not to be read any more."""
    try:
        day = _REACHES[name](past, row)
    except (AttributeError, KeyError, TypeError):
        return date.min
    return day if isinstance(day, date) else date.min


def _key(seed: Seed, row: Row) -> tuple[Any, ...]:
    return tuple(row.values.get(name) for name in seed.key)


def _row_key(seed: Seed, row: Row) -> str:
    """The key as an approval writes it."""
    return "|".join(row.texts.get(name, "") for name in seed.key)


def _changed(seed: Seed, old: Row, new: Row) -> list[str]:
    """The columns that say something else; what an older project had no column for is no edit."""
    return [
        column.name
        for column in seed.columns
        if column.name in old.values and old[column.name] != new[column.name]
    ]


def _finding(edit: _Edit, seed: Seed, closed: LastClose) -> Finding:
    text = (
        f"was {edit.kind} since the last close and takes effect before {closed.open_from}, where "
        "periods are closed. Undo it and begin a new row on that day or later; or, if the past is "
        f"meant, have it approved in {APPROVALS}.csv: "
        f"{seed.name},{edit.key},<who asked>,<who approved>,<date>,<reason>"
    )
    line = edit.row.line if edit.row else 0
    return Finding(seed.file, line, "|".join(seed.key), edit.key, text)
