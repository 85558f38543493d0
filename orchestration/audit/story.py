"""The story of a line: from the source row to what was posted, for people and as JSON.

Every amount stands beside the arithmetic that gives it. Where the two differ, that is a fault of
the warehouse, and the story says so first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from orchestration.audit.arithmetic import (
    Row,
    Step,
    credits_of,
    fraction_of,
    line_steps,
    money,
    number,
    pay_steps,
    percent,
    rounded,
    slice_text,
)
from orchestration.audit.lines import Line, Records, differs_since, json_ready, records
from orchestration.audit.source_rows import SourceRow, source_rows
from orchestration.ledger import period_text
from orchestration.settings import Settings

_STEP_NAMES = {
    "credit": "credit",
    "gross": "gross",
    "after_cliff": "after cliff",
    "after_floor": "after floor",
    "capped": "after caps",
    "retained": "retained",
    "released": "released",
}
_WAITS_FOR = {
    "event": "at once",
    "days": "after {days} days",
    "delivery": "as delivery is accepted",
    "cash": "as cash arrives, of the contract's amount",
}


@dataclass(frozen=True)
class Story:
    """A line with its arithmetic; `faults` are amounts that the arithmetic does not give."""

    line: Line
    steps: Sequence[Step]
    parts: Sequence[Step]
    sources: Sequence[SourceRow]
    source_note: str | None
    faults: Sequence[str]


def told(settings: Settings, line_id: str, sequence: int | None = None) -> Story:
    """The story of the line of that id, or of which the id begins so.

    Args:
        sequence: of the postings only those of this close.

    Raises:
        AuditError: there is no such line, or several; or nothing is published.
    """
    with records(settings) as known:
        line = known.line(known.found(line_id), sequence)
        sources, note = _sources(settings, known, line)
        return story_of(line, sources, note)


def story_of(line: Line, sources: Sequence[SourceRow] = (), note: str | None = None) -> Story:
    """Do the line's arithmetic again, and say what does not come out."""
    steps: list[Step] = []
    parts: list[Step] = []
    if line.computed:
        steps = line_steps(line.computed, line.slices, line.origin, line.window_amount)
        if not line.is_frozen:
            parts = pay_steps(line.computed, line.entitled)
    faults = [
        f"{_STEP_NAMES.get(step.name, step.name)}: {step.text} gives {money(step.computed)}, "
        f"the warehouse says {money(step.amount)}"
        for step in (*steps, *parts)
        if step.is_wrong
    ]
    faults += [*_slice_faults(line), *_attainment_faults(line), *_posting_faults(line)]
    return Story(line, steps, parts, sources, note, tuple(faults))


def _sources(settings: Settings, known: Records, line: Line) -> tuple[list[SourceRow], str | None]:
    computed = line.computed
    ids = [item["subscription_item_id"] for item in line.movement_items]
    if computed and computed["source_id"] and computed["source_system"] != "mrr":
        ids.append(computed["source_id"])
    if not computed and ":" in line.basis_key:
        # An event that is gone: its key still names it.
        ids += [part.partition(":")[2] for part in line.basis_key.split("|")[:1]]
    ids = [source_id for source_id in ids if source_id]
    if not ids:
        return [], "no event causes it" if computed and not computed["event_key"] else None
    rows = source_rows(settings, known.version.manifest, ids)
    return rows, None if rows else "no landed row of it is to be found in the landing folder"


def _slice_faults(line: Line) -> Iterator[str]:
    """Slices must sum to the line, and each be its own arithmetic to within one unit."""
    slices = line.slices
    computed = line.computed
    if computed and slices:
        total = sum((row["amount"] for row in slices), Decimal(0))
        if total != computed["gross_amount"]:
            yield (
                f"the slices sum to {money(total)}, the line is {money(computed['gross_amount'])}"
            )
    unit = Decimal(1).scaleb(-(computed["minor_unit_digits"] if computed else 2))
    for row in slices:
        text, exact = slice_text(computed, row)
        # Of what only the ledger kept, and of a reversal, credits are rounded: half a cent of each.
        slack = unit if computed and row.get("basis_from") is not None else unit + Decimal("0.01")
        if exact is not None and abs(exact - Fraction(row["amount"])) >= Fraction(slack):
            yield f"slice {row['slice_number']}: {text} is not {money(row['amount'])}"


def _attainment_faults(line: Line) -> Iterator[str]:
    computed = line.computed
    if not computed or not computed["quota_amount"] or computed["credit_before"] is None:
        return
    for name, column in (
        ("attainment_before", "credit_before"),
        ("attainment_after", "credit_to_date"),
    ):
        share = rounded(Fraction(computed[column]) / Fraction(computed["quota_amount"]), 6)
        if share != computed[name]:
            yield (
                f"{money(computed[column])} / {money(computed['quota_amount'])} gives "
                f"{percent(share)}, the warehouse says {percent(computed[name])}"
            )


