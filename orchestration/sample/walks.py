"""How deals came to their end: what was expected on the way, who had them, which went astray.

The end itself is deals.py's. A deal's `health` is drawn around its end, with much overlap; all that
is seen of a deal on its way follows its health by chance, and its end only by way of it.
"""

from dataclasses import replace
from math import exp
from random import Random

from .company import Employee, Staff
from .story import Deal
from .streams import between, poisson, salesforce_id, stream
from .times import DAY, HOUR, LAST_SYNC, business_day

HEALTH_GAP = 0.55  # Of won deals above the middle, of lost ones below it; the spread is 1.
MEAN_CUTS, MEAN_RAISES = 0.45, 0.3
LARGEST_CUT, LARGEST_RAISE = 0.28, 0.22
MOST_PUSHES = 8
REGRESSED_RATE, SKIPPED_RATE, UNMAPPED_RATE = 0.035, 0.04, 0.015
UNMAPPED_STAGE = "Legal Review"  # A stage that somebody added to the CRM and told nobody of.
HANDED_OVER_RATE, HURRIED_RATE = 0.07, 0.14
NO_HISTORY_RATE = 0.008
DUPLICATE_RATE, LATE_ENTRY_RATE = 0.012, 0.006
STRAY_PODS = {"5g0": "5d0", "5h0": "5e0"}


def walk(seed: int, staff: Staff, deals: list[Deal], pod: str, owner: int) -> None:
    """Tell how deals came to their end; `pod` and `owner` keep customers and prospects apart."""
    for place, deal in enumerate(deals):
        rng = stream(seed, f"walk {pod}", owner, place)
        closed, outcome, amount, closed_day = deal.states[-1]
        gap = HEALTH_GAP if outcome == "Closed Won" else -HEALTH_GAP
        deal.health = gap + rng.gauss(0, 1)
        stages = _stages(rng, deal, closed)
        values = _values(rng, deal, closed, amount)
        days = _expected_days(rng, deal, closed)
        days += _hurried(stream(seed, f"hurry {pod}", owner, place), deal, closed, days)
        deal.states = _merged(stages, values, days)
        deal.states.append((closed, outcome, amount, closed_day))
        deal.has_history = rng.random() >= NO_HISTORY_RATE
        deal.handed_over = _handed_over(rng, staff, deal, closed)


def strays(seed: int, deals: list[Deal], pod: str, owner: int) -> list[Deal]:
    """Return the deals beside those that count: entered twice and deleted, or entered too late."""
    found = []
    for place, deal in enumerate(deals):
        rng = stream(seed, f"stray {pod}", owner, place)
        point = rng.random()
        created = deal.created + between(rng, HOUR, 10 * DAY)
        stray_id = salesforce_id("006", owner * 256 + place, STRAY_PODS[pod])
        _, stage, amount, day = deal.states[0]
        stray = replace(
            deal,
            id=stray_id,
            name=f"{deal.name} (2)",
            created=created,
            contract_id=None,
            campaign_id=None,
            loss_reason=None,
            handed_over=None,
            has_history=True,
            splits=[],
            partners=[],
            meetings=[],
            tasks=[],
            lines=[],
            roles=[],
        )
        if point < DUPLICATE_RATE:
            stray.states = [(created, stage, amount, max(day, business_day(created)))]
            stray.deleted = created + between(rng, 2, 45) * DAY
        elif point < DUPLICATE_RATE + LATE_ENTRY_RATE:
            lost_day = business_day(created) - between(rng, 2, 30)
            stray.states = [(created, "Closed Lost", amount, lost_day)]
            stray.loss_reason = "No Decision"
        else:
            continue
        if created <= LAST_SYNC:
            found.append(stray)
    return found


