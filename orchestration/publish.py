"""Publishing: one immutable version of all marts, and the one pointer that readers follow.

It copies what a build made and never computes a business number. Readers open
`publish/current/...`; the pointer moves in one step, after everything behind it is on disk.
"""

import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration import gates
from orchestration.candidate import PASSED, read_candidate, refuse_changed_build
from orchestration.dbt_project import project_vars
from orchestration.files import (
    OPEN_FILE,
    OPEN_FOLDER,
    PRIVATE_FILE,
    open_folder,
    sync,
    writing_in,
    written_whole,
)
from orchestration.git import is_dirty
from orchestration.landing import (
    LandedFile,
    column_changes,
    declared_tables,
    freshness_of,
    parsed_instant,
    read_landed_files,
)
from orchestration.ledger.verify import verify
from orchestration.lock import locked
from orchestration.mart_files import marts_of, write_marts
from orchestration.published import (
    FINANCE_FILE,
    PublishedVersion,
    PublishRefused,
    current_version,
)
from orchestration.settings import Settings

# The kind of a check that compares with the published version: what it finds may be right.
COMPARISON = "comparison"
UNFINISHED = ".tmp-"
_TIME_FORMAT = "%Y%m%dT%H%M%SZ"
_VERSION_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9A-Za-z]+")

_log = logging.getLogger(__name__)


def publish(
    settings: Settings,
    manifest: Mapping[str, Any],
    run_id: str,
    check_results: Sequence[Mapping[str, Any]],
) -> PublishedVersion:
    """Publish the marts of the build file as a new version and point readers at it.

    Args:
        manifest: dbt's manifest of the project that was built.
        run_id: the run that built; the candidate record must bear it.
        check_results: every check outside dbt as `{"check", "kind", "passed", "message"}`; a
            comparison that did not hold and was accepted says by whom and why under `accepted`.

    Raises:
        PublishRefused: no candidate of this run, a build file that changed after dbt tested it, a
            check that did not pass, no landing check, a mart or a column that the project does not
            describe, or a mart that had rows and now has none.
        BuildLocked: another process is building.
        CannotWrite: the disk is full or the folder is closed to this user.
        duckdb.Error: the build file cannot be read or the version not be written.
    """
    with locked(settings), writing_in(settings.publish_dir, duckdb.Error):
        candidate = read_candidate(settings, run_id)
        checks = _checks(candidate, check_results)
        landed_files = _landed_files(settings)
        marts = marts_of(manifest)
        refuse_changed_build(settings, candidate)
        closed_versions = _closed_versions(settings, candidate)
        open_folder(settings.publish_dir)
        open_folder(settings.versions_dir)
        clear_unfinished(settings)
        name = _new_name(settings, run_id)
        unfinished = settings.versions_dir / f"{name}{UNFINISHED}{os.getpid()}"
        # Closed to others until finance.duckdb has its own mode.
        unfinished.mkdir(mode=0o700)
        try:
            content = {
                "version": name,
                "run_id": run_id,
                "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "git": {"commit": candidate.get("git_commit"), "is_dirty": is_dirty(settings)},
                "as_of": candidate.get("as_of"),
                "cutoff_on": candidate.get("cutoff_on"),
                "vars": candidate.get("vars") or {},
                "seeds": _seed_hashes(settings, manifest),
                "marts": write_marts(settings, unfinished, marts),
                "ledger_head": candidate.get("ledger_head"),
                "sources": _sources(landed_files, candidate.get("vars") or {}),
                "changed_columns": [
                    asdict(change)
                    for change in column_changes(
                        landed_files, declared_tables(manifest), candidate.get("vars") or {}
                    )
                ],
                "landed_files": [
                    {
                        "path": f"{file.source_name}/{file.table_name}/{file.file_name}",
                        "sha256": file.content_sha256,
                        "size_bytes": file.size_bytes,
                    }
                    for file in landed_files
                ],
                "checks": checks,
            }
            refuse_changed_build(settings, candidate)
            with written_whole(unfinished / "manifest.json") as temporary:
                temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")
            sync_tree(unfinished)
            open_to_readers(unfinished)
            version = PublishedVersion(name, settings.versions_dir / name, content)
            unfinished.rename(version.path)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        sync(settings.versions_dir)
        _switch(settings, name)
        _prune(settings, {name, *closed_versions})
    _log.info("published %s", name)
    return version


def reason_to_withhold(settings: Settings, overrides: Mapping[str, Any]) -> str | None:
    """Why a build with these vars is not for everybody; None when it is.

    A trial with other vars, or the past shown once more, would change what everybody reads under
    the same names. An `as_of` that is not older than the published one is no such case.

    Raises:
        VarsError: `as_of` cannot be read.
    """
    project, trial = project_vars(settings), project_vars(settings, overrides)
    others = [name for name in trial if name != "as_of" and trial[name] != project.get(name)]
    if others:
        return f"built with other vars than dbt_project.yml says ({', '.join(sorted(others))})"
    asked = trial.get("as_of")
    version = current_version(settings)
    known = version and version.manifest.get("as_of")
    if not (asked and known) or asked == project.get("as_of"):
        return None
    if parsed_instant(asked) < parsed_instant(known):
        return f"built as of {asked} UTC, before the published {known}"
    return None


