"""The life of a subscription, period by period: what billing sees of a plan.

Prices, quantities and ends are decided here; items change in `items`, invoices are written by
`invoicing`, money is collected by `payments`.
"""

from .catalogue import TERMS, Catalogue, Coupon
from .customers import Customer
from .invoicing import Invoicing, rounded
from .items import Items, Period, percent_factor
from .payments import Payments
from .plans import PRODUCT_MIX, SWAPS, UPGRADES
from .story import (
    ContractTerm,
    Discount,
    Expansion,
    Ledger,
    Line,
    Plan,
    Subscription,
)
from .streams import between, poisson, stream, stripe_id, weighted
from .times import DAY, LAST_SYNC, add_months

MONTHLY_CHURN = {"consumer": 0.024, "smb": 0.019, "midmarket": 0.012, "enterprise": 0.008}
LAPSE_RATE = {"smb": 0.17, "midmarket": 0.125, "enterprise": 0.085}
CHANGE_RATE = {"consumer": 0.006, "smb": 0.018, "midmarket": 0.03, "enterprise": 0.04}
CHANGES = (("more", 0.55), ("add", 0.12), ("swap", 0.11), ("fewer", 0.16), ("remove", 0.06))
PAUSES = (("void", 0.6), ("keep_as_draft", 0.2), ("mark_uncollectible", 0.2))
PAUSE_RATE, REVOKE_RATE = 0.004, 0.003  # a month
PRICE_NOTICE = 60 * DAY


