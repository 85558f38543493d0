"""Currencies: amounts in the one that counts, digits that exist, rates for every fiscal year."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from orchestration.compensation.book import Book, held
from orchestration.compensation.findings import Finding
from orchestration.compensation.fiscal import Span
from orchestration.compensation.tables import Row

# Where an amount stands and where its currency does, within the row.
_AMOUNTS = {
    "quotas": ("amount",),
    "payout_caps": ("amount",),
    "draws": ("amount",),
    "pay_adjustments": ("amount",),
    "payout_pools": ("target_amount",),
}
# Amounts of plans stand in plan currency.
_PLAN_AMOUNTS = {
    "plan_components": ("amount", "floor_amount"),
    "rate_tiers": ("amount_at_from",),
}
_PAID_IN = ("draws", "pay_adjustments")


def money_findings(book: Book) -> Iterator[Finding]:
    """Amounts in a currency or to a digit that does not count, and rates that are missing."""
    for name, columns in _AMOUNTS.items():
        for row in book[name]:
            yield from _digits(book, row, columns, row["currency"])
    for name, columns in _PLAN_AMOUNTS.items():
        for row in book[name]:
            for currency in sorted({plan["currency"] for plan in _plans_of(book, row)}):
                yield from _digits(book, row, columns, currency)
    for name in _PAID_IN:
        for row in book[name]:
            yield from _pay_currency(book, row)
    for row in book["payout_caps"]:
        yield from _plan_currency(row, _capped_plans(book, row))
    for row in book["payout_pools"]:
        yield from _plan_currency(row, _pool_plans(book, row))
    for row in book["exchange_rates"]:
        if row["rate"] <= 0:
            yield row.finding("rate", "must be above 0.")
    yield from _rates(book)


def _plans_of(book: Book, row: Row) -> list[Row]:
    return book.plans.get(row["plan_code"], [])


def _digits(book: Book, row: Row, columns: tuple[str, ...], currency: str) -> Iterator[Finding]:
    digits = book.currency_digits.get(currency)
    for column in columns:
        if digits == 0 and row[column] is not None and row[column] % 1:
            text = f"{currency} has no smaller unit. Put a whole amount."
            yield row.finding(column, text)


def _pay_currency(book: Book, row: Row) -> Iterator[Finding]:
    payee = book.payees.get(row["payee_id"])
    if payee is not None and row["currency"] != payee["pay_currency"]:
        text = f"{row['payee_id']} is paid in {payee['pay_currency']}. Give it in that currency."
        yield row.finding("currency", text)


def _plan_currency(row: Row, plans: list[Row]) -> Iterator[Finding]:
    for plan in plans:
        if plan["currency"] != row["currency"]:
            text = (
                f"the plan {plan['plan_code']} counts in {plan['currency']} (line {plan.line} of "
                "plans.csv). Give it in that currency."
            )
            yield row.finding("currency", text)
            return


def _capped_plans(book: Book, row: Row) -> list[Row]:
    days = held(row)
    if row["plan_code"]:
        return book.plan_rows(row["plan_code"], days)
    return [
        plan
        for assignment, assigned in book.assigned(row["payee_id"], days)
        for plan in book.plan_rows(assignment["plan_code"], assigned)
    ]


def _pool_plans(book: Book, row: Row) -> list[Row]:
    period = book.period(row)
    return [
        plan
        for component in book["plan_components"]
        if component["component_code"] == row["component_code"] and held(component).overlap(period)
        for plan in book.plan_rows(component["plan_code"], period)
    ]


def _rates(book: Book) -> Iterator[Finding]:
    """Every pair that a plan may convert has its rate: a fiscal year's, or one by the month."""
    published: dict[tuple[str, str, str], list[date]] = defaultdict(list)
    for row in book["exchange_rates"]:
        key = (row["rate_type"], row["from_currency"], row["to_currency"])
        published[key].append(row["published_on"])
    if book["exchange_rates"].faulty:
        return
    yield from _second_budget_rates(book)
    days = [row["published_on"] for row in book["exchange_rates"]]
    days += [row["period_start"] for row in book["quotas"]]
    until = max(filter(None, [*days, book.cutoff_on]), default=None)
    for plan in book["plans"]:
        pairs = _deal_pairs(book, plan) | _pay_pairs(book, plan)
        days_held = held(plan)
        last = min(days_held.end - timedelta(days=1), until or plan["valid_from"])
        for start, end in sorted(pairs):
            known = published[plan["rate_type"], start, end]
            if plan["rate_type"] == "budget":
                yield from _budget_years(book, plan, (start, end), known, last)
            else:
                first_month = book.calendar.period(plan["valid_from"], "month")
                if not any(day < first_month.end for day in known):
                    text = (
                        f"exchange_rates.csv has no month rate {start} to {end} published before "
                        f"{first_month.end}, and the plan holds from {plan['valid_from']}. Add one."
                    )
                    yield plan.finding("rate_type", text)


def _deal_pairs(book: Book, plan: Row) -> set[tuple[str, str]]:
    """Deals come in every currency that anybody ever gave a rate for."""
    return {
        (row["from_currency"], row["to_currency"])
        for row in book["exchange_rates"]
        if row["to_currency"] == plan["currency"]
    }


def _pay_pairs(book: Book, plan: Row) -> set[tuple[str, str]]:
    """From the plan's currency to that of every payee it pays."""
    return {
        (plan["currency"], payee["pay_currency"])
        for payee_id, payee in book.payees.items()
        if payee["pay_currency"] != plan["currency"]
        and any(
            assignment["plan_code"] == plan["plan_code"]
            for assignment, _ in book.assigned(payee_id, held(plan))
        )
    }


def _budget_years(
    book: Book, plan: Row, pair: tuple[str, str], known: list[date], last: date
) -> Iterator[Finding]:
    missing = []
    year = book.calendar.period(plan["valid_from"], "year")
    while year.start <= last:
        if not any(book.calendar.year_from(day) == year for day in known):
            missing.append(str(year.start))
        year = book.calendar.period(year.end, "year")
    if missing:
        text = (
            f"exchange_rates.csv has no budget rate {pair[0]} to {pair[1]} for the fiscal year "
            f"that begins on {', '.join(missing)}. Add a row published in the year before, or on "
            "that day; no rate is carried over, inverted or crossed."
        )
        yield plan.finding("rate_type", text)


def _second_budget_rates(book: Book) -> Iterator[Finding]:
    first: dict[tuple[str, str, Span], Row] = {}
    for row in sorted(book["exchange_rates"], key=lambda row: (row["published_on"], row.line)):
        if row["rate_type"] == "budget":
            year = book.calendar.year_from(row["published_on"])
            key = (row["from_currency"], row["to_currency"], year)
            other = first.setdefault(key, row)
            if other is not row:
                text = (
                    f"line {other.line} is the budget rate of the fiscal year that begins on "
                    f"{year.start}: there is one a year. Remove one of them."
                )
                yield row.finding("published_on", text)
