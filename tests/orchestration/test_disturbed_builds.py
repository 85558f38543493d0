"""Builds killed at any moment or out of disk: readers and the next build are not disturbed."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestration.ledger import read_book
from orchestration.settings import Settings
from tests import killed
from tests.disks import FAULTS, SmallDisk
from tests.orchestration.conftest import Copy, once_more
from tests.published import Hashes, no_leftovers, whole_version
from tests.readers import reading

# Each test builds in a copy of its own.
pytestmark = [pytest.mark.alone, pytest.mark.faults]
_MOMENT = re.compile(r"[0-9]{8}T[0-9.]+Z")
TRIED_AGAIN = "trying again"
# How long a step may be at work before it is killed; the shortest are over sooner on most machines.
SECONDS = {"landing": 1.0, "plans": 0.5, "warehouse": 20.0, "quality": 4.0, "publishing": 2.0}
# Which step is killed, and who of it: everybody, our own process or dbt alone.
KILLS = (
    *(("warehouse", who) for who in ("everybody", "we", "dbt", "we", "everybody", "we")),
    *((step, who) for step in ("quality", "publishing") for who in ("everybody", "we")),
    *((step, "we") for step in ("landing", "plans", "publishing", "warehouse", "landing")),
)


@pytest.fixture
def copy(published_part: Copy, tmp_path: Path) -> Copy:
    """A published part of the project, for one test to break."""
    return once_more(published_part, tmp_path)


@contextmanager
def started_build(copy: Copy, temporary: Path) -> Iterator[subprocess.Popen[str]]:
    """A build in a session of its own, of which nothing is left at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "orchestration.cli", "build"],
        cwd=copy.root,
        env=copy.environment | {"TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as build:
        yield build
        # Who started a process is not there to end it: it has to notice.
        deadline = time.monotonic() + 20
        while killed.processes_of(session=build.pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert killed.processes_of(session=build.pid) == []


def wait_for(build: subprocess.Popen[str], step: str) -> None:
    for line in build.stdout:
        if line.startswith(step):
            return
    pytest.fail(f"{step} was not reached")


def kill(build: subprocess.Popen[str], who: str) -> None:
    if who == "everybody":
        os.killpg(build.pid, signal.SIGKILL)
    elif who == "we":
        build.kill()
    else:
        os.kill(dbt_build_below(build.pid), signal.SIGKILL)
    killed.kill_count += 1


def dbt_build_below(parent: int, patience_seconds: float = 120) -> int:
    """The process id of the `dbt build` that a build has started."""
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                started_by = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                arguments = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if started_by == parent and b"build" in arguments:
                return int(process.name)
        time.sleep(0.2)
    pytest.fail("no dbt build was started")


def files_of(copy: Copy) -> Counter[str]:
    """How many files of each name lie in the project; a moment in a name is any.

    Not told of are versions and what checks found, which are kept by count, what Python compiled,
    and logs: dbt keeps five old ones.
    """
    names = (path.relative_to(copy.root).as_posix() for path in copy.root.rglob("*"))
    apart = ("__pycache__", "publish/checks/", "publish/versions/", "dbt.log")
    return Counter(
        _MOMENT.sub("<moment>", name) for name in names if not any(part in name for part in apart)
    )


def assert_undisturbed(copy: Copy, hashes: Hashes) -> str:
    """Readers see a whole version with these contents; returns its name."""
    version, seen = whole_version(copy.publish)
    assert seen == hashes
    settings = Settings.from_environment(copy.environment, copy.root)
    assert read_book(settings).files == ()
    return version.name


def test_a_build_killed_at_any_moment_is_in_nobodys_way(
    copy: Copy, tmp_path: Path, at_full_length: bool
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    chance = random.Random(7)
    version, hashes = whole_version(copy.publish)
    name, before = version.name, files_of(copy)
    kills = KILLS if at_full_length else [("warehouse", "we")]
    with reading(copy.publish, tmp_path):
        for number, (step, who) in enumerate(kills, start=1):
            with started_build(copy, temporary) as build:
                wait_for(build, step)
                if step == "warehouse":
                    dbt_build_below(build.pid)
                time.sleep(chance.uniform(0, SECONDS[step]))
                kill(build, who)
                told, _ = build.communicate()
            if who == "dbt":
                assert (build.returncode, told.count(TRIED_AGAIN)) == (0, 1), told
            name = assert_undisturbed(copy, hashes)
            if number % 3 and number < len(kills):
                continue
            spilled = copy.root / "warehouse" / "quotamart.duckdb.tmp"
            spilled.mkdir(exist_ok=True)
            (spilled / "duckdb_temp_1_0_storage_DEFAULT-0.tmp").write_bytes(b"too much")
            with started_build(copy, temporary) as build:
                if not at_full_length:
                    dbt_build_below(build.pid)
                    kill(build, "dbt")
                told, _ = build.communicate()
            assert build.returncode == 0, told
            assert (TRIED_AGAIN in told) != at_full_length
            assert assert_undisturbed(copy, hashes) != name
            assert files_of(copy) == before
            assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_build_without_room_leaves_readers_what_they_have_and_says_what_to_do(
    copy: Copy, small_disk: Callable[..., SmallDisk], fault: str, at_full_length: bool
) -> None:
    name, hashes = copy.published()[0], whole_version(copy.publish)[1]
    places = ("warehouse", "target", "logs", "publish") if at_full_length else ("warehouse",)
    for place in places:
        disk = small_disk(copy.root / place, megabytes=1024)
        # Not even the lock can be written, or dbt runs out of space.
        in_dbt = at_full_length and (place, fault) == ("warehouse", "full")
        for spare_bytes in (0, 10_000_000) if in_dbt else (0,):
            with disk.failing(fault, spare_bytes):
                ended = copy.quotamart("build")
            if (place, fault) == ("logs", "full"):
                # Nothing is computed from dbt's log: it goes on without, and publishes.
                assert ended.returncode == 0, ended.stdout
                assert whole_version(copy.publish)[1] == hashes
                name = copy.published()[0]
                continue
            assert ended.returncode == 1, ended.stdout
            assert re.search(rf"{copy.root / place}\S* cannot be written to: ", ended.stdout)
            assert "Traceback" not in ended.stdout
            assert copy.published()[0] == name
            assert whole_version(copy.publish)[1] == hashes
    if at_full_length:
        built = copy.quotamart("build")
        assert built.returncode == 0, built.stdout
        assert whole_version(copy.publish)[1] == hashes
        assert no_leftovers(copy.publish)
