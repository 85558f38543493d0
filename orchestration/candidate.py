"""The candidate: the record of a build whose every dbt result passed, which publishing requires.

It binds what was tested to what is published: to the run, to the files that were checked when they
landed, and to the build file as dbt left it.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow.parquet as pq

from orchestration import gates
from orchestration.dbt_project import project_vars
from orchestration.files import written_whole
from orchestration.git import head_commit
from orchestration.ledger import read_book
from orchestration.published import PublishRefused
from orchestration.settings import Settings

# What dbt says of a node that did what it should.
PASSED = ("success", "pass", "no-op")
_NO_RECORD = (
    "There is no record of a build whose every test passed, so nothing is published. "
    "Run the whole build: `quotamart build`."
)


def write_candidate(
    settings: Settings,
    manifest: Mapping[str, Any],
    run_id: str,
    dbt_results: Sequence[Mapping[str, Any]],
    overrides: Mapping[str, Any],
    ledger_head: str | None = None,
) -> None:
    """Say that this run's build may be published, as far as dbt is concerned.

    Args:
        manifest: dbt's manifest of the project that was built.
        dbt_results: the results of run_results.json, all of them passed.
        overrides: the vars of this run that dbt_project.yml does not say.
        ledger_head: the hash of the ledger's latest close when dbt was started.

    Raises:
        PublishRefused: the build holds other landed rows than the landing check saw, or a period
            was closed meanwhile.
    """
    build_file = build_file_state(settings)
    _refuse_unchecked_rows(settings, manifest)
    _refuse_closed_meanwhile(settings, ledger_head)
    candidate = {
        "run_id": run_id,
        "as_of": built_as_of(settings, manifest),
        "cutoff_on": _cutoff_on(settings, manifest),
        "ledger_head": ledger_head,
        "git_commit": head_commit(settings),
        "vars": project_vars(settings, overrides),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "build_file": build_file,
        "dbt_results": [
            {key: result.get(key) for key in ("unique_id", "status", "message")}
            for result in dbt_results
        ],
    }
    with written_whole(settings.candidate_path) as temporary:
        temporary.write_text(json.dumps(candidate, indent=1, default=str), encoding="utf-8")


def read_candidate(settings: Settings, run_id: str) -> dict[str, Any]:
    """The record of this run's build.

    Raises:
        PublishRefused: there is none, or it is another run's.
    """
    candidate = _candidate(settings)
    if candidate.get("run_id") != run_id:
        raise PublishRefused(
            gates.RECORD.says(
                f"The build that passed is of run {candidate.get('run_id')}, not of this run "
                f"({run_id}), so nothing is published. Run the whole build: `quotamart build`."
            )
        )
    return candidate


def latest_run(settings: Settings) -> tuple[str, dict[str, Any]]:
    """The run of the last build that passed every dbt test, and its vars.

    Raises:
        PublishRefused: there is none.
    """
    candidate = _candidate(settings)
    return candidate["run_id"], candidate["vars"]


def _candidate(settings: Settings) -> dict[str, Any]:
    try:
        return json.loads(settings.candidate_path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PublishRefused(gates.RECORD.says(_NO_RECORD)) from error


def build_file_state(settings: Settings) -> dict[str, list[int]]:
    """Size, inode and time of the build file and of the log of changes beside it, where they are.

    A writer that is killed leaves its changes in that log, and the next reader sees them.
    """
    build_file = settings.build_file
    state = {}
    for path in (build_file, build_file.with_name(f"{build_file.name}.wal")):
        if path.exists():
            facts = path.stat()
            state[path.name] = [facts.st_size, facts.st_ino, facts.st_mtime_ns]
    return state


def refuse_changed_build(settings: Settings, candidate: Mapping[str, Any]) -> None:
    """Refuse a build file that is no longer the one dbt tested.

    Raises:
        PublishRefused: somebody wrote to it, such as a plain `dbt run`, or replaced it.
    """
    if not settings.build_file.is_file():
        raise PublishRefused(gates.UNCHANGED.says(f"There is no build file {settings.build_file}."))
    if build_file_state(settings) != candidate.get("build_file"):
        raise PublishRefused(
            gates.UNCHANGED.says(
                f"The build file {settings.build_file} changed after it was tested (did somebody "
                "run dbt?), so nothing is published: build again."
            )
        )


def _refuse_unchecked_rows(settings: Settings, manifest: Mapping[str, Any]) -> None:
    """Compare the rows that the landing check saw with the rows that the build counted."""
    relation = _relation(manifest, "fct_row_conservation")
    if relation is None:
        return
    checked: Counter[str] = Counter()
    for file in pq.read_table(settings.landed_files_path).to_pylist():
        checked[f"{file['source_name']}/{file['table_name']}"] += file["row_count"] or 0
    built = Counter(
        {
            f"{source_name}/{table_name}": landed_count
            for source_name, table_name, landed_count in _rows(
                settings, f"select source_name, table_name, landed_count from {relation}"
            )
        }
    )
    differing = [
        f"{name} ({checked[name]:,} rows checked, {built[name]:,} built)"
        for name in sorted({*checked, *built})
        if checked[name] != built[name]
    ]
    if differing:
        raise PublishRefused(
            gates.LANDED_MEANWHILE.says(
                f"Files landed while the build started, so they were not checked: "
                f"{', '.join(differing)}. Nothing is published: build again."
            )
        )


def _refuse_closed_meanwhile(settings: Settings, ledger_head: str | None) -> None:
    if read_book(settings).head_hash != ledger_head:
        raise PublishRefused(
            gates.CLOSED_MEANWHILE.says(
                "A period was closed while dbt ran, so nobody can tell whether the marts hold its "
                "lines. Nothing is published: build again."
            )
        )


def _cutoff_on(settings: Settings, manifest: Mapping[str, Any]) -> str | None:
    """The build's own cutoff: what its one-row model says; None where the project has none."""
    relation = _relation(manifest, "cutoff")
    if relation is None:
        return None
    ((cutoff_on,),) = _rows(settings, f"select cutoff_on from {relation}")
    return cutoff_on and cutoff_on.isoformat()


def built_as_of(settings: Settings, manifest: Mapping[str, Any]) -> str | None:
    """The build's own as_of: what its one-row model says, UTC; None where nothing has landed."""
    relation = _relation(manifest, "as_of")
    if relation is None:
        return None
    ((as_of,),) = _rows(settings, f"select as_of from {relation}")
    return as_of and as_of.isoformat() + "Z"


def _relation(manifest: Mapping[str, Any], name: str) -> str | None:
    """The quoted name of a model in the build file; None where the project has no such model."""
    nodes = manifest["nodes"].values()
    model = next((node for node in nodes if node["name"] == name), None)
    return model and f'"{model["schema"]}"."{model["alias"]}"'


def _rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        return connection.execute(query).fetchall()
