"""Landing: what may lie in the landing folder, what lies there, and how a file gets there.

`declared` reads the declared sources from dbt's manifest, `check` judges every landed file,
`freshness` says which source stopped, `drift` which columns came and went, `land` brings one more
batch (`delimited` reads CSV, `replica` finds what changed in a full copy).
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
from orchestration.landing.drift import ColumnChange, column_changes
from orchestration.landing.freshness import Freshness, freshness_of, is_withheld
from orchestration.landing.land import LandedBatch, land
from orchestration.landing.landed_files import LandedFile, read_landed_files
from orchestration.landing.replica import is_replica, refuse_past_as_of
from orchestration.landing.values import parsed_instant

__all__ = [
    "ColumnChange",
    "Finding",
    "Freshness",
    "LandedBatch",
    "LandedFile",
    "LandingError",
    "LandingReport",
    "SourceColumn",
    "SourceTable",
    "check_landing",
    "column_changes",
    "declared_tables",
    "freshness_of",
    "is_replica",
    "is_withheld",
    "land",
    "load_manifest",
    "parsed_instant",
    "read_landed_files",
    "refuse_past_as_of",
]
