"""`mf`, the command line of MetricFlow, as this project means it.

It answers from the published version and stays off the network. Both are settled before
MetricFlow is loaded: it takes dbt's default target, and has no switch for its update check.
"""

import os
import sys
from types import ModuleType

from orchestration.dbt_project import parse_project
from orchestration.published import PublishRefused, current_version
from orchestration.settings import Settings


def main() -> None:
    """Run MetricFlow's own command line on the published version."""
    settings = Settings.from_environment()
    try:
        version = current_version(settings)
    except PublishRefused as error:
        raise SystemExit(str(error)) from error
    if version is None:
        raise SystemExit("Nothing is published yet: run `quotamart build`.")
    # The one place where MetricFlow looks for it, whatever DBT_TARGET_PATH says.
    if not (settings.project_dir / "target" / "semantic_manifest.json").exists():
        parse_project(settings)
    os.environ.update(
        DBT_TARGET="published",
        DBT_PROJECT_DIR=str(settings.project_dir),
        DBT_PROFILES_DIR=str(settings.project_dir),
        QUOTAMART_PUBLISH=str(settings.publish_dir),
    )
    sys.modules["update_checker"] = _no_update_checker()
    from dbt_metricflow.cli.main import cli

    cli(prog_name="mf")


def _no_update_checker() -> ModuleType:
    """In place of a module that asks a package index, and unpickles a file anybody can write."""

    class UpdateChecker:
        def check(self, package_name: str, package_version: str) -> None:
            """Know of no newer version."""

    module = ModuleType("update_checker")
    module.UpdateChecker = UpdateChecker
    return module
