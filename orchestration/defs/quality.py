"""Great Expectations as blocking checks on input models and marts: one factory for all suites."""

from collections.abc import Iterator

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSpec,
    AssetKey,
    Definitions,
    Failure,
    MetadataValue,
    multi_asset_check,
)

from orchestration.candidate import read_candidate, refuse_changed_build
from orchestration.dbt_project import project_vars
from orchestration.defs.build import BuildRun
from orchestration.defs.faults import faults_tried_again
from orchestration.defs.project import asset_key, manifest, models_in
from orchestration.defs.records import CheckOutcome, drop_record, write_record
from orchestration.publish import COMPARISON
from orchestration.published import PublishRefused
from orchestration.quality import Suite, SuiteError, SuiteResult, read_suites, suites_folder
from orchestration.quality.comparison import comparison_with_published
from orchestration.settings import Settings

EXPECTATIONS = "expectations"

_MODELS = models_in(manifest(), "input", "marts")


def _suites_by_key() -> dict[AssetKey, Suite]:
    suites = {}
    for suite in read_suites(suites_folder(Settings.from_environment())):
        if suite.model not in _MODELS:
            raise SuiteError(f"{suite.model}.yml: no input model or mart has that name.")
        suites[asset_key(_MODELS[suite.model])] = suite
    return suites


CHECKED = _suites_by_key()


def expectation_checks(suites: dict[AssetKey, Suite]) -> AssetChecksDefinition:
    """One step for all suites, one blocking check each: they share a context and Data Docs."""

    @multi_asset_check(
        name="quality",
        specs=[
            AssetCheckSpec(
                EXPECTATIONS,
                asset=key,
                blocking=True,
                description="\n".join(found["description"] for found in suite.expectations),
            )
            for key, suite in suites.items()
        ],
        can_subset=True,
    )
    def quality(context: AssetCheckExecutionContext, build: BuildRun) -> Iterator[AssetCheckResult]:
        """Volume, distribution and plausibility of what arrived and would be published."""
        # Imported here: Great Expectations takes seconds, and only this step needs it.
        from orchestration.quality.runner import run_suites

        settings = build.settings
        selected = {key.asset_key for key in context.selected_asset_check_keys}
        chosen = {key: suite for key, suite in suites.items() if key in selected}
        # Some suites alone judge whatever was built; all of them judge this run's build.
        is_gate = len(chosen) == len(suites)
        try:
            with faults_tried_again():
                drop_record(settings, "quality")
                if is_gate:
                    candidate = read_candidate(settings, context.run.run_id)
                    refuse_changed_build(settings, candidate)
                results = run_suites(
                    settings.build_file,
                    list(chosen.values()),
                    {suite.model: _relation(suite) for suite in chosen.values()},
                    data_docs=settings.warehouse_dir / "data_docs",
                    comparison=comparison_with_published(
                        settings, project_vars(settings, build.dbt_vars)
                    ),
                )
                if is_gate:
                    refuse_changed_build(settings, candidate)
        except PublishRefused as refusal:
            raise Failure(str(refusal), allow_retries=False) from refusal
        for key, result in zip(chosen, results, strict=True):
            yield AssetCheckResult(
                asset_key=key,
                check_name=EXPECTATIONS,
                passed=result.passed,
                description=_text(result),
                metadata={"rows": result.row_count, "expectations": _table(result)},
            )
        if is_gate:
            outcomes = [outcome for result in results for outcome in _outcomes(result)]
            write_record(settings, "quality", context.run.run_id, outcomes)
        count = sum(len(result.expectations) for result in results)
        if all(result.passed for result in results):
            context.log.info(f"{len(results)} suites, {count} expectations: all passed")

    return quality


def _relation(suite: Suite) -> str:
    node = _MODELS[suite.model]
    return f'"{node["schema"]}"."{node["alias"]}"'


def _text(result: SuiteResult) -> str:
    if not result.row_count:
        return "No rows: nothing to judge."
    return "\n".join(
        f"{result.model}: {found.description} Found: {found.message}." for found in result.failures
    )


def _table(result: SuiteResult) -> MetadataValue:
    lines = ["| held | expectation | found |", "| --- | --- | --- |"]
    lines += [
        f"| {'yes' if found.passed else 'NO'} | {found.description} | {found.message} |"
        for found in result.expectations
    ]
    return MetadataValue.md("\n".join(lines))


def _outcomes(result: SuiteResult) -> list[CheckOutcome]:
    if not result.row_count:
        return [CheckOutcome(result.model, "expectation", True, _text(result))]
    return [
        CheckOutcome(
            f"{result.model}: {found.description}",
            COMPARISON if found.is_comparison else "expectation",
            found.passed,
            found.message,
        )
        for found in result.expectations
    ]


defs = Definitions(asset_checks=[expectation_checks(CHECKED)] if CHECKED else [])
