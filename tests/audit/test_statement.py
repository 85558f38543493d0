"""`quotamart statement`: what it says, and that its spreadsheet computes to the ledger's cents."""

import re
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from orchestration.audit.handing_out import write_statement
from orchestration.audit.lines import AuditError
from orchestration.audit.statement import Statement, made
from orchestration.audit.workbook import month_sums
from orchestration.cli import main
from orchestration.ledger.book import read_book
from orchestration.ledger.payroll import payables_of
from orchestration.settings import Settings
from tests.audit.spreadsheet import Workbook
from tests.ledger.company import FEBRUARY, JANUARY, Company, key

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
VOID = frozenset({"meta", "br"})


class Page(HTMLParser):
    """What of a page matters here: its texts, its tags, and whether they are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def payees(settings: Settings) -> list[str]:
    with duckdb.connect(
        str(settings.current_link / "finance.duckdb"), read_only=True
    ) as connection:
        found = connection.execute("select distinct payee_id from fct_payout_ledger order by 1")
        return [payee_id for (payee_id,) in found.fetchall()]


def by_period(settings: Settings) -> dict[tuple[str, str, date], dict[str, Decimal]]:
    """fct_payouts_by_payee_period: what the warehouse says of the same."""
    names = ("carried_in", "earned", "clawback", "adjustment", "advance", "recovery")
    names += ("held_change", "payable", "carried_out")
    with duckdb.connect(
        str(settings.current_link / "finance.duckdb"), read_only=True
    ) as connection:
        rows = connection.execute(
            "select payee_id, currency, posting_period_start, "
            + ", ".join(f"{name}_amount" for name in names)
            + " from fct_payouts_by_payee_period"
        ).fetchall()
    return {tuple(row[:3]): list(row[3:]) for row in rows}


def test_statements_say_what_the_warehouse_and_payroll_say(audited: Settings) -> None:
    known = by_period(audited)
    told = {
        (payee, currency, period): list(month_sums(statement.of(currency)).values())
        for payee in payees(audited)
        for period in (JANUARY, FEBRUARY, MARCH)
        for statement in [made(audited, payee, period)]
        for currency in statement.currencies
    }
    # A currency in which nothing was posted yet has no row in either.
    assert {place: sums for place, sums in told.items() if any(sums)} == {
        place: sums for place, sums in known.items() if any(sums)
    }
    assert len(known) > 20
    files = read_book(audited).files
    for file in files[1:]:
        for payable in payables_of(files, file):
            month = told[payable.payee_id, payable.currency, file.period_start]
            assert month[7] == payable.amount


@pytest.mark.parametrize("number", [Fraction, float])
def test_the_spreadsheet_computes_every_line_and_total_to_the_cent(
    audited: Settings, tmp_path: Path, number: Callable[[str], Any]
) -> None:
    computed = 0
    for payee in payees(audited):
        for period in (JANUARY, MARCH):
            statement = made(audited, payee, period)
            (path,) = write_statement(statement, tmp_path, ("xlsx",))
            book = Workbook(path, number)
            computed += _compare(book, statement)
    assert computed > 100


def _compare(book: Workbook, statement: Statement) -> int:
    """Compare every posting and total; the number of postings that formulas compute."""
    amounts = book.column("Postings", "K")
    assert len(amounts) == len(statement.postings)
    for place, posting in zip(amounts, statement.postings, strict=True):
        assert book.amount(place) == posting.amount, (place, posting)
        assert book.amount(place.replace("!K", "!M")) == 0
    for place, brought in book.brought.items():
        assert abs(Decimal(str(float(book[place]))) - brought) < Decimal("0.000001"), place
    texts = {place: value for place, value in book.values.items() if isinstance(value, str)}
    for currency in statement.currencies:
        (head,) = (
            place
            for place, text in texts.items()
            if text == currency and place.startswith("Statement!A")
        )
        row = int(head.removeprefix("Statement!A"))
        (month,) = (
            place
            for place, text in texts.items()
            if text == "the month" and re.fullmatch(rf"Statement![A-Z]+{row}", place)
        )
        column = month.removeprefix("Statement!").rstrip("0123456789")
        for offset, (name, amount) in enumerate(month_sums(statement.of(currency)).items(), 1):
            assert texts[f"Statement!A{row + offset}"] == name
            assert book.amount(f"Statement!{column}{row + offset}") == amount, (name, place)
    return sum(place.replace("!K", "!I") in book.formulas for place in amounts)


def test_another_credit_or_rate_in_the_spreadsheet_changes_line_and_total(
    audited: Settings, tmp_path: Path
) -> None:
    statement, posting = next(
        (statement, posting)
        for payee in payees(audited)
        for statement in [made(audited, payee, MARCH)]
        for posting in statement.postings
        if posting.computed
        and posting.part == "earned"
        and posting.computed.row["mode"] == "flat"
        and posting.computed.row["pay_currency"] == posting.computed.row["deal_currency"]
        and posting.amount > 0
        and posting.before_amount == 0
    )
    (path,) = write_statement(statement, tmp_path, ("xlsx",))
    for inputs in ("credit", "rate"):
        book = Workbook(path)
        line_row = _row_of(book, "Lines!A", posting.line_id)
        slice_row = _row_of(book, "Slices!A", posting.line_id)
        changed = f"Lines!E{line_row}" if inputs == "credit" else f"Slices!H{slice_row}"
        book.values[changed] /= 2
        row = statement.postings.index(posting) + 2
        half = Fraction(posting.amount) / 2
        assert abs(Fraction(book.amount(f"Postings!K{row}")) - half) <= Fraction(1, 50), inputs
        column = "B" if len(statement.of(posting.currency)) == 1 else "C"
        earned = month_sums(statement.of(posting.currency))["earned"]
        head = _row_of(book, "Statement!A", posting.currency)
        assert book.amount(f"Statement!{column}{head + 2}") < earned


def _row_of(book: Workbook, column: str, text: str) -> int:
    (place,) = (
        place
        for place, value in book.values.items()
        if value == text and re.fullmatch(rf"{column}[0-9]+", place)
    )
    return int(place.removeprefix(column))


def test_the_page_stands_alone_and_is_accessible(audited: Settings, tmp_path: Path) -> None:
    statement = next(
        statement
        for payee in payees(audited)
        for statement in [made(audited, payee, MARCH)]
        if len(statement.postings) > 5
    )
    (path,) = write_statement(statement, tmp_path, ("html",))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object"}
    assert not re.search(r"https?://|url\(|@import| on[a-z]+=", text)
    assert ("html", {"lang": "en"}) in page.tags
    assert {"title", "main", "h1", "caption", "thead"} <= names
    assert all(
        attributes.get("scope") in ("col", "row") for tag, attributes in page.tags if tag == "th"
    )
    shown = " ".join(page.texts)
    for posting in statement.postings:
        assert posting.line_id in shown
        assert f"{posting.amount:,.2f}" in shown
        assert all(how in shown for how in posting.how)


def test_names_are_of_the_map_and_no_text_is_markup_or_formula(
    audited: Settings, tmp_path: Path
) -> None:
    payee = payees(audited)[0]
    names = tmp_path / "map.csv"
    evil = "=HYPERLINK(\"http://x\") <script>alert('1')</script> & Zoë"
    quoted = evil.replace('"', '""')
    names.write_text(
        f'payee_id,payroll_id,payee_name,email\n{payee},E-1,"{quoted}",\n', encoding="utf-8"
    )
    statement = made(replace(audited, payroll_map_path=names), payee, MARCH)
    assert statement.who == f"{evil} ({payee})"
    page_path, book_path = write_statement(statement, tmp_path, ("html", "xlsx"))
    page = Page(page_path.read_text(encoding="utf-8"))
    assert "script" not in {tag for tag, _ in page.tags}
    assert any(evil in text for text in page.texts)
    book = Workbook(book_path)
    assert book.values["Statement!A2"] == statement.who
    assert not any("HYPERLINK" in formula for formula in book.formulas.values())
    assert not any("externalLink" in name for name in book.names)

    names.write_text("payee,name\n", encoding="utf-8")
    with pytest.raises(AuditError, match="has no columns payee_id and payee_name"):
        made(replace(audited, payroll_map_path=names), payee, MARCH)


def test_an_open_month_shows_what_is_pending_and_that_it_is_not_final(
    audited: Settings, tmp_path: Path
) -> None:
    statements = [made(audited, payee, APRIL) for payee in payees(audited)]
    pending = [posting for statement in statements for posting in statement.postings]
    assert pending
    assert not any(posting.is_final for posting in pending)
    with duckdb.connect(str(audited.current_link / "finance.duckdb"), read_only=True) as connection:
        ((total, count),) = connection.execute(
            "select sum(pending_amount), count(*) from fct_pending_postings"
            " where pending_amount <> 0 and payee_id in (select payee_id from fct_payout_ledger)"
        ).fetchall()
    assert (sum(posting.amount for posting in pending), len(pending)) == (total, count)
    statement = next(statement for statement in statements if statement.postings)
    page_path, book_path = write_statement(statement, tmp_path, ("html", "xlsx"))
    text = page_path.read_text(encoding="utf-8")
    assert "2026-04 is open. What is pending is not final" in text
    assert "pending, not final" in text
    book = Workbook(book_path)
    assert book.values["Postings!B2"] == "pending, not final"
    _compare(book, statement)


def test_a_month_of_several_runs_carries_from_run_to_run(
    company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Interim 10.00, final -4.00: 10.00 were paid, and 4.00 are carried; as decision 0042 says."""
    # This company publishes what a close reads, and nothing that explains it.
    monkeypatch.setattr("orchestration.audit.lines.MARTS", ())
    company.entitle("10.00", of=key(component="bonus"), is_interim=True)
    company.publish(JANUARY)
    company.close(JANUARY, interim=True)
    company.entitle("-4.00", of=key(basis="booking:crm:o2"))
    company.publish(JANUARY)
    company.close(JANUARY)
    company.entitle("5.00", of=key(basis="booking:crm:o3", earned=FEBRUARY))
    company.publish(FEBRUARY)
    company.close(FEBRUARY)
    company.publish(MARCH)
    _add_empty_marts(company)

    january, february = (made(company.settings, "p001", month) for month in (JANUARY, FEBRUARY))
    assert [(run.kind, run.payable, run.carried_out) for run in january.runs] == [
        ("interim", Decimal("10.00"), Decimal("0.00")),
        ("final", Decimal("0.00"), Decimal("-4.00")),
    ]
    assert month_sums(february.runs)["payable"] == Decimal("1.00")
    for statement in (january, february):
        (path,) = write_statement(statement, tmp_path, ("xlsx",))
        assert _compare(Workbook(path), statement) == 0
    assert "as posted" in january.postings[0].how[0]


