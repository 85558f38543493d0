"""What the seeds' YAML declares: columns, types, keys, lists of values and whose key a value is.

The YAML is what dbt builds from and tests by, so that nothing is declared twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.landing.declared import SourceColumn

# The parser in C where the environment has it: it reads the same, ten times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class SeedColumn:
    """One column: its type, the values it may have and the column that lists them."""

    name: str
    data_type: str
    required: bool = False
    accepted: tuple[str, ...] = ()
    known_in: tuple[str, str] | None = None

    @property
    def source_column(self) -> SourceColumn:
        """The same as landing declares it: values are read alike."""
        return SourceColumn(self.name, self.data_type.lower())


@dataclass(frozen=True)
class Seed:
    """One seed; `key` names a row, of which the columns in `nullable` may be empty."""

    name: str
    columns: tuple[SeedColumn, ...]
    key: tuple[str, ...] = ()
    nullable: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.name}.csv"

    def column(self, name: str) -> SeedColumn:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


def declared_seeds(path: Path) -> dict[str, Seed]:
    """The seeds of one YAML file by name.

    Raises:
        OSError: the file cannot be read.
        yaml.YAMLError: it is not YAML.
    """
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    return {entry["name"]: _seed(entry) for entry in content["seeds"]}


def _seed(entry: Mapping[str, Any]) -> Seed:
    types = entry["config"]["column_types"]
    described = {column["name"]: column for column in entry["columns"]}
    key = _arguments(entry, "unique_key") or {}
    columns = tuple(_column(name, types[name], described.get(name, {})) for name in types)
    unique = tuple(c["name"] for c in entry["columns"] if "unique" in c.get("data_tests", []))
    return Seed(
        entry["name"],
        columns,
        tuple(key.get("columns") or unique),
        tuple(key.get("nullable") or ()),
    )


def _column(name: str, data_type: str, entry: Mapping[str, Any]) -> SeedColumn:
    tests = entry.get("data_tests", [])
    accepted = _arguments(entry, "accepted_values") or {}
    relation = _arguments(entry, "relationships")
    meta = (entry.get("config") or {}).get("meta") or {}
    return SeedColumn(
        name,
        data_type,
        required=bool(meta.get("required")) or "not_null" in tests,
        accepted=tuple(str(value) for value in accepted.get("values", ())),
        known_in=relation and (relation["to"].split("'")[1], relation["field"]),
    )


def _arguments(entry: Mapping[str, Any], test: str) -> dict[str, Any] | None:
    for declared in entry.get("data_tests", []):
        if isinstance(declared, dict) and test in declared:
            return declared[test]["arguments"]
    return None
