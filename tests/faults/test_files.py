"""Files that are not what they should be: each is refused by name, or read as it was meant.

Parquet files stand in the landing folder and go through the landing check; CSV files are brought
by `quotamart land`. What gets past both is read by the view over the files and must hold the very
rows that were written.
"""

import codecs
import csv
import importlib
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.landing import LandingError, SourceColumn, SourceTable, check_landing, land
from orchestration.landing import check as check_module
from orchestration.landing import delimited as delimited_module
from orchestration.settings import Settings
from tests.faults.conftest import Company, declared_schema
from tests.faults.judge import Judge
from tests.faults.roles import ROLES
from tests.faults.rows import ARRIVAL, HARMLESS_TEXTS, Row, as_rows, as_table
from tests.faults.test_rows import SEED

# The package has a function of the name of its module.
land_module = importlib.import_module("orchestration.landing.land")
ARRIVED = datetime(2026, 5, 1, tzinfo=UTC)
# Read from the project's file by a build; here they are the same in every test.
DBT_VARS = {
    "plausible_from": "2000-01-01",
    "plausible_years_ahead": 20,
    "calendar_first_year": 2000,
    "calendar_years": 60,
}
READ, REFUSED = "read", "refused"


@dataclass(frozen=True)
class BrokenFile:
    """A file's content, what must become of it, and the words that must be in the refusal."""

    kind: str
    content: bytes
    expected: str
    words: tuple[str, ...] = ()
    # What the view must show, where the file is read.
    rows: tuple[Row, ...] = ()
    suffix: str = ".parquet"
    unknown: tuple[str, ...] = ()


# Parquet


def parquet_files(table: SourceTable, rows: list[Row], rng: random.Random) -> Iterator[BrokenFile]:
    """Every way in which a Parquet file can be wrong or odd, on columns drawn by `rng`."""
    good = as_table(rows, declared_schema(table))
    content = written(good)
    yield BrokenFile("empty", b"", REFUSED, ("unreadable", "0 bytes"))
    yield BrokenFile("text", b"id,name\n1,a\n", REFUSED, ("unreadable",))
    yield BrokenFile("garbage", rng.randbytes(5_000), REFUSED, ("unreadable",))
    for share in (0.02, rng.random(), 0.999):
        cut = content[: max(1, int(len(content) * share))]
        yield BrokenFile("truncated", cut, REFUSED, ("unreadable",))
    yield BrokenFile("headless", content[8:], REFUSED, ("unreadable",))
    yield BrokenFile("no rows", written(good.slice(0, 0)), READ)
    yield from _columns_that_come_and_go(table, good, rows, rng)
    yield from _retyped(table, good, rows)
    yield from _arrivals(good, rows)


def _columns_that_come_and_go(
    table: SourceTable, good: pa.Table, rows: list[Row], rng: random.Random
) -> Iterator[BrokenFile]:
    for column in table.columns:
        without = written(good.drop_columns([column.name]))
        if column.required:
            words = (f"required column '{column.name}' is missing",)
            yield BrokenFile("missing", without, REFUSED, words)
            renamed = written(_renamed(good, column.name, f"{column.name}_new"))
            yield BrokenFile("renamed", renamed, REFUSED, words)
        else:
            empty = tuple(row | {column.name: None} for row in rows)
            yield BrokenFile("missing", without, READ, rows=empty)
    name = rng.choice(table.columns).name
    if name != name.upper():
        upper = written(_renamed(good, name, name.upper()))
        yield BrokenFile("upper case", upper, READ, rows=tuple(rows))
        twice = good.append_column(name.upper(), good[name])
        yield BrokenFile("twice", written(twice), REFUSED, ("is there 2 times", name))
    for reserved in ("filename", "file_row_number"):
        odd = good.append_column(reserved, pa.array(["x"] * len(good)))
        yield BrokenFile("reserved", written(odd), REFUSED, (reserved, "Rename"))
    wide, names = good, [f"surprise_{number}" for number in range(100)]
    for number, extra in enumerate(names):
        wide = wide.append_column(extra, _surprise(number, len(good)))
    yield BrokenFile("100 columns", written(wide), READ, rows=tuple(rows), unknown=tuple(names))
    # What is no plain word may be somebody's, in a file without a header: its form is told.
    told = {
        "a column": "a aaaaaa",
        'a "quoted" one': 'a "aaaaaa" aaa',
        "drop table": "aaaa aaaaa",
        "=1+1": "=9+9",
        "_file": "_file",
        "_row": "_row",
        "naïve": "naïve",
    }
    odd = good
    for extra in told:
        odd = odd.append_column(extra, pa.array([extra] * len(good)))
    yield BrokenFile("odd names", written(odd), READ, rows=tuple(rows), unknown=(*told.values(),))
    shuffled = good.select(rng.sample(good.column_names, good.num_columns))
    yield BrokenFile("shuffled", written(shuffled), READ, rows=tuple(rows))


