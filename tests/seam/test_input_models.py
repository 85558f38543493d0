"""Each input model with no, one and two adapters, and what mistaken adapters and vars end with.

dbt's unit tests cannot do this: there `model.columns`, which the input models are made from, is
empty.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.seam.document import Document
from tests.seam.project_copy import PROJECT, ProjectCopy, rows

MODELS: dict[str, dict[str, Any]] = {
    path.stem.removeprefix("input_"): yaml.safe_load(path.read_text(encoding="utf-8"))["models"][0]
    for path in sorted((PROJECT / "models" / "input").glob("input_*.yml"))
}
DECLARED: dict[str, dict[str, str]] = {
    entity: {column["name"]: column["data_type"] for column in model["columns"]}
    for entity, model in MODELS.items()
}
KEYS: dict[str, list[str]] = {
    entity: model["constraints"][0]["columns"] for entity, model in MODELS.items()
}
# Rows that say what is there or that nothing is there, and the member for what nobody knows.
NEVER_EMPTY = {"dim_customers", "dim_dates", "dim_products", "dim_users", "fct_row_conservation"}
# Scores, floors, adjustments and quotas are rows of finance's own seeds: no source brings them.
BROUGHT_BY_SEEDS = {
    *("fct_payout_lines", "fct_payout_line_slices", "fct_payout_line_factors"),
    *("fct_payout_entitlements", "fct_pending_postings", "fct_payout_variances"),
    *("fct_forecasts_by_owner_quarter", "dim_payees"),
}
TEXTS = {
    "string": "'a text'",
    "int": "'12'",
    "bigint": "'12'",
    "boolean": "'true'",
    "date": "'2026-01-31'",
    "timestamp": "'2026-01-31 12:00:00'",
    "decimal(18,2)": "'12.5'",
    "decimal(18,6)": "'12.5'",
}
KEY_TEXT = "'{}:1'"
ENGINE_TYPES = {"string": "VARCHAR", "int": "INTEGER"}
ONE, TWO = ["texts"], ["texts", "nulls"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ProjectCopy:
    """A copy with two adapters for each entity: one gives only texts, one only the key."""
    copy = ProjectCopy(tmp_path_factory.mktemp("inputs"))
    for entity, columns in DECLARED.items():
        texts, nulls = [], []
        for position, (name, declared) in enumerate(columns.items()):
            text = TEXTS[declared.replace(" ", "")]
            texts.append(f"{text if position else KEY_TEXT.format('texts')} as {name}")
            key = text if position else KEY_TEXT.format("nulls")
            nulls.append(f"{key if name in KEYS[entity] else 'null'} as {name}")
        # In another order than declared: names count, not positions.
        copy.write(
            {
                f"models/adapters/texts/texts__{entity}.sql": f"select {', '.join(texts[::-1])}\n",
                f"models/adapters/nulls/nulls__{entity}.sql": f"select {', '.join(nulls)}\n",
            }
        )
    return copy


@pytest.fixture(scope="module")
def without_adapters(project: ProjectCopy) -> ProjectCopy:
    """The whole project built and tested with every entity empty."""
    project.set_vars({"adapters": {}, "as_of": "2026-03-31"})
    project.run("dbt build")
    return project


@pytest.fixture(scope="module")
def with_one(project: ProjectCopy) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every input model with one adapter."""
    return _built(project, ONE)


