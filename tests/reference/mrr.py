"""MRR computed a second time, in plain Python decimals, state by state.

Here belongs what the revenue marts must say for given rows of the input contract:
item intervals, movements and their items, customer months, the bridge, committed MRR.
It is written from the definitions, never from the models' SQL, and it prefers the
obvious way to the fast one: what is active on a day is looked up on that day.
Running dbt's SQL (harness.py) and inventing histories (strategies.py) do not belong here.

Amounts are `Decimal` in the unit of their currency. Intervals are half open:
`valid_to` is the first day on which the interval no longer holds, None while open.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import pairwise
from typing import NamedTuple

# -- input rows: the columns of the input contract that MRR depends on -----------------


class SubscriptionItem(NamedTuple):
    """One interval of input_subscription_items; price and status hold all through it."""

    subscription_item_interval_id: str
    subscription_item_id: str
    subscription_id: str
    billing_customer_id: str
    product_id: str | None
    valid_from: date
    valid_to: date | None = None
    unit_amount: Decimal = Decimal(0)
    quantity: Decimal = Decimal(1)
    currency: str = "CNY"
    billing_interval: str = "month"
    billing_interval_count: int = 1
    status: str = "active"
    is_metered: bool = False
    cancels_on: date | None = None
    contract_id: str | None = None
    source_system: str = "test"


class SubscriptionDiscount(NamedTuple):
    """One row of input_subscription_discounts: a percentage or an amount per period."""

    subscription_discount_id: str
    subscription_id: str
    valid_from: date
    valid_to: date | None = None
    subscription_item_id: str | None = None
    percent_off: Decimal | None = None
    amount_off: Decimal | None = None
    currency: str | None = None
    is_forever: bool = True
    source_system: str = "test"


class InvoiceLine(NamedTuple):
    """One row of input_invoice_lines; the amount is before discounts and tax."""

    invoice_line_id: str
    subscription_item_id: str
    subscription_id: str
    billing_customer_id: str
    product_id: str | None
    service_from: date
    service_to: date
    amount: Decimal
    currency: str = "CNY"
    line_kind: str = "recurring"
    quantity: Decimal = Decimal(1)
    contract_id: str | None = None
    invoice_id: str = "test:invoice"
    source_system: str = "test"


class BillingCustomer(NamedTuple):
    """One row of input_billing_customers."""

    billing_customer_id: str
    account_id: str | None = None
    country_code: str | None = None
    customer_name: str | None = None
    currency: str | None = None
    email: str | None = None
    source_system: str = "test"


class Account(NamedTuple):
    """One row of input_accounts."""

    account_id: str
    segment: str | None = None
    country_code: str | None = None
    account_name: str | None = None
    owner_user_id: str | None = None
    source_system: str = "test"


class Product(NamedTuple):
    """One row of input_products."""

    product_id: str
    product_line: str | None = None
    product_name: str | None = None
    source_system: str = "test"


class Contract(NamedTuple):
    """One row of input_contracts; `service_end_on` is the first day without service."""

    contract_id: str
    service_end_on: date | None = None
    is_auto_renewal: bool | None = None
    account_id: str | None = None
    opportunity_id: str | None = None
    previous_contract_id: str | None = None
    signed_on: date | None = None
    service_start_on: date | None = None
    contract_months: int | None = None
    amount: Decimal | None = None
    currency: str | None = None
    status: str = "activated"
    terminated_on: date | None = None
    source_system: str = "test"


class ExchangeRate(NamedTuple):
    """One row of the seed exchange_rates."""

    from_currency: str
    to_currency: str
    published_on: date
    rate: Decimal
    rate_type: str = "month"


class CustomerLink(NamedTuple):
    """One row of the seed customer_links, which overrides every other link."""

    billing_customer_id: str
    customer_id: str


class Inputs(NamedTuple):
    """Everything MRR is computed from."""

    subscription_items: Sequence[SubscriptionItem] = ()
    subscription_discounts: Sequence[SubscriptionDiscount] = ()
    invoice_lines: Sequence[InvoiceLine] = ()
    billing_customers: Sequence[BillingCustomer] = ()
    accounts: Sequence[Account] = ()
    products: Sequence[Product] = ()
    contracts: Sequence[Contract] = ()
    exchange_rates: Sequence[ExchangeRate] = ()
    customer_links: Sequence[CustomerLink] = ()


class Settings(NamedTuple):
    """The dbt vars that shape MRR, with the project's defaults, and the last known day."""

    as_of_on: date
    reporting_currency: str = "CNY"
    mrr_basis: str = "contracted"
    mrr_discounts: str = "all"
    mrr_cancel_at: str = "service_end"
    mrr_paused: str = "zero"
    mrr_past_due_grace_days: int | None = None
    mrr_reactivation_window_days: int | None = None
    mrr_metered: bool = False
    mrr_invoice_gap_days: int = 45
    committed_mrr_horizon_months: int = 12
    contract_match_days: int = 30
    renewal_grace_days: int = 30
    renewal_risk_days: int = 90
    churn_payment_failure_days: int = 45
    acquisition_touch_days: int = 365
    clv_discount_rate: Decimal = Decimal("0.10")

    @property
    def dbt_vars(self) -> dict[str, object]:
        """These settings as `dbt --vars`; `as_of_on` is a row of the as_of model instead."""
        return {
            name: float(value) if isinstance(value, Decimal) else value
            for name, value in self._asdict().items()
            if name != "as_of_on"
        }


# -- results: the columns of the marts that are compared -------------------------------


