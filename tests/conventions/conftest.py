"""The project, parsed once for all house rules."""

import pytest

from .project import Project, read_project


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """This project as its rules see it: the manifest and the files."""
    return read_project(tmp_path_factory.mktemp("dbt") / "target")
