"""A simulation as text for people, and as JSON."""

from collections.abc import Sequence
from typing import Any

from orchestration.audit.simulation import Cost, Simulation


def simulation_text(found: Simulation) -> str:
    """Cost before and after, who gets more or less, and how far quotas are attained."""
    since = f"from {found.first_on} " if found.first_on else ""
    changed = [cost for cost in found.payees if cost.difference]
    same = len(found.payees) - len(changed)
    parts = [
        f"Pay earned {since}up to {found.last_on}, beside version {found.version}.",
        "",
        *_table("Cost by component, in currency of pay", found.components),
        "",
        *_table("Cost in all", found.totals),
    ]
    if found.reporting:
        parts += ["", *_table("Cost in all, in reporting currency", [found.reporting])]
    else:
        parts += ["", "Cost in reporting currency: a rate of exchange is missing."]
    parts += [
        "",
        *_table(f"By payee; {same} stay as they are", changed),
        "",
        "Quotas by attainment",
    ]
    width = max(len(name) for name, _, _ in found.attainments)
    parts.append(f"  {'':<{width}}  {'before':>8}  {'after':>8}")
    parts += [
        f"  {name:<{width}}  {before:>8,}  {after:>8,}" for name, before, after in found.attainments
    ]
    return "\n".join(parts)


def simulation_json(found: Simulation) -> dict[str, Any]:
    """The same for programs; amounts as text."""
    return {
        "version": found.version,
        "first_on": found.first_on and found.first_on.isoformat(),
        "last_on": found.last_on.isoformat(),
        "components": [_json(cost) for cost in found.components],
        "payees": [_json(cost) for cost in found.payees],
        "totals": [_json(cost) for cost in found.totals],
        "reporting": found.reporting and _json(found.reporting),
        "attainments": [
            {"band": name, "before": before, "after": after}
            for name, before, after in found.attainments
        ],
    }


def _table(title: str, costs: Sequence[Cost]) -> list[str]:
    if not costs:
        return [f"{title}: none"]
    rows = [
        (
            cost.name,
            cost.currency,
            *(f"{amount:,.2f}" for amount in (cost.before, cost.after)),
            f"{cost.difference:+,.2f}",
        )
        for cost in costs
    ]
    rows.insert(0, ("", "", "before", "after", "difference"))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [title]
    for row in rows:
        texts = [row[column].ljust(widths[column]) for column in (0, 1)]
        figures = [row[column].rjust(widths[column]) for column in (2, 3, 4)]
        lines.append(f"  {'  '.join([*texts, *figures])}".rstrip())
    return lines


def _json(cost: Cost) -> dict[str, str]:
    return {
        "name": cost.name,
        "currency": cost.currency,
        "before": f"{cost.before:f}",
        "after": f"{cost.after:f}",
        "difference": f"{cost.difference:f}",
    }
