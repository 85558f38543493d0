"""The same models on two engines: every mart on Spark equals DuckDB's, row by row, to the cent.

The list of marts comes from dbt's manifest, so a new mart is compared from its first day. Left out
is only the raw content of quarantined rows: each engine writes JSON in its own way.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.dbt_project import WITHOUT_UNIT_TESTS
from tests.conftest import BIN, PROJECT

# Generic tests whose SQL is the same whatever they are asked of.
TOLD_BY_ROWS = ("accepted_values", "not_null", "relationships", "unique", "unique_key")
ENGINE_SPECIFIC = {("quarantined_rows", "raw_content")}


def compared_models(manifest: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    """Relation (`schema.name`) and compared columns of every input model and mart, by name."""
    return {
        node["name"]: (
            f"{node['schema']}.{node['name']}",
            [column for column in node["columns"] if (node["name"], column) not in ENGINE_SPECIFIC],
        )
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["original_file_path"].startswith(("models/input/", "models/marts/"))
    }


def differing_rows(
    connection: duckdb.DuckDBPyConnection, one: str, other: str, columns: list[str]
) -> list[str]:
    """Up to three rows that stand in only one of two relations, or more often in it, as text."""
    listed = ", ".join(f'"{column}"' for column in columns)
    found = []
    for left, right in ((one, other), (other, one)):
        rows = connection.execute(
            f"select {listed} from {left} except all select {listed} from {right} limit 3"
        ).fetchall()
        found += [f"only in {left}: {row}" for row in rows]
    return found


def column_types(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: list[str]
) -> dict[str, str]:
    """Types of the compared columns; timestamps alike with and without a zone, both are UTC."""
    listed = ", ".join(f'"{column}"' for column in columns)
    described = connection.execute(f"describe select {listed} from {relation}").fetchall()
    return {name: kind.removesuffix(" WITH TIME ZONE") for name, kind, *_ in described}


@pytest.fixture(scope="session")
def spark_tables(
    java: str, build_environment: dict[str, str], built_warehouse: Path, at_full_length: bool
) -> Path:
    """Spark's warehouse folder after a build of the same landing.

    At full length it is `quotamart build --target spark`, with every data test. Else those tests
    are left out that say nothing about an engine: of equal rows both give one answer.
    """
    whole = [str(BIN / "quotamart"), "build", "--target", "spark"]
    told_by_rows = ("--exclude", *(f"test_name:{name}" for name in TOLD_BY_ROWS))
    artifacts = Path(build_environment["DBT_TARGET_PATH"]) / "spark"
    quicker = [str(BIN / "dbt"), "build", "--target", "spark", "--target-path", str(artifacts)]
    built = subprocess.run(
        whole if at_full_length else [*quicker, *WITHOUT_UNIT_TESTS, *told_by_rows],
        cwd=PROJECT,
        env=build_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, (built.stdout + built.stderr)[-20_000:]
    return Path(build_environment["QUOTAMART_SPARK"]) / "warehouse"


@pytest.mark.spark
@pytest.mark.faults
def test_every_mart_on_spark_equals_duckdb(
    spark_tables: Path, built_warehouse: Path, build_environment: dict[str, str]
) -> None:
    manifest = json.loads(
        (Path(build_environment["DBT_TARGET_PATH"]) / "manifest.json").read_text()
    )
    models = compared_models(manifest)
    filled = 0
    offences = []
    with duckdb.connect(str(built_warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, (relation, columns) in sorted(models.items()):
            schema = relation.split(".")[0]
            files = f"read_parquet('{spark_tables}/{schema}.db/{name}/*.parquet')"
            types = column_types(connection, relation, columns)
            spark_types = column_types(connection, files, columns)
            if types != spark_types:
                offences.append(f"{name}: types {types} on DuckDB, {spark_types} on Spark")
            offences += [
                f"{name}: {row}" for row in differing_rows(connection, relation, files, columns)
            ]
            (count,) = connection.execute(f"select count(*) from {relation}").fetchone()
            filled += count > 0
    assert not offences, "\n".join(offences)
    # Equal because both are empty would prove nothing.
    assert filled >= len(models) - 1, "the sample leaves more than landed_files empty"


def test_a_cent_a_lost_row_and_a_doubled_row_are_each_found() -> None:
    connection = duckdb.connect()
    connection.execute("create table one as select 1 as id, 10.00::decimal(18, 2) as amount")
    for planted in (
        "select 1 as id, 10.01::decimal(18, 2) as amount",
        "select 1 as id, 10.00::decimal(18, 2) as amount where false",
        "from one union all from one",
    ):
        connection.execute(f"create or replace table other as {planted}")
        assert differing_rows(connection, "one", "other", ["id", "amount"])
    connection.execute("create or replace table other as from one")
    assert not differing_rows(connection, "one", "other", ["id", "amount"])


def test_a_double_in_place_of_a_decimal_is_found() -> None:
    connection = duckdb.connect()
    connection.execute("create table one as select 10.00::decimal(18, 2) as amount")
    connection.execute("create table other as select 10.00::double as amount")
    assert column_types(connection, "one", ["amount"]) != column_types(
        connection, "other", ["amount"]
    )


def test_every_mart_of_the_manifest_is_compared() -> None:
    manifest = {
        "nodes": {
            "model.quotamart.fct_new": {
                "name": "fct_new",
                "resource_type": "model",
                "schema": "marts",
                "original_file_path": "models/marts/revenue/fct_new.sql",
                "columns": {"id": {}, "amount": {}},
            }
        }
    }
    assert compared_models(manifest) == {"fct_new": ("marts.fct_new", ["id", "amount"])}
