"""What happened that may be paid for: one event a row, with a key that never changes.

Here belongs incentives.md section 1. Nothing that is dated after the cutoff exists.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from ..known import Company, Known
from ..mrr import (
    Contract,
    Inputs,
    ItemInterval,
    Movement,
    MovementItem,
    Settings,
    customer_movements,
    customers_of,
    item_intervals,
)
from .conversion import digits_of
from .money import NOTHING, product, rounded, share
from .periods import holds, window_of
from .rows import WHOLE, Deal, Invoice, PayRows, PaySettings
from .rules import Row, Rules


class EventItem(NamedTuple):
    """A part of an event that is credited by itself: what one subscription item moved."""

    amount: Decimal
    contract_id: str | None
    product_line: str | None


class Event(NamedTuple):
    """Something that happened; `reverses` is the event that it takes back in part.

    A score or a share of a pool is of one component, and of the plan of another day than the end
    of its period where that plan no longer holds then. Units that come back know the day on which
    they were sold.
    """

    event_key: str
    event_type: str
    occurred_on: date
    amount: Decimal = NOTHING
    currency: str | None = None
    unit_count: Decimal = Decimal(0)
    account_id: str | None = None
    customer_id: str | None = None
    contract_id: str | None = None
    opportunity_id: str | None = None
    opportunity_type: str | None = None
    partner_id: str | None = None
    user_id: str | None = None
    product_line: str | None = None
    movement_key: str | None = None
    items: tuple[EventItem, ...] = ()
    reverses: str | None = None
    payee_id: str | None = None
    component_code: str | None = None
    credited_on: date | None = None
    score: Decimal | None = None
    sold_on: date | None = None

    @property
    def day(self) -> date:
        """The day whose people, plans and rates hold."""
        return self.credited_on or self.sold_on or self.occurred_on

    @property
    def as_sold(self) -> Event:
        """The event as of the day from which release and clawback count."""
        return self if self.sold_on is None else self._replace(occurred_on=self.sold_on)


def in_order(event: Event) -> tuple[date, bytes]:
    """Order in any window: by day, then by key, by bytes."""
    return event.occurred_on, event.event_key.encode()


def listed(rows: Iterable[Row], column: str) -> Mapping[str | None, list[Row]]:
    """Rows by the value of a column, also where there is none."""
    found: Mapping[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found


class Records:
    """The input rows, by what they are looked up with, and the MRR history they make."""

    def __init__(self, rows: PayRows, settings: PaySettings) -> None:
        """Index the rows and recompute MRR."""
        self.rows, self.settings = rows, settings
        self.deals = {row.opportunity_id: row for row in rows.opportunities}
        self.contracts = {row.contract_id: row for row in rows.contracts}
        self.lines = {row.invoice_line_id: row for row in rows.invoice_lines}
        self.invoices = {row.invoice_id: row for row in rows.invoices}
        self.contracts_of_deal = listed(rows.contracts, "opportunity_id")
        self.lines_of_invoice = listed(rows.invoice_lines, "invoice_id")
        self.lines_of_contract = listed(rows.invoice_lines, "contract_id")
        self.allocations_of_line = listed(rows.payment_allocations, "invoice_line_id")
        self.notes_of_invoice = listed(rows.credit_notes, "invoice_id")
        self.owners_of_account = listed(rows.account_owners, "account_id")
        self.account_ids = {row.account_id for row in rows.accounts}
        self.product_lines = {row.product_id: row.product_line for row in rows.products}
        self.partner_of_account = {}
        for row in sorted(rows.partners, key=lambda row: row.partner_id):
            if row.account_id is not None:
                self.partner_of_account.setdefault(row.account_id, row.partner_id)
        self.mrr_inputs = mrr_inputs = Inputs(
            subscription_items=rows.subscription_items,
            subscription_discounts=rows.subscription_discounts,
            billing_customers=rows.billing_customers,
            accounts=rows.accounts,
            products=rows.products,
            contracts=rows.contracts,
            exchange_rates=rows.exchange_rates,
            customer_links=rows.customer_links,
        )
        self.mrr_settings = Settings(as_of_on=settings.as_of_on)
        self.customers = customers_of(mrr_inputs)
        self.intervals: dict[str, list[ItemInterval]] = defaultdict(list)
        for row in item_intervals(mrr_inputs, self.mrr_settings):
            self.intervals[row.customer_id].append(row)
        self.movements: list[Movement] = []
        self.movement_items: list[MovementItem] = []
        for customer_id, intervals in self.intervals.items():
            moved, items = customer_movements(customer_id, intervals, self.mrr_settings)
            self.movements += moved
            self.movement_items += items
        self.item_rows = listed(rows.subscription_items, "subscription_item_id")
        self.items_of_movement: dict[tuple, list[MovementItem]] = defaultdict(list)
        for item in self.movement_items:
            self.items_of_movement[item[:3]].append(item)

    @cached_property
    def known(self) -> Known:
        """The MRR of customers month by month, and what else customer value is computed from."""
        rows = self.rows
        company = Company(
            mrr=self.mrr_inputs,
            opportunities=rows.opportunities,
            survey_responses=rows.survey_responses,
            campaigns=rows.campaigns,
            campaign_touches=rows.campaign_touches,
            acquisition_costs=rows.acquisition_costs,
            gross_margins=rows.gross_margins,
        )
        return Known(company, self.mrr_settings)

    @cached_property
    def items_of_contract(self) -> Mapping[str | None, Sequence[MovementItem]]:
        """What moved under each contract."""
        found: Mapping[str | None, list[MovementItem]] = defaultdict(list)
        for item in self.movement_items:
            contract_id = self.contract_of_item(item.subscription_item_id, item.occurred_on)
            found[contract_id].append(item)
        return found

    def contract_of_deal(self, deal: Deal) -> str | None:
        """The contract that a won deal became: the one it names, else the one that names it."""
        if deal.contract_id is not None:
            return deal.contract_id
        named = self.contracts_of_deal[deal.opportunity_id]
        return min((row.contract_id for row in named), default=None)

    def contract_of_item(self, subscription_item_id: str, day: date) -> str | None:
        """The contract under which an item was billed on a day, or last before it."""
        rows = sorted(self.item_rows[subscription_item_id], key=lambda row: row.valid_from)
        begun = [row for row in rows if row.valid_from <= day]
        holding = [row for row in begun if holds(row.valid_from, row.valid_to, day)]
        return (holding or begun or rows)[-1].contract_id

    def contracts_of(self, event: Event) -> list[Contract]:
        """The contracts that an event is about: of a deal all that it became.

        Of a movement those of its items, of an invoice those of its lines, of anything else the
        one that it names.
        """
        ids = {event.contract_id, *(item.contract_id for item in event.items)}
        if event.event_type in ("booking", "referral"):
            deal = self.deals.get(event.opportunity_id)
            ids |= {self.contract_of_deal(deal) if deal else None}
            if event.opportunity_id is not None:
                named = self.contracts_of_deal[event.opportunity_id]
                ids |= {row.contract_id for row in named}
        elif event.event_type == "invoice":
            invoice_id = (event.reverses or event.event_key).partition(":")[2]
            ids |= {line.contract_id for line in self.lines_of_invoice[invoice_id]}
        return [self.contracts[one] for one in sorted(ids - {None}) if one in self.contracts]

    def opportunity_of_contract(self, contract_id: str | None) -> str | None:
        """The deal that stands for a contract."""
        contract = self.contracts.get(contract_id)
        return contract.opportunity_id if contract else None

    def opportunity_type(self, opportunity_id: str | None) -> str | None:
        """Whether a deal was new business, expansion or renewal."""
        deal = self.deals.get(opportunity_id)
        return deal.opportunity_type if deal else None

    def partner_of_deal(self, opportunity_id: str | None) -> str | None:
        """The partner who brought or sells a deal."""
        deal = self.deals.get(opportunity_id)
        return deal.partner_id if deal else None


def events(records: Records) -> Iterator[Event]:
    """Everything that one row tells of."""
    kinds = (bookings, movements, renewals, invoices, cash, deliveries, meetings, referrals, scores)
    for kind in kinds:
        yield from kind(records)


def known_events(happened: Iterable[Event], cutoff_on: date) -> list[Event]:
    """What happened up to the cutoff, in order."""
    return sorted((event for event in happened if event.occurred_on <= cutoff_on), key=in_order)


def bookings(records: Records) -> Iterator[Event]:
    """`booking`: a won opportunity, on its close date."""
    for deal in records.rows.opportunities:
        if deal.is_won:
            yield Event(
                f"booking:{deal.opportunity_id}",
                "booking",
                deal.closed_on,
                deal.amount,
                deal.currency,
                account_id=deal.account_id,
                customer_id=deal.account_id,
                contract_id=records.contract_of_deal(deal),
                opportunity_id=deal.opportunity_id,
                opportunity_type=deal.opportunity_type,
                partner_id=deal.partner_id,
            )


def movements(records: Records) -> Iterator[Event]:
    """`mrr_<type>`: one movement of a customer's MRR in a currency on a day.

    A swap that comes to nothing is no event: what it moved is all transfer.
    Its items are what moved with the movement's type; transfers between products are no new
    revenue and credit nobody. The movement has the contract that all its items have.
    """
    for row in records.movements:
        if row.movement_type == "transfer":
            continue
        items = (
            item
            for item in records.items_of_movement[row[:3]]
            if item.movement_type == row.movement_type
        )
        parts = tuple(
            EventItem(
                item.mrr_amount,
                records.contract_of_item(item.subscription_item_id, item.occurred_on),
                records.product_lines.get(item.product_id),
            )
            for item in sorted(items, key=lambda item: item[3:5])
        )
        contract_id = only(part.contract_id for part in parts)
        opportunity_id = records.opportunity_of_contract(contract_id)
        key = f"mrr:{row.customer_id}:{row.currency}:{row.occurred_on}"
        yield Event(
            key,
            f"mrr_{row.movement_type}",
            row.occurred_on,
            row.mrr_amount,
            row.currency,
            account_id=row.customer_id,
            customer_id=row.customer_id,
            contract_id=contract_id,
            opportunity_id=opportunity_id,
            opportunity_type=records.opportunity_type(opportunity_id),
            partner_id=records.partner_of_deal(opportunity_id),
            movement_key=key,
            items=parts,
        )


def renewals(records: Records) -> Iterator[Event]:
    """`renewal`: the contract that renews another one, when its service starts."""
    for contract in records.rows.contracts:
        if contract.previous_contract_id is not None and contract.status != "draft":
            yield Event(
                f"renewal:{contract.contract_id}",
                "renewal",
                contract.service_start_on,
                contract.amount,
                contract.currency,
                account_id=contract.account_id,
                customer_id=contract.account_id,
                contract_id=contract.contract_id,
                opportunity_id=contract.opportunity_id,
                opportunity_type=records.opportunity_type(contract.opportunity_id),
                partner_id=records.partner_of_deal(contract.opportunity_id),
            )


def contract_event(records: Records, contract_id: str | None, **columns) -> Event:
    """An event of a contract, with what the contract and its deal say."""
    contract = records.contracts.get(contract_id)
    opportunity_id = contract.opportunity_id if contract else None
    deal = records.deals.get(opportunity_id)
    return Event(
        **{
            "account_id": contract.account_id if contract else None,
            "customer_id": contract.account_id if contract else None,
            "contract_id": contract_id,
            "opportunity_id": opportunity_id,
            "opportunity_type": deal.opportunity_type if deal else None,
            "partner_id": deal.partner_id if deal else None,
            **columns,
        }
    )


def invoices(records: Records) -> Iterator[Event]:
    """`invoice`: what an invoice bills net of tax, on its issue date, under its one contract.

    A credit note takes back an invoice, in proportion to the tax that both contain. What comes
    to nothing is no event.
    """
    billed: dict[str, Event] = {}
    for invoice in records.rows.invoices:
        if invoice.status not in ("draft", "void"):
            lines = records.lines_of_invoice[invoice.invoice_id]
            billed[invoice.invoice_id] = contract_event(
                records,
                only(line.contract_id for line in lines),
                event_key=f"invoice:{invoice.invoice_id}",
                event_type="invoice",
                occurred_on=invoice.issued_on,
                amount=net_amount(invoice, invoice.total_amount),
                currency=invoice.currency,
                product_line=only(records.product_lines.get(line.product_id) for line in lines),
            )
    for note in records.rows.credit_notes:
        origin = billed.get(note.invoice_id)
        if origin is not None and not note.is_void:
            billed[note.credit_note_id] = origin._replace(
                event_key=f"invoice:{note.credit_note_id}",
                occurred_on=note.issued_on,
                amount=-net_amount(records.invoices[note.invoice_id], note.amount),
                reverses=origin.event_key,
            )
    yield from (event for event in billed.values() if event.amount)


def net_amount(invoice: Invoice, amount: Decimal) -> Decimal:
    """What of an invoice's amount is no tax, rounded once."""
    if not invoice.total_amount or not invoice.tax_amount:
        return amount
    net = invoice.total_amount - invoice.tax_amount
    return rounded(product(amount, share(net, invoice.total_amount)), digits_of(invoice.currency))


