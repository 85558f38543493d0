"""Every figure that is compared is seen to fail on a planted fault, with both numbers; and limits.

Here: figures and limits. Not here: which version is compared with (test_comparison.py), and that a
breach blocks and can be accepted (tests/orchestration/test_gate.py).
"""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.mart_files import Mart, marts_of
from orchestration.quality.comparison import NOTHING_PUBLISHED, Comparison
from orchestration.quality.drift import Drift, compared
from orchestration.quality.figures import Figure, figures_of
from orchestration.quality.limits import (
    Kind,
    Limit,
    Limits,
    LimitsError,
    Ratio,
    limits_path,
    read_limits,
)
from orchestration.sample import generate
from orchestration.settings import Settings
from tests.conftest import BIN, PROJECT, environment_in

LIMITS = read_limits(limits_path(Settings.from_environment({})))

# Faults planted in every mart at once, each in a schema of its own: what is selected of a column
# of this type. What a fault is no fault of is left as it is.
HALF, HUNDREDFOLD, LOST, STRANGE, RAISED = "half", "hundredfold", "lost", "strange", "raised"
PLANTED_FOR = {
    Kind.ROWS: HALF,
    Kind.TOTAL: HUNDREDFOLD,
    Kind.NULLS: LOST,
    Kind.VALUES: STRANGE,
    Kind.MEAN: RAISED,
}
EXPRESSIONS: dict[str, Callable[[str, str], str]] = {
    HALF: lambda name, kind: name,
    HUNDREDFOLD: lambda name, kind: (
        f"100 * cast({name} as decimal(30, 2))" if kind.startswith("DECIMAL") else name
    ),
    LOST: lambda name, kind: f"cast(null as {kind})",
    STRANGE: lambda name, kind: f"if(rowid = 0, 'planted', {name})" if kind == "VARCHAR" else name,
    RAISED: lambda name, kind: f"{name} + 0.6" if kind.startswith("DECIMAL") else name,
}
# Why a figure of the sample cannot be compared, however it is broken.
NOT_COMPARED = (
    "has no row in",
    "is 0 in the",
    "is null everywhere",
    "has no value in",
    "more than a category has",
    "too few rows",
)


@dataclass(frozen=True)
class Sample:
    """The sample's marts: as built, as published, and with each fault planted."""

    file: Path
    comparison: Comparison
    marts: list[Mart]
    figures: list[Figure]

    def drifts(self, figures: list[Figure], schema: str | None = None) -> list[Drift]:
        marts = [
            replace(mart, relation=f'"{schema or "marts"}"."{mart.name}"') for mart in self.marts
        ]
        return compared(self.file, marts, figures, LIMITS.ratios, self.comparison)


