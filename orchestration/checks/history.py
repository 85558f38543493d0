"""What every build found, in a history beside the published versions: one small file a run.

It says which checks failed, by name, and how many ran; no message and no value of a row. Files are
only ever added, each whole or not at all, and the oldest are removed beyond a number that is a
setting. A build that was killed wrote none: the next one writes it from the records it left.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.files import PRIVATE_FOLDER, clear_left_behind, open_folder, written_whole
from orchestration.settings import Settings

_TIME = "%Y%m%dT%H%M%S%fZ"
_NAME = re.compile(r"[0-9]{8}T[0-9]{12}Z-[0-9A-Za-z]+\.json")


class HistoryError(Exception):
    """A file of the history cannot be read; the message names it and says what to do."""


@dataclass(frozen=True)
class Failed:
    """When a check last failed, and in what: a build's run, or a close."""

    at: datetime
    run: str


@dataclass(frozen=True)
class History:
    """What is known of earlier runs: the last failure of each check, and the latest build."""

    run_count: int
    last_failed: Mapping[str, Failed]
    latest: Mapping[str, Any] | None


def write_history(
    settings: Settings,
    run: str,
    ran: Mapping[str, int],
    failed: Iterable[str],
    at: datetime | None = None,
    is_late: bool = False,
) -> Path:
    """Add one run to the history, and remove what is older than it keeps.

    Args:
        run: the build's run id, or what else was refused, such as `close 2026-03`.
        ran: how many checks ran, by gate.
        failed: the names of those that failed.
        at: when it ended, UTC; now where it is not told.
        is_late: a later build says it, because this one was killed before it could.
    """
    at = at or datetime.now(UTC)
    content = {
        "run": run,
        "at": at.isoformat(timespec="seconds"),
        "is_late": is_late,
        "ran": dict(ran),
        "failed": sorted(set(failed)),
    }
    # The folder above is the readers' too; this one is not.
    open_folder(settings.publish_dir)
    settings.check_history_dir.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    clear_left_behind(settings.check_history_dir)
    path = settings.check_history_dir / f"{at:{_TIME}}-{_short(run)}.json"
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1), encoding="utf-8")
    for old in _files(settings)[: -settings.keep_check_runs]:
        old.unlink(missing_ok=True)
    return path


def read_history(settings: Settings) -> History:
    """The history, newest run first wherever one has to win.

    Raises:
        HistoryError: a file of it cannot be read.
    """
    last_failed: dict[str, Failed] = {}
    latest = None
    files = _files(settings)
    for path in reversed(files):
        content = _read(path)
        if latest is None and content["ran"]:
            latest = content
        failed = Failed(datetime.fromisoformat(content["at"]), content["run"])
        for name in content["failed"]:
            last_failed.setdefault(name, failed)
    return History(len(files), last_failed, latest)


def holds(settings: Settings, run: str) -> bool:
    """Whether the history has this run."""
    return any(path.stem.endswith(f"-{_short(run)}") for path in _files(settings))


def _short(run: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", run)[:16] or "run"


def _files(settings: Settings) -> list[Path]:
    """Oldest first: names sort by time."""
    folder = settings.check_history_dir
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        datetime.fromisoformat(content["at"])
        return {"run": content["run"], "ran": content["ran"], **content}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HistoryError(
            f"{path} is no record of a build ({error}): somebody wrote to it. Move it away; what "
            "it said of its run is lost."
        ) from error
