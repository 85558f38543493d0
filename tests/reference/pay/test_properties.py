"""What holds whatever the plan, on the second method alone, over invented companies.

Here belongs what the rules of pay promise of any plan and history; the amounts themselves are
compared in test_agreement.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..test_mrr import checked
from .engine import Pay
from .entitlements import Key
from .inventor import InventedCompany, invented
from .ledger import Ledger
from .lines import AMOUNTS
from .money import NOTHING, total
from .periods import add_months, window_of
from .rows import PayRows, PaySettings

SETTINGS = (
    PaySettings(date(2025, 3, 31), date(2025, 4, 10)),
    PaySettings(date(2024, 2, 29), date(2024, 3, 10), 2),
    PaySettings(date(2025, 6, 30), date(2025, 7, 5), 4),
    PaySettings(date(2025, 5, 31), date(2025, 5, 20), 7),
)


def companies() -> st.SearchStrategy[tuple[InventedCompany, PaySettings]]:
    """A company, and one of some settings."""

    def invent(number: int) -> tuple[InventedCompany, PaySettings]:
        settings = SETTINGS[number % len(SETTINGS)]
        return invented(number, f"{number}", settings), settings

    return st.integers(0, 2**32).map(invent)


@given(companies())
@checked(400)
def test_revenue_credits_sum_to_the_event(drawn):
    company, settings = drawn
    pay = Pay(company.rows, settings)
    everything = {
        rule.component_code
        for rule in company.rows.credit_rules
        if rule.product_line is None and rule.credit_kind == "revenue"
    }
    sums = defaultdict(lambda: NOTHING)
    for credit in pay.credits:
        if credit.credit_kind == "revenue" and credit.component_code in everything:
            sums[credit.component_code, credit.event_key] += credit.credit_amount
    amounts = {event.event_key: event.amount for event in pay.events}
    assert all(amount == amounts[event_key] for (_, event_key), amount in sums.items())


@given(companies())
@checked(400)
def test_slices_sum_to_the_line_and_no_share_exceeds_the_whole(drawn):
    company, settings = drawn
    for line in Pay(company.rows, settings).lines:
        if line.slices:
            assert total(piece.amount for piece in line.slices) == line.gross_amount
        assert 0 <= line.kept <= 1
        assert 0 <= line.released <= 1
        assert abs(line.released_amount) <= abs(line.retained_amount) <= abs(line.capped_amount)
        assert all(getattr(line, name) * 10**line.digits % 1 == 0 for name in AMOUNTS)


@given(companies())
@checked(400)
def test_parts_sum_to_what_is_released(drawn):
    company, settings = drawn
    pay = Pay(company.rows, settings)
    parts = defaultdict(lambda: NOTHING)
    for key, one in pay.entitlements.items():
        parts[key.payee_id, key.component_code, key.basis_key] += one.amount
    for line in pay.lines:
        if pay.rules.payees[line.payee_id].pay_currency == line.terms.plan.currency:
            key = (line.payee_id, line.component_code, line.basis_key)
            assert parts[key] == line.released_amount


@given(companies())
@checked(200)
def test_no_cap_is_exceeded(drawn):
    company, settings = drawn
    filled = defaultdict(lambda: NOTHING)
    for line in Pay(company.rows, settings).lines:
        if line.credit is not None and line.credit.event.reverses:
            continue
        for cap in company.rows.payout_caps:
            if cap.payee_id == line.payee_id:
                window = window_of(
                    cap.period_type, line.occurred_on, settings.fiscal_year_start_month
                )
                filled[cap, window] += line.capped_amount
    assert all(amount <= cap.amount for (cap, _), amount in filled.items())


# -- a year replayed ---------------------------------------------------------------------

LATE = (
    "opportunities",
    "opportunity_splits",
    "contracts",
    "deliveries",
    "subscription_items",
    "payment_allocations",
    "credit_notes",
    "account_owners",
    "scores",
    "meetings",
    "pay_adjustments",
)


def histories(rows: PayRows, months: int, random: Random) -> Iterator[PayRows]:
    """What was known at each of some closes: rows arrive late, some are corrected, some deleted.

    At the last close everything is known as it is.
    """
    arrivals = {
        (table, place): random.choice((0, 0, 0, 0, 1, 2, 5, months - 1))
        for table in LATE
        for place in range(len(getattr(rows, table)))
    }
    corrected = {
        place: random.randrange(1, months)
        for place in range(len(rows.opportunities))
        if random.random() < 0.3
    }
    for month in range(months):
        is_last = month == months - 1
        known = {
            table: [
                row
                for place, row in enumerate(getattr(rows, table))
                if is_last or arrivals[table, place] <= month
            ]
            for table in LATE
        }
        wrong = {
            rows.opportunities[place].opportunity_id
            for place, corrected_in in corrected.items()
            if corrected_in > month
        }
        known["opportunities"] = [
            row._replace(amount=row.amount * 2, closed_on=add_months(row.closed_on, -1))
            if row.opportunity_id in wrong and not is_last
            else row
            for row in known["opportunities"]
        ]
        if not is_last and rows.opportunities:
            # One that is deleted later.
            ghost = rows.opportunities[0]
            known["opportunities"].append(ghost._replace(opportunity_id="test:deleted"))
        yield rows._replace(**known)


def replayed(company: InventedCompany, settings: PaySettings, number: int) -> tuple[Ledger, Pay]:
    """A ledger after a year of closes with shuffled lateness, and what was computed last."""
    ledger, months = Ledger(), 12
    first = add_months(settings.cutoff_on.replace(day=1), 1 - months)
    pay = None
    for month, rows in enumerate(histories(company.rows, months, Random(number))):
        period = add_months(first, month)
        cutoff_on = window_of("month", period).end
        pay = Pay(rows, settings._replace(cutoff_on=cutoff_on))
        known = {key.basis_key for key in pay.entitlements}
        ledger.close(period, pay.entitlements, pay.rules, known)
        assert_closed(ledger, pay, period)
    return ledger, pay


def assert_closed(ledger: Ledger, pay: Pay, period: date) -> None:
    """Posted = should-be, nothing is pending, and what is payable adds up."""
    assert ledger.pending(pay.entitlements) == {}
    posted = ledger.posted()
    for key, one in pay.entitlements.items():
        assert posted.get(key, NOTHING) == one.amount
    for (month, *_), paid in ledger.payables.items():
        if month == period:
            moved = paid.earned + paid.clawback + paid.adjustments + paid.advances
            moved -= paid.recoveries + paid.change_in_held
            assert paid.carried_in + moved == paid.payable + paid.carried_out
            assert paid.payable >= 0 >= paid.carried_out


@given(st.integers(0, 2**32))
@checked(60)
def test_a_year_of_shuffled_arrivals_sums_to_perfect_knowledge(number):
    settings = SETTINGS[number % 3]
    company = invented(number, f"{number}", settings)
    ledger, last = replayed(company, settings, number)
    perfect = Pay(company.rows, last.settings).entitlements
    posted = {
        key: amount
        for key, amount in ledger.posted().items()
        if amount and key.part not in ("advance", "recovery")
    }
    assert posted == {key: one.amount for key, one in perfect.items() if one.amount}


@given(st.integers(0, 2**32))
@checked(60)
def test_what_is_paid_less_the_balance_of_draws_is_what_was_earned(number):
    settings = SETTINGS[number % 3]
    company = invented(number, f"{number}", settings)
    ledger, last = replayed(company, settings, number)
    perfect = Pay(company.rows, last.settings).entitlements
    for payee in company.rows.payees:
        currencies = {key.currency for key in ledger.posted() if key.payee_id == payee.payee_id}
        for currency in currencies:
            paid = sum_paid(ledger, payee.payee_id, currency)
            advanced = of_payee(ledger.posted().items(), payee.payee_id, currency, is_draw=True)
            earned = of_payee(
                ((key, one.amount) for key, one in perfect.items()),
                payee.payee_id,
                currency,
                is_draw=False,
            )
            assert paid - advanced == earned


def of_payee(amounts, payee_id: str, currency: str, is_draw: bool) -> Decimal:
    """What a payee's keys come to, of draws or of all others."""
    return total(
        amount
        for key, amount in amounts
        if (key.payee_id, key.currency) == (payee_id, currency)
        and (key.part in ("advance", "recovery")) == is_draw
    )


def sum_paid(ledger: Ledger, payee_id: str, currency: str) -> Decimal:
    """What a payee was paid in all, and what is still carried."""
    paid = total(
        one.payable
        for (_, payee, paid_in), one in ledger.payables.items()
        if (payee, paid_in) == (payee_id, currency)
    )
    return paid + ledger.carried[payee_id, currency]


@pytest.mark.parametrize("part", ["advance", "recovery"])
def test_a_settled_draw_is_never_pending_again(part):
    ledger = Ledger()
    key = Key("rep", "draw", "draw:d:2026-01-01", part, date(2026, 1, 1), "CNY")
    assert ledger.pending({}) == {}
    assert key not in ledger.pending({})
