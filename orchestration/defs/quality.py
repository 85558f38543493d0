"""Blocking checks on what was built: Great Expectations, and what moved since it was published.

One factory for all suites of input models and marts, and one check a mart for all its figures.
"""

from collections.abc import Iterator
from dataclasses import replace

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSpec,
    AssetKey,
    Definitions,
    MetadataValue,
    multi_asset_check,
)

from orchestration import gates
from orchestration.candidate import built_as_of, read_candidate, refuse_changed_build
from orchestration.dbt_project import project_vars
from orchestration.defs.build import BuildRun
from orchestration.defs.faults import faults_tried_again
from orchestration.defs.project import asset_key, manifest, models_in
from orchestration.defs.records import CheckOutcome, drop_record, refused, write_record
from orchestration.ledger.book import read_book
from orchestration.mart_files import marts_of
from orchestration.publish import COMPARISON
from orchestration.published import PublishRefused
from orchestration.quality import Suite, SuiteError, SuiteResult, read_suites, suites_folder
from orchestration.quality.comparison import Comparison, comparison_with_published
from orchestration.quality.drift import Drift, compared
from orchestration.quality.figures import figures_of
from orchestration.quality.limits import LimitsError, limits_path, read_limits
from orchestration.settings import Settings

EXPECTATIONS, DRIFT = "expectations", "drift"

_MODELS = models_in(manifest(), "input", "marts")


def _suites_by_key() -> dict[AssetKey, Suite]:
    suites = {}
    for suite in read_suites(suites_folder(Settings.from_environment())):
        if suite.model not in _MODELS:
            raise SuiteError(f"{suite.model}.yml: no input model or mart has that name.")
        suites[asset_key(_MODELS[suite.model])] = suite
    return suites


CHECKED = _suites_by_key()
_MARTS = {asset_key(node): name for name, node in models_in(manifest(), "marts").items()}


def quality_checks(suites: dict[AssetKey, Suite]) -> AssetChecksDefinition:
    """One step for all suites and figures, a blocking check for each suite and each mart.

    They share a context, Data Docs and the published version.
    """

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
        ]
        + [
            AssetCheckSpec(
                DRIFT,
                asset=key,
                blocking=True,
                description="Rows, sums, nulls, values and rates stay near the published ones.",
            )
            for key in _MARTS
        ],
        can_subset=True,
    )
    def quality(context: AssetCheckExecutionContext, build: BuildRun) -> Iterator[AssetCheckResult]:
        """Volume, plausibility and drift of what arrived and would be published."""
        # Imported here: Great Expectations takes seconds, and only this step needs it.
        from orchestration.quality.runner import run_suites

        settings = build.settings
        selected = {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
        chosen = {key: suite for key, suite in suites.items() if (key, EXPECTATIONS) in selected}
        marts = {key: name for key, name in _MARTS.items() if (key, DRIFT) in selected}
        # Some checks alone judge whatever was built; all of them judge this run's build.
        is_gate = len(selected) == len(suites) + len(_MARTS)
        try:
            with faults_tried_again():
                drop_record(settings, "quality")
                if is_gate:
                    candidate = read_candidate(settings, context.run.run_id)
                    refuse_changed_build(settings, candidate)
                comparison = comparison_with_published(
                    settings, project_vars(settings, build.dbt_vars)
                )
                results = run_suites(
                    settings.build_file,
                    list(chosen.values()),
                    {suite.model: _relation(suite) for suite in chosen.values()},
                    data_docs=settings.warehouse_dir / "data_docs",
                    comparison=comparison,
                )
                drifts = _drifts(settings, set(marts.values()), comparison)
                if is_gate:
                    refuse_changed_build(settings, candidate)
        except LimitsError as error:
            said = gates.LIMITS.says(str(error))
            raise refused(settings, context.run.run_id, said) from error
        except PublishRefused as refusal:
            raise refused(settings, context.run.run_id, refusal) from refusal
        for key, result in zip(chosen, results, strict=True):
            yield AssetCheckResult(
                asset_key=key,
                check_name=EXPECTATIONS,
                passed=result.passed,
                description=_text(result),
                metadata={"rows": result.row_count, "expectations": _table(result)},
            )
        for key, name in marts.items():
            of_mart = [drift for drift in drifts if drift.figure.mart == name]
            too_far = [drift for drift in of_mart if not drift.passed]
            yield AssetCheckResult(
                asset_key=key,
                check_name=DRIFT,
                passed=not too_far,
                description="\n".join(f"{d.figure.name}: {d.message}." for d in too_far) or None,
                metadata={"figures": len(of_mart)},
            )
        if is_gate:
            outcomes = [outcome for result in results for outcome in _outcomes(result)]
            outcomes += [_outcome(drift) for drift in drifts]
            write_record(settings, "quality", context.run.run_id, outcomes)
        count = sum(len(result.expectations) for result in results)
        if all(found.passed for found in (*results, *drifts)):
            context.log.info(
                f"{len(results)} suites, {count} expectations, {len(drifts):,} figures: all passed"
            )

    return quality


def _drifts(settings: Settings, marts: set[str], comparison: Comparison) -> list[Drift]:
    """The figures of these marts beside the published ones."""
    limits = read_limits(limits_path(settings))
    if comparison.ledger_head != read_book(settings).head_hash:
        limits = limits.after_a_close()
    of_project = marts_of(manifest())
    figures = figures_of(manifest(), of_project, limits)
    as_of = built_as_of(settings, manifest())
    days = comparison.days_before(as_of)
    if days < 0:
        comparison = Comparison(None, f"the published version sees further, to {comparison.as_of}")
    chosen = [
        replace(figure, limit=figure.limit.over(days, limits.of_days))
        for figure in figures
        if figure.mart in marts
    ]
    return compared(settings.build_file, of_project, chosen, limits.ratios, comparison)


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


def _outcome(drift: Drift) -> CheckOutcome:
    public = drift.public_message if drift.public_message != drift.message else None
    return CheckOutcome(drift.figure.name, COMPARISON, drift.passed, drift.message, public)


defs = Definitions(asset_checks=[quality_checks(CHECKED)])