def cash(records: Records) -> Iterator[Event]:
    """`cash`: what a payment pays of an invoice line, net of tax, on its day.

    A refund takes back what it was paid as: the allocation of the same payment to the same line.
    """
    paid = {
        (row.payment_id, row.invoice_line_id): row.payment_allocation_id
        for row in records.rows.payment_allocations
        if row.refund_id is None
    }
    for row in records.rows.payment_allocations:
        line = records.lines.get(row.invoice_line_id)
        origin = paid.get((row.payment_id, row.invoice_line_id))
        yield contract_event(
            records,
            line.contract_id if line else None,
            event_key=f"cash:{row.payment_allocation_id}",
            event_type="cash",
            occurred_on=row.paid_on,
            amount=row.amount,
            currency=row.currency,
            product_line=records.product_lines.get(line.product_id) if line else None,
            reverses=f"cash:{origin}" if row.refund_id is not None and origin else None,
        )


def deliveries(records: Records) -> Iterator[Event]:
    """`delivery`: the accepted share of a contract's amount, on the day of acceptance.

    No more of a contract is delivered than all of it.
    """
    delivered: dict[str, Decimal] = defaultdict(Decimal)
    in_order_of_day = sorted(
        records.rows.deliveries, key=lambda row: (row.accepted_on, row.delivery_id.encode())
    )
    for row in in_order_of_day:
        before = min(delivered[row.contract_id], WHOLE)
        delivered[row.contract_id] += row.delivered_share
        part = min(delivered[row.contract_id], WHOLE) - before
        contract = records.contracts.get(row.contract_id)
        if contract is not None and contract.amount is not None:
            yield contract_event(
                records,
                row.contract_id,
                event_key=f"delivery:{row.delivery_id}",
                event_type="delivery",
                occurred_on=row.accepted_on,
                amount=rounded(contract.amount * part, digits_of(contract.currency)),
                currency=contract.currency,
            )


