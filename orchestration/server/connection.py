"""The way to the server, and what may be told of what goes wrong on it.

Where the server is and who logs in is libpq's business: its environment variables, its password and
service files, or one URL in an environment variable. No secret and no value of a row is repeated.
"""

import os
import re
from typing import LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict

from orchestration.published import PublishRefused

VARIABLE = "QUOTAMART_POSTGRES"
# Views that keep to the rights of who asks came with it; older servers are out of support soon.
OLDEST_SERVER = 150000
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


def connected() -> psycopg.Connection[tuple]:
    """Log in as the environment says; the session counts time in UTC and sees only what it names.

    Raises:
        PublishRefused: the setting cannot be read, no server answers or it does not let us in, or
            it is too old or not of UTF-8. Neither URL nor password is in the message.
    """
    try:
        given = conninfo_to_dict(os.environ.get(VARIABLE, ""))
    except psycopg.ProgrammingError:
        raise PublishRefused(
            f"{VARIABLE} cannot be read; it is not shown, for it may hold a password. Write "
            "postgresql://<login>@<host>:5432/<database>, and what is neither letter nor digit in "
            "a password as %40 and so on; or leave it empty and set libpq's own PGHOST, PGUSER, "
            "PGDATABASE, with the password in PGPASSFILE."
        ) from None
    chosen = {"connect_timeout": 10, "application_name": "quotamart"} | given
    try:
        server = psycopg.connect(**chosen)
    except psycopg.Error as error:
        raise PublishRefused(
            f"The server does not let us in: {told(error)}\nLook at {VARIABLE}, or at PGHOST, "
            "PGPORT, PGUSER, PGDATABASE and PGPASSFILE."
        ) from None
    try:
        _prepare(server)
    except BaseException:
        server.close()
        raise
    return server


def told(error: psycopg.Error) -> str:
    """What the server or libpq says, without anything that it quotes.

    What stands in quotes is what somebody gave: a name, a value of a row, or a piece of a password
    that was taken for a host.
    """
    text = error.diag.message_primary or str(error) or type(error).__name__
    return _QUOTED.sub('"..."', text).strip()


def value(server: psycopg.Connection[tuple], query: LiteralString, *parameters: object) -> object:
    """The one value that a query finds; None where it finds no row."""
    row = server.execute(query, parameters or None).fetchone()
    return row[0] if row else None


def _prepare(server: psycopg.Connection[tuple]) -> None:
    if server.info.server_version < OLDEST_SERVER:
        raise PublishRefused("The server is older than PostgreSQL 15. Use a newer one.")
    if (encoding := value(server, "show server_encoding")) != "UTF8":
        raise PublishRefused(
            f"The database is encoded in {encoding}, which has no room for every name. Make one "
            "with `create database ... encoding 'UTF8' template template0`."
        )
    for name, wanted in {
        "TimeZone": "UTC",
        "search_path": "pg_catalog",
        # What a login's own settings limit is meant for people: a load takes as long as it takes.
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        # A lock that is not given is told: nothing but the switch waits for readers.
        "lock_timeout": "10s",
    }.items():
        server.execute("select set_config(%s, %s, true)", (name, wanted))
