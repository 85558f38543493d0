"""What builds leave of their checks: whole, bounded, also where one failed or was killed."""

import json
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration import gates
from orchestration.checks.history import HistoryError, read_history, write_history
from orchestration.defs.records import (
    GATES,
    CheckOutcome,
    refused,
    write_killed_runs,
    write_record,
    write_run,
)
from orchestration.defs.warehouse import _outcomes
from orchestration.ledger import checks as ledger_checks
from orchestration.settings import Settings

RUN = "0a1b2c3d-4e5f-6789-abcd-0123456789ab"
MONDAY = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({}, project_dir=tmp_path)


def files(settings: Settings) -> list[Path]:
    return sorted(settings.check_history_dir.iterdir())


def test_before_the_first_build_nothing_has_failed(settings: Settings) -> None:
    history = read_history(settings)
    assert (history.run_count, dict(history.last_failed), history.latest) == (0, {}, None)


def test_a_check_last_failed_in_the_latest_run_in_which_it_did(settings: Settings) -> None:
    for day, failed in enumerate((["a", "b"], ["b"], [])):
        write_history(settings, f"run{day}", {"landing": 3}, failed, MONDAY + timedelta(days=day))
    history = read_history(settings)
    assert {name: (found.run, found.at) for name, found in history.last_failed.items()} == {
        "a": ("run0", MONDAY),
        "b": ("run1", MONDAY + timedelta(days=1)),
    }
    assert history.latest["run"] == "run2"
    assert history.run_count == 3


def test_a_refused_close_is_no_build(settings: Settings) -> None:
    write_history(settings, "build", {"landing": 3}, [], MONDAY)
    write_history(settings, "close 2026-02", {}, ["close: x"], MONDAY + timedelta(hours=1))
    history = read_history(settings)
    assert history.latest["run"] == "build"
    assert history.last_failed["close: x"].run == "close 2026-02"


def test_as_many_runs_are_kept_as_the_setting_says(settings: Settings) -> None:
    few = replace(settings, keep_check_runs=2)
    for day in range(4):
        write_history(few, f"run{day}", {"landing": 1}, [f"c{day}"], MONDAY + timedelta(days=day))
    assert set(read_history(few).last_failed) == {"c2", "c3"}


def test_half_a_file_of_a_killed_run_is_not_read_and_is_cleared(settings: Settings) -> None:
    write_history(settings, RUN, {"landing": 1}, ["a"], MONDAY)
    (path,) = files(settings)
    ended = subprocess.Popen(["true"])
    ended.wait()
    half = path.with_name(f".{path.name}.{ended.pid}.tmp")
    half.write_text('{"run": "0')
    assert read_history(settings).run_count == 1
    write_history(settings, "another", {"landing": 1}, [], MONDAY + timedelta(days=1))
    assert not half.exists()


@pytest.mark.parametrize("content", ["", "[]", '{"run": "r"}', '{"run": 1, "at": "x", "ran": {}}'])
def test_a_file_that_somebody_wrote_to_is_named(settings: Settings, content: str) -> None:
    write_history(settings, RUN, {"landing": 1}, ["a"], MONDAY)
    (path,) = files(settings)
    path.write_text(content)
    with pytest.raises(HistoryError, match=f"{path.name} is no record of a build"):
        read_history(settings)


def _outcome(check: str, passed: bool) -> CheckOutcome:
    return CheckOutcome(check, "any", passed, "anna@example.com has 12 rows")


def test_a_run_says_which_checks_failed_and_nothing_of_what_they_found(settings: Settings) -> None:
    for gate in GATES:
        write_record(settings, gate, RUN, [_outcome(f"{gate}: a", True), _outcome(gate, False)])
    write_run(settings, RUN)
    (path,) = files(settings)
    assert "anna" not in path.read_text()
    content = json.loads(path.read_text())
    assert content["ran"] == dict.fromkeys(GATES, 2)
    assert content["failed"] == sorted(GATES)
    assert content["is_late"] is False


def test_records_of_another_run_are_not_this_runs(settings: Settings) -> None:
    write_record(settings, "landing", "another", [_outcome("a", False)])
    write_run(settings, RUN)
    assert read_history(settings).last_failed == {}


def test_a_gate_that_refuses_is_kept_with_what_it_refused_for(settings: Settings) -> None:
    found = ledger_checks.CHANGED.says("000001-2026-01/lines.parquet was changed.")
    failure = refused(settings, RUN, gates.LEDGER.says("The ledger is not what it was."), found)
    assert failure.description == "The ledger is not what it was."
    assert failure.allow_retries is False
    write_run(settings, RUN)
    assert set(read_history(settings).last_failed) == {
        gates.LEDGER.name,
        ledger_checks.CHANGED.name,
    }


def test_a_killed_run_is_told_by_the_next_one_and_only_once(settings: Settings) -> None:
    write_record(settings, "landing", RUN, [_outcome("a", False)])
    for _ in range(2):
        write_killed_runs(settings)
    (path,) = files(settings)
    content = json.loads(path.read_text())
    assert (content["run"], content["failed"], content["is_late"]) == (RUN, ["a"], True)


def test_a_model_that_is_not_built_fails_one_check_and_skips_others() -> None:
    results = [
        {"unique_id": "model.q.a", "status": "error"},
        {"unique_id": "model.q.b", "status": "skipped"},
        {"unique_id": "test.q.c.1", "status": "fail"},
        {"unique_id": "test.q.d.2", "status": "skipped"},
        {"unique_id": "test.q.e.3", "status": "pass"},
    ]
    assert {(found.check, found.passed) for found in _outcomes(results)} == {
        (gates.BUILT.name, False),
        ("test.q.c.1", False),
        ("test.q.e.3", True),
    }
    assert _outcomes(results[1:])[0].passed
