"""Receipts: the hash of each close, kept beside the published versions.

A chain of hashes cannot miss its own last link. Whoever removes the last close would have to remove
its receipt, too, and the one that finance was handed.
"""

from orchestration.files import written_whole
from orchestration.ledger.book import Book, LedgerFile
from orchestration.settings import Settings


def write_receipt(settings: Settings, file: LedgerFile) -> None:
    """Keep the hash of a close under its name."""
    with written_whole(settings.receipts_dir / file.name) as temporary:
        temporary.write_text(f"{file.hash}\n", encoding="utf-8")


def write_missing_receipts(settings: Settings, book: Book) -> None:
    """Write what a close that was killed after its commit had no time for."""
    kept = read_receipts(settings)
    for file in book.files:
        if file.name not in kept:
            write_receipt(settings, file)


def read_receipts(settings: Settings) -> dict[str, str]:
    """The kept hashes by the name of the close; empty where there is none."""
    if not settings.receipts_dir.is_dir():
        return {}
    return {
        path.name: path.read_text(encoding="utf-8", errors="replace").strip()
        for path in sorted(settings.receipts_dir.iterdir())
        if not path.name.startswith(".")
    }
