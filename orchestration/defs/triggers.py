"""When a build starts by itself: every morning, and when files have landed.

Both are off until switched on in the UI: a build replaces what readers see.
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
from orchestration.settings import Settings

# After the night's extracts, before the office opens.
EVERY_MORNING = "0 6 * * *"

daily_build = ScheduleDefinition(
    name="daily_build",
    job=quotamart_build,
    cron_schedule=EVERY_MORNING,
    execution_timezone=project_vars(Settings.from_environment())["reporting_timezone"],
)


@sensor(job=quotamart_build, minimum_interval_seconds=60)
def landed_files_sensor(context: SensorEvaluationContext) -> RunRequest | SkipReason:
    """One run for each state of the landing folder: names, sizes and times of its files."""
    state = landing_state(Settings.from_environment())
    if state is None:
        return SkipReason("Nothing has landed.")
    if state == context.cursor:
        return SkipReason("Nothing has landed since the last run.")
    context.update_cursor(state)
    return RunRequest(run_key=state)


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