def _surprise(number: int, length: int) -> pa.Array:
    values: list[list[Any]] = [
        [number] * length,
        ["x"] * length,
        [{"a": 1}] * length,
        [[1, 2]] * length,
        [None] * length,
    ]
    return pa.array(values[number % len(values)])


def _retyped(table: SourceTable, good: pa.Table, rows: list[Row]) -> Iterator[BrokenFile]:
    for column in table.columns:
        for found, kept in _other_types(column):
            values = good[column.name]
            try:
                values = values.cast(found, safe=False)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                values = pa.nulls(len(good), found)
            position = good.schema.get_field_index(column.name)
            retyped = good.set_column(position, column.name, values)
            content = written(retyped)
            if kept:
                shown = values.cast(column.arrow_type)
                kept_rows = as_rows(good.set_column(position, column.name, shown))
                yield BrokenFile(f"as {found}", content, READ, rows=tuple(kept_rows))
            else:
                yield BrokenFile(f"as {found}", content, REFUSED, (f"'{column.name}'", "declared"))
    text = next(column.name for column in table.columns if column.kind == "string")
    broken = good.set_column(good.schema.get_field_index(text), text, _not_utf8(len(good)))
    words = ("unreadable", f"'{text}'", "UTF-8")
    yield BrokenFile("not UTF-8", written(broken), REFUSED, words)


def _other_types(column: SourceColumn) -> list[tuple[pa.DataType, bool]]:
    """Types that may stand in place of the declared one, and whether they lose nothing."""
    nothing = (pa.null(), False)
    if column.kind == "string":
        kept = [(pa.large_string(), True), (pa.dictionary(pa.int32(), pa.string()), True)]
        return [*kept, (pa.binary(), False), (pa.int64(), False), nothing]
    if column.kind == "bigint":
        return [(pa.string(), False), (pa.float64(), False), (pa.uint64(), False), nothing]
    if column.kind == "double":
        return [(pa.string(), False), (pa.float32(), False), (pa.int64(), False), nothing]
    if column.kind == "boolean":
        return [(pa.string(), False), (pa.int64(), False), nothing]
    if column.kind == "date":
        return [(pa.string(), False), (pa.timestamp("us"), False), (pa.date64(), True), nothing]
    kept = [(pa.timestamp("us", "UTC"), True), (pa.timestamp("ms"), True)]
    lost = [pa.string(), pa.int64(), pa.timestamp("ns"), pa.timestamp("us", "Asia/Shanghai")]
    return [*kept, *((found, False) for found in (*lost, pa.date32())), nothing]


def _arrivals(good: pa.Table, rows: list[Row]) -> Iterator[BrokenFile]:
    position = good.schema.get_field_index(ARRIVAL)
    for time in (None, 2**63 - 1, -(2**63) + 1, 7_416_000_000_000_000, 253_402_300_799_999_999, 0):
        times = [row[ARRIVAL] for row in rows]
        times[-1] = time
        wrong = pa.array(times, pa.int64()).cast(pa.timestamp("us"))
        words = (ARRIVAL, "null") if time is None else ("arrived in about the year",)
        content = written(good.set_column(position, ARRIVAL, wrong))
        yield BrokenFile("arrival", content, REFUSED, words)


def _renamed(table: pa.Table, name: str, new: str) -> pa.Table:
    return table.rename_columns(
        [new if column == name else column for column in table.column_names]
    )


def _not_utf8(length: int) -> pa.Array:
    offsets = pa.array(range(0, 2 * length + 1, 2), pa.int32()).buffers()[1]
    return pa.Array.from_buffers(
        pa.string(), length, [None, offsets, pa.py_buffer(b"\xff\xfe" * length)]
    )


