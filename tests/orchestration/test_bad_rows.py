"""Bad rows of every kind in one real build: a person is asked, and not one figure is another."""

import json
import random
import re
from collections import Counter
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.landing import SourceTable
from tests.faults.conftest import Company, declared_schema
from tests.faults.rows import (
    ARRIVAL,
    SET_ASIDE,
    Mutation,
    Row,
    as_table,
    later_version,
    mutations,
    row_for,
)
from tests.orchestration.conftest import Copy, once_more

ASKED = "quarantined_rows: rows"
# What is told of the rows themselves; every other mart is told of what they mean.
ABOUT_ROWS = {"fct_row_conservation", "landed_files", "quarantined_rows"}


@pytest.fixture
def copy(published_part: Copy, tmp_path: Path) -> Copy:
    """A published part of the project, for one test to break."""
    return once_more(published_part, tmp_path)


@pytest.mark.faults
def test_more_than_a_thousand_bad_rows_change_no_figure(copy: Copy) -> None:
    before, quarantined = manifest_of(copy), quarantined_rows(copy)
    planted = plant(copy)
    assert planted.total() > 1000

    built = copy.quotamart("build")
    # So many rows set aside at once: a person is asked, and for nothing else.
    assert built.returncode == 1, built.stdout
    assert re.findall('--accept "(.+?)"', built.stdout) == [ASKED]
    assert manifest_of(copy) == before
    who = ("--by", "tests", "--why", "They were planted.")
    accepted = copy.quotamart("publish", "--accept", ASKED, *who)
    assert accepted.returncode == 0, accepted.stdout

    after = manifest_of(copy)
    assert after["version"] != before["version"]
    assert after["as_of"] == before["as_of"]
    changed = {
        name
        for name, mart in after["marts"].items()
        if mart["content_hash"] != before["marts"][name]["content_hash"]
    }
    assert changed == ABOUT_ROWS
    assert quarantined_rows(copy) == quarantined + planted


def plant(copy: Copy) -> Counter[str]:
    """Land a bad later version of good rows in every table; how many, by table."""
    manifest = json.loads((copy.root / "target" / "manifest.json").read_text(encoding="utf-8"))
    company = Company(copy.landing, manifest)
    planted: Counter[str] = Counter()
    for name, table in company.tables.items():
        rows = staged_rows(copy, company, table)
        bad = [
            later_version(table, row_for(table, rows, mutation, number), mutation)
            for number, mutation in enumerate(rejected_mutations(table))
        ]
        if bad:
            file = copy.landing / name / "zz_mutated.parquet"
            pq.write_table(as_table(bad, declared_schema(table)), file)
            planted[name] = len(bad)
    return planted


def rejected_mutations(table: SourceTable) -> list[Mutation]:
    """The mutations after which a row must be set aside."""
    planned = mutations(table, random.Random(f"1 {table.name}"))
    return [mutation for mutation in planned if mutation.expected == SET_ASIDE]


def staged_rows(copy: Copy, company: Company, table: SourceTable) -> list[Row]:
    """The rows that count, but for those of the very last arrival: `as_of` is not to move."""
    landed = company.rows(table.name)
    with duckdb.connect(str(copy.root / "warehouse" / "quotamart.duckdb"), read_only=True) as build:
        ((as_of,),) = build.execute("select epoch_us(as_of) from staging.as_of").fetchall()
        places = build.execute(
            f"select _file, _row from staging.base_{table.name.replace('/', '__')} "
            "where row_status = 'staged' order by all"
        ).fetchall()
    return [landed[place] for place in places if landed[place][ARRIVAL] + 1_000_000 <= as_of]


def quarantined_rows(copy: Copy) -> Counter[str]:
    """How many rows are set aside in what is published, by table."""
    mart = copy.publish / "current" / "parquet" / "quarantined_rows.parquet"
    rows = pq.read_table(mart, columns=["source_name", "table_name"]).to_pylist()
    return Counter(f"{row['source_name']}/{row['table_name']}" for row in rows)


def manifest_of(copy: Copy) -> dict:
    return json.loads((copy.publish / "current" / "manifest.json").read_text(encoding="utf-8"))
