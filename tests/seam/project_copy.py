"""A copy of the project in which a test may write what a reader of the documentation writes."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import yaml

PROJECT = Path(__file__).parents[2]
_DBT = str(Path(sys.executable).with_name("dbt"))
_QUOTAMART = [sys.executable, "-m", "orchestration.cli"]
_OWN_SETTINGS = ("QUOTAMART_", "DBT_", "DAGSTER_", "PYTHONPATH")


class ProjectCopy:
    """The project's files as git would commit them, with every place inside the copy."""

    def __init__(self, root: Path) -> None:
        """Copy the project to `root`, without its unit tests: they are run elsewhere."""
        self.root = root
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (PROJECT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(PROJECT / name, root / name)
        self.set_vars({})

    def write(self, files: Mapping[str, str]) -> None:
        """Write files by their path in the project."""
        for name, content in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(content, encoding="utf-8")

    def without_rules_of_pay(self) -> None:
        """Keep the first line of each seed of compensation."""
        for path in (self.root / "seeds" / "compensation").glob("*.csv"):
            header = path.read_text(encoding="utf-8").partition("\n")[0]
            path.write_text(f"{header}\n", encoding="utf-8")

    def restore(self, name: str) -> None:
        """Take one file back to what the project has."""
        shutil.copyfile(PROJECT / name, self.root / name)

    def set_vars(self, changed: Mapping[str, Any]) -> None:
        """Set vars in dbt_project.yml; those not named are as in the project."""
        content = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
        content["vars"] |= changed
        content["unit_tests"] = {"quotamart": {"+enabled": False}}
        self.write({"dbt_project.yml": yaml.safe_dump(content, sort_keys=False)})

    def run(self, command: str, succeeds: bool = True) -> str:
        """Run a `quotamart` or `dbt` command line in the copy and return what it printed."""
        program, *arguments = shlex.split(command)
        start = {"quotamart": _QUOTAMART, "dbt": [_DBT, "--no-use-colors"]}[program]
        ended = subprocess.run(
            [*start, *arguments],
            cwd=self.root,
            env={
                name: value
                for name, value in os.environ.items()
                if not name.startswith(_OWN_SETTINGS)
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (ended.returncode == 0) == succeeds, f"{command}:\n{ended.stdout[-8000:]}"
        return ended.stdout

    @property
    def build_file(self) -> Path:
        """The DuckDB file that a build writes."""
        return self.root / "warehouse" / "quotamart.duckdb"

    @property
    def published_file(self) -> Path:
        """The DuckDB file that readers open."""
        return self.root / "publish" / "current" / "marts.duckdb"


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query on a DuckDB file."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query).fetchall()


def texts(found: Iterable[Iterable[Any]]) -> list[list[str]]:
    """Rows with every value as text, as a table in the documentation shows them."""
    return [[str(value) for value in row] for row in found]
