"""House rules on seeds and macros: typed tables of rules, and one documented macro a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .example import MACRO_SQL, SUMMED_SQL, add_macro, column, example_project
from .project import Fault, Node, Project, Rule, run_dbt, with_faults, with_names, without_comments

MACROS_YAML = "macros/_macros.yml"
DISPATCHED = re.compile(r"(default|duckdb|spark)__")
MATERIALISED = re.compile(r"{%-?\s*(?:macro|test)\s+(\w+)\s*\(([^)]*)\)")
CHOICE = re.compile(r"\bchoice\(\s*['\"](\w+)['\"]")
PLAIN_VAR = re.compile(r"\bvar\(\s*['\"](\w+)['\"]")


def seed_columns_are_typed_and_described(project: Project) -> list[str]:
    """An untyped column is guessed: 0.08 becomes a double and a large amount loses its cents."""
    offences = []
    for seed in project.seeds:
        path = seed["original_file_path"]
        header = project.files[path].splitlines()[0].split(",")
        types = seed["config"].get("column_types") or {}
        offences += [f"{path}, {name}: no type." for name in header if name not in types]
        offences += [
            f"{path}: types {name}, which it has not." for name in types.keys() - {*header}
        ]
        offences += [
            f"{path}, {name}: no description."
            for name in header
            if not seed["columns"].get(name, {}).get("description")
        ]
        offences += [
            f"{path}, {name}: {data_type} is inexact."
            for name, data_type in types.items()
            if re.match(r"double|float|real|numeric$|decimal$", data_type, re.IGNORECASE)
        ]
    return offences


def seeds_are_described_in_their_folder(project: Project) -> list[str]:
    """One `_<folder>__seeds.yml` per folder says what each seed's rows are."""
    offences = []
    for seed in project.seeds:
        folder = Path(seed["original_file_path"]).parent
        expected = (folder / f"_{folder.name}__seeds.yml").as_posix()
        if (seed["patch_path"] or "").split("://")[-1] != expected:
            offences.append(f"{seed['original_file_path']} is not described in {expected}.")
        if "**Grain:**" not in seed["description"]:
            offences.append(f"{seed['original_file_path']}: the description states no **Grain:**.")
    return offences


def macros_stand_in_a_file_of_their_name(project: Project) -> list[str]:
    """One macro a file; beside it only its dispatched forms and what nobody else calls."""
    offences = []
    for path, text in project.sql("macros/"):
        names = [name for name, _ in MATERIALISED.findall(text)]
        if Path(path).stem not in names:
            offences.append(f"{path} holds no macro {Path(path).stem}.")
        offences += [
            f"{path} holds {name}, which {other} calls too: it needs a file of its own."
            for name in names
            if name != Path(path).stem and not DISPATCHED.match(name)
            for other, caller in project.sql("macros/", "models/", "tests/data/")
            if other != path and re.search(rf"\b{name}\(", without_comments(caller))
        ]
    return offences


def macros_are_documented(project: Project) -> list[str]:
    """What a macro takes, gives and rounds is read before it is called; dbt docs show it."""
    offences = []
    for macro in project.macros:
        where = f"{macro['original_file_path']}, {macro['name']}"
        if DISPATCHED.match(macro["name"]):
            continue
        documented = [argument["name"] for argument in macro["arguments"]]
        if not macro["description"]:
            offences.append(f"{where}: no description in {MACROS_YAML}.")
        elif documented != _parameters(macro):
            offences.append(f"{where}: takes {_parameters(macro)}, documented is {documented}.")
        offences += [
            f"{where}: the argument {argument['name']} has no type or no description."
            for argument in macro["arguments"]
            if not argument["type"] or not argument["description"]
        ]
    return offences


def _parameters(macro: Node) -> list[str]:
    """The parameters as they stand in the macro's head; a generic test's first is the model."""
    listed = MATERIALISED.search(macro["macro_sql"])
    names = listed.group(2).split(",") if listed else []
    return [name.split("=")[0].strip() for name in names if name.strip()]


def closed_vars_are_read_through_choice(project: Project) -> list[str]:
    """A var with a list of values must refuse any other: a misspelt setting is no default."""
    texts = {path: without_comments(text) for path, text in project.sql("models/", "tests/data/")}
    closed = {name for text in texts.values() for name in CHOICE.findall(text)}
    return [
        f"{path} reads the var {name} without choice()."
        for path, text in texts.items()
        for name in PLAIN_VAR.findall(text)
        if name in closed
    ]


def _seed(project: Project) -> dict:
    return project.manifest["nodes"]["seed.quotamart.currencies"]


def _typed(**types: str) -> Fault:
    return lambda project: _seed(project)["config"].update(column_types=types)


def _macro(project: Project) -> dict:
    return project.manifest["macros"]["macro.quotamart.month_start"]


RULES: dict[Rule, list[Fault]] = {
    seed_columns_are_typed_and_described: [
        _typed(),
        _typed(currency_code="double"),
        _typed(currency_code="decimal"),
        _typed(currency_code="string", minor_unit_digits="int"),
        lambda project: _seed(project)["columns"].clear(),
        lambda project: _seed(project).update(
            columns={"currency_code": column("currency_code", None, "")}
        ),
    ],
    seeds_are_described_in_their_folder: [
        lambda project: _seed(project).update(patch_path="quotamart://seeds/seeds.yml"),
        lambda project: _seed(project).update(description="Currencies."),
    ],
    macros_stand_in_a_file_of_their_name: [
        lambda project: add_macro(project, "macros/dates.sql", "year_start", "day"),
        lambda project: (
            add_macro(project, MACRO_SQL, "year_start", "day"),
            project.files.update({SUMMED_SQL: "select {{ year_start('paid_on') }} as year_start"}),
        ),
    ],
    macros_are_documented: [
        lambda project: add_macro(project, "macros/year_start.sql", "year_start", "day", ""),
        lambda project: _macro(project)["arguments"].clear(),
        lambda project: _macro(project)["arguments"][0].update(type=None),
        lambda project: _macro(project)["arguments"][0].update(description=""),
        lambda project: _macro(project).update(
            macro_sql="{% macro month_start(day, first_month=1) %}"
        ),
    ],
    closed_vars_are_read_through_choice: [
        lambda project: project.files.update(
            {
                SUMMED_SQL: "{% set basis = choice('mrr_basis', ['contracted', 'invoiced']) %}",
                "tests/data/assert_x.sql": "select '{{ var(\"mrr_basis\") }}' as basis",
            }
        ),
    ],
}


@pytest.mark.parametrize("rule", **with_names(RULES))
def test_the_house_keeps(rule: Rule, house: Project) -> None:
    offences = rule(house)

    assert not offences, "\n".join(offences)


@pytest.mark.parametrize(("rule", "plant"), **with_faults(RULES))
def test_a_planted_fault_is_seen(rule: Rule, plant: Fault) -> None:
    example = example_project()
    assert not rule(example)

    plant(example)

    assert rule(example)


def test_a_private_helper_may_stand_beside_its_macro() -> None:
    example = example_project()
    add_macro(example, MACRO_SQL, "year_start", "day")

    assert not macros_stand_in_a_file_of_their_name(example)


def test_a_setting_with_a_list_of_values_refuses_any_other(tmp_path: Path) -> None:
    compiled = run_dbt("compile", tmp_path, "--vars", "{mrr_paused: sideways}")

    assert compiled.returncode != 0
    assert "var mrr_paused is 'sideways'; it must be one of: zero, unchanged" in compiled.stdout
