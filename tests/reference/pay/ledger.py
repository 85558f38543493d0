"""What is posted, what is pending, and why.

Here belongs the ledger of incentives.md sections 7 and 8, as a list of postings: files, locks and
hashes do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .entitlements import Entitlement, Entitlements, Fingerprints, Key
from .money import NOTHING
from .rules import Rules
from .settlement import Payable, draw_entitlements, payable

REASON_OF = {
    "event": "source_change",
    "credit": "source_change",
    "rules": "rule_change",
    "exchange_rate": "exchange_rate",
    "retained": "clawback",
    "released": "release",
    "attainment": "true_up",
}


class Posting(NamedTuple):
    """A posted line: never changed, never removed."""

    posting_period_start: date
    key: Key
    amount: Decimal
    reason: str
    changed: tuple[str, ...]
    fingerprints: Fingerprints


class Pending(NamedTuple):
    """What the next close posts on a key."""

    entitled: Decimal
    posted: Decimal
    amount: Decimal
    reason: str
    changed: tuple[str, ...]
    fingerprints: Fingerprints


class Ledger:
    """All postings, in order, and which events were known when a period was closed."""

    def __init__(self) -> None:
        """An empty ledger."""
        self.postings: list[Posting] = []
        self.known_events: dict[date, set[str]] = {}
        self.carried: dict[tuple[str, str], Decimal] = defaultdict(lambda: NOTHING)
        self.payables: dict[tuple[date, str, str], Payable] = {}

    def posted(self) -> dict[Key, Decimal]:
        """The sum of all postings by key."""
        sums: dict[Key, Decimal] = defaultdict(lambda: NOTHING)
        for posting in self.postings:
            sums[posting.key] += posting.amount
        return sums

    def last_fingerprints(self) -> dict[tuple[str, str, str], Fingerprints]:
        """What the last posting of each line was computed from, whatever its part and period.

        A part that was never posted, as a first clawback, has its reason in what the line was
        last posted from; so has an event that moved to another period.
        """
        return {posting.key[:3]: posting.fingerprints for posting in self.postings}

    def pending(self, entitled: Entitlements) -> dict[Key, Pending]:
        """Entitlements less postings, by key; a key that is entitled to no longer counts 0.

        Posted + pending = should-be, per key, always. A settled draw stays as it was posted.
        """
        posted, last = self.posted(), self.last_fingerprints()
        found = {}
        for key in {*entitled, *posted}:
            should_be = entitled.get(key)
            if should_be is None:
                is_frozen = key.part in ("advance", "recovery")
                should_be = Entitlement(posted[key] if is_frozen else NOTHING)
            amount = should_be.amount - posted.get(key, NOTHING)
            if amount:
                is_gone = key not in entitled
                reason, changed = self.reason(
                    key, should_be.fingerprints, last.get(key[:3]), is_gone
                )
                found[key] = Pending(
                    should_be.amount,
                    posted.get(key, NOTHING),
                    amount,
                    reason,
                    changed,
                    should_be.fingerprints,
                )
        return found

    def reason(
        self, key: Key, now: Fingerprints, last: Fingerprints | None, is_gone: bool
    ) -> tuple[str, tuple[str, ...]]:
        """Why a key is posted on, and everything that differs from its last posting.

        Never posted and not known when its period was closed: late_arrival; never posted:
        earned; then the first fingerprint that differs; none: engine_change.
        """
        if key.part == "adjustment":
            return "adjustment", ()
        if key.part in ("advance", "recovery"):
            return "draw", ()
        if last is None:
            known = self.known_events.get(key.earning_period_start)
            is_late = known is not None and key.basis_key not in known
            return ("late_arrival" if is_late else "earned"), ()
        if is_gone:
            return "source_change", ("event",)
        changed = tuple(
            name for name in Fingerprints._fields if getattr(now, name) != getattr(last, name)
        )
        return (REASON_OF[changed[0]] if changed else "engine_change"), changed

    def close(
        self,
        period: date,
        entitled: Entitlements,
        rules: Rules,
        known_events: Iterable[str],
        interim_components: frozenset[str] | None = None,
    ) -> dict[Key, Pending]:
        """Post what is pending for a period; an interim close posts some components only.

        Draws are settled at the final close, on what posts then.
        """
        pending = self.pending(entitled)
        if interim_components is not None:
            pending = {
                key: one for key, one in pending.items() if key.component_code in interim_components
            }
        else:
            amounts = {key: one.amount for key, one in pending.items()}
            draws = draw_entitlements(rules, period, amounts, self.posted())
            pending = self.pending({**entitled, **draws})
            self.known_events[period] = set(known_events)
        self.postings += [
            Posting(period, key, one.amount, one.reason, one.changed, one.fingerprints)
            for key, one in sorted(pending.items())
        ]
        if interim_components is None:
            self.pay_out(period)
        return pending

    def pay_out(self, period: date) -> None:
        """What every payee is paid for a period, per currency, and what is carried on."""
        by_payee: Mapping[tuple[str, str], list[tuple[Key, Decimal]]] = defaultdict(list)
        for posting in self.postings:
            if posting.posting_period_start == period:
                by_payee[posting.key.payee_id, posting.key.currency].append(
                    (posting.key, posting.amount)
                )
        for payee in {*by_payee, *self.carried}:
            result = payable(self.carried[payee], by_payee.get(payee, ()))
            self.payables[period, *payee] = result
            self.carried[payee] = result.carried_out
