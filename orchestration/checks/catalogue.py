"""Every check of the project, from where each is declared; no list of their names is kept anywhere.

dbt's manifest has its tests, the YAML of suites and limits has expectations and figures, and what
Python checks is declared beside its code. Owners are dbt's groups, the suites' `meta.owner` and the
declarations'.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration import gates
from orchestration.checks.declared import ACCEPTED, BLOCKS, OFF, TOLD, Declared
from orchestration.compensation.check import RULES_HOLD
from orchestration.landing import declared_tables, is_withheld
from orchestration.landing.check import SOUND
from orchestration.landing.freshness import FRESH
from orchestration.ledger import checks as ledger_checks
from orchestration.mart_files import marts_of
from orchestration.quality import Suite, read_suites, suites_folder
from orchestration.quality.figures import Figure, figures_of
from orchestration.quality.limits import Kind, limits_path, read_limits
from orchestration.settings import Settings

# The list of landed files, which is checked as a table is.
_LANDED_FILES = "landing/landed_files"
# The first line of a singular test that is a comment says what it holds.
_COMMENT = re.compile(r"^\s*-- (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """One check. `key` is what builds record of it; `name` is for people."""

    key: str
    name: str
    kind: str
    area: str
    owner: str
    severity: str
    protects: str


def catalogue(
    settings: Settings, manifest: Mapping[str, Any], dbt_vars: Mapping[str, Any]
) -> list[Check]:
    """Every check, in the order in which a build comes to them.

    Args:
        manifest: dbt's manifest of the project.
        dbt_vars: every var of a build, which decide whether a stale source blocks.

    Raises:
        SuiteError, LimitsError, LandingError: something they are declared in cannot be read.
    """
    places = _Places(manifest)
    return [
        *_of_landing(manifest, dbt_vars),
        _declared(RULES_HOLD, "plans", "compensation"),
        *(_of_dbt(places, node) for node in manifest["nodes"].values() if _is_test(node)),
        *(
            check
            for suite in read_suites(suites_folder(settings))
            for check in _of_suite(places, suite)
        ),
        *_of_figures(settings, manifest, places),
        *(_declared(gate, "gate") for gate in gates.CHECKS),
        *(_declared(check, "ledger") for check in ledger_checks.CHECKS),
    ]


def _declared(check: Declared, kind: str, area: str | None = None) -> Check:
    return Check(
        *(check.name, check.name, kind, area or check.area),
        *(check.owner, check.severity, check.protects),
    )


def _of_landing(manifest: Mapping[str, Any], dbt_vars: Mapping[str, Any]) -> Iterator[Check]:
    tables = [table.name for table in declared_tables(manifest) if table.in_use]
    for name in (*(name for name in tables if name != _LANDED_FILES), _LANDED_FILES):
        key = f"{name}: {SOUND.name}"
        yield Check(key, key, "landing", "landing", SOUND.owner, SOUND.severity, SOUND.protects)
    key = f"{_LANDED_FILES}: {FRESH.name}"
    severity = BLOCKS if is_withheld(dbt_vars) else TOLD
    yield Check(key, key, "landing", "landing", FRESH.owner, severity, FRESH.protects)


class _Places:
    """Where models are and whose they are, as dbt's manifest has it."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._nodes = {**manifest["nodes"], **manifest["sources"]}
        self._by_name = {
            node["name"]: node
            for node in manifest["nodes"].values()
            if node["resource_type"] == "model"
        }
        self._owners = {
            group["name"]: group["owner"]["name"] for group in manifest["groups"].values()
        }

    def of(self, model: str) -> tuple[str, str]:
        """Area and owner of a model."""
        return self._place(self._by_name[model])

    def of_test(self, test: Mapping[str, Any]) -> tuple[str, str]:
        """Area and owner of what a test is on; of several models, of the last that it reads."""
        parents = [self._nodes[name] for name in test["depends_on"]["nodes"]]
        tested = self._nodes.get(test.get("attached_node")) or parents[-1]
        area, owner = self._place(tested)
        return area, self._owners.get(test["config"].get("group") or "", owner)

    def name(self, unique_id: str) -> str:
        """What a node is called."""
        return self._nodes[unique_id]["name"]

    def _place(self, node: Mapping[str, Any]) -> tuple[str, str]:
        owner = self._owners.get(node.get("group") or "", gates.VARS.owner)
        path = Path(node["original_file_path"])
        if node["resource_type"] == "seed":
            is_reference = path.is_relative_to("seeds/reference")
            return ("reference" if is_reference else "compensation"), owner
        layer, *below = path.parts[1:-1]
        return (below[0] if layer in ("marts", "intermediate") and below else layer), owner


