"""The folder of finance's rules: where it is, what belongs in it, one made of two."""

import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

import yaml

from orchestration.compensation.declared import Seed, declared_seeds
from orchestration.compensation.findings import Finding
from orchestration.settings import Settings

YAML_NAME = "_compensation__seeds.yml"
_OWN_FOLDER = Path("seeds") / "compensation"
_REFERENCE_YAML = Path("seeds") / "reference" / "_reference__seeds.yml"
REFERENCE_SEEDS = ("currencies", "exchange_rates")


class PlansError(Exception):
    """The rules of pay cannot be read or do not hold; the message says what to do."""


def compensation_seeds(settings: Settings) -> dict[str, Seed]:
    """The seeds of finance's rules as the project declares them.

    Raises:
        PlansError: the YAML cannot be read.
    """
    return _declared(settings.project_dir / _OWN_FOLDER / YAML_NAME)


def reference_seeds(settings: Settings) -> dict[str, Seed]:
    """The reference seeds that pay reads.

    Raises:
        PlansError: the YAML cannot be read.
    """
    declared = _declared(settings.project_dir / _REFERENCE_YAML)
    return {name: declared[name] for name in REFERENCE_SEEDS}


def existing(plans: Path) -> Path:
    """The folder itself.

    Raises:
        PlansError: it is none.
    """
    if not plans.is_dir():
        raise PlansError(f"{plans} is no folder.")
    return plans


def chosen_file(settings: Settings, plans: Path | None, file: str) -> Path:
    """Where a seed is read: in `plans` where it is there, else among the project's rules."""
    if plans is not None and (plans / file).is_file():
        return plans / file
    return settings.compensation_dir / file


def complete_folder(settings: Settings, plans: Path, into: Path) -> Path:
    """Make a folder that dbt can build from, of the project's rules and the files of another.

    Name it in QUOTAMART_COMPENSATION. A file of `plans` stands in for the project's of that name.

    Raises:
        PlansError: `plans` is no folder, or has a file that is no seed.
    """
    files = [seed.file for seed in compensation_seeds(settings).values()]
    if strangers := [str(finding) for finding in stray_findings(files, existing(plans))]:
        raise PlansError("\n".join(strangers))
    into.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(chosen_file(settings, plans, file), into / file)
    shutil.copyfile(settings.project_dir / _OWN_FOLDER / YAML_NAME, into / YAML_NAME)
    return into


def stray_findings(files: Collection[str], folder: Path) -> Iterator[Finding]:
    """Files of a folder that nobody would read, such as one whose name is mistyped."""
    for path in sorted(folder.glob("*")):
        if path.suffix.lower() == ".csv" and path.name not in files:
            text = f"no seed has that name, so nobody reads it. Seeds: {', '.join(sorted(files))}."
            yield Finding(str(path), 0, "", "", text)


def yaml_findings(settings: Settings) -> Iterator[Finding]:
    """A folder that stands in for the project's needs the same YAML: it types the columns."""
    own = settings.project_dir / _OWN_FOLDER / YAML_NAME
    path = settings.compensation_dir / YAML_NAME
    cure = f"Copy {_OWN_FOLDER / YAML_NAME} to that folder."
    if not path.is_file():
        text = f"the file is missing, so dbt would guess the types of every column. {cure}"
        yield Finding(str(path), 0, "", "", text)
    elif path.read_bytes() != own.read_bytes():
        yield Finding(str(path), 0, "", "", f"differs from the project's. {cure}")


def _declared(path: Path) -> dict[str, Seed]:
    try:
        return declared_seeds(path)
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise PlansError(f"{path} cannot be read: {error!r}.") from error
