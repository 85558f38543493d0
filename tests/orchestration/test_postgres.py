"""A published version on a real PostgreSQL: equal to the cent, switched whole, seen by row."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql

from orchestration.cli import main
from orchestration.mart_files import Mart, marts_of, write_marts
from orchestration.published import PublishRefused
from orchestration.server.load import Loaded, load_published
from orchestration.settings import Settings
from tests.conftest import PROJECT
from tests.orchestration.conftest import Copy
from tests.orchestration.postgres import OLDER, PASSWORD, Server, running_server

# What the document tells an administrator, finance and readers to run, in its order.
ROLES, RIGHTS, LOGINS, MAPPING, QUERIES = re.findall(
    r"```sql\n(.*?)```", (PROJECT / "docs" / "postgres.md").read_text(encoding="utf-8"), re.DOTALL
)
# A member of payee whom finance has mapped to nobody, and a login that belongs to no role.
OTHERS = "create role olga login in role payee; create role stranger login;"
EVERYBODY = ("quotamart_loader", "dashboards", "fiona", "ana", "max", "olga", "stranger")
ANA, MAX = "p004", "p002"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with the roles and logins of the document, and some others."""
    with running_server() as server:
        make_logins(server)
        yield server


def make_logins(server: Server) -> None:
    server.run(ROLES.partition("create database")[0])
    server.run(LOGINS + OTHERS)
    with server.connect() as connection:
        for login in EVERYBODY:
            connection.execute(
                sql.SQL("alter role {} password {}").format(
                    sql.Identifier(login), sql.Literal(PASSWORD)
                )
            )


def make_database(server: Server, name: str) -> str:
    """A database as the document sets it up."""
    creation = "create database" + ROLES.partition("create database")[2]
    server.run(f"drop database if exists {name} with (force)")
    server.run(creation.replace(" sales ", f" {name} "))
    server.run(RIGHTS.replace(" sales ", f" {name} "), name)
    return name


@pytest.fixture
def database(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database that the environment names."""
    name = make_database(server, "one_test")
    for variable, setting in server.environment(name).items():
        monkeypatch.setenv(variable, setting)
    return name


@dataclass(frozen=True)
class Company:
    """A small company of its own, to publish and load in no time."""

    settings: Settings

    def publish(self, version: str, **others: str | None) -> None:
        """Publish marts, each a query, None for one that is not there.

        By default there is all that a switch or a policy can go wrong on.
        """
        queries = {
            "dim_payees": "select * from (values ('boss', null), ('rep', 'boss'), "
            "('other', 'boss'), ('alone', null)) as rows(payee_id, manager_payee_id)",
            "fct_payouts": "select payee_id, 100.25::decimal(18, 2) as paid_amount from "
            "(values ('boss'), ('rep'), ('other'), ('alone')) as rows(payee_id)",
            "fct_forecasts": "select 'u1' as owner_user_id, 9.50::decimal(18, 2) as quota_amount",
            **{
                f"fct_{letter}": f"select i::bigint as id, '{version}' as made_by "
                "from range(500) as numbers(i)"
                for letter in "abc"
            },
            **others,
        }
        tables = {name: query for name, query in queries.items() if query}
        build = self.settings.build_file
        build.parent.mkdir(parents=True, exist_ok=True)
        build.unlink(missing_ok=True)
        with duckdb.connect(str(build)) as connection:
            connection.execute("create schema marts")
            for name, query in tables.items():
                connection.execute(f"create table marts.{name} as {query}")
            marts = [self._mart(connection, name) for name in sorted(tables)]
        folder = self.settings.versions_dir / version
        folder.mkdir(parents=True)
        manifest = {
            "version": version,
            "published_at": "2026-04-12T03:00:00+00:00",
            "as_of": "2026-04-12T02:00:00Z",
            "cutoff_on": "2026-03-31",
            "marts": write_marts(self.settings, folder, marts),
        }
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        self.settings.current_link.unlink(missing_ok=True)
        self.settings.current_link.symlink_to(f"versions/{version}")

    @staticmethod
    def _mart(connection: duckdb.DuckDBPyConnection, name: str) -> Mart:
        columns = [c for c, *_ in connection.execute(f"describe marts.{name}").fetchall()]
        return Mart(
            name=name,
            relation=f"marts.{name}",
            description=f"**Grain:** one row of {name}. It's described.",
            column_descriptions={column: f"What {column} is, 说明." for column in columns},
            primary_key=tuple(columns[:1]),
            private_columns=frozenset(c for c in columns if c.endswith("_amount")),
            for_finance_only=name in ("dim_payees", "fct_payouts"),
            may_be_empty=True,
        )

    def load(self, patience_seconds: float = 5) -> Loaded:
        return load_published(self.settings, patience_seconds)


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """A company whose version v1 is published."""
    company = Company(Settings.from_environment({}, project_dir=tmp_path))
    company.publish("v1")
    return company


def made_by(server: Server, database: str) -> set[str]:
    """Which versions the marts of a database are of."""
    rows = server.rows(
        "select made_by from marts.fct_a union select made_by from marts.fct_b "
        "union select made_by from marts.fct_c union select version from marts.published_version",
        "dashboards",
        database,
    )
    return {name for (name,) in rows}


def schemas(server: Server, database: str) -> set[str]:
    rows = server.rows(
        "select nspname from pg_namespace where nspname !~ '^(pg_|information_schema)'",
        database=database,
    )
    return {name for (name,) in rows}


# --- The sample company, as published


@pytest.fixture(scope="module")
def sales(server: Server, published_copy: Copy) -> Iterator[str]:
    """The sample company's version, loaded and mapped as the document says; tests only read it."""
    yield from loaded_sales(server, published_copy)


def loaded_sales(server: Server, published_copy: Copy) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patched:
        for variable, setting in server.environment(make_database(server, "sales")).items():
            patched.setenv(variable, setting)
        patched.setenv("QUOTAMART_PUBLISH", str(published_copy.publish))
        told = CliRunner().invoke(main, ["publish", "--to", "postgres"])
        assert told.exit_code == 0, told.output
        assert re.search(r"Loaded version .* into the database sales: \d+ tables, ", told.output)
        server.run(MAPPING, "sales", login="fiona")
        yield "sales"


def published_tables(copy: Copy, audience: str) -> dict[str, list[tuple[str, str, str | None]]]:
    """Name, type and description of every column of every table of a published file."""
    with duckdb.connect(copy.publish / "current" / f"{audience}.duckdb", read_only=True) as file:
        found: dict[str, list[tuple[str, str, str | None]]] = {}
        for table, *column in file.execute(
            "select table_name, column_name, data_type, comment from duckdb_columns() "
            "where not internal order by table_name, column_index"
        ).fetchall():
            found.setdefault(table, []).append(tuple(column))
        return found


def server_tables(server: Server, database: str, login: str) -> dict[str, dict[str, list]]:
    """What a login may read, by schema and table: name, type and description of every column."""
    found: dict[str, dict[str, list]] = {}
    for schema, table, *column in server.rows(
        "select nspname, relname, attname, format_type(atttypid, atttypmod), "
        "col_description(pg_class.oid, attnum) "
        "from pg_class join pg_namespace on pg_namespace.oid = relnamespace "
        "join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped "
        "where relkind in ('r', 'v', 'm', 'f', 'p') "
        "and nspname !~ '^(pg_|information_schema)' "
        "and has_schema_privilege(nspname, 'usage') "
        "and has_any_column_privilege(pg_class.oid, 'select') "
        "order by nspname, relname, attnum",
        login,
        database,
    ):
        found.setdefault(schema, {}).setdefault(table, []).append(tuple(column))
    return found


TYPES = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DATE": "date",
    "TIMESTAMP": "timestamp without time zone",
}


