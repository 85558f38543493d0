"""Readers in processes of their own, which ask the published marts for as long as they are let.

Each read must belong to one version: what was landed and what was conserved are the same rows, and
every mart holds as many as the manifest beside it says.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

# Of a reader: it opens the file for everybody or for finance each time, reads Parquet, or opens
# the file once and keeps it.
KINDS = ("marts", "finance", "parquet", "keeps")
_READER = """
import duckdb, json, pathlib, sys, time
current, stop, busy = map(pathlib.Path, sys.argv[1:4])
kind = sys.argv[4]
seconds = {"busy": [], "quiet": []}

def source(folder, mart):
    return f"'{folder}/parquet/{mart}.parquet'" if kind == "parquet" else mart

def asked(connection, query):
    begun, phase = time.perf_counter(), "busy" if busy.exists() else "quiet"
    row = connection.execute(query).fetchone()
    seconds[phase].append(time.perf_counter() - begun)
    return row

def landed_rows(connection, folder, marts):
    landed, conserved = asked(
        connection,
        f"select (select sum(row_count) from {source(folder, 'landed_files')}), "
        f"(select sum(landed_count) from {source(folder, 'fct_row_conservation')})"
    )
    assert landed == conserved, (landed, conserved)
    for mart, about in marts.items():
        count, = asked(connection, f"select count(*) from {source(folder, mart)}")
        assert count == about["rows"], (mart, count, about["rows"])
    return int(landed)

def opened():
    folder = current.resolve()
    marts = json.loads((folder / "manifest.json").read_text())["marts"]
    if kind != "finance":
        marts = {mart: about for mart, about in marts.items() if about["audience"] == "marts"}
    if kind == "parquet":
        return duckdb.connect(), folder, marts
    file = "finance.duckdb" if kind == "finance" else "marts.duckdb"
    return duckdb.connect(str(folder / file), read_only=True), folder, marts

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
    time.sleep(0.5)  # Two cores: who publishes needs them too.
print(json.dumps({"reads": len(seen), "seen": sorted(set(seen)), "seconds": seconds}))
"""


@dataclass
class Reading:
    """What readers found, once they have ended; `busy` stands while somebody builds."""

    busy: Path
    kinds: Sequence[str]
    reads: int = 0
    # The numbers of landed rows that each reader saw, one number a version.
    seen: list[tuple[str, list[int]]] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"busy": [], "quiet": []})

    def report(self) -> str:
        """The 95th percentile of a query's time with and without a build, and their ratio."""
        busy, quiet = (quantiles(self.seconds[phase], n=20)[-1] for phase in ("busy", "quiet"))
        return (
            f"{len(self.kinds)} readers, {self.reads:,} reads, {len(self.seconds['busy']):,} "
            f"queries beside builds: p95 {busy * 1000:.1f} ms, without {quiet * 1000:.1f} ms, "
            f"ratio {busy / quiet:.1f}"
        )


@contextmanager
def reading(publish_dir: Path, folder: Path, kinds: Sequence[str] = KINDS) -> Iterator[Reading]:
    """Readers at work; at the end every one of them has ended without an error."""
    stop = folder / "stop"
    found = Reading(folder / "busy", kinds)
    places = (str(publish_dir / "current"), str(stop), str(found.busy))
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", _READER, *places, kind],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for kind in kinds
    ]
    try:
        for reader in readers:
            assert reader.stdout.readline() == "ready\n"
        yield found
    finally:
        stop.touch()
        ended = [reader.communicate(timeout=120) for reader in readers]
    assert {reader.returncode for reader in readers} == {0}, [errors for _, errors in ended]
    for kind, (out, _) in zip(kinds, ended, strict=True):
        told = json.loads(out)
        found.reads += told["reads"]
        found.seen.append((kind, told["seen"]))
        for phase, seconds in told["seconds"].items():
            found.seconds[phase] += seconds
