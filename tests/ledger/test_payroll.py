"""The payroll export: what is paid, to whom, and what a spreadsheet makes of it."""

import csv
import os
import stat
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.ledger.book import read_book
from orchestration.ledger.payroll import (
    PayrollError,
    escaped,
    export_payroll,
    payables_of,
)
from tests.documented_modes import assert_modes, documented_modes
from tests.ledger.company import FEBRUARY, JANUARY, MARCH, Company, company_in, key

MAP = "payee_id,payroll_id,payee_name,email\np001,E-1,Ann,ann@example.invalid\n"


@pytest.fixture
def paid(company: Company) -> Company:
    """January 70.00 paid; February 30.00 taken back; March 50.00 earned, of which 20.00 paid."""
    company.settings.payroll_map_path.write_text(MAP)
    company.entitle("100.00")
    company.entitle("-30.00", of=key(part="held"))
    company.publish(JANUARY)
    company.close(JANUARY)
    company.entitle("70.00", "2")
    company.publish(FEBRUARY)
    company.close(FEBRUARY)
    company.entitle("50.00", of=key(basis="booking:crm:o2", earned=MARCH))
    company.publish(MARCH)
    company.close(MARCH)
    return company


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_what_is_held_is_not_paid_and_what_is_owed_is_taken_off_first(paid: Company) -> None:
    exports = [
        export_payroll(paid.settings, month, paid.settings.project_dir / "out")
        for month in (JANUARY, FEBRUARY, MARCH)
    ]

    assert [[row["payable_amount"] for row in rows(export.path)] for export in exports] == [
        ["70.00"],
        [],
        ["20.00"],
    ]


def test_the_export_joins_names_and_states_its_totals(paid: Company) -> None:
    export = export_payroll(paid.settings, JANUARY, paid.settings.project_dir / "out")

    assert rows(export.path) == [
        {
            "payroll_id": "E-1",
            "payee_name": "Ann",
            "payee_id": "p001",
            "period": "2026-01",
            "currency": "CNY",
            "payable_amount": "70.00",
        }
    ]
    assert rows(export.totals_path) == [
        {
            "period": "2026-01",
            "currency": "CNY",
            "payee_count": "1",
            "payable_amount": "70.00",
            "close_hash": read_book(paid.settings).files[0].hash,
        }
    ]
    for path in (export.path, export.totals_path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_interim_run_is_a_payroll_of_its_own_and_is_not_paid_again(company: Company) -> None:
    company.settings.payroll_map_path.write_text(MAP)
    company.entitle("10.00", of=key(component="signing_bonus"), is_interim=True)
    company.entitle("5.00")
    company.publish(JANUARY)
    company.close(JANUARY, interim=True)
    company.close(JANUARY)
    out = company.settings.project_dir / "out"

    interim = export_payroll(company.settings, JANUARY, out, sequence=1)
    final = export_payroll(company.settings, JANUARY, out)

    assert interim.totals == {"CNY": (1, Decimal("10.00"))}
    assert final.totals == {"CNY": (1, Decimal("5.00"))}
    assert interim.path != final.path


def test_what_was_paid_early_is_not_taken_back_by_the_final_close(company: Company) -> None:
    company.entitle("10.00", of=key(component="signing_bonus"), is_interim=True)
    company.entitle("-4.00", of=key(part="clawback"))
    company.publish(JANUARY)
    company.close(JANUARY, interim=True)
    company.close(JANUARY)
    company.entitle("5.00", of=key(basis="booking:crm:o2", earned=FEBRUARY))
    company.publish(FEBRUARY)
    company.close(FEBRUARY)

    files = read_book(company.settings).files

    assert [[payable.amount for payable in payables_of(files, file)] for file in files] == [
        [Decimal("10.00")],
        [],
        [Decimal("1.00")],
    ]


def test_currencies_of_one_payee_are_paid_apart(company: Company) -> None:
    company.entitle("10.00", of=key(currency="CNY"))
    company.entitle("-3.00", of=key(currency="USD"))
    company.publish(JANUARY)
    file = company.close(JANUARY).file

    assert [(p.currency, p.amount) for p in payables_of((file,), file)] == [
        ("CNY", Decimal("10.00"))
    ]


def test_what_the_opening_takes_as_posted_is_not_paid(company: Company) -> None:
    company.entitle("10.00", of=key(earned=JANUARY))
    company.publish(FEBRUARY, dbt_vars={"ledger_first_period": "2026-02"})
    file = company.close(FEBRUARY).file

    assert payables_of(read_book(company.settings).files, file) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("payee_id,payroll_id\np001,E-1\n", "no column payee_name, email"),
        ("payee_id,payroll_id,payee_name,email\np002,E-2,Bob,\n", "no payroll id in"),
        ("payee_id,payroll_id,payee_name,email\np001, ,Ann,\n", "p001. Nothing was exported"),
        (f"{MAP}p001,E-9,Ann,\n", "names p001 twice"),
    ],
)
def test_an_incomplete_payroll_map_is_an_error_and_nothing_is_written(
    paid: Company, text: str | None, said: str
) -> None:
    paid.settings.payroll_map_path.unlink()
    if text is not None:
        paid.settings.payroll_map_path.write_text(text)
    out = paid.settings.project_dir / "out"

    with pytest.raises(PayrollError, match=said):
        export_payroll(paid.settings, JANUARY, out)
    assert not out.exists()


def test_one_payroll_id_for_two_payees_is_an_error(tmp_path: Path) -> None:
    company = company_in(tmp_path / "company")
    for payee in ("p001", "p002"):
        company.entitle("10.00", of=key(payee=payee))
    company.settings.payroll_map_path.write_text(MAP + "p002,E-1,Bob,\n")
    company.publish(JANUARY)
    company.close(JANUARY)

    with pytest.raises(PayrollError, match="one payroll id to several payees: E-1"):
        export_payroll(company.settings, JANUARY, tmp_path / "out")


def test_an_open_month_is_not_exported(paid: Company) -> None:
    with pytest.raises(PayrollError, match="2026-04 is not closed"):
        export_payroll(paid.settings, MARCH.replace(month=4), paid.settings.project_dir)


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n"]
)
def test_no_cell_is_a_formula(start: str) -> None:
    assert escaped(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"
    assert escaped("Ann") == "Ann"


def test_a_name_that_is_a_formula_is_written_as_text(paid: Company) -> None:
    paid.settings.payroll_map_path.write_text(MAP.replace("Ann,", '"=HYPERLINK(""x"")",'))

    export = export_payroll(paid.settings, JANUARY, paid.settings.project_dir / "out")

    assert rows(export.path)[0]["payee_name"] == '\'=HYPERLINK("x")'


def test_closes_and_payroll_files_have_the_modes_that_are_documented(tmp_path: Path) -> None:
    """Whatever the umask of who closes."""
    before = os.umask(0)
    try:
        company = company_in(tmp_path)
        company.settings.payroll_map_path.write_text(MAP)
        company.entitle("100.00")
        company.publish(JANUARY)
        company.close(JANUARY)
        export_payroll(company.settings, JANUARY, tmp_path / "payroll")
    finally:
        os.umask(before)

    wanted = ("ledger/", "ledger/*/*", "ledger/inputs/*", "payroll/*")
    modes = documented_modes()
    assert_modes(tmp_path, {pattern: modes[pattern] for pattern in wanted})
