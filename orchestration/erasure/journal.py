"""What an erasure at work has found: kept beside the warehouse until it is done, and no longer.

Half of an erasure cannot be found from the other half: an address that is gone from the customer
still stands in the survey. It holds personal values, so it is its owner's alone.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from orchestration.files import PRIVATE_FILE, written_whole
from orchestration.settings import Settings


@dataclass(frozen=True)
class Journal:
    """The request, the person's ids by what they are of, their addresses, names and texts."""

    request: str
    ids: dict[str, list[str]]
    emails: list[str]
    values: list[str]


def read_journal(settings: Settings) -> Journal | None:
    """The erasure that was interrupted; None where all are whole."""
    try:
        return Journal(**json.loads(_path(settings).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def write_journal(settings: Settings, journal: Journal) -> None:
    """Say what will be erased, before the first file is."""
    with written_whole(_path(settings), PRIVATE_FILE) as temporary:
        temporary.write_text(json.dumps(vars(journal)), encoding="utf-8")


def end_journal(settings: Settings) -> None:
    """Forget it: nothing of the person is left."""
    _path(settings).unlink()


def _path(settings: Settings) -> Path:
    return settings.warehouse_dir / "erasure.journal"
