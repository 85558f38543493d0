"""A project of its own for each test that breaks something: copied, built and published once."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import PROJECT, environment_in, made_once, session_folder

SMALL_SCALE, SEED = 0.01, 11
# What a copy needs to build; everything else is made by the build or is not its business.
PARTS = (
    "macros",
    "models",
    "orchestration",
    "seeds",
    "tests/data",
    "tests/quality",
    "dagster.yaml",
    "dbt_project.yml",
    "profiles.yml",
    "pyproject.toml",
)


@dataclass(frozen=True)
class Copy:
    """A copy of the project with a landing, a warehouse and a published folder of its own."""

    root: Path

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def publish(self) -> Path:
        return self.root / "publish"

    @property
    def environment(self) -> dict[str, str]:
        # The copy's own package, not the one that is installed.
        return environment_in(self.root, self.landing) | {"PYTHONPATH": str(self.root)}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment in the copy, both streams in one."""
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def quotamart(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line."""
        return self.run("-m", "orchestration.cli", *arguments)

    def published(self) -> tuple[str, list[str]]:
        """What readers see: the pointer and every version's files."""
        files = sorted(
            path.relative_to(self.publish).as_posix() for path in self.publish.rglob("*")
        )
        return os.readlink(self.publish / "current"), files


@pytest.fixture(scope="session")
def published_copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A small company, built and published; tests only read it."""
    return Copy(made_once(session_folder(tmp_path_factory) / "project", _publish))


def _publish(root: Path) -> None:
    from orchestration.sample import generate

    copy = Copy(root)
    for part in PARTS:
        target = root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT / part).is_dir():
            skipped = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(PROJECT / part, target, ignore=skipped)
        else:
            shutil.copy(PROJECT / part, target)
    generate(copy.landing, SMALL_SCALE, SEED)
    built = copy.quotamart("build")
    assert built.returncode == 0, built.stdout


@pytest.fixture
def copy(published_copy: Copy, tmp_path: Path) -> Copy:
    """The published copy once more, for one test to break."""
    shutil.copytree(published_copy.root, tmp_path / "project", symlinks=True)
    return Copy(tmp_path / "project")
