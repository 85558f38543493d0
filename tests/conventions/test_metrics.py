"""House rules on metrics: where they stand, what they say, and that a mart has what they name.

That a metric answers with its mart's figure is tested in tests/orchestration/test_metrics.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.metrics.catalogue import COLUMN, column_of, metrics_of
from orchestration.metrics.document import DOCUMENT, document

from .example import MART_SQL, column, example_project
from .project import Fault, Node, Project, Rule, layer, with_faults, with_names

CHINESE = re.compile(r"[一-鿿]")
SAID_IN_META = ("excludes", "aggregates", "equals")


def metrics_stand_beside_their_marts(project: Project) -> list[str]:
    """`_<area>__semantic_models.yml` and `_<area>__metrics.yml` in the folder of the area."""
    offences = []
    for kind, nodes in (("semantic_models", _models(project)), ("metrics", _metrics(project))):
        for node in nodes:
            folder = Path(node["original_file_path"]).parent
            expected = f"models/marts/{folder.name}/_{folder.name}__{kind}.yml"
            if node["original_file_path"] != expected:
                offences.append(f"{node['name']} belongs in {expected}.")
    return offences


def metrics_say_what_they_mean(project: Project) -> list[str]:
    """A metric has a term in both languages, a definition, what it leaves out, and its limits."""
    offences = []
    for metric in _metrics(project):
        meta = metric["config"]["meta"]
        missing = [key for key in ("label", "description") if not metric[key]]
        missing += [key for key in SAID_IN_META if not meta.get(key)]
        if not CHINESE.search(meta.get("term_zh") or ""):
            missing.append("term_zh")
        offences += [f"{metric['name']} has no {key}." for key in missing]
    return offences


def terms_name_one_metric_each(project: Project) -> list[str]:
    """Two metrics of one name in either language cannot be told apart."""
    offences = []
    for term in ("label", "term_zh"):
        named: dict[str, list[str]] = {}
        for metric in _metrics(project):
            said = metric[term] if term == "label" else metric["config"]["meta"].get(term)
            named.setdefault(said, []).append(metric["name"])
        offences += [f"{said} is {', '.join(names)}." for said, names in named.items() if names[1:]]
    return offences


def metrics_are_made_of_published_columns(project: Project) -> list[str]:
    """What everybody may ask names a column of a mart, and one that everybody may see."""
    offences = []
    for model in _models(project):
        (mart,) = (project.node(key) for key in model["depends_on"]["nodes"])
        if layer(mart) != "marts":
            offences.append(f"{model['name']} stands on {mart['name']}, which is no mart.")
        for element in [*model["entities"], *model["dimensions"], *model["measures"]]:
            for name in COLUMN.findall(column_of(element)):
                found = mart["columns"].get(name)
                meta = (found or {}).get("config", {}).get("meta", {})
                if found is None:
                    offences.append(f"{model['name']}: {mart['name']} has no column {name}.")
                elif meta.get("pii") or meta.get("pay"):
                    offences.append(f"{model['name']}: {mart['name']}.{name} is not for everybody.")
    return offences


def metrics_equal_a_figure_of_a_mart(project: Project) -> list[str]:
    """Each metric names the mart, and its columns, whose figure it must be equal to."""
    marts = {model["name"]: model for model in project.models if layer(model) == "marts"}
    offences = []
    for metric in metrics_of(project.manifest):
        if not metric.meta.get("equals"):
            continue
        figure = metric.equals
        columns = marts[figure.mart]["columns"] if figure.mart in marts else {}
        named = {*COLUMN.findall(figure.value), *figure.by.values()}
        if unknown := sorted(named - columns.keys()):
            offences.append(f"{metric.name}: {figure.mart} has no {', '.join(unknown)}.")
    return offences


def _models(project: Project) -> Iterator[Node]:
    yield from project.manifest["semantic_models"].values()


def _metrics(project: Project) -> Iterator[Node]:
    yield from project.manifest["metrics"].values()


def _metric(project: Project) -> dict:
    return project.manifest["metrics"]["paid"]


def _model(project: Project) -> dict:
    return project.manifest["semantic_models"]["paid"]


def _mart(project: Project) -> dict:
    return project.manifest["nodes"][f"model.quotamart.{Path(MART_SQL).stem}"]


def _without(key: str) -> Fault:
    return lambda project: _metric(project)["config"]["meta"].pop(key)


def _with_marked_amount(**meta: bool) -> Fault:
    amount = column("amount", "decimal(18, 2)", "Paid before refunds.", **meta)
    return lambda project: _mart(project)["columns"].update(amount=amount)


def _with_equals(**equals: object) -> Fault:
    return lambda project: _metric(project)["config"]["meta"]["equals"].update(equals)


def _named_alike(**said: object) -> Fault:
    meta = {"term_zh": "收款"}
    other = {"name": "received", "label": "Received", "config": {"meta": meta}, **said}
    return lambda project: project.manifest["metrics"].update(received=other)


RULES: dict[Rule, list[Fault]] = {
    metrics_stand_beside_their_marts: [
        lambda project: _metric(project).update(original_file_path="models/metrics.yml"),
        lambda project: _model(project).update(
            original_file_path="models/marts/revenue/_revenue__metrics.yml"
        ),
    ],
    metrics_say_what_they_mean: [
        lambda project: _metric(project).update(label=None),
        lambda project: _metric(project).update(description=""),
        lambda project: _metric(project)["config"]["meta"].update(term_zh="paid"),
        *(_without(key) for key in ("term_zh", *SAID_IN_META)),
    ],
    terms_name_one_metric_each: [
        _named_alike(label="Paid"),
        _named_alike(config={"meta": {"term_zh": "回款"}}),
    ],
    metrics_are_made_of_published_columns: [
        lambda project: _model(project)["measures"][0].update(expr="paid_amount"),
        lambda project: _model(project)["measures"][0].update(expr="least(amount, paid_amount)"),
        lambda project: _model(project)["dimensions"][0].update(name="week_start"),
        lambda project: _model(project)["entities"].append({"name": "payer", "expr": None}),
        lambda project: _model(project)["depends_on"].update(
            nodes=["model.quotamart.int_payments_summed"]
        ),
        _with_marked_amount(pii=True),
        _with_marked_amount(pay=True),
    ],
    metrics_equal_a_figure_of_a_mart: [
        _with_equals(mart="fct_payments"),
        _with_equals(value="paid_amount"),
        _with_equals(by={"metric_time__quarter": "quarter_start"}),
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


def test_the_document_is_what_the_metrics_say(house: Project) -> None:
    assert house.files[DOCUMENT] == document(house.manifest), "`make docs` writes it anew."


def test_a_changed_metric_changes_the_document() -> None:
    example = example_project()
    before = document(example.manifest)
    assert "sum of amount of fct_payments_by_month" in before

    _metric(example)["config"]["meta"]["excludes"] = "Refunds and credits."

    assert document(example.manifest) != before
