"""Who the customers and prospects are: their kind, home, size, mood and CRM account."""

from dataclasses import dataclass
from math import exp
from random import Random

from .company import Employee, Growth, Staff
from .names import company, person
from .streams import between, salesforce_id, stream, stripe_id, weighted
from .times import DAY, HOUR, INITIAL_LOAD, LAST_SYNC

KINDS = (("consumer", 0.34), ("smb", 0.44), ("midmarket", 0.15), ("enterprise", 0.07))
PROSPECT_KINDS = (("smb", 0.6), ("midmarket", 0.28), ("enterprise", 0.12))
HOMES = (
    (("cny", "CN"), 0.6),
    (("cny", "HK"), 0.03),
    (("usd", "US"), 0.17),
    (("usd", "SG"), 0.03),
    (("usd", "CA"), 0.02),
    (("eur", "DE"), 0.06),
    (("eur", "FR"), 0.04),
    (("eur", "NL"), 0.02),
    (("eur", "IT"), 0.015),
    (("eur", "ES"), 0.015),
)
OFFICE_HOURS = {"cny": (1, 10), "usd": (14, 23), "eur": (7, 16)}  # hours UTC
HEAD_COUNT = {"smb": (5, 90), "midmarket": (90, 900), "enterprise": (900, 30_000)}
SEGMENT = {"smb": "SMB", "midmarket": "Mid-Market", "enterprise": "Enterprise"}
SIBLING_SHARE = 0.07
UNLINKED_SHARE = 0.03


@dataclass(frozen=True, slots=True)
class Account:
    """A company in the CRM; `owners` are (since, employee) in order of time."""

    number: int
    id: str
    name: str
    industry: str
    domain: str
    kind: str
    currency: str
    country: str
    employee_count: int
    segment: str | None
    parent_id: str | None
    created: int
    owners: tuple[tuple[int, Employee], ...]

    def owner(self, when: int) -> Employee:
        """Return the owner at that second."""
        found = self.owners[0][1]
        for since, owner in self.owners:
            if since <= when:
                found = owner
        return found


@dataclass(frozen=True, slots=True)
class Customer:
    """A billing customer.

    `start` is the second of its first subscription or purchase. `risk` multiplies its chance of
    leaving (about 1 on average) and falls with `mood`, 0 (unhappy) to 1. `account` is None where
    the CRM does not know the customer; `is_root` where the account came with this customer;
    `is_linked` where billing names the account.
    """

    index: int
    id: str
    kind: str
    name: str
    email: str
    currency: str
    country: str
    created: int
    start: int
    mood: float
    risk: float
    account: Account | None
    is_root: bool
    is_linked: bool


class People:
    """Customers and prospects of one seed and scale, each a function of its index alone."""

    def __init__(self, seed: int, scale: float) -> None:
        self.seed = seed
        self.count = max(1, round(10_000 * scale))
        self.staff = Staff(seed, scale)
        self._growth = Growth()
        self._pipeline = Growth(months_after=6)

    def customer(self, index: int) -> Customer:
        """Return the customer with that index, from 0 to `count` - 1."""
        kind, (currency, country) = self._kind(index), self._home(index)
        start = self._start(index, currency)
        rng = stream(self.seed, "customer", index)
        account, is_root, is_linked = None, False, False
        if kind != "consumer":
            root = self._root(index)
            account, is_root = self.account(root), root == index
            if root != index:
                currency, country = self._home(root) if rng.random() < 0.7 else (currency, country)
            is_linked = rng.random() >= UNLINKED_SHARE
        first, last = person(rng)
        name = f"{first} {last}"
        email = f"{first}.{last}{index}@mail.example".lower()
        if account is not None:
            name = account.name if is_root else f"{account.name} ({country})"
            email = f"billing{'' if is_root else index}@{account.domain}-{account.number}.example"
        mood = stream(self.seed, "mood", index).betavariate(3.2, 1.6)
        return Customer(
            index,
            stripe_id("cus", self.seed, index, 0),
            kind,
            name,
            email,
            currency,
            country,
            start - between(rng, 0.01, 4) * DAY - between(rng, 600, 3_000),
            start,
            mood,
            exp(2.2 * (0.62 - mood)),
            account,
            is_root,
            is_linked,
        )

    def account(self, index: int) -> Account:
        """Return the CRM account that came with customer `index`."""
        currency, country = self._home(index)
        return self._account(
            index,
            self._kind(index),
            currency,
            country,
            self._start(index, currency),
            "account",
            salesforce_id("001", index),
        )

    def prospect(self, number: int) -> tuple[Account, int]:
        """Return an account that buys nothing, and the second at which its first deal closes."""
        rng = stream(self.seed, "prospect", number)
        kind = weighted(rng, PROSPECT_KINDS)
        currency, country = weighted(rng, HOMES)
        day = self._pipeline.day((number + rng.random()) / self.count)
        low, high = OFFICE_HOURS[currency]
        closes = day * DAY + between(rng, low * HOUR, high * HOUR)
        return (
            self._account(
                number,
                kind,
                currency,
                country,
                closes,
                "prospect account",
                salesforce_id("001", number, "5h0"),
            ),
            closes,
        )

    def earlier_account_id(self, rng: Random, index: int) -> str | None:
        """Return the account of a customer who came before customer `index`; None if none is."""
        for _ in range(8):
            other = int(rng.random() * index)
            if index and self._kind(other) != "consumer":
                return salesforce_id("001", self._root(other))
        return None

    def _account(
        self,
        number: int,
        kind: str,
        currency: str,
        country: str,
        start: int,
        part: str,
        account_id: str,
    ) -> Account:
        rng = stream(self.seed, part, number)
        name, industry, domain = company(rng, country)
        low, high = HEAD_COUNT[kind]
        created = start - between(rng, 340, 700) * DAY
        parent = int(rng.random() * number) if number and rng.random() < 0.04 else None
        if parent is not None and self._kind(parent) == "consumer":
            parent = None
        owners = self.staff.owners(rng, min(created, LAST_SYNC), LAST_SYNC)
        return Account(
            number,
            account_id,
            name,
            industry,
            domain,
            kind,
            currency,
            country,
            int(low * (high / low) ** rng.random()),
            SEGMENT[kind] if rng.random() < 0.94 else None,
            None if parent is None else salesforce_id("001", self._root(parent)),
            created,
            tuple(owners),
        )

    def _kind(self, index: int) -> str:
        return weighted(stream(self.seed, "kind", index), KINDS)

    def _home(self, index: int) -> tuple[str, str]:
        return weighted(stream(self.seed, "home", index), HOMES)

    def _start(self, index: int, currency: str) -> int:
        rng = stream(self.seed, "start", index)
        low, high = OFFICE_HOURS[currency]
        day = self._growth.day((index + rng.random()) / self.count)
        return max(day * DAY + between(rng, low * HOUR, high * HOUR), INITIAL_LOAD - HOUR)

    def _root(self, index: int) -> int:
        """Return the customer whose account this one shares; mostly itself."""
        rng = stream(self.seed, "root", index)
        while index and rng.random() < SIBLING_SHARE:
            other = index - 1 - int(rng.random() * max(3, self.count // 15))
            if other < 0 or self._kind(other) == "consumer":
                break
            index = other
            rng = stream(self.seed, "root", index)
        return index
