"""Who is paid, under which plan and for whom they work."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from orchestration.compensation.book import Book, employed, held
from orchestration.compensation.findings import Finding
from orchestration.compensation.fiscal import Span
from orchestration.compensation.tables import Row


def people_findings(book: Book) -> Iterator[Finding]:
    """Payees that are nobody or two, and assignments that do not fit them."""
    for payee in book["payees"]:
        yield from _payee(payee)
        if book["payee_assignments"].is_whole(payee_id=payee["payee_id"]):
            yield from _edges(payee, book.assignments.get(payee["payee_id"], []))
    yield from _shared_identities(book)
    for row in book["payee_assignments"]:
        yield from _plan_cover(book, row)
        if row["manager_payee_id"]:
            yield from _manager(book, row)


def _payee(payee: Row) -> Iterator[Finding]:
    own, other = (
        ("user_id", "partner_id")
        if payee["payee_type"] == "employee"
        else ("partner_id", "user_id")
    )
    if payee[own] is None:
        text = f"a payee of type {payee['payee_type']} needs it: credits come to it by this id."
        yield payee.finding(own, text)
    if payee[other] is not None:
        yield payee.finding(other, f"a payee of type {payee['payee_type']} has none. Empty it.")
    if payee["left_on"] is not None and payee["left_on"] <= payee["joined_on"]:
        text = f"must be after joined_on {payee['joined_on']}: it is the first day of absence."
        yield payee.finding("left_on", text)


def _edges(payee: Row, assignments: list[Row]) -> Iterator[Finding]:
    """The assignments begin and end with the employment."""
    if not assignments:
        text = "has no row in payee_assignments.csv, so no plan pays. Add one from joined_on on."
        yield payee.finding("payee_id", text)
        return
    first, last = assignments[0], assignments[-1]
    if first["valid_from"] != payee["joined_on"]:
        text = f"the payee's joined_on is {payee['joined_on']}: the first assignment begins then."
        yield first.finding("valid_from", text)
    if last["valid_to"] != payee["left_on"]:
        said = payee["left_on"] or "empty"
        text = f"the payee's left_on is {said}: the last assignment ends with it."
        yield last.finding("valid_to", text)


def _shared_identities(book: Book) -> Iterator[Finding]:
    """One user or partner is one payee at a time; who comes back may be another."""
    for column in ("user_id", "partner_id"):
        groups = defaultdict(list)
        for payee in book["payees"]:
            if payee[column]:
                groups[payee[column]].append(payee)
        for payees in groups.values():
            ordered = sorted(payees, key=lambda payee: (payee["joined_on"], payee.line))
            for earlier, later in pairwise(ordered):
                if employed(earlier).overlap(employed(later)):
                    text = (
                        f"{earlier['payee_id']} in line {earlier.line} has it on the same days, "
                        "so credits would come to both. Correct one of them."
                    )
                    yield later.finding(column, text)


def _plan_cover(book: Book, row: Row) -> Iterator[Finding]:
    """The plan holds on every day of an assignment."""
    versions = book.plans.get(row["plan_code"], [])
    if not versions or not book["plans"].is_whole(plan_code=row["plan_code"]):
        return
    plan = Span(versions[0]["valid_from"], held(versions[-1]).end)
    days = held(row)
    if days.start < plan.start or days.end > plan.end:
        text = (
            f"the plan holds {plan}, the assignment {days}. "
            "Add a version of the plan, or change the assignment."
        )
        yield row.finding("plan_code", text)


def _manager(book: Book, row: Row) -> Iterator[Finding]:
    manager = book.payees.get(row["manager_payee_id"])
    if manager is not None:
        days, there = held(row), employed(manager)
        if row["payee_id"] != row["manager_payee_id"] and (
            days.start < there.start or days.end > there.end
        ):
            text = (
                f"is there {there}, the assignment is {days}. "
                "Begin another assignment on the day on which the manager changes."
            )
            yield row.finding("manager_payee_id", text)
    chain = _chain(book, row)
    if chain and chain[-1] == row["payee_id"]:
        text = (
            f"on {row['valid_from']} the managers form a circle: {' -> '.join(chain)}. "
            "Overrides would never end. Correct one of these assignments."
        )
        yield row.finding("manager_payee_id", text)


def _chain(book: Book, row: Row) -> list[str]:
    """Managers upward from a row on its first day, until nobody or somebody twice."""
    day = row["valid_from"]
    chain = [row["payee_id"]]
    manager = row["manager_payee_id"]
    while manager:
        chain.append(manager)
        if manager in chain[:-1]:
            break
        rows = book.assignments.get(manager, [])
        current = next((r for r in rows if held(r).start <= day < held(r).end), None)
        manager = current and current["manager_payee_id"]
    return chain
