"""What each gate of a run found, in files beside the build file, each bound to its run.

Publishing requires the record of every gate from its own run: a check that did not run is a
failed check, whatever was selected in Dagster's UI. The warehouse's own record is
`candidate.json`, which `orchestration/publish.py` reads.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dagster import Failure

from orchestration import gates
from orchestration.checks.declared import Said, names_of
from orchestration.checks.history import holds, write_history
from orchestration.files import written_whole
from orchestration.settings import Settings

# The gates before publishing whose checks are recorded here, in the order in which they run.
GATES = ("landing", "plans", "quality")
# What else is recorded of a run, for the history alone: dbt's results, and a gate that refused.
_FOR_HISTORY = ("warehouse", "gates")


@dataclass(frozen=True)
class CheckOutcome:
    """One check's result.

    `public_message` stands for `message` where everybody reads: the one with figures of pay is for
    those who build.
    """

    check: str
    kind: str
    passed: bool
    message: str
    public_message: str | None = None

    def for_manifest(self) -> dict[str, Any]:
        """As the published manifest keeps it."""
        return {
            "check": self.check,
            "kind": self.kind,
            "passed": self.passed,
            "message": self.message if self.public_message is None else self.public_message,
        }


class MissingRecord(Exception):
    """A gate has no record of this run; the message names the gate."""


def refused(settings: Settings, run_id: str, said: Said | Exception, *because: str) -> Failure:
    """The failure of a step whose gate refused, kept for the history; never tried again.

    Args:
        said: what the gate says, or an error whose message that is.
        because: what other checks said, for which it refused.
    """
    line = said.args[0] if isinstance(said, Exception) else said
    outcomes = [CheckOutcome(name, "gate", False, "") for name in names_of([line, *because])]
    write_record(settings, "gates", run_id, outcomes)
    return Failure(str(line), allow_retries=False)


def write_record(
    settings: Settings, gate: str, run_id: str, outcomes: Sequence[CheckOutcome]
) -> None:
    """Keep what a gate found in this run; only whole and only after its last check."""
    content = {"run_id": run_id, "outcomes": [asdict(outcome) for outcome in outcomes]}
    with written_whole(_path(settings, gate)) as temporary:
        temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")


def drop_record(settings: Settings, gate: str) -> None:
    """Forget an earlier run's result, before the gate's first check."""
    _path(settings, gate).unlink(missing_ok=True)


def required_outcomes(settings: Settings, run_id: str) -> list[CheckOutcome]:
    """The outcomes of all gates in this run, all of them passed.

    Raises:
        MissingRecord: a gate did not run to its end in this run, or a check of it failed.
    """
    outcomes = []
    for gate in GATES:
        found = gate_outcomes(settings, run_id, gate)
        failed = [outcome for outcome in found if not outcome.passed]
        if failed:
            raise MissingRecord(
                gates.PASSED.says(f"Of the {gate} checks of this run {len(failed)} failed.")
            )
        outcomes += found
    return outcomes


def gate_outcomes(settings: Settings, run_id: str, gate: str) -> list[CheckOutcome]:
    """The outcomes of a gate in this run, passed or not.

    Raises:
        MissingRecord: it did not run to its end in this run.
    """
    record = _record(settings, gate)
    if record.get("run_id") != run_id:
        raise MissingRecord(
            gates.RAN.says(
                f"The {gate} checks did not run in this run, so nothing is published. "
                "Run the whole job: `quotamart build`, or quotamart_build in the UI."
            )
        )
    return [CheckOutcome(**outcome) for outcome in record["outcomes"]]


def write_run(settings: Settings, run_id: str) -> None:
    """Add what the checks of a run found to the history, however it ended."""
    _write_history(settings, run_id, datetime.now(UTC), is_late=False)


def write_killed_runs(settings: Settings) -> None:
    """Add runs that were killed before they could say what they found, from what they left."""
    left = {
        record["run_id"]: _path(settings, gate).stat().st_mtime
        for gate in (*GATES, *_FOR_HISTORY)
        if (record := _record(settings, gate))
    }
    for run_id, ended in left.items():
        if not holds(settings, run_id):
            _write_history(settings, run_id, datetime.fromtimestamp(ended, UTC), is_late=True)


def _write_history(settings: Settings, run_id: str, at: datetime, is_late: bool) -> None:
    outcomes = {
        gate: record["outcomes"]
        for gate in (*GATES, *_FOR_HISTORY)
        if (record := _record(settings, gate)).get("run_id") == run_id
    }
    failed = [found["check"] for each in outcomes.values() for found in each if not found["passed"]]
    ran = {gate: len(found) for gate, found in outcomes.items() if gate != "gates"}
    write_history(settings, run_id, ran, failed, at, is_late)


def _record(settings: Settings, gate: str) -> dict[str, Any]:
    """What a gate found last, of whatever run; empty where it has said nothing."""
    try:
        return json.loads(_path(settings, gate).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _path(settings: Settings, gate: str) -> Path:
    return settings.warehouse_dir / f"{gate}_checks.json"
