"""What readers see while the warehouse is built again and again: whole versions, never an error."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.orchestration.conftest import Copy, once_more

# A version is whole where what was landed and what was conserved are the same rows, and every
# mart holds as many as the manifest beside it says. Prints the number of landed rows seen.
READER = """
import duckdb, json, pathlib, sys, time
current, stop, kind = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]

def source(folder, mart):
    return f"'{folder}/parquet/{mart}.parquet'" if kind == "parquet" else mart

def landed_rows(connection, folder, marts):
    landed, conserved = connection.execute(
        f"select (select sum(row_count) from {source(folder, 'landed_files')}), "
        f"(select sum(landed_count) from {source(folder, 'fct_row_conservation')})"
    ).fetchone()
    assert landed == conserved, (landed, conserved)
    for mart, about in marts.items():
        count, = connection.execute(f"select count(*) from {source(folder, mart)}").fetchone()
        assert count == about["rows"], (mart, count, about["rows"])
    return int(landed)

def opened():
    folder = current.resolve()
    marts = json.loads((folder / "manifest.json").read_text())["marts"]
    marts = {mart: about for mart, about in marts.items() if about["audience"] == "marts"}
    if kind == "parquet":
        return duckdb.connect(), folder, marts
    return duckdb.connect(str(folder / "marts.duckdb"), read_only=True), folder, marts

seen, version = [], opened()
print("ready", flush=True)
while True:
    last = stop.exists()
    if kind != "keeps":
        version[0].close()
        version = opened()
    seen.append(landed_rows(*version))
    if last:
        break
    time.sleep(0.3)  # Two cores: the builds need them too.
print(len(seen), *sorted(set(seen)))
"""


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


@pytest.mark.faults
def test_readers_see_only_whole_versions_while_builds_publish(
    copy: Copy, tmp_path: Path, at_full_length: bool
) -> None:
    build_count = 10 if at_full_length else 3
    stop = tmp_path / "stop"
    kinds = ("opens", "keeps", "parquet")
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(copy.publish / "current"), str(stop), kind],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for kind in kinds
    ]
    landed = []
    try:
        for reader in readers:
            assert reader.stdout.readline() == "ready\n"
        for _ in range(build_count):
            landed.append(land_once_more(copy))
            built = copy.quotamart("build")
            assert built.returncode == 0, built.stdout
    finally:
        stop.touch()
        ended = [reader.communicate(timeout=120) for reader in readers]

    assert [reader.returncode for reader in readers] == [0, 0, 0], ended
    printed = [out.split()[1:] for out, _ in ended]
    seen = {kind: list(map(int, counts)) for kind, counts in zip(kinds, printed, strict=True)}
    first = seen["keeps"][0]
    assert seen["keeps"] == [first]
    versions = [first + sum(landed[:count]) for count in range(build_count + 1)]
    assert seen["opens"] == versions
    assert seen["parquet"] == versions