class ItemInterval(NamedTuple):
    """What one item bills per year and per month, from a day until it changes."""

    customer_id: str
    currency: str
    product_id: str
    subscription_item_id: str
    valid_from: date
    valid_to: date | None
    annualised_amount: Decimal
    mrr_amount: Decimal


class Movement(NamedTuple):
    """One row of fct_mrr_movements."""

    customer_id: str
    currency: str
    occurred_on: date
    movement_type: str
    opening_mrr_amount: Decimal
    mrr_amount: Decimal
    closing_mrr_amount: Decimal
    annualised_amount: Decimal
    is_first_mrr: bool


class MovementItem(NamedTuple):
    """One row of fct_mrr_movement_items."""

    customer_id: str
    currency: str
    occurred_on: date
    product_id: str
    subscription_item_id: str
    movement_type: str
    mrr_amount: Decimal


class CustomerMonth(NamedTuple):
    """One row of fct_mrr_by_customer_month."""

    customer_id: str
    currency: str
    month_start: date
    mrr_amount: Decimal
    annualised_amount: Decimal
    reporting_mrr_amount: Decimal
    reporting_annualised_amount: Decimal
    is_partial: bool


class BridgeKey(NamedTuple):
    """The grain of fct_mrr_bridge_by_month."""

    basis: str
    conversion: str
    currency: str
    slice: str
    slice_value: str
    month_start: date


class MonthMetrics(NamedTuple):
    """One row of fct_mrr_metrics_by_month, without what is measured on contracts."""

    conversion: str
    currency: str
    month_start: date
    mrr_amount: Decimal
    arr_amount: Decimal
    customer_count: int
    arpa_amount: Decimal | None
    mrr_growth_rate: Decimal | None
    quick_ratio: Decimal | None
    is_partial: bool


class Mrr(NamedTuple):
    """All results; bridge and committed MRR map their grain to their columns' amounts."""

    item_intervals: list[ItemInterval]
    movements: list[Movement]
    movement_items: list[MovementItem]
    customer_months: list[CustomerMonth]
    bridge: dict[BridgeKey, dict[str, Decimal]]
    metrics: list[MonthMetrics]
    committed: dict[tuple[str, str], dict[str, Decimal]]


COMMITTED_COLUMNS = (
    "active",
    "cancelling",
    "expiring",
    "discount_ending",
    "starting",
    "committed",
    "reporting_committed",
)
BRIDGE_COLUMNS = (
    "opening",
    "new",
    "reactivation",
    "expansion",
    "contraction",
    "churn",
    "transfer",
    "fx",
    "closing",
)
UNKNOWN = "unknown"

# -- exact arithmetic ------------------------------------------------------------------

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
# Wide enough that every product below is exact, and that a quotient is never close
# enough to half a cent to be rounded twice. ROUND_HALF_UP is half away from zero.
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)


def rounded(value: Decimal, unit: Decimal = CENT) -> Decimal:
    """`value` to the nearest multiple of `unit`, half away from zero."""
    return value.quantize(unit, context=EXACT)


def product_of(*factors: Decimal) -> Decimal:
    """The exact product."""
    result = Decimal(1)
    for factor in factors:
        result = EXACT.multiply(result, factor)
    return result


