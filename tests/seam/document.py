"""What docs/bring-your-own-data.md has its reader write, run and see.

A file is a code block below a line that holds nothing but its path; a fragment is a block whose
first line is a comment that names it; a result is the table that follows a query.
"""

import re
from pathlib import Path
from typing import Any

import yaml

DOCUMENT = Path(__file__).parents[2] / "docs" / "bring-your-own-data.md"
_FILE = re.compile(r"^`(?P<path>\S+)`\n\n```\w+\n(?P<content>.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FRAGMENT = r"^```{language}\n(?:#|--) {name}\n(?P<content>.*?)^```$"


class Document:
    """The document's blocks; a block that is asked for and not there is an error."""

    def __init__(self, path: Path = DOCUMENT) -> None:
        self.text = path.read_text(encoding="utf-8")

    @property
    def files(self) -> dict[str, str]:
        """The content of every file that the reader writes, by its path in the project."""
        return {found["path"]: found["content"] for found in _FILE.finditer(self.text)}

    @property
    def commands(self) -> list[str]:
        """Every command line in the order of the document."""
        return [line for block in _COMMANDS.findall(self.text) for line in block.splitlines()]

    def settings(self, name: str) -> dict[str, Any]:
        """The vars that a YAML fragment sets."""
        return yaml.safe_load(self._fragment("yaml", name)["content"])

    def query(self, name: str) -> str:
        """The text of a named query."""
        return self._fragment("sql", name)["content"]

    def result(self, name: str) -> list[list[str]]:
        """The rows of the table that follows a named query."""
        after = self.text[self._fragment("sql", name).end() :].strip().splitlines()
        table = after[: after.index("")]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]

    def says(self, message: str) -> bool:
        """Whether the document quotes a message."""
        return f"`{message}`" in self.text

    def _fragment(self, language: str, name: str) -> re.Match[str]:
        pattern = _FRAGMENT.format(language=language, name=re.escape(name))
        found = list(re.finditer(pattern, self.text, re.DOTALL | re.MULTILINE))
        assert len(found) == 1, f"{len(found)} blocks in {language} are called '{name}'"
        return found[0]
