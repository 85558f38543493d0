"""Where deals come from: leads, of which some become deals and many lead to nothing."""

from dataclasses import replace
from random import Random

from .campaigns import touch_of_lead
from .company import Employee, Staff
from .customers import HEAD_COUNT, HOMES, PROSPECT_KINDS, Account, People
from .deals import NEW, SOURCES
from .names import company
from .story import Deal, Lead, Task, Touch
from .streams import between, poisson, salesforce_id, stream, weighted
from .times import DAY, HOUR, LAST_SYNC, business_day

QUEUE = salesforce_id("00G", 1)
OPEN, WORKING, QUALIFIED = "Open - Not Contacted", "Working - Contacted", "Qualified"
CONVERTED, NOT_CONVERTED = "Closed - Converted", "Closed - Not Converted"
NURTURED, PARKED = "Nurturing", "Parked"  # Of the second nobody said which stage it is.
CONVERTED_SHARE = {  # Of new deals, by their source: the rest began as a deal.
    "Website": 0.95,
    "Advertisement": 0.95,
    "Event": 0.85,
    "Referral": 0.7,
    "Partner": 0.5,
    "Outbound": 0.45,
}
LEADS_TO_NOTHING = 2.4  # Per customer that the company has.
CAMPAIGN_SHARE, TRIAL_SHARE, HISTORY_SHARE = 0.45, 0.22, 0.98
DELETED_SHARE, PARKED_SHARE, NURTURED_SHARE = 0.025, 0.015, 0.08
LEADS_PER_OWNER, TASKS_PER_LEAD = 16, 32
TRIAL_FOLLOW_UPS = ((1, 0.82), (3, 0.72), (7, 0.6))  # Day, and how often somebody thinks of it.


def of_deals(
    seed: int, staff: Staff, deals: list[Deal], touches: list[Touch], pod: str, owner: int
) -> list[Lead]:
    """Return the leads that became deals; a touch that came before is that of the lead."""
    found = []
    for place, deal in enumerate(deals):
        rng = stream(seed, f"lead of a deal {pod}", owner, place)
        if deal.kind != NEW or rng.random() >= CONVERTED_SHARE[deal.source]:
            continue
        created = deal.created - between(rng, HOUR, 32 * DAY)
        for touch in touches:
            if touch.lead_id is None and touch.joined < deal.created < touch.joined + 60 * DAY:
                created = touch.joined - between(rng, 60, HOUR)
        lead_pod = {"5g0": "5j0", "5h0": "5k0"}[pod]
        lead = _lead(
            rng,
            salesforce_id("00Q", owner * 256 + place, lead_pod),
            deal.source,
            created,
            (deal.account.industry, deal.account.country, deal.account.employee_count),
        )
        for touch in touches:
            if touch.lead_id is None and created < touch.joined <= created + HOUR:
                touch.lead_id = lead.id
        _convert(rng, staff, lead, deal)
        _tell_tasks(rng, lead, lead_pod, owner * 256 + place)
        found.append(lead)
    return found


def of_touches(
    seed: int, staff: Staff, account: Account, touches: list[Touch], pod: str, owner: int
) -> list[Lead]:
    """Return the leads that a campaign reached at an account and that were never converted."""
    found = []
    for touch in touches:
        if touch.lead_id is None or touch.contact_id is not None:
            continue
        rng = stream(seed, f"lead of a touch {pod}", owner, len(found))
        created = touch.joined - between(rng, 60, 2 * HOUR)
        about = (account.industry, account.country, account.employee_count)
        lead = _lead(rng, touch.lead_id, weighted(rng, SOURCES), created, about)
        _come_to_nothing(rng, staff, lead)
        _tell_tasks(rng, lead, "5m0", owner * LEADS_PER_OWNER + len(found))
        found.append(lead)
    return found


