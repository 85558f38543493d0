"""Closing a period: what is posted, once; what is refused; what is kept."""

import json
import shutil
import stat
from datetime import date
from decimal import Decimal

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.ledger.book import LedgerError, read_book
from orchestration.ledger.chain import close_hash, rendered
from orchestration.ledger.close import CloseRefused
from orchestration.ledger.verify import verify
from orchestration.lock import LedgerLock, LedgerLocked
from tests.ledger.company import (
    FEBRUARY,
    JANUARY,
    MARCH,
    PLANS,
    Company,
    key,
    posted_by_key,
)

HELD = key(part="held")
BONUS = key(component="signing_bonus")


def ledger_files(company: Company) -> dict[str, bytes]:
    folder = company.settings.ledger_dir
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def lines(company: Company, number: int = -1) -> list[dict]:
    return pq.read_table(read_book(company.settings).files[number].lines_path).to_pylist()


def refusal(company: Company, period: date, **more) -> str:
    """What a close says that posts nothing."""
    before = ledger_files(company)
    with pytest.raises(CloseRefused) as refused:
        company.close(period, **more)
    assert ledger_files(company) == before
    assert all(reason.strip() and "\n" not in reason for reason in refused.value.reasons)
    return str(refused.value)


# What is posted


def test_a_close_posts_what_is_due_with_its_reason_and_explanation(company: Company) -> None:
    company.entitle("120.00")
    company.entitle("-80.00", of=HELD)
    company.publish(JANUARY)

    closed = company.close(JANUARY, by="ann")

    assert closed.is_new
    assert closed.file.name == "000001-2026-01"
    assert [(line["part"], line["amount"], line["reason"]) for line in lines(company)] == [
        ("earned", Decimal("120.00"), "earned"),
        ("held", Decimal("-80.00"), "earned"),
    ]
    assert {line["posting_period_start"] for line in lines(company)} == {JANUARY}
    assert pq.read_table(closed.file.slices_path)["amount"].to_pylist() == [Decimal("120.00")]
    content = closed.file.content
    assert content["control_totals"] == {"CNY": {"earned": "120.00", "held": "-80.00"}}
    assert (content["closed_by"], content["line_count"], content["slice_count"]) == ("ann", 2, 1)
    assert (content["cutoff_on"], content["previous_hash"]) == ("2026-01-31", None)
    assert content["hash"] == close_hash(content)
    assert verify(company.settings).findings == ()


def test_what_is_already_posted_is_never_posted_again(company: Company) -> None:
    company.entitle("120.00")
    company.publish(JANUARY)
    company.close(JANUARY)
    company.entitle("150.00", "2")
    company.publish(FEBRUARY)

    company.close(FEBRUARY)

    assert [(line["amount"], line["reason"], line["changed"]) for line in lines(company)] == [
        (Decimal("30.00"), "source_change", "event|credit")
    ]
    assert lines(company)[0]["earning_period_start"] == JANUARY
    assert lines(company)[0]["event_fingerprint"] == "2"


def test_a_key_that_is_due_no_longer_is_taken_back_on_its_own_line(company: Company) -> None:
    company.entitle("120.00")
    company.publish(JANUARY)
    company.close(JANUARY)
    line_id = lines(company)[0]["line_id"]
    company.drop(key())
    company.publish(FEBRUARY)

    company.close(FEBRUARY)

    (line,) = lines(company)
    assert (line["amount"], line["line_id"]) == (Decimal("-120.00"), line_id)
    assert posted_by_key(company.settings) == {}


def test_a_final_close_of_nothing_is_written_all_the_same(company: Company) -> None:
    company.publish(JANUARY)

    closed = company.close(JANUARY)

    assert closed.file.content["line_count"] == 0
    assert read_book(company.settings).open_period == FEBRUARY


def test_an_interim_run_posts_what_is_marked_and_leaves_the_period_open(company: Company) -> None:
    company.entitle("120.00")
    company.entitle("10.00", of=BONUS, is_interim=True)
    company.publish(JANUARY, as_of="2026-01-15T00:00:00Z")

    closed = company.close(JANUARY, interim=True)

    assert [line["component_code"] for line in lines(company)] == ["signing_bonus"]
    assert (closed.file.kind, read_book(company.settings).open_period) == ("interim", JANUARY)
    assert not company.close(JANUARY, interim=True).is_new
    assert len(read_book(company.settings).files) == 1


