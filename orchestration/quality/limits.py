"""How far figures of a mart may move from one published version to the next: data, read and judged.

The limits are YAML beside the suites, `tests/quality/drift/limits.yml`: a default per kind of
figure, exceptions that say why, and rates of two sums. Here: reading them. Not here: figures.
"""

from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from orchestration.settings import Settings


class Kind(StrEnum):
    """What is compared of a mart."""

    ROWS = "rows"
    TOTAL = "total"
    NULLS = "nulls"
    VALUES = "values"
    MEAN = "mean"
    RATIO = "ratio"


_RELATIVE = frozenset({"fall", "rise", "least"})
_ABSOLUTE = frozenset({"change", "least"})
# What each kind may be limited by; docs/quality.md says what each word means.
KEYS = {
    Kind.ROWS: _RELATIVE,
    Kind.TOTAL: _RELATIVE,
    Kind.RATIO: _RELATIVE,
    Kind.NULLS: frozenset({"change", "fall", "least"}),
    Kind.MEAN: _ABSOLUTE,
    Kind.VALUES: frozenset({"at_most"}),
}


_SHARE_DIGITS, _NEARLY_ALL = Decimal("0.0001"), Decimal("0.95")


class LimitsError(ValueError):
    """Limits that cannot be used; the message names the file, the entry and what is wrong."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Share = Annotated[Decimal, Field(ge=0, strict=False)]


class Limit(_Entry):
    """How far a figure may move; None where that side is not limited.

    `fall`, `rise`: as a share of the published figure; of nulls, of the rows that have a value.
    `change`: of shares and means, as they are.
    `least`: what moves by less, or is of fewer rows, is noise. `at_most`: a column of more values
    is no category. `off` says why the figure is not compared at all.
    """

    fall: _Share | None = None
    rise: _Share | None = None
    change: _Share | None = None
    least: _Share = Decimal(0)
    at_most: int | None = Field(default=None, ge=1)
    off: str | None = Field(default=None, exclude=True)

    def over(self, days: Decimal, of_days: int) -> "Limit":
        """The limit for versions so many days apart, where it is said for `of_days`.

        It widens with the square root of the time, as what moves by chance does; that all of a
        figure is gone is always too far, unless it was allowed before.
        """
        if days <= of_days:
            return self
        factor = (days / of_days).sqrt()
        widened = {
            name: (share * factor).quantize(_SHARE_DIGITS)
            for name in ("fall", "rise", "change")
            if (share := getattr(self, name)) is not None
        }
        if self.fall is not None:
            widened["fall"] = max(self.fall, min(widened["fall"], _NEARLY_ALL))
        return self.model_copy(update=widened)


class LimitException(_Entry):
    """What a mart's figures are limited by instead, and why; not compared where it says no limit.

    One that names no column concerns all figures of its kinds. `when: closed` makes it hold only
    where a close was posted since the published version was built.
    """

    mart: str
    kinds: tuple[Kind, ...] = Field(min_length=1)
    columns: tuple[str, ...] = ()
    when: Literal["closed"] | None = None
    limit: Limit | None = None
    why: str = Field(min_length=1)

    def concerns(self, mart: str, kind: Kind, column: str | None) -> bool:
        """Whether it changes the limit of this figure."""
        is_named = not self.columns or column in self.columns
        return self.mart == mart and kind in self.kinds and is_named


class Part(_Entry):
    """One side of a ratio: the sum of an SQL expression over the rows that meet a condition."""

    mart: str
    sum: str
    where: str = "true"


class Ratio(_Entry):
    """A rate that is one sum divided by another, compared as a figure of `mart`."""

    name: str
    mart: str
    above: Part
    below: Part
    protects: str = Field(min_length=1)


class Limits(_Entry):
    """All limits: the default of each kind, the exceptions in the order of the file, the ratios.

    They are said for versions that see at most `of_days` further than the published one.
    """

    of_days: int = Field(ge=1)
    defaults: dict[Kind, Limit]
    exceptions: tuple[LimitException, ...]
    ratios: tuple[Ratio, ...]

    @model_validator(mode="after")
    def _every_kind_is_limited_by_its_own_words(self) -> "Limits":
        if missing := sorted(set(Kind) - set(self.defaults)):
            raise ValueError(f"no default for {', '.join(missing)}")
        said = [
            *self.defaults.items(),
            *((kind, e.limit) for e in self.exceptions if e.limit for kind in e.kinds),
        ]
        for kind, limit in said:
            if unknown := sorted(limit.model_fields_set - KEYS[kind]):
                raise ValueError(f"{kind} is not limited by {', '.join(unknown)}")
        return self

    def after_a_close(self) -> "Limits":
        """The limits where a close was posted since: what holds only then holds."""
        holding = (exception.model_copy(update={"when": None}) for exception in self.exceptions)
        return self.model_copy(update={"exceptions": tuple(holding)})

    def of(self, mart: str, kind: Kind, column: str | None) -> Limit:
        """The limit of one figure: the default, and what exceptions of the mart change in it."""
        limit = self.defaults[kind]
        for exception in self.exceptions:
            if exception.when is None and exception.concerns(mart, kind, column):
                changed = exception.limit
                limit = limit.model_copy(
                    update={name: getattr(changed, name) for name in changed.model_fields_set}
                    if changed
                    else {"off": exception.why}
                )
        return limit


def limits_path(settings: Settings) -> Path:
    """Where the limits are."""
    return settings.project_dir / "tests" / "quality" / "drift" / "limits.yml"


def read_limits(path: Path) -> Limits:
    """Read the limits.

    Raises:
        LimitsError: the file is not there or no YAML, an entry has an unknown or missing key, or
            a limit that is no number of at least 0.
    """
    try:
        return Limits.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise LimitsError(f"{path} cannot be read: {error}") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'the file'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise LimitsError(
            f"{path.name}: {faults}. docs/quality.md says how it is written."
        ) from None
