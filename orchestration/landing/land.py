"""Bringing a file into the landing folder as one batch.

A batch is a Parquet file that is never changed afterwards. Nothing is judged here but the form:
what a value means, and whether a row is good, is for the staging model.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.files import written_whole
from orchestration.landing.check import shape_faults, undeclared_columns
from orchestration.landing.declared import (
    ARRIVAL_COLUMN,
    UTC_NAMES,
    LandingError,
    Manifest,
    SourceTable,
    declared_table,
)
from orchestration.landing.delimited import csv_batches, csv_header, csv_schema
from orchestration.landing.replica import ReplicaChange, changed_rows, is_replica, mark_as_replica
from orchestration.settings import Settings

_SOURCE_SHA256 = b"quotamart.source_sha256"
_ARRIVAL_FIELD = pa.field(ARRIVAL_COLUMN, pa.timestamp("us"))

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LandedBatch:
    """What `land` brought; `path` is None when a replica held nothing new."""

    source_name: str
    table_name: str
    path: Path | None
    row_count: int
    arrived_at: datetime
    unknown_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """For a person: what came, where it is, and what nobody declared."""
        table = f"{self.source_name}.{self.table_name}"
        lines = [
            f"Landed {self.row_count:,} rows of {table}: {self.path}"
            if self.path
            else f"Nothing new in {table}: no batch was written."
        ]
        if self.unknown_columns:
            names = ", ".join(self.unknown_columns)
            lines.append(f"Not declared, so no model reads them: {names}.")
        return "\n".join([*lines, *self.notes])


def land(
    settings: Settings,
    manifest: Manifest | Path | str,
    file: Path,
    source: str,
    table: str,
    *,
    replica: bool = False,
    arrived_at: datetime | None = None,
    force: bool = False,
) -> LandedBatch:
    """Bring a CSV or Parquet file as one batch of a declared table.

    CSV fields stay text as they are, `NA` and the empty text included; a column declared with
    another type is read strictly (see `values`). In Parquet, columns without a type and times in
    nanoseconds are converted. Columns that the source YAML does not declare are kept.
    Where `_fivetran_synced` is missing, every row is stamped with `arrived_at`: now unless given,
    and UTC unless it has a zone. This is the one place where the clock is read.

    With `replica`, the file is a full copy of a table that is changed in place: only rows that
    are new or differ from the latest landed version are written, all stamped with the arrival,
    and rows that vanished get a version with the delete marker. The table is a replica from then
    on, and can no longer be read at a past `as_of`.

    Args:
        force: land content that was landed before, or a replica without a single row.

    Raises:
        LandingError: the file or the request is refused; nothing is written.
    """
    declared = declared_table(manifest, source, table)
    folder = settings.landing_dir / source / table
    if not file.is_file():
        raise LandingError(f"There is no file {file}.")
    if is_replica(settings, declared) and not replica:
        raise LandingError(
            f"{declared.name} is a replica: only full copies can be landed in it. Give --replica, "
            f"or land in another table."
        )
    with file.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
    if not (force or replica):
        _refuse_second_landing(folder, file, content)

    arrival = _arrival(arrived_at)
    schema, batches, notes = _opened(file, declared)
    stamped = ARRIVAL_COLUMN not in schema.names
    target = schema.append(_ARRIVAL_FIELD) if stamped else schema
    faults = shape_faults(declared, target)
    if faults:
        raise LandingError(" ".join(f"{file.name}: {fault}" for fault in faults))
    if not stamped and arrived_at is not None and not replica:
        notes.append(f"{file.name} has the column {ARRIVAL_COLUMN}: --arrived-at was not used.")
    rows: Iterable[pa.RecordBatch] = _stamped(file, batches, target, arrival, stamped)

    name = f"{arrival:%Y%m%dT%H%M%S}{arrival.microsecond:06d}Z-{content[:8]}.parquet"
    if replica:
        copy = pa.Table.from_batches(rows, target)
        change = changed_rows(settings, declared, file, copy, arrival, force)
        target, rows = change.rows.schema, change.rows.to_batches()
        notes += _replica_notes(declared, change)
        mark_as_replica(settings, declared)
    if replica and not change.rows:
        path, row_count = None, 0
    else:
        path = folder / name
        row_count = _write(path, target, rows, content)
    _log.info("landed %d rows in %s", row_count, declared.name)
    return LandedBatch(
        source_name=source,
        table_name=table,
        path=path,
        row_count=row_count,
        arrived_at=arrival,
        unknown_columns=tuple(sorted(undeclared_columns(declared, target))),
        notes=tuple(notes),
    )


def _arrival(given: datetime | None) -> datetime:
    if given is None:
        return datetime.now(UTC)
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)


def _refuse_second_landing(folder: Path, file: Path, content: str) -> None:
    for batch in sorted(folder.glob(f"*-{content[:8]}*.parquet")):
        if (pq.read_metadata(batch).metadata or {}).get(_SOURCE_SHA256) == content.encode():
            raise LandingError(
                f"{file.name} is already landed as {batch.name} in {folder}: the content is the "
                "same, byte for byte. Give --force to land it once more."
            )


def _opened(
    file: Path, table: SourceTable
) -> tuple[pa.Schema, Iterator[pa.RecordBatch], list[str]]:
    """The schema in which a file lands, its rows in that schema, and what was converted."""
    if file.suffix.lower() == ".csv":
        schema = csv_schema(table, csv_header(file))
        return _in_declared_case(schema, table), csv_batches(file, table, schema), []
    if file.suffix.lower() == ".parquet":
        try:
            with pq.ParquetFile(file) as footer:
                found = footer.schema_arrow
        except (pa.ArrowException, OSError) as error:
            raise LandingError(f"{file.name} is no readable Parquet file: {error}.") from error
        schema = pa.schema(_converted_field(field, table) for field in found)
        notes = [
            f"{file.name}: column '{after.name}' was converted from {before.type} to {after.type}."
            for before, after in zip(found, schema, strict=True)
            if before.type != after.type
        ]
        return _in_declared_case(schema, table), _parquet_batches(file, schema), notes
    raise LandingError(f"{file.name} is neither a .csv nor a .parquet file; export it as one.")


def _converted_field(field: pa.Field, table: SourceTable) -> pa.Field:
    """The type in which a Parquet column lands: its own, unless an engine cannot read that."""
    if pa.types.is_null(field.type):
        column = table.columns_by_name.get(field.name.lower())
        return pa.field(field.name, column.arrow_type if column else pa.string())
    if pa.types.is_timestamp(field.type):
        finer = field.type.unit == "ns"
        elsewhere = field.type.tz is not None and field.type.tz not in UTC_NAMES
        if finer or elsewhere or field.type.unit == "s":
            return pa.field(field.name, pa.timestamp("us", "UTC" if field.type.tz else None))
    return pa.field(field.name, field.type)


def _in_declared_case(schema: pa.Schema, table: SourceTable) -> pa.Schema:
    """Column names as the source YAML spells them: engines compare them without case."""
    names = table.columns_by_name
    return pa.schema(
        field.with_name(names[field.name.lower()].name) if field.name.lower() in names else field
        for field in schema
    )


def _parquet_batches(file: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(file) as content:
            for batch in content.iter_batches():
                batch.validate(full=True)
                columns = [
                    # Digits after the microsecond are cut: no engine here keeps them.
                    pc.cast(values, field.type, safe=False) if values.type != field.type else values
                    for values, field in zip(batch.columns, schema, strict=True)
                ]
                yield pa.record_batch(columns, schema=schema)
    except (pa.ArrowException, OSError) as error:
        raise LandingError(f"{file.name} cannot be read: {error}. Export it again.") from error


def _stamped(
    file: Path,
    batches: Iterator[pa.RecordBatch],
    target: pa.Schema,
    arrival: datetime,
    stamped: bool,
) -> Iterator[pa.RecordBatch]:
    """The batches under their final names, with an arrival in every row."""
    now = pa.scalar(arrival.replace(tzinfo=None), _ARRIVAL_FIELD.type)
    rows_before = 0
    for batch in batches:
        columns = list(batch.columns)
        if stamped:
            columns.append(pa.repeat(now, len(batch)))
        else:
            arrivals = columns[target.get_field_index(ARRIVAL_COLUMN)]
            if arrivals.null_count:
                row = rows_before + pc.index(arrivals.is_null(), True).as_py() + 1
                raise LandingError(
                    f"{file.name}: row {row} has no {ARRIVAL_COLUMN}. Fill it in every row, or "
                    "leave the column out and it is stamped."
                )
        yield pa.record_batch(columns, schema=target)
        rows_before += len(batch)


def _write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch], content: str) -> int:
    if path.exists():
        raise LandingError(
            f"A batch {path.name} with this content and this arrival is already in {path.parent}. "
            "Give another --arrived-at."
        )
    row_count = 0
    with written_whole(path) as temporary:
        marked = schema.with_metadata({_SOURCE_SHA256: content.encode()})
        with pq.ParquetWriter(temporary, marked, compression="zstd") as writer:
            for batch in batches:
                writer.write_batch(batch.replace_schema_metadata(marked.metadata))
                row_count += len(batch)
    return row_count


def _replica_notes(table: SourceTable, change: ReplicaChange) -> list[str]:
    counts = (
        f"{change.new_count} new, {change.changed_count} changed, {change.vanished_count} vanished"
    )
    notes = [f"{table.name}: {counts} rows against the landed versions."]
    if change.vanished_count and not table.delete_marker:
        notes.append(
            f"{table.name} declares no delete_marker, so the {change.vanished_count} rows that "
            "vanished from the copy still stand."
        )
    return notes
