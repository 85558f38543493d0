"""Invented customers of some years, what they say, and the pools that share what they are worth.

Here belongs what profit shares, growth pools and rated units look at: how a customer was won, what
it pays and was billed, its answers. Everything else of a company is invented in inventor.py.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ..known import AcquisitionCost, Campaign, CampaignTouch, GrossMargin, SurveyResponse
from ..mrr import InvoiceLine, SubscriptionItem
from .conversion import digits_of
from .periods import add_months, window_of
from .rows import CreditNote, Invoice, PayoutPool, PayoutPoolShare

if TYPE_CHECKING:
    from .inventor import Inventor

UNIT_COUNTS = ("1", "10", "33", "0.5", "100", "2.25")
LINE_KINDS = ("one_off", "one_off", "recurring", "recurring", "proration", "metered")
RATINGS = ("1", "3", "4", "4", "5", "5")
# What is kept of revenue; of some lines nobody knows it, of one not from the start.
GROSS_MARGINS = (
    GrossMargin("test:margin 1", "platform", date(2015, 1, 1), Decimal("0.8")),
    GrossMargin("test:margin 2", "platform", date(2024, 6, 1), Decimal("0.749999")),
    GrossMargin("test:margin 3", "analytics", date(2022, 1, 1), Decimal("0.333333")),
    GrossMargin("test:margin 4", "analytics", date(2025, 1, 1), Decimal("-0.05")),
)


def pools(inventor: Inventor, code: str) -> None:
    """A growth pool of some periods, of the customers of this company."""
    rows = [row for row in inventor.tables.get("plan_components", ()) if row.component_code == code]
    if not rows:
        return
    year = inventor.settings.fiscal_year_start_month
    for day in sorted({window_of(rows[0].window_type, day, year).start for day in inventor.days}):
        if inventor.chance(0.4):
            continue
        pool_id = f"pool_{inventor.key}_{day}"
        inventor.add(
            "payout_pools",
            PayoutPool(
                pool_id,
                code,
                rows[0].window_type,
                day,
                f"group {inventor.key}",
                inventor.worth(inventor.one_of(("0", "-50000", "1000")), inventor.plan_currency),
                Decimal(inventor.one_of(("0.01", "0.333333", "1"))),
                inventor.plan_currency,
            ),
        )
        members = inventor.random.sample(
            inventor.payee_ids, inventor.random.randint(1, len(inventor.payee_ids))
        )
        for payee_id in members:
            weight = Decimal(inventor.one_of(("1", "1", "2", "0.5")))
            inventor.add("payout_pool_shares", PayoutPoolShare(pool_id, payee_id, weight))


def ratings(inventor: Inventor, number: int, account_id: str, billing_customer_id: str) -> None:
    """What a customer answered, where it did, and where anybody knows who it was."""
    for place in range(inventor.one_of((0, 2, 3, 5, 8))):
        day = inventor.one_of(inventor.known)
        email = f"{inventor.key}.{number}@example.com"
        reference = inventor.one_of((account_id, account_id, billing_customer_id, None))
        inventor.add(
            "survey_responses",
            SurveyResponse(
                inventor.named("answer", f"{number} {place}"),
                inventor.one_of(("csat", "csat", "csat", "nps")),
                inventor.maybe(0.9, RATINGS) and Decimal(inventor.one_of(RATINGS)),
                f"{day} 01:00:00",
                day,
                reference,
                email if inventor.chance(0.5) else None,
                1,
                5,
                4,
            ),
        )


def old_business(
    inventor: Inventor, number: int, account_id: str, billing_customer_id: str, currency: str
) -> None:
    """A customer of some years: how it was won, what it pays, and what it was billed."""
    currency = currency if digits_of(currency) else "CNY"
    starts = add_months(
        inventor.one_of(inventor.past[: len(inventor.past) // 2]), -inventor.one_of((0, 12, 24, 35))
    )
    ends = inventor.maybe(0.3, [day for day in inventor.known if day > starts])
    inventor.add(
        "subscription_items",
        SubscriptionItem(
            f"{inventor.named('old item', number)}:0",
            inventor.named("old item", number),
            inventor.named("old subscription", number),
            billing_customer_id,
            inventor.product_id(),
            starts,
            ends,
            unit_amount=Decimal(inventor.one_of(("100", "99.99", "250", "33.333333"))),
            currency=currency,
        ),
    )
    won(inventor, number, account_id, starts)
    for place in range(inventor.one_of((1, 2, 4))):
        day = add_months(starts, inventor.one_of((0, 0, 1, 7, 12, 23)))
        if day <= inventor.settings.as_of_on:
            billed_in = inventor.one_of((*(currency,) * 4, "USD"))
            old_bill(inventor, f"old {number} {place}", billing_customer_id, day, billed_in)


def won(inventor: Inventor, number: int, account_id: str, day: date) -> None:
    """The campaign that won a customer, and what its channel cost about then."""
    channel = f"channel {inventor.key} {number}"
    campaign_id = inventor.named("campaign", number)
    inventor.add(
        "campaigns", Campaign(campaign_id, inventor.one_of((channel, channel, channel, None)))
    )
    if inventor.chance(0.9):
        touched_on = day - timedelta(days=inventor.one_of((0, 30, 365, 366)))
        touch_id = inventor.named("touch", number)
        inventor.add(
            "campaign_touches",
            CampaignTouch(touch_id, campaign_id, account_id, inventor.chance(0.5), touched_on),
        )
    for place in range(inventor.one_of((0, 1, 1, 1, 2))):
        inventor.add(
            "acquisition_costs",
            AcquisitionCost(
                inventor.named("cost", f"{number} {place}"),
                day.replace(day=1),
                channel,
                inventor.money(inventor.one_of(("100", "500.01", "-3", "2000")), "CNY"),
                inventor.one_of(("CNY", "CNY", "USD")),
            ),
        )


def old_bill(
    inventor: Inventor, key: str, billing_customer_id: str, day: date, currency: str
) -> None:
    """An invoice of lines of all kinds, for a year, a month or no days of service."""
    amounts = inventor.one_of(
        (("1200",), ("2400", "33.33"), ("600.01", "-100"), ("100", "0.01", "7"))
    )
    asked = [inventor.worth(amount, currency) for amount in amounts]
    discount = inventor.worth(inventor.one_of(("0", "0", "10.01")), currency)
    net = sum(asked) - discount
    tax = inventor.money(net * inventor.one_of((Decimal(0), Decimal("0.06"))), currency)
    invoice_id = inventor.named("invoice", key)
    credited = inventor.money(
        (net + tax) * Decimal(inventor.one_of(("0", "0", "0.5", "1"))), currency
    )
    left = net + tax - credited
    for place, amount in enumerate(asked):
        starts = inventor.one_of((day, day, add_months(day, 1), day - timedelta(days=40)))
        ends = inventor.one_of((add_months(starts, 12), add_months(starts, 1), starts))
        line_kind = inventor.one_of(LINE_KINDS)
        inventor.add(
            "invoice_lines",
            InvoiceLine(
                inventor.named("line", f"{key} {place}"),
                None if line_kind == "one_off" else inventor.named("seat", key),
                None,
                billing_customer_id,
                inventor.product_id(),
                starts,
                ends,
                amount,
                currency,
                line_kind,
                Decimal(inventor.one_of(UNIT_COUNTS)),
                invoice_id=invoice_id,
            ),
        )
    inventor.add(
        "invoices",
        Invoice(
            invoice_id,
            billing_customer_id,
            day,
            inventor.one_of((None, day + timedelta(days=30))),
            net + tax,
            tax,
            currency,
            inventor.one_of(("open", "open", "uncollectible")) if left else "paid",
            inventor.money(0, currency),
            left,
        ),
    )
    if credited:
        inventor.add(
            "credit_notes",
            CreditNote(
                inventor.named("note", key),
                invoice_id,
                credited,
                inventor.one_of([later for later in inventor.known if later >= day] or [day]),
                currency,
            ),
        )
