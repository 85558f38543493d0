"""Verifying: whatever is changed, added or gone is found, the last close too."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from orchestration.ledger.chain import close_hash, rendered
from orchestration.ledger.verify import summary, verify
from tests.ledger.company import FEBRUARY, JANUARY, MARCH, Company, company_in, key

CHANGES = 400


@pytest.fixture(scope="module")
def closed_company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Three months closed, and an interim run; tests leave it as it was."""
    company = company_in(tmp_path_factory.mktemp("closed"))
    for number, period in enumerate((JANUARY, FEBRUARY, MARCH)):
        company.entitle(f"{number}00.50", of=key(basis=f"booking:crm:o{number}", earned=period))
        company.entitle("9.00", of=key(component=f"bonus_{number}", earned=period), is_interim=True)
        company.publish(period)
        if period == FEBRUARY:
            company.close(period, interim=True)
        company.close(period)
    return company


@pytest.fixture
def copied(closed_company: Company, tmp_path: Path) -> Company:
    """A copy for one test to break."""
    root = tmp_path / "copy"
    shutil.copytree(closed_company.settings.project_dir, root, symlinks=True)
    return Company(type(closed_company.settings).from_environment({}, project_dir=root))


def findings(company: Company, expect: str | None = None) -> tuple[str, ...]:
    return verify(company.settings, expect).findings


def ledger_files(company: Company) -> list[Path]:
    folder = company.settings.ledger_dir
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


def test_a_ledger_in_order_is_in_order(closed_company: Company) -> None:
    report = verify(closed_company.settings)

    assert (report.findings, report.notes) == ((), ())
    assert summary(report).startswith("4 closes (3 final), 6 lines, head 000004-2026-03 ")


def test_an_empty_ledger_is_in_order(company: Company) -> None:
    report = verify(company.settings)

    assert report.findings == ()
    assert "nothing was closed yet" in summary(report)


