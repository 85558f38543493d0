"""Closing a period: what the published version says is pending becomes one file of the ledger.

Everything is written to a hidden folder, flushed, and renamed once: that rename is the close. Who
is killed before it has posted nothing, who is killed after it has posted all of it.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow.parquet as pq

from orchestration.checks.declared import names_of
from orchestration.checks.history import write_history
from orchestration.files import sync, writing_in
from orchestration.ledger import checks
from orchestration.ledger.book import (
    FINAL,
    INTERIM,
    OPENING,
    UNFINISHED,
    Book,
    LedgerError,
    LedgerFile,
    read_book,
)
from orchestration.ledger.chain import (
    CLOSE_FILE,
    LINES_FILE,
    SLICES_FILE,
    close_hash,
    file_sha256,
    rendered,
)
from orchestration.ledger.kept import is_leftover, keep_inputs, unnamed_inputs
from orchestration.ledger.objections import objections_to
from orchestration.ledger.opening import first_period_of
from orchestration.ledger.periods import later, period_text
from orchestration.ledger.postings import (
    MARTS,
    Comparison,
    Postings,
    attached,
    control_totals,
    lines_of_opening,
)
from orchestration.ledger.receipts import write_missing_receipts, write_receipt
from orchestration.ledger.verify import verify
from orchestration.lock import LedgerLock
from orchestration.published import PublishedVersion, current_version
from orchestration.settings import Settings

FORMAT = 1
_ACCEPT = "Put it right, or say with --accept NAME who answers for it: the ledger keeps the name."


class CloseRefused(LedgerError):
    """Nothing was posted and the ledger is as it was; each reason is one line."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Closed:
    """How a close ended.

    `file` is the close of the period: this one, or the one that was there already. It is None where
    an interim run found nothing to post. `pending` is how many keys wait for the next close, and
    their sum by currency; None where no version says.
    """

    period: date
    is_new: bool
    file: LedgerFile | None
    pending: tuple[int, Mapping[str, Decimal]] | None
    opening: LedgerFile | None = field(default=None)


def close_period(
    settings: Settings,
    period: date,
    interim: bool = False,
    by: str = "unknown",
    accepted_by: str | None = None,
    patience_seconds: float = 30,
) -> Closed:
    """Post what is pending for a month, once.

    Args:
        period: the first day of the month.
        interim: post only what is marked for interim runs, and leave the month open.
        by: who closes; kept in the ledger.
        accepted_by: who answers for events credited to nobody, for blocked keys and for reversals
            above the limit.
        patience_seconds: how long to wait for another close.

    Raises:
        CloseRefused: why nothing was posted.
        LedgerLocked: somebody else is closing.
        CannotWrite: the disk is full or the folder is closed to this user. Where only the receipt
            could not be written, the month is closed, and closing it again writes that.
    """
    with (
        LedgerLock(settings, patience_seconds, f"closing {period_text(period)} for {by}"),
        _refusals_kept(settings, period),
        writing_in(settings.ledger_dir),
    ):
        book = _sound_book(settings)
        _clear_leftovers(settings, book)
        write_missing_receipts(settings, book)
        version = current_version(settings)
        closed = book.final_close(period)
        if closed:
            return Closed(period, False, closed, pending_of(settings, version, book))
        _refuse_period(settings, book, version, period)
        found = objections_to(settings, version, book, period, interim)
        if found.reasons or (found.acceptable and not accepted_by):
            how = (_ACCEPT,) if found.acceptable and not accepted_by else ()
            raise CloseRefused(*found.reasons, *found.acceptable, *how)
        accepted = {"by": accepted_by, "what": list(found.acceptable)}
        who = {"closed_by": by, "accepted": accepted if found.acceptable else None}
        opening = None
        if not book.files and version.manifest["vars"].get("ledger_first_period"):
            opening = _open_ledger(settings, version, period, who)
            book = Book((opening,))
        file = _post(settings, version, book, period, INTERIM if interim else FINAL, who)
        if file:
            book = Book((*book.files, file))
        return Closed(period, file is not None, file, pending_of(settings, version, book), opening)


def pending_of(
    settings: Settings, version: PublishedVersion | None, book: Book
) -> tuple[int, dict[str, Decimal]] | None:
    """What the version says is due less what is posted; None where it has no such marts."""
    if version is None or not set(MARTS) <= set(version.manifest["marts"]):
        return None
    with duckdb.connect() as connection:
        attached(connection, version.finance_file)
        first_period = book.first_period or first_period_of(settings, version.manifest["vars"])
        return Comparison(connection, "version.main", book.files, first_period).pending()


@contextmanager
def _refusals_kept(settings: Settings, period: date) -> Iterator[None]:
    """Keep in the history of checks for which of them a close was refused."""
    try:
        yield
    except CloseRefused as refusal:
        # Who closes is told the reason also where the history cannot be written.
        with suppress(OSError):
            write_history(settings, f"close {period_text(period)}", {}, names_of(refusal.reasons))
        raise


