"""Customer health and renewals at risk a second time.

Here belongs what fct_customer_health_by_quarter and fct_renewals_at_risk must say. Everything is
as it stood at the end of the quarter, in the open one on the last known day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from .contracts import acv
from .known import Known
from .mrr import CENT, UNKNOWN, Contract, add_months, holds, monthly, ratio
from .renewals import Renewal, is_terminated_by, successors_of
from .surveys import Answer, NpsHistory


class Component(NamedTuple):
    """One row of the seed health_components."""

    component: str
    weight: Decimal
    is_higher_better: bool
    healthy_threshold: Decimal
    at_risk_threshold: Decimal
    is_decisive: bool

    def points(self, value: Decimal) -> Decimal:
        """The weight where healthy, nothing at risk, half between."""
        if self.is_at_risk(value):
            return Decimal("0.00")
        distance = value - self.healthy_threshold
        is_healthy = distance >= 0 if self.is_higher_better else distance <= 0
        return self.weight if is_healthy else self.weight / 2

    def is_at_risk(self, value: Decimal) -> bool:
        """Whether a value is worse than the threshold of risk."""
        distance = value - self.at_risk_threshold
        return distance < 0 if self.is_higher_better else distance > 0


# Two are decisive, so that the weightier has to give the reason.
COMPONENTS = tuple(
    Component(name, Decimal(weight), is_higher, Decimal(healthy), Decimal(at_risk), is_decisive)
    for name, weight, is_higher, healthy, at_risk, is_decisive in (
        ("usage", 30, True, "0.8", "0.6", True),
        ("nps", 20, True, 9, 7, False),
        ("csat", 15, True, "0.8", "0.6", True),
        ("payment_failures", 15, False, 0, 1, False),
        ("complaints", 10, False, 0, 1, False),
        ("days_to_renewal", 10, True, 90, 30, False),
    )
)
SCORE = Component("health_score", Decimal(0), True, Decimal(70), Decimal(50), True)


class Health(NamedTuple):
    """One row of fct_customer_health_by_quarter."""

    customer_id: str
    quarter_start: date
    usage_value: Decimal | None
    nps_value: Decimal | None
    csat_value: Decimal | None
    payment_failures_value: int | None
    complaints_value: int | None
    days_to_renewal_value: int | None
    usage_points: Decimal | None
    nps_points: Decimal | None
    csat_points: Decimal | None
    payment_failures_points: Decimal | None
    complaints_points: Decimal | None
    days_to_renewal_points: Decimal | None
    usage_healthy_threshold: Decimal
    nps_healthy_threshold: Decimal
    csat_healthy_threshold: Decimal
    payment_failures_healthy_threshold: Decimal
    complaints_healthy_threshold: Decimal
    days_to_renewal_healthy_threshold: Decimal
    usage_at_risk_threshold: Decimal
    nps_at_risk_threshold: Decimal
    csat_at_risk_threshold: Decimal
    payment_failures_at_risk_threshold: Decimal
    complaints_at_risk_threshold: Decimal
    days_to_renewal_at_risk_threshold: Decimal
    health_score: Decimal | None
    is_at_risk: bool
    at_risk_reason: str | None
    is_partial: bool


class RenewalAtRisk(NamedTuple):
    """One row of fct_renewals_at_risk."""

    contract_id: str
    customer_id: str
    segment: str
    owner_user_id: str
    renewal_status: str
    is_auto_renewal: bool
    due_on: date
    days_to_due: int
    risk_rank: int
    mrr_at_risk_amount: Decimal
    currency: str
    acv_amount: Decimal
    reporting_acv_amount: Decimal
    health_quarter_start: date | None
    health_score: Decimal | None
    is_customer_at_risk: bool | None
    at_risk_reason: str | None
    nps_score: Decimal | None
    nps_group: str | None
    nps_answered_on: date | None


def quarter_of(day: date) -> date:
    """The first day of the calendar quarter of a day."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


