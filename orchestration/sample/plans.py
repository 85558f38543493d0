"""What each customer decides to buy: first, beside it, after it and once."""

from random import Random

from .catalogue import COUPONS, TERMS
from .customers import Customer
from .story import Plan
from .streams import between, stream, weighted
from .times import DAY, LAST_SYNC

LATE_DISCOUNT_SHARE = 0.04  # Of contracts: a discount agreed after signing; the deal says nothing.
SILENT_SHARE = 0.1  # Of contracts that renew by themselves and that billing names.
LATE_START_SHARE = 0.03  # Of contracts: service starts weeks after the contract says.
CONTRACT_SHARE = {"consumer": 0.0, "smb": 0.4, "midmarket": 0.94, "enterprise": 0.98}
TERM_MIX = {
    "consumer": (("weekly", 0.07), ("monthly", 0.69), ("annual", 0.24)),
    "self-serve": (("monthly", 0.83), ("quarterly", 0.04), ("annual", 0.13)),
    "smb": (("monthly", 0.45), ("quarterly", 0.15), ("annual", 0.4)),
    "midmarket": (("monthly", 0.15), ("quarterly", 0.25), ("annual", 0.6)),
    "enterprise": (("quarterly", 0.17), ("annual", 0.83)),
}
MONTHS_MIX = {
    "smb": ((12, 1.0),),
    "midmarket": ((12, 0.75), (24, 0.25)),
    "enterprise": ((12, 0.4), (24, 0.25), (36, 0.35)),
}
SEATS = {"smb": (2, 25), "midmarket": (15, 140), "enterprise": (80, 1_400)}
PRODUCT_MIX = (
    ("dashboards", 0.28),
    ("workflow", 0.27),
    ("analytics", 0.22),
    ("vault", 0.15),
    ("agents", 0.08),
)
UPGRADES = {"dashboards": "analytics", "workflow": "agents", "vault": "workflow", "notes": "studio"}
SWAPS = {**UPGRADES, "studio": "notes", "analytics": "dashboards", "agents": "workflow"}


def seats(rng: Random, kind: str) -> int:
    """Return a number of seats, many small and few large."""
    low, high = SEATS[kind]
    return max(1, int(low * (high / low) ** (rng.random() ** 1.3)))


def first_plan(seed: int, customer: Customer) -> Plan | None:
    """Return the subscription a customer starts with; None where it buys a licence only."""
    rng = stream(seed, "plan", customer.index)
    if customer.kind == "consumer":
        if rng.random() < 0.05:
            return None
        plan = _consumer_plan(rng, customer)
    else:
        plan = _company_plan(rng, customer, 0, customer.start)
    if customer.start > LAST_SYNC - 3 * DAY and rng.random() < 0.3:
        plan.trial_days = 0
    _add_coupons(stream(seed, "coupon", customer.index, 0), customer, plan)
    ahead = stream(seed, "signed ahead", customer.index)
    if customer.start > LAST_SYNC - 75 * DAY and plan.contract_months and ahead.random() < 0.3:
        plan.start = LAST_SYNC + between(ahead, 3, 80) * DAY + between(ahead, 0, DAY)
        plan.trial_days = 0
        plan.start_delay = 0
    return plan


def settle_renewal(seed: int, customer: Customer, plan: Plan) -> None:
    """Decide whether a contract that renews by itself is signed anew in the CRM."""
    rng = stream(seed, "silent renewal", customer.index, plan.number)
    is_possible = plan.contract_months and plan.is_auto_renewal and plan.tells_contract
    plan.renews_silently = bool(is_possible) and rng.random() < SILENT_SHARE


def second_plan(seed: int, customer: Customer) -> Plan | None:
    """Return a subscription held beside the first, for some customers."""
    rng = stream(seed, "second plan", customer.index)
    if rng.random() >= (0.03 if customer.kind == "consumer" else 0.09):
        return None
    start = customer.start + between(rng, 20, 500) * DAY + between(rng, 0, 6 * 3600)
    if customer.kind == "consumer":
        plan = _consumer_plan(rng, customer)
        plan.number, plan.start, plan.trial_days = 1, start, 0
    else:
        plan = _company_plan(rng, customer, 1, start)
    _add_coupons(stream(seed, "coupon", customer.index, 1), customer, plan)
    return plan


def return_plan(seed: int, customer: Customer, ended: int) -> Plan | None:
    """Return the subscription of a customer who comes back after everything had `ended`."""
    rng = stream(seed, "return", customer.index)
    if rng.random() >= 0.12:
        return None
    start = ended + between(rng, 25, 300) * DAY + between(rng, 0, 6 * 3600)
    if customer.kind == "consumer":
        plan = _consumer_plan(rng, customer)
        plan.start, plan.trial_days = start, 0
    else:
        plan = _company_plan(rng, customer, 2, start)
    plan.number = 2
    _add_coupons(stream(seed, "coupon", customer.index, 2), customer, plan)
    return plan


