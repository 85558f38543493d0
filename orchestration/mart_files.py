"""The files of one published version: which marts and columns are whose, and how they are written.

Whoever changes this decides what a reader without access to finance's file can see.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from orchestration import gates
from orchestration.content_hash import content_hash
from orchestration.published import PublishRefused, published_marts
from orchestration.settings import Settings

# The newest form that the drivers of BI tools can open: they lag years behind the engine.
STORAGE_VERSION = "v1.0.0"


@dataclass(frozen=True)
class Mart:
    """One mart of the project: where the build has it, and what of it is for whom."""

    name: str
    relation: str
    description: str
    column_descriptions: Mapping[str, str]
    primary_key: tuple[str, ...]
    private_columns: frozenset[str]
    for_finance_only: bool
    # A list of what waits: that nothing does is no loss.
    may_be_empty: bool


@dataclass(frozen=True)
class Column:
    name: str
    data_type: str


def marts_of(manifest: Mapping[str, Any]) -> list[Mart]:
    nodes = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and Path(node["original_file_path"]).is_relative_to("models/marts")
        and node["config"].get("materialized") != "ephemeral"
    ]
    return [_mart(node) for node in sorted(nodes, key=lambda node: node["name"])]


def _mart(node: Mapping[str, Any]) -> Mart:
    columns = node["columns"].values()
    return Mart(
        name=node["name"],
        relation=f"{_quoted(node['schema'])}.{_quoted(node.get('alias') or node['name'])}",
        description=(node.get("description") or "").strip(),
        column_descriptions={
            column["name"]: (column.get("description") or "").strip() for column in columns
        },
        primary_key=_primary_key(node),
        private_columns=frozenset(
            column["name"]
            for column in columns
            if _meta(column).get("pii") or _meta(column).get("pay")
        ),
        for_finance_only=_meta(node).get("audience") == "finance",
        may_be_empty=bool(_meta(node).get("may_be_empty")),
    )


def _primary_key(node: Mapping[str, Any]) -> tuple[str, ...]:
    """What the contract names as key; the files carry none, a server that loads them may."""
    keys = [c for c in node.get("constraints") or [] if c["type"] == "primary_key"]
    return tuple(keys[0]["columns"]) if keys else ()


def _meta(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return (entry.get("config") or {}).get("meta") or entry.get("meta") or {}


def write_marts(
    settings: Settings, folder: Path, marts: Sequence[Mart]
) -> dict[str, dict[str, Any]]:
    """Write both DuckDB files and the Parquet files; return what the manifest says of each mart.

    Rows, hash and totals are taken from the written file: from what readers get.
    """
    (folder / "parquet").mkdir()
    described = {}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        # What does not fit in memory is personal data, too: it stays behind the folder's mode.
        connection.execute(f"set temp_directory = {_literal(folder / '.spilled')}")
        connection.execute(f"attach {_literal(settings.build_file)} as build (read_only)")
        for audience in ("finance", "marts"):
            file = _literal(folder / f"{audience}.duckdb")
            connection.execute(f"attach {file} as {audience} (storage_version '{STORAGE_VERSION}')")
        built = {mart.name: _columns(connection, mart) for mart in marts}
        _refuse_emptied(settings, connection, marts)
        for mart in marts:
            columns = built[mart.name]
            public = [column for column in columns if column.name not in mart.private_columns]
            if mart.for_finance_only:
                public = []
            _write_table(connection, "finance", mart, columns)
            if public:
                _write_table(connection, "marts", mart, public)
                _write_parquet(connection, folder, mart, public)
            described[mart.name] = _described(connection, mart, columns, public)
        for audience in ("finance", "marts"):
            connection.execute(f"checkpoint {audience}")
            connection.execute(f"detach {audience}")
    shutil.rmtree(folder / ".spilled", ignore_errors=True)
    return described


def _columns(connection: duckdb.DuckDBPyConnection, mart: Mart) -> list[Column]:
    """The columns that the build has.

    Raises:
        PublishRefused: the mart is not built, or has a column that its YAML does not name, so
            that nobody can say for whom it is.
    """
    try:
        described = connection.execute(f"describe build.{mart.relation}").fetchall()
    except duckdb.CatalogException as error:
        raise PublishRefused(
            gates.DESCRIBED.says(f"The build file has no mart {mart.name}. Build it first.")
        ) from error
    columns = [Column(name, data_type) for name, data_type, *_ in described]
    unknown = [c.name for c in columns if c.name not in mart.column_descriptions]
    if unknown:
        raise PublishRefused(
            gates.DESCRIBED.says(
                f"{mart.name} has columns that its YAML does not name, so nobody can tell whether "
                f"they hold personal data: {', '.join(unknown)}. Describe them there."
            )
        )
    return columns


def _refuse_emptied(
    settings: Settings, connection: duckdb.DuckDBPyConnection, marts: Sequence[Mart]
) -> None:
    published = published_marts(settings)
    emptied = []
    for mart in marts:
        before = published[mart.name].rows if mart.name in published else 0
        (now,) = connection.execute(f"select count(*) from build.{mart.relation}").fetchone()
        if before and not now and not mart.may_be_empty:
            emptied.append(f"{mart.name} (published {before} rows, now {now})")
    if emptied:
        raise PublishRefused(
            gates.EMPTIED.says(
                f"Marts that had rows have none now: {', '.join(emptied)}. Nothing is published. "
                f"If that is right, remove {settings.current_link} and publish again."
            )
        )


def _write_table(
    connection: duckdb.DuckDBPyConnection,
    audience: str,
    mart: Mart,
    columns: Sequence[Column],
) -> None:
    table = f"{audience}.main.{_quoted(mart.name)}"
    names = ", ".join(_quoted(column.name) for column in columns)
    connection.execute(f"create table {table} as select {names} from build.{mart.relation}")
    if mart.description:
        connection.execute(f"comment on table {table} is {_literal(mart.description)}")
    for column in columns:
        description = mart.column_descriptions[column.name]
        if description:
            place = f"{table}.{_quoted(column.name)}"
            connection.execute(f"comment on column {place} is {_literal(description)}")


def _write_parquet(
    connection: duckdb.DuckDBPyConnection, folder: Path, mart: Mart, columns: Sequence[Column]
) -> None:
    relation = f"finance.main.{_quoted(mart.name)}"
    copy_to_parquet(connection, relation, columns, folder / _parquet_name(mart))


def copy_to_parquet(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[Column], path: Path
) -> None:
    """Write columns of a mart as readers get them."""
    # Parquet has no whole number of 128 bits, and DuckDB would write a double without a word.
    names = ", ".join(
        f"cast({_quoted(column.name)} as decimal(38, 0)) as {_quoted(column.name)}"
        if column.data_type in ("HUGEINT", "UHUGEINT")
        else _quoted(column.name)
        for column in columns
    )
    connection.execute(
        f"copy (select {names} from {relation}) "
        f"to {_literal(path)} (format parquet, compression zstd)"
    )


def _described(
    connection: duckdb.DuckDBPyConnection,
    mart: Mart,
    columns: Sequence[Column],
    public: Sequence[Column],
) -> dict[str, Any]:
    """The manifest's entry of one mart; totals only of what everybody may see."""
    table = f"finance.main.{_quoted(mart.name)}"
    (rows,) = connection.execute(f"select count(*) from {table}").fetchone()
    return {
        "rows": rows,
        "content_hash": content_hash(connection, table),
        "columns": [column.name for column in columns],
        "primary_key": list(mart.primary_key),
        "audience": "marts" if public else "finance",
        "parquet": _parquet_name(mart) if public else None,
        "control_totals": _control_totals(connection, table, public),
    }


def _control_totals(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[Column]
) -> dict[str, Any]:
    """Sums of the columns named `..._amount`, per currency where there is one.

    Doubles are left out: their sum depends on the order of the rows.
    """
    amounts = [
        column.name
        for column in columns
        if column.name.endswith("_amount") and re.match(r"DECIMAL|U?\w*INT", column.data_type)
    ]
    if not amounts:
        return {}
    has_currency = any(column.name == "currency" for column in columns)
    currency = "coalesce(currency, 'unknown')" if has_currency else "'all'"
    sums = ", ".join(f"sum({_quoted(name)})" for name in amounts)
    totals = connection.execute(
        f"select {currency} as total_of, {sums} from {table} group by 1 order by 1"
    ).fetchall()
    return {
        name: {total_of: _exact(values[position]) for total_of, *values in totals}
        for position, name in enumerate(amounts)
    }


def _exact(total: Decimal | int | None) -> str | None:
    return None if total is None else f"{total:f}" if isinstance(total, Decimal) else str(total)


def _parquet_name(mart: Mart) -> str:
    return f"parquet/{mart.name}.parquet"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str | Path) -> str:
    return "'" + str(text).replace("'", "''") + "'"
