"""What the published version says, for a terminal: MRR, payouts, what was set aside, where it is.

It only reads what is published, like any other reader; no figure is computed here.
"""

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import duckdb

from orchestration.landing import parsed_instant
from orchestration.ledger import Book, period_text, read_book
from orchestration.ledger.close import pending_of
from orchestration.ledger.opening import first_period_of
from orchestration.ledger.periods import months_between
from orchestration.published import PublishedVersion, PublishRefused, current_version
from orchestration.settings import Settings

MONTHS_SHOWN = 6
_STEPS = (
    "opening",
    "new",
    "reactivation",
    "expansion",
    "contraction",
    "churn",
    "fx",
    "closing",
)
_BRIDGE = f"""
    select month_start, currency, is_partial, is_rate_provisional,
        {", ".join(f"{step}_mrr_amount" for step in _STEPS)}
    from fct_mrr_bridge_by_month
    where basis = 'daily' and conversion = 'reporting' and slice = 'total'
    order by month_start desc
    limit {MONTHS_SHOWN}
"""
_PAYOUT_STEPS = ("earned", "clawback", "adjustment", "held_change", "payable", "carried_out")
_PAYOUTS = f"""
    select posting_period_start as month, currency, count(*) as payee_count,
        {", ".join(f"sum({step}_amount) as {step}_amount" for step in _PAYOUT_STEPS)}
    from fct_payouts_by_payee_period
    group by all
    order by all
"""
_QUARANTINE = """
    select source_name, table_name, reason, count(*) as row_count
    from quarantined_rows
    group by all
    order by all
"""
_UNMAPPED = """
    select seed_name, object_type, source_system, wording, object_count
    from fct_unmapped_wordings
    order by object_count desc, seed_name, object_type, source_system, wording
"""


def bridge_text(version: PublishedVersion) -> str:
    """The reporting-currency MRR bridge of the last months, a column a month."""
    months = _rows(version, _BRIDGE)[::-1]
    if not months:
        return "No MRR: no subscription item counts."
    heads = [f"{_month(row['month_start'])}{_marks(row)}" for row in months]
    table = [["", *heads]]
    for step in _STEPS:
        table.append([step, *(_money(row[f"{step}_mrr_amount"]) for row in months)])
    title = f"MRR bridge, {months[0]['currency']} a month, daily basis"
    notes = [
        text
        for mark, text in (
            ("*", "* the month is not over at as_of"),
            ("~", "~ its exchange rate may still change"),
        )
        if any(mark in head for head in heads)
    ]
    return "\n".join([title, *_aligned(table), *notes])


def payouts_text(version: PublishedVersion) -> str:
    """What was paid and is carried, by closed month and currency, over all payees."""
    if "fct_payouts_by_payee_period" not in version.manifest["marts"]:
        return "Payouts: none."
    rows = _rows(version, _PAYOUTS, version.finance_file)
    if not rows:
        return "Payouts: no month is closed. `quotamart close` closes one."
    table = [["", "", "payees", *_PAYOUT_STEPS]]
    for row in rows:
        amounts = [_money(row[f"{step}_amount"]) for step in _PAYOUT_STEPS]
        table.append([_month(row["month"]), row["currency"], str(row["payee_count"]), *amounts])
    title = "Payouts, all payees together, by month and currency of pay"
    return "\n".join([title, *_aligned(table, texts=2)])


def quarantine_text(version: PublishedVersion) -> str:
    """How many landed rows were set aside, by source, table and reason."""
    rows = _rows(version, _QUARANTINE)
    if not rows:
        return "Quarantine: no row."
    total = sum(row["row_count"] for row in rows)
    table = [
        [f"{row['source_name']}.{row['table_name']}", row["reason"], f"{row['row_count']:,}"]
        for row in rows
    ]
    return "\n".join([f"Quarantine: {total:,} rows", *_aligned(table, texts=2)])


def places_text(settings: Settings, version: PublishedVersion) -> str:
    """Where the marts are."""
    folder = settings.current_link
    return "\n".join(
        [
            f"Version {version.name}, as of {version.manifest['as_of']}",
            f"  for BI tools    {folder / 'marts.duckdb'}",
            f"  one file each   {folder / 'parquet'}",
            f"  for finance     {folder / 'finance.duckdb'}",
        ]
    )


