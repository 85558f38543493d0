"""The form in which a close is hashed and written: one text for one content, byte for byte."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CLOSE_FILE = "close.json"
LINES_FILE = "lines.parquet"
SLICES_FILE = "slices.parquet"


def canonical(content: Any) -> bytes:
    """JSON with sorted keys and no spaces, UTF-8: what hashes are taken of."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def sha256(content: bytes) -> str:
    """The SHA-256 of some bytes, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def close_hash(content: Mapping[str, Any]) -> str:
    """The hash of a close: over all that close.json says but this hash itself."""
    return sha256(canonical({key: content[key] for key in content if key != "hash"}))


def rendered(content: Mapping[str, Any]) -> bytes:
    """close.json as it stands on disk; any other text with the same meaning is a changed file."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1)
    return f"{text}\n".encode()