def _posting_faults(line: Line) -> Iterator[str]:
    """Posted and pending are what should be posted, part by part."""
    for row in line.pending:
        if row["posted_amount"] + row["pending_amount"] != row["entitlement_amount"]:
            yield (
                f"{row['part']}: posted {money(row['posted_amount'])} and pending "
                f"{money(row['pending_amount'])} are not {money(row['entitlement_amount'])}"
            )


def as_json(story: Story) -> dict[str, Any]:
    """The story for programs: amounts as text, days as ISO dates."""
    line, computed = story.line, story.line.computed
    content: dict[str, Any] = {
        "line_id": line.line_id,
        "payee_id": line.payee_id,
        "component_code": line.component_code,
        "basis_key": line.basis_key,
        "is_computed": computed is not None,
        "event": None,
        "movement": line.movement,
        "movement_items": list(line.movement_items),
        "source_rows": [row.as_dict() for row in story.sources],
        "source_note": story.source_note,
        "credit": None,
        "attainment": None,
        "plan": None,
        "slices": [_slice_json(line, row) for row in line.slices],
        "slices_kept_by_close": line.kept_by,
        "steps": [_step_json(step) for step in story.steps],
        "clawback": None,
        "release": None,
        "pay": [_step_json(step) for step in story.parts],
        "entitlement": [
            {
                name: row[name]
                for name in (
                    "part",
                    "earning_period_start",
                    "currency",
                    "amount",
                    "is_interim",
                    "frozen_because",
                )
            }
            for row in line.entitlements
        ],
        "postings": [_posting_json(line, row) for row in line.postings],
        "pending": [_pending_json(row) for row in line.pending],
        "faults": list(story.faults),
    }
    if computed:
        content |= _computed_json(computed)
    for row in content["source_rows"]:
        row["arrived_at"] = row["arrived_at"] and row["arrived_at"].isoformat()
    return json_ready(content)


def _computed_json(computed: Row) -> dict[str, Any]:
    def chosen(*names: str) -> dict[str, Any]:
        return {name: computed[name] for name in names}

    kept, whole = fraction_of(computed["retained_fraction"])
    freed, due = fraction_of(computed["released_fraction"])
    found: dict[str, Any] = {
        "earning_period_start": computed["earning_period_start"],
        "currency": computed["currency"],
        "pay_currency": computed["pay_currency"],
        "pay_exchange_rate": computed["pay_exchange_rate"],
        "is_rate_provisional": computed["is_rate_provisional"],
        "plan": chosen("plan_code", "plan_version", "rule_version", "mode", "rate_type"),
        "clawback": {
            **chosen("clawback_trigger", "triggered_on", "clawback_movement_key"),
            "part": kept,
            "whole": whole,
        },
        "release": {
            **chosen("release_on", "release_days", "released_on"),
            "part": freed,
            "whole": due,
        },
    }
    if computed["event_key"]:
        found["event"] = chosen(
            "event_key",
            "event_type",
            "occurred_on",
            "credited_on",
            "event_amount",
            "event_currency",
            "unit_count",
            "source_system",
            "source_id",
            "customer_id",
            "contract_id",
            "opportunity_id",
            "reversed_event_key",
        )
        found["credit"] = {
            "credits": credits_of(computed),
            "rules": _rules(computed),
            "amount": computed["credit_amount"],
            "deal_currency": computed["deal_currency"],
        }
        found["attainment"] = chosen(
            "measure",
            "window_type",
            "window_start",
            "quota_amount",
            "credit_before",
            "credit_to_date",
            "credit_total",
            "attainment_before",
            "attainment_after",
        )
    return found


def _rules(computed: Row) -> list[dict[str, Any]]:
    """The credit rules that were asked for the kinds of credit that the payee has."""
    kinds = {credit["kind"] for credit in credits_of(computed)}
    found = []
    for text in (computed["credit_rules"] or "").split("|"):
        kind, source, *role, share = text.split(":") if text else ("", "", "0")
        if kind in kinds:
            found.append(
                {
                    "kind": kind,
                    "source": source,
                    "role": role[0] if role else None,
                    "percent": Decimal(share),
                }
            )
    return found


def _slice_json(line: Line, row: Row) -> dict[str, Any]:
    names = ("slice_number", "tier_from", "tier_to", "credit_amount", "rate", "amount")
    return {**{name: row[name] for name in names}, "arithmetic": slice_text(line.computed, row)[0]}


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "arithmetic": step.text,
        "amount": step.amount,
        "computed": step.computed,
    }


def _posting_json(line: Line, row: Row) -> dict[str, Any]:
    names = (
        "sequence",
        "posting_period_start",
        "part",
        "earning_period_start",
        "currency",
        "amount",
        "reason",
        "changed",
    )
    since = differs_since(line.computed, row) if line.computed else None
    return {**{name: row[name] for name in names}, "changed_since": since}


