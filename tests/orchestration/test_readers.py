"""What readers see while versions are published again and again: whole versions, never an error."""

import json
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from orchestration.candidate import build_file_state
from orchestration.publish import publish
from orchestration.published import current_version
from orchestration.settings import Settings
from tests.orchestration.conftest import Copy, once_more
from tests.readers import KINDS, reading

# The first version is gone before the last is published, though somebody has it open.
KEPT = 2


@pytest.fixture
def copy(published_part: Copy, tmp_path: Path) -> Copy:
    """A published part of the project, for one test to break."""
    return once_more(published_part, tmp_path)


def land_once_more(copy: Copy) -> int:
    """Land the newest products again, a day later; returns how many rows that are."""
    newest = max((copy.landing / "stripe" / "product").glob("*.parquet"))
    table = pq.read_table(newest)
    column = table.schema.get_field_index("_fivetran_synced")
    later = pc.add(table["_fivetran_synced"], pa.scalar(timedelta(days=1)))
    table = table.set_column(
        column, table.schema.field(column), later.cast(table.field(column).type)
    )
    pq.write_table(table, newest.with_name(f"{newest.stem}_again.parquet"))
    return table.num_rows


def built_once_more(copy: Copy) -> int:
    """Land, build and publish; returns how many more rows have landed."""
    rows = land_once_more(copy)
    built = copy.run("-m", "orchestration.cli", "build", QUOTAMART_KEEP_VERSIONS=str(KEPT))
    assert built.returncode == 0, built.stdout
    return rows


def published_once_more(copy: Copy) -> int:
    """Publish what is built as if one more row had landed: in seconds, and by the same code."""
    settings = replace(Settings.from_environment(copy.environment, copy.root), keep_versions=KEPT)
    with duckdb.connect(str(settings.build_file)) as connection:
        for mart, column in (
            ("landed_files", "row_count"),
            ("fct_row_conservation", "landed_count"),
        ):
            first = f"(select min(rowid) from marts.{mart})"
            connection.execute(
                f"update marts.{mart} set {column} = {column} + 1 where rowid = {first}"
            )
    candidate = json.loads(settings.candidate_path.read_text(encoding="utf-8"))
    candidate["build_file"] = build_file_state(settings)
    settings.candidate_path.write_text(json.dumps(candidate), encoding="utf-8")
    manifest = json.loads((copy.root / "target" / "manifest.json").read_text(encoding="utf-8"))
    checks = [
        check for check in current_version(settings).manifest["checks"] if check["kind"] != "dbt"
    ]
    publish(settings, manifest, candidate["run_id"], checks)
    return 1


@pytest.mark.faults
def test_readers_see_only_whole_versions_while_others_are_published(
    copy: Copy, tmp_path: Path, at_full_length: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    next_version = built_once_more if at_full_length else published_once_more
    first_version = current_version(Settings.from_environment(copy.environment, copy.root))
    landed = []
    with reading(copy.publish, tmp_path, KINDS * (5 if at_full_length else 1)) as found:
        time.sleep(20 if at_full_length else 2)
        found.busy.touch()
        for _ in range(10 if at_full_length else 3):
            landed.append(next_version(copy))
        found.busy.unlink()

    first = min(rows for _, seen in found.seen for rows in seen)
    versions = [first + sum(landed[:count]) for count in range(len(landed) + 1)]
    for kind, seen in found.seen:
        if kind == "keeps":
            assert seen == [first]
        else:
            assert set(seen) <= set(versions)
            # A version that stands for seconds is seen by all, one that is gone at once by some.
            assert seen[0] == first
            assert seen[-1] == versions[-1]
    assert {rows for _, seen in found.seen for rows in seen} == set(versions)
    assert len(list((copy.publish / "versions").iterdir())) == KEPT + 1
    assert not first_version.path.exists()
    with capsys.disabled():
        print(f"\n{found.report()}")
