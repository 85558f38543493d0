"""Published versions made of a dbt build, with the marts alone that a close reads.

Where a whole build with its audit would take a minute to prove nothing about the ledger.
"""

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from orchestration.content_hash import content_hash
from orchestration.dbt_project import project_vars, vars_arguments
from orchestration.ledger.book import read_book
from orchestration.ledger.close import close_period
from orchestration.ledger.postings import MARTS
from orchestration.sample.months import months
from orchestration.settings import Settings
from tests.conftest import BIN

_WITHOUT_TESTS = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")


def publish_build(settings: Settings, marts: Sequence[str] = MARTS, **manifest: Any) -> None:
    """Publish some marts of the build file; `manifest` says what no file does."""
    count = len(list(settings.versions_dir.glob("*")))
    folder = settings.versions_dir / f"20260405T{count:06d}Z-run"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "finance.duckdb")) as connection:
        connection.execute(f"attach '{settings.build_file}' as build (read_only)")
        for mart in marts:
            connection.execute(f"create table {mart} as from build.marts.{mart}")
        hashes = {mart: content_hash(connection, mart) for mart in marts}
    root = settings.project_dir
    content = {
        "git": {"commit": None, "is_dirty": None},
        "seeds": {
            path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((root / "seeds").rglob("*.csv"))
        },
        "landed_files": [
            {
                "path": path.relative_to(settings.landing_dir).as_posix(),
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "size_bytes": path.stat().st_size,
            }
            for path in sorted(settings.landing_dir.glob("*/*/*.parquet"))
        ],
        "marts": {mart: {"content_hash": hashes[mart]} for mart in marts},
        "ledger_head": read_book(settings).head_hash,
        **manifest,
    }
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    settings.current_link.unlink(missing_ok=True)
    settings.current_link.symlink_to(Path("versions") / folder.name)


def close_sample(environment: Mapping[str, str]) -> None:
    """Close the sample's full months, as `make run` does, into the ledger of an environment."""
    settings = Settings.from_environment(environment)
    for month in months(settings):
        build_and_publish(environment, MARTS, month.dbt_vars)
        close_period(settings, month.period, by="tests", accepted_by="tests")


def build_and_publish(
    environment: Mapping[str, str], marts: Sequence[str], dbt_vars: Mapping[str, Any]
) -> None:
    """Build some marts with dbt, and publish them without an audit."""
    build_marts(environment, marts, dbt_vars)
    publish_marts(environment, marts, dbt_vars)


def build_marts(
    environment: Mapping[str, str], marts: Sequence[str], dbt_vars: Mapping[str, Any]
) -> None:
    """Build some marts with dbt, and all that they need."""
    settings = Settings.from_environment(environment)
    built = subprocess.run(
        [
            *(str(BIN / "dbt"), "--no-use-colors", "build", *_WITHOUT_TESTS),
            *("--select", *(f"+{mart}" for mart in marts), *vars_arguments(dbt_vars)),
        ],
        cwd=settings.project_dir,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout[-20_000:]


def publish_marts(
    environment: Mapping[str, str], marts: Sequence[str], dbt_vars: Mapping[str, Any]
) -> None:
    """Publish some marts of the build file without an audit."""
    settings = Settings.from_environment(environment)
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        ((as_of, cutoff_on),) = connection.execute(
            "select as_of, cutoff_on from staging.as_of cross join intermediate.cutoff"
        ).fetchall()
    publish_build(
        settings,
        marts,
        as_of=f"{as_of.isoformat()}Z",
        cutoff_on=cutoff_on.isoformat(),
        vars=project_vars(settings, dbt_vars),
    )
