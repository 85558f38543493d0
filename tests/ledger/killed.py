"""Closing in a process of its own, which may be killed at any of its steps.

A step is whatever Python tells of (opening, making, renaming, removing) that touches the ledger or
the receipts. Processes are forked from one that has everything loaded: a kill costs no start.
"""

import os
import signal
import sys
import time
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from orchestration.ledger.book import LedgerError
from orchestration.ledger.close import close_period
from orchestration.lock import LedgerLocked
from orchestration.settings import Settings

PROCESSES = get_context("forkserver")
# pyarrow imports pandas when it first makes an array.
PROCESSES.set_forkserver_preload([__name__, "pandas"])


def closing(
    root: str,
    period: date,
    interim: bool = False,
    kill_at: int | None = None,
    steps: Any = None,
    told: Any = None,
) -> None:
    """Close a month; die at the step of that number, or count the steps, or tell how it ended."""
    settings = Settings.from_environment({}, project_dir=Path(root))
    watched = (str(settings.ledger_dir), str(settings.receipts_dir))
    count = 0

    def die(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if not any(str(argument).startswith(watched) for argument in arguments):
            return
        count += 1
        if steps is not None:
            steps.value = count
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(die)
    try:
        closed = close_period(settings, period, interim, patience_seconds=0.1)
        outcome = "closed" if closed.is_new else "was closed"
    except (LedgerError, LedgerLocked) as refusal:
        outcome = str(refusal)
    if told is not None:
        told.put(outcome)


def closes_killed_at(root: Path, period: date, step: int, interim: bool = False) -> bool:
    """Close, killed at a step; whether it came so far."""
    process = PROCESSES.Process(target=closing, args=(str(root), period, interim, step))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0


def closes_killed_after(root: Path, period: date, seconds: float) -> bool:
    """Close, killed from outside after a time; whether that was before its end."""
    process = PROCESSES.Process(target=closing, args=(str(root), period))
    process.start()
    time.sleep(seconds)
    process.kill()
    process.join(60)
    return process.exitcode != 0


def steps_of_closing(root: Path, period: date) -> int:
    """How many steps a close has."""
    steps = PROCESSES.Value("i", 0)
    process = PROCESSES.Process(target=closing, args=(str(root), period, False, None, steps))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    return steps.value
