"""What enterprises accepted of their projects, as the flat file that project managers keep."""

from datetime import date

from .customers import Customer
from .landing import Intake
from .story import Contract, Delivery
from .streams import between, stream
from .times import DAY, HOUR, business_day

SOURCE = "flat_projects"
SHARES = ((100,), (40, 60), (50, 50), (30, 30, 40), (20, 50, 30))  # In hundredths.
STUCK_SHARE = 0.12  # Of projects: the last part is not accepted.
DELIVERIES_PER_CUSTOMER = 64
_EPOCH = date(1970, 1, 1).toordinal()


def deliveries(seed: int, customer: Customer, contracts: list[Contract]) -> list[Delivery]:
    """Return what an enterprise accepted: each new contract is a project, its renewals are not."""
    if customer.kind != "enterprise":
        return []
    rng = stream(seed, "delivery", customer.index)
    found: list[Delivery] = []
    for contract in contracts:
        if contract.previous_id is not None:
            continue
        shares = SHARES[between(rng, 0, len(SHARES))]
        if rng.random() < STUCK_SHARE:
            shares = shares[:-1]
        day = contract.start_day
        over = min(
            [business_day(since) for since, status in contract.states if status == "Terminated"],
            default=contract.end_day,
        )
        for share in shares:
            day += between(rng, 15, 90)
            if day < over:
                number = customer.index * DELIVERIES_PER_CUSTOMER + len(found)
                found.append(Delivery(number, contract.id, day, share))
    return found


def render(found: list[Delivery], intake: Intake) -> None:
    """Render protocols of acceptance; they are entered some days after they were signed."""
    for delivery in found:
        entered = (delivery.accepted_day + 1 + delivery.number % 6) * DAY + 3 * HOUR
        row = {
            "delivery_id": f"D-{delivery.number:06d}",
            "contract": f"salesforce:{delivery.contract_id}",
            "accepted_on": date.fromordinal(delivery.accepted_day + _EPOCH).isoformat(),
            "delivered_share": f"{delivery.share // 100}.{delivery.share % 100:02d}",
        }
        intake.add(SOURCE, "delivery", [(entered, row)])
