"""When the sales team met customers about their deals."""

from random import Random

from .company import Staff
from .deals import NEW
from .story import Deal, Meeting
from .streams import between, poisson, salesforce_id, stream, weighted
from .times import DAY, HOUR, LAST_SYNC

KINDS = (("Meeting", 0.55), ("Demo", 0.2), ("On-Site Visit", 0.08), ("Call", 0.17))
MEETINGS_OF_A_DEAL = {"smb": 1.2, "midmarket": 2.2, "enterprise": 3.5}
MISSED_RATE, TICKED_RATE, COPIED_RATE = 0.07, 0.9, 0.08
MEETINGS_PER_DEAL = 32


def hold_meetings(seed: int, staff: Staff, deals: list[Deal], pod: str, owner: int) -> None:
    """Say when people met about deals; `pod` and `owner` keep customers and prospects apart."""
    for place, deal in enumerate(deals):
        rng = stream(seed, f"meeting {pod}", owner, place)
        mean = MEETINGS_OF_A_DEAL[deal.account.kind] * (1 if deal.kind == NEW else 0.5)
        first = (owner * 256 + place) * MEETINGS_PER_DEAL
        closed = deal.states[-1][0]
        for _ in range(min(poisson(rng, mean), MEETINGS_PER_DEAL // 2)):
            _meet(rng, staff, deal, pod, first, closed)


def _meet(rng: Random, staff: Staff, deal: Deal, pod: str, first: int, closed: int) -> None:
    days = max(1, (closed - deal.created) // DAY)
    starts = (deal.created // DAY + between(rng, 1, days + 1)) * DAY + between(rng, 1, 10) * HOUR
    entered = max(deal.created + HOUR, starts - between(rng, 1, 15) * DAY)
    was_held = None
    if rng.random() < TICKED_RATE:
        was_held = rng.random() >= MISSED_RATE
    kind = weighted(rng, KINDS)
    number = first + len(deal.meetings)
    meeting = Meeting(
        salesforce_id("00U", number, pod), deal.owner, kind, entered, starts, was_held
    )
    deal.meetings.append(meeting)
    if rng.random() < COPIED_RATE and entered <= LAST_SYNC:
        engineer = staff.engineers[number % len(staff.engineers)]
        copy_id = salesforce_id("00U", number + 1, pod)
        deal.meetings.append(
            Meeting(copy_id, engineer, kind, entered, starts, was_held, meeting.id)
        )
