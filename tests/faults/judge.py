"""The compiled SQL of staging, run on Parquet files: what became of every landed row.

Nothing is expected here. The views over the files are those that the macro register_landing
makes; that the real ones do the same is for the test that builds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.landing import SourceTable
from tests.faults.rows import Row, as_rows
from tests.reference.harness import create_computed, create_given

Place = tuple[str, int]  # File name and row in it.


@dataclass(frozen=True)
class Judged:
    """What a table's base and staging model made of its files."""

    # By place: the bucket and, of a quarantined row, its reason.
    rows: dict[Place, tuple[str, str | None]]
    # By place: the staged row, without its place.
    staged: dict[Place, dict[str, Any]]
    row_count: int
    staged_count: int


class Judge:
    """One DuckDB with the sample company's other tables, in which tables are judged in turn."""

    def __init__(
        self,
        manifest: Mapping[str, Any],
        tables: Mapping[str, SourceTable],
        landing: Path,
        as_of: datetime,
    ) -> None:
        self.tables = tables
        self.models = {
            node["name"]: node
            for node in manifest["nodes"].values()
            if node["resource_type"] in ("model", "seed")
        }
        self.sources = {
            f"{node['source_name']}/{node['name']}": node["relation_name"]
            for node in manifest["sources"].values()
        }
        self.connection = duckdb.connect(":memory:", config={"threads": 1})
        self.connection.execute("set TimeZone = 'UTC'")
        nodes = [*manifest["nodes"].values(), *manifest["sources"].values()]
        for place in sorted({f'"{node["database"]}"."{node["schema"]}"' for node in nodes}):
            self.connection.execute(f"create schema if not exists {place}")
        for seed in ("currencies", "survey_scales"):
            create_given(self.connection, self.models[seed], None)
        self.connection.execute(
            f"create table {self.models['as_of']['relation_name']} as "
            "select $1::timestamp as as_of, $1::date as as_of_on",
            [as_of],
        )
        for name in tables:
            self.read(name, sorted((landing / name).glob("*.parquet")))
        for other in ("qualtrics__question", "qualtrics__survey_response"):
            create_computed(self.connection, self.models[f"base_{other}"])
        create_computed(self.connection, self.models["base_salesforce__opportunity_split_type"])

    def read(self, table: str, files: Sequence[Path]) -> None:
        """Let the source of a table be these files."""
        columns = self.tables[table].columns
        names = ", ".join(f'cast("{c.name}" as {c.data_type}) as "{c.name}"' for c in columns)
        nulls = ", ".join(f'cast(null as {c.data_type}) as "{c.name}"' for c in columns)
        paths = ", ".join(f"'{file}'" for file in files)
        landed = (
            f"union all by name select * from read_parquet([{paths}], union_by_name = true, "
            "filename = true, file_row_number = true, hive_partitioning = false)"
        )
        self.connection.execute(
            f"create or replace view {self.sources[table]} as select {names}, "
            "parse_filename(filename) as _file, file_row_number as _row from (select "
            f"{nulls}, cast(null as varchar) as filename, cast(null as bigint) as file_row_number "
            f"where false {landed if files else ''})"
        )

    def landed(self, table: str, files: Sequence[Path]) -> list[Row]:
        """The rows of these files as the view over them shows them, in their order."""
        self.read(table, files)
        names = ", ".join(f'"{column.name}"' for column in self.tables[table].columns)
        query = f"select {names} from {self.sources[table]} order by _file, _row"
        return as_rows(self.connection.sql(query).to_arrow_table())

    def judge(self, table: str, files: Sequence[Path], edit: tuple[str, str] = ("", "")) -> Judged:
        """Judge these files as the whole table.

        Args:
            edit: a text of the base model's SQL and what stands in its place, to plant a fault.

        Raises:
            duckdb.Error: an engine's own error, as a build would end with.
        """
        model = table.replace("/", "__")
        base, staging = self.models[f"base_{model}"], self.models.get(f"stg_{model}")
        self.read(table, files)
        sql = base["compiled_code"]
        assert edit[0] in sql, f"{edit[0]} is not in the SQL of base_{model}"
        self.connection.execute(
            f"create or replace temp table judged as ({sql.replace(*edit) if edit[0] else sql})"
        )
        rows = self.connection.execute(
            "select _file, _row, row_status, reject_reason from judged"
        ).fetchall()
        staged = self._staged(base, staging) if staging else pa.table({})
        places = as_rows(staged.select(["_file", "_row"])) if staging else []
        values = as_rows(staged.drop_columns(["_file", "_row"])) if staging else []
        return Judged(
            rows={(file, row): (status, reason) for file, row, status, reason in rows},
            staged={
                (place["_file"], place["_row"]): value
                for place, value in zip(places, values, strict=True)
            },
            row_count=len(rows),
            staged_count=len(places),
        )

    def _staged(self, base: Mapping[str, Any], staging: Mapping[str, Any]) -> pa.Table:
        """The staging model's rows, each with the place that it came from."""
        sql = staging["compiled_code"].replace(base["relation_name"], "judged")
        return self.connection.sql(sql.replace("select", "select _file, _row,", 1)).to_arrow_table()
