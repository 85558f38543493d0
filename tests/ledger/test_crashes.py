"""Killed anywhere, or two at once: nothing is lost, nothing is posted twice, the chain verifies."""

import random
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.files import CannotWrite
from orchestration.ledger.book import UNFINISHED, read_book
from orchestration.ledger.verify import verify
from orchestration.settings import Settings
from tests.disks import FAULTS, SmallDisk
from tests.killed import PROCESSES, Killable, closing
from tests.ledger.company import FEBRUARY, JANUARY, Company, company_in, key, posted_by_key

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company whose first close also opens the ledger; tests leave it as it was."""
    company = company_in(tmp_path_factory.mktemp("opened"))
    company.entitle("500.00", of=key(basis="booking:crm:old", earned=JANUARY))
    for number in range(50):
        name = key(payee=f"p{number % 7}", basis=f"booking:crm:o{number}", earned=FEBRUARY)
        company.entitle(f"{number + 1}.10", of=name)
    company.publish(FEBRUARY, dbt_vars={"ledger_first_period": "2026-02-01"})
    return company


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """A company with a month closed and corrections to post; tests leave it as it was."""
    company = company_in(tmp_path_factory.mktemp("running"))
    for number in range(50):
        company.entitle(f"{number + 1}.10", of=key(basis=f"booking:crm:o{number}"))
    company.publish(JANUARY)
    company.close(JANUARY)
    for number in range(0, 50, 3):
        company.entitle(f"{number}.00", "2", of=key(basis=f"booking:crm:o{number}"))
    company.drop(key(basis="booking:crm:o1"))
    company.publish(FEBRUARY)
    return company


def copy_of(company: Company, folder: Path) -> Company:
    shutil.copytree(company.settings.project_dir, folder, symlinks=True)
    settings = Settings.from_environment({}, project_dir=folder)
    return Company(settings, company.entitlements)


def close_of(company: Company) -> Killable:
    """February's close in a process of its own."""
    settings = company.settings
    return Killable(
        closing,
        settings,
        FEBRUARY,
        watched=(settings.ledger_dir, settings.receipts_dir),
    )


def assert_posted_once(company: Company, before: int) -> None:
    """Everything due is posted by now, once, in a ledger that verifies and holds no leftovers."""
    expected = {name: due.amount for name, due in company.entitlements.items() if due.amount}
    assert posted_by_key(company.settings) == expected
    assert company.pending() == {}
    report = verify(company.settings)
    assert (report.findings, report.notes) == ((), ())
    files = read_book(company.settings).files
    assert [file.kind for file in files[before:]] == ["final"]
    ledger = company.settings.ledger_dir
    assert not list(ledger.glob(f"{UNFINISHED}*"))
    assert not list(ledger.rglob(".*.tmp"))
    assert {path.name for path in company.settings.receipts_dir.iterdir()} == {
        file.name for file in files
    }


def test_a_first_close_killed_at_each_of_its_steps_loses_nothing_and_posts_nothing_twice(
    opened: Company, tmp_path: Path, at_full_length: bool
) -> None:
    steps = close_of(copy_of(opened, tmp_path / "whole")).steps()
    assert steps >= 30
    for step in range(1, steps + 1, 1 if at_full_length else 5):
        company = copy_of(opened, tmp_path / str(step))
        assert close_of(company).killed_at(step), step
        assert verify(company.settings).findings == (), step

        company.close(FEBRUARY)

        assert_posted_once(company, before=1)
        shutil.rmtree(company.settings.project_dir)


def test_a_later_close_killed_at_each_of_its_steps_loses_nothing_and_posts_nothing_twice(
    running: Company, tmp_path: Path, at_full_length: bool
) -> None:
    steps = close_of(copy_of(running, tmp_path / "whole")).steps()
    assert steps >= 20
    for step in range(1, steps + 1, 1 if at_full_length else 5):
        company = copy_of(running, tmp_path / str(step))
        assert close_of(company).killed_at(step), step
        assert verify(company.settings).findings == (), step

        company.close(FEBRUARY)

        assert_posted_once(company, before=1)
        shutil.rmtree(company.settings.project_dir)


def test_killed_at_any_moment_again_and_again_nothing_is_lost(
    running: Company, tmp_path: Path, at_full_length: bool
) -> None:
    chance = random.Random(7)
    killed = 0
    while killed < (40 if at_full_length else 10):
        company = copy_of(running, tmp_path / "company")
        for _ in range(3):
            killed += close_of(company).killed_after(chance.uniform(0, 0.25))

        company.close(FEBRUARY)

        assert_posted_once(company, before=1)
        shutil.rmtree(company.settings.project_dir)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("place", ["ledger_dir", "receipts_dir"])
def test_without_room_a_close_posts_nothing_or_all_and_says_what_to_do(
    running: Company,
    tmp_path: Path,
    small_disk: Callable[..., SmallDisk],
    place: str,
    fault: str,
    at_full_length: bool,
) -> None:
    for spare_bytes in range(0, 12_289, 4_096 if at_full_length else 8_192):
        company = copy_of(running, tmp_path / str(spare_bytes))
        folder = getattr(company.settings, place)
        disk = small_disk(folder, megabytes=4)
        before = posted_by_key(company.settings)
        with (
            disk.failing(fault, spare_bytes if place == "ledger_dir" else 0),
            pytest.raises(CannotWrite, match=f"^{folder} cannot be written to: "),
        ):
            company.close(FEBRUARY)
        assert (posted_by_key(company.settings) == before) == (place == "ledger_dir")
        assert verify(company.settings).findings == ()

        company.close(FEBRUARY)

        assert_posted_once(company, before=1)


def test_of_two_closes_at_once_one_posts_and_the_other_says_so(
    running: Company, tmp_path: Path
) -> None:
    for round_number in range(5):
        company = copy_of(running, tmp_path / str(round_number))
        told = PROCESSES.Queue()
        arguments = (company.settings, FEBRUARY, told)
        both = [PROCESSES.Process(target=closing, args=arguments) for _ in range(2)]
        for process in both:
            process.start()
        outcomes = sorted(told.get(timeout=60) for _ in both)
        for process in both:
            process.join(60)

        assert "closed" in outcomes
        outcomes.remove("closed")
        assert outcomes[0] == "was closed" or "Another close is running (process" in outcomes[0]
        assert_posted_once(company, before=1)


def test_amounts_are_exact(running: Company, tmp_path: Path) -> None:
    company = copy_of(running, tmp_path / "company")

    company.close(FEBRUARY)

    assert sum(posted_by_key(company.settings).values()) == sum(
        (due.amount for due in company.entitlements.values()), Decimal(0)
    )
