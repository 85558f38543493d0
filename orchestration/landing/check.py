"""The landing check: is every landed file whole, and shaped as its source YAML declares?

It reads files, never rows as business: a bad value in a good file is the staging model's matter.
It runs before the engines do, because their own error texts differ and name neither source nor
cure; one of them even takes an empty file for no file.
"""

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.checks.declared import Declared
from orchestration.erasure.journal import read_journal
from orchestration.landing.declared import (
    ARRIVAL_COLUMN,
    RESERVED_COLUMNS,
    Manifest,
    SourceColumn,
    SourceTable,
    declared_tables,
)
from orchestration.landing.landed_files import LandedFile, known_contents, write_landed_files
from orchestration.landing.values import shown_name
from orchestration.settings import Settings

SOUND = Declared(
    "files_are_sound",
    "Every landed file of the table is whole, and shaped as its source YAML declares.",
    "data engineering",
)
_WRITE_AGAIN = "Write it again from the source system, or move it out of the landing folder."
_YEAR = 31_556_952_000_000  # Microseconds, on average.
_BRING_IT = "Bring the file with `quotamart land` from outside the landing folder, then remove it."

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """One thing seen in the landing folder; `blocks` when no build may start from it."""

    source_name: str
    table_name: str | None
    file_name: str | None
    text: str
    blocks: bool = True


@dataclass(frozen=True)
class LandingReport:
    """What the landing check found."""

    files: tuple[LandedFile, ...]
    findings: tuple[Finding, ...]
    # Columns that a file has and its source YAML does not declare, by `<source>/<table>`.
    unknown_columns: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[str, ...]:
        """The texts of the findings that block."""
        return tuple(finding.text for finding in self.findings if finding.blocks)

    @property
    def notes(self) -> tuple[str, ...]:
        """The texts of the findings that do not block."""
        return tuple(finding.text for finding in self.findings if not finding.blocks)

    def of_source(self, source_name: str) -> "LandingReport":
        """The part of the report that concerns one source."""
        return LandingReport(
            files=tuple(file for file in self.files if file.source_name == source_name),
            findings=tuple(f for f in self.findings if f.source_name == source_name),
            unknown_columns={
                name: columns
                for name, columns in self.unknown_columns.items()
                if name.partition("/")[0] == source_name
            },
        )


def check_landing(
    settings: Settings,
    manifest: Manifest | Path | str,
    dbt_vars: Mapping[str, Any] = MappingProxyType({}),
) -> LandingReport:
    """Check every landed file and write `landed_files.parquet`.

    Args:
        manifest: dbt's manifest, which declares the tables.
        dbt_vars: the vars of the build; those about plausible dates bound when rows can have
            arrived, as far as they are given.

    Blocks: a file that is unreadable or wrongly shaped, in any declared table (the engines open
    them all); something in a table's folder that the engines would not read or not read alike;
    a table in use, not optional, without a file; an empty landing folder, unless no table is in
    use. A note: a folder that no source YAML declares
    (connectors bring more tables than anyone models), a temporary file (`*.tmp` or `_*`), one
    content landed twice. Hidden names are ignored. No engine reads hidden or temporary files.

    Every file's bytes are hashed; its columns are decoded only when no earlier check found the
    same bytes good. What a file holds beyond the declaration is accepted and reported. What
    changed in a table's columns is told by `drift`.

    Raises:
        LandingError: the manifest cannot be read or declares an unknown type.
    """
    tables = declared_tables(manifest)
    known = known_contents(settings.landed_files_path)
    files: list[LandedFile] = []
    findings = list(_half_erased(settings))
    plausible = _plausible_arrivals(dbt_vars)
    missing: list[Finding] = []
    unknown_columns: dict[str, tuple[str, ...]] = {}
    for table in tables:
        entries = list(_visible(settings.landing_dir / table.source_name / table.table_name))
        strays = {entry: _entry_finding(table, entry) for entry in entries}
        findings += filter(None, strays.values())
        paths = [entry for entry, finding in strays.items() if finding is None]
        unknown: set[str] = set()
        for path in paths:
            file, faults, extra = _checked_file(table, path, known, plausible)
            files.append(file)
            unknown |= extra
            findings += [_fault_finding(table, path.name, fault) for fault in faults]
        if unknown:
            unknown_columns[table.name] = tuple(sorted(unknown))
        if not paths and table.in_use and not table.optional:
            missing.append(_missing_finding(table, settings.landing_dir))
    # One line for all tables: nobody has to read twenty to learn that the folder is empty.
    findings += missing if files else [_nothing_finding(tables, settings.landing_dir)]
    findings += _stray_findings(settings.landing_dir, tables)
    findings += _twice_landed(files)
    write_landed_files(settings.landed_files_path, files)
    _log.info("landing check: %d files, %d findings", len(files), len(findings))
    return LandingReport(tuple(files), tuple(findings), unknown_columns)