def as_on_the_server(columns: list[tuple[str, str, str | None]]) -> list[tuple]:
    return [
        (name, TYPES.get(kind) or kind.replace("DECIMAL", "numeric"), text)
        for name, kind, text in columns
    ]


def test_bi_sees_exactly_the_tables_and_columns_of_the_file_for_everybody(
    server: Server, sales: str, published_copy: Copy
) -> None:
    seen = server_tables(server, sales, "dashboards")
    assert set(seen) == {"marts"}
    assert seen["marts"].pop("published_version")
    expected = published_tables(published_copy, "marts")
    assert len(expected) > 40
    assert seen["marts"] == {name: as_on_the_server(c) for name, c in expected.items()}


def test_finance_sees_every_column_and_what_bi_does_not_is_hidden_from_it_by_policy(
    server: Server, sales: str, published_copy: Copy
) -> None:
    seen = server_tables(server, sales, "fiona")
    assert set(seen) == {"marts", "finance", "quotamart"}
    assert set(seen["quotamart"]) == {"payee_logins"}
    assert seen["finance"].pop("payee_scopes")
    both = {**seen["marts"], **seen["finance"]}
    both.pop("published_version")
    expected = published_tables(published_copy, "finance")
    assert both == {name: as_on_the_server(c) for name, c in expected.items()}
    unprotected = server.rows(
        "select relname from pg_class where relkind = 'r' "
        "and relnamespace in ('finance'::regnamespace, 'quotamart'::regnamespace) "
        "and not (relrowsecurity and relforcerowsecurity)",
        database=sales,
    )
    assert not unprotected


def test_no_column_of_pay_or_person_is_outside_the_protected_schema(
    server: Server, sales: str, published_copy: Copy
) -> None:
    manifest = json.loads((published_copy.root / "target" / "manifest.json").read_text("utf-8"))
    public = server_tables(server, sales, "dashboards")["marts"]
    private_count = 0
    for mart in marts_of(manifest):
        private_count += len(mart.private_columns)
        shown = {name for name, *_ in public.get(mart.name, [])}
        assert not shown & mart.private_columns, mart.name
        assert not (mart.for_finance_only and shown), mart.name
    assert private_count > 50


