"""What marketing did and whom it reached: campaigns by channel and quarter, and their touches."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from random import Random

from .customers import Account, Customer
from .marketing import CHANNEL_FACTOR, channel
from .story import Deal, Ledger, Touch
from .streams import between, salesforce_id, stream
from .times import DAY, business_day, day_number

QUARTER_COUNT = 18  # From the first of 2022 on: enterprises were talked to long before they came.
TYPES = {  # In the CRM's wording.
    "advertising": ("Advertisement", "Banner Ads"),
    "webinar": ("Webinar",),
    "email": ("Email",),
    "referral": ("Referral Program",),
    "partner": ("Partners",),
    "event": ("Conference", "Trade Show"),
    "outbound": ("Telemarketing", "Direct Mail"),
    "meetup": ("Roadshow",),  # A wording that nobody assigned to a channel.
}
COST = {"advertising": 260_000, "event": 420_000, "outbound": 90_000, "partner": 150_000}  # CNY
NAMED_SHARE = 0.75  # Of first deals: the CRM names the campaign; else only its touch tells.
ANY_TOUCH_SHARE, LEAD_SHARE = 0.3, 0.5
STALE_SHARE = 0.06  # Of customers who came by themselves: reached once, years before.
_STARTS = [
    day_number(2022 + month // 12, month % 12 + 1, 1)
    for month in range(0, 3 * QUARTER_COUNT + 1, 3)
]
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign of a quarter; `cost` in minor units of CNY is known when it is over."""

    id: str
    name: str
    type: str
    start_day: int
    end_day: int
    cost: int


def campaigns(seed: int, scale: float) -> list[Campaign]:
    """Return every campaign, one for each channel and quarter."""
    found = []
    for place, (name, types) in enumerate(TYPES.items()):
        for quarter in range(QUARTER_COUNT):
            rng = stream(seed, "campaign", place, quarter)
            start, end = _STARTS[quarter], _STARTS[quarter + 1] - 1
            year, month = date.fromordinal(start + _EPOCH).timetuple()[:2]
            cost = COST.get(name, 40_000) * scale * 10 * (0.7 + 0.6 * rng.random())
            found.append(
                Campaign(
                    _campaign_id(place, quarter),
                    f"{types[quarter % len(types)]} {year} Q{(month + 2) // 3}",
                    types[quarter % len(types)],
                    start + between(rng, 0, 10),
                    end - between(rng, 0, 10),
                    int(cost) * 100,
                )
            )
    return found


def of_customer(seed: int, customer: Customer, deals: list[Deal], ledger: Ledger) -> list[Touch]:
    """Return whom campaigns reached at a customer, and name campaigns on its deals."""
    if customer.account is None or not customer.is_root:
        return []
    rng = stream(seed, "touch", customer.index)
    won = channel(seed, customer)
    first = next((deal for deal in deals if deal.kind.startswith("New")), None)
    anchor = customer.start if first is None else first.created
    found: list[Touch] = []
    if won is not None:
        joined = anchor - between(rng, 2, 45) * DAY
        touch = _touch(rng, customer.index, "5g0", found, won, joined, 0.8)
        if first is not None and rng.random() < NAMED_SHARE:
            first.campaign_id = touch.campaign_id
        if rng.random() < ANY_TOUCH_SHARE:
            earlier = joined - between(rng, 5, 200) * DAY
            _touch(rng, customer.index, "5g0", found, _any_channel(rng), earlier, 0.1)
    elif rng.random() < STALE_SHARE:
        long_ago = anchor - between(rng, 400, 440) * DAY
        _touch(rng, customer.index, "5g0", found, _any_channel(rng), long_ago, 0.5)
    ends = [life.ended_at for life in ledger.subscriptions]
    if ledger.subscriptions and None in ends and rng.random() < ANY_TOUCH_SHARE:
        later = customer.start + between(rng, 20, 700) * DAY
        _touch(rng, customer.index, "5g0", found, _any_channel(rng), later, 0.3)
    return found


def of_prospect(seed: int, account: Account, deals: list[Deal]) -> list[Touch]:
    """Return whom campaigns reached at an account that bought nothing, and its leads."""
    rng = stream(seed, "prospect touch", account.number)
    found: list[Touch] = []
    for deal in deals:
        if rng.random() < 0.7:
            joined = deal.created - between(rng, 2, 45) * DAY
            touch = _touch(rng, account.number, "5h0", found, _any_channel(rng), joined, 0.5)
            if rng.random() < NAMED_SHARE:
                deal.campaign_id = touch.campaign_id
    if rng.random() < LEAD_SHARE:
        joined = account.created + between(rng, 0, 700) * DAY
        _touch(rng, account.number, "5h0", found, _any_channel(rng), joined, 0.2, is_lead=True)
    return found


def touch_of_lead(rng: Random, number: int, pod: str, lead_id: str, created: int) -> Touch:
    """Return how a campaign reached a lead within an hour of its creation."""
    joined = created + between(rng, 60, 3_600)
    responded = joined + between(rng, 0, 20 * DAY) if rng.random() < 0.4 else None
    campaign = _campaign_at(_any_channel(rng), joined)
    return Touch(salesforce_id("00v", number, pod), campaign, None, lead_id, joined, responded)


def contact_ids(account: Account, pod: str) -> list[str]:
    """Return the contacts of an account."""
    count = {"smb": 1, "midmarket": 2, "enterprise": 3}[account.kind]
    return [salesforce_id("003", account.number * 4 + number, pod) for number in range(count)]


def _touch(
    rng: Random,
    owner: int,
    pod: str,
    found: list[Touch],
    name: str,
    joined: int,
    response_rate: float,
    is_lead: bool = False,
) -> Touch:
    number = owner * 8 + len(found)
    responded = None
    if rng.random() < response_rate:
        responded = joined + between(rng, 0, 20 * DAY)
    touch = Touch(
        salesforce_id("00v", number, pod),
        _campaign_at(name, joined),
        None if is_lead else salesforce_id("003", owner * 4, pod),
        salesforce_id("00Q", number, pod) if is_lead else None,
        joined,
        responded,
    )
    found.append(touch)
    return touch


def _campaign_at(name: str, when: int) -> str:
    quarter = min(max(0, bisect_right(_STARTS, business_day(when)) - 1), QUARTER_COUNT - 1)
    return _campaign_id(list(TYPES).index(name), quarter)


def _campaign_id(place: int, quarter: int) -> str:
    return salesforce_id("701", place * 100 + quarter)


def _any_channel(rng: Random) -> str:
    names = [*CHANNEL_FACTOR, "meetup"]
    return names[int(rng.random() * len(names))]
