"""Every worked example of the rules of pay, by the models.

Here belongs that the models say of each company of test_examples.py what the second method says of
it; what that is stands there, worked out by hand. A close is of a whole month: what the examples
show of a day within one is left out, and so is what the second method refuses to pay.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from inspect import getmembers, isfunction
from pathlib import Path

import pytest

from . import test_examples
from .compiled import PayCompiler
from .engine import Pay
from .inventor import InventedCompany
from .quotas import MissingQuota
from .rows import PayRows, PaySettings
from .test_agreement import Batch, disagreements, project_for

EXAMPLES = {
    name: function
    for name, function in getmembers(test_examples, isfunction)
    if name.startswith("test_") and not hasattr(function, "pytestmark")
}


@pytest.fixture(scope="module")
def compiler(compiled_folder: Path) -> Iterator[PayCompiler]:
    """Compiles the models for the fiscal years of the examples."""
    ahead = PayCompiler(compiled_folder)
    yield ahead
    ahead.close()


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_models_pay_the_example(compiler, monkeypatch, name):
    told: list[tuple[PayRows, PaySettings]] = []

    class Recorded(Pay):
        """The second method, which tells what it was asked."""

        def __init__(self, rows: PayRows, settings: PaySettings) -> None:
            told.append((rows, settings))
            super().__init__(rows, settings)

    monkeypatch.setattr(test_examples, "Pay", Recorded)
    EXAMPLES[name]()
    wrong = []
    for rows, settings in told:
        if is_refused(rows, settings) or not is_month_end(settings.cutoff_on):
            continue
        project = project_for(compiler, settings)
        batch = Batch(settings, (InventedCompany("example", rows),))
        wrong += [(settings, *found) for found in disagreements(project, batch).items()]
    assert wrong == []


def is_month_end(day: date) -> bool:
    """Whether a day is the last of its month."""
    return (day + timedelta(days=1)).day == 1


def is_refused(rows: PayRows, settings: PaySettings) -> bool:
    """Whether the second method does not pay these rows: a quota or a rate is missing."""
    try:
        return Pay(rows, settings).lines is None
    except (MissingQuota, KeyError):
        return True
