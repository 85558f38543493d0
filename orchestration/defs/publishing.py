"""The published version: what readers see, replaced only by a build that passed every check."""

from dataclasses import asdict

from dagster import (
    AssetExecutionContext,
    Definitions,
    Failure,
    MaterializeResult,
    asset,
)

from orchestration.defs.build import BuildRun
from orchestration.defs.faults import faults_tried_again
from orchestration.defs.project import asset_key, manifest, models_in
from orchestration.defs.quality import CHECKED
from orchestration.defs.records import MissingRecord, required_outcomes
from orchestration.publish import PublishRefused, publish

_GATES = ("landing", "quality") if CHECKED else ("landing",)
_MARTS = {asset_key(node) for node in models_in(manifest(), "marts").values()}


@asset(
    # The checked input models too: a check on one of them must hold this step back.
    deps=sorted(_MARTS | set(CHECKED)),
    group_name="publishing",
    kinds={"duckdb", "parquet"},
)
def published_version(context: AssetExecutionContext, build: BuildRun) -> MaterializeResult:
    """One immutable version of all marts, switched to in one step."""
    try:
        with faults_tried_again():
            outcomes = required_outcomes(build.settings, context.run_id, _GATES)
            checks = [asdict(outcome) for outcome in outcomes]
            version = publish(build.settings, manifest(), context.run_id, checks)
    except (MissingRecord, PublishRefused) as refusal:
        raise Failure(str(refusal), allow_retries=False) from refusal
    context.log.info(f"version {version.name}")
    return MaterializeResult(metadata={"version": version.name, "path": str(version.path)})


defs = Definitions(assets=[published_version])
