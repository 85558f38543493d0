"""Contracts a second time: what they are worth a year, and when they count.

Here belongs the value of a contract and ACV by month. What becomes of a contract that falls
due is renewals.py's.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .known import Known, total
from .mrr import EXACT, Contract, holds, product_of, rounded


class ContractMonth(NamedTuple):
    """What fct_mrr_metrics_by_month says of contracts."""

    conversion: str
    currency: str
    month_start: date
    acv_amount: Decimal
    contract_count: int


def acv(contract: Contract) -> Decimal:
    """What a contract is worth a year, to the cent."""
    return rounded(
        EXACT.divide(product_of(contract.amount, Decimal(12)), Decimal(contract.contract_months))
    )


def contract_months(known: Known) -> list[ContractMonth]:
    """The contracts in service at the end of every month, in each currency and in all."""
    if not known.intervals:
        return []
    counted = [row for row in known.inputs.contracts if row.status in ("activated", "expired")]
    first_day = min(row.valid_from for rows in known.intervals.values() for row in rows)
    reporting = known.settings.reporting_currency
    currencies = {row.currency for rows in known.intervals.values() for row in rows}
    rows = []
    for month_start in known.months.since(first_day):
        day = known.months.closing_day(month_start)
        serving = [row for row in counted if holds(row.service_start_on, row.service_end_on, day)]
        converted = [known.months.converted(acv(row), row.currency, month_start) for row in serving]
        rows.append(
            ContractMonth("reporting", reporting, month_start, total(converted), len(serving))
        )
        for currency in currencies:
            local = [acv(row) for row in serving if row.currency == currency]
            rows.append(ContractMonth("local", currency, month_start, total(local), len(local)))
    return rows
