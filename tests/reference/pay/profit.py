"""What customers bring: the profit of their years, and what a group of them is worth.

Here belong the events of anniversaries and growth pools. What of a profit is shared, and how a
pool is, belongs to special.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from ..mrr import InvoiceLine
from ..value import Margins, acquisition_costs, channels
from .conversion import Exchange, digits_of
from .events import Event, Records, net_amount
from .money import NOTHING, product, rounded, share, total
from .periods import add_months, days_of, month_of, window_of
from .rows import PayoutPool
from .rules import Rules
from .special import pool_amount, pool_shares, profit_bases


class CustomerYear(NamedTuple):
    """A year of a customer that is over: what it brought since its start, and what is shared.

    None where the profit is not known, and before the first anniversary that shares.
    """

    customer_id: str
    year_number: int
    anniversary_on: date
    profit_to_date_amount: Decimal | None
    shared_profit_amount: Decimal | None


def anniversaries(profits: Profits) -> Iterator[Event]:
    """`customer_anniversary`: the profit that one shares, where there is any."""
    records = profits.records
    for row in profits.customer_years:
        if row.shared_profit_amount:
            is_account = row.customer_id in records.account_ids
            yield Event(
                f"customer_anniversary:{row.customer_id}:{row.year_number}",
                "customer_anniversary",
                row.anniversary_on,
                row.shared_profit_amount,
                records.mrr_settings.reporting_currency,
                account_id=row.customer_id if is_account else None,
                customer_id=row.customer_id,
            )


class Profits:
    """What each customer was billed, day by day of service, and what that left."""

    def __init__(self, records: Records, rules: Rules, exchange: Exchange) -> None:
        """Take what is known."""
        self.records, self.rules, self.exchange = records, rules, exchange
        self.cutoff_on = records.settings.cutoff_on

    @cached_property
    def margins(self) -> Margins:
        """The gross margins of product lines."""
        return Margins(self.records.known)

    @cached_property
    def channels(self) -> Mapping[str, str]:
        """The channel that won each customer."""
        return channels(self.records.known)

    @cached_property
    def costs(self) -> Mapping[tuple[str, date], Decimal | None]:
        """CAC by channel and month."""
        rows = acquisition_costs(self.records.known, self.channels)
        return {(row.channel, row.month_start): row.cac_amount for row in rows}

    @cached_property
    def lines(self) -> Mapping[str, Sequence[tuple[InvoiceLine, Decimal]]]:
        """The invoice lines of each customer, and what they came to."""
        found: dict[str, list[tuple[InvoiceLine, Decimal]]] = defaultdict(list)
        for invoice_id, lines in self.records.lines_of_invoice.items():
            for line, net in self.net_amounts(invoice_id, lines):
                billed = line.billing_customer_id
                found[self.records.customers.get(billed, billed)].append((line, net))
        return found

    @cached_property
    def customer_years(self) -> Sequence[CustomerYear]:
        """The years of every customer that were over by the cutoff, where any anniversary shares.

        A year begins on the day of the first MRR, or on an anniversary of it.
        """
        components = self.records.rows.plan_components
        firsts = {row.anniversary_from for row in components} - {None}
        if not firsts:
            return []
        return [
            row
            for customer_id in self.records.known.first_mrr_on
            for row in self.years_of(customer_id, min(firsts))
        ]

    def years_of(self, customer_id: str, first_anniversary: int) -> Iterator[CustomerYear]:
        """A customer's years; of what costs nobody knows, and from a year of unknown profit on,
        nothing is known.
        """
        start, cac = self.records.known.first_mrr_on[customer_id], self.cac(customer_id)
        profits: list[Decimal] = []
        is_known, number, begins = cac is not None, 1, start
        while (ends := add_months(start, 12 * number)) <= self.cutoff_on:
            profit = self.of_days(customer_id, begins, ends) if is_known else None
            is_known = profit is not None
            to_date = shared = None
            if is_known:
                profits.append(profit if profits else profit - cac)
                to_date = total(profits)
                if number >= first_anniversary:
                    shared = profit_bases(profits, first_anniversary)[-1]
            yield CustomerYear(customer_id, number, ends, to_date, shared)
            number, begins = number + 1, ends

    def cac(self, customer_id: str) -> Decimal | None:
        """What winning a customer cost, by channel and month of its first MRR."""
        start = self.records.known.first_mrr_on[customer_id]
        return self.costs.get((self.channels[customer_id], month_of(start)))

    def net_amounts(
        self, invoice_id: str, lines: Sequence[InvoiceLine]
    ) -> Iterator[tuple[InvoiceLine, Decimal]]:
        """What lines come to after discounts and credit notes, without tax, up to the cutoff.

        Discounts and credit notes are of all lines alike. What was written off is none.
        """
        invoice = self.records.invoices.get(invoice_id)
        if invoice is None or invoice.issued_on > self.cutoff_on:
            return
        if invoice.status == "uncollectible":
            return
        asked = total(line.amount for line in lines)
        net = net_amount(invoice, invoice.total_amount) - total(
            net_amount(invoice, note.amount)
            for note in self.records.notes_of_invoice[invoice_id]
            if not note.is_void and note.issued_on <= self.cutoff_on
        )
        for line in lines:
            yield line, rounded(product(net, share(line.amount, asked)) if asked else line.amount)

    def of_days(self, customer_id: str, start: date, end: date) -> Decimal | None:
        """The gross profit of the days from one to before another; None where it is not known."""
        sums: dict[tuple[date, str, str], Decimal] = defaultdict(lambda: NOTHING)
        for line, net in self.lines.get(customer_id, ()):
            for month, amount in served(line, net, start, end):
                product_line = self.records.known.line_of(line.product_id)
                sums[month, line.currency, product_line] += amount
        profit = NOTHING
        for (month, currency, product_line), amount in sums.items():
            rate = self.margins.rate(product_line, month)
            if rate is None:
                return None
            try:
                revenue = self.records.known.months.converted(amount, currency, month)
            except KeyError:
                return None
            profit += rounded(product(revenue, rate))
        return profit


def served(
    line: InvoiceLine, net: Decimal, start: date, end: date
) -> Iterator[tuple[date, Decimal]]:
    """What of a line falls into each month of some days, half open; day by day to date, so that
    all its days sum to it.

    A line that is for no days is for its first one.
    """
    service_to = max(line.service_to, line.service_from + timedelta(days=1))
    days = (service_to - line.service_from).days

    def to_date(day: date) -> Decimal:
        return rounded(product(net, Fraction((day - line.service_from).days, days)))

    first, last = max(start, line.service_from), min(end, service_to)
    while first < last:
        until = min(last, add_months(month_of(first), 1))
        yield month_of(first), to_date(until) - to_date(first)
        first = until


# -- growth pools ------------------------------------------------------------------------


def pools(profits: Profits) -> Iterator[Event]:
    """`pool`: a payee's share of a growth pool, at the end of its period."""
    records, rules = profits.records, profits.rules
    for row in records.rows.payout_pools:
        window = window_of(
            row.period_type, row.period_start, records.settings.fiscal_year_start_month
        )
        if window.end > profits.cutoff_on:
            continue
        weights = {
            one.payee_id: one.weight
            for one in records.rows.payout_pool_shares
            if one.pool_id == row.pool_id
        }
        amount = growth(profits, row, window.end)
        for payee_id, part in pool_shares(amount, weights, digits_of(row.currency)).items():
            days = [
                day
                for day in days_of(window.start, window.end)
                if rules.terms(payee_id, row.component_code, day) is not None
            ]
            if part and days:
                yield Event(
                    f"pool:{row.pool_id}:{payee_id}",
                    "pool",
                    window.end,
                    part,
                    row.currency,
                    payee_id=payee_id,
                    component_code=row.component_code,
                    credited_on=max(days),
                )


def growth(profits: Profits, pool: PayoutPool, end: date) -> Decimal:
    """A pool: its share of what its customers are worth above the target, in its currency."""
    reporting = profits.records.mrr_settings.reporting_currency
    worth = total(row for row in members(profits, pool, end).values() if row is not None)
    rate = profits.exchange.rate(reporting, pool.currency, end, "month")
    in_pool = profits.exchange.converted(worth, rate, pool.currency)
    return pool_amount(in_pool, pool.target_amount, pool.pool_share, digits_of(pool.currency))


def members(profits: Profits, pool: PayoutPool, end: date) -> dict[str, Decimal | None]:
    """The historical CLV of a group's customers on a day; None where it is not known.

    Gross profit of the months that are over, less CAC, of those who had started by then.
    """
    known = profits.records.known
    found: dict[str, Decimal | None] = {}
    for customer_id, start in known.first_mrr_on.items():
        if start > end or pool.segment not in (None, known.described_as(customer_id)["segment"]):
            continue
        monthly = [
            profits.margins.profit(customer_id, month)
            for month in known.months.since(start)
            if month <= end
        ]
        cac = profits.cac(customer_id)
        is_known = cac is not None and None not in monthly
        found[customer_id] = total(monthly) - cac if is_known else None
    return found
