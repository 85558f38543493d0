"""From when to when a rule holds: rows of one thing follow each other without overlap or gap."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from orchestration.compensation.book import Book, held, in_order
from orchestration.compensation.findings import Finding
from orchestration.compensation.tables import Row, Table

# What the rows that follow each other have in common, by seed.
_ONE_THING = {
    "clawback_rules": ("plan_code", "component_code", "clawback_trigger"),
    "credit_rules": (
        *("component_code", "event_type", "credit_source", "credit_kind"),
        *("role_code", "product_line", "opportunity_type"),
    ),
    "payee_assignments": ("payee_id",),
    "payout_caps": ("cap_scope", "plan_code", "component_code", "payee_id", "period_type"),
    "plan_components": ("plan_code", "component_code"),
    "plans": ("plan_code",),
    "quota_ramps": ("payee_id", "measure"),
}
# Days without a row count in full.
_GAPS_ALLOWED = frozenset({"quota_ramps"})


def validity_findings(book: Book) -> Iterator[Finding]:
    """Rows that end before they begin, overlap, or leave days without a rule."""
    for table in book.tables.values():
        if any(column.name == "valid_to" for column in table.seed.columns):
            yield from _backward(table)
    for name, columns in _ONE_THING.items():
        groups = defaultdict(list)
        for row in book[name]:
            groups[tuple(row.texts[column] for column in columns)].append(row)
        for texts, rows in groups.items():
            if book[name].is_whole(**dict(zip(columns, texts, strict=True))):
                yield from _not_following(name, in_order(rows))


def _backward(table: Table) -> Iterator[Finding]:
    for row in table:
        if row["valid_to"] is not None and row["valid_to"] <= row["valid_from"]:
            text = (
                f"the row holds on no day: valid_to is the first day on which it no longer holds, "
                f"and it begins on {row['valid_from']}. Put a later day, or remove the row."
            )
            yield row.finding("valid_to", text)


def _not_following(name: str, rows: list[Row]) -> Iterator[Finding]:
    rows = [row for row in rows if row["valid_to"] is None or row["valid_to"] > row["valid_from"]]
    for earlier, later in pairwise(rows):
        end, start = held(earlier).end, later["valid_from"]
        if start < end:
            until = "is open" if end == date.max else f"holds until {end}"
            text = (
                f"overlaps line {earlier.line}, which {until}. "
                f"End that row with valid_to {start}, or begin this one later."
            )
            yield later.finding("valid_from", text)
        elif start > end and name not in _GAPS_ALLOWED:
            text = (
                f"leaves days without a rule: line {earlier.line} holds until {end}. "
                f"Begin this row on {end}; a pause is a row of its own that pays nothing."
            )
            yield later.finding("valid_from", text)
