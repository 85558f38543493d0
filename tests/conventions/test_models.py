"""House rules on models: what each is called, says, promises and reads.

Here belong the rules that dbt's manifest can answer. What SQL may say stands in test_sql.py.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .example import (
    MART_SQL,
    SUMMED_SQL,
    add_data_test,
    add_model,
    add_source,
    add_unit_test,
    column,
    example_project,
)
from .project import (
    Fault,
    Node,
    Project,
    Rule,
    layer,
    vendor,
    with_faults,
    with_names,
    without_comments,
)

CONTRACTED = ("input", "marts")
# Their readers know them by these names: what was rejected, what was read, and what takes effect.
MODELS_BY_OTHER_NAMES = {"quarantined_rows", "landed_files", "cutoff"}
QUALITY_MARTS = "models/marts/quality/"
NAMES = {
    "staging": r"stg_{vendor}__[a-z0-9_]+",
    "base": r"base_{vendor}__[a-z0-9_]+",
    "adapters": r"{vendor}__[a-z0-9_]+",
    "input": r"input_[a-z0-9_]+",
    "intermediate": r"int_[a-z0-9_]+",
    "marts": r"(fct|dim)_[a-z0-9_]+",
    "as_of": r"as_of",
}
OUTDATED = re.compile(r"(^|_)(tmp|temp|old|new|legacy|v[0-9]+)$|^(tmp|temp)_")
CONTACT = re.compile(r"email|phone|comment")
# Words that turn a name into a sentence without adding anything to it.
FILLING = {"a", "an", "and", "id", "in", "is", "its", "of", "on", "the", "this"}
# A model whose SQL has none of these only renames.
LOGIC = re.compile(
    r"\b(case|distinct|filter|group by|having|join|over|qualify|union|where)\b"
    r"|\b(judged_rows|largest_remainder|prorated)\(",
    re.IGNORECASE,
)
# Adapters of history: they read every judged version of a row, not the latest good one alone.
READERS_OF_JUDGED_ROWS = {
    "flat_projects__known_rows": "a row that is deleted is known too",
    "salesforce__account_team_spans": "the delete marker says when somebody left a team",
    "salesforce__contract_terminations": "the version that brought the status dates it",
    "salesforce__deleted_opportunities": "what was deleted is told by its versions",
    "salesforce__known_rows": "a row that is deleted is known too",
    "stripe__counted_lines": "a line of a deleted invoice is no line; deleted items name theirs",
    "stripe__known_rows": "a row that is deleted is known too",
    "stripe__subscription_item_live_points": "each version of an item is a point of its history",
    "stripe__subscription_item_removals": "the delete marker says when an item was seen to be gone",
}
# Models with logic that a unit test would only repeat, and the reason.
UNIT_TESTED_ELSEWHERE: dict[str, str] = {}


def yaml_stands_beside_its_model(project: Project) -> list[str]:
    """One YAML file per model, of the same stem, so that nobody searches for what a model is."""
    offences = []
    for model in project.models:
        beside = model["original_file_path"].removesuffix(".sql") + ".yml"
        described_in = (model["patch_path"] or "nowhere").split("://")[-1]
        if described_in != beside:
            offences.append(f"{beside} must describe {model['name']}; {described_in} does.")
        elif len(names := _models_in(project.files[beside])) > 1:
            offences.append(f"{beside} describes more than one model: {', '.join(names)}.")
    return offences


def _models_in(yaml: str) -> list[str]:
    """The names under the top-level key `models`."""
    block = re.search(r"^models:\n((?:[ #].*\n|\n)*)", yaml, re.MULTILINE)
    return re.findall(r"(?m)^  - name: (\w+)", block.group(1)) if block else []


def sources_stand_in_their_own_yaml(project: Project) -> list[str]:
    """One `_<source>__sources.yml` per source system: the single truth on what it lands."""
    return [
        f"{source['original_file_path']} declares {source['source_name']}.{source['name']}; "
        f"that belongs in _{source['source_name']}__sources.yml in its staging folder."
        for source in project.sources
        if source["original_file_path"]
        not in (
            f"models/staging/{source['source_name']}/_{source['source_name']}__sources.yml",
            # The warehouse's own account of the landing folder is of no source system.
            "models/staging/_landing__sources.yml" if source["source_name"] == "landing" else "",
        )
    ]


def description_states_the_grain(project: Project) -> list[str]:
    """What one row is comes first: without it no count and no join can be trusted."""
    return [
        f"{model['original_file_path']}: the description states no **Grain:**."
        for model in project.models
        if "**Grain:**" not in model["description"]
    ]


def amounts_state_unit_and_source(project: Project) -> list[str]:
    """An amount without its unit and origin is a number to be misread."""
    return [
        f"{model['original_file_path']} holds amounts; its description states no {label}"
        for model in _contracted(project)
        if any(_is_amount(name) for name in model["columns"])
        for label in ("**Unit:**", "**Source:**")
        if label not in model["description"]
    ]


def _is_amount(name: str) -> bool:
    return name == "amount" or name.endswith("_amount")


def columns_are_typed_and_explained(project: Project) -> list[str]:
    """The columns of the contract and the marts are the interface; a name is no explanation."""
    offences = []
    for model in _contracted(project):
        for name, described in model["columns"].items():
            where = f"{model['original_file_path']}, {name}"
            words = set(re.findall(r"[a-z0-9]+", described["description"].lower()))
            if not described["data_type"]:
                offences.append(f"{where}: no data_type.")
            if words - FILLING <= set(name.split("_")):
                offences.append(f"{where}: '{described['description']}' only repeats the name.")
    return offences


def contract_names_a_key(project: Project) -> list[str]:
    """A contract keeps the shape; the key says what a row is."""
    offences = []
    for model in _contracted(project):
        if not model["config"]["contract"]["enforced"]:
            offences.append(f"{model['original_file_path']}: the contract is not enforced.")
        if not _key(model):
            offences.append(f"{model['original_file_path']}: no primary_key constraint.")
    return offences


def key_is_proven_by_a_test(project: Project) -> list[str]:
    """The constraint proves nothing on Spark, nor on a published file: a data test does."""
    tested = {
        (test["attached_node"], tuple(test["test_metadata"]["kwargs"]["columns"]))
        for test in project.data_tests
        if (test.get("test_metadata") or {}).get("name") == "unique_key"
    }
    return [
        f"{model['original_file_path']}: no unique_key test on {', '.join(_key(model))}."
        for model in _contracted(project)
        if _key(model) and (model["unique_id"], _key(model)) not in tested
    ]


def _key(model: Node) -> tuple[str, ...]:
    return next(
        (
            tuple(constraint["columns"])
            for constraint in model["constraints"]
            if constraint["type"] == "primary_key"
        ),
        (),
    )


def data_tests_fail_the_build(project: Project) -> list[str]:
    """A warning is a failure that nobody owns."""
    return [
        f"{test['original_file_path']}: {test['name']} has severity {test['config']['severity']}."
        for test in project.data_tests
        if test["config"]["severity"].lower() != "error"
    ]


def layers_read_only_the_layer_before(project: Project) -> list[str]:
    """Each layer knows the one before it, so that a system can be exchanged at the seam."""
    return [
        f"{model['original_file_path']} may not read {parent['name']}."
        for model in project.models
        for parent in map(project.node, model["depends_on"]["nodes"])
        if not _may_read(model, parent)
    ]


def _may_read(model: Node, parent: Node) -> bool:
    # What was posted is no extract: it stands right of the seam.
    if layer(parent) == "sources" and parent["source_name"] == "ledger":
        return layer(model) in ("intermediate", "marts")
    of_same_vendor = vendor(model) == vendor(parent)
    match layer(model):
        case "as_of":
            return layer(parent) == "sources"
        case "base" | "staging":
            return layer(parent) in ("seeds", "as_of") or (
                layer(parent) in ("sources", "base") and of_same_vendor
            )
        case "adapters":
            reads_history = model["name"] in READERS_OF_JUDGED_ROWS
            return layer(parent) == "seeds" or (
                of_same_vendor
                and layer(parent) in ("staging", "adapters", "base" if reads_history else "")
            )
        case "input":
            return layer(parent) == "adapters"
        case "intermediate":
            return layer(parent) in ("input", "intermediate", "seeds", "as_of")
        case "marts":
            # The quality marts tell what became of the landed rows, so they read them.
            if model["original_file_path"].startswith(QUALITY_MARTS):
                return layer(parent) in ("base", "sources")
            return layer(parent) in ("input", "intermediate", "marts", "seeds", "as_of")
    return False


def nothing_right_of_the_seam_names_a_vendor(project: Project) -> list[str]:
    """Marts that know a vendor's name have to be changed with the vendor.

    A data test of one vendor's models is left of the seam and has the vendor in its name.
    """
    folders = ("models/input/", "models/intermediate/", "models/marts/", "tests/data/")
    return [
        f"{path} names {vendor_name}."
        for path, text in project.sql(*folders)
        for vendor_name in sorted(project.vendors)
        if vendor_name in text.lower() and not Path(path).stem.startswith(f"assert_{vendor_name}_")
    ]


def names_tell_the_layer(project: Project) -> list[str]:
    """A model's name says where it stands; a second generation beside the first is not kept."""
    tables = {f"{source['source_name']}__{source['name']}" for source in project.sources}
    offences = []
    for model in project.models:
        name, path = model["name"], model["original_file_path"]
        pattern = NAMES.get(layer(model), "$^").format(vendor=vendor(model))
        if layer(model) in ("intermediate", "marts") and name in MODELS_BY_OTHER_NAMES:
            continue
        if not re.fullmatch(pattern, name) or OUTDATED.search(name):
            offences.append(f"{path}: {name} is no name for this folder.")
        elif layer(model) in ("base", "staging") and name.partition("_")[2] not in tables:
            offences.append(f"{path}: no source table is called {name.partition('_')[2]}.")
    return offences