class Healths:
    """Looks up what the components are made of, by customer."""

    def __init__(self, known: Known, given: Iterable[Answer], nps: NpsHistory) -> None:
        self.known, self.nps, self.company = known, nps, known.company
        self.usage, self.csat, self.failures, self.complaints, self.contracts = (
            defaultdict(list) for _ in range(5)
        )
        for row in self.company.product_usage:
            self.usage[known.customer_of_reference(row.customer_reference)].append(row)
        for answer in given:
            if answer.response.survey_type == "csat" and answer.score is not None:
                self.csat[answer.customer_id].append(answer)
        for row in self.company.payments:
            payer = known.customers.get(row.billing_customer_id, row.billing_customer_id)
            self.failures[payer] += [row.paid_on] if row.status == "failed" else []
        for row in self.company.support_cases:
            customer_id = known.customer_of_account(row.account_id)
            self.complaints[customer_id] += [row.opened_on] if row.is_complaint else []
        for row in known.inputs.contracts:
            if row.status != "draft":
                self.contracts[known.customer_of_account(row.account_id)].append(row)
        self.successors = successors_of(known)
        self.first_payment_on = min((row.paid_on for row in self.company.payments), default=None)
        self.first_case_on = min(
            (row.opened_on for row in self.company.support_cases), default=None
        )

    def rows(self) -> list[Health]:
        """All rows of fct_customer_health_by_quarter."""
        quarters = {
            (customer_id, quarter_of(month_start))
            for customer_id, balances in self.known.balances.items()
            for month_start in balances
            if customer_id != UNKNOWN
        }
        return [self.row(*key) for key in quarters]

    def row(self, customer_id: str, quarter_start: date) -> Health:
        """The row of one customer and quarter."""
        quarter_end = add_months(quarter_start, 3) - timedelta(days=1)
        ends_on = min(quarter_end, self.known.settings.as_of_on)
        values = self.values(customer_id, quarter_start, ends_on)
        points = [
            None if value is None else component.points(Decimal(value))
            for component, value in zip(COMPONENTS, values, strict=True)
        ]
        told = [
            (component, Decimal(value))
            for component, value in zip(COMPONENTS, values, strict=True)
            if value is not None
        ]
        score = ratio(
            100 * sum(component.points(value) for component, value in told),
            Decimal(sum(component.weight for component, _ in told)),
            CENT,
        )
        decisive = [
            component
            for component, value in told
            if component.is_decisive and component.is_at_risk(value)
        ]
        if score is not None and SCORE.is_at_risk(score):
            decisive.append(SCORE)
        reason = max(decisive, key=lambda row: row.weight).component if decisive else None
        return Health(
            customer_id,
            quarter_start,
            *values,
            *points,
            *(component.healthy_threshold for component in COMPONENTS),
            *(component.at_risk_threshold for component in COMPONENTS),
            score,
            bool(decisive),
            reason,
            quarter_end > self.known.settings.as_of_on,
        )

    def values(self, customer_id: str, starts_on: date, ends_on: date) -> tuple:
        """The components' values in the order of COMPONENTS."""
        used = [row for row in self.usage[customer_id] if starts_on <= row.used_on <= ends_on]
        answer = self.nps.latest_before(customer_id, ends_on + timedelta(days=1))
        satisfied = [
            row.is_satisfied
            for row in self.csat[customer_id]
            if row.response.responded_on and starts_on <= row.response.responded_on <= ends_on
        ]
        return (
            ratio(
                Decimal(sum(row.active_user_count for row in used)),
                Decimal(sum(row.licensed_user_count for row in used)),
            ),
            answer.score if answer else None,
            ratio(Decimal(sum(satisfied)), Decimal(len(satisfied))),
            counted(self.failures[customer_id], self.first_payment_on, starts_on, ends_on),
            counted(self.complaints[customer_id], self.first_case_on, starts_on, ends_on),
            self.days_to_renewal(customer_id, ends_on),
        )

    def days_to_renewal(self, customer_id: str, day: date) -> int | None:
        """Days to the first due day of a contract that serves and is not renewed on a day."""
        return min(
            (
                (row.service_end_on - day).days
                for row in self.contracts[customer_id]
                if holds(row.service_start_on, row.service_end_on, day)
                and not is_terminated_by(row, day)
                and not renews(
                    row,
                    [
                        other
                        for other in self.successors(row)
                        if (other.signed_on or other.service_start_on) <= day
                    ],
                )
            ),
            default=None,
        )


def renews(contract: Contract, successors: Sequence[Contract]) -> bool:
    """Whether contracts renew one: what is worth nothing renews only what was worth nothing."""
    return bool(successors) and (acv(contract) == 0 or any(map(acv, successors)))


def counted(
    days: Sequence[date], known_since: date | None, starts_on: date, ends_on: date
) -> int | None:
    """How many days fall in a quarter; None where it ended before anything was known."""
    if known_since is None or ends_on < known_since:
        return None
    return sum(starts_on <= day <= ends_on for day in days)


def renewals_at_risk(
    known: Known, nps: NpsHistory, due: Iterable[Renewal], healths: Iterable[Health]
) -> list[RenewalAtRisk]:
    """All rows of fct_renewals_at_risk."""
    as_of_on = known.settings.as_of_on
    until = as_of_on + timedelta(days=known.settings.renewal_risk_days)
    pending = {row.contract_id for row in due if row.outcome == "pending"}
    successors = successors_of(known)
    latest = {row.customer_id: row for row in sorted(healths, key=lambda row: row.quarter_start)}
    at_risk = [
        row
        for row in known.inputs.contracts
        if row.contract_id in pending
        or (
            row.status not in ("draft", "terminated")
            and as_of_on < row.service_end_on <= until
            and not renews(row, successors(row))
        )
    ]

    def reporting_acv(row: Contract) -> Decimal:
        return known.months.converted(acv(row), row.currency, row.service_end_on.replace(day=1))

    at_risk.sort(key=lambda row: (-monthly(reporting_acv(row)), row.contract_id))
    rows = []
    for rank, row in enumerate(at_risk, start=1):
        customer_id = known.customer_of_account(row.account_id)
        health = latest.get(customer_id)
        attributes = known.described_as(customer_id)
        rows.append(
            RenewalAtRisk(
                row.contract_id,
                customer_id,
                attributes["segment"],
                attributes["owner"],
                "pending" if row.contract_id in pending else "upcoming",
                bool(row.is_auto_renewal),
                row.service_end_on,
                (row.service_end_on - as_of_on).days,
                rank,
                monthly(reporting_acv(row)),
                row.currency,
                acv(row),
                reporting_acv(row),
                health.quarter_start if health else None,
                health.health_score if health else None,
                health.is_at_risk if health else None,
                health.at_risk_reason if health else None,
                *nps.told_before(customer_id, as_of_on + timedelta(days=1)),
            )
        )
    return rows
