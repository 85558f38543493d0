"""How customers are won: the channels, what they cost, and what is left of what customers pay."""

from dataclasses import dataclass
from random import Random

from .catalogue import CURRENCY_FACTOR
from .company import Growth
from .customers import KINDS, Customer
from .streams import between, stream
from .times import DAY, FIRST_DAY, FULL_MONTHS, HOUR, LAST_SYNC, day_add_months

CHANNEL_MIX = {  # The rest comes by itself.
    "smb": (
        ("advertising", 0.3),
        ("webinar", 0.12),
        ("email", 0.08),
        ("referral", 0.15),
        ("partner", 0.08),
        ("event", 0.06),
    ),
    "midmarket": (
        ("event", 0.22),
        ("partner", 0.16),
        ("webinar", 0.15),
        ("outbound", 0.13),
        ("advertising", 0.12),
        ("referral", 0.1),
    ),
    "enterprise": (
        ("event", 0.33),
        ("outbound", 0.26),
        ("partner", 0.2),
        ("webinar", 0.08),
        ("referral", 0.06),
    ),
}
COST_OF_A_CUSTOMER = {"smb": 52_000, "midmarket": 370_000, "enterprise": 1_550_000}  # CNY
CHANNEL_FACTOR = {
    "advertising": 1.2,
    "webinar": 0.8,
    "email": 0.5,
    "referral": 0.5,
    "partner": 0.9,
    "event": 1.25,
    "outbound": 1.3,
}
# Where consumers come from nobody can tell: the CRM does not know them.
APP_STORE, APP_STORE_COST = "app_store", 180
LEAD_SHARE = 0.6  # Of a month's cost: for the customers of that month; the rest for the next one's.
WORDING = {"advertising": "Ads", "event": "Trade Fairs"}  # As finance calls them.
COST_CURRENCY = {"advertising": "usd", "event": "eur"}
SALARY_SHARE = {"outbound": 0.85, "partner": 0.6, "event": 0.35, "webinar": 0.5}
CORRECTION_SHARE, LATER_AMOUNT_SHARE = 0.03, 0.12
MARGIN = {
    "Analytics": 0.79,
    "Automation": 0.74,
    "Security": 0.7,
    "Personal": 0.65,
    "Services": 0.62,
}


@dataclass(frozen=True, slots=True)
class Cost:
    """A posting of cost to a month; states are (since, amount in minor units)."""

    id: str
    month: int
    channel: str
    currency: str
    states: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Margin:
    """The gross margin of a product line from a month on, in hundredths of a percent."""

    product_line: str
    month: int
    share: int
    told: int


def channel(seed: int, customer: Customer) -> str | None:
    """Return the channel by which a customer was won; None where it came by itself."""
    if customer.kind == "consumer":
        return None
    point = stream(seed, "channel", customer.index).random()
    for name, share in CHANNEL_MIX[customer.kind]:
        point -= share
        if point < 0:
            return name
    return None


def costs(seed: int, customer_count: int) -> list[Cost]:
    """Return the cost of winning customers, posted by channel and month."""
    growth = Growth()
    won = [customer_count * growth.share(month) for month in range(FULL_MONTHS + 1)]
    found: list[Cost] = []
    for month in range(FULL_MONTHS + 1):
        later = won[month + 1] if 0 < month < FULL_MONTHS else won[month]
        expected = LEAD_SHARE * won[month] + (1 - LEAD_SHARE) * later
        for number, (name, each) in enumerate(_cost_of_a_customer().items()):
            rng = stream(seed, "acquisition cost", month, number)
            amount = expected * each * (0.85 + 0.3 * rng.random())
            salaries = SALARY_SHARE.get(name, 0.2)
            _post(rng, found, month, name, COST_CURRENCY.get(name, "cny"), amount * (1 - salaries))
            _post(rng, found, month, name, "cny", amount * salaries)
            if rng.random() < CORRECTION_SHARE:
                _post(rng, found, month, name, "cny", -0.02 * amount)
    return found


def margins(seed: int) -> list[Margin]:
    """Return the gross margins of the product lines, told anew every quarter."""
    found = []
    for number, (line, share) in enumerate(MARGIN.items()):
        rng = stream(seed, "gross margin", number)
        for month in range(0, FULL_MONTHS + 1, 3):
            told = day_add_months(FIRST_DAY, month) * DAY + between(rng, 8 * DAY, 10 * DAY)
            moved = share + 0.03 * month / FULL_MONTHS + 0.02 * (rng.random() - 0.5)
            found.append(Margin(line, month, round(moved * 10_000), told))
    return found


def _cost_of_a_customer() -> dict[str, float]:
    """Return what a channel costs for every customer that comes, by whatever way, in CNY."""
    each = dict.fromkeys(CHANNEL_FACTOR, 0.0)
    shares = dict(KINDS)
    for kind, mix in CHANNEL_MIX.items():
        for name, share in mix:
            each[name] += shares[kind] * share * COST_OF_A_CUSTOMER[kind] * CHANNEL_FACTOR[name]
    each[APP_STORE] = shares["consumer"] * APP_STORE_COST
    return each


def _post(
    rng: Random, found: list[Cost], month: int, name: str, currency: str, amount: float
) -> None:
    """Post an amount in CNY on a day of the month after; some first by an estimate."""
    minor = round(amount * CURRENCY_FACTOR[currency] * 100)
    posted = day_add_months(FIRST_DAY, month + 1) * DAY + between(rng, 2 * DAY, 6 * DAY)
    if month == FULL_MONTHS:  # Of the month that is not over, what was paid in its first days.
        posted, minor = LAST_SYNC - between(rng, 9 * HOUR, 2 * DAY), minor * 4 // 10
    states = [(posted, minor)]
    if rng.random() < LATER_AMOUNT_SHARE:
        final = posted + between(rng, 10, 40) * DAY
        states.append((final, minor * between(rng, 90, 112) // 100))
    found.append(Cost(f"AC-{len(found) + 1:05d}", month, WORDING.get(name, name), currency, states))
