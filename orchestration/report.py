"""What the published version says, for a terminal: the MRR bridge, what was set aside, where it is.

It only reads what is published, like any other reader; no figure is computed here.
"""

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import click
import duckdb

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
_QUARANTINE = """
    select source_name, table_name, reason, count(*) as row_count
    from quarantined_rows
    group by all
    order by all
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
    """The published version, its age in seconds, and what was set aside."""
    version = current_version(settings)
    status: dict[str, Any] = {
        "published_version": None,
        "published_at": None,
        "age_seconds": None,
        "as_of": None,
        "quarantine": [],
        # Filled by the payout ledger.
        "open_periods": [],
        "pending_postings": None,
    }
    if version:
        age = datetime.now(UTC) - version.published_at
        status |= {
            "published_version": version.name,
            "published_at": version.published_at.isoformat(),
            "age_seconds": int(age.total_seconds()),
            "as_of": version.manifest["as_of"],
            "quarantine": _rows(version, _QUARANTINE),
        }
    return status


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
        ]
    )


def _rows(version: PublishedVersion, query: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(version.marts_file), read_only=True) as connection:
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
    parts = (bridge_text(version), quarantine_text(version), places_text(settings, version))
    click.echo("\n\n".join(parts))


if __name__ == "__main__":
    main()
