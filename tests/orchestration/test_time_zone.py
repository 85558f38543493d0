"""The machine's time zone changes nothing: business dates come from a var, not from the clock."""

import json
from pathlib import Path

import duckdb

from orchestration.content_hash import content_hash
from tests.orchestration.conftest import Copy, once_more

MODELS_ALONE = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
DBT = "import sys; from dbt.cli.main import cli; cli(sys.argv[1:])"


def test_every_mart_is_the_same_in_utc_and_in_shanghai(
    published_copy: Copy, tmp_path: Path
) -> None:
    manifest = json.loads((published_copy.publish / "current" / "manifest.json").read_text())
    in_utc = {name: mart["content_hash"] for name, mart in manifest["marts"].items()}

    copy = once_more(published_copy, tmp_path)
    built = copy.run("-c", DBT, "build", *MODELS_ALONE, TZ="Asia/Shanghai")
    assert built.returncode == 0, built.stdout[-20_000:]
    with duckdb.connect(str(copy.root / "warehouse" / "quotamart.duckdb"), read_only=True) as build:
        in_shanghai = {mart: content_hash(build, f"marts.{mart}") for mart in in_utc}

    assert in_shanghai == in_utc
    # Empty marts have one hash: a comparison of those would prove nothing.
    assert len(set(in_utc.values())) > len(in_utc) / 2
