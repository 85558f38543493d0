"""What is sold by the piece, what comes back of it, and what customers say of it.

Here belong the events of units and ratings, which have no amount. What blocks of units pay belongs
to modes.py, what a mean rating does to them to lines.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from ..mrr import InvoiceLine
from ..surveys import answers
from .events import Event, Records, contract_event
from .money import NOTHING, product, share

UNIT_DIGITS = 6
SOLD = ("recurring", "proration", "one_off")


def units(records: Records) -> Iterator[Event]:
    """`units`: what an invoice line sells on the day of its invoice, and what comes back.

    A line of a subscription sells what goes beyond the largest quantity that its item was billed
    for before; a one-off line sells all. What is free, metered or taken off sells nothing.
    """
    largest: dict[str, Decimal] = defaultdict(Decimal)
    lines = [
        line
        for line in records.lines.values()
        if line.line_kind in SOLD
        and line.amount > 0
        and (line.quantity or 0) > 0
        and line.invoice_id in records.invoices
    ]
    for line in sorted(lines, key=lambda line: in_order_of_invoices(records, line)):
        sold = line.quantity
        if line.line_kind != "one_off" and line.subscription_item_id is not None:
            before = largest[line.subscription_item_id]
            largest[line.subscription_item_id] = max(before, line.quantity)
            sold = max(Decimal(0), line.quantity - before)
        if sold:
            sale = sale_of(records, line, sold)
            yield sale
            yield from returns(records, line, sale)


def in_order_of_invoices(records: Records, line: InvoiceLine) -> tuple[date, date, bytes]:
    """By the day of the invoice, then by that of service, then by key."""
    issued_on = records.invoices[line.invoice_id].issued_on
    return issued_on, line.service_from, line.invoice_line_id.encode()


def sale_of(records: Records, line: InvoiceLine, sold: Decimal) -> Event:
    """The units that a line sells, to the customer who is billed."""
    customer_id = records.customers.get(line.billing_customer_id, line.billing_customer_id)
    event = contract_event(
        records,
        line.contract_id,
        event_key=f"units:{line.invoice_line_id}",
        event_type="units",
        occurred_on=records.invoices[line.invoice_id].issued_on,
        unit_count=sold,
        product_line=records.product_lines.get(line.product_id),
    )
    account_id = customer_id if customer_id in records.account_ids else event.account_id
    return event._replace(customer_id=customer_id, account_id=account_id)


class Change(NamedTuple):
    """What a credit note takes of an invoice, what is paid for a line or given back of it."""

    day: date
    key: str
    credited: Decimal = NOTHING
    paid: Decimal = NOTHING
    refunded: Decimal = NOTHING


def returns(records: Records, line: InvoiceLine, sale: Event) -> Iterator[Event]:
    """What of a sale comes back, on the day and under the key of what changed it.

    The share of the invoice that credit notes took by then, or of what was paid for the line that
    refunds gave back, whichever is more; so nothing comes back twice. Credited as the sale was.
    """
    changes = [
        Change(row.issued_on, row.credit_note_id, credited=row.amount)
        for row in records.notes_of_invoice[line.invoice_id]
        if not row.is_void
    ]
    changes += [
        Change(row.paid_on, row.payment_allocation_id, paid=row.amount)
        if row.refund_id is None
        else Change(row.paid_on, row.payment_allocation_id, refunded=-row.amount)
        for row in records.allocations_of_line[line.invoice_line_id]
    ]
    billed = records.invoices[line.invoice_id].total_amount
    credited = paid = refunded = NOTHING
    before = Decimal(0)
    for change in sorted(changes, key=lambda change: (change.day, change.key.encode())):
        credited += change.credited
        paid += change.paid
        refunded += change.refunded
        part = max(share_of(credited, billed), share_of(refunded, paid))
        after = units_of(sale.unit_count, min(part, Fraction(1)))
        if after != before:
            yield sale._replace(
                event_key=f"{sale.event_key}|{change.key}",
                occurred_on=change.day,
                unit_count=before - after,
                sold_on=sale.occurred_on,
            )
        before = after


def share_of(part: Decimal, whole: Decimal) -> Fraction:
    """A share of what there is; nothing of nothing."""
    return share(part, whole) if whole > 0 else Fraction(0)


def units_of(count: Decimal, part: Fraction) -> Decimal:
    """A part of some units, with as many digits as units have."""
    exact = product(count, part) * 10**UNIT_DIGITS
    whole = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return Decimal(whole).scaleb(-UNIT_DIGITS)


def surveys(records: Records) -> Iterator[Event]:
    """`survey`: a scored answer on satisfaction, on the day on which it was given."""
    if not records.rows.survey_responses:
        return
    for answer in answers(records.known):
        row = answer.response
        if row.survey_type == "csat" and answer.score is not None and row.responded_on is not None:
            is_account = answer.customer_id in records.account_ids
            yield Event(
                f"survey:{row.survey_response_id}",
                "survey",
                row.responded_on,
                account_id=answer.customer_id if is_account else None,
                customer_id=answer.customer_id,
                score=answer.score,
            )
