"""Who is credited, what takes pay back and what caps it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import product

from orchestration.compensation.book import Book, held
from orchestration.compensation.findings import Finding
from orchestration.compensation.tables import Row

_FILTERS = ("product_line", "opportunity_type")
_OVERRIDE = "manager_override"
# The columns that say which cap it is, by scope.
_SCOPE_COLUMNS = {
    "component": ("plan_code", "component_code"),
    "plan": ("plan_code",),
    "payee": ("payee_id",),
}


def crediting_findings(book: Book) -> Iterator[Finding]:
    """Credit rules, clawback rules and caps that contradict themselves or the components."""
    for row in book["credit_rules"]:
        yield from _credit_rule(row)
    yield from _revenue_above_whole(book)
    for row in book["clawback_rules"]:
        yield from _pair(book, row)
        yield from _clawback_values(row)
        yield from _refund_of_cash(book, row)
    for row in book["payout_caps"]:
        yield from _cap(book, row)


def _credit_rule(row: Row) -> Iterator[Finding]:
    source = row["credit_source"]
    if (source == "role_on_account") != (row["role_code"] is not None):
        yield row.finding("role_code", "filled for role_on_account, and only there.")
    if (source == _OVERRIDE) != (row["credit_kind"] == "override"):
        text = "manager_override credits are of kind override, and no others are."
        yield row.finding("credit_kind", text)
    for column in ("override_depth", "includes_own"):
        if (source == _OVERRIDE) != (row[column] is not None):
            yield row.finding(column, "filled for manager_override, and only there.")
    if row["credit_percent"] <= 0:
        yield row.finding("credit_percent", "must be above 0; 1 = 100 %.")
    elif row["credit_kind"] == "revenue" and row["credit_percent"] > 1:
        text = "revenue credits sum to the event, so none is above 1; 1 = 100 %."
        yield row.finding("credit_percent", text)


def _revenue_above_whole(book: Book) -> Iterator[Finding]:
    """Rules that together credit more than the whole of an event would pay it twice."""
    groups = defaultdict(list)
    for row in book["credit_rules"]:
        if row["credit_kind"] == "revenue":
            groups[row["component_code"], row["event_type"]].append(row)
    for rules in groups.values():
        faults: dict[int, Finding] = {}
        # Every kind of event that the rules tell apart; None is an event that no rule names.
        choices = [{None, *(rule[name] for rule in rules)} for name in _FILTERS]
        days = {rule["valid_from"] for rule in rules}
        for day, *event in product(days, *choices):
            matching = [rule for rule in rules if _matches(rule, day, event)]
            total = sum(rule["credit_percent"] for rule in matching)
            if len(matching) > 1 and total > 1:
                last = max(matching, key=lambda rule: rule.line)
                others = ", ".join(str(rule.line) for rule in matching if rule is not last)
                text = (
                    f"with line {others} the same events are credited with {total * 100:f} %. "
                    "Revenue credits sum to the event: lower one, make it an overlay, or let "
                    "them look at other events."
                )
                faults.setdefault(last.line, last.finding("credit_percent", text))
        yield from faults.values()


def _matches(rule: Row, day: date, event: list[str | None]) -> bool:
    return held(rule).start <= day < held(rule).end and all(
        rule[name] in (None, value) for name, value in zip(_FILTERS, event, strict=True)
    )


def _pair(book: Book, row: Row) -> Iterator[Finding]:
    """The plan has the component on some day on which the row holds."""
    plan_code, component_code = row["plan_code"], row["component_code"]
    components = book.components_by_pair.get((plan_code, component_code), [])
    if any(held(component).overlap(held(row)) for component in components):
        return
    if book["plan_components"].is_whole(plan_code=plan_code, component_code=component_code):
        text = f"the plan {plan_code} has no such component on these days. Correct one of them."
        yield row.finding("component_code", text)


def _clawback_values(row: Row) -> Iterator[Finding]:
    if row["method"] == "linear" and row["months"] is None:
        yield row.finding("months", "method linear needs it: full months served of how many?")
    if row["months"] is not None and row["months"] < 1:
        yield row.finding("months", "must be 1 or more.")
    if (row["clawback_trigger"] == "unpaid_days") != (row["unpaid_days"] is not None):
        yield row.finding("unpaid_days", "filled for the trigger unpaid_days, and only there.")
    elif row["unpaid_days"] is not None and row["unpaid_days"] < 1:
        yield row.finding("unpaid_days", "must be 1 or more.")
    if row["scope"] == "partial" and row["clawback_trigger"] != "churn":
        text = "only a churn has a lost share. Put contract."
        yield row.finding("scope", text)


def _refund_of_cash(book: Book, row: Row) -> Iterator[Finding]:
    if row["clawback_trigger"] != "refund":
        return
    for component in book.components_by_pair.get((row["plan_code"], row["component_code"]), []):
        if component["release_on"] == "cash" and held(component).overlap(held(row)):
            text = (
                f"line {component.line} of plan_components.csv releases the component on cash: a "
                "refund lowers the release already, and would be taken twice. Remove the row."
            )
            yield row.finding("clawback_trigger", text)
            return


def _cap(book: Book, row: Row) -> Iterator[Finding]:
    used = _SCOPE_COLUMNS[row["cap_scope"]]
    for column in ("plan_code", "component_code", "payee_id"):
        if (column in used) != (row[column] is not None):
            text = f"filled for the scope {row['cap_scope']}: {', '.join(used)}, and no other."
            yield row.finding(column, text)
    if row["amount"] < 0:
        yield row.finding("amount", "must not be below 0.")
    if row["cap_scope"] == "component" and row["plan_code"] and row["component_code"]:
        yield from _pair(book, row)