def written(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


@pytest.mark.faults
@pytest.mark.parametrize("table", sorted(ROLES))
def test_a_broken_parquet_file_is_named_or_read_as_it_was_meant(
    company: Company, judge: Judge, tmp_path: Path, at_full_length: bool, table: str
) -> None:
    rng = random.Random(f"{SEED} {table} parquet")
    planned = list(parquet_files(company.tables[table], some_rows(company, table), rng))
    if not at_full_length:
        planned = of_every_kind(planned, rng)
    complaints = [
        f"{table} {broken.kind}: {complaint}"
        for broken in planned
        for complaint in parquet_complaints(company, judge, tmp_path, table, broken)
    ]
    assert not complaints, "\n".join([f"FUZZ_SEED={SEED}", *complaints])


def parquet_complaints(
    company: Company, judge: Judge, root: Path, table: str, broken: BrokenFile
) -> list[str]:
    """What is wrong with how a file in the landing folder was taken."""
    settings = Settings.from_environment({}, project_dir=root)
    file = settings.landing_dir / table / "batch.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(broken.content)
    report = check_landing(settings, company.only(table), DBT_VARS)
    own = [text for text in report.problems if text.startswith(f"{table}/batch.parquet: ")]
    if len(report.problems) != len(own):
        return [f"names no file: {report.problems}"]
    if broken.expected == REFUSED:
        lost = [word for word in broken.words if not any(word in text for text in own)]
        return [f"is not refused with {lost}: {own}"] if lost or not own else []
    if own:
        return [f"is refused: {own}"]
    if set(report.unknown_columns.get(table, ())) != set(broken.unknown):
        return [f"undeclared are {report.unknown_columns}"]
    return _read_complaints(judge, table, file, broken)


def _read_complaints(judge: Judge, table: str, file: Path, broken: BrokenFile) -> list[str]:
    shown = judge.landed(table, [file])
    if shown != list(broken.rows):
        return [f"shows {shown[:1]}, must be {broken.rows[:1]} ({len(shown)} rows)"]
    return []


def of_every_kind(planned: list[BrokenFile], rng: random.Random) -> list[BrokenFile]:
    """One file of every kind."""
    shuffled = rng.sample(planned, len(planned))
    return list({broken.kind: broken for broken in shuffled}.values())


# CSV


def csv_files(table: SourceTable, rows: list[Row], rng: random.Random) -> Iterator[BrokenFile]:
    """Every way in which a CSV file can be wrong or odd."""
    names = [column.name for column in table.columns]
    texts = [[_as_text(column, row[column.name]) for column in table.columns] for row in rows]
    landed = tuple(_as_landed(table, row) for row in rows)
    good = as_csv([names, *texts])
    yield from _encodings(table, names, texts, landed)
    yield from _shapes(names, texts, landed, rng)
    for column in table.columns:
        position = names.index(column.name)
        for value in rng.sample(HARMLESS_TEXTS, 4) if column.kind == "string" else ():
            exchanged = _exchanged(texts, -1, position, value)
            kept = (*landed[:-1], landed[-1] | {column.name: value})
            yield _csv("text", as_csv([names, *exchanged]), READ, rows=kept)
        for value in _no_values(column):
            number = rng.randrange(len(texts))
            exchanged = _exchanged(texts, number, position, value)
            words = (f"row {number + 1} ", f"column '{column.name}'", "Expected is")
            yield _csv("cell", as_csv([names, *exchanged]), REFUSED, words)
        without = as_csv([_left_out(line, position) for line in (names, *texts)])
        if column.required and column.name != ARRIVAL:
            words = (f"required column '{column.name}' is missing",)
            yield _csv("missing", without, REFUSED, words)
            renamed = as_csv([_exchanged([names], 0, position, "new")[0], *texts])
            yield _csv("renamed", renamed, REFUSED, words)
        elif not column.required:
            kept = tuple(row | {column.name: None} for row in landed)
            yield _csv("missing", without, READ, rows=kept)
    yield _csv("nothing wrong", good, READ, rows=landed)


def _encodings(
    table: SourceTable, names: list[str], texts: list[list[str]], landed: tuple[Row, ...]
) -> Iterator[BrokenFile]:
    column = next(column for column in table.columns if column.kind == "string")
    foreign = as_csv([names, *_exchanged(texts, -1, names.index(column.name), "é中文")])
    kept = (*landed[:-1], landed[-1] | {column.name: "é中文"})
    yield _csv("byte order mark", codecs.BOM_UTF8 + foreign.encode(), READ, rows=kept)
    for encoding in ("gb18030", "utf-16", "utf-32"):
        yield _csv(encoding, foreign.encode(encoding), REFUSED, ("UTF-8",))
    for encoding in ("latin-1", "cp1252"):
        content = foreign.replace("中文", "").encode(encoding)
        yield _csv(encoding, content, REFUSED, (f"row {len(texts)}, field", "UTF-8"))


def _shapes(
    names: list[str], texts: list[list[str]], landed: tuple[Row, ...], rng: random.Random
) -> Iterator[BrokenFile]:
    good = as_csv([names, *texts])
    yield _csv("empty", "", REFUSED, ("empty",))
    yield _csv("header alone", as_csv([names]), READ)
    yield _csv("blank lines", good.replace("\n", "\n\n"), READ, rows=landed)
    yield _csv("CRLF", good.replace("\n", "\r\n"), READ, rows=landed)
    yield _csv("no last line end", good.rstrip("\n"), READ, rows=landed)
    for mark in ";\t|":
        yield _csv("delimiter", as_csv([names, *texts], mark), REFUSED, ("commas",))
    number = rng.randrange(len(texts))
    for line in ([*texts[number], "more"], texts[number][:-1]):
        lines = [*texts[:number], line, *texts[number + 1 :]]
        words = (f"row {number + 1} ", f"{len(line)} fields, the header has {len(names)}")
        yield _csv("width", as_csv([names, *lines]), REFUSED, words)
    yield _csv("open quote", good.rstrip("\n") + '\n"never closed', REFUSED, ("quote",))
    doubled = as_csv([[*names, names[0].upper()], *([*line, "x"] for line in texts)])
    yield _csv("twice", doubled, REFUSED, (f"'{names[0].lower()}'", "more than once"))
    unnamed = as_csv([[*names, " "], *([*line, "x"] for line in texts)])
    yield _csv("no name", unnamed, REFUSED, ("no name",))
    upper = as_csv([[name.upper() for name in names], *texts])
    yield _csv("upper case", upper, READ, rows=landed)
    order = rng.sample(range(len(names)), len(names))
    shuffled = as_csv([[line[i] for i in order] for line in (names, *texts)])
    yield _csv("shuffled", shuffled, READ, rows=landed)
    extra = tuple(f"surprise_{number}" for number in range(100))
    wide = as_csv([[*names, *extra], *([*line, *HARMLESS_TEXTS, *extra[26:]] for line in texts)])
    yield _csv("100 columns", wide, READ, rows=landed, unknown=extra)


def _no_values(column: SourceColumn) -> tuple[str, ...]:
    """Texts that are no value of a declared type."""
    if column.kind in ("timestamp", "date"):
        texts = ("03/04/2026", "3/4/26", "26-03-04", "2026-02-30", "2026-3-4", "46085", "=TODAY()")
        beyond = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0000-01-01")
        return (*texts, *beyond, "10000-01-01", "2026-03-04T25:00", "yesterday", " ")
    if column.kind in ("bigint", "double"):
        texts = ("1,5", "1.000,00", "1 000", "NaN", "inf", "zwölf", "=1+1", "0x10", "٣", " ", "5%")
        return texts if column.kind == "double" else (*texts, "1.0", "1e3", "9" * 30)
    return ("yes", "1", "Y", "=TRUE()", " ") if column.kind == "boolean" else ()


def _csv(
    kind: str,
    content: str | bytes,
    expected: str,
    words: tuple[str, ...] = (),
    rows: tuple[Row, ...] = (),
    unknown: tuple[str, ...] = (),
) -> BrokenFile:
    encoded = content.encode() if isinstance(content, str) else content
    return BrokenFile(kind, encoded, expected, words, rows, ".csv", unknown)


def as_csv(lines: list[list[str]], delimiter: str = ",") -> str:
    sink = io.StringIO(newline="")
    csv.writer(sink, delimiter=delimiter, lineterminator="\n").writerows(lines)
    return sink.getvalue()


def _as_text(column: SourceColumn, value: Any) -> str:
    if value is None:
        return ""
    if column.kind in ("timestamp", "date"):
        return str(pa.scalar(value, column.arrow_type)).replace(" ", "T")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_landed(table: SourceTable, row: Row) -> Row:
    """The row as a CSV file brings it: there is no null among its texts."""
    empty = {c.name: "" for c in table.columns if c.kind == "string" and row[c.name] is None}
    return row | empty


def _exchanged(lines: list[list[str]], number: int, position: int, text: str) -> list[list[str]]:
    copied = [list(line) for line in lines]
    copied[number][position] = text
    return copied


def _left_out(line: list[str], position: int) -> list[str]:
    return [*line[:position], *line[position + 1 :]]


@pytest.mark.faults
@pytest.mark.parametrize("table", sorted(ROLES))
def test_a_broken_csv_file_is_refused_by_name_or_landed_as_it_was_meant(
    company: Company, judge: Judge, tmp_path: Path, at_full_length: bool, table: str
) -> None:
    rng = random.Random(f"{SEED} {table} csv")
    planned = list(csv_files(company.tables[table], some_rows(company, table), rng))
    if not at_full_length:
        planned = of_every_kind(planned, rng)
    complaints = [
        f"{table} {broken.kind} {broken.words}: {complaint}"
        for number, broken in enumerate(planned)
        for complaint in csv_complaints(company, judge, tmp_path / str(number), table, broken)
    ]
    assert not complaints, "\n".join([f"FUZZ_SEED={SEED}", *complaints])


def csv_complaints(
    company: Company, judge: Judge, root: Path, table: str, broken: BrokenFile
) -> list[str]:
    """What is wrong with how `quotamart land` took a file."""
    settings = Settings.from_environment({}, project_dir=root)
    file = root / "export.csv"
    root.mkdir()
    file.write_bytes(broken.content)
    source, _, name = table.partition("/")
    try:
        batch = land(settings, company.only(table), file, source, name, arrived_at=ARRIVED)
    except LandingError as refusal:
        if broken.expected != REFUSED:
            return [f"is refused: {refusal}"]
        lost = [word for word in ("export.csv", *broken.words) if word not in str(refusal)]
        left = [*settings.landing_dir.rglob("*.parquet")]
        return [f"is not refused with {lost}: {refusal}, leaves {left}"] if lost or left else []
    if broken.expected == REFUSED:
        return ["is landed"]
    if set(batch.unknown_columns) != set(broken.unknown):
        return [f"undeclared are {batch.unknown_columns}"]
    report = check_landing(settings, company.only(table), DBT_VARS)
    return [*report.problems] or _read_complaints(judge, table, batch.path, broken)


# The fuzzer itself


@pytest.mark.parametrize(
    "bug",
    [
        (SourceColumn, "accepts", lambda *_: True),
        (check_module, "_is_valid", lambda *_: True),
        (check_module, "_arrival_faults", lambda *_: []),
        (check_module, "undeclared_columns", lambda *_: set()),
    ],
    ids=lambda bug: bug[1],
)
def test_a_bug_in_the_landing_check_is_found(
    company: Company,
    judge: Judge,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bug: tuple[Any, str, Callable[..., Any]],
) -> None:
    table = "stripe/charge"
    planned = parquet_files(
        company.tables[table], some_rows(company, table), random.Random(f"{SEED} {table}")
    )
    monkeypatch.setattr(*bug)
    assert any(parquet_complaints(company, judge, tmp_path, table, broken) for broken in planned)


def nameless_refusal(path: Path) -> NoReturn:
    raise LandingError("Something is not UTF-8.")


@pytest.mark.parametrize(
    "bug",
    [
        (delimited_module, "parser", lambda _: lambda text: None),
        (delimited_module, "_refuse_encoding", nameless_refusal),
        (land_module, "shape_faults", lambda *_: []),
        (land_module, "csv_header", lambda path: next(csv.reader(path.open()))),
    ],
    ids=lambda bug: bug[1],
)
def test_a_bug_in_landing_is_found(
    company: Company,
    judge: Judge,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bug: tuple[Any, str, Callable[..., Any]],
) -> None:
    table = "salesforce/contract"
    planned = csv_files(
        company.tables[table], some_rows(company, table), random.Random(f"{SEED} {table}")
    )
    monkeypatch.setattr(*bug)
    complaints = (
        csv_complaints(company, judge, tmp_path / str(number), table, broken)
        for number, broken in enumerate(planned)
    )
    assert any(complaints)


def some_rows(company: Company, table: str) -> list[Row]:
    """A few rows that arrived."""
    return [row for row in company.rows(table).values() if row[ARRIVAL] is not None][:8]
