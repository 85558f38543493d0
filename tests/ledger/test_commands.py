"""`quotamart close`, `verify`, `payroll` and `status` as finance types them."""

import json
import shutil

import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main
from orchestration.ledger.book import read_book
from tests.ledger.company import FEBRUARY, JANUARY, Company, key


@pytest.fixture
def here(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """The command line works on this company."""
    settings = company.settings
    for name, place in (
        ("LANDING", settings.landing_dir),
        ("WAREHOUSE", settings.warehouse_dir),
        ("PUBLISH", settings.publish_dir),
        ("LEDGER", settings.ledger_dir),
        ("PAYROLL_MAP", settings.payroll_map_path),
    ):
        monkeypatch.setenv(f"QUOTAMART_{name}", str(place))
    monkeypatch.setattr("orchestration.cli._settings", lambda: settings)
    return company


def quotamart(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_a_close_prints_totals_receipt_and_what_is_pending(here: Company) -> None:
    here.entitle("1234.50")
    here.entitle("10.00", of=key(component="bonus"), is_interim=True)
    here.publish(JANUARY)

    interim = quotamart("close", "2026-01", "--interim", "--by", "ann")
    final = quotamart("close", "2026-01", "--by", "ann")
    again = quotamart("close", "2026-01")

    head = read_book(here.settings).head
    assert interim.exit_code == final.exit_code == again.exit_code == 0, final.output
    assert "Posted an interim run of 2026-01: 000001-2026-01, 1 lines." in interim.output
    assert "Pending for the final close: 1 lines, CNY 1,234.50." in interim.output
    assert "Closed 2026-01: 000002-2026-01, 1 lines." in final.output
    assert "CNY  earned 1,234.50" in final.output
    assert f"Receipt {head.hash}" in final.output
    assert "2026-01 was closed at" in again.output
    assert "by ann: 000002-2026-01" in again.output
    assert "Nothing was posted now." in again.output


def test_a_refused_close_says_why_and_what_to_do(here: Company) -> None:
    here.publish(JANUARY)

    told = quotamart("close", "2026-02")

    assert told.exit_code == 1
    assert "Error: 2026-02 cannot be closed before 2026-01" in told.output
    assert "Traceback" not in told.output


@pytest.mark.parametrize("period", ["2026-13", "2026-1", "March", "26-03"])
def test_a_period_is_written_as_year_and_month(here: Company, period: str) -> None:
    told = quotamart("close", period)

    assert told.exit_code == 2
    assert "write it as 2026-03" in told.output


def test_verify_says_that_all_is_in_order(here: Company) -> None:
    assert "nothing was closed yet" in quotamart("verify").output
    here.entitle("1.00")
    here.publish(JANUARY)
    here.close(JANUARY)
    head = read_book(here.settings).head

    told = quotamart("verify", "--expect", head.hash)

    assert told.exit_code == 0
    assert f"In order: 1 closes (1 final), 1 lines, head 000001-2026-01 {head.hash}" in told.output


def test_verify_names_what_is_wrong_and_fails(here: Company) -> None:
    here.publish(JANUARY)
    shutil.rmtree(here.close(JANUARY).file.path)

    told = quotamart("verify")

    assert told.exit_code == 1
    assert "WRONG: 000001-2026-01 is gone: its receipt is in" in told.output
    assert quotamart("verify", "--expect", "f" * 64).exit_code == 1


def test_payroll_says_where_the_files_are(here: Company, tmp_path) -> None:
    here.settings.payroll_map_path.write_text(
        "payee_id,payroll_id,payee_name,email\np001,E-1,Ann,\n"
    )
    here.entitle("1234.50")
    here.publish(JANUARY)
    here.close(JANUARY)

    told = quotamart("payroll", "2026-01", "--out", str(tmp_path / "out"))

    assert told.exit_code == 0, told.output
    assert "CNY: 1 payees, 1,234.50" in told.output
    assert (tmp_path / "out" / "payroll-000001-2026-01-totals.csv").is_file()
    assert quotamart("payroll", "2026-02").exit_code == 1


def test_status_shows_open_periods_and_what_is_pending(
    here: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    # These versions hold what a close reads and nothing of the quarantine.
    monkeypatch.setattr("orchestration.report._rows", lambda *_: [])
    here.entitle("1234.50")
    here.publish(FEBRUARY)

    told = json.loads(quotamart("status", "--json").output)
    # Known up to 5 March: three months are open.
    assert told["open_periods"] == ["2026-01", "2026-02", "2026-03"]
    assert told["pending_postings"] == {"line_count": 1, "amounts": {"CNY": "1234.50"}}
    assert told["ledger_head"] is None

    here.publish(JANUARY)
    here.close(JANUARY)
    told = json.loads(quotamart("status", "--json").output)
    assert told["open_periods"] == ["2026-02"]
    assert told["pending_postings"] == {"line_count": 0, "amounts": {}}
    assert told["ledger_head"]["name"] == "000001-2026-01"
    text = quotamart("status").output
    assert "last close         000001-2026-01" in text
    assert "open periods       2026-02" in text
    assert "pending            0 lines" in text
