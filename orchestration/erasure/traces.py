"""What a build and payroll left of the person beside landed files and versions.

The payroll map loses names and addresses and keeps the ids that pay is booked by. What the next
build makes again is removed. Logs and records lose the values that were found elsewhere.
"""

import csv
import html
import io
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

from orchestration.dbt_project import log_folder, target_path
from orchestration.erasure.cells import Person
from orchestration.erasure.landed import Place
from orchestration.erasure.register import add_change
from orchestration.erasure.request import EMAIL, PAYEE, ErasureError, Request
from orchestration.files import written_whole
from orchestration.ledger.chain import file_sha256
from orchestration.settings import Settings

NAME = "payee_name"
_SQLITE = b"SQLite format 3\0"
# A shorter name is part of too many other words.
_LEAST = 6


def erase_payroll_map(
    settings: Settings, request: Request, person: Person, write: bool
) -> Iterator[Place]:
    """Replace name and address of the person in the payroll map.

    Raises:
        ErasureError: it is there and cannot be read.
    """
    path = settings.payroll_map_path
    if not path.is_file():
        return
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ErasureError(f"The payroll map {path} cannot be read: save it as UTF-8.") from error
    changed = 0
    for row in rows[1:]:
        found = dict(zip(rows[0], row, strict=False))
        is_theirs = found.get(f"{PAYEE}_id", "").strip() in person.ids.get(PAYEE, ()) or (
            found.get(EMAIL, "").strip().lower() in person.own
        )
        after = [
            person.replaced(cell) if is_theirs and name in (NAME, EMAIL) else person.swept(cell)
            # A row may have more cells than the header.
            for name, cell in zip_longest(rows[0][: len(row)], row)
        ]
        changed += after != row
        row[:] = after
    if changed and write:
        with written_whole(path) as temporary:
            with temporary.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream, lineterminator="\n").writerows(rows)
            temporary.chmod(path.stat().st_mode & 0o777)
            old, new = file_sha256(path), file_sha256(temporary)
            add_change(settings, request.name, request.requested_on, "payroll_map", old, new)
    if changed:
        yield Place("payroll map", changed)


def remove_what_is_built(settings: Settings) -> None:
    """Remove what holds landed rows and is made again by a build: nothing else needs it."""
    settings.candidate_path.unlink(missing_ok=True)
    for path in settings.warehouse_dir.glob(f"{settings.build_file.name}*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(_spark(settings), ignore_errors=True)


def is_built(settings: Settings) -> bool:
    """Whether there is something of the kind."""
    return settings.build_file.exists() or _spark(settings).exists()


def _spark(settings: Settings) -> Path:
    return settings.project_dir / (os.environ.get("QUOTAMART_SPARK") or "target/spark")


def erase_logs(
    settings: Settings, person: Person, values: Collection[str], write: bool
) -> Iterator[Place]:
    """Take addresses, and other values found, out of logs, records, reports and run histories."""
    wanted = _pattern(person, values)
    for path in _written(settings) if wanted else ():
        count = _cleaned(path, wanted, person, write)
        if count:
            yield Place(_shown(settings, path), count)
        if count is None:
            yield Place(_shown(settings, path), None, "is no text and holds a value: remove it")


def _written(settings: Settings) -> Iterator[Path]:
    """Logs, records, reports and run histories; what dbt makes of code alone is none of them."""
    for folder, patterns in log_folders(settings).items():
        found = {path for pattern in patterns for path in folder.rglob(pattern)}
        yield from (path for path in sorted(found) if path.is_file() and not path.is_symlink())


def log_folders(settings: Settings) -> dict[Path, tuple[str, ...]]:
    """Where runs write what they say, and which files of it."""
    home = os.environ.get("DAGSTER_HOME")
    return {
        log_folder(settings): ("*.log*",),
        settings.project_dir / "logs": ("*",),
        target_path(settings): ("*.log*", "run_results.json"),
        settings.warehouse_dir: ("*.json", "*.html"),
        settings.project_dir / ".dagster": ("*",),
        **({Path(home): ("*",)} if home else {}),
    }


def _pattern(person: Person, values: Collection[str]) -> re.Pattern[bytes] | None:
    """Every form in which a value may be written: plain, in JSON, in HTML."""
    texts = {*person.emails, *(text for text in values if len(text) >= _LEAST)}
    forms = {
        form.encode()
        for text in texts
        for form in (text, json.dumps(text)[1:-1], html.escape(text))
    }
    if not forms:
        return None
    either = b"|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    # No part of a longer name or address.
    return re.compile(
        rb"(?<![A-Za-z0-9._%+-])(?:" + either + rb")(?![A-Za-z0-9-]|\.[A-Za-z0-9])", re.IGNORECASE
    )


def _cleaned(path: Path, wanted: re.Pattern[bytes], person: Person, write: bool) -> int | None:
    """How often a value was found, and replaced; None where that would break the file."""
    content = path.read_bytes()
    stand_in = person.pseudonym.encode()
    if content.startswith(_SQLITE):
        return _clean_database(path, wanted, stand_in, write)
    count = len(wanted.findall(content))
    if not count or not write:
        return count
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    mode = path.stat().st_mode & 0o777
    with written_whole(path) as temporary:
        temporary.write_bytes(wanted.sub(stand_in, content))
        temporary.chmod(mode)
    return count


def _clean_database(path: Path, wanted: re.Pattern[bytes], stand_in: bytes, write: bool) -> int:
    """Replace in every text of an SQLite database, as Dagster keeps runs, and write it anew."""

    def cleaned(value: object) -> object:
        if isinstance(value, str):
            return wanted.sub(stand_in, value.encode()).decode()
        return wanted.sub(stand_in, value) if isinstance(value, bytes) else value

    with closing(sqlite3.connect(path)) as connection:
        connection.create_function("cleaned", 1, cleaned, deterministic=True)
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        for (table,) in tables.fetchall():
            quoted = '"' + table.replace('"', '""') + '"'
            for _, column, *_ in connection.execute(f"pragma table_info({quoted})").fetchall():
                name = '"' + column.replace('"', '""') + '"'
                connection.execute(
                    f"update {quoted} set {name} = cleaned({name})"
                    f" where {name} is not cleaned({name})"
                )
        count = connection.total_changes
        if not write:
            connection.rollback()
        elif count:
            connection.commit()
            connection.execute("vacuum")
    return count


def _shown(settings: Settings, path: Path) -> str:
    root = settings.project_dir
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
