"""A spreadsheet program in small: it reads an XLSX file and computes the formulas in it.

It knows what statements use (sums, products, ROUND, MIN, MAX, SUM, SUMIFS, cells of other sheets)
and nothing else; any other formula is an error. Results that the file brings along are not read.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

_NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>"[^"]*")
    |(?P<cell>(?:[A-Za-z]+!)?\$?[A-Z]{1,2}\$?[0-9]+(?::\$?[A-Z]{1,2}\$?[0-9]+)?)
    |(?P<name>[A-Z]+)(?=\()
    |(?P<number>[0-9]+(?:\.[0-9]+)?)
    |(?P<sign>[-+*/(),])
    )""",
    re.VERBOSE,
)


class Workbook:
    """The cells of a file: `sheet!A1` to a formula, a text or a number of the wanted type."""

    def __init__(self, path: Path, number: Callable[[str], Any] = Fraction) -> None:
        self._number = number
        self.formulas: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        self.brought: dict[str, Decimal] = {}
        with zipfile.ZipFile(path) as archive:
            self.names = archive.namelist()
            texts = [
                "".join(part.text or "" for part in entry.iter(f"{{{_NS['m']}}}t"))
                for entry in _xml(archive, "xl/sharedStrings.xml")
            ]
            book = _xml(archive, "xl/workbook.xml")
            for number_of, sheet in enumerate(book.iterfind(".//m:sheet", _NS), 1):
                assert sheet.get(_REL)
                content = _xml(archive, f"xl/worksheets/sheet{number_of}.xml")
                for cell in content.iterfind(".//m:c", _NS):
                    self._read(sheet.get("name"), cell, texts)
        self._known: dict[str, Any] = {}

    def _read(self, sheet: str, cell: ElementTree.Element, texts: list[str]) -> None:
        place = f"{sheet}!{cell.get('r')}"
        formula, value = cell.find("m:f", _NS), cell.find("m:v", _NS)
        if formula is not None:
            self.formulas[place] = formula.text
            self.brought[place] = Decimal(value.text)
        elif cell.get("t") == "s":
            self.values[place] = texts[int(value.text)]
        elif value is not None:
            self.values[place] = self._number(value.text)

    def __getitem__(self, place: str) -> Any:
        """The value of a cell; an empty one is 0."""
        if place in self.values:
            return self.values[place]
        if place not in self.formulas:
            return self._number("0")
        if place not in self._known:
            sheet = place.partition("!")[0]
            self._known[place] = _Formula(self, sheet, self.formulas[place], self._number).value()
        return self._known[place]

    def amount(self, place: str) -> Decimal:
        """The value of a cell, to the cent."""
        return _rounded(self[place], 2)

    def column(self, sheet: str, letter: str) -> list[str]:
        """The cells of a column that hold something, below its head."""
        rows = sorted(
            int(place[len(sheet) + 1 + len(letter) :])
            for place in (*self.values, *self.formulas)
            if re.fullmatch(rf"{sheet}!{letter}[0-9]+", place)
        )
        return [f"{sheet}!{letter}{row}" for row in rows if row > 1]


class _Formula:
    def __init__(self, book: Workbook, sheet: str, text: str, number: Callable[[str], Any]) -> None:
        self._book, self._sheet, self._number = book, sheet, number
        self._tokens = list(_tokens(text))
        self._at = 0

    def value(self) -> Any:
        found = self._sum()
        assert self._at == len(self._tokens), self._tokens[self._at :]
        return found

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self, wanted: str | None = None) -> tuple[str, str]:
        token = self._peek()
        assert wanted is None or token[1] == wanted, (wanted, token)
        self._at += 1
        return token

    def _sum(self) -> Any:
        total = self._product()
        while self._peek()[1] in ("+", "-"):
            sign = self._next()[1]
            more = self._product()
            total = total + more if sign == "+" else total - more
        return total

    def _product(self) -> Any:
        total = self._one()
        while self._peek()[1] in ("*", "/"):
            sign = self._next()[1]
            more = self._one()
            total = total * more if sign == "*" else total / more
        return total

    def _one(self) -> Any:
        kind, text = self._next()
        if text == "-":
            return -self._one()
        if text == "(":
            found = self._sum()
            self._next(")")
            return found
        if kind == "number":
            return self._number(text)
        if kind == "text":
            return text[1:-1]
        if kind == "cell":
            return self._cells(text)[0] if ":" not in text else self._cells(text)
        assert kind == "name", text
        return self._call(text)

    def _call(self, name: str) -> Any:
        self._next("(")
        arguments = [self._sum()]
        while self._peek()[1] == ",":
            self._next()
            arguments.append(self._sum())
        self._next(")")
        return {
            "ROUND": lambda value, digits: self._number(str(_rounded(value, int(digits)))),
            "SUM": lambda cells: sum(cells, self._number("0")),
            "MIN": min,
            "MAX": max,
            "SUMIFS": self._sum_ifs,
        }[name](*(arguments if name != "SUM" else [_flat(arguments)]))

    def _sum_ifs(self, cells: list[Any], *conditions: Any) -> Any:
        pairs = list(zip(conditions[::2], conditions[1::2], strict=True))
        return sum(
            (
                cell
                for number, cell in enumerate(cells)
                if all(str(column[number]) == wanted for column, wanted in pairs)
            ),
            self._number("0"),
        )

    def _cells(self, text: str) -> list[Any]:
        sheet, _, area = text.replace("$", "").rpartition("!")
        sheet = sheet or self._sheet
        first, _, last = area.partition(":")
        last = last or first
        column, start = _place(first)
        other, end = _place(last)
        if column == other:
            return [self._book[f"{sheet}!{column}{row}"] for row in range(start, end + 1)]
        assert (start, len(column), len(other)) == (end, 1, 1), text
        letters = [chr(code) for code in range(ord(column), ord(other) + 1)]
        return [self._book[f"{sheet}!{letter}{start}"] for letter in letters]


def _flat(values: list[Any]) -> list[Any]:
    return [cell for value in values for cell in (value if isinstance(value, list) else [value])]


def _place(cell: str) -> tuple[str, int]:
    found = re.fullmatch(r"([A-Z]+)([0-9]+)", cell)
    return found[1], int(found[2])


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        assert found, text[at:]
        at = found.end()
        yield found.lastgroup, found[found.lastgroup]


def _rounded(value: Any, digits: int) -> Decimal:
    """Half away from zero, as spreadsheets do; of a binary number what it is written as."""
    if isinstance(value, Fraction):
        scaled = abs(value) * 10**digits + Fraction(1, 2)
        whole = Decimal(scaled.numerator // scaled.denominator).scaleb(-digits)
        return whole if value >= 0 else -whole
    step = Decimal(1).scaleb(-digits)
    return Decimal(f"{value:.15g}").quantize(step, ROUND_HALF_UP)


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(archive.read(name))
