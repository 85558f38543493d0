"""Which published version a build is compared with, or why there is none.

Here: whether two versions can be compared at all. Not here: what may differ, which is a suite's.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.landing.freshness import LIMITS, POLICY
from orchestration.published import current_version
from orchestration.settings import Settings


@dataclass(frozen=True)
class Comparison:
    """The published marts, or None and the reason that nothing can be compared with them.

    Expectations read the file for everybody, figures of all marts the one for finance.
    """

    marts_file: Path | None
    reason: str = ""
    finance_file: Path | None = None


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
    return Comparison(version.marts_file, finance_file=version.finance_file)
