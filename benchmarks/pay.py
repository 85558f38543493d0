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


class PayTimes(NamedTuple):
    """Seconds of the models from credits to entitlements, and of a scan of their events."""

    event_count: int
    credit_count: int
    model_count: int
    models: float
    scan: float


def pay_times(target: Path, warehouse: Path) -> PayTimes:
    """Read from a finished build: its folder of artifacts and its warehouse file."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    seconds = {result["unique_id"]: result["execution_time"] for result in results}
    keys = {
        node["name"]: key
        for key, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }
    needed = reached(manifest["parent_map"], [keys[LINES], keys[LAST]])
    caused = reached(manifest["child_map"], [keys[FIRST]])
    models = [key for key in needed & caused if key.startswith("model.")]
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set threads = 2")
        relations = {name: manifest["nodes"][keys[name]]["relation_name"] for name in keys}
        scan_started = time.perf_counter()
        event_count, _ = connection.execute(
            f"select count(*), sum(amount) from {relations[EVENTS]}"
        ).fetchone()
        scan = time.perf_counter() - scan_started
        (credit_count,) = connection.execute(f"select count(*) from {relations[FIRST]}").fetchone()
    total = sum(seconds.get(key, 0) for key in models)
    return PayTimes(event_count, credit_count, len(models), total, scan)


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
