"""What the sales team did about its deals between meetings: calls, e-mails, reports and proposals.

A deal of good health is contacted a little more regularly and until its end; of those of poor
health more go quiet before. How a deal ends is seen only by way of its health.
"""

from itertools import pairwise
from math import exp
from random import Random

from .story import Deal, Task
from .streams import between, salesforce_id, stream, weighted
from .times import DAY, HOUR, business_day

GAP_DAYS = {"smb": 7.0, "midmarket": 12.0, "enterprise": 19.0}  # Between two contacts.
QUIET_FACTOR = 3.2
KINDS = ((("Call", "Call"), 0.5), ((None, "Email"), 0.46), (("Fax", "Task"), 0.01))
NOTED = ("To-Do", "Task")
# What a stage asks for: the task, the days until it is due, how often somebody enters it.
ASKED = {
    "Needs Analysis": ("Needs Report", 3, 0.5),
    "Solution Design": ("Proposal", 7, 0.6),
    "Value Validation": ("Proposal", 5, 0.35),
    "Negotiation": ("Proposal", 4, 0.4),
}
ON_TIME_SHARE = 0.72
TASKS_PER_DEAL = 64


def keep_contact(seed: int, deals: list[Deal], pod: str, owner: int) -> None:
    """Say what was done about deals; `pod` and `owner` keep customers and prospects apart."""
    for place, deal in enumerate(deals):
        rng = stream(seed, f"contact {pod}", owner, place)
        first = (owner * 256 + place) * TASKS_PER_DEAL
        for done in _moments(rng, deal):
            kind, subtype = weighted(rng, (*KINDS, (NOTED, 0.03)))
            _add(rng, deal, pod, first, (kind, subtype), done, business_day(done), done)
        for (_, before, *_), (since, stage, *_) in pairwise([(0, "", 0, 0), *deal.states]):
            kind, days, share = ASKED.get(stage, ("", 0, 0.0)) if stage != before else ("", 0, 0.0)
            if rng.random() < share:
                _ask(rng, deal, pod, first, kind, since, days)


def _moments(rng: Random, deal: Deal) -> list[int]:
    """Return when the customer was contacted, in order of time."""
    closed = deal.states[-1][0]
    gap = GAP_DAYS[deal.account.kind] * exp(rng.gauss(-0.07 * deal.health, 0.35))
    quiet = closed
    if rng.random() < 1 / (1 + exp(0.45 + 0.9 * deal.health)):
        quiet = deal.created + int((closed - deal.created) * (0.4 + 0.4 * rng.random()))
    found: list[int] = []
    moment = float(deal.created)
    while len(found) < TASKS_PER_DEAL // 2:
        pace = gap * (QUIET_FACTOR if moment > quiet else 1.0)
        # Neither by the clock nor by chance alone: people follow up after about so many days.
        moment += pace * DAY * (0.35 + 0.65 * rng.expovariate(1.0))
        at = int(moment) // DAY * DAY + between(rng, 1, 10) * HOUR + between(rng, 0, HOUR)
        if at >= closed:
            break
        if at > deal.created:
            found.append(at)
    return sorted(found)


def _ask(rng: Random, deal: Deal, pod: str, first: int, kind: str, since: int, days: int) -> None:
    """Enter what a stage asks for; what is not done when the deal closes stays undone."""
    due_day = business_day(since) + days
    late = -between(rng, 0, days) if rng.random() < ON_TIME_SHARE else between(rng, 1, 9)
    done = max(since + 2 * HOUR, (due_day + late) * DAY + between(rng, 1, 10) * HOUR)
    is_done = done < deal.states[-1][0]
    entered = since + between(rng, 300, HOUR)
    _add(rng, deal, pod, first, (kind, "Task"), entered, due_day, done if is_done else None)


def _add(
    rng: Random,
    deal: Deal,
    pod: str,
    first: int,
    kind: tuple[str | None, str],
    entered: int,
    due_day: int,
    done: int | None,
) -> None:
    number = first + len(deal.tasks)
    outcome = None
    if kind[0] == "Call":
        outcome = weighted(rng, (("Reached", 0.8), ("No Answer", 0.2)))
    contact = salesforce_id("003", deal.account.number * 4, deal.account.id[3:6])
    deal.tasks.append(
        Task(
            salesforce_id("00T", number, pod),
            deal.owner.id,
            *kind,
            contact if rng.random() < 0.8 else None,
            deal.id,
            deal.account.id,
            entered,
            due_day,
            done,
            outcome,
        )
    )
