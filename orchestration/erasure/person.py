"""Who the request is about: every id and address of theirs that the landed rows tell.

An id found in one table leads to rows of another, as a response does to its answers. An address
found so is taken out wherever it stands, because surveys are linked to customers by it; it makes no
further row the person's, because colleagues share a billing address.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.erasure.cells import Declared, Person, theirs
from orchestration.erasure.journal import Journal
from orchestration.erasure.request import DOMAIN, PAYEE, Request
from orchestration.landing.declared import Manifest, SourceTable
from orchestration.settings import Settings

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_USER = "user"


def kinds_of(tables: Iterable[SourceTable]) -> set[str]:
    """What a person may be named by: what the sources declare ids of."""
    return {kind for table in tables for kind in table.person}


def declared_of(table: SourceTable) -> Declared:
    """What is declared of a source table."""
    return Declared(
        person=table.person,
        personal=frozenset(column.name.lower() for column in table.columns if column.personal),
        columns=frozenset(table.columns_by_name),
    )


def declared_marts(manifest: Manifest) -> dict[str, Declared]:
    """What is declared of the marts that hold something personal, by name."""
    found = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model":
            continue
        metas = {name: _meta(column) for name, column in node["columns"].items()}
        person = _meta(node).get("person") or {}
        owners = {name: meta["person"] for name, meta in metas.items() if meta.get("person")}
        if person or owners:
            personal = (n.lower() for n, m in metas.items() if m.get("pii") or m.get("personal"))
            found[node["name"]] = Declared(person, frozenset(personal), owners)
    return found


def person_of(
    settings: Settings, request: Request, tables: Iterable[SourceTable], known: Journal | None
) -> Person:
    """The person of a request.

    Args:
        known: what an interrupted run of the same request had found.
    """
    ids = {kind: set(values) for kind, values in request.keys.items()}
    addresses = dict.fromkeys(request.emails)
    for kind, values in (known.ids if known else {}).items():
        ids.setdefault(kind, set()).update(values)
    addresses |= dict.fromkeys(known.emails if known else ())
    holding = [table for table in tables if table.person]
    before = None
    while before != (size := sum(map(len, ids.values()))):
        before = size
        person = _person(request, ids, addresses)
        for table in holding:
            for kind, value in _found(settings, table, person):
                if kind is None:
                    addresses.setdefault(value)
                else:
                    ids.setdefault(kind, set()).add(value)
    ids.setdefault(PAYEE, set()).update(_payees(settings, holding, ids.get(_USER, ())))
    return _person(request, ids, addresses)


def in_marts(person: Person, tables: Iterable[SourceTable]) -> Person:
    """The same person by the ids that the input contract makes: `<source_system>:<native id>`."""
    sources: dict[str, set[str]] = {}
    for table in tables:
        for kind in table.person:
            sources.setdefault(kind, set()).add(table.source_name)
    ids = {
        kind: frozenset(f"{source}:{value}" for source in sources.get(kind, ()) for value in values)
        for kind, values in person.ids.items()
    }
    return Person(person.pseudonym, ids, person.emails, person.own)


def _person(request: Request, ids: Mapping[str, Iterable[str]], addresses: Iterable[str]) -> Person:
    name = f"erased-{request.name.lower()}"
    emails = {
        address: f"{name}-{number}{DOMAIN}" for number, address in enumerate(addresses, start=1)
    }
    own = {*request.emails, *(emails[address] for address in request.emails)}
    return Person(name, {k: frozenset(v) for k, v in ids.items()}, emails, frozenset(own))


def _found(
    settings: Settings, table: SourceTable, person: Person
) -> Iterator[tuple[str | None, str]]:
    """Ids, by what they are of, and addresses, under None, in the rows of the person."""
    declared = declared_of(table)
    for path in sorted((settings.landing_dir / table.name).glob("[!._]*.parquet")):
        try:
            rows = pq.read_table(path)
        except (pa.ArrowException, OSError):
            # Erasing says of every file that cannot be read that it is out of reach.
            continue
        own = rows.filter(theirs(rows, declared, person))
        for kind, column in table.person.items():
            if column in own.column_names:
                yield from ((kind, value) for value in set(own[column].to_pylist()) if value)
        for name in own.column_names:
            if name.lower() in declared.personal and pa.types.is_string(own[name].type):
                texts = {text.strip().lower() for text in own[name].to_pylist() if text}
                for address in sorted(texts):
                    if _ADDRESS.fullmatch(address) and not address.endswith(DOMAIN):
                        yield None, address


def _payees(
    settings: Settings, tables: Iterable[SourceTable], users: Iterable[str]
) -> Iterator[str]:
    """The payees that these users are, by the rules of pay."""
    sources = {table.source_name for table in tables if _USER in table.person}
    keys = {f"{source}:{user}" for source in sources for user in users}
    path = settings.compensation_dir / "payees.csv"
    if path.is_file():
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                if row.get("user_id") in keys:
                    yield row["payee_id"]


def _meta(entry: Mapping) -> Mapping:
    return (entry.get("config") or {}).get("meta") or entry.get("meta") or {}
