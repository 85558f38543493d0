"""What customers ask support: more, and more angrily, where they are unhappy or about to leave."""

from .customers import Customer
from .story import Ledger, SupportCase
from .streams import between, poisson, salesforce_id, stream, weighted
from .times import DAY, HOUR, LAST_SYNC

CASES_A_YEAR = {"consumer": 0.0, "smb": 0.7, "midmarket": 1.5, "enterprise": 3.0}
TYPES = (
    ("Question", 0.46),
    ("Problem", 0.34),
    ("Feature Request", 0.17),
    ("Something else", 0.03),
)
COMPLAINTS = (("Complaint", 0.75), ("Billing Complaint", 0.25))
PRIORITIES = (("Low", 0.3), ("Medium", 0.5), ("High", 0.2))
NOBODYS_SHARE = 0.03  # Of cases: nobody entered the account.
CASES_PER_CUSTOMER = 64
BEFORE_THE_END = 110 * DAY


def cases(seed: int, customer: Customer, ledger: Ledger) -> list[SupportCase]:
    """Return the support cases of a customer that the CRM knows."""
    if customer.account is None or not ledger.subscriptions:
        return []
    rng = stream(seed, "support case", customer.index)
    anger = max(0.02, 0.55 - 0.7 * customer.mood)
    opened: list[tuple[int, str]] = []
    for life in ledger.subscriptions:
        start, end = life.start, min(life.ended_at or LAST_SYNC, LAST_SYNC)
        years = max(0, end - start) / (365 * DAY)
        rate = CASES_A_YEAR[customer.kind] * (1.7 - customer.mood)
        for _ in range(poisson(rng, min(8, years * rate))):
            kinds = COMPLAINTS if rng.random() < anger else TYPES
            opened.append((between(rng, start, end), weighted(rng, kinds)))
        left = life.left_at
        if left is not None:
            since = max(start, left - BEFORE_THE_END)
            opened += [
                (between(rng, since, max(since + 1, left)), weighted(rng, COMPLAINTS))
                for _ in range(poisson(rng, 0.4 + 1.6 * anger))
            ]
    found = []
    for when, kind in sorted(opened)[:CASES_PER_CUSTOMER]:
        number = customer.index * CASES_PER_CUSTOMER + len(found)
        is_nobodys = rng.random() < NOBODYS_SHARE
        worked = when + between(rng, HOUR, 30 * HOUR)
        states = [(when, "New"), (worked, "Working")]
        states.append((worked + between(rng, 2 * HOUR, 18 * DAY), "Closed"))
        if rng.random() < 0.04:  # Not done after all.
            again = states[-1][0] + between(rng, DAY, 9 * DAY)
            states += [(again, "Escalated"), (again + between(rng, DAY, 12 * DAY), "Closed")]
        found.append(
            SupportCase(
                salesforce_id("500", number),
                None if is_nobodys else customer.account,
                kind,
                weighted(rng, PRIORITIES),
                when,
                states,
            )
        )
    return found
