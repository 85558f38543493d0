"""Whatever fails, readers keep what they have and are told why: each gate seen to close."""

import json
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
import yaml

from tests.orchestration.conftest import Copy, once_more

# Each test builds in a copy of its own.
pytestmark = pytest.mark.alone
TRIED_AGAIN = "trying again"


@pytest.fixture
def copy(published_part: Copy, tmp_path: Path) -> Copy:
    """A published part of the project, for one test to break."""
    return once_more(published_part, tmp_path)


def assert_blocked(copy: Copy, *said: str, arguments: tuple[str, ...] = ()) -> str:
    """Build, and see it fail with these words while the published version stays as it is."""
    before = copy.published()
    ended = copy.quotamart("build", *arguments)
    assert ended.returncode == 1, ended.stdout
    for words in said:
        assert words in ended.stdout
    assert f"Nothing was published; readers keep version {Path(before[0]).name}" in ended.stdout
    assert copy.published() == before
    return ended.stdout


def failed_checks(copy: Copy, *arguments: str) -> list[dict[str, Any]]:
    """What `quotamart checks` says has failed."""
    told = copy.quotamart("checks", "--failed", "--json", *arguments)
    assert told.returncode == 0, told.stdout
    return json.loads(told.stdout)["checks"]


def edit_yaml(path: Path, change: object) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def batches(copy: Copy, source: str, table: str) -> list[Path]:
    return sorted((copy.landing / source / table).glob("*.parquet"))


def test_a_failing_column_test_blocks_and_is_not_tried_again(copy: Copy) -> None:
    def ask_too_much(content: dict) -> None:
        column = next(c for c in content["models"][0]["columns"] if c["name"] == "product_name")
        column["data_tests"] = [{"accepted_values": {"arguments": {"values": ["no product"]}}}]

    edit_yaml(copy.root / "models" / "input" / "input_products.yml", ask_too_much)
    told = assert_blocked(copy, "1 of ", "test accepted_values_input_products_product_name", "Got ")
    assert TRIED_AGAIN not in told
    assert "quality" not in told
    (failed,) = failed_checks(copy, "--area", "input")
    assert failed["check"].startswith("accepted_values_input_products_product_name")
    assert failed["owner"] == "data engineering"
    assert failed["severity"] == "blocks"
    assert failed["protects"] == "product_name of input_products is one of no product."
    assert datetime.fromisoformat(failed["last_failed_at"]).utcoffset() == timedelta()
    assert failed_checks(copy, "--area", "revenue") == []


def test_a_rule_of_pay_that_does_not_hold_blocks_before_anything_is_built(copy: Copy) -> None:
    tiers = copy.root / "seeds" / "compensation" / "rate_tiers.csv"
    first, *rows = tiers.read_text(encoding="utf-8").splitlines(keepends=True)
    tiers.write_text(first + "".join(rows[1:]), encoding="utf-8")
    told = assert_blocked(
        copy,
        "seeds/compensation/rate_tiers.csv, line 2, tier_from '",
        "the first tier begins at 0",
    )
    assert TRIED_AGAIN not in told
    assert "warehouse" not in told


def test_a_failing_test_over_two_models_blocks(copy: Copy) -> None:
    (copy.root / "tests" / "data" / "assert_users_are_products.sql").write_text(
        "select user_id from {{ ref('input_users') }}"
        " where user_id not in (select product_id from {{ ref('input_products') }})",
        encoding="utf-8",
    )
    told = assert_blocked(copy, "test assert_users_are_products: Got ")
    assert TRIED_AGAIN not in told


def test_a_failing_expectation_blocks_and_is_not_tried_again(copy: Copy) -> None:
    def ask_too_much(content: dict) -> None:
        content["expectations"].append(
            {
                "type": "expect_column_values_to_be_in_set",
                "kwargs": {"column": "product_name", "value_set": ["no product"]},
                "description": "Nothing is sold.",
                "meta": {"owner": "nobody"},
            }
        )

    def ask_for_other_figures_than_those_published(content: dict) -> None:
        content["expectations"].append(
            {
                "type": "unexpected_rows_expectation",
                "kwargs": {
                    "unexpected_rows_query": (
                        "select 1 from published.fct_mrr_metrics_by_month as shown"
                        " inner join {batch} as built"
                        " using (conversion, currency, month_start, mrr_amount)"
                    )
                },
                "description": "No month stays as it was published.",
                "meta": {"owner": "nobody"},
            }
        )

    edit_yaml(copy.root / "tests" / "quality" / "input_products.yml", ask_too_much)
    edit_yaml(
        copy.root / "tests" / "quality" / "fct_mrr_metrics_by_month.yml",
        ask_for_other_figures_than_those_published,
    )
    told = assert_blocked(
        copy,
        "input_products: Nothing is sold. Found: 12 of 12 rows (100.0 %)",
        "fct_mrr_metrics_by_month: No month stays as it was published. Found: observed",
    )
    assert TRIED_AGAIN not in told
    assert "publishing" not in told


