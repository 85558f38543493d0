"""A company of its own for each test."""

from pathlib import Path

import pytest

from tests.ledger.company import Company, company_in


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """A company without pay, whose first plan begins in January 2026."""
    return company_in(tmp_path)