class Life:
    """Lives one plan of one customer from its start to its end or the last sync."""

    def __init__(
        self,
        seed: int,
        customer: Customer,
        catalogue: Catalogue,
        plan: Plan,
        ledger: Ledger,
        invoicing: Invoicing,
    ) -> None:
        start = plan.start + plan.start_delay
        self._seed = seed
        self._customer = customer
        self._plan = plan
        self._invoicing = invoicing
        self._rng = stream(seed, "life", customer.index, plan.number)
        self._payments = Payments(seed, customer, plan.number, ledger)
        self._items = Items(seed, customer, catalogue, plan, invoicing)
        self._sub = Subscription(
            stripe_id("sub", seed, customer.index, plan.number),
            plan,
            start,
            min(start, customer.start) if start > LAST_SYNC else start,
            items=self._items.all,
        )
        self._marks: list[tuple[int, dict]] = []
        self._pause: tuple[int, int, str] | None = None
        self._accepts_rises = self._rng.random() < 0.8
        self._anchor = start
        self._first = 0  # Number of the period at the anchor, counted from the start.
        self._used_until = start
        ledger.subscriptions.append(self._sub)

    def run(self) -> Subscription:
        """Live it; the subscription and its invoices end up in the ledger."""
        sub, plan = self._sub, self._plan
        for product, quantity in plan.products:
            self._items.add(product, quantity, sub.created)
        for number, (coupon, delay) in enumerate(plan.coupons):
            self._add_discount(number, coupon, sub.created + delay)
        self._mark(sub.created, status="not_started")
        if plan.contract_months:
            self._mark(sub.created, contract_number=0)
        if sub.start > LAST_SYNC:
            if plan.contract_months:
                self._begin_term(0)
        elif not plan.trial_days or self._try_out():
            self._mark(self._anchor, status="active")
            self._used_until = self._anchor
            self._live()
        self._sub.follow(self._marks + self._payments.marks)
        return sub

    def _try_out(self) -> bool:
        """Live the trial; return whether it turns into a paid subscription that has begun."""
        sub, rng = self._sub, self._rng
        period = sub.start, sub.start + self._plan.trial_days * DAY
        sub.trial_end = end = period[1]
        self._mark(sub.start, status="trialing", period_start=sub.start, period_end=end)
        self._items.enter(period)
        lines = [
            self._invoicing.period_line(item, *period, is_trial=True)
            for item in self._items.licensed
        ]
        self._collect("subscription_create", sub.start, (sub.start, sub.start), lines, [])
        if rng.random() >= 0.35 + 0.4 * self._customer.mood:
            asked = sub.start + between(rng, DAY, end - sub.start)
            self._mark(asked, is_cancel_at_period_end=True, cancel_at=end, canceled_at=asked)
            self._end(end)
            return False
        self._anchor = end
        return end <= LAST_SYNC

    def _live(self) -> None:
        number = 0
        while True:
            start = self._boundary(number)
            if start > LAST_SYNC or self._is_dead(start):
                break
            if number:
                self._review(number, start)
            if self._is_term_start(number):
                self._begin_term(number)
            period = start, self._boundary(number + 1)
            self._items.enter(period)
            self._mark(start, period_start=start, period_end=period[1])
            self._invoice_period(number, period)
            stop = self._stop(number, period)
            if stop is not None:
                if not self._is_dead(stop):
                    self._settle_end(stop, period)
                self._end(stop)
                return
            self._change_within(number, period)
            number += 1
        if self._payments.dead_at is not None:
            self._end(self._payments.dead_at)

    def _is_dead(self, when: int) -> bool:
        return self._payments.dead_at is not None and self._payments.dead_at <= when

    def _boundary(self, number: int) -> int:
        term = self._items.term
        count = (number - self._first) * term.count
        if term.unit == "week":
            return self._anchor + count * 7 * DAY
        return add_months(self._anchor, count * (12 if term.unit == "year" else 1))

    def _periods_per_term(self) -> int:
        return round(self._plan.contract_months / self._items.term.months)

    def _is_term_start(self, number: int) -> bool:
        return bool(self._plan.contract_months) and number % self._periods_per_term() == 0

    def _review(self, number: int, start: int) -> None:
        """Decide at the start of a period what changes with it: prices, seats, the term."""
        rng, items = self._rng, self._items
        has_contract, is_renewal = bool(self._plan.contract_months), self._is_term_start(number)
        if not has_contract and items.term.key == "annual" and rng.random() < 0.12:
            items.term, self._anchor, self._first = TERMS["monthly"], start, number
        for item in items.held:
            price, quantity = item.now.price, item.now.quantity
            product = price.product.key
            if is_renewal:
                price = items.price(product, start)
            elif not has_contract and self._accepts_rises:
                price = items.price(product, start - PRICE_NOTICE)
            elif items.term is not price.term:
                price = items.price(product, price.created + 2 * DAY)
            if is_renewal and quantity is not None:
                point = rng.random()
                if point < 0.25:
                    quantity += max(1, int(quantity * (0.05 + 0.3 * rng.random())))
                elif point < 0.36 and quantity > 1:
                    quantity -= max(1, int(quantity * (0.05 + 0.25 * rng.random())))
            items.reprice(item, price, quantity, start)

    def _add_discount(self, number: int, coupon: Coupon, start: int) -> None:
        end = add_months(start, coupon.months) if coupon.months else None
        discount_id = stripe_id(
            "di", self._seed, self._customer.index, self._plan.number * 64 + number
        )
        self._sub.discounts.append(Discount(discount_id, coupon, start, end))

    # Invoices

    def _invoice_period(self, number: int, period: Period) -> None:
        start, end = period
        lines = self._items.take_pending() + self._usage(start)
        lines += [self._invoicing.period_line(item, start, end) for item in self._items.licensed]
        discounts = [discount for discount in self._sub.discounts if discount.holds(start)]
        if number == 0 and self._plan.licence is not None:
            price = self._items.one_off_price(self._plan.licence, start)
            lines.append(self._invoicing.licence_line(price, 1, start))
        is_first = number == 0 and self._sub.trial_end is None
        reason = "subscription_create" if is_first else "subscription_cycle"
        self._collect(reason, start, period, lines, discounts, is_first)
        for discount in discounts:
            if discount.coupon.duration == "once":
                discount.end = discount.closed = end

    def _usage(self, until: int) -> list[Line]:
        """Return the lines for what metered items used since they were last billed."""
        since, self._used_until = self._used_until, until
        return [
            self._invoicing.usage_line(item, int(2_000 * 6 ** self._rng.random()), since, until)
            for item in self._items.held
            if item.now.quantity is None and since < until
        ]

    def _collect(
        self,
        reason: str,
        when: int,
        period: Period,
        lines: list[Line],
        discounts: list[Discount],
        is_first: bool = False,
    ) -> None:
        invoice = self._invoicing.write(
            self._sub.id, self._plan.currency, reason, when, period, lines, discounts
        )
        if self._pause is not None and self._pause[0] <= when < self._pause[1]:
            self._invoicing.close(invoice, self._pause[2])
        else:
            self._payments.collect(invoice, is_first, self._plan.is_invoiced)

    def _percents(self, when: int) -> list[Discount]:
        """Return the percent coupons that hold; fixed ones come off regular invoices only."""
        return [
            discount
            for discount in self._sub.discounts
            if discount.holds(when) and discount.coupon.percent is not None
        ]

    # Changes inside a period

    def _change_within(self, number: int, period: Period) -> None:
        """Pause, waver and change: what happens between two invoices."""
        rng, months, (start, end) = self._rng, self._items.term.months, period
        if self._pause is not None and self._pause[1] > start:
            return
        if not self._plan.contract_months and rng.random() < PAUSE_RATE * months:
            behaviour = weighted(rng, PAUSES)
            paused = start + between(rng, 1, max(2, (end - start) // DAY)) * DAY
            self._pause = (paused, paused + between(rng, 25, 100) * DAY, behaviour)
            self._mark(paused, pause=behaviour)
            self._mark(self._pause[1], pause=None)
            return
        span = end - start
        if rng.random() < REVOKE_RATE * months:
            asked = start + between(rng, 0.1 * span, 0.5 * span)
            self._mark(asked, is_cancel_at_period_end=True, cancel_at=end, canceled_at=asked)
            self._mark(
                asked + between(rng, DAY / 2, 0.4 * span),
                is_cancel_at_period_end=False,
                cancel_at=None,
                canceled_at=None,
            )
        count = poisson(rng, CHANGE_RATE[self._customer.kind] * months)
        moments = sorted(start + between(rng, 0.02 * span, 0.98 * span) for _ in range(count))
        for when in moments:
            if when <= LAST_SYNC:
                self._change(number, when, period)

    def _change(self, number: int, when: int, period: Period) -> None:
        rng, items, has_contract = self._rng, self._items, bool(self._plan.contract_months)
        before, licensed = len(items.pending), items.licensed
        item = licensed[between(rng, 0, len(licensed))]
        quantity, product = item.now.quantity, item.now.price.product.key
        kind, share = weighted(rng, CHANGES), rng.random()
        if has_contract and kind in ("fewer", "remove"):
            kind = "more"  # What a contract promises goes down at its renewal only.
        if kind == "more":
            step = max(1, int(quantity * (0.05 + 0.3 * share)))
            items.requantify(item, quantity + step, when, period)
        elif kind == "fewer" and quantity > 1:
            step = max(1, int(quantity * (0.1 + 0.3 * share)))
            items.requantify(item, quantity - step, when, period)
        elif kind == "remove" and len(licensed) > 1:
            items.drop(item, when, period)
        elif kind == "swap":
            other = (UPGRADES if has_contract else SWAPS).get(product)
            if other is not None and not items.holds(other):
                items.drop(item, when, period)
                items.join(other, quantity, when, period)
        elif kind == "add" and self._customer.kind != "consumer":
            other = weighted(rng, PRODUCT_MIX)
            if not items.holds(other):
                items.join(other, max(1, int(quantity * (0.2 + 0.8 * share))), when, period)
        if len(items.pending) == before:
            return
        change = sum(line.amount for line in items.pending[before:])
        self._note_expansion(number, when, period, change)
        if items.term.months >= 3:
            # Long periods settle a change at once instead of months later.
            self._collect(
                "subscription_update",
                when,
                (period[0], when),
                items.take_pending(),
                self._percents(when),
            )

    # Contract terms

    def _begin_term(self, number: int) -> None:
        sub, start = self._sub, self._boundary(number)
        if sub.terms:
            sub.terms[-1].outcome, sub.terms[-1].decided = "renewed", start
            self._mark(start, contract_number=len(sub.terms))
        agreed = [
            discount
            for discount, (_, delay) in zip(sub.discounts, self._plan.coupons, strict=True)
            if delay == 0 or sub.terms
        ]
        end = number + self._periods_per_term()
        value = 0
        for period in range(number, end):
            when = self._boundary(period)
            value += self._items.period_value([each for each in agreed if each.holds(when)])
        if number == 0 and self._plan.licence is not None:
            value += self._items.one_off_price(self._plan.licence, sub.start).unit_amount
        sub.terms.append(
            ContractTerm(
                len(sub.terms), start, self._boundary(end), self._plan.contract_months, value
            )
        )

    def _note_expansion(self, number: int, when: int, period: Period, change: int) -> None:
        """Note what a change adds to the contract term: this period's part and whole ones."""
        if not self._sub.terms:
            return
        (start, end), term = period, self._sub.terms[-1]
        above, below = percent_factor(self._percents(when))
        whole = rounded(change * (end - start), max(1, end - when))
        later = self._periods_per_term() * (term.number + 1) - number - 1
        value = rounded((change + whole * later) * above, below)
        if value > 0:
            months = max(1, round((term.end - when) / (30.4375 * DAY)))
            term.expansions.append(Expansion(when, value, months))

    # Ends

    def _stop(self, number: int, period: Period) -> int | None:
        """Return when the subscription ends inside or with this period; None if it goes on."""
        rng, plan, risk, (start, end) = self._rng, self._plan, self._customer.risk, period
        span = end - start
        if self._is_dead(end):
            return self._payments.dead_at
        if plan.periods is not None:
            if number + 1 < plan.periods:
                return None
        elif plan.contract_months:
            if not self._is_term_start(number + 1):
                return None
            rate = LAPSE_RATE[self._customer.kind] * risk
            if rng.random() >= min(0.9, rate if plan.is_auto_renewal else 2 * rate):
                return None
        else:
            rate = MONTHLY_CHURN[self._customer.kind] * risk * self._items.term.months
            if rng.random() >= min(0.85, rate):
                return None
            if rng.random() < 0.2:
                return start + between(rng, 0.05 * span, 0.95 * span)
        asked = end - between(rng, 0.05 * DAY, 0.95 * min(span, 75 * DAY))
        self._mark(asked, is_cancel_at_period_end=True, cancel_at=end, canceled_at=asked)
        if self._sub.terms:
            self._sub.terms[-1].outcome, self._sub.terms[-1].decided = "lapsed", asked
        return end

    def _settle_end(self, stop: int, period: Period) -> None:
        """Write the last invoice where usage, changes or unused time are still open."""
        if stop > LAST_SYNC:
            return
        start, end = period
        lines = self._items.take_pending() + self._usage(stop)
        if stop < end and self._rng.random() < 0.4:
            lines += self._items.unused(stop, period)
        if lines:
            reason = "subscription_cycle" if stop == end else "subscription_update"
            self._collect(reason, stop, (start, stop), lines, self._percents(stop))

    def _end(self, when: int) -> None:
        sub = self._sub
        self._mark(when, ended_at=when)
        if sub.terms and sub.terms[-1].outcome == "running":
            sub.terms[-1].outcome, sub.terms[-1].decided = "terminated", when

    def _mark(self, when: int, **changes: object) -> None:
        self._marks.append((when, changes))
