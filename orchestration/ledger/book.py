"""The ledger as it stands: which closes there are, in order, and what each says of itself.

Reading only. Whether the bytes are still those that were written is `verify`'s question.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.ledger.chain import CLOSE_FILE, LINES_FILE, SLICES_FILE
from orchestration.ledger.periods import later, period_text
from orchestration.settings import Settings

OPENING, INTERIM, FINAL = "opening", "interim", "final"
UNFINISHED = ".tmp-"
FILE_NAME = re.compile(r"[0-9]{6}-(opening|[0-9]{4}-(0[1-9]|1[0-2]))")


class LedgerError(Exception):
    """The ledger cannot be read or relied on; the message says what is wrong with it."""


@dataclass(frozen=True)
class LedgerFile:
    """One close: its folder, and the content of its close.json."""

    path: Path
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The folder's name: `000003-2026-03`."""
        return self.path.name

    @property
    def sequence(self) -> int:
        """The number of the close; 0 is the opening."""
        return self.content["sequence"]

    @property
    def kind(self) -> str:
        """opening, interim or final."""
        return self.content["kind"]

    @property
    def period_start(self) -> date:
        """The month posted to; of the opening, the month before the first one."""
        return date.fromisoformat(self.content["period_start"])

    @property
    def hash(self) -> str:
        """The hash of the close: its receipt."""
        return self.content["hash"]

    @property
    def lines_path(self) -> Path:
        """The posted lines."""
        return self.path / LINES_FILE

    @property
    def slices_path(self) -> Path:
        """The tier slices that explain them."""
        return self.path / SLICES_FILE


@dataclass(frozen=True)
class Book:
    """Every close in order."""

    files: tuple[LedgerFile, ...] = ()

    @property
    def head(self) -> LedgerFile | None:
        """The latest close."""
        return self.files[-1] if self.files else None

    @property
    def head_hash(self) -> str | None:
        """The latest close's hash; None while nothing was closed."""
        return self.head.hash if self.head else None

    @property
    def open_period(self) -> date | None:
        """The oldest month that is not closed for good; None where the ledger does not say yet."""
        for file in reversed(self.files):
            if file.kind != INTERIM:
                return later(file.period_start, 1)
        return self.files[-1].period_start if self.files else None

    @property
    def first_period(self) -> date | None:
        """The first month that pay is posted for; None where the ledger does not say yet."""
        if not self.files:
            return None
        first = self.files[0]
        return later(first.period_start, 1) if first.kind == OPENING else first.period_start

    def final_close(self, period: date) -> LedgerFile | None:
        """The close that ended a month; None while it is open."""
        return next((f for f in self.files if f.kind == FINAL and f.period_start == period), None)

    def with_hash(self, wanted: str) -> LedgerFile | None:
        """The close of that hash."""
        return next((file for file in self.files if file.hash == wanted), None)


def read_book(settings: Settings) -> Book:
    """Read every close.json, in order of the folders' names.

    Raises:
        LedgerError: one cannot be read, or is no close.
    """
    try:
        entries = sorted(settings.ledger_dir.iterdir())
    except FileNotFoundError:
        return Book()
    return Book(tuple(read_close(path) for path in entries if FILE_NAME.fullmatch(path.name)))


def read_close(folder: Path) -> LedgerFile:
    """Read one close.

    Raises:
        LedgerError: its close.json cannot be read, or is none.
    """
    try:
        content = json.loads((folder / CLOSE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LedgerError(f"{folder.name}/{CLOSE_FILE} cannot be read: {error}.") from error
    try:
        file = LedgerFile(folder, content)
        named = "opening" if file.kind == OPENING else period_text(file.period_start)
        is_whole = (
            file.kind in (OPENING, INTERIM, FINAL)
            and folder.name == f"{file.sequence:06d}-{named}"
            and isinstance(file.hash, str)
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise LedgerError(f"{folder.name}/{CLOSE_FILE} does not describe this close.")
    return file
