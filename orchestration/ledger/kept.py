"""The inputs of a close, kept by content: seeds, vars and the list of landed files.

Each is one file under `ledger/inputs/`, named by its SHA-256, so that what did not change is kept
once. The landed files themselves stay in the landing folder, which is append-only: their list says
which of them counted, and what their bytes were.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from orchestration.files import sync, written_whole
from orchestration.ledger.book import Book, LedgerError, LedgerFile
from orchestration.ledger.chain import canonical, file_sha256, sha256
from orchestration.settings import Settings

# A content under its hash, or on its way there.
_OWN_NAME = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{64}\.[0-9]+\.tmp")


def keep_inputs(settings: Settings, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what a published version was built from, and return where it is, by hash.

    Returns:
        `{"seeds": {path: hash}, "vars": hash, "landed_files": hash}`, as close.json holds it.

    Raises:
        LedgerError: a seed is no longer the one that the version was built from.
    """
    settings.kept_inputs_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path, wanted in manifest["seeds"].items():
        _keep_seed(settings, path, wanted)
    landed_files = sorted(manifest["landed_files"], key=lambda file: file["path"])
    kept = {
        "seeds": dict(manifest["seeds"]),
        "vars": _keep(settings, canonical(manifest["vars"])),
        "landed_files": _keep(settings, canonical(landed_files)),
    }
    sync(settings.kept_inputs_dir)
    return kept


def hashes_of(inputs: Mapping[str, Any]) -> set[str]:
    """Every kept file that a close names."""
    return {*inputs["seeds"].values(), inputs["vars"], inputs["landed_files"]}


def kept_path(settings: Settings, content_hash: str) -> Path:
    """Where a content is kept."""
    return settings.kept_inputs_dir / content_hash


def read_kept(settings: Settings, content_hash: str) -> Any:
    """A kept JSON document."""
    return json.loads(kept_path(settings, content_hash).read_text(encoding="utf-8"))


def kept_seeds(settings: Settings, file: LedgerFile) -> dict[str, Path]:
    """The seeds of a close by their path in the project: what they said when it was closed."""
    seeds = file.content["inputs"]["seeds"]
    return {path: kept_path(settings, content_hash) for path, content_hash in seeds.items()}


def unnamed_inputs(settings: Settings, book: Book) -> list[Path]:
    """Kept files that no close names: a killed close leaves them, and nobody else should."""
    named = {name for file in book.files for name in hashes_of(file.content["inputs"])}
    return [path for path in _entries(settings.kept_inputs_dir) if path.name not in named]


def is_leftover(path: Path) -> bool:
    """Whether a kept file that no close names is of the form in which a close writes it."""
    return path.is_file() and _OWN_NAME.fullmatch(path.name) is not None


def _entries(folder: Path) -> Iterable[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else ()


def _keep_seed(settings: Settings, path: str, wanted: str) -> None:
    target = kept_path(settings, wanted)
    if target.is_file() and file_sha256(target) == wanted:
        return
    try:
        content = (settings.project_dir / path).read_bytes()
    except OSError:
        content = b""
    if sha256(content) != wanted:
        raise LedgerError(
            f"{path} is no longer what the published version was built from. Build again with "
            "`quotamart build`, then close."
        )
    _write(target, content)


def _keep(settings: Settings, content: bytes) -> str:
    content_hash = sha256(content)
    target = kept_path(settings, content_hash)
    if not (target.is_file() and file_sha256(target) == content_hash):
        _write(target, content)
    return content_hash


def _write(target: Path, content: bytes) -> None:
    with written_whole(target, mode=0o600) as temporary:
        temporary.write_bytes(content)
