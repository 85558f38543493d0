"""Closes computed again: from exactly their kept inputs, by the code as it stands now.

Everything happens in a folder of its own: a copy of the project with the seeds of then, links to
the landed files of then, the closes before. Neither the warehouse nor the ledger is touched. Where
the inputs are the same bytes, what still differs is the code's doing, and both commits are named.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.dbt_project import DBT, vars_arguments
from orchestration.erasure.register import read_changes, requests_between
from orchestration.files import scratch_folder
from orchestration.git import head_commit, is_dirty
from orchestration.ledger.book import INTERIM, OPENING, Book, LedgerError, LedgerFile
from orchestration.ledger.kept import kept_seeds, read_kept
from orchestration.ledger.periods import later
from orchestration.ledger.postings import (
    ENTITLEMENTS,
    FINGERPRINTS,
    KEY,
    PENDING,
    SLICES,
    Comparison,
    Postings,
    attached,
    lines_of_opening,
)
from orchestration.settings import Settings

_PARTS = ("macros", "models", "seeds", "tests/data", "dbt_project.yml", "profiles.yml")
_SHOWN = 10


class CannotReproduce(LedgerError):
    """A close cannot be computed again; the message says what is missing."""


@dataclass(frozen=True)
class Reproduction:
    """One close beside its recomputation.

    `differences` are lines of text, at most some of them; `by_code` says whether another state of
    the project computed the one than the other; `erasures` are the requests by which persons were
    taken out of its landed files since.
    """

    file: LedgerFile
    differences: tuple[str, ...]
    by_code: bool
    commits: tuple[str, str]
    erasures: tuple[str, ...] = ()


def reproduce(settings: Settings, book: Book) -> Iterator[Reproduction]:
    """Compute every close again, oldest first.

    Raises:
        CannotReproduce: an input is gone or another, or the code of today cannot be run on it.
    """
    for number, file in enumerate(book.files):
        with scratch_folder("reproduce") as folder:
            yield _compared(settings, file, book.files[:number], folder)


def _compared(
    settings: Settings, file: LedgerFile, before: Sequence[LedgerFile], scratch: Path
) -> Reproduction:
    _copy_project(settings, file, scratch / "project")
    erasures = _link_landing(settings, file, scratch / "landing")
    for earlier in before:
        _link(earlier.path, scratch / "ledger" / earlier.name)
    warehouse = _built(settings, file, scratch)
    with duckdb.connect() as connection:
        attached(connection, warehouse, "build")
        if file.kind == OPENING:
            first_period = later(file.period_start, 1)
            again = lines_of_opening(connection, "build.marts", first_period, file.period_start)
        else:
            first_period = Book((*before, file)).first_period
            comparison = Comparison(connection, "build.marts", before, first_period)
            again = comparison.postings(file.period_start, file.kind == INTERIM)
        differences = tuple(_differences(connection, file, again))
    then, now = file.content["git_commit"], head_commit(settings)
    was_dirty, is_now_dirty = file.content["is_dirty"], is_dirty(settings)
    same_code = then is not None and then == now and was_dirty is False and is_now_dirty is False
    return Reproduction(
        file,
        differences,
        not same_code,
        (_commit(then, was_dirty), _commit(now, is_now_dirty)),
        erasures,
    )


def _commit(commit: str | None, dirty: bool | None) -> str:
    if commit is None:
        return "no commit"
    return f"{commit[:12]} with changes in no commit" if dirty else commit[:12]


def _copy_project(settings: Settings, file: LedgerFile, project: Path) -> None:
    """The code of now, the seeds of then."""
    for part in _PARTS:
        target = project / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if (settings.project_dir / part).is_dir():
            shutil.copytree(settings.project_dir / part, target)
        else:
            shutil.copy(settings.project_dir / part, target)
    for path, kept in kept_seeds(settings, file).items():
        # Seeds may have stood outside the project (QUOTAMART_COMPENSATION).
        inside = not Path(path).is_absolute() and ".." not in Path(path).parts
        target = project / (path if inside else f"seeds/compensation/{Path(path).name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(kept, target)


def _link_landing(settings: Settings, file: LedgerFile, landing: Path) -> tuple[str, ...]:
    """The landed files that counted, and no other; returns the requests that changed some since."""
    landing.mkdir()
    changes = read_changes(settings)
    requests: set[str] = set()
    for landed in read_kept(settings, file.content["inputs"]["landed_files"]):
        source = settings.landing_dir / landed["path"]
        if not source.is_file():
            raise CannotReproduce(f"{file.name}: the landed file {landed['path']} is gone.")
        with source.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        place = f"landing/{landed['path']}"
        erased_by = requests_between(changes, place, landed["sha256"], found)
        if erased_by is None:
            raise CannotReproduce(f"{file.name}: the landed file {landed['path']} is another now.")
        requests.update(erased_by)
        _link(source, landing / landed["path"])
    return tuple(sorted(requests))


def _link(source: Path, target: Path) -> None:
    """Files are linked, folders made: engines do not look into linked folders."""
    if source.is_dir():
        target.mkdir(parents=True)
        for path in source.iterdir():
            _link(path, target / path.name)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source.resolve())


def _built(settings: Settings, file: LedgerFile, scratch: Path) -> Path:
    """The build file of what pay needs, with the vars and the cuts of then."""
    dbt_vars: dict[str, Any] = read_kept(settings, file.content["inputs"]["vars"])
    dbt_vars |= {"as_of": file.content["as_of"], "cutoff_on": file.content["cutoff_on"]}
    wanted = [f"+{mart}" for mart in (ENTITLEMENTS, PENDING, SLICES)]
    (scratch / "warehouse").mkdir()
    places = {
        "QUOTAMART_LANDING": scratch / "landing",
        "QUOTAMART_WAREHOUSE": scratch / "warehouse",
        "QUOTAMART_LEDGER": scratch / "ledger",
        "DBT_TARGET_PATH": scratch / "target",
        "DBT_LOG_PATH": scratch / "logs",
        "DBT_PROFILES_DIR": scratch / "project",
    }
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("QUOTAMART_", "DBT_"))
    }
    command = [*DBT, "--no-use-colors", "build", "--select", *wanted]
    excluded = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    built = subprocess.run(
        [*command, *excluded, *vars_arguments(dbt_vars)],
        cwd=scratch / "project",
        env=kept | {name: str(place) for name, place in places.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        said = "\n".join(built.stdout.strip().splitlines()[-15:])
        raise CannotReproduce(f"{file.name}: the project of today cannot build it:\n{said}")
    return scratch / "warehouse" / "quotamart.duckdb"


def _differences(
    connection: duckdb.DuckDBPyConnection, file: LedgerFile, again: Postings
) -> Iterator[str]:
    connection.register("again", again.lines)
    connection.register("slices_again", again.slices)
    key = ", ".join(KEY)
    attributes = ("reason", "changed", "line_id", *FINGERPRINTS)
    differs = " or ".join(f"posted.{name} is distinct from again.{name}" for name in attributes)
    rows = connection.execute(
        f"""
        select concat_ws(' ', {key}), posted.amount, again.amount,
            coalesce(again.amount, 0) - coalesce(posted.amount, 0)
        from read_parquet(?) as posted
        full outer join again using ({key})
        where posted.amount is distinct from again.amount
        order by {key}
        """,
        [str(file.lines_path)],
    ).fetchall()
    for name, posted, computed, difference in rows[:_SHOWN]:
        said = f"posted {posted or 'nothing'}, computed {computed or 'nothing'}"
        yield f"{name}: {said} ({difference:+})"
    if len(rows) > _SHOWN:
        yield f"and {len(rows) - _SHOWN:,} more lines"
    (others,) = connection.execute(
        f"select count(*) from read_parquet(?) as posted inner join again using ({key})"
        f" where posted.amount = again.amount and ({differs})",
        [str(file.lines_path)],
    ).fetchone()
    if others:
        yield f"{others:,} lines have the same amount and another reason, line or fingerprint"
    (slices,) = connection.execute(
        "select count(*) from (from read_parquet(?) except all from slices_again)"
        " full outer join (from slices_again except all from read_parquet(?)) using (line_id)",
        [str(file.slices_path), str(file.slices_path)],
    ).fetchone()
    if slices:
        yield f"{slices:,} tier slices differ"
