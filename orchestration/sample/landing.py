"""How rows land: the declared tables, the connector's sync times, batches and their files.

Knows nothing of the story. A row is a dict by column name; timestamps are microseconds, dates days.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from .times import DAY, HOUR, INITIAL_LOAD, LAST_SYNC, at, day_number

MODELS = Path(__file__).parents[2] / "models" / "staging"
SOURCES = ("salesforce", "stripe", "qualtrics", "flat_usage", "flat_finance", "flat_projects")
SYNC_EVERY = 6 * HOUR
SYNC_DELAY = 300  # A change needs this many seconds to be seen by the next run.
_TYPES = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "int": pa.int32(),
    "boolean": pa.bool_(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}
_ROW_GROUP = 20_000

Row = dict[str, object]
TableName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A declared source table; `delete_marker` is None where rows are never deleted."""

    source: str
    name: str
    key: tuple[str, ...]
    delete_marker: str | None
    schema: pa.Schema


def declared_tables(models: Path = MODELS) -> dict[TableName, Table]:
    """Read the tables of the sample's vendors from their source YAML."""
    tables = {}
    for source in SOURCES:
        path = models / source / f"_{source}__sources.yml"
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"][0]["tables"]:
            meta = entry["config"]["meta"]
            tables[source, entry["name"]] = Table(
                source,
                entry["name"],
                tuple(meta["key"]),
                meta.get("delete_marker"),
                pa.schema(
                    [(column["name"], _TYPES[column["data_type"]]) for column in entry["columns"]]
                ),
            )
    return tables


def batch_days() -> list[int]:
    """Return the day on which each batch was closed: the initial load, quarters, the last sync."""
    quarters = [
        day_number(year, month, 1)
        for year in (2023, 2024, 2025, 2026)
        for month in (1, 4, 7, 10)
        if (2023, 4) < (year, month) <= (2026, 4)
    ]
    return [INITIAL_LOAD // DAY, *quarters, LAST_SYNC // DAY]


_BATCH_STARTS = [0, INITIAL_LOAD + HOUR, *(day * DAY for day in batch_days()[1:-1])]
BATCH_COUNT = len(_BATCH_STARTS)
SYNCED = "_fivetran_synced"


def batch_of(synced: int) -> int:
    """Return the number of the batch that a row synced at that microsecond belongs to."""
    second = synced // 1_000_000
    return sum(start <= second for start in _BATCH_STARTS) - 1


def batch_file(batch: int) -> str:
    """Return the file name of a batch."""
    closed = date.fromordinal(batch_days()[batch] + date(1970, 1, 1).toordinal())
    return f"{batch:02d}_{closed.isoformat()}.parquet"


def sync_after(second: int) -> int | None:
    """Return the connector run that brings a change of that second; None after the last run."""
    if second <= INITIAL_LOAD - SYNC_DELAY:
        return INITIAL_LOAD
    first = at(1970, 1, 1, 2)
    run = first - (first - second - SYNC_DELAY) // SYNC_EVERY * SYNC_EVERY
    return run if run <= LAST_SYNC else None


@dataclass(slots=True)
class Landed:
    """A row on its way into a batch."""

    batch: int
    row: Row


class Intake:
    """Collects the rows of one owner (a customer, a prospect, the company) by table."""

    def __init__(self, number: int) -> None:
        self._offset = number % 90_000 * 1_000
        self.tables: dict[TableName, list[Landed]] = defaultdict(list)

    def add(self, source: str, table: str, states: Iterable[tuple[int, Row]]) -> None:
        """Add the versions of one row, in order of time; a run sees only the latest of them."""
        landed = self.tables[source, table]
        last_run = None
        for second, row in states:
            run = sync_after(second)
            if run is None:
                return
            row[SYNCED] = run * 1_000_000 + self._offset
            if run == last_run:
                landed[-1].row = row
            else:
                landed.append(Landed(batch_of(row[SYNCED]), row))
            last_run = run


class Chunk:
    """The rows of many owners, ready to be written."""

    def __init__(self, tables: dict[TableName, Table]) -> None:
        self._tables = tables
        self._rows: dict[TableName, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))

    def take(self, intake: Intake) -> None:
        """Take an owner's rows over."""
        for name, landed in intake.tables.items():
            batches = self._rows[name]
            for entry in landed:
                batches[entry.batch].append(entry.row)

    def arrow(self) -> dict[tuple[str, str, int], pa.Table]:
        """Return the rows by source, table and batch, in the declared types."""
        found = {}
        for name in self._tables:
            schema = self._tables[name].schema
            for batch, rows in sorted(self._rows[name].items()):
                found[*name, batch] = pa.Table.from_arrays(
                    [
                        pa.array([row.get(field.name) for row in rows], field.type)
                        for field in schema
                    ],
                    schema=schema,
                )
        return found


class BatchFiles:
    """The open Parquet files of a landing folder, one per source, table and batch; a context."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._writers: dict[tuple[str, str, int], pq.ParquetWriter] = {}
        self._waiting: dict[tuple[str, str, int], list[pa.Table]] = defaultdict(list)
        self.row_counts: dict[str, int] = defaultdict(int)

    def __enter__(self) -> "BatchFiles":
        return self

    def __exit__(self, *problem: object) -> None:
        for key in list(self._waiting):
            self._flush(key)
        for writer in self._writers.values():
            writer.close()

    def write(self, chunk: dict[tuple[str, str, int], pa.Table]) -> None:
        """Append a chunk; small pieces wait until they fill a row group."""
        for key, table in chunk.items():
            waiting = self._waiting[key]
            waiting.append(table)
            self.row_counts[f"{key[0]}.{key[1]}"] += table.num_rows
            if sum(piece.num_rows for piece in waiting) >= _ROW_GROUP:
                self._flush(key)

    def _flush(self, key: tuple[str, str, int]) -> None:
        pieces = self._waiting.pop(key)
        source, table, batch = key
        if key not in self._writers:
            folder = self._out / source / table
            folder.mkdir(parents=True, exist_ok=True)
            self._writers[key] = pq.ParquetWriter(
                folder / batch_file(batch), pieces[0].schema, compression="zstd"
            )
        self._writers[key].write_table(pa.concat_tables(pieces))