def test_every_mart_equals_its_published_file_row_for_row_and_to_the_cent(
    server: Server, sales: str, published_copy: Copy
) -> None:
    row_count = 0
    for audience, login in (("marts", "dashboards"), ("finance", "fiona")):
        seen = server_tables(server, sales, login)
        file = published_copy.publish / "current" / f"{audience}.duckdb"
        with (
            duckdb.connect(file, read_only=True) as connection,
            server.connect(login, sales) as reader,
        ):
            reader.execute("set TimeZone = 'Asia/Shanghai'")
            for mart in published_tables(published_copy, audience):
                place = f"finance.{mart}" if mart in seen.get("finance", {}) else f"marts.{mart}"
                loaded = reader.execute(f"select * from {place}").fetchall()
                published = connection.execute(f"select * from {mart}").fetchall()
                assert sorted(map(repr, loaded)) == sorted(map(repr, published)), mart
                row_count += len(loaded)
    assert row_count > 50_000


def test_keys_are_primary_keys_and_tables_say_what_they_are(
    server: Server, sales: str, published_copy: Copy
) -> None:
    manifest = json.loads((published_copy.root / "target" / "manifest.json").read_text("utf-8"))
    keys = dict(
        server.rows(
            "select conrelid::regclass::text, array_agg(attname::text order by position) "
            "from pg_constraint, unnest(conkey) with ordinality as parts(number, position) "
            "join pg_attribute on attnum = number "
            "where contype = 'p' and attrelid = conrelid group by conrelid",
            database=sales,
        )
    )
    described = dict(
        server.rows(
            "select oid::regclass::text, obj_description(oid, 'pg_class') from pg_class",
            database=sales,
        )
    )
    for mart in marts_of(manifest):
        schema = "finance" if mart.for_finance_only else "marts"
        place = f"{schema}.{mart.name}"
        assert described[place] == mart.description
        if not mart.private_columns & set(mart.primary_key):
            assert keys[place] == list(mart.primary_key)


def test_the_queries_of_the_document_have_an_answer(server: Server, sales: str) -> None:
    with server.connect("max", sales) as reader:
        for query in filter(str.strip, QUERIES.split(";")):
            reader.execute(query)
        lines = reader.execute("select distinct payee_id from finance.fct_payout_lines").fetchall()
    assert (MAX,) in lines
    assert len(lines) > 3


# --- Who sees whose pay


def team_of(manager: str) -> set[str]:
    """The payees below one in the sample company's seeds, and that one; the last rows hold."""
    import csv

    seeds = PROJECT / "seeds" / "compensation" / "payee_assignments.csv"
    managers = {
        row["payee_id"]: row["manager_payee_id"]
        for row in csv.DictReader(seeds.read_text(encoding="utf-8").splitlines())
        if not row["valid_to"]
    }
    team = {manager}
    while found := {payee for payee, above in managers.items() if above in team} - team:
        team |= found
    return team


@pytest.mark.parametrize(
    ("login", "payees"), [("ana", {ANA}), ("max", team_of(MAX)), ("olga", set())]
)
def test_a_payee_reads_the_rows_of_the_own_team_everywhere_and_no_other_rows(
    server: Server, sales: str, login: str, payees: set[str]
) -> None:
    seen = server_tables(server, sales, login)
    assert set(seen["marts"]) == {"published_version"}
    assert set(seen["quotamart"]) == {"payee_logins"}
    places = set()
    with server.connect(login, sales) as reader, server.connect("fiona", sales) as finance:
        for table, columns in seen["finance"].items():
            assert "payee_id" in {name for name, *_ in columns}, table
            query = f"select * from finance.{table}"
            if table == "payee_scopes":
                query += " where viewer_payee_id = any(%s)"
                whom = {ANA} if login == "ana" else {MAX} if login == "max" else set()
            else:
                query += " where payee_id = any(%s)"
                whom = payees
            own = finance.execute(query, (list(whom),)).fetchall()
            read = reader.execute(f"select * from finance.{table}").fetchall()
            assert sorted(map(repr, read)) == sorted(map(repr, own)), table
            places |= {table} if read else set()
        logins = reader.execute("select payee_id from quotamart.payee_logins").fetchall()
    assert logins == [(payee,) for payee in {"ana": [ANA], "max": [MAX]}.get(login, [])]
    lines = {"fct_payout_lines", "fct_payout_line_slices", "fct_pending_postings", "dim_payees"}
    assert lines <= places if payees else not places


def test_a_manager_sees_a_team_of_two_levels_and_not_the_manager_above(
    server: Server, sales: str
) -> None:
    below = team_of(MAX)
    assert 3 < len(below) < len(team_of("p001"))
    rows = server.rows("select payee_id from finance.dim_payees", "max", sales)
    assert {payee for (payee,) in rows} == below


