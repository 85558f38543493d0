"""The companies through which the sample company sells, and which are paid for it."""

from dataclasses import dataclass
from math import sqrt

from .company import Staff
from .customers import Account
from .names import company
from .streams import between, salesforce_id, stream
from .times import DAY, INITIAL_LOAD

POD = "5p0"
HOMES = (("cny", "CN"), ("cny", "CN"), ("eur", "DE"), ("usd", "US"))


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner: its account in the CRM, which buys nothing."""

    number: int
    account: Account


def partners(seed: int, scale: float, staff: Staff) -> list[Partner]:
    """Return the partner companies; all were there before the first extract."""
    found = []
    for number in range(max(2, round(12 * sqrt(scale)))):
        rng = stream(seed, "partner", number)
        currency, country = HOMES[number % len(HOMES)]
        name, industry, domain = company(rng, country)
        created = INITIAL_LOAD - between(rng, 100, 900) * DAY
        account = Account(
            number,
            salesforce_id("001", number, POD),
            name,
            industry,
            domain,
            "midmarket",
            currency,
            country,
            between(rng, 20, 400),
            None,
            None,
            created,
            ((created, staff.managers[number % len(staff.managers)]),),
        )
        found.append(Partner(number, account))
    return found
