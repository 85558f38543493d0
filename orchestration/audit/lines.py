"""What the published version and the ledger know of payout lines: reading, and finding one.

A line is what one payee gets by one component for one event or window. Of a line whose event is
gone only the ledger knows.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from orchestration.audit.arithmetic import Row
from orchestration.ledger import Book, LedgerError, read_book
from orchestration.ledger.postings import FINGERPRINTS, SLICES_SCHEMA, attached, load_lines
from orchestration.published import PublishedVersion, current_version
from orchestration.settings import Settings

LINES, FACTORS, SLICES = (
    "fct_payout_lines",
    "fct_payout_line_factors",
    "fct_payout_line_slices",
)
ENTITLEMENTS, PENDING = "fct_payout_entitlements", "fct_pending_postings"
MOVEMENTS, MOVEMENT_ITEMS = "fct_mrr_movements", "fct_mrr_movement_items"
MARTS = (LINES, FACTORS, SLICES, ENTITLEMENTS, PENDING, MOVEMENTS, MOVEMENT_ITEMS)
LEAST_PREFIX = 8
_SHOWN = 5
# What must be as it was, for the line as it is published to be the one that a part was posted of.
_CAUSES = ("event", "credit", "rules", "exchange_rate", "attainment")
CAUSES_OF_PART = {
    "earned": _CAUSES,
    "clawback": (*_CAUSES, "retained"),
    "held": (*_CAUSES, "retained", "released"),
}


class AuditError(LedgerError):
    """What was asked for cannot be told; the message says why, and what to do."""


@dataclass(frozen=True)
class Line:
    """All that is known of one line.

    `computed` is its row of fct_payout_lines with that of fct_payout_line_factors, and None where
    the published version computes no such line; `slices` are then those that the ledger kept.
    """

    line_id: str
    payee_id: str
    component_code: str
    basis_key: str
    computed: Row | None
    slices: Sequence[Row]
    origin: Row | None = None
    window_amount: Decimal | None = None
    entitlements: Sequence[Row] = ()
    postings: Sequence[Row] = ()
    pending: Sequence[Row] = ()
    movement: Row | None = None
    movement_items: Sequence[Row] = ()
    kept_slices: Sequence[Row] = field(default=())
    kept_by: int | None = None
    first_period: date | None = None

    @property
    def is_frozen(self) -> bool:
        """Whether it is what was posted, whatever is computed: settled, blocked, or paid before."""
        computed = self.computed
        return any(row["frozen_because"] for row in self.entitlements) or bool(
            computed and self.first_period and computed["earning_period_start"] < self.first_period
        )

    @property
    def entitled(self) -> dict[str, Decimal]:
        """What should be posted by now, by part."""
        return {row["part"]: row["amount"] for row in self.entitlements}


class Records:
    """The published version beside the ledger.

    Raises:
        AuditError: nothing is published, or a version that cannot tell.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, version: PublishedVersion, book: Book
    ) -> None:
        self._connection = connection
        self.version = version
        self.book = book
        missing = [mart for mart in MARTS if mart not in version.manifest["marts"]]
        if missing:
            raise AuditError(
                f"The published version {version.name} has no {', '.join(missing)}: it was built "
                "by an older state of the project. Run `quotamart build`."
            )
        attached(connection, version.finance_file)
        load_lines(connection, book.files)

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of a query, by name; marts are in the schema `version.main`."""
        found = self._connection.execute(query, list(values))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def found(self, text: str) -> str:
        """The one line of that id, or of which the id begins so.

        Raises:
            AuditError: there is none, or several; near matches are named.
        """
        wanted = text.strip().lower()
        known = f"""
            select line_id, any_value(payee_id) as payee_id,
                any_value(component_code) as component_code, any_value(basis_key) as basis_key
            from (
                select line_id, payee_id, component_code, basis_key from version.main.{LINES}
                union all
                select line_id, payee_id, component_code, basis_key from version.main.{ENTITLEMENTS}
                union all
                select line_id, payee_id, component_code, basis_key from version.main.{PENDING}
                union all
                select line_id, payee_id, component_code, basis_key from ledger_lines
            )
            where line_id is not null
            group by line_id
        """
        exact = self.rows(f"select line_id from ({known}) where line_id = ?", wanted)
        if exact:
            return wanted
        if len(wanted) < LEAST_PREFIX:
            raise AuditError(
                f"'{text}' is too short: give the line's whole id, or at least its first "
                f"{LEAST_PREFIX} characters. Ids are in fct_payout_lines and in statements."
            )
        begun = self.rows(
            f"select * from ({known}) where starts_with(line_id, ?) order by line_id", wanted
        )
        if len(begun) == 1:
            return begun[0]["line_id"]
        if begun:
            more = f" and {len(begun) - _SHOWN} more" if len(begun) > _SHOWN else ""
            raise AuditError(
                f"{len(begun)} lines begin with '{text}'{more}; give more of the id:\n"
                + _listed(begun[:_SHOWN])
            )
        near = self.rows(
            f"select * from ({known}) order by levenshtein(left(line_id, ?), ?), line_id limit 3",
            len(wanted),
            wanted,
        )
        hint = f" The nearest are:\n{_listed(near)}" if near else " There is no line at all."
        raise AuditError(
            f"There is no line '{text}', neither in the published version {self.version.name} "
            f"nor in the ledger.{hint}"
        )

    def line(self, line_id: str, sequence: int | None = None) -> Line:
        """All that is known of a line; of its postings those of one close alone, where asked for.

        Raises:
            AuditError: there is no such close, or it posted nothing for the line.
        """
        postings = self.rows(
            "select * from ledger_lines where line_id = ? order by sequence, part", line_id
        )
        if sequence is not None:
            postings = self._of_close(postings, sequence)
        entitlements = self.rows(
            f"select * from version.main.{ENTITLEMENTS} where line_id = ? order by part", line_id
        )
        pending = self.rows(
            f"select * from version.main.{PENDING} where line_id = ? order by part", line_id
        )
        computed = self.computed([line_id]).get(line_id)
        key = computed or (postings or entitlements or pending)[0]
        kept_by, kept = self._kept_slices(line_id, sequence)
        return Line(
            line_id,
            key["payee_id"],
            key["component_code"],
            key["basis_key"],
            computed,
            self.slices([line_id]).get(line_id, []) if computed else kept,
            self.origin(computed),
            self.window_amount(computed),
            entitlements,
            postings,
            pending,
            *self._movement(computed),
            kept,
            kept_by,
            self.book.first_period,
        )

    def computed(self, line_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Lines with their factors, by id."""
        rows = self.rows(
            f"select lines.*, factors.* exclude (line_id, payee_id)"
            f" from version.main.{LINES} as lines"
            f" inner join version.main.{FACTORS} as factors using (line_id)"
            " where line_id in (select unnest(?))",
            list(line_ids),
        )
        return {row["line_id"]: row for row in rows}

    def slices(self, line_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """The published slices of lines, in order."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows(
            f"select * from version.main.{SLICES} where line_id in (select unnest(?))"
            " order by line_id, slice_number",
            list(line_ids),
        ):
            found.setdefault(row["line_id"], []).append(row)
        return found

    def origin(self, computed: Row | None) -> Row | None:
        """The line that a reversal takes back: the same payee and component, its event."""
        if computed is None or computed["reversed_event_key"] is None:
            return None
        found = self.rows(
            f"select * from version.main.{LINES}"
            " where payee_id = ? and component_code = ? and basis_key = ?",
            computed["payee_id"],
            computed["component_code"],
            computed["reversed_event_key"],
        )
        return found[0] if found else None

    def window_amount(self, computed: Row | None) -> Decimal | None:
        """Of a line of its own window: what the window's events came to, before floor and caps."""
        if computed is None or computed["event_key"] is not None:
            return None
        kind, _, start = computed["basis_key"].partition(":")
        if kind != "window":
            return None
        ((amount,),) = self._connection.execute(
            f"""
            select coalesce(sum(lines.after_cliff_amount), 0)
            from version.main.{LINES} as lines
            inner join version.main.{FACTORS} as factors using (line_id)
            where lines.payee_id = ? and lines.component_code = ? and lines.event_key is not null
                and lines.reversed_event_key is null and factors.window_start = cast(? as date)
            """,
            [computed["payee_id"], computed["component_code"], start],
        ).fetchall()
        return Decimal(amount)

    def _movement(self, computed: Row | None) -> tuple[Row | None, list[dict[str, Any]]]:
        key = computed and (computed["movement_key"] or computed["clawback_movement_key"])
        if not key:
            return None, []
        movements = self.rows(f"select * from version.main.{MOVEMENTS} where movement_key = ?", key)
        items = self.rows(
            f"select * from version.main.{MOVEMENT_ITEMS} where movement_key = ?"
            " order by movement_item_key",
            key,
        )
        item_key = computed["movement_item_key"]
        own = [item for item in items if item["movement_item_key"] == item_key]
        return (movements[0] if movements else None), own or items

    def _of_close(self, postings: list[dict[str, Any]], sequence: int) -> list[dict[str, Any]]:
        if not any(file.sequence == sequence for file in self.book.files):
            known = ", ".join(str(file.sequence) for file in self.book.files) or "none"
            raise AuditError(f"There is no close {sequence}. Closes: {known}.")
        found = [row for row in postings if row["sequence"] == sequence]
        if not found:
            of = ", ".join(str(number) for number in sorted({row["sequence"] for row in postings}))
            raise AuditError(
                f"Close {sequence} posted nothing for this line; posted by: {of or 'none'}."
            )
        return found

    def _kept_slices(
        self, line_id: str, sequence: int | None
    ) -> tuple[list[dict[str, Any]], int | None]:
        """The slices as a close kept them: the latest that has any, or the one asked for."""
        for file in reversed(self.book.files):
            if sequence is None or file.sequence == sequence:
                rows = self.kept_slices(file.sequence, [line_id]).get(line_id)
                if rows:
                    return file.sequence, rows
        return None, []

    def kept_slices(
        self, sequence: int, line_ids: Sequence[str]
    ) -> dict[str, list[dict[str, Any]]]:
        """The slices of lines as one close kept them."""
        (file,) = (file for file in self.book.files if file.sequence == sequence)
        found: dict[str, list[dict[str, Any]]] = {}
        columns = ", ".join(SLICES_SCHEMA.names)
        for row in self.rows(
            f"select {columns} from read_parquet(?) where line_id in (select unnest(?))"
            " order by line_id, slice_number",
            str(file.slices_path),
            list(line_ids),
        ):
            found.setdefault(row["line_id"], []).append(row)
        return found


@contextmanager
def records(settings: Settings) -> Iterator[Records]:
    """Open what is published and what is posted, to read.

    Raises:
        AuditError: nothing is published, or finance's file may not be read by this user.
        LedgerError: the ledger cannot be read.
    """
    version = current_version(settings)
    if version is None:
        raise AuditError("Nothing is published yet. Run `quotamart build`.")
    with duckdb.connect() as connection:
        try:
            yield Records(connection, version, read_book(settings))
        except duckdb.IOException as error:
            raise AuditError(
                f"{version.finance_file} cannot be read; it is finance's alone. ({error})"
            ) from error


def differs_since(computed: Row, posting: Row) -> list[str]:
    """What of the causes of a posting the published line has otherwise; none: it is that line."""
    causes = CAUSES_OF_PART.get(
        posting["part"], tuple(n.removesuffix("_fingerprint") for n in FINGERPRINTS)
    )
    return [
        cause
        for cause in causes
        if computed[f"{cause}_fingerprint"] != posting[f"{cause}_fingerprint"]
    ]


def _listed(rows: Sequence[Row]) -> str:
    return "\n".join(
        f"  {row['line_id']}  {row['payee_id']} {row['component_code']} {row['basis_key']}"
        for row in rows
    )


def json_ready(value: Any) -> Any:
    """Amounts as text, days as ISO: so that no figure passes through a float."""
    if isinstance(value, dict):
        return {name: json_ready(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(item) for item in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return value
