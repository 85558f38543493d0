"""The command line, as a user types it."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main
from tests.conftest import PROJECT
from tests.orchestration.conftest import Copy, once_more

TO_PRODUCTS = ("--source", "stripe", "--table", "product")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("LANDING", "WAREHOUSE", "PUBLISH", "LEDGER"):
        monkeypatch.setenv(f"QUOTAMART_{name}", str(tmp_path / name.lower()))
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
    monkeypatch.setenv("DBT_LOG_PATH", str(tmp_path / "logs"))
    return tmp_path


def quotamart(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_help_does_not_wait_for_dagster_dbt_or_duckdb() -> None:
    heavy = "{'dagster', 'dbt', 'duckdb', 'great_expectations', 'pandas', 'pyarrow', 'yaml'}"
    code = f"import sys, orchestration.cli; print(sorted({heavy} & set(sys.modules)))"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


def test_help_lists_the_commands() -> None:
    told = quotamart("--help")
    assert told.exit_code == 0
    for command in ("sample", "land", "check-plans", "build", "status", "ui"):
        assert f"\n  {command} " in told.output


def test_sample_writes_the_landing_folder(places: Path) -> None:
    told = quotamart("sample", "--scale", "0.002", "--seed", "3")
    assert told.exit_code == 0, told.output
    assert list((places / "landing" / "stripe" / "invoice").glob("*.parquet"))


def test_sample_refuses_a_folder_that_holds_other_files(places: Path) -> None:
    kept = places / "landing" / "stripe" / "invoice" / "mine.parquet"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"mine")
    told = quotamart("sample", "--scale", "0.002")
    assert told.exit_code == 1
    assert "Error: " in told.output
    assert kept.read_bytes() == b"mine"


def test_check_plans_says_that_every_rule_holds(places: Path) -> None:
    told = quotamart("check-plans")
    assert told.exit_code == 0, told.output
    assert told.output.endswith("rows: every rule holds.\n")


def test_check_plans_tells_every_error_of_other_files(places: Path) -> None:
    own = PROJECT / "seeds" / "compensation"
    plans = places / "plans"
    plans.mkdir()
    tiers = (own / "rate_tiers.csv").read_text(encoding="utf-8")
    (plans / "rate_tiers.csv").write_text(f"{tiers}nobody,none,2026-01-01,0,,8%,\n", "utf-8")
    (plans / "quota.csv").write_text("", encoding="utf-8")
    told = quotamart("check-plans", "--plans", str(plans))
    assert told.exit_code == 1
    line = tiers.count("\n") + 1
    assert f"{plans / 'rate_tiers.csv'}, line {line}, rate '8%': must be a number" in told.output
    assert "no row of plans.csv has it as plan_code" in told.output
    assert f"{plans / 'quota.csv'}: no seed has that name" in told.output
    assert "Error: 4 errors in the rules of pay." in told.output
    assert quotamart("check-plans", "--plans", str(places / "none")).exit_code == 1


def test_spark_builds_nothing_from_rules_that_do_not_hold(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUOTAMART_COMPENSATION", str(places))
    told = quotamart("build", "--target", "spark")
    assert told.exit_code == 1
    assert "quotas.csv: the file is missing" in told.output


def test_land_brings_a_csv_file_as_one_batch(places: Path) -> None:
    csv = places / "products.csv"
    csv.write_text("id,name,active\np1,Office,true\n", encoding="utf-8")
    told = quotamart("land", str(csv), *TO_PRODUCTS, "--arrived-at", "2026-01-31T08:00:00Z")
    assert told.exit_code == 0, told.output
    (batch,) = (places / "landing" / "stripe" / "product").glob("*.parquet")
    assert batch.name in told.output
    assert pq.read_table(batch).num_rows == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("land", "none.csv", *TO_PRODUCTS), "There is no file"),
        (("land", __file__, "--source", "nobody", "--table", "x"), "is not declared"),
        (
            (
                "land",
                __file__,
                "--source",
                "stripe",
                "--table",
                "product",
                "--arrived-at",
                "1/2/26",
            ),
            "--arrived-at",
        ),
        (("build", "--as-of", "31/12/2025"), "--as-of: The var as_of '31/12/2025' cannot be read"),
        (("build", "--vars", "{as_of: soon}"), "--vars: The var as_of 'soon' cannot be read"),
        (("build", "--vars", "mrr_paused"), "give a mapping"),
        (("build", "--vars", "{mrr_paused"), "not YAML"),
    ],
)
def test_a_wrong_argument_is_an_error_that_says_which(
    places: Path, arguments: tuple[str, ...], said: str
) -> None:
    told = quotamart(*arguments)
    assert told.exit_code in (1, 2)
    assert said in told.output
    assert "Traceback" not in told.output


def test_status_says_that_nothing_is_published(places: Path) -> None:
    assert "Nothing is published yet" in quotamart("status").output
    status = json.loads(quotamart("status", "--json").output)
    assert status["published_version"] is None
    assert status["open_periods"] == []


def test_status_tells_of_the_published_version(published_copy: Copy) -> None:
    told = published_copy.quotamart("status", "--json")
    status = json.loads(told.stdout)
    assert status["published_version"] == Path(published_copy.published()[0]).name
    assert status["age_seconds"] >= 0
    assert status["as_of"].startswith("2026-04-")
    assert {"source_name", "table_name", "reason", "row_count"} == set(status["quarantine"][0])
    sources = {source["source_name"]: source["is_stale"] for source in status["sources"]}
    assert sources.keys() >= {"salesforce", "stripe"}
    # So few customers that for two weeks nobody answered a survey.
    assert [name for name, is_stale in sources.items() if is_stale] == ["qualtrics"]
    assert status["changed_columns"] == []
    pending = status["pending_postings"]
    assert pending["line_count"] > 0
    assert all(Decimal(amount) for amount in pending["amounts"].values())
    unmapped = {(row["seed_name"], row["wording"]) for row in status["unmapped"]}
    assert ("stage_names", "Legal Review") in unmapped
    lines = [line.split() for line in published_copy.quotamart("status").stdout.splitlines()]
    assert [line[1] for line in lines if line[0] == "stale"] == ["qualtrics,"]
    assert {line[0] for line in lines} >= {"quarantine", "unmapped", "pending"}


def test_the_report_shows_six_months_of_the_bridge(published_copy: Copy) -> None:
    told = published_copy.run("-m", "orchestration.report").stdout
    lines = told.splitlines()
    assert lines[0] == "MRR bridge, CNY a month, daily basis"
    assert len(lines[1].split()) == 6
    assert [line.split()[0] for line in lines[2:10]] == [
        "opening", "new", "reactivation", "expansion", "contraction", "churn", "fx", "closing",
    ]  # fmt: skip
    opening, closing = lines[2].split()[1:], lines[9].split()[1:]
    assert opening[1:] == closing[:-1]
    assert str(published_copy.publish / "current" / "marts.duckdb") in told


def test_a_project_that_does_not_parse_is_told_in_dbts_words(copy: Copy) -> None:
    (copy.root / "models" / "marts" / "broken.sql").write_text(
        "select * from {{ ref('no_such_model') }}", encoding="utf-8"
    )
    told = copy.quotamart("build")
    assert told.returncode == 1
    assert "dbt cannot parse the project" in told.stdout
    assert "no_such_model" in told.stdout
    assert "Traceback" not in told.stdout


def test_a_past_as_of_builds_what_was_known_then_and_is_published_when_asked(
    published_part: Copy, tmp_path: Path
) -> None:
    copy = once_more(published_part, tmp_path)
    before = copy.published()
    told = copy.quotamart("build", "--vars", "{as_of: 2026-01-31}")
    assert told.returncode == 0, told.stdout
    assert (
        "Not published: built as of 2026-01-31 00:00:00 UTC, before the published 2026-04-"
        in told.stdout
    )
    assert f"readers keep version {Path(before[0]).name}" in told.stdout
    assert copy.published() == before

    told = copy.quotamart("build", "--as-of", "2026-01-31T00:00:00Z", "--publish")
    assert told.returncode == 0, told.stdout
    assert "Published version" in told.stdout
    status = json.loads(copy.quotamart("status", "--json").stdout)
    assert status["as_of"] == "2026-01-31T00:00:00Z"
