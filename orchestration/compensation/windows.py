"""Pay by scores and pools: read as a whole, and posted under a window that nothing else may use.

Here: what tier_basis score can mean, and what would meet on one key of the ledger. Not here:
whether a single score or pool fits its payee, see payments.py.
"""

from collections.abc import Iterator

from orchestration.compensation.book import Book, in_order
from orchestration.compensation.findings import Finding
from orchestration.compensation.tables import Row

SCORE = "score"
_CURVE = "interpolated"
_RUNNING = ("marginal", "whole_amount")
ANNIVERSARY = "anniversary_from"


def window_findings(book: Book) -> Iterator[Finding]:
    """Components of scores and pools that cannot be read, or would be posted as something else."""
    pooled = {row["component_code"] for row in book["payout_pools"]}
    for row in book["plan_components"]:
        if row["tier_basis"] == SCORE:
            yield from _scored(row)
        if row["component_code"] in pooled and row["floor_amount"] is not None:
            yield row.finding("floor_amount", _meets("a share of a pool"))
    yield from _one_window(book, pooled)
    yield from _one_anniversary(book)
    for row in book["payout_pools"]:
        yield from _pool_window(book, row)
    yield from _shared_twice(book)


def _meets(line: str) -> str:
    return (
        f"{line} is posted under its window, and so is a floor: one would be taken for the "
        "other. Empty it, or pay the floor by a component of its own."
    )


def _scored(row: Row) -> Iterator[Finding]:
    if row["mode"] in _RUNNING:
        text = f"mode {row['mode']} adds up credits, and scores are none. Put interpolated."
        yield row.finding("tier_basis", text)
    if row["mode"] == _CURVE and row["floor_amount"] is not None:
        yield row.finding("floor_amount", _meets("a score"))
    if row["mode"] != _CURVE and row["cliff_mode"] == "threshold":
        text = "nothing that is paid lies above a mean of scores. Put first_unit."
        yield row.finding("cliff_mode", text)


def _one_window(book: Book, pooled: set[str]) -> Iterator[Finding]:
    """January and the first quarter begin on one day, so a component has one of them."""
    first: dict[str, Row] = {}
    for row in in_order(book["plan_components"]):
        code = row["component_code"]
        if not (code in pooled or (row["tier_basis"] == SCORE and row["mode"] == _CURVE)):
            continue
        other = first.setdefault(code, row)
        if other["window_type"] != row["window_type"]:
            text = (
                f"line {other.line} pays {code} by the {other['window_type']}: windows of two "
                "lengths may begin on one day. Put the same, or another component."
            )
            yield row.finding("window_type", text)


def _one_anniversary(book: Book) -> Iterator[Finding]:
    """The profit that a customer's anniversary shares is one amount, whoever is credited."""
    rows = [row for row in in_order(book["plan_components"]) if row[ANNIVERSARY] is not None]
    for row in rows[1:]:
        if row[ANNIVERSARY] != rows[0][ANNIVERSARY]:
            text = (
                f"line {rows[0].line} shares profit from anniversary {rows[0][ANNIVERSARY]} on: "
                "all components share the same profit. Put the same."
            )
            yield row.finding(ANNIVERSARY, text)


def _pool_window(book: Book, row: Row) -> Iterator[Finding]:
    code = row["component_code"]
    if not book["plan_components"].is_whole(component_code=code):
        return
    windows = {r["window_type"] for r in book["plan_components"] if r["component_code"] == code}
    if len(windows) == 1 and row["period_type"] not in windows:
        text = f"the component {code} is paid by the {windows.pop()}. Put that."
        yield row.finding("period_type", text)


def _shared_twice(book: Book) -> Iterator[Finding]:
    """Two pools of a component in one period are two amounts under one key for who shares both."""
    pools = {row["pool_id"]: row for row in book["payout_pools"]}
    first: dict[tuple[object, ...], Row] = {}
    for row in book["payout_pool_shares"]:
        pool = pools.get(row["pool_id"])
        if pool is None:
            continue
        key = (row["payee_id"], pool["component_code"], pool["period_start"])
        other = first.setdefault(key, row)
        if other is not row and other["pool_id"] != row["pool_id"]:
            text = (
                f"line {other.line} shares {other['pool_id']} with the same payee, of the same "
                "component and period. Give one of the pools another component."
            )
            yield row.finding("pool_id", text)