def test_any_changed_byte_is_found(copied: Company) -> None:
    chance = random.Random(7)
    files = ledger_files(copied)
    for number in range(CHANGES):
        path = files[number % len(files)]
        content = path.read_bytes()
        place = (0, len(content) - 1, chance.randrange(len(content)))[min(number // len(files), 2)]
        changed = bytearray(content)
        changed[place] ^= chance.randrange(1, 256)
        path.write_bytes(changed)
        assert findings(copied), f"{path.name}, byte {place}"
        path.write_bytes(content)
    assert findings(copied) == ()


def test_every_changed_byte_of_a_close_is_found(copied: Company) -> None:
    path = copied.settings.ledger_dir / "000002-2026-02" / "close.json"
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert findings(copied), f"byte {place}: {content[place - 5 : place + 5]!r}"
    path.write_bytes(content)
    assert findings(copied) == ()


@pytest.mark.parametrize("cut", [0, 1, 100])
def test_a_file_cut_short_or_made_longer_is_found(copied: Company, cut: int) -> None:
    for path in ledger_files(copied):
        content = path.read_bytes()
        path.write_bytes(content[:-cut] if cut else content + b"\n")
        assert findings(copied), path
        path.write_bytes(content)


def test_any_removed_file_is_found(copied: Company) -> None:
    for path in ledger_files(copied):
        content = path.read_bytes()
        path.unlink()
        assert findings(copied), path
        path.write_bytes(content)
    assert findings(copied) == ()


def test_any_removed_close_is_found_the_last_one_too(copied: Company) -> None:
    ledger = copied.settings.ledger_dir
    for folder in sorted(ledger.glob("0*")):
        aside = copied.settings.project_dir / folder.name
        folder.rename(aside)
        assert any(folder.name in finding for finding in findings(copied)), folder
        aside.rename(folder)
    assert findings(copied) == ()


def test_a_removed_last_close_is_found_by_what_was_published_over_it(copied: Company) -> None:
    copied.publish(date_after(MARCH))
    shutil.rmtree(copied.settings.receipts_dir)
    remove_last(copied)

    assert any("was built over a close that is gone" in found for found in findings(copied))


def test_a_removed_last_close_is_found_by_the_receipt_that_finance_holds(copied: Company) -> None:
    head = verify(copied.settings).book.head
    shutil.rmtree(copied.settings.receipts_dir)
    assert findings(copied, head.hash) == ()
    remove_last(copied)

    assert findings(copied) == ()
    assert findings(copied, head.hash) == (
        f"No close has the hash {head.hash}: it was removed, or the ledger was rewritten.",
    )


def test_an_older_receipt_holds_and_says_what_came_after(copied: Company) -> None:
    first = verify(copied.settings).book.files[0]

    assert verify(copied.settings, first.hash).notes == (
        f"{first.hash} is 000001-2026-01; 3 closes came after it.",
    )


def date_after(period):
    return period.replace(month=period.month + 1)


def remove_last(company: Company) -> None:
    unnamed = verify(company.settings).book.files[-1]
    shutil.rmtree(unnamed.path)


ADDED = {
    "a file in the ledger": "notes.txt",
    "a hidden file in the ledger": ".notes",
    "a file in a close": "000001-2026-01/notes.txt",
    "a hidden file in a close": "000001-2026-01/.notes",
    "a kept input": "inputs/" + "0" * 64,
    "another close": "000005-2026-04/close.json",
    "a folder of another name": "2026-04/close.json",
}


@pytest.mark.parametrize("path", ADDED.values(), ids=ADDED)
def test_any_added_file_is_found(copied: Company, path: str) -> None:
    added = copied.settings.ledger_dir / path
    added.parent.mkdir(exist_ok=True)
    added.write_bytes(b"{}")

    assert findings(copied)


def test_a_link_in_place_of_a_file_is_found(copied: Company) -> None:
    lines = copied.settings.ledger_dir / "000001-2026-01" / "lines.parquet"
    aside = copied.settings.project_dir / "lines.parquet"
    lines.rename(aside)
    lines.symlink_to(aside)

    assert findings(copied) == ("000001-2026-01/lines.parquet is no plain file.",)


def rewritten(company: Company, number: int, change: Callable[[dict], object]) -> None:
    """Change what a close says, and hash it and all that follow anew, as a forger would."""
    before = None
    for position, file in enumerate(verify(company.settings).book.files):
        content = {**file.content, "previous_hash": before}
        if position == number:
            change(content)
        content["hash"] = before = close_hash(content)
        (file.path / "close.json").write_bytes(rendered(content))


FORGED: dict[str, Callable[[dict], object]] = {
    "a control total": lambda content: content["control_totals"]["CNY"].update(earned="1.00"),
    "a line count": lambda content: content.update(line_count=9),
    "a slice count": lambda content: content.update(slice_count=9),
    "a cutoff": lambda content: content.update(cutoff_on="2026-01-30"),
    "a file's hash": lambda content: content["files"].update({"lines.parquet": "0" * 64}),
    "an input's hash": lambda content: content["inputs"].update(vars="0" * 64),
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_a_chain_hashed_anew_is_found_by_what_it_says(
    copied: Company, change: Callable[[dict], object]
) -> None:
    shutil.rmtree(copied.settings.receipts_dir)
    for version in copied.settings.versions_dir.iterdir():
        shutil.rmtree(version)
    rewritten(copied, 0, change)

    assert findings(copied)


def test_a_chain_hashed_anew_is_found_by_receipts_and_versions(copied: Company) -> None:
    rewritten(copied, 0, lambda content: content.update(closed_by="somebody else"))

    found = findings(copied)

    assert "000001-2026-01 is not the close whose receipt is in" in " ".join(found)
    assert "was built over a close that is gone" in " ".join(found)


def test_the_same_meaning_in_other_bytes_is_found(copied: Company) -> None:
    path = copied.settings.ledger_dir / "000001-2026-01" / "close.json"
    path.write_text(json.dumps(json.loads(path.read_text())))

    assert findings(copied) == (
        "000001-2026-01/close.json was written anew: other bytes, the same meaning.",
    )


@hypothesis_settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(chance=st.randoms(use_true_random=False), junk=st.binary(min_size=1, max_size=200))
def test_any_file_overwritten_with_junk_is_found(
    copied: Company, chance: random.Random, junk: bytes
) -> None:
    path = chance.choice(ledger_files(copied))
    content = path.read_bytes()
    path.write_bytes(junk)
    try:
        assert findings(copied) or junk == content
    finally:
        path.write_bytes(content)
