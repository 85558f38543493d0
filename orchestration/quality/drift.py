"""What would be published beside what is, figure by figure, with both numbers.

Sums are exact, so this is SQL of our own: Great Expectations sums as floats, and tells a count
where a person wants two numbers. Which figures there are is in figures.py, how far they may move
in limits.yml.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from orchestration.mart_files import Mart
from orchestration.quality.comparison import Comparison
from orchestration.quality.figures import MONEY, RATES, Figure
from orchestration.quality.limits import Kind, Limit, Part, Ratio

_BUILT, _PUBLISHED = "built", "published"
_EVERYTHING = "all"


@dataclass(frozen=True)
class Drift:
    """What became of one figure.

    `message` holds both numbers; `public_message` only by how much it moved, where they are pay.
    """

    figure: Figure
    passed: bool
    message: str
    public_message: str


@dataclass(frozen=True)
class _Moved:
    """A figure before and now, as texts, with how far it moved and whether that is too far."""

    published: str
    built: str
    change: str
    is_too_far: bool


def compared(
    build_file: Path,
    marts: Sequence[Mart],
    figures: Sequence[Figure],
    ratios: Sequence[Ratio],
    comparison: Comparison,
) -> list[Drift]:
    """Compare what was built with what is published.

    A figure that cannot be compared passes, and its message says why: nothing is published, the
    published version has no such mart or column, or no row of it.

    Args:
        build_file: the DuckDB file of the build; opened read-only.
        comparison: the published version; its file for finance is opened read-only.

    Raises:
        duckdb.Error: a file cannot be read, or lacks a mart that the project has.
    """
    if comparison.finance_file is None:
        return [_not_judged(figure, comparison.reason) for figure in figures]
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for alias, file in ((_BUILT, build_file), (_PUBLISHED, comparison.finance_file)):
            path = str(file).replace("'", "''")
            connection.execute(f"attach '{path}' as {alias} (read_only)")
        relations = {mart.name: f"{_BUILT}.{mart.relation}" for mart in marts}
        by_mart = {
            mart.name: _MartFigures(connection, mart.name, relations, ratios) for mart in marts
        }
        return [by_mart[figure.mart].drift_of(figure) for figure in figures]


class _MartFigures:
    """One mart in both files; each is read once for all sums, and once for each category."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        mart: str,
        relations: Mapping[str, str],
        ratios: Sequence[Ratio],
    ) -> None:
        self._connection = connection
        self._relations = relations
        self._built = relations[mart]
        self._published = f'{_PUBLISHED}.main."{mart}"'
        self._ratios = {ratio.name: ratio for ratio in ratios if ratio.mart == mart}
        self._columns = _columns(connection, self._published)
        self._sums: dict[str, dict[str, dict[str, Any]]] = {}

    def drift_of(self, figure: Figure) -> Drift:
        """Compare one figure."""
        if figure.limit.off:
            return _not_judged(figure, figure.limit.off)
        if not self._columns:
            return _not_judged(figure, f"the published version has no {figure.mart}")
        if figure.kind is Kind.RATIO:
            return self._ratio(figure)
        if figure.what and figure.what not in self._columns:
            reason = f"{figure.mart} has no {figure.what} in the published version"
            return _not_judged(figure, reason)
        if figure.kind is Kind.VALUES:
            return self._values(figure)
        return self._counted(figure)

    def _counted(self, figure: Figure) -> Drift:
        published, built = self._sums_of(self._published), self._sums_of(self._built)
        before, now = (_over_all(sums, "rows") for sums in (published, built))
        if not before:
            return _not_judged(figure, f"{figure.mart} has no row in the published version")
        if figure.kind is Kind.ROWS:
            return _judged(figure, {_EVERYTHING: _relative(figure.limit, before, now, before)})
        if figure.kind is Kind.TOTAL:
            return self._total(figure, published, built)
        if min(before, now) < figure.limit.least:
            fewest, least = min(before, now), figure.limit.least
            return _not_judged(figure, f"too few rows, {fewest:,} of at least {least:,}")
        known = [_over_all(sums, f"known {figure.what}") for sums in (published, built)]
        if figure.kind is Kind.NULLS:
            return _judged(figure, {_EVERYTHING: _null_share(figure.limit, known, [before, now])})
        total = [_over_all(sums, f"sum {figure.what}") for sums in (published, built)]
        if not all(known):
            return _not_judged(figure, f"{figure.what} is null everywhere in one of both")
        return _judged(figure, {_EVERYTHING: _mean(figure.limit, total, known)})

    def _total(self, figure: Figure, published: Mapping, built: Mapping) -> Drift:
        """By currency where there is one: a mix-up in a small one is drowned by the large."""
        moved = {}
        for currency in sorted({*published, *built}):
            before, now, volume = (
                side.get(currency, {}).get(f"{what} {figure.what}") or Decimal(0)
                for side, what in ((published, "sum"), (built, "sum"), (published, "volume"))
            )
            if volume:
                moved[currency] = _relative(figure.limit, before, now, volume)
        if not moved:
            return _not_judged(figure, f"{figure.what} is 0 in the published version")
        return _judged(figure, moved)

    def _values(self, figure: Figure) -> Drift:
        column = f'"{figure.what}"'
        seen, rows_of_new, new = self._connection.execute(
            f"""
            with shown as (select distinct {column} as value from {self._published}
                where {column} is not null),
            built as (select {column} as value, count(*) as row_count from {self._built}
                where {column} is not null group by 1),
            added as (select built.* from built anti join shown using (value))
            select (select count(*) from shown), coalesce(sum(row_count), 0), count(*) from added
            """
        ).fetchone()
        if not seen:
            return _not_judged(figure, f"{figure.what} has no value in the published version")
        if seen > (figure.limit.at_most or 0):
            return _not_judged(figure, f"{seen:,} values are more than a category has")
        moved = _Moved(
            f"{seen:,} values", f"{new:,} more", f"in {int(rows_of_new):,} rows", new > 0
        )
        return _judged(figure, {_EVERYTHING: moved})

    def _ratio(self, figure: Figure) -> Drift:
        ratio = self._ratios[figure.what]
        sums = []
        for is_published in (True, False):
            for part in (ratio.above, ratio.below):
                if reason := self._missing(part):
                    return _not_judged(figure, reason)
                sums.append(self._sum(part, is_published))
        above_before, below_before, above_now, below_now = sums
        if not below_before or not below_now or not above_before:
            return _not_judged(figure, "one of its sums is 0")
        if min(abs(below_before), abs(below_now)) < figure.limit.least:
            return _not_judged(figure, f"it is of less than {figure.limit.least:,}")
        before, now = above_before / below_before, above_now / below_now
        return _judged(figure, {_EVERYTHING: _relative(figure.limit, before, now, abs(before), 4)})

    def _missing(self, part: Part) -> str | None:
        """What the published version lacks of one side of a ratio."""
        shown = _columns(self._connection, f'{_PUBLISHED}.main."{part.mart}"')
        if not shown:
            return f"the published version has no {part.mart}"
        words = set(f"{part.sum} {part.where}".replace("(", " ").replace(")", " ").split())
        built = _columns(self._connection, self._relations[part.mart])
        if missing := sorted((words & built) - shown):
            return f"{part.mart} has no {', '.join(missing)} in the published version"
        return None

    def _sum(self, part: Part, is_published: bool) -> Decimal:
        relation = (
            f'{_PUBLISHED}.main."{part.mart}"' if is_published else self._relations[part.mart]
        )
        (total,) = self._connection.execute(
            f"select sum(cast({part.sum} as decimal(38, 6))) from {relation} where {part.where}"
        ).fetchone()
        return total or Decimal(0)

    def _sums_of(self, relation: str) -> dict[str, dict[str, Any]]:
        """Rows, and for each column how many values, their sum and that of their sizes.

        By currency where the mart has one, else as one.
        """
        if relation not in self._sums:
            self._sums[relation] = _summed(self._connection, relation)
        return self._sums[relation]


