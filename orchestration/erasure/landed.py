"""Landed batches without the person: the same file, rows and order, other cells.

A batch is never changed, but for this. Each new file is written beside the old one and takes its
place in one step, after the register says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.erasure.cells import Declared, Person, erased
from orchestration.erasure.person import declared_of
from orchestration.erasure.register import add_change
from orchestration.erasure.request import Request
from orchestration.files import written_whole
from orchestration.landing.declared import SourceTable
from orchestration.ledger.chain import file_sha256
from orchestration.settings import Settings


@dataclass(frozen=True)
class Place:
    """What of a place is the person's: how many rows; None where nobody can tell."""

    name: str
    rows: int | None
    why: str = ""


def erase_landed(
    settings: Settings,
    request: Request,
    tables: Sequence[SourceTable],
    person: Person,
    write: bool,
) -> Iterator[Place]:
    """Take the person out of every file below the landing folder; or only say where they are."""
    declared = {table.name: declared_of(table) for table in tables}
    for path in sorted(settings.landing_dir.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        name = path.relative_to(settings.landing_dir).as_posix()
        about = declared.get(path.parent.relative_to(settings.landing_dir).as_posix(), Declared())
        place = f"landing/{name}"
        if path.suffix != ".parquet":
            if _holds_address(path, person):
                yield Place(place, None, "is no Parquet file and holds an address: remove it")
            continue
        try:
            rows = _changed_rows(path, about, person)
        except (pa.ArrowException, OSError):
            yield Place(place, None, "cannot be read: remove it, or write it again")
            continue
        if rows and write:
            _rewrite(settings, request, path, place, about, person)
        if rows:
            yield Place(place, rows)


def erased_values(settings: Settings, tables: Sequence[SourceTable], person: Person) -> set[str]:
    """The names and texts that are the person's: what a log may hold, too."""
    values: set[str] = set()
    for table in tables:
        declared = declared_of(table)
        if not (declared.person and declared.personal):
            continue
        for path in sorted((settings.landing_dir / table.name).glob("[!._]*.parquet")):
            try:
                rows = pq.read_table(path, columns=None)
            except (pa.ArrowException, OSError):
                continue
            after = erased(rows, declared, person)
            for name in rows.column_names:
                if name.lower() in declared.personal and after[name] is not rows[name]:
                    pairs = zip(rows[name].to_pylist(), after[name].to_pylist(), strict=True)
                    values.update(old for old, new in pairs if old != new and isinstance(old, str))
    return values


def _changed_rows(path: Path, declared: Declared, person: Person) -> int:
    """How many rows hold something of the person."""
    count = 0
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            changed = erased(rows, declared, person)
            if changed is not rows:
                count += _differing(rows, changed)
    return count


def _differing(rows: pa.Table, changed: pa.Table) -> int:
    differing: set[int] = set()
    for before, after in zip(rows.columns, changed.columns, strict=True):
        if before is not after:
            pairs = zip(before.to_pylist(), after.to_pylist(), strict=True)
            differing.update(n for n, (old, new) in enumerate(pairs) if old != new)
    return len(differing)


def _rewrite(
    settings: Settings,
    request: Request,
    path: Path,
    place: str,
    declared: Declared,
    person: Person,
) -> None:
    mode = path.stat().st_mode & 0o777
    with written_whole(path) as temporary:
        with pq.ParquetFile(path) as file:
            schema = _writable(file.schema_arrow)
            with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
                for group in range(file.num_row_groups):
                    rows = erased(file.read_row_group(group), declared, person)
                    # As many rows a group as before, and every name, type and mark.
                    writer.write_table(rows.cast(schema), row_group_size=max(1, len(rows)))
        temporary.chmod(mode)
        old, new = file_sha256(path), file_sha256(temporary)
        add_change(settings, request.name, request.requested_on, place, old, new)


def _writable(schema: pa.Schema) -> pa.Schema:
    """The schema of a file, dictionaries as plain text, every column such that it may be null."""
    fields = []
    for column in schema:
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        kind = pa.string() if kind == pa.string_view() else kind
        fields.append(column.with_type(kind).with_nullable(True))
    return pa.schema(fields, metadata=schema.metadata)


def _holds_address(path: Path, person: Person) -> bool:
    content = path.read_bytes().lower()
    return any(address.encode() in content for address in person.emails)
