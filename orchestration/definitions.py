"""What Dagster loads: the concepts of `orchestration/defs`, put together."""

from dagster import Definitions, in_process_executor

from orchestration.defs import (
    build,
    closing,
    landing,
    plans,
    publishing,
    quality,
    triggers,
    warehouse,
)

defs = Definitions.merge(
    *(
        concept.defs
        for concept in (build, landing, plans, warehouse, quality, publishing, triggers, closing)
    ),
    Definitions(executor=in_process_executor),
)
