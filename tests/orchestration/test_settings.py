"""Where things are: defaults, overrides and refusals."""

from pathlib import Path

import pytest

from orchestration.settings import Settings, SettingsError


def test_defaults_stand_beside_dbt_project(tmp_path: Path) -> None:
    settings = Settings.from_environment({}, project_dir=tmp_path)

    assert settings.landing_dir == tmp_path / "landing"
    assert settings.build_file == tmp_path / "warehouse" / "quotamart.duckdb"
    assert settings.landed_files_path == (
        tmp_path / "warehouse" / "landed_files" / "landed_files.parquet"
    )
    assert settings.candidate_path == tmp_path / "warehouse" / "candidate.json"
    assert settings.lock_path == tmp_path / "warehouse" / ".lock"
    assert settings.publish_dir == tmp_path / "publish"
    assert settings.ledger_dir == tmp_path / "ledger"
    assert settings.compensation_dir == tmp_path / "seeds" / "compensation"
    assert settings.keep_versions == 5


def test_project_is_the_folder_of_the_package() -> None:
    assert (Settings.from_environment({}).project_dir / "pyproject.toml").is_file()


def test_relative_places_are_relative_to_the_project_not_to_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    settings = Settings.from_environment(
        {"QUOTAMART_LANDING": "../elsewhere", "QUOTAMART_PUBLISH": "/srv/publish"},
        project_dir=tmp_path,
    )

    assert settings.landing_dir == tmp_path.parent / "elsewhere"
    assert settings.publish_dir == Path("/srv/publish")


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    settings = Settings.from_environment({"QUOTAMART_LANDING": ""}, project_dir=tmp_path)

    assert settings.landing_dir == tmp_path / "landing"


@pytest.mark.parametrize("text", ["0", "-1", "five", "2.5", "٣"])
def test_a_count_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="QUOTAMART_KEEP_VERSIONS"):
        Settings.from_environment({"QUOTAMART_KEEP_VERSIONS": text})
