"""What the source YAMLs declare: tables, columns, types and keys, read from dbt's manifest.

Only the meaning of the declaration belongs here, not the state of any file.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

ARRIVAL_COLUMN = "_fivetran_synced"
# The landing views add these two; DuckDB refuses a file that holds them already.
RESERVED_COLUMNS = frozenset({"filename", "file_row_number"})

# The warehouse's own accounts of the landed files and of the ledger are sources of dbt, too.
OWN_SOURCES = ("landing", "ledger")

Manifest = dict[str, Any]


class LandingError(Exception):
    """Something in or on its way to the landing folder is wrong; the message says what to do."""


@dataclass(frozen=True)
class SourceColumn:
    """One declared column. `data_type` is as in the YAML, lower case."""

    name: str
    data_type: str
    required: bool = False
    pii: bool = False
    # Says who somebody is, or is somebody's own words: what an erasure takes away.
    personal: bool = False

    @property
    def kind(self) -> str:
        """The type without its precision: string, bigint, decimal and so on."""
        return self.data_type.partition("(")[0].strip()

    @cached_property
    def arrow_type(self) -> pa.DataType:
        """The type in which `land` writes the column; timestamps are UTC wall clock."""
        decimal = _DECIMAL.fullmatch(self.data_type)
        if decimal:
            return pa.decimal128(int(decimal["precision"]), int(decimal["scale"]))
        return _ARROW_TYPES[self.data_type]

    def accepts(self, found: pa.DataType) -> bool:
        """Whether both engines read `found` as the declared type without loss."""
        if pa.types.is_dictionary(found):
            return self.kind == "string" and _is_text(found.value_type)
        if self.kind == "string":
            return _is_text(found)
        if self.kind == "timestamp":
            return (
                pa.types.is_timestamp(found)
                and found.unit in ("ms", "us")
                and (found.tz is None or found.tz in UTC_NAMES)
            )
        if self.kind == "decimal":
            declared = self.arrow_type
            return (
                pa.types.is_decimal(found)
                and found.scale == declared.scale
                and found.precision <= declared.precision
            )
        return found in _ACCEPTED_TYPES[self.kind]


@dataclass(frozen=True)
class SourceTable:
    """One declared table; `in_use` when an input model is built from it."""

    source_name: str
    table_name: str
    columns: tuple[SourceColumn, ...]
    key: tuple[str, ...] = ()
    delete_marker: str | None = None
    optional: bool = False
    in_use: bool = False
    # Whose a row is: the column that holds the id, by what the id is of.
    person: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How messages call it, and its folder below the landing folder."""
        return f"{self.source_name}/{self.table_name}"

    @cached_property
    def columns_by_name(self) -> dict[str, SourceColumn]:
        """The columns by lower-case name: both engines compare names without case."""
        return {column.name.lower(): column for column in self.columns}


def load_manifest(manifest: Manifest | Path | str) -> Manifest:
    """Return the manifest itself, or read it from `target/manifest.json`.

    Raises:
        LandingError: there is no readable manifest at that path.
    """
    if isinstance(manifest, dict):
        return manifest
    try:
        return json.loads(Path(manifest).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LandingError(
            f"No dbt manifest can be read at {manifest} ({error}). Run `dbt parse` first."
        ) from error


def declared_tables(manifest: Manifest | Path | str) -> list[SourceTable]:
    """List the tables of all source YAMLs, ordered by source and table.

    Raises:
        LandingError: a declaration names a type that landing does not know, or a key or delete
            marker that is no column.
    """
    content = load_manifest(manifest)
    used = _used_sources(content)
    tables = [
        _table(node, unique_id in used)
        for unique_id, node in content.get("sources", {}).items()
        if node["source_name"] not in OWN_SOURCES
    ]
    return sorted(tables, key=lambda table: (table.source_name, table.table_name))


def declared_table(manifest: Manifest | Path | str, source: str, table: str) -> SourceTable:
    """Return one declared table.

    Raises:
        LandingError: it is not declared; the message lists what is.
    """
    tables = declared_tables(manifest)
    for candidate in tables:
        if (candidate.source_name, candidate.table_name) == (source, table):
            return candidate
    sources = sorted({candidate.source_name for candidate in tables})
    if source not in sources:
        raise LandingError(
            f"Source '{source}' is not declared. Declared sources: {', '.join(sources)}. "
            f"Declare it in models/staging/{source}/_{source}__sources.yml."
        )
    names = ", ".join(t.table_name for t in tables if t.source_name == source)
    raise LandingError(f"Source '{source}' declares no table '{table}'. Its tables: {names}.")


UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Z", "+00:00"})
_DECIMAL = re.compile(r"decimal\(\s*(?P<precision>\d+)\s*,\s*(?P<scale>\d+)\s*\)")
_ARROW_TYPES = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "int": pa.int32(),
    "boolean": pa.bool_(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
_ACCEPTED_TYPES = {
    "bigint": {pa.int8(), pa.int16(), pa.int32(), pa.int64()},
    "int": {pa.int8(), pa.int16(), pa.int32()},
    "boolean": {pa.bool_()},
    "double": {pa.float64()},
    "date": {pa.date32()},
}


def _is_text(found: pa.DataType) -> bool:
    return found in (pa.string(), pa.large_string(), pa.string_view())


def _meta(entry: dict[str, Any]) -> dict[str, Any]:
    return (entry.get("config") or {}).get("meta") or entry.get("meta") or {}


def _table(node: dict[str, Any], in_use: bool) -> SourceTable:
    meta = _meta(node)
    where = f"{node['source_name']}.{node['name']} in {node.get('original_file_path', 'its YAML')}"
    columns = tuple(_column(column, where) for column in node["columns"].values())
    names = {column.name for column in columns}
    key = tuple(meta.get("key") or ())
    delete_marker = meta.get("delete_marker")
    person = dict(meta.get("person") or {})
    for named in (*key, *filter(None, [delete_marker]), *person.values()):
        if named not in names:
            raise LandingError(
                f"{where}: the key, delete marker or id of a person '{named}' is no column of it."
            )
    return SourceTable(
        source_name=node["source_name"],
        table_name=node["name"],
        columns=columns,
        key=key,
        delete_marker=delete_marker,
        optional=bool(meta.get("optional")),
        in_use=in_use,
        person=person,
    )


def _column(entry: dict[str, Any], where: str) -> SourceColumn:
    data_type = (entry.get("data_type") or "").lower()
    if data_type not in _ARROW_TYPES and not _DECIMAL.fullmatch(data_type):
        raise LandingError(
            f"{where}: column '{entry['name']}' has the data_type '{data_type}'. "
            f"Known: {', '.join(_ARROW_TYPES)}, decimal(p, s)."
        )
    meta = _meta(entry)
    return SourceColumn(
        name=entry["name"],
        data_type=data_type,
        required=bool(meta.get("required")),
        pii=bool(meta.get("pii")),
        personal=bool(meta.get("pii") or meta.get("personal")),
    )


def _used_sources(manifest: Manifest) -> set[str]:
    """Every ancestor of a model under models/input/."""
    nodes = manifest.get("nodes", {})
    waiting = [
        unique_id
        for unique_id, node in nodes.items()
        if node.get("resource_type") == "model"
        and Path(node.get("original_file_path", "")).is_relative_to("models/input")
    ]
    seen: set[str] = set()
    while waiting:
        unique_id = waiting.pop()
        if unique_id not in seen:
            seen.add(unique_id)
            waiting += (nodes.get(unique_id, {}).get("depends_on") or {}).get("nodes") or []
    return seen
