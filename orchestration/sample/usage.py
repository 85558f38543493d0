"""How much customers use what they pay for, counted on Wednesdays, as a flat file.

Consumers are not counted: a licence for one tells nothing.
"""

from datetime import date

from .customers import Customer
from .landing import Intake
from .story import Item, ItemState, Story, Subscription
from .streams import between, stream
from .times import DAY, HOUR, LAST_DAY, business_day, day_number

SOURCE = "flat_usage"
FIRST_WEDNESDAY = day_number(2023, 4, 5)
WARNING_DAYS = 130  # Before customers ask for the end they use less and less.
LEFT_AT_THE_END = 0.45
_EPOCH = date(1970, 1, 1).toordinal()


def render(seed: int, story: Story, intake: Intake) -> None:
    """Render the weekly counts of one customer."""
    customer = story.customer
    if customer.kind == "consumer":
        return
    rng = stream(seed, "usage", customer.index)
    habit = min(0.97, max(0.3, 0.42 + 0.52 * customer.mood + rng.gauss(0, 0.06)))
    # That money ran out shows nowhere beforehand; that a customer wants to go does.
    ends = [
        business_day(life.left_at)
        for life in story.ledger.subscriptions
        if life.left_at is not None
    ]
    reference = _reference(customer)
    lives = [(life, _licences(life)) for life in story.ledger.subscriptions]
    if not lives:
        return
    first = business_day(min(life.start for life, _ in lives))
    begin = max(FIRST_WEDNESDAY, first + (FIRST_WEDNESDAY - first) % 7)
    for day in range(begin, LAST_DAY, 7):
        licensed = sum(_licensed(life, licences, day) for life, licences in lives)
        if not licensed:
            continue
        share = habit * (0.94 + 0.12 * rng.random())
        for end in ends:
            if day <= end < day + WARNING_DAYS:
                share *= LEFT_AT_THE_END + (1 - LEFT_AT_THE_END) * (end - day) / WARNING_DAYS
        active = min(licensed, int(licensed * share + rng.random()))
        counted = (day + 1) * DAY + between(rng, HOUR, 20 * HOUR)
        row = {
            "customer": reference,
            "day": date.fromordinal(day + _EPOCH).isoformat(),
            "active_users": str(active),
            "licensed_users": str(licensed),
        }
        intake.add(SOURCE, "product_usage", [(counted, row)])


def _reference(customer: Customer) -> str:
    """Return how the product names a customer: large ones by account, others as billing does."""
    account = customer.account
    if account is not None and customer.is_root and customer.is_linked and customer.kind != "smb":
        return f"salesforce:{account.id}"
    return f"stripe:{customer.id}"


def _licences(life: Subscription) -> list[list[tuple[int, int]]]:
    """Return for every item of seats the days from which it has so many."""
    return [
        [(business_day(state.since), _seats(state)) for state in item.states]
        for item in life.items
        if _is_seats(item)
    ]


def _is_seats(item: Item) -> bool:
    product = item.states[0].price.product
    return product.delivery_mode == "subscription" and not product.is_metered


def _seats(state: ItemState) -> int:
    return 0 if state.is_deleted else state.quantity or 0


def _licensed(life: Subscription, licences: list[list[tuple[int, int]]], day: int) -> int:
    if day < business_day(life.start):
        return 0
    if life.ended_at is not None and day >= business_day(life.ended_at):
        return 0
    total = 0
    for states in licences:
        held = 0
        for since, seats in states:
            if since > day:
                break
            held = seats
        total += held
    return total
