"""Which published version a build is compared with, or why there is none.

Here: whether two versions can be compared at all. Not here: what may differ, which is a suite's.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from orchestration.landing.freshness import LIMITS, POLICY
from orchestration.landing.values import parsed_instant
from orchestration.published import current_version
from orchestration.settings import Settings


@dataclass(frozen=True)
class Comparison:
    """The published marts, or None and the reason that nothing can be compared with them.

    Expectations read the file for everybody, figures of all marts the one for finance. `as_of` is
    how far the published version sees and `ledger_head` the last close that it knows, as its
    manifest says them.
    """

    marts_file: Path | None
    reason: str = ""
    finance_file: Path | None = None
    as_of: str | None = None
    ledger_head: str | None = None

    def days_before(self, built_as_of: str | None) -> Decimal:
        """How many days further a build sees, as a decimal; 0 where either says nothing."""
        if self.as_of is None or built_as_of is None:
            return Decimal(0)
        further = parsed_instant(built_as_of) - parsed_instant(self.as_of)
        return Decimal(further // timedelta(seconds=1)) / _SECONDS_A_DAY


_SECONDS_A_DAY = 86_400
NO_DEFINITIONS = {"as_of", LIMITS, POLICY}
NOTHING_PUBLISHED = Comparison(None, "nothing is published yet")


def comparison_with_published(settings: Settings, build_vars: Mapping[str, Any]) -> Comparison:
    """The published version, where it was built with the same definitions.

    Another definition moves every figure, closed months too: that is no drift. `as_of` is no
    definition: it only says how far a build sees; nor is what makes a source stale.

    Args:
        build_vars: every var of the build, as the manifest of a version holds them.

    Raises:
        PublishRefused: the pointer stands and what it points at is not whole.
    """
    version = current_version(settings)
    if version is None:
        return NOTHING_PUBLISHED
    # Through JSON, as the manifest's were: so a date or a tuple is of one form in both.
    built = json.loads(json.dumps(build_vars, default=str))
    published = version.manifest.get("vars") or {}
    others = sorted(
        name
        for name in {*built, *published} - NO_DEFINITIONS
        if built.get(name) != published.get(name)
    )
    if others:
        return Comparison(
            None, f"the published version was built with other vars ({', '.join(others)})"
        )
    return Comparison(
        version.marts_file,
        finance_file=version.finance_file,
        as_of=version.manifest.get("as_of"),
        ledger_head=version.manifest.get("ledger_head"),
    )
