"""Writing files so that a reader, and a power cut, see them whole or not at all; and for whom."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What is published for everybody; all else is for its owner alone (docs/privacy.md).
OPEN_FILE, OPEN_FOLDER = 0o644, 0o755
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
_PRIVATE_UMASK = 0o077


def keep_private() -> None:
    """Have this process, and those it starts, make files and folders for their owner alone."""
    os.umask(_PRIVATE_UMASK)


def open_folder(path: Path) -> None:
    """Make a folder that everybody may enter; one that is there keeps the mode it was given."""
    if not path.is_dir():
        path.mkdir(parents=True)
        path.chmod(OPEN_FOLDER)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a hidden path beside `path` to write to; it becomes `path` when the block succeeds.

    The name starts with a dot and ends with .tmp: neither DuckDB's globs nor Spark see it.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        sync(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


def clear_left_behind(folder: Path, pattern: str = "**/.*") -> None:
    """Remove what `written_whole` could not finish because its process was killed."""
    for path in sorted(folder.glob(f"{pattern}.tmp")):
        process = path.name.removesuffix(".tmp").rpartition(".")[2]
        if path.is_file() and process.isdecimal() and not _lives(int(process)):
            path.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sync(path: Path) -> None:
    """Make the content of a file, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
