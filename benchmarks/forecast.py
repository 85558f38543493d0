"""What weekly snapshots of a large pipeline cost beside the states that they are made of.

Here belongs the timing of the models that look at every open deal in every week.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import NamedTuple

import duckdb

STATES, SNAPSHOTS = "intermediate.int_opportunities_at", "intermediate.int_opportunity_snapshots"
SNAPSHOT_MODELS = ("int_snapshot_weeks", "int_opportunity_snapshots", "int_win_rates_known")


class SnapshotTimes(NamedTuple):
    """Rows, and seconds of the models and of a plain copy of the snapshots."""

    deal_count: int
    snapshot_count: int
    models: float
    copy: float


def snapshot_times(target: Path, warehouse: Path) -> SnapshotTimes:
    """Read from a run of the models: its folder of artifacts and its warehouse file."""
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    models = sum(
        result["execution_time"]
        for result in results
        if result["unique_id"].rsplit(".", 1)[-1] in SNAPSHOT_MODELS
    )
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set threads = 2")
        started = time.perf_counter()
        connection.execute(f"create table intermediate.copied as select * from {SNAPSHOTS}")
        copy = time.perf_counter() - started
        connection.execute("drop table intermediate.copied")
        (deals,) = connection.execute(
            f"select count(distinct opportunity_id) from {STATES}"
        ).fetchone()
        (snapshots,) = connection.execute(f"select count(*) from {SNAPSHOTS}").fetchone()
    return SnapshotTimes(deals, snapshots, models, copy)