ATTACKS = {
    "another payee by name": f"select * from finance.fct_payout_lines where payee_id = '{MAX}'",
    "a function that tells all it is given": "select * from finance.fct_payout_lines "
    "where ana.told(payee_id || ' ' || released_amount)",
    "an error that depends on a value": "select * from finance.fct_payout_lines "
    f"where 1 / (case when payee_id = '{MAX}' then 0 else 1 end) = 1",
    "a cast that fails with the value": "select * from finance.fct_payout_lines "
    f"where payee_id = '{ANA}' or payee_id::integer > 0",
    "a view of her own": "select * from ana.lines",
    "statistics": "select * from pg_stats where schemaname = 'finance' and most_common_vals "
    "is not null",
    "extended statistics": "select * from pg_stats_ext where schemaname = 'finance'",
    "a join": "select lines.* from finance.dim_payees right join finance.fct_payout_lines as lines "
    "using (payee_id)",
    "a cursor's copy": "select * from finance.fct_payout_lines tablesample system (100)",
}


@pytest.mark.parametrize("query", ATTACKS.values(), ids=ATTACKS)
def test_nothing_that_a_payee_may_ask_shows_a_colleagues_row(
    server: Server, attackable: str, query: str
) -> None:
    notices: list[str] = []
    with server.connect("ana", attackable) as reader:
        reader.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
        try:
            cursor = reader.execute(query)
            names = [column.name for column in cursor.description]
            rows = cursor.fetchall()
        except psycopg.Error as error:
            told = f"{error} {error.diag.message_detail} {error.diag.context}"
            assert not re.search(r"\bp0(?!04)\d\d\b", told), told
            rows = []
    assert not [notice for notice in notices if not notice.startswith(f"{ANA} ")]
    assert not rows or {row[names.index("payee_id")] for row in rows} == {ANA}
    if "told" in query:
        assert notices


@pytest.fixture(scope="module")
def attackable(server: Server, sales: str) -> str:
    """The loaded database where ana may make what she likes in a schema of her own."""
    server.run("create schema ana authorization ana; grant create on schema ana to ana", sales)
    with server.connect("ana", sales) as ana:
        ana.execute(
            "create function ana.told(what text) returns boolean language plpgsql cost 0.0001 "
            "as $$ begin raise notice '%', what; return true; end $$"
        )
        ana.execute("create view ana.lines as select * from finance.fct_payout_lines")
        ana.execute("grant usage on schema ana to public; grant select on ana.lines to public")
    return sales


def test_a_view_that_one_payee_shares_shows_another_only_the_others_own_rows(
    server: Server, attackable: str
) -> None:
    rows = server.rows("select distinct payee_id from ana.lines", "max", attackable)
    assert {payee for (payee,) in rows} <= team_of(MAX)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from finance.quarantined_rows",
        "select * from finance.dim_users",
        "select * from finance.fct_forecasts_by_owner_quarter",
        "select * from marts.fct_payout_lines",
        "set role finance",
        "set role max",
        "set session authorization max",
        "set row_security = off; select * from finance.fct_payout_lines",
        "update finance.fct_payout_lines set released_amount = 1",
        "delete from finance.fct_payout_lines",
        "truncate finance.fct_payout_lines",
        "select * from finance.fct_payout_lines for update",
        f"insert into quotamart.payee_logins (login, payee_id) values ('olga', '{ANA}')",
        f"update quotamart.payee_logins set payee_id = '{MAX}'",
        "delete from quotamart.payee_logins",
        "alter table finance.fct_payout_lines disable row level security",
        "create table public.kept as select 1",
        "create table finance.kept as select 1",
        "create temporary table kept as select 1",
    ],
)
def test_a_payee_may_change_nothing_and_be_nobody_else(
    server: Server, sales: str, statement: str
) -> None:
    with (
        server.connect("ana", sales) as reader,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue)),
    ):
        reader.execute(statement)


@pytest.mark.parametrize("login", ["dashboards", "olga"])
def test_bi_and_who_is_mapped_to_nobody_see_no_pay(server: Server, sales: str, login: str) -> None:
    with server.connect(login, sales) as reader:
        for table in ("fct_payout_lines", "fct_pending_postings", "dim_payees", "payee_scopes"):
            try:
                assert reader.execute(f"select * from finance.{table}").fetchall() == []
            except psycopg.errors.InsufficientPrivilege:
                assert login == "dashboards"