@pytest.fixture(scope="module")
def sample(
    built_warehouse: Path,
    build_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Sample:
    manifest = _manifest(build_environment)
    marts = marts_of(manifest)
    folder = tmp_path_factory.mktemp("drift")
    published, planted = folder / "finance.duckdb", folder / "planted.duckdb"
    with duckdb.connect(str(published)) as connection:
        connection.execute(f"attach '{built_warehouse}' as build (read_only)")
        for mart in marts:
            connection.execute(f'create table "{mart.name}" as from build.{mart.relation}')
    with duckdb.connect(str(planted)) as connection:
        connection.execute(f"attach '{published}' as published (read_only)")
        for schema in ("marts", *EXPRESSIONS):
            connection.execute(f"create schema {schema}")
        for mart in marts:
            connection.execute(f'create table marts."{mart.name}" as from published."{mart.name}"')
            for schema, expression in EXPRESSIONS.items():
                _plant(connection, mart, schema, expression)
    figures = figures_of(manifest, marts, LIMITS)
    return Sample(planted, Comparison(None, finance_file=published), marts, figures)


def _manifest(environment: dict[str, str]) -> dict[str, Any]:
    path = Path(environment["DBT_TARGET_PATH"]) / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8"))


def _plant(
    connection: duckdb.DuckDBPyConnection,
    mart: Mart,
    schema: str,
    expression: Callable[[str, str], str],
) -> None:
    columns = connection.execute(f'describe marts."{mart.name}"').fetchall()
    selected = ", ".join(f"{expression(name, kind)} as {name}" for name, kind, *_ in columns)
    kept = "where rowid % 2 = 0" if schema == HALF else ""
    connection.execute(
        f'create table {schema}."{mart.name}" as select {selected} from marts."{mart.name}" {kept}'
    )


def _offence(drift: Drift) -> str | None:
    """What keeps a planted fault from having been seen."""
    figure = drift.figure
    if figure.limit.off or any(reason in drift.message for reason in NOT_COMPARED):
        return None
    if drift.passed and _is_too_small(drift):
        return None
    if drift.passed:
        return f"{figure.name}: {drift.message}"
    if "published " not in drift.message or ", now " not in drift.message:
        return f"{figure.name} fails and does not tell both numbers"
    if f'quotamart publish --accept "{figure.name}" --by NAME --why' not in drift.message:
        return f"{figure.name} fails and does not say what to do"
    return None


def _is_too_small(drift: Drift) -> bool:
    """Whether the sample has so little of it that no limit can tell it from noise."""
    shown = re.findall(r"published ([\d,.]+)(?: of ([\d,]+) rows)?", drift.message)
    figures = [[Decimal(part.replace(",", "") or "0") for part in found] for found in shown]
    least = drift.figure.limit.least
    if drift.figure.kind is Kind.NULLS:
        return all(of - count < least for count, of in figures)
    if drift.figure.kind is Kind.ROWS:
        return all(count < 2 * least for count, _ in figures)
    return drift.figure.kind is Kind.TOTAL and all(count == 0 for count, _ in figures)


def test_what_is_as_it_was_published_passes(sample: Sample) -> None:
    drifts = sample.drifts(sample.figures)
    assert [drift.message for drift in drifts if not drift.passed] == []
    assert [drift.figure for drift in drifts] == sample.figures


@pytest.mark.parametrize("kind", PLANTED_FOR, ids=lambda kind: kind.value)
def test_every_figure_fails_on_the_fault_planted_for_its_kind(sample: Sample, kind: Kind) -> None:
    figures = [figure for figure in sample.figures if figure.kind is kind]
    drifts = sample.drifts(figures, PLANTED_FOR[kind])
    assert [offence for drift in drifts if (offence := _offence(drift))] == []
    failed = sum(not drift.passed for drift in drifts)
    assert failed > len(figures) / 2, "most of them cannot be compared: little is proven"


@pytest.mark.parametrize("ratio", LIMITS.ratios, ids=lambda ratio: ratio.name)
def test_every_ratio_fails_where_its_upper_sum_is_double(sample: Sample, ratio: Ratio) -> None:
    """Such as pay that is paid twice for the same bookings."""
    file = sample.file.with_name(f"{ratio.name.replace(' ', '-')}.duckdb")
    doubled = re.findall(r"[a-z_]+", ratio.above.sum)
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"attach '{sample.comparison.finance_file}' as published (read_only)")
        connection.execute("create schema marts")
        for mart in {ratio.above.mart, ratio.below.mart}:
            columns = connection.execute(f"describe published.{mart}").fetchall()
            selected = ", ".join(
                f"2 * {name} as {name}" if name in doubled else name for name, *_ in columns
            )
            connection.execute(
                f"create table marts.{mart} as select {selected} from published.{mart}"
            )
    figures = [figure for figure in sample.figures if figure.what == ratio.name]
    (drift,) = replace(sample, file=file).drifts(figures)
    assert not drift.passed, drift.message


def test_no_figure_of_pay_is_told_to_everybody(sample: Sample) -> None:
    """The manifest of a version is for all who may read it; finance's sums are not."""
    figures = [figure for figure in sample.figures if figure.mart == "fct_payout_lines"]
    drifts = sample.drifts(figures, HUNDREDFOLD)
    (total,) = (drift for drift in drifts if drift.figure.name.endswith("total of capped_amount"))
    assert total.message.startswith("CNY: published ")
    assert re.match(r"CNY: \+9,\d{3}\.\d %; it may fall", total.public_message)
    for drift in drifts:
        if drift.figure.is_pay:
            assert "published " not in drift.public_message.partition(" If it is right")[0]