def test_the_version_of_an_interim_run_may_be_closed_for_good_without_a_build_between(
    company: Company,
) -> None:
    company.entitle("120.00")
    company.entitle("10.00", of=BONUS, is_interim=True)
    company.publish(JANUARY)
    company.close(JANUARY, interim=True)

    company.close(JANUARY)

    assert [line["component_code"] for line in lines(company)] == ["new_business"]
    assert company.pending() == {}


def test_a_month_of_several_interim_runs_is_one_chain(company: Company) -> None:
    for number in range(3):
        company.entitle("10.00", of=key(basis=f"booking:crm:o{number}"), is_interim=True)
        company.publish(JANUARY)
        company.close(JANUARY, interim=True)
    company.publish(JANUARY)
    company.close(JANUARY)

    names = [file.name for file in read_book(company.settings).files]
    assert names == [f"00000{number}-2026-01" for number in (1, 2, 3, 4)]
    assert verify(company.settings).findings == ()


def test_all_pay_in_the_ledger_is_readable_by_its_owner_alone(company: Company) -> None:
    company.entitle("120.00")
    company.publish(JANUARY)
    company.close(JANUARY)

    for path in (company.settings.ledger_dir, *company.settings.ledger_dir.rglob("*")):
        if path.name != ".lock":
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


# Once


def test_a_repeated_close_writes_nothing_and_says_when_it_was_closed(company: Company) -> None:
    company.entitle("120.00")
    company.publish(JANUARY)
    company.close(JANUARY, by="ann")
    before = ledger_files(company)
    company.entitle("150.00", "2")
    company.publish(FEBRUARY)

    again = company.close(JANUARY, by="bob")

    assert not again.is_new
    assert again.file.content["closed_by"] == "ann"
    assert again.pending == (1, {"CNY": Decimal("30.00")})
    assert ledger_files(company) == before


def test_what_is_pending_is_counted_against_the_ledger_of_now(company: Company) -> None:
    company.entitle("120.00")
    company.publish(JANUARY)

    assert company.close(JANUARY).pending == (0, {})


def test_a_second_closer_is_refused_and_told_who_holds_the_lock(company: Company) -> None:
    company.publish(JANUARY)
    with (
        LedgerLock(company.settings, 0, "closing 2026-01 for ann"),
        pytest.raises(LedgerLocked, match=r"process [0-9]+ since .*, closing 2026-01 for ann"),
    ):
        company.close(JANUARY, patience_seconds=0.2)
    assert ledger_files(company) == {}


def test_leftovers_of_killed_closes_are_cleared(company: Company) -> None:
    company.publish(JANUARY)
    company.close(JANUARY)
    company.publish(FEBRUARY)
    ledger = company.settings.ledger_dir
    (ledger / ".tmp-1").mkdir()
    (ledger / ".tmp-1" / "lines.parquet").write_bytes(b"half")
    (ledger / "inputs" / ("0" * 64)).write_bytes(b"kept by nobody")
    (ledger / "inputs" / f".{'0' * 64}.77.tmp").write_bytes(b"half")
    assert verify(company.settings).findings == ()

    company.close(FEBRUARY)

    assert not [path for path in ledger_files(company) if "0" * 64 in path or ".tmp" in path]
    assert (verify(company.settings).findings, verify(company.settings).notes) == ((), ())


# Which period


def test_only_the_oldest_open_period_is_closed(company: Company) -> None:
    company.publish(FEBRUARY)

    assert "2026-02 cannot be closed before 2026-01" in refusal(company, FEBRUARY)


def test_a_period_before_the_ledger_begins_is_refused(company: Company) -> None:
    company.publish(JANUARY)

    assert "2025-12 is before 2026-01" in refusal(company, date(2025, 12, 1))


def test_without_a_plan_there_is_no_first_period(company: Company) -> None:
    (company.settings.project_dir / PLANS).write_text("plan_code,valid_from\n")
    company.publish(JANUARY)

    assert "there is no plan" in refusal(company, JANUARY)


def test_the_ledger_opens_with_what_was_earned_before_as_posted(company: Company) -> None:
    company.entitle("120.00", of=key(earned=JANUARY))
    company.entitle("40.00", of=key(basis="booking:crm:o2", earned=FEBRUARY))
    company.publish(FEBRUARY, dbt_vars={"ledger_first_period": "2026-02-01"})

    closed = company.close(FEBRUARY)

    names = [file.name for file in read_book(company.settings).files]
    assert names == ["000000-opening", "000001-2026-02"]
    assert closed.opening.content["control_totals"] == {"CNY": {"earned": "120.00"}}
    assert [line["amount"] for line in lines(company)] == [Decimal("40.00")]
    assert verify(company.settings).findings == ()


