"""The register of erasures: which file became which, and by which request.

Lines of JSON in the ledger folder, added to and never changed, each bound to the one before by its
hash. It names the request alone: nothing of a person is in it.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from orchestration.files import PRIVATE_FILE, PRIVATE_FOLDER, sync
from orchestration.ledger.chain import canonical, sha256
from orchestration.settings import Settings

REGISTER = "erasures.jsonl"


@dataclass(frozen=True)
class Change:
    """One file, or one mart of a published version, before and after."""

    request: str
    requested_on: str
    place: str
    old: str
    new: str


def register_path(settings: Settings) -> Path:
    """Where the register is."""
    return settings.ledger_dir / REGISTER


def add_change(
    settings: Settings, request: str, requested_on: date, place: str, old: str, new: str
) -> None:
    """Say what becomes of a place, before it does: who is killed in between says it once more."""
    path = register_path(settings)
    settings.ledger_dir.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    lines = _lines(path)
    entry: dict[str, Any] = {
        "request": request,
        "requested_on": requested_on.isoformat(),
        "erased_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "place": place,
        "old_sha256": old,
        "new_sha256": new,
        "previous_hash": json.loads(lines[-1])["hash"] if lines else None,
    }
    entry["hash"] = sha256(canonical(entry))
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    with os.fdopen(descriptor, "r+b") as stream:
        # A line that a killed run did not finish was never said.
        stream.truncate(sum(len(line) + 1 for line in lines))
        stream.seek(0, os.SEEK_END)
        stream.write(canonical(entry) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    sync(settings.ledger_dir)


def read_changes(settings: Settings) -> list[Change]:
    """What was erased so far, oldest first."""
    found = []
    for line in _lines(register_path(settings)):
        entry = json.loads(line)
        found.append(
            Change(
                entry["request"],
                entry["requested_on"],
                entry["place"],
                entry["old_sha256"],
                entry["new_sha256"],
            )
        )
    return found


def requests_between(changes: list[Change], place: str, old: str, new: str) -> list[str] | None:
    """The requests by which a place of one content came to have another; None where none did."""
    reached: dict[str, list[str]] = {old: []}
    for change in changes:
        if change.place == place and change.old in reached:
            reached.setdefault(change.new, [*reached[change.old], change.request])
    return reached.get(new)


def register_faults(settings: Settings) -> Iterator[str]:
    """In what the register is not what was written."""
    previous = None
    for number, line in enumerate(_lines(register_path(settings)), start=1):
        try:
            entry = json.loads(line)
            said = entry.pop("hash")
            is_whole = entry["previous_hash"] == previous and said == sha256(canonical(entry))
        except (AttributeError, KeyError, TypeError, ValueError):
            is_whole = False
        if not is_whole:
            yield f"{REGISTER}, line {number}, was changed, or a line before it is gone."
            return
        previous = said


def _lines(path: Path) -> list[bytes]:
    """The finished lines."""
    try:
        return path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []
