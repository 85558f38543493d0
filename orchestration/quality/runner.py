"""Running suites on a DuckDB file opened read-only, and writing Data Docs without any value."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent import SQLDatasource

from orchestration.quality import dialect
from orchestration.quality.results import ExpectationResult, SuiteResult
from orchestration.quality.suites import Suite, SuiteError

# Counts and shares only: Data Docs and Dagster's event log must hold no value of a row.
_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
_SITE = "local_site"


def run_suites(
    build_file: Path,
    suites: Sequence[Suite],
    relations: Mapping[str, str],
    data_docs: Path | None = None,
) -> list[SuiteResult]:
    """Run suites inside DuckDB.

    An empty relation passes: an entity that no system provides is an empty table by design, and
    one that is empty by accident is stopped by the landing check and by the publisher.

    Args:
        build_file: the DuckDB file; opened read-only.
        suites: what to run.
        relations: the quoted name of each suite's relation, by model.
        data_docs: the folder to write Great Expectations' HTML to; replaced as a whole.
    """
    with _context(build_file) as (context, source):
        results = [_run(context, source, suite, relations[suite.model]) for suite in suites]
        if data_docs is not None:
            _write_data_docs(context, data_docs)
    return results


@contextmanager
def _context(build_file: Path) -> Iterator[tuple[EphemeralDataContext, SQLDatasource]]:
    """A context that leaves no file and no lock: a file context writes random ids."""
    dialect.register()
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_sql(
        "build",
        connection_string=f"{dialect.NAME}:///{build_file}",
        create_temp_table=False,
        kwargs={"connect_args": {"read_only": True}},
    )
    try:
        yield context, source
    finally:
        # Both engines hold the file open, and with it the lock that keeps the next build out.
        source.get_execution_engine().close()
        source.get_engine().dispose()


def _run(
    context: EphemeralDataContext, source: SQLDatasource, suite: Suite, relation: str
) -> SuiteResult:
    with source.get_engine().connect() as connection:
        row_count = connection.exec_driver_sql(f"select count(*) from {relation}").scalar_one()
    if row_count == 0:
        return SuiteResult(suite.model, 0, ())
    asset = source.add_query_asset(suite.model, query=f"select * from {relation}")
    definition = gx.ValidationDefinition(
        name=suite.model,
        data=asset.add_batch_definition_whole_table("all"),
        suite=context.suites.add(_gx_suite(suite)),
    )
    validated = context.validation_definitions.add(definition).run(result_format=_COUNTS_ONLY)
    found = sorted(
        (_expectation_result(result) for result in validated.results),
        key=lambda result: result.position,
    )
    if [result.position for result in found] != list(range(len(suite.expectations))):
        raise SuiteError(f"{suite.model}.yml: not every expectation is one and was run.")
    return SuiteResult(suite.model, row_count, tuple(found))


def _gx_suite(suite: Suite) -> gx.ExpectationSuite:
    # All at once: added one by one, an expectation replaces an earlier one of its type and column.
    return gx.ExpectationSuite(
        name=suite.model,
        expectations=[
            {
                "type": expectation["type"],
                "kwargs": expectation["kwargs"],
                "description": expectation["description"],
                # Great Expectations returns results in an order of its own.
                "meta": {"owner": expectation["meta"]["owner"], "position": position},
            }
            for position, expectation in enumerate(suite.expectations)
        ],
    )


def _expectation_result(result: ExpectationValidationResult) -> ExpectationResult:
    configuration = result.expectation_config
    return ExpectationResult(
        position=configuration.meta["position"],
        expectation_type=configuration.type,
        description=configuration.description,
        passed=bool(result.success),
        message=_message(result),
    )


def _message(result: ExpectationValidationResult) -> str:
    """`412 of 1,000 rows (41.2 %)`, or the figure observed, or why it could not be computed."""
    figures = result.result
    if "unexpected_count" in figures and figures.get("element_count"):
        share = 100 * (figures["unexpected_count"] or 0) / figures["element_count"]
        return (
            f"{figures['unexpected_count'] or 0:,} of {figures['element_count']:,} rows"
            f" ({share:.1f} %)"
        )
    if "observed_value" in figures:
        return f"observed {figures['observed_value']}"
    return f"not computed: {_first_line(result.exception_info)}"


def _first_line(exception_info: Mapping[str, Any]) -> str:
    """The engine's own message: the first line names the fault, further ones may quote values."""
    nested = exception_info
    while "exception_message" not in nested:
        nested = next(iter(nested.values()))
    return str(nested["exception_message"]).splitlines()[0]


def _write_data_docs(context: EphemeralDataContext, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    context.update_data_docs_site(
        site_name=_SITE,
        site_config={
            "class_name": "SiteBuilder",
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(folder),
            },
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        },
    )
    context.build_data_docs(site_names=[_SITE])
