"""What customers say: relationship (NPS), support (CSAT) and onboarding (CES) surveys."""

from dataclasses import dataclass
from random import Random

from .customers import Customer
from .deals import LAPSE_REASONS
from .story import Answer, Ledger, Subscription
from .streams import between, poisson, stream, weighted
from .times import DAY, HOUR, LAST_SYNC, at


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey: its question of scale `low` to `high`, tagged `tag`, and one for words."""

    id: str
    name: str
    tag: str
    selector: str
    question: str
    low: int
    high: int


SURVEYS = {
    survey.tag: survey
    for survey in (
        Survey(
            "SV_1relationship7q",
            "Relationship survey",
            "NPS",
            "NPS",
            "How likely are you to recommend us to a friend or colleague?",
            0,
            10,
        ),
        Survey(
            "SV_2support8dhw2k",
            "Support survey",
            "CSAT",
            "SAVR",
            "How satisfied are you with the help you received?",
            1,
            5,
        ),
        Survey(
            "SV_3onboarding5mz",
            "Onboarding survey",
            "CES",
            "SAHR",
            "The company made it easy for me to get started.",
            1,
            7,
        ),
    )
}
WAVES = tuple(
    at(year, month, 10, 1)
    for year in (2023, 2024, 2025, 2026)
    for month in (3, 6, 9, 12)
    if (2023, 3) < (year, month) < (2026, 4)
)
RESPONSE_RATE = {"consumer": 0.11, "smb": 0.2, "midmarket": 0.28, "enterprise": 0.34}
UNANSWERED_SHARE = 0.08
UNKNOWN_SHARE = 0.04
FEEDBACK_SHARE, END_REASON_SHARE = 0.6, 0.65
FEEDBACK = (
    ("too_expensive", 0.28),
    ("unused", 0.24),
    ("missing_features", 0.18),
    ("switched_service", 0.16),
    ("too_complex", 0.08),
    ("other", 0.06),
)
PRAISE = (
    "Works well for our team.",
    "Saves us hours every week.",
    "Great support.",
    "Reporting is a joy.",
    "非常好用",
)
COMPLAINTS = (
    "Too expensive for what it does.",
    "Support answers late.",
    "Slow since the update.",
    "We miss an export.",
    "功能太复杂",
)


def tell_farewell(seed: int, customer: Customer, life: Subscription) -> None:
    """Note why a customer ends a subscription, where it says so."""
    if not any(state.canceled_at for state in life.states):
        return
    rng = stream(seed, "farewell", customer.index, life.plan.number)
    feedback, reason = weighted(rng, FEEDBACK), weighted(rng, LAPSE_REASONS)
    if rng.random() < 0.45 - 0.5 * customer.mood:
        feedback = "customer_service"
    if life.terms:
        life.end_reason = reason if rng.random() < END_REASON_SHARE else None
    else:
        life.feedback = feedback if rng.random() < FEEDBACK_SHARE else None


def answers(seed: int, customer: Customer, ledger: Ledger) -> list[Answer]:
    """Return the survey answers of a customer; only those with a running subscription are asked."""
    found: list[Answer] = []

    def ask(rng: Random, tag: str, sent: int, rate: float) -> None:
        if rng.random() < rate:
            answer = _answer(rng, customer, SURVEYS[tag], len(found), sent)
            if answer.recorded <= LAST_SYNC:
                found.append(answer)

    spans = [
        (life.start, life.ended_at or LAST_SYNC)
        for life in ledger.subscriptions
        if life.start < LAST_SYNC
    ]
    rng = stream(seed, "relationship survey", customer.index)
    for wave in WAVES:
        sent = wave + between(rng, 0, 5 * HOUR)
        if any(start <= sent < end for start, end in spans):
            ask(rng, "NPS", sent, RESPONSE_RATE[customer.kind])
    rng = stream(seed, "support survey", customer.index)
    for start, end in spans[:1]:
        tickets = poisson(rng, min(8, (end - start) / (365 * DAY) * (1.6 - customer.mood)))
        for sent in sorted(between(rng, start, max(start + DAY, end)) for _ in range(tickets)):
            ask(rng, "CSAT", sent, 0.3)
    rng = stream(seed, "onboarding survey", customer.index)
    for start, end in spans[:1]:
        if start + 30 * DAY < end:
            ask(rng, "CES", start + 30 * DAY, 0.2)
    return found


def _answer(rng: Random, customer: Customer, survey: Survey, number: int, sent: int) -> Answer:
    point = min(1.0, max(0.0, customer.mood + 0.13 + rng.gauss(0, 0.13)))
    score = survey.low + round(point * (survey.high - survey.low))
    is_finished = rng.random() < 0.93
    comment = None
    if is_finished and rng.random() < 0.3:
        words = PRAISE if point > 0.7 else COMPLAINTS
        comment = words[between(rng, 0, len(words))]
    email = customer.email
    if rng.random() < UNKNOWN_SHARE:
        email = f"someone{customer.index}.{number}@elsewhere.example"
    elif rng.random() < 0.03:
        email = email.upper()  # People type their own address as they like.
    language = {"cny": "ZH-S", "usd": "EN", "eur": weighted(rng, (("EN", 0.5), ("DE", 0.5)))}
    return Answer(
        survey.tag,
        number,
        sent,
        sent + between(rng, 0.1 * DAY, 6 * DAY),
        email,
        None if rng.random() < UNANSWERED_SHARE else score,
        comment,
        is_finished,
        language[customer.currency],
    )
