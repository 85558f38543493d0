"""Erasing in a process of its own, which may be killed at any of its steps.

Processes are forked from one that has everything loaded, as in tests/killed.py.
"""

import os
import signal
import sys
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from orchestration.erasure.erase import erase
from orchestration.settings import Settings
from tests.erasure.company import MANIFEST

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__, "pandas"])


def erasing(root: str, kill_at: int | None, steps: Any) -> None:
    """Erase; die at the step of that number: whatever Python tells of that touches a file of it."""
    count = 0

    def die(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event not in STEPS or not any(str(argument).startswith(root) for argument in arguments):
            return
        count += 1
        steps.value = count
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(die)
    settings = Settings.from_environment({}, project_dir=Path(root))
    erase(settings, MANIFEST, Path(root) / "request.yml")


STEPS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "os.chmod")


def erases_killed_at(settings: Settings, step: int | None) -> int:
    """Erase in a process that dies at a step, or runs to its end; how far it came."""
    steps = PROCESSES.Value("i", 0)
    process = PROCESSES.Process(target=erasing, args=(str(settings.project_dir), step, steps))
    process.start()
    process.join(120)
    assert process.exitcode == (0 if step is None else -signal.SIGKILL)
    return steps.value
