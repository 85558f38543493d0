"""docs/operations.md: its commands typed as they stand, on a machine that is lost in the end.

The machine that takes its place stands in another time zone: business dates come from a var, not
from the clock.
"""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from orchestration.cli import main
from orchestration.sample.compensation import write_names
from tests.conftest import PROJECT, SAMPLE_SCALE, SAMPLE_SEED
from tests.orchestration.conftest import Copy, copy_project, once_more

TEXT = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCKS = {
    title: re.findall(r"```bash\n(.*?)```", section, re.DOTALL)
    for title, _, section in (part.partition("\n") for part in TEXT.split("\n## ")[1:])
}


def typed(copy: Copy, title: str, **environment: str) -> str:
    """Type the commands of a section, of which none may fail; what they print."""
    printed = ""
    for block in BLOCKS[title]:
        ended = subprocess.run(
            ["bash", "-eu", "-c", block],
            cwd=copy.root,
            env=copy.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{block}\n{ended.stdout}"
        printed += ended.stdout
    return printed


def published(copy: Copy) -> Mapping[str, str]:
    """The content hash of every published mart."""
    manifest = json.loads((copy.publish / "current" / "manifest.json").read_text())
    return {name: mart["content_hash"] for name, mart in manifest["marts"].items()}


def test_a_month_is_closed_the_machine_is_lost_and_another_publishes_the_same_marts(
    published_copy: Copy, tmp_path: Path
) -> None:
    old = once_more(published_copy, tmp_path / "old")
    # The rules of pay are those of the larger sample.
    write_names(old.root / "payroll_map.csv", SAMPLE_SCALE, SAMPLE_SEED)
    before = published(old)

    told = typed(old, "Every month")
    (receipt,) = re.findall(r"\b[0-9a-f]{64}\b", told)[-1:]
    assert list((old.root / "payroll").glob("*.csv"))
    assert "published version" in typed(old, "Every day")
    after = published(old)
    assert {name for name in after if after[name] != before[name]} >= {
        "fct_payout_ledger",
        "fct_pending_postings",
    }

    typed(old, "Backup")
    new = Copy(tmp_path / "new")
    copy_project(new.root, old.root)
    (old.root / "backup.tar").rename(new.root / "backup.tar")
    typed(new, "Restore", RECEIPT=receipt, TZ="Asia/Shanghai")
    assert published(new) == after
    # Empty marts have one hash: a comparison of those would prove nothing.
    assert len(set(after.values())) > len(after) / 2

    typed(old, "Versions")
    assert published(old) == before
    assert not (old.publish / "back").exists()


@pytest.mark.parametrize(
    "title", ["A run was killed", "The disk is full", "A folder cannot be written"]
)
def test_what_is_looked_at_when_something_went_wrong_can_be_typed(
    published_copy: Copy, title: str
) -> None:
    # Nothing was closed in it, so there is no ledger to look at.
    (published_copy.root / "ledger").mkdir(mode=0o700, exist_ok=True)
    assert typed(published_copy, title)


def test_every_block_is_typed_by_a_test() -> None:
    tested = {
        *("Every day", "Every month", "Backup", "Restore", "Versions"),
        *("A run was killed", "The disk is full", "A folder cannot be written"),
    }
    assert {title for title, blocks in BLOCKS.items() if blocks} == tested


def test_commands_within_the_text_exist() -> None:
    named = set(re.findall(r"`(?:[A-Z_]+=\S+ )?(quotamart|make) ([a-z-]+)", TEXT))
    targets = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    known = {("quotamart", name) for name in main.commands} | {("make", name) for name in targets}
    assert len(named) > 10
    assert named <= known
    options = set(re.findall(r"`quotamart ([a-z-]+) (--[a-z-]+)", TEXT))
    assert options <= {
        (name, option)
        for name, command in main.commands.items()
        for parameter in command.params
        for option in parameter.opts
    }


def test_what_a_failure_is_said_to_say_is_what_the_code_says() -> None:
    section = TEXT.partition("\n## What a failure looks like\n")[2].partition("\n## ")[0]
    code = "".join(
        path.read_text(encoding="utf-8") for path in (PROJECT / "orchestration").rglob("*.py")
    )
    code = re.sub(r'"\s*\n\s*f?"', "", code)
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
    # What varies is left out: names, numbers, columns.
    varying = r"'[a-z]+'|\.\.\.|\bfct_|<[a-z ]+>|\d+|assert_|string|bigint|ER-"
    for said in (words for row in rows for words in re.findall("`([^`]+)`", row)):
        parts = [part.strip(" :.,") for part in re.split(varying, said)]
        missing = [part for part in parts if part and part not in code]
        assert not missing, f"{said}: nothing says {missing}"