def test_a_column_that_few_rows_have_is_missed_when_it_is_lost(tmp_path: Path) -> None:
    few = "if(i < 30, date '2026-01-31', null)"
    drifts = _sales(sales(1000, closed_on=few), sales(1000, closed_on="null"), tmp_path)
    assert [name for name, drift in drifts.items() if not drift.passed] == ["nulls in closed_on"]


# What there is to compare with


def test_before_the_first_version_every_figure_says_that_there_is_none(sample: Sample) -> None:
    drifts = replace(sample, comparison=NOTHING_PUBLISHED).drifts(sample.figures)
    assert {(drift.passed, drift.message) for drift in drifts} == {
        (True, "not judged: nothing is published yet")
    }


def _files(folder: Path, published: str, built: str) -> tuple[Path, Comparison]:
    """A mart `fct_sales`, as two queries have it; an empty text is no mart."""
    shown, file = folder / "finance.duckdb", folder / "build.duckdb"
    for path, schema, query in ((shown, "main", published), (file, "marts", built)):
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"create schema if not exists {schema}")
            if query:
                connection.execute(f"create table {schema}.fct_sales as {query}")
    return file, Comparison(None, finance_file=shown)


def _sales(published: str, built: str, folder: Path, **limits: Any) -> dict[str, Drift]:
    file, comparison = _files(folder, published, built)
    manifest = {"nodes": {"model.q.fct_sales": SALES}}
    marts = marts_of(manifest)
    read = _read(folder, **limits)
    figures = figures_of(manifest, marts, read)
    drifts = compared(file, marts, figures, read.ratios, comparison)
    return {drift.figure.name.removeprefix("fct_sales: "): drift for drift in drifts}


SALES = {
    "resource_type": "model",
    "unique_id": "model.q.fct_sales",
    "name": "fct_sales",
    "alias": "fct_sales",
    "schema": "marts",
    "original_file_path": "models/marts/revenue/fct_sales.sql",
    "config": {"materialized": "table", "meta": {}},
    "constraints": [{"type": "primary_key", "columns": ["sale_id"]}],
    "columns": {
        name: {"name": name, "data_type": data_type, "config": {"meta": {}}}
        for name, data_type in {
            "sale_id": "bigint",
            "currency": "string",
            "sold_amount": "decimal(18, 2)",
            "won_rate": "decimal(18, 6)",
            "closed_on": "date",
        }.items()
    },
}
DEFAULTS = {
    "rows": {"fall": 0.1, "rise": 0.5, "least": 5},
    "total": {"fall": 0.2, "rise": 0.5, "least": 10},
    "nulls": {"change": 0.1, "fall": 0.6, "least": 20},
    "values": {"at_most": 3},
    "mean": {"change": 0.05, "least": 50},
    "ratio": {"fall": 0.2, "rise": 0.2, "least": 10},
}


def _read(folder: Path, **content: Any) -> Limits:
    path = folder / "limits.yml"
    whole = {"of_days": 7, "defaults": DEFAULTS, "exceptions": [], "ratios": [], **content}
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    return read_limits(path)


def sales(rows: int = 100, **columns: str) -> str:
    """A query of `fct_sales`; a column is an expression of its row's number `i`."""
    usual = {
        "sale_id": "i",
        "currency": "if(i % 2 = 0, 'CNY', 'USD')",
        "sold_amount": "cast(10 as decimal(18, 2))",
        "won_rate": "cast(0.4 as decimal(18, 6))",
        "closed_on": "date '2026-01-31'",
    } | columns
    selected = ", ".join(f"{value} as {name}" for name, value in usual.items() if value)
    return f"select {selected} from range({rows}) as numbers(i)"


