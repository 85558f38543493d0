"""Loading the published version: all its tables in one transaction, switched at the very end.

Until the transaction ends readers have the old version, after it the new one. Whatever ends a load
early, a crash among it, leaves the old one and nothing else.
"""

import hashlib
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import duckdb
import psycopg
from psycopg import sql

from orchestration.published import PublishedVersion, PublishRefused, current_version
from orchestration.server import access
from orchestration.server.connection import connected, told, value
from orchestration.server.tables import (
    FINANCE,
    MARTS,
    NEXT,
    VERSION_TABLE,
    attach,
    tables_of,
    write,
)
from orchestration.settings import Settings

SCHEMAS = (MARTS, FINANCE)
# By it a schema is known as one that a load may replace.
_MARK = "Made by quotamart; every load replaces it."
_KEPT_MARK = "Made by quotamart; kept over loads."
# One load at a time: a number that nothing else of the database uses.
_LOCK_NUMBER = 7_110_316_942_003
# How long new readers wait behind the load at most. Less than the second after which the server
# looks for deadlocks: so it is the load that gives way, never a reader.
_QUEUE_MILLISECONDS = 500
_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Loaded:
    """What a load did; with `is_new` false the server had the version already."""

    version: PublishedVersion
    database: str
    is_new: bool
    tables: int = 0
    rows: int = 0
    notes: tuple[str, ...] = ()


def load_published(settings: Settings, patience_seconds: float) -> Loaded:
    """Load the published version into the server that the environment names.

    Args:
        patience_seconds: how long to wait for readers that have the old version open.

    Raises:
        PublishRefused: nothing is published, or nothing was loaded and the server is as it was.
    """
    version = current_version(settings)
    if version is None:
        raise PublishRefused("Nothing is published yet. Run `quotamart build` first.")
    manifest = (version.path / "manifest.json").read_bytes()
    manifest_sha256 = hashlib.sha256(manifest).hexdigest()
    with closing(connected()) as server:
        try:
            loaded = _load(server, version, manifest_sha256, patience_seconds)
            server.commit()
        except psycopg.OperationalError as error:
            raise PublishRefused(
                f"The load was cut short: {told(error)}\nRun it again: what is loaded already is "
                "not loaded twice."
            ) from None
        except psycopg.Error as error:
            raise PublishRefused(
                f"The server refuses: {told(error)} Nothing was loaded; readers keep what they had."
            ) from None
        except duckdb.Error as error:
            raise PublishRefused(
                f"The files of {version.path} cannot be read ({type(error).__name__}). Nothing was "
                "loaded; readers keep what they had. If a newer version took their place just now, "
                "run it again; else build and publish again."
            ) from error
    return loaded


def _load(
    server: psycopg.Connection[tuple],
    version: PublishedVersion,
    manifest_sha256: str,
    patience_seconds: float,
) -> Loaded:
    database = server.info.dbname
    if not value(server, "select pg_try_advisory_xact_lock(%s)", _LOCK_NUMBER):
        raise PublishRefused("Another load into this database is running. Wait for its end.")
    access.refuse_roles(server)
    old = [schema for schema in SCHEMAS if _is_ours(server, schema)]
    if MARTS in old and _loaded_hash(server) == manifest_sha256:
        return Loaded(version, database, is_new=False)
    if not _is_ours(server, access.KEPT):
        _make_schema(server, access.KEPT, _KEPT_MARK)
    access.keep_logins(server)
    for schema in SCHEMAS:
        _make_schema(server, schema + NEXT, _MARK)
    with closing(attach(version)) as files:
        tables = tables_of(files, version, manifest_sha256)
        written = {table: write(server, files, table) for table in tables}
    notes = [
        f"{table.schema}.{table.name}: {found.rows_without_nul} rows hold a NUL character, which "
        "PostgreSQL cannot; it is shown as \ufffd."
        for table, found in written.items()
        if found.rows_without_nul
    ]
    access.protect(server, tables)
    if unknown := access.unknown_payees(server, tables):
        notes.append(
            f"quotamart.payee_logins maps logins to payees that the version does not know: "
            f"{', '.join(unknown)}. They see nothing."
        )
    _switch(server, old, patience_seconds)
    rows = sum(found.rows for found in written.values())
    return Loaded(version, database, True, len(tables), rows, tuple(notes))


