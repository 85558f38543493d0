"""The people of the sample company as seeds of pay: committed as made, and whole at any scale."""

import csv
from collections import defaultdict
from datetime import date
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from orchestration.sample import CompensationError, write_compensation
from orchestration.sample.careers import career
from orchestration.sample.company import Staff
from orchestration.sample.compensation import PAYROLL_MAP, compensation_tables, write_names
from orchestration.sample.landing import Intake
from orchestration.sample.salesforce import render_staff
from tests.conftest import PROJECT, SAMPLE_SCALE, SAMPLE_SEED

COMMITTED = PROJECT / "seeds" / "compensation"
Rows = list[dict[str, str]]


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tables(scale: float, seed: int = SAMPLE_SEED) -> dict[str, Rows]:
    """The tables as they are read again."""
    return {
        name: [dict(zip(header, map(str, row), strict=True)) for row in rows]
        for name, (header, rows) in compensation_tables(scale, seed).items()
    }


def by_payee(rows: Rows) -> dict[str, Rows]:
    found = defaultdict(list)
    for row in rows:
        found[row["payee_id"]].append(row)
    return found


def test_the_committed_seeds_are_those_of_the_sample_that_is_tested(tmp_path: Path) -> None:
    *seeds, names = write_compensation(
        tmp_path / "seeds", tmp_path / "names.csv", COMMITTED, SAMPLE_SCALE, SAMPLE_SEED
    )
    assert len(seeds) == 9
    assert {path.name for path in (tmp_path / "seeds").iterdir()} == {
        path.name for path in COMMITTED.iterdir()
    }
    for path in (tmp_path / "seeds").iterdir():
        assert path.read_bytes() == (COMMITTED / path.name).read_bytes(), path.name
    assert names == tmp_path / "names.csv"


def test_nobody_is_named_in_the_seeds(tmp_path: Path) -> None:
    *seeds, names = write_compensation(
        tmp_path / "seeds", tmp_path / "names.csv", COMMITTED, SAMPLE_SCALE, SAMPLE_SEED
    )
    people = read(names)
    assert [row["payee_id"] for row in people] == [
        row["payee_id"] for row in read(COMMITTED / "payees.csv")
    ]
    content = "".join(path.read_text(encoding="utf-8") for path in seeds)
    assert [row["payee_name"] for row in people if row["payee_name"] in content] == []


def test_names_of_real_people_are_left_alone(tmp_path: Path) -> None:
    names = tmp_path / "names.csv"
    real = "payee_id,payroll_id,payee_name,email\np001,4711,Ann,ann@acme.com\n"
    names.write_text(real, encoding="utf-8")
    with pytest.raises(CompensationError, match="QUOTAMART_PAYROLL_MAP"):
        write_compensation(tmp_path / "seeds", names, COMMITTED, SAMPLE_SCALE, SAMPLE_SEED)
    assert names.read_text(encoding="utf-8") == real
    assert not (tmp_path / "seeds").exists()


def test_names_are_made_up_only_where_nobody_wrote_any(tmp_path: Path) -> None:
    names = tmp_path / "payroll_map.csv"
    assert write_names(names, SAMPLE_SCALE, SAMPLE_SEED)
    *_, written = write_compensation(
        tmp_path / "seeds", tmp_path / "others.csv", COMMITTED, SAMPLE_SCALE, SAMPLE_SEED
    )
    assert names.read_text(encoding="utf-8") == written.read_text(encoding="utf-8")
    names.write_text("payee_id,payroll_id,payee_name,email\n", encoding="utf-8")
    assert not write_names(names, SAMPLE_SCALE, SAMPLE_SEED)
    assert names.read_text(encoding="utf-8").count("\n") == 1


def test_rules_that_stand_in_the_folder_are_kept(tmp_path: Path) -> None:
    (tmp_path / "plans.csv").write_text("other rules\n", encoding="utf-8")
    for _ in range(2):
        write_compensation(tmp_path, tmp_path / "names", COMMITTED, 0.01, SAMPLE_SEED)
    assert (tmp_path / "plans.csv").read_text(encoding="utf-8") == "other rules\n"
    assert (tmp_path / "credit_rules.csv").is_file()


@pytest.mark.parametrize(("scale", "seed"), [(0.005, 1), (0.1, 7), (1, 7), (10, 3)])
def test_assignments_run_from_joining_to_leaving_under_somebody_who_is_there(
    scale: float, seed: int
) -> None:
    found = tables(scale, seed)
    assignments = by_payee(found["payee_assignments"])
    payees = {row["payee_id"]: row for row in found["payees"]}
    assert set(assignments) == set(payees)
    for payee_id, rows in assignments.items():
        payee = payees[payee_id]
        assert rows[0]["valid_from"] == payee["joined_on"]
        assert rows[-1]["valid_to"] == payee["left_on"]
        for before, after in pairwise(rows):
            assert before["valid_from"] < before["valid_to"] == after["valid_from"]
        for row in rows:
            manager = payees.get(row["manager_payee_id"], payee)
            assert manager["joined_on"] <= row["valid_from"]
            assert manager["left_on"] == "" or row["valid_to"] <= manager["left_on"]