def shape_faults(table: SourceTable, schema: pa.Schema) -> list[str]:
    """Say in what a file's schema differs from the declaration of its table, fault by fault."""
    faults = []
    names = [name.lower() for name in schema.names]
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.append(
            f"column '{shown_name(name)}' is there {names.count(name)} times (upper and lower "
            "case count as one name). Give each column its own name."
        )
    for name in sorted(RESERVED_COLUMNS.intersection(names)):
        faults.append(f"column '{name}' bears a name the landing views need. Rename it.")
    for column in table.columns:
        found = [
            schema.field(i).type for i, name in enumerate(names) if name == column.name.lower()
        ]
        if not found and column.required:
            others = ", ".join(map(shown_name, schema.names)) or "none"
            faults.append(
                f"required column '{column.name}' is missing; the file has: {others}. "
                "Is it a file of this table?"
            )
        faults += [_type_fault(column, kind) for kind in found if not column.accepts(kind)]
    return faults


def undeclared_columns(table: SourceTable, schema: pa.Schema) -> set[str]:
    """The columns that the file has and the source YAML does not declare, as messages name them."""
    return {shown_name(name) for name in schema.names if name.lower() not in table.columns_by_name}


def _type_fault(column: SourceColumn, found: pa.DataType) -> str:
    cure = "Have it written in the declared type, or correct the source YAML."
    if pa.types.is_null(found) or (pa.types.is_timestamp(found) and found.unit == "ns"):
        cure = f"`quotamart land` converts it. {_BRING_IT}"
    return f"column '{column.name}' is {found}, declared is {column.data_type}. {cure}"


def _checked_file(
    table: SourceTable,
    path: Path,
    known: dict[str, LandedFile],
    plausible: tuple[date, date] | None,
) -> tuple[LandedFile, list[str], set[str]]:
    """Judge one file: its row, its faults, its undeclared columns."""
    facts = {"size_bytes": path.stat().st_size}
    faults: list[str] = []
    extra: set[str] = set()
    if facts["size_bytes"] == 0:
        faults = [f"is unreadable: it is empty (0 bytes). {_WRITE_AGAIN}"]
    else:
        try:
            with path.open("rb") as stream:
                facts["content_sha256"] = hashlib.file_digest(stream, "sha256").hexdigest()
            with pq.ParquetFile(path) as footer:
                schema = footer.schema_arrow
                facts["row_count"] = footer.metadata.num_rows
                facts["column_names"] = tuple(
                    name if name.lower() in table.columns_by_name else shown_name(name)
                    for name in schema.names
                )
            extra = undeclared_columns(table, schema)
            faults = shape_faults(table, schema)
            if not faults:
                earlier = known.get(facts["content_sha256"])
                first, last, faults = (
                    (earlier.first_synced_at, earlier.last_synced_at, [])
                    if earlier
                    else _content(path, schema)
                )
                facts |= {"first_synced_at": first, "last_synced_at": last}
                faults += _arrival_faults([first, last], plausible)
        except (pa.ArrowException, OSError) as error:
            faults = [f"is unreadable: {_one_line(error)}. {_WRITE_AGAIN}"]
    status = {"status": "rejected", "problem": " ".join(faults)} if faults else {}
    file = LandedFile(table.source_name, table.table_name, path.name, **facts, **status)
    return file, faults, extra


def _content(path: Path, schema: pa.Schema) -> tuple[int | None, int | None, list[str]]:
    """Decode every column: first and last arrival, and what is wrong with the values.

    Texts are read as dictionaries, so that each distinct value is validated once.
    """
    texts = [column.name for column in schema if column.type in (pa.string(), pa.large_string())]
    bounds: list[int] = []
    missing_arrivals = 0
    with pq.ParquetFile(path, read_dictionary=texts, page_checksum_verification=True) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group)
            for name, values in zip(rows.column_names, rows.columns, strict=True):
                if not _is_valid(values):
                    fault = f"is unreadable: column '{name}' holds a text that is not UTF-8."
                    return None, None, [f"{fault} {_WRITE_AGAIN}"]
                if name.lower() == ARRIVAL_COLUMN and pa.types.is_timestamp(values.type):
                    missing_arrivals += values.null_count
                    bounds += _bounds(values)
    faults = []
    if missing_arrivals:
        faults.append(
            f"column '{ARRIVAL_COLUMN}' is null in {missing_arrivals} rows, so nobody can tell "
            f"which version is the latest. {_WRITE_AGAIN}"
        )
    return min(bounds, default=None), max(bounds, default=None), faults


def _arrival_faults(
    arrivals: Sequence[int | None], plausible: tuple[date, date] | None
) -> list[str]:
    """One impossible arrival, and `as_of` with all that follows from it would be wrong."""
    if plausible is None:
        return []
    first, last = (pa.scalar(day).cast(pa.timestamp("us")).value for day in plausible)
    wrong = [time for time in arrivals if time is not None and not first <= time < last]
    return [
        f"a row of it arrived in about the year {1970 + time // _YEAR}; "
        f"plausible is from {plausible[0]} until {plausible[1]} (vars plausible_from, and the "
        f"calendar's end less plausible_years_ahead). {_WRITE_AGAIN}"
        for time in wrong[-1:]
    ]