def test_a_stranger_is_not_let_in(server: Server, sales: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        server.connect("stranger", sales)


def test_the_owner_of_the_tables_sees_no_pay_by_them(server: Server, sales: str) -> None:
    assert server.rows(
        "select count(*) from finance.fct_payout_lines", "quotamart_loader", sales
    ) == [(0,)]


def test_finance_maps_only_logins_that_there_are_and_leaves_a_name(
    server: Server, database: str, company: Company
) -> None:
    company.load()
    with server.connect("fiona", database) as finance:
        finance.execute(
            "insert into quotamart.payee_logins (login, payee_id) values ('ana', 'rep')"
        )
        with pytest.raises(psycopg.errors.UndefinedObject):
            finance.execute("insert into quotamart.payee_logins values ('nobody_known', 'rep')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            finance.execute(
                "insert into quotamart.payee_logins (login, payee_id) values ('ana', 'boss')"
            )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            finance.execute("update quotamart.payee_logins set mapped_by = 'somebody else'")
        mapped = finance.execute(
            "select login::text, payee_id, mapped_by from quotamart.payee_logins"
        ).fetchall()
    assert mapped == [("ana", "rep", "fiona")]
    assert pay_of(server, database, "ana") == {"rep"}
    with server.connect("fiona", database) as finance:
        finance.execute("delete from quotamart.payee_logins where login = 'ana'::regrole")
    assert pay_of(server, database, "ana") == set()


def pay_of(server: Server, database: str, login: str) -> set[str]:
    rows = server.rows("select payee_id from finance.fct_payouts", login, database)
    return {payee for (payee,) in rows}


def test_a_name_that_is_given_to_somebody_else_opens_nothing(
    server: Server, database: str, company: Company
) -> None:
    company.load()
    made = sql.SQL('create role "New One" login in role payee password {}').format(
        sql.Literal(PASSWORD)
    )
    with server.connect() as administrator:
        administrator.execute(made)
        try:
            with server.connect("fiona", database) as finance:
                finance.execute(
                    "insert into quotamart.payee_logins (login, payee_id) "
                    "values ('\"New One\"', 'boss')"
                )
            assert pay_of(server, database, "New One") == {"boss", "rep", "other"}
            administrator.execute('drop role "New One"')
            administrator.execute(made)
            assert pay_of(server, database, "New One") == set()
        finally:
            administrator.execute('drop role "New One"')


def test_the_tree_is_that_of_the_version_and_a_circle_in_it_ends(
    server: Server, database: str, company: Company
) -> None:
    company.load()
    server.run(
        "insert into quotamart.payee_logins (login, payee_id) "
        "values ('max', 'boss'), ('ana', 'rep')",
        database,
        login="fiona",
    )
    assert pay_of(server, database, "max") == {"boss", "rep", "other"}
    assert pay_of(server, database, "ana") == {"rep"}
    company.publish(
        "v2",
        dim_payees="select * from (values ('boss', 'rep'), ('rep', 'boss'), ('other', 'alone'), "
        "('alone', null)) as rows(payee_id, manager_payee_id)",
    )
    company.load()
    assert pay_of(server, database, "max") == {"boss", "rep"}
    assert pay_of(server, database, "ana") == {"boss", "rep"}


def test_a_login_of_an_unknown_payee_is_told_and_sees_nothing(
    server: Server, database: str, company: Company
) -> None:
    company.load()
    server.run(
        "insert into quotamart.payee_logins (login, payee_id) values ('ana', 'p0004')",
        database,
        login="fiona",
    )
    company.publish("v2")
    (note,) = company.load().notes
    assert "maps logins to payees that the version does not know: p0004." in note
    assert pay_of(server, database, "ana") == set()


def test_a_version_without_payees_shows_pay_to_finance_alone(
    server: Server, database: str, company: Company
) -> None:
    company.publish("v2", dim_payees=None)
    assert company.load().is_new
    assert pay_of(server, database, "fiona") == {"boss", "rep", "other", "alone"}
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        pay_of(server, database, "olga")


# --- Loading and switching


def test_a_version_is_loaded_once_and_another_manifest_is_another_version(
    server: Server, database: str, company: Company
) -> None:
    runner = CliRunner()
    environment = {
        "QUOTAMART_PUBLISH": str(company.settings.publish_dir),
    }
    first = runner.invoke(main, ["publish", "--to", "postgres"], env=environment)
    assert "Loaded version v1 into the database one_test: 9 tables, 1,5" in first.output
    again = runner.invoke(main, ["publish", "--to", "postgres"], env=environment)
    assert again.exit_code == 0
    assert again.output == "Version v1 is in the database one_test already: nothing to do.\n"
    manifest = company.settings.versions_dir / "v1" / "manifest.json"
    manifest.write_text(manifest.read_text() + "\n")
    assert company.load().is_new
    assert schemas(server, database) == {"marts", "finance", "quotamart", "public"}


def test_every_value_that_a_mart_may_hold_arrives_as_it_is(
    server: Server, database: str, company: Company
) -> None:
    company.publish(
        "v2",
        fct_odd=r"""
        select * from (values
            (1, '', -0.01::decimal(18, 2), 9999999999999999.99::decimal(18, 2),
                99999999999999999999999999999999999999::hugeint, date '0001-01-01',
                timestamp '1969-12-31 23:59:59.999999', true, 12345678.0123456789::decimal(28, 10)),
            (2, E'tab\t, line\n\\.\n\\N, "quoted", ''single'', 提成 😀', 0.00, -0.99, -1,
                date '9999-12-31', timestamp '2026-03-29 02:30:00', false, -0.0000000001),
            (3, 'a' || chr(0) || 'b', null, null, null, null, null, null, null),
            (4, null, 1.10, 1.1, 0, date '2024-02-29', timestamp '2026-01-01', null, 0)
        ) as rows(id, words, small, large, huge, day_on, moment_at, is_so, rate)
        """,
    )
    loaded = company.load()
    (note,) = loaded.notes
    assert note.startswith("marts.fct_odd: 1 rows hold a NUL character, which PostgreSQL cannot")
    rows = server.rows("select * from marts.fct_odd order by id", "dashboards", database)
    with duckdb.connect(
        str(company.settings.versions_dir / "v2" / "marts.duckdb"), read_only=True
    ) as file:
        published = file.execute("select * from fct_odd order by id").fetchall()
    expected = [
        tuple(v.replace("\0", "\ufffd") if isinstance(v, str) else v for v in row)
        for row in published
    ]
    # A whole number of 128 bits is a decimal without a fraction there.
    assert rows == [(*r[:4], r[4] if r[4] is None else Decimal(r[4]), *r[5:]) for r in expected]


def test_a_type_without_counterpart_is_refused_by_name(
    server: Server, database: str, company: Company
) -> None:
    company.publish("v2", fct_odd="select 1 as id, 0.5::double as share, [1, 2] as parts")
    with pytest.raises(PublishRefused, match=r"fct_odd\.share \(DOUBLE\), fct_odd\.parts"):
        company.load()
    assert schemas(server, database) == {"public"}


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("finance", "update fct_payouts set paid_amount = 100.26 where payee_id = 'rep'"),
        ("finance", "delete from fct_payouts where payee_id = 'rep'"),
        ("marts", "update fct_a set made_by = 'somebody' where id = 3"),
        ("marts", "update fct_forecasts set owner_user_id = 'u2'"),
        ("marts", "create table fct_more as select 1 as id"),
        ("finance", "drop table fct_c"),
    ],
)
def test_files_that_were_changed_after_they_were_published_are_refused(
    server: Server, database: str, company: Company, file: str, change: str
) -> None:
    company.load()
    company.publish("v2")
    with duckdb.connect(str(company.settings.versions_dir / "v2" / f"{file}.duckdb")) as published:
        published.execute(change)
    with pytest.raises(PublishRefused, match="changed after they were published"):
        company.load()
    assert made_by(server, database) == {"v1"}


