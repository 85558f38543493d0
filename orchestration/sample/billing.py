"""The life of a subscription, period by period: what billing sees of a plan.

Prices, quantities and ends are decided here; invoices are written by `invoicing`, money is
collected by `payments`.
"""

from dataclasses import replace

from .catalogue import TERMS, Catalogue
from .customers import Customer
from .invoicing import Invoicing, rounded
from .payments import Payments
from .plans import PRODUCT_MIX, SWAPS
from .story import (
    ContractTerm,
    Discount,
    Expansion,
    Item,
    ItemState,
    Ledger,
    Line,
    Plan,
    Subscription,
    SubscriptionState,
)
from .streams import between, poisson, stream, stripe_id, weighted
from .times import DAY, HOUR, LAST_SYNC, add_months

MONTHLY_CHURN = {"consumer": 0.027, "smb": 0.019, "midmarket": 0.012, "enterprise": 0.008}
LAPSE_RATE = {"smb": 0.17, "midmarket": 0.125, "enterprise": 0.085}
CHANGE_RATE = {"consumer": 0.004, "smb": 0.018, "midmarket": 0.03, "enterprise": 0.04}
PAUSE_RATE = 0.004
REVOKE_RATE = 0.003
PRICE_NOTICE = 60 * DAY
PAUSES = (("void", 0.6), ("keep_as_draft", 0.2), ("mark_uncollectible", 0.2))


