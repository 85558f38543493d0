"""The table of file modes in docs/privacy.md: what tests hold files to."""

import re
import stat
from collections.abc import Mapping
from pathlib import Path

_ROW = re.compile(r"^\| `(?P<path>[^`]+)` \|.*\| (?P<mode>0[0-7]{3}) \|$", re.MULTILINE)
_TABLE = Path(__file__).parents[1] / "docs" / "privacy.md"


def documented_modes() -> dict[str, int]:
    """The mode of each pattern of a path; of a folder the pattern ends with a slash."""
    text = _TABLE.read_text(encoding="utf-8")
    return {found["path"]: int(found["mode"], 8) for found in _ROW.finditer(text)}


def assert_modes(root: Path, modes: Mapping[str, int]) -> None:
    """Every pattern fits something below `root`, and all that it fits has its mode."""
    assert modes
    for pattern, mode in modes.items():
        paths = [path for path in root.glob(pattern.rstrip("/")) if path.name != "erasures.jsonl"]
        assert paths, pattern
        for path in paths:
            if path.is_dir() == pattern.endswith("/"):
                assert oct(stat.S_IMODE(path.stat().st_mode)) == oct(mode), path
