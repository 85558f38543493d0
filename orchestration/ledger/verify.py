"""Whether the ledger is still what was written: every byte, every file, the last one too.

Each close holds the hashes of its files, of its inputs and of the close before it. What such a
chain cannot see by itself, its own last link, the published versions and the receipts know.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.erasure.register import REGISTER, register_faults
from orchestration.ledger import checks
from orchestration.ledger.book import (
    FILE_NAME,
    FINAL,
    INTERIM,
    OPENING,
    UNFINISHED,
    Book,
    LedgerError,
    LedgerFile,
    read_close,
)
from orchestration.ledger.chain import (
    CLOSE_FILE,
    LINES_FILE,
    SLICES_FILE,
    close_hash,
    file_sha256,
    rendered,
)
from orchestration.ledger.kept import hashes_of, is_leftover, kept_path, unnamed_inputs
from orchestration.ledger.periods import last_day
from orchestration.ledger.postings import KEY, LINES_SCHEMA, SLICES_SCHEMA, control_totals
from orchestration.ledger.receipts import read_receipts
from orchestration.settings import Settings

_FILES = (CLOSE_FILE, LINES_FILE, SLICES_FILE)


@dataclass(frozen=True)
class LedgerReport:
    """What verifying found.

    `findings` are what must not be, one line each; `notes` what is worth knowing and in order.
    """

    book: Book
    findings: tuple[str, ...]
    notes: tuple[str, ...]


def verify(settings: Settings, expect: str | None = None) -> LedgerReport:
    """Compare the ledger with itself, with the published versions, and with the receipts.

    Args:
        expect: a receipt, which must be the hash of a close.
    """
    findings = [
        *_stray(settings.ledger_dir),
        *(checks.ERASURES.says(fault) for fault in register_faults(settings)),
    ]
    unfinished = sorted(path.name for path in settings.ledger_dir.glob(f"{UNFINISHED}*"))
    notes = [
        f"{name} was not committed: a close is running, or was killed; the next one clears it."
        for name in unfinished
    ]
    files: list[LedgerFile] = []
    for folder in _closes(settings.ledger_dir):
        findings += _wrong_entries(folder)
        try:
            file = read_close(folder)
        except LedgerError as error:
            findings.append(checks.CHANGED.says(str(error)))
            continue
        files.append(file)
        if close_hash(file.content) != file.hash:
            findings.append(
                checks.CHANGED.says(f"{file.name}/{CLOSE_FILE} was changed: its hash is another.")
            )
            continue
        findings += _wrong_close(settings, file)
        findings += _wrong_link(file, files[-2] if len(files) > 1 else None)
    book = Book(tuple(files))
    if not findings:
        findings += [
            checks.FOREIGN.says(f"inputs/{path.name} is of no close.")
            for path in unnamed_inputs(settings, book)
            # While a close is at work, its inputs are there before any close names them.
            if not (unfinished and is_leftover(path))
        ]
    findings += _lost(settings, book, expect)
    if expect and book.with_hash(expect):
        after = len(book.files) - 1 - book.files.index(book.with_hash(expect))
        notes.append(f"{expect} is {book.with_hash(expect).name}; {after} closes came after it.")
    return LedgerReport(book, tuple(findings), tuple(notes))


def _closes(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [
        path
        for path in sorted(folder.iterdir())
        if FILE_NAME.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    ]


def _stray(folder: Path) -> Iterator[str]:
    """What is in the ledger folder and no part of the ledger."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        is_folder = path.is_dir() and not path.is_symlink()
        if path.name in (".lock", REGISTER) and path.is_file():
            continue
        named = FILE_NAME.fullmatch(path.name) or path.name.startswith(UNFINISHED)
        if not (is_folder and (named or path.name == "inputs")):
            yield checks.FOREIGN.says(f"{path.name} is not of the ledger.")


def _wrong_entries(folder: Path) -> Iterator[str]:
    found = {path.name: path for path in folder.iterdir()}
    yield from (
        checks.GONE.says(f"{folder.name}/{name} is gone.") for name in _FILES if name not in found
    )
    for name, path in sorted(found.items()):
        if name not in _FILES:
            yield checks.FOREIGN.says(f"{folder.name}/{name} is not of the ledger.")
        elif path.is_symlink() or not path.is_file():
            yield checks.FOREIGN.says(f"{folder.name}/{name} is no plain file.")


