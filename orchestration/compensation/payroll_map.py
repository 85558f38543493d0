"""The mapping from payees to names and payroll ids, which is kept outside git.

It holds personal data, so no message here shows more of a row than its payee's opaque id. Whether
it knows everybody who is to be paid is asked when pay is handed over, not before.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from orchestration.compensation.findings import Finding
from orchestration.ledger.payroll import MAP_COLUMNS


def payroll_map_findings(path: Path) -> Iterator[Finding]:
    """Rows of a mapping that name one id for two; nothing where there is no mapping."""
    file = str(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            header = tuple(reader.fieldnames or ())
            rows = [(reader.line_num, row) for row in reader]
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        yield Finding(file, 0, "", "", f"cannot be read: {type(error).__name__}. Save it as UTF-8.")
        return
    if sorted(header) != sorted(MAP_COLUMNS):
        yield Finding(file, 1, "", "", f"must have the columns {','.join(MAP_COLUMNS)}.")
        return
    seen: dict[tuple[str, str], int] = {}
    for line, row in rows:
        payee_id = row["payee_id"] or ""
        for column in ("payee_id", "payroll_id"):
            if not row[column]:
                yield Finding(file, line, "payee_id", payee_id, f"{column} is empty.")
                continue
            first = seen.setdefault((column, row[column]), line)
            if first != line:
                text = f"line {first} has the same {column}, so one would be paid for the other."
                yield Finding(file, line, "payee_id", payee_id, text)
