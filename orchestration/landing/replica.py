"""Full copies of tables that are changed in place: what differs from the versions landed so far.

A replica's past is lost between two copies, so a build may not be asked for it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.files import written_whole
from orchestration.landing.declared import (
    ARRIVAL_COLUMN,
    LandingError,
    Manifest,
    SourceTable,
    declared_tables,
)
from orchestration.landing.values import parsed_instant
from orchestration.settings import Settings

_MARKER = ".replica"
_MARKER_TEXT = "Full copies are landed here; see `quotamart land --replica`.\n"
_COPY_ROW = "quotamart_copy_row"


@dataclass(frozen=True)
class ReplicaChange:
    """The rows of one full copy that have to be written, and why."""

    rows: pa.Table
    new_count: int
    changed_count: int
    vanished_count: int


def is_replica(settings: Settings, table: SourceTable) -> bool:
    """Whether full copies are landed in this table."""
    return (settings.landing_dir / table.name / _MARKER).exists()


def mark_as_replica(settings: Settings, table: SourceTable) -> None:
    """Remember that full copies are landed in this table."""
    path = settings.landing_dir / table.name / _MARKER
    if not path.exists():
        with written_whole(path) as temporary:
            temporary.write_text(_MARKER_TEXT, encoding="utf-8")


def refuse_past_as_of(
    settings: Settings, manifest: Manifest | Path | str, as_of: datetime | str | None
) -> None:
    """Refuse an `as_of` before the latest copy of a replica that is in use.

    Raises:
        LandingError: names each such table and when its latest copy arrived; or `as_of` is a text
            that is no ISO 8601 time.
    """
    if as_of is None:
        return
    try:
        asked = parsed_instant(str(as_of))
    except ValueError as error:
        raise LandingError(f"as_of '{as_of}' cannot be read: {error}.") from error
    refusals = []
    for table in declared_tables(manifest):
        if table.in_use and is_replica(settings, table):
            latest = _latest_arrival(_batches(settings, table), table)
            if latest is not None and asked < latest:
                refusals.append(f"{table.name} (latest copy {latest:%Y-%m-%d %H:%M:%S} UTC)")
    if refusals:
        raise LandingError(
            f"as_of {asked:%Y-%m-%d %H:%M:%S} UTC is in the past of replicas, and what a replica "
            f"held then is not known: {', '.join(refusals)}. Build without as_of."
        )


def changed_rows(
    settings: Settings,
    table: SourceTable,
    file: Path,
    copy: pa.Table,
    arrival: datetime,
    force: bool = False,
) -> ReplicaChange:
    """Compare a full copy with the latest landed version of each key.

    Every returned row is stamped with `arrival`: a copy's own stamps say when a row was last
    written over there, and could be older than a version that is landed here already.

    Raises:
        LandingError: the table has no key, the copy has keys that are null or there twice, the
            copy is empty though rows are landed, or `arrival` is not after the latest landed one.
    """
    if not table.key:
        raise LandingError(
            f"{table.name} declares no key, so changed rows cannot be told. Add `key` to its meta."
        )
    copy = _with_delete_marker(copy, table)
    batches = _batches(settings, table)
    _refuse_bad_keys(table, file, copy)
    latest = _latest_arrival(batches, table)
    if latest is not None and arrival <= latest:
        raise LandingError(
            f"{table.name} holds versions that arrived {latest:%Y-%m-%d %H:%M:%S.%f} UTC; this "
            f"copy would arrive {arrival:%Y-%m-%d %H:%M:%S.%f} UTC and be superseded by them."
        )
    if latest is not None and not len(copy) and not force:
        raise LandingError(
            f"{file.name} holds no row: landed as a full copy it would delete every row of "
            f"{table.name}. Give --force if that is so."
        )
    new, changed, vanished = _compared(table, copy, batches)
    pieces = [copy.take(pa.array(sorted(new + changed), pa.int64()))]
    if table.delete_marker:
        pieces.append(vanished)
    rows = pa.concat_tables(pieces)
    stamp = pa.repeat(pa.scalar(arrival.replace(tzinfo=None), pa.timestamp("us")), len(rows))
    position = rows.schema.get_field_index(ARRIVAL_COLUMN)
    return ReplicaChange(
        rows=rows.set_column(position, ARRIVAL_COLUMN, stamp),
        new_count=len(new),
        changed_count=len(changed),
        vanished_count=len(vanished),
    )


def _batches(settings: Settings, table: SourceTable) -> list[str]:
    return sorted(map(str, (settings.landing_dir / table.name).glob("[!._]*.parquet")))


def _with_delete_marker(copy: pa.Table, table: SourceTable) -> pa.Table:
    if table.delete_marker is None or table.delete_marker in copy.column_names:
        return copy
    return copy.append_column(table.delete_marker, pa.repeat(False, len(copy)))


def _refuse_bad_keys(table: SourceTable, file: Path, copy: pa.Table) -> None:
    missing = [name for name in table.key if name not in copy.column_names]
    if missing:
        raise LandingError(f"{file.name} has no column '{missing[0]}', part of the key.")
    key = ", ".join(map(_quoted, table.key))
    a_null = " or ".join(f"{_quoted(name)} is null" for name in table.key)
    with _memory() as connection:
        connection.register("copy", copy)
        nulls = connection.execute(f"select count(*) from copy where {a_null}").fetchone()[0]
        twice = connection.execute(
            f"select count(*) from (select {key} from copy group by all having count(*) > 1)"
        ).fetchone()[0]
    if nulls or twice:
        raise LandingError(
            f"{file.name} is no full copy of {table.name}: by the key ({', '.join(table.key)}), "
            f"{nulls} rows have no key and {twice} keys stand in several rows."
        )


def _latest_arrival(batches: list[str], table: SourceTable) -> datetime | None:
    if not batches:
        return None
    with _memory() as connection:
        try:
            latest = connection.execute(
                f"select max(cast({ARRIVAL_COLUMN} as timestamp)) "
                "from read_parquet($batches, union_by_name = true)",
                {"batches": batches},
            ).fetchone()[0]
        except duckdb.Error as error:
            raise _unreadable(table, error) from error
    return latest and latest.replace(tzinfo=UTC)


def _compared(
    table: SourceTable, copy: pa.Table, batches: list[str]
) -> tuple[list[int], list[int], pa.Table]:
    """Positions of new and of changed rows of the copy, and the landed rows that vanished."""
    if not batches:
        return list(range(len(copy))), [], copy.slice(0, 0)
    with _memory() as connection:
        numbered = copy.append_column(_COPY_ROW, pa.array(range(len(copy)), pa.int64()))
        connection.register("copy", numbered)
        try:
            _make_latest(connection, table, batches)
            found = connection.execute(
                _COMPARISON.format(
                    keys=" and ".join(
                        f"copy.{_quoted(name)} = latest.{_quoted(name)}" for name in table.key
                    ),
                    differs=_differs(connection, table, copy),
                )
            ).fetchall()
            vanished = _vanished(connection, table, copy.schema)
        except duckdb.Error as error:
            raise _unreadable(table, error) from error
    new = [row for row, state in found if state == "new"]
    return new, [row for row, state in found if state == "changed"], vanished


_COMPARISON = f"""
    select copy.{_COPY_ROW}, case when latest.{ARRIVAL_COLUMN} is null then 'new' else 'changed' end
    from copy
    left join latest on {{keys}}
    where latest.{ARRIVAL_COLUMN} is null or {{differs}}