def meetings(records: Records) -> Iterator[Event]:
    """`meeting`: one that was held; it has no amount."""
    for row in records.rows.meetings:
        yield Event(
            f"meeting:{row.meeting_id}",
            "meeting",
            row.held_on,
            unit_count=Decimal(1),
            account_id=row.account_id,
            customer_id=row.account_id,
            opportunity_id=row.opportunity_id,
            opportunity_type=records.opportunity_type(row.opportunity_id),
            user_id=row.owner_user_id,
        )


def referrals(records: Records) -> Iterator[Event]:
    """`referral`: a customer that somebody referred was won; worth the deal that came of it."""
    for row in records.rows.referrals:
        if row.won_on is None:
            continue
        deal = records.deals.get(row.opportunity_id)
        is_won = deal is not None and deal.is_won
        yield Event(
            f"referral:{row.referral_id}",
            "referral",
            row.won_on,
            deal.amount if is_won else NOTHING,
            deal.currency if is_won else None,
            unit_count=Decimal(1),
            account_id=row.account_id,
            customer_id=row.account_id,
            opportunity_id=row.opportunity_id,
            opportunity_type=records.opportunity_type(row.opportunity_id),
            partner_id=row.referrer_partner_id
            or records.partner_of_account.get(row.referrer_account_id),
        )


def scores(records: Records) -> Iterator[Event]:
    """`score`: a payee's score of a period, at the period's end; it has no amount.

    One for each component that reads it, by the last plan of the period that has the component.
    """
    rules = Rules(records.rows)
    for row in records.rows.scores:
        window = window_of(
            row.period_type, row.period_start, records.settings.fiscal_year_start_month
        )
        credited_on: dict[str, date] = {}
        day = window.start
        while day <= window.end:
            for terms in rules.components_on(row.payee_id, day):
                component = terms.component
                if (
                    component.tier_basis == "score"
                    and component.measure == row.measure
                    and component.window_type == row.period_type
                ):
                    credited_on[component.component_code] = day
            day += timedelta(days=1)
        for code, last_day in credited_on.items():
            yield Event(
                f"score:{row.payee_id}:{code}:{row.period_type}:{row.period_start}",
                "score",
                window.end,
                payee_id=row.payee_id,
                component_code=code,
                credited_on=last_day,
            )


def only(values: Iterable[str | None]) -> str | None:
    """The value that all share; None where they do not."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None