def test_what_was_earned_before_the_ledger_is_never_paid_nor_taken_back(company: Company) -> None:
    company.entitle("120.00", of=key(earned=JANUARY))
    company.publish(FEBRUARY, dbt_vars={"ledger_first_period": "2026-02-01"})
    company.close(FEBRUARY)
    company.entitle("90.00", "2", of=key(earned=JANUARY))
    company.entitle("7.00", of=key(basis="booking:crm:o9", earned=JANUARY))
    company.publish(MARCH, dbt_vars={"ledger_first_period": "2026-02-01"})

    assert company.close(MARCH).file.content["line_count"] == 0


def test_a_first_period_that_is_no_month_is_an_error(company: Company) -> None:
    company.publish(JANUARY, dbt_vars={"ledger_first_period": "soon"})

    with pytest.raises(LedgerError, match="ledger_first_period"):
        company.close(JANUARY)


# Which version


def test_nothing_published_is_refused(company: Company) -> None:
    assert "Nothing is published yet" in refusal(company, JANUARY)


def test_a_version_of_another_cutoff_is_refused(company: Company) -> None:
    company.publish(FEBRUARY)

    assert "up to 2026-02-28 (cutoff_on), not up to 2026-01-31" in refusal(company, JANUARY)


@pytest.mark.parametrize(
    ("as_of", "is_refused"),
    [
        ("2026-01-30T12:00:00Z", True),
        # Still 31 January in Shanghai.
        ("2026-01-31T15:59:59Z", True),
        ("2026-01-31T16:00:00Z", False),
        (None, True),
    ],
)
def test_a_version_that_does_not_know_the_whole_month_is_refused(
    company: Company, as_of: str | None, is_refused: bool
) -> None:
    company.publish(JANUARY, as_of=as_of)

    if is_refused:
        assert "(as_of), before the end of 2026-01" in refusal(company, JANUARY)
    else:
        assert company.close(JANUARY).is_new


@pytest.mark.parametrize("is_dirty", [True, None])
def test_a_version_whose_code_is_in_no_commit_is_refused_outside_the_sample(
    company: Company, is_dirty: bool | None
) -> None:
    company.publish(JANUARY, git={"commit": "a" * 40, "is_dirty": is_dirty})
    assert "commit, then build again" in refusal(company, JANUARY)

    company.settings.landing_dir.mkdir()
    (company.settings.landing_dir / ".sample.json").write_text("{}")
    assert company.close(JANUARY).file.content["is_dirty"] is is_dirty


def test_uncredited_events_block_a_final_close_and_no_interim_run(company: Company) -> None:
    company.entitle("10.00", of=BONUS, is_interim=True)
    company.uncredited += [f"booking:crm:o{number}" for number in range(1, 6)]
    company.publish(JANUARY)

    assert company.close(JANUARY, interim=True).is_new
    said = refusal(company, JANUARY)
    assert "5 events are credited to nobody" in said
    assert "booking:crm:o1, booking:crm:o2, booking:crm:o3, ..." in said
    assert company.close(JANUARY, accepted_by="cfo").file.content["accepted"]["by"] == "cfo"


def test_events_before_the_ledger_begins_need_nobody(company: Company) -> None:
    company.uncredited.append("booking:crm:o1")
    company.publish(FEBRUARY, dbt_vars={"ledger_first_period": "2026-02-01"})

    assert company.close(FEBRUARY, accepted_by="cfo").file.content["accepted"] is None


def test_a_provisional_rate_blocks_a_final_close(company: Company) -> None:
    company.entitle("120.00", is_rate_provisional=True)
    company.publish(JANUARY)

    assert "rates that are not published yet" in refusal(company, JANUARY, accepted_by="cfo")


def test_blocked_keys_wait_for_somebody_who_accepts_them(company: Company) -> None:
    company.entitle("120.00", is_blocked=True)
    company.publish(JANUARY)

    said = refusal(company, JANUARY)
    assert "1 posted events are no longer valid" in said
    assert "--accept NAME" in said
    accepted = company.close(JANUARY, accepted_by="cfo").file.content["accepted"]
    assert accepted["by"] == "cfo"
    assert "1 posted events are no longer valid" in accepted["what"][0]


