"""House rules on the repository: lint that is not switched off, and nobody's own machine."""

from __future__ import annotations

import configparser
import re

import pytest

from .example import SUMMED_SQL, example_project
from .project import Fault, Project, Rule, line_of, with_faults, with_names

LOCK = "requirements.lock"
# ST06 wants plain columns before expressions; here columns are grouped by meaning.
EXCLUDED_RULES = {"ST06", "structure.column_order"}
LINTED = ("models", "tests")
# A suppressed finding names its code and says why, in at least two words.
SUPPRESSED = re.compile(r"(?:#|--)\s*(?:ruff:\s*)?noqa\b(?P<rest>[^\n]*)", re.IGNORECASE)
CODED = re.compile(r":\s*[A-Z]+[0-9]+(\s*,\s*[A-Z]+[0-9]+)*")
REASONED = re.compile(CODED.pattern + r"\W+\w+\W+\w+")
# Written so that the patterns do not find themselves.
MACHINE_PATH = re.compile(
    r"(?<![\w.\-/])[/](?:work|root|home|Users|mnt|workspace)[/]\w|\b[A-Z]:\\+Users\b"
    r"|(?:\.\.[/])+shared\b|(?<![\w/])shared[/]\w"
)
CHINESE = re.compile("[\u4e00-\u9fff]+")
PACKAGE_INDEX = re.compile(
    r"--(?:default-|extra-)?index(?:-url)?[ =]|--find[-]links|--trusted[-]host"
    r"|\b(?:PIP|UV)_(?:EXTRA_|DEFAULT_)?INDEX(?:_URL)?\b|\bindex-url\s*=|\[\[tool\.uv\.index\]\]"
    r"|\b(?:pypi|simple)[/.][\w./-]*simple\b"
)
ADDRESS = re.compile(r"(?<![\w.])(?!127\.|0\.0\.0\.0)(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w.])")


def lint_excludes_one_rule_only(project: Project) -> list[str]:
    """A lint rule switched off is a rule the house does not have."""
    offences = []
    settings = configparser.ConfigParser(interpolation=None)
    settings.read_string(project.files[".sqlfluff"])
    root = settings["sqlfluff"]
    excluded = {rule.strip() for rule in root.get("exclude_rules", "").split(",") if rule.strip()}
    if len(excluded) != 1 or not excluded <= EXCLUDED_RULES:
        offences.append(f".sqlfluff excludes {', '.join(sorted(excluded)) or 'nothing'}.")
    offences += [
        f".sqlfluff sets {name} = {root[name]}, which switches rules off."
        for name in ("rules", "ignore", "warnings", "ignore_templated_areas", "disable_noqa_except")
        if name in root
    ]
    offences += [
        f"{path} sets rules of its own beside .sqlfluff."
        for path in project.files
        if path.endswith((".sqlfluff", "/.sqlfluffignore")) and path != ".sqlfluff"
    ]
    offences += [
        f".sqlfluffignore leaves {line} unread."
        for line in project.files.get(".sqlfluffignore", "").splitlines()
        if line.strip("/ ").split("/")[0] in LINTED or line.startswith("*")
    ]
    return offences


def suppressions_give_a_reason(project: Project) -> list[str]:
    """A finding may be wrong; then its code and why stand beside it, or in the line above."""
    return [
        f"{path}:{line_of(text, found.start())}: a finding is suppressed without code and reason."
        for path, text in project.files.items()
        for found in SUPPRESSED.finditer(text)
        if not REASONED.match(found["rest"])
        and not (CODED.match(found["rest"]) and _follows_a_comment(text, found.start()))
    ]


def _follows_a_comment(text: str, position: int) -> bool:
    above = text[:position].splitlines()[:-1]
    return bool(above) and above[-1].lstrip().startswith(("# ", "-- "))


def no_file_knows_the_machine(project: Project) -> list[str]:
    """The project runs wherever it is cloned: it names nobody's folder and no neighbour of it."""
    return _found(project, MACHINE_PATH)


def terms_of_finance_alone_are_chinese(project: Project) -> list[str]:
    """The project is written in English; marts name what finance calls by another word.

    The catalogue of metrics repeats those names; the sample's companies and what tests feed are
    data.
    """
    return [
        f"{path}:{line_of(text, found.start())}: {found.group()}"
        for path, text in project.files.items()
        if not re.match(
            r"models/marts/.*\.yml$|docs/metrics\.md$|orchestration/sample/|tests/", path
        )
        for found in CHINESE.finditer(text)
    ]