def to_nothing(seed: int, people: People, number: int) -> tuple[list[Lead], list[Touch]]:
    """Return leads of companies that the CRM knows nothing else of, and how they were reached."""
    rng = stream(seed, "lead to nothing", number)
    around = people.prospect(number)[1]
    leads: list[Lead] = []
    touches: list[Touch] = []
    for place in range(min(poisson(rng, LEADS_TO_NOTHING), LEADS_PER_OWNER)):
        rng = stream(seed, "lead to nothing", number, place)
        country = weighted(rng, HOMES)[1]
        low, high = HEAD_COUNT[weighted(rng, PROSPECT_KINDS)]
        about = (company(rng, country)[1], country, int(low * (high / low) ** rng.random()))
        created = around - between(rng, 20 * DAY, 300 * DAY)
        identity = number * LEADS_PER_OWNER + place
        lead_id = salesforce_id("00Q", identity, "5n0")
        lead = _lead(rng, lead_id, weighted(rng, SOURCES), created, about)
        if rng.random() < CAMPAIGN_SHARE:
            touches.append(touch_of_lead(rng, identity, "5n0", lead.id, created))
        _come_to_nothing(rng, people.staff, lead)
        _tell_tasks(rng, lead, "5n0", identity)
        leads.append(lead)
    return leads, touches


def _lead(
    rng: Random, lead_id: str, source: str, created: int, about: tuple[str, str, int]
) -> Lead:
    lead = Lead(lead_id, source, *about, created, rng.random() < HISTORY_SHARE)
    if rng.random() < TRIAL_SHARE:
        lead.trial_started = created + between(rng, HOUR, 3 * DAY)
    return lead


def _assign(rng: Random, lead: Lead, owner: Employee) -> int:
    """Give the lead to its owner, mostly out of a queue; return when."""
    if rng.random() < 0.35:
        lead.states.append((lead.created, {"status": OPEN, "owner_id": owner.id}))
        return lead.created
    lead.states.append((lead.created, {"status": OPEN, "owner_id": QUEUE}))
    assigned = lead.created + int(rng.expovariate(1 / (7 * HOUR))) + 300
    lead.states.append((assigned, {"owner_id": owner.id}))
    return assigned


def _contact(rng: Random, lead: Lead, assigned: int, until: int, pace: float) -> int:
    """Say when somebody first spoke with the lead."""
    wait = rng.expovariate(1 / (9 * HOUR)) * pace
    if rng.random() < 0.14:
        wait += between(rng, DAY, 5 * DAY)
    contacted = min(assigned + 600 + int(wait), max(assigned + 60, until - 600))
    lead.states.append((contacted, {"status": WORKING}))
    return contacted


def _answers(rng: Random, quality: float) -> dict[str, object]:
    return {
        f"has_{part}_c": None if rng.random() < 0.12 else rng.random() < quality
        for part in ("budget", "authority", "need", "timeline")
    }


def _convert(rng: Random, staff: Staff, lead: Lead, deal: Deal) -> None:
    """Let a lead become a deal at the second in which the deal was made."""
    lead.converted, lead.deal_id, lead.account_id = deal.created, deal.id, deal.account.id
    lead.contact_id = salesforce_id("003", deal.account.number * 4, deal.account.id[3:6])
    first = staff.available(rng, lead.created) if rng.random() < 0.1 else deal.owner
    assigned = min(_assign(rng, lead, first), deal.created - 900)
    lead.states = [(min(since, deal.created - 900), state) for since, state in lead.states]
    contacted = _contact(rng, lead, assigned, deal.created - 300, 0.8)
    quality = rng.betavariate(4.2, 1.9)
    if rng.random() < 0.88:
        qualified = between(rng, contacted + 60, deal.created - 60)
        lead.states.append((qualified, {"status": QUALIFIED, **_answers(rng, quality)}))
        if rng.random() < 0.07:
            back = between(rng, qualified, deal.created - 30)
            lead.states.append((back, {"status": WORKING}))
            lead.states.append((between(rng, back, deal.created - 10), {"status": QUALIFIED}))
    else:
        lead.states.append((contacted + 30, _answers(rng, quality)))
    lead.states.append((deal.created, {"status": CONVERTED, "owner_id": deal.owner.id}))