@pytest.mark.parametrize(
    ("built", "failed", "said"),
    [
        (sales(150), set(), ""),
        (sales(91), set(), ""),
        (
            sales(89),
            {"rows"},
            "published 100, now 89 (-11.0 %); it may fall by 10 % and rise by 50 %. If it is right:"
            ' `quotamart publish --accept "fct_sales: rows" --by NAME --why "..."`;'
            " else mend the source or the model and build again",
        ),
        (sales(151), {"rows", "total of sold_amount"}, "published 100, now 151 (+51.0 %)"),
        (
            # One currency in the wrong unit; the other is as it was.
            sales(sold_amount="cast(if(i % 2 = 0, 10, 1000) as decimal(18, 2))"),
            {"total of sold_amount"},
            "USD: published 500.00, now 50,000.00 (+9,900.0 %); it may fall by 20 % and",
        ),
        (
            sales(currency="if(i % 2 = 0, 'CNY', 'usd')"),
            {"new values in currency", "total of sold_amount"},
            "USD: published 500.00, now 0.00 (-100.0 %)",
        ),
        (
            sales(closed_on="if(i < 11, null, date '2026-01-31')"),
            {"nulls in closed_on"},
            "published 0 of 100 rows, now 11 of 100 rows (+11.0 % of all rows); it may move "
            "by 10 % of all rows, and 60 % of the values may go",
        ),
        (
            sales(won_rate="cast(0.46 as decimal(18, 6))"),
            {"mean of won_rate"},
            "published 0.4000, now 0.4600 (+0.0600); it may move by 0.05",
        ),
    ],
)
def test_what_moves_too_far_fails_and_tells_both_numbers(
    tmp_path: Path, built: str, failed: set[str], said: str
) -> None:
    drifts = _sales(sales(), built, tmp_path)
    assert {name for name, drift in drifts.items() if not drift.passed} == failed
    assert said in " ".join(drift.message for drift in drifts.values())


@pytest.mark.parametrize(
    ("published", "name", "said"),
    [
        ("", "rows", "not judged: the published version has no fct_sales"),
        (
            sales(won_rate=""),
            "mean of won_rate",
            "not judged: fct_sales has no won_rate in the published version",
        ),
        (sales(0), "rows", "not judged: fct_sales has no row in the published version"),
        (
            sales(currency="'C' || i % 4"),
            "new values in currency",
            "not judged: 4 values are more than a category has",
        ),
        (sales(40), "mean of won_rate", "not judged: too few rows, 40 of at least 50"),
    ],
)
def test_an_older_version_is_compared_as_far_as_it_goes_and_says_so(
    tmp_path: Path, published: str, name: str, said: str
) -> None:
    drifts = _sales(published, sales(), tmp_path)
    assert (drifts[name].passed, drifts[name].message) == (True, said)
    others = {drift.message for other, drift in drifts.items() if other != name}
    assert (
        published == ""
        or any(not message.startswith("not judged") for message in others)
        or (published == sales(0))
    )


# Limits


def test_an_exception_changes_what_it_names_and_says_why_where_nothing_is_compared(
    tmp_path: Path,
) -> None:
    exceptions = [
        {
            "mart": "fct_sales",
            "kinds": ["rows"],
            "limit": {"fall": 0.9},
            "why": "it is cleared each year",
        },
        {
            "mart": "fct_sales",
            "kinds": ["total"],
            "columns": ["sold_amount"],
            "why": "a test",
        },
    ]
    drifts = _sales(sales(), sales(50), tmp_path, exceptions=exceptions)
    assert drifts["rows"].passed
    assert "it may fall by 90 % and rise by 50 %" in drifts["rows"].message
    assert drifts["total of sold_amount"].message == "not judged: a test"


def test_an_exception_of_closes_holds_only_where_one_was_posted_since(tmp_path: Path) -> None:
    exception = {"mart": "fct_sales", "kinds": ["rows"], "when": "closed", "why": "a close adds"}
    limits = _read(tmp_path, exceptions=[exception])
    assert limits.of("fct_sales", Kind.ROWS, None).off is None
    assert limits.after_a_close().of("fct_sales", Kind.ROWS, None).off == "a close adds"


