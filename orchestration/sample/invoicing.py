"""How invoices are written: lines, proration, discounts, tax and the customer's balance."""

from .catalogue import Price
from .customers import Customer
from .story import Discount, Invoice, Item, Ledger, Line
from .streams import stripe_id
from .times import HOUR

TAX_RATE = {
    "CN": 6,
    "HK": 0,
    "US": 0,
    "SG": 9,
    "CA": 5,
    "DE": 19,
    "FR": 20,
    "NL": 21,
    "IT": 22,
    "ES": 21,
}  # percent


def rounded(above: int, below: int) -> int:
    """Return above / below to the nearest whole number, halves away from zero; below > 0."""
    quotient = (2 * abs(above) + below) // (2 * below)
    return quotient if above >= 0 else -quotient


class Invoicing:
    """Writes the invoices of one customer into its ledger."""

    def __init__(self, seed: int, customer: Customer, ledger: Ledger) -> None:
        self._seed = seed
        self._customer = customer
        self._ledger = ledger
        self._lines = 0
        self._credit: dict[str, int] = {}  # by currency: what earlier invoices left in favour

    def period_line(self, item: Item, start: int, end: int, is_trial: bool = False) -> Line:
        """Return the line for a whole period of an item; nothing is asked for a trial."""
        price, quantity = item.now.price, item.now.quantity or 0
        amount = 0 if is_trial else price.unit_amount * quantity
        text = (
            f"Trial period for {price.product.name}"
            if is_trial
            else (f"{quantity} x {price.product.name}")
        )
        return self._line(item, price, False, quantity, amount, start, end, text)

    def proration_line(
        self, item: Item, price: Price, quantity: int, start: int, end: int, span: int, sign: int
    ) -> Line:
        """Return the line for the rest of a period of `span` seconds; sign -1 gives it back."""
        amount = rounded(sign * price.unit_amount * quantity * (end - start), span)
        text = f"{'Unused' if sign < 0 else 'Remaining'} time on {quantity} x {price.product.name}"
        return self._line(item, price, True, quantity, amount, start, end, text)

    def usage_line(self, item: Item, used: int, start: int, end: int) -> Line:
        """Return the line for what a metered item used in a period that is over."""
        price = item.now.price
        return self._line(
            item,
            price,
            False,
            used,
            price.unit_amount * used,
            start,
            end,
            f"{used} x {price.product.name}",
        )

    def licence_line(self, price: Price, quantity: int, when: int) -> Line:
        """Return the line for something sold once."""
        line = self._line(
            None,
            price,
            False,
            quantity,
            price.unit_amount * quantity,
            when,
            when,
            f"{quantity} x {price.product.name}",
        )
        line.is_extra, line.is_discountable = True, False
        return line

    def _line(
        self,
        item: Item | None,
        price: Price,
        is_proration: bool,
        quantity: int,
        amount: int,
        start: int,
        end: int,
        text: str,
    ) -> Line:
        self._lines += 1
        return Line(
            stripe_id("il", self._seed, self._customer.index, self._lines),
            None if item is None else item.id,
            price,
            is_proration,
            is_proration,
            True,
            quantity,
            amount,
            start,
            end,
            text,
        )

    def write(
        self,
        subscription_id: str | None,
        currency: str,
        reason: str,
        created: int,
        period: tuple[int, int],
        lines: list[Line],
        discounts: list[Discount],
    ) -> Invoice:
        """Add a draft invoice to the ledger and return it.

        Percent coupons compound on every discountable line, each line rounded once; fixed coupons
        then come off the sum, never below 0. A negative total becomes a credit for later ones.
        """
        subtotal = sum(line.amount for line in lines)
        above, below = 1, 1
        for discount in discounts:
            if discount.coupon.percent is not None:
                above, below = above * (10_000 - discount.coupon.percent), below * 10_000
        gross = sum(line.amount for line in lines if line.is_discountable)
        net = sum(rounded(line.amount * above, below) for line in lines if line.is_discountable)
        fixed = sum(
            discount.coupon.amount
            for discount in discounts
            if discount.coupon.amount is not None and discount.coupon.currency == currency
        )
        taken = gross - net + min(fixed, max(0, net))
        tax = rounded((subtotal - taken) * TAX_RATE[self._customer.country], 100)
        total = subtotal - taken + tax
        credit = self._credit.get(currency, 0)
        used = min(credit, max(0, total))
        self._credit[currency] = credit - used + max(0, -total)
        index, number = self._customer.index, len(self._ledger.invoices)
        invoice = Invoice(
            stripe_id("in", self._seed, index, number),
            f"{stripe_id('', self._seed, index, 0)[1:9].upper()}-{number + 1:04d}",
            subscription_id,
            currency,
            reason,
            created,
            None,
            *period,
            lines,
            subtotal,
            taken,
            tax,
            total,
            max(0, total) - used,
            [(created, "draft" if reason == "subscription_cycle" else "open", 0)],
        )
        self._ledger.invoices.append(invoice)
        return invoice

    def close(self, invoice: Invoice, behaviour: str) -> None:
        """Leave an invoice of a paused subscription as billing does: void, draft or given up."""
        status = {"void": "void", "mark_uncollectible": "uncollectible"}.get(behaviour)
        if status is not None:
            invoice.states.append((invoice.created + HOUR, status, 0))
