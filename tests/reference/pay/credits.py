"""Who is credited with how much of an event.

Here belongs incentives.md section 2 and the conversion of a credit into the plan's currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .conversion import Exchange, Rate, digits_of
from .events import Event, EventItem, Records
from .money import NOTHING, largest_remainder, product, rounded, share, total
from .periods import holds
from .rows import CreditRule
from .rules import Rules, Terms

UNCREDITED = "uncredited"


class Credit(NamedTuple):
    """What a payee is credited with for an event, by component and kind."""

    event_key: str
    component_code: str
    payee_id: str
    credit_kind: str
    currency: str | None
    credit_amount: Decimal
    credit_percent: Fraction


class PlanCredit(NamedTuple):
    """What counts for a payee's line: the credits of all kinds that a plan pays for.

    `amount` is in the plan's currency, and so is `event_amount`, the whole event.
    """

    event: Event
    payee_id: str
    component_code: str
    credit_kinds: tuple[str, ...]
    terms: Terms
    credit_amount: Decimal
    amount: Decimal
    event_amount: Decimal
    percent: Fraction
    rate: Rate

    @property
    def as_won(self) -> PlanCredit:
        """The credit of the same event with the opposite sign."""
        return self._replace(amount=-self.amount, event_amount=-self.event_amount)


Shares = Mapping[str, Fraction]


class Crediting:
    """Credits the events of a company by its credit rules."""

    def __init__(self, records: Records, rules: Rules, exchange: Exchange) -> None:
        """Take what says who is who."""
        self.records, self.rules, self.exchange = records, rules, exchange
        self.splits: dict[tuple[str, str], dict[str, Fraction]] = defaultdict(dict)
        for row in records.rows.opportunity_splits:
            shares = self.splits[row.opportunity_id, row.split_kind]
            payee_id = rules.payee_of_user(row.user_id) or UNCREDITED
            shares[payee_id] = shares.get(payee_id, Fraction(0)) + Fraction(row.split_percent)

    def credits(self, events: Sequence[Event]) -> list[Credit]:
        """All credits; an event that reverses another inherits that event's in proportion."""
        found: list[Credit] = []
        by_event: dict[str, list[Credit]] = {}
        by_key = {event.event_key: event for event in events}
        reversed_before: dict[str, Decimal] = defaultdict(lambda: NOTHING)
        for event in sorted(events, key=lambda event: event.reverses is not None):
            origin = by_key.get(event.reverses)
            if origin is not None:
                inherited = by_event[origin.event_key]
                before = reversed_before[origin.event_key]
                credits = self.inherited(event, origin, inherited, before)
                reversed_before[origin.event_key] += event.amount
            else:
                credits = self.of_event(event)
            by_event[event.event_key] = credits
            found += credits
        return found

    def of_event(self, event: Event) -> list[Credit]:
        """The credits of an event: first the revenue, which overrides look at, and overlays.

        A share of a pool is its payee's, by no rule.
        """
        if event.event_type == "pool":
            return [
                Credit(
                    event.event_key,
                    event.component_code,
                    event.payee_id,
                    "revenue",
                    event.currency,
                    event.amount,
                    Fraction(1),
                )
            ]
        holding = [
            rule
            for rule in self.rules.credit_rules.get((event.event_type,), ())
            if holds(rule.valid_from, rule.valid_to, event.day)
            and event.component_code in (None, rule.component_code)
            and rule.opportunity_type in (None, event.opportunity_type)
        ]
        by_component: dict[str, list[CreditRule]] = defaultdict(list)
        for rule in holding:
            by_component[rule.component_code].append(rule)
        found: list[Credit] = []
        for component_code, rules in sorted(by_component.items()):
            revenue = [rule for rule in rules if rule.credit_kind == "revenue"]
            if revenue:
                found += self.revenue(event, component_code, revenue)
            overlay = [rule for rule in rules if rule.credit_kind == "overlay"]
            if overlay:
                found += self.overlay(event, component_code, overlay)
        overrides = [rule for rule in holding if rule.credit_kind == "override"]
        return [*found, *self.overrides(event, overrides, found)]

    # -- revenue and overlays ----------------------------------------------------------

    def revenue(
        self, event: Event, component_code: str, rules: Sequence[CreditRule]
    ) -> list[Credit]:
        """Revenue credits of a component, which sum to the event to the cent.

        Each item of a movement is split by itself; what nobody is found for is `uncredited`.
        """
        amounts: dict[str, Decimal] = defaultdict(lambda: NOTHING)
        percents: dict[str, Fraction] = defaultdict(Fraction)
        digits = digits_of(event.currency)
        for item in items_of(event):
            concerned = [rule for rule in rules if rule.product_line in (None, item.product_line)]
            if not concerned:
                continue
            shares = self.shares(event, item, concerned)
            for payee_id, amount in largest_remainder(item.amount, shares, digits).items():
                amounts[payee_id] += amount
                weight = share(item.amount, event.amount) if event.amount else Fraction(1)
                percents[payee_id] += weight * shares[payee_id]
        return [
            Credit(
                event.event_key,
                component_code,
                payee_id,
                "revenue",
                event.currency,
                amount,
                percents[payee_id],
            )
            for payee_id, amount in sorted(amounts.items())
        ]

    def overlay(
        self, event: Event, component_code: str, rules: Sequence[CreditRule]
    ) -> list[Credit]:
        """Overlay credits of a component, each rounded alone; nobody is missed among them."""
        exact: dict[str, Fraction] = defaultdict(Fraction)
        percents: dict[str, Fraction] = defaultdict(Fraction)
        for item in items_of(event):
            for rule in rules:
                if rule.product_line not in (None, item.product_line):
                    continue
                weight = share(item.amount, event.amount) if event.amount else Fraction(1)
                for payee_id, percent in self.claims(event, item, rule).items():
                    if payee_id != UNCREDITED:
                        exact[payee_id] += Fraction(item.amount) * percent
                        percents[payee_id] += weight * percent
        return [
            Credit(
                event.event_key,
                component_code,
                payee_id,
                "overlay",
                event.currency,
                rounded(amount, digits_of(event.currency)),
                percents[payee_id],
            )
            for payee_id, amount in sorted(exact.items())
        ]

    def shares(self, event: Event, item: EventItem, rules: Sequence[CreditRule]) -> Shares:
        """Who has which share of an item, over all revenue rules of a component."""
        shares: dict[str, Fraction] = defaultdict(Fraction)
        for rule in rules:
            for payee_id, percent in self.claims(event, item, rule).items():
                shares[payee_id] += percent
        return shares

    def claims(self, event: Event, item: EventItem, rule: CreditRule) -> Shares:
        """Who claims which share of an item by a rule; nobody found claims as `uncredited`.

        An event that no partner brought is nothing that a partner could be credited with.
        """
        if rule.credit_source == "partner" and event.partner_id is None:
            return {}
        found = {
            "opportunity_split": self.by_split,
            "contract_opportunity_split": self.by_contract,
            "opportunity_owner": self.by_owner,
            "account_owner_on_event_day": self.by_account,
            "role_on_account": self.by_account,
            "partner": self.by_partner,
            "payee": self.by_payee,
        }[rule.credit_source](event, item, rule)
        if not found:
            found = {UNCREDITED: Fraction(1)}
        return {
            payee_id: percent * Fraction(rule.credit_percent) for payee_id, percent in found.items()
        }

    def by_split(self, event: Event, item: EventItem, rule: CreditRule) -> Shares:
        """`opportunity_split`: the splits of the event's deal, of the rule's kind."""
        return self.of_deal(event.opportunity_id, rule.credit_kind)

    def by_contract(self, event: Event, item: EventItem, rule: CreditRule) -> Shares:
        """`contract_opportunity_split`: those of the deal behind the item's contract.

        What no such deal is behind is the account's owner's that day.
        """
        opportunity_id = self.records.opportunity_of_contract(item.contract_id)
        found = self.of_deal(opportunity_id, rule.credit_kind)
        if not found and rule.credit_kind == "revenue":
            return self.with_role(event, "owner")
        return found

    def by_owner(self, event: Event, item: EventItem, rule: CreditRule) -> Shares:
        """`opportunity_owner`: who owns the event's deal, for an item that of its contract."""
        opportunity_id = event.opportunity_id
        if event.items:
            opportunity_id = self.records.opportunity_of_contract(item.contract_id)
        deal = self.records.deals.get(opportunity_id)
        payee_id = self.rules.payee_of_user(deal.owner_user_id) if deal else None
        if payee_id is None and event.items and rule.credit_kind == "revenue":
            return self.with_role(event, "owner")
        return {payee_id: Fraction(1)} if payee_id else {}

    def by_account(self, event: Event, item: EventItem, rule: CreditRule) -> Shares:
        """`account_owner_on_event_day`, `role_on_account`: who has a role on the account then."""
        is_owner = rule.credit_source == "account_owner_on_event_day"
        return self.with_role(event, "owner" if is_owner else rule.role_code)

    def by_partner(self, event: Event, item: EventItem, rule: CreditRule) -> Shares:
        """`partner`: the partner of the event."""
        payee_id = self.rules.payee_of_partner(event.partner_id)
        return {payee_id: Fraction(1)} if payee_id else {}

    def by_payee(self, event: Event, item: EventItem, rule: CreditRule) -> Shares:
        """`payee`: the payee that the event is about."""
        payee_id = event.payee_id or self.rules.payee_of_user(event.user_id)
        return {payee_id: Fraction(1)} if payee_id else {}

    def of_deal(self, opportunity_id: str | None, kind: str) -> Shares:
        """A deal's splits of a kind; revenue of a deal without splits is its owner's.

        Revenue splits that are not 100 % are rejected: nobody is credited by them.
        """
        found = self.splits.get((opportunity_id, kind), {})
        if kind == "overlay" or sum(found.values()) == 1:
            return found
        deal = self.records.deals.get(opportunity_id)
        owner = self.rules.payee_of_user(deal.owner_user_id) if deal else None
        return {owner: Fraction(1)} if owner and not found else {}

    def with_role(self, event: Event, role_code: str | None) -> Shares:
        """The payees with a role on the event's account on its day, each with all of it."""
        holders = {
            self.rules.payee_of_user(row.user_id) or UNCREDITED
            for row in self.records.owners_of_account[event.account_id]
            if row.role_code == role_code and holds(row.valid_from, row.valid_to, event.day)
        }
        return dict.fromkeys(holders, Fraction(1))

    # -- overrides ---------------------------------------------------------------------

    def overrides(
        self, event: Event, rules: Iterable[CreditRule], credits: Sequence[Credit]
    ) -> list[Credit]:
        """Override credits: a percentage of each manager's base, each rounded alone."""
        found = []
        for rule in rules:
            for manager in sorted(self.managers(event, credits)):
                base = self.override_base(event, manager, rule, credits)
                if base is not None:
                    percent = Fraction(rule.credit_percent)
                    found.append(
                        Credit(
                            event.event_key,
                            rule.component_code,
                            manager,
                            "override",
                            event.currency,
                            rounded(product(base, percent), digits_of(event.currency)),
                            percent,
                        )
                    )
        return found

    def managers(self, event: Event, credits: Sequence[Credit]) -> set[str]:
        """Everybody who manages somebody that day and is credited, or is above who is."""
        day = event.day
        found = {credit.payee_id for credit in credits if self.rules.reports(credit.payee_id, day)}
        level = {credit.payee_id for credit in credits}
        while level:
            assignments = [self.rules.assignment(payee_id, day) for payee_id in level]
            above = {row.manager_payee_id for row in assignments if row is not None}
            level = above - found - {None}
            found |= level
        return found

    def override_base(
        self, event: Event, manager: str, rule: CreditRule, credits: Sequence[Credit]
    ) -> Decimal | None:
        """least(event amount, sum of the revenue credits of a manager's reports on it).

        Each report counts once: where several components credit it, with the credit of the
        largest absolute amount. The manager's own revenue and overlay credits of the largest
        component count only where the rule includes them. Compared by absolute amount, so that
        what is lost is carried as what was won. None where nobody whom the rule includes is
        credited.
        """
        reports = self.rules.reports(manager, event.day, rule.override_depth or "direct")
        counted = [
            largest(credits, payee_id, "revenue")
            for payee_id in sorted(reports)
            if has_credit(credits, payee_id, "revenue")
        ]
        if rule.includes_own:
            own: dict[str, Decimal] = defaultdict(Decimal)
            for credit in credits:
                if credit.payee_id == manager:
                    own[credit.component_code] += credit.credit_amount
            counted += [max(own.values(), key=abs)] if own else []
        if not counted:
            return None
        return min(event.amount, total(counted), key=abs)

    # -- reversals ---------------------------------------------------------------------

    def inherited(
        self, event: Event, origin: Event, credits: Sequence[Credit], reversed_before: Decimal
    ) -> list[Credit]:
        """The credits of an event that takes back another: that event's, in proportion.

        Cumulative over several reversals, so that together they take back exactly what was
        credited; the revenue credits of each sum to it.
        """
        before = taken_back(origin, credits, reversed_before)
        after = taken_back(origin, credits, reversed_before + event.amount)
        return [
            credit._replace(event_key=event.event_key, credit_amount=after[place] - before[place])
            for place, credit in enumerate(credits)
        ]

    # -- what a plan pays for ----------------------------------------------------------

    def plan_credits(self, events: Sequence[Event], credits: Iterable[Credit]) -> list[PlanCredit]:
        """The credits of payees whose plan of that day has the component, converted once.

        A payee has one line for a component and an event: credits of several kinds add up.
        An event that reverses another is converted, and paid, by that event's terms.
        """
        by_key = {event.event_key: event for event in events}
        groups: dict[tuple[str, str, str], list[Credit]] = defaultdict(list)
        for credit in credits:
            groups[credit.event_key, credit.component_code, credit.payee_id].append(credit)
        found = []
        for (event_key, component_code, payee_id), parts in groups.items():
            event = by_key[event_key]
            day = by_key.get(event.reverses, event).day
            terms = self.rules.terms(payee_id, component_code, day)
            if terms is None:
                continue
            currency = event.currency or terms.plan.currency
            rate = self.exchange.rate(currency, terms.plan.currency, day, terms.plan.rate_type)
            amounts = [
                self.exchange.converted(part.credit_amount, rate, terms.plan.currency)
                for part in parts
            ]
            found.append(
                PlanCredit(
                    event,
                    payee_id,
                    component_code,
                    tuple(part.credit_kind for part in parts),
                    terms,
                    total(part.credit_amount for part in parts),
                    total(amounts),
                    self.exchange.converted(event.amount, rate, terms.plan.currency),
                    sum((part.credit_percent for part in parts), Fraction(0)),
                    rate,
                )
            )
        return found


