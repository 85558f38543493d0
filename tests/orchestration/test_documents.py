"""The queries and recipes that the documents show, asked as a reader would ask them."""

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.conftest import PROJECT
from tests.orchestration.conftest import Copy

# Queries of the one are files that tests/seam writes and builds, of the other a server's.
OTHERS = {"bring-your-own-data.md", "postgres.md"}
QUERIES = {
    f"{path.name}, query {number}": query
    for path in sorted((PROJECT / "docs").glob("*.md"))
    if path.name not in OTHERS
    for number, query in enumerate(
        re.findall(r"```sql\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL), start=1
    )
}
RECIPES = {
    f"recipe {number}, {language}": (language, code)
    for number, (language, code) in enumerate(
        re.findall(
            r"```(python|bash)\n(.*?)```",
            (PROJECT / "docs" / "reading-the-marts.md").read_text(encoding="utf-8"),
            re.DOTALL,
        ),
        start=1,
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


@pytest.mark.parametrize(("language", "code"), RECIPES.values(), ids=RECIPES)
def test_a_recipe_prints_the_closing_mrr_of_every_month_to_the_cent(
    published_copy: Copy, language: str, code: str
) -> None:
    interpreter = sys.executable if language == "python" else "bash"
    told = subprocess.run(
        [interpreter, "-c", code],
        cwd=published_copy.root,
        env=published_copy.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    marts_file = published_copy.publish / "current" / "marts.duckdb"
    with duckdb.connect(marts_file, read_only=True) as connection:
        closings = connection.execute(
            "select month_start, closing_mrr_amount from fct_mrr_bridge_by_month "
            "where basis = 'daily' and conversion = 'reporting' and slice = 'total' order by 1"
        ).fetchall()
    printed = re.findall(r"(\d{4}-\d\d-\d\d)\D+?(-?\d+\.\d\d)\b", told.stdout)
    assert len(closings) > 30
    assert printed == [(f"{month}", f"{closing:f}") for month, closing in closings]
