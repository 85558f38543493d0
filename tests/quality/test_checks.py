"""The list of checks lacks none that can block and holds none that is not made; each has a fault.

Here: the list against Dagster's definitions, dbt's manifest, suites, limits and the code. Not here:
that each fault is found, which its own test shows.
"""

import ast
from collections import Counter
from pathlib import Path

import pytest

from orchestration import gates
from orchestration.checks.catalogue import Check, catalogue
from orchestration.checks.declared import SEVERITIES, Declared
from orchestration.checks.report import UnknownArea, checks_text, listed
from orchestration.dbt_project import manifest_path, project_vars
from orchestration.definitions import defs
from orchestration.defs.landing import FRESH, SOUND
from orchestration.defs.plans import HOLD
from orchestration.defs.project import manifest
from orchestration.defs.quality import DRIFT, EXPECTATIONS
from orchestration.ledger import checks as ledger_checks
from orchestration.settings import Settings
from tests.conftest import PROJECT
from tests.quality.planted_checks import PLANTED
from tests.quality.test_suites import CASES

SETTINGS = Settings.from_environment()
GRAPH = defs.resolve_asset_graph()


@pytest.fixture(scope="module")
def checks() -> dict[str, Check]:
    """Every check by its key."""
    found = catalogue(SETTINGS, manifest(), project_vars(SETTINGS))
    assert [key for key, count in Counter(check.key for check in found).items() if count > 1] == []
    return {check.key: check for check in found}


def test_every_check_says_who_owns_it_and_what_it_protects(checks: dict[str, Check]) -> None:
    known = {group["owner"]["name"] for group in manifest()["groups"].values()}
    known |= {case.suite.expectations[case.position]["meta"]["owner"] for case in CASES}
    offences = [
        check.name
        for check in checks.values()
        if check.owner not in known or check.severity not in SEVERITIES or len(check.protects) < 15
    ]
    assert offences == []


def test_every_check_of_dagster_is_listed_and_every_listed_one_is_made(
    checks: dict[str, Check],
) -> None:
    by_name = {check.name for check in checks.values() if check.kind == "dbt test"}
    unlisted, made = [], set()
    for key in GRAPH.asset_check_keys:
        asset = key.asset_key.to_user_string()
        if key.name in (SOUND, FRESH):
            found = {f"{asset}: {key.name}"}
        elif key.name == HOLD:
            found = {HOLD}
        elif key.name in (EXPECTATIONS, DRIFT):
            model = key.asset_key.path[-1]
            kinds = ("expectation", "comparison")
            found = {
                check.key
                for check in checks.values()
                if check.kind in kinds and check.key.startswith(f"{model}: ")
            }
        else:
            found = set()
            if key.name not in by_name:
                unlisted.append(key.to_user_string())
        if not found <= set(checks) or (not found and key.name not in by_name):
            unlisted.append(key.to_user_string())
        made |= found
    assert unlisted == []
    elsewhere = {"dbt test", "gate", "ledger"}
    assert {c.key for c in checks.values() if c.kind not in elsewhere} - made == set()


def test_every_dbt_test_is_listed(checks: dict[str, Check]) -> None:
    tests = {
        unique_id
        for unique_id, node in manifest()["nodes"].items()
        if node["resource_type"] == "test"
    }
    assert {key for key, check in checks.items() if check.kind == "dbt test"} == tests
    assert len(tests) > 500


def test_every_expectation_is_listed_with_its_owner(checks: dict[str, Check]) -> None:
    for case in CASES:
        expectation = case.suite.expectations[case.position]
        check = checks[f"{case.suite.model}: {case.description}"]
        assert check.owner == expectation["meta"]["owner"]
        assert (check.severity == "blocks until accepted") == case.compares


