"""The list of landed files: what `landed_files.parquet` holds, and how it is read and written."""

from dataclasses import astuple, dataclass, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.files import written_whole

# Raised with every change of what makes a file good: results of an older check are not reused.
CHECK_VERSION = b"2"

LANDED_FILES_SCHEMA = pa.schema(
    [
        ("source_name", pa.string()),
        ("table_name", pa.string()),
        ("file_name", pa.string()),
        ("size_bytes", pa.int64()),
        ("row_count", pa.int64()),
        ("first_synced_at", pa.timestamp("us")),
        ("last_synced_at", pa.timestamp("us")),
        ("content_sha256", pa.string()),
        ("status", pa.string()),
        ("problem", pa.string()),
        ("column_names", pa.list_(pa.field("element", pa.string()))),
    ],
    metadata={b"quotamart.check_version": CHECK_VERSION},
)


@dataclass(frozen=True)
class LandedFile:
    """One row of `landed_files`; times are microseconds since 1970, UTC."""

    source_name: str
    table_name: str
    file_name: str
    size_bytes: int
    row_count: int | None = None
    first_synced_at: int | None = None
    last_synced_at: int | None = None
    content_sha256: str | None = None
    status: str = "ok"
    problem: str | None = None
    column_names: tuple[str, ...] | None = None


def known_contents(path: Path) -> dict[str, LandedFile]:
    """Contents that this version of the check found good, by their hash."""
    try:
        with pq.ParquetFile(path) as earlier:
            if not earlier.schema_arrow.equals(LANDED_FILES_SCHEMA, check_metadata=True):
                return {}
        files = read_landed_files(path)
    except (pa.ArrowException, OSError):
        return {}
    good = (file for file in files if file.status == "ok")
    return {file.content_sha256: file for file in good if file.content_sha256}


def read_landed_files(path: Path) -> list[LandedFile]:
    """The list as the landing check wrote it.

    Raises:
        OSError: there is none, or it cannot be read.
    """
    rows = pq.read_table(path)
    for index, column in enumerate(rows.schema):
        if pa.types.is_timestamp(column.type):
            rows = rows.set_column(index, column.name, rows[column.name].cast(pa.int64()))
    return [
        LandedFile(**row | {"column_names": row["column_names"] and tuple(row["column_names"])})
        for row in rows.to_pylist()
    ]


def write_landed_files(path: Path, files: list[LandedFile]) -> None:
    names = [column.name for column in fields(LandedFile)]
    columns = zip(*map(astuple, files), strict=True) if files else [[] for _ in names]
    table = pa.table(
        {
            name: pa.array(list(values), LANDED_FILES_SCHEMA.field(name).type)
            for name, values in zip(names, columns, strict=True)
        },
        schema=LANDED_FILES_SCHEMA,
    )
    with written_whole(path) as temporary:
        pq.write_table(table, temporary)
