"""The machine's time zone changes nothing: business dates come from a var, not from the clock."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.content_hash import content_hash
from orchestration.dbt_project import WITHOUT_UNIT_TESTS
from orchestration.sample import generate

from .project import Project, layer, run_dbt

# Every test runs where business dates and the machine's differ; the other build is to compare.
MODELS_ALONE = (*WITHOUT_UNIT_TESTS, "--exclude-resource-type", "test")


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sample company's landing folder."""
    folder = tmp_path_factory.mktemp("sample") / "landing"
    generate(folder, scale=0.01, seed=7)
    return folder


def test_every_mart_is_the_same_in_utc_and_in_shanghai(
    house: Project, landing: Path, tmp_path: Path
) -> None:
    marts = [model["name"] for model in house.models if layer(model) == "marts"]

    in_utc = built_marts(marts, landing, tmp_path / "utc", "UTC", *MODELS_ALONE)
    in_shanghai = built_marts(marts, landing, tmp_path / "shanghai", "Asia/Shanghai")

    assert in_shanghai == in_utc
    # Empty marts have one hash: a comparison of those would prove nothing.
    assert len(set(in_utc.values())) > len(marts) / 2


def built_marts(
    marts: list[str], landing: Path, folder: Path, time_zone: str, *arguments: str
) -> dict[str, str]:
    """Build everything in a time zone, with its data tests; the content hash of each mart."""
    (folder / "warehouse").mkdir(parents=True)
    built = run_dbt(
        "build",
        folder / "target",
        *arguments,
        target="duckdb",
        TZ=time_zone,
        QUOTAMART_LANDING=str(landing),
        QUOTAMART_WAREHOUSE=str(folder / "warehouse"),
    )
    assert built.returncode == 0, built.stdout[-20_000:]
    with duckdb.connect(str(folder / "warehouse" / "quotamart.duckdb"), read_only=True) as build:
        return {mart: content_hash(build, f"marts.{mart}") for mart in marts}