@pytest.mark.parametrize(("scale", "seed"), [(0.005, 1), (0.1, 7), (1, 7), (10, 3)])
def test_who_has_a_quota_has_one_for_every_quarter_there(scale: float, seed: int) -> None:
    found = tables(scale, seed)
    quotas = by_payee(found["quotas"])
    for payee in found["payees"]:
        rows = quotas[payee["payee_id"]]
        if payee["payee_type"] == "partner":
            assert rows == []
            continue
        starts = [row["period_start"] for row in rows]
        expected = [
            f"{year}-{month:02d}-01"
            for year in (2023, 2024, 2025, 2026)
            for month in (1, 4, 7, 10)
            if payee["joined_on"] < _months_later(date(year, month, 1), 3)
            and (not payee["left_on"] or f"{year}-{month:02d}-01" < payee["left_on"])
        ]
        assert starts == expected
        assert len({row["measure"] for row in rows}) == 1
        assert all(float(row["amount"]) > 0 for row in rows)


def test_the_team_lives() -> None:
    found = tables(SAMPLE_SCALE)
    payees = found["payees"]
    assignments = by_payee(found["payee_assignments"])
    pairs = [pair for rows in assignments.values() for pair in pairwise(rows)]

    assert sum(row["joined_on"] > "2023-01-01" for row in payees) >= 3
    assert sum(row["left_on"] != "" for row in payees) >= 1
    assert any(row["is_on_leave"] == "true" for rows in assignments.values() for row in rows)
    for column in ("plan_code", "team_code", "manager_payee_id"):
        assert any(before[column] != after[column] for before, after in pairs), column
    assert {row["pay_currency"] for row in payees} == {"CNY", "EUR", "USD"}
    assert {row["is_recoverable"] for row in found["draws"]} == {"true", "false"}
    # Draws that the ledger settles: it begins with 2026.
    assert {
        row["is_recoverable"] for row in found["draws"] if row["valid_from"] >= "2026-01-01"
    } == {"true", "false"}
    assert {row["guaranteed_attainment"] for row in found["quota_ramps"]} == {"", "1"}
    assert {row["measure"] for row in found["pay_adjustments"]} == {"", "new_business"}
    assert any(float(row["amount"]) < 0 for row in found["pay_adjustments"])


def test_draws_of_one_payee_meet_and_cover_different_components() -> None:
    found = tables(SAMPLE_SCALE)
    covered = defaultdict(set)
    for row in found["draw_components"]:
        covered[row["draw_id"]].add(row["component_code"])
    meeting = [
        (first, second)
        for rows in by_payee(found["draws"]).values()
        for first, second in combinations(rows, 2)
        if first["valid_from"] < second["valid_to"] and second["valid_from"] < first["valid_to"]
    ]
    assert len({first["payee_id"] for first, _ in meeting}) == 2
    for first, second in meeting:
        assert not covered[first["draw_id"]] & covered[second["draw_id"]]


def test_the_sample_has_a_cap_of_every_scope() -> None:
    caps = read(COMMITTED / "payout_caps.csv")
    assert {row["cap_scope"] for row in caps} == {"component", "plan", "payee"}
    capped = {row["payee_id"] for row in caps if row["cap_scope"] == "payee"}
    for scale in (0.005, SAMPLE_SCALE):
        assert capped <= {row["payee_id"] for row in tables(scale)["payees"]}


def test_the_crm_knows_of_every_change_but_leave() -> None:
    staff, intake = Staff(SAMPLE_SEED, SAMPLE_SCALE), Intake(0)
    render_staff(SAMPLE_SEED, staff, intake)
    landed = defaultdict(list)
    for entry in intake.tables["salesforce", "user"]:
        landed[entry.row["id"]].append(entry.row)
    changes = 0
    for employee in staff.employees:
        told = {(row["title"], row["manager_id"]) for row in landed[employee.id]}
        stages = career(SAMPLE_SEED, staff, employee)
        assert told == {(stage.title, stage.manager_id) for stage in stages}
        changes += len(told) - 1
    assert changes >= 3


def test_a_table_of_every_seed_of_people_has_its_columns() -> None:
    for name, (header, rows) in compensation_tables(SAMPLE_SCALE, SAMPLE_SEED).items():
        assert rows, name
        assert {len(row) for row in rows} == {len(header)}, name
        if name != PAYROLL_MAP:
            committed = (COMMITTED / f"{name}.csv").read_text(encoding="utf-8")
            assert committed.splitlines()[0] == ",".join(header)


def _months_later(day: date, count: int) -> str:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, 1).isoformat()
