"""Running totals of a payee's measure in a window.

Here belongs "Attainment" of incentives.md section 4, and what a clawback does to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .clawback import Clawbacks, Retained
from .conversion import digits_of
from .credits import PlanCredit
from .events import Event
from .money import NOTHING, product, rounded
from .periods import Window, window_of
from .rows import PayAdjustment, PaySettings


class Entry(NamedTuple):
    """What counts towards a measure, by day and key: in any window in this order."""

    occurred_on: date
    key: bytes
    event_key: str | None
    amount: Decimal
    units: Fraction


class Totals(NamedTuple):
    """A window's running totals: before each event, and at the cutoff."""

    before: dict[str, Decimal]
    units_before: dict[str, Fraction]
    counted: dict[str, Decimal]
    at_cutoff: Decimal
    units_at_cutoff: Fraction


class Attainment:
    """The running totals of all payees."""

    def __init__(
        self,
        plan_credits: Sequence[PlanCredit],
        adjustments: Iterable[PayAdjustment],
        clawbacks: Clawbacks,
        settings: PaySettings,
    ) -> None:
        """Count every credit once towards its measure, and adjustments in plan currency."""
        self.settings, self.clawbacks = settings, clawbacks
        self.entries: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        self.answers: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for key, credits in self.counted(plan_credits).items():
            self.entries[key] += self.entries_of(credits)
            self.answers[key] += [one.event for one in credits if one.event.score is not None]
        for row in adjustments:
            self.entries[row.payee_id, row.measure].append(
                Entry(
                    row.effective_on,
                    f"adjustment:{row.adjustment_id}".encode(),
                    None,
                    row.amount,
                    Fraction(0),
                )
            )
        for entries in self.entries.values():
            entries.sort(key=lambda entry: entry[:2])
        self.known: dict[tuple[str, str, Window], Totals] = {}

    def counted(
        self, plan_credits: Iterable[PlanCredit]
    ) -> dict[tuple[str, str], list[PlanCredit]]:
        """The credits that count, by payee and measure: of an event the one largest credit.

        Where several components of a measure credit a payee for one event, that of the largest
        absolute amount counts, among equal ones that of the component which takes back first,
        then that of the smallest component code.
        """
        found: dict[tuple[str, str, str], list[PlanCredit]] = defaultdict(list)
        for credit in plan_credits:
            measure = credit.terms.component.measure
            if measure is not None:
                found[credit.payee_id, measure, credit.event.event_key].append(credit)
        counted: dict[tuple[str, str], list[PlanCredit]] = defaultdict(list)
        for (payee_id, measure, _), credits in found.items():
            largest = min(credits, key=preference)
            counted[payee_id, measure].append(largest)
        return counted

    def entries_of(self, credits: Sequence[PlanCredit]) -> list[Entry]:
        """What some credits add to a measure, and when.

        `keep`: what was clawed back or refunded still counts. `remove_at_origin`: it never
        counted. `remove_at_trigger`: it stops counting on the day of the clawback or refund.
        """
        origins = {credit.event.event_key: credit for credit in credits}
        refunded: dict[str, Decimal] = defaultdict(lambda: NOTHING)
        entries = []
        for credit in credits:
            event, component = credit.event, credit.terms.component
            if event.reverses in origins:
                if component.attainment_after_clawback == "remove_at_origin":
                    refunded[event.reverses] += credit.amount
                elif component.attainment_after_clawback == "remove_at_trigger":
                    entries.append(entry_of(credit, credit.amount))
        for credit in credits:
            event, component = credit.event, credit.terms.component
            if event.reverses in origins:
                continue
            amount = credit.amount + refunded[event.event_key]
            retained = Retained()
            if component.attainment_after_clawback != "keep":
                retained = self.clawbacks.retained(event, credit.payee_id, credit.terms)
            kept = rounded(product(amount, retained.share), digits_of(credit.terms.plan.currency))
            if component.attainment_after_clawback == "remove_at_origin":
                entries.append(entry_of(credit, kept))
                continue
            entries.append(entry_of(credit, amount))
            if retained.triggered_on is not None:
                lost = entry_of(credit, kept - amount)
                entries.append(
                    lost._replace(
                        occurred_on=retained.triggered_on,
                        event_key=None,
                        units=-Fraction(event.unit_count) * (1 - retained.share),
                    )
                )
        return entries

    def totals(self, payee_id: str, measure: str, window: Window) -> Totals:
        """The running totals of a window, of what happened up to the cutoff."""
        key = (payee_id, measure, window)
        if key not in self.known:
            before, units_before, counted = {}, {}, {}
            amount, units = NOTHING, Fraction(0)
            for entry in self.entries.get((payee_id, measure), ()):
                last = min(window.end, self.settings.cutoff_on)
                if not window.start <= entry.occurred_on <= last:
                    continue
                if entry.event_key is not None:
                    before[entry.event_key] = amount
                    units_before[entry.event_key] = units
                    counted[entry.event_key] = entry.amount
                amount += entry.amount
                units += entry.units
            self.known[key] = Totals(before, units_before, counted, amount, units)
        return self.known[key]

    def ratings(self, payee_id: str, measure: str, window: Window) -> list[Decimal]:
        """What customers answered in a window, up to the cutoff."""
        return [
            event.score
            for event in self.answers.get((payee_id, measure), ())
            if window.start <= event.occurred_on <= window.end
        ]

    def totals_for(self, credit: PlanCredit) -> tuple[Window, Totals]:
        """The window of a credit's component that contains its event, and its totals."""
        component = credit.terms.component
        window = window_of(
            component.window_type,
            credit.event.occurred_on,
            self.settings.fiscal_year_start_month,
        )
        return window, self.totals(credit.payee_id, component.measure, window)


def preference(credit: PlanCredit) -> tuple[Decimal, int, str]:
    """The smallest of several credits of an event is the one that counts."""
    taken_back = credit.terms.component.attainment_after_clawback
    order = ("remove_at_origin", "remove_at_trigger", "keep").index(taken_back)
    return -abs(credit.amount), order, credit.component_code


def entry_of(credit: PlanCredit, amount: Decimal) -> Entry:
    """An event's entry with the amount that counts, and its units in the same proportion."""
    event = credit.event
    units = Fraction(event.unit_count)
    if credit.amount:
        units *= Fraction(amount) / Fraction(credit.amount)
    return Entry(event.occurred_on, event.event_key.encode(), event.event_key, amount, units)
