"""How much of a line may be paid already.

Here belongs "Released" of incentives.md section 6.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from .conversion import Exchange
from .events import Event, Records, net_amount
from .money import NOTHING, product, rounded, share, total
from .rows import Contract, Invoice, PaymentAllocation, PlanComponent

ALL = Fraction(1)
NONE = Fraction(0)


class Releases:
    """Acceptances and cash, by contract, up to the cutoff."""

    def __init__(self, records: Records, exchange: Exchange) -> None:
        """Take what is known."""
        self.records, self.exchange = records, exchange
        self.cutoff_on = records.settings.cutoff_on

    def released(self, event: Event, component: PlanComponent) -> Fraction:
        """The share of a line that is released: on the event, after days, on delivery, on cash."""
        if component.release_on == "days":
            due = event.occurred_on + timedelta(days=component.release_days or 0)
            return ALL if due <= self.cutoff_on else NONE
        if component.release_on == "delivery":
            return self.delivered(event)
        if component.release_on == "cash":
            return self.collected(event)
        return ALL

    def delivered(self, event: Event) -> Fraction:
        """The accepted share of the event's contracts, each of equal weight; else nothing."""
        contracts = self.records.contracts_of(event)
        accepted = (
            sum(
                (
                    Fraction(row.delivered_share)
                    for row in self.records.rows.deliveries
                    if row.contract_id == contract.contract_id and row.accepted_on <= self.cutoff_on
                ),
                NONE,
            )
            for contract in contracts
        )
        shares = [clamped(share_accepted, ALL) for share_accepted in accepted]
        return sum(shares, NONE) / len(shares) if shares else NONE

    def collected(self, event: Event) -> Fraction:
        """Cash / contract amount, both net of tax, cash held within 0 and that amount.

        All contracts of the event are added before the one division, those in its currency.
        Contracts of which nothing is left to collect release nothing, nor does an event without
        contract; but a payment that names none is cash itself.
        """
        contracts = self.records.contracts_of(event)
        if not contracts:
            return ALL if event.event_type == "cash" else NONE
        of_currency = [row for row in contracts if row.currency == event.currency]
        if not of_currency:
            currency = min(row.currency or "" for row in contracts)
            of_currency = [row for row in contracts if (row.currency or "") == currency]
        amount = sum((self.contract_amount(row) for row in of_currency), NONE)
        if amount <= 0:
            return NONE
        cash = sum((self.cash(row) for row in of_currency), NONE)
        return share(clamped(cash, amount), amount)

    def contract_amount(self, contract: Contract) -> Fraction:
        """The whole contract less credit notes and write-offs, as of the cutoff.

        What of an invoice cannot be collected is written off on the day on which it was due.
        """
        amount = Fraction(contract.amount or NOTHING)
        for invoice in self.invoices(contract):
            part = self.part_of(invoice, contract)
            credited = self.credited(invoice)
            amount -= credited * part
            due_on = invoice.due_on or invoice.issued_on
            if invoice.status == "uncollectible" and due_on <= self.cutoff_on:
                left = invoice.remaining_amount or NOTHING
                amount -= Fraction(net_amount(invoice, left)) * part
        return amount

    def invoices(self, contract: Contract) -> Iterable[Invoice]:
        """The invoices that bill a contract, up to the cutoff."""
        ids = {line.invoice_id for line in self.records.lines_of_contract[contract.contract_id]}
        invoices = (self.records.invoices.get(invoice_id) for invoice_id in ids)
        return [
            invoice
            for invoice in invoices
            if invoice is not None
            and invoice.issued_on <= self.cutoff_on
            and invoice.status not in ("draft", "void")
        ]

    def credited(self, invoice: Invoice) -> Fraction:
        """The credit notes of an invoice, each without the tax that it contains in proportion."""
        return Fraction(
            total(
                net_amount(invoice, row.amount)
                for row in self.records.notes_of_invoice[invoice.invoice_id]
                if not row.is_void and row.issued_on <= self.cutoff_on
            )
        )

    def part_of(self, invoice: Invoice, contract: Contract) -> Fraction:
        """The share of an invoice that bills a contract, by its lines' amounts."""
        lines = self.records.lines_of_invoice[invoice.invoice_id]
        whole = total(line.amount for line in lines)
        part = total(line.amount for line in lines if line.contract_id == contract.contract_id)
        return share(part, whole) if whole else ALL

    def cash(self, contract: Contract) -> Fraction:
        """Payments allocated to a contract's invoice lines, less refunds, up to the cutoff."""
        rows = cash_of_contract(self.records, self.exchange, contract)
        return Fraction(total(amount for _, amount in rows))


def cash_of_contract(
    records: Records, exchange: Exchange, contract: Contract
) -> list[tuple[PaymentAllocation, Decimal]]:
    """What was paid and refunded for a contract up to the cutoff, in its currency.

    At the month's rate of the payment, a refund at that of the payment it gives back.
    """
    rows = [
        row
        for line in records.lines_of_contract[contract.contract_id]
        for row in records.allocations_of_line[line.invoice_line_id]
        if row.paid_on <= records.settings.cutoff_on
    ]
    days = {(row.payment_id, row.invoice_line_id): row.paid_on for row in rows if not row.refund_id}
    found = []
    for row in rows:
        day = days.get((row.payment_id, row.invoice_line_id), row.paid_on)
        rate = exchange.rate(row.currency, contract.currency, day, "month")
        found.append((row, rounded(product(row.amount, rate.rate))))
    return found


def clamped(value: Fraction, most: Fraction) -> Fraction:
    """A value within 0 and a limit."""
    return max(NONE, min(value, most))