def test_reversals_above_the_limit_wait_for_somebody_who_accepts_them(company: Company) -> None:
    limits = company.settings.project_dir / "seeds" / "reference" / "reversal_limits.csv"
    limits.parent.mkdir()
    limits.write_text("currency,limit_amount\nCNY,100.00\n")
    company.entitle("100.00")
    company.entitle("100.01", of=key(basis="booking:crm:o2"))
    company.entitle("900.00", of=key(basis="booking:crm:o3", currency="USD"))
    company.publish(JANUARY)
    company.close(JANUARY)
    company.drop(key())
    company.drop(key(basis="booking:crm:o3", currency="USD"))
    company.publish(FEBRUARY)
    # Just the limit, and a currency without one.
    company.close(FEBRUARY)
    company.drop(key(basis="booking:crm:o2"))
    company.publish(MARCH)

    said = refusal(company, MARCH)
    assert "1 lines take back CNY 100.01" in said
    assert "more than the 100.00 of seeds/reference/reversal_limits.csv" in said
    assert company.close(MARCH, accepted_by="cfo").is_new


def test_every_reason_is_told_at_once(company: Company) -> None:
    company.publish(FEBRUARY, as_of="2026-01-10T00:00:00Z", git={"commit": None, "is_dirty": True})

    assert len(refusal(company, JANUARY).splitlines()) == 3


def test_a_finance_file_that_somebody_wrote_to_is_refused(company: Company) -> None:
    company.entitle("120.00")
    name = company.publish(JANUARY)
    file = company.settings.versions_dir / name / "finance.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("update fct_payout_entitlements set amount = 121")

    assert "fct_payout_entitlements of version" in refusal(company, JANUARY)


def test_a_version_built_over_another_ledger_is_refused(company: Company) -> None:
    company.publish(JANUARY)
    company.close(JANUARY)
    company.publish(FEBRUARY)
    version = company.settings.current_link.resolve()
    manifest = json.loads((version / "manifest.json").read_text())
    (version / "manifest.json").write_text(json.dumps({**manifest, "ledger_head": "f" * 64}))

    assert "the ledger is not what it was" in refusal(company, FEBRUARY).lower()


def test_a_version_built_before_the_latest_final_close_is_refused(company: Company) -> None:
    company.entitle("120.00")
    company.publish(JANUARY)
    company.close(JANUARY)
    company.publish(FEBRUARY, ledger_head=None)

    assert "was built before 000001-2026-01 was closed" in refusal(company, FEBRUARY)


def test_a_stale_pending_is_not_trusted(company: Company) -> None:
    company.entitle("10.00", of=BONUS, is_interim=True)
    company.publish(JANUARY)
    stale = company.settings.current_link.resolve().name
    company.close(JANUARY, interim=True)
    company.entitle("15.00", of=BONUS, is_interim=True)
    company.publish(JANUARY)
    company.close(JANUARY, interim=True)
    company.settings.current_link.unlink()
    company.settings.current_link.symlink_to(f"versions/{stale}")

    with pytest.raises(LedgerError, match="built before the ledger's latest close"):
        company.close(JANUARY)


def test_a_seed_that_is_no_longer_the_versions_is_refused(company: Company) -> None:
    company.publish(JANUARY)
    (company.settings.project_dir / PLANS).write_text("plan_code,valid_from\nother,2026-01-01\n")

    with pytest.raises(LedgerError, match=r"plans\.csv is no longer what the published version"):
        company.close(JANUARY)
    assert read_book(company.settings).files == ()
    assert ledger_files(company) == {}


def test_nothing_is_added_to_a_ledger_that_was_changed(company: Company) -> None:
    company.publish(JANUARY)
    file = company.close(JANUARY).file
    company.publish(FEBRUARY)
    content = {**file.content, "closed_by": "somebody else"}
    (file.path / "close.json").write_bytes(rendered(content))

    assert "was changed" in refusal(company, FEBRUARY)


def test_a_period_whose_close_was_removed_is_not_closed_again(company: Company) -> None:
    company.entitle("120.00")
    company.publish(JANUARY)
    shutil.rmtree(company.close(JANUARY).file.path)

    assert "000001-2026-01 is gone: its receipt is in" in refusal(company, JANUARY)
