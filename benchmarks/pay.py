"""What payout lines and entitlements cost beside a scan of their events, and beside plain Python.

Here belongs the timing of the models of pay. The plain Python is the second method of
tests/reference/pay, which exists to be right, not fast.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from tests.reference.pay.engine import Pay
from tests.reference.pay.warehouse import pay_rows, pay_settings

EVENTS, FIRST, LAST = "int_incentive_events", "int_credits", "fct_payout_entitlements"
LINES = "fct_payout_lines"
RUNS = 5


class PayTimes(NamedTuple):
    """Seconds of the models from credits to entitlements, and of what they are compared with."""

    event_count: int
    credit_count: int
    line_count: int
    model_count: int
    models: float
    scan: float
    """Of counting the events and summing their amounts."""
    copies: float
    """Of writing the finished lines and entitlements once more, without computing anything."""


def pay_models(target: Path) -> dict[str, str]:
    """Names of the models from credits to lines and entitlements, by unique id."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    keys = model_keys(manifest)
    needed = reached(manifest["parent_map"], [keys[LINES], keys[LAST]])
    caused = reached(manifest["child_map"], [keys[FIRST]])
    return {key: name for name, key in keys.items() if key in needed & caused}


def pay_times(target: Path, warehouse: Path) -> PayTimes:
    """Read from a finished build of the models of pay: its artifacts and its warehouse file."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    seconds = {result["unique_id"]: result["execution_time"] for result in results}
    models = pay_models(target)
    relations = {
        name: manifest["nodes"][key]["relation_name"] for name, key in model_keys(manifest).items()
    }
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set threads = 2")
        counts = {
            name: connection.execute(f"select count(*) from {relations[name]}").fetchone()[0]
            for name in (EVENTS, FIRST, LINES)
        }
        scan = least_seconds(connection, f"select count(*), sum(amount) from {relations[EVENTS]}")
        copies = sum(
            least_seconds(connection, f"create or replace table copied as from {relations[name]}")
            for name in (LINES, LAST)
        )
    return PayTimes(*counts.values(), len(models), sum(map(seconds.get, models)), scan, copies)


def least_seconds(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    """The shortest of some runs: the first one reads from disk."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        connection.execute(sql).fetchall()
        times.append(time.perf_counter() - started)
    return min(times)


def model_keys(manifest: Mapping) -> dict[str, str]:
    """Unique ids of all models by name."""
    return {
        node["name"]: key
        for key, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }


def reached(edges: Mapping[str, Sequence[str]], start: Sequence[str]) -> set[str]:
    """Everything that edges lead to, the start included."""
    found, waiting = set(), list(start)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += edges.get(key, ())
    return found


def reference_seconds(warehouse: Path) -> float:
    """Seconds of the second method on the same rows, up to its lines and entitlements."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows, settings = pay_rows(connection), pay_settings(connection)
    started = time.perf_counter()
    pay = Pay(rows, settings)
    # Both are computed when they are asked for.
    assert pay.lines is not None
    assert pay.entitlements is not None
    return time.perf_counter() - started
