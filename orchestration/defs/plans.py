"""The rules of pay: one asset, blocked by a rule that does not hold, before dbt builds from it."""

from collections.abc import Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetSpec,
    Definitions,
    MaterializeResult,
    multi_asset,
)

from orchestration import gates
from orchestration.compensation import PlansError, PlansReport, check_plans
from orchestration.compensation.check import RULES_HOLD
from orchestration.dbt_project import VarsError, project_vars
from orchestration.defs.build import BuildRun
from orchestration.defs.faults import faults_tried_again
from orchestration.defs.project import RULES_OF_PAY
from orchestration.defs.records import CheckOutcome, drop_record, refused, write_record

HOLD = RULES_HOLD.name


@multi_asset(
    name="plans",
    specs=[AssetSpec(RULES_OF_PAY, group_name="compensation", kinds={"csv"})],
    check_specs=[
        AssetCheckSpec(
            HOLD,
            asset=RULES_OF_PAY,
            blocking=True,
            description=RULES_HOLD.protects,
        )
    ],
)
def plans(
    context: AssetExecutionContext, build: BuildRun
) -> Iterator[MaterializeResult | AssetCheckResult]:
    """Finance's rules, checked before anything is built from them."""
    settings = build.settings
    with faults_tried_again():
        drop_record(settings, "plans")
        report = _report(build, context.run_id)
    problems = "\n".join(report.problems)
    yield MaterializeResult(
        asset_key=RULES_OF_PAY,
        metadata={"files": report.file_count, "rows": report.row_count},
    )
    yield AssetCheckResult(
        asset_key=RULES_OF_PAY,
        check_name=HOLD,
        passed=not problems,
        description=problems or None,
    )
    outcome = CheckOutcome(HOLD, "plans", not problems, problems)
    write_record(settings, "plans", context.run_id, [outcome])
    context.log.info(f"{report.file_count} files, {report.row_count:,} rows")


def _report(build: BuildRun, run_id: str) -> PlansReport:
    try:
        return check_plans(build.settings, project_vars(build.settings, build.dbt_vars))
    except (PlansError, VarsError) as error:
        raise refused(build.settings, run_id, gates.VARS.says(str(error))) from error


defs = Definitions(assets=[plans])
