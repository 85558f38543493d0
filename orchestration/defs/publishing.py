"""The published version: what readers see, replaced only by a build that passed every check."""

from collections.abc import Iterator

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetObservation,
    Definitions,
    MaterializeResult,
    asset,
)

from orchestration.defs.build import BuildRun
from orchestration.defs.faults import faults_tried_again
from orchestration.defs.project import asset_key, manifest, models_in
from orchestration.defs.quality import CHECKED
from orchestration.defs.records import MissingRecord, refused, required_outcomes
from orchestration.publish import publish, reason_to_withhold
from orchestration.published import PublishRefused

PUBLISHED = AssetKey("published_version")
_MARTS = {asset_key(node) for node in models_in(manifest(), "marts").values()}


@asset(
    key=PUBLISHED,
    # The checked input models too: a check on one of them must hold this step back.
    deps=sorted(_MARTS | set(CHECKED)),
    group_name="publishing",
    kinds={"duckdb", "parquet"},
    output_required=False,
)
def published_version(
    context: AssetExecutionContext, build: BuildRun
) -> Iterator[MaterializeResult]:
    """One immutable version of all marts, switched to in one step.

    What was built with other vars than readers have is audited and withheld, unless asked for.
    """
    try:
        with faults_tried_again():
            outcomes = required_outcomes(build.settings, context.run_id)
            checks = [outcome.for_manifest() for outcome in outcomes]
            withheld = reason_to_withhold(build.settings, build.dbt_vars)
            if withheld and not build.publish_anyway:
                context.log_event(AssetObservation(asset_key=PUBLISHED, description=withheld))
                context.log.info("withheld: readers keep what they have")
                return
            version = publish(build.settings, manifest(), context.run_id, checks)
    except (MissingRecord, PublishRefused) as refusal:
        raise refused(build.settings, context.run_id, refusal) from refusal
    context.log.info(f"version {version.name}")
    yield MaterializeResult(metadata={"version": version.name, "path": str(version.path)})


defs = Definitions(assets=[published_version])
