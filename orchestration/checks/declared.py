"""A check that Python makes, declared beside the code that makes it.

dbt tests, suites and limits are data already; what is left is said here in the same words: owner,
severity, and what it protects.
"""

from collections.abc import Iterable
from dataclasses import dataclass

# What a check that fails does. Accepted: a person may let it through by name. Told: it is said, and
# nothing is held up. Off: it is not made, and limits.yml says why.
BLOCKS, ACCEPTED, TOLD, OFF = "blocks", "blocks until accepted", "told", "off"
SEVERITIES = (BLOCKS, ACCEPTED, TOLD, OFF)


class Said(str):
    """A line for people that knows which check says it."""

    __slots__ = ("check",)
    check: str

    def __new__(cls, check: str, text: str) -> "Said":
        """The text, said by a check."""
        said = super().__new__(cls, text)
        said.check = check
        return said


@dataclass(frozen=True)
class Declared:
    """A check: `<area>: <what holds>`, what it protects in plain words, and who answers for it."""

    name: str
    protects: str
    owner: str
    severity: str = BLOCKS

    @property
    def area(self) -> str:
        """What stands before the colon."""
        return self.name.partition(":")[0]

    def says(self, text: str) -> Said:
        """What this check found, as one line for people."""
        return Said(self.name, text)


def names_of(lines: Iterable[object]) -> list[str]:
    """The checks that say these lines, each once; a line that no check says has none."""
    return list(dict.fromkeys(line.check for line in lines if isinstance(line, Said)))
