"""The published marts under the names the project builds them by, for one connection.

A dbt-duckdb plugin of the profile's target `published`. The names are views in memory over a file
attached read-only, so that a query can neither see the build file nor change the published one.
"""

from pathlib import Path

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

# What dbt's manifest calls the folder of the marts: the stem of the build file, and the layer. A
# parse for another target names no such file, and then means this connection's own catalogue.
CATALOGUE, SCHEMA = "quotamart", "marts"


class Plugin(BasePlugin):
    """Named so by dbt-duckdb; `marts_file` in its config is the published DuckDB file."""

    def initialize(self, plugin_config: dict[str, str]) -> None:
        """Keep the place of the published file."""
        # The version it stands for now: a link that moves between two attachments is no trouble.
        self.marts_file = Path(plugin_config["marts_file"]).resolve()

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Attach the published file and name its tables.

        Raises:
            duckdb.Error: there is no such file, or it is none of DuckDB's.
        """
        place = str(self.marts_file).replace("'", "''")
        conn.execute(f"attach '{place}' as published (read_only)")
        conn.execute(f"attach ':memory:' as {CATALOGUE}")
        tables = conn.execute(
            "select table_name from duckdb_tables() where database_name = 'published'"
        ).fetchall()
        for schema in (f"{CATALOGUE}.{SCHEMA}", SCHEMA):
            conn.execute(f"create schema {schema}")
            for (table,) in tables:
                conn.execute(f'create view {schema}."{table}" as from published.main."{table}"')
