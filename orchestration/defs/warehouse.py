"""The warehouse: one `dbt build`, and the verdict on everything it ran.

dbt's own tests are asset checks where they concern one model. A test over several models is none,
so the verdict is read from run_results.json, and only a build whose every node passed leaves the
candidate record that publishing requires.
"""

import fcntl
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from dagster import AssetExecutionContext, Definitions, Failure
from dagster_dbt import DbtCliInvocation, DbtCliResource, dbt_assets

from orchestration import gates
from orchestration.blanking import blank_file, without_values
from orchestration.candidate import PASSED, write_candidate
from orchestration.dbt_project import WITHOUT_UNIT_TESTS, log_folder, target_path, vars_arguments
from orchestration.defs.build import BuildRun
from orchestration.defs.faults import another_try, faults_tried_again
from orchestration.defs.project import TRANSLATOR, manifest
from orchestration.defs.records import CheckOutcome, drop_record, refused, write_record
from orchestration.files import why_not_written
from orchestration.ledger.verify import verify
from orchestration.published import PublishRefused
from orchestration.settings import Settings

_LINES_OF_A_REASON = 12
# What dbt reports of a disk, a lock or memory: worth another try. All else is the project's fault.
_FAULT = re.compile(r"IO Error|Could not set lock|Out of Memory|Connection (?:Error|refused)")


@dbt_assets(
    manifest=manifest(),
    name="warehouse",
    dagster_dbt_translator=TRANSLATOR,
)
def warehouse(
    context: AssetExecutionContext, dbt: DbtCliResource, build: BuildRun
) -> Iterator[Any]:
    """Every seed, model and data test of the dbt project."""
    settings = build.settings
    settings.candidate_path.unlink(missing_ok=True)
    # What an attempt that is tried again was refused for is no failure of this run.
    drop_record(settings, "gates")
    artifacts = target_path(settings) / "build"
    results_path = artifacts / "run_results.json"
    results_path.unlink(missing_ok=True)
    ledger_head = _ledger_head(settings, context.run_id)
    _clear_spilled(settings)
    invocation = dbt.cli(
        ["build", *WITHOUT_UNIT_TESTS, *vars_arguments(build.dbt_vars)],
        context=context,
        target_path=artifacts,
        raise_on_error=False,
    )
    yield from invocation.stream()
    # A long log is begun anew beside the old one.
    logs = [log for folder in (artifacts, log_folder(settings)) for log in folder.glob("dbt.log*")]
    for path in (results_path, *logs):
        blank_file(path)
    results = _results(settings, context.run_id, results_path, invocation)
    failed = [result for result in results if result["status"] not in PASSED]
    write_record(settings, "warehouse", context.run_id, _outcomes(results))
    if failed:
        failure = _failure(settings, failed, len(results))
        if _is_fault(failed):
            raise another_try() from failure
        raise failure
    _refuse_gaps(settings, context, results)
    if not context.is_subset:
        try:
            with faults_tried_again():
                write_candidate(
                    settings, manifest(), context.run_id, results, build.dbt_vars, ledger_head
                )
        except PublishRefused as refusal:
            raise refused(settings, context.run_id, refusal) from refusal
    context.log.info(_summary(results))


def _ledger_head(settings: Settings, run_id: str) -> str | None:
    """The latest close before dbt reads the ledger.

    Raises:
        Failure: the ledger is not what it was; marts made of it would say what never was posted.
    """
    report = verify(settings)
    if report.findings:
        findings = "\n- ".join(report.findings)
        said = gates.LEDGER.says(f"The ledger is not what it was:\n- {findings}")
        raise refused(settings, run_id, said, *report.findings)
    return report.book.head_hash


def _clear_spilled(settings: Settings) -> None:
    """Remove what a killed build had no room for in memory; DuckDB would once it spills again."""
    spilled = settings.build_file.with_name(f"{settings.build_file.name}.tmp")
    if not (spilled.is_dir() and settings.build_file.is_file()):
        return
    with settings.build_file.open("r+b") as stream, suppress(BlockingIOError, PermissionError):
        # DuckDB's own lock: whoever has the file open may need what lies there.
        fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(spilled)


