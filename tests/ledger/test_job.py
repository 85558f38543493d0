"""The Dagster job that closes a month, one partition a month."""

import pytest
import yaml
from dagster import DagsterInstance

from orchestration.definitions import defs
from orchestration.defs.closing import quotamart_close
from orchestration.ledger.book import read_book
from orchestration.settings import Settings
from tests.conftest import PROJECT
from tests.ledger.company import JANUARY, Company, key


@pytest.fixture
def here(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """The job works on this company."""
    monkeypatch.setattr(Settings, "from_environment", lambda *_: company.settings)
    return company


def run(month: str, **config: object):
    with DagsterInstance.ephemeral() as instance:
        return quotamart_close.execute_in_process(
            partition_key=month,
            run_config={"ops": {"close_month": {"config": config}}},
            instance=instance,
            raise_on_error=False,
        )


def test_the_job_has_a_partition_for_every_month_from_the_ledgers_first_on() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    year, month = map(int, project["vars"]["ledger_first_period"].split("-")[:2])
    months = defs.resolve_job_def("quotamart_close").partitions_def.get_partition_keys()

    counted = range(12 * year + month - 1, 12 * year + month - 1 + len(months))
    assert months == [f"{number // 12}-{number % 12 + 1:02}" for number in counted]
    assert months


def test_the_job_closes_the_month_of_its_partition(here: Company) -> None:
    here.entitle("10.00", of=key(component="bonus"), is_interim=True)
    here.entitle("5.00")
    here.publish(JANUARY)

    assert run("2026-01", interim=True, by="ann").success
    assert run("2026-01", by="bob").success

    files = read_book(here.settings).files
    assert [(f.kind, f.content["closed_by"]) for f in files] == [
        ("interim", "ann"),
        ("final", "bob"),
    ]


def test_a_refused_close_fails_the_run_and_is_not_tried_again(here: Company) -> None:
    result = run("2026-01")

    assert not result.success
    (failure,) = [e for e in result.all_events if e.is_step_failure]
    assert "Nothing is published yet" in str(failure.step_failure_data.user_failure_data)