def _come_to_nothing(rng: Random, staff: Staff, lead: Lead) -> None:
    """Let a lead be worked on for a while, and then no longer."""
    owner = staff.available(rng, min(max(lead.created, 0), LAST_SYNC))
    assigned = _assign(rng, lead, owner)
    over = lead.created + between(rng, 4 * DAY, 120 * DAY)
    if rng.random() < 0.86:
        contacted = _contact(rng, lead, assigned, over, 1.2)
        quality = rng.betavariate(2.1, 2.8)
        if rng.random() < 0.15 + 0.5 * quality:
            qualified = between(rng, contacted + HOUR, max(contacted + 2 * HOUR, over))
            lead.states.append((qualified, {"status": QUALIFIED, **_answers(rng, quality)}))
            over = max(over, qualified + 2 * DAY)
        elif rng.random() < 0.5:
            lead.states.append((contacted + HOUR, _answers(rng, quality)))
    over = max(over, lead.states[-1][0] + HOUR)
    fate = rng.random()
    if fate < DELETED_SHARE:
        lead.states.append((over, {"is_deleted": True}))
    elif fate < DELETED_SHARE + PARKED_SHARE:
        lead.states.append((over, {"status": PARKED}))
    elif fate < DELETED_SHARE + PARKED_SHARE + NURTURED_SHARE:
        lead.states.append((over, {"status": NURTURED}))
    else:
        lead.states.append((over, {"status": NOT_CONVERTED}))


def _tell_tasks(rng: Random, lead: Lead, pod: str, number: int) -> None:
    """Write down what was done with a lead; after a conversion it hangs on the contact."""
    reached = [since for since, state in lead.states if state.get("status") == WORKING]
    over = lead.states[-1][0]
    owners = [state["owner_id"] for _, state in lead.states if "owner_id" in state]
    person = next((owner for owner in owners if owner != QUEUE), owners[-1])
    planned: list[tuple[str | None, str, int, int]] = []  # Type, subtype, due day, done.
    if reached:
        first = reached[0]
        kind = weighted(rng, (("Call", 0.6), (None, 0.34), ("Meeting", 0.06)))
        planned.append((kind, "Email" if kind is None else "Task", business_day(first), first))
        more = first
        for _ in range(poisson(rng, 1.1)):
            more += int(rng.expovariate(1 / (6 * DAY))) + HOUR
            if more < over:
                planned.append(("Call", "Call", business_day(more), more))
        for kind, share, days in (("Needs Report", 0.42, 3.2), ("Demo", 0.34, 6.5)):
            if rng.random() < share:
                done = max(first + HOUR, lead.created + int(days * DAY * (0.3 + rng.random())))
                planned.append((kind, "Task", business_day(lead.created) + int(days), done))
    for day, share in TRIAL_FOLLOW_UPS if lead.trial_started is not None else ():
        if rng.random() < share:
            due = lead.trial_started + day * DAY
            done = max(lead.trial_started + HOUR, due + between(rng, -DAY, 0.35 * DAY))
            planned.append(("Trial Follow-Up", "Task", business_day(due), done))
    for kind, subtype, due_day, done in planned[:TASKS_PER_LEAD]:
        is_logged = kind in (None, "Call", "Meeting")
        entered = done if is_logged else min(done, max(lead.created + 300, done - 2 * DAY))
        lead.tasks.append(
            Task(
                salesforce_id("00T", number * TASKS_PER_LEAD + len(lead.tasks), pod),
                person,
                kind,
                subtype,
                lead.id,
                None,
                None,
                entered,
                due_day,
                done,
                weighted(rng, (("Reached", 0.7), ("No Answer", 0.3))) if kind == "Call" else None,
            )
        )
    lead.tasks = [
        replace(task, moved=(lead.converted, lead.contact_id, lead.deal_id, lead.account_id))
        if lead.converted is not None
        else task
        for task in lead.tasks
    ]
