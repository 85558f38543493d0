"""Taking a person out of rows: which rows are theirs, and what each cell becomes.

The same for landed files and for published marts: whose a row is and what of it is personal is
declared, an e-mail address is found wherever it stands.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.erasure.request import DOMAIN, EMAIL

_TEXTS = (pa.string(), pa.large_string())


@dataclass(frozen=True)
class Declared:
    """What is declared of one table: whose its rows are, and what of them is personal.

    `person` names the column of an id by what the id is of; `owners` does so for a single column
    that is about somebody else than its row. `columns` are all that are declared, None where no
    others can be there. Columns are in lower case: engines compare names so.
    """

    person: Mapping[str, str] = field(default_factory=dict)
    personal: frozenset[str] = frozenset()
    owners: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    columns: frozenset[str] | None = None


@dataclass(frozen=True)
class Person:
    """Everything that a person is known by, and what stands in for it.

    Args:
        ids: by what they are ids of.
        emails: addresses in lower case, each with its pseudonym.
        own: those of them, pseudonyms too, by which a row is known to be the person's.
    """

    pseudonym: str
    ids: Mapping[str, frozenset[str]]
    emails: Mapping[str, str]
    own: frozenset[str]

    @cached_property
    def _addresses(self) -> re.Pattern[str]:
        # Longest first, and no part of a longer address: ann@x.example is not in joann@x.example.
        either = "|".join(map(re.escape, sorted(self.emails, key=len, reverse=True)))
        return re.compile(
            rf"(?<![A-Za-z0-9._%+-])(?:{either})(?![A-Za-z0-9-]|\.[A-Za-z0-9])", re.IGNORECASE
        )

    def swept(self, text: str) -> str:
        """The text without an address of the person, wherever in it one stands."""
        if not self.emails:
            return text
        return self._addresses.sub(lambda found: self.emails[found[0].lower()], text)

    def replaced(self, text: str) -> str:
        """What stands in for a personal value; a text without content stays."""
        address = text.strip().lower()
        if not address or address.endswith(DOMAIN):
            return text
        return self.emails.get(address, self.pseudonym)


def erased(rows: pa.Table, declared: Declared, person: Person) -> pa.Table:
    """The rows with the person taken out; the same object where nothing of theirs is in them."""
    own_rows = theirs(rows, declared, person)
    changed = rows
    for position, name in enumerate(rows.column_names):
        values = rows[name]
        own = own_rows
        if name in declared.owners:
            own = theirs(rows, Declared(declared.owners[name]), person)
        found = _erased_column(values, name, declared, person, own)
        if found is not None:
            column = pa.field(name, found.type, metadata=rows.schema.field(position).metadata)
            changed = changed.set_column(position, column, found)
    return changed


def _erased_column(
    values: pa.ChunkedArray, name: str, declared: Declared, person: Person, own: pa.ChunkedArray
) -> pa.ChunkedArray | None:
    """The column with the person taken out; None where it stays as it is."""
    is_personal = name.lower() in declared.personal
    undeclared = declared.columns is not None and name.lower() not in declared.columns
    # Nobody reads what is undeclared, so nothing is computed from it; a connector's own marks stay.
    is_dropped = bool(declared.person) and undeclared and not name.startswith("_")
    texts = _as_texts(values)
    after = values
    if (is_dropped or (is_personal and texts is None)) and pc.any(
        pc.and_(own, pc.is_valid(values))
    ).as_py():
        after = pc.if_else(own, pa.scalar(None, values.type), values)
    texts = _as_texts(after)
    if texts is not None:
        touched = _holds_address(texts, person)
        if is_personal:
            touched = pc.or_(touched, own)
        replaced = _replaced(texts, touched, own if is_personal else None, person)
        after = after if replaced is None else replaced
    return None if after is values else after


def _replaced(
    texts: pa.ChunkedArray,
    touched: pa.ChunkedArray,
    own: pa.ChunkedArray | None,
    person: Person,
) -> pa.ChunkedArray | None:
    positions = pc.indices_nonzero(touched).to_pylist()
    if not positions:
        return None
    before = texts.take(pa.array(positions, pa.int64())).to_pylist()
    is_own = [False] * len(before)
    if own is not None:
        is_own = own.take(pa.array(positions, pa.int64())).to_pylist()
    after = [
        text if text is None else person.replaced(text) if mine else person.swept(text)
        for text, mine in zip(before, is_own, strict=True)
    ]
    if after == before:
        return None
    mask = pa.array(_flags(len(texts), positions))
    whole = pa.chunked_array([texts.combine_chunks()]) if texts.num_chunks != 1 else texts
    return pa.chunked_array(
        [pc.replace_with_mask(whole.chunk(0), mask, pa.array(after, texts.type))]
    )


def _flags(length: int, positions: list[int]) -> list[bool]:
    flags = [False] * length
    for position in positions:
        flags[position] = True
    return flags


def theirs(rows: pa.Table, declared: Declared, person: Person) -> pa.ChunkedArray:
    """Which rows are the person's: by an id, or because their address is one of theirs.

    An address in any other column may be that of somebody's manager or assistant.
    """
    names = {name.lower(): name for name in rows.column_names}
    found = pa.chunked_array([pa.array([False] * len(rows), pa.bool_())])
    for kind, column in declared.person.items():
        ids = person.ids.get(kind)
        if ids and column.lower() in names:
            values = rows[names[column.lower()]].cast(pa.string())
            found = pc.or_(found, pc.is_in(values, value_set=pa.array(sorted(ids), pa.string())))
    if declared.person and person.own:
        for name in sorted({*declared.personal, EMAIL} & set(names)):
            texts = _as_texts(rows[names[name]])
            if texts is not None:
                address = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
                own = pa.array(sorted(person.own), texts.type)
                found = pc.or_(found, pc.is_in(address, value_set=own))
    return found


def _holds_address(texts: pa.ChunkedArray, person: Person) -> pa.ChunkedArray:
    found = pa.chunked_array([pa.array([False] * len(texts), pa.bool_())])
    for address in person.emails:
        held = pc.match_substring(texts, address, ignore_case=True)
        found = pc.or_(found, pc.fill_null(held, False))
    return found


def _as_texts(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """A column of text in its plain form; None for any other."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if values.type == pa.string_view():
        values = values.cast(pa.string())
    return values if values.type in _TEXTS else None
