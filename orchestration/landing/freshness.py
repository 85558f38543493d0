"""How far each source is behind the newest row that landed: a connector that stopped is seen.

The machine's clock is not asked. What is known is what landed, so a build of the past judges the
sources as they were then, and the same files give the same answer. Whether everything stopped is
told by the age of `as_of`, not here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from orchestration.checks.declared import Declared
from orchestration.landing.declared import LandingError
from orchestration.landing.landed_files import LandedFile
from orchestration.landing.values import parsed_instant

LIMITS, POLICY = "stale_after_days", "stale_sources"
PUBLISH, WITHHOLD = "publish", "withhold"
FRESH = Declared(
    "sources_are_fresh",
    "No source is further behind than the var stale_after_days allows.",
    "data engineering",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000  # Microseconds.


@dataclass(frozen=True)
class Freshness:
    """How fresh a source is; `stale_after_days` is None where no limit is set."""

    source_name: str
    last_arrived_at: datetime
    days_behind: Decimal
    stale_after_days: int | None
    is_stale: bool

    def __str__(self) -> str:
        """For a person: what stopped, since when, and what to do."""
        return (
            f"{self.source_name}: nothing arrived since {self.last_arrived_at:%Y-%m-%d %H:%M} UTC, "
            f"{self.days_behind} days before the newest landed row; it is stale after "
            f"{self.stale_after_days}. Look at its connector, or change the var {LIMITS}."
        )


def freshness_of(files: Iterable[LandedFile], dbt_vars: Mapping[str, Any]) -> list[Freshness]:
    """How far each source is behind, by name; sources of which no row has arrived are left out.

    Args:
        files: what the landing check read.
        dbt_vars: the vars of the build; `as_of` bounds what had arrived.

    Raises:
        LandingError: `stale_after_days` is no mapping of sources to whole days.
    """
    limits = _limits(dbt_vars)
    until = known_until(dbt_vars)
    arrivals: dict[str, int] = {}
    for file in files:
        # A refused file may have come from a clock gone wrong.
        if file.status != "ok" or file.last_synced_at is None:
            continue
        if until is not None and file.first_synced_at > until:
            continue
        # A file that goes on after `as_of` had brought rows until then.
        last = min(file.last_synced_at, until or file.last_synced_at)
        arrivals[file.source_name] = max(last, arrivals.get(file.source_name, last))
    newest = max(arrivals.values(), default=0)
    return [
        _freshness(name, last, newest - last, limits.get(name))
        for name, last in sorted(arrivals.items())
    ]


def is_withheld(dbt_vars: Mapping[str, Any]) -> bool:
    """Whether marts with a stale source are not for publishing.

    Raises:
        LandingError: `stale_sources` is neither publish nor withhold.
    """
    policy = dbt_vars.get(POLICY, PUBLISH)
    if policy not in (PUBLISH, WITHHOLD):
        raise LandingError(f"The var {POLICY} '{policy}' is neither {PUBLISH} nor {WITHHOLD}.")
    return policy == WITHHOLD


def known_until(dbt_vars: Mapping[str, Any]) -> int | None:
    """`as_of` of a build's vars in microseconds since 1970; None where all that landed is known."""
    as_of = dbt_vars.get("as_of")
    return (parsed_instant(str(as_of)) - _EPOCH) // timedelta(microseconds=1) if as_of else None


def _freshness(name: str, last: int, behind: int, limit: int | None) -> Freshness:
    days = Decimal(behind * 10 // _DAY).scaleb(-1)
    is_stale = limit is not None and behind > limit * _DAY
    return Freshness(name, _EPOCH + timedelta(microseconds=last), days, limit, is_stale)


def _limits(dbt_vars: Mapping[str, Any]) -> dict[str, int]:
    limits = dbt_vars.get(LIMITS) or {}
    if not isinstance(limits, Mapping):
        raise LandingError(f"The var {LIMITS} '{limits}' is no mapping of sources to days.")
    for name, days in limits.items():
        if not isinstance(days, int) or isinstance(days, bool) or days < 1:
            raise LandingError(
                f"The var {LIMITS} says '{days}' for {name}: give whole days, 1 or more."
            )
    return dict(limits)
