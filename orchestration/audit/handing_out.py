"""Statements as files: readable by their owner alone, whole or not there at all."""

from pathlib import Path

from orchestration.audit.page import page_of
from orchestration.audit.statement import Statement
from orchestration.audit.workbook import workbook_of
from orchestration.files import written_whole
from orchestration.ledger import period_text

FORMATS = ("html", "xlsx")


def write_statement(statement: Statement, out: Path, formats: tuple[str, ...]) -> list[Path]:
    """Write a statement into a folder, and return its files.

    Raises:
        OSError: the folder cannot be written to.
    """
    paths = []
    for name in formats:
        path = out / f"statement-{statement.payee_id}-{period_text(statement.period)}.{name}"
        content = page_of(statement).encode() if name == "html" else workbook_of(statement)
        with written_whole(path, mode=0o600) as temporary:
            temporary.write_bytes(content)
        paths.append(path)
    return paths