def _sound_book(settings: Settings) -> Book:
    """The ledger, if every byte of it is what it was."""
    report = verify(settings)
    if report.findings:
        raise CloseRefused(
            "The ledger is not what it was, so nothing is added to it:", *report.findings
        )
    return read_book(settings)


def _clear_leftovers(settings: Settings, book: Book) -> None:
    """Remove what killed closes left; the lock says that none is at work.

    The folder goes last: while it stands, kept inputs that no close names are no surprise.
    """
    for path in filter(is_leftover, unnamed_inputs(settings, book)):
        path.unlink()
    for path in sorted(settings.ledger_dir.glob(f"{UNFINISHED}*")):
        shutil.rmtree(path)


def _refuse_period(
    settings: Settings, book: Book, version: PublishedVersion | None, period: date
) -> None:
    dbt_vars = version.manifest["vars"] if version else {}
    oldest = book.open_period or first_period_of(settings, dbt_vars)
    asked = period_text(period)
    if oldest is None:
        raise CloseRefused(
            checks.PERIOD.says(
                f"{asked} cannot be closed: there is no plan, so no month from which pay is "
                "posted. Add rows to seeds/compensation/plans.csv, or set the var "
                "ledger_first_period."
            )
        )
    if period > oldest:
        raise CloseRefused(
            checks.PERIOD.says(
                f"{asked} cannot be closed before {period_text(oldest)}, the oldest open period: "
                f"`quotamart close {period_text(oldest)}` comes first."
            )
        )
    if period < oldest:
        raise CloseRefused(
            checks.PERIOD.says(
                f"{asked} is before {period_text(oldest)}, with which the ledger begins: what was "
                "earned earlier counts as paid."
            )
        )


def _open_ledger(
    settings: Settings, version: PublishedVersion, first_period: date, who: Mapping[str, Any]
) -> LedgerFile:
    """File 0: everything before the first month is taken as posted."""
    before = later(first_period, -1)
    with duckdb.connect() as connection:
        attached(connection, version.finance_file)
        postings = lines_of_opening(connection, "version.main", first_period, before)
    return _commit(settings, version, Book(), before, OPENING, who, postings)


def _post(
    settings: Settings,
    version: PublishedVersion,
    book: Book,
    period: date,
    kind: str,
    who: Mapping[str, Any],
) -> LedgerFile | None:
    with duckdb.connect() as connection:
        attached(connection, version.finance_file)
        first_period = book.first_period or period
        compared = Comparison(connection, "version.main", book.files, first_period)
        compared.refuse_stale(kind == INTERIM)
        postings = compared.postings(period, kind == INTERIM)
    if kind == INTERIM and not len(postings.lines):
        return None
    return _commit(settings, version, book, period, kind, who, postings)


def _commit(
    settings: Settings,
    version: PublishedVersion,
    book: Book,
    period: date,
    kind: str,
    who: Mapping[str, Any],
    postings: Postings,
) -> LedgerFile:
    """Write one close beside the ledger, and rename it into place."""
    sequence = book.head.sequence + 1 if book.head else 0 if kind == OPENING else 1
    name = f"{sequence:06d}-{'opening' if kind == OPENING else period_text(period)}"
    folder = settings.ledger_dir / f"{UNFINISHED}{os.getpid()}"
    folder.mkdir(mode=0o700)
    try:
        manifest = version.manifest
        inputs = keep_inputs(settings, manifest)
        pq.write_table(postings.lines, folder / LINES_FILE)
        pq.write_table(postings.slices, folder / SLICES_FILE)
        content = {
            "format": FORMAT,
            "sequence": sequence,
            "kind": kind,
            "period_start": period.isoformat(),
            "cutoff_on": manifest["cutoff_on"],
            "as_of": manifest["as_of"],
            "closed_at": datetime.now(UTC).isoformat(timespec="seconds"),
            **who,
            "version": version.name,
            "git_commit": manifest["git"]["commit"],
            "is_dirty": manifest["git"]["is_dirty"],
            "line_count": len(postings.lines),
            "slice_count": len(postings.slices),
            "control_totals": control_totals(postings.lines),
            "files": {file: file_sha256(folder / file) for file in (LINES_FILE, SLICES_FILE)},
            "inputs": inputs,
            "previous_hash": book.head_hash,
        }
        content["hash"] = close_hash(content)
        (folder / CLOSE_FILE).write_bytes(rendered(content))
        for path in (*sorted(folder.iterdir()), folder):
            if path.is_file():
                path.chmod(0o600)
            sync(path)
        target = settings.ledger_dir / name
        folder.rename(target)
    except BaseException:
        _clear_leftovers(settings, book)
        raise
    sync(settings.ledger_dir)
    file = LedgerFile(target, content)
    write_receipt(settings, file)
    return file
