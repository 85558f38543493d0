"""The build as a whole: its job, the lock that makes it the only writer, the dbt it calls."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster import (
    AssetSelection,
    ConfigurableResource,
    Definitions,
    InitResourceContext,
    define_asset_job,
    in_process_executor,
)
from pydantic import Field, PrivateAttr

from orchestration.defs.project import dbt_resource
from orchestration.defs.records import write_killed_runs, write_run
from orchestration.files import PRIVATE_FILE, PRIVATE_FOLDER, keep_private, writing_in
from orchestration.lock import BuildLock
from orchestration.settings import Settings


class BuildRun(ConfigurableResource):
    """One run over the build file: the vars it was started with, and the lock while it lasts."""

    dbt_vars: dict[str, Any] = Field(
        default_factory=dict, description="dbt vars that differ from dbt_project.yml."
    )
    publish_anyway: bool = Field(
        default=False, description="Publish also what was built with such vars."
    )
    lock_patience_seconds: float = Field(
        default=0, description="How long to wait for another build to end."
    )
    _settings: Settings = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["BuildRun"]:
        """Hold the build lock from the first step to the last: all steps are in one process."""
        self._settings = Settings.from_environment()
        with writing_in(self._settings.warehouse_dir):
            _close_to_others(self._settings)
        with BuildLock(self._settings, self.lock_patience_seconds):
            with _told_only(context):
                write_killed_runs(self._settings)
            try:
                yield self
            finally:
                # Also of a run that failed: its checks are what somebody will ask for.
                with _told_only(context):
                    write_run(self._settings, context.run_id)

    @property
    def settings(self) -> Settings:
        """The places, read once a run."""
        return self._settings


@contextmanager
def _told_only(context: InitResourceContext) -> Iterator[None]:
    """A disk that cannot take the history of checks hides no reason that the build itself has."""
    try:
        yield
    except OSError as error:
        context.log.warning(f"What the checks found is not in their history: {error}.")


def _close_to_others(settings: Settings) -> None:
    """Whoever starts a run, and whatever made the warehouse: what it holds is its owner's alone.

    A folder of somebody else's is left as it is: who shares one answers for its mode.
    """
    keep_private()
    folder = settings.warehouse_dir
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid == os.getuid():
        folder.chmod(PRIVATE_FOLDER)
        if settings.build_file.exists():
            settings.build_file.chmod(PRIVATE_FILE)


quotamart_build = define_asset_job(
    "quotamart_build",
    selection=AssetSelection.all(),
    executor_def=in_process_executor,
    description="Check what landed, build and audit the warehouse, publish what passed.",
)

defs = Definitions(
    jobs=[quotamart_build],
    resources={"build": BuildRun(), "dbt": dbt_resource()},
)