def test_a_person_lets_a_comparison_through_and_nothing_else(copy: Copy) -> None:
    def expect(description: str, query: str) -> None:
        def add(content: dict) -> None:
            content["expectations"].append(
                {
                    "type": "unexpected_rows_expectation",
                    "kwargs": {"unexpected_rows_query": query},
                    "description": description,
                    "meta": {"owner": "nobody"},
                }
            )

        edit_yaml(copy.root / "tests" / "quality" / "dim_products.yml", add)

    suite = copy.root / "tests" / "quality" / "dim_products.yml"
    as_it_was = suite.read_text(encoding="utf-8")
    finance_file = copy.publish / "current" / "finance.duckdb"
    with duckdb.connect(str(finance_file)) as connection:
        connection.execute("insert into dim_products from dim_products")
    compared = "select 1 from published.dim_products inner join {batch} as built using (product_id)"
    expect("No product stays.", compared)
    expect("Nothing is sold.", "select product_id from {batch}")
    before = copy.published()
    answers = ("--by", "Ada", "--why", "The catalogue is new.")

    assert_blocked(copy, "dim_products: No product stays.", "dim_products: Nothing is sold.")
    told = copy.quotamart("publish", "--accept", "No product stays", *answers)
    assert "Nobody can accept what is wrong in itself" in told.stdout
    assert "dim_products: Nothing is sold: " in told.stdout

    suite.write_text(as_it_was, encoding="utf-8")
    expect("No product stays.", compared)
    assert_blocked(
        copy,
        "dim_products: No product stays.",
        "dim_products: rows: published 26, now 13 (-50.0 %); it may fall by 10 % and rise by 50 %."
        ' If it is right: `quotamart publish --accept "dim_products: rows" --by NAME',
    )
    told = copy.quotamart("publish", "--accept", "no such check", *answers)
    assert "'no such check' names no failed comparison" in told.stdout
    told = copy.quotamart("publish", "--accept", "No product stays", *answers)
    assert "Not accepted yet:\n  dim_products: rows: published 26, now 13" in told.stdout
    assert copy.published() == before

    both = ("--accept", "No product stays", "--accept", "dim_products: rows")
    told = copy.quotamart("publish", *both, *answers)
    assert told.returncode == 0, told.stdout
    assert copy.published()[0] != before[0]
    manifest = json.loads((copy.publish / "current" / "manifest.json").read_text())
    accepted = {
        check["check"]: (check["passed"], check["accepted"]["by"], check["accepted"]["why"])
        for check in manifest["checks"]
        if "accepted" in check
    }
    assert accepted == {
        f"dim_products: {name}": (False, "Ada", "The catalogue is new.")
        for name in ("No product stays.", "rows")
    }
    told = copy.quotamart("publish", *both, *answers)
    assert "The last build is published" in told.stdout
    failed = {check["check"]: check["severity"] for check in failed_checks(copy)}
    assert failed == {
        "dim_products: No product stays.": "blocks until accepted",
        "dim_products: rows": "blocks until accepted",
    }


def test_the_first_version_is_compared_with_nothing_and_says_so(published_copy: Copy) -> None:
    manifest = json.loads((published_copy.publish / "current" / "manifest.json").read_text())
    comparisons = [check for check in manifest["checks"] if check["kind"] == "comparison"]
    assert {(check["passed"], check["message"]) for check in comparisons} == {
        (True, "not judged: nothing is published yet")
    }
    names = {check["check"] for check in comparisons}
    assert {"fct_payout_lines: rows", "fct_payout_lines: payout per booking"} <= names
    assert any(name.startswith("fct_retention_by_month: No retention rate") for name in names)


def test_publishing_asked_for_alone_is_refused(copy: Copy) -> None:
    before = copy.published()
    materialize = ("asset", "materialize", "-m", "orchestration.definitions")
    ended = copy.run("-m", "dagster", *materialize, "--select", "published_version")
    assert ended.returncode != 0
    assert "The landing checks did not run in this run" in ended.stdout
    assert copy.published() == before