class Life:
    """Lives one plan of one customer from its start to its end or the last sync."""

    def __init__(
        self, seed: int, customer: Customer, catalogue: Catalogue, plan: Plan, ledger: Ledger,
        invoicing: Invoicing,
    ) -> None:
        self._seed = seed
        self._customer = customer
        self._catalogue = catalogue
        self._plan = plan
        self._term = plan.term
        self._invoicing = invoicing
        self._rng = stream(seed, "life", customer.index, plan.number)
        self._payments = Payments(seed, customer, plan.number, ledger)
        start = plan.start + plan.start_delay
        self._sub = Subscription(
            stripe_id("sub", seed, customer.index, plan.number), plan, start,
            min(start, customer.start) if start > LAST_SYNC else start,
        )
        self._marks: list[tuple[int, dict]] = []
        self._pending: list[Line] = []
        self._pause: tuple[int, int, str] | None = None
        self._accepts_rises = self._rng.random() < 0.8
        self._anchor = start
        self._used_until = start
        self._first = 0  # Number of the period at the anchor, in periods since the start.
        ledger.subscriptions.append(self._sub)

    def run(self) -> Subscription:
        """Live it; the subscription and its invoices end up in the ledger."""
        sub, plan = self._sub, self._plan
        for product, quantity in plan.products:
            self._add_item(product, quantity, sub.created)
        for number, (coupon, delay) in enumerate(plan.coupons):
            self._add_discount(number, coupon, sub.created + delay)
        self._mark(sub.created, status="not_started")
        if plan.contract_months:
            self._mark(sub.created, contract_number=0)
        if sub.start > LAST_SYNC:
            self._begin_term(0)
        elif not plan.trial_days or self._try_out():
            self._mark(self._anchor, status="active")
            self._used_until = self._anchor
            self._live()
        self._fold()
        return sub

    def _try_out(self) -> bool:
        """Live the trial; return whether it turns into a paid subscription that has begun."""
        sub, rng = self._sub, self._rng
        end = sub.start + self._plan.trial_days * DAY
        sub.trial_end = end
        self._mark(sub.start, status="trialing", period_start=sub.start, period_end=end)
        self._enter_period(sub.start, end)
        lines = [self._invoicing.period_line(item, sub.start, end, is_trial=True)
                 for item in sub.items if item.now.quantity is not None]
        self._collect("subscription_create", sub.start, (sub.start, sub.start), lines, [])
        if rng.random() >= 0.35 + 0.4 * self._customer.mood:
            asked = sub.start + between(rng, DAY, end - sub.start)
            self._mark(asked, is_cancel_at_period_end=True, cancel_at=end, canceled_at=asked)
            self._end(end)
            return False
        self._anchor = end
        return end <= LAST_SYNC

    def _live(self) -> None:
        sub, number = self._sub, 0
        while True:
            start, end = self._boundary(number), self._boundary(number + 1)
            if start > LAST_SYNC or self._is_dead(start):
                break
            if number:
                number, start, end = self._review(number, start, end)
            if self._plan.contract_months and number % self._periods_per_term() == 0:
                self._begin_term(number)
            self._enter_period(start, end)
            self._mark(start, period_start=start, period_end=end)
            self._invoice_period(number, start, end)
            if self._is_dead(end):
                end = self._payments.dead_at
            stop = self._stop(number, start, end)
            if stop is None:
                self._change_within(number, start, end)
            elif stop <= end:
                if not self._is_dead(stop):
                    self._settle_end(stop, end, self._boundary(number))
                self._end(stop)
                return
            number += 1
        if self._payments.dead_at is not None:
            self._end(self._payments.dead_at)

    def _is_dead(self, when: int) -> bool:
        return self._payments.dead_at is not None and self._payments.dead_at <= when

    def _boundary(self, number: int) -> int:
        count = (number - self._first) * self._term.count
        if self._term.unit == "week":
            return self._anchor + count * 7 * DAY
        return add_months(self._anchor, count * (12 if self._term.unit == "year" else 1))

    def _periods_per_term(self) -> int:
        return round(self._plan.contract_months / self._term.months)

    # Prices and periods

    def _review(self, number: int, start: int, end: int) -> tuple[int, int, int]:
        """Decide at the start of a period what changes with it: prices, seats, the term."""
        rng, plan = self._rng, self._plan
        is_renewal = plan.contract_months and number % self._periods_per_term() == 0
        if not plan.contract_months and self._term.key == "annual" and rng.random() < 0.12:
            self._term, self._anchor, self._first = TERMS["monthly"], start, number
            end = self._boundary(number + 1)
        for item in self._items():
            state = item.now
            if is_renewal or (not plan.contract_months and self._accepts_rises):
                notice = 0 if is_renewal else PRICE_NOTICE
                price = self._price(state.price.product.key, start - notice)
            elif self._term is not state.price.term:
                price = self._price(state.price.product.key, state.price.created + 2 * DAY)
            else:
                price = state.price
            quantity = state.quantity
            if is_renewal and quantity is not None:
                point = rng.random()
                if point < 0.25:
                    quantity += max(1, int(quantity * (0.05 + 0.3 * rng.random())))
                elif point < 0.36 and quantity > 1:
                    quantity -= max(1, int(quantity * (0.05 + 0.25 * rng.random())))
            if price is not state.price or quantity != state.quantity:
                item.states.append(ItemState(start, price, quantity, None, None))
        return number, start, end

    def _price(self, product: str, when: int):
        return self._catalogue.price(product, self._plan.currency, self._term.key, when)

    def _items(self) -> list[Item]:
        return [item for item in self._sub.items if not item.now.is_deleted]

    def _add_item(self, product: str, quantity: int | None, when: int) -> Item:
        number = self._plan.number * 64 + len(self._sub.items)
        item = Item(
            stripe_id("si", self._seed, self._customer.index, number), when,
            [ItemState(when, self._price(product, when), quantity, None, None)],
        )
        self._sub.items.append(item)
        return item

    def _enter_period(self, start: int, end: int) -> None:
        for item in self._items():
            state = item.now
            entered = replace(state, since=start, period_start=start, period_end=end)
            if state.since == start:
                item.states[-1] = entered
            else:
                item.states.append(entered)

    def _add_discount(self, number: int, coupon, start: int) -> None:
        end = add_months(start, coupon.months) if coupon.months else None
        self._sub.discounts.append(Discount(
            stripe_id("di", self._seed, self._customer.index, self._plan.number * 64 + number),
            coupon, start, end,
        ))

    # Invoices

    def _invoice_period(self, number: int, start: int, end: int) -> None:
        lines, self._pending = self._pending, []
        lines += self._usage(start)
        lines += [self._invoicing.period_line(item, start, end)
                  for item in self._items() if item.now.quantity is not None]
        discounts = [discount for discount in self._sub.discounts if discount.holds(start)]
        if number == 0 and self._plan.licence is not None:
            price = self._catalogue.price(self._plan.licence, self._plan.currency, "once", start)
            lines.append(self._invoicing.licence_line(price, 1, start))
        is_first = number == 0 and self._sub.trial_end is None
        reason = "subscription_create" if is_first else "subscription_cycle"
        self._collect(reason, start, (start, end), lines, discounts, is_first)
        for discount in discounts:
            if discount.coupon.duration == "once":
                discount.end = discount.closed = end

    def _usage(self, until: int) -> list[Line]:
        """Return the lines for what metered items used since they were last billed."""
        since, self._used_until = self._used_until, until
        return [
            self._invoicing.usage_line(item, int(2_000 * 6 ** self._rng.random()), since, until)
            for item in self._items() if item.now.quantity is None and since < until
        ]

    def _collect(
        self, reason: str, when: int, period: tuple[int, int], lines: list[Line],
        discounts: list[Discount], is_first: bool = False,
    ) -> None:
        invoice = self._invoicing.write(
            self._sub.id, self._plan.currency, reason, when, period, lines, discounts)
        if self._pause is not None and self._pause[0] <= when < self._pause[1]:
            self._invoicing.close(invoice, self._pause[2])
        else:
            self._payments.collect(invoice, is_first, self._plan.is_invoiced)

    # Changes inside a period

    def _change_within(self, number: int, start: int, end: int) -> None:
        """Pause, waver and change: what happens between two invoices."""
        rng, months = self._rng, self._term.months
        if self._pause is not None and self._pause[1] > start:
            return
        if not self._plan.contract_months and rng.random() < PAUSE_RATE * months:
            behaviour = weighted(rng, PAUSES)
            paused = start + between(rng, 1, max(2, (end - start) // DAY)) * DAY
            self._pause = (paused, paused + between(rng, 25, 100) * DAY, behaviour)
            self._mark(paused, pause=behaviour)
            self._mark(self._pause[1], pause=None)
            return
        if rng.random() < REVOKE_RATE * months:
            asked = start + between(rng, 0.1 * (end - start), 0.5 * (end - start))
            self._mark(asked, is_cancel_at_period_end=True, cancel_at=end, canceled_at=asked)
            self._mark(asked + between(rng, DAY / 2, 0.4 * (end - start)),
                       is_cancel_at_period_end=False, cancel_at=None, canceled_at=None)
        count = poisson(rng, CHANGE_RATE[self._customer.kind] * months)
        for when in sorted(start + between(rng, 0.02 * (end - start), 0.98 * (end - start))
                           for _ in range(count)):
            if when <= LAST_SYNC:
                self._change(number, when, start, end)

    def _change(self, number: int, when: int, start: int, end: int) -> None:
        rng, before = self._rng, len(self._pending)
        licensed = [item for item in self._items() if item.now.quantity is not None]
        item = licensed[between(rng, 0, len(licensed))]
        state = item.now
        kind = weighted(rng, (("more", 0.55), ("add", 0.12), ("swap", 0.11), ("fewer", 0.16),
                              ("remove", 0.06)))
        if self._plan.contract_months and kind in ("fewer", "remove"):
            kind = "more"  # A contract's seats go down at its renewal only.
        product = state.price.product.key
        if kind == "more":
            step = max(1, int(state.quantity * (0.05 + 0.3 * rng.random())))
            self._requantify(item, state.quantity + step, when, start, end)
        elif kind == "fewer" and state.quantity > 1:
            step = max(1, int(state.quantity * (0.1 + 0.3 * rng.random())))
            self._requantify(item, state.quantity - step, when, start, end)
        elif kind == "remove" and len(licensed) > 1:
            self._drop(item, when, start, end)
        elif kind == "swap" and product in SWAPS:
            if all(other.now.price.product.key != SWAPS[product] for other in licensed):
                self._drop(item, when, start, end)
                self._join(SWAPS[product], state.quantity, when, start, end)
        elif kind == "add" and self._customer.kind != "consumer":
            product = weighted(rng, PRODUCT_MIX)
            if all(other.now.price.product.key != product for other in licensed):
                self._join(product, max(1, int(state.quantity * (0.2 + 0.8 * rng.random()))),
                           when, start, end)
        if len(self._pending) == before:
            return
        self._note_expansion(number, when, end, sum(
            line.amount for line in self._pending[before:]), start)
        if self._term.months >= 3:
            # Long periods settle a change at once instead of months later.
            lines, self._pending = self._pending, []
            discounts = [discount for discount in self._sub.discounts
                         if discount.holds(when) and discount.coupon.percent is not None]
            self._collect("subscription_update", when, (start, when), lines, discounts)

    def _requantify(self, item: Item, quantity: int, when: int, start: int, end: int) -> None:
        state = item.now
        self._prorate(item, when, end, start, -1)
        item.states.append(replace(state, since=when, quantity=quantity))
        self._prorate(item, when, end, start, 1)

    def _drop(self, item: Item, when: int, start: int, end: int) -> None:
        self._prorate(item, when, end, start, -1)
        item.states.append(replace(item.now, since=when, is_deleted=True))

    def _join(self, product: str, quantity: int, when: int, start: int, end: int) -> None:
        item = self._add_item(product, quantity, when)
        item.states[0] = replace(item.now, period_start=start, period_end=end)
        self._prorate(item, when, end, start, 1)

    def _prorate(self, item: Item, when: int, end: int, start: int, sign: int) -> None:
        self._pending.append(self._invoicing.proration_line(
            item, item.now.price, item.now.quantity, when, end, end - start, sign))

    # Contract terms

    def _begin_term(self, number: int) -> None:
        sub, months = self._sub, self._plan.contract_months
        if sub.terms:
            sub.terms[-1].outcome, sub.terms[-1].decided = "renewed", self._boundary(number)
            self._mark(self._boundary(number), contract_number=len(sub.terms))
        value = 0
        for period in range(number, number + self._periods_per_term()):
            value += self._period_value(self._boundary(period))
        if number == 0 and self._plan.licence is not None:
            value += self._catalogue.price(
                self._plan.licence, self._plan.currency, "once", sub.start).unit_amount
        sub.terms.append(ContractTerm(
            len(sub.terms), self._boundary(number),
            self._boundary(number + self._periods_per_term()), months, value,
        ))

    def _period_value(self, when: int) -> int:
        """Return what a period that starts at `when` costs by the deal, before tax."""
        agreed = [discount for discount, (_, delay) in zip(
            self._sub.discounts, self._plan.coupons, strict=True)
            if (delay == 0 or self._sub.terms) and discount.holds(when)]
        above, below = _factor(agreed)
        net = sum(rounded(item.now.price.unit_amount * item.now.quantity * above, below)
                  for item in self._items() if item.now.quantity is not None)
        return net

    def _note_expansion(self, number: int, when: int, end: int, now: int, start: int) -> None:
        if not self._sub.terms:
            return
        term = self._sub.terms[-1]
        above, below = _factor([discount for discount in self._sub.discounts
                                if discount.holds(when)])
        whole = rounded(now * (end - start), max(1, end - when))
        later = self._periods_per_term() * (term.number + 1) - number - 1
        value = rounded((now + whole * later) * above, below)
        if value > 0:
            months = max(1, round((term.end - when) / (30.4375 * DAY)))
            term.expansions.append(Expansion(when, value, months))

    # Ends

    def _stop(self, number: int, start: int, end: int) -> int | None:
        """Return when the subscription ends inside or with this period; None if it goes on."""
        rng, plan, risk = self._rng, self._plan, self._customer.risk
        if self._is_dead(end):
            return self._payments.dead_at
        if plan.periods is not None:
            if number + 1 < plan.periods:
                return None
        elif plan.contract_months:
            if (number + 1) % self._periods_per_term():
                return None
            rate = LAPSE_RATE[self._customer.kind] * risk
            if rng.random() >= min(0.9, rate if plan.is_auto_renewal else 2 * rate):
                return None
        elif rng.random() >= min(
            0.85, MONTHLY_CHURN[self._customer.kind] * risk * self._term.months
        ):
            return None
        elif rng.random() < 0.2:
            stop = start + between(rng, 0.05 * (end - start), 0.95 * (end - start))
            self._mark(stop, canceled_at=stop)
            return stop
        asked = end - between(rng, 0.05, 0.95 * min(end - start, 75 * DAY))
        self._mark(asked, is_cancel_at_period_end=True, cancel_at=end, canceled_at=asked)
        if self._sub.terms:
            self._sub.terms[-1].outcome, self._sub.terms[-1].decided = "lapsed", asked
        return end

    def _settle_end(self, stop: int, end: int, start: int) -> None:
        """Write the last invoice where usage, changes or unused time are still open."""
        if stop > LAST_SYNC:
            return
        lines, self._pending = self._pending, []
        lines += self._usage(stop)
        if stop < end and self._rng.random() < 0.4:
            for item in self._items():
                if item.now.quantity is not None:
                    lines.append(self._invoicing.proration_line(
                        item, item.now.price, item.now.quantity, stop, end, end - start, -1))
        if lines:
            discounts = [discount for discount in self._sub.discounts
                         if discount.holds(stop) and discount.coupon.percent is not None]
            reason = "subscription_cycle" if stop == end else "subscription_update"
            self._collect(reason, stop, (start, stop), lines, discounts)

    def _end(self, when: int) -> None:
        sub = self._sub
        self._mark(when, ended_at=when)
        if sub.terms and sub.terms[-1].outcome == "running":
            sub.terms[-1].outcome, sub.terms[-1].decided = "terminated", when

    # Versions

    def _mark(self, when: int, **changes) -> None:
        self._marks.append((when, changes))

    def _fold(self) -> None:
        """Turn what happened into versions; nothing happens to an ended subscription."""
        sub = self._sub
        marks = self._marks + [(when, {"status": status})
                               for when, status in self._payments.changes]
        marks.sort(key=lambda mark: mark[0])
        state = SubscriptionState(sub.created, "not_started")
        for when, changes in marks:
            if when > LAST_SYNC:
                break
            if sub.ended_at is not None and when > sub.ended_at:
                break
            ended = changes.get("ended_at")
            if ended is not None:
                sub.ended_at = ended
                changes = {**changes, "canceled_at": state.canceled_at or ended}
                changes["status"] = "canceled"
            elif sub.ended_at is not None and changes.get("status") != "incomplete_expired":
                continue
            following = replace(state, since=when, **changes)
            if sub.states and sub.states[-1].since == when:
                sub.states[-1] = following
            else:
                sub.states.append(following)
            state = following


def _factor(discounts: list[Discount]) -> tuple[int, int]:
    above, below = 1, 1
    for discount in discounts:
        if discount.coupon.percent is not None:
            above, below = above * (10_000 - discount.coupon.percent), below * 10_000
    return above, below