def _pending_json(row: Row) -> dict[str, Any]:
    names = (
        "posting_period_start",
        "part",
        "earning_period_start",
        "currency",
        "entitlement_amount",
        "posted_amount",
        "pending_amount",
        "reason",
        "changed",
        "is_interim",
        "is_blocked",
    )
    return {name: row[name] for name in names}


def as_text(story: Story) -> str:
    """The story for people."""
    line, computed = story.line, story.line.computed
    lines = [f"WRONG: {fault}" for fault in story.faults]
    lines.append(f"Line {line.line_id}")
    lines.append(f"  {line.payee_id}, {line.component_code}, for {line.basis_key}")
    if computed:
        lines += _event_text(story, computed)
        lines += _credit_text(computed)
        lines += _plan_text(computed)
    else:
        lines.append(
            "  The published version computes no such line: its event or its credit is gone, or it "
            "is posted by hand. What follows is what the ledger kept."
            if line.postings
            else "  No event or rule computes it: it is an adjustment, a draw or the like."
        )
        lines += _source_text(story)
    lines += _arithmetic_text(story)
    lines += _posting_text(story)
    return "\n".join(lines)


def _event_text(story: Story, computed: Row) -> list[str]:
    if not computed["event_key"]:
        return ["", f"For its window, earned on {computed['earned_on']}; no event causes it."]
    lines = [
        "",
        f"Event  {computed['event_type']} on {computed['occurred_on']}: "
        f"{_amount_text(computed, computed['event_amount'], computed['event_currency'])}",
        f"  {computed['source_system']} {computed['source_id']}",
    ]
    for name in ("customer", "contract", "opportunity"):
        if computed[f"{name}_id"]:
            lines.append(f"  {name} {computed[f'{name}_id']}")
    if computed["reversed_event_key"]:
        lines.append(f"  takes back {computed['reversed_event_key']}")
    return [*lines, *_source_text(story), *_movement_text(story.line)]


def _amount_text(computed: Row, amount: Decimal, currency: str | None) -> str:
    """An amount, or the units of an event that is counted in no currency."""
    if currency is None:
        count = computed["unit_count"]
        return "no amount" if count is None else f"{number(count)} units"
    return f"{currency} {money(amount)}"


def _source_text(story: Story) -> list[str]:
    lines = [
        f"  {row.file}, row {row.row_number} (the first is 0),"
        f" arrived {row.arrived_at or 'some day'} ({row.table} {row.key})"
        + (f": {row.note}" if row.note else "")
        for row in story.sources
    ]
    if story.source_note:
        lines.append(f"  {story.source_note}")
    return lines


def _movement_text(line: Line) -> list[str]:
    if not line.movement:
        return []
    row = line.movement
    lines = [
        f"  MRR movement {row['movement_key']}: {row['movement_type']} "
        f"{row['currency']} {money(row['mrr_amount'])} a month, "
        f"{money(row['opening_mrr_amount'])} -> {money(row['closing_mrr_amount'])}"
    ]
    lines += [
        f"    {item['subscription_item_id']} {item['product_id']}: {money(item['mrr_amount'])}"
        for item in line.movement_items
    ]
    return lines


def _credit_text(computed: Row) -> list[str]:
    credits = credits_of(computed)
    if not credits:
        return []
    lines = [""]
    for credit in credits:
        lines.append(
            f"Credit  {credit['kind']}, {percent(credit['percent'])}: "
            f"{_amount_text(computed, credit['amount'], computed['deal_currency'])}"
        )
        if computed["deal_currency"] not in (None, computed["currency"]):
            lines.append(
                f"  at {number(credit['exchange_rate'])} {computed['currency']} "
                f"({computed['rate_type']} rate of {computed['credited_on']:%Y-%m}"
                f"{', provisional' if computed['is_rate_provisional'] else ''}): "
                f"{computed['currency']} {money(credit['plan_amount'])}"
            )
    for rule in _rules(computed):
        role = f" ({rule['role']})" if rule["role"] else ""
        lines.append(f"  rule {rule['source']}{role}, {percent(rule['percent'])}")
    if computed["quota_amount"] is not None and computed["attainment_before"] is not None:
        lines += [
            f"Attainment  {computed['measure']}, {computed['window_type']} from "
            f"{computed['window_start']}, quota {money(computed['quota_amount'])}",
            f"  before {money(computed['credit_before'])} / {money(computed['quota_amount'])} = "
            f"{percent(computed['attainment_before'])}",
            f"  after  {money(computed['credit_to_date'])} / {money(computed['quota_amount'])} = "
            f"{percent(computed['attainment_after'])}",
        ]
    elif computed["credit_before"] is not None:
        lines.append(
            f"Window  {computed['measure']}, {computed['window_type']} from "
            f"{computed['window_start']}, no quota; before {money(computed['credit_before'])}, "
            f"after {money(computed['credit_to_date'])}"
        )
    return lines


