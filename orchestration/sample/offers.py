"""What deals would sell, product by product, and who at the customer has a part in them."""

from .campaigns import contact_ids
from .catalogue import PRODUCTS, Product
from .story import ContactRole, Deal, DealLine
from .streams import between, salesforce_id, stream, weighted
from .times import DAY, HOUR
from .walks import chance

OFFERED = tuple(
    product for product in PRODUCTS if product.segment == "enterprise" and not product.is_metered
)
LINES_PER_DEAL = 4
SECOND_PRODUCT_RATE, NO_PRODUCT_RATE = 0.35, 0.02
DECISION_MAKER = "Decision Maker"
OTHER_ROLES = (
    ("Business User", 0.4),
    ("Evaluator", 0.25),
    ("Influencer", 0.2),
    ("Economic Buyer", 0.15),
)


def offer(seed: int, deals: list[Deal], pod: str, owner: int) -> None:
    """Say what deals would sell and to whom; a healthy deal knows more people, and who decides."""
    for place, deal in enumerate(deals):
        rng = stream(seed, f"offer {pod}", owner, place)
        first = (owner * 256 + place) * LINES_PER_DEAL
        main = OFFERED[stream(seed, f"wish {pod}", deal.account.number).randrange(len(OFFERED))]
        if rng.random() >= NO_PRODUCT_RATE:
            shares = [(main, 100)]
            other = OFFERED[between(rng, 0, len(OFFERED))]
            if rng.random() < SECOND_PRODUCT_RATE and other is not main:
                share = between(rng, 45, 90)
                shares = [(main, share), (other, 100 - share)]
            _add_lines(deal, shares, first, pod)
        contacts = contact_ids(deal.account, pod)
        closed = deal.states[-1][0]
        knows_decider = rng.random() < chance(0.2 + 0.75 * deal.health)
        for number, contact_id in enumerate(contacts):
            is_met = number == 0 or rng.random() < chance(0.4 + 0.6 * deal.health)
            delay = rng.random() ** 1.3 * 0.75
            role = weighted(rng, OTHER_ROLES)
            if number == 0 and knows_decider:
                role = DECISION_MAKER
            since = deal.created + HOUR + int(delay * max(DAY, closed - deal.created))
            if is_met and since < closed:
                role_id = salesforce_id("00K", first + number, pod)
                deal.roles.append(ContactRole(role_id, contact_id, role, number == 0, since))


def _add_lines(deal: Deal, shares: list[tuple[Product, int]], first: int, pod: str) -> None:
    """Add a line for each product; together they are always worth what the deal is."""
    values: list[tuple[int, int]] = []
    for since, _, amount, _ in deal.states:
        if not values or values[-1][1] != amount:
            values.append((since, amount))
    rests = [amount for _, amount in values]
    for number, (product, share) in enumerate(shares):
        is_last = number == len(shares) - 1
        parts = [
            rest if is_last else amount * share // 100
            for rest, (_, amount) in zip(rests, values, strict=True)
        ]
        rests = [rest - part for rest, part in zip(rests, parts, strict=True)]
        states = [(since, part) for (since, _), part in zip(values, parts, strict=True)]
        line_id = salesforce_id("00k", first + number, pod)
        deal.lines.append(DealLine(line_id, product.key, states))
