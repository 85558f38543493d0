"""The rows that pay depends on, read from a built warehouse.

Here belongs reading input models and seeds as the engine takes them; nothing that pays.
"""

from __future__ import annotations

from typing import get_args, get_type_hints

import duckdb
import yaml

from ..harness import PROJECT_ROOT, dict_rows
from .rows import PayRows, PaySettings


def pay_rows(connection: duckdb.DuckDBPyConnection) -> PayRows:
    """All of them; columns that the engine does not know are left out."""
    return PayRows(
        **{
            table: table_rows(connection, table, get_args(kind)[0])
            for table, kind in get_type_hints(PayRows).items()
        }
    )


def pay_settings(connection: duckdb.DuckDBPyConnection) -> PaySettings:
    """Until when is known and counts, and the project's fiscal year."""
    declared = yaml.safe_load((PROJECT_ROOT / "dbt_project.yml").read_text("utf-8"))["vars"]
    (cutoff,) = rows_of(connection, "cutoff")
    (as_of,) = rows_of(connection, "as_of")
    fiscal_month = declared["fiscal_year_start_month"]
    return PaySettings(cutoff["cutoff_on"], as_of["as_of_on"], fiscal_month)


def table_rows(connection: duckdb.DuckDBPyConnection, table: str, kind: type) -> list:
    """A seed's or an input model's rows."""
    return [
        kind(**{name: row[name] for name in kind._fields if name in row})
        for row in rows_of(connection, table)
    ]


def rows_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, object]]:
    """The rows of the one relation with a name, or with that of an input model."""
    schema, name = connection.execute(
        "select table_schema, table_name from information_schema.tables"
        " where table_name in (?, 'input_' || ?) order by table_name limit 1",
        [table, table],
    ).fetchone()
    return dict_rows(connection.execute(f'from "{schema}"."{name}"'))
