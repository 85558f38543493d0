"""What speaks against closing a published version, each as one line that says what to do.

What the version's manifest says is asked first; its rows only where that is in order.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from orchestration.checks.declared import Declared
from orchestration.content_hash import content_hash
from orchestration.landing import parsed_instant
from orchestration.ledger import checks
from orchestration.ledger.book import FINAL, Book
from orchestration.ledger.periods import last_day, period_text
from orchestration.ledger.postings import (
    ENTITLEMENTS,
    MARTS,
    PENDING,
    UNCREDITED,
    attached,
)
from orchestration.published import PublishedVersion
from orchestration.sample import is_sample
from orchestration.settings import Settings

LIMITS = "seeds/reference/reversal_limits.csv"
_SHOWN = 3


@dataclass(frozen=True)
class Objections:
    """What speaks against closing a version, one line each.

    `reasons` have to be put right first. `acceptable` are right or wrong by a person's judgement:
    they hold a final close up until somebody answers for them by name.
    """

    reasons: tuple[str, ...] = ()
    acceptable: tuple[str, ...] = ()


def objections_to(
    settings: Settings,
    version: PublishedVersion | None,
    book: Book,
    period: date,
    interim: bool,
) -> Objections:
    """What speaks against posting this version for this month."""
    if version is None:
        return Objections(
            (
                checks.VERSION.says(
                    "Nothing is published yet, so there is nothing to post: run `quotamart build`."
                ),
            )
        )
    missing = [mart for mart in MARTS if mart not in version.manifest["marts"]]
    if missing:
        said = f"Version {version.name} has no {', '.join(missing)}: build again."
        return Objections((checks.VERSION.says(said),))
    reasons = tuple(_of_manifest(settings, version, book, period, interim))
    if reasons:
        return Objections(reasons)
    with duckdb.connect() as connection:
        attached(connection, version.finance_file)
        reasons = tuple(_of_files(connection, version))
        if reasons or interim:
            # What an interim run does not wait for, a final close does.
            return Objections(reasons)
        first_period = book.first_period or period
        return Objections(
            tuple(_provisional(connection)),
            (
                *_uncredited(connection, first_period),
                *_blocked(connection),
                *_reversals(settings, connection),
            ),
        )


def _of_manifest(
    settings: Settings, version: PublishedVersion, book: Book, period: date, interim: bool
) -> Iterator[str]:
    manifest = version.manifest
    end = last_day(period)
    cutoff_on = manifest.get("cutoff_on")
    if cutoff_on != end.isoformat():
        yield checks.CUTOFF.says(
            f"Version {version.name} takes effect up to {cutoff_on or 'no day'} (cutoff_on), not "
            f"up to {end}, the end of {period_text(period)}: build again with `quotamart build`."
        )
    # An interim run posts what was signed an hour ago; a final close wants the whole month.
    if not interim and not _knows(manifest, end):
        yield checks.WHOLE_MONTH.says(
            f"Version {version.name} knows what had arrived by {manifest.get('as_of')} (as_of), "
            f"before the end of {period_text(period)}: land what came since and build again."
        )
    git = manifest.get("git") or {}
    if git.get("is_dirty") is not False and not is_sample(settings.landing_dir):
        known = "from files that are in no commit" if git.get("is_dirty") else "outside git"
        yield checks.COMMITTED.says(
            f"Version {version.name} was built {known}, so nobody could say later what computed "
            "it: commit, then build again."
        )
    built_on = manifest.get("ledger_head")
    known_heads = [None, *(file.hash for file in book.files)]
    if built_on not in known_heads:
        yield checks.HEAD.says(
            f"Version {version.name} was built over another ledger (head {built_on}): build again "
            "with `quotamart build`."
        )
        return
    since = book.files[known_heads.index(built_on) :]
    finals = [file.name for file in since if file.kind == FINAL]
    if finals:
        yield checks.HEAD.says(
            f"Version {version.name} was built before {finals[-1]} was closed, so it cannot say "
            "why anything is pending: build again with `quotamart build`."
        )


def _knows(manifest: Mapping[str, Any], end: date) -> bool:
    """Whether the last day of the month was over, in the reporting time zone, at `as_of`."""
    if not manifest.get("as_of"):
        return False
    zone = ZoneInfo(manifest["vars"]["reporting_timezone"])
    return parsed_instant(manifest["as_of"]).astimezone(zone).date() > end


def _of_files(connection: duckdb.DuckDBPyConnection, version: PublishedVersion) -> Iterator[str]:
    for mart in MARTS:
        if content_hash(connection, f"version.main.{mart}") != _hash_of(version, mart):
            yield checks.FILE.says(
                f"{mart} of version {version.name} is not what its manifest says: somebody wrote "
                "to finance.duckdb. Build again with `quotamart build`."
            )


def _hash_of(version: PublishedVersion, mart: str) -> str:
    return version.manifest["marts"][mart]["content_hash"]


def _provisional(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    yield from _named(
        checks.RATES,
        connection.execute(
            f"select distinct basis_key from version.main.{ENTITLEMENTS} where is_rate_provisional"
            " order by basis_key"
        ),
        "entitlements are converted at rates that are not published yet: add the month's rates to "
        "seeds/reference/exchange_rates.csv",
    )


def _uncredited(connection: duckdb.DuckDBPyConnection, first_period: date) -> Iterator[str]:
    """Of what is paid by this ledger: earlier events are nobody's concern here."""
    yield from _named(
        checks.UNCREDITED,
        connection.execute(
            f"select distinct event_key from version.main.{UNCREDITED} where occurred_on >= ?"
            " order by event_key",
            [first_period],
        ),
        "events are credited to nobody (see fct_uncredited_events): give their accounts an owner, "
        "or a credit rule",
    )


def _blocked(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    yield from _named(
        checks.BLOCKED,
        connection.execute(
            f"select distinct basis_key from version.main.{PENDING} where is_blocked"
            " order by basis_key"
        ),
        "posted events are no longer valid and stay as posted (is_blocked in "
        "fct_pending_postings): correct the source",
    )


def _reversals(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """What the source takes back beyond the limit of its currency."""
    try:
        with (settings.project_dir / LIMITS).open(encoding="utf-8", newline="") as stream:
            limits = {
                row["currency"]: Decimal(row["limit_amount"]) for row in csv.DictReader(stream)
            }
    except FileNotFoundError:
        return
    found = connection.execute(
        f"select currency, count(*), -sum(pending_amount) from version.main.{PENDING}"
        " where part = 'earned' and pending_amount < 0 and reason = 'source_change'"
        " group by currency order by currency"
    ).fetchall()
    for currency, count, total in found:
        if currency in limits and total > limits[currency]:
            yield checks.REVERSALS.says(
                f"{count:,} lines take back {currency} {total:,.2f} because the source changed or "
                f"lost rows, more than the {limits[currency]:,.2f} of {LIMITS}: look at "
                "fct_payout_variances."
            )


def _named(check: Declared, found: duckdb.DuckDBPyConnection, what: str) -> Iterator[str]:
    names = [name for (name,) in found.fetchall()]
    if names:
        shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
        yield check.says(f"{len(names):,} {what}. First of them: {shown}.")
