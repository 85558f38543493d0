"""The rules of pay as rows: read and judged before anything is built from them.

`declared` reads what the seeds' YAML says, `tables` the CSV files, each rule module judges one
theme, `check` puts them together. What pay follows from the rules is the models' work.
"""

from orchestration.compensation.check import PlansReport, check_plans
from orchestration.compensation.findings import Finding
from orchestration.compensation.folder import PlansError, complete_folder

__all__ = ["Finding", "PlansError", "PlansReport", "check_plans", "complete_folder"]
