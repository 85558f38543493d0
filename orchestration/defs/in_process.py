"""The job run in this process, told step by step in words, and its end in one text."""

import contextlib
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dagster import DagsterEventType, DagsterInstance, ExecuteInProcessResult, logger
from dagster._core.events import DagsterEvent

from orchestration.blanking import BlankingStream, without_values
from orchestration.defs.build import quotamart_build
from orchestration.defs.publishing import PUBLISHED
from orchestration.files import CannotWrite, scratch_folder, writing_in
from orchestration.settings import Settings

_STEPS = {
    "landing": "landing     checking every landed file",
    "plans": "plans       checking the rules of pay",
    "warehouse": "warehouse   building and testing with dbt",
    "quality": "quality     judging what would be published",
    "published_version": "publishing  writing a new version",
}


@dataclass(frozen=True)
class BuildOutcome:
    """How a run ended.

    `failure` says why it did not succeed and what to do, `withheld` why what passed every check
    was not published.
    """

    run_id: str
    failure: str | None
    withheld: str | None


def run_build(
    settings: Settings,
    dbt_vars: Mapping[str, Any],
    tell: Callable[[str], None],
    publish_anyway: bool = False,
) -> BuildOutcome:
    """Run the whole job in this process.

    dbt's and Dagster's own output goes to `logs/build.log`. The run is kept in DAGSTER_HOME where
    that is set, so that the UI shows it; else nowhere.
    """
    from orchestration.definitions import defs

    log = settings.project_dir / "logs" / "build.log"
    job = defs.resolve_job_def(quotamart_build.name).with_logger_defs(
        {"progress": _progress_logger(tell)}
    )
    home = os.environ.get("DAGSTER_HOME")
    with writing_in(log.parent):
        log.parent.mkdir(exist_ok=True)
        with (
            scratch_folder("build") as scratch,
            DagsterInstance.get() if home else DagsterInstance.ephemeral(str(scratch)) as instance,
            log.open("w", encoding="utf-8") as file,
            contextlib.redirect_stdout(BlankingStream(file)),
            contextlib.redirect_stderr(BlankingStream(file)),
        ):
            result = job.execute_in_process(
                run_config={
                    "resources": {
                        "build": {
                            "config": {"dbt_vars": dict(dbt_vars), "publish_anyway": publish_anyway}
                        }
                    },
                    "loggers": {"progress": {}},
                },
                instance=instance,
                raise_on_error=False,
            )
    failure = None if result.success else failure_text(result)
    return BuildOutcome(result.run_id, failure, _withheld(result))


def _withheld(result: ExecuteInProcessResult) -> str | None:
    """What the last step said instead of publishing."""
    for event in result.all_events:
        if event.event_type == DagsterEventType.ASSET_OBSERVATION:
            observation = event.asset_observation_data.asset_observation
            if observation.asset_key == PUBLISHED:
                return observation.description
    return None


def failure_text(result: ExecuteInProcessResult) -> str:
    """Why a run failed: each failed check, and each failed step in its own words."""
    texts = []
    for event in result.all_events:
        if event.event_type == DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed and check.description:
                texts.append(check.description)
    texts += [text for event in result.all_events if (text := _event_failure(event))]
    return "\n".join(dict.fromkeys(texts)) or "The run failed; logs/build.log says why."


def _event_failure(event: DagsterEvent) -> str | None:
    """The innermost message of a failure, except where failed checks have said it already."""
    if event.event_type == DagsterEventType.STEP_FAILURE:
        data = event.step_failure_data
        if data.user_failure_data and data.user_failure_data.description:
            return data.user_failure_data.description
        error = data.error
    elif event.event_type == DagsterEventType.RUN_FAILURE:
        error = event.job_failure_data.error
    else:
        return None
    if error is None or error.cls_name == "DagsterAssetCheckFailedError":
        return None
    # What it came from says less than our own words for it.
    while error.cause and error.cls_name != CannotWrite.__name__:
        error = error.cause
    # The class's name stands before the first colon; the message is written for humans.
    told = error.message.strip().partition(": ")[2] or error.message.strip()
    return without_values(told)


class _Progress(logging.Handler):
    """Tells of each step when it starts, when it is tried again and how it ended."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__(logging.DEBUG)
        self._tell = tell
        self._said = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of one record of the run, if it is of interest."""
        meta = getattr(record, "dagster_meta", {})
        event = meta.get("dagster_event")
        if event is None:
            if record.levelno == logging.INFO and meta.get("step_key"):
                self._said = meta["orig_message"]
            # dagster-dbt warns of every test over several models, which is no asset check here.
            elif record.levelno == logging.WARNING and meta.get("step_key") == "landing":
                self._tell(f"            note: {meta['orig_message']}")
            return
        step = _STEPS.get(event.step_key or "")
        if step and event.event_type == DagsterEventType.STEP_START:
            self._said = ""
            self._tell(f"{step} ...")
        elif step and event.event_type == DagsterEventType.STEP_SUCCESS:
            seconds = event.step_success_data.duration_ms / 1000
            self._tell(f"            {self._said or 'done'} ({seconds:.1f} s)")
        elif step and event.event_type == DagsterEventType.STEP_UP_FOR_RETRY:
            self._tell("            a fault, not a failed check: trying again")
        elif step and event.event_type == DagsterEventType.STEP_FAILURE:
            self._tell("            FAILED")


def _progress_logger(tell: Callable[[str], None]):
    @logger
    def progress(_) -> logging.Logger:
        # Not a child of the root: a run's progress belongs to the caller who asked for it.
        told = logging.Logger("quotamart.progress", logging.DEBUG)  # noqa: LOG001
        told.addHandler(_Progress(tell))
        return told

    return progress