def test_a_file_that_cannot_be_read_is_told(
    server: Server, database: str, company: Company
) -> None:
    (company.settings.versions_dir / "v1" / "finance.duckdb").write_bytes(b"no database")
    with pytest.raises(PublishRefused, match="versions/v1 cannot be read"):
        company.load()
    assert schemas(server, database) == {"public"}


def test_an_open_transaction_keeps_its_version_whole_and_is_named_when_it_lasts(
    server: Server, database: str, company: Company
) -> None:
    company.load()
    company.publish("v2")
    with server.connect("dashboards", database) as reader, reader.transaction():
        assert reader.execute("select count(*) from marts.fct_a").fetchone() == (500,)
        started = time.monotonic()
        with pytest.raises(
            PublishRefused, match=rf"dashboards \(process {reader.info.backend_pid}\)"
        ):
            company.load(patience_seconds=1)
        assert time.monotonic() - started < 30
        assert reader.execute("select distinct made_by from marts.fct_b").fetchall() == [("v1",)]
        assert made_by(server, database) == {"v1"}
    assert company.load().is_new
    assert made_by(server, database) == {"v2"}
    assert schemas(server, database) == {"marts", "finance", "quotamart", "public"}


def test_others_read_on_while_a_load_waits_and_none_of_them_is_ended(
    server: Server, database: str, company: Company
) -> None:
    company.load()
    company.publish("v2")
    waits, stop = [], threading.Event()

    def read() -> None:
        with server.connect("dashboards", database) as reader:
            while not stop.is_set():
                started = time.monotonic()
                # More than one table in one transaction: what a deadlock is made of.
                with reader.transaction():
                    for table in ("fct_c", "fct_a", "fct_b"):
                        reader.execute(f"select count(*) from marts.{table}")
                waits.append(time.monotonic() - started)

    with server.connect("dashboards", database) as holder, holder.transaction():
        holder.execute("select count(*) from marts.fct_b")
        with ThreadPoolExecutor() as others:
            reading = others.submit(read)
            try:
                with pytest.raises(PublishRefused, match="did not let go in 3 seconds"):
                    company.load(patience_seconds=3)
            finally:
                stop.set()
    assert reading.exception() is None
    assert len(waits) > 10
    # Half a second behind the load, and what a busy machine adds.
    assert max(waits) < 5


@pytest.mark.parametrize("level", ["read committed", "repeatable read"])
def test_a_transaction_that_began_before_a_switch_never_finds_an_empty_mart(
    server: Server, database: str, company: Company, level: str
) -> None:
    company.load()
    company.publish("v2")
    server.run(
        "insert into quotamart.payee_logins (login, payee_id) values ('max', 'boss')",
        database,
        login="fiona",
    )
    with server.connect("dashboards", database) as reader, server.connect("max", database) as boss:
        for connection in (reader, boss):
            connection.execute(f"begin isolation level {level}")
            connection.execute("select count(*) from pg_class")
        company.load()
        versions = reader.execute(
            "select made_by, count(*) from marts.fct_a group by 1 "
            "union all select version, 500 from marts.published_version"
        ).fetchall()
        assert versions == [("v2", 500), ("v2", 500)]
        paid = boss.execute("select payee_id from finance.fct_payouts").fetchall()
        assert {payee for (payee,) in paid} == {"boss", "rep", "other"}


