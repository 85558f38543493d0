"""The dbt project as files and a command: where its artifacts are, its vars, how it is parsed.

Nothing here knows Dagster, runs a model or opens the build file.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from orchestration.settings import Settings

# The dbt beside this Python: the environment need not be activated.
DBT = Path(sys.executable).with_name("dbt")
# A build judges data. Unit tests judge code, on made-up rows: `dbt build` and `make test` run them.
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


class DbtParseError(Exception):
    """The project does not parse; the message is dbt's own."""


def target_path(settings: Settings) -> Path:
    """dbt's artifact folder: DBT_TARGET_PATH, else `target`."""
    return settings.project_dir / (os.environ.get("DBT_TARGET_PATH") or "target")


def manifest_path(settings: Settings) -> Path:
    """Where `dbt parse` leaves the manifest."""
    return target_path(settings) / "manifest.json"


def vars_arguments(dbt_vars: Mapping[str, Any]) -> list[str]:
    """dbt's command line for vars that differ from dbt_project.yml."""
    return ["--vars", json.dumps(dbt_vars, sort_keys=True)] if dbt_vars else []


def parse_project(settings: Settings, dbt_vars: Mapping[str, Any] | None = None) -> Path:
    """Write manifest.json anew from the project's files, and return its path.

    Raises:
        DbtParseError: the project does not parse.
    """
    parsed = subprocess.run(
        [str(DBT), "--quiet", "parse", *vars_arguments(dbt_vars or {})],
        cwd=settings.project_dir,
        capture_output=True,
        text=True,
    )
    if parsed.returncode:
        said = f"{parsed.stdout}{parsed.stderr}".strip()
        raise DbtParseError(f"dbt cannot parse the project:\n{said}")
    return manifest_path(settings)


def project_vars(settings: Settings, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every var as a build with these overrides sees it."""
    declared = yaml.safe_load((settings.project_dir / "dbt_project.yml").read_text("utf-8"))
    return {**declared.get("vars", {}), **(overrides or {})}
