"""The metrics: `mf` answers from the published version, with the figures of the marts."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.metrics.catalogue import MartFigure, Metric, metrics_of
from orchestration.metrics.published_marts import Plugin
from tests.conftest import BIN, PROJECT
from tests.orchestration.conftest import Copy

# Known before anything is built: each metric is a test of its own.
METRICS = sorted(
    metric["name"]
    for path in (PROJECT / "models" / "marts").glob("*/_*__metrics.yml")
    for metric in yaml.safe_load(path.read_text("utf-8"))["metrics"]
)
# What separates the sum of two doubles from the sum of their decimals.
FLOATING = Decimal("1e-9")


@dataclass(frozen=True)
class Answers:
    """What `mf` answered, by metric and by the values of what it was grouped by."""

    metrics: Mapping[str, Metric]
    figures: Mapping[str, Mapping[tuple, Decimal]]
    marts_file: Path


@pytest.fixture(scope="module")
def answers(published_copy: Copy, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Every metric asked once; those of one grouping in one query."""
    manifest = json.loads((published_copy.root / "target" / "manifest.json").read_text("utf-8"))
    metrics = {metric.name: metric for metric in metrics_of(manifest)}
    groupings = {tuple(sorted(metric.equals.by.items())) for metric in metrics.values()}
    figures: dict[str, Mapping[tuple, Decimal]] = {}
    for grouping in sorted(groupings):
        names = [m.name for m in metrics.values() if tuple(sorted(m.equals.by.items())) == grouping]
        answered = tmp_path_factory.mktemp("answers") / "answers.csv"
        ended = mf(
            published_copy,
            *("query", "--metrics", ",".join(names), "--csv", str(answered)),
            *(("--group-by", ",".join(asked for asked, _ in grouping)) if grouping else ()),
        )
        assert ended.returncode == 0, ended.stdout
        assert answered.exists(), ended.stdout
        figures |= figures_in(answered, [asked for asked, _ in grouping], names)
    return Answers(metrics, figures, published_copy.publish / "current" / "marts.duckdb")


def mf(copy: Copy, *arguments: str) -> Any:
    """The installed command, on a copy of the project."""
    return copy.run(str(BIN / "mf"), *arguments)


def figures_in(
    answered: Path, grouping: list[str], names: list[str]
) -> dict[str, dict[tuple, Decimal]]:
    figures: dict[str, dict[tuple, Decimal]] = {name: {} for name in names}
    with answered.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            key = tuple(comparable(row[asked]) for asked in grouping)
            for name in names:
                if row[name]:
                    figures[name][key] = Decimal(row[name])
    return figures


def comparable(value: Any) -> str:
    """A day for a time at midnight; everything else as text."""
    if isinstance(value, str) and value.endswith(" 00:00:00"):
        return value.removesuffix(" 00:00:00")
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    return str(value) if value is not None else ""


def figures_of_mart(marts_file: Path, figure: MartFigure) -> Iterator[tuple[tuple, Decimal]]:
    columns = ", ".join([column for _, column in sorted(figure.by.items())] + [figure.value])
    with duckdb.connect(str(marts_file), read_only=True) as marts:
        rows = marts.execute(f"select {columns} from {figure.mart} where {figure.rows}").fetchall()
    for *key, value in rows:
        if value is not None:
            yield tuple(comparable(part) for part in key), Decimal(str(value))


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_the_figure_of_its_mart(name: str, answers: Answers) -> None:
    metric = answers.metrics[name]
    expected = list(figures_of_mart(answers.marts_file, metric.equals))
    answered = answers.figures[name]
    # A sum over no row is no row; a ratio that the mart has must be there.
    if metric.node["type"] == "simple":
        answered = {key: Decimal(0) for key, _ in expected} | answered

    assert expected, f"The mart has no figure of {name}: nothing was compared."
    assert len(dict(expected)) == len(expected), "More than one row of the mart has the figure."
    differing = [
        f"{key}: mart {value}, metric {answered.get(key)}"
        for key, value in expected
        if key not in answered or not is_rounded_to(value, answered[key])
    ]
    assert not differing, "\n".join(differing)
    unknown = {key for key, value in answered.items() if value} - dict(expected).keys()
    assert not unknown, f"The mart has no figure of {sorted(unknown)}."


def is_rounded_to(figure: Decimal, exact: Decimal) -> bool:
    """Whether the mart's figure is the metric's, rounded to the digits that the mart keeps."""
    half_a_digit = Decimal(1).scaleb(figure.as_tuple().exponent) / 2
    return abs(figure - exact) <= half_a_digit + FLOATING * max(1, abs(figure))


def test_the_build_file_is_not_asked_and_the_published_one_not_written(copy: Copy) -> None:
    published = copy.publish / "current" / "marts.duckdb"
    before = hashlib.sha256(published.read_bytes()).hexdigest()
    shutil.rmtree(copy.root / "warehouse")
    files = sorted(path.name for path in published.parent.iterdir())

    ended = mf(copy, "query", "--metrics", "mrr", "--group-by", "metric_time__month")

    assert ended.returncode == 0, ended.stdout
    assert "2024-01-01" in ended.stdout
    assert hashlib.sha256(published.read_bytes()).hexdigest() == before
    assert sorted(path.name for path in published.parent.iterdir()) == files
    assert not list((copy.root / "warehouse").glob("*.duckdb"))


