"""`quotamart simulate` on the sample company: what it says, and that it touches nothing."""

import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from orchestration.audit import simulation
from orchestration.audit.arithmetic import rounded
from orchestration.cli import main
from orchestration.files import scratch_folder
from orchestration.settings import Settings
from tests.conftest import PROJECT
from tests.killed import processes_of

COMPONENTS = "plan_components.csv"
RAISED = "signing_bonus"


@pytest.fixture
def untouched(
    audited: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """The sample, of which nothing may change, and a folder for temporary files, left empty."""
    monkeypatch.setattr("orchestration.cli._settings", lambda: audited)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    before = contents(audited)
    yield audited
    assert contents(audited) == before
    assert list(temporary.iterdir()) == []


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    folder = tmp_path / "plans"
    folder.mkdir()
    return folder


@pytest.fixture
def raised(plans: Path) -> Path:
    """Rules by which the signing bonus is twice what it is."""
    with (PROJECT / "seeds" / "compensation" / COMPONENTS).open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if row["component_code"] == RAISED:
            row["rate"] = f"{Decimal(row['rate']) * 2}"
    with (plans / COMPONENTS).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return plans


def contents(settings: Settings) -> dict[str, str]:
    """Every file of warehouse, ledger and published versions, by what is in it."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in (settings.warehouse_dir, settings.ledger_dir, settings.publish_dir)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def simulate(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("simulate", *arguments))


def costs_published(settings: Settings, first: str, after: str) -> dict[tuple[str, str], Decimal]:
    """What is earned and kept, line by line in plain Python, by component and currency of pay."""
    costs: dict[tuple[str, str], Decimal] = {}
    file = settings.current_link / "finance.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        for component, currency, amount, rate, digits in connection.execute(
            "select component_code, pay_currency, retained_amount, pay_exchange_rate,"
            " pay_minor_unit_digits from fct_payout_lines"
            " join fct_payout_line_factors using (line_id)"
            f" where earning_period_start >= '{first}' and earning_period_start < '{after}'"
        ).fetchall():
            paid = rounded(Fraction(amount) * Fraction(rate), digits)
            costs[component, currency] = costs.get((component, currency), Decimal(0)) + paid
        # Adjustments, which no line computes, come on top.
        for component, currency, amount in connection.execute(
            "select component_code, currency, amount from fct_payout_entitlements"
            " where part = 'adjustment'"
            f" and earning_period_start >= '{first}' and earning_period_start < '{after}'"
        ).fetchall():
            costs[component, currency] = costs.get((component, currency), Decimal(0)) + amount
    return costs


def test_the_same_rules_cost_the_same(untouched: Settings, plans: Path) -> None:
    told = simulate("--plans", str(plans), "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert found["components"]
    for cost in (*found["components"], *found["payees"], *found["totals"], found["reporting"]):
        assert cost["before"] == cost["after"], cost
        assert Decimal(cost["difference"]) == 0
    assert all(band["before"] == band["after"] for band in found["attainments"])
    assert sum(band["before"] for band in found["attainments"]) > 0


def test_other_rules_show_what_they_cost_and_whom(untouched: Settings, raised: Path) -> None:
    told = simulate("--plans", str(raised), "--quarter", "2026-Q1", "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert (found["first_on"], found["last_on"]) == ("2026-01-01", "2026-03-31")
    published = costs_published(untouched, "2026-01-01", "2026-04-01")
    before = {(c["name"], c["currency"]): Decimal(c["before"]) for c in found["components"]}
    assert before == published
    assert sum(published.values()) > 0
    for cost in found["components"]:
        changed = Decimal(cost["difference"]) != 0
        assert changed == (cost["name"] == RAISED and Decimal(cost["before"]) != 0), cost
    for total in found["totals"]:
        for by in ("components", "payees"):
            for figure in ("before", "after", "difference"):
                parts = sum(
                    Decimal(cost[figure])
                    for cost in found[by]
                    if cost["currency"] == total["currency"]
                )
                assert parts == Decimal(total[figure])
    assert Decimal(found["reporting"]["difference"]) > 0
    # A rate moves pay, not credit.
    assert all(band["before"] == band["after"] for band in found["attainments"])


def test_rules_that_do_not_hold_are_refused_in_the_checkers_words(
    untouched: Settings, raised: Path
) -> None:
    text = (raised / COMPONENTS).read_text(encoding="utf-8")
    (raised / COMPONENTS).write_text(text.replace(",marginal,", ",marginally,"), encoding="utf-8")
    told = simulate("--plans", str(raised))
    checked = CliRunner().invoke(main, ("check-plans", "--plans", str(raised)))
    assert told.exit_code == checked.exit_code == 1
    assert "marginally" in told.output
    assert told.output == checked.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--quarter", "2026-Q5"), "'2026-Q5' is no quarter: write it as 2026-Q1."),
        (("--quarter", "Q1"), "'Q1' is no quarter"),
        (("--quarter", "2026-Q3"), "begins on 2026-07-01; the published version counts up to"),
    ],
)
def test_a_quarter_is_one_that_has_begun(
    untouched: Settings, plans: Path, arguments: tuple[str, ...], said: str
) -> None:
    told = simulate("--plans", str(plans), *arguments)
    assert told.exit_code == 1
    assert said in told.output


def test_a_folder_of_rules_is_needed(untouched: Settings, plans: Path) -> None:
    assert simulate().exit_code == 2
    told = simulate("--plans", str(plans / "none"))
    assert told.exit_code == 1
    assert "is no folder." in told.output


def test_what_is_compared_is_what_is_published(
    untouched: Settings, plans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = replace(untouched, publish_dir=tmp_path / "nothing")
    monkeypatch.setattr("orchestration.cli._settings", lambda: nothing)
    assert "Nothing is published yet." in simulate("--plans", str(plans)).output

    other = replace(untouched, warehouse_dir=tmp_path / "other")
    other.warehouse_dir.mkdir()
    monkeypatch.setattr("orchestration.cli._settings", lambda: other)
    assert "There is no build file" in simulate("--plans", str(plans)).output
    shutil.copy(untouched.build_file, other.build_file)
    with duckdb.connect(str(other.build_file)) as connection:
        connection.execute("delete from marts.fct_payout_entitlements where amount > 1000")
    told = simulate("--plans", str(plans))
    assert told.exit_code == 1
    assert "is not what version" in told.output
    other.build_file.write_bytes(b"no database")
    told = simulate("--plans", str(plans))
    assert told.exit_code == 1
    assert "The warehouse cannot be read as it is" in told.output


def test_what_dbt_says_is_told_when_it_fails(
    untouched: Settings, plans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = tmp_path / "dbt"
    fails.write_text("#!/bin/sh\necho it cannot be\nexit 2\n")
    fails.chmod(0o700)
    monkeypatch.setattr(simulation, "DBT", (str(fails),))
    told = simulate("--plans", str(plans))
    assert told.exit_code == 1
    assert "Pay cannot be computed by these rules:\nit cannot be" in told.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_whoever_ends_it_finds_everything_as_it_was(
    untouched: Settings, plans: Path, number: signal.Signals
) -> None:
    temporary = Path(os.environ["TMPDIR"])
    places = {
        "QUOTAMART_LANDING": untouched.landing_dir,
        "QUOTAMART_WAREHOUSE": untouched.warehouse_dir,
        "QUOTAMART_PUBLISH": untouched.publish_dir,
        "QUOTAMART_LEDGER": untouched.ledger_dir,
    }
    command = [sys.executable, "-m", "orchestration.cli", "simulate", "--plans", str(plans)]
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=os.environ | {name: str(place) for name, place in places.items()},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        # It is ended while dbt runs.
        for _ in range(600):
            if list(temporary.glob("quotamart-simulate-*/logs/dbt.log")):
                break
            assert running.poll() is None
            time.sleep(0.1)
        else:
            pytest.fail("dbt was not started")
        running.send_signal(number)
        assert running.wait(60) != 0
    if number == signal.SIGTERM:
        assert list(temporary.iterdir()) == []
        return
    # Its dbt ends with it.
    deadline = time.monotonic() + 10
    while processes_of(session=running.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(session=running.pid) == []
    assert list(temporary.iterdir())
    with scratch_folder("simulate") as folder:
        assert list(temporary.iterdir()) == [folder]