def test_an_unreadable_file_blocks(copy: Copy) -> None:
    file = batches(copy, "stripe", "invoice")[0]
    file.write_bytes(file.read_bytes()[:-100])
    assert_blocked(copy, f"stripe/invoice/{file.name}", "unreadable")


def test_a_wrongly_shaped_file_blocks(copy: Copy) -> None:
    file = batches(copy, "stripe", "invoice")[0]
    pq.write_table(pq.read_table(file).drop_columns(["id"]), file)
    assert_blocked(copy, f"stripe/invoice/{file.name}", "required column 'id' is missing")


def test_a_source_in_use_without_a_file_blocks(copy: Copy) -> None:
    shutil.rmtree(copy.landing / "stripe" / "invoice")
    assert_blocked(copy, "stripe/invoice is in use and has no file", "quotamart land")


def test_an_empty_landing_folder_blocks_and_is_told_what_to_run(copy: Copy) -> None:
    shutil.rmtree(copy.landing)
    told = assert_blocked(copy, "Nothing has landed", "`quotamart sample`")
    assert "has no file" not in told


def test_a_file_that_lands_while_dbt_starts_blocks(copy: Copy) -> None:
    file = batches(copy, "stripe", "product")[0]
    late = file.with_name("late.parquet")

    def land_first(content: dict) -> None:
        content["on-run-start"].insert(0, f"copy (from '{file}') to '{late}' (format parquet)")

    edit_yaml(copy.root / "dbt_project.yml", land_first)
    told = assert_blocked(copy, "Files landed while the build started", "stripe/product (")
    assert TRIED_AGAIN not in told
    assert "quality" not in told


def test_a_build_file_that_somebody_writes_to_after_dbt_blocks(copy: Copy) -> None:
    with (copy.root / "orchestration" / "candidate.py").open("a", encoding="utf-8") as module:
        module.write(
            "\n\n_written = write_candidate\n"
            "def write_candidate(settings, *rest):\n"
            "    _written(settings, *rest)\n"
            "    with duckdb.connect(str(settings.build_file)) as connection:\n"
            "        connection.execute('create table marts.trial as select 1 as one')\n"
        )
    told = assert_blocked(copy, "changed after it was tested", "build again")
    assert TRIED_AGAIN not in told
    assert "publishing" not in told


def test_a_mistaken_var_blocks_and_is_not_tried_again(copy: Copy) -> None:
    arguments = ("--vars", "{adapters: {nobody: [stripe]}}")
    told = assert_blocked(copy, "'nobody', which does not exist", arguments=arguments)
    assert TRIED_AGAIN not in told


def test_a_past_as_of_of_the_project_is_refused_over_a_replica(copy: Copy) -> None:
    (copy.landing / "stripe" / "product" / ".replica").write_text("full copies")
    edit_yaml(
        copy.root / "dbt_project.yml", lambda content: content["vars"].update(as_of="2020-01-01")
    )
    assert_blocked(copy, "in the past of replicas", "stripe/product (latest copy")


def test_a_stale_source_blocks_where_marts_are_withheld_for_it(copy: Copy) -> None:
    arguments = (
        "--publish",
        *("--vars", "{stale_after_days: {flat_projects: 1}, stale_sources: withhold}"),
    )
    told = assert_blocked(copy, "flat_projects: nothing arrived since", arguments=arguments)
    assert "warehouse" not in told


def test_a_mart_that_is_suddenly_empty_blocks(copy: Copy) -> None:
    declared = yaml.safe_load((copy.root / "dbt_project.yml").read_text(encoding="utf-8"))
    adapters = declared["vars"]["adapters"] | {"survey_responses": []}
    arguments = ("--publish", "--vars", yaml.safe_dump({"adapters": adapters}))
    assert_blocked(copy, "fct_survey_responses", arguments=arguments)


def test_a_ledger_that_is_not_what_it_was_blocks_before_dbt(copy: Copy) -> None:
    (copy.root / "ledger").mkdir(exist_ok=True)
    (copy.root / "ledger" / "000007-2026-03.parquet").write_text("put here by hand")
    told = assert_blocked(copy, "The ledger is not what it was", "is not of the ledger")
    assert TRIED_AGAIN not in told
    assert "quality" not in told


def test_a_second_build_is_refused_while_one_runs(copy: Copy) -> None:
    hold = (
        "import sys; from orchestration.lock import BuildLock;"
        "from orchestration.settings import Settings\n"
        "with BuildLock(Settings.from_environment()): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold],
        cwd=copy.root,
        env=copy.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as first:
        assert first.stdout.readline() == b"held\n"
        assert_blocked(copy, "Another build is running", str(first.pid))
        first.communicate()
