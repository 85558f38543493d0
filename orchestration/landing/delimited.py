"""Reading a CSV file as it is: no type is guessed, no text is touched, no row is skipped.

pandas and the engines' own readers turn `NA` into null and 007 into 7; here a field stays what it
is unless the source YAML declares another type, and then it must be written in one clear form.
"""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa

from orchestration.landing.declared import LandingError, SourceColumn, SourceTable
from orchestration.landing.values import expected_format, hint, parser, shape, shown_name

_ROWS_PER_BATCH = 122_880


def csv_header(path: Path) -> list[str]:
    """Read the column names of a CSV file.

    Raises:
        LandingError: no header, a name that is empty or there twice, or not UTF-8.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        try:
            header = next(csv.reader(stream, strict=True), [])
        except UnicodeDecodeError:
            _refuse_encoding(path)
        except csv.Error as error:
            raise LandingError(f"{path.name}: the header cannot be read: {error}.") from error
    if not header:
        raise LandingError(f"{path.name} is empty: there is no header. Export it again.")
    lowered = [name.lower() for name in header]
    twice = sorted({f"'{shown_name(name)}'" for name in lowered if lowered.count(name) > 1})
    if twice:
        raise LandingError(
            f"{path.name}: the header names {', '.join(twice)} more than once (upper and lower "
            "case count as one name). Give each column its own name."
        )
    if any(not name.strip() for name in header):
        number = next(i for i, name in enumerate(header, start=1) if not name.strip())
        raise LandingError(f"{path.name}: column {number} has no name in the header. Name it.")
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise LandingError(
            f"{path.name}: the header is one name, '{shown_name(header[0])}'. Fields must be "
            "separated by commas; export the file with commas."
        )
    return header


def csv_schema(table: SourceTable, header: list[str]) -> pa.Schema:
    """The types in which the columns of a CSV file land: as declared, else text."""
    declared = table.columns_by_name
    return pa.schema(
        (name, declared[name.lower()].arrow_type if name.lower() in declared else pa.string())
        for name in header
    )


def csv_batches(path: Path, table: SourceTable, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Read the data rows of a CSV file in the types of `schema`.

    Wholly blank lines hold no row.

    Raises:
        LandingError: a row with too few or too many fields, a value that is not in its column's
            form, broken quoting, or bytes that are not UTF-8; names row, line and column.
    """
    row_number = 0
    records: list[list[str]] = []
    lines: list[int] = []
    for line, record in _records(path, len(schema)):
        records.append(record)
        lines.append(line)
        if len(records) == _ROWS_PER_BATCH:
            yield _batch(path, table, schema, records, lines, row_number)
            row_number += len(records)
            records, lines = [], []
    yield _batch(path, table, schema, records, lines, row_number)


def _records(path: Path, width: int) -> Iterator[tuple[int, list[str]]]:
    """Each data row with the line on which it ends."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        row_number = 0
        try:
            next(reader)
            for record in reader:
                if not record:
                    continue
                row_number += 1
                if len(record) != width:
                    raise LandingError(
                        f"{path.name}: row {row_number} (line {reader.line_num}) has {len(record)} "
                        f"fields, the header has {width}. A comma or a line break inside a text "
                        "needs quotes around the text."
                    )
                yield reader.line_num, record
        except UnicodeDecodeError:
            _refuse_encoding(path)
        except csv.Error as error:
            raise LandingError(
                f"{path.name}: row {row_number + 1} (line {reader.line_num}) cannot be read: "
                f"{error}. A quote is probably not closed."
            ) from error


def _batch(
    path: Path,
    table: SourceTable,
    schema: pa.Schema,
    records: list[list[str]],
    lines: list[int],
    rows_before: int,
) -> pa.RecordBatch:
    columns = []
    for index, field in enumerate(schema):
        texts = [record[index] for record in records]
        column = table.columns_by_name.get(field.name.lower())
        if column is None or column.kind == "string":
            columns.append(pa.array(texts, field.type))
            continue
        read = parser(column)
        try:
            values = [read(text) for text in texts]
        except ValueError:
            position = _first_bad(texts, read)
            where = f"row {rows_before + position + 1} (line {lines[position]})"
            _refuse_value(path, where, column, texts[position])
        columns.append(pa.array(values, field.type))
    return pa.record_batch(columns, schema=schema)


def _first_bad(texts: list[str], read: Callable[[str], Any]) -> int:
    for position, text in enumerate(texts):
        try:
            read(text)
        except ValueError:
            return position
    raise AssertionError("called for a column in which every value parses")


def _refuse_value(path: Path, where: str, column: SourceColumn, text: str) -> NoReturn:
    raise LandingError(
        f"{path.name}: {where}, column '{column.name}': a value of the form '{shape(text)}' is no "
        f"{column.data_type}. Expected is {expected_format(column)}.{hint(text)}"
    )


def _refuse_encoding(path: Path) -> NoReturn:
    """Find the first row that is not UTF-8 and say so."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        reader = csv.reader(stream)
        for row_number, record in enumerate(reader):
            for position, text in enumerate(record, start=1):
                if any("\ud800" <= character <= "\udfff" for character in text):
                    where = f"row {row_number}, field {position}" if row_number else "the header"
                    raise LandingError(
                        f"{path.name}: {where} (line {reader.line_num}) is not UTF-8. Save the "
                        "file as CSV UTF-8; other encodings are not guessed."
                    )
    raise LandingError(f"{path.name} is not UTF-8. Save the file as CSV UTF-8.")
