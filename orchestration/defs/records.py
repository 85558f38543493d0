"""What each gate of a run found, in files beside the build file, each bound to its run.

Publishing requires the record of every gate from its own run: a check that did not run is a
failed check, whatever was selected in Dagster's UI. The warehouse's own record is
`candidate.json`, which `orchestration/publish.py` reads.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestration.files import written_whole
from orchestration.settings import Settings


@dataclass(frozen=True)
class CheckOutcome:
    """One check's result, as the published manifest keeps it."""

    check: str
    kind: str
    passed: bool
    message: str


class MissingRecord(Exception):
    """A gate has no record of this run; the message names the gate."""


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


def required_outcomes(settings: Settings, run_id: str, gates: Sequence[str]) -> list[CheckOutcome]:
    """The outcomes of these gates in this run, all of them passed.

    Raises:
        MissingRecord: a gate did not run to its end in this run, or a check of it failed.
    """
    outcomes = []
    for gate in gates:
        found = gate_outcomes(settings, run_id, gate)
        failed = [outcome for outcome in found if not outcome.passed]
        if failed:
            raise MissingRecord(f"Of the {gate} checks of this run {len(failed)} failed.")
        outcomes += found
    return outcomes


def gate_outcomes(settings: Settings, run_id: str, gate: str) -> list[CheckOutcome]:
    """The outcomes of a gate in this run, passed or not.

    Raises:
        MissingRecord: it did not run to its end in this run.
    """
    try:
        record = json.loads(_path(settings, gate).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = {}
    if record.get("run_id") != run_id:
        raise MissingRecord(
            f"The {gate} checks did not run in this run, so nothing is published. "
            "Run the whole job: `quotamart build`, or quotamart_build in the UI."
        )
    return [CheckOutcome(**outcome) for outcome in record["outcomes"]]


def _path(settings: Settings, gate: str) -> Path:
    return settings.warehouse_dir / f"{gate}_checks.json"
