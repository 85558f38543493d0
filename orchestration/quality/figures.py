"""Which figures of the marts are compared with the published version: a rule leaves none out.

Every mart has its rows, the sum of every column of money, the share of nulls of every column that
may be null, the values of every category and the mean of every rate; and the ratios of limits.yml.
What a dbt test holds already is not claimed again. Here: which. Not here: what they come to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestration.mart_files import Mart
from orchestration.quality.limits import Kind, Limit, Limits, LimitsError, Ratio

MONEY = "_amount"
RATES = ("_rate", "_share", "_probability")
# A rate of exchange is another number in every currency: its mean says nothing.
_NO_RATES = ("exchange_rate",)
# Texts that name one thing or say something in words are no categories.
_NO_CATEGORIES = (
    *("_id", "_key", "_name", "_value", "_version", "_fraction"),
    *("_fingerprint", "_hash", "_sha256", "_file", "_content"),
)


@dataclass(frozen=True)
class Figure:
    """One figure of a mart that is compared; `what` is its column, or the name of a ratio."""

    mart: str
    kind: Kind
    what: str | None
    limit: Limit
    is_pay: bool = False

    @property
    def name(self) -> str:
        """As the check is called: what `quotamart publish --accept` takes."""
        words = {
            Kind.ROWS: "rows",
            Kind.TOTAL: f"total of {self.what}",
            Kind.NULLS: f"nulls in {self.what}",
            Kind.VALUES: f"new values in {self.what}",
            Kind.MEAN: f"mean of {self.what}",
            Kind.RATIO: self.what,
        }
        return f"{self.mart}: {words[self.kind]}"


def figures_of(manifest: Mapping[str, Any], marts: Sequence[Mart], limits: Limits) -> list[Figure]:
    """Every figure of every mart, in the order of marts and kinds.

    Args:
        manifest: dbt's manifest: types, keys and `not_null` tests say what is compared.

    Raises:
        LimitsError: an exception concerns no figure, or a ratio a mart that is not there.
    """
    ratios: dict[str, list[Ratio]] = {}
    for ratio in limits.ratios:
        ratios.setdefault(ratio.mart, []).append(ratio)
    nodes = {node["name"]: node for node in manifest["nodes"].values()}
    never_null, closed = _tested(manifest, "not_null"), _tested(manifest, "accepted_values")
    figures = [
        Figure(mart.name, kind, what, limits.of(mart.name, kind, what), is_pay)
        for mart in marts
        for kind, what, is_pay in _figures_of_mart(
            mart,
            nodes[mart.name],
            never_null.get(nodes[mart.name]["unique_id"], frozenset()),
            closed.get(nodes[mart.name]["unique_id"], frozenset()),
            ratios.pop(mart.name, ()),
        )
    ]
    _refuse_idle(limits, ratios, figures)
    return figures


def _figures_of_mart(
    mart: Mart,
    node: Mapping[str, Any],
    never_null: frozenset[str],
    closed: frozenset[str],
    ratios: Sequence[Ratio],
) -> Iterator[tuple[Kind, str | None, bool]]:
    yield Kind.ROWS, None, mart.for_finance_only
    keys = {
        name
        for constraint in node.get("constraints") or ()
        if constraint["type"] == "primary_key"
        for name in constraint["columns"]
    }
    columns = {
        column["name"]: ((column.get("data_type") or "").lower(), column["name"] in private)
        for private in [mart.private_columns]
        for column in node["columns"].values()
    }
    for name, (data_type, is_private) in columns.items():
        is_pay = is_private or mart.for_finance_only
        is_decimal = data_type.startswith("decimal")
        if is_decimal and name.endswith(MONEY):
            yield Kind.TOTAL, name, is_pay
        if name not in keys | never_null:
            yield Kind.NULLS, name, is_pay
        is_category = data_type == "string" and not name.endswith(_NO_CATEGORIES)
        if is_category and not is_private and name not in closed:
            yield Kind.VALUES, name, is_pay
        if is_decimal and name.endswith(RATES) and not name.endswith(_NO_RATES):
            yield Kind.MEAN, name, is_pay
    for ratio in ratios:
        yield Kind.RATIO, ratio.name, True


def _tested(manifest: Mapping[str, Any], kind: str) -> dict[str, frozenset[str]]:
    """The columns of each node that a dbt test of this kind holds: never the same claim twice."""
    tested: dict[str, set[str]] = {}
    for node in manifest["nodes"].values():
        is_kind = (node.get("test_metadata") or {}).get("name") == kind
        if is_kind and not node["config"].get("where"):
            tested.setdefault(node["attached_node"], set()).add(node["column_name"])
    return {unique_id: frozenset(names) for unique_id, names in tested.items()}


def _refuse_idle(
    limits: Limits, ratios: Mapping[str, Sequence[Ratio]], figures: Sequence[Figure]
) -> None:
    idle = [
        f"the exception for {', '.join(e.kinds)} of {e.mart}"
        for e in limits.exceptions
        if not any(e.concerns(figure.mart, figure.kind, figure.what) for figure in figures)
    ] + [f"the ratio {ratio.name} of {mart}" for mart in ratios for ratio in ratios[mart]]
    if idle:
        raise LimitsError(
            f"limits.yml: {', '.join(idle)}: nothing that is compared. Correct or remove it."
        )