@pytest.fixture(scope="module")
def with_two(project: ProjectCopy) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every input model with two adapters."""
    return _built(project, TWO)


def test_without_any_adapter_every_mart_is_there_and_empty(without_adapters: ProjectCopy) -> None:
    marts = {path.stem for path in (PROJECT / "models" / "marts").rglob("*.sql")}
    counts = {
        mart: rows(without_adapters.build_file, f"select count(*) from marts.{mart}")[0][0]
        for mart in marts
    }
    assert {mart for mart, count in counts.items() if count} <= NEVER_EMPTY | BROUGHT_BY_SEEDS
    assert counts["dim_customers"] == 1
    landed = rows(
        without_adapters.build_file, "select sum(landed_count) from marts.fct_row_conservation"
    )
    assert landed == [(0,)]


@pytest.mark.parametrize("entity", DECLARED)
def test_no_adapter_is_an_empty_table_of_the_declared_types(
    entity: str, without_adapters: ProjectCopy
) -> None:
    build_file = without_adapters.build_file
    assert rows(build_file, f"from input.input_{entity}") == []
    assert _types(build_file, entity) == _engine_types(entity)


@pytest.mark.parametrize("entity", DECLARED)
def test_one_adapter_is_cast_to_the_declared_types(entity: str, with_one: dict) -> None:
    (row,) = with_one[entity]
    assert row[0] == "texts:1"
    assert None not in row


@pytest.mark.parametrize("entity", DECLARED)
def test_two_adapters_are_unioned(entity: str, with_two: dict, project: ProjectCopy) -> None:
    nulls, texts = with_two[entity]
    assert (nulls[0], texts[0]) == ("nulls:1", "texts:1")
    given = [name for name, value in zip(DECLARED[entity], nulls, strict=True) if value is not None]
    assert given == [name for name in DECLARED[entity] if name in KEYS[entity]]
    assert None not in texts
    assert _types(project.build_file, entity) == _engine_types(entity)


@pytest.mark.parametrize(
    ("changed_vars", "message", "names"),
    [
        (
            {"adapters": {"account": ["texts"]}},
            "which does not exist. Entities:",
            "names the entity 'account'",
        ),
        (
            {"adapters": {"accounts": ["salesforce"]}, "landed_tables": {"stripe": ["charge"]}},
            "landed_tables does not name its table",
            "the source salesforce is in use",
        ),
        ({"adapters": {"accounts": ["nobody"]}}, "which was not found", "nobody__accounts"),
    ],
)
def test_mistaken_vars_end_with_a_text_that_the_document_explains(
    changed_vars: dict[str, Any], message: str, names: str, project: ProjectCopy
) -> None:
    project.set_vars(changed_vars)
    said = project.run("dbt run --select input_accounts", succeeds=False)
    assert message in said
    assert names in said
    assert Document().says(message)


def test_mistaken_adapters_end_with_texts_that_the_document_explains(project: ProjectCopy) -> None:
    project.set_vars({"adapters": {entity: ["wrong"] for entity in DECLARED}})
    mistakes = {
        "accounts": ("select 'wrong:1' as account_id", "does not have a column named"),
        "refunds": ("select {nulls}, 'twelve' as amount", "Could not convert string"),
        "payments": (
            "select {nulls}, 1 as amount union all select {nulls}, 2 as amount",
            "duplicate key",
        ),
    }
    for entity, columns in DECLARED.items():
        sql, _ = mistakes.get(entity, ("select {nulls}", None))
        key, *others = columns
        nulls = [f"null as {name}" for name in others if entity not in mistakes or name != "amount"]
        nulls = ", ".join([f"'wrong:1' as {key}", *nulls])
        path = f"models/adapters/wrong/wrong__{entity}.sql"
        project.write({path: sql.format(nulls=nulls)})
    selected = " ".join(f"+input_{entity}" for entity in mistakes)
    said = project.run(f"dbt run --select {selected}", succeeds=False)
    for _, message in mistakes.values():
        assert message in said
        assert Document().says(message)
    for named in ('"wrong__accounts"', "twelve", "wrong:1"):
        assert named in said


def _built(project: ProjectCopy, adapters: list[str]) -> dict[str, list[tuple[Any, ...]]]:
    project.set_vars({"adapters": dict.fromkeys(DECLARED, adapters)})
    folders = " ".join(f"path:models/adapters/{adapter}" for adapter in adapters)
    project.run(f"dbt run --select {folders} path:models/input")
    return {
        entity: rows(project.build_file, f"from input.input_{entity} order by 1")
        for entity in DECLARED
    }


def _types(build_file: Path, entity: str) -> dict[str, str]:
    described = rows(build_file, f"describe input.input_{entity}")
    return {name: data_type for name, data_type, *_ in described}


def _engine_types(entity: str) -> dict[str, str]:
    return {
        name: ENGINE_TYPES.get(declared, declared.replace(" ", "").upper())
        for name, declared in DECLARED[entity].items()
    }
