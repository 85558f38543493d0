"""How the sales team sees it: opportunities and contracts behind subscriptions, and lost ones."""

from random import Random

from .catalogue import CURRENCY_FACTOR
from .customers import Account, Customer, People
from .story import Contract, ContractTerm, Deal, Ledger, Plan, Subscription
from .streams import between, poisson, salesforce_id, salesforce_number, stream, weighted
from .times import DAY, FIRST_DAY, HOUR, LAST_SYNC, business_day, day_add_months

OPEN_STAGES = (
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Solution Design",
    "Value Validation",
    "Negotiation",
)
NEW, EXPANSION, RENEWAL = "New Business", "Existing Business - Expansion", "Renewal"
CYCLE_DAYS = {"smb": (12, 75), "midmarket": (30, 150), "enterprise": (95, 330)}
DEAL_SIZE = {
    "smb": (3_000, 50_000),
    "midmarket": (20_000, 300_000),
    "enterprise": (150_000, 2_500_000),
}  # CNY a year, whole amounts
SOURCES = (
    ("Website", 0.28),
    ("Outbound", 0.2),
    ("Partner", 0.16),
    ("Event", 0.14),
    ("Referral", 0.14),
    ("Advertisement", 0.08),
)
LOSS_REASONS = (
    ("Price", 0.26),
    ("No Decision", 0.24),
    ("Competitor", 0.2),
    ("No Budget", 0.14),
    ("Missing Feature", 0.1),
    ("Timing", 0.06),
)
LAPSE_REASONS = (
    ("Price", 0.3),
    ("Low Usage", 0.3),
    ("Competitor", 0.2),
    ("Missing Feature", 0.12),
    ("No Budget", 0.08),
)
COMPETITORS = (("Northbeam", 0.45), ("Halden Software", 0.3), ("Quellix", 0.25))
NAMED_SHARE = 0.85  # Of the deals that somebody else won: the CRM says who.
LATE_SHARE = 0.13  # Of renewals: signed weeks after the term before had ended.
COPIED_SHARE = 0.15  # Of renewals: the CRM repeats the value of the term before.
COPIED_FROM = 0.75  # Of the new value: nobody overlooks more.
DEALS_PER_CUSTOMER = 256


