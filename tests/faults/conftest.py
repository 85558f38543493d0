"""The small company that is mutated, and the compiled SQL that judges it; made once a session."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.landing import SourceTable, declared_tables
from orchestration.sample import generate
from tests.conftest import made_once, session_folder
from tests.faults.judge import Judge
from tests.faults.rows import Row, as_rows
from tests.reference.harness import compiled_manifest

SCALE, SEED = 0.01, 11
# After everything the sample company knows.
AS_OF = datetime(2026, 6, 1)


class Company:
    """The landed tables of a small company."""

    def __init__(self, landing: Path, manifest: dict[str, Any]) -> None:
        self.landing, self.manifest = landing, manifest
        self.tables: dict[str, SourceTable] = {
            table.name: table for table in declared_tables(manifest)
        }

    def only(self, table: str) -> dict[str, Any]:
        """A manifest that declares nothing else; it is read many times."""
        declared = self.manifest["sources"].items()
        return {
            "sources": {k: v for k, v in declared if f"{v['source_name']}/{v['name']}" == table},
            "nodes": {},
        }

    def files(self, table: str) -> list[Path]:
        return sorted((self.landing / table).glob("*.parquet"))

    def rows(self, table: str) -> dict[tuple[str, int], Row]:
        """Every landed row by its place, with every declared column in its declared type."""
        schema = declared_schema(self.tables[table])
        found = {}
        for file in self.files(table):
            landed = pq.read_table(file)
            columns = [
                landed[field.name].cast(field.type)
                if field.name in landed.column_names
                else pa.nulls(len(landed), field.type)
                for field in schema
            ]
            rows = as_rows(pa.table(columns, schema=schema))
            found |= {(file.name, number): row for number, row in enumerate(rows)}
        return found


def declared_schema(table: SourceTable) -> pa.Schema:
    """The columns of a table in the types in which `quotamart land` writes them."""
    return pa.schema([(column.name, column.arrow_type) for column in table.columns])


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A small company, and dbt's manifest with the compiled SQL of staging; tests only read it."""

    def make(folder: Path) -> None:
        generate(folder / "landing", SCALE, SEED)
        manifest = compiled_manifest(("path:models/staging",), "{}")
        kept = {name: manifest[name] for name in ("nodes", "sources")}
        kept["nodes"] = {
            key: node
            for key, node in kept["nodes"].items()
            if node["resource_type"] in ("model", "seed")
        }
        (folder / "manifest.json").write_text(json.dumps(kept))

    folder = made_once(session_folder(tmp_path_factory) / "mutated", make)
    return Company(folder / "landing", json.loads((folder / "manifest.json").read_text()))


@pytest.fixture(scope="session")
def judge(company: Company) -> Judge:
    """The compiled SQL over the small company."""
    return Judge(company.manifest, company.tables, company.landing, AS_OF)
