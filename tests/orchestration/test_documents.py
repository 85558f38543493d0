"""The queries that the documents show, asked as a reader would ask them."""

import re
from pathlib import Path

import duckdb
import pytest

from tests.conftest import PROJECT
from tests.orchestration.conftest import Copy

# Its queries are files that tests/seam writes and builds.
OTHERS = {"bring-your-own-data.md"}
QUERIES = {
    f"{path.name}, query {number}": query
    for path in sorted((PROJECT / "docs").glob("*.md"))
    if path.name not in OTHERS
    for number, query in enumerate(
        re.findall(r"```sql\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL), start=1
    )
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_of_the_documents_has_an_answer(published_copy: Copy, query: str) -> None:
    with duckdb.connect(str(asked_file(published_copy, query)), read_only=True) as connection:
        assert connection.execute(query).fetchall()


def asked_file(copy: Copy, query: str) -> Path:
    """The published file, but for what only the build file has."""
    if "intermediate." in query:
        return copy.root / "warehouse" / "quotamart.duckdb"
    return copy.publish / "current" / "finance.duckdb"
