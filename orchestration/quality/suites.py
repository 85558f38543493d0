"""Suites of expectations as YAML: one file per model, with Great Expectations' own keys."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.settings import Settings

_KEYS = {"type", "kwargs", "severity", "description", "meta"}


class SuiteError(ValueError):
    """A suite that cannot be run; the message names the file and what is wrong."""


@dataclass(frozen=True)
class Suite:
    """The expectations of one model; the file is named after it."""

    model: str
    expectations: tuple[dict[str, Any], ...]


def suites_folder(settings: Settings) -> Path:
    """Where the suites are."""
    return settings.project_dir / "tests" / "quality"


def read_suites(folder: Path) -> list[Suite]:
    """Read every suite of a folder, ordered by model.

    Raises:
        SuiteError: a file is no suite, or an expectation has no description or no owner.
    """
    return [_suite(path) for path in sorted(folder.glob("*.yml"))]


def _suite(path: Path) -> Suite:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or set(content) != {"name", "expectations"}:
        raise SuiteError(f"{path.name}: a suite has exactly the keys name and expectations.")
    if content["name"] != path.stem:
        raise SuiteError(f"{path.name}: the suite is named {content['name']}, not as its file.")
    for number, expectation in enumerate(content["expectations"], start=1):
        where = f"{path.name}, expectation {number}"
        if unknown := set(expectation) - _KEYS:
            raise SuiteError(f"{where}: unknown keys {', '.join(sorted(unknown))}.")
        if not expectation.get("description"):
            raise SuiteError(f"{where}: a description says what a failure means.")
        if not expectation.get("meta", {}).get("owner"):
            raise SuiteError(f"{where}: meta.owner says who answers for it.")
        # One severity: an expectation that does not block is one that nobody owns.
        if expectation.get("severity", "critical") != "critical":
            raise SuiteError(f"{where}: every expectation is critical.")
    return Suite(content["name"], tuple(content["expectations"]))