def spread(amount: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """`amount` in whole cents over keys in proportion to weights, by largest remainder.

    Every key first gets its share rounded down to a cent; the cents left over go, one
    each, to the largest remainders, ties by key. Amount and weights are not negative.
    """
    whole = sum(weights.values(), NOTHING)
    if whole == 0:
        return dict.fromkeys(weights, NOTHING)
    cents, remainders, left = {}, [], int(amount / CENT)
    for key, weight in weights.items():
        share = int(amount / CENT) * int(weight / CENT)
        cents[key], remainder = divmod(share, int(whole / CENT))
        left -= cents[key]
        remainders.append((-remainder, key))
    for _, key in sorted(remainders)[:left]:
        cents[key] += 1
    return {key: count * CENT for key, count in cents.items()}


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_day(month_start: date) -> date:
    """The last day of a month."""
    return month_start.replace(day=monthrange(month_start.year, month_start.month)[1])


def holds(valid_from: date, valid_to: date | None, day: date) -> bool:
    """Whether a half-open interval contains a day."""
    return valid_from <= day and (valid_to is None or day < valid_to)


# -- what counts: stretches in which an item bills a recurring amount ------------------


class BilledPeriod(NamedTuple):
    """A stretch of days in which an item counts towards MRR at one undiscounted price.

    `amount` is charged `yearly[0] / yearly[1]` times a year.
    """

    subscription_item_id: str
    subscription_id: str
    billing_customer_id: str
    product_id: str
    currency: str
    valid_from: date
    valid_to: date | None
    amount: Decimal
    yearly: tuple[Decimal, Decimal]
    contract_id: str | None
    cancels_on: date | None


PERIODS_PER_YEAR = {
    "day": 365,
    "week": 52,
    "month": 12,
    "quarter": 4,
    "half_year": 2,
    "year": 1,
}


def past_due_since(item: SubscriptionItem, intervals: Iterable[SubscriptionItem]) -> date:
    """The first day of the unbroken run of past-due days that an interval continues."""
    start = item.valid_from
    for earlier in sorted(intervals, key=lambda row: row.valid_from, reverse=True):
        is_not_empty = earlier.valid_to is not None and earlier.valid_from < earlier.valid_to
        if is_not_empty and earlier.valid_to == start and earlier.status == "past_due":
            start = earlier.valid_from
    return start


def billed_period(item: SubscriptionItem, valid_to: date | None) -> BilledPeriod:
    """One interval of a subscription item as a billed period that ends on `valid_to`."""
    return BilledPeriod(
        subscription_item_id=item.subscription_item_id,
        subscription_id=item.subscription_id,
        billing_customer_id=item.billing_customer_id,
        product_id=item.product_id or UNKNOWN,
        currency=item.currency,
        valid_from=item.valid_from,
        valid_to=valid_to,
        amount=product_of(item.unit_amount, item.quantity),
        yearly=(
            Decimal(PERIODS_PER_YEAR[item.billing_interval]),
            Decimal(item.billing_interval_count),
        ),
        contract_id=item.contract_id,
        cancels_on=item.cancels_on,
    )


def contracted_periods(
    items: Iterable[SubscriptionItem],
    settings: Settings,
    counts_signed_after: date = date.max,
) -> list[BilledPeriod]:
    """The stretches in which subscription items count, as their status and the vars say.

    Signed items never count, but for committed MRR those that start after a given day.
    """
    by_item = defaultdict(list)
    for item in items:
        by_item[item.subscription_item_id].append(item)
    periods = []
    for item in (item for intervals in by_item.values() for item in intervals):
        if item.billing_interval == "one_off":
            continue
        if item.is_metered and not settings.mrr_metered:
            continue
        if item.cancels_on is not None and settings.mrr_cancel_at == "scheduled":
            continue
        valid_to = item.valid_to
        if item.status == "past_due" and settings.mrr_past_due_grace_days is not None:
            grace = timedelta(days=settings.mrr_past_due_grace_days)
            ends_on = past_due_since(item, by_item[item.subscription_item_id]) + grace
            valid_to = ends_on if valid_to is None else min(valid_to, ends_on)
        counts = (
            item.status in ("active", "past_due")
            or (item.status == "paused" and settings.mrr_paused == "unchanged")
            or (item.status == "signed" and item.valid_from > counts_signed_after)
        )
        if counts and (valid_to is None or item.valid_from < valid_to):
            periods.append(billed_period(item, valid_to))
    return periods


def yearly_factor(service_from: date, service_to: date) -> tuple[Decimal, Decimal]:
    """12 / months of a service period, as numerator and denominator.

    Months are counted by anniversary; the days left are 1 / 30.4375 of a month each. None
    are left where whole months lead back from the end to the start: 28 February to 31 March
    is one month of a customer billed on the last day.
    """
    months = (service_to.year - service_from.year) * 12 + service_to.month - service_from.month
    if months > 0 and add_months(service_to, -months) == service_from:
        return Decimal(12), Decimal(months)
    if add_months(service_from, months) > service_to:
        months -= 1
    days = (service_to - add_months(service_from, months)).days
    days_per_month = Decimal("30.4375")
    return 12 * days_per_month, months * days_per_month + days


def invoiced_periods(lines: Iterable[InvoiceLine], settings: Settings) -> list[BilledPeriod]:
    """The stretches that recurring invoice lines bill for, one after another per item."""
    by_item = defaultdict(list)
    for line in lines:
        by_item[line.subscription_item_id].append(line)
    periods = []
    for item_lines in by_item.values():
        recurring = sorted(
            summed_tiers(line for line in item_lines if line.line_kind == "recurring"),
            key=lambda line: (line.service_from, line.invoice_line_id),
        )
        starts = [
            recurring_start(line, recurring[index - 1] if index else None, item_lines)
            for index, line in enumerate(recurring)
        ]
        for index, line in enumerate(recurring):
            if index + 1 < len(recurring):
                # The later line wins where they overlap; a small gap is bridged.
                gap_days = (starts[index + 1] - line.service_to).days
                is_bridged = gap_days <= settings.mrr_invoice_gap_days
                valid_to = starts[index + 1] if is_bridged else line.service_to
            else:
                valid_to = last_recurring_end(line, item_lines, settings)
            if valid_to is None or starts[index] < valid_to:
                periods.append(
                    BilledPeriod(
                        subscription_item_id=line.subscription_item_id,
                        subscription_id=line.subscription_id,
                        billing_customer_id=line.billing_customer_id,
                        product_id=line.product_id or UNKNOWN,
                        currency=line.currency,
                        valid_from=starts[index],
                        valid_to=valid_to,
                        amount=line.amount,
                        yearly=yearly_factor(line.service_from, line.service_to),
                        contract_id=line.contract_id,
                        cancels_on=None,
                    )
                )
    return periods


def summed_tiers(lines: Iterable[InvoiceLine]) -> list[InvoiceLine]:
    """One line for all lines of one period: the tiers of a price are billed one by one."""
    by_period: dict[tuple[date, date], InvoiceLine] = {}
    for line in sorted(lines, key=lambda line: line.invoice_line_id):
        period = (line.service_from, line.service_to)
        first = by_period.get(period)
        by_period[period] = first._replace(amount=first.amount + line.amount) if first else line
    return list(by_period.values())


def recurring_start(
    line: InvoiceLine, previous: InvoiceLine | None, item_lines: Iterable[InvoiceLine]
) -> date:
    """The day a recurring line's price began: where a charged proration led up to it."""
    led_up = [
        other.service_from
        for other in item_lines
        if other.line_kind == "proration"
        and other.amount > 0
        and other.service_from < line.service_from
        and other.service_to == line.service_from
        and (previous is None or previous.service_from < other.service_from)
    ]
    return max(led_up, default=line.service_from)


def last_recurring_end(
    line: InvoiceLine, item_lines: Iterable[InvoiceLine], settings: Settings
) -> date | None:
    """The day an item's last recurring line ends; None while the next may still come."""
    changed_on = {
        other.service_from
        for other in item_lines
        if other.line_kind == "proration" and other.amount > 0
    }
    given_back = [
        other.service_from
        for other in item_lines
        if other.line_kind in ("proration", "credit")
        and other.amount < 0
        and line.service_from < other.service_from < line.service_to
        # What is given back and charged anew on one day is a change of price, no end.
        and other.service_from not in changed_on
    ]
    if given_back:
        return max(given_back)
    patience = timedelta(days=settings.mrr_invoice_gap_days)
    return None if settings.as_of_on < line.service_to + patience else line.service_to


def periods_of(
    inputs: Inputs, settings: Settings, counts_signed_after: date = date.max
) -> list[BilledPeriod]:
    """All billed periods, on the basis that the settings choose."""
    if settings.mrr_basis == "invoiced":
        return invoiced_periods(inputs.invoice_lines, settings)
    return contracted_periods(inputs.subscription_items, settings, counts_signed_after)


# -- what it costs: discounts, annualised amount, MRR ----------------------------------


def discounts_in_use(
    discounts: Iterable[SubscriptionDiscount], mrr_discounts: str
) -> list[SubscriptionDiscount]:
    """The discounts that reduce MRR under a value of `mrr_discounts`."""
    if mrr_discounts == "none":
        return []
    return [row for row in discounts if row.is_forever or mrr_discounts == "all"]


def annualised_amounts(
    periods: Iterable[BilledPeriod],
    discounts: Iterable[SubscriptionDiscount],
    day: date,
) -> dict[str, Decimal]:
    """What each item of ONE subscription is worth per year on a day, after discounts.

    Only the periods and discounts that hold on that day are used. Percent coupons
    compound. Then fixed coupons of the item's currency come off: those of one item from
    that item, those of the subscription from all its items in proportion.
    """
    billed = {
        period.subscription_item_id: period
        for period in periods
        if holds(period.valid_from, period.valid_to, day)
    }
    held = sorted(row for row in discounts if holds(row.valid_from, row.valid_to, day))
    net = {}
    for item_id, period in billed.items():
        factor = Decimal(1)
        for row in held:
            if row.percent_off is not None and row.subscription_item_id in (
                None,
                item_id,
            ):
                kept = EXACT.divide(100 - row.percent_off, Decimal(100))
                factor = rounded(product_of(factor, kept), Decimal("1E-10"))
        net[item_id] = rounded(product_of(period.amount, factor))

    fixed = [row for row in held if row.amount_off is not None]
    for row in fixed:
        item_id = row.subscription_item_id
        if item_id in billed and row.currency == billed[item_id].currency:
            net[item_id] -= min(row.amount_off, net[item_id])
    for currency in {period.currency for period in billed.values()}:
        shared = {key: net[key] for key in net if billed[key].currency == currency}
        off = sum(
            (
                row.amount_off
                for row in fixed
                if row.subscription_item_id is None and row.currency == currency
            ),
            NOTHING,
        )
        off = min(off, sum(shared.values(), NOTHING))
        for item_id, part in spread(off, shared).items():
            net[item_id] -= part

    return {
        item_id: rounded(
            EXACT.divide(product_of(amount, billed[item_id].yearly[0]), billed[item_id].yearly[1])
        )
        for item_id, amount in net.items()
    }


def monthly(annualised_amount: Decimal) -> Decimal:
    """A twelfth, to the cent."""
    return rounded(EXACT.divide(annualised_amount, Decimal(12)))


def customers_of(inputs: Inputs) -> dict[str, str]:
    """customer_id by billing_customer_id, for every billing customer that is known."""
    account_ids = {account.account_id for account in inputs.accounts}
    customers = {
        row.billing_customer_id: (
            row.account_id if row.account_id in account_ids else row.billing_customer_id
        )
        for row in inputs.billing_customers
    }
    customers.update((row.billing_customer_id, row.customer_id) for row in inputs.customer_links)
    return customers


def item_intervals(inputs: Inputs, settings: Settings) -> list[ItemInterval]:
    """Every stretch of days up to `as_of_on` in which an item's amounts do not change."""
    periods = periods_of(inputs, settings)
    customers = customers_of(inputs)
    subscriptions, discounts = defaultdict(list), defaultdict(list)
    for period in periods:
        subscriptions[period.subscription_id].append(period)
    for row in discounts_in_use(inputs.subscription_discounts, settings.mrr_discounts):
        discounts[row.subscription_id].append(row)

    intervals = []
    for subscription_id, billed in subscriptions.items():
        days = days_of_change((*billed, *discounts[subscription_id]), settings.as_of_on)
        for day, next_day in pairwise((*days, None)):
            annualised = annualised_amounts(billed, discounts[subscription_id], day)
            for period in billed:
                if holds(period.valid_from, period.valid_to, day):
                    amount = annualised[period.subscription_item_id]
                    intervals.append(
                        ItemInterval(
                            customers.get(period.billing_customer_id, period.billing_customer_id),
                            period.currency,
                            period.product_id,
                            period.subscription_item_id,
                            day,
                            next_day,
                            amount,
                            monthly(amount),
                        )
                    )
    return intervals


def days_of_change(intervals: Iterable[NamedTuple], as_of_on: date) -> list[date]:
    """Every day on which one of the intervals starts or ends, as far as is known."""
    days = {row.valid_from for row in intervals} | {row.valid_to for row in intervals}
    return sorted(day for day in days if day is not None and day <= as_of_on)


# -- how it moved ----------------------------------------------------------------------

Balances = dict[tuple[str, str, str], Decimal]
"""MRR by currency, product and subscription item."""


def balances_on(intervals: Iterable[ItemInterval], day: date) -> Balances:
    """The MRR of a customer's items on a day."""
    balances: Balances = defaultdict(lambda: NOTHING)
    for row in intervals:
        if holds(row.valid_from, row.valid_to, day):
            balances[row.currency, row.product_id, row.subscription_item_id] += row.mrr_amount
    return balances


def annualised_on(intervals: Iterable[ItemInterval], day: date) -> dict[tuple[str, str], Decimal]:
    """The annualised amounts of a customer on a day, by currency and product."""
    amounts: dict[tuple[str, str], Decimal] = defaultdict(lambda: NOTHING)
    for row in intervals:
        if holds(row.valid_from, row.valid_to, day):
            amounts[row.currency, row.product_id] += row.annualised_amount
    return amounts


def by_product(balances: Balances, currency: str) -> dict[str, Decimal]:
    """The balances of one currency, summed over the items of each product."""
    products: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for (balance_currency, product_id, _), amount in balances.items():
        if balance_currency == currency:
            products[product_id] += amount
    return products


def changes(before: Mapping[str, Decimal], after: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """What changed by key, where something did."""
    deltas = {key: after.get(key, NOTHING) - before.get(key, NOTHING) for key in {*before, *after}}
    return {key: delta for key, delta in deltas.items() if delta != 0}


def split_transfer(deltas: Mapping[str, Decimal]) -> dict[str, tuple[Decimal, Decimal]]:
    """Each delta as (transfer, rest): what runs against the net, and its counterpart.

    The counterpart is spread over the deltas that run with the net, so that transfers
    sum to 0 and the rests sum to the net. A net of 0 is all transfer.
    """
    net = sum(deltas.values(), NOTHING)
    with_net = {key: abs(delta) for key, delta in deltas.items() if delta * net > 0}
    against = sum((abs(delta) for delta in deltas.values() if delta * net < 0), NOTHING)
    sign = 1 if net > 0 else -1
    counterpart = spread(against, with_net)
    return {
        key: (
            (sign * counterpart[key], delta - sign * counterpart[key])
            if key in with_net
            else (delta, NOTHING)
        )
        for key, delta in deltas.items()
    }


def movement_parts(
    before: Balances, after: Balances, currency: str
) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """(transfer, rest) by product and item of one customer's change in one currency."""
    products = split_transfer(changes(by_product(before, currency), by_product(after, currency)))
    item_changes = changes(before, after)
    parts = {}
    for product_id in sorted({key[1] for key in item_changes if key[0] == currency}):
        items = split_transfer(
            {
                key[2]: delta
                for key, delta in item_changes.items()
                if key[:2] == (currency, product_id)
            }
        )
        # A product that did not change as a whole has no rest among its items.
        product_transfer, _ = products.get(product_id, (NOTHING, NOTHING))
        sign = -1 if product_transfer < 0 else 1
        rests = {key: abs(rest) for key, (_, rest) in items.items()}
        carried = spread(abs(product_transfer), rests)
        for item_id, (transfer, rest) in items.items():
            part = sign * carried[item_id]
            parts[product_id, item_id] = (transfer + part, rest - part)
    return parts


def total_by_currency(balances: Balances) -> dict[str, Decimal]:
    """A customer's MRR by currency."""
    totals: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for (currency, _, _), amount in balances.items():
        totals[currency] += amount
    return totals


def signed_type(net: Decimal) -> str:
    """The type of a change that neither starts from 0 nor falls to 0."""
    if net == 0:
        return "transfer"
    return "expansion" if net > 0 else "contraction"


def customer_movements(
    customer_id: str, intervals: Sequence[ItemInterval], settings: Settings
) -> tuple[list[Movement], list[MovementItem]]:
    """One customer's movements and their items, from one day of change to the next."""
    movements, movement_items = [], []
    had_mrr, fell_to_zero_on = False, None
    before: Balances = {}
    annualised_before: dict[tuple[str, str], Decimal] = {}
    for day in days_of_change(intervals, settings.as_of_on):
        after = balances_on(intervals, day)
        annualised_after = annualised_on(intervals, day)
        totals_before, totals_after = (
            total_by_currency(before),
            total_by_currency(after),
        )
        had_some, has_some = any(totals_before.values()), any(totals_after.values())
        customer_type = None
        if has_some and not had_some:
            customer_type = from_zero_type(day, had_mrr, fell_to_zero_on, settings)
        elif had_some and not has_some:
            customer_type, fell_to_zero_on = "churn", day

        changed_currencies = {key[0] for key in changes(before, after)}
        for currency in sorted(changed_currencies):
            opening = totals_before.get(currency, NOTHING)
            closing = totals_after.get(currency, NOTHING)
            movement_type = customer_type or signed_type(closing - opening)
            annualised_change = sum_of(annualised_after, currency) - sum_of(
                annualised_before, currency
            )
            movements.append(
                Movement(
                    customer_id,
                    currency,
                    day,
                    movement_type,
                    opening,
                    closing - opening,
                    closing,
                    annualised_change,
                    not had_mrr,
                )
            )
            for (product_id, item_id), (transfer, rest) in movement_parts(
                before, after, currency
            ).items():
                for part_type, amount in (
                    ("transfer", transfer),
                    (movement_type, rest),
                ):
                    if amount != 0:
                        movement_items.append(
                            MovementItem(
                                customer_id,
                                currency,
                                day,
                                product_id,
                                item_id,
                                part_type,
                                amount,
                            )
                        )
        had_mrr = had_mrr or has_some
        before, annualised_before = after, annualised_after
    return movements, movement_items


def from_zero_type(
    day: date, had_mrr: bool, fell_to_zero_on: date | None, settings: Settings
) -> str:
    """The type of a rise from 0: new for the first ever, or after too long an absence."""
    if not had_mrr:
        return "new"
    window = settings.mrr_reactivation_window_days
    if window is not None and (day - fell_to_zero_on).days > window:
        return "new"
    return "reactivation"


def sum_of(amounts: Mapping[tuple[str, str], Decimal], currency: str) -> Decimal:
    """The sum over the products of one currency."""
    return sum((amount for key, amount in amounts.items() if key[0] == currency), NOTHING)


# -- months and the bridge -------------------------------------------------------------


class Months:
    """The months from a customer's first change to `as_of_on`, and their exchange rates."""

    def __init__(self, inputs: Inputs, settings: Settings) -> None:
        self.settings = settings
        self.rates: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
        self.known: dict[tuple[str, date], Decimal] = {}
        for row in inputs.exchange_rates:
            if row.rate_type == "month" and row.to_currency == settings.reporting_currency:
                self.rates[row.from_currency].append((row.published_on, row.rate))

    def since(self, day: date) -> list[date]:
        """The first days of all months from that of `day` to that of `as_of_on`."""
        months, month = [], day.replace(day=1)
        while month <= self.settings.as_of_on:
            months.append(month)
            month = add_months(month, 1)
        return months

    def closing_day(self, month_start: date) -> date:
        """The day whose state is the month's closing figure."""
        return min(last_day(month_start), self.settings.as_of_on)

    def is_partial(self, month_start: date) -> bool:
        """Whether the month is not over at `as_of_on`."""
        return self.settings.as_of_on < last_day(month_start)

    def rate(self, currency: str, month_start: date) -> Decimal:
        """The month's rate into the reporting currency; KeyError where none is known."""
        if currency == self.settings.reporting_currency:
            return Decimal(1)
        key = (currency, month_start)
        if key not in self.known:
            closing_day = self.closing_day(month_start)
            published = [row for row in self.rates[currency] if row[0] <= closing_day]
            if not published:
                raise KeyError(f"no exchange rate for {currency} in {month_start:%Y-%m}")
            self.known[key] = max(published)[1]
        return self.known[key]

    def converted(self, amount: Decimal, currency: str, month_start: date) -> Decimal:
        """An amount in the reporting currency, to the cent."""
        return rounded(product_of(amount, self.rate(currency, month_start)))

    def converted_transfers(
        self, transfers: Mapping[str, Decimal], currency: str, month_start: date
    ) -> dict[str, Decimal]:
        """The transfers of one movement by product, so converted that they still sum to 0.

        What moved is converted as one amount and shared by largest remainder among the
        products that give, and again among those that get.
        """
        given = {key: -amount for key, amount in transfers.items() if amount < 0}
        got = {key: amount for key, amount in transfers.items() if amount > 0}
        moved = self.converted(sum(got.values(), NOTHING), currency, month_start)
        return {
            **{key: -amount for key, amount in spread(moved, given).items()},
            **spread(moved, got),
        }


class BridgePart(NamedTuple):
    """One amount of the bridge at the grain at which all converting happens."""

    basis: str
    currency: str
    product_id: str
    month_start: date
    column: str
    amount: Decimal
    reporting_amount: Decimal


def movement_bridge(
    basis: str,
    currency: str,
    month_start: date,
    movement_type: str,
    split: Mapping[str, tuple[Decimal, Decimal]],
    months: Months,
) -> list[BridgePart]:
    """The parts of one movement, or of one month's net change, from (transfer, rest) by
    product."""
    transfers = {product_id: transfer for product_id, (transfer, _) in split.items()}
    converted = months.converted_transfers(transfers, currency, month_start)
    parts = []
    for product_id, (transfer, rest) in split.items():
        if transfer != 0:
            amounts = (transfer, converted[product_id])
            parts.append(BridgePart(basis, currency, product_id, month_start, "transfer", *amounts))
        if rest != 0:
            amounts = (rest, months.converted(rest, currency, month_start))
            parts.append(
                BridgePart(basis, currency, product_id, month_start, movement_type, *amounts)
            )
    return parts


def daily_bridge(
    movements: Iterable[Movement], movement_items: Iterable[MovementItem], months: Months
) -> list[BridgePart]:
    """The parts of one customer's movements; each day is converted for itself."""
    splits = defaultdict(lambda: defaultdict(lambda: (NOTHING, NOTHING)))
    for row in movement_items:
        products = splits[row.currency, row.occurred_on]
        transfer, rest = products[row.product_id]
        if row.movement_type == "transfer":
            products[row.product_id] = (transfer + row.mrr_amount, rest)
        else:
            products[row.product_id] = (transfer, rest + row.mrr_amount)
    return [
        part
        for row in movements
        for part in movement_bridge(
            "daily",
            row.currency,
            row.occurred_on.replace(day=1),
            row.movement_type,
            splits[row.currency, row.occurred_on],
            months,
        )
    ]


def month_end_type(
    totals_before: Mapping[str, Decimal],
    totals_after: Mapping[str, Decimal],
    movements: Iterable[Movement],
    month_start: date,
) -> str | None:
    """The type of a month in which a customer came from 0 or fell to 0, else None."""
    had_some, has_some = any(totals_before.values()), any(totals_after.values())
    if has_some and not had_some:
        return next(
            row.movement_type
            for row in movements
            if row.occurred_on.replace(day=1) == month_start
            and row.movement_type in ("new", "reactivation")
        )
    return "churn" if had_some and not has_some else None


def customer_bridge(
    customer_id: str,
    intervals: Sequence[ItemInterval],
    movements: Sequence[Movement],
    movement_items: Sequence[MovementItem],
    months: Months,
) -> tuple[list[BridgePart], list[CustomerMonth]]:
    """One customer's part of the bridge on both bases, and its months."""
    parts = daily_bridge(movements, movement_items, months)
    customer_months = []
    before: Balances = {}
    for month_start in months.since(min(row.valid_from for row in intervals)):
        closing_day = months.closing_day(month_start)
        after = balances_on(intervals, closing_day)
        annualised = annualised_on(intervals, closing_day)
        totals_before, totals_after = total_by_currency(before), total_by_currency(after)
        customer_type = month_end_type(totals_before, totals_after, movements, month_start)
        for currency in sorted({*totals_before, *totals_after}):
            products_before = by_product(before, currency)
            products_after = by_product(after, currency)
            net = totals_after.get(currency, NOTHING) - totals_before.get(currency, NOTHING)
            parts += movement_bridge(
                "month_end",
                currency,
                month_start,
                customer_type or signed_type(net),
                split_transfer(changes(products_before, products_after)),
                months,
            )
            converted = {
                product_id: months.converted(amount, currency, month_start)
                for product_id, amount in products_after.items()
            }
            parts += [
                BridgePart(
                    basis,
                    currency,
                    product_id,
                    month_start,
                    "closing",
                    products_after[product_id],
                    converted[product_id],
                )
                for basis in ("daily", "month_end")
                for product_id in products_after
            ]
            if totals_after.get(currency, NOTHING) != 0:
                customer_months.append(
                    CustomerMonth(
                        customer_id,
                        currency,
                        month_start,
                        totals_after[currency],
                        sum_of(annualised, currency),
                        sum(converted.values(), NOTHING),
                        sum(
                            months.converted(amount, currency, month_start)
                            for key, amount in annualised.items()
                            if key[0] == currency
                        ),
                        months.is_partial(month_start),
                    )
                )
        before = after
    return parts, customer_months


def customer_attributes(inputs: Inputs) -> dict[str, dict[str, str]]:
    """Segment and country by customer_id, as known now; a missing one is `unknown`.

    Both are the account's. A customer without a country there has that of its first
    billing customer, by key, that has one.
    """
    accounts = {account.account_id: account for account in inputs.accounts}
    customers = customers_of(inputs)
    attributes: dict[str, dict[str, str]] = defaultdict(
        lambda: {"segment": UNKNOWN, "country": UNKNOWN}
    )
    for row in sorted(inputs.billing_customers, key=lambda row: row.billing_customer_id):
        customer = attributes[customers[row.billing_customer_id]]
        if customer["country"] == UNKNOWN:
            customer["country"] = row.country_code or UNKNOWN
    for account_id, account in accounts.items():
        customer = attributes[account_id]
        customer["segment"] = account.segment or UNKNOWN
        customer["country"] = account.country_code or customer["country"]
    return attributes


def bridge_of(
    parts_by_customer: Mapping[str, Iterable[BridgePart]], inputs: Inputs, months: Months
) -> dict[BridgeKey, dict[str, Decimal]]:
    """The bridge in every slice: sums of parts that are converted already."""
    lines = {product.product_id: product.product_line for product in inputs.products}
    attributes = customer_attributes(inputs)
    settings = months.settings
    bridge: dict[BridgeKey, dict[str, Decimal]] = defaultdict(
        lambda: dict.fromkeys(BRIDGE_COLUMNS, NOTHING)
    )
    for customer_id, part in (
        (customer_id, part) for customer_id, parts in parts_by_customer.items() for part in parts
    ):
        slices = (
            ("total", "all"),
            ("product_line", lines.get(part.product_id) or UNKNOWN),
            ("segment", attributes[customer_id]["segment"]),
            ("country", attributes[customer_id]["country"]),
        )
        next_month = add_months(part.month_start, 1)
        for conversion, currency, amount in (
            ("local", part.currency, part.amount),
            ("reporting", settings.reporting_currency, part.reporting_amount),
        ):
            for slice_name, slice_value in slices:
                key = BridgeKey(
                    part.basis, conversion, currency, slice_name, slice_value, part.month_start
                )
                bridge[key][part.column] += amount
                if part.column == "closing" and next_month <= settings.as_of_on:
                    bridge[key._replace(month_start=next_month)]["opening"] += amount
    for amounts in bridge.values():
        moved = sum(amounts[column] for column in BRIDGE_COLUMNS[:-1])
        amounts["fx"] = amounts["closing"] - moved
    return bridge


def metrics_of(
    bridge: Mapping[BridgeKey, Mapping[str, Decimal]],
    customer_months: Iterable[CustomerMonth],
    intervals_by_customer: Mapping[str, Sequence[ItemInterval]],
    months: Months,
) -> list[MonthMetrics]:
    """The measures of each month in which the daily bridge has something to say."""
    reporting_currency = months.settings.reporting_currency
    arr: dict[tuple[str, str, date], Decimal] = defaultdict(lambda: NOTHING)
    for intervals in intervals_by_customer.values():
        for month_start in months.since(min(row.valid_from for row in intervals)):
            annualised = annualised_on(intervals, months.closing_day(month_start))
            for (currency, _), amount in annualised.items():
                arr["local", currency, month_start] += amount
                converted = months.converted(amount, currency, month_start)
                arr["reporting", reporting_currency, month_start] += converted
    customers = defaultdict(set)
    for row in customer_months:
        customers["local", row.currency, row.month_start].add(row.customer_id)
        customers["reporting", reporting_currency, row.month_start].add(row.customer_id)

    metrics = []
    for key, amounts in bridge.items():
        if key.basis != "daily" or key.slice != "total" or not any(amounts.values()):
            continue
        month = (key.conversion, key.currency, key.month_start)
        gained = amounts["new"] + amounts["reactivation"] + amounts["expansion"]
        lost = -amounts["contraction"] - amounts["churn"]
        metrics.append(
            MonthMetrics(
                *month,
                amounts["closing"],
                arr[month],
                len(customers[month]),
                ratio(amounts["closing"], Decimal(len(customers[month])), CENT),
                ratio(amounts["closing"] - amounts["opening"], amounts["opening"]),
                ratio(gained, lost),
                months.is_partial(key.month_start),
            )
        )
    return metrics


def ratio(part: Decimal, whole: Decimal, unit: Decimal = Decimal("1E-6")) -> Decimal | None:
    """A rounded quotient; None where there is nothing to divide by."""
    return None if whole == 0 else rounded(EXACT.divide(part, whole), unit)


# -- committed MRR ---------------------------------------------------------------------


def committed_mrr(
    inputs: Inputs, settings: Settings, months: Months
) -> dict[tuple[str, str], dict[str, Decimal]]:
    """The amounts of COMMITTED_COLUMNS by customer and currency.

    Of the items that count on `as_of_on`, out go those whose cancellation is due by the end
    of the horizon, then those whose contract ends inside it and does not renew itself. The
    others count at their price after permanent discounts only, and so do, from the day they
    start, items that do not count yet but are signed, or billed, to start inside the horizon.
    """
    today = settings.as_of_on
    horizon_on = add_months(today, settings.committed_mrr_horizon_months)
    customers = customers_of(inputs)
    contracts = {contract.contract_id: contract for contract in inputs.contracts}
    discounts = discounts_in_use(inputs.subscription_discounts, settings.mrr_discounts)
    subscriptions = defaultdict(list)
    for period in periods_of(inputs, settings, counts_signed_after=today):
        subscriptions[period.subscription_id].append(period)

    def is_expiring(period: BilledPeriod) -> bool:
        contract = contracts.get(period.contract_id)
        return (
            contract is not None
            and contract.is_auto_renewal is False
            and contract.service_end_on is not None
            and today < contract.service_end_on <= horizon_on
        )

    committed = defaultdict(lambda: dict.fromkeys(COMMITTED_COLUMNS, NOTHING))
    for subscription_id, periods in subscriptions.items():
        given = [row for row in discounts if row.subscription_id == subscription_id]
        permanent = [row for row in given if row.is_forever]
        for item_id, period in committed_periods(periods, today, horizon_on).items():
            customer_id = customers.get(period.billing_customer_id, period.billing_customer_id)
            amounts = committed[customer_id, period.currency]
            if period.valid_from > today:
                annualised = annualised_amounts(periods, permanent, period.valid_from)
                amounts["starting"] += monthly(annualised[item_id])
                continue
            mrr = monthly(annualised_amounts(periods, given, today)[item_id])
            amounts["active"] += mrr
            if period.cancels_on is not None and period.cancels_on <= horizon_on:
                amounts["cancelling"] -= mrr
            elif is_expiring(period):
                amounts["expiring"] -= mrr
            else:
                permanent_mrr = monthly(annualised_amounts(periods, permanent, today)[item_id])
                amounts["discount_ending"] += permanent_mrr - mrr
    for (_, currency), amounts in committed.items():
        amounts["committed"] = total = sum(amounts.values(), NOTHING)
        amounts["reporting_committed"] = months.converted(total, currency, today.replace(day=1))
    return committed


def committed_periods(
    periods: Iterable[BilledPeriod], today: date, horizon_on: date
) -> dict[str, BilledPeriod]:
    """By item, the period that holds today, else the next one if it starts in the horizon."""
    found = {}
    for period in sorted(periods, key=lambda row: row.valid_from, reverse=True):
        if holds(period.valid_from, period.valid_to, today) or (
            today < period.valid_from <= horizon_on
        ):
            # From the last to the first: the earliest stands.
            found[period.subscription_item_id] = period
    return found


# -- everything ------------------------------------------------------------------------


def recompute(inputs: Inputs, settings: Settings) -> Mrr:
    """All results for the given rows and settings."""
    intervals = item_intervals(inputs, settings)
    by_customer = defaultdict(list)
    for row in intervals:
        by_customer[row.customer_id].append(row)
    months = Months(inputs, settings)
    all_movements, all_items, all_parts, all_months = [], [], {}, []
    for customer_id, customer_intervals in by_customer.items():
        movements, items = customer_movements(customer_id, customer_intervals, settings)
        all_parts[customer_id], customer_months = customer_bridge(
            customer_id, customer_intervals, movements, items, months
        )
        all_movements += movements
        all_items += items
        all_months += customer_months
    bridge = bridge_of(all_parts, inputs, months)
    return Mrr(
        item_intervals=intervals,
        movements=all_movements,
        movement_items=all_items,
        customer_months=all_months,
        bridge=bridge,
        metrics=metrics_of(bridge, all_months, by_customer, months),
        committed=committed_mrr(inputs, settings, months),
    )
