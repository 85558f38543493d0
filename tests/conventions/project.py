"""What the house rules look at: dbt's manifest and the project's files, and no engine.

Here belong reading the project and the few questions that several rules ask of it. The rules
stand in the test modules, one module per theme.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = next(folder for folder in Path(__file__).parents if (folder / "dbt_project.yml").exists())

Node = Mapping[str, Any]

_JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_SQL_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, repr=False)
class Project:
    """A project as the rules see it: the manifest and the text of every file by its path."""

    manifest: dict[str, Any]
    files: dict[str, str]

    @property
    def models(self) -> list[Node]:
        return self._nodes("model")

    @property
    def seeds(self) -> list[Node]:
        return self._nodes("seed")

    @property
    def data_tests(self) -> list[Node]:
        return self._nodes("test")

    @property
    def sources(self) -> list[Node]:
        return list(self.manifest["sources"].values())

    @property
    def unit_tests(self) -> list[Node]:
        return list(self.manifest["unit_tests"].values())

    @property
    def macros(self) -> list[Node]:
        """The project's own macros, the generic tests among them."""
        return [
            macro
            for macro in self.manifest["macros"].values()
            if macro["original_file_path"] in self.files
        ]

    @property
    def vendors(self) -> set[str]:
        """The source systems; what arrived and what was posted are the warehouse's own accounts."""
        return {source["source_name"] for source in self.sources} - {"landing", "ledger"}

    def node(self, key: str) -> Node:
        """A model, seed, data test or source by its unique id."""
        return self.manifest["nodes"].get(key) or self.manifest["sources"][key]

    def sql(self, *folders: str) -> Iterator[tuple[str, str]]:
        """Path and text of every SQL file in the folders."""
        for path, text in sorted(self.files.items()):
            if path.endswith(".sql") and path.startswith(folders):
                yield path, text

    def _nodes(self, resource_type: str) -> list[Node]:
        nodes = self.manifest["nodes"].values()
        return [node for node in nodes if node["resource_type"] == resource_type]


# A rule returns its offences, one sentence each; a project that keeps it has none.
Rule = Callable[[Project], list[str]]
# What breaks a rule: it changes the example project in place.
Fault = Callable[[Project], object]


def with_names(rules: Mapping[Rule, list[Fault]]) -> dict[str, Any]:
    """Arguments of `parametrize` for a test that is run once per rule."""
    return {"argvalues": list(rules), "ids": [rule.__name__ for rule in rules]}


def with_faults(rules: Mapping[Rule, list[Fault]]) -> dict[str, Any]:
    """Arguments of `parametrize` for a test that is run once per rule and planted fault.

    Raises:
        ValueError: a rule that was never seen to fail.
    """
    if without := [rule.__name__ for rule, faults in rules.items() if not faults]:
        raise ValueError(f"No fault is planted for {', '.join(without)}.")
    cases = [(rule, fault, i) for rule, faults in rules.items() for i, fault in enumerate(faults)]
    return {
        "argvalues": [(rule, fault) for rule, fault, _ in cases],
        "ids": [f"{rule.__name__}-{number}" for rule, _, number in cases],
    }


def layer(node: Node) -> str:
    """The layer of a node: the folder under models/, `base`, `as_of`, `seeds` or `sources`."""
    if node["resource_type"] in ("seed", "source"):
        return node["resource_type"] + "s"
    if node["name"] == "as_of":
        return "as_of"
    parts = Path(node["original_file_path"]).parts
    return "base" if parts[1:3] == ("staging", "base") else parts[1]


def vendor(node: Node) -> str | None:
    """The source system a node belongs to; None right of the seam and for seeds."""
    if node["resource_type"] == "source":
        return node["source_name"]
    parent = Path(node["original_file_path"]).parent.name
    return parent if layer(node) in ("staging", "base", "adapters") else None


def without_comments(sql: str) -> str:
    """SQL as the engine reads it; line numbers stay what they are."""

    def blank(comment: re.Match[str]) -> str:
        return "\n" * comment.group().count("\n")

    return _SQL_COMMENT.sub(blank, _JINJA_COMMENT.sub(blank, sql))


def line_of(text: str, position: int) -> int:
    """The line number, from 1, of a position in a text."""
    return text.count("\n", 0, position) + 1


def read_project(target_path: Path) -> Project:
    """Parse the project with dbt and read its files.

    Raises:
        RuntimeError: the project does not parse; the message is dbt's own.
    """
    finished = run_dbt("parse", target_path)
    if finished.returncode != 0:
        raise RuntimeError(f"dbt parse failed:\n{finished.stdout}\n{finished.stderr}")
    manifest = json.loads((target_path / "manifest.json").read_text(encoding="utf-8"))
    return Project(manifest, {path: _text(ROOT / path) for path in _paths()})


def run_dbt(
    command: str, target_path: Path, *arguments: str, target: str = "lint", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run one dbt command on the project; what it writes stays under `target_path`."""
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            command,
            *("--target", target, "--target-path", str(target_path)),
            *("--log-path", str(target_path / "logs"), "--quiet"),
            *arguments,
        ],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def _paths() -> list[str]:
    """Every file of the project that git keeps or would keep; what it ignores is left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        names = listed.stdout.split("\0")
        return sorted(name for name in set(names) if name and (ROOT / name).is_file())
    # An unpacked archive has no git to ask.
    ignored = [".git", *(line.rstrip("/") for line in _text(ROOT / ".gitignore").splitlines())]
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(
        path.as_posix()
        for path in found
        if not any(fnmatch.fnmatch(part, name) for part in path.parts for name in ignored)
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
