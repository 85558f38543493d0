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
def sound_results(sound_file: Path) -> dict[str, SuiteResult]:
    relations = {suite.model: _relation(_schema(suite.model), suite.model) for suite in SUITES}
    return {result.model: result for result in run_suites(sound_file, SUITES, relations)}


@pytest.fixture(scope="module")
def planted_results(sound_file: Path) -> dict[str, SuiteResult]:
    suites = [Suite(case.table, case.suite.expectations) for case in CASES]
    relations = {suite.model: _relation("planted", suite.model) for suite in suites}
    return {result.model: result for result in run_suites(sound_file, suites, relations)}


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
