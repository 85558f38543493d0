"""Work in a process of its own, killed at any of its steps or at any time: one way for all tests.

A step is whatever Python tells of (opening, making, renaming, changing, removing) that touches a
watched folder; what DuckDB and Arrow write by themselves is met by kills at any time. Processes are
forked from one that has everything loaded: a kill costs no start.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from orchestration.acceptance import publish_accepted
from orchestration.ledger.book import LedgerError
from orchestration.ledger.close import close_period
from orchestration.lock import LedgerLocked
from orchestration.sample import generate, write_compensation
from orchestration.settings import Settings

PROCESSES = get_context("forkserver")
# pyarrow imports pandas when it first makes an array.
PROCESSES.set_forkserver_preload([__name__, "orchestration.landing", "pandas"])
PROJECT = Path(__file__).parents[1]
kill_count = 0
# What changes nothing and is followed by nothing.
_LISTING = ("glob.glob", "glob.glob/2", "os.listdir", "os.scandir")


class Killable:
    """Something done to folders, which can be done as often as wanted.

    Args:
        work: a function of a module that another process can import.
        watched: the folders whose steps count.
    """

    def __init__(
        self,
        work: Callable[..., object],
        *arguments: object,
        watched: Sequence[Path],
        **options: object,
    ) -> None:
        self._work = partial(work, *arguments, **options)
        self._watched = tuple(map(str, watched))

    def steps(self) -> int:
        """Do it to its end; how many steps that took."""
        steps = PROCESSES.Value("i", 0)
        assert self._ended(self._started(None, steps)) == 0
        return steps.value

    def killed_at(self, step: int) -> bool:
        """Do it, killed at a step; whether it came so far."""
        return _counted(self._ended(self._started(step, None)))

    def killed_after(self, seconds: float) -> bool:
        """Do it, killed from outside after a time; whether that was before its end."""
        process = self._started(None, None)
        time.sleep(seconds)
        process.kill()
        return _counted(self._ended(process))

    def _started(self, kill_at: int | None, steps: Any) -> Any:
        process = PROCESSES.Process(
            target=_work_watched,
            args=(self._work, self._watched, kill_at, steps),
        )
        process.start()
        return process

    @staticmethod
    def _ended(process: Any) -> int:
        process.join(60)
        assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
        return process.exitcode


def processes_of(session: int) -> list[int]:
    """The processes of a session, but those that have ended and were not yet asked for."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(its_session) == session and state != "Z":
            found.append(int(stat.parent.name))
    return found


# Work that is no single function of the package


def closing(settings: Settings, period: date, told: Any = None) -> None:
    """Close a month, and tell how it ended."""
    try:
        closed = close_period(settings, period, patience_seconds=0.1)
        outcome = "closed" if closed.is_new else "was closed"
    except (LedgerError, LedgerLocked) as refusal:
        outcome = str(refusal)
    if told is not None:
        told.put(outcome)


def accepting(settings: Settings, *answer: Any) -> None:
    """Publish what differs; dbt's artifacts are where this installation has them."""
    os.environ.pop("DBT_TARGET_PATH", None)
    publish_accepted(settings, *answer)


def sampling(settings: Settings, scale: float, seed: int) -> None:
    """Write a sample company, with the rules of pay of its people."""
    generate(settings.landing_dir, scale, seed)
    rules = PROJECT / "seeds" / "compensation"
    write_compensation(settings.compensation_dir, settings.payroll_map_path, rules, scale, seed)


def _counted(exit_code: int) -> bool:
    global kill_count
    kill_count += exit_code != 0
    return exit_code != 0


def _work_watched(
    work: Callable[[], object],
    watched: tuple[str, ...],
    kill_at: int | None,
    steps: Any,
) -> None:
    """Die at the step of that number, or count the steps."""
    count = 0

    def die(event: str, told: tuple[Any, ...]) -> None:
        nonlocal count
        if event in _LISTING or not any(str(argument).startswith(watched) for argument in told):
            return
        count += 1
        if steps is not None:
            steps.value = count
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(die)
    work()
