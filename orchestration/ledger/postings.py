"""What a close posts: entitlements less everything that was posted before, key by key.

It adds and subtracts, and takes the reason from the version that is closed. What a payee is
entitled to, and why it changed, is the engine's to say, in dbt.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration.ledger.book import LedgerError, LedgerFile

KEY = (
    "payee_id",
    "component_code",
    "basis_key",
    "part",
    "earning_period_start",
    "currency",
)
FINGERPRINTS = tuple(
    f"{what}_fingerprint"
    for what in (
        *("event", "credit", "rules", "exchange_rate"),
        *("attainment", "retained", "released"),
    )
)
PARTS = ("earned", "held", "clawback", "adjustment", "advance", "recovery")
MONEY = pa.decimal128(18, 2)
LINES_SCHEMA = pa.schema(
    [
        ("posting_period_start", pa.date32()),
        *((name, pa.date32() if name == "earning_period_start" else pa.string()) for name in KEY),
        ("amount", MONEY),
        *((name, pa.string()) for name in ("reason", "changed", "line_id", *FINGERPRINTS)),
    ]
)
SLICES_SCHEMA = pa.schema(
    [
        ("line_id", pa.string()),
        ("slice_number", pa.int32()),
        ("tier_from", pa.decimal128(18, 6)),
        ("tier_to", pa.decimal128(18, 6)),
        ("credit_amount", MONEY),
        ("rate", pa.decimal128(18, 6)),
        ("amount", MONEY),
    ]
)
# The marts of a version that a close reads, all of them finance's.
ENTITLEMENTS, PENDING = "fct_payout_entitlements", "fct_pending_postings"
SLICES, UNCREDITED = "fct_payout_line_slices", "fct_uncredited_events"
MARTS = (ENTITLEMENTS, PENDING, SLICES, UNCREDITED)

_KEY = ", ".join(KEY)
_TYPES = {pa.date32(): "date", pa.string(): "varchar", MONEY: "decimal(18, 2)"}


class StalePending(LedgerError):
    """The version's own account of what is pending does not fit the ledger as it stands."""


@dataclass(frozen=True)
class Postings:
    """What one close adds to the ledger."""

    lines: pa.Table
    slices: pa.Table


