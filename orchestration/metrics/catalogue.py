"""What dbt's manifest says of each metric, in the words of a reader: formula, source, terms.

Whatever the YAML declares is read from there; only what MetricFlow has no field for is `meta`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

_ELEMENT = re.compile(r"\{\{\s*(?:Time)?Dimension\('(?:\w+?__)?(\w+)'[^)]*\)\s*\}\}")
# In an expression, a word that no function is called by.
COLUMN = re.compile(r"\b[a-z_][a-z_0-9]*\b(?!\()")
_AGGREGATIONS = {
    "sum": "sum of",
    "sum_boolean": "number of rows with",
    "count": "number of rows with",
    "count_distinct": "number of different",
    "max": "greatest",
    "min": "least",
}
_CHOICES = {"max": "last", "min": "first"}


@dataclass(frozen=True)
class MartFigure:
    """The same figure in a mart: `value` in its `rows`, one for each value of `by`."""

    mart: str
    value: str
    rows: str
    # MetricFlow's name of what it is grouped by -> the mart's column.
    by: Mapping[str, str]


@dataclass(frozen=True)
class Metric:
    """One metric of the manifest; `measures` are all there are, each with its mart."""

    node: Mapping[str, Any]
    measures: Mapping[str, tuple[Mapping[str, Any], str]]

    @property
    def name(self) -> str:
        """What a query asks for."""
        return self.node["name"]

    @property
    def label(self) -> str:
        """The English term."""
        return self.node["label"]

    @property
    def term_zh(self) -> str:
        """The Chinese term."""
        return self.meta["term_zh"]

    @property
    def area(self) -> str:
        """The area of marts it stands beside."""
        return Path(self.node["original_file_path"]).parent.name

    @property
    def meta(self) -> Mapping[str, Any]:
        """What the YAML adds to MetricFlow's own fields."""
        return self.node["config"]["meta"]

    @property
    def equals(self) -> MartFigure:
        """The figure of a mart that it must be equal to."""
        figure = self.meta["equals"]
        by = figure.get("by") or {"metric_time__month": "month_start"}
        return MartFigure(figure["mart"], str(figure["value"]), figure.get("rows") or "true", by)

    @cached_property
    def formula(self) -> str:
        """How it is computed, from other metrics or from a column."""
        parameters = self.node["type_params"]
        if self.node["type"] == "ratio":
            over, under = parameters["numerator"], parameters["denominator"]
            return f"{over['name']} / {under['name']}"
        if self.node["type"] == "derived":
            return " ".join(parameters["expr"].split())
        measure, mart = self.measures[parameters["measure"]["name"]]
        parts = [f"{_AGGREGATIONS[measure['agg']]} {column_of(measure)} of {mart}"]
        parts += [f"where {condition}" for condition in self._conditions()]
        if window := measure.get("non_additive_dimension"):
            parts.append(f"in the {_CHOICES[window['window_choice']]} {window['name']}")
        return ", ".join(parts)

    @cached_property
    def columns(self) -> list[str]:
        """The columns it is computed from in the end, as `mart.column`."""
        used = [self.measures[one["name"]] for one in self.node["type_params"]["input_measures"]]
        return sorted(
            {
                f"{mart}.{column}"
                for measure, mart in used
                for column in COLUMN.findall(column_of(measure))
            }
        )

    def _conditions(self) -> Iterator[str]:
        for stated in (self.node["filter"] or {}).get("where_filters", []):
            yield " ".join(_ELEMENT.sub(r"\1", stated["where_sql_template"]).split())


def metrics_of(manifest: Mapping[str, Any]) -> list[Metric]:
    """Every metric of the project, by area and label."""
    measures = {
        measure["name"]: (measure, model["node_relation"]["alias"])
        for model in manifest["semantic_models"].values()
        for measure in model["measures"]
    }
    found = [Metric(node, measures) for node in manifest["metrics"].values()]
    return sorted(found, key=lambda metric: (metric.area, metric.label, metric.name))


def column_of(element: Mapping[str, Any]) -> str:
    """The column that a measure, dimension or entity stands for, or an expression of columns."""
    return element["expr"] or element["name"]
