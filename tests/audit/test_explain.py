"""`quotamart explain` on the sample company and its ledger, and on copies that somebody broke."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from orchestration.audit.lines import records
from orchestration.audit.story import as_json, as_text, story_of
from orchestration.cli import main
from orchestration.ledger.book import read_book
from orchestration.settings import Settings

Here = Callable[[Settings], None]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Here:
    """Let the command line work on an installation."""

    def go(settings: Settings) -> None:
        monkeypatch.setattr("orchestration.cli._settings", lambda: settings)

    return go


@pytest.fixture
def broken(audited: Settings, tmp_path: Path) -> Callable[[str], Settings]:
    """The sample as published, and then changed by one statement."""

    def breaks(statement: str) -> Settings:
        publish = tmp_path / "publish"
        shutil.copytree(audited.publish_dir, publish, symlinks=True)
        settings = replace(audited, publish_dir=publish)
        with duckdb.connect(str(publish / "current" / "finance.duckdb")) as connection:
            connection.execute(statement)
        return settings

    return breaks


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("explain", *arguments))


def one(settings: Settings, query: str) -> str:
    with duckdb.connect(
        str(settings.current_link / "finance.duckdb"), read_only=True
    ) as connection:
        (found,) = connection.execute(query).fetchone()
        return found


def test_the_arithmetic_of_every_kind_of_line_gives_what_is_published(audited: Settings) -> None:
    with records(audited) as known:
        line_ids = [
            row["line_id"]
            for row in known.rows(
                """
                select line_id from version.main.fct_payout_lines
                inner join version.main.fct_payout_line_factors using (line_id)
                qualify row_number() over (
                    partition by component_code, mode, event_type, clawback_trigger, pay_currency,
                        deal_currency, reversed_event_key is null, is_cliff_reached,
                        released_amount = retained_amount, capped_amount = after_floor_amount
                    order by line_id
                ) <= 2
                """
            )
        ]
        assert len(line_ids) > 100
        for line_id in line_ids:
            told = story_of(known.line(line_id))
            assert told.faults == (), as_text(told)
            assert all(step.computed is not None for step in told.steps), as_text(told)


def test_posted_and_pending_of_a_story_are_what_should_be_posted(audited: Settings) -> None:
    with records(audited) as known:
        for row in known.rows("select distinct line_id from ledger_lines order by 1 limit 50"):
            told = as_json(story_of(known.line(row["line_id"])))
            due = sum(Decimal(part["amount"]) for part in told["entitlement"])
            posted = sum(Decimal(posting["amount"]) for posting in told["postings"])
            waiting = sum(Decimal(posting["pending_amount"]) for posting in told["pending"])
            assert posted + waiting == due, told


def test_a_story_goes_from_the_landed_row_to_the_posting(audited: Settings, here: Here) -> None:
    here(audited)
    line_id = one(
        audited,
        """
        select line_id from fct_payout_lines
        where event_type = 'booking' and component_code = 'new_business_commission'
            and mode = 'marginal' and gross_amount > 0 and deal_currency <> currency
            and line_id in (
                select line_id from fct_payout_entitlements where frozen_because is null
            )
            and earning_period_start < '2026-04-01'
        order by line_id limit 1
        """,
    )
    shown, told = explain(line_id), explain(line_id[:10], "--json")
    assert shown.exit_code == told.exit_code == 0, shown.output + told.output
    content = json.loads(told.output)
    assert content["line_id"] == line_id
    assert content["faults"] == []

    native = content["event"]["source_id"].partition(":")[2]
    assert content["source_rows"]
    for row in content["source_rows"]:
        landed = pq.read_table(audited.landing_dir / row["file"]).slice(row["row_number"], 1)
        (record,) = landed.to_pylist()
        assert native.startswith(record["id"])

    for text in (
        f"Line {line_id}",
        "Event  booking on",
        f"row {content['source_rows'][0]['row_number']} (the first is 0)",
        "rule opportunity_split",
        "Attainment  ",
        " rate of 2026-0",
        "Plan  ",
        "Slices\n  tier ",
        "Steps, in CNY",
        "Should be posted by now, in ",
        "Posted\n  close 00000",
        "Pending",
    ):
        assert text in shown.output
    (gross,) = (step for step in content["steps"] if step["name"] == "gross")
    assert f"{gross['arithmetic']} = {Decimal(gross['amount']):,.2f}" in shown.output
    rate = content["credit"]["credits"][0]["exchange_rate"]
    assert Decimal(rate) != 1


def test_pay_on_recurring_revenue_names_its_movement_and_items(audited: Settings) -> None:
    line_id = one(
        audited,
        "select line_id from fct_payout_lines where movement_key is not null order by 1 limit 1",
    )
    with records(audited) as known:
        told = as_json(story_of(known.line(line_id)))
    assert told["movement"]["movement_key"] == told["event"]["event_key"]
    assert told["movement_items"]


def test_a_line_that_is_in_the_ledger_alone_is_told_from_the_ledger(
    audited: Settings, broken: Callable[[str], Settings], here: Here
) -> None:
    lines = pq.read_table(read_book(audited).head.lines_path).to_pylist()
    slices = pq.read_table(read_book(audited).head.slices_path).to_pylist()
    kept = {row["line_id"] for row in slices}
    posting = next(row for row in lines if row["line_id"] in kept)
    line_id = posting["line_id"]
    settings = broken(
        "".join(
            f"delete from {mart} where line_id = '{line_id}';"
            for mart in (
                "fct_payout_lines",
                "fct_payout_line_factors",
                "fct_payout_line_slices",
                "fct_payout_entitlements",
            )
        )
    )
    here(settings)
    shown, told = explain(line_id), json.loads(explain(line_id, "--json").output)
    assert shown.exit_code == 0, shown.output
    assert "What follows is what the ledger kept" in shown.output
    assert f"as close {read_book(audited).head.sequence} kept them" in shown.output
    assert f"{posting['amount']:,.2f}, {posting['reason']}" in shown.output
    assert told["is_computed"] is False
    assert [Decimal(row["amount"]) for row in told["slices"]] == [
        row["amount"] for row in slices if row["line_id"] == line_id
    ]
    assert {row["part"] for row in told["postings"]} >= {posting["part"]}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update fct_payout_lines set gross_amount = gross_amount + 0.01", "WRONG: gross: "),
        ("update fct_payout_lines set capped_amount = capped_amount - 0.01", "WRONG: after caps: "),
        ("update fct_payout_lines set retained_amount = 1.23", "WRONG: retained: "),
        ("update fct_payout_lines set released_amount = 1.23", "WRONG: released: "),
        ("update fct_payout_lines set credit_amount = credit_amount + 1", "WRONG: credit: "),
        ("update fct_payout_line_slices set amount = amount + 1", "WRONG: the slices sum to "),
        ("update fct_payout_line_slices set rate = rate + 0.01", "WRONG: slice 1: "),
        ("update fct_payout_lines set attainment_after = 9", "the warehouse says 900 %"),
        ("update fct_payout_entitlements set amount = amount + 1", "WRONG: earned: "),
    ],
)
def test_an_amount_that_does_not_come_out_is_said_loudly(
    audited: Settings,
    broken: Callable[[str], Settings],
    here: Here,
    statement: str,
    said: str,
) -> None:
    line_id = one(
        audited,
        """
        select line_id from fct_payout_lines
        where mode = 'marginal' and gross_amount > 0 and quota_amount > 0 and line_id in (
            select line_id from fct_payout_entitlements where frozen_because is null
        )
        order by line_id limit 1
        """,
    )
    assert explain_on(here, audited, line_id).exit_code == 0
    told = explain_on(here, broken(f"{statement} where line_id = '{line_id}'"), line_id)
    assert told.exit_code == 1
    assert told.output.startswith("WRONG: ")
    assert said in told.output
    assert "Do not pay this line." in told.output
    as_data = explain(line_id, "--json")
    assert as_data.exit_code == 1
    assert json.loads(as_data.stdout)["faults"]


def explain_on(here: Here, settings: Settings, *arguments: str) -> Result:
    here(settings)
    return explain(*arguments)


def test_an_id_is_whole_or_a_unique_beginning(
    audited: Settings, broken: Callable[[str], Settings], here: Here
) -> None:
    line_id = one(audited, "select min(line_id) from fct_payout_lines")
    settings = broken(
        "insert into fct_payout_entitlements by name select * replace "
        f"('{line_id[:12]}' || repeat('z', 20) as line_id) from fct_payout_entitlements limit 1"
    )
    here(settings)
    assert explain(line_id.upper()).exit_code == 0
    several = explain(line_id[:12])
    assert several.exit_code == 1
    assert f"2 lines begin with '{line_id[:12]}'" in several.output
    assert f"  {line_id}  p" in several.output
    short = explain(line_id[:7])
    assert short.exit_code == 1
    assert "at least its first 8 characters" in short.output
    mistyped = f"{line_id[:5]}z{line_id[6:]}"
    unknown = explain(mistyped)
    assert unknown.exit_code == 1
    assert f"There is no line '{mistyped}'" in unknown.output
    assert f"The nearest are:\n  {line_id}" in unknown.output
    assert "Traceback" not in unknown.output
    assert explain("' or true --").exit_code == 1


def test_a_close_is_asked_for_by_its_number(audited: Settings, here: Here) -> None:
    here(audited)
    head = read_book(audited).head
    posting = pq.read_table(head.lines_path).to_pylist()[0]
    told = explain(posting["line_id"], "--close", str(head.sequence), "--json")
    assert told.exit_code == 0, told.output
    assert {row["sequence"] for row in json.loads(told.output)["postings"]} == {head.sequence}
    assert "There is no close 99." in explain(posting["line_id"], "--close", "99").output
    elsewhere = one(
        audited,
        "select line_id from fct_payout_lines where line_id not in "
        f"(select line_id from read_parquet('{head.lines_path}')) limit 1",
    )
    none = explain(elsewhere, "--close", str(head.sequence))
    assert none.exit_code == 1
    assert f"Close {head.sequence} posted nothing for this line" in none.output


def test_what_is_not_published_cannot_be_told(
    audited: Settings, here: Here, tmp_path: Path
) -> None:
    here(replace(audited, publish_dir=tmp_path))
    assert "Nothing is published yet." in explain("0" * 32).output
    older = tmp_path / "older"
    shutil.copytree(audited.publish_dir, older, symlinks=True)
    manifest = older / "current" / "manifest.json"
    content = json.loads(manifest.read_text())
    del content["marts"]["fct_payout_line_factors"]
    manifest.write_text(json.dumps(content))
    here(replace(audited, publish_dir=older))
    told = explain("0" * 32)
    assert told.exit_code == 1
    assert "has no fct_payout_line_factors" in told.output