def _is_ours(server: psycopg.Connection[tuple], schema: str) -> bool:
    """Whether a schema is there that a load made.

    Raises:
        PublishRefused: it is there and somebody else's.
    """
    found = server.execute(
        "select obj_description(oid, 'pg_namespace'), pg_get_userbyid(nspowner) = current_user "
        "from pg_namespace where nspname = %s",
        (schema,),
    ).fetchone()
    if found is None:
        return False
    mark, is_own = found
    if mark not in (_MARK, _KEPT_MARK):
        raise PublishRefused(
            f"The database has a schema {schema} that quotamart did not make, so it is left alone. "
            "Load into a database of its own."
        )
    if not is_own:
        raise PublishRefused(
            f"Another login has loaded the schema {schema}. Log in as that one, or let it have "
            "`alter schema ... owner to` this one, with all tables in it."
        )
    return True


def _loaded_hash(server: psycopg.Connection[tuple]) -> object:
    place = sql.Identifier(MARTS, VERSION_TABLE)
    row = server.execute(sql.SQL("select manifest_sha256 from {}").format(place)).fetchone()
    return row[0] if row else None


def _make_schema(server: psycopg.Connection[tuple], schema: str, mark: str) -> None:
    server.execute(
        sql.SQL("create schema {schema}; comment on schema {schema} is {mark}").format(
            schema=sql.Identifier(schema), mark=sql.Literal(mark)
        )
    )


def _switch(server: psycopg.Connection[tuple], old: Sequence[str], patience_seconds: float) -> None:
    """Put the new schemas in place of the old ones, when no reader has one of those open.

    A transaction that has read any table of the old version thus keeps all of it to its end.

    Raises:
        PublishRefused: readers did not let go in time, or something of somebody else hangs on a
            table that would go.
    """
    places = _tables_in(server, old)
    if places:
        _lock(server, places, patience_seconds)
        listed = sql.SQL(", ").join(places.values())
        try:
            server.execute(sql.SQL("drop table {} restrict").format(listed))
        except psycopg.errors.DependentObjectsStillExist as error:
            raise PublishRefused(
                "Something that is not of quotamart hangs on the marts and would go with them:\n"
                f"{error.diag.message_detail}\nDrop it, load, and make it again after each load. "
                "Nothing was loaded; readers keep what they had."
            ) from None
    for schema in old:
        try:
            server.execute(sql.SQL("drop schema {} restrict").format(sql.Identifier(schema)))
        except psycopg.errors.DependentObjectsStillExist as error:
            raise PublishRefused(
                f"The schema {schema} holds something that is not of quotamart:\n"
                f"{error.diag.message_detail}\nMove it to a schema of its own. Nothing was loaded; "
                "readers keep what they had."
            ) from None
    for schema in SCHEMAS:
        server.execute(
            sql.SQL("alter schema {} rename to {}").format(
                sql.Identifier(schema + NEXT), sql.Identifier(schema)
            )
        )


def _tables_in(
    server: psycopg.Connection[tuple], schemas: Sequence[str]
) -> dict[int, sql.Identifier]:
    """The tables of the schemas by their number on the server."""
    found = server.execute(
        "select tables.oid, nspname, relname from pg_class as tables "
        "join pg_namespace as schemas on schemas.oid = relnamespace "
        "where relkind = 'r' and nspname = any(%s) order by nspname, relname",
        (list(schemas),),
    )
    return {number: sql.Identifier(schema, name) for number, schema, name in found.fetchall()}


def _lock(
    server: psycopg.Connection[tuple], places: dict[int, sql.Identifier], patience_seconds: float
) -> None:
    """Have every table of the old version to ourselves; no new reader waits long behind us."""
    deadline = time.monotonic() + patience_seconds
    listed = sql.SQL(", ").join(places.values())
    while True:
        try:
            with server.transaction():
                server.execute(f"set local statement_timeout = {_QUEUE_MILLISECONDS}")
                server.execute(sql.SQL("lock table {} in access exclusive mode").format(listed))
                server.execute("set local statement_timeout = 0")
            return
        except (psycopg.errors.QueryCanceled, psycopg.errors.DeadlockDetected):
            if time.monotonic() >= deadline:
                raise PublishRefused(_who_reads(server, list(places), patience_seconds)) from None
        time.sleep(_PAUSE_SECONDS)


def _who_reads(
    server: psycopg.Connection[tuple], tables: list[int], patience_seconds: float
) -> str:
    readers = server.execute(
        "select distinct pid, usename from pg_locks join pg_stat_activity using (pid) "
        "where relation = any(%s) and granted and pid <> pg_backend_pid() order by pid",
        (tables,),
    ).fetchall()
    listed = ", ".join(f"{user} (process {pid})" for pid, user in readers) or "many short queries"
    return (
        f"Readers have the old version open, and did not let go in {patience_seconds:g} seconds: "
        f"{listed}. Nothing was loaded; readers keep what they had. Run it again when their "
        "queries have ended, wait longer with --wait, or end one: select pg_terminate_backend(...)."
    )
