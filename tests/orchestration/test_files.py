"""Half made files and folders: who is at work keeps them, what killed ones left goes."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestration.files import scratch_folder, why_not_written, written_whole
from tests.conftest import PROJECT

AT_WORK = """
import pathlib, sys
from orchestration.files import scratch_folder, why_not_written, written_whole
with written_whole(pathlib.Path(sys.argv[1])) as path, scratch_folder("trial") as folder:
    path.write_text("half")
    (folder / "inside").write_text("half")
    print(path, folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine's folder for temporary files."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@contextmanager
def at_work(path: Path) -> Iterator[tuple[Path, Path]]:
    """Another process half way through; killed at the end. Gives its file and its folder."""
    with subprocess.Popen(
        [sys.executable, "-c", AT_WORK, str(path)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        file, folder = map(Path, process.stdout.readline().split())
        yield file, folder
        process.kill()


def test_what_a_killed_writer_left_goes_with_the_next_one(tmp_path: Path, temporary: Path) -> None:
    with at_work(tmp_path / "a") as (file, folder):
        with written_whole(tmp_path / "b") as path:
            path.write_text("whole")
        with scratch_folder("trial"):
            assert file.read_text() == "half"
            assert (folder / "inside").exists()
    assert file.exists()
    assert folder.exists()

    with written_whole(tmp_path / "b") as path:
        path.write_text("another")
    with scratch_folder("another purpose"):
        assert folder.exists()
    with scratch_folder("trial") as own:
        assert list(temporary.iterdir()) == [own]

    assert list(temporary.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "tmp"]


def test_a_writer_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("before")
    with pytest.raises(FileNotFoundError), written_whole(tmp_path / "a") as path:
        path.rename(tmp_path / "b")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    assert (tmp_path / "a").read_text() == "before"


def test_other_hidden_files_are_nobodys_to_remove(tmp_path: Path) -> None:
    for name in (".notes.tmp", ".a.swp", "b.1.tmp"):
        (tmp_path / name).write_text("mine")

    with written_whole(tmp_path / "a") as path:
        path.write_text("whole")

    assert len(list(tmp_path.iterdir())) == 4


def test_pay_is_closed_to_others_from_the_first_byte(tmp_path: Path) -> None:
    with written_whole(tmp_path / "a", mode=0o600) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.write_text("pay")

    assert stat.S_IMODE(os.stat(tmp_path / "a").st_mode) == 0o600


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("No space left on device", "/meant cannot be written to: its disk is full."),
        (
            'IO Error: Could not write file "/meant/build/one.tmp": No space left on device',
            "/meant cannot be written to: its disk is full.",
        ),
        (
            """  File "/lib/python/logging.py", line 9, in open
OSError: [Errno 30] Read-only file system: '/logs/dbt.log'""",
            "/logs cannot be written to: it is read-only, or another user's.",
        ),
        (
            "PermissionError: [Errno 13] Permission denied: '/logs/.dbt.tmp' -> '/logs/dbt.log'",
            "/logs cannot be written to: it is read-only, or another user's.",
        ),
    ],
)
def test_the_folder_without_room_is_the_one_that_was_named(said: str, told: str) -> None:
    assert why_not_written(Path("/meant"), said).startswith(told)


def test_another_error_says_nothing_of_folders() -> None:
    assert why_not_written(Path("/meant"), "Parser Error: syntax error at '/'") is None