def _plausible_arrivals(dbt_vars: Mapping[str, Any]) -> tuple[date, date] | None:
    """When rows can have arrived, so that what lies ahead of them is in the calendar, too."""
    try:
        end = dbt_vars["calendar_first_year"] + dbt_vars["calendar_years"]
        last = date(end - dbt_vars["plausible_years_ahead"], 1, 1)
        return date.fromisoformat(str(dbt_vars["plausible_from"])), last
    except KeyError:
        return None


def _bounds(times: pa.ChunkedArray) -> list[int]:
    """Lowest and highest time in microseconds since 1970; nothing when there is none."""
    microseconds = times.cast(pa.timestamp("us", times.type.tz)).cast(pa.int64())
    return [bound for bound in pc.min_max(microseconds).as_py().values() if bound is not None]


def _is_valid(values: pa.ChunkedArray) -> bool:
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _visible(folder: Path) -> Iterator[Path]:
    """The entries of a folder in name order, without hidden ones."""
    if folder.is_dir():
        yield from (entry for entry in sorted(folder.iterdir()) if entry.name[0] != ".")


def _entry_finding(table: SourceTable, entry: Path) -> Finding | None:
    """What is to be said about an entry of a table's folder before it is opened."""
    where = (table.source_name, table.table_name, entry.name)
    if entry.is_dir():
        text = (
            f"{table.name}/{entry.name} is a folder; only files directly in {table.name} are read. "
            "Move its Parquet files up, or the folder away."
        )
        return Finding(*where, text)
    if entry.suffix == ".tmp" or entry.name.startswith("_"):
        text = f"{table.name}/{entry.name} is named like a temporary file, so it is not read."
        return Finding(*where, text, blocks=False)
    if entry.suffix != ".parquet":
        text = (
            f"{table.name}/{entry.name} is not a .parquet file, so no engine reads it. {_BRING_IT}"
        )
        return Finding(*where, text)
    return None


def _fault_finding(table: SourceTable, file_name: str, fault: str) -> Finding:
    return Finding(
        table.source_name, table.table_name, file_name, f"{table.name}/{file_name}: {fault}"
    )


def _half_erased(settings: Settings) -> Iterator[Finding]:
    """Half of an erasure may part a response from its customer: figures would move."""
    if journal := read_journal(settings):
        text = f"The erasure {journal.request} was interrupted: run `quotamart erase` again."
        yield Finding("", None, None, text)


def _nothing_finding(tables: list[SourceTable], landing_dir: Path) -> Finding:
    text = (
        f"Nothing has landed in {landing_dir}: run `quotamart sample` for a made-up company, or "
        "`quotamart land` for each of your files."
    )
    return Finding("", None, None, text, blocks=any(table.in_use for table in tables))


def _missing_finding(table: SourceTable, landing_dir: Path) -> Finding:
    text = (
        f"{table.name} is in use and has no file in {landing_dir / table.name}. Land one with "
        f"`quotamart land FILE --source {table.source_name} --table {table.table_name}`, make "
        "sample data with `quotamart sample`, or take its system out of the var `adapters`."
    )
    return Finding(table.source_name, table.table_name, None, text)


def _stray_findings(landing_dir: Path, tables: list[SourceTable]) -> list[Finding]:
    """Folders that no source YAML declares, and Parquet files where no view looks for them."""
    findings = []
    declared = {table.name for table in tables}
    sources = {table.source_name for table in tables}
    for source in _visible(landing_dir):
        if source.is_file() and source.suffix == ".parquet":
            text = f"{source.name} lies in the landing folder itself. {_BRING_IT}"
            findings.append(Finding("", None, source.name, text))
        elif source.is_dir() and source.name not in sources:
            text = f"{source.name} is a folder of no declared source; it was not read."
            findings.append(Finding(source.name, None, None, text, blocks=False))
        elif source.is_dir():
            for entry in _visible(source):
                name = f"{source.name}/{entry.name}"
                if entry.is_dir() and name not in declared:
                    text = f"{name} is a folder of no declared table; it was not read."
                    findings.append(Finding(source.name, entry.name, None, text, blocks=False))
                elif entry.is_file() and entry.suffix == ".parquet":
                    text = f"{name} lies in no table's folder, so it is not read. {_BRING_IT}"
                    findings.append(Finding(source.name, None, entry.name, text))
    return findings


def _twice_landed(files: list[LandedFile]) -> list[Finding]:
    """Equal content in one table: harmless, because versions supersede, but worth a word."""
    seen: dict[tuple[str, str, str], str] = {}
    findings = []
    for file in files:
        if file.status != "ok":
            continue
        content = (file.source_name, file.table_name, file.content_sha256 or "")
        first = seen.setdefault(content, file.file_name)
        if first != file.file_name:
            text = (
                f"{file.source_name}/{file.table_name}/{file.file_name} has the same content as "
                f"{first}; its rows are counted as superseded."
            )
            findings.append(
                Finding(file.source_name, file.table_name, file.file_name, text, blocks=False)
            )
    return findings
