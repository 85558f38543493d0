"""What may be wrong with the ledger, and what speaks against a close: names and what they protect.

Here: the checks as they are declared. What makes them is verify.py, objections.py and close.py,
whose lines for people are each said by one of these.
"""

from orchestration.checks.declared import ACCEPTED, Declared

_OWNER = "finance"

FOREIGN = Declared(
    "ledger: nothing foreign lies in it",
    "Nobody can smuggle a close, or what looks like one, into what people are paid from.",
    _OWNER,
)
GONE = Declared(
    "ledger: no file of a close is gone",
    "Every posted line and all that it was computed from can be shown.",
    _OWNER,
)
CHANGED = Declared(
    "ledger: no byte of a close was changed",
    "What was posted is what was written on the day of the close.",
    _OWNER,
)
TOTALS = Declared(
    "ledger: a close says what its lines say",
    "Counts, months, keys and control totals of a close are those of its lines.",
    _OWNER,
)
CHAIN = Declared(
    "ledger: closes follow one another",
    "No close was put in, taken out or reordered, and months are closed in order.",
    _OWNER,
)
LOST = Declared(
    "ledger: no close that others know of is lost",
    "A close removed from the end is missed by its receipt and by the versions built over it.",
    _OWNER,
)
ERASURES = Declared(
    "ledger: the register of erasures is what was written",
    "A landed file or a version that changed since a close did so by a request that can be named.",
    _OWNER,
)
VERSION = Declared(
    "close: a version with all that is to be posted is published",
    "Only what was validated and published is posted.",
    _OWNER,
)
CUTOFF = Declared(
    "close: the version takes effect up to the end of the month",
    "A month is posted with all of its days and none of the next month's.",
    _OWNER,
)
WHOLE_MONTH = Declared(
    "close: the version knows the whole month",
    "A final close waits until the last day of the month is over and has arrived.",
    _OWNER,
)
COMMITTED = Declared(
    "close: the code of the version is in a commit",
    "Anybody can say later what computed a posting.",
    _OWNER,
)
HEAD = Declared(
    "close: the version was built over this ledger",
    "What is posted already is not posted again, and each line says why it is pending.",
    _OWNER,
)
FILE = Declared(
    "close: finance's file is what was published",
    "Nobody wrote amounts into the file between its publishing and the close.",
    _OWNER,
)
RATES = Declared(
    "close: every rate of exchange is final",
    "Nobody is paid at a rate that may still change.",
    _OWNER,
)
UNCREDITED = Declared(
    "close: every event is credited to somebody",
    "No sale is paid to nobody without a person knowing.",
    _OWNER,
    ACCEPTED,
)
BLOCKED = Declared(
    "close: no posted event became invalid",
    "Pay whose event the source lost stays as posted until a person decides.",
    _OWNER,
    ACCEPTED,
)
REVERSALS = Declared(
    "close: the source takes back no more than the limit",
    "A lost file does not claw back a month's pay unnoticed.",
    _OWNER,
    ACCEPTED,
)
PERIOD = Declared(
    "close: months are closed in order",
    "No month is closed before the one before it, and none before the ledger begins.",
    _OWNER,
)

CHECKS = (
    *(FOREIGN, GONE, CHANGED, TOTALS, CHAIN, LOST, ERASURES),
    *(VERSION, CUTOFF, WHOLE_MONTH, COMMITTED, HEAD, FILE, RATES),
    *(UNCREDITED, BLOCKED, REVERSALS, PERIOD),
)
