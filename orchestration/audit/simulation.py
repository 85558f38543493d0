"""What other rules of pay would cost: the engine run on other seeds, over the same events.

Everything happens in a folder of its own: a copy of the build file, of which only the models that
depend on the rules of pay are built anew. Warehouse, ledger and published version are read.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import duckdb

from orchestration.audit.arithmetic import rounded
from orchestration.audit.lines import AuditError
from orchestration.compensation import PlansError, complete_folder
from orchestration.compensation.fiscal import FiscalCalendar, Span, months_later
from orchestration.compensation.folder import compensation_seeds
from orchestration.content_hash import content_hash
from orchestration.dbt_project import DBT, vars_arguments
from orchestration.files import scratch_folder
from orchestration.ledger.postings import attached
from orchestration.published import PublishedVersion, current_version
from orchestration.settings import Settings

WANTED = ("fct_payout_lines", "fct_payout_line_factors", "fct_payout_entitlements")
# What the copy must hold as it is published, or it would be compared with something else.
_COMPARED = ("fct_payout_lines", "fct_payout_entitlements")
# Shares of quota from which a band begins; the first is what is below all of them.
BANDS = tuple(Decimal(share) for share in ("0.5", "0.8", "1", "1.2", "1.5"))
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Cost:
    """What somebody or something costs under both rules, in one currency of pay."""

    name: str
    currency: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        """What the other rules cost more."""
        return self.after - self.before


@dataclass(frozen=True)
class Simulation:
    """The rules of a folder beside the project's.

    `first_on` and `last_on` bound the days on which pay is earned. `reporting` is the whole in the
    reporting currency, and None where a rate is missing. `attainments` counts quotas by band:
    below the first share, then from each share on.
    """

    version: str
    first_on: date | None
    last_on: date
    components: Sequence[Cost]
    payees: Sequence[Cost]
    totals: Sequence[Cost]
    reporting: Cost | None
    attainments: Sequence[tuple[str, int, int]]


def simulated(settings: Settings, plans: Path, quarter: str | None = None) -> Simulation:
    """Compute pay by the rules of a folder, and compare it with what is published.

    Args:
        plans: a folder whose files stand in for the project's of the same name. It is expected
            to have been checked.
        quarter: only what is earned in that fiscal quarter: `2026-Q1`.

    Raises:
        AuditError: nothing is published, the warehouse holds something else, or dbt failed.
    """
    version = current_version(settings)
    if version is None:
        raise AuditError("Nothing is published yet. Run `quotamart build`.")
    dbt_vars = version.manifest["vars"]
    cutoff_on = date.fromisoformat(version.manifest["cutoff_on"])
    span = _quarter(quarter, int(dbt_vars["fiscal_year_start_month"]), cutoff_on)
    with _scratch() as scratch:
        try:
            copied = _copied(settings, version, scratch)
            before = _figures(copied, span, dbt_vars["reporting_currency"])
            _build(settings, version, plans, scratch)
            after = _figures(copied, span, dbt_vars["reporting_currency"])
        except PlansError as error:
            raise AuditError(str(error)) from error
        except duckdb.Error as error:
            raise AuditError(
                f"The warehouse cannot be read as it is; is it being built? ({error})"
            ) from error
    return Simulation(
        version.name,
        span.start if span else None,
        min(span.end - timedelta(days=1), cutoff_on) if span else cutoff_on,
        _costs(before.costs, after.costs, 0),
        _costs(before.costs, after.costs, 1),
        _costs(before.costs, after.costs, None),
        _reporting(before, after, dbt_vars["reporting_currency"]),
        [
            (name, before.bands[number], after.bands[number])
            for number, name in enumerate(band_names())
        ],
    )


def band_names() -> list[str]:
    """The bands of attainment in words."""
    shown = [f"{share * 100:f}".partition(".")[0] for share in BANDS]
    return [
        f"below {shown[0]} %",
        *(f"{low} % to below {high} %" for low, high in pairwise(shown)),
        f"{shown[-1]} % and more",
    ]


@dataclass(frozen=True)
class _Figures:
    """Costs by component, payee and currency; their exact sum in reporting currency; bands."""

    costs: Mapping[tuple[str, str, str], Decimal]
    reporting: Fraction | None
    bands: Sequence[int]


def _quarter(text: str | None, first_month: int, cutoff_on: date) -> Span | None:
    if text is None:
        return None
    year, _, number = text.partition("-Q")
    if not (len(year) == 4 and year.isdecimal() and number in ("1", "2", "3", "4")):
        raise AuditError(f"'{text}' is no quarter: write it as 2026-Q1.")
    start = months_later(date(int(year), first_month, 1), 3 * (int(number) - 1))
    span = FiscalCalendar(first_month).period(start, "quarter")
    if span.start > cutoff_on:
        raise AuditError(
            f"{text} begins on {span.start}; the published version counts up to {cutoff_on}."
        )
    return span


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder that is gone afterwards, also when the process is asked to end."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        with scratch_folder("simulate") as folder:
            yield folder
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _copied(settings: Settings, version: PublishedVersion, scratch: Path) -> Path:
    """A copy of the build file, which must hold what is published."""
    if not settings.build_file.is_file():
        raise AuditError(f"There is no build file {settings.build_file}. Run `quotamart build`.")
    target = scratch / "warehouse" / settings.build_file.name
    target.parent.mkdir()
    shutil.copyfile(settings.build_file, target)
    wanted = {
        mart: version.manifest["marts"].get(mart, {}).get("content_hash") for mart in _COMPARED
    }
    with duckdb.connect() as connection:
        attached(connection, target, "build")
        found = {mart: content_hash(connection, f"build.marts.{mart}") for mart in _COMPARED}
    if found != wanted:
        raise AuditError(
            f"The warehouse is not what version {version.name} was published from, so there is "
            "nothing to compare with. Run `quotamart build`."
        )
    return target


def _build(settings: Settings, version: PublishedVersion, plans: Path, scratch: Path) -> None:
    """Build in the copy what depends on the rules of pay, and what they need."""
    _link_landing(settings, version, scratch / "landing")
    seeds = list(compensation_seeds(settings))
    complete_folder(settings, plans, scratch / "compensation")
    selected = [f"{seed}+,+{mart}" for seed in seeds for mart in WANTED]
    places = {
        "QUOTAMART_LANDING": scratch / "landing",
        "QUOTAMART_WAREHOUSE": scratch / "warehouse",
        "QUOTAMART_COMPENSATION": scratch / "compensation",
        "QUOTAMART_LEDGER": settings.ledger_dir,
        "DBT_TARGET_PATH": scratch / "target",
        "DBT_LOG_PATH": scratch / "logs",
        "DBT_PROFILES_DIR": settings.project_dir,
    }
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("QUOTAMART_", "DBT_"))
    }
    dbt_vars = dict(version.manifest["vars"])
    dbt_vars |= {name: version.manifest[name] for name in ("as_of", "cutoff_on")}
    command = [*DBT, "--no-use-colors", "build", "--select", *selected]
    excluded = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    with subprocess.Popen(
        [*command, *excluded, *vars_arguments(dbt_vars)],
        cwd=settings.project_dir,
        env=kept | {name: str(place) for name, place in places.items()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        try:
            said, _ = running.communicate()
        except BaseException:
            running.kill()
            raise
    if running.returncode:
        last = "\n".join(said.strip().splitlines()[-15:])
        raise AuditError(f"Pay cannot be computed by these rules:\n{last}")


def _link_landing(settings: Settings, version: PublishedVersion, landing: Path) -> None:
    """The landed files of the version: what is known by then follows from them."""
    landing.mkdir()
    for landed in version.manifest["landed_files"]:
        source, target = settings.landing_dir / landed["path"], landing / landed["path"]
        if not source.is_file():
            raise AuditError(f"The landed file {landed['path']} is gone.")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source.resolve())


def _figures(build_file: Path, span: Span | None, reporting_currency: str) -> _Figures:
    """What the build says that pay costs, and how far quotas are attained."""
    bounds = [span.start if span else date.min, span.end if span else date.max]
    with duckdb.connect() as connection:
        attached(connection, build_file, "build")
        lines = connection.execute(
            """
            select component_code, payee_id, pay_currency, earning_period_start,
                retained_amount, pay_exchange_rate, pay_minor_unit_digits
            from build.marts.fct_payout_lines
            inner join build.marts.fct_payout_line_factors using (line_id, payee_id)
            where earning_period_start >= ? and earning_period_start < ?
            """,
            bounds,
        ).fetchall()
        adjustments = connection.execute(
            """
            select component_code, payee_id, currency, earning_period_start, amount
            from build.marts.fct_payout_entitlements
            where part = 'adjustment' and earning_period_start >= ? and earning_period_start < ?
            """,
            bounds,
        ).fetchall()
        rates = {
            (currency, month): rate
            for currency, month, rate in connection.execute(
                """
                select from_currency, month_start, rate
                from build.intermediate.int_pay_rates_by_month
                where rate_type = 'month' and to_currency = ?
                """,
                [reporting_currency],
            ).fetchall()
        }
        bands = _bands(connection, bounds)
    costs: dict[tuple[str, str, str], Decimal] = {}
    months: dict[tuple[str, date], Decimal] = {}
    # What is earned and kept, whether it is released or still waits: a cost is not a payment.
    amounts = [
        (*place, rounded(Fraction(amount) * Fraction(rate), digits))
        for *place, amount, rate, digits in lines
    ]
    for component, payee, currency, month, amount in (*amounts, *adjustments):
        key = (component, payee, currency)
        costs[key] = costs.get(key, ZERO) + amount
        months[currency, month] = months.get((currency, month), ZERO) + amount
    return _Figures(costs, _in_reporting(months, rates, reporting_currency), bands)


def _in_reporting(
    months: Mapping[tuple[str, date], Decimal],
    rates: Mapping[tuple[str, date], Decimal],
    reporting_currency: str,
) -> Fraction | None:
    total = Fraction(0)
    for (currency, month), amount in months.items():
        rate = Decimal(1) if currency == reporting_currency else rates.get((currency, month))
        if rate is None and amount:
            return None
        total += Fraction(amount) * Fraction(rate or 0)
    return total


def _bands(connection: duckdb.DuckDBPyConnection, bounds: Sequence[Any]) -> list[int]:
    """How many quotas of the span's windows are attained how far; by amounts, never by shares."""
    steps = " + ".join(
        f"cast(credit >= round(quota_amount * {share}, 2) as integer)" for share in BANDS
    )
    found = dict(
        connection.execute(
            f"""
            with stood as (
                select payee_id, measure, window_type, window_start, max(credit_total) as credit
                from build.intermediate.int_attainments
                group by all
            ),
            measured as (
                select quotas.quota_amount, coalesce(stood.credit, 0) as credit
                from build.intermediate.int_quotas_by_window as quotas
                left join stood using (payee_id, measure, window_type, window_start)
                where quotas.quota_amount > 0
                    and quotas.window_start >= ? and quotas.window_start < ?
                    and quotas.window_start <= (select cutoff_on from build.intermediate.cutoff)
            )
            select {steps} as band, count(*) from measured group by band
            """,
            bounds,
        ).fetchall()
    )
    return [found.get(number, 0) for number in range(len(BANDS) + 1)]


def _costs(
    before: Mapping[tuple[str, str, str], Decimal],
    after: Mapping[tuple[str, str, str], Decimal],
    place: int | None,
) -> list[Cost]:
    """Costs by component (0), by payee (1) or in all (None), each by currency."""
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for number, costs in enumerate((before, after)):
        for key, amount in costs.items():
            name = "in all" if place is None else key[place]
            sums.setdefault((name, key[2]), [ZERO, ZERO])[number] += amount
    return [Cost(name, currency, *sums[name, currency]) for name, currency in sorted(sums)]


def _reporting(before: _Figures, after: _Figures, currency: str) -> Cost | None:
    if before.reporting is None or after.reporting is None:
        return None
    return Cost("in all", currency, rounded(before.reporting, 2), rounded(after.reporting, 2))