def test_a_metric_of_customers_is_grouped_by_what_they_are(copy: Copy) -> None:
    answered = copy.root / "answers.csv"

    ended = mf(
        copy,
        *("query", "--metrics", "customer_count", "--csv", str(answered)),
        *("--group-by", "metric_time__month,customer__segment"),
    )

    assert ended.returncode == 0, ended.stdout
    with duckdb.connect(str(copy.publish / "current" / "marts.duckdb"), read_only=True) as marts:
        expected = marts.execute(
            "select month_start, segment, count(distinct customer_id)"
            " from fct_mrr_by_customer_month join dim_customers using (customer_id) group by all"
        ).fetchall()
    grouping = ["metric_time__month", "customer__segment"]
    figures = figures_in(answered, grouping, ["customer_count"])["customer_count"]
    assert figures == {(comparable(m), comparable(s)): Decimal(n) for m, s, n in expected}


def test_a_balance_of_a_quarter_is_that_of_its_last_month(copy: Copy) -> None:
    answered = copy.root / "answers.csv"
    names = ["closing_mrr", "opening_mrr", "mrr_growth_rate"]

    ended = mf(
        copy,
        *("query", "--metrics", ",".join(names), "--csv", str(answered)),
        *("--group-by", "metric_time__quarter"),
    )

    assert ended.returncode == 0, ended.stdout
    with duckdb.connect(str(copy.publish / "current" / "marts.duckdb"), read_only=True) as marts:
        expected = marts.execute(
            "select date_trunc('quarter', month_start),"
            " min_by(opening_mrr_amount, month_start), max_by(closing_mrr_amount, month_start)"
            " from fct_mrr_bridge_by_month"
            " where basis = 'daily' and conversion = 'reporting' and slice = 'total' group by 1"
        ).fetchall()
    figures = figures_in(answered, ["metric_time__quarter"], names)
    assert expected
    for quarter, opening, closing in expected:
        key = (comparable(quarter),)
        assert figures["opening_mrr"][key] == opening
        assert figures["closing_mrr"][key] == closing
        if opening:
            growth = (closing - opening) / opening
            assert abs(figures["mrr_growth_rate"][key] - growth) < FLOATING


def test_the_cac_of_a_channel_is_null_where_its_mart_has_none(
    published_copy: Copy, tmp_path: Path
) -> None:
    answered = tmp_path / "answers.csv"
    grouping = ["metric_time__month", "acquisition__channel"]
    names = ["cac", "new_customers"]

    ended = mf(
        published_copy,
        *("query", "--metrics", ",".join(names), "--csv", str(answered)),
        *("--group-by", ",".join(grouping)),
    )

    assert ended.returncode == 0, ended.stdout
    marts_file = published_copy.publish / "current" / "marts.duckdb"
    by = {"metric_time__month": "month_start", "acquisition__channel": "channel"}
    mart = MartFigure(
        "fct_acquisition_costs_by_channel_month", "cac_amount", "channel <> 'all'", by
    )
    # As `by` is sorted by what is asked for: the channel stands first.
    expected = dict(figures_of_mart(marts_file, mart))
    figures = figures_in(answered, sorted(grouping), names)
    assert figures["cac"].keys() == expected.keys()
    assert all(is_rounded_to(value, figures["cac"][key]) for key, value in expected.items())
    won = {key for key, count in figures["new_customers"].items() if count}
    assert won - expected.keys(), "Every channel with new customers has costs: nothing is proven."


def test_published_marts_have_the_names_of_any_target_and_cannot_be_written(
    tmp_path: Path,
) -> None:
    published = tmp_path / "marts.duckdb"
    with duckdb.connect(str(published)) as marts:
        marts.execute("create table fct_deals as select 1 as amount")
    before = published.read_bytes()

    with duckdb.connect() as connection:
        Plugin("published_marts", {"marts_file": str(published)}).configure_connection(connection)
        for name in ('"quotamart"."marts"."fct_deals"', '"memory"."marts"."fct_deals"'):
            assert connection.execute(f"select amount from {name}").fetchall() == [(1,)]
        with pytest.raises(duckdb.Error, match="read-only"):
            connection.execute("update published.fct_deals set amount = 2")

    assert published.read_bytes() == before


def test_without_a_published_version_it_says_what_to_run(copy: Copy) -> None:
    (copy.publish / "current").unlink()

    ended = mf(copy, "query", "--metrics", "mrr")

    assert ended.returncode == 1
    assert "quotamart build" in ended.stdout


# What is on the network's side of Python: an attempt to reach it ends the program.
OFFLINE = """
import socket, sys
def refuse(*arguments, **options):
    sys.stdout.write("THE NETWORK WAS ASKED\\n")
    sys.stdout.flush()
    __import__("os")._exit(3)
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
sys.argv = ["mf", "query", "--metrics", "mrr"]
from orchestration.metrics.command import main
main()
"""


def test_it_never_asks_the_network(copy: Copy) -> None:
    ended = copy.run("-c", OFFLINE)

    assert ended.returncode == 0, ended.stdout
    assert "mrr" in ended.stdout
