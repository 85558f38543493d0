"""Who is credited: the shares of deals, and the people who work on accounts beside the owner."""

from random import Random

from .company import Employee, Staff
from .customers import Customer
from .deals import EXPANSION, NEW
from .story import Deal, Ledger, Split, TeamMember
from .streams import between, salesforce_id, stream
from .times import DAY, HOUR

SPLITS_PER_DEAL = 8
SHARED_RATE = 0.13  # Of deals: two account executives share the revenue.
CORRECTED_RATE = 0.04  # Of won deals that one had alone: shared weeks after they closed.
SHARES = (50, 60, 70, 80)  # Of the owner, in percent.
ENGINEER_RATE = {"smb": 0.0, "midmarket": 0.25, "enterprise": 0.7}  # An overlay on new deals.
SUCCESS_RATE = 0.45  # Of expansions: customer success had its part, an overlay.
TEAM_RATE = {"smb": 0.25, "midmarket": 0.8, "enterprise": 1.0}
SUCCESS_ROLE, ENGINEER_ROLE = "Customer Success Manager", "Sales Engineer"


def share_deals(seed: int, staff: Staff, deals: list[Deal], pod: str, owner: int) -> None:
    """Say who is credited for deals; `pod` and `owner` keep customers and prospects apart."""
    for place, deal in enumerate(deals):
        rng = stream(seed, f"split {pod}", owner, place)
        first = (owner * 256 + place) * SPLITS_PER_DEAL
        _share(rng, staff, deal, pod, first)


def account_team(
    seed: int, staff: Staff, customer: Customer, deals: list[Deal], ledger: Ledger
) -> list[TeamMember]:
    """Return who looks after a customer's account beside its owner, since its first deal."""
    account = customer.account
    won = [deal.states[-1][0] for deal in deals if deal.states[-1][1] == "Closed Won"]
    if account is None or not customer.is_root or not won:
        return []
    rng = stream(seed, "account team", customer.index)
    if rng.random() >= TEAM_RATE[account.kind]:
        return []
    ends = [life.ended_at for life in ledger.subscriptions]
    over = None if not ends or None in ends else max(ends) + between(rng, 2, 40) * DAY
    joined = min(won) + between(rng, HOUR, 9 * DAY)
    number = customer.index * 8
    success = staff.success
    person = success[account.number % len(success)]
    moved = joined + between(rng, 200, 900) * DAY
    found: list[TeamMember] = []
    if len(success) > 1 and rng.random() < 0.3 and (over is None or moved < over):
        found.append(_member(number, person, SUCCESS_ROLE, joined, moved))
        person, joined = success[(account.number + 1) % len(success)], moved
    found.append(_member(number + 1, person, SUCCESS_ROLE, joined, over))
    if rng.random() < ENGINEER_RATE[account.kind]:
        engineer = staff.engineers[account.number % len(staff.engineers)]
        found.append(_member(number + 2, engineer, ENGINEER_ROLE, min(won) - 20 * DAY, over))
    return found


def _member(
    number: int, employee: Employee, role: str, joined: int, left: int | None
) -> TeamMember:
    if left is not None:
        left = max(left, joined + 2 * DAY)
    return TeamMember(salesforce_id("01M", number), employee, role, joined, left)


def _share(rng: Random, staff: Staff, deal: Deal, pod: str, first: int) -> None:
    """The owner has all of a new deal; what is shared is agreed on days before it closes."""
    closed, is_won = deal.states[-1][0], deal.states[-1][1] == "Closed Won"
    agreed = max(deal.created + HOUR, closed - between(rng, 2, 20) * DAY)

    def add(employee: Employee, is_overlay: bool, states: list[tuple[int, int]]) -> None:
        split_id = salesforce_id("1Nn", first + len(deal.splits), pod)
        deal.splits.append(Split(split_id, employee, is_overlay, states))

    add(deal.owner, False, [(deal.created, 100)])
    other = staff.available(rng, agreed)
    point, share = rng.random(), SHARES[between(rng, 0, len(SHARES))]
    if other is not deal.owner:
        if point < SHARED_RATE:
            deal.splits[0].states.append((agreed, share))
            add(other, False, [(agreed, 100 - share)])
        elif is_won and point < SHARED_RATE + CORRECTED_RATE:
            corrected = closed + between(rng, 20, 75) * DAY
            deal.splits[0].states.append((corrected, share))
            add(other, False, [(corrected, 100 - share)])
    if deal.kind == NEW and rng.random() < ENGINEER_RATE[deal.account.kind]:
        engineer = staff.engineers[deal.account.number % len(staff.engineers)]
        add(engineer, True, [(agreed, 100)])
    if deal.kind == EXPANSION and rng.random() < SUCCESS_RATE:
        success = staff.success[deal.account.number % len(staff.success)]
        add(success, True, [(agreed, 100 if rng.random() < 0.6 else 50)])
