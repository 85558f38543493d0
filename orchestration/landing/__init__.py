"""Landing: what may lie in the landing folder, what lies there, and how a file gets there.

`declared` reads the declared sources from dbt's manifest, `check` judges every landed file,
`land` brings one more batch (`delimited` reads CSV, `replica` finds what changed in a full copy).
Judging rows is not done here: that is the staging models' work.
"""

from orchestration.landing.check import Finding, LandingReport, check_landing
from orchestration.landing.declared import (
    LandingError,
    SourceColumn,
    SourceTable,
    declared_tables,
    load_manifest,
)
from orchestration.landing.land import LandedBatch, land
from orchestration.landing.landed_files import LandedFile
from orchestration.landing.replica import is_replica, refuse_past_as_of
from orchestration.landing.values import parsed_instant

__all__ = [
    "Finding",
    "LandedBatch",
    "LandedFile",
    "LandingError",
    "LandingReport",
    "SourceColumn",
    "SourceTable",
    "check_landing",
    "declared_tables",
    "is_replica",
    "land",
    "load_manifest",
    "parsed_instant",
    "refuse_past_as_of",
]