@pytest.mark.faults
def test_readers_see_whole_versions_while_others_are_loaded(
    server: Server, database: str, company: Company, at_full_length: bool
) -> None:
    company.load()
    stop = threading.Event()
    seen: dict[str, set[tuple[str, ...]]] = {}

    def read(level: str) -> None:
        found = seen.setdefault(level, set())
        with server.connect("dashboards", database) as reader:
            while not stop.is_set():
                reader.execute(f"begin isolation level {level}")
                versions = []
                for table in ("fct_a", "fct_b", "fct_c"):
                    rows = reader.execute(
                        f"select made_by, count(*) from marts.{table} group by 1"
                    ).fetchall()
                    assert [count for _, count in rows] == [500]
                    versions += [name for name, _ in rows]
                reader.execute("commit")
                found.add(tuple(versions))

    with ThreadPoolExecutor() as readers:
        reading = [readers.submit(read, level) for level in ("read committed", "repeatable read")]
        try:
            for number in range(2, 2 + (10 if at_full_length else 3)):
                company.publish(f"v{number}")
                assert company.load(patience_seconds=60).is_new
        finally:
            stop.set()
    assert [reader.exception() for reader in reading] == [None, None]
    for found in seen.values():
        assert all(len(set(versions)) == 1 for versions in found)
        assert len(found) > 1


LOADING = """
import sys, time
from pathlib import Path
from orchestration.server import load
from orchestration.settings import Settings

def stops(*_):
    print("before the switch", flush=True)
    time.sleep(600)

if sys.argv[2] == "stop":
    load._switch = stops
print("started", flush=True)
load.load_published(Settings.from_environment({}, project_dir=Path(sys.argv[1])), 60)
"""


def loading(company: Company, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", LOADING, str(company.settings.project_dir), *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_load_that_is_killed_before_the_switch_leaves_the_old_version_and_nothing_else(
    server: Server, database: str, company: Company
) -> None:
    company.load()
    company.publish("v2")
    process = loading(company, "stop")
    assert process.stdout.readline() == "started\n"
    assert process.stdout.readline() == "before the switch\n"
    assert made_by(server, database) == {"v1"}
    with pytest.raises(PublishRefused, match="Another load into this database is running"):
        company.load()
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_until_alone(server, database)
    assert made_by(server, database) == {"v1"}
    assert schemas(server, database) == {"marts", "finance", "quotamart", "public"}
    assert company.load().is_new
    assert made_by(server, database) == {"v2"}


