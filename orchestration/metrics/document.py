"""docs/metrics.md: the catalogue of metrics as a document, from the manifest alone."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from orchestration.metrics.catalogue import MartFigure, Metric, metrics_of

DOCUMENT = "docs/metrics.md"
_HEAD = """\
# Metrics

Written by `make docs` from the semantic models and metrics beside the marts; a test compares the
two. Change the YAML, not this file.

Every metric is defined once and asked for by name, of the published version:

```bash
mf query --metrics nrr --group-by metric_time__month --order metric_time__month
mf query --metrics mrr,arpa --group-by metric_time__quarter,customer__segment --decimals 2
mf list dimensions --metrics mrr
```

`mf` is MetricFlow's own command line. Here it reads `publish/current/marts.duckdb`, read-only, and
never asks the network for a newer MetricFlow. It knows the metrics as of the last `dbt parse`.

Amounts are in the reporting currency, rates are fractions of 1. A ratio is taken of sums when it is
asked for and is not rounded; the marts round it. A period that is not over counts as far as it is
known. "Equals" names the figure of a mart with which every test run compares the metric;
"Aggregates" says what a longer period or a group does to it.
"""


def document(manifest: Mapping[str, Any]) -> str:
    """The whole document."""
    metrics = metrics_of(manifest)
    parts = [_HEAD, *_index(metrics)]
    for area, of_area in groupby(metrics, key=lambda metric: metric.area):
        parts.append(f"## {area.capitalize()}\n")
        parts += [_section(metric) for metric in of_area]
    return "\n".join(parts)


def _index(metrics: Sequence[Metric]) -> Iterator[str]:
    yield "| term | Chinese | metric | table and column |\n|---|---|---|---|"
    for metric in metrics:
        place = f"`{metric.equals.mart}`: {_figure(metric.equals)}"
        yield f"| {metric.label} | {metric.term_zh} | [`{metric.name}`](#{metric.name}) | {place} |"
    yield ""


def _figure(figure: MartFigure) -> str:
    return "number of rows" if figure.value == "1" else f"`{figure.value}`"


def _section(metric: Metric) -> str:
    figure = metric.equals
    rows = "" if figure.rows == "true" else f" where `{figure.rows}`"
    by = ", ".join(f"`{column}`" for column in figure.by.values())
    lines = {
        "Formula": f"`{metric.formula}`",
        "Excludes": metric.meta["excludes"],
        "Computed from": ", ".join(f"`{column}`" for column in metric.columns),
        "Equals": f"{_figure(figure)} of `{figure.mart}`{rows}, by {by}",
        "Aggregates": metric.meta["aggregates"],
    }
    body = "\n".join(f"- {name}: {' '.join(text.split())}" for name, text in lines.items())
    head = f'### <a id="{metric.name}"></a>{metric.label} · {metric.term_zh}'
    return f"{head}\n{' '.join(metric.node['description'].split())}\n\n{body}\n"