def _results(
    settings: Settings, run_id: str, path: Path, invocation: DbtCliInvocation
) -> list[dict[str, Any]]:
    """What dbt did with each node.

    Raises:
        RetryRequested: dbt was killed, or ended by a fault, before it could say.
        Failure: it ended before its first node for another reason, such as a mistaken var.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))["results"]
    except (OSError, ValueError) as missing:
        error = without_values(str(invocation.get_error() or missing))
        told = why_not_written(path.parent, error) or error
        said = gates.LEFT_OUT.says(f"dbt ended without results. {told}")
        failure = refused(settings, run_id, said)
        if invocation.process.returncode < 0 or _FAULT.search(error):
            raise another_try() from failure
        raise failure from None


def _outcomes(results: list[dict[str, Any]]) -> list[CheckOutcome]:
    """Every test under its id, and all models and seeds as one check."""
    tests = [result for result in results if result["unique_id"].startswith("test.")]
    made = all(
        result["status"] in PASSED
        for result in results
        if not result["unique_id"].startswith("test.") and result["status"] != "skipped"
    )
    return [
        CheckOutcome(gates.BUILT.name, "gate", made, ""),
        *(
            CheckOutcome(test["unique_id"], "dbt", test["status"] in PASSED, "")
            for test in tests
            # What was not run for another failure has not failed.
            if test["status"] != "skipped"
        ),
    ]


def _failure(settings: Settings, failed: list[dict[str, Any]], total: int) -> Failure:
    """Name each node that failed; what was only skipped because of it is counted."""
    reasons = [result for result in failed if result["status"] != "skipped"]
    skipped = len(failed) - len(reasons)
    lines = [f"{len(reasons)} of {total} models and tests failed, {skipped} were skipped:"]
    lines += [f"- {_name(result)}: {_reason(result)}" for result in reasons]
    if told := why_not_written(settings.warehouse_dir, "\n".join(lines)):
        lines.append(told)
    return Failure("\n".join(lines), allow_retries=False)


def _is_fault(failed: list[dict[str, Any]]) -> bool:
    """Whether nothing failed but the disk, a lock or memory."""
    return all(
        result["status"] == "skipped"
        or (result["status"] == "error" and _FAULT.search(result.get("message") or ""))
        for result in failed
    )


def _name(result: Mapping[str, Any]) -> str:
    """`test unique_key_fct_mrr_movements` of `test.quotamart.unique_key_fct_mrr_movements.1f2e`."""
    kind, _, *name = result["unique_id"].split(".")
    if kind == "test":
        name = name[:1]
    return f"{kind} {'.'.join(name)}"


def _reason(result: Mapping[str, Any]) -> str:
    """What dbt says, without the macros it came through."""
    said = without_values(result.get("message") or "no message").strip().splitlines()
    lines = [line.strip() for line in said if not line.strip().startswith(("> in", "> called"))]
    return "\n  ".join(lines[:_LINES_OF_A_REASON])


def _refuse_gaps(
    settings: Settings, context: AssetExecutionContext, results: list[dict[str, Any]]
) -> None:
    """A node that dbt did not run is a failed check."""
    if context.is_subset:
        return
    expected = {
        unique_id
        for unique_id, node in manifest()["nodes"].items()
        if node["resource_type"] in ("model", "seed", "snapshot", "test")
        and node["config"].get("materialized") != "ephemeral"
    }
    missing = sorted(expected - {result["unique_id"] for result in results})
    if missing:
        said = gates.LEFT_OUT.says(
            f"dbt ran to its end without {len(missing)} nodes: {', '.join(missing[:10])}. "
            "The definitions are older than the project: reload them."
        )
        raise refused(settings, context.run_id, said)


def _summary(results: list[dict[str, Any]]) -> str:
    kinds = [result["unique_id"].partition(".")[0] for result in results]
    counts = {
        "models": kinds.count("model"),
        "seeds": kinds.count("seed"),
        "tests": kinds.count("test"),
    }
    return ", ".join(f"{count} {kind}" for kind, count in counts.items()) + ": all passed"


defs = Definitions(assets=[warehouse])