def published_status(settings: Settings) -> dict[str, Any]:
    """The published version, its age in seconds, what is not as it should be, and the ledger.

    `open_periods` are the months that are not closed, oldest first, up to the month of `as_of`.
    `pending_postings` is what the version says is due less what the ledger holds now: lines, and
    their sum by currency; None where no version says.
    """
    version = current_version(settings)
    book = read_book(settings)
    status: dict[str, Any] = {
        "published_version": None,
        "published_at": None,
        "age_seconds": None,
        "as_of": None,
        "cutoff_on": None,
        "quarantine": [],
        "unmapped": [],
        "sources": [],
        "changed_columns": [],
        "ledger_head": book.head and {"name": book.head.name, "hash": book.head.hash},
        "open_periods": open_periods(settings, version, book),
        "pending_postings": _pending(settings, version, book),
    }
    if version:
        age = datetime.now(UTC) - version.published_at
        status |= {
            "published_version": version.name,
            "published_at": version.published_at.isoformat(),
            "age_seconds": int(age.total_seconds()),
            "as_of": version.manifest["as_of"],
            "cutoff_on": version.manifest["cutoff_on"],
            "quarantine": _rows(version, _QUARANTINE),
            # Versions of an earlier release say neither.
            "unmapped": (
                _rows(version, _UNMAPPED)
                if "fct_unmapped_wordings" in version.manifest["marts"]
                else []
            ),
            "sources": version.manifest.get("sources", []),
            "changed_columns": version.manifest.get("changed_columns", []),
        }
    return status


def open_periods(settings: Settings, version: PublishedVersion | None, book: Book) -> list[str]:
    """The months that are not closed, oldest first, up to the month of the version's `as_of`."""
    if version is None:
        return [] if book.open_period is None else [period_text(book.open_period)]
    dbt_vars = version.manifest["vars"]
    oldest = book.open_period or first_period_of(settings, dbt_vars)
    as_of = version.manifest["as_of"]
    if oldest is None or not as_of:
        return []
    zone = ZoneInfo(dbt_vars["reporting_timezone"])
    known_on = parsed_instant(as_of).astimezone(zone).date().replace(day=1)
    # All that is known may be closed; the next month is open all the same.
    return [period_text(month) for month in months_between(oldest, max(oldest, known_on))]


def _pending(
    settings: Settings, version: PublishedVersion | None, book: Book
) -> dict[str, Any] | None:
    try:
        pending = pending_of(settings, version, book)
    except duckdb.IOException:
        # Finance's file is finance's: others see the rest of the status.
        return None
    if pending is None:
        return None
    count, sums = pending
    return {
        "line_count": count,
        "amounts": {currency: f"{total:f}" for currency, total in sums.items()},
    }


def status_text(status: dict[str, Any]) -> str:
    """The status for people."""
    if not status["published_version"]:
        return "Nothing is published yet. Run `quotamart build`."
    set_aside = sum(row["row_count"] for row in status["quarantine"])
    return "\n".join(
        [
            f"published version  {status['published_version']}",
            f"age                {_age(status['age_seconds'])}",
            f"as of              {status['as_of']}",
            f"quarantine         {set_aside:,} rows",
            *(
                f"unmapped           {row['wording']}: {row['object_count']:,} of type "
                f"{row['object_type']}, not in seeds/reference/{row['seed_name']}.csv"
                for row in status["unmapped"]
            ),
            *(
                f"stale              {source['source_name']}, {source['days_behind']} days behind"
                for source in status["sources"]
                if source["is_stale"]
            ),
            *(
                f"column {change['change']:<12}{change['source_name']}/{change['table_name']}: "
                f"{change['column_name']}"
                for change in status["changed_columns"]
            ),
            *_ledger_lines(status),
        ]
    )


def _ledger_lines(status: dict[str, Any]) -> list[str]:
    if not status["open_periods"]:
        return []
    head, pending = status["ledger_head"], status["pending_postings"]
    first, *others = status["open_periods"]
    lines = [
        f"last close         {head['name'] if head else 'none'}",
        f"open periods       {first}" + (f" and {len(others)} more" if others else ""),
    ]
    if pending:
        sums = "".join(f", {name} {Decimal(sum):,.2f}" for name, sum in pending["amounts"].items())
        lines.append(f"pending            {pending['line_count']:,} lines{sums}")
    return lines


def _rows(version: PublishedVersion, query: str, file: Path | None = None) -> list[dict[str, Any]]:
    with duckdb.connect(str(file or version.marts_file), read_only=True) as connection:
        found = connection.execute(query)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _aligned(table: list[list[str]], texts: int = 1) -> list[str]:
    """Pad the columns; the first `texts` of them to the left, figures to the right."""
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [
            cell.ljust(width) if column < texts else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  " + "  ".join(cells).rstrip())
    return lines


def _month(start: date) -> str:
    return f"{start:%Y-%m}"


def _marks(row: dict[str, Any]) -> str:
    return ("*" if row["is_partial"] else "") + ("~" if row["is_rate_provisional"] else "")


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _age(seconds: int) -> str:
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    parts = [(days, "d"), (hours, "h"), (rest // 60, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "under a minute"


def main() -> None:
    """Print the whole report."""
    settings = Settings.from_environment()
    try:
        version = current_version(settings)
    except PublishRefused as refusal:
        sys.exit(str(refusal))
    if version is None:
        sys.exit("Nothing is published yet. Run `quotamart build`.")
    parts = (
        bridge_text(version),
        payouts_text(version),
        quarantine_text(version),
        places_text(settings, version),
    )
    click.echo("\n\n".join(parts))


if __name__ == "__main__":
    main()