@pytest.mark.faults
def test_a_load_that_is_killed_at_any_moment_leaves_one_whole_version(
    server: Server, database: str, company: Company, at_full_length: bool
) -> None:
    company.load()
    rounds = 20 if at_full_length else 2
    for number in range(2, 2 + rounds):
        company.publish(f"v{number}")
        process = loading(company, "go")
        assert process.stdout.readline() == "started\n"
        time.sleep(0.6 * (number - 1) / rounds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_until_alone(server, database)
        (version,) = made_by(server, database)
        assert version in {f"v{number - 1}", f"v{number}"}
        assert schemas(server, database) == {"marts", "finance", "quotamart", "public"}
        company.load()
        assert made_by(server, database) == {f"v{number}"}


def wait_until_alone(server: Server, database: str) -> None:
    """The server notices that a client is gone when it next writes to it."""
    for _ in range(300):
        (count,) = server.rows(
            "select count(*) from pg_stat_activity "
            f"where datname = '{database}' and usename = 'quotamart_loader'"
        )[0]
        if not count:
            return
        time.sleep(0.1)
    raise AssertionError("The killed load is still there.")


# --- What is refused


def test_what_somebody_built_on_a_mart_is_named_and_not_dropped(
    server: Server, database: str, company: Company
) -> None:
    company.load()
    company.publish("v2")
    server.run("create view public.mine as select * from marts.fct_a", database)
    with pytest.raises(PublishRefused, match=r"view public\.mine depends on table marts\.fct_a"):
        company.load()
    server.run("drop view public.mine; create table marts.mine (id int)", database)
    with pytest.raises(PublishRefused, match=r"must be owner|permission denied|refuses"):
        company.load()
    server.run(
        "drop table marts.mine; create function marts.mine() returns int language sql return 1",
        database,
    )
    with pytest.raises(
        PublishRefused, match=r"holds something that is not of quotamart:\nfunction"
    ):
        company.load()
    assert made_by(server, database) == {"v1"}


@pytest.mark.parametrize("schema", ["marts", "finance", "quotamart", "marts_next"])
def test_a_schema_of_somebody_else_is_left_alone(
    server: Server, database: str, company: Company, schema: str
) -> None:
    server.run(
        f"create schema {schema} authorization quotamart_loader; "
        f"create table {schema}.mine (id int)",
        database,
    )
    with pytest.raises(PublishRefused, match=r"did not make|refuses"):
        company.load()
    assert server.rows(f"select count(*) from {schema}.mine", database=database) == [(0,)]
    assert schemas(server, database) == {schema, "public"}


def test_roles_that_are_missing_or_see_through_each_other_are_refused(
    server: Server, database: str, company: Company
) -> None:
    with server.connect() as administrator:
        administrator.execute("alter role bi rename to business")
        with pytest.raises(PublishRefused, match=r"has no role bi.*create role bi;"):
            company.load()
        administrator.execute("alter role business rename to bi; grant finance to payee")
        with pytest.raises(PublishRefused, match="role payee is a member of finance"):
            company.load()
        administrator.execute("revoke finance from payee")
    assert company.load().is_new


def test_a_database_that_has_no_room_for_names_is_refused(
    server: Server, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.run(
        "drop database if exists latin; create database latin owner quotamart_loader "
        "encoding 'LATIN1' locale 'C' template template0"
    )
    for variable, setting in server.environment("latin").items():
        monkeypatch.setenv(variable, setting)
    with pytest.raises(PublishRefused, match="encoded in LATIN1"):
        company.load()


def test_a_login_that_may_not_create_is_told(
    server: Server, database: str, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.environment(database, "dashboards")["QUOTAMART_POSTGRES"]
    monkeypatch.setenv("QUOTAMART_POSTGRES", url)
    with pytest.raises(PublishRefused, match="permission denied for database one_test"):
        company.load()


def test_nothing_published_is_told(database: str, tmp_path: Path) -> None:
    with pytest.raises(PublishRefused, match="Nothing is published yet"):
        load_published(Settings.from_environment({}, project_dir=tmp_path), 1)


SECRET = "Tr0ub4dor"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://quotamart_loader:{SECRET}@/one_test?host={{folder}}",
        f"postgresql://quotamart_loader:{SECRET}@nowhere.invalid/one_test",
        f"postgresql://quotamart_loader:x@{SECRET}@nowhere.invalid/one_test",
        f"postgresql://quotamart_loader:x/{SECRET}@nowhere.invalid/one_test",
        f"postgresql://quotamart_loader:x:{SECRET}%zz@nowhere.invalid/one_test",
        f"postgresql://quotamart_loader:{SECRET} %@nowhere.invalid/one_test",
        f"host={{folder}} user=quotamart_loader dbname=one_test password={SECRET}",
        f"host={{folder}} user=quotamart_loader password=x {SECRET}",
        f"host={{folder}} user=nobody_known password={SECRET} dbname=one_test",
        f"host={{folder}} user=quotamart_loader password={SECRET} dbname=no_such_database",
        f"mysql://{SECRET}",
        SECRET,
    ],
)
def test_no_error_repeats_a_secret(
    server: Server,
    database: str,
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    url: str,
) -> None:
    monkeypatch.setenv("QUOTAMART_POSTGRES", url.format(folder=server.folder))
    monkeypatch.setenv("QUOTAMART_PUBLISH", str(company.settings.publish_dir))
    monkeypatch.setenv("PGPASSFILE", os.devnull)
    caplog.set_level(0)
    told = CliRunner().invoke(main, ["publish", "--to", "postgres"])
    assert told.exit_code == 1
    assert told.output.startswith(("Error: The server does not let us in: ", "Error: QUOTAMART_"))
    assert "QUOTAMART_POSTGRES" in told.output
    assert SECRET not in told.output + caplog.text


def test_no_value_of_a_row_is_in_an_error(server: Server, database: str, company: Company) -> None:
    company.publish("v2", fct_twice="select 'CANARY-77' as id from range(2)")
    with pytest.raises(PublishRefused, match=r"did not take marts\.fct_twice") as refusal:
        company.load()
    assert "CANARY" not in str(refusal.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Give either --accept"),
        (("--to", "postgres", "--accept", "x"), "Give either --accept"),
        (("--to", "postgres", "--by", "me"), "--by and --why belong to --accept"),
        (("--accept", "x", "--by", "me", "--why", "so", "--wait", "3"), "--wait belongs to --to"),
        (("--accept", "x"), "--by and --why must say something"),
        (("--to", "oracle"), "'oracle' is not 'postgres'"),
    ],
)
def test_publish_does_one_of_two_things_and_says_which(
    arguments: tuple[str, ...], said: str
) -> None:
    told = CliRunner().invoke(main, ["publish", *arguments])
    assert told.exit_code == 2
    assert said in told.output


def test_a_driver_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "orchestration.server.load", None)
    told = CliRunner().invoke(main, ["publish", "--to", "postgres"])
    assert told.exit_code == 1
    assert "Install quotamart with the extra `postgres`" in told.output


def test_an_older_server_does_as_well(published_copy: Copy) -> None:
    with running_server(OLDER) as server:
        make_logins(server)
        for sales in loaded_sales(server, published_copy):
            rows = server.rows("select payee_id from finance.fct_payout_lines", "max", sales)
            assert {payee for (payee,) in rows} <= team_of(MAX)
            assert rows
