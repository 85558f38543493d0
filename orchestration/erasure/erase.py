"""One erasure from beginning to end: found, done place by place, and looked for once more.

What was found is kept beside the warehouse until all is done, because half of it can no longer be
found from the other half: an interrupted erasure is finished by running it again.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from orchestration.erasure.cells import Person
from orchestration.erasure.journal import Journal, end_journal, read_journal, write_journal
from orchestration.erasure.landed import Place, erase_landed, erased_values
from orchestration.erasure.person import (
    declared_marts,
    declared_of,
    in_marts,
    kinds_of,
    person_of,
)
from orchestration.erasure.register import read_changes
from orchestration.erasure.request import ErasureError, Request, read_request
from orchestration.erasure.traces import (
    erase_logs,
    erase_payroll_map,
    is_built,
    log_folders,
    remove_what_is_built,
)
from orchestration.erasure.versions import (
    Eraser,
    erase_versions,
    refuse_where_folders_cannot_change_places,
    replace_landed_hashes,
)
from orchestration.files import clear_left_behind
from orchestration.landing.declared import Manifest, SourceTable, declared_tables
from orchestration.lock import BuildLock, LedgerLock
from orchestration.publish import clear_unfinished
from orchestration.settings import Settings


@dataclass(frozen=True)
class Erasure:
    """How an erasure ended.

    `places` are what was the person's, or is in a dry run; `unreachable` what nobody could erase.
    """

    request: str
    places: tuple[Place, ...]
    unreachable: tuple[Place, ...]
    is_dry_run: bool
    must_build: bool


@dataclass(frozen=True)
class _Scope:
    """What an erasure goes over."""

    settings: Settings
    request: Request
    tables: Sequence[SourceTable]
    person: Person
    eraser: Eraser
    values: frozenset[str]

    def journal(self) -> Journal:
        """What is to be kept of it until it is done."""
        return Journal(
            self.request.name,
            {kind: sorted(ids) for kind, ids in self.person.ids.items()},
            list(self.person.emails),
            sorted(self.values),
        )

    def places(self, write: bool) -> list[Place]:
        """Every place where something of the person is; and is no longer, where it is written."""
        settings, request, person = self.settings, self.request, self.person
        return [
            *erase_landed(settings, request, self.tables, person, write),
            *erase_versions(settings, request, self.eraser, person, write),
            *erase_payroll_map(settings, request, person, write),
            *erase_logs(settings, person, self.values, write),
        ]


def erase(
    settings: Settings,
    manifest: Manifest,
    path: Path,
    dry_run: bool = False,
    patience_seconds: float = 30,
) -> Erasure:
    """Erase the person of a request file, or say what would be.

    Args:
        manifest: dbt's, of the project as it stands.
        patience_seconds: how long to wait for a build or a close to end.

    Raises:
        ErasureError: the request is wrong or fits nobody, another erasure was interrupted, or
            something of the person landed meanwhile; folders cannot change places there.
        BuildLocked, LedgerLocked: somebody builds or closes.
    """
    tables = declared_tables(manifest)
    request = read_request(path, kinds_of(tables))
    with ExitStack() as locks:
        locks.enter_context(BuildLock(settings, patience_seconds))
        locks.enter_context(LedgerLock(settings, patience_seconds, f"erasing {request.name}"))
        pending = _pending(settings, request)
        if not dry_run:
            _clear_left_behind(settings)
        scope = _scope(settings, request, tables, manifest, pending)
        if dry_run:
            return _ended(scope, scope.places(write=False), dry_run, is_built(settings))
        found = [] if pending else scope.places(write=False)
        if not pending and not any(place.rows for place in found):
            _refuse_unknown(settings, scope)
            return _ended(scope, found, dry_run, must_build=False)
        refuse_where_folders_cannot_change_places(settings)
        write_journal(settings, scope.journal())
        must_build = is_built(settings)
        remove_what_is_built(settings)
        done = scope.places(write=True)
        replace_landed_hashes(settings, read_changes(settings))
        left = [place.name for place in scope.places(write=False) if place.rows]
        if left:
            raise ErasureError(
                f"Something of the person arrived meanwhile: {', '.join(left[:10])}. Run it again."
            )
        end_journal(settings)
        return _ended(scope, done, dry_run, must_build)


def _clear_left_behind(settings: Settings) -> None:
    """Remove what killed runs, also of this command, did not finish: it may hold anybody."""
    if settings.versions_dir.is_dir():
        clear_unfinished(settings)
    for folder in (settings.landing_dir, settings.warehouse_dir, settings.publish_dir):
        clear_left_behind(folder)
    for folder in log_folders(settings):
        clear_left_behind(folder)
    payroll_map = settings.payroll_map_path
    if payroll_map.parent.is_dir():
        clear_left_behind(payroll_map.parent, f".{payroll_map.name}.*")


def _scope(
    settings: Settings,
    request: Request,
    tables: Sequence[SourceTable],
    manifest: Manifest,
    pending: Journal | None,
) -> _Scope:
    person = person_of(settings, request, tables, pending)
    values = {
        *(pending.values if pending else ()),
        *erased_values(settings, tables, person),
    }
    eraser = Eraser(
        person,
        in_marts(person, tables),
        declared_marts(manifest),
        {table.name: declared_of(table) for table in tables},
    )
    return _Scope(settings, request, tables, person, eraser, frozenset(values))


def _ended(scope: _Scope, places: Sequence[Place], dry_run: bool, must_build: bool) -> Erasure:
    return Erasure(
        scope.request.name,
        tuple(place for place in places if place.rows),
        tuple(place for place in places if place.rows is None),
        dry_run,
        must_build,
    )


def _pending(settings: Settings, request: Request) -> Journal | None:
    """What an interrupted run of the request had found.

    Raises:
        ErasureError: another request's erasure was interrupted.
    """
    journal = read_journal(settings)
    if journal and journal.request != request.name:
        raise ErasureError(
            f"The erasure of request {journal.request} was interrupted: finish it first, with its "
            "own file."
        )
    return journal


def _refuse_unknown(settings: Settings, scope: _Scope) -> None:
    """A request that finds nothing and never did is a wrong one."""
    if scope.request.name not in {change.request for change in read_changes(settings)}:
        raise ErasureError(
            f"Nothing here is of the person of request {scope.request.name}. Are the keys those "
            "of the sources? An id is written as the source has it, an address in full."
        )
