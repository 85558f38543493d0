"""Which published version a build is compared with: none, or one of the same definitions."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orchestration.published import PublishRefused
from orchestration.quality.comparison import (
    NOTHING_PUBLISHED,
    Comparison,
    comparison_with_published,
)
from orchestration.settings import Settings

VARS = {"mrr_paused": "zero", "plausible_from": date(2000, 1, 1), "as_of": None}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.from_environment({}), publish_dir=tmp_path / "publish")


def _publish(settings: Settings, build_vars: dict[str, Any]) -> Path:
    version = settings.versions_dir / "20260401T000000Z-run"
    version.mkdir(parents=True)
    content = json.dumps({"vars": build_vars}, default=str)
    (version / "manifest.json").write_text(content, encoding="utf-8")
    settings.current_link.symlink_to(Path(settings.versions_dir.name) / version.name)
    return version


def test_before_the_first_version_there_is_nothing_to_compare_with(settings: Settings) -> None:
    assert comparison_with_published(settings, VARS) == NOTHING_PUBLISHED


@pytest.mark.parametrize("as_of", [None, "2026-03-01T00:00:00"])
def test_a_version_of_the_same_vars_is_compared_however_far_each_sees(
    settings: Settings, as_of: str | None
) -> None:
    version = _publish(settings, {**VARS, "as_of": as_of})
    assert comparison_with_published(settings, VARS) == Comparison(
        version / "marts.duckdb", finance_file=version / "finance.duckdb"
    )


@pytest.mark.parametrize(
    ("published", "named"),
    [
        ({**VARS, "mrr_paused": "unchanged"}, "mrr_paused"),
        ({**VARS, "mrr_metered": True}, "mrr_metered"),
        ({"as_of": None, "mrr_paused": "zero"}, "plausible_from"),
        ({}, "mrr_paused, plausible_from"),
    ],
)
def test_a_version_of_other_vars_is_not_and_they_are_named(
    settings: Settings, published: dict[str, Any], named: str
) -> None:
    _publish(settings, published)
    assert comparison_with_published(settings, VARS) == Comparison(
        None, f"the published version was built with other vars ({named})"
    )


@pytest.mark.parametrize(
    ("published", "built", "days"),
    [
        ("2026-03-10T00:00:00Z", "2026-04-12T12:00:00Z", "33.5"),
        ("2026-03-10T00:00:00Z", "2026-03-09T00:00:00Z", "-1"),
        (None, "2026-04-12T12:00:00Z", "0"),
        ("2026-03-10T00:00:00Z", None, "0"),
    ],
)
def test_how_much_further_a_build_sees_is_told_in_days(
    published: str | None, built: str | None, days: str
) -> None:
    assert Comparison(None, as_of=published).days_before(built) == Decimal(days)


def test_a_pointer_at_a_version_that_is_not_whole_is_no_missing_version(
    settings: Settings,
) -> None:
    version = _publish(settings, VARS)
    (version / "manifest.json").unlink()
    with pytest.raises(PublishRefused):
        comparison_with_published(settings, VARS)
