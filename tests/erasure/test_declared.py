"""What is personal says whose it is: else no erasure would find it."""

from pathlib import Path

import pytest

from orchestration.dbt_project import manifest_path
from orchestration.erasure.person import declared_marts, kinds_of
from orchestration.landing import load_manifest
from orchestration.landing.declared import declared_tables
from orchestration.settings import Settings

# Judged by the source table that a rejected row is of.
ANYBODYS = {"quarantined_rows"}


@pytest.fixture(scope="module")
def manifest(project: Path) -> dict:
    return load_manifest(manifest_path(Settings.from_environment({}, project_dir=project)))


def test_every_personal_column_of_a_source_is_somebodys(manifest: dict) -> None:
    tables = declared_tables(manifest)
    personal = {table.name for table in tables if any(c.personal for c in table.columns)}

    assert {table.name for table in tables if table.person} >= personal
    assert personal >= {"salesforce/user", "stripe/customer", "qualtrics/survey_response"}


def test_every_personal_column_of_a_mart_is_somebodys_that_a_source_knows(manifest: dict) -> None:
    kinds = kinds_of(declared_tables(manifest))
    declared = declared_marts(manifest)
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model" or node["name"] in ANYBODYS:
            continue
        if not node["original_file_path"].startswith("models/marts"):
            continue
        metas = [column["config"]["meta"] for column in node["columns"].values()]
        if any(meta.get("pii") or meta.get("personal") for meta in metas):
            assert node["name"] in declared, f"{node['name']} says of nobody whose it is"
    for name, mart in declared.items():
        owners = [mart.person, *mart.owners.values()]
        columns = next(n for n in manifest["nodes"].values() if n["name"] == name)["columns"]
        assert {kind for owner in owners for kind in owner} <= kinds, name
        assert {column for owner in owners for column in owner.values()} <= set(columns), name
    assert set(declared) >= {"dim_users", "dim_customers", "fct_survey_responses"}
