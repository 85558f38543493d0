"""What pay is computed from, against the sample company's own story: owners, shares, cash.

From dirty landed files staging and the adapters must find what the generator knows. Cash is
allocated here a second time, from the description of `input_payment_allocations`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.sample.landing import sync_after
from orchestration.sample.narrator import Narrator
from orchestration.sample.story import Charge, Story
from orchestration.sample.times import INITIAL_LOAD, LAST_SYNC, business_day
from tests.conftest import SAMPLE_SCALE, SAMPLE_SEED

EPOCH = date(1970, 1, 1)
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def stories() -> list[Story]:
    narrator = Narrator(SAMPLE_SEED, SAMPLE_SCALE)
    return [narrator.story(index) for index in range(narrator.people.count)]


@pytest.fixture(scope="module")
def warehouse(built_warehouse: Path):
    with duckdb.connect(str(built_warehouse), read_only=True) as connection:
        yield connection


def day_of(second: int) -> date:
    return EPOCH + timedelta(business_day(second))


def told(second: int) -> bool:
    """Whether a change of that second arrived."""
    return sync_after(second) is not None


def test_an_account_has_on_each_day_the_owner_of_the_story(
    stories: list[Story], warehouse: duckdb.DuckDBPyConnection
) -> None:
    found = defaultdict(list)
    for account_id, *span in warehouse.execute(
        "select account_id, user_id, valid_from, valid_to from input.input_account_owners"
        " where role_code = 'owner' order by valid_from"
    ).fetchall():
        found[account_id].append(tuple(span))
    compared = Counter()
    for story in stories:
        account = story.customer.account
        if account is None or not story.customer.is_root:
            continue
        # Of owners before the first extract only the last is known, as the owner since ever.
        known = [owner for owner in account.owners if told(owner[0])]
        before = [owner for owner in known if owner[0] <= INITIAL_LOAD]
        known = before[-1:] + [owner for owner in known if owner[0] > INITIAL_LOAD]
        by_day = {day_of(since): owner.id for since, owner in known}
        first = min(by_day)
        by_day[min(first, day_of(account.created))] = by_day.pop(first)
        days = sorted(by_day)
        expected = [
            (f"salesforce:{by_day[day]}", day, following)
            for day, following in zip(days, [*days[1:], None], strict=True)
        ]
        assert found[f"salesforce:{account.id}"] == merged(expected)
        compared["moved" if len(days) > 1 else "kept"] += 1
    assert min(compared["moved"], compared["kept"]) > 100


def merged(spans: list[tuple[str, date, date | None]]) -> list[tuple[str, date, date | None]]:
    """Spans of one owner that meet are one."""
    found: list[tuple[str, date, date | None]] = []
    for user_id, start, end in spans:
        if found and found[-1][0] == user_id:
            start = found.pop()[1]
        found.append((user_id, start, end))
    return found


def test_deals_are_shared_as_the_story_says_last(
    stories: list[Story], warehouse: duckdb.DuckDBPyConnection
) -> None:
    rows = warehouse.execute(
        "select opportunity_split_id, opportunity_id, user_id, split_kind, split_percent"
        " from input.input_opportunity_splits"
    ).fetchall()
    found = {row[0]: row[1:] for row in rows}
    kinds = Counter()
    for story in stories:
        for deal in story.deals:
            for split in deal.splits:
                states = [percent for since, percent in split.states if told(since)]
                if not states:
                    assert f"salesforce:{split.id}" not in found
                    continue
                kind = "overlay" if split.is_overlay else "revenue"
                assert found[f"salesforce:{split.id}"] == (
                    f"salesforce:{deal.id}",
                    f"salesforce:{split.employee.id}",
                    kind,
                    Decimal(states[-1]) / 100,
                )
                kinds[kind] += 1
    assert min(kinds["revenue"], kinds["overlay"]) > 100


def test_cash_reaches_the_lines_that_asked_for_it(
    stories: list[Story], warehouse: duckdb.DuckDBPyConnection
) -> None:
    found: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for payment_id, line_id, amount in warehouse.execute(
        "select payment_id, invoice_line_id, amount from input.input_payment_allocations"
    ).fetchall():
        found[payment_id][line_id] += amount
    compared = Counter()
    for story in stories:
        refunded: Counter[str] = Counter()
        for refund in story.ledger.refunds:
            last = [status for since, status in refund.states if told(since)][-1:]
            if last == ["succeeded"]:
                refunded[refund.charge.id] += refund.amount
        for charge in story.ledger.charges:
            states = [state for state in charge.states if told(state[0])]
            if not states or states[-1][1] != "succeeded":
                assert f"stripe:{charge.id}" not in found
                continue
            expected = shared(charge, charge.amount - refunded[charge.id])
            lines = found[f"stripe:{charge.id}"]
            assert {line: amount for line, amount in lines.items() if amount} == expected
            compared["refunded"] += refunded[charge.id] > 0
            compared["gives back"] += any(amount < 0 for amount in expected.values())
            compared["lines"] += len(expected) > 1
    assert min(compared[kind] for kind in ("refunded", "gives back", "lines")) > 20


def shared(charge: Charge, kept: int) -> dict[str, Decimal]:
    """Share what is left of a charge, in minor units with tax, over the lines of its invoice."""
    invoice = charge.invoice
    net = quotient(kept * (invoice.total - invoice.tax), invoice.total)
    asked = sum(line.amount for line in invoice.lines if line.amount > 0)
    whole = quotient(net * asked, invoice.subtotal)
    parts = {}
    for amount, sign in ((whole, 1), (whole - net, -1)):
        lines = [line for line in invoice.lines if line.amount * sign > 0]
        weights = {f"stripe:{invoice.id}:{line.id}": abs(line.amount) for line in lines}
        total = sum(weights.values())
        exact = {key: Decimal(amount * weight) / total for key, weight in weights.items()}
        floors = {key: int(part.to_integral_value(ROUND_FLOOR)) for key, part in exact.items()}
        left = amount - sum(floors.values()) if lines else 0
        order = sorted(weights, key=lambda key: (floors[key] - exact[key], key))
        for key in order[:left]:
            floors[key] += 1
        parts |= {key: sign * part * CENT for key, part in floors.items() if part}
    return parts


def quotient(above: int, below: int) -> int:
    """A quotient to the nearest whole, halves up; nothing here is negative."""
    return (2 * above + below) // (2 * below)


def test_projects_are_accepted_and_people_met_as_the_story_says(
    stories: list[Story], warehouse: duckdb.DuckDBPyConnection
) -> None:
    found = dict(
        warehouse.execute(
            "select contract_id, sum(delivered_share) from input.input_deliveries group by all"
        ).fetchall()
    )
    meetings = {
        row[0]: row[1:]
        for row in warehouse.execute(
            "select meeting_id, owner_user_id, opportunity_id, held_on from input.input_meetings"
        ).fetchall()
    }
    held = 0
    for story in stories:
        shares = Counter()
        for delivery in story.deliveries:
            entered = delivery.accepted_day + 1 + delivery.number % 6
            if entered <= business_day(LAST_SYNC) - 1:
                shares[f"salesforce:{delivery.contract_id}"] += delivery.share
        for contract_id, share in shares.items():
            assert found[contract_id] == Decimal(share) / 100
        for deal in story.deals:
            for meeting in deal.meetings:
                is_missed = meeting.was_held is False and told(meeting.starts + 3 * 3600)
                counts = (
                    told(meeting.entered)
                    and meeting.copy_of is None
                    and meeting.kind != "Call"
                    and not is_missed
                )
                key = f"salesforce:{meeting.id}"
                assert (key in meetings) == counts
                if counts:
                    held += 1
                    assert meetings[key] == (
                        f"salesforce:{meeting.employee.id}",
                        f"salesforce:{deal.id}",
                        day_of(meeting.starts),
                    )
    assert held > 500
    assert sum(found.values()) > 50
