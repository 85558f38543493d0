"""The gates of a build that are no test of its data: each may refuse to publish.

Here: their names and what they protect. The code that closes one stands where the fault is seen,
and says so with `<GATE>.says(...)`.
"""

from orchestration.checks.declared import Declared

_OWNER = "data engineering"

VARS = Declared(
    "build: vars can be used",
    "A mistaken var, or a past that the landed files cannot show, ends the build with its name "
    "instead of making other figures.",
    _OWNER,
)
LEFT_OUT = Declared(
    "build: dbt runs every model and test",
    "A check that did not run counts as failed, also where dbt ended early.",
    _OWNER,
)
BUILT = Declared(
    "build: every model and seed is made as its contract says",
    "A model that cannot be built, or has other columns and types than its YAML, reaches nobody.",
    _OWNER,
)
LANDED_MEANWHILE = Declared(
    "build: only files that were checked are built",
    "Rows that land while a build starts wait for the next one; what the landing check counted is "
    "what the build counted.",
    _OWNER,
)
CLOSED_MEANWHILE = Declared(
    "build: no period is closed while dbt runs",
    "Marts of the ledger hold all its closes or none of the newest.",
    "finance",
)
LIMITS = Declared(
    "build: limits of drift can be read",
    "A typing error in limits.yml switches no comparison off.",
    _OWNER,
)
RAN = Declared(
    "publish: every gate ran in this run",
    "Publishing asked for alone, or after some checks only, publishes nothing.",
    _OWNER,
)
RECORD = Declared(
    "publish: the build is of this run",
    "What is published was built and tested by dbt in the run that publishes it.",
    _OWNER,
)
PASSED = Declared(
    "publish: every check passed",
    "Nothing is published over a failed check that no person accepted by name.",
    _OWNER,
)
LANDING = Declared(
    "publish: the landed files are known and sound",
    "A version names every file that it was built from, by content.",
    _OWNER,
)
UNCHANGED = Declared(
    "publish: the build file is the one that was tested",
    "Nobody wrote to the build file, or replaced it, between its tests and its publishing.",
    _OWNER,
)
DESCRIBED = Declared(
    "publish: every mart is built and every column described",
    "No column is published of which nobody said whether it is personal or pay.",
    _OWNER,
)
EMPTIED = Declared(
    "publish: no mart is emptied",
    "A source that is lost does not empty what readers had.",
    _OWNER,
)
LEDGER = Declared(
    "publish: the ledger holds what was built from it",
    "No version is made over a ledger that was changed, or over a close that is gone.",
    "finance",
)
POINTER = Declared(
    "publish: readers follow a pointer to a whole version",
    "Readers see one whole version; a folder put in the pointer's place is not overwritten.",
    _OWNER,
)

CHECKS = (
    *(VARS, LEFT_OUT, BUILT, LANDED_MEANWHILE, CLOSED_MEANWHILE, LIMITS),
    *(RAN, RECORD, PASSED, LANDING, UNCHANGED, DESCRIBED, EMPTIED, LEDGER, POINTER),
)
