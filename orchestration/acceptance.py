"""A person lets a build through that differs from what is published, and answers for it by name.

Only a comparison with the published version can be accepted: that a figure moved may be right, and
nothing but a person can tell. A broken rule of the data cannot be: its build is wrong.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from orchestration.candidate import latest_run
from orchestration.dbt_project import manifest_path
from orchestration.defs.records import GATES, CheckOutcome, MissingRecord, gate_outcomes
from orchestration.landing import load_manifest
from orchestration.publish import COMPARISON, publish, reason_to_withhold
from orchestration.published import PublishedVersion, PublishRefused, current_version
from orchestration.settings import Settings


def publish_accepted(
    settings: Settings, accepted: Sequence[str], by: str, why: str
) -> PublishedVersion:
    """Publish the last build although some comparisons did not hold.

    Args:
        accepted: each names one comparison that failed, whole or by a part that no other has.
        by: who answers for it; kept in the version's manifest, like `why`.

    Raises:
        PublishRefused: nothing failed, something failed that is not named or cannot be accepted,
            a name fits none or several, or the build is not one for everybody.
    """
    run_id, dbt_vars = latest_run(settings)
    version = current_version(settings)
    if version and version.manifest["run_id"] == run_id:
        raise PublishRefused(f"The last build is published: version {version.name}.")
    outcomes = _outcomes(settings, run_id)
    failed = [outcome for outcome in outcomes if not outcome.passed]
    if not failed:
        raise PublishRefused("No check of the last build failed: there is nothing to accept.")
    broken = [outcome for outcome in failed if outcome.kind != COMPARISON]
    if broken:
        raise PublishRefused(
            f"Nobody can accept what is wrong in itself:\n{_listed(broken)}\n"
            "Mend the source or the model and build again."
        )
    if withheld := reason_to_withhold(settings, dbt_vars):
        raise PublishRefused(f"The last build is not for everybody: {withheld}.")
    chosen = {_named(name, failed).check for name in accepted}
    left = [outcome for outcome in failed if outcome.check not in chosen]
    if left:
        raise PublishRefused(
            f"Not accepted yet:\n{_listed(left)}\nLook at both figures; "
            'then `quotamart publish --accept "<its name>" --by NAME --why "..."` for each.'
        )
    at = datetime.now(UTC).isoformat(timespec="seconds")
    checks: list[dict[str, Any]] = [
        outcome.for_manifest()
        | ({} if outcome.passed else {"accepted": {"by": by, "why": why, "at": at}})
        for outcome in outcomes
    ]
    return publish(settings, load_manifest(manifest_path(settings)), run_id, checks)


def _outcomes(settings: Settings, run_id: str) -> list[CheckOutcome]:
    try:
        return [outcome for gate in GATES for outcome in gate_outcomes(settings, run_id, gate)]
    except MissingRecord as missing:
        raise PublishRefused(str(missing)) from missing


def _named(name: str, failed: Sequence[CheckOutcome]) -> CheckOutcome:
    found = [outcome for outcome in failed if outcome.check == name]
    found = found or [outcome for outcome in failed if name.lower() in outcome.check.lower()]
    if len(found) != 1:
        told = "several failed comparisons" if found else "no failed comparison"
        raise PublishRefused(f"'{name}' names {told}. There are:\n{_listed(failed)}")
    return found[0]


def _listed(outcomes: Sequence[CheckOutcome]) -> str:
    return "\n".join(f"  {outcome.check.rstrip('.')}: {outcome.message}." for outcome in outcomes)
