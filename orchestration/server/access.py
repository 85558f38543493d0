"""Who sees what on the server: three roles, and for each table the rows that a login may see.

The roles are made by whoever runs the server; that a role stands for finance is nobody's guess. The
mapping of logins to payees is finance's own table and outlives every load.
"""

from collections.abc import Sequence

import psycopg
from psycopg import sql

from orchestration.published import PublishRefused
from orchestration.server.connection import value
from orchestration.server.tables import FINANCE, MARTS, NEXT, SCOPES_TABLE, VERSION_TABLE, Table

BI, FINANCE_ROLE, PAYEE = ROLES = ("bi", "finance", "payee")
# The schema that no load replaces.
KEPT = "quotamart"

# A login is a role of the server, not a text: a name that is given to somebody else later, after
# the role was dropped, does not inherit what the first one saw.
_LOGINS = """
    create table quotamart.payee_logins (
        login regrole primary key,
        payee_id text not null,
        mapped_by text not null default session_user,
        mapped_at timestamptz not null default now()
    );
    comment on table quotamart.payee_logins is
        'Which payee a login is: it sees the pay of that payee and of all below. Kept over loads.';
    alter table quotamart.payee_logins enable row level security, force row level security;
    create policy finance on quotamart.payee_logins to finance using (true) with check (true);
    create policy loader on quotamart.payee_logins for select to current_user using (true);
    create policy payee on quotamart.payee_logins for select to payee
        using (login = pg_catalog.quote_ident(current_user)::regrole);
    grant usage on schema quotamart to finance, payee;
    grant select, delete, insert (login, payee_id), update (login, payee_id)
        on quotamart.payee_logins to finance;
    grant select on quotamart.payee_logins to payee;
"""


def refuse_roles(server: psycopg.Connection[tuple]) -> None:
    """Refuse a server whose roles are missing or see through each other.

    Raises:
        PublishRefused: a role is not there, or everybody in `bi` or `payee` would be finance.
    """
    there = {name for (name,) in server.execute("select rolname from pg_roles").fetchall()}
    if missing := [role for role in ROLES if role not in there]:
        raise PublishRefused(
            f"The server has no role {', '.join(missing)}. Whoever runs it makes them once: "
            + " ".join(f"create role {role};" for role in missing)
            + " docs/postgres.md says who belongs to which."
        )
    for role in (BI, PAYEE):
        if value(server, "select pg_has_role(%s, %s, 'member')", role, FINANCE_ROLE):
            raise PublishRefused(
                f"The role {role} is a member of finance, or a superuser: whoever is in it would "
                f"see everybody's pay. Take that away first: revoke finance from {role}."
            )


def keep_logins(server: psycopg.Connection[tuple]) -> None:
    """Make the mapping of logins to payees, empty, where it is not there yet."""
    if not value(server, "select to_regclass('quotamart.payee_logins')"):
        server.execute(_LOGINS)


def unknown_payees(server: psycopg.Connection[tuple], tables: Sequence[Table]) -> list[str]:
    """Payees that a login is mapped to and the version being loaded does not know."""
    if not any(table.name == SCOPES_TABLE for table in tables):
        return []
    scopes = sql.Identifier(FINANCE + NEXT, SCOPES_TABLE)
    found = server.execute(
        sql.SQL(
            "select payee_id from quotamart.payee_logins "
            "where payee_id not in (select payee_id from {}) order by payee_id"
        ).format(scopes)
    )
    return [payee_id for (payee_id,) in found.fetchall()]


def protect(server: psycopg.Connection[tuple], tables: Sequence[Table]) -> None:
    """Give the tables of the version being loaded to those who may read them, row by row.

    Every table with something to hide shows its rows by policy, also to its owner; where a table
    does not say of which payee a row is, it is for finance alone.
    """
    has_payees = any(table.name == SCOPES_TABLE for table in tables)
    for schema, roles in ((MARTS, ROLES), (FINANCE, (FINANCE_ROLE, PAYEE))):
        server.execute(
            sql.SQL("grant usage on schema {} to {}").format(
                sql.Identifier(schema + NEXT), sql.SQL(", ").join(map(sql.Identifier, roles))
            )
        )
    for table in tables:
        place = table.next_place
        if table.schema == MARTS:
            readers = ROLES if table.name == VERSION_TABLE else (BI, FINANCE_ROLE)
        else:
            is_of_payees = has_payees and table.has("payee_id")
            readers = (FINANCE_ROLE, PAYEE) if is_of_payees else (FINANCE_ROLE,)
            _hide(server, table, is_of_payees)
        server.execute(
            sql.SQL("grant select on {} to {}").format(
                place, sql.SQL(", ").join(map(sql.Identifier, readers))
            )
        )


def _hide(server: psycopg.Connection[tuple], table: Table, is_of_payees: bool) -> None:
    place = table.next_place
    server.execute(
        sql.SQL(
            "alter table {place} enable row level security, force row level security; "
            "create policy finance on {place} for select to finance using (true)"
        ).format(place=place)
    )
    if not is_of_payees:
        return
    # Both queries are asked with the rights of who asks: the mapping shows a login its own row, the
    # scopes the rows of that payee.
    seen = (
        sql.SQL("viewer_payee_id in (select payee_id from quotamart.payee_logins)")
        if table.name == SCOPES_TABLE
        else sql.SQL("payee_id in (select payee_id from {})").format(
            sql.Identifier(FINANCE + NEXT, SCOPES_TABLE)
        )
    )
    server.execute(
        sql.SQL("create policy payee on {} for select to payee using ({})").format(place, seen)
    )