def _plan_text(computed: Row) -> list[str]:
    return [
        f"Plan  {computed['plan_code']}, version {computed['plan_version']}; "
        f"{computed['component_code']}, {computed['mode']}; rules {computed['rule_version']}"
    ]


def _arithmetic_text(story: Story) -> list[str]:
    line, computed = story.line, story.line.computed
    lines = [""]
    if line.slices:
        kept = "" if computed else f", as close {line.kept_by} kept them"
        lines.append(f"Slices{kept}")
    for row in line.slices:
        text, _ = slice_text(computed, row)
        lines.append(f"  {_tier(row)}{text} = {money(row['amount'])}")
    if story.steps:
        lines.append(f"Steps, in {computed['currency']}")
    for step in story.steps:
        unproved = "" if step.computed is not None else " (as the warehouse says; not done again)"
        name = _STEP_NAMES[step.name]
        lines.append(f"  {name:<12} {step.text} = {money(step.amount)}{unproved}")
        lines += [f"               {note}" for note in _notes(step.name, computed)]
    if story.parts:
        at = (
            ""
            if computed["currency"] == computed["pay_currency"]
            else (
                f", at {number(computed['pay_exchange_rate'])} of {computed['credited_on']:%Y-%m}"
            )
        )
        lines.append(f"Should be posted by now, in {computed['pay_currency']}{at}")
        lines += [
            f"  {step.name:<12} {step.text} = {money(step.amount)}"
            for step in story.parts
            if step.amount or step.is_wrong or step.name == "earned"
        ]
    elif line.entitlements:
        lines.append("Should be posted by now")
        for row in line.entitlements:
            frozen = f", frozen ({row['frozen_because']})" if row["frozen_because"] else ""
            lines.append(f"  {row['part']:<12} {row['currency']} {money(row['amount'])}{frozen}")
    elif computed:
        lines.append("Earned before the ledger began: it counts for attainment, never for pay.")
    return lines if len(lines) > 1 else []


def _tier(row: Row) -> str:
    if row["tier_from"] is None:
        return ""
    to = "on" if row["tier_to"] is None else f"to {number(row['tier_to'])}"
    return f"tier {row['slice_number']}, from {number(row['tier_from'])} {to}: "


def _notes(step: str, computed: Row) -> list[str]:
    if step == "retained" and computed["clawback_trigger"]:
        kept, whole = fraction_of(computed["retained_fraction"])
        if kept == whole:
            when = computed["triggered_on"]
            return [f"{computed['clawback_trigger']} on {when} came too late to take anything back"]
        return [
            f"taken back by {computed['clawback_trigger']} on {computed['triggered_on']}: "
            f"{number(kept)} of {number(whole)} is kept"
        ]
    if step == "released" and computed["release_on"] != "event":
        freed, due = fraction_of(computed["released_fraction"])
        how = _WAITS_FOR[computed["release_on"]].format(days=computed["release_days"])
        since = f", last changed on {computed['released_on']}" if computed["released_on"] else ""
        return [f"released {how}: {number(freed)} of {number(due)}{since}"]
    return []


def _posting_text(story: Story) -> list[str]:
    line = story.line
    lines = ["", "Posted" if line.postings else "Posted: nothing yet"]
    total: dict[str, Decimal] = {}
    for row in line.postings:
        total[row["currency"]] = total.get(row["currency"], Decimal(0)) + row["amount"]
        changed = f"; changed: {row['changed'].replace('|', ', ')}" if row["changed"] else ""
        earned = period_text(row["earning_period_start"])
        lines.append(
            f"  close {row['sequence']:06d}, {period_text(row['posting_period_start'])}: "
            f"{row['part']} of {earned} {row['currency']} {money(row['amount'])}, "
            f"{row['reason']}{changed}"
        )
        if line.computed and (since := differs_since(line.computed, row)):
            lines.append(f"    computed otherwise now: {', '.join(since)}")
    for currency, amount in sorted(total.items()):
        lines.append(f"  in all {currency} {money(amount)}")
    waiting = [row for row in line.pending if row["pending_amount"]]
    lines.append("Pending" if waiting else "Pending: nothing")
    for row in waiting:
        changed = f"; changed: {row['changed'].replace('|', ', ')}" if row["changed"] else ""
        blocked = "; blocked, the event is no longer valid" if row["is_blocked"] else ""
        lines.append(
            f"  for {period_text(row['posting_period_start'])}: {row['part']} {row['currency']} "
            f"{money(row['pending_amount'])}, {row['reason']}{changed}{blocked}"
        )
    return lines
