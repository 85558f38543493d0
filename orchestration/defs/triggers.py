"""When a build starts by itself: every morning, and when files have landed.

Both are off until switched on in the UI: a build replaces what readers see. Their runs wait for
another build to end; nobody sits before them who could ask again.
"""

import hashlib

from dagster import (
    Definitions,
    RunRequest,
    ScheduleDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from orchestration.dbt_project import project_vars
from orchestration.defs.build import quotamart_build
from orchestration.lock import is_locked
from orchestration.settings import Settings

# After the night's extracts, before the office opens.
EVERY_MORNING = "0 6 * * *"

_WAITING = {"resources": {"build": {"config": {"lock_patience_seconds": 3600}}}}

daily_build = ScheduleDefinition(
    name="daily_build",
    job=quotamart_build,
    cron_schedule=EVERY_MORNING,
    run_config=_WAITING,
    execution_timezone=project_vars(Settings.from_environment())["reporting_timezone"],
)


@sensor(job=quotamart_build, minimum_interval_seconds=60)
def landed_files_sensor(context: SensorEvaluationContext) -> RunRequest | SkipReason:
    """One run for each state of the landing folder: names, sizes and times of its files.

    While somebody builds, nothing is asked for and nothing forgotten: later it is one run.
    """
    settings = Settings.from_environment()
    state = landing_state(settings)
    if state is None:
        return SkipReason("Nothing has landed.")
    if state == context.cursor:
        return SkipReason("Nothing has landed since the last run.")
    if is_locked(settings):
        return SkipReason("A build is running; files have landed since the last one was asked for.")
    context.update_cursor(state)
    return RunRequest(run_key=state, run_config=_WAITING)


def landing_state(settings: Settings) -> str | None:
    """A hash of the landing folder's listing; null when it holds no Parquet file.

    Hidden and temporary files do not count: a batch counts once it stands under its name.
    """
    lines = []
    for path in sorted(settings.landing_dir.glob("*/*/*.parquet")):
        if not path.name.startswith("."):
            facts = path.stat()
            place = path.relative_to(settings.landing_dir).as_posix()
            lines.append(f"{place} {facts.st_size} {facts.st_mtime_ns}\n")
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else None


defs = Definitions(schedules=[daily_build], sensors=[landed_files_sensor])