def _add_empty_marts(company: Company) -> None:
    with duckdb.connect(str(company.settings.current_link / "finance.duckdb")) as connection:
        connection.execute("create table fct_payout_lines (line_id varchar, payee_id varchar)")
        connection.execute("create table fct_payout_line_factors as from fct_payout_lines")
        connection.execute("alter table fct_payout_entitlements add frozen_because varchar")


@pytest.fixture
def here(audited: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("orchestration.cli._settings", lambda: audited)
    return audited


def statement(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("statement", *arguments))


def test_the_command_writes_what_is_asked_for(here: Settings, tmp_path: Path) -> None:
    payee = payees(here)[0]
    told = statement(payee, "2026-03", "--out", str(tmp_path), "--format", "html")
    assert told.exit_code == 0, told.output
    assert [path.name for path in tmp_path.iterdir()] == [f"statement-{payee}-2026-03.html"]
    both = statement(payee, "2026-04", "--out", str(tmp_path / "new"))
    assert both.exit_code == 0, both.output
    assert both.output.startswith("note: 2026-04 is open.")
    assert len(list((tmp_path / "new").iterdir())) == 2
    again = tmp_path / "again"
    statement(payee, "2026-04", "--out", str(again))
    name = f"statement-{payee}-2026-04.xlsx"
    assert (again / name).read_bytes() == (tmp_path / "new" / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("p0011", "2026-03"), 1, "Nobody with the id 'p0011' has pay"),
        (("../p001", "2026-03"), 1, "Nobody with the id '../p001' has pay"),
        (("p001", "2026-3"), 2, "write it as 2026-03"),
        (("p001", "2026-05"), 1, "2026-05 is not begun: the open month is 2026-04."),
        (("p001", "2025-12"), 1, "is before 2026-01, with which the ledger begins"),
        (("p001", "2026-03", "--format", "pdf"), 2, "'pdf' is not one of"),
    ],
)
def test_what_cannot_be_told_is_said_in_a_line(
    here: Settings, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    known = payees(here)[0]
    told = statement(
        *(known if text == "p001" else text for text in arguments), "--out", str(tmp_path / "out")
    )
    assert told.exit_code == code
    assert said in told.output
    assert "Traceback" not in told.output
    assert not (tmp_path / "out").exists()
