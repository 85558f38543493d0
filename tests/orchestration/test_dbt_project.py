"""Vars, wherever they come from: one form, one reader."""

import json
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from orchestration.dbt_project import (
    VarsError,
    parsed_apart,
    plain_vars,
    project_vars,
    vars_arguments,
)
from orchestration.settings import Settings
from tests.conftest import PROJECT


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (None, None),
        ("", None),
        (date(2026, 3, 31), "2026-03-31 00:00:00"),
        (datetime(2026, 3, 31, 8), "2026-03-31 08:00:00"),
        ("2026-03-31T08:00:00Z", "2026-03-31 08:00:00"),
        ("2026-03-31 08:00:00+08:00", "2026-03-31 00:00:00"),
    ],
)
def test_as_of_is_one_utc_text_however_it_is_written(written: object, meant: str | None) -> None:
    assert plain_vars({"as_of": written}) == {"as_of": meant}


def test_dates_of_yaml_reach_dbt_as_texts() -> None:
    _, given = vars_arguments({"as_of": date(2026, 3, 31), "plausible_from": date(2000, 1, 1)})

    assert json.loads(given) == {"as_of": "2026-03-31 00:00:00", "plausible_from": "2000-01-01"}


@pytest.mark.parametrize("written", ["31/12/2025", "soon", "2026"])
def test_an_as_of_that_cannot_be_read_is_named_also_in_the_project(
    tmp_path: Path, written: str
) -> None:
    (tmp_path / "dbt_project.yml").write_text(f"vars: {{as_of: {written}}}\n")
    settings = Settings.from_environment({}, project_dir=tmp_path)

    with pytest.raises(VarsError, match=f"The var as_of '{written}' cannot be read: not a time"):
        project_vars(settings)
    assert project_vars(settings, {"as_of": "2026-03-31"})["as_of"] == "2026-03-31 00:00:00"


def test_a_manifest_that_a_build_is_writing_is_neither_read_nor_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(PROJECT / "target" / "partial_parse.msgpack", tmp_path)
    half_written = tmp_path / "manifest.json"
    half_written.write_text('{"nodes": {')
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path))

    manifest = parsed_apart(Settings.from_environment({}, project_dir=PROJECT))

    assert "source.quotamart.salesforce.account" in manifest["sources"]
    assert half_written.read_text() == '{"nodes": {'
    assert len(list(tmp_path.iterdir())) == 2
