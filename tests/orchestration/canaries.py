"""Recognisable personal values, pay and secrets, planted where real ones would be.

What is planted here is built by `published_copy`; where it may turn up afterwards is the question
of test_privacy. Every value of a column gets the same mark, so keys, joins and counts stay.
"""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

# Contact data and free text: for finance alone. Names of people: for colleagues, in marts only.
PRIVATE, NAME = "zqcanary", "zqperson"
# In no column that a source declares, as connectors bring more than anyone models.
UNDECLARED = "zqundeclared"
SECRET = "zqsecret"
SECRETS = {
    "AWS_SECRET_ACCESS_KEY": f"{SECRET}-aws",
    "DATABASE_PASSWORD": f"{SECRET}-password",
    "GITHUB_TOKEN": f"{SECRET}-token",
    "PGPASSWORD": f"{SECRET}-pg",
}
# An adjustment by hand: no other figure of the sample is like it.
PAY = "1765.43"
_ADJUSTMENT = "a001,p008,new_business_commission,2025-02-14,1500.00,"

_MARKED = {
    "qualtrics/survey_response": {"recipient_email": f"{PRIVATE}.{{}}"},
    "qualtrics/question_response": {"text": f"{PRIVATE} {{}}"},
    "salesforce/user": {"email": f"{PRIVATE}.{{}}", "name": f"{NAME} {{}}"},
    "stripe/customer": {"email": f"{PRIVATE}.{{}}", "name": f"{NAME} {{}}"},
}
_ADDED = {"salesforce/contact": ("email", "phone"), "salesforce/lead": ("email", "last_name")}


def plant(root: Path) -> None:
    """Mark the personal values of a sample company that has landed in `root`, and one amount."""
    for table, columns in _MARKED.items():
        for name, mark in columns.items():
            _rewrite(root / "landing" / table, lambda rows, n=name, m=mark: _marked(rows, n, m))
    for table, columns in _ADDED.items():
        for name in columns:
            _rewrite(root / "landing" / table, lambda rows, n=name: _with_column(rows, n))
    adjustments = root / "seeds" / "compensation" / "pay_adjustments.csv"
    text = adjustments.read_text(encoding="utf-8")
    assert _ADJUSTMENT in text
    adjustments.write_text(
        text.replace(_ADJUSTMENT, _ADJUSTMENT.replace("1500.00", PAY)), encoding="utf-8"
    )


def _rewrite(folder: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    paths = sorted(folder.glob("*.parquet"))
    assert paths, folder
    for path in paths:
        pq.write_table(change(pq.read_table(path)), path, compression="zstd")


def _marked(rows: pa.Table, name: str, mark: str) -> pa.Table:
    values = [value and mark.format(value) for value in rows[name].to_pylist()]
    position = rows.schema.get_field_index(name)
    return rows.set_column(position, rows.schema.field(position), pa.array(values, pa.string()))


def _with_column(rows: pa.Table, name: str) -> pa.Table:
    return rows.append_column(name, pa.array([f"{UNDECLARED}.{name}"] * len(rows), pa.string()))