def unit_tests_are_called_by_a_sentence(project: Project) -> list[str]:
    """A failing test's name is the first thing read: it says what is no longer so."""
    return [
        f"{test['model']}: the unit test {test['name']} is not called by a sentence of at least "
        "three lower-case words."
        for test in project.unit_tests
        if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+){2,}", test["name"])
    ]


def logic_has_a_unit_test(project: Project) -> list[str]:
    """Every model left of the marts that does more than rename is tried on rows one can follow."""
    tested = {test["model"] for test in project.unit_tests}
    return [
        f"{model['original_file_path']} has logic and no unit test."
        for model in project.models
        if layer(model) in ("base", "adapters", "intermediate")
        and model["name"] not in tested | set(UNIT_TESTED_ELSEWHERE)
        and LOGIC.search(without_comments(project.files[model["original_file_path"]]))
    ]


def contact_data_is_marked(project: Project) -> list[str]:
    """What is marked stays out of the file that everybody reads."""
    return [
        f"{model['original_file_path']}, {name}: contact data without `meta: {{pii: true}}`."
        for model in project.models
        if layer(model) == "marts"
        for name, described in model["columns"].items()
        if CONTACT.search(name) and not (described["config"].get("meta") or {}).get("pii")
    ]


def _contracted(project: Project) -> list[Node]:
    return [model for model in project.models if layer(model) in CONTRACTED]


