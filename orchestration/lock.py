"""One writer at a time: the lock on the build file and the published folder, and the ledger's own.

It is the operating system's lock on a file, so that it ends with the process that holds it, however
that process ends; nothing has to be cleaned up after a crash.
"""

import fcntl
import os
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from orchestration.files import writing_in
from orchestration.settings import Settings

_held_here: set[Path] = set()


class BuildLocked(Exception):
    """Somebody else is building or publishing; the message names the process and since when."""


class LedgerLocked(Exception):
    """Somebody else is closing a period; the message names the process, who, and since when."""


class _FileLock:
    """Holds a lock for the length of a `with` block.

    Args:
        patience_seconds: how long to wait for another holder.
        note: what else the holder says of itself to those who wait.
    """

    def __init__(self, path: Path, patience_seconds: float, note: str = "") -> None:
        self._path = path
        self._patience_seconds = patience_seconds
        self._note = note
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        with writing_in(self._path.parent):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not self._taken(descriptor):
            holder = os.read(descriptor, 200).decode(errors="replace").strip()
            os.close(descriptor)
            raise self._refusal(holder or "just started")
        now = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
        try:
            with writing_in(self._path.parent):
                os.truncate(descriptor, 0)
                os.write(descriptor, f"process {os.getpid()} since {now}{self._note}\n".encode())
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        _held_here.add(self._path)
        return self

    def _taken(self, descriptor: int) -> bool:
        deadline = time.monotonic() + self._patience_seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(min(1.0, self._patience_seconds))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            _held_here.discard(self._path)
            os.truncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


class BuildLock(_FileLock):
    """The lock on the build file and the published folder.

    Raises:
        BuildLocked: on entering, when the lock is still held, also by this very process.
    """

    def __init__(self, settings: Settings, patience_seconds: float = 0) -> None:
        super().__init__(settings.lock_path, patience_seconds)

    def _refusal(self, holder: str) -> Exception:
        return BuildLocked(
            f"Another build is running ({holder}). "
            "Wait for it, or stop that process: its lock ends with it."
        )


class LedgerLock(_FileLock):
    """The lock on the ledger folder, wherever its other users build.

    Raises:
        LedgerLocked: on entering, when the lock is still held after so many seconds.
    """

    def __init__(self, settings: Settings, patience_seconds: float, holder: str) -> None:
        with writing_in(settings.ledger_dir):
            settings.ledger_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(settings.ledger_lock_path, patience_seconds, f", {holder}")

    def _refusal(self, holder: str) -> Exception:
        return LedgerLocked(
            f"Another close is running ({holder}). Nothing was posted by this one: wait, then "
            "run it again, or stop that process: its lock ends with it."
        )


def is_locked(settings: Settings) -> bool:
    """Whether somebody is building or publishing now."""
    try:
        with BuildLock(settings):
            return False
    except BuildLocked:
        return True


def locked(settings: Settings) -> AbstractContextManager[object]:
    """The lock for a step that may run inside a run of this process that holds it already."""
    return nullcontext() if settings.lock_path in _held_here else BuildLock(settings)
