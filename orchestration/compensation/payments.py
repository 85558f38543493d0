"""Pay that no event causes: draws, adjustments, pools, scores; and who approved what."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from orchestration.compensation.book import Book, employed, held
from orchestration.compensation.findings import Finding
from orchestration.compensation.tables import Row


def payment_findings(book: Book) -> Iterator[Finding]:
    """Draws, adjustments, pools and scores that fit no payee, component or period."""
    yield from _draws(book)
    for row in book["pay_adjustments"]:
        yield from _approved_by_another(row)
        yield from _adjustment(book, row)
    for row in book["retroactive_approvals"]:
        yield from _approved_by_another(row)
        yield from _approval(book, row)
    yield from _pools(book)
    for row in book["scores"]:
        yield from _score(book, row)


def _draws(book: Book) -> Iterator[Finding]:
    covered = defaultdict(set)
    for row in book["draw_components"]:
        covered[row["draw_id"]].add(row["component_code"])
    by_payee = defaultdict(list)
    for row in book["draws"]:
        by_payee[row["payee_id"]].append(row)
        yield from _draw(book, row)
        if row["draw_id"] not in covered and book["draw_components"].is_whole(
            draw_id=row["draw_id"]
        ):
            text = "covers no component: add a row to draw_components.csv."
            yield row.finding("draw_id", text)
    for rows in by_payee.values():
        for first, second in combinations(rows, 2):
            both = sorted(covered[first["draw_id"]] & covered[second["draw_id"]])
            if both and held(first).overlap(held(second)):
                text = (
                    f"line {first.line} covers {', '.join(both)} of the same payee on the same "
                    "days, so it would be counted against both. End one, or cover other components."
                )
                yield second.finding("valid_from", text)


def _draw(book: Book, row: Row) -> Iterator[Finding]:
    for column in ("valid_from", "valid_to"):
        if row[column] is not None and row[column].day != 1:
            yield row.finding(column, "a draw holds for whole months. Put the first of a month.")
    if row["amount"] <= 0:
        yield row.finding("amount", "must be above 0.")
    rate = row["recovery_rate"]
    if row["is_recoverable"] != (rate is not None):
        yield row.finding("recovery_rate", "filled where is_recoverable is true, and only there.")
    elif rate is not None and not 0 < rate <= 1:
        yield row.finding("recovery_rate", "must be above 0 and at most 1; 0.5 = 50 %.")
    payee = book.payees.get(row["payee_id"])
    if payee is not None and not held(row).overlap(employed(payee)):
        text = f"the payee is there {employed(payee)}. Correct the draw's days."
        yield row.finding("valid_from", text)


def _approved_by_another(row: Row) -> Iterator[Finding]:
    if row["requested_by"].casefold() == row["approved_by"].casefold():
        text = "asked for it and must not approve it. Somebody else approves."
        yield row.finding("approved_by", text)


def _adjustment(book: Book, row: Row) -> Iterator[Finding]:
    if row["amount"] == 0:
        yield row.finding("amount", "an adjustment of 0 changes nothing. Remove the row.")
    payee = book.payees.get(row["payee_id"])
    if payee is not None and row["effective_on"] < payee["joined_on"]:
        text = f"the payee joined on {payee['joined_on']}. Put that day or a later one."
        yield row.finding("effective_on", text)


def _approval(book: Book, row: Row) -> Iterator[Finding]:
    table = book.tables.get(row["seed_name"])
    if table is None:
        known = ", ".join(sorted(book.tables))
        yield row.finding("seed_name", f"no such seed. Seeds of pay: {known}.")
    elif row["row_key"].count("|") != len(table.seed.key) - 1:
        text = f"must be the values of {', '.join(table.seed.key)}, joined by `|`."
        yield row.finding("row_key", text)


def _pools(book: Book) -> Iterator[Finding]:
    weights = defaultdict(list)
    for row in book["payout_pool_shares"]:
        weights[row["pool_id"]].append(row)
        if row["weight"] < 0:
            yield row.finding("weight", "must not be below 0.")
    for row in book["payout_pools"]:
        begins = book.period(row).start
        if row["period_start"] != begins:
            text = f"no {row['period_type']} begins then: this one begins on {begins}."
            yield row.finding("period_start", text)
        if not 0 < row["pool_share"] <= 1:
            yield row.finding("pool_share", "must be above 0 and at most 1; 0.02 = 2 %.")
        shares = weights[row["pool_id"]]
        if not book["payout_pool_shares"].is_whole(pool_id=row["pool_id"]):
            continue
        if sum(share["weight"] for share in shares) <= 0:
            text = "nobody has a weight in payout_pool_shares.csv. Add the payees who share it."
            yield row.finding("pool_id", text)
        for share in shares:
            yield from _pool_share(book, row, share)


def _pool_share(book: Book, pool: Row, share: Row) -> Iterator[Finding]:
    """Who shares a pool has its component in the period; else the share would be nobody's."""
    payee_id = share["payee_id"]
    people = ("payees", "payee_assignments")
    if not (
        all(book[name].is_whole(payee_id=payee_id) for name in people)
        and book["plan_components"].is_whole(component_code=pool["component_code"])
    ):
        return
    period = book.period(pool)
    if not any(
        component["component_code"] == pool["component_code"] and days.overlap(period)
        for _, component, days in book.component_spans(payee_id)
    ):
        text = (
            f"in the period of {pool['pool_id']} no plan of this payee has the component "
            f"{pool['component_code']}. Remove the row, or correct the plan."
        )
        yield share.finding("payee_id", text)


def _score(book: Book, row: Row) -> Iterator[Finding]:
    begins = book.period(row).start
    if row["period_start"] != begins:
        text = f"no {row['period_type']} begins then: this one begins on {begins}."
        yield row.finding("period_start", text)
    scored = [
        component
        for component in book["plan_components"]
        if component["measure"] == row["measure"] and component["tier_basis"] == "score"
    ]
    if not book["plan_components"].is_whole(measure=row["measure"]):
        return
    if not scored:
        text = "no component of this measure has tier_basis score, so nobody reads it."
        yield row.finding("measure", f"{text} Correct the measure, or remove the row.")
    elif all(component["window_type"] != row["period_type"] for component in scored):
        windows = ", ".join(sorted({component["window_type"] for component in scored}))
        text = f"components look at the score of a {windows}. Give it for that."
        yield row.finding("period_type", text)
