"""The items of a subscription: what is held, at which price, and what its changes cost."""

from dataclasses import replace

from .catalogue import Catalogue, Price, Term
from .customers import Customer
from .invoicing import Invoicing, rounded
from .story import Discount, Item, ItemState, Line, Plan
from .streams import stripe_id

Period = tuple[int, int]


class Items:
    """The items of one plan; `pending` are lines that wait for the next invoice."""

    def __init__(
        self,
        seed: int,
        customer: Customer,
        catalogue: Catalogue,
        plan: Plan,
        invoicing: Invoicing,
    ) -> None:
        self.term: Term = plan.term
        self.pending: list[Line] = []
        self.all: list[Item] = []
        self._seed = seed
        self._customer = customer
        self._catalogue = catalogue
        self._plan = plan
        self._invoicing = invoicing

    @property
    def held(self) -> list[Item]:
        """Items that were not dropped."""
        return [item for item in self.all if not item.now.is_deleted]

    @property
    def licensed(self) -> list[Item]:
        """Items held that are paid in advance, by quantity."""
        return [item for item in self.held if item.now.quantity is not None]

    def holds(self, product: str) -> bool:
        """Return whether the product is among the items held."""
        return any(item.now.price.product.key == product for item in self.held)

    def price(self, product: str, when: int) -> Price:
        """Return the list price of a product on this subscription's term."""
        return self._catalogue.price(product, self._plan.currency, self.term.key, when)

    def one_off_price(self, product: str, when: int) -> Price:
        """Return the price of a product charged once."""
        return self._catalogue.price(product, self._plan.currency, "once", when)

    def add(self, product: str, quantity: int | None, when: int) -> Item:
        """Add an item without charging for it."""
        number = self._plan.number * 64 + len(self.all)
        item = Item(
            stripe_id("si", self._seed, self._customer.index, number),
            when,
            [ItemState(when, self.price(product, when), quantity, None, None)],
        )
        self.all.append(item)
        return item

    def enter(self, period: Period) -> None:
        """Begin a period."""
        start, end = period
        for item in self.held:
            entered = replace(item.now, since=start, period_start=start, period_end=end)
            if item.now.since == start:
                item.states[-1] = entered
            else:
                item.states.append(entered)

    def reprice(self, item: Item, price: Price, quantity: int | None, when: int) -> None:
        """Give an item another price or quantity between two periods."""
        if price is not item.now.price or quantity != item.now.quantity:
            item.states.append(ItemState(when, price, quantity, None, None))

    def requantify(self, item: Item, quantity: int, when: int, period: Period) -> None:
        """Change a quantity inside a period."""
        self._prorate(item, when, period, -1)
        item.states.append(replace(item.now, since=when, quantity=quantity))
        self._prorate(item, when, period, 1)

    def drop(self, item: Item, when: int, period: Period) -> None:
        """Drop an item inside a period."""
        self._prorate(item, when, period, -1)
        item.states.append(replace(item.now, since=when, is_deleted=True))

    def join(self, product: str, quantity: int, when: int, period: Period) -> None:
        """Add an item inside a period."""
        item = self.add(product, quantity, when)
        item.states[0] = replace(item.now, period_start=period[0], period_end=period[1])
        self._prorate(item, when, period, 1)

    def unused(self, when: int, period: Period) -> list[Line]:
        """Return the lines that give back the rest of a period."""
        return [self._proration(item, when, period, -1) for item in self.licensed]

    def period_value(self, discounts: list[Discount]) -> int:
        """Return what a period costs after percent coupons, before tax, in minor units."""
        above, below = percent_factor(discounts)
        return sum(
            rounded(item.now.price.unit_amount * item.now.quantity * above, below)
            for item in self.licensed
        )

    def take_pending(self) -> list[Line]:
        """Return the waiting lines, which then wait no longer."""
        lines, self.pending = self.pending, []
        return lines

    def _prorate(self, item: Item, when: int, period: Period, sign: int) -> None:
        self.pending.append(self._proration(item, when, period, sign))

    def _proration(self, item: Item, when: int, period: Period, sign: int) -> Line:
        start, end = period
        return self._invoicing.proration_line(
            item, item.now.price, item.now.quantity, when, end, end - start, sign
        )


def percent_factor(discounts: list[Discount]) -> tuple[int, int]:
    """Return numerator and denominator of what percent coupons leave; they compound."""
    above, below = 1, 1
    for discount in discounts:
        if discount.coupon.percent is not None:
            above, below = above * (10_000 - discount.coupon.percent), below * 10_000
    return above, below
