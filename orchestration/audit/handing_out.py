"""Statements as files: readable by their owner alone, whole or not there at all."""

import os
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
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in formats:
        path = out / f"statement-{statement.payee_id}-{period_text(statement.period)}.{name}"
        content = page_of(statement).encode() if name == "html" else workbook_of(statement)
        with written_whole(path) as temporary:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
        paths.append(path)
    return paths
