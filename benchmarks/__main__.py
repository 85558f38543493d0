"""`make bench`: what things cost beside each other, on this machine.

The Dagster run beside plain `dbt build`, one area's models beside another's, those of pay beside a
scan of the events that they pay for and beside the second method in plain Python, weekly snapshots
of the pipeline beside a copy of their rows, and the sample generator.

The bound on what Dagster, the landing check, expectations and publishing add to dbt is
12 seconds + 15 ms a node; the models of retention together may take at most 1.5 times as long as
those of revenue. Lines and entitlements of pay are asked for in ten times the time of a bare scan
of their events; beside it stands what it takes to write the finished rows once more, which no
computation can do without. Figures of a loaded machine say little: run it alone.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click

from benchmarks.forecast import SNAPSHOT_MODELS, snapshot_times
from benchmarks.pay import pay_models, pay_times, reference_seconds
from orchestration.dbt_project import DBT, WITHOUT_UNIT_TESTS
from orchestration.sample import generate, write_compensation
from orchestration.settings import Settings

BOUND_SECONDS, BOUND_SECONDS_A_NODE = 12, 0.015
AREA, MEASURE, BOUND_RATIO = "retention", "revenue", 1.5
SCAN_BOUND, REFERENCE_BOUND, MEMORY_BOUND = 10, 50, 4
SNAPSHOT_BOUND = 10  # Times as long as writing the finished snapshots once more.
MEMORY_LIMIT = "3GB"  # Of DuckDB; the process of dbt needs more.
# One model at a time, so that none waits for another's cores.
MODELS_ALONE = (
    *WITHOUT_UNIT_TESTS,
    *("--exclude-resource-type", "test"),
    *("--threads", "1"),
)
SEED = 7
WAREHOUSE_FILE = "quotamart.duckdb"


@click.command()
@click.option("--scale", type=float, default=0.1, show_default=True, help="Of the company built.")
@click.option(
    "--sample-scales",
    default="0.1,1",
    show_default=True,
    help="Of the companies that are only made up, comma separated; 10 takes minutes.",
)
@click.option(
    "--area-scale", type=float, default=1, show_default=True, help="Where areas are compared."
)
@click.option(
    "--pay-scale",
    type=float,
    default=10,
    show_default=True,
    help="Where pay and snapshots are timed; minutes.",
)
@click.option(
    "--reference-scale",
    type=float,
    default=0.5,
    show_default=True,
    help="Where pay is compared with plain Python.",
)
def bench(
    scale: float,
    sample_scales: str,
    area_scale: float,
    pay_scale: float,
    reference_scale: float,
) -> None:
    """Print the times of one run each."""
    with tempfile.TemporaryDirectory(prefix="quotamart-bench-") as folder:
        place = Path(folder)
        landing = place / "landing"
        generate(landing, scale, SEED)
        plain, nodes = _plain(place / "plain", landing)
        dagster = _dagster(place / "dagster", landing)
        _compare(scale, nodes, plain, dagster)
        _compare_areas(place / "areas", area_scale)
        for sample_scale in (float(text) for text in sample_scales.split(",") if text.strip()):
            _time_sample(place / "sample", sample_scale)
        _time_reference(place / "reference", reference_scale)
        _time_large(place / "large", pay_scale)


def _plain(place: Path, landing: Path) -> tuple[float, int]:
    """Seconds of `dbt build`, and how many nodes were built and tested."""
    environment = _environment(place, landing)
    seconds = _seconds([*DBT, "--quiet", "build", *WITHOUT_UNIT_TESTS], environment)
    results = json.loads((place / "target" / "run_results.json").read_text(encoding="utf-8"))
    return seconds, len(results["results"])


def _dagster(place: Path, landing: Path) -> float:
    """Seconds of `quotamart build` on the same landing."""
    return _seconds(
        [sys.executable, "-m", "orchestration.cli", "build"], _environment(place, landing)
    )


def _environment(place: Path, landing: Path) -> dict[str, str]:
    (place / "warehouse").mkdir(parents=True, exist_ok=True)
    return os.environ | {
        "QUOTAMART_COMPENSATION": str(
            place / "compensation" if (place / "compensation").is_dir() else ""
        ),
        "QUOTAMART_LEDGER": str(place / "ledger"),
        "QUOTAMART_LANDING": str(landing),
        "QUOTAMART_WAREHOUSE": str(place / "warehouse"),
        "QUOTAMART_PUBLISH": str(place / "publish"),
        "DBT_TARGET_PATH": str(place / "target"),
        "DBT_LOG_PATH": str(place / "logs"),
    }


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(
        command,
        cwd=Settings.from_environment().project_dir,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - started


def _compare(scale: float, nodes: int, plain: float, dagster: float) -> None:
    added = dagster - plain
    bound = BOUND_SECONDS + BOUND_SECONDS_A_NODE * nodes
    click.echo(f"a company of scale {scale:g}, {nodes} nodes (models, seeds, data tests)")
    click.echo(f"  dbt build           {plain:8.1f} s")
    click.echo(f"  quotamart build     {dagster:8.1f} s")
    click.echo(f"  added               {added:8.1f} s, {1000 * added / nodes:.1f} ms a node")
    click.echo(f"  bound               {bound:8.1f} s: {_verdict(added <= bound)}")


def _compare_areas(place: Path, scale: float) -> None:
    """Seconds of the models of each area, intermediate and marts, in one build without tests."""
    target = _build_models(place, scale)
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    seconds: Counter[str] = Counter()
    for result in results:
        path = Path(nodes.get(result["unique_id"], {}).get("original_file_path", ""))
        if path.parts[:2] in (("models", "intermediate"), ("models", "marts")):
            seconds[path.parts[2]] += result["execution_time"]
    ratio = seconds[AREA] / seconds[MEASURE]
    click.echo(f"a company of scale {scale:g}, models one at a time")
    click.echo(f"  {MEASURE:<18}{seconds[MEASURE]:9.1f} s")
    click.echo(f"  {AREA:<18}{seconds[AREA]:9.1f} s, {ratio:.2f} times as long")
    click.echo(f"  bound             {BOUND_RATIO:9.1f} times: {_verdict(ratio <= BOUND_RATIO)}")
    shutil.rmtree(place)


def _build_models(place: Path, scale: float) -> Path:
    """Build a company's models one at a time, its people paid; the folder of dbt's artifacts."""
    generate(place / "landing", scale, SEED)
    rules = Settings.from_environment().project_dir / "seeds" / "compensation"
    write_compensation(place / "compensation", place / "payroll_map.csv", rules, scale, SEED)
    _seconds([*DBT, "--quiet", "build", *MODELS_ALONE], _environment(place, place / "landing"))
    return place / "target"


def _build_again(place: Path, models: Iterable[str]) -> float:
    """Build some models once more, in little memory; GiB of the process."""
    process = subprocess.Popen(
        [*DBT, "--quiet", "run", "--threads", "1", "--select", *models],
        cwd=Settings.from_environment().project_dir,
        env=_environment(place, place / "landing") | {"QUOTAMART_MEMORY_LIMIT": MEMORY_LIMIT},
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise click.ClickException("The models cannot be built again: see dbt's output above.")
    return used.ru_maxrss / 2**20


def _time_reference(place: Path, scale: float) -> None:
    """Lines and entitlements of one company by the models, and by the second method."""
    target = _build_models(place, scale)
    warehouse = place / "warehouse" / WAREHOUSE_FILE
    times = pay_times(target, warehouse)
    python = reference_seconds(warehouse)
    click.echo(
        f"pay of a company of scale {scale:g}, {times.credit_count:,} credits, "
        f"{times.line_count:,} lines"
    )
    click.echo(f"  models              {times.models:8.1f} s")
    click.echo(f"  plain Python        {python:8.1f} s, {python / times.models:.1f} times as long")
    verdict = "within" if python >= REFERENCE_BOUND * times.models else "BELOW"
    click.echo(f"  bound               {REFERENCE_BOUND:8d} times: {verdict}")
    shutil.rmtree(place)


def _time_large(place: Path, scale: float) -> None:
    """One large company: its pay, and the weekly snapshots of its pipeline."""
    target = _build_models(place, scale)
    _time_pay(place, target, scale)
    _time_snapshots(place, target, scale)
    shutil.rmtree(place)


def _time_snapshots(place: Path, target: Path, scale: float) -> None:
    """Every open deal in every week, and what is learned of it, beside a copy of the rows."""
    peak = _build_again(place, SNAPSHOT_MODELS)
    times = snapshot_times(target, place / "warehouse" / WAREHOUSE_FILE)
    ratio = times.models / times.copy
    click.echo(
        f"weekly snapshots of a company of scale {scale:g}: {times.deal_count:,} deals, "
        f"{times.snapshot_count:,} snapshots"
    )
    click.echo(f"  copy the result     {times.copy:8.3f} s")
    click.echo(f"  models              {times.models:8.1f} s, {ratio:.0f} times as long")
    click.echo(
        f"  bound               {SNAPSHOT_BOUND:8d} times: {_verdict(ratio <= SNAPSHOT_BOUND)}"
    )
    click.echo(f"  largest process     {peak:8.2f} GiB: {_verdict(peak <= MEMORY_BOUND)}")


def _time_pay(place: Path, target: Path, scale: float) -> None:
    """Lines and entitlements of a large company beside a scan of the events they pay for."""
    peak = _build_again(place, pay_models(target).values())
    times = pay_times(target, place / "warehouse" / WAREHOUSE_FILE)
    ratio = times.models / times.scan
    click.echo(
        f"pay of a company of scale {scale:g}: {times.event_count:,} events, "
        f"{times.credit_count:,} credits, {times.line_count:,} lines, "
        f"{times.model_count} models one at a time"
    )
    click.echo(f"  scan and sum        {times.scan:8.3f} s")
    least = times.copies / times.scan
    click.echo(f"  copy the result     {times.copies:8.3f} s, {least:.0f} times as long")
    click.echo(f"  models              {times.models:8.1f} s, {ratio:.0f} times as long")
    click.echo(f"  bound               {SCAN_BOUND:8d} times: {_verdict(ratio <= SCAN_BOUND)}")
    click.echo(f"  largest process     {peak:8.2f} GiB: {_verdict(peak <= MEMORY_BOUND)}")


def _verdict(is_kept: bool) -> str:
    return "within" if is_kept else "ABOVE"


def _time_sample(folder: Path, scale: float) -> None:
    """In a process of its own, so that the peak of memory is the generator's."""
    code = (
        "import sys; from pathlib import Path; from orchestration.sample import generate;"
        f"generate(Path(sys.argv[1]), {scale!r}, {SEED})"
    )
    seconds = _seconds([sys.executable, "-c", code, str(folder)], dict(os.environ))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    size = sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 2**20
    click.echo(f"sample of scale {scale:g}: {seconds:.1f} s, {size:.0f} MiB of Parquet")
    click.echo(f"  largest process so far {peak:.2f} GiB")
    shutil.rmtree(folder)


if __name__ == "__main__":
    bench()