def switched_plan(seed: int, customer: Customer, plan: Plan, ended: int) -> Plan:
    """Return the plan that goes on in another currency when `plan` ended."""
    rng = stream(seed, "switch", customer.index)
    others = [currency for currency in ("cny", "usd", "eur") if currency != plan.currency]
    return Plan(3, ended, others[between(rng, 0, 2)], plan.term, list(plan.products))


def switch_period(seed: int, customer: Customer) -> int | None:
    """Return after how many periods a customer changes its currency; None for almost all."""
    rng = stream(seed, "switch period", customer.index)
    return between(rng, 2, 12) if rng.random() < 0.02 else None


def licences(seed: int, customer: Customer, has_plan: bool) -> list[tuple[int, str, int]]:
    """Return one-off purchases without a subscription: (when, product, quantity)."""
    rng = stream(seed, "licence", customer.index)
    product = "classic" if customer.kind == "consumer" else "appliance"
    share = {"consumer": 0.06, "smb": 0.01, "midmarket": 0.05, "enterprise": 0.12}[customer.kind]
    if not has_plan:
        return [(customer.start, product, 1)]
    if rng.random() >= share:
        return []
    quantity = 1 + (rng.random() < 0.2)
    return [(customer.start + between(rng, 5, 400) * DAY, product, quantity)]


def _consumer_plan(rng: Random, customer: Customer) -> Plan:
    term = TERMS[weighted(rng, TERM_MIX["consumer"])]
    product = "notes" if rng.random() < 0.62 else "studio"
    quantity = 1 if rng.random() < 0.9 else between(rng, 2, 6)
    trial = 14 if rng.random() < 0.38 else 0
    return Plan(0, customer.start, customer.currency, term, [(product, quantity)], trial_days=trial)


def _company_plan(rng: Random, customer: Customer, number: int, start: int) -> Plan:
    kind = customer.kind
    has_contract = rng.random() < CONTRACT_SHARE[kind]
    months = weighted(rng, MONTHS_MIX[kind]) if has_contract else None
    term = TERMS[weighted(rng, TERM_MIX[kind if has_contract else "self-serve"])]
    if months in (24, 36) and rng.random() < 0.3:
        term = TERMS["two_year" if months == 24 else "three_year"]
    wanted = 1 + (rng.random() < {"smb": 0.12, "midmarket": 0.4, "enterprise": 0.7}[kind])
    wanted += kind == "enterprise" and rng.random() < 0.35
    products: list[tuple[str, int | None]] = []
    while len(products) < wanted:
        product = weighted(rng, PRODUCT_MIX)
        if all(product != held for held, _ in products):
            products.append((product, seats(rng, kind)))
    plan = Plan(number, start, customer.currency, term, products, contract_months=months)
    if term.key == "monthly" and rng.random() < 0.09:
        products.append(("calls", None))
    if has_contract and term.key == "annual" and rng.random() < 0.09:
        plan.products, plan.licence = [("onpremises", 1 + (rng.random() < 0.2))], "onpremises"
    elif kind != "smb" and rng.random() < 0.15:
        plan.licence = "onboarding"
    plan.is_invoiced = has_contract and rng.random() < (0.25 if kind == "smb" else 0.8)
    plan.is_auto_renewal = rng.random() < 0.86
    plan.tells_contract = rng.random() < 0.85
    if not has_contract and rng.random() < 0.4:
        plan.trial_days = 14 if rng.random() < 0.6 else 30
    if has_contract and rng.random() < LATE_START_SHARE:
        plan.start_delay = between(rng, 15, 60) * DAY
    return plan


def _add_coupons(rng: Random, customer: Customer, plan: Plan) -> None:
    months = plan.term.months
    if plan.contract_months:
        if rng.random() < LATE_DISCOUNT_SHARE:
            coupon = COUPONS[f"SALES{weighted(rng, (('10', 0.5), ('15', 0.3), ('20', 0.2)))}"]
            plan.coupons.append((coupon, between(rng, 25, 80) * DAY))
            return
        if rng.random() < 0.4:
            cut = weighted(
                rng,
                (("05", 0.25), ("10", 0.3), ("125", 0.1), ("15", 0.2), ("20", 0.1), ("25", 0.05)),
            )
            plan.coupons.append((COUPONS[f"SALES{cut}"], 0))
            if rng.random() < 0.25:
                plan.coupons.append((COUPONS["WELCOME12" if months <= 12 else "SALES05"], 0))
        return
    if rng.random() >= 0.2:
        return
    code = plan.currency.upper()
    if months > 3:
        choices = (("FIRST30", 0.5), (f"LOYAL{code}", 0.3), (f"VOUCHER{code}", 0.2))
    else:
        choices = (
            (("WELCOME3" if months <= 3 else "FIRST30"), 0.3),
            ("WELCOME6", 0.2),
            ("FIRST30", 0.1),
            (f"LOYAL{code}", 0.12),
            (f"START{code}", 0.16),
            (f"VOUCHER{code}", 0.12),
        )
    plan.coupons.append((COUPONS[weighted(rng, choices)], 0))
    if rng.random() < 0.12:
        plan.coupons.append((COUPONS["SALES10"], 0))
