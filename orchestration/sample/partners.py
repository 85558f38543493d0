"""The companies through which the sample company sells, and who recommended it to whom."""

from dataclasses import dataclass
from math import sqrt

from .company import Staff
from .customers import Account, Customer, People
from .deals import RENEWAL
from .marketing import channel
from .names import company
from .story import Deal, DealPartner, Referral
from .streams import between, salesforce_id, stream
from .times import DAY, HOUR, INITIAL_LOAD

POD = "5p0"
HOMES = (("cny", "CN"), ("cny", "CN"), ("eur", "DE"), ("usd", "US"))
SOLD_WITH = "Partner"  # The source of a deal that a partner brought.
SECOND_PARTNER_RATE = 0.1
BY_PARTNER_SHARE = 0.15  # Of referrals; the others are customers'.
UNNAMED_DEAL_SHARE = 0.1  # Of referrals: nobody entered the deal.
REFERRED_PROSPECT_SHARE = 0.06  # Of accounts that bought nothing.


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


def sell_with_partners(
    seed: int, found: list[Partner], deals: list[Deal], pod: str, owner: int
) -> None:
    """Put partners on the deals that came by them; an account keeps its partner."""
    for place, deal in enumerate(deals):
        if deal.source != SOLD_WITH or deal.kind == RENEWAL:
            continue
        rng = stream(seed, f"deal partner {pod}", owner, place)
        first = (owner * 256 + place) * 2
        since = deal.created + between(rng, HOUR, 3 * DAY)
        chosen = (deal.account.number * 7) % len(found)
        places = [(chosen, "Reseller", True)]
        if rng.random() < SECOND_PARTNER_RATE:
            places.append(((chosen + 1) % len(found), "Consultant", False))
        for number, (partner, role, is_primary) in enumerate(places):
            deal.partners.append(
                DealPartner(
                    salesforce_id("00I", first + number, pod),
                    found[partner].account,
                    role,
                    is_primary,
                    since,
                )
            )


def referrals_of_customer(
    people: People, found: list[Partner], customer: Customer, deals: list[Deal]
) -> list[Referral]:
    """Return who recommended us to a customer, where it came by a referral."""
    if not customer.is_root or channel(people.seed, customer) != "referral":
        return []
    deal = next((deal for deal in deals if deal.kind.startswith("New")), None)
    return _referrals(people, found, customer.account, deal, "5g0", customer.index)


def referrals_of_prospect(
    people: People, found: list[Partner], account: Account, deals: list[Deal]
) -> list[Referral]:
    """Return who recommended us to an account that bought nothing."""
    rng = stream(people.seed, "referred prospect", account.number)
    if not deals or rng.random() >= REFERRED_PROSPECT_SHARE:
        return []
    return _referrals(people, found, account, deals[0], "5h0", account.number)


def _referrals(
    people: People,
    found: list[Partner],
    account: Account,
    deal: Deal | None,
    pod: str,
    owner: int,
) -> list[Referral]:
    rng = stream(people.seed, f"referral {pod}", owner)
    referrer_id = people.earlier_account_id(rng, owner)
    if referrer_id is None or rng.random() < BY_PARTNER_SHARE:
        referrer_id = found[between(rng, 0, len(found))].account.id
    if referrer_id == account.id:
        return []
    created = account.created + between(rng, DAY, 20 * DAY)
    if deal is not None:
        created = max(created, deal.created + HOUR)
    is_named = deal is not None and rng.random() >= UNNAMED_DEAL_SHARE
    return [
        Referral(
            salesforce_id("a0R", owner, pod),
            account,
            referrer_id,
            deal.id if is_named else None,
            created,
        )
    ]
