"""What happened to one customer: the records every system tells from its own side.

Times are seconds UTC, amounts minor units of the currency. A record that changes keeps its states
in order of time, each with the second from which it holds. Nothing here knows a vendor's columns.
"""

from dataclasses import dataclass, field, replace

from .catalogue import Coupon, Price, Term
from .company import Employee
from .customers import Account, Customer
from .times import LAST_SYNC

_PAYING = ("active", "trialing")


@dataclass(slots=True)
class Plan:
    """What a customer decided to subscribe to.

    `coupons` are (coupon, seconds after the start). `contract_months` is None without a contract.
    `start_delay` are the seconds by which service starts later than the contract says.
    `periods` is the number of periods after which it ends for sure, None for no such plan.
    `renews_silently`: terms follow each other in billing, and the CRM keeps the first contract.
    """

    number: int
    start: int
    currency: str
    term: Term
    products: list[tuple[str, int | None]]
    coupons: list[tuple[Coupon, int]] = field(default_factory=list)
    trial_days: int = 0
    contract_months: int | None = None
    is_auto_renewal: bool = True
    licence: str | None = None
    is_invoiced: bool = False
    start_delay: int = 0
    periods: int | None = None
    tells_contract: bool = True
    renews_silently: bool = False


@dataclass(slots=True)
class Line:
    """A line of an invoice; `is_extra` where it was not raised by the period itself."""

    id: str
    item_id: str | None
    price: Price
    is_extra: bool
    is_proration: bool
    is_discountable: bool
    quantity: int
    amount: int
    start: int
    end: int
    text: str


@dataclass(slots=True)
class Invoice:
    """An invoice; states are (since, status, paid)."""

    id: str
    number: str
    subscription_id: str | None
    currency: str
    reason: str
    created: int
    due: int | None
    period_start: int
    period_end: int
    lines: list[Line]
    subtotal: int
    discount: int
    tax: int
    total: int
    amount_due: int
    states: list[tuple[int, str, int]]


@dataclass(slots=True)
class Charge:
    """An attempt to collect; states are (since, status, failure code, refunded)."""

    id: str
    invoice: Invoice
    amount: int
    created: int
    states: list[tuple[int, str, str | None, int]]


@dataclass(slots=True)
class Refund:
    """Money given back; states are (since, status)."""

    id: str
    charge: Charge
    amount: int
    reason: str
    states: list[tuple[int, str]]


@dataclass(slots=True)
class CreditNote:
    """A credit note on an invoice."""

    id: str
    invoice: Invoice
    amount: int
    reason: str
    created: int
    voided: int | None


@dataclass(slots=True)
class ItemState:
    """What a subscription item is since a second; period bounds None before service starts."""

    since: int
    price: Price
    quantity: int | None
    period_start: int | None
    period_end: int | None
    is_deleted: bool = False


@dataclass(slots=True)
class Item:
    """A subscription item."""

    id: str
    created: int
    states: list[ItemState]

    @property
    def now(self) -> ItemState:
        """The latest state."""
        return self.states[-1]


@dataclass(slots=True)
class Discount:
    """A coupon on a subscription; `end` None while open; `closed` when an end became known."""

    id: str
    coupon: Coupon
    start: int
    end: int | None
    closed: int | None = None

    def holds(self, when: int) -> bool:
        """Return whether it applies to an invoice written at `when`."""
        return self.start <= when and (self.end is None or when < self.end)


@dataclass(slots=True)
class SubscriptionState:
    """A version of a subscription, as billing keeps it."""

    since: int
    status: str
    contract_number: int | None = None
    period_start: int | None = None
    period_end: int | None = None
    cancel_at: int | None = None
    is_cancel_at_period_end: bool = False
    canceled_at: int | None = None
    ended_at: int | None = None
    pause: str | None = None


@dataclass(slots=True)
class Expansion:
    """A growth deal inside a contract term: value added until the term ends, in minor units."""

    when: int
    value: int
    months: int


