"""Writing files so that a reader, and a power cut, see them whole or not at all; and for whom.

What is half made is locked by its maker, and the lock ends with the maker: so the next one knows
what a killed one left, and removes it.
"""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What is published for everybody; all else is for its owner alone (docs/privacy.md).
OPEN_FILE, OPEN_FOLDER = 0o644, 0o755
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
_PRIVATE_UMASK = 0o077
_FULL = re.compile(r"No space left on device|Disk quota exceeded|File too large")
_CLOSED = re.compile(r"Read-only file system|Permission denied|Operation not permitted")
# A file as DuckDB or Python names it.
_NAMED = re.compile(r"""["'](/[^"']+)["']""")


def keep_private() -> None:
    """Have this process, and those it starts, make files and folders for their owner alone."""
    os.umask(_PRIVATE_UMASK)


def open_folder(path: Path) -> None:
    """Make a folder that everybody may enter; one that is there keeps the mode it was given."""
    if not path.is_dir():
        path.mkdir(parents=True)
        path.chmod(OPEN_FOLDER)


class CannotWrite(OSError):
    """A folder that nothing can be written to; the message names it and says what to do."""


@contextmanager
def writing_in(folder: Path, *others: type[Exception]) -> Iterator[None]:
    """Tell of a disk that is full, or a folder that is closed to this user, in plain words.

    Args:
        others: what else than OSError is raised there for such a reason, such as an engine's own.

    Raises:
        CannotWrite: in place of what was raised; every other error passes as it is.
    """
    try:
        yield
    except CannotWrite:
        raise
    except (OSError, *others) as error:
        if told := why_not_written(folder, str(error)):
            raise CannotWrite(told) from error
        raise


def why_not_written(folder: Path, said: str) -> str | None:
    """What to do where somebody said that a folder cannot be written to; None where nobody did.

    Args:
        folder: the one that is meant, unless what was said names a file elsewhere: then that one's.
    """
    for line in said.splitlines():
        if _FULL.search(line):
            return (
                f"{_place(folder, line)} cannot be written to: its disk is full. Free space there, "
                "then run the same command again. What is published and posted is whole."
            )
        if _CLOSED.search(line):
            return (
                f"{_place(folder, line)} cannot be written to: it is read-only, or another user's. "
                "Let this user write there, or name another folder, then run the same command "
                "again. What is published and posted is whole."
            )
    return None


def _place(folder: Path, line: str) -> Path:
    named = [Path(path) for path in _NAMED.findall(line)]
    if not named or any(path.is_relative_to(folder) for path in named):
        return folder
    return named[-1].parent


@contextmanager
def written_whole(path: Path, mode: int = 0o666) -> Iterator[Path]:
    """Give a hidden path beside `path` to write to; it becomes `path` when the block succeeds.

    The name starts with a dot and ends with .tmp: neither DuckDB's globs nor Spark see it. What
    writers that were killed left in the folder is removed.

    Args:
        mode: of the file, less what the umask takes.

    Raises:
        CannotWrite: the disk is full or the folder is closed to this user.
    """
    with writing_in(path.parent), _written_whole(path, mode) as temporary:
        yield temporary


@contextmanager
def _written_whole(path: Path, mode: int) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    clear_left_behind(path.parent, ".*")
    hidden = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary, lock = _made_and_locked(lambda: _empty_file(hidden, mode))
    try:
        yield temporary
        sync(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(lock)
    sync(path.parent)


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """A folder among the machine's temporary ones, for its owner alone and gone afterwards.

    Who is killed cannot clear up: the next one of the same purpose does.
    """
    prefix = f"quotamart-{purpose}-"
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        _remove_if_abandoned(left)
    folder, lock = _made_and_locked(lambda: Path(tempfile.mkdtemp(prefix=prefix)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def clear_left_behind(folder: Path, pattern: str = "**/.*") -> None:
    """Remove what `written_whole` could not finish because its process was killed."""
    for path in sorted(folder.glob(f"{pattern}.tmp")):
        if path.is_file() and path.name.removesuffix(".tmp").rpartition(".")[2].isdecimal():
            _remove_if_abandoned(path)


def sync(path: Path) -> None:
    """Make the content of a file, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_if_abandoned(path: Path) -> None:
    """Remove a half made file or folder of this user whose maker is gone."""
    try:
        if path.lstat().st_uid != os.getuid():
            return
        lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # While it is locked: one that was made this very moment is made anew by its maker.
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    except OSError:
        # Its maker holds it, or nobody here can tell.
        return
    finally:
        os.close(lock)


def _empty_file(path: Path, mode: int) -> Path:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode))
    return path


def _made_and_locked(make: Callable[[], Path]) -> tuple[Path, int]:
    """What was made, and the lock on it; made anew where it was taken for abandoned meanwhile."""
    while True:
        path = make()
        with suppress(FileNotFoundError):
            lock = os.open(path, os.O_RDONLY)
            # Where locks are not to be had, what a killed maker leaves stays.
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists() and os.path.samestat(path.stat(), os.fstat(lock)):
                return path, lock
            os.close(lock)