class Comparison:
    """The entitlements of one build beside the ledger as it stands.

    Args:
        connection: in memory; it gets tables of its own.
        marts: database and schema of the build's marts: `version.main`.
        files: the ledger's closes so far.
        first_period: the first month that pay is posted for; keys earned before it are frozen.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        marts: str,
        files: Sequence[LedgerFile],
        first_period: date | None,
    ) -> None:
        self._connection = connection
        self._marts = marts
        load_lines(connection, files)
        connection.execute(_COMPARED.format(marts=marts), {"first_period": first_period})

    def postings(self, period: date, interim: bool) -> Postings:
        """What closing a month posts; of an interim run only what is marked for it."""
        chosen = _chosen(interim)
        columns = ", ".join(name for name in LINES_SCHEMA.names if name != "posting_period_start")
        lines = self._connection.sql(
            f"select cast(? as date) as posting_period_start, {columns} from compared"
            f" where {chosen} order by {_KEY}",
            params=[period],
        ).to_arrow_table()
        columns = ", ".join(f"slices.{name}" for name in SLICES_SCHEMA.names)
        slices = self._connection.sql(
            f"select {columns} from {self._marts}.{SLICES} as slices"
            f" where slices.line_id in (select line_id from compared where {chosen})"
            " order by slices.line_id, slices.slice_number"
        ).to_arrow_table()
        return Postings(lines.cast(LINES_SCHEMA), slices.cast(SLICES_SCHEMA))

    def pending(self) -> tuple[int, dict[str, Decimal]]:
        """How many keys are pending, and their sum by currency."""
        found = self._connection.execute(
            "select currency, count(*), sum(amount) from compared"
            " where amount <> 0 and not is_frozen group by currency order by currency"
        ).fetchall()
        return sum(count for _, count, _ in found), {
            currency: total for currency, _, total in found
        }

    def refuse_stale(self, interim: bool) -> None:
        """Refuse a build whose own account of what is pending does not fit the ledger.

        Raises:
            StalePending: a key is pending whose reason the build cannot know.
        """
        ((count,),) = self._connection.execute(
            f"select count(*) from compared where {_chosen(interim)}"
            " and (reason is null or known_amount is distinct from amount)"
        ).fetchall()
        if count:
            raise StalePending(
                f"Of {count} pending lines the published version does not know why they are: it "
                "was built before the ledger's latest close. Build again with `quotamart build`, "
                "then close."
            )


def _chosen(interim: bool) -> str:
    return "amount <> 0 and not is_frozen" + (" and is_interim" if interim else "")


def load_lines(connection: duckdb.DuckDBPyConnection, files: Iterable[LedgerFile]) -> None:
    """Make the table `ledger_lines` of all posted lines, with the number of their close."""
    columns = ", ".join(f"{field.name} {_TYPES[field.type]}" for field in LINES_SCHEMA)
    connection.execute(f"create or replace temp table ledger_lines (sequence integer, {columns})")
    for file in files:
        connection.execute(
            "insert into ledger_lines by name select ? as sequence, * from read_parquet(?)",
            [file.sequence, str(file.lines_path)],
        )


def lines_of_opening(
    connection: duckdb.DuckDBPyConnection, marts: str, first_period: date, period: date
) -> Postings:
    """What the opening takes as posted: all that was earned before the first month."""
    columns = ", ".join(
        {"reason": "'opening' as reason", "changed": "cast(null as varchar) as changed"}.get(
            name, name
        )
        for name in LINES_SCHEMA.names
        if name != "posting_period_start"
    )
    lines = connection.sql(
        f"select cast(? as date) as posting_period_start, {columns} from {marts}.{ENTITLEMENTS}"
        f" where earning_period_start < ? and amount <> 0 order by {_KEY}",
        params=[period, first_period],
    ).to_arrow_table()
    return Postings(lines.cast(LINES_SCHEMA), SLICES_SCHEMA.empty_table())


def control_totals(lines: pa.Table) -> dict[str, dict[str, str]]:
    """Sums of posted lines by currency and part, exact, as text."""
    sums = lines.group_by(["currency", "part"]).aggregate([("amount", "sum")])
    totals: dict[str, dict[str, str]] = {}
    for row in sums.to_pylist():
        totals.setdefault(row["currency"], {})[row["part"]] = f"{row['amount_sum']:f}"
    return totals


def attached(connection: duckdb.DuckDBPyConnection, file: Path, name: str = "version") -> None:
    """Attach a DuckDB file to be read."""
    literal = "'" + str(file).replace("'", "''") + "'"
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"attach {literal} as {name} (read_only)")


_FPS = ", ".join(FINGERPRINTS)
_COMPARED = f"""
    create or replace temp table compared as
    with posted as (
        select {_KEY}, sum(amount) as amount, arg_max(line_id, sequence) as line_id
        from ledger_lines
        group by all
    ),
    should_be as (
        select {_KEY}, amount, line_id, {_FPS} from {{marts}}.{ENTITLEMENTS}
    ),
    known as (
        select {_KEY}, pending_amount, reason, changed, is_interim from {{marts}}.{PENDING}
    )
    select
        {_KEY},
        cast(
            coalesce(should_be.amount, 0) - coalesce(posted.amount, 0) as decimal(18, 2)
        ) as amount,
        coalesce(should_be.line_id, posted.line_id) as line_id,
        {_FPS},
        known.pending_amount as known_amount,
        known.reason,
        known.changed,
        coalesce(known.is_interim, false) as is_interim,
        coalesce(earning_period_start < $first_period, false) as is_frozen
    from should_be
    full outer join posted using ({_KEY})
    left join known using ({_KEY})
"""
