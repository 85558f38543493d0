"""Values in the error texts of engines: shown by their form, as values are in our own messages.

An engine quotes the value that it failed at, and that value may be somebody's name. What is blanked
here is only what stands in quotes on the line of such an error; nothing else is touched.
"""

import io
import re
from pathlib import Path
from typing import TextIO

from orchestration.files import written_whole
from orchestration.landing.values import shape

_QUOTING_ERROR = re.compile(
    r"\b(?:Conversion|Constraint|Invalid Input|Out of Range|Type Mismatch) Error\b"
    r"|\bCAST_INVALID_INPUT\b"
)
# From the first quote to the last of its kind: a value may hold quotes itself. In JSON a quote is
# escaped, and what follows the message is no part of it.
_QUOTED = re.compile(r"""(?P<quote>\\"|'|(?<!\\)")(?P<value>.+)(?P=quote)""")
_IN_JSON = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def without_values(text: str) -> str:
    """The text with the quoted values of errors blanked, line by line."""
    return "".join(map(_blanked_line, text.splitlines(keepends=True)))


def _blanked_line(line: str) -> str:
    return _blanked(line) if _QUOTING_ERROR.search(line) else line


def _blanked(text: str) -> str:
    return _QUOTED.sub(
        lambda found: f"{found['quote']}{shape(found['value'])}{found['quote']}", text
    )


def blank_file(path: Path) -> None:
    """Blank the values in a log or a JSON document that another program wrote, if it is there."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    blanked = _blanked_json(text) if path.suffix == ".json" else without_values(text)
    if blanked != text:
        with written_whole(path) as temporary:
            temporary.write_text(blanked, encoding="utf-8")


def _blanked_json(text: str) -> str:
    """Each text of the document by itself, so that its own quotes stay."""
    return _IN_JSON.sub(
        lambda found: (
            f'"{_blanked_texts(found[0][1:-1])}"' if _QUOTING_ERROR.search(found[0]) else found[0]
        ),
        text,
    )


def _blanked_texts(text: str) -> str:
    return "\\n".join(
        _blanked(line) if _QUOTING_ERROR.search(line) else line for line in text.split("\\n")
    )


class BlankingStream(io.TextIOBase):
    """A log that is written through `without_values`."""

    def __init__(self, target: TextIO) -> None:
        self._target = target

    def write(self, text: str) -> int:
        """Write whole lines as they come; a caller that writes parts of one is not met here."""
        self._target.write(without_values(text))
        return len(text)

    def flush(self) -> None:
        """Hand on what is written."""
        self._target.flush()