def _summed(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, dict[str, Any]]:
    described = connection.execute(f"describe {relation}").fetchall()
    types = {name: data_type for name, data_type, *_ in described}
    measures = {"rows": "count(*)"}
    for name, data_type in types.items():
        measures[f"known {name}"] = f'count("{name}")'
        if data_type.startswith("DECIMAL") and name.endswith((MONEY, *RATES)):
            measures[f"sum {name}"] = f'sum("{name}")'
            measures[f"volume {name}"] = f'sum(abs("{name}"))'
    group = "coalesce(currency, 'none')" if "currency" in types else f"'{_EVERYTHING}'"
    rows = connection.execute(
        f"select {group}, {', '.join(measures.values())} from {relation} group by 1 order by 1"
    ).fetchall()
    return {name: dict(zip(measures, values, strict=True)) for name, *values in rows}


def _over_all(sums: Mapping[str, Mapping[str, Any]], measure: str) -> Any:
    return sum(values.get(measure) or 0 for values in sums.values())


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> frozenset[str]:
    """The columns of a relation; none where it is not there."""
    try:
        return frozenset(name for name, *_ in connection.execute(f"describe {relation}").fetchall())
    except duckdb.CatalogException:
        return frozenset()


# Judging


def _relative(limit: Limit, before: Any, now: Any, volume: Any, digits: int = 2) -> _Moved:
    """A figure that may fall and rise by a share of what is published."""
    change = Decimal(now - before) / Decimal(volume)
    is_noise = digits == 2 and abs(now - before) < limit.least
    is_too_far = not is_noise and (
        (limit.fall is not None and change < -limit.fall)
        or (limit.rise is not None and change > limit.rise)
    )
    return _Moved(_number(before, digits), _number(now, digits), _percent(change), is_too_far)


