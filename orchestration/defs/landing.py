"""What landed: one asset per source table in use, blocked by a file no engine could read right."""

from collections.abc import Iterator
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Definitions,
    MaterializeResult,
    multi_asset,
)

from orchestration import gates
from orchestration.dbt_project import VarsError, project_vars
from orchestration.defs.build import BuildRun
from orchestration.defs.faults import faults_tried_again
from orchestration.defs.project import manifest
from orchestration.defs.records import CheckOutcome, drop_record, refused, write_record
from orchestration.landing import (
    LandingError,
    LandingReport,
    check,
    check_landing,
    column_changes,
    declared_tables,
    freshness,
    freshness_of,
    is_withheld,
    refuse_past_as_of,
)

# The list of landed files is declared as a dbt source too: a mart is built on it.
LANDED_FILES = AssetKey(["landing", "landed_files"])
SOUND, FRESH = check.SOUND.name, freshness.FRESH.name

_TABLES = {
    AssetKey([table.source_name, table.table_name]): table
    for table in declared_tables(manifest())
    if table.in_use and table.source_name != LANDED_FILES.path[0]
}


@multi_asset(
    name="landing",
    specs=[
        AssetSpec(key, group_name="landing", kinds={"parquet"}) for key in (*_TABLES, LANDED_FILES)
    ],
    check_specs=[
        AssetCheckSpec(
            SOUND,
            asset=key,
            blocking=True,
            description=check.SOUND.protects,
        )
        for key in (*_TABLES, LANDED_FILES)
    ]
    + [
        AssetCheckSpec(
            FRESH,
            asset=LANDED_FILES,
            blocking=True,
            description=f"{freshness.FRESH.protects} Blocks where `stale_sources` withholds.",
        )
    ],
)
def landing(
    context: AssetExecutionContext, build: BuildRun
) -> Iterator[MaterializeResult | AssetCheckResult]:
    """The landed files, checked before anything reads them."""
    settings = build.settings
    with faults_tried_again():
        drop_record(settings, "landing")
        dbt_vars = _vars(build, context.run_id)
        report = check_landing(settings, manifest(), dbt_vars)
        changes = column_changes(report.files, declared_tables(manifest()), dbt_vars)
        stale = [str(source) for source in freshness_of(report.files, dbt_vars) if source.is_stale]
    outcomes = []
    for key in (*_TABLES, LANDED_FILES):
        problems = _problems(report, key)
        files = [file for file in report.files if _is_of(file, key)]
        yield MaterializeResult(
            asset_key=key,
            metadata={
                "files": len(files),
                "rows": sum(file.row_count or 0 for file in files),
                "bytes": sum(file.size_bytes for file in files),
            },
        )
        yield AssetCheckResult(
            asset_key=key,
            check_name=SOUND,
            passed=not problems,
            description="\n".join(problems) or None,
            metadata={
                "undeclared_columns": _undeclared(report, key),
                "changed_columns": [str(change) for change in changes if _is_of(change, key)],
            },
        )
        outcomes.append(
            CheckOutcome(
                f"{key.to_user_string()}: {SOUND}", "landing", not problems, "\n".join(problems)
            )
        )
    is_blocked = bool(stale) and is_withheld(dbt_vars)
    told = "\n".join(stale)
    yield AssetCheckResult(
        asset_key=LANDED_FILES, check_name=FRESH, passed=not is_blocked, description=told or None
    )
    outcomes.append(
        CheckOutcome(f"{LANDED_FILES.to_user_string()}: {FRESH}", "landing", not is_blocked, told)
    )
    write_record(settings, "landing", context.run_id, outcomes)
    rows = sum(file.row_count or 0 for file in report.files)
    context.log.info(f"{len(report.files):,} files, {rows:,} rows")
    for note in (*report.notes, *map(str, changes), *stale):
        context.log.warning(note)


def _vars(build: BuildRun, run_id: str) -> dict[str, Any]:
    """The build's vars; mistaken ones, and a past that a replica cannot show, end the run."""
    try:
        dbt_vars = project_vars(build.settings, build.dbt_vars)
        refuse_past_as_of(build.settings, manifest(), dbt_vars.get("as_of"))
        freshness_of((), dbt_vars)
        is_withheld(dbt_vars)
    except (VarsError, LandingError) as error:
        raise refused(build.settings, run_id, gates.VARS.says(str(error))) from error
    return dbt_vars


def _is_of(landed: object, key: AssetKey) -> bool:
    """Whether a file or finding belongs to a table; what belongs to none in use, to the list."""
    own = AssetKey([landed.source_name, landed.table_name or ""])
    return own == key or (key == LANDED_FILES and own not in _TABLES)


def _problems(report: LandingReport, key: AssetKey) -> list[str]:
    return [f.text for f in report.findings if f.blocks and _is_of(f, key)]


def _undeclared(report: LandingReport, key: AssetKey) -> list[str]:
    return list(report.unknown_columns.get("/".join(key.path), ()))


defs = Definitions(assets=[landing])
