"""The landed rows behind an event: in which file, in which row, and when they arrived.

Looked up by the key that the source's YAML declares, among the files that the published version
was built from. What a row means is the models' business.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from orchestration.landing import parsed_instant
from orchestration.settings import Settings

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ARRIVAL = "_fivetran_synced"


@dataclass(frozen=True)
class SourceRow:
    """One landed row; `row_number` counts from 0, as `_row` does in the staging models."""

    table: str
    key: str
    file: str
    row_number: int
    arrived_at: datetime | None
    note: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def source_rows(
    settings: Settings, manifest: Mapping[str, Any], source_ids: Iterable[str]
) -> list[SourceRow]:
    """The rows of some records of the input contract, by table and arrival.

    Args:
        manifest: of the published version: its landed files, and its `as_of`.
        source_ids: such as `salesforce:006...`; several keys are joined by `|` or `:`.
    """
    wanted = _keys(source_ids)
    files = {file["path"]: file for file in manifest["landed_files"]}
    as_of = parsed_instant(manifest["as_of"]).replace(tzinfo=None) if manifest["as_of"] else None
    rows: list[SourceRow] = []
    for source, table, key in _tables(settings, wanted):
        paths = [path for path in files if path.startswith(f"{source}/{table}/")]
        there = [path for path in paths if (settings.landing_dir / path).is_file()]
        if there:
            rows += _matching(settings, f"{source}.{table}", key, there, wanted[source], as_of)
    changed = {path for path in {row.file for row in rows} if _is_other(settings, files[path])}
    return [
        SourceRow(**{**asdict(row), "note": "the file is another than the one that was built from"})
        if row.file in changed
        else row
        for row in rows
    ]


def _keys(source_ids: Iterable[str]) -> dict[str, set[str]]:
    """Native keys by source; `stripe:ch_1|stripe:in_1:il_1` names three."""
    keys: dict[str, set[str]] = {}
    for source_id in source_ids:
        for part in source_id.split("|"):
            source, _, native = part.partition(":")
            if native:
                # Salesforce writes an id with 15 characters, or with three more for their case.
                forms = {native, *native.split(":")}
                short = {form[:15] for form in forms if source == "salesforce" and len(form) == 18}
                keys.setdefault(source, set()).update(forms, short)
    return keys


def _tables(settings: Settings, wanted: Mapping[str, set[str]]) -> list[tuple[str, str, list[str]]]:
    """Tables of these sources whose key has text in it: source, table, those columns."""
    found = []
    for path in sorted((settings.project_dir / "models" / "staging").glob("*/_*__sources.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
        for source in content["sources"]:
            if source["name"] not in wanted:
                continue
            for table in source["tables"]:
                types = {column["name"]: column["data_type"] for column in table["columns"]}
                key = ((table.get("config") or {}).get("meta") or {}).get("key") or []
                texts = [name for name in key if types[name] == "string"]
                if texts:
                    found.append((source["name"], table["name"], texts))
    return found


def _matching(
    settings: Settings,
    table: str,
    key: list[str],
    paths: list[str],
    wanted: set[str],
    as_of: datetime | None,
) -> list[SourceRow]:
    """Rows of which every text of the key is asked for, and that had arrived by then."""
    condition = " and ".join(
        f'cast("{name}" as varchar) in (select unnest($wanted))' for name in key
    )
    named = " || ':' || ".join(f'cast("{name}" as varchar)' for name in key)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = connection.execute(
            f"""
            select {named}, filename, file_row_number, cast({_ARRIVAL} as timestamp)
            from read_parquet(
                $paths, union_by_name = true, filename = true, file_row_number = true
            )
            where {condition} and ($as_of is null or {_ARRIVAL} <= $as_of)
            order by {_ARRIVAL}, filename, file_row_number
            """,
            {
                "paths": [str(settings.landing_dir / path) for path in paths],
                "wanted": sorted(wanted),
                "as_of": as_of,
            },
        ).fetchall()
    return [
        SourceRow(
            table,
            native,
            Path(file).relative_to(settings.landing_dir).as_posix(),
            number,
            arrived_at,
        )
        for native, file, number, arrived_at in rows
    ]


def _is_other(settings: Settings, file: Mapping[str, Any]) -> bool:
    with (settings.landing_dir / file["path"]).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() != file["sha256"]
