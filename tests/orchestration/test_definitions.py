"""What Dagster loads: lineage, checks that block, triggers; and that loading leaves no trace."""

import os
import subprocess
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from dagster import (
    AssetKey,
    DagsterInstance,
    RunRequest,
    SkipReason,
    build_schedule_context,
    build_sensor_context,
)

from orchestration.definitions import defs
from orchestration.defs.build import quotamart_build
from orchestration.defs.landing import LANDED_FILES, SOUND
from orchestration.defs.project import RULES_OF_PAY, layer, manifest
from orchestration.defs.quality import DRIFT, EXPECTATIONS
from orchestration.defs.triggers import daily_build, landed_files_sensor
from orchestration.lock import BuildLock
from orchestration.settings import Settings
from tests.conftest import BIN, PROJECT

GRAPH = defs.resolve_asset_graph()
PUBLISHED = AssetKey(["published_version"])
MODELS = {
    unique_id: node
    for unique_id, node in manifest()["nodes"].items()
    if node["resource_type"] == "model"
}


def keys_of_layer(name: str) -> set[AssetKey]:
    return {
        AssetKey([node["config"]["schema"], node["name"]])
        for node in MODELS.values()
        if layer(node) == name
    }


@pytest.mark.parametrize("name", ["staging", "adapters", "input", "intermediate", "marts"])
def test_assets_are_grouped_by_layer(name: str) -> None:
    keys = keys_of_layer(name)
    assert keys
    assert {GRAPH.get(key).group_name for key in keys} == {name}


def test_every_landed_table_in_use_is_an_asset_with_a_blocking_check() -> None:
    landed = {
        key for key in GRAPH.materializable_asset_keys if GRAPH.get(key).group_name == "landing"
    }
    assert LANDED_FILES in landed
    assert AssetKey(["stripe", "subscription_item"]) in landed
    checks = {key.asset_key for key in GRAPH.asset_check_keys if key.name == SOUND}
    assert checks == landed


def test_seeds_of_compensation_wait_for_the_check_of_the_rules_of_pay() -> None:
    seeds = {
        key
        for key in GRAPH.materializable_asset_keys
        if GRAPH.get(key).group_name == "compensation"
    } - {RULES_OF_PAY}
    assert AssetKey(["reference", "rate_tiers"]) in seeds
    assert all(GRAPH.get(key).parent_keys == {RULES_OF_PAY} for key in seeds)
    (check,) = (key for key in GRAPH.asset_check_keys if key.asset_key == RULES_OF_PAY)
    assert GRAPH.get(check).blocking


def test_the_published_version_waits_for_every_mart_and_every_expectation() -> None:
    parents = GRAPH.get(PUBLISHED).parent_keys
    assert keys_of_layer("marts") <= parents
    judged = {key.asset_key for key in GRAPH.asset_check_keys if key.name == EXPECTATIONS}
    assert judged
    assert judged <= parents
    compared = {key.asset_key for key in GRAPH.asset_check_keys if key.name == DRIFT}
    assert compared == keys_of_layer("marts")


def test_every_check_of_the_landing_the_expectations_and_drift_blocks() -> None:
    ours = [key for key in GRAPH.asset_check_keys if key.name in (SOUND, EXPECTATIONS, DRIFT)]
    assert [key for key in ours if not GRAPH.get(key).blocking] == []


def test_the_job_takes_every_asset_in_one_process() -> None:
    job = defs.resolve_job_def(quotamart_build.name)
    assert job.executor_def.name == "in_process"
    assert {node.name for node in job.nodes} == {
        "landing",
        "plans",
        "warehouse",
        "quality",
        "published_version",
    }


def test_the_schedule_runs_daily_in_the_reporting_time_zone() -> None:
    declared = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert daily_build.execution_timezone == declared["vars"]["reporting_timezone"]
    assert daily_build.cron_schedule == "0 6 * * *"


def test_new_files_ask_for_one_run_and_old_ones_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTAMART_LANDING", str(tmp_path))
    monkeypatch.setenv("QUOTAMART_WAREHOUSE", str(tmp_path / "warehouse"))
    folder = tmp_path / "stripe" / "invoice"
    folder.mkdir(parents=True)

    def asked(cursor: str | None) -> tuple[RunRequest | SkipReason, str | None]:
        with DagsterInstance.ephemeral() as instance:
            context = build_sensor_context(instance=instance, cursor=cursor)
            return landed_files_sensor(context), context.cursor

    answer, cursor = asked(None)
    assert isinstance(answer, SkipReason)
    (folder / ".batch.parquet.tmp").write_bytes(b"half a file")
    answer, cursor = asked(cursor)
    assert isinstance(answer, SkipReason)
    (folder / "batch.parquet").write_bytes(b"a whole file")
    first, cursor = asked(cursor)
    assert isinstance(first, RunRequest)
    assert first.run_config["resources"]["build"]["config"]["lock_patience_seconds"] > 0
    answer, cursor = asked(cursor)
    assert isinstance(answer, SkipReason)
    (folder / "batch.parquet").write_bytes(b"the file once more, longer")
    with BuildLock(Settings.from_environment()):
        answer, cursor = asked(cursor)
        assert isinstance(answer, SkipReason)
    second, cursor = asked(cursor)
    assert isinstance(second, RunRequest)
    assert second.run_key != first.run_key


def test_runs_that_nobody_watches_wait_for_another_build_to_end() -> None:
    morning = datetime(2026, 1, 1, 6, tzinfo=ZoneInfo(daily_build.execution_timezone))
    (asked,) = daily_build.evaluate_tick(
        build_schedule_context(scheduled_execution_time=morning)
    ).run_requests
    assert asked.run_config["resources"]["build"]["config"]["lock_patience_seconds"] > 0


def test_definitions_validate_from_the_root_without_flags_and_leave_no_file_at_home(
    tmp_path: Path,
) -> None:
    kept = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    validated = subprocess.run(
        [str(BIN / "dagster"), "definitions", "validate"],
        cwd=PROJECT,
        env=kept | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert validated.returncode == 0, validated.stderr
    assert list(tmp_path.rglob("*")) == []
    assert list(PROJECT.glob(".tmp_dagster_home_*")) == []


def test_telemetry_of_dagster_and_dbt_is_off_in_the_projects_own_configuration() -> None:
    dagster = yaml.safe_load((PROJECT / "dagster.yaml").read_text(encoding="utf-8"))
    assert dagster["telemetry"] == {"enabled": False}
    dbt = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert dbt["flags"]["send_anonymous_usage_stats"] is False
