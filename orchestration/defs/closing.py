"""Closing a month from Dagster's UI: a job with one partition a month.

It is no part of the build: a build may be repeated, a close is for good, so nothing starts it but
a person. What a close does stands in `orchestration/ledger`.
"""

from dagster import (
    Config,
    Definitions,
    Failure,
    MonthlyPartitionsDefinition,
    OpExecutionContext,
    job,
    op,
)
from pydantic import Field

from orchestration.dbt_project import project_vars
from orchestration.ledger import LedgerError, parsed_period, period_text
from orchestration.ledger.close import close_period
from orchestration.ledger.opening import first_period_of
from orchestration.ledger.report import closed_text
from orchestration.lock import LedgerLocked
from orchestration.published import PublishRefused
from orchestration.settings import Settings


class CloseConfig(Config):
    """How a month is closed."""

    interim: bool = Field(
        default=False, description="Post only what is marked for interim runs; stay open."
    )
    by: str = Field(default="Dagster", description="Who closes; kept in the ledger.")
    accepted_by: str | None = Field(
        default=None,
        description="Who answers for events credited to nobody, blocked keys and large reversals.",
    )


def posting_months() -> MonthlyPartitionsDefinition:
    """The months from the first that pay is posted for to the running one, for interim runs."""
    settings = Settings.from_environment()
    dbt_vars = project_vars(settings)
    first = first_period_of(settings, dbt_vars)
    return MonthlyPartitionsDefinition(
        start_date=period_text(first) if first else f"{dbt_vars['calendar_first_year']}-01",
        fmt="%Y-%m",
        timezone=dbt_vars["reporting_timezone"],
        end_offset=1,
    )


@op
def close_month(context: OpExecutionContext, config: CloseConfig) -> None:
    """Post what the published version says is pending for the month of the partition."""
    try:
        closed = close_period(
            Settings.from_environment(),
            parsed_period(context.partition_key),
            config.interim,
            config.by,
            config.accepted_by,
        )
    except (LedgerError, LedgerLocked, PublishRefused) as refusal:
        raise Failure(str(refusal), allow_retries=False) from refusal
    context.log.info(closed_text(closed))
    if closed.file:
        context.add_output_metadata({"close": closed.file.name, "receipt": closed.file.hash})


@job(
    partitions_def=posting_months(),
    description="Close a month: post what is pending, once and for good.",
)
def quotamart_close() -> None:
    """One step: a close is one commit."""
    close_month()


defs = Definitions(jobs=[quotamart_close])