def test_every_mart_has_a_figure_and_an_owner_of_its_area(checks: dict[str, Check]) -> None:
    marts = {
        node["name"]: node
        for node in manifest()["nodes"].values()
        if node["resource_type"] == "model" and "models/marts" in node["original_file_path"]
    }
    for name, node in marts.items():
        check = checks[f"{name}: rows"]
        assert check.area == Path(node["original_file_path"]).parts[2]
        assert (
            check.owner == manifest()["groups"][f"group.quotamart.{node['group']}"]["owner"]["name"]
        )


# What Python checks


DECLARED = [check for check in PLANTED if isinstance(check, Declared)]


def test_every_declared_check_is_listed_and_has_a_test_that_plants_its_fault(
    checks: dict[str, Check],
) -> None:
    for check in (*gates.CHECKS, *ledger_checks.CHECKS):
        assert checks[check.name].protects == check.protects
        assert check in PLANTED, f"nothing is planted for '{check.name}': planted_checks.py"
    for module in (gates, ledger_checks):
        declared = {value for value in vars(module).values() if isinstance(value, Declared)}
        assert declared == set(module.CHECKS), "declared, and not in CHECKS"
    for file, name in PLANTED.values():
        tree = ast.parse((PROJECT / file).read_text(encoding="utf-8"))
        tests = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in tests, f"{file} has no {name}"


def _calls(path: str, name: str) -> list[ast.Call]:
    tree = ast.parse((PROJECT / "orchestration" / path).read_text(encoding="utf-8"))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def _is_said(argument: ast.expr) -> bool:
    return (
        isinstance(argument, ast.Call)
        and isinstance(argument.func, ast.Attribute)
        and argument.func.attr == "says"
    )


@pytest.mark.parametrize("path", ["candidate.py", "publish.py", "mart_files.py", "published.py"])
def test_nothing_refuses_to_publish_but_a_gate_by_name(path: str) -> None:
    refusals = _calls(path, "PublishRefused")
    assert refusals
    assert [call.lineno for call in refusals if not _is_said(call.args[0])] == []


@pytest.mark.parametrize("path", ["landing", "plans", "quality", "publishing"])
def test_no_step_fails_but_by_a_gate(path: str) -> None:
    """A step that raises a failure of its own would leave nothing in the history."""
    assert _calls(f"defs/{path}.py", "Failure") == []
    assert _calls(f"defs/{path}.py", "refused")


def test_dbt_fails_by_its_results_or_by_a_gate() -> None:
    assert len(_calls("defs/warehouse.py", "Failure")) == 1
    assert len(_calls("defs/warehouse.py", "refused")) == 4


@pytest.mark.parametrize("path", ["ledger/verify.py", "ledger/objections.py"])
def test_every_line_on_the_ledger_is_said_by_a_check(path: str) -> None:
    tree = ast.parse((PROJECT / "orchestration" / path).read_text(encoding="utf-8"))
    told = [node.value for node in ast.walk(tree) if isinstance(node, ast.Yield)]
    texts = [value for value in told if isinstance(value, ast.JoinedStr | ast.Constant)]
    assert [text.lineno for text in texts] == []
    assert sum(_is_said(value) for value in told) > 5


# The list for people


def test_an_unknown_area_is_told_with_those_that_there_are() -> None:
    with pytest.raises(UnknownArea, match=r"of the area 'salse'\. Areas: adapters, build, close, "):
        listed(SETTINGS, manifest_path(SETTINGS), "salse")


def test_the_list_of_an_area_is_a_table(tmp_path: Path) -> None:
    nobody = Settings.from_environment({"QUOTAMART_PUBLISH": str(tmp_path)})
    lines = checks_text(listed(nobody, manifest_path(SETTINGS), "ledger")).splitlines()
    assert lines[0].split("  ")[0] == "last failed, UTC"
    assert lines[1].split() == [
        *("never", "blocks", "finance", "ledger", "ledger:"),
        *f"{ledger_checks.FOREIGN.name} {ledger_checks.FOREIGN.protects}".split()[1:],
    ]
    assert lines[-1].startswith(f"{len(lines) - 3} checks. No build is known yet")