def _wrong_close(settings: Settings, file: LedgerFile) -> Iterator[str]:
    """In what the files of one close differ from what it says of them."""
    content = file.content
    if (file.path / CLOSE_FILE).read_bytes() != rendered(content):
        yield checks.CHANGED.says(
            f"{file.name}/{CLOSE_FILE} was written anew: other bytes, the same meaning."
        )
    for name in (LINES_FILE, SLICES_FILE):
        path = file.path / name
        if not path.is_file():
            continue
        if file_sha256(path) != (content.get("files") or {}).get(name):
            yield checks.CHANGED.says(f"{file.name}/{name} was changed: its hash is another.")
        else:
            yield from _wrong_rows(file, path)
    for name in sorted(hashes_of(content["inputs"])):
        kept = kept_path(settings, name)
        if not kept.is_file():
            yield checks.GONE.says(f"inputs/{name} is gone; {file.name} was computed from it.")
        elif file_sha256(kept) != name:
            yield checks.CHANGED.says(
                f"inputs/{name} was changed; {file.name} was computed from it."
            )


def _wrong_rows(file: LedgerFile, path: Path) -> Iterator[str]:
    """What rows say against close.json; their bytes are those that were written."""
    try:
        rows = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        yield checks.CHANGED.says(f"{file.name}/{path.name} cannot be read: {error}.")
        return
    is_lines = path.name == LINES_FILE
    if not rows.schema.equals(LINES_SCHEMA if is_lines else SLICES_SCHEMA):
        yield checks.TOTALS.says(f"{file.name}/{path.name} has other columns than the ledger.")
        return
    counted = file.content["line_count" if is_lines else "slice_count"]
    if len(rows) != counted:
        yield checks.TOTALS.says(
            f"{file.name}/{path.name} has {len(rows)} rows; {CLOSE_FILE} says {counted}."
        )
    if not is_lines:
        return
    if control_totals(rows) != file.content["control_totals"]:
        yield checks.TOTALS.says(f"{file.name}: the control totals are not the sums of the lines.")
    if pc.any(pc.not_equal(rows["posting_period_start"], file.period_start)).as_py():
        yield checks.TOTALS.says(f"{file.name}: a line is posted to another month.")
    if rows.group_by(list(KEY)).aggregate([]).num_rows != len(rows):
        yield checks.TOTALS.says(f"{file.name}: a key is posted twice in one close.")


def _wrong_link(file: LedgerFile, before: LedgerFile | None) -> Iterator[str]:
    """What keeps a close from following the one before it."""
    content = file.content
    if content["previous_hash"] != (before.hash if before else None):
        yield checks.CHAIN.says(
            f"{file.name} does not follow {before.name if before else 'nothing'}: another hash."
        )
    first = 0 if file.kind == OPENING else 1
    expected = before.sequence + 1 if before else first
    if file.sequence != expected:
        yield checks.CHAIN.says(
            f"{file.name} should have the number {expected:06d}: a close is missing, or too many."
        )
    is_open = Book((before,)).open_period if before else None
    if file.kind == OPENING and before:
        yield checks.CHAIN.says(f"{file.name} opens a ledger that was open.")
    elif is_open and file.period_start != is_open:
        yield checks.CHAIN.says(f"{file.name} posts to a month that was not the oldest open one.")
    if file.kind in (INTERIM, FINAL) and content["cutoff_on"] != str(last_day(file.period_start)):
        yield checks.CHAIN.says(f"{file.name} has a cutoff that is not the end of its month.")


def _lost(settings: Settings, book: Book, expect: str | None) -> Iterator[str]:
    """Closes that others know of and the ledger does not."""
    hashes = {file.hash for file in book.files}
    hash_of = {file.name: file.hash for file in book.files}
    for name, wanted in read_receipts(settings).items():
        if name not in hash_of:
            yield checks.LOST.says(
                f"{name} is gone: its receipt is in {settings.receipts_dir} ({wanted})."
            )
        elif hash_of[name] != wanted:
            yield checks.LOST.says(
                f"{name} is not the close whose receipt is in {settings.receipts_dir}."
            )
    for path, manifest in _manifests(settings):
        head = manifest.get("ledger_head")
        if head and head not in hashes:
            yield checks.LOST.says(
                f"Version {path.parent.name} was built over a close that is gone ({head})."
            )
    if expect and expect not in hashes:
        yield checks.LOST.says(
            f"No close has the hash {expect}: it was removed, or the ledger was rewritten."
        )


def _manifests(settings: Settings) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(settings.versions_dir.glob("*/manifest.json")):
        if UNFINISHED not in path.parent.name:
            try:
                yield path, json.loads(path.read_text(encoding="utf-8"))
            except FileNotFoundError:
                # An old version that is removed meanwhile.
                continue


def summary(report: LedgerReport) -> str:
    """One line on a ledger in order."""
    if not report.book.files:
        return "The ledger is empty: nothing was closed yet."
    lines = sum(file.content["line_count"] for file in report.book.files)
    finals = sum(file.kind == FINAL for file in report.book.files)
    head = report.book.head
    return (
        f"{len(report.book.files)} closes ({finals} final), {lines:,} lines, "
        f"head {head.name} {head.hash}"
    )
