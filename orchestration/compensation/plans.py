"""Components and their tiers: every column a mode needs, none that it would not read."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from orchestration.compensation.book import ATTAINMENT, Book, held
from orchestration.compensation.findings import Finding
from orchestration.compensation.fiscal import Span
from orchestration.compensation.tables import Row

_TIERED = ("marginal", "whole_amount", "overage_at_top", "interpolated")
# What each mode reads besides tiers; nothing else of these columns may be filled.
_READS = {
    "flat": ("rate",),
    "per_unit": ("amount", "unit_size"),
    "fixed": ("amount",),
}
_MODE_COLUMNS = ("rate", "amount", "unit_size")
# Bases that one event has by itself; attainment and score belong to a window.
_EVENT_BASES = ("amount", "units", "acv")
_POSITIVE = ("unit_size", "attainment_cap", "cliff_from", "floor_amount", "release_days")
ANNIVERSARY = "customer_anniversary"


def plan_findings(book: Book) -> Iterator[Finding]:
    """Components that do not say how they pay, or say more than is read."""
    for row in book["plans"]:
        yield from _version(book, row)
    for row in book["plan_components"]:
        yield from _plan_holds(book, row)
        yield from _mode(row)
        yield from _evaluation(row)
        yield from _belonging(row)
        yield from _anniversary(book, row)
    yield from _tiers(book)


def _version(book: Book, row: Row) -> Iterator[Finding]:
    """One number, one version: a payout line names it."""
    for other in book.plans[row["plan_code"]]:
        if other["plan_version"] == row["plan_version"] and other.line < row.line:
            text = f"line {other.line} of the same plan has this number. Give the next one."
            yield row.finding("plan_version", text)
            return


def _plan_holds(book: Book, row: Row) -> Iterator[Finding]:
    versions = book.plans.get(row["plan_code"], [])
    if not versions or not book["plans"].is_whole(plan_code=row["plan_code"]):
        return
    plan = Span(versions[0]["valid_from"], held(versions[-1]).end)
    if not plan.start <= row["valid_from"] < plan.end:
        text = f"the plan holds {plan}. Begin the component while it holds."
        yield row.finding("valid_from", text)


def _mode(row: Row) -> Iterator[Finding]:
    reads = _READS.get(row["mode"], ())
    for column in _MODE_COLUMNS:
        if column in reads and row[column] is None:
            yield row.finding(column, f"mode {row['mode']} needs it.")
        elif column not in reads and row[column] is not None:
            where = " Rates of tiers stand in rate_tiers.csv." if row["mode"] in _TIERED else ""
            text = f"mode {row['mode']} does not read it. Empty it.{where}"
            yield row.finding(column, text)
    for column in _POSITIVE:
        if row[column] is not None and row[column] <= 0:
            yield row.finding(column, "must be above 0; empty where there is none.")
    if row["is_pro_rata"] and row["mode"] != "per_unit":
        yield row.finding("is_pro_rata", "only mode per_unit has blocks of units. Put false.")
    if row["mode"] in _TIERED and row["tier_basis"] is None:
        yield row.finding("tier_basis", f"mode {row['mode']} needs it: tiers of what?")
    if row["mode"] == "overage_at_top" and row["tier_basis"] not in (ATTAINMENT, None):
        text = "mode overage_at_top pays what exceeds the quota. Put attainment."
        yield row.finding("tier_basis", text)


def _evaluation(row: Row) -> Iterator[Finding]:
    """One event has no attainment and no mean score, a window no annual contract value."""
    basis = row["tier_basis"]
    if row["evaluation"] == "per_event" and basis not in (None, *_EVENT_BASES):
        text = f"one event has no {basis} of its own. Put period_to_date, or another tier_basis."
        yield row.finding("evaluation", text)
    if row["evaluation"] == "period_to_date" and basis == "acv":
        text = "annual contract values are those of one event. Put per_event."
        yield row.finding("evaluation", text)
    if row["evaluation"] == "per_event" and row["mode"] in ("overage_at_top", "per_unit"):
        yield row.finding("evaluation", f"mode {row['mode']} adds up a window. Put period_to_date.")


def _belonging(row: Row) -> Iterator[Finding]:
    """Columns that come in pairs."""
    if row["cliff_from"] is not None and row["cliff_mode"] is None:
        text = "a cliff says from where it pays once it is reached: first_unit or threshold."
        yield row.finding("cliff_mode", text)
    if row["cliff_from"] is None and row["cliff_mode"] is not None:
        yield row.finding("cliff_mode", "there is no cliff_from. Fill that, or empty this.")
    if (row["release_on"] == "days") != (row["release_days"] is not None):
        text = "filled where release_on is days, and only there."
        yield row.finding("release_days", text)
    if row["answer_count_from"] is not None and row["tier_basis"] != "score":
        text = "only a component with tier_basis score counts answers. Empty it."
        yield row.finding("answer_count_from", text)


def _anniversary(book: Book, row: Row) -> Iterator[Finding]:
    code = row["component_code"]
    if not book["credit_rules"].is_whole(component_code=code):
        return
    events = {r["event_type"] for r in book["credit_rules"] if r["component_code"] == code}
    if (ANNIVERSARY in events) != (row["anniversary_from"] is not None):
        text = f"filled where credit_rules.csv credits {ANNIVERSARY}, and only there."
        yield row.finding("anniversary_from", text)
    elif row["anniversary_from"] is not None and row["anniversary_from"] < 1:
        yield row.finding("anniversary_from", "must be 1 or more.")


def _tiers(book: Book) -> Iterator[Finding]:
    """The tiers of each component row: contiguous from 0, the last open."""
    groups = defaultdict(list)
    for row in book["rate_tiers"]:
        groups[row["plan_code"], row["component_code"], row["valid_from"]].append(row)
    components = {
        (row["plan_code"], row["component_code"], row["valid_from"]): row
        for row in book["plan_components"]
    }
    for key, tiers in groups.items():
        component = components.get(key)
        if component is None:
            if book["plan_components"].is_whole(plan_code=key[0], component_code=key[1]):
                text = (
                    f"plan_components.csv has no row of {key[0]}, {key[1]} that begins on this "
                    "day. Tiers belong to one row: repeat its valid_from."
                )
                yield tiers[0].finding("valid_from", text)
        elif component["mode"] not in _TIERED:
            text = f"the component's mode {component['mode']} reads no tiers. Remove them."
            yield tiers[0].finding("component_code", text)
        else:
            yield from _tier_values(component, tiers)
            if book["rate_tiers"].is_whole(plan_code=key[0], component_code=key[1]):
                yield from _tiers_follow(component, tiers)
    for key, component in components.items():
        whole = book["rate_tiers"].is_whole(plan_code=key[0], component_code=key[1])
        if component["mode"] in _TIERED and key not in groups and whole:
            text = (
                f"mode {component['mode']} needs tiers: none in rate_tiers.csv has this row's key."
            )
            yield component.finding("mode", text)


def _tier_values(component: Row, tiers: list[Row]) -> Iterator[Finding]:
    curve = component["mode"] == "interpolated"
    needed, unread = ("amount_at_from", "rate") if curve else ("rate", "amount_at_from")
    for tier in tiers:
        if tier[needed] is None:
            yield tier.finding(needed, f"mode {component['mode']} needs it.")
        if tier[unread] is not None:
            yield tier.finding(unread, f"mode {component['mode']} does not read it. Empty it.")


def _tiers_follow(component: Row, tiers: list[Row]) -> Iterator[Finding]:
    ordered = sorted(tiers, key=lambda tier: tier["tier_from"])
    first, last = ordered[0], ordered[-1]
    if first["tier_from"] > 0 or (first["tier_from"] < 0 and component["tier_basis"] != "score"):
        text = "the first tier begins at 0: below it no rate would be known."
        yield first.finding("tier_from", text)
    for earlier, later in pairwise(ordered):
        begins = later.texts["tier_from"]
        if earlier["tier_to"] is None:
            text = f"is open, and line {later.line} begins at {begins}. Put {begins}."
            yield earlier.finding("tier_to", text)
        elif earlier["tier_to"] > later["tier_from"]:
            text = f"overlaps line {later.line}, which begins at {begins}. Put {begins}."
            yield earlier.finding("tier_to", text)
        elif earlier["tier_to"] < later["tier_from"]:
            text = f"leaves a gap before line {later.line}, which begins at {begins}. Put {begins}."
            yield earlier.finding("tier_to", text)
    if last["tier_to"] is not None:
        text = "the last tier is open: above it no rate would be known. Empty it."
        yield last.finding("tier_to", text)
