"""Every expectation of every suite is seen to fail, alone, on a fault planted in sound data."""

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.quality import Suite, SuiteError, SuiteResult, read_suites
from orchestration.quality.comparison import NOTHING_PUBLISHED, Comparison
from orchestration.quality.runner import run_suites

SUITES = read_suites(Path(__file__).parent)


def _schema(model: str) -> str:
    return "input" if model.startswith("input_") else "marts"


def _relation(schema: str, name: str) -> str:
    return f'"{schema}"."{name}"'


# One planter per expectation type: SQL that breaks it, for a table of so many rows. A type that
# cannot be broken from its arguments alone brings its own fault, as meta.planted beside it.
def _some_nulls(kwargs: dict[str, Any], rows: int) -> str:
    count = math.ceil((1 - kwargs.get("mostly", 1)) * rows) + 1
    return f"update {{batch}} set {kwargs['column']} = null where rowid < {count}"


def _outside(kwargs: dict[str, Any], rows: int) -> str:
    top = kwargs.get("max_value")
    value = kwargs["min_value"] - 1 if top is None else top + 1
    return f"update {{batch}} set {kwargs['column']} = {value}"


def _unknown_value(kwargs: dict[str, Any], rows: int) -> str:
    return f"update {{batch}} set {kwargs['column']} = 'planted' where rowid = 0"


def _one_value(kwargs: dict[str, Any], rows: int) -> str:
    column = kwargs["column"]
    return f"update {{batch}} set {column} = (select min({column}) from {{batch}})"


def _wrong_order(kwargs: dict[str, Any], rows: int) -> str:
    return f"update {{batch}} set {kwargs['column_A']} = {kwargs['column_B']} - 1"


PLANTERS: dict[str, Callable[[dict[str, Any], int], str]] = {
    "expect_column_values_to_not_be_null": _some_nulls,
    "expect_column_values_to_be_between": _outside,
    "expect_column_values_to_be_in_set": _unknown_value,
    "expect_column_proportion_of_unique_values_to_be_between": _one_value,
    "expect_column_pair_values_a_to_be_greater_than_b": _wrong_order,
}


def _fault(expectation: dict[str, Any], rows: int) -> str:
    planted = expectation["meta"].get("planted")
    if not planted and expectation["type"] not in PLANTERS:
        pytest.fail(f"Nothing breaks '{expectation['description']}': give it a meta.planted.")
    return planted or PLANTERS[expectation["type"]](expectation["kwargs"], rows)


@dataclass(frozen=True)
class Case:
    """One expectation, and the table in which only it is to fail."""

    suite: Suite
    position: int

    @property
    def table(self) -> str:
        return f"{self.suite.model}__{self.position}"

    @property
    def description(self) -> str:
        return self.suite.expectations[self.position]["description"]

    @property
    def compares(self) -> bool:
        """Whether it reads the published version."""
        return "published." in str(self.suite.expectations[self.position]["kwargs"])


CASES = [Case(suite, position) for suite in SUITES for position in range(len(suite.expectations))]


