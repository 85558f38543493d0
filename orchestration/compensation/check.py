"""All rules of pay, read and judged at once, before anything is built from them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from orchestration.checks.declared import Declared
from orchestration.compensation.book import Book
from orchestration.compensation.closed import closed_findings, last_close
from orchestration.compensation.crediting import crediting_findings
from orchestration.compensation.findings import Finding
from orchestration.compensation.fiscal import FiscalCalendar, months_later
from orchestration.compensation.folder import (
    chosen_file,
    compensation_seeds,
    existing,
    reference_seeds,
    stray_findings,
    yaml_findings,
)
from orchestration.compensation.money import money_findings
from orchestration.compensation.payments import payment_findings
from orchestration.compensation.payroll_map import payroll_map_findings
from orchestration.compensation.people import people_findings
from orchestration.compensation.plans import plan_findings
from orchestration.compensation.quotas import quota_findings
from orchestration.compensation.tables import Table, known_findings, read_table
from orchestration.compensation.validity import validity_findings
from orchestration.compensation.windows import window_findings
from orchestration.settings import Settings

RULES_HOLD = Declared(
    "rules_hold",
    "Every rule of pay can be read, fits the others and leaves closed periods alone.",
    "finance",
)
_THEMES: tuple[Callable[[Book], Iterator[Finding]], ...] = (
    validity_findings,
    people_findings,
    plan_findings,
    crediting_findings,
    quota_findings,
    payment_findings,
    window_findings,
    money_findings,
)


@dataclass(frozen=True)
class PlansReport:
    """What the check found, sorted by file, line and field."""

    file_count: int
    row_count: int
    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """The findings as texts."""
        return tuple(str(finding) for finding in self.findings)


def check_plans(
    settings: Settings, dbt_vars: Mapping[str, Any], plans: Path | None = None
) -> PlansReport:
    """Judge the rules of pay, all files at once.

    Args:
        dbt_vars: every var of the build, as `project_vars` gives them.
        plans: a folder whose files stand in for the project's of the same name. What nobody
            closed with is compared with no close.

    Raises:
        PlansError: the project's YAML of the seeds cannot be read, or `plans` is no folder.
    """
    seeds = compensation_seeds(settings)
    reference = reference_seeds(settings)
    files = [seed.file for seed in seeds.values()]
    findings = [*yaml_findings(settings), *stray_findings(files, settings.compensation_dir)]
    if plans is not None:
        findings += stray_findings(files, existing(plans))
    paths = {file: chosen_file(settings, plans, file) for file in files}
    paths |= {seed.file: _reference_path(settings, seed.file) for seed in reference.values()}
    tables: dict[str, Table] = {}
    unread = False
    for name, seed in {**seeds, **reference}.items():
        tables[name], found = read_table(seed, paths[seed.file])
        # Without a file, or its columns, what others say about its rows would be noise.
        unread |= any(finding.line <= 1 for finding in found)
        findings += found
    row_count = sum(len(table.rows) + len(table.faulty) for table in tables.values())
    closed, found = last_close(settings) if plans is None else (None, [])
    findings += [*found, *payroll_map_findings(settings.payroll_map_path)]
    if not unread:
        findings += known_findings(tables)
        cutoff_on = _cutoff(dbt_vars, closed and closed.open_from)
        calendar = FiscalCalendar(int(dbt_vars["fiscal_year_start_month"]))
        book = Book(tables, calendar, cutoff_on)
        findings += [finding for theme in _THEMES for finding in theme(book)]
        if closed:
            findings += closed_findings(book, closed)
    shown = {_placed(finding, paths, settings.project_dir) for finding in findings}
    return PlansReport(len(tables), row_count, tuple(sorted(shown)))


def _reference_path(settings: Settings, file: str) -> Path:
    return settings.project_dir / "seeds" / "reference" / file


def _cutoff(dbt_vars: Mapping[str, Any], open_from: date | None) -> date | None:
    """The last day that the next close looks at, as far as it is known without a warehouse."""
    if text := dbt_vars.get("cutoff_on"):
        return date.fromisoformat(str(text)[:10])
    if open_from is None and (text := dbt_vars.get("ledger_first_period")):
        open_from = date.fromisoformat(f"{str(text)[:7]}-01")
    return open_from and months_later(open_from, 1) - timedelta(days=1)


def _placed(finding: Finding, paths: Mapping[str, Path], root: Path) -> Finding:
    """The finding with its file's path: in the project where it is there, else whole."""
    path = paths.get(finding.file)
    if path is None:
        return finding
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    return replace(finding, file=shown.as_posix())
