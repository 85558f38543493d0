"""An edit that reaches into a closed period is found, unless somebody approved it since."""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import pytest

from orchestration.compensation import Finding, check_plans
from orchestration.settings import Settings
from tests.compensation.sound import REFERENCE, SOUND, VARS, changed, edit, sound_project

APPROVALS = "retroactive_approvals.csv"
APPROVED = "sales_operations,finance_lead,2026-04-03,A mistake"


class Edit(NamedTuple):
    """One place of a file changed after March 2026 was closed, and the key of its row."""

    file: str
    old: str
    new: str
    key: str


REACHING = {
    "a rate of a tier": Edit(
        "rate_tiers.csv", "1,1.5,0.12", "1,1.5,0.13", "rep|commission|2026-01-01|1"
    ),
    "a component's release": Edit(
        "plan_components.csv",
        "0.5,first_unit,,cash",
        "0.5,first_unit,,event",
        "rep|commission|2026-01-01",
    ),
    "a version that ends earlier": Edit(
        "plans.csv", "lead,2026-01-01,,1", "lead,2026-01-01,2026-03-31,1", "lead|2026-01-01"
    ),
    "a plan's currency": Edit(
        "plans.csv",
        "rep,2026-01-01,2026-04-01,1,CNY",
        "rep,2026-01-01,2026-04-01,1,USD",
        "rep|2026-01-01",
    ),
    "a credit rule's first day": Edit(
        "credit_rules.csv",
        "rebate,cash,partner,revenue,,1,,,,,2026-01-01",
        "rebate,cash,partner,revenue,,1,,,,,2026-01-02",
        "rebate|cash|partner|revenue||||2026-01-02",
    ),
    "a clawback's months": Edit(
        "clawback_rules.csv", "linear,12", "linear,6", "rep|commission|churn|2026-01-01"
    ),
    "a quota of the year": Edit(
        "quotas.csv",
        "p002,new_business,quarter,2026-04-01",
        "p003,team_sales,year,2026-01-01,1.00,CNY\np002,new_business,quarter,2026-04-01",
        "p003|team_sales|year|2026-01-01",
    ),
    "a ramp": Edit("quota_ramps.csv", "0,0.8", "0,0.9", "p002|new_business|2026-02-10"),
    "a cap": Edit(
        "payout_caps.csv",
        "quarter,200000.00",
        "quarter,1.00",
        "component|rep|commission||quarter|2026-01-01",
    ),
    "a team": Edit(
        "payee_assignments.csv",
        "p002,2026-02-10,2026-06-01,rep,north",
        "p002,2026-02-10,2026-06-01,rep,south",
        "p002|2026-02-10",
    ),
    "a payee's currency": Edit("payees.csv", "crm:3,,CNY", "crm:3,,USD", "p003"),
    "a payee who joined in a closed period": Edit(
        "payees.csv", "p003,employee", "p005,employee,crm:5,,CNY,2026-03-31,\np003,employee", "p005"
    ),
    "a draw": Edit("draws.csv", "8000.00", "9000.00", "d1"),
    "what a draw covers": Edit(
        "draw_components.csv", "d1,commission", "d1,commission\nd1,units", "d1|units"
    ),
    "an adjustment that was overlooked": Edit(
        "pay_adjustments.csv",
        "a1,",
        "a2,p001,commission,2026-03-31,10.00,CNY,correction,sales,finance,2026-04-02,\na1,",
        "a2",
    ),
    "a pool's target": Edit("payout_pools.csv", "1000000.00", "1.00", "g1"),
    "a pool's weight": Edit("payout_pool_shares.csv", "g1,p003,1", "g1,p003,2", "g1|p003"),
    "a score": Edit("scores.csv", "0.95", "0.96", "p003|kpi|quarter|2026-01-01"),
    "a budget rate": Edit(
        "exchange_rates.csv", "2026-01-01,7.1", "2026-01-01,7.2", "USD|CNY|budget|2026-01-01"
    ),
    "a rate of exchange that came late": Edit(
        "exchange_rates.csv",
        "USD,CNY,month,2026-01-31,7.0",
        "USD,CNY,month,2026-01-31,7.0\nUSD,CNY,month,2026-03-31,7.0",
        "USD|CNY|month|2026-03-31",
    ),
    "a currency's digits": Edit(
        "currencies.csv", "JPY,Japanese yen,0", "JPY,Japanese yen,2", "JPY"
    ),
}
FREE = {
    "a component ends with the closed month": Edit(
        "plan_components.csv",
        "lead,override,2026-01-01,,",
        "lead,override,2026-01-01,2026-04-01,",
        "",
    ),
    "a version that begins with the open month": Edit(
        "plans.csv", "rep,2026-04-01,,2,CNY", "rep,2026-04-01,2027-01-01,2,CNY", ""
    ),
    "a quota of the open quarter": Edit(
        "quotas.csv",
        "p001,new_business,quarter,2026-04-01,300000.00",
        "p001,new_business,quarter,2026-04-01,310000.00",
        "",
    ),
    "a payee leaves in the open month": Edit(
        "payees.csv", "crm:9,USD,2026-01-01,", "crm:9,USD,2026-01-01,2026-04-02", ""
    ),
    "an adjustment of the open month": Edit(
        "pay_adjustments.csv", "2026-04-20,-500.00", "2026-04-20,-600.00", ""
    ),
    "a number is written otherwise": Edit("rate_tiers.csv", "1,1.5,0.12", "1.0,1.50,0.120", ""),
    "the rate of the open month": Edit(
        "exchange_rates.csv", "7.0\n", "7.0\nUSD,CNY,month,2026-04-10,7.2\n", ""
    ),
    "the budget of a year to come": Edit(
        "exchange_rates.csv",
        "2025-12-20,0.14\n",
        "2025-12-20,0.14\nCNY,USD,budget,2026-02-01,0.2\n",
        "",
    ),
    "another currency": Edit(
        "currencies.csv", "JPY,Japanese yen,0", "JPY,Japanese yen,0\nKRW,South Korean won,0", ""
    ),
    "a role's name": Edit("roles.csv", "Sales engineer", "Solution engineer", ""),
    "a score of the open quarter": Edit(
        "scores.csv",
        "p003,kpi,quarter,2026-01-01,0.95",
        "p003,kpi,quarter,2026-01-01,0.95\np003,kpi,quarter,2026-04-01,1",
        "",
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Settings:
    """A small project whose March 2026 is closed."""
    settings = sound_project(tmp_path)
    close(settings, 1, "final", "2026-03-01")
    return settings


def close(settings: Settings, sequence: int, kind: str, period_start: str) -> Path:
    """What a close leaves: the seeds by their hash, and the close that names them."""
    kept = settings.ledger_dir / "inputs"
    kept.mkdir(parents=True, exist_ok=True)
    seeds = {}
    for path in sorted((settings.project_dir / "seeds").rglob("*.csv")):
        content = path.read_bytes()
        name = hashlib.sha256(content).hexdigest()
        (kept / name).write_bytes(content)
        seeds[path.relative_to(settings.project_dir).as_posix()] = name
    folder = settings.ledger_dir / f"{sequence:06d}-{period_start[:7]}"
    folder.mkdir()
    content = {
        "sequence": sequence,
        "kind": kind,
        "period_start": period_start,
        "hash": f"{sequence:064x}",
        "inputs": {"seeds": seeds},
    }
    (folder / "close.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def approve(settings: Settings, file: str, key: str, approval: str = APPROVED) -> None:
    """Have the edit of a row approved."""
    path = settings.compensation_dir / APPROVALS
    row = f"{Path(file).stem},{key},{approval}\n"
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")


def reaching(settings: Settings) -> list[Finding]:
    """What is said of edits of the past; other faults of an edit are not at issue."""
    findings = check_plans(settings, VARS).findings
    return [finding for finding in findings if "periods are closed" in finding.text]


def test_nothing_was_edited(project: Settings) -> None:
    assert check_plans(project, VARS).problems == ()


@pytest.mark.parametrize("made", REACHING.values(), ids=REACHING.keys())
def test_an_edit_of_the_past_is_found_until_it_is_approved(made: Edit, project: Settings) -> None:
    edit(project, made.file, made.old, made.new)

    keys = [(Path(found.file).name, found.value) for found in reaching(project)]
    # A row of another first day is two edits: one row went, one came.
    assert (made.file, made.key) in keys
    for file, key in keys:
        approve(project, file, key)
    assert reaching(project) == []


@pytest.mark.parametrize("made", FREE.values(), ids=FREE.keys())
def test_an_edit_of_what_is_open_is_free(made: Edit, project: Settings) -> None:
    edit(project, made.file, made.old, made.new)

    assert reaching(project) == []


def test_a_finding_says_how_the_edit_is_approved(project: Settings) -> None:
    edit(project, "rate_tiers.csv", "1,1.5,0.12", "1,1.5,0.13")

    assert check_plans(project, VARS).problems == (
        "seeds/compensation/rate_tiers.csv, line 3, plan_code|component_code|valid_from|tier_from "
        "'rep|commission|2026-01-01|1': was changed in rate since the last close and takes effect "
        "before 2026-04-01, where periods are closed. Undo it and begin a new row on that day or "
        "later; or, if the past is meant, have it approved in retroactive_approvals.csv: "
        "rate_tiers,rep|commission|2026-01-01|1,<who asked>,<who approved>,<date>,<reason>",
    )


def test_a_removed_row_is_named_without_a_line(project: Settings) -> None:
    edit(project, "scores.csv", "p003,kpi,quarter,2026-01-01,0.95\n", "")

    (found,) = reaching(project)

    assert (found.line, found.value) == (0, "p003|kpi|quarter|2026-01-01")
    assert "was removed since the last close" in found.text


def test_an_approval_serves_one_edit(project: Settings) -> None:
    tier = "rep|commission|2026-01-01|1"
    edit(project, "rate_tiers.csv", "1,1.5,0.12", "1,1.5,0.13")
    approve(project, "rate_tiers.csv", tier)
    close(project, 2, "final", "2026-04-01")
    assert reaching(project) == []

    edit(project, "rate_tiers.csv", "1,1.5,0.13", "1,1.5,0.14")

    (found,) = reaching(project)
    assert found.value == tier
    approve(project, "rate_tiers.csv", tier, APPROVED.replace("2026-04-03", "2026-05-02"))
    assert reaching(project) == []


def test_an_interim_run_leaves_its_period_open(project: Settings) -> None:
    close(project, 2, "interim", "2026-04-01")
    edit(project, "pay_adjustments.csv", "2026-04-20,-500.00", "2026-04-20,-600.00")
    assert reaching(project) == []
    close(project, 3, "final", "2026-04-01")
    edit(project, "pay_adjustments.csv", "2026-04-20,-600.00", "2026-04-20,-700.00")
    assert [found.value for found in reaching(project)] == ["a1"]


def test_a_quota_is_needed_for_the_month_that_the_next_close_takes(project: Settings) -> None:
    close(project, 2, "final", "2026-06-01")
    (found,) = check_plans(project, VARS).findings
    assert "for the quarter that begins on 2026-07-01" in found.text


def test_where_only_an_interim_run_was_made_its_month_is_open(tmp_path: Path) -> None:
    settings = sound_project(tmp_path)
    close(settings, 1, "interim", "2026-04-01")
    edit(settings, "pay_adjustments.csv", "2026-04-20,-500.00", "2026-04-20,-600.00")
    assert reaching(settings) == []
    edit(settings, "scores.csv", "0.95", "0.96")
    assert len(reaching(settings)) == 1


def test_files_that_nobody_closed_with_are_compared_with_no_close(
    project: Settings, tmp_path: Path
) -> None:
    plans = tmp_path / "plans"
    plans.mkdir()
    dearer = changed(SOUND["rate_tiers.csv"], "1,1.5,0.12", "1,1.5,0.13")
    (plans / "rate_tiers.csv").write_text(dearer, encoding="utf-8")

    assert check_plans(project, VARS, plans).problems == ()


def test_what_was_kept_of_another_folder_counts_by_its_name(
    project: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    yaml = "_compensation__seeds.yml"
    for file, text in SOUND.items():
        (folder / file).write_text(text, encoding="utf-8")
    (folder / yaml).write_bytes((project.compensation_dir / yaml).read_bytes())
    instead = Settings.from_environment({"QUOTAMART_COMPENSATION": str(folder)}, tmp_path)
    assert check_plans(instead, VARS).problems == ()
    (folder / "scores.csv").write_text(changed(SOUND["scores.csv"], "0.95", "1"), encoding="utf-8")
    assert [found.value for found in check_plans(instead, VARS).findings] == [
        "p003|kpi|quarter|2026-01-01"
    ]


@pytest.mark.parametrize(
    "broken", ["not JSON", "{}", '{"kind": "final", "period_start": "2026-03"}']
)
def test_a_close_that_cannot_be_read_stops_the_check(broken: str, project: Settings) -> None:
    (path,) = project.ledger_dir.glob("*/close.json")
    path.write_text(broken, encoding="utf-8")
    (found,) = check_plans(project, VARS).findings
    assert found.file == str(project.ledger_dir)
    assert "quotamart verify" in found.text


def test_a_column_that_came_with_a_newer_project_is_no_edit(project: Settings) -> None:
    header, *rows = SOUND["draws.csv"].splitlines()
    (path,) = project.ledger_dir.glob("*/close.json")
    older = "\n".join(line.rpartition(",")[0] for line in (header, *rows))
    content = path.read_text(encoding="utf-8")
    kept = hashlib.sha256(SOUND["draws.csv"].encode()).hexdigest()
    (project.ledger_dir / "inputs" / ("0" * 64)).write_text(f"{older}\n", encoding="utf-8")
    path.write_text(content.replace(kept, "0" * 64), encoding="utf-8")
    assert check_plans(project, VARS).problems == ()
    edit(project, "draws.csv", "8000.00", "9000.00")
    assert [found.value for found in reaching(project)] == ["d1"]


def test_a_kept_row_that_no_rule_would_allow_now_is_a_row_all_the_same(project: Settings) -> None:
    older = SOUND["draws.csv"].replace("8000.00", "eight thousand")
    (path,) = project.ledger_dir.glob("*/close.json")
    kept = hashlib.sha256(SOUND["draws.csv"].encode()).hexdigest()
    (project.ledger_dir / "inputs" / ("0" * 64)).write_text(older, encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace(kept, "0" * 64), encoding="utf-8")
    (found,) = reaching(project)
    assert "was changed in amount" in found.text


def test_a_kept_seed_that_is_gone_is_named(project: Settings) -> None:
    kept = hashlib.sha256(SOUND["quotas.csv"].encode()).hexdigest()
    (project.ledger_dir / "inputs" / kept).unlink()
    (found,) = check_plans(project, VARS).findings
    assert found.file.endswith("quotas.csv")
    assert "quotamart verify" in found.text


def test_every_seed_with_an_effect_on_pay_has_an_edit_that_is_found() -> None:
    without = {APPROVALS, "roles.csv"}
    assert {*SOUND, *REFERENCE} - without == {made.file for made in REACHING.values()}