@pytest.fixture(scope="module")
def sound_file(built_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample's build file, with a planted table beside each sound one."""
    copy = tmp_path_factory.mktemp("quality") / built_warehouse.name
    shutil.copy(built_warehouse, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("create schema planted")
        for case in CASES:
            sound = _relation(_schema(case.suite.model), case.suite.model)
            planted = _relation("planted", case.table)
            connection.execute(f"create table {planted} as select * from {sound}")
            (rows,) = connection.execute(f"select count(*) from {planted}").fetchone()
            fault = _fault(case.suite.expectations[case.position], rows)
            connection.execute(fault.replace("{batch}", planted))
    return copy


@pytest.fixture(scope="module")
def published(built_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """The sample's marts as an earlier build would have published them."""
    path = tmp_path_factory.mktemp("published") / "marts.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"attach '{built_warehouse}' as build (read_only)")
        for suite in SUITES:
            if _schema(suite.model) == "marts":
                connection.execute(
                    f"create table {suite.model} as select * from build.marts.{suite.model}"
                )
    return Comparison(path)


@pytest.fixture(scope="module")
def sound_results(sound_file: Path, published: Comparison) -> dict[str, SuiteResult]:
    relations = {suite.model: _relation(_schema(suite.model), suite.model) for suite in SUITES}
    results = run_suites(sound_file, SUITES, relations, comparison=published)
    return {result.model: result for result in results}


@pytest.fixture(scope="module")
def planted_results(sound_file: Path, published: Comparison) -> dict[str, SuiteResult]:
    """What is planted for another expectation is a drift too, so it is compared with nothing."""
    results = []
    for compares, comparison in ((False, NOTHING_PUBLISHED), (True, published)):
        cases = [case for case in CASES if case.compares == compares]
        suites = [Suite(case.table, case.suite.expectations) for case in cases]
        relations = {suite.model: _relation("planted", suite.model) for suite in suites}
        results += run_suites(sound_file, suites, relations, comparison=comparison)
    return {result.model: result for result in results}


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.model)
def test_a_suite_holds_on_the_sample(suite: Suite, sound_results: dict[str, SuiteResult]) -> None:
    result = sound_results[suite.model]
    assert result.row_count > 0, "the sample brings no row: nothing is proven"
    assert [failure.description for failure in result.failures] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.table)
def test_a_planted_fault_fails_its_expectation_and_no_other(
    case: Case, planted_results: dict[str, SuiteResult]
) -> None:
    result = planted_results[case.table]
    assert [failure.description for failure in result.failures] == [case.description]


def test_suites_hold_where_no_system_provides_the_entity(sound_file: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.duckdb"
    relations = {}
    with duckdb.connect(str(empty)) as connection:
        connection.execute(f"attach '{sound_file}' as sound (read_only)")
        for schema in ("input", "marts", "staging"):
            connection.execute(f"create schema {schema}")
        for suite in SUITES:
            relations[suite.model] = _relation(_schema(suite.model), suite.model)
            connection.execute(
                f"create table {relations[suite.model]} as"
                f" select * from sound.{relations[suite.model]} limit 0"
            )
    results = run_suites(empty, SUITES, relations)
    assert [result.model for result in results if not result.passed] == []


COMPARED = Suite(
    "fct_rates",
    (
        {
            "type": "unexpected_rows_expectation",
            "kwargs": {
                "unexpected_rows_query": (
                    "select month, shown.rate as published_rate, built.rate as built_rate"
                    " from published.fct_rates as shown"
                    " inner join {batch} as built using (month) where built.rate <> shown.rate"
                )
            },
            "description": "Rates stay as they were shown.",
            "meta": {"owner": "test"},
        },
        {
            "type": "expect_column_values_to_not_be_null",
            "kwargs": {"column": "rate"},
            "description": "There is a rate.",
            "meta": {"owner": "test"},
        },
    ),
)


@pytest.fixture
def rates_file(tmp_path: Path) -> Path:
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table fct_rates as select 1 as month, 5 as rate")
    return path


@pytest.mark.parametrize(
    ("shown", "passed", "said"),
    [
        (None, True, "not judged: nothing is published yet"),
        ("select 1 as month, 5 as rate", True, "observed 0"),
        (
            "select 1 as month, 4 as rate",
            False,
            "observed 1 rows; the first is month 1, published_rate 4, built_rate 5. If it is right:"
            ' `quotamart publish --accept "fct_rates: Rates stay as they were shown" --by NAME'
            ' --why "..."`; else mend the source or the model and build again',
        ),
        (
            "select 1 as month, 4 as percent",
            True,
            "not judged: fct_rates has no rate in the published version",
        ),
    ],
)
def test_a_drift_is_judged_where_there_is_something_to_compare_with(
    rates_file: Path, tmp_path: Path, shown: str | None, passed: bool, said: str
) -> None:
    comparison = NOTHING_PUBLISHED
    if shown:
        comparison = Comparison(tmp_path / "marts.duckdb")
        with duckdb.connect(str(comparison.marts_file)) as connection:
            connection.execute(f"create table fct_rates as {shown}")
    (result,) = run_suites(
        rates_file, [COMPARED], {"fct_rates": "fct_rates"}, tmp_path / "docs", comparison
    )
    drift, other = result.expectations
    assert (drift.passed, drift.message) == (passed, said)
    assert other.passed
    assert result.passed == passed


def test_a_mart_that_no_version_has_yet_is_not_judged(rates_file: Path, tmp_path: Path) -> None:
    comparison = Comparison(tmp_path / "marts.duckdb")
    duckdb.connect(str(comparison.marts_file)).close()
    alone = Suite("fct_rates", COMPARED.expectations[:1])
    (result,) = run_suites(rates_file, [alone], {"fct_rates": "fct_rates"}, comparison=comparison)
    assert result.passed
    assert result.expectations[0].message == ("not judged: the published version has no fct_rates")
    # Nobody is kept out of either file.
    for path in (rates_file, comparison.marts_file):
        with duckdb.connect(str(path)) as connection:
            connection.execute("create table written_after as select 1 as one")


@pytest.fixture
def personal_file(tmp_path: Path) -> Path:
    path = tmp_path / "personal.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table people as"
            " select 'canary-' || i || '@example.com' as email, i as score from range(9) t(i)"
        )
    return path


def test_data_docs_and_messages_hold_no_value_of_a_row(personal_file: Path, tmp_path: Path) -> None:
    expectations = [
        ("expect_column_values_to_be_in_set", {"column": "email", "value_set": ["nobody"]}),
        ("expect_column_values_to_be_null", {"column": "email"}),
        ("expect_column_value_lengths_to_be_between", {"column": "email", "max_value": 3}),
        ("unexpected_rows_expectation", {"unexpected_rows_query": "select email from {batch}"}),
    ]
    suite = Suite(
        "people",
        tuple(
            {"type": name, "kwargs": kwargs, "description": name, "meta": {"owner": "test"}}
            for name, kwargs in expectations
        ),
    )
    docs = tmp_path / "docs"
    (result,) = run_suites(personal_file, [suite], {"people": "people"}, data_docs=docs)
    assert len(result.failures) == len(expectations)
    assert "canary" not in repr(result)
    pages = list(docs.rglob("*.html"))
    assert any("validations" in page.parts for page in pages)
    assert [
        page for page in docs.rglob("*") if page.is_file() and b"canary" in page.read_bytes()
    ] == []


def test_the_build_file_is_free_again_after_a_failed_run(personal_file: Path) -> None:
    broken = Suite(
        "people",
        (
            {
                "type": "unexpected_rows_expectation",
                "kwargs": {"unexpected_rows_query": "select no_such_column from {batch}"},
                "description": "A query that cannot run is a failed check.",
                "meta": {"owner": "test"},
            },
        ),
    )
    (result,) = run_suites(personal_file, [broken], {"people": "people"})
    assert not result.passed
    assert "not computed" in result.failures[0].message
    with duckdb.connect(str(personal_file)) as connection:
        connection.execute("create table written_after as select 1 as one")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: other\nexpectations: []\n", "named other"),
        ("name: suite\nexpectations: []\nextra: 1\n", "exactly the keys"),
        (
            "name: suite\nexpectations:\n  - {type: t, kwargs: {}, meta: {owner: me}}\n",
            "a description",
        ),
        ("name: suite\nexpectations:\n  - {type: t, kwargs: {}, description: d}\n", "meta.owner"),
        (
            "name: suite\nexpectations:\n"
            "  - {type: t, kwargs: {}, description: d, severity: warning, meta: {owner: me}}\n",
            "critical",
        ),
    ],
)
def test_a_suite_that_cannot_be_run_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "suite.yml").write_text(text, encoding="utf-8")
    with pytest.raises(SuiteError, match=said):
        read_suites(tmp_path)
