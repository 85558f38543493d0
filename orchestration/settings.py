"""Where things are: the folders and files that every command agrees on.

Only places and counts that differ between installations belong here. What a number means is a
dbt var, and no secret is a setting.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_KEEP_VERSIONS = 5
DEFAULT_KEEP_CHECK_RUNS = 1000


class SettingsError(ValueError):
    """A setting that cannot be used; the message names the environment variable."""


@dataclass(frozen=True)
class Settings:
    """The places of one installation; all of them absolute paths."""

    project_dir: Path
    landing_dir: Path
    warehouse_dir: Path
    publish_dir: Path
    ledger_dir: Path
    payroll_map_path: Path
    compensation_dir: Path
    keep_versions: int = DEFAULT_KEEP_VERSIONS
    keep_check_runs: int = DEFAULT_KEEP_CHECK_RUNS

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] | None = None, project_dir: Path | None = None
    ) -> "Settings":
        """Read the QUOTAMART_ variables; a relative place is relative to the project.

        An empty variable counts as not set.

        Raises:
            SettingsError: QUOTAMART_KEEP_VERSIONS or QUOTAMART_KEEP_CHECK_RUNS is not a whole
                number of at least 1.
        """
        environment = os.environ if environment is None else environment
        root = (project_dir or Path(__file__).parents[1]).resolve()

        def place(variable: str, default: str) -> Path:
            return Path(os.path.abspath(root / (environment.get(variable) or default)))

        return cls(
            project_dir=root,
            landing_dir=place("QUOTAMART_LANDING", "landing"),
            warehouse_dir=place("QUOTAMART_WAREHOUSE", "warehouse"),
            publish_dir=place("QUOTAMART_PUBLISH", "publish"),
            ledger_dir=place("QUOTAMART_LEDGER", "ledger"),
            payroll_map_path=place("QUOTAMART_PAYROLL_MAP", "payroll_map.csv"),
            compensation_dir=place("QUOTAMART_COMPENSATION", "seeds/compensation"),
            keep_versions=_count(environment, "QUOTAMART_KEEP_VERSIONS", DEFAULT_KEEP_VERSIONS),
            keep_check_runs=_count(
                environment, "QUOTAMART_KEEP_CHECK_RUNS", DEFAULT_KEEP_CHECK_RUNS
            ),
        )

    @property
    def build_file(self) -> Path:
        """The DuckDB file that a build writes; readers never open it."""
        return self.warehouse_dir / "quotamart.duckdb"

    @property
    def landed_files_path(self) -> Path:
        """What the landing check found, one row per file."""
        return self.warehouse_dir / "landed_files" / "landed_files.parquet"

    @property
    def candidate_path(self) -> Path:
        """The record of a build whose every dbt result passed: what publishing requires."""
        return self.warehouse_dir / "candidate.json"

    @property
    def lock_path(self) -> Path:
        """Held by whoever writes the build file or the published folder."""
        return self.warehouse_dir / ".lock"

    @property
    def ledger_lock_path(self) -> Path:
        """Held by whoever closes a period."""
        return self.ledger_dir / ".lock"

    @property
    def kept_inputs_dir(self) -> Path:
        """What the closes were computed from, each file under its own hash."""
        return self.ledger_dir / "inputs"

    @property
    def receipts_dir(self) -> Path:
        """The hash of each close, kept apart from the ledger: so a lost last close is missed."""
        return self.publish_dir / "receipts"

    @property
    def check_history_dir(self) -> Path:
        """What the checks of each build found, one file a run."""
        return self.publish_dir / "checks"

    @property
    def versions_dir(self) -> Path:
        """The published versions, one folder each."""
        return self.publish_dir / "versions"

    @property
    def current_link(self) -> Path:
        """The symlink that names the version which readers see."""
        return self.publish_dir / "current"


def _count(environment: Mapping[str, str], variable: str, default: int) -> int:
    text = environment.get(variable) or str(default)
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise SettingsError(f"{variable} must be a whole number of at least 1, not '{text}'.")
    return int(text)