def _is_test(node: Mapping[str, Any]) -> bool:
    return node["resource_type"] == "test"


def _of_dbt(places: _Places, test: Mapping[str, Any]) -> Check:
    area, owner = places.of_test(test)
    severity = BLOCKS if test["config"]["severity"].lower() == "error" else TOLD
    protects = test.get("description") or _claim(places, test)
    return Check(test["unique_id"], test["name"], "dbt test", area, owner, severity, protects)


def _claim(places: _Places, test: Mapping[str, Any]) -> str:
    """What a test claims: a generic one by its kind, another by the comment it begins with."""
    metadata = test.get("test_metadata")
    if not metadata:
        comment = _COMMENT.search(test["raw_code"])
        return comment.group(1).strip() if comment else ""
    arguments = metadata["kwargs"]
    model = places.name(test["attached_node"])
    column = test.get("column_name")
    where = f", where {test['config']['where']}" if test["config"].get("where") else ""
    claims = {
        "not_null": lambda: f"{column} of {model} has a value in every row{where}.",
        "unique": lambda: f"No {column} stands twice in {model}{where}.",
        "unique_key": lambda: f"{model} has one row per {', '.join(arguments['columns'])}{where}.",
        "accepted_values": lambda: (
            f"{column} of {model} is one of {', '.join(map(str, arguments['values']))}{where}."
        ),
        "relationships": lambda: (
            f"Every {column} of {model} is a {arguments['field']} of {_target(arguments)}{where}."
        ),
        "true_in_every_row": lambda: (
            f"In every row of {model}{where}: {' '.join(arguments['expression'].split())}."
        ),
    }
    claim = claims.get(metadata["name"])
    return claim() if claim else f"{metadata['name']} holds for {model}."


def _target(arguments: Mapping[str, Any]) -> str:
    found = re.search(r"['\"](\w+)['\"]\s*\)", str(arguments["to"]))
    return found.group(1) if found else str(arguments["to"])


def _of_suite(places: _Places, suite: Suite) -> Iterator[Check]:
    area, _ = places.of(suite.model)
    for expectation in suite.expectations:
        name = f"{suite.model}: {expectation['description']}"
        compares = "published." in str(expectation["kwargs"])
        yield Check(
            key=name,
            name=name,
            kind="comparison" if compares else "expectation",
            area=area,
            owner=expectation["meta"]["owner"],
            severity=ACCEPTED if compares else BLOCKS,
            protects=expectation["description"],
        )


def _of_figures(
    settings: Settings, manifest: Mapping[str, Any], places: _Places
) -> Iterator[Check]:
    limits = read_limits(limits_path(settings))
    ratios = {(ratio.mart, ratio.name): ratio.protects for ratio in limits.ratios}
    for figure in figures_of(manifest, marts_of(manifest), limits):
        area, owner = places.of(figure.mart)
        protects = ratios.get((figure.mart, figure.what or "")) or _protected(figure)
        severity = OFF if figure.limit.off else ACCEPTED
        yield Check(figure.name, figure.name, "comparison", area, owner, severity, protects)


def _protected(figure: Figure) -> str:
    if figure.limit.off:
        return f"Not compared with the published version: {figure.limit.off}."
    said = {
        Kind.ROWS: "{mart} keeps about as many rows as are published.",
        Kind.TOTAL: "The sum of {what} of {mart} stays near the published one, by currency.",
        Kind.NULLS: "About as many rows of {mart} have a {what} as in the published version.",
        Kind.VALUES: "{what} of {mart} has no value that the published version has not.",
        Kind.MEAN: "The mean of {what} of {mart} stays near the published one.",
    }
    return said[figure.kind].format(mart=figure.mart, what=figure.what)
