"""The SQLAlchemy dialect through which Great Expectations reads a DuckDB file.

Great Expectations has no DuckDB engine. Through plain `duckdb_engine` every expectation fails,
because releasing a connection rolls back, and a rollback throws away the result not yet read. On
a file opened read-only there is no transaction worth having.
"""

import duckdb_engine
from sqlalchemy.dialects import registry

NAME = "quotamart_duckdb"


class ReadOnlyDialect(duckdb_engine.Dialect):
    """`duckdb_engine` without transactions."""

    supports_statement_cache = False

    def do_begin(self, dbapi_connection: object) -> None:
        """No transaction is opened."""

    def do_commit(self, dbapi_connection: object) -> None:
        """Nothing is ever written."""

    def do_rollback(self, dbapi_connection: object) -> None:
        """A rollback would discard the result that is still to be read."""


def register() -> None:
    """Make the dialect known to SQLAlchemy under its name."""
    registry.register(NAME, __name__, ReadOnlyDialect.__name__)