"""


def _make_latest(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, batches: list[str]
) -> None:
    connection.execute(
        f"""
        create table latest as
        select * exclude (filename, file_row_number)
        from read_parquet(
            $batches, union_by_name = true, filename = true, file_row_number = true,
            hive_partitioning = false
        )
        qualify row_number() over (
            partition by {", ".join(map(_quoted, table.key))}
            order by {ARRIVAL_COLUMN} desc, parse_filename(filename) desc, file_row_number desc
        ) = 1
        """,
        {"batches": batches},
    )


def _differs(connection: duckdb.DuckDBPyConnection, table: SourceTable, copy: pa.Table) -> str:
    """The condition under which a row of the copy is another version than the landed one."""
    landed = {row[0].lower() for row in connection.execute("describe latest").fetchall()}
    copied = {name.lower() for name in copy.column_names}
    conditions = []
    for name in sorted(landed | copied):
        if name == ARRIVAL_COLUMN or name in map(str.lower, table.key):
            continue
        column = table.columns_by_name.get(name)
        # Batches may hold one declared type in two widths; undeclared ones are compared as text.
        data_type = "varchar" if column is None or column.kind == "string" else column.data_type
        sides = [
            f"cast({side}.{_quoted(name)} as {data_type})" if name in names else "null"
            for side, names in (("copy", copied), ("latest", landed))
        ]
        if table.delete_marker and name == table.delete_marker.lower():
            sides = [f"coalesce({side}, false)" for side in sides]
        conditions.append(f"{sides[0]} is distinct from {sides[1]}")
    return " or ".join(conditions) or "false"


def _vanished(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, schema: pa.Schema
) -> pa.Table:
    """The landed rows that the copy no longer holds, with the delete marker set."""
    landed = {row[0].lower() for row in connection.execute("describe latest").fetchall()}
    marker = table.delete_marker
    key = ", ".join(map(_quoted, table.key))
    is_standing = (
        f"not coalesce({_quoted(marker)}, false)" if marker and marker.lower() in landed else "true"
    )
    gone = connection.sql(
        f"select * from latest anti join copy using ({key}) where {is_standing} order by {key}"
    ).to_arrow_table()
    by_name = {name.lower(): gone[name] for name in gone.column_names}
    columns = []
    for field in schema:
        if field.name == marker:
            columns.append(pa.repeat(True, len(gone)))
        elif field.name.lower() in by_name:
            columns.append(by_name[field.name.lower()].cast(field.type))
        else:
            columns.append(pa.nulls(len(gone), field.type))
    return pa.table(columns, schema=schema)


def _memory() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    return connection


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _unreadable(table: SourceTable, error: Exception) -> LandingError:
    return LandingError(
        f"The landed versions of {table.name} cannot be compared with the copy: {error} "
        "The landing check of a build names the file."
    )
