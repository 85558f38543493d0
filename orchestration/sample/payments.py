"""How invoices become money: charges, retries, transfers, refunds and credit notes."""

from .customers import Customer
from .story import Charge, CreditNote, Invoice, Ledger, Refund
from .streams import between, stream, stripe_id, weighted
from .times import DAY, HOUR, LAST_SYNC

FAILURE_RATE = {"consumer": 0.045, "smb": 0.035, "midmarket": 0.015, "enterprise": 0.01}
FAILURE_CODES = (("card_declined", 0.5), ("insufficient_funds", 0.3), ("expired_card", 0.2))
RETRY_DAYS = (3, 8, 15)
TERMS_OF_PAYMENT = 30 * DAY
REFUND_RATE = 0.008
CREDIT_NOTE_RATE = 0.005
INCOMPLETE_RATE = 0.012
NEVER = LAST_SYNC + 10_000 * DAY


class Payments:
    """Collects the invoices of one subscription (or of the licences) of a customer.

    `marks` are (second, changed fields) that payment forces on the subscription; `dead_at` is the
    second at which an unpaid subscription ends.
    """

    def __init__(self, seed: int, customer: Customer, number: int, ledger: Ledger) -> None:
        self._seed = seed
        self._customer = customer
        self._ledger = ledger
        self._rng = stream(seed, "payment", customer.index, number)
        self._after = stream(seed, "refund", customer.index, number)
        self._spell_end = 0
        self._unpaid_from = NEVER
        self.marks: list[tuple[int, dict[str, object]]] = []
        self.dead_at: int | None = None

    def collect(self, invoice: Invoice, is_first: bool, is_invoiced: bool) -> None:
        """Settle an invoice: adds its states, charges, refunds and the changes they force."""
        issued = invoice.states[-1][0]
        if invoice.amount_due <= 0:
            invoice.states.append((issued + HOUR, "paid", 0))
            return
        if self._unpaid_from <= invoice.created < self._spell_end:
            return  # Billing keeps drafting while the subscription is unpaid, and collects nothing.
        if invoice.states[-1][1] == "draft":
            invoice.states.append((issued + HOUR, "open", 0))
        if self.dead_at is not None:
            invoice.states.append((self.dead_at, "uncollectible", 0))
        elif invoice.created < self._spell_end:
            self._pay(invoice, max(self._spell_end, issued + HOUR) + HOUR)
        elif is_invoiced:
            self._transfer(invoice)
        elif is_first and self._rng.random() < INCOMPLETE_RATE:
            self._incomplete(invoice)
        else:
            self._card(invoice)

    def _card(self, invoice: Invoice) -> None:
        rng = self._rng
        when = invoice.created + HOUR + between(rng, 5, 900)
        rate = FAILURE_RATE[self._customer.kind] * (0.6 + 0.4 * self._customer.risk)
        if rng.random() >= rate:
            self._pay(invoice, when)
            return
        self._fail(invoice, when)
        self._force(when, "past_due")
        self._ledger.delinquencies.append((when, True))
        for days in RETRY_DAYS:
            again = when + days * DAY
            if rng.random() < 0.42:
                self._recover(invoice, again)
                return
            self._fail(invoice, again)
        final = when + RETRY_DAYS[-1] * DAY + 60
        if rng.random() < 0.6:
            self._give_up(invoice, final)
            return
        self._force(final, "unpaid")
        self._unpaid_from = final
        later = final + between(rng, 10, 50) * DAY
        if rng.random() < 0.35:
            self._recover(invoice, later)
        else:
            self._give_up(invoice, later)

    def _incomplete(self, invoice: Invoice) -> None:
        """Settle a first payment that does not go through at once."""
        when = invoice.created + 30
        self._fail(invoice, when)
        self._force(invoice.created, "incomplete")
        if self._rng.random() < 0.5:
            later = invoice.created + between(self._rng, 8, 22) * HOUR
            self._force(later, "active")
            self._pay(invoice, later)
            return
        self.dead_at = invoice.created + 23 * HOUR
        invoice.states.append((self.dead_at, "void", 0))
        self._force(self.dead_at, "incomplete_expired")

    def _transfer(self, invoice: Invoice) -> None:
        rng = self._rng
        invoice.due = invoice.created + TERMS_OF_PAYMENT
        point = rng.random()
        if point < 0.006:
            self._force(invoice.due + HOUR, "past_due")
            self._force(invoice.due + 30 * DAY, "unpaid")
            self._unpaid_from = invoice.due + 30 * DAY
            self._give_up(invoice, invoice.due + 60 * DAY)
        elif point < 0.1:
            self._force(invoice.due + HOUR, "past_due")
            self._recover(invoice, invoice.due + between(rng, 2, 25) * DAY)
            self._ledger.delinquencies.append((invoice.due + HOUR, True))
        else:
            self._pay(invoice, invoice.created + between(rng, 3, 29) * DAY, is_transfer=True)

    def _force(self, when: int, status: str) -> None:
        self.marks.append((when, {"status": status}))

    def _recover(self, invoice: Invoice, when: int) -> None:
        self._spell_end = when
        self._force(when, "active")
        self._ledger.delinquencies.append((when, False))
        self._pay(invoice, when)

    def _give_up(self, invoice: Invoice, when: int) -> None:
        self.dead_at = self._spell_end = when
        self._force(when, "canceled")
        invoice.states.append((when, "uncollectible", 0))

    def _charge(self, invoice: Invoice, when: int) -> Charge:
        charge = Charge(
            stripe_id("ch", self._seed, self._customer.index, len(self._ledger.charges)),
            invoice,
            invoice.amount_due,
            when,
            [],
        )
        self._ledger.charges.append(charge)
        return charge

    def _fail(self, invoice: Invoice, when: int) -> None:
        if when <= LAST_SYNC:
            code = weighted(self._rng, FAILURE_CODES)
            self._charge(invoice, when).states.append((when, "failed", code, 0))

    def _pay(self, invoice: Invoice, when: int, is_transfer: bool = False) -> None:
        if when > LAST_SYNC:
            return
        charge = self._charge(invoice, when)
        done = when + 2 * DAY if is_transfer else when
        if is_transfer:
            charge.states.append((when, "pending", None, 0))
        charge.states.append((done, "succeeded", None, 0))
        invoice.states.append((done, "paid", invoice.amount_due))
        self._give_back(charge, done)

    def _give_back(self, charge: Charge, paid: int) -> None:
        rng, point = self._after, self._after.random()
        if point >= REFUND_RATE + CREDIT_NOTE_RATE:
            return
        when = paid + between(rng, 1, 21) * DAY
        amount = charge.amount
        if rng.random() < 0.6:
            amount = max(1, amount * between(rng, 1, 10) // 10)
        if when > LAST_SYNC:
            return
        index = self._customer.index
        if point < REFUND_RATE:
            outcome = weighted(rng, (("succeeded", 0.95), ("failed", 0.05)))
            reason = weighted(rng, (("requested_by_customer", 0.8), ("duplicate", 0.2)))
            self._ledger.refunds.append(
                Refund(
                    stripe_id("re", self._seed, index, len(self._ledger.refunds)),
                    charge,
                    amount,
                    reason,
                    [(when, "pending"), (when + 2 * DAY, outcome)],
                )
            )
            if outcome == "succeeded":
                charge.states.append((when, "succeeded", None, amount))
            return
        reason = weighted(
            rng, (("order_change", 0.4), ("product_unsatisfactory", 0.4), ("duplicate", 0.2))
        )
        self._ledger.credit_notes.append(
            CreditNote(
                stripe_id("cn", self._seed, index, len(self._ledger.credit_notes)),
                charge.invoice,
                amount,
                reason,
                when,
                when + 5 * DAY if rng.random() < 0.12 else None,
            )
        )