def items_of(event: Event) -> Sequence[EventItem]:
    """The parts of an event that are credited by themselves; mostly the event itself."""
    whole = EventItem(event.amount, event.contract_id, event.product_line)
    return event.items if event.movement_key else (whole,)


def has_credit(credits: Iterable[Credit], payee_id: str, kind: str) -> bool:
    """Whether a payee has a credit of a kind."""
    return any(credit.payee_id == payee_id and credit.credit_kind == kind for credit in credits)


def largest(credits: Iterable[Credit], payee_id: str, kind: str) -> Decimal:
    """A payee's credit of a kind, the largest by absolute amount where there are several."""
    amounts = [
        credit.credit_amount
        for credit in credits
        if credit.payee_id == payee_id and credit.credit_kind == kind
    ]
    return max(amounts, key=abs)


def taken_back(origin: Event, credits: Sequence[Credit], amount: Decimal) -> list[Decimal]:
    """What of an event's credits goes back when so much of its amount does."""
    digits = digits_of(origin.currency)
    alone = [
        rounded(product(credit.credit_amount, share(amount, origin.amount)), digits)
        for credit in credits
    ]
    by_component: dict[str, dict[int, Decimal]] = defaultdict(dict)
    for place, credit in enumerate(credits):
        if credit.credit_kind == "revenue":
            by_component[credit.component_code][place] = abs(credit.credit_amount)
    for weights in by_component.values():
        whole = total(credits[place].credit_amount for place in weights)
        together = rounded(product(whole, share(amount, origin.amount)), digits)
        for place, part in largest_remainder(together, weights, digits).items():
            alone[place] = part
    return alone
