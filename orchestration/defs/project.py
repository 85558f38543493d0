"""The dbt project as Dagster sees it: its manifest, its assets' names and groups, its command."""

import functools
import json
import os
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from dagster import AssetKey, AssetSpec
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject
from packaging.version import Version

from orchestration.dbt_project import DBT, manifest_path, parse_project
from orchestration.settings import Settings

# Finance's rules as one: the files, checked before dbt reads them.
RULES_OF_PAY = AssetKey(["compensation", "rules"])


@functools.cache
def manifest() -> dict[str, Any]:
    """dbt's manifest, as of when the definitions were loaded.

    `dagster dev` parses the project first, so that an edited model is seen after a reload;
    elsewhere it is parsed only where no manifest exists yet.
    """
    settings = Settings.from_environment()
    path = manifest_path(settings)
    if os.environ.get("DAGSTER_IS_DEV_CLI") or not path.exists():
        parse_project(settings)
    return json.loads(path.read_text("utf-8"))


class PinnedDbt(DbtCliResource):
    """dbt of this environment, started at once.

    dagster-dbt first asks the command for its version and opens the warehouse with an adapter of
    its own, for row counts that no asset here asks for: seconds of every run. Should dagster-dbt
    rename these two, its own come back, slower and as correct.
    """

    @functools.cached_property
    def _cli_version(self) -> Version:
        return Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:
        return None


def dbt_resource() -> DbtCliResource:
    """The dbt command line, run as a subprocess: in process it keeps locks on attached files."""
    project_dir = Settings.from_environment().project_dir
    return PinnedDbt(
        project_dir=str(project_dir),
        profiles_dir=os.environ.get("DBT_PROFILES_DIR") or str(project_dir),
        dbt_executable=DBT[0],
        global_config_flags=list(DBT[1:]),
    )


class LayerTranslator(DagsterDbtTranslator):
    """Groups assets by layer; seeds are reference or compensation."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The layer."""
        return layer(dbt_resource_props)

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetSpec:
        """The asset of a node; seeds of compensation wait for the check of finance's rules."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["nodes"].get(unique_id)
        if node and node["resource_type"] == "seed" and layer(node) == "compensation":
            return spec.merge_attributes(deps=[RULES_OF_PAY])
        return spec


def layer(node: Mapping[str, Any]) -> str:
    """The layer of a manifest node, by its folder: `models/marts/revenue/x.sql` is in marts.

    Seeds that are no reference are compensation, also where another folder stands in for theirs.
    """
    path = Path(node["original_file_path"])
    if node["resource_type"] == "seed" and not path.is_relative_to("seeds/reference"):
        return "compensation"
    return path.parts[1]


TRANSLATOR = LayerTranslator()


def asset_key(node: Mapping[str, Any]) -> AssetKey:
    """The Dagster key of a manifest node."""
    return TRANSLATOR.get_asset_key(node)


def models_in(manifest_content: Mapping[str, Any], *layers: str) -> dict[str, Mapping[str, Any]]:
    """The models of these layers by name."""
    return {
        node["name"]: node
        for node in manifest_content["nodes"].values()
        if node["resource_type"] == "model" and layer(node) in layers
    }
