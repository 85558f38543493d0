"""What is tried again: a disk, a mount, a lock or a process that failed.

A failed check is never tried again, and neither is an error in the code: both say the same thing
the second time.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
from dagster import RetryRequested

_MAX_RETRIES = 2
_SECONDS_TO_WAIT = 5
_FAULTS = (OSError, duckdb.IOException)


@contextmanager
def faults_tried_again() -> Iterator[None]:
    """Have the step tried again when its block fails for a fault."""
    try:
        yield
    except _FAULTS as fault:
        raise another_try() from fault


def another_try() -> RetryRequested:
    """What to raise, from the fault's own exception, for another try a little later."""
    return RetryRequested(max_retries=_MAX_RETRIES, seconds_to_wait=_SECONDS_TO_WAIT)
