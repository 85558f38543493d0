"""The sample company with its ledger and all that explains it, and a company for each test."""

from pathlib import Path

import pytest

from orchestration.audit.lines import MARTS as AUDITED_MARTS
from orchestration.settings import Settings
from tests.conftest import made_once, session_folder
from tests.ledger.builds import publish_marts
from tests.ledger.company import Company, company_in

POSTED_MARTS = ("fct_payout_ledger", "fct_payouts_by_payee_period", "fct_uncredited_events")


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """A company without pay, whose first plan begins in January 2026."""
    return company_in(tmp_path)


@pytest.fixture(scope="session")
def audited(
    build_environment: dict[str, str],
    built_warehouse: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Settings:
    """The sample company, its full months closed, published with all that explains pay.

    Tests only read it; what breaks something takes a copy of its published folder.
    """
    folder = session_folder(tmp_path_factory) / "audited"
    environment = build_environment | {"QUOTAMART_PUBLISH": str(folder)}
    made_once(folder, lambda _: publish_marts(environment, [*AUDITED_MARTS, *POSTED_MARTS], {}))
    return Settings.from_environment(environment)
