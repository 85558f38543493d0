"""A statement as one HTML page: no script, nothing from elsewhere; to read, hear and print."""

from decimal import Decimal
from html import escape

from orchestration.audit.statement import PENDING, Posting, Statement
from orchestration.audit.workbook import month_sums
from orchestration.ledger import period_text

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff;
  margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0 0 2rem; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid #bbb; text-align: left;
  vertical-align: top; }
.amount { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.open { border: 2px solid #8a4b00; padding: .5rem 1rem; }
.how { margin: 0; padding-left: 1.1rem; }
.key { overflow-wrap: anywhere; }
tr.total th, tr.total td { font-weight: 700; border-top: 2px solid #1a1a1a; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; }
  thead { display: table-header-group; } tr { break-inside: avoid; } }
"""
_TOTALS = ("payable", "carried out")


def page_of(statement: Statement) -> str:
    """The page; every text in it is escaped."""
    month = period_text(statement.period)
    title = f"Statement {month}, {statement.who}"
    state = "closed" if statement.is_final else "open"
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>Statement {escape(month)}</h1>",
        f"<p>{escape(statement.who)}; the month is {state}.</p>",
    ]
    parts += [f'<p class="open" role="note">{escape(note)}</p>' for note in statement.notes]
    if not statement.currencies:
        parts.append("<p>Nothing was posted, and nothing is carried.</p>")
    for currency in statement.currencies:
        parts.append(f"<h2>{escape(currency)}</h2>")
        parts += _summary(statement, currency)
        parts += _postings(statement, currency)
    if statement.head_hash:
        parts.append(f'<p class="key">Ledger: {escape(statement.head_hash)}</p>')
    return "\n".join([*parts, "</main>", "</body>", "</html>", ""])


def _summary(statement: Statement, currency: str) -> list[str]:
    sums = month_sums(statement.of(currency))
    open_mark = "" if statement.is_final else ", with what is pending: not final"
    rows = []
    for name, amount in sums.items():
        kind = ' class="total"' if name in _TOTALS else ""
        rows.append(f'<tr{kind}><th scope="row">{name}</th>{_amount(amount)}</tr>')
    return [
        "<table>",
        f"<caption>What is paid, in {escape(currency)}{open_mark}</caption>",
        '<thead><tr><th scope="col">Step</th>'
        '<th scope="col" class="amount">Amount</th></tr></thead>',
        "<tbody>",
        *rows,
        "</tbody>",
        "</table>",
    ]


def _postings(statement: Statement, currency: str) -> list[str]:
    postings = [posting for posting in statement.postings if posting.currency == currency]
    if not postings:
        return ["<p>No line in this month.</p>"]
    heads = ("Line", "Paid for", "Part", "Earned in", "Reason", "How")
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    total = sum((posting.amount for posting in postings), Decimal("0.00"))
    return [
        "<table>",
        f"<caption>Every line, in {escape(currency)}</caption>",
        f'<thead><tr>{head}<th scope="col" class="amount">Amount</th></tr></thead>',
        "<tbody>",
        *(_posting(posting) for posting in postings),
        "</tbody>",
        f'<tfoot><tr class="total"><th scope="row" colspan="6">All lines</th>{_amount(total)}'
        "</tr></tfoot>",
        "</table>",
    ]


def _posting(posting: Posting) -> str:
    run = "pending, not final" if posting.run == PENDING else f"run {posting.run}"
    reason = posting.reason or ""
    if posting.changed:
        reason += f"; changed: {posting.changed.replace('|', ', ')}"
    how = "".join(f"<li>{escape(text)}</li>" for text in posting.how)
    cells = (
        f'<th scope="row" class="key">{escape(posting.line_id)}<br>{escape(run)}</th>',
        f'<td class="key">{escape(posting.component_code)}<br>{escape(posting.basis_key)}</td>',
        f"<td>{escape(posting.part)}</td>",
        f"<td>{escape(period_text(posting.earning_period_start))}</td>",
        f"<td>{escape(reason)}</td>",
        f'<td><ul class="how">{how}</ul></td>',
        _amount(posting.amount),
    )
    return f"<tr>{''.join(cells)}</tr>"


def _amount(amount: Decimal) -> str:
    return f'<td class="amount">{amount:,.2f}</td>'
