"""The dbt project as files and a command: where its artifacts are, its vars, how it is parsed.

Nothing here knows Dagster, runs a model or opens the build file.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from orchestration.files import scratch_folder, why_not_written
from orchestration.landing.values import parsed_instant
from orchestration.settings import Settings

# The dbt of this Python: the environment need not be activated. Told into a pipe, it ends with us.
DBT = (sys.executable, "-P", "-m", "orchestration.dbt_child")
# A build judges data. Unit tests judge code, on made-up rows: `dbt build` and `make test` run them.
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


class DbtParseError(Exception):
    """The project does not parse; the message is dbt's own."""


def target_path(settings: Settings) -> Path:
    """dbt's artifact folder: DBT_TARGET_PATH, else `target`."""
    return settings.project_dir / (os.environ.get("DBT_TARGET_PATH") or "target")


def log_folder(settings: Settings) -> Path:
    """Where dbt writes its own log: DBT_LOG_PATH, else `logs`."""
    return settings.project_dir / (os.environ.get("DBT_LOG_PATH") or "logs")


def manifest_path(settings: Settings) -> Path:
    """Where `dbt parse` leaves the manifest."""
    return target_path(settings) / "manifest.json"


class VarsError(ValueError):
    """A var that cannot be used; the message names it."""


def plain_vars(dbt_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Vars as text, numbers, lists and mappings only; `as_of` as a UTC time, or None.

    YAML makes a date of `2026-03-31`, which neither dbt's command line nor Dagster takes.

    Raises:
        VarsError: `as_of` is no ISO 8601 time.
    """
    plain = json.loads(json.dumps(dbt_vars, default=str))
    if "as_of" in plain:
        plain["as_of"] = _instant(plain["as_of"])
    return plain


def _instant(as_of: Any) -> str | None:
    if not as_of:
        return None
    try:
        return parsed_instant(str(as_of)).replace(tzinfo=None).isoformat(sep=" ")
    except ValueError as error:
        raise VarsError(f"The var as_of '{as_of}' cannot be read: {error}.") from error


def vars_arguments(dbt_vars: Mapping[str, Any]) -> list[str]:
    """dbt's command line for vars that differ from dbt_project.yml."""
    dbt_vars = plain_vars(dbt_vars)
    return ["--vars", json.dumps(dbt_vars, sort_keys=True)] if dbt_vars else []


def parse_project(settings: Settings, dbt_vars: Mapping[str, Any] | None = None) -> Path:
    """Write manifest.json anew from the project's files, and return its path.

    Raises:
        DbtParseError: the project does not parse.
    """
    _parse(settings, target_path(settings), dbt_vars or {})
    return manifest_path(settings)


def parsed_apart(settings: Settings) -> dict[str, Any]:
    """The manifest of the project's files as they are now: a source declared a minute ago counts.

    Parsed in a folder of its own, so that a build that runs, or another one who looks, neither
    disturbs it nor is disturbed. What dbt has parsed before is taken along: that saves seconds.

    Raises:
        DbtParseError: the project does not parse.
    """
    with scratch_folder("parse") as folder:
        parsed_before = target_path(settings) / "partial_parse.msgpack"
        if parsed_before.exists():
            shutil.copy(parsed_before, folder)
        _parse(settings, folder, {})
        return json.loads((folder / "manifest.json").read_text("utf-8"))


def _parse(settings: Settings, target: Path, dbt_vars: Mapping[str, Any]) -> None:
    parsed = subprocess.run(
        [*DBT, "--quiet", "parse", "--target-path", str(target), *vars_arguments(dbt_vars)],
        cwd=settings.project_dir,
        capture_output=True,
        text=True,
    )
    if parsed.returncode:
        said = f"{parsed.stdout}{parsed.stderr}".strip()
        said = why_not_written(target, said) or said
        raise DbtParseError(f"dbt cannot parse the project:\n{said}")


def project_vars(settings: Settings, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every var as a build with these overrides sees it; of one form, as `plain_vars` says.

    Raises:
        VarsError: `as_of` is no ISO 8601 time, here or in dbt_project.yml.
    """
    declared = yaml.safe_load((settings.project_dir / "dbt_project.yml").read_text("utf-8"))
    return plain_vars({**declared.get("vars", {}), **(overrides or {})})
