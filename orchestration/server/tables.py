"""The tables of one version: what each is made of, written, described and proved on the server.

Every table, also one of the load's own, is a query on the published files. Who may read it is not
decided here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from orchestration.content_hash import content_hash, hash_of_sums
from orchestration.published import PublishedVersion, PublishRefused
from orchestration.server.connection import told

MARTS, FINANCE = "marts", "finance"
VERSION_TABLE, SCOPES_TABLE = "published_version", "payee_scopes"
# A version that is being loaded has its schemas under other names.
NEXT = "_next"
# PostgreSQL's text has no place for this character; a sign that something stood there takes it.
NO_CHARACTER, ITS_SIGN = "chr(0)", "chr(65533)"
_TYPES = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric(39, 0)",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_BATCH_ROWS = 10_000
# Whoever sees a payee sees those below, whatever the depth. Nobody is met twice, so a circle ends.
_SCOPES = """
    with recursive scopes as (
        select payee_id as viewer_payee_id, payee_id from finance.main.dim_payees
        union
        select scopes.viewer_payee_id, payees.payee_id
        from scopes
        inner join finance.main.dim_payees as payees on scopes.payee_id = payees.manager_payee_id
    )
    select * from scopes
"""


@dataclass(frozen=True)
class Column:
    name: str
    duckdb_type: str
    description: str | None

    @property
    def server_type(self) -> str:
        """The type on the server; text, numbers and days without any loss."""
        if decimal := _DECIMAL.fullmatch(self.duckdb_type):
            return f"numeric({decimal[1]}, {decimal[2]})"
        return _TYPES[self.duckdb_type]

    @property
    def is_known(self) -> bool:
        return self.duckdb_type in _TYPES or bool(_DECIMAL.fullmatch(self.duckdb_type))


@dataclass(frozen=True)
class Table:
    """One table of a version.

    `query` is DuckDB's, on the published files; `proof` another that must find the same rows, and
    `manifest_hash` their hash, where the version's manifest says it.
    """

    schema: str
    name: str
    query: str
    columns: tuple[Column, ...]
    description: str | None
    primary_key: tuple[str, ...]
    proof: str
    manifest_hash: str | None = None

    @property
    def next_place(self) -> sql.Identifier:
        """Where it is written before the switch."""
        return sql.Identifier(self.schema + NEXT, self.name)

    def has(self, column: str) -> bool:
        return any(own.name == column for own in self.columns)


@dataclass(frozen=True)
class Written:
    """What was written of a table; rows whose text lost a NUL character among them."""

    rows: int
    rows_without_nul: int


def attach(version: PublishedVersion) -> duckdb.DuckDBPyConnection:
    """Open both files of a version, read-only, under the names of the schemas that they become."""
    files = duckdb.connect()
    files.execute("set TimeZone = 'UTC'")
    for schema, file in ((MARTS, version.marts_file), (FINANCE, version.finance_file)):
        files.execute(f"attach {_literal(file)} as {schema} (read_only)")
    return files


def tables_of(
    files: duckdb.DuckDBPyConnection, version: PublishedVersion, manifest_sha256: str
) -> list[Table]:
    """All tables of a version: the marts for everybody, what finance sees more of, the load's own.

    Raises:
        PublishRefused: a file has a table that the manifest does not name, or a type that has no
            counterpart on the server.
    """
    public = _described(files, MARTS)
    whole = _described(files, FINANCE)
    if set(whole) != set(version.manifest["marts"]) or not set(public) <= set(whole):
        raise PublishRefused(
            f"The files of {version.path} have other tables than its manifest: they were changed "
            "after they were published. Nothing was loaded; build and publish again."
        )
    tables = []
    for name, columns in sorted(whole.items()):
        if name in public:
            tables.append(_mart(files, version, MARTS, name, public[name], columns))
        # What hides nothing need not be there twice.
        if columns != public.get(name):
            tables.append(_mart(files, version, FINANCE, name, columns, columns))
    if "dim_payees" in whole:
        tables.append(_scopes_table())
    tables.append(_version_table(version, manifest_sha256))
    _refuse_unknown_types(tables)
    return tables


def write(
    server: psycopg.Connection[tuple], files: duckdb.DuckDBPyConnection, table: Table
) -> Written:
    """Make the table in its next schema, with rows, key, descriptions and statistics, and prove it.

    The rows are written frozen: also a reader whose snapshot is older than this load sees them, and
    never an empty table.

    Raises:
        PublishRefused: the server did not take it, or holds something else than the files.
    """
    place, source = table.next_place, _readable(table, table.query)
    try:
        server.execute(
            sql.SQL("create table {} ({})").format(
                place,
                sql.SQL(", ").join(
                    sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.server_type))
                    for c in table.columns
                ),
            )
        )
        with server.cursor().copy(sql.SQL("copy {} from stdin (freeze)").format(place)) as copy:
            for row in _texts(files, table, source):
                copy.write_row(row)
        if table.primary_key and all(table.has(column) for column in table.primary_key):
            key = sql.SQL(", ").join(map(sql.Identifier, table.primary_key))
            server.execute(sql.SQL("alter table {} add primary key ({})").format(place, key))
        _describe(server, table)
        server.execute(sql.SQL("analyze {}").format(place))
        found = _content_hash(server, table)
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise PublishRefused(
            f"The server did not take {table.schema}.{table.name}: {told(error)} Nothing was "
            "loaded; readers keep what they had."
        ) from None
    rows_with_nul = _rows_with_nul(files, table)
    if found != _expected_hash(files, table, bool(rows_with_nul)):
        raise PublishRefused(
            f"What was loaded as {table.schema}.{table.name} is not what the version's manifest "
            "says: its files were changed after they were published. Nothing was loaded; readers "
            "keep what they had. Build and publish again."
        )
    (rows,) = files.execute(f"select count(*) from ({table.query})").fetchone()
    return Written(rows, rows_with_nul)


def _expected_hash(files: duckdb.DuckDBPyConnection, table: Table, has_nul: bool) -> str | None:
    if table.manifest_hash and not has_nul:
        return table.manifest_hash
    if table.manifest_hash and content_hash(files, f"({table.query})") != table.manifest_hash:
        return None
    return content_hash(files, f"({_readable(table, table.proof)})")


def _mart(
    files: duckdb.DuckDBPyConnection,
    version: PublishedVersion,
    schema: str,
    name: str,
    columns: tuple[Column, ...],
    whole: tuple[Column, ...],
) -> Table:
    entry = version.manifest["marts"][name]
    (description,) = files.execute(
        "select comment from duckdb_tables() where database_name = ? and table_name = ?",
        (schema, name),
    ).fetchone()
    listed = ", ".join(_quoted(column.name) for column in columns)
    return Table(
        schema,
        name,
        f"select {listed} from {schema}.main.{_quoted(name)}",
        columns,
        description,
        tuple(entry.get("primary_key") or ()),
        # What everybody sees is part of what finance sees, and that the manifest vouches for.
        proof=f"select {listed} from {FINANCE}.main.{_quoted(name)}",
        manifest_hash=entry["content_hash"] if columns == whole else None,
    )


def _scopes_table() -> Table:
    return Table(
        FINANCE,
        SCOPES_TABLE,
        _SCOPES,
        (
            Column("viewer_payee_id", "VARCHAR", "Who sees."),
            Column("payee_id", "VARCHAR", "Whose rows: the viewer's own, and of all below."),
        ),
        "**Grain:** one row per payee and payee whose pay that one sees. From dim_payees.",
        ("viewer_payee_id", "payee_id"),
        proof=_SCOPES,
    )


def _version_table(version: PublishedVersion, manifest_sha256: str) -> Table:
    manifest = version.manifest
    columns = {
        "version": ("VARCHAR", version.name, "Published version that the marts are of."),
        "as_of": ("TIMESTAMP", manifest.get("as_of"), "What it knows up to, UTC."),
        "cutoff_on": ("DATE", manifest.get("cutoff_on"), "Day up to which pay takes effect."),
        "published_at": ("TIMESTAMP", manifest["published_at"], "When it was published, UTC."),
        "manifest_sha256": ("VARCHAR", manifest_sha256, "SHA-256 of its manifest.json."),
        "loaded_at": ("TIMESTAMP", datetime.now(UTC).isoformat(), "When it was loaded, UTC."),
    }
    values = ", ".join(
        f"{_instant(content) if kind == 'TIMESTAMP' else f'cast({_literal(content)} as {kind})'}"
        f" as {name}"
        for name, (kind, content, _) in columns.items()
    )
    query = f"select {values}"
    return Table(
        MARTS,
        VERSION_TABLE,
        query,
        tuple(Column(name, kind, text) for name, (kind, _, text) in columns.items()),
        "**Grain:** one row: the version that all the marts of this database are of.",
        ("version",),
        proof=query,
    )


def _described(files: duckdb.DuckDBPyConnection, database: str) -> Mapping[str, tuple[Column, ...]]:
    """The columns of every table of a file, in order."""
    found: dict[str, tuple[Column, ...]] = {}
    for table, column, data_type, comment in files.execute(
        "select table_name, column_name, data_type, comment from duckdb_columns() "
        "where database_name = ? order by table_name, column_index",
        (database,),
    ).fetchall():
        found[table] = (*found.get(table, ()), Column(column, data_type, comment))
    return found


def _refuse_unknown_types(tables: list[Table]) -> None:
    unknown = [
        f"{table.name}.{column.name} ({column.duckdb_type})"
        for table in tables
        for column in table.columns
        if not column.is_known
    ]
    if unknown:
        raise PublishRefused(
            f"No type of the server holds all that these columns may: {', '.join(unknown)}. "
            "Cast them in their models to string, int, bigint, decimal, boolean, date or timestamp."
        )


def _readable(table: Table, query: str) -> str:
    """A query for the rows of a table, without the one character that PostgreSQL cannot hold."""
    columns = ", ".join(
        f"replace({_quoted(c.name)}, {NO_CHARACTER}, {ITS_SIGN}) as {_quoted(c.name)}"
        if c.duckdb_type == "VARCHAR"
        else _quoted(c.name)
        for c in table.columns
    )
    return f"select {columns} from ({query})"


def _rows_with_nul(files: duckdb.DuckDBPyConnection, table: Table) -> int:
    tests = " or ".join(
        f"contains({_quoted(c.name)}, {NO_CHARACTER})"
        for c in table.columns
        if c.duckdb_type == "VARCHAR"
    )
    (count,) = files.execute(
        f"select count(*) from ({table.query}) where {tests or 'false'}"
    ).fetchone()
    return count


def _texts(
    files: duckdb.DuckDBPyConnection, table: Table, source: str
) -> Iterator[tuple[str | None, ...]]:
    """The rows as text, which is exact: Python has no day after the year 9999."""
    columns = ", ".join(f"cast({_quoted(c.name)} as varchar)" for c in table.columns)
    cursor = files.execute(f"select {columns} from ({source})")
    while rows := cursor.fetchmany(_BATCH_ROWS):
        yield from rows


def _describe(server: psycopg.Connection[tuple], table: Table) -> None:
    if table.description:
        server.execute(
            sql.SQL("comment on table {} is {}").format(
                table.next_place, sql.Literal(table.description)
            )
        )
    for column in table.columns:
        if column.description:
            server.execute(
                sql.SQL("comment on column {}.{} is {}").format(
                    table.next_place, sql.Identifier(column.name), sql.Literal(column.description)
                )
            )


def _content_hash(server: psycopg.Connection[tuple], table: Table) -> str:
    """`content_hash`, computed by PostgreSQL from what it holds."""
    parts = sql.SQL(" || ").join(
        sql.SQL("{} || coalesce(length({text}) || ':' || {text}, '-') || ';'").format(
            sql.Literal(f"{column.name}="), text=_text(column)
        )
        for column in sorted(table.columns, key=lambda column: column.name)
    )
    row_count, first, second = server.execute(
        sql.SQL(
            """
            select count(*), coalesce(sum({first}), 0), coalesce(sum({second}), 0)
            from (select md5({parts}) as digest from {place}) as digests
            """
        ).format(
            parts=parts, place=table.next_place, first=_number_from(1), second=_number_from(17)
        )
    ).fetchone()
    return hash_of_sums(row_count, int(first), int(second))


def _text(column: Column) -> sql.Composed:
    name = sql.Identifier(column.name)
    if column.duckdb_type == "TIMESTAMP":
        return sql.SQL("trunc(extract(epoch from {}) * 1000000)::text").format(name)
    return sql.SQL("{}::text").format(name)


def _number_from(position: int) -> sql.Composed:
    """16 hexadecimal digits as a number without a sign; PostgreSQL's whole numbers have one."""
    signed = f"('x' || substr(digest, {position}, 16))::bit(64)::bigint"
    return sql.SQL("({signed}::numeric + case when {signed} < 0 then {above} else 0 end)").format(
        signed=sql.SQL(signed), above=sql.Literal(2**64)
    )


def _instant(text: str | None) -> str:
    return f"cast(cast({_literal(text)} as timestamptz) as timestamp)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str | Path | None) -> str:
    return "null" if text is None else "'" + str(text).replace("'", "''") + "'"
