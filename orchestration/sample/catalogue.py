"""What the sample company sells: products, list prices and coupons.

Prices are whole list prices by currency, billing term and price list; what a customer negotiates
is a coupon.
"""

from dataclasses import dataclass

from .streams import stripe_id
from .times import DAY, HOUR, at


@dataclass(frozen=True, slots=True)
class Product:
    """A product; `monthly` is the list price of a unit in CNY, once for a one-off licence."""

    key: str
    name: str
    product_line: str
    life_cycle_stage: str
    delivery_mode: str
    segment: str
    monthly: int
    is_metered: bool = False


PRODUCTS = (
    Product(
        "analytics", "Beacon Analytics", "Analytics", "growth", "subscription", "enterprise", 180
    ),
    Product(
        "dashboards", "Beacon Dashboards", "Analytics", "mature", "subscription", "enterprise", 90
    ),
    Product(
        "calls",
        "Beacon API Calls",
        "Analytics",
        "growth",
        "subscription",
        "enterprise",
        0,
        is_metered=True,
    ),
    Product(
        "workflow", "Relay Workflow", "Automation", "mature", "subscription", "enterprise", 120
    ),
    Product("agents", "Relay Agents", "Automation", "new", "subscription", "enterprise", 260),
    Product(
        "onpremises", "Relay On-Premises", "Automation", "mature", "hybrid", "enterprise", 5_200
    ),
    Product("vault", "Harbor Vault", "Security", "growth", "subscription", "enterprise", 75),
    Product("appliance", "Harbor Appliance", "Security", "mature", "one_off", "enterprise", 48_000),
    Product("notes", "Pixel Notes", "Personal", "mature", "subscription", "consumer", 25),
    Product("studio", "Pixel Studio", "Personal", "growth", "subscription", "consumer", 68),
    Product("classic", "Pixel Classic", "Personal", "decline", "one_off", "consumer", 399),
    Product(
        "onboarding", "Onboarding Package", "Services", "mature", "one_off", "enterprise", 6_000
    ),
)
LICENCE_FACTOR = 12  # A hybrid's licence costs twelve months of its maintenance, once.


@dataclass(frozen=True, slots=True)
class Term:
    """A billing term: every `count` units, at `factor` monthly prices."""

    key: str
    unit: str
    count: int
    months: float
    factor: float


TERMS = {
    term.key: term
    for term in (
        Term("weekly", "week", 1, 12 / 52, 0.27),
        Term("monthly", "month", 1, 1, 1.0),
        Term("quarterly", "month", 3, 3, 2.85),
        Term("annual", "year", 1, 12, 10.0),
        Term("two_year", "year", 2, 24, 19.0),
        Term("three_year", "year", 3, 36, 27.0),
    )
}
CURRENCY_FACTOR = {"cny": 1.0, "usd": 0.165, "eur": 0.152}
PRICE_LISTS = (
    (at(2022, 12, 1, 3), 1.0),
    (at(2024, 4, 1, 3), 1.07),
    (at(2025, 4, 1, 3), 1.13),
    (at(2026, 1, 5, 3), 1.17),
)


@dataclass(frozen=True, slots=True)
class Price:
    """A list price; `unit_amount` in minor units, `term` None where it is charged once."""

    id: str
    product: Product
    currency: str
    unit_amount: int
    term: Term | None
    created: int


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon: percent off in hundredths of a percent, or an amount in minor units."""

    id: str
    name: str
    percent: int | None
    amount: int | None
    currency: str | None
    duration: str
    months: int | None
    created: int


def _coupons() -> tuple[Coupon, ...]:
    created = at(2023, 1, 9, 3)
    percents = [
        ("SALES05", 500),
        ("SALES10", 1000),
        ("SALES125", 1250),
        ("SALES15", 1500),
        ("SALES20", 2000),
        ("SALES25", 2500),
    ]
    found = [
        Coupon(name, f"Sales discount {cut / 100:g} %", cut, None, None, "forever", None, created)
        for name, cut in percents
    ]
    for months, cut in ((3, 5000), (6, 2000), (12, 1000)):
        found.append(
            Coupon(
                f"WELCOME{months}",
                f"Welcome, {months} months",
                cut,
                None,
                None,
                "repeating",
                months,
                created,
            )
        )
    found.append(Coupon("FIRST30", "First invoice", 3000, None, None, "once", None, created))
    for currency, amount in (("cny", 20_00), ("usd", 3_00), ("eur", 3_00)):
        code = currency.upper()
        found += [
            Coupon(
                f"LOYAL{code}", f"Loyalty {code}", None, amount, currency, "forever", None, created
            ),
            Coupon(
                f"START{code}",
                f"Starter {code}",
                None,
                amount * 2,
                currency,
                "repeating",
                6,
                created,
            ),
            Coupon(
                f"VOUCHER{code}",
                f"Voucher {code}",
                None,
                amount * 3,
                currency,
                "once",
                None,
                created,
            ),
        ]
    return tuple(found)


COUPONS = {coupon.id: coupon for coupon in _coupons()}


class Catalogue:
    """The products, prices and coupons of one seed."""

    def __init__(self, seed: int) -> None:
        self.product_ids = {
            product.key: stripe_id("prod", seed, -1, number)
            for number, product in enumerate(PRODUCTS)
        }
        self._prices: dict[tuple[str, str, str, int], Price] = {}
        for product in PRODUCTS:
            for currency, factor in CURRENCY_FACTOR.items():
                for number, (created, rise) in enumerate(PRICE_LISTS):
                    for key, amount in _amounts(product, factor * rise):
                        self._prices[product.key, currency, key, number] = Price(
                            stripe_id("price", seed, -1, len(self._prices)),
                            product,
                            currency,
                            amount,
                            TERMS.get(key),
                            created,
                        )

    @property
    def prices(self) -> list[Price]:
        """Every price, in the order of its creation by product and currency."""
        return list(self._prices.values())

    def price(self, product: str, currency: str, term: str, when: int) -> Price:
        """Return the list price in force at second `when`; term `once` is a one-off price."""
        number = max(
            (place for place, (created, _) in enumerate(PRICE_LISTS) if created + DAY <= when),
            default=0,
        )
        return self._prices[product, currency, term, number]


def _amounts(product: Product, factor: float) -> list[tuple[str, int]]:
    if product.is_metered:
        return [("monthly", max(1, round(3 * factor)))]
    monthly = product.monthly * factor * 100
    if product.delivery_mode == "one_off":
        return [("once", round(monthly / 100) * 100)]
    found = [(term.key, max(50, round(monthly * term.factor / 10) * 10)) for term in TERMS.values()]
    if product.delivery_mode == "hybrid":
        found.append(("once", round(monthly * LICENCE_FACTOR / 100) * 100))
    return found


PRODUCT_CREATED = at(2022, 11, 21, 2) + HOUR
