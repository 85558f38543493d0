"""Great Expectations inside DuckDB: suites from YAML, run on the build file, never changing it.

Volume, distribution and plausibility of what arrives and of what would be published belong here.
Keys, contracts and sums of money do not: those are dbt tests. `runner` is imported where suites
run, not here: Great Expectations takes seconds to load.
"""

from orchestration.quality.results import ExpectationResult, SuiteResult
from orchestration.quality.suites import Suite, SuiteError, read_suites, suites_folder

__all__ = [
    "ExpectationResult",
    "Suite",
    "SuiteError",
    "SuiteResult",
    "read_suites",
    "suites_folder",
]