class Sales:
    """Tells the deals and contracts of customers and prospects."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._seed = people.seed

    def of_customer(self, customer: Customer, ledger: Ledger) -> tuple[list[Deal], list[Contract]]:
        """Return the deals and contracts of a customer the CRM knows."""
        if customer.account is None:
            return [], []
        deals: list[Deal] = []
        contracts: list[Contract] = []
        for subscription in ledger.subscriptions:
            if subscription.terms:
                self._tell_terms(customer, subscription, deals, contracts)
        self._tell_licences(customer, ledger, deals)
        return deals, contracts

    def of_prospect(self, number: int, account: Account, closes: int) -> list[Deal]:
        """Return the deals of an account that has not bought: lost, or still open."""
        rng = stream(self._seed, "prospect deal", number)
        deals = []
        for attempt in range(1 + (rng.random() < 0.18)):
            closed = closes + attempt * between(rng, 90, 260) * DAY
            low, high = DEAL_SIZE[account.kind]
            months = 12 if account.kind == "smb" else weighted(rng, ((12, 0.7), (24, 0.3)))
            yearly = low * (high / low) ** rng.random() * CURRENCY_FACTOR[account.currency]
            amount = int(yearly * months / 12) * 100
            deal_id = salesforce_id("006", number * 4 + attempt, "5h0")
            created = closed - between(rng, *CYCLE_DAYS[account.kind]) * DAY
            if created > LAST_SYNC:
                continue
            deal = self._deal(rng, deal_id, account, NEW, account.currency, months, created)
            self._walk(rng, deal, created, closed, amount, "Closed Lost")
            self._lose(deal, weighted(rng, LOSS_REASONS))
            deals.append(deal)
        return deals

    def _tell_terms(
        self,
        customer: Customer,
        subscription: Subscription,
        deals: list[Deal],
        contracts: list[Contract],
    ) -> None:
        plan = subscription.plan
        rng = stream(self._seed, "deal", customer.index, plan.number)
        first_day, previous, contract = business_day(plan.start), None, None
        value = 0
        for term in subscription.terms:
            start_day = day_add_months(first_day, term.months * term.number)
            if contract is not None and plan.renews_silently:
                self._tell_growth(rng, customer, plan, term, contract, contract.signed_day, deals)
                continue
            habit = stream(self._seed, "renewal habit", customer.index, plan.number, term.number)
            is_late, is_copied = habit.random() < LATE_SHARE, habit.random() < COPIED_SHARE
            if term.number:
                kind, ready = RENEWAL, start_day - between(rng, 1, 30)
                cycle = between(rng, 60, 110)
                if is_late:
                    ready = start_day + between(habit, 2, 41)
            else:
                is_new = plan.number == 2 or (plan.number == 0 and customer.is_root)
                kind, cycle = (NEW if is_new else EXPANSION), self._cycle(rng, customer)
                ready = min(start_day, business_day(subscription.created)) - between(rng, 0, 12)
            closed_day = max(ready, FIRST_DAY)
            if not (term.number and is_copied and COPIED_FROM * term.value <= value <= term.value):
                value = term.value
            deal = self._add(
                rng,
                customer,
                deals,
                plan.number,
                kind,
                plan.currency,
                term.months,
                closed_day,
                cycle,
                value,
                "Closed Won",
            )
            contract = self._contract(
                customer, subscription, term, deal, start_day, closed_day, previous, value
            )
            deal.contract_id = contract.id
            contracts.append(contract)
            previous = contract.id
            self._tell_growth(rng, customer, plan, term, contract, closed_day, deals)
            self._tell_missed(customer, subscription, term, deals)
        if contract is not None and plan.renews_silently:
            _prolong(contract, subscription.terms[-1])
        self._tell_next_renewal(rng, customer, subscription, deals)

    def _tell_growth(
        self,
        rng: Random,
        customer: Customer,
        plan: Plan,
        term: ContractTerm,
        contract: Contract,
        closed_day: int,
        deals: list[Deal],
    ) -> None:
        """Tell of the expansions that were won in a term."""
        for growth in term.expansions:
            day = max(business_day(growth.when) - between(rng, 0, 5), closed_day)
            self._add(
                rng,
                customer,
                deals,
                plan.number,
                EXPANSION,
                plan.currency,
                growth.months,
                day,
                between(rng, 8, 60),
                growth.value,
                "Closed Won",
            ).contract_id = contract.id

    def _tell_missed(
        self,
        customer: Customer,
        subscription: Subscription,
        term: ContractTerm,
        deals: list[Deal],
    ) -> None:
        """Tell of expansions that were tried in a term and lost, or are still open."""
        rng = stream(
            self._seed, "missed deal", customer.index, subscription.plan.number, term.number
        )
        until = min(term.end, term.decided or term.end, LAST_SYNC + 60 * DAY)
        for _ in range(poisson(rng, max(0, until - term.start) / (365 * DAY) * 0.5)):
            day = business_day(between(rng, term.start, until)) + 20
            amount = int(term.value * (0.05 + 0.3 * rng.random()) / 100) * 100
            deal = self._add(
                rng,
                customer,
                deals,
                subscription.plan.number,
                EXPANSION,
                subscription.plan.currency,
                12,
                day,
                between(rng, 15, 90),
                amount,
                "Closed Lost",
            )
            self._lose(deal, weighted(rng, LOSS_REASONS))

    def _tell_next_renewal(
        self, rng: Random, customer: Customer, subscription: Subscription, deals: list[Deal]
    ) -> None:
        """Tell of the renewal that was lost, or is being talked about."""
        plan, term = subscription.plan, subscription.terms[-1]
        if term.outcome == "terminated" and (term.decided or 0) <= LAST_SYNC:
            return
        end_day = business_day(term.end)
        if end_day - 100 > business_day(LAST_SYNC):
            return
        day, cycle = end_day - between(rng, 1, 25), between(rng, 70, 110)
        if term.outcome == "lapsed":
            day = min(business_day(term.decided), end_day)
        deal = self._add(
            rng,
            customer,
            deals,
            plan.number,
            RENEWAL,
            plan.currency,
            term.months,
            day,
            cycle,
            term.value,
            "Closed Lost",
        )
        self._lose(deal, weighted(rng, LAPSE_REASONS))

    def _lose(self, deal: Deal, reason: str) -> None:
        """Say why a deal was lost, and mostly to whom where somebody else won it."""
        deal.loss_reason = reason
        rng = stream(self._seed, "competitor", salesforce_number(deal.id))
        if reason == "Competitor" and rng.random() < NAMED_SHARE:
            deal.competitor = weighted(rng, COMPETITORS)

    def _tell_licences(self, customer: Customer, ledger: Ledger, deals: list[Deal]) -> None:
        rng = stream(self._seed, "licence deal", customer.index)
        for invoice in ledger.invoices:
            if invoice.subscription_id is None:
                self._add(
                    rng,
                    customer,
                    deals,
                    0,
                    EXPANSION,
                    invoice.currency,
                    None,
                    max(business_day(invoice.created) - between(rng, 0, 10), FIRST_DAY),
                    self._cycle(rng, customer) // 2,
                    invoice.subtotal,
                    "Closed Won",
                )

    def _cycle(self, rng: Random, customer: Customer) -> int:
        return between(rng, *CYCLE_DAYS[customer.kind])

    def _add(
        self,
        rng: Random,
        customer: Customer,
        deals: list[Deal],
        plan_number: int,
        kind: str,
        currency: str,
        months: int | None,
        closed_day: int,
        cycle: int,
        amount: int,
        outcome: str,
    ) -> Deal:
        """Add a deal that closes on the business day `closed_day` after `cycle` days."""
        closed = closed_day * DAY + between(rng, 1 * HOUR, 10 * HOUR)
        created = closed - cycle * DAY - between(rng, 0, HOUR)
        number = customer.index * DEALS_PER_CUSTOMER + len(deals)
        deal = self._deal(
            rng, salesforce_id("006", number), customer.account, kind, currency, months, created
        )
        self._walk(rng, deal, created, closed, amount, outcome)
        deals.append(deal)
        return deal

    def _deal(
        self,
        rng: Random,
        deal_id: str,
        account: Account,
        kind: str,
        currency: str,
        months: int | None,
        created: int,
    ) -> Deal:
        owner = account.owner(created)
        if kind == RENEWAL and rng.random() < 0.7:
            success = self._people.staff.success
            owner = success[account.number % len(success)]
        short = {NEW: "New", EXPANSION: "Expansion", RENEWAL: "Renewal"}[kind]
        return Deal(
            deal_id,
            account,
            f"{account.name} - {short}",
            kind,
            currency,
            months,
            owner,
            weighted(rng, SOURCES),
            created,
            [],
        )

    def _walk(
        self, rng: Random, deal: Deal, created: int, closed: int, amount: int, outcome: str
    ) -> None:
        """Walk the deal through the stages; close dates slip, amounts are talked about."""
        stages = list(OPEN_STAGES)
        if deal.kind != NEW:
            stages = ["Qualification", "Value Validation", "Negotiation"]
        elif deal.account.kind == "smb" and rng.random() < 0.6:
            stages = [stage for stage in stages if rng.random() < 0.75] or ["Qualification"]
        if outcome == "Closed Lost":
            stages = stages[: 1 + int(rng.random() ** 1.2 * len(stages))]
        days = (closed - created) // DAY
        moments = sorted(
            created + between(rng, 0, max(1, closed - created)) for _ in range(len(stages) - 1)
        )
        closed_day = business_day(closed)
        slips = days > 15 and rng.random() < 0.4
        expected = closed_day - between(rng, 10, max(11, days * 0.7)) if slips else closed_day
        guess = int(amount * (0.75 + 0.5 * rng.random())) if rng.random() < 0.45 else amount
        for moment, stage in zip([created, *moments], stages, strict=True):
            if business_day(moment) > expected or stage == "Negotiation":
                expected = closed_day
                guess = amount
            deal.states.append((moment, stage, guess, expected))
        deal.states.append((closed, outcome, amount, closed_day))

    def _contract(
        self,
        customer: Customer,
        subscription: Subscription,
        term: ContractTerm,
        deal: Deal,
        start_day: int,
        signed_day: int,
        previous: str | None,
        value: int,
    ) -> Contract:
        plan, signed = subscription.plan, deal.states[-1][0]
        number = customer.index * DEALS_PER_CUSTOMER + plan.number * 64 + term.number
        end_day = day_add_months(start_day, term.months) - 1
        over = (end_day + 1) * DAY + 2 * HOUR
        states = [(signed - 2 * DAY, "Draft"), (signed, "Activated")]
        if term.outcome == "terminated":
            states.append((max(term.decided, signed + HOUR), "Terminated"))
        else:
            states.append((over, "Expired"))
        return Contract(
            contract_id(customer.index, plan.number, term.number),
            f"{number:08d}",
            customer.account,
            deal.owner,
            start_day,
            end_day,
            term.months,
            signed_day,
            plan.currency,
            value,
            plan.is_auto_renewal,
            previous,
            states,
        )


def _prolong(contract: Contract, term: ContractTerm) -> None:
    """Let a contract be in force until the last of the terms that followed without a new one."""
    signed = contract.states[1][0]
    contract.states = contract.states[:2]
    if term.outcome == "terminated":
        contract.states.append((max(term.decided, signed + HOUR), "Terminated"))
    elif term.outcome == "lapsed":
        contract.states.append((term.end + 2 * HOUR, "Expired"))


def contract_id(customer: int, plan: int, term: int) -> str:
    """Return the CRM id of a contract term."""
    return salesforce_id("800", customer * DEALS_PER_CUSTOMER + plan * 64 + term)