def _mart(project: Project) -> dict:
    return project.manifest["nodes"]["model.quotamart.fct_payments_by_month"]


def _described(text: str) -> Fault:
    return lambda project: _mart(project).update(description=text)


def _with_column(name: str, data_type: str | None, text: str) -> Fault:
    described = column(name, data_type, text)
    return lambda project: _mart(project)["columns"].update({name: described})


def _reading(path: str, *parents: str) -> Fault:
    return lambda project: add_model(project, path, list(parents))


def _with_sql(path: str, sql: str) -> Fault:
    return lambda project: project.files.update({path: sql})


def _key_of_two(project: Project) -> None:
    _mart(project)["constraints"][0]["columns"] = ["month_start", "currency"]


def _ledger_left_of_the_seam(project: Project) -> None:
    yaml = "models/staging/ledger/_ledger__sources.yml"
    lines = add_source(project, "ledger", "ledger_lines", yaml)
    add_model(project, "models/adapters/acme/acme__payments.sql", [lines])


def _other_vendor(project: Project) -> None:
    other = add_source(project, "other", "bill", "models/staging/other/_other__sources.yml")
    add_model(project, "models/staging/acme/stg_acme__payment.sql", [other])


RULES: dict[Rule, list[Fault]] = {
    yaml_stands_beside_its_model: [
        lambda project: _mart(project).update(patch_path=None),
        lambda project: _mart(project).update(patch_path="quotamart://models/marts/marts.yml"),
        lambda project: project.files.update(
            {
                MART_SQL.replace(".sql", ".yml"): (
                    "models:\n  - name: fct_payments_by_month\n\n  - name: fct_other\n"
                )
            }
        ),
    ],
    sources_stand_in_their_own_yaml: [
        lambda project: add_source(project, "acme", "bill", "models/staging/sources.yml"),
        lambda project: add_source(project, "acme", "bill", "models/staging/_landing__sources.yml"),
    ],
    description_states_the_grain: [_described("Payments by month."), _described("")],
    amounts_state_unit_and_source: [
        _described("**Grain:** one row per month. **Unit:** CNY."),
        _described("**Grain:** one row per month. **Source:** payments."),
    ],
    columns_are_typed_and_explained: [
        _with_column("paid_on", None, "Day of the first payment."),
        _with_column("paid_on", "date", ""),
        _with_column("customer_name", "string", "The name of the customer."),
    ],
    contract_names_a_key: [
        lambda project: _mart(project)["config"].update(contract={"enforced": False}),
        lambda project: _mart(project).update(constraints=[]),
    ],
    key_is_proven_by_a_test: [
        _key_of_two,
        lambda project: project.manifest["nodes"].pop(
            "test.quotamart.unique_key_fct_payments_by_month"
        ),
    ],
    data_tests_fail_the_build: [
        lambda project: (
            add_data_test(project, "input_payments", "not_null", column_name="amount"),
            project.data_tests[-1]["config"].update(severity="warn"),
        ),
    ],
    layers_read_only_the_layer_before: [
        _other_vendor,
        _ledger_left_of_the_seam,
        _reading("models/staging/as_of.sql", "model.quotamart.input_payments"),
        _reading("models/staging/acme/stg_acme__payment.sql", "model.quotamart.acme__payments"),
        _reading("models/adapters/acme/acme__payments.sql", "source.quotamart.acme.payment"),
        _reading("models/adapters/acme/acme__payments.sql", "model.quotamart.base_acme__payment"),
        _reading("models/adapters/other/other__bills.sql", "model.quotamart.stg_acme__payment"),
        _reading("models/input/input_payments.sql", "model.quotamart.stg_acme__payment"),
        _reading("models/input/input_payments.sql", "seed.quotamart.currencies"),
        _reading(SUMMED_SQL, "model.quotamart.acme__payments"),
        _reading(SUMMED_SQL, "model.quotamart.fct_payments_by_month"),
        _reading(MART_SQL, "model.quotamart.base_acme__payment"),
        _reading(MART_SQL, "model.quotamart.stg_acme__payment"),
        _reading("models/marts/quality/fct_row_counts.sql", "model.quotamart.acme__payments"),
        _reading("models/elsewhere/other.sql", "seed.quotamart.currencies"),
    ],
    nothing_right_of_the_seam_names_a_vendor: [
        _with_sql(SUMMED_SQL, "select 'acme' as source_system"),
        _with_sql(MART_SQL, "-- As Acme bills it.\nselect 1 as one"),
        _with_sql("tests/data/assert_sums.sql", "select * from acme__payments"),
    ],
    names_tell_the_layer: [
        _reading("models/marts/revenue/payments.sql"),
        _reading("models/marts/revenue/fct_payments_v2.sql"),
        _reading("models/intermediate/revenue/tmp_payments.sql"),
        _reading("models/input/payments_input.sql"),
        _reading("models/adapters/acme/other__payments.sql"),
        _reading("models/staging/acme/stg_acme__bill.sql"),
        _reading("models/staging/base/acme/stg_acme__payment.sql"),
        _reading("models/elsewhere/other.sql"),
    ],
    unit_tests_are_called_by_a_sentence: [
        lambda project: add_unit_test(project, "int_payments_summed", "test_sum"),
        lambda project: add_unit_test(project, "int_payments_summed", "Sums Are Right"),
    ],
    logic_has_a_unit_test: [
        lambda project: project.manifest["unit_tests"].clear(),
        _with_sql("models/adapters/acme/acme__payments.sql", "select 1 as one where false"),
        _with_sql("models/staging/base/acme/base_acme__payment.sql", "{{ judged_rows(x) }}"),
    ],
    contact_data_is_marked: [
        _with_column("work_email", "string", "Where invoices go."),
        _with_column("comment", "string", "What the respondent wrote."),
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


def test_every_exception_is_of_a_model_that_exists(house: Project) -> None:
    names = {model["name"] for model in house.models}

    assert {*UNIT_TESTED_ELSEWHERE, *READERS_OF_JUDGED_ROWS, *MODELS_BY_OTHER_NAMES} <= names


def test_every_file_in_the_models_folders_is_known_to_dbt(house: Project) -> None:
    described = {model["original_file_path"] for model in house.models}

    assert {path for path, _ in house.sql("models/")} == described
    assert not [
        path
        for path in house.files
        if path.startswith("models/") and Path(path).suffix not in (".sql", ".yml", ".md")
    ]
