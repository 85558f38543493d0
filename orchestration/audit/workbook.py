"""A statement as a spreadsheet that computes itself: credit, rates and slices are its inputs.

Every amount that follows from others is a formula, in cells of three sheets that refer to each
other. What only the ledger knows is a value. Text is written as text, whatever it begins with.
"""

import io
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from orchestration.audit.arithmetic import SLICED, credits_of
from orchestration.audit.statement import Computed, Statement
from orchestration.ledger import period_text
from orchestration.ledger.postings import PARTS

_LINES = (
    *("line", "component", "paid for", "plan currency", "credit of the deal"),
    *("rate of exchange", "credit", "gross", "after cliff", "after floor", "after caps"),
    *("retained", "released", "rate to pay currency", "earned", "clawback", "held"),
)
_STEP_COLUMNS = {
    "credit": 6,
    "gross": 7,
    "after_cliff": 8,
    "after_floor": 9,
    "capped": 10,
    "retained": 11,
    "released": 12,
    "earned": 14,
    "clawback": 15,
    "held": 16,
}
_PAY_RATE, _DEAL_CREDIT, _EXCHANGE_RATE = 13, 4, 5
_SLICES = ("line", "slice", "from", "to", "credit", "share of it", "of", "rate", "amount, exact")
_POSTINGS = (
    *("run", "state", "line", "component", "paid for", "part", "earned in", "currency"),
    *("due in all", "posted before", "posted", "in the ledger", "difference", "reason", "changed"),
    "how",
)
_SIGNS = {"recovery": -1, "held": -1}
_CALLED = {
    "earned": "earned",
    "clawback": "clawback",
    "adjustment": "adjustments",
    "advance": "advances",
    "recovery": "recoveries",
    "held": "change in held",
}


def workbook_of(statement: Statement) -> bytes:
    """The XLSX file; the same statement gives the same bytes."""
    content = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(content, options) as book:
        # No clock: who opens it twice finds the same file.
        book.set_properties(
            {
                "title": f"Statement {statement.who} {period_text(statement.period)}",
                "created": datetime(statement.period.year, statement.period.month, 1),
            }
        )
        _Sheets(book, statement).write()
    return content.getvalue()