def no_file_names_a_package_index(project: Project) -> list[str]:
    """Where packages come from is each installation's affair, and often nobody else's business."""
    return _found(project, PACKAGE_INDEX) + _found(project, ADDRESS)


def lock_pins_by_hash_and_names_no_address(project: Project) -> list[str]:
    """The lock installs the same files from any index."""
    text = re.sub(r"(?m)^\s*#.*\n", "", project.files[LOCK])
    offences = [f"{LOCK} names an address: {line}" for line in re.findall(r".*://.*", text)]
    offences += [f"{LOCK} sets an option: {line}" for line in re.findall(r"(?m)^-.*", text)]
    for requirement in re.findall(r"(?m)^[A-Za-z0-9].*(?:\n[ \t]+.*)*", text):
        package = requirement.split()[0]
        if "==" not in package:
            offences.append(f"{LOCK} does not pin {package} to one version.")
        if "--hash=sha256:" not in requirement:
            offences.append(f"{LOCK} pins {package} without a hash.")
    return offences


def _found(project: Project, pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{line_of(text, found.start())}: {found.group()}"
        for path, text in project.files.items()
        if path != LOCK
        for found in pattern.finditer(text)
    ]


def _with(path: str, text: str) -> Fault:
    return lambda project: project.files.update({path: text})


def _path(*parts: str) -> str:
    return "/".join(parts)


NOQA = "no" + "qa"

RULES: dict[Rule, list[Fault]] = {
    lint_excludes_one_rule_only: [
        _with(".sqlfluff", "[sqlfluff]\nexclude_rules = structure.column_order, LT05\n"),
        _with(".sqlfluff", "[sqlfluff]\nexclude_rules = layout.long_lines\n"),
        _with(".sqlfluff", "[sqlfluff]\nexclude_rules = ST06\nwarnings = LT05\n"),
        _with(".sqlfluff", "[sqlfluff]\nexclude_rules = ST06\nrules = LT01\n"),
        _with("models/marts/.sqlfluff", "[sqlfluff]\nexclude_rules = all\n"),
        _with(".sqlfluffignore", "models/marts/\n"),
    ],
    suppressions_give_a_reason: [
        _with("orchestration/places.py", f"x = 1  # {NOQA}\n"),
        _with("orchestration/places.py", f"x = 1  # {NOQA}: E501\n"),
        _with(SUMMED_SQL, f"select 1 as one -- {NOQA}: LT05\n"),
    ],
    no_file_knows_the_machine: [
        _with("docs/start.md", f"Open `{_path('', 'home', 'ann', 'quotamart')}`."),
        _with("Makefile", f"cd {_path('', 'work', 'main')}\n"),
        _with("docs/start.md", f"See {_path('..', 'shared', 'notes.md')}."),
        _with("docs/start.md", f"See {_path('shared', 'notes.md')}."),
        _with("docs/start.md", "C:\\" + "Users\\ann"),
    ],
    terms_of_finance_alone_are_chinese: [
        _with("docs/start.md", "月度经常性收入"),
        _with(SUMMED_SQL, "-- 月度\nselect 1 as one"),
    ],
    no_file_names_a_package_index: [
        _with("Makefile", "pip install --index" + "-url https://packages.example\n"),
        _with(".ci/run", "export PIP_" + "INDEX_URL=https://packages.example\n"),
        _with("Makefile", "curl http://10.0" + ".0.7/packages\n"),
    ],
    lock_pins_by_hash_and_names_no_address: [
        _with(LOCK, "--index" + "-url https://packages.example\nclick==8.1.8 --hash=sha256:00\n"),
        _with(LOCK, "click @ https://packages.example/click.whl --hash=sha256:00\n"),
        _with(LOCK, "click==8.1.8\nduckdb==2.0.0 \\\n    --hash=sha256:00\n"),
        _with(LOCK, "click>=8 \\\n    --hash=sha256:00\n"),
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


@pytest.mark.parametrize(
    "text",
    [
        f"x = 1  # {NOQA}: S101 checked by the caller\n",
        f"# The caller checks it.\nx = 1  # {NOQA}: S101\n",
    ],
)
def test_a_suppression_with_its_reason_is_no_offence(text: str) -> None:
    example = example_project()
    example.files["orchestration/places.py"] = text

    assert not suppressions_give_a_reason(example)