def _checks(
    candidate: Mapping[str, Any], check_results: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Every check's result in one form.

    Raises:
        PublishRefused: one did not pass, or dbt has no result at all.
    """
    checks = [
        {
            "check": result["unique_id"],
            "kind": "dbt",
            "passed": result["status"] in PASSED,
            "message": result.get("message"),
        }
        for result in candidate.get("dbt_results") or []
    ]
    if not checks:
        raise PublishRefused(
            gates.LEFT_OUT.says("The record of the build names no dbt result: nothing was checked.")
        )
    checks += [dict(result) for result in check_results]
    failed = [
        str(check.get("check"))
        for check in checks
        if check.get("passed") is not True
        # Who accepted what the comparison found is kept beside it.
        and not (check.get("kind") == COMPARISON and check.get("accepted"))
    ]
    if failed:
        raise PublishRefused(
            gates.PASSED.says(f"{len(failed)} checks did not pass: {', '.join(failed[:10])}.")
        )
    return checks


def _landed_files(settings: Settings) -> list[LandedFile]:
    """What the version was built from, by content.

    Raises:
        PublishRefused: the landing was not checked, or a file in it was rejected.
    """
    try:
        files = read_landed_files(settings.landed_files_path)
    except OSError as error:
        raise PublishRefused(
            gates.LANDING.says(
                f"The landing was not checked: {settings.landed_files_path} cannot be read "
                f"({error})."
            )
        ) from error
    rejected = [file.file_name for file in files if file.status != "ok"]
    if rejected:
        raise PublishRefused(
            gates.LANDING.says(f"The landing check rejected {', '.join(rejected[:10])}.")
        )
    return files


def _sources(files: Sequence[LandedFile], dbt_vars: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How fresh each source was: what a reader of an old figure asks first."""
    return [
        {
            "source_name": source.source_name,
            "last_arrived_at": source.last_arrived_at.isoformat(),
            "days_behind": f"{source.days_behind}",
            "stale_after_days": source.stale_after_days,
            "is_stale": source.is_stale,
        }
        for source in freshness_of(files, dbt_vars)
    ]


def _seed_hashes(settings: Settings, manifest: Mapping[str, Any]) -> dict[str, str]:
    """The SHA-256 of every seed file by its path in the project."""
    paths = sorted(
        node["original_file_path"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "seed"
    )
    return {
        path: hashlib.sha256((settings.project_dir / path).read_bytes()).hexdigest()
        for path in paths
    }


def _new_name(settings: Settings, run_id: str) -> str:
    """Time and run; a second after the newest version where the clock does not get past that.

    So names sort by age and none is ever given twice, though a clock may be set back.
    """
    short = re.sub(r"[^0-9A-Za-z]", "", run_id)[:8] or "run"
    moment = datetime.now(UTC)
    earlier = versions(settings)
    if earlier:
        newest = datetime.strptime(earlier[-1].name.partition("-")[0], _TIME_FORMAT)
        moment = max(moment, newest.replace(tzinfo=UTC) + timedelta(seconds=1))
    return f"{moment:{_TIME_FORMAT}}-{short}"


def versions(settings: Settings) -> list[Path]:
    """The whole versions, oldest first."""
    folder = settings.versions_dir
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if _VERSION_NAME.fullmatch(path.name))


def _switch(settings: Settings, name: str) -> None:
    """Point readers at a version: they see the old one or the new one, never neither."""
    if settings.current_link.exists() and not settings.current_link.is_symlink():
        raise PublishRefused(
            gates.POINTER.says(f"{settings.current_link} is no symlink. Move it away.")
        )
    temporary = settings.publish_dir / f".current.{os.getpid()}.tmp"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path(settings.versions_dir.name) / name)
    os.replace(temporary, settings.current_link)
    sync(settings.publish_dir)


def _closed_versions(settings: Settings, candidate: Mapping[str, Any]) -> set[str]:
    """The versions that closes were posted from: they are kept for good.

    Raises:
        PublishRefused: the ledger no longer holds what was read from it, or what is published.
    """
    report = verify(settings)
    if report.findings:
        raise PublishRefused(
            gates.LEDGER.says(
                "The ledger is not what it was, so nothing is published: "
                f"{' '.join(report.findings)}"
            )
        )
    head = candidate.get("ledger_head")
    if head and not report.book.with_hash(head):
        raise PublishRefused(
            gates.LEDGER.says(f"The build read a close that the ledger does not hold ({head}).")
        )
    return {file.content["version"] for file in report.book.files}


def _prune(settings: Settings, kept: set[str]) -> None:
    """Remove the oldest versions beyond those to be kept.

    A reader that has one open goes on reading it: its file lives as long as it is open.
    """
    old = [path for path in versions(settings) if path.name not in kept]
    for path in old[: max(0, len(old) - settings.keep_versions)]:
        # Renamed first: a version that is there is whole.
        doomed = path.with_name(f"{path.name}{UNFINISHED}removed")
        path.rename(doomed)
        shutil.rmtree(doomed)


def clear_unfinished(settings: Settings) -> None:
    """Remove what killed runs left behind; the lock says that none is at work."""
    for path in settings.versions_dir.glob(f"*{UNFINISHED}*"):
        shutil.rmtree(path)
    for path in settings.publish_dir.glob(".current.*.tmp"):
        path.unlink()


def open_to_readers(folder: Path) -> None:
    """Everybody may read a version, whatever the umask of who built it; but finance's file."""
    (folder / FINANCE_FILE).chmod(PRIVATE_FILE)
    for path in folder.rglob("*"):
        if path.name != FINANCE_FILE:
            path.chmod(OPEN_FOLDER if path.is_dir() else OPEN_FILE)
    folder.chmod(OPEN_FOLDER)


def sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)