class _Sheets:
    """The three sheets, and where in them the figures of a line are."""

    def __init__(self, book: Any, statement: Statement) -> None:
        self._statement = statement
        self._summary = book.add_worksheet("Statement")
        self._postings = book.add_worksheet("Postings")
        self._lines = book.add_worksheet("Lines")
        self._slices = book.add_worksheet("Slices")
        # A text that begins like a formula stays a text, also when somebody edits the cell.
        self._text = book.add_format({"quote_prefix": True})
        self._head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
        self._bold = book.add_format({"bold": True, "num_format": "#,##0.00"})
        self._money = book.add_format({"num_format": "#,##0.00"})
        self._exact = book.add_format({"num_format": "#,##0.00######"})
        self._row_of: dict[str, int] = {}
        self._slice_count = 0

    def write(self) -> None:
        self._write_heads()
        for posting in self._statement.postings:
            if posting.computed and posting.line_id not in self._row_of:
                self._write_line(posting.line_id, posting.computed)
        for row, posting in enumerate(self._statement.postings, 1):
            self._write_posting(row, posting)
        self._write_summary()

    def _write_heads(self) -> None:
        for sheet, names in (
            (self._postings, _POSTINGS),
            (self._lines, _LINES),
            (self._slices, _SLICES),
        ):
            for column, name in enumerate(names):
                sheet.write_string(0, column, name, self._head)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(names) - 1, 15)

    def _write_line(self, line_id: str, line: Computed) -> None:
        row = self._row_of[line_id] = len(self._row_of) + 1
        computed = line.row
        sheet = self._lines
        for column, name in (
            (0, "line_id"),
            (1, "component_code"),
            (2, "basis_key"),
            (3, "currency"),
        ):
            sheet.write_string(row, column, computed[name], self._text)
        credits = credits_of(computed)
        if credits:
            deal_credit = sum((credit["amount"] for credit in credits), Decimal(0))
            sheet.write_number(row, _DEAL_CREDIT, deal_credit, self._money)
            sheet.write_number(row, _EXCHANGE_RATE, credits[0]["exchange_rate"], self._exact)
        sheet.write_number(row, _PAY_RATE, computed["pay_exchange_rate"], self._exact)
        first = self._slice_count + 1
        self._write_slices(row, line_id, line)
        last = self._slice_count
        cells = {name: xl_rowcol_to_cell(row, column) for name, column in _STEP_COLUMNS.items()}
        cells |= {
            "deal_credit": xl_rowcol_to_cell(row, _DEAL_CREDIT),
            "exchange_rate": xl_rowcol_to_cell(row, _EXCHANGE_RATE),
            "pay_rate": xl_rowcol_to_cell(row, _PAY_RATE),
            "slices": f"SUM(Slices!I{first + 1}:I{last + 1})" if last >= first else "0",
        }
        for step in (*line.steps, *line.parts):
            column = _STEP_COLUMNS[step.name]
            formula = "=" + (step.formula or str(step.amount)).format(**cells)
            sheet.write_formula(row, column, formula, self._money, float(step.amount))

    def _write_slices(self, line_row: int, line_id: str, line: Computed) -> None:
        """Each slice is its share of the line's credit times its rate."""
        computed = line.row
        is_sliced = computed["mode"] in SLICED and computed["reversed_to_date"] is None
        for tier in line.slices:
            if not is_sliced or tier["basis_from"] is None:
                continue
            self._slice_count += 1
            row, sheet = self._slice_count, self._slices
            sheet.write_string(row, 0, line_id, self._text)
            sheet.write_number(row, 1, tier["slice_number"])
            for column, name in ((2, "tier_from"), (3, "tier_to")):
                if tier[name] is not None:
                    sheet.write_number(row, column, tier[name])
            credit = xl_rowcol_to_cell(line_row, _STEP_COLUMNS["credit"])
            sheet.write_formula(
                row, 4, f"=Lines!{credit}", self._money, float(computed["credit_amount"])
            )
            sheet.write_number(row, 5, tier["basis_to"] - tier["basis_from"], self._exact)
            sheet.write_number(row, 6, computed["basis_width"], self._exact)
            sheet.write_number(row, 7, tier["rate"], self._exact)
            exact = (
                float(computed["credit_amount"])
                * float(tier["basis_to"] - tier["basis_from"])
                / float(computed["basis_width"])
                * float(tier["rate"])
            )
            number = row + 1
            formula = f"=E{number}*F{number}/G{number}*H{number}"
            sheet.write_formula(row, 8, formula, self._exact, exact)

    def _write_posting(self, row: int, posting: Any) -> None:
        sheet = self._postings
        texts = {
            0: str(posting.run),
            1: "final" if posting.is_final else "pending, not final",
            2: posting.line_id,
            3: posting.component_code,
            4: posting.basis_key,
            5: posting.part,
            6: period_text(posting.earning_period_start),
            7: posting.currency,
            13: posting.reason or "",
            14: posting.changed or "",
            15: "; ".join(posting.how),
        }
        for column, text in texts.items():
            sheet.write_string(row, column, text, self._text)
        due = float(posting.due_amount)
        if posting.computed:
            column = _STEP_COLUMNS[posting.part]
            cell = xl_rowcol_to_cell(self._row_of[posting.line_id], column)
            sheet.write_formula(row, 8, f"=Lines!{cell}", self._money, due)
        else:
            sheet.write_number(row, 8, posting.due_amount, self._money)
        sheet.write_number(row, 9, posting.before_amount, self._money)
        number = row + 1
        amount = float(posting.amount)
        sheet.write_formula(row, 10, f"=ROUND(I{number}-J{number},2)", self._money, amount)
        sheet.write_number(row, 11, posting.amount, self._money)
        sheet.write_formula(row, 12, f"=ROUND(K{number}-L{number},2)", self._money, 0)

    def _write_summary(self) -> None:
        statement, sheet = self._statement, self._summary
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 12, 18)
        sheet.write_string(0, 0, f"Statement {period_text(statement.period)}", self._head)
        sheet.write_string(1, 0, statement.who, self._text)
        state = "closed" if statement.is_final else "open: what is pending is not final"
        sheet.write_string(2, 0, state, self._text)
        row = 4
        for currency in statement.currencies:
            row = self._write_currency(row, currency)
        last = len(statement.postings) + 1
        sheet.write_string(row, 0, "difference to ledger", self._text)
        sheet.write_formula(
            row, 1, f"=SUM(Postings!M2:M{last})" if last > 1 else "=0", self._money, 0
        )

    def _write_currency(self, row: int, currency: str) -> int:
        """A column a pay run, then the month; each run starts with what the one before carried."""
        sheet, runs = self._summary, self._statement.of(currency)
        steps = ("carried in", *(_CALLED[part] for part in _CALLED), "payable", "carried out")
        sheet.write_string(row, 0, currency, self._head)
        for number, label in enumerate(steps, 1):
            sheet.write_string(row + number, 0, label, self._text)
        last = max(len(self._statement.postings) + 1, 2)
        of_part = list(_CALLED)
        for column, run in enumerate(runs, 1):
            sheet.write_string(row, column, f"{run.kind}, run {run.run}", self._head)
            if column == 1:
                sheet.write_number(row + 1, column, run.carried_in, self._money)
            else:
                before = xl_rowcol_to_cell(row + len(steps), column - 1)
                carried = float(run.carried_in)
                sheet.write_formula(row + 1, column, f"={before}", self._money, carried)
            for number, part in enumerate(of_part, 2):
                sign = "-" if part in _SIGNS else ""
                formula = (
                    f'={sign}SUMIFS(Postings!$K$2:$K${last},Postings!$F$2:$F${last},"{part}",'
                    f'Postings!$H$2:$H${last},"{currency}",Postings!$A$2:$A${last},"{run.run}")'
                )
                value = float(run.sums[part]) * _SIGNS.get(part, 1)
                sheet.write_formula(row + number - 0, column, formula, self._money, value)
            stands = self._stands(row, column, of_part)
            for number, name, value in (
                (len(steps) - 1, "MAX", run.payable),
                (len(steps), "MIN", run.carried_out),
            ):
                formula = f"=ROUND({name}(0,{stands}),2)"
                sheet.write_formula(row + number, column, formula, self._bold, float(value))
        self._write_month(row, runs, len(steps))
        return row + len(steps) + 2

    def _stands(self, row: int, column: int, of_part: list[str]) -> str:
        """Carried in and all that is posted: recoveries and what is held are taken off."""
        text = xl_rowcol_to_cell(row + 1, column)
        for number, part in enumerate(of_part, 2):
            text += ("-" if part in _SIGNS else "+") + xl_rowcol_to_cell(row + number, column)
        return text

    def _write_month(self, row: int, runs: list[Any], step_count: int) -> None:
        """The month: its first carried in, its last carried out, the sum of all between."""
        sheet, column = self._summary, len(runs) + 1
        sheet.write_string(row, column, "the month", self._head)
        for number in range(1, step_count + 1):
            first = xl_rowcol_to_cell(row + number, 1)
            last = xl_rowcol_to_cell(row + number, column - 1)
            formula = {1: f"={first}", step_count: f"={last}"}.get(number, f"=SUM({first}:{last})")
            sheet.write_formula(
                row + number, column, formula, self._bold, _month_value(runs, number)
            )


def month_sums(runs: list[Any]) -> Mapping[str, Decimal]:
    """The figures of the month over its runs, as fct_payouts_by_payee_period names them."""
    sums = {
        part: sum((run.sums[part] for run in runs), Decimal("0.00")) * _SIGNS.get(part, 1)
        for part in PARTS
    }
    return {
        "carried in": runs[0].carried_in,
        **{_CALLED[part]: sums[part] for part in _CALLED},
        "payable": sum((run.payable for run in runs), Decimal("0.00")),
        "carried out": runs[-1].carried_out,
    }


def _month_value(runs: list[Any], number: int) -> float:
    return float(list(month_sums(runs).values())[number - 1])
