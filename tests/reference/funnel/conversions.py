"""How many that entered a stage went further, and how many that left one did.

Here belongs "Conversion" of docs/funnel.md, with decision 0067. The visits are taken as they are
published; where they come from is not decided here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..mrr import ratio

LOST = "lost"
# Stages that have nothing after them have no conversion.
LAST_STAGES = (LOST, "renewed")
# What a slice is called, and the column of a visit that it is by.
SLICES = {
    "owner": "owner_user_id",
    "segment": "segment",
    "source": "lead_source",
    "channel": "channel",
    "product_line": "product_line",
    "bant_tier": "bant_tier",
}
COHORT_COLUMNS = ("entered_count", "reached_count", "lost_count", "open_count")
COHORT_RATES = ("conversion_rate", "decided_conversion_rate", "decided_share")
ACTIVITY_COLUMNS = ("left_count", "advanced_count", "lost_count", "returned_count", "other_count")


class Visit(NamedTuple):
    """One row of fct_stage_visits, as far as conversions look at it."""

    object_type: str
    object_id: str
    visit_number: int
    stage_code: str
    stage_order: int | None
    entered_on: date
    left_on: date | None
    next_stage_code: str | None
    owner_user_id: str | None = None
    segment: str | None = None
    lead_source: str | None = None
    channel: str | None = None
    product_line: str | None = None
    bant_tier: str | None = None
    is_deleted: bool = False


class LeadLink(NamedTuple):
    """What a lead became, of input_leads."""

    lead_id: str
    opportunity_id: str | None = None
    converted_at: object = None


class Key(NamedTuple):
    """The grain of both marts."""

    slice: str
    slice_value: str | None
    object_type: str
    stage_code: str
    month_start: date


Counts = Mapping[Key, Mapping[str, int]]


class Conversions:
    """The visits of all leads and deals, each object's one after the other."""

    def __init__(
        self, visits: Iterable[Visit], leads: Iterable[LeadLink], orders: Mapping[str, int | None]
    ) -> None:
        """Take the visits, what leads became, and the order of stages."""
        self.orders = orders
        self.leads = {row.lead_id: row for row in leads}
        self.visits: dict[tuple[str, str], list[Visit]] = defaultdict(list)
        for visit in sorted(visits, key=lambda visit: visit.visit_number):
            self.visits[visit.object_type, visit.object_id].append(visit)

    def lives(self) -> Iterator[tuple[Sequence[Visit], Sequence[Visit]]]:
        """The visits of each object, and those of the deal that a lead became."""
        for (object_type, object_id), visits in list(self.visits.items()):
            lead = self.leads.get(object_id) if object_type == "lead" else None
            deal = ("opportunity", lead.opportunity_id) if lead and lead.opportunity_id else None
            yield visits, self.visits.get(deal, []) if deal else []

    def cohorts(self) -> Counts:
        """By month in which a stage was entered first: what became of those that entered."""
        found: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for visits, followed in self.lives():
            seen: set[str] = set()
            for place, visit in enumerate(visits):
                if visit.stage_code in seen:
                    continue
                seen.add(visit.stage_code)
                later = (*visits[place + 1 :], *followed)
                for key in keys_of(visit, visit.entered_on):
                    found[key]["entered_count"] += 1
                    found[key][self.fate(visit, later)] += 1
        return found

    def fate(self, visit: Visit, later: Sequence[Visit]) -> str:
        """What became of who entered a stage, by all that came after."""
        if any(self.is_further(visit.stage_order, other.stage_code) for other in later):
            return "reached_count"
        last = later[-1] if later else visit
        return "lost_count" if last.stage_code == LOST or last.is_deleted else "open_count"

    def is_further(self, order: int | None, stage_code: str | None) -> bool:
        """Whether a stage lies after a place in the order; to lose is not to get further."""
        other = self.orders.get(stage_code)
        return stage_code != LOST and None not in (order, other) and other > order

    def activity(self) -> Counts:
        """By month in which a visit ended: where it led."""
        found: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for visits, _ in self.lives():
            for visit in visits:
                if visit.left_on is not None:
                    for key in keys_of(visit, visit.left_on):
                        found[key]["left_count"] += 1
                        found[key][self.way(visit)] += 1
        return found

    def way(self, visit: Visit) -> str:
        """Where a visit led; a lead that is converted advances."""
        if visit.next_stage_code is None:
            lead = self.leads.get(visit.object_id) if visit.object_type == "lead" else None
            is_converted = lead is not None and lead.converted_at is not None
            return "advanced_count" if is_converted else "other_count"
        if visit.next_stage_code == LOST:
            return "lost_count"
        if None in (visit.stage_order, self.orders.get(visit.next_stage_code)):
            return "other_count"
        is_further = self.is_further(visit.stage_order, visit.next_stage_code)
        return "advanced_count" if is_further else "returned_count"


def cohort_rates(
    counts: Mapping[str, int], has_order: bool
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Reached of those that entered, and of the decided, and how many are decided."""
    entered, reached = Decimal(counts["entered_count"]), Decimal(counts["reached_count"])
    decided = reached + counts["lost_count"]
    if not has_order:
        return None, None, ratio(decided, entered)
    return ratio(reached, entered), ratio(reached, decided), ratio(decided, entered)


def keys_of(visit: Visit, day: date) -> Iterator[Key]:
    """In which rows a visit counts."""
    if visit.stage_code in LAST_STAGES:
        return
    month = day.replace(day=1)
    yield Key("total", "all", visit.object_type, visit.stage_code, month)
    for name, column in SLICES.items():
        yield Key(name, getattr(visit, column), visit.object_type, visit.stage_code, month)
