"""A project of its own for each test that breaks something: copied, built and published once."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.conftest import PROJECT, environment_in, made_once, session_folder
from tests.orchestration.canaries import SECRETS, plant

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
# What happens when a build fails is the same with fewer models, and seen sooner.
AREAS_LEFT_OUT = ("funnel", "incentives")


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
        """Its places are named from its root: dbt parses anew whatever names another one.

        The package is the copy's own, not the one that is installed.
        """
        places = {
            name: os.path.relpath(value, self.root) if value.startswith(str(self.root)) else value
            for name, value in environment_in(self.root, self.landing).items()
        }
        return places | {"PYTHONPATH": str(self.root)}

    def run(
        self, *command: str, umask: int = -1, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment in the copy, both streams in one."""
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.root,
            env=self.environment | variables,
            umask=umask,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def quotamart(
        self, *arguments: str, umask: int = -1, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line."""
        return self.run("-m", "orchestration.cli", *arguments, umask=umask, **variables)

    def published(self) -> tuple[str, list[str]]:
        """What readers see: the pointer and every version's files; not what checks found."""
        files = sorted(
            place
            for path in self.publish.rglob("*")
            if not (place := path.relative_to(self.publish).as_posix()).startswith("checks")
        )
        return os.readlink(self.publish / "current"), files


@pytest.fixture(scope="session")
def published_copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A small company, built and published; tests only read it."""
    return Copy(made_once(session_folder(tmp_path_factory) / "project", _publish))


@pytest.fixture(scope="session")
def published_part(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The same without the models of some areas; tests only read it."""
    return Copy(made_once(session_folder(tmp_path_factory) / "part", _publish_part))


def _publish(root: Path) -> None:
    """With canaries in what landed and in the environment, under the most permissive umask."""
    from orchestration.sample import generate

    copy_project(root)
    copy = Copy(root)
    generate(copy.landing, SMALL_SCALE, SEED)
    plant(root)
    home = root / "dagster"
    home.mkdir()
    shutil.copy(root / "dagster.yaml", home)
    built = copy.quotamart("build", umask=0, **SECRETS, DAGSTER_HOME=str(home))
    (root / "told.txt").write_text(built.stdout, encoding="utf-8")
    assert built.returncode == 0, built.stdout


def _publish_part(root: Path) -> None:
    copy_project(root)
    _leave_out(root)
    _make(root)


def copy_project(root: Path, project: Path = PROJECT) -> None:
    """What a clone of the project has, without what was made in it."""
    for part in PARTS:
        target = root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if (project / part).is_dir():
            skipped = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(project / part, target, ignore=skipped)
        else:
            shutil.copy(project / part, target)


def _leave_out(root: Path) -> None:
    """Take areas away, and the checks that name a model of theirs."""
    folders = [
        root / "models" / layer / area
        for layer in ("intermediate", "marts")
        for area in AREAS_LEFT_OUT
    ]
    models = {path.stem for folder in folders for path in folder.glob("*.sql")}
    for folder in folders:
        shutil.rmtree(folder)
    (root / "models" / "marts" / "_exposures.yml").unlink()
    for model in models:
        (root / "tests" / "quality" / f"{model}.yml").unlink(missing_ok=True)
    _leave_out_limits(root / "tests" / "quality" / "drift" / "limits.yml", models)
    for check in (root / "tests" / "data").glob("*.sql"):
        if models & set(re.findall(r"ref\('(\w+)'\)", check.read_text(encoding="utf-8"))):
            check.unlink()


def _leave_out_limits(path: Path, models: set[str]) -> None:
    limits = yaml.safe_load(path.read_text(encoding="utf-8"))
    for part in ("exceptions", "ratios"):
        limits[part] = [entry for entry in limits[part] if entry["mart"] not in models]
    path.write_text(yaml.safe_dump(limits, sort_keys=False), encoding="utf-8")


def _make(root: Path) -> None:
    from orchestration.sample import generate

    copy = Copy(root)
    generate(copy.landing, SMALL_SCALE, SEED)
    built = copy.quotamart("build")
    assert built.returncode == 0, built.stdout


@pytest.fixture
def copy(published_copy: Copy, tmp_path: Path) -> Copy:
    """The published copy once more, for one test to break."""
    return once_more(published_copy, tmp_path)


def once_more(published: Copy, folder: Path) -> Copy:
    """What is published, copied for one test to break."""
    shutil.copytree(published.root, folder / "project", symlinks=True)
    return Copy(folder / "project")