@dataclass(slots=True)
class ContractTerm:
    """A signed term of a subscription.

    `value` is what the deal said, over the whole term. `outcome` is running, renewed, lapsed or
    terminated (before its end); `decided` the second of that.
    """

    number: int
    start: int
    end: int
    months: int
    value: int
    outcome: str = "running"
    decided: int | None = None
    expansions: list[Expansion] = field(default_factory=list)


@dataclass(slots=True)
class Subscription:
    """A subscription's whole life until the last sync.

    `feedback` is what the customer chose on leaving, `end_reason` what the sales team wrote down.
    """

    id: str
    plan: Plan
    start: int
    created: int
    trial_end: int | None = None
    items: list[Item] = field(default_factory=list)
    discounts: list[Discount] = field(default_factory=list)
    states: list[SubscriptionState] = field(default_factory=list)
    terms: list[ContractTerm] = field(default_factory=list)
    ended_at: int | None = None
    feedback: str | None = None
    end_reason: str | None = None

    @property
    def left_at(self) -> int | None:
        """When the customer decided to go; None while it stays, or where only payment failed."""
        if self.ended_at is None or len(self.states) < 2:
            return None
        before = self.states[-2]
        return (before.canceled_at or self.ended_at) if before.status in _PAYING else None

    def follow(self, marks: list[tuple[int, dict[str, object]]]) -> None:
        """Turn what happened, as (second, changed fields), into states.

        Of marks of one second the later listed win. Nothing happens to an ended subscription,
        and nothing that happens after the last sync is known.
        """
        state = SubscriptionState(self.created, "not_started")
        for when, changes in sorted(marks, key=lambda mark: mark[0]):
            if when > LAST_SYNC or (self.ended_at is not None and when > self.ended_at):
                break
            if "ended_at" in changes:
                self.ended_at = when
                asked = state.canceled_at or when
                changes = {**changes, "status": "canceled", "canceled_at": asked}
            elif self.ended_at is not None and changes.get("status") != "incomplete_expired":
                continue
            state = replace(state, since=when, **changes)
            if self.states and self.states[-1].since == when:
                self.states[-1] = state
            else:
                self.states.append(state)


@dataclass(slots=True)
class Ledger:
    """Everything billing did for one customer."""

    subscriptions: list[Subscription] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    credit_notes: list[CreditNote] = field(default_factory=list)
    currencies: list[tuple[int, str]] = field(default_factory=list)
    delinquencies: list[tuple[int, bool]] = field(default_factory=list)


@dataclass(slots=True)
class Split:
    """A person's share of a deal; states are (since, percent), in whole percent.

    `is_overlay`: credit beside the revenue, of which each deal has 100 %.
    """

    id: str
    employee: Employee
    is_overlay: bool
    states: list[tuple[int, int]]


@dataclass(slots=True)
class DealPartner:
    """A partner on a deal since a second; the primary one sells it."""

    id: str
    partner: Account
    role: str
    is_primary: bool
    since: int


@dataclass(slots=True)
class Meeting:
    """An appointment about a deal, and after it whether it took place (None: nobody said).

    `copy_of` is the one of which this is a copy in the calendar of somebody invited.
    """

    id: str
    employee: Employee
    kind: str
    entered: int
    starts: int
    was_held: bool | None
    copy_of: str | None = None


@dataclass(slots=True)
class Referral:
    """An account recommended to us by another, and the deal that came of it."""

    id: str
    account: Account
    referrer_id: str
    deal_id: str | None
    created: int


@dataclass(slots=True)
class Delivery:
    """A part of a project that a customer accepted; `share` in hundredths of the whole."""

    number: int
    contract_id: str
    accepted_day: int
    share: int


@dataclass(slots=True)
class DealLine:
    """A product that a deal would sell; states are (since, amount)."""

    id: str
    product: str
    states: list[tuple[int, int]]


@dataclass(slots=True)
class ContactRole:
    """A person at the customer who has a part in a deal since a second."""

    id: str
    contact_id: str
    role: str
    is_primary: bool
    since: int


