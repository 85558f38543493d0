"""What many tests share: the sample company's landing folder and the warehouse built from it.

Both are made once a session, in pytest's own temporary folders, whichever worker of xdist asks
first; the landing folder is kept between runs for as long as the generator's code is the same.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from filelock import FileLock

from tests import killed
from tests.disks import SmallDisk

PROJECT = Path(__file__).parents[1]
SAMPLE_SCALE, SAMPLE_SEED = 0.1, 7
BIN = Path(sys.executable).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--at-full-length", action="store_true", help="fault tests at full length")


def pytest_configure() -> None:
    """Give a worker of xdist the main module's name that it lacks.

    PySpark, which Great Expectations imports, takes a process whose main module has neither name
    nor file for its own doctests and ends it.
    """
    main = sys.modules["__main__"]
    if main.__spec__ is None and not hasattr(main, "__file__"):
        main.__spec__ = ModuleSpec("__main__", loader=None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how often work was killed; by this process, so not where xdist's workers did it."""
    if killed.kill_count:
        terminalreporter.write_line(f"{killed.kill_count} times something was killed")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a module share its fixtures, so they stay on one worker, except where none does.

    The longest comes first, and what needs no build of the sample before what does: while one
    worker builds, the others have something else to do. Without Java, Spark tests are skipped with
    one line; in CI they must run.
    """
    with_spark = {item.path for item in items if item.get_closest_marker("spark")}
    with_build = {item.path for item in items if "sample_ledger" in item.fixturenames}
    items.sort(key=lambda item: (item.path not in with_spark, item.path in with_build))
    for item in items:
        if not item.get_closest_marker("alone"):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    if shutil.which("java") or os.environ.get("CI"):
        return
    no_java = pytest.mark.skip(reason="no Java on the PATH: nothing was compared with Spark")
    for item in items:
        if item.get_closest_marker("spark"):
            item.add_marker(no_java)


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's root."""
    return PROJECT


@pytest.fixture(scope="session")
def at_full_length(pytestconfig: pytest.Config) -> bool:
    """Whether tests of faults and load do all their rounds, as `make test-faults` wants."""
    return pytestconfig.getoption("at_full_length")


@pytest.fixture
def small_disk() -> Iterator[Callable[..., SmallDisk]]:
    """Makes disks that can be full or read-only; they are gone after the test."""
    if os.geteuid():
        pytest.skip("only root can mount a disk: nothing was tried on a full or read-only one")
    disks: list[SmallDisk] = []

    def made(folder: Path, megabytes: int) -> SmallDisk:
        disks.append(SmallDisk(folder, megabytes))
        return disks[-1]

    yield made
    for disk in disks:
        disk.unmount()


@pytest.fixture(scope="session")
def java() -> str:
    """The Java that Spark runs on; missing in CI, it is a failure."""
    found = shutil.which("java")
    assert found, "Spark needs Java 17 or later on the PATH"
    return found


@pytest.fixture(scope="session")
def compiled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where modules that compile the same models for the same vars find what was compiled."""
    return session_folder(tmp_path_factory) / "compiled"


@pytest.fixture(scope="session")
def sample_landing(pytestconfig: pytest.Config) -> Path:
    """The sample company at scale 0.1; tests only read it."""
    from orchestration.sample import generate

    kept = pytestconfig.cache.mkdir("sample")
    folder = kept / f"{SAMPLE_SCALE}-{SAMPLE_SEED}-{_sample_hash()}"

    def make(folder: Path) -> None:
        # Of older generators nothing is kept, nor of a run that was interrupted.
        for old in kept.iterdir():
            if old.is_dir() and old != folder:
                shutil.rmtree(old)
        generate(folder / "landing", SAMPLE_SCALE, SAMPLE_SEED)

    return made_once(folder, make) / "landing"


@pytest.fixture(scope="session")
def sample_ledger(pytestconfig: pytest.Config, sample_landing: Path) -> Path:
    """The ledger of the sample company, its full months closed; tests only read it."""
    from tests.ledger.builds import close_sample

    kept = pytestconfig.cache.mkdir("ledger")
    parts = ("dbt_project.yml", "macros", "models", "orchestration/ledger", "seeds", "tests/ledger")
    folder = kept / _hash_of(*parts, str(sample_landing))

    def make(folder: Path) -> None:
        for old in kept.iterdir():
            if old.is_dir() and old != folder:
                shutil.rmtree(old)
        close_sample(environment_in(folder, sample_landing))
        for made in ("publish", "target", "warehouse"):
            shutil.rmtree(folder / made)

    return made_once(folder, make) / "ledger"


@pytest.fixture(scope="session")
def build_environment(
    sample_landing: Path, sample_ledger: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The environment of a build of the sample in folders of its own, with its ledger."""
    folder = session_folder(tmp_path_factory)
    ledger = made_once(
        folder / "ledger", lambda made: shutil.copytree(sample_ledger, made / "ledger")
    )
    return environment_in(folder / "build", sample_landing) | {
        "QUOTAMART_LEDGER": str(ledger / "ledger")
    }


@pytest.fixture(scope="session")
def built_warehouse(build_environment: dict[str, str]) -> Path:
    """The build file after `dbt build` of the sample: every model built, every dbt test passed.

    The ledger holds the sample's full months, so that the marts over it hold something.
    """
    warehouse = Path(build_environment["QUOTAMART_WAREHOUSE"])

    def make(_: Path) -> None:
        built = subprocess.run(
            [str(BIN / "dbt"), "--no-use-colors", "build"],
            cwd=PROJECT,
            env=build_environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert built.returncode == 0, built.stdout[-20_000:]

    return made_once(warehouse, make) / "quotamart.duckdb"


def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The temporary folder that all workers of a session share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder as `make` left it; made by the worker that asks first, the others wait."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = folder / ".made"
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if not made.exists():
            if folder.exists():
                shutil.rmtree(folder)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


def environment_in(folder: Path, landing: Path) -> dict[str, str]:
    """An environment whose every place is below `folder`, but for the landing folder."""
    places = {
        "QUOTAMART_LANDING": landing,
        "QUOTAMART_WAREHOUSE": folder / "warehouse",
        "QUOTAMART_PUBLISH": folder / "publish",
        "QUOTAMART_LEDGER": folder / "ledger",
        "QUOTAMART_SPARK": folder / "spark",
        "DBT_TARGET_PATH": folder / "target",
        "DBT_LOG_PATH": folder / "logs",
    }
    (folder / "warehouse").mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUOTAMART_")}
    return {
        **kept,
        **{name: str(place) for name, place in places.items()},
        "TZ": "UTC",
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def _sample_hash() -> str:
    """What decides the sample's rows: the generator's code and the declared tables."""
    paths = [
        *(PROJECT / "orchestration" / "sample").rglob("*.py"),
        *(PROJECT / "models" / "staging").rglob("*__sources.yml"),
    ]
    return _hash_of(*(path.relative_to(PROJECT).as_posix() for path in paths))


def _hash_of(*parts: str) -> str:
    """A hash of files of the project, of folders with all that is in them, and of other words."""
    content = hashlib.sha256()
    for part in sorted(parts):
        path = PROJECT / part
        content.update(part.encode())
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                content.update(file.read_bytes())
    return content.hexdigest()[:16]
