"""Which row of a seed holds for whom on a day.

Here belongs looking up; what a row means belongs to the module that uses it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from .periods import holds
from .rows import (
    ClawbackRule,
    Payee,
    PayeeAssignment,
    PayRows,
    Plan,
    PlanComponent,
    RateTier,
)

Row = TypeVar("Row", bound=NamedTuple)


class Terms(NamedTuple):
    """What a payee is paid by for a component on a day: the version of plan and component."""

    plan: Plan
    component: PlanComponent
    tiers: tuple[RateTier, ...]


def grouped(rows: Iterable[Row], *columns: str) -> Mapping[tuple, list[Row]]:
    """Rows by the values of some columns."""
    groups: Mapping[tuple, list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(getattr(row, column) for column in columns)].append(row)
    return groups


def in_force(rows: Sequence[Row], day: date) -> Row | None:
    """The row that holds on a day."""
    return next((row for row in rows if holds(row.valid_from, row.valid_to, day)), None)


class Rules:
    """The seeds, by what they are looked up with."""

    def __init__(self, rows: PayRows) -> None:
        """Index the seeds."""
        self.rows = rows
        self.payees: dict[str, Payee] = {row.payee_id: row for row in rows.payees}
        self.payees_by_user = grouped(rows.payees, "user_id")
        self.payees_by_partner = grouped(rows.payees, "partner_id")
        self.assignments = grouped(rows.payee_assignments, "payee_id")
        self.plans = grouped(rows.plans, "plan_code")
        self.components = grouped(rows.plan_components, "plan_code", "component_code")
        self.components_by_plan = grouped(rows.plan_components, "plan_code")
        self.tiers = grouped(rows.rate_tiers, "plan_code", "component_code", "valid_from")
        self.clawbacks = grouped(rows.clawback_rules, "plan_code", "component_code")
        self.credit_rules = grouped(rows.credit_rules, "event_type")
        self.quotas = grouped(rows.quotas, "payee_id", "measure", "period_type")
        self.ramps = grouped(rows.quota_ramps, "payee_id", "measure")
        self.scores = grouped(rows.scores, "payee_id", "measure", "period_type", "period_start")
        self.draw_components = grouped(rows.draw_components, "draw_id")

    def payee_of_user(self, user_id: str | None) -> str | None:
        """The payee that a user is."""
        return only_id(self.payees_by_user.get((user_id,), ())) if user_id else None

    def payee_of_partner(self, partner_id: str | None) -> str | None:
        """The payee that a partner is."""
        return only_id(self.payees_by_partner.get((partner_id,), ())) if partner_id else None

    def assignment(self, payee_id: str, day: date) -> PayeeAssignment | None:
        """A payee's plan, team and manager on a day."""
        return in_force(self.assignments.get((payee_id,), ()), day)

    def plan(self, payee_id: str, day: date) -> Plan | None:
        """The version of the plan that a payee is on."""
        assignment = self.assignment(payee_id, day)
        if assignment is None:
            return None
        return in_force(self.plans.get((assignment.plan_code,), ()), day)

    def terms(self, payee_id: str, component_code: str, day: date) -> Terms | None:
        """What a payee's plan says of a component on a day; None where the plan lacks it."""
        plan = self.plan(payee_id, day)
        if plan is None:
            return None
        versions = self.components.get((plan.plan_code, component_code), ())
        component = in_force(versions, day)
        return None if component is None else Terms(plan, component, self.tiers_of(component))

    def tiers_of(self, component: PlanComponent) -> tuple[RateTier, ...]:
        """The rate tiers of a version of a component, from the lowest."""
        key = (component.plan_code, component.component_code, component.valid_from)
        return tuple(sorted(self.tiers.get(key, ()), key=lambda tier: tier.tier_from))

    def components_on(self, payee_id: str, day: date) -> Iterator[Terms]:
        """Everything that a payee's plan pays for on a day."""
        plan = self.plan(payee_id, day)
        if plan is not None:
            for component in self.components_by_plan.get((plan.plan_code,), ()):
                if holds(component.valid_from, component.valid_to, day):
                    yield Terms(plan, component, self.tiers_of(component))

    def clawback_rules(self, component: PlanComponent, day: date) -> list[ClawbackRule]:
        """The triggers that may take back what a component pays for a day's event."""
        rows = self.clawbacks.get((component.plan_code, component.component_code), ())
        return [row for row in rows if holds(row.valid_from, row.valid_to, day)]

    def reports(self, manager_payee_id: str, day: date, depth: str = "direct") -> set[str]:
        """Who reports to a manager on a day: directly, or over any number of levels."""
        managers = {
            payee_id: assignment.manager_payee_id
            for (payee_id,) in self.assignments
            if (assignment := self.assignment(payee_id, day)) is not None
        }
        found, level = set(), {manager_payee_id}
        while level:
            below = {one for one, manager in managers.items() if manager in level} - found
            found |= below
            level = below if depth == "all" else set()
        return found - {manager_payee_id}


def only_id(payees: Sequence[Payee]) -> str | None:
    """The payee among at most one."""
    return payees[0].payee_id if payees else None
