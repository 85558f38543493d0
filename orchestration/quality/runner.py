"""Running suites on a DuckDB file opened read-only, and writing Data Docs without any value."""

import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent import SQLDatasource
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from orchestration.blanking import without_values
from orchestration.quality import dialect
from orchestration.quality.comparison import NOTHING_PUBLISHED, Comparison
from orchestration.quality.results import ExpectationResult, SuiteResult
from orchestration.quality.suites import Suite, SuiteError

# Counts and shares only: Data Docs and Dagster's event log must hold no value of a row.
_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
_SITE = "local_site"
# How a query of a suite names a mart of the published version.
_PUBLISHED = "published"
_PUBLISHED_MART = re.compile(rf"\b{_PUBLISHED}\.(\w+)")


def run_suites(
    build_file: Path,
    suites: Sequence[Suite],
    relations: Mapping[str, str],
    data_docs: Path | None = None,
    comparison: Comparison = NOTHING_PUBLISHED,
) -> list[SuiteResult]:
    """Run suites inside DuckDB.

    An empty relation passes: an entity that no system provides is an empty table by design, and
    one that is empty by accident is stopped by the landing check and by the publisher. An
    expectation that reads `published.<mart>` passes, and its message says why, where no published
    version can be compared with.

    Args:
        build_file: the DuckDB file; opened read-only.
        suites: what to run.
        relations: the quoted name of each suite's relation, by model.
        data_docs: the folder to write Great Expectations' HTML to; replaced as a whole.
        comparison: the published version; opened read-only.
    """
    with _context(build_file) as (context, source):
        _attach(source, comparison)
        results = [
            _run(context, source, suite, relations[suite.model], comparison) for suite in suites
        ]
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


def _attach(source: SQLDatasource, comparison: Comparison) -> None:
    if comparison.marts_file is None:
        return
    file = str(comparison.marts_file).replace("'", "''")
    with source.get_engine().connect() as connection:
        connection.exec_driver_sql(f"attach '{file}' as {_PUBLISHED} (read_only)")


def _run(
    context: EphemeralDataContext,
    source: SQLDatasource,
    suite: Suite,
    relation: str,
    comparison: Comparison,
) -> SuiteResult:
    with source.get_engine().connect() as connection:
        row_count = connection.exec_driver_sql(f"select count(*) from {relation}").scalar_one()
        if row_count == 0:
            return SuiteResult(suite.model, 0, ())
        not_judged = {
            position: reason
            for position, expectation in enumerate(suite.expectations)
            if (reason := _why_not_judged(connection, expectation, relation, comparison))
        }
    asset = source.add_query_asset(suite.model, query=f"select * from {relation}")
    definition = gx.ValidationDefinition(
        name=suite.model,
        data=asset.add_batch_definition_whole_table("all"),
        suite=context.suites.add(_gx_suite(suite, not_judged)),
    )
    validated = context.validation_definitions.add(definition).run(result_format=_COUNTS_ONLY)
    judged = [_expectation_result(result) for result in validated.results]
    with source.get_engine().connect() as connection:
        judged = [
            _with_both_numbers(connection, found, suite, relation)
            if found.is_comparison and not found.passed
            else found
            for found in judged
        ]
    passed = [
        _passed_unjudged(position, suite.expectations[position], reason)
        for position, reason in not_judged.items()
    ]
    found = sorted(judged + passed, key=lambda result: result.position)
    if [result.position for result in found] != list(range(len(suite.expectations))):
        raise SuiteError(f"{suite.model}.yml: not every expectation is one and was run.")
    return SuiteResult(suite.model, row_count, tuple(found))


def _why_not_judged(
    connection: Connection, expectation: Mapping[str, Any], relation: str, comparison: Comparison
) -> str | None:
    """Why an expectation cannot be compared with the published version; None where it can be.

    A mart, or a column of it, that the project has only now is in no version yet.
    """
    query = str(expectation["kwargs"].get("unexpected_rows_query", ""))
    marts = _compared_marts(expectation["kwargs"])
    if not marts:
        return None
    if comparison.marts_file is None:
        return comparison.reason
    built = connection.exec_driver_sql(f"describe {relation}").scalars().all()
    needed = set(built) & set(re.findall(r"\w+", query))
    for mart in marts:
        published = connection.exec_driver_sql(
            "select column_name from duckdb_columns()"
            f" where database_name = '{_PUBLISHED}' and table_name = '{mart}'"
        )
        columns = set(published.scalars().all())
        if not columns:
            return f"the published version has no {mart}"
        if missing := sorted(needed - columns):
            return f"{mart} has no {', '.join(missing)} in the published version"
    return None


def _compared_marts(kwargs: Mapping[str, Any]) -> list[str]:
    """The marts of the published version that an expectation reads."""
    return sorted(set(_PUBLISHED_MART.findall(str(kwargs.get("unexpected_rows_query", "")))))


def _passed_unjudged(
    position: int, expectation: Mapping[str, Any], reason: str
) -> ExpectationResult:
    return ExpectationResult(
        position=position,
        expectation_type=expectation["type"],
        description=expectation["description"],
        passed=True,
        message=f"not judged: {reason}",
        is_comparison=True,
    )


def _gx_suite(suite: Suite, not_judged: Collection[int]) -> gx.ExpectationSuite:
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
            if position not in not_judged
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
        is_comparison=_compared_marts(configuration.kwargs) != [],
    )


def _with_both_numbers(
    connection: Connection, found: ExpectationResult, suite: Suite, relation: str
) -> ExpectationResult:
    """A failed comparison, with the first row of what it found and what to do.

    Its query names the figures `published_...` and `built_...`; both are of marts for everybody.
    """
    query = suite.expectations[found.position]["kwargs"]["unexpected_rows_query"]
    try:
        row = connection.exec_driver_sql(query.replace("{batch}", relation)).mappings().first()
    except DatabaseError:
        # Great Expectations has said already that the query cannot run.
        return found
    named = ", ".join(
        f"{name} {_told(value)}"
        for name, value in (row or {}).items()
        # A text under another name may be anybody's.
        if name.startswith(("published_", "built_")) or not isinstance(value, str)
    )
    name = f"{suite.model}: {found.description}".partition(";")[0].rstrip(".")
    return replace(
        found,
        message=f"{found.message} rows; the first is {named}. If it is right: `quotamart publish "
        f'--accept "{name}" --by NAME --why "..."`; else mend the source or the model and build '
        "again",
    )


def _told(value: object) -> str:
    return "none" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


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
    return without_values(str(nested["exception_message"]).splitlines()[0])


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
