"""Every rule on finance's rows is seen to find the fault planted for it, at its place, alone."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from orchestration.compensation import Finding, PlansError, check_plans, complete_folder
from orchestration.dbt_project import project_vars
from orchestration.settings import Settings
from tests.compensation.faults import FAULTS, Fault
from tests.compensation.sound import SOUND, VARS, edit, sound_project, with_vars


@pytest.fixture
def project(tmp_path: Path) -> Settings:
    """A small project that nothing is wrong with."""
    return sound_project(tmp_path)


def test_the_projects_own_rules_hold(tmp_path: Path) -> None:
    settings = Settings.from_environment({"QUOTAMART_LEDGER": str(tmp_path)})
    report = check_plans(settings, project_vars(settings))
    assert report.problems == ()
    assert report.row_count > 100


def test_nothing_is_wrong_with_the_small_project(project: Settings) -> None:
    assert check_plans(project, VARS).problems == ()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_planted_fault_is_found_at_its_place_and_alone(fault: Fault, project: Settings) -> None:
    edit(project, fault.file, fault.old, fault.new)

    findings = check_plans(project, VARS).findings

    assert places(findings) == [fault.found], "\n".join(map(str, findings))
    assert fault.says in findings[0].text


def places(findings: Iterable[Finding]) -> list[str]:
    """Where findings are, as `file:line:field`, in their order."""
    return [f"{Path(found.file).name}:{found.line}:{found.field}" for found in findings]


def test_a_column_of_another_name_is_missing_and_unknown(project: Settings) -> None:
    edit(project, "scores.csv", "period_start,score", "period_start,value")
    found = check_plans(project, VARS).findings
    assert [(finding.value, finding.text.partition(".")[0]) for finding in found] == [
        ("score", "the column is missing"),
        ("value", "no such column"),
    ]


def test_two_pools_of_one_component_and_period_are_not_shared_by_one_payee(
    project: Settings,
) -> None:
    edit(
        project, "payout_pools.csv", "g1,pool", "g2,pool,quarter,2026-01-01,,1.00,0.02,CNY\ng1,pool"
    )
    edit(project, "payout_pool_shares.csv", "g1,p003,1", "g1,p003,1\ng2,p003,1")
    findings = check_plans(project, VARS).findings
    assert places(findings) == ["payout_pool_shares.csv:3:pool_id"]
    assert "line 2 shares g1" in findings[0].text


def test_all_errors_of_all_files_are_told_at_once_in_order(project: Settings) -> None:
    edit(project, "rate_tiers.csv", "0,1,0.08", "0,1.2,0.08")
    edit(project, "rate_tiers.csv", "1.5,,0.15", "1.5,2,0.15")
    edit(project, "draws.csv", "8000.00,CNY", "8000.00,USD")
    edit(project, "quotas.csv", "2026-01-01,300000.00", "2026-01-01,three")
    edit(project, "exchange_rates.csv", "2026-01-01,7.1", "2026-01-01,-7.1")

    report = check_plans(project, VARS)

    assert places(report.findings) == [
        "draws.csv:2:currency",
        "quotas.csv:2:amount",
        "rate_tiers.csv:2:tier_to",
        "rate_tiers.csv:4:tier_to",
        "exchange_rates.csv:2:rate",
    ]
    assert report.problems[2] == (
        "seeds/compensation/rate_tiers.csv, line 2, tier_to '1.2': "
        "overlaps line 3, which begins at 1. Put 1."
    )


def test_managers_in_a_circle_are_named_where_it_closes(project: Settings) -> None:
    edit(
        project,
        "payee_assignments.csv",
        "p003,2026-01-01,,lead,north,manager,,false",
        "p003,2026-01-01,2026-04-01,lead,north,manager,,false\n"
        "p003,2026-04-01,,lead,north,manager,p001,false",
    )
    (found,) = check_plans(project, VARS).findings
    assert (found.line, found.field) == (7, "manager_payee_id")
    assert "on 2026-04-01 the managers form a circle: p003 -> p001 -> p003" in found.text


def test_a_fiscal_year_without_a_budget_rate_is_named_by_every_plan_that_needs_it(
    project: Settings,
) -> None:
    edit(project, "exchange_rates.csv", "USD,CNY,month,2026-01-31", "USD,CNY,month,2027-01-31")
    found = check_plans(project, VARS).findings
    assert {(finding.file[-9:], finding.line) for finding in found} == {
        ("plans.csv", 3),
        ("plans.csv", 4),
        ("plans.csv", 5),
    }
    assert all("2027-01-01" in finding.text for finding in found if finding.line < 5)


def test_a_budget_of_the_year_before_serves_no_other(project: Settings) -> None:
    edit(project, "exchange_rates.csv", "budget,2026-01-01,7.1", "budget,2025-01-01,7.1")
    found = check_plans(project, VARS).findings
    assert {finding.field for finding in found} == {"rate_type"}
    assert all("no budget rate USD to CNY for the fiscal year" in f.text for f in found)
    edit(project, "exchange_rates.csv", "budget,2025-01-01,7.1", "budget,2025-01-02,7.1")
    assert check_plans(project, VARS).problems == ()


def test_periods_begin_with_the_fiscal_year(project: Settings) -> None:
    found = check_plans(project, with_vars(fiscal_year_start_month=2)).findings
    assert "quotas.csv:2:period_start" in places(found)
    assert any("this one begins on 2025-11-01" in finding.text for finding in found)


@pytest.mark.parametrize(
    "dbt_vars", [{"cutoff_on": "2026-07-31"}, {"ledger_first_period": "2026-07-01"}]
)
def test_a_quota_is_needed_up_to_the_cutoff(project: Settings, dbt_vars: dict[str, str]) -> None:
    found = check_plans(project, with_vars(**dbt_vars)).findings
    assert places(found) == ["payee_assignments.csv:4:plan_code"]
    assert "begins on 2026-07-01" in found[0].text


def test_a_file_that_is_missing_empty_or_no_text_is_named_alone(project: Settings) -> None:
    folder = project.compensation_dir
    (folder / "draws.csv").unlink()
    (folder / "quotas.csv").write_bytes(b"")
    (folder / "scores.csv").write_bytes(b"\xff\xfe\x00")
    found = check_plans(project, VARS).findings
    assert places(found) == ["draws.csv:0:", "quotas.csv:0:", "scores.csv:0:"]
    assert "Write the file with its header: draw_id," in found[0].text
    assert "Its header is: payee_id," in found[1].text
    assert "in UTF-8" in found[2].text


def test_a_file_of_no_seed_is_named(project: Settings) -> None:
    (project.compensation_dir / "quota.csv").write_text("payee_id\n", encoding="utf-8")
    (found,) = check_plans(project, VARS).findings
    assert found.file.endswith("quota.csv")
    assert "nobody reads it" in found.text


def test_a_typing_error_hides_no_error_of_other_rows(project: Settings) -> None:
    edit(project, "plan_components.csv", "lead,pool,2026-01-01", "lead,pool,2026-13-01")
    edit(project, "quotas.csv", "p001,new_business,quarter,2026-01-01,300000.00,CNY\n", "")
    found = check_plans(project, VARS).findings
    assert places(found) == [
        "payee_assignments.csv:2:plan_code",
        "plan_components.csv:9:valid_from",
    ]


MAP_HEADER = "payee_id,payroll_id,payee_name,email\n"


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("p001,77,Li Na,li@example.com\np002,78,Wang Wei,wang@example.com\n", []),
        ("p001,,Li Na,li@example.com\n", ["payroll_map.csv:2:payee_id"]),
        (
            "p001,77,Li Na,li@example.com\np002,77,Wang Wei,wang@example.com\n",
            ["payroll_map.csv:3:payee_id"],
        ),
    ],
)
def test_the_payroll_map_names_each_payee_once_and_no_message_shows_a_name(
    project: Settings, rows: str, found: list[str]
) -> None:
    project.payroll_map_path.write_text(MAP_HEADER + rows, encoding="utf-8")
    report = check_plans(project, VARS)
    assert places(report.findings) == found
    assert not any(word in " ".join(report.problems) for word in ("Li Na", "Wang", "77", "example"))


def test_a_payroll_map_of_other_columns_is_refused(project: Settings) -> None:
    project.payroll_map_path.write_text("payee_id,name\np001,Li Na\n", encoding="utf-8")
    (found,) = check_plans(project, VARS).findings
    assert "must have the columns payee_id,payroll_id" in found.text


def test_a_quoted_field_over_two_lines_keeps_the_lines_that_follow(project: Settings) -> None:
    edit(project, "roles.csv", "rep,Sales representative", 'rep,"Sales\nrepresentative"')
    edit(project, "roles.csv", "engineer,Sales engineer", "engineer,")
    assert places(check_plans(project, VARS).findings) == ["roles.csv:5:role_name"]


def test_a_folder_in_the_projects_place_needs_the_yaml(project: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    for file, text in SOUND.items():
        (folder / file).write_text(text, encoding="utf-8")
    instead = Settings.from_environment({"QUOTAMART_COMPENSATION": str(folder)}, tmp_path)
    (found,) = check_plans(instead, VARS).findings
    assert found.file == str(folder / "_compensation__seeds.yml")
    assert "guess the types" in found.text
    Path(found.file).write_text("version: 2\n", encoding="utf-8")
    (found,) = check_plans(instead, VARS).findings
    assert "differs from the project's" in found.text


def test_some_files_stand_in_for_the_projects(project: Settings, tmp_path: Path) -> None:
    plans = tmp_path / "plans"
    plans.mkdir()
    dearer = SOUND["rate_tiers.csv"].replace("0.08", "0.09")
    (plans / "rate_tiers.csv").write_text(dearer, encoding="utf-8")
    assert check_plans(project, VARS, plans).problems == ()

    folder = complete_folder(project, plans, tmp_path / "whole")

    instead = Settings.from_environment({"QUOTAMART_COMPENSATION": str(folder)}, tmp_path)
    assert check_plans(instead, VARS).problems == ()
    assert (folder / "rate_tiers.csv").read_text(encoding="utf-8") == dearer
    assert (folder / "quotas.csv").read_text(encoding="utf-8") == SOUND["quotas.csv"]


def test_a_fault_in_such_a_file_is_told_of_that_file(project: Settings, tmp_path: Path) -> None:
    plans = tmp_path / "plans"
    plans.mkdir()
    gap = SOUND["rate_tiers.csv"].replace("0,1,0.08", "0,0.9,0.08")
    (plans / "rate_tiers.csv").write_text(gap, encoding="utf-8")
    (found,) = check_plans(project, VARS, plans).findings
    assert found.file == (plans / "rate_tiers.csv").relative_to(tmp_path).as_posix()
    (plans / "tiers.csv").write_text("", encoding="utf-8")
    with pytest.raises(PlansError, match=r"tiers\.csv: no seed has that name"):
        complete_folder(project, plans, tmp_path / "again")
    with pytest.raises(PlansError, match="is no folder"):
        complete_folder(project, tmp_path / "nowhere", tmp_path / "again")
    with pytest.raises(PlansError, match="is no folder"):
        check_plans(project, VARS, tmp_path / "nowhere")
