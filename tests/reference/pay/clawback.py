"""How much of what an event pays is retained, once something went wrong with it.

Here belongs "Retained" of incentives.md section 6. What a clawback does to attainment belongs
to attainment.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from ..mrr import InvoiceLine
from .conversion import Exchange
from .events import Event, Records, net_amount
from .money import NOTHING, share, total
from .periods import add_months, full_months
from .release import cash_of_contract
from .rows import ClawbackRule, Invoice
from .rules import Rules, Terms

NOTHING_LOST = Fraction(1)


class Loss(NamedTuple):
    """Something that takes pay back on a day, for a share of what was sold."""

    day: date
    lost_share: Fraction = Fraction(1)


class Step(NamedTuple):
    """A day on which MRR changed: what there was before, and what of it was lost."""

    day: date
    before: Decimal
    lost: Decimal


class Retained(NamedTuple):
    """The share of a line that is retained, and the day of what took the rest back."""

    share: Fraction = NOTHING_LOST
    triggered_on: date | None = None


def kept_on(rule: ClawbackRule, service_start: date, day: date) -> Fraction:
    """What a rule keeps when its trigger comes on a day.

    `linear`: full months served / months, by anniversary from the start of service; `full`:
    nothing; on or after the last of these anniversaries everything. A rule without months
    never ends.
    """
    if rule.months is None:
        return Fraction(0)
    if day >= add_months(service_start, rule.months):
        return Fraction(1)
    served = full_months(service_start, day) if rule.method == "linear" else 0
    return Fraction(served, rule.months)


class Clawbacks:
    """What happened to contracts, customers, invoices and payees after they were paid for."""

    def __init__(self, records: Records, rules: Rules, exchange: Exchange) -> None:
        """Take what is known."""
        self.records, self.rules, self.exchange = records, rules, exchange
        self.cutoff_on = records.settings.cutoff_on

    def retained(self, event: Event, payee_id: str, terms: Terms) -> Retained:
        """The least that any trigger keeps, never the product; among equal ones the earlier."""
        least = Retained()
        for rule in self.rules.clawback_rules(terms.component, event.occurred_on):
            found = self.kept_by(rule, event, payee_id, terms)
            if (found.share, found.triggered_on or date.max) < (
                least.share,
                least.triggered_on or date.max,
            ):
                least = found
        return least

    def kept_by(self, rule: ClawbackRule, event: Event, payee_id: str, terms: Terms) -> Retained:
        """What one rule keeps: what was not lost, and of what was lost the months served."""
        start = self.service_start(event)
        kept = Retained()
        for loss in sorted(self.losses(rule, event, payee_id, terms)):
            taken = loss.lost_share * (1 - kept_on(rule, start, loss.day))
            if taken:
                # Money converted by the cent may come back by a cent more than was paid.
                left = max(Fraction(0), kept.share - taken)
                kept = Retained(left, kept.triggered_on or loss.day)
        return kept

    def service_start(self, event: Event) -> date:
        """When what was paid for began: with a movement, with its contract, with the event."""
        starts = [
            contract.service_start_on
            for contract in self.records.contracts_of(event)
            if contract.service_start_on is not None
        ]
        return event.occurred_on if event.movement_key or not starts else min(starts)

    def losses(
        self, rule: ClawbackRule, event: Event, payee_id: str, terms: Terms
    ) -> Iterable[Loss]:
        """What a rule's trigger found up to the cutoff, of the contracts or of the customer."""
        if rule.clawback_trigger == "churn":
            return self.churns(rule, event)
        if rule.clawback_trigger == "refund":
            # What cash pays or releases falls with the cash.
            is_cash = event.event_type == "cash" or terms.component.release_on == "cash"
            return [] if is_cash else self.refunds(rule, event)
        if rule.clawback_trigger == "unpaid_days":
            return self.delays(rule, event)
        return self.departures(payee_id)

    def is_after(self, event: Event, day: date) -> bool:
        """Whether a day is not before the event's and not after the cutoff."""
        return event.occurred_on <= day <= self.cutoff_on

    # -- churn -------------------------------------------------------------------------

    def churns(self, rule: ClawbackRule, event: Event) -> list[Loss]:
        """`churn`: what is lost of MRR after the event, as MRR movements count loss.

        Of a customer its first churn, not before service starts. Of the contracts the first day
        on which all that they still have is lost; with `partial` what is lost for good: of the
        MRR before the first loss, what each later low is lower than all before. A return does
        not reinstate.
        """
        if rule.scope == "customer":
            since = self.service_start(event)
            days = [
                day
                for day in self.customer_churns.get(event.customer_id, ())
                if event.occurred_on < day <= self.cutoff_on and day >= since
            ]
            return [Loss(min(days))] if days else []
        steps = self.contract_steps(event)
        if rule.scope != "partial":
            ends = [step.day for step in steps if step.lost >= step.before > 0]
            return [Loss(min(ends))] if ends else []
        return self.lows(steps)

    def lows(self, steps: Sequence[Step]) -> list[Loss]:
        """What is lost for good, step by step, of the MRR before the first loss."""
        losing = [step for step in steps if step.lost]
        if not losing:
            return []
        base = lowest = losing[0].before
        losses = []
        for step in losing:
            left = max(NOTHING, step.before - step.lost)
            if left < lowest:
                losses.append(Loss(step.day, share(lowest - left, base)))
                lowest = left
        return losses

    @cached_property
    def customer_churns(self) -> Mapping[str, Sequence[date]]:
        """The days on which customers' MRR fell to 0, over all their currencies."""
        churns = defaultdict(list)
        for row in self.records.movements:
            if row.movement_type == "churn":
                churns[row.customer_id].append(row.occurred_on)
        return churns

    def contract_steps(self, event: Event) -> list[Step]:
        """The days after an event on which the MRR of its contracts changed."""
        parts = defaultdict(list)
        for contract in self.records.contracts_of(event):
            for item in self.records.items_of_contract[contract.contract_id]:
                parts[item.occurred_on].append(item)
        steps, level = [], NOTHING
        for day in sorted(parts):
            lost = -total(
                item.mrr_amount
                for item in parts[day]
                if item.movement_type in ("contraction", "churn")
            )
            if event.occurred_on < day <= self.cutoff_on:
                steps.append(Step(day, level, lost))
            level += total(item.mrr_amount for item in parts[day])
        return steps

    # -- money that came back, did not come, and people who left -------------------------

    def lines(self, rule: ClawbackRule, event: Event) -> list[InvoiceLine]:
        """The invoice lines that a rule looks at: of the contracts, or of the customer."""
        if rule.scope == "customer":
            return self.lines_of_customer.get(event.customer_id, ())
        return [
            line
            for contract in self.records.contracts_of(event)
            for line in self.records.lines_of_contract[contract.contract_id]
        ]

    @cached_property
    def lines_of_customer(self) -> Mapping[str | None, Sequence[InvoiceLine]]:
        """The invoice lines of each customer."""
        lines = defaultdict(list)
        for line in self.records.lines.values():
            lines[self.records.customers.get(line.billing_customer_id)].append(line)
        return lines

    def refunds(self, rule: ClawbackRule, event: Event) -> list[Loss]:
        """`refund`: what was given back since the event, as a share of what was paid in all.

        Of a customer what it paid in the deal's currency; of contracts all, in their currencies.
        """
        if rule.scope == "customer":
            rows = [
                (row, row.amount)
                for line in self.lines(rule, event)
                for row in self.records.allocations_of_line[line.invoice_line_id]
                if row.paid_on <= self.cutoff_on and row.currency == event.currency
            ]
        else:
            rows = [
                row
                for contract in self.records.contracts_of(event)
                for row in cash_of_contract(self.records, self.exchange, contract)
            ]
        paid = total(amount for row, amount in rows if row.refund_id is None)
        if paid <= 0:
            return []
        return [
            Loss(row.paid_on, share(-amount, paid))
            for row, amount in rows
            if row.refund_id is not None and row.paid_on >= event.occurred_on
        ]

    def delays(self, rule: ClawbackRule, event: Event) -> list[Loss]:
        """`unpaid_days`: an invoice is not paid in full so many days after it was due.

        The state at the cutoff: what is paid at last is no delay any more. What was overdue
        before the event does not count.
        """
        invoice_ids = {line.invoice_id for line in self.lines(rule, event)}
        days = []
        for invoice_id in invoice_ids & self.records.invoices.keys():
            invoice = self.records.invoices[invoice_id]
            due_on = invoice.due_on or invoice.issued_on
            day = due_on + timedelta(days=rule.unpaid_days)
            if self.is_after(event, day) and self.unpaid(invoice) > 0:
                days.append(day)
        return [Loss(min(days))] if days else []

    def unpaid(self, invoice: Invoice) -> Decimal:
        """What of an invoice, net of tax and credit notes, is open at the cutoff.

        What was paid and given back is not open: that is a refund.
        """
        if invoice.status in ("draft", "void") or invoice.issued_on > self.cutoff_on:
            return NOTHING
        paid = total(
            row.amount
            for line in self.records.lines_of_invoice[invoice.invoice_id]
            for row in self.records.allocations_of_line[line.invoice_line_id]
            if row.paid_on <= self.cutoff_on and row.refund_id is None
        )
        credited = total(
            net_amount(invoice, row.amount)
            for row in self.records.notes_of_invoice[invoice.invoice_id]
            if not row.is_void and row.issued_on <= self.cutoff_on
        )
        return net_amount(invoice, invoice.total_amount) - credited - paid

    def departures(self, payee_id: str) -> list[Loss]:
        """`payee_left`: the payee is no longer there, also where that was before a period's end."""
        left_on = self.rules.payees[payee_id].left_on
        return [Loss(left_on)] if left_on is not None and left_on <= self.cutoff_on else []
