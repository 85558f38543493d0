"""Seed files as typed rows that know their line, and what of a file cannot be read.

Only what one file says by itself is judged here: its form, types, required values, lists of
values and key. dbt would take some of it in silence, each engine in its own way.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from orchestration.compensation.declared import Seed, SeedColumn
from orchestration.compensation.findings import Finding
from orchestration.landing.values import expected_format, hint, parser

# What the engines or a spreadsheet take for no value, each in its own way.
_NO_VALUE = frozenset({"null", "none", "na", "n/a", "nan", "-"})
# Codes are part of ledger keys, in which `|` and `:` have a meaning of their own.
_CODE = re.compile(r"[a-z0-9_]+")
_CODES = ("_code", "_id")
_FOREIGN_KEYS = ("user_id", "partner_id")
_ALSO_CODES = ("measure",)


@dataclass(frozen=True)
class Row:
    """One row: its texts as they stand in the file, and its values; an empty text is None."""

    file: str
    line: int
    texts: Mapping[str, str]
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def finding(self, name: str, text: str) -> Finding:
        """What is wrong with a field, and what to do."""
        return Finding(self.file, self.line, name, self.texts[name], text)


@dataclass
class Table:
    """The rows of a seed: those that can be read, and those with a fault of their own."""

    seed: Seed
    rows: list[Row] = field(default_factory=list)
    faulty: list[Row] = field(default_factory=list)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def texts(self, name: str) -> set[str]:
        """Every text of a column, also of faulty rows: a typing error elsewhere hides no key."""
        return {row.texts[name] for row in (*self.rows, *self.faulty)}

    def is_whole(self, **texts: str) -> bool:
        """Whether no faulty row has these texts: rules on several rows need all of them."""
        return not any(
            all(row.texts[name] == text for name, text in texts.items()) for row in self.faulty
        )


def read_table(seed: Seed, path: Path) -> tuple[Table, list[Finding]]:
    """The rows of a file and what is wrong with them, each by itself."""
    table = Table(seed)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            text = stream.read()
    except FileNotFoundError:
        cure = f"Write the file with its header: {_header(seed)}"
        return table, [Finding(seed.file, 0, "", "", f"the file is missing. {cure}")]
    except (OSError, UnicodeDecodeError) as error:
        cure = "Save it as CSV in UTF-8."
        return table, [Finding(seed.file, 0, "", "", f"cannot be read: {error}. {cure}")]
    lines = _lines(text)
    header = lines[0][1] if lines else []
    if problems := list(_header_findings(seed, header)):
        return table, problems
    findings: list[Finding] = []
    seen: dict[tuple[Any, ...], int] = {}
    for line, fields in lines[1:]:
        if len(fields) != len(header):
            findings.append(_field_count(seed, header, line, fields))
            continue
        row, faults = _read_row(seed, line, dict(zip(header, fields, strict=True)))
        if not faults and seed.key:
            faults += _key_twice(seed, row, seen)
        (table.faulty if faults else table.rows).append(row)
        findings += faults
    return table, findings


def read_kept_table(seed: Seed, path: Path) -> Table:
    """The rows of a file as an older project took them: nothing of it is judged anew.

    A column that it lacks is in no row's values, a value that cannot be read now is its text.

    Raises:
        OSError: the file cannot be read.
        UnicodeDecodeError: it is no text.
    """
    table = Table(seed)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header, *lines = _lines(stream.read()) or [(1, [])]
    for line, fields in lines:
        texts = dict(zip(header[1], fields, strict=False))
        values = {}
        for column in seed.columns:
            if column.name in texts:
                value, problem = _read_value(column, texts[column.name])
                values[column.name] = (texts[column.name] or None) if problem else value
        table.rows.append(Row(seed.file, line, texts, values))
    return table


def known_findings(tables: Mapping[str, Table]) -> list[Finding]:
    """Values that no row of the seed they belong to has; their rows become faulty."""
    findings = []
    known = {
        column.known_in: tables[column.known_in[0]].texts(column.known_in[1])
        for table in tables.values()
        for column in table.seed.columns
        if column.known_in and column.known_in[0] in tables
    }
    for table in tables.values():
        columns = [column for column in table.seed.columns if column.known_in in known]
        strangers = {
            row.line: [
                row.finding(column.name, _unknown(column, row.texts[column.name], known))
                for column in columns
                if row.values[column.name] is not None
                and row.texts[column.name] not in known[column.known_in]
            ]
            for row in (*table.rows, *table.faulty)
        }
        table.faulty += [row for row in table.rows if strangers[row.line]]
        table.rows = [row for row in table.rows if not strangers[row.line]]
        findings += [finding for found in strangers.values() for finding in found]
    return findings


def _unknown(
    column: SeedColumn, value: str, known: Mapping[tuple[str, str] | None, set[str]]
) -> str:
    seed_name, field_name = column.known_in
    near = get_close_matches(value, sorted(known[column.known_in]), 1)
    cure = f"Is it '{near[0]}'?" if near else "Correct it, or add that row."
    return f"no row of {seed_name}.csv has it as {field_name}. {cure}"


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """The number of each record's first line, and its fields."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=False)
    lines = []
    last = 0
    for fields in reader:
        lines.append((last + 1, fields))
        last = reader.line_num
    return lines


