"""Every dbt data test is seen to fail on each fault planted for it, and to pass without.

Here: how faults are planted and what the tests find. Not here: the faults, see planted_data.py.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import BIN, PROJECT
from tests.quality.planted_data import (
    BY_EXPRESSION,
    BY_FILE,
    UnknownTest,
    faults_for,
    row_invariant,
)

Node = dict[str, Any]

# What a table that the sample leaves empty gets as its one row.
INVENTED = {
    "BIGINT": "1",
    "BOOLEAN": "true",
    "DATE": "date '2026-01-01'",
    "DECIMAL(18,2)": "1",
    "INTEGER": "1",
    "TIMESTAMP": "timestamp '2026-01-01'",
    "VARCHAR": "'invented'",
}


@dataclass(frozen=True)
class Reported:
    """What one `dbt test` said of a build with a planted fault."""

    exit_code: int
    failed: list[str]
    manifest: dict[str, Any]

    @property
    def data_tests(self) -> list[Node]:
        nodes = self.manifest["nodes"].values()
        return [node for node in nodes if node["resource_type"] == "test"]

    def relation(self, unique_id: str) -> str:
        if unique_id in self.manifest["sources"]:
            source = self.manifest["sources"][unique_id]
            return f"{source['schema']}.{source['identifier']}"
        node = self.manifest["nodes"][unique_id]
        return f"{node['schema']}.{node['alias']}"


@pytest.fixture(scope="module")
def reported(
    built_warehouse: Path,
    build_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Reported:
    """`dbt test` on a copy in which a movement has lost its items."""
    folder = tmp_path_factory.mktemp("reported")
    shutil.copytree(built_warehouse.parent, folder / "warehouse")
    planted = BY_FILE["assert_mrr_movement_items_sum_to_movements"]["a movement without items"]
    with duckdb.connect(str(folder / "warehouse" / built_warehouse.name)) as connection:
        connection.execute(planted)
    tested = subprocess.run(
        [str(BIN / "dbt"), "--no-use-colors", "test", "--select", "test_type:data"],
        cwd=PROJECT,
        env={
            **build_environment,
            "QUOTAMART_WAREHOUSE": str(folder / "warehouse"),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    sound = {"pass", "success"}
    return Reported(
        tested.returncode,
        [result["unique_id"].split(".")[2] for result in results if result["status"] not in sound],
        json.loads((folder / "target" / "manifest.json").read_text()),
    )


@pytest.fixture(scope="module")
def sample(
    built_warehouse: Path, reported: Reported, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The sound sample, in which all that data tests read is a plain table of at least one row.

    No view recomputes and no constraint refuses what is planted.
    """
    copy = tmp_path_factory.mktemp("planted") / built_warehouse.name
    shutil.copy(built_warehouse, copy)
    read = {parent for test in reported.data_tests for parent in test["depends_on"]["nodes"]}
    with duckdb.connect(str(copy)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for unique_id in sorted(read):
            _make_plain(connection, reported.relation(unique_id))
        yield connection


def _make_plain(connection: duckdb.DuckDBPyConnection, relation: str) -> None:
    schema, name = relation.split(".")
    connection.execute(f"create table {schema}.plain as select * from {relation}")
    (kind,) = connection.execute(
        "select table_type from information_schema.tables"
        " where table_schema = ? and table_name = ?",
        [schema, name],
    ).fetchone()
    connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {relation}")
    connection.execute(f"alter table {schema}.plain rename to {name}")
    (rows,) = connection.execute(f"select count(*) from {relation}").fetchone()
    if rows == 0:
        described = connection.execute(f"describe {relation}").fetchall()
        values = ", ".join(INVENTED.get(kind, "null") for _, kind, *_ in described)
        connection.execute(f"insert into {relation} values ({values})")


def _found(connection: duckdb.DuckDBPyConnection, test: Node) -> tuple[int, bool]:
    """The failures as dbt counts them, and whether they are an error."""
    config = test["config"]
    return connection.execute(
        f"select {config['fail_calc']}, {config['fail_calc']} {config['error_if']}"
        f" from ({test['compiled_code']}\n) as failing"
    ).fetchone()


def _found_when_planted(
    connection: duckdb.DuckDBPyConnection, test: Node, fault: str
) -> tuple[int, bool]:
    connection.execute("begin")
    try:
        connection.execute(fault)
        return _found(connection, test)
    finally:
        connection.execute("rollback")


def _relation(reported: Reported, test: Node) -> str:
    return reported.relation(test["attached_node"]) if test.get("test_metadata") else ""


def _offences(connection: duckdb.DuckDBPyConnection, test: Node, relation: str) -> list[str]:
    """What keeps a data test from being proven, one sentence each."""
    try:
        faults = faults_for(test, relation)
    except UnknownTest:
        return [f"{test['name']}: no fault is planted for it in planted_data.py."]
    offences = []
    for fault, statement in faults.items():
        count, is_error = _found_when_planted(connection, test, statement)
        if not is_error:
            offences.append(f"{test['name']}: {fault}, and it passes.")
        elif test.get("test_metadata") and count != 1:
            offences.append(f"{test['name']}: {fault}, one row, and it counts {count}.")
    return offences


def test_every_data_test_passes_on_the_sample(
    reported: Reported, sample: duckdb.DuckDBPyConnection
) -> None:
    assert [
        test["name"] for test in reported.data_tests if _found(sample, test) != (0, False)
    ] == []


def test_every_data_test_fails_on_each_fault_planted_for_it(
    reported: Reported, sample: duckdb.DuckDBPyConnection
) -> None:
    offences = [
        offence
        for test in reported.data_tests
        for offence in _offences(sample, test, _relation(reported, test))
    ]
    assert offences == []


def test_a_data_test_that_sees_nothing_or_too_much_is_named(
    reported: Reported, sample: duckdb.DuckDBPyConnection
) -> None:
    (test,) = (t for t in reported.data_tests if t["name"] == "not_null_input_payments_amount")
    blind = {**test, "compiled_code": "select 1 where 1 = 0"}
    assert _offences(sample, blind, "input.input_payments") == [
        "not_null_input_payments_amount: a null, and it passes."
    ]
    blunt = {**test, "compiled_code": "select 1 union all select 2"}
    assert _offences(sample, blunt, "input.input_payments") == [
        "not_null_input_payments_amount: a null, one row, and it counts 2."
    ]


def test_every_fault_has_a_data_test(reported: Reported) -> None:
    files = {test["name"] for test in reported.data_tests if not test.get("test_metadata")}
    invariants = {
        row_invariant(test, _relation(reported, test))
        for test in reported.data_tests
        if (test.get("test_metadata") or {}).get("name") == "true_in_every_row"
    }
    assert set(BY_FILE) - files == set()
    assert set(BY_EXPRESSION) - invariants == set()


def test_a_data_test_without_a_fault_is_not_taken_for_proven(
    sample: duckdb.DuckDBPyConnection,
) -> None:
    for test in (
        {"name": "a_new_file"},
        {"name": "a_new_kind", "test_metadata": {"name": "a_new_kind", "kwargs": {}}},
        {
            "name": "a_new_invariant",
            "test_metadata": {"name": "true_in_every_row", "kwargs": {"expression": "1 = 1"}},
        },
    ):
        assert _offences(sample, {**test, "config": {"where": None}}, "marts.dim_dates") == [
            f"{test['name']}: no fault is planted for it in planted_data.py."
        ]


def test_dbt_reports_the_planted_fault_and_nothing_else(reported: Reported) -> None:
    assert (reported.exit_code, reported.failed) == (
        1,
        ["assert_mrr_movement_items_sum_to_movements"],
    )