@dataclass(slots=True)
class Task:
    """Something done or to be done about a lead or a deal, by the user `owner_id`.

    `done` is None while it is not; `moved` is (when, contact, deal, account) of a conversion.
    """

    id: str
    owner_id: str
    kind: str | None
    subtype: str
    who_id: str | None
    what_id: str | None
    account_id: str | None
    entered: int
    due_day: int
    done: int | None
    outcome: str | None
    moved: tuple[int, str, str, str] | None = None


@dataclass(slots=True)
class Lead:
    """A lead; `states` are (since, changed columns), the first of them its creation.

    `converted` is when it became the deal `deal_id` of `account_id`, `contact_id` the person.
    """

    id: str
    source: str
    industry: str
    country: str
    employee_count: int
    created: int
    has_history: bool
    states: list[tuple[int, dict[str, object]]] = field(default_factory=list)
    converted: int | None = None
    account_id: str | None = None
    contact_id: str | None = None
    deal_id: str | None = None
    trial_started: int | None = None
    tasks: list[Task] = field(default_factory=list)


@dataclass(slots=True)
class Deal:
    """An opportunity; states are (since, stage, amount, expected close day).

    `health` is how well it goes, about -2 to 2; the CRM does not know it. `handed_over` is until
    when somebody else than `owner` had it, and who. `has_history` False: no change was kept.
    `deleted` is when it was deleted in the CRM.
    """

    id: str
    account: Account
    name: str
    kind: str
    currency: str
    months: int | None
    owner: Employee
    source: str
    created: int
    states: list[tuple[int, str, int, int]]
    loss_reason: str | None = None
    competitor: str | None = None
    contract_id: str | None = None
    campaign_id: str | None = None
    splits: list[Split] = field(default_factory=list)
    partners: list[DealPartner] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    lines: list[DealLine] = field(default_factory=list)
    roles: list[ContactRole] = field(default_factory=list)
    health: float = 0.0
    handed_over: tuple[int, Employee] | None = None
    has_history: bool = True
    deleted: int | None = None
    tasks: list[Task] = field(default_factory=list)


@dataclass(slots=True)
class Contract:
    """A signed contract; states are (since, status); `end_day` is the last day of service."""

    id: str
    number: str
    account: Account
    owner: Employee
    start_day: int
    end_day: int
    months: int
    signed_day: int
    currency: str
    value: int
    is_auto_renewal: bool
    previous_id: str | None
    states: list[tuple[int, str]]


@dataclass(slots=True)
class Answer:
    """One filled-in survey; `email` None in a preview, `score` None for a skipped question."""

    survey: str
    number: int
    sent: int
    recorded: int
    email: str | None
    score: int | None
    comment: str | None
    is_finished: bool
    language: str


@dataclass(slots=True)
class Touch:
    """A person whom a campaign reached: a contact, or a lead that was never converted."""

    id: str
    campaign_id: str
    contact_id: str | None
    lead_id: str | None
    joined: int
    responded: int | None


@dataclass(slots=True)
class TeamMember:
    """Somebody who works on an account beside its owner; `left` None while it goes on."""

    id: str
    employee: Employee
    role: str
    joined: int
    left: int | None


@dataclass(slots=True)
class SupportCase:
    """A case of support; states are (since, status); `account` None where nobody entered it."""

    id: str
    account: Account | None
    kind: str
    priority: str
    created: int
    states: list[tuple[int, str]]


@dataclass(slots=True)
class Story:
    """One customer's story; deals and contracts are those of its own subscriptions.

    Strays are deals that the CRM has beside them by mistake.
    Touches are told by the customer with which the account came.
    """

    customer: Customer
    ledger: Ledger
    deals: list[Deal] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)
    cases: list[SupportCase] = field(default_factory=list)
    team: list[TeamMember] = field(default_factory=list)
    referrals: list[Referral] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    strays: list[Deal] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)
