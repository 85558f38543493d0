"""How much of what an event pays is retained, once something went wrong with it.

Here belongs "Retained" of incentives.md section 6. What a clawback does to attainment belongs
to attainment.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from ..mrr import customer_movements
from .events import Event, Records
from .money import NOTHING, share, total
from .periods import add_months, full_months, holds
from .rows import ClawbackRule, Invoice
from .rules import Rules, Terms

NOTHING_LOST = Fraction(1)


class Loss(NamedTuple):
    """Something that takes pay back on a day, for a share of what was sold."""

    day: date
    lost_share: Fraction = Fraction(1)


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

    def __init__(self, records: Records, rules: Rules) -> None:
        """Take what is known."""
        self.records, self.rules = records, rules
        self.cutoff_on = records.settings.cutoff_on

    def retained(self, event: Event, payee_id: str, terms: Terms) -> Retained:
        """The least that any trigger keeps, never the product; the first day that keeps so little.

        Scope `partial` gives up the lost share only, once for each loss.
        """
        least = Retained()
        for rule in self.rules.clawback_rules(terms.component, event.occurred_on):
            found = self.kept_by(rule, event, payee_id)
            if (found.share, found.triggered_on or date.max) < (
                least.share,
                least.triggered_on or date.max,
            ):
                least = found
        return least

    def kept_by(self, rule: ClawbackRule, event: Event, payee_id: str) -> Retained:
        """What one rule keeps of an event's pay."""
        losses = self.losses(rule, event, payee_id)
        happened = sorted(
            loss for loss in losses if event.occurred_on <= loss.day <= self.cutoff_on
        )
        start = self.service_start(event)
        kept = Retained()
        for loss in happened:
            taken = loss.lost_share * (1 - kept_on(rule, start, loss.day))
            share_left = max(
                Fraction(0), kept.share - taken if rule.scope == "partial" else 1 - taken
            )
            if share_left < kept.share:
                kept = Retained(share_left, loss.day)
        return kept

    def service_start(self, event: Event) -> date:
        """When what was paid for began: with a movement, with its contract, with the event."""
        contract = self.records.contracts.get(event.contract_id)
        if event.movement_key or contract is None or contract.service_start_on is None:
            return event.occurred_on
        return contract.service_start_on

    def losses(self, rule: ClawbackRule, event: Event, payee_id: str) -> Iterable[Loss]:
        """What a rule's trigger found, of the contract or of the whole customer."""
        by_trigger: Mapping[str, Callable[..., Iterable[Loss]]] = {
            "churn": self.churns,
            "refund": self.refunds,
            "unpaid_days": self.delays,
            "payee_left": self.departures,
        }
        return by_trigger[rule.clawback_trigger](rule, event, payee_id)

    # -- churn -------------------------------------------------------------------------

    def churns(self, rule: ClawbackRule, event: Event, payee_id: str) -> Iterable[Loss]:
        """`churn`: the customer's MRR falls to 0, or the contract's, or with `partial` falls.

        A return does not reinstate: each fall stays. A contract that bills no subscription
        churns when it is terminated.
        """
        if rule.scope == "customer":
            return [Loss(day) for day in self.customer_churns.get(event.customer_id, ())]
        falls = self.contract_falls(event.contract_id)
        if rule.scope == "partial":
            return [Loss(day, lost) for day, lost, _ in falls]
        return [Loss(day) for day, _, is_end in falls if is_end]

    @cached_property
    def customer_churns(self) -> Mapping[str, Sequence[date]]:
        """The days on which customers' MRR fell to 0, over all their currencies."""
        return {
            customer_id: sorted(
                {
                    row.occurred_on
                    for row in customer_movements(
                        customer_id, intervals, self.records.mrr_settings
                    )[0]
                    if row.movement_type == "churn"
                }
            )
            for customer_id, intervals in self.records.intervals.items()
        }

    @cached_property
    def contract_intervals(self) -> Mapping[str, Sequence[tuple[date, date | None, Decimal]]]:
        """What each contract bills a month, from a day until it changes."""
        found = defaultdict(list)
        for intervals in self.records.intervals.values():
            for row in intervals:
                contract_id = self.records.contract_of_item(
                    row.subscription_item_id, row.valid_from
                )
                if contract_id is not None:
                    found[contract_id].append((row.valid_from, row.valid_to, row.mrr_amount))
        return found

    def contract_falls(self, contract_id: str | None) -> list[tuple[date, Fraction, bool]]:
        """The days on which a contract's MRR fell: which share of its highest, and if to 0."""
        contract = self.records.contracts.get(contract_id)
        intervals = self.contract_intervals.get(contract_id, ())
        if not intervals:
            ended_on = contract.terminated_on if contract else None
            return [(ended_on, Fraction(1), True)] if ended_on else []
        days = {day for row in intervals for day in row[:2] if day is not None}
        falls, before, highest = [], NOTHING, NOTHING
        for day in sorted(days):
            after = total(
                amount
                for valid_from, valid_to, amount in intervals
                if holds(valid_from, valid_to, day)
            )
            if after < before:
                falls.append((day, share(before - after, highest), after == 0))
            before, highest = after, max(highest, after)
        return falls

    # -- money that came back, did not come, and people who left -------------------------

    def line_ids(self, rule: ClawbackRule, event: Event) -> set[str]:
        """The invoice lines that a rule looks at."""
        if rule.scope == "customer":
            return {
                line.invoice_line_id
                for line in self.records.lines.values()
                if self.records.customers.get(line.billing_customer_id) == event.customer_id
            }
        if event.contract_id is None:
            return set()
        return {
            line.invoice_line_id
            for line in self.records.lines.values()
            if line.contract_id == event.contract_id
        }

    def share_of_contract(self, event: Event, amount: Decimal) -> Fraction:
        """An amount as a share of the event's contract, at most all of it."""
        contract = self.records.contracts.get(event.contract_id)
        if contract is None or not contract.amount:
            return Fraction(1)
        return min(Fraction(1), share(amount, contract.amount))

    def refunds(self, rule: ClawbackRule, event: Event, payee_id: str) -> Iterable[Loss]:
        """`refund`: a payment for the contract was given back; `partial`: so much of it."""
        line_ids = self.line_ids(rule, event)
        for row in self.records.rows.payment_allocations:
            if row.refund_id is not None and row.invoice_line_id in line_ids:
                is_partial = rule.scope == "partial"
                lost = self.share_of_contract(event, -row.amount) if is_partial else Fraction(1)
                yield Loss(row.paid_on, lost)

    def delays(self, rule: ClawbackRule, event: Event, payee_id: str) -> Iterable[Loss]:
        """`unpaid_days`: an invoice was not paid in full so many days after it was due.

        What is paid later does not undo the delay.
        """
        line_ids = self.line_ids(rule, event)
        invoice_ids = {self.records.lines[line_id].invoice_id for line_id in line_ids}
        for invoice in self.records.invoices.values():
            if invoice.invoice_id not in invoice_ids or invoice.due_on is None:
                continue
            day = invoice.due_on + timedelta(days=rule.unpaid_days)
            unpaid = self.unpaid(invoice, day)
            if unpaid > 0:
                is_partial = rule.scope == "partial"
                yield Loss(
                    day, self.share_of_contract(event, unpaid) if is_partial else Fraction(1)
                )

    def unpaid(self, invoice: Invoice, day: date) -> Decimal:
        """What of an invoice, net of tax and credit notes, is not paid on a day."""
        if invoice.status in ("draft", "void"):
            return NOTHING
        line_ids = {
            line.invoice_line_id
            for line in self.records.lines.values()
            if line.invoice_id == invoice.invoice_id
        }
        paid = total(
            row.amount
            for row in self.records.rows.payment_allocations
            if row.invoice_line_id in line_ids and row.paid_on <= day
        )
        credited = total(
            row.amount
            for row in self.records.rows.credit_notes
            if row.invoice_id == invoice.invoice_id and not row.is_void and row.issued_on <= day
        )
        return invoice.total_amount - (invoice.tax_amount or NOTHING) - credited - paid

    def departures(self, rule: ClawbackRule, event: Event, payee_id: str) -> Iterable[Loss]:
        """`payee_left`: the payee is no longer there."""
        left_on = self.rules.payees[payee_id].left_on
        return [Loss(left_on)] if left_on is not None else []
