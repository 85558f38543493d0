"""With which month pay begins, where the ledger does not say it yet."""

import csv
from collections.abc import Mapping
from datetime import date
from typing import Any

from orchestration.ledger.book import LedgerError
from orchestration.ledger.periods import parsed_period
from orchestration.settings import Settings


def first_period_of(settings: Settings, dbt_vars: Mapping[str, Any]) -> date | None:
    """The var `ledger_first_period`, else the month of the earliest plan; None without a plan.

    Raises:
        LedgerError: the var is no month.
    """
    chosen = dbt_vars.get("ledger_first_period")
    if chosen:
        try:
            return parsed_period(str(chosen)[:7])
        except ValueError as error:
            raise LedgerError(f"The var ledger_first_period is wrong: {error}") from error
    try:
        with (settings.compensation_dir / "plans.csv").open(encoding="utf-8") as stream:
            starts = [row["valid_from"] for row in csv.DictReader(stream) if row["valid_from"]]
    except (FileNotFoundError, KeyError):
        return None
    return parsed_period(min(starts)[:7]) if starts else None
