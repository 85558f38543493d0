"""The sample's full months of its ledger, closed one by one: what `make run` shows of it.

Each month but the last is built as it was known on the tenth of the next one, and closed before the
next is built: so what arrived late becomes lines of a later month, as it would in life. What was
earned before is the opening's. Interrupted, it goes on where it was; on any landing folder but the
sample's, beside a ledger of other months, and once the last is closed, nothing happens at all.
"""

import sys
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import click

from orchestration.cli import build_and_publish
from orchestration.dbt_project import project_vars
from orchestration.files import keep_private
from orchestration.ledger import LedgerError, period_text, read_book
from orchestration.ledger.close import close_period
from orchestration.ledger.opening import first_period_of
from orchestration.ledger.periods import later, months_between
from orchestration.ledger.report import closed_text
from orchestration.lock import LedgerLocked
from orchestration.sample.compensation import write_names
from orchestration.sample.generator import is_sample, scale_and_seed
from orchestration.sample.times import LAST_DAY
from orchestration.settings import Settings

BY = "make run"
_KNOWN_AFTER_DAYS = 9
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Month:
    """A month to close, and the vars of the build that it is closed from."""

    period: date
    dbt_vars: dict[str, Any]


def months(settings: Settings) -> list[Month]:
    """From the first month of the ledger to the last full one of the sample, oldest first."""
    running = (_EPOCH + timedelta(days=LAST_DAY)).replace(day=1)
    first = first_period_of(settings, project_vars(settings))
    *earlier, last = months_between(first, later(running, -1)) if first else [later(running, -1)]
    return [
        *(Month(period, {"as_of": f"{_known_on(period)} 00:00:00"}) for period in earlier),
        Month(last, {}),
    ]


def _known_on(period: date) -> date:
    return later(period, 1) + timedelta(days=_KNOWN_AFTER_DAYS)


def close_months(settings: Settings) -> None:
    """Build and close what is open of them.

    Raises:
        click.ClickException: a build or a close was refused; the message says why.
    """
    if not is_sample(settings.landing_dir):
        return
    # Payroll and statements need names, which git does not have.
    if write_names(settings.payroll_map_path, *scale_and_seed(settings.landing_dir)):
        click.echo(f"The names of its people are made up: {settings.payroll_map_path}.")
    for month in months(settings):
        open_period = read_book(settings).open_period
        if open_period and month.period != open_period:
            # Closed already, or a ledger that somebody else began.
            continue
        name = period_text(month.period)
        known = month.dbt_vars.get("as_of")
        click.echo(f"\n{name}, {f'as known on {known[:10]}' if known else 'as known now'}")
        build_and_publish(settings, month.dbt_vars, publish_anyway=True)
        try:
            # Customers that signed up by themselves have no account: nobody is to be credited.
            closed = close_period(settings, month.period, by=BY, accepted_by=BY)
        except (LedgerError, LedgerLocked) as refusal:
            raise click.ClickException(str(refusal)) from refusal
        click.echo(closed_text(closed))


if __name__ == "__main__":
    keep_private()
    try:
        close_months(Settings.from_environment())
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
