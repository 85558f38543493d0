"""The published version as readers find it: which one is current, and what its manifest says."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration import gates
from orchestration.settings import Settings

MARTS_FILE, FINANCE_FILE = "marts.duckdb", "finance.duckdb"


class PublishRefused(Exception):
    """Nothing was published and the published version is as it was; the message says why.

    Where a gate of the build refuses, the message is what the gate says (orchestration/gates.py).
    """


@dataclass(frozen=True)
class PublishedMart:
    """One mart as the published version's manifest describes it."""

    name: str
    rows: int
    content_hash: str
    columns: tuple[str, ...]
    # None where the mart is for finance alone.
    parquet_path: Path | None


@dataclass(frozen=True)
class PublishedVersion:
    """One published version; `manifest` is the content of its manifest.json."""

    name: str
    path: Path
    manifest: Mapping[str, Any]

    @property
    def published_at(self) -> datetime:
        """When it was published, UTC."""
        return datetime.fromisoformat(self.manifest["published_at"])

    @property
    def marts_file(self) -> Path:
        """The DuckDB file for everybody."""
        return self.path / MARTS_FILE

    @property
    def finance_file(self) -> Path:
        """The DuckDB file with personal data and pay, readable by its owner alone."""
        return self.path / FINANCE_FILE


def current_version(settings: Settings) -> PublishedVersion | None:
    """The version that readers see; None when nothing was published yet.

    Raises:
        PublishRefused: the pointer stands and what it points at is not whole.
    """
    try:
        path = settings.versions_dir / os.readlink(settings.current_link).rpartition("/")[2]
    except FileNotFoundError:
        return None
    try:
        content = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PublishRefused(
            gates.POINTER.says(
                f"{settings.current_link} points at {path.name}, whose manifest.json cannot be "
                f"read ({error}). Point it at a whole version, or remove it to publish the first "
                "one anew."
            )
        ) from error
    return PublishedVersion(path.name, path, content)


def published_marts(settings: Settings) -> dict[str, PublishedMart]:
    """The marts of the published version by name; empty when nothing was published yet."""
    version = current_version(settings)
    if version is None:
        return {}
    return {
        name: PublishedMart(
            name=name,
            rows=entry["rows"],
            content_hash=entry["content_hash"],
            columns=tuple(entry["columns"]),
            parquet_path=version.path / entry["parquet"] if entry["parquet"] else None,
        )
        for name, entry in version.manifest["marts"].items()
    }