def _null_share(limit: Limit, known: Sequence[int], rows: Sequence[int]) -> _Moved:
    """How many rows in a hundred have no value; where few have one, how many of those are left."""
    nulls = [count - values for count, values in zip(rows, known, strict=True)]
    before, now = (Decimal(values) / count for values, count in zip(known, rows, strict=True))
    is_emptied = (
        limit.fall is not None and known[0] >= limit.least and now < (1 - limit.fall) * before
    )
    is_too_far = is_emptied or (limit.change is not None and abs(now - before) > limit.change)
    shown, built = (f"{count:,} of {of:,} rows" for count, of in zip(nulls, rows, strict=True))
    return _Moved(shown, built, f"{_percent(before - now)} of all rows", is_too_far)


def _mean(limit: Limit, total: Sequence[Any], known: Sequence[int]) -> _Moved:
    means = [Decimal(value) / count for value, count in zip(total, known, strict=True)]
    change = means[1] - means[0]
    is_too_far = limit.change is not None and abs(change) > limit.change
    return _Moved(_number(means[0], 4), _number(means[1], 4), f"{change:+,.4f}", is_too_far)


def _judged(figure: Figure, moved: Mapping[str, _Moved]) -> Drift:
    """The worst first: what is too far, of every currency; else all of them."""
    too_far = {of: each for of, each in moved.items() if each.is_too_far}
    told = [
        (f"{of}: " if of != _EVERYTHING else "", each) for of, each in (too_far or moved).items()
    ]
    both = "; ".join(
        f"{of}published {each.published}, now {each.built} ({each.change})" for of, each in told
    )
    moves = "; ".join(f"{of}{each.change}" for of, each in told)
    allowed = _allowed(figure)
    if not too_far:
        return _drift(figure, True, f"{both}; {allowed}", f"{moves}; {allowed}")
    what_to_do = (
        f'{allowed}. If it is right: `quotamart publish --accept "{figure.name}" --by NAME '
        '--why "..."`; else mend the source or the model and build again'
    )
    return _drift(figure, False, f"{both}; {what_to_do}", f"{moves}; {what_to_do}")


def _drift(figure: Figure, passed: bool, message: str, public_message: str) -> Drift:
    return Drift(figure, passed, message, public_message if figure.is_pay else message)


def _not_judged(figure: Figure, reason: str) -> Drift:
    message = f"not judged: {reason}"
    return Drift(figure, True, message, message)


def _allowed(figure: Figure) -> str:
    """The limit in words."""
    limit = figure.limit
    if figure.kind is Kind.VALUES:
        return "no new value is allowed"
    if figure.kind is Kind.NULLS:
        return (
            f"it may move by {_share(limit.change or Decimal(1))} of all rows, and "
            f"{_share(limit.fall or Decimal(1))} of the values may go"
        )
    if figure.kind is Kind.MEAN:
        return f"it may move by {limit.change}"
    sides = [
        f"{verb} by {_share(share)}"
        for verb, share in (("fall", limit.fall), ("rise", limit.rise))
        if share is not None
    ]
    return f"it may {' and '.join(sides)}" if sides else "it may move freely"


def _number(value: Any, digits: int) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"


def _percent(share: Decimal) -> str:
    return f"{100 * share:+,.1f} %"


def _share(share: Decimal) -> str:
    return f"{(100 * share).normalize():f} %"