def _header(seed: Seed) -> str:
    return ",".join(column.name for column in seed.columns)


def _header_findings(seed: Seed, header: list[str]) -> Iterator[Finding]:
    declared = [column.name for column in seed.columns]
    if not header:
        yield Finding(seed.file, 0, "", "", f"the file is empty. Its header is: {_header(seed)}")
        return
    for name in sorted({name for name in header if name not in declared}):
        text = f"no such column. The columns are: {_header(seed)}"
        yield Finding(seed.file, 1, "header", name, text)
    for name in declared:
        if name not in header:
            text = "the column is missing. Add it; its fields may be empty where they do not apply."
            yield Finding(seed.file, 1, "header", name, text)
        elif header.count(name) > 1:
            text = "the column stands there twice. Leave one."
            yield Finding(seed.file, 1, "header", name, text)


def _field_count(seed: Seed, header: list[str], line: int, fields: list[str]) -> Finding:
    text = (
        f"has {len(fields)} fields, the header has {len(header)}. "
        "Quote a field that holds a comma, and leave no empty line."
    )
    return Finding(seed.file, line, "", "", text)


def _read_row(seed: Seed, line: int, texts: dict[str, str]) -> tuple[Row, list[Finding]]:
    values: dict[str, Any] = {}
    faults = []
    for column in seed.columns:
        text = texts[column.name]
        value, problem = _read_value(column, text)
        values[column.name] = value
        if problem:
            faults.append(Finding(seed.file, line, column.name, text, problem))
    return Row(seed.file, line, texts, values), faults


def _read_value(column: SeedColumn, text: str) -> tuple[Any, str | None]:
    """The value of a field, and what is wrong with it."""
    if text == "":
        return None, "the field is empty and must not be." if column.required else None
    if text != text.strip():
        return None, "there are spaces around it. Remove them."
    if text.lower() in _NO_VALUE:
        return None, "write no value as an empty field: engines do not agree on this word."
    try:
        value = parser(column.source_column)(text)
    except ValueError:
        return None, f"must be {expected_format(column.source_column)}.{hint(text)}"
    if column.accepted and text not in column.accepted:
        return None, f"must be one of: {', '.join(column.accepted)}."
    if _is_code(column) and not _CODE.fullmatch(text):
        return None, "codes and ids are lower-case letters, digits and underscores."
    return value, None


def _is_code(column: SeedColumn) -> bool:
    return column.name in _ALSO_CODES or (
        column.name.endswith(_CODES)
        and column.name not in _FOREIGN_KEYS
        and column.name != "currency_code"
    )


def _key_twice(seed: Seed, row: Row, seen: dict[tuple[Any, ...], int]) -> list[Finding]:
    key = tuple(row.values[name] for name in seed.key)
    first = seen.setdefault(key, row.line)
    if first == row.line:
        return []
    columns = ", ".join(seed.key)
    return [row.finding(seed.key[0], f"line {first} has the same {columns}. Remove one of them.")]
