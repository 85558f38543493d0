"""The list of checks, for people and for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.checks.catalogue import Check, catalogue
from orchestration.checks.history import Failed, History, read_history
from orchestration.dbt_project import project_vars
from orchestration.landing import load_manifest
from orchestration.landing.declared import Manifest
from orchestration.settings import Settings

_HEADS = ("last failed, UTC", "in", "severity", "owner", "area", "check", "what it protects")
# What stands below each other; names of checks are too unlike in length.
_ALIGNED = 5


class UnknownArea(ValueError):
    """No check is of the area that was asked for; the message names those that there are."""


@dataclass(frozen=True)
class Listed:
    """Checks with their last failures; `history` is what they are known from."""

    checks: Sequence[tuple[Check, Failed | None]]
    history: History


def listed(
    settings: Settings,
    manifest: Manifest | Path,
    area: str | None = None,
    only_failed: bool = False,
) -> Listed:
    """Every check, or those asked for.

    Args:
        manifest: dbt's, or where it is.
        area: the area that they are to be of.
        only_failed: leave out what has not failed as far as the history goes; latest first.

    Raises:
        UnknownArea: no check is of that area.
        HistoryError, LandingError, LimitsError, SuiteError, VarsError: something cannot be read.
    """
    history = read_history(settings)
    checks = catalogue(settings, load_manifest(manifest), project_vars(settings))
    areas = sorted({check.area for check in checks})
    if area is not None and area not in areas:
        raise UnknownArea(f"No check is of the area '{area}'. Areas: {', '.join(areas)}.")
    found = [
        (check, history.last_failed.get(check.key))
        for check in checks
        if area in (None, check.area)
    ]
    if only_failed:
        found = [(check, failed) for check, failed in found if failed]
        found.sort(key=lambda one: one[1].at, reverse=True)
    return Listed(found, history)


def checks_json(found: Listed) -> dict[str, Any]:
    """For programs; times are UTC, ISO 8601."""
    return {
        "known_runs": found.history.run_count,
        "latest_build": found.history.latest,
        "checks": [
            {
                "check": check.name,
                "kind": check.kind,
                "area": check.area,
                "owner": check.owner,
                "severity": check.severity,
                "protects": check.protects,
                "last_failed_at": failed and failed.at.isoformat(),
                "last_failed_in": failed and failed.run,
            }
            for check, failed in found.checks
        ],
    }


def checks_text(found: Listed) -> str:
    """For people: a table, a line a check, and how far back the history goes."""
    table = [_HEADS] + [
        (
            f"{failed.at:%Y-%m-%d %H:%M}" if failed else "never",
            _run(failed.run) if failed else "",
            *(check.severity, check.owner, check.area, check.name),
            # The name of an expectation is what it protects.
            "" if check.protects in check.name else check.protects,
        )
        for check, failed in found.checks
    ]
    widths = [max(len(row[column]) for row in table) for column in range(_ALIGNED)]
    lines = [
        "  ".join(
            [
                *(cell.ljust(width) for cell, width in zip(row[:_ALIGNED], widths, strict=True)),
                *(cell for cell in row[_ALIGNED:] if cell),
            ]
        ).rstrip()
        for row in table
    ]
    return "\n".join([*lines, "", _footer(found)])


def _run(run: str) -> str:
    """`build 1f2e3d4c` as a version is named after it; a close by its month."""
    return run if run.startswith("close ") else f"build {run.partition('-')[0]}"


def _footer(found: Listed) -> str:
    latest = found.history.latest
    count = f"{len(found.checks):,} checks."
    if latest is None:
        return f"{count} No build is known yet: when they failed is told from the next one on."
    said = f"{len(latest['failed'])} failed" if latest["failed"] else "none failed"
    return (
        f"{count} Latest build: {_run(latest['run'])}, {latest['at'][:16].replace('T', ' ')} UTC, "
        f"{sum(latest['ran'].values()):,} ran, {said}. "
        f"Failures are known of the last {found.history.run_count:,} runs."
    )