def test_the_lines_of_the_ledger_may_not_move_unless_a_close_was_posted() -> None:
    rows = LIMITS.of("fct_payout_ledger", Kind.ROWS, None)
    assert (rows.fall, rows.rise, rows.least) == (0, 0, 0)
    rows = LIMITS.after_a_close().of("fct_payout_ledger", Kind.ROWS, None)
    assert (rows.fall, rows.rise) == (0, None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"defaults": {}}, "no default for mean, nulls"),
        ({"defaults": {**DEFAULTS, "rows": {"fall": -1}}}, "defaults.rows.fall: .* equal to 0"),
        ({"defaults": {**DEFAULTS, "rows": {"drop": 1}}}, "defaults.rows.drop: Extra inputs"),
        ({"defaults": {**DEFAULTS, "rows": {"change": 1}}}, "rows is not limited by change"),
        ({"exceptions": [{"mart": "m", "kinds": ["rows"]}]}, "exceptions.0.why: Field required"),
        ({"exceptions": [{"mart": "m", "kinds": ["row"], "why": "w"}]}, "exceptions.0.kinds.0"),
        ({"more": 1}, "more: Extra inputs"),
    ],
)
def test_limits_that_cannot_be_used_are_refused_by_name(
    tmp_path: Path, content: dict[str, Any], said: str
) -> None:
    with pytest.raises(LimitsError, match=f"limits.yml: .*{said}"):
        _read(tmp_path, **content)


@pytest.mark.parametrize(
    ("days", "fall", "rise", "change"),
    [
        ("0", "0.1", "0.5", "0.05"),
        ("7", "0.1", "0.5", "0.05"),
        ("28", "0.2", "1", "0.1"),
        ("63", "0.3", "1.5", "0.15"),
        ("7000", "0.95", "15.8114", "1.5811"),
    ],
)
def test_a_limit_widens_with_the_square_root_of_the_time_between_versions(
    days: str, fall: str, rise: str, change: str
) -> None:
    limit = Limit(fall=Decimal("0.1"), rise=Decimal("0.5"), change=Decimal("0.05"))
    assert limit.over(Decimal(days), 7) == Limit(
        fall=Decimal(fall), rise=Decimal(rise), change=Decimal(change)
    )


def test_a_limit_that_lets_everything_go_still_does_and_one_that_is_open_stays_open() -> None:
    limit = Limit(fall=Decimal(5), change=Decimal("0.1"))
    widened = limit.over(Decimal(28), 7)
    assert widened.fall == 5
    assert widened.rise is None


def test_an_exception_or_a_ratio_of_nothing_is_refused(tmp_path: Path) -> None:
    part = {"mart": "fct_gone", "sum": "1"}
    ratio = {"name": "r", "mart": "fct_gone", "above": part, "below": part, "protects": "p"}
    exception = {"mart": "fct_sales", "kinds": ["mean"], "columns": ["won_rte"], "why": "w"}
    with pytest.raises(LimitsError, match="mean of fct_sales, the ratio r of fct_gone"):
        _sales(sales(), sales(), tmp_path, ratios=[ratio], exceptions=[exception])


# A company as it lives


@pytest.mark.faults
def test_weeks_of_a_company_stay_within_the_limits(at_full_length: bool, tmp_path: Path) -> None:
    """The sample as it was known week by week, in February and March, by the models of today."""
    if not at_full_length:
        pytest.skip("a build a week: minutes")
    landing = tmp_path / "landing"
    generate(landing, 0.1, 7)
    environment = environment_in(tmp_path, landing)
    build_file = Settings.from_environment(environment).build_file
    shown = tmp_path / "finance.duckdb"
    for week in range(8):
        known = date(2026, 2, 8) + timedelta(weeks=week)
        manifest = _built_as_of(environment, known)
        marts = marts_of(manifest)
        if week:
            figures = figures_of(manifest, marts, LIMITS)
            comparison = Comparison(None, finance_file=shown)
            drifts = compared(build_file, marts, figures, LIMITS.ratios, comparison)
            too_far = [f"{d.figure.name}: {d.message}" for d in drifts if not d.passed]
            assert too_far == [], f"as known on {known}"
        shown.unlink(missing_ok=True)
        with duckdb.connect(str(shown)) as connection:
            connection.execute(f"attach '{build_file}' as build (read_only)")
            for mart in marts:
                connection.execute(f"create table {mart.name} as from build.{mart.relation}")


def _built_as_of(environment: dict[str, str], known: date) -> dict[str, Any]:
    built = subprocess.run(
        [
            *(str(BIN / "dbt"), "--quiet", "build", "--vars", f"as_of: {known} 00:00:00"),
            *("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"),
        ],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout[-20_000:]
    return _manifest(environment)