def _stages(rng: Random, deal: Deal, closed: int) -> list[tuple[int, str]]:
    """Return (since, stage): a deal of poor health is long in the stages in which it gets stuck."""
    names = [stage for _, stage, *_ in deal.states[:-1]]
    if len(names) > 3 and rng.random() < SKIPPED_RATE:
        names.pop(between(rng, 1, len(names) - 1))
    if names[-1] == "Negotiation" and rng.random() < UNMAPPED_RATE:
        names.append(UNMAPPED_STAGE)
    if len(names) > 2 and rng.random() < REGRESSED_RATE:
        place = between(rng, 1, len(names))
        names[place + 1 : place + 1] = [names[place - 1], names[place]]
    length = closed - deal.created
    bend = exp(-0.35 * deal.health)
    points = sorted(rng.random() ** bend for _ in names[1:])
    moments = [deal.created + int(point * 0.98 * length) for point in points]
    return list(zip([deal.created, *moments], names, strict=True))


def _values(rng: Random, deal: Deal, closed: int, amount: int) -> list[tuple[int, int]]:
    """Return (since, amount), told backwards from what it was in the end."""
    changes = [-1] * min(3, poisson(rng, MEAN_CUTS * exp(-0.45 * deal.health)))
    changes += [1] * min(2, poisson(rng, MEAN_RAISES * exp(0.15 * deal.health)))
    rng.shuffle(changes)
    moments = sorted(
        between(rng, deal.created + HOUR, max(closed, deal.created + 2 * HOUR)) for _ in changes
    )
    values = []
    for moment, sign in zip(reversed(moments), changes, strict=True):
        values.append((moment, amount))
        largest = LARGEST_RAISE if sign > 0 else LARGEST_CUT
        share = 1 + sign * (0.03 + (largest - 0.03) * rng.random())
        amount = max(100, int(amount / share / 100) * 100)
    values.append((deal.created, amount))
    return values[::-1]


def _expected_days(rng: Random, deal: Deal, closed: int) -> list[tuple[int, int]]:
    """Return (since, expected close day): put off when the day has come, or shortly before."""
    length = max(1, (closed - deal.created) // DAY)
    hope = exp(rng.gauss(-0.12 + 0.22 * deal.health, 0.4))
    expected = business_day(deal.created) + max(3, int(length * hope))
    found = [(deal.created, expected)]
    for _ in range(MOST_PUSHES):
        moment = (expected + between(rng, -6, 9)) * DAY + between(rng, HOUR, 10 * HOUR)
        moment = max(moment, found[-1][0] + DAY)
        if moment >= closed:
            break
        expected = max(expected, business_day(moment)) + max(
            5, int(length * (0.08 + 0.3 * rng.random()))
        )
        found.append((moment, expected))
    return found


def _hurried(
    rng: Random, deal: Deal, closed: int, days: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return the one time that somebody hoped for an earlier close, if there was one."""
    moment = between(rng, deal.created + DAY, max(closed - DAY, deal.created + 2 * DAY))
    known = [day for since, day in days if since <= moment][-1]
    sooner = known - between(rng, 10, 60)
    if rng.random() >= HURRIED_RATE or sooner <= business_day(moment):
        return []
    return [(moment, sooner)]


def _merged(
    stages: list[tuple[int, str]], values: list[tuple[int, int]], days: list[tuple[int, int]]
) -> list[tuple[int, str, int, int]]:
    """Return the states that three kinds of changes make together, in order of time."""
    changes = [(since, 0, stage) for since, stage in stages]
    changes += [(since, 1, value) for since, value in values]
    changes += [(since, 2, day) for since, day in days]
    state: list = [None, None, None]
    found: dict[int, tuple[int, str, int, int]] = {}
    for since, kind, value in sorted(changes, key=lambda change: change[:2]):
        state[kind] = value
        found[since] = (since, *state)
    return list(found.values())


def _handed_over(rng: Random, staff: Staff, deal: Deal, closed: int) -> tuple[int, Employee] | None:
    """Return until when somebody else had the deal, and who."""
    point, share = rng.random(), 0.15 + 0.6 * rng.random()
    before = staff.available(rng, deal.created)
    if point >= HANDED_OVER_RATE or closed - deal.created < 20 * DAY or before is deal.owner:
        return None
    return deal.created + int(share * (closed - deal.created)), before


def chance(log_odds: float) -> float:
    """Return the probability of these log odds."""
    return 1 / (1 + exp(-log_odds))
