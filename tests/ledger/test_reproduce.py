"""Closes computed again, from exactly what was kept: on a dbt project of three small models."""

import json
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.erasure.register import add_change
from orchestration.git import head_commit, is_dirty
from orchestration.ledger.book import read_book
from orchestration.ledger.chain import file_sha256
from orchestration.ledger.close import close_period
from orchestration.ledger.postings import FINGERPRINTS, KEY, MARTS
from orchestration.ledger.report import reproduction_text
from orchestration.ledger.reproduce import CannotReproduce, Reproduction, reproduce
from orchestration.settings import Settings
from tests.conftest import BIN, PROJECT
from tests.ledger.builds import publish_build
from tests.ledger.company import FEBRUARY, JANUARY

ENTITLEMENTS = f"""
select
    'p001' as payee_id,
    'new_business' as component_code,
    'booking:crm:' || deals.id as basis_key,
    'earned' as part,
    date_trunc('month', deals.won_on) as earning_period_start,
    'CNY' as currency,
    cast(deals.amount * rates.rate as decimal(18, 2)) as amount,
    md5(deals.id) as line_id,
    {", ".join(f"md5(cast(deals.amount as varchar)) as {name}" for name in FINGERPRINTS)},
    false as is_rate_provisional
from read_parquet('{{{{ env_var("QUOTAMART_LANDING") }}}}/crm/deal/*.parquet') as deals
inner join {{{{ ref('rates') }}}} as rates on date_trunc('month', deals.won_on) = rates.month_start
where deals.won_on <= cast('{{{{ var("cutoff_on") }}}}' as date)
"""
PENDING = f"""
select
    {", ".join(KEY)}, entitlements.amount as pending_amount, 'earned' as reason,
    cast(null as varchar) as changed, false as is_interim, false as is_blocked
from {{{{ ref('fct_payout_entitlements') }}}} as entitlements
where last_day(earning_period_start) = cast('{{{{ var("cutoff_on") }}}}' as date)
"""
SLICES = """
select
    line_id, 1 as slice_number, cast(0 as decimal(18, 6)) as tier_from,
    cast(null as decimal(18, 6)) as tier_to, amount as credit_amount,
    cast(1 as decimal(18, 6)) as rate, amount
from {{ ref('fct_payout_entitlements') }}
"""
UNCREDITED = "select 'none' as event_key, date '2026-01-01' as occurred_on where false"
MODELS = dict(zip(MARTS, (ENTITLEMENTS, PENDING, SLICES, UNCREDITED), strict=True))


class Project:
    """A dbt project with a landing, a ledger and published versions, in git."""

    def __init__(self, root: Path) -> None:
        self.settings = Settings.from_environment({}, project_dir=root)
        for name, text in {
            "dbt_project.yml": "name: small\nprofile: quotamart\nmodel-paths: [models]\n"
            "seed-paths: [seeds]\nmacro-paths: [macros]\nseeds: {+schema: reference}\n"
            "models: {+schema: marts, +materialized: table}\nvars: {as_of: null}\n"
            "flags: {send_anonymous_usage_stats: false}\n",
            "seeds/reference/rates.csv": "month_start,rate\n2026-01-01,0.1\n",
            "seeds/compensation/plans.csv": "plan_code,valid_from\nstandard,2026-01-01\n",
            "tests/data/.gitkeep": "",
            ".gitignore": "landing\nwarehouse\npublish\nledger\ntarget\nlogs\n.user.yml\n",
            **{f"models/{name}.sql": text for name, text in MODELS.items()},
        }.items():
            self.write(name, text)
        shutil.copy(PROJECT / "profiles.yml", root)
        (root / "macros").mkdir()
        shutil.copy(PROJECT / "macros" / "generate_schema_name.sql", root / "macros")
        subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
        self.commit()

    def write(self, name: str, text: str) -> None:
        path = self.settings.project_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def commit(self) -> None:
        author = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
        for command in (("add", "-A"), (*author, "commit", "--quiet", "-m", "state")):
            subprocess.run(
                ["git", *command], cwd=self.settings.project_dir, check=True, capture_output=True
            )

    def land(self, name: str, deals: list[tuple[str, str, str]]) -> None:
        folder = self.settings.landing_dir / "crm" / "deal"
        folder.mkdir(parents=True, exist_ok=True)
        columns = dict(zip(("id", "won_on", "amount"), zip(*deals, strict=True), strict=True))
        columns["amount"] = [Decimal(amount) for amount in columns["amount"]]
        table = pa.table(columns)
        won_on = table["won_on"].cast(pa.date32())
        pq.write_table(table.set_column(1, "won_on", won_on), folder / f"{name}.parquet")

    def publish(self, cutoff_on: str) -> None:
        """Build with dbt and publish what was built."""
        root, settings = self.settings.project_dir, self.settings
        settings.warehouse_dir.mkdir(exist_ok=True)
        environment = {
            "PATH": str(BIN),
            "QUOTAMART_LANDING": str(settings.landing_dir),
            "QUOTAMART_WAREHOUSE": str(settings.warehouse_dir),
        }
        built = subprocess.run(
            [str(BIN / "dbt"), "build", "--vars", json.dumps({"cutoff_on": cutoff_on})],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert built.returncode == 0, built.stdout
        publish_build(
            settings,
            as_of="2026-04-05T00:00:00Z",
            cutoff_on=cutoff_on,
            git={"commit": head_commit(settings), "is_dirty": is_dirty(settings)},
            vars={"reporting_timezone": "Asia/Shanghai", "as_of": None},
        )

    def reproduced(self) -> list[Reproduction]:
        return list(reproduce(self.settings, read_book(self.settings)))


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """January and February closed, by two different rates; tests leave it as it was."""
    project = Project(tmp_path_factory.mktemp("project"))
    project.land("first", [("o1", "2026-01-10", "1000.00"), ("o2", "2026-02-10", "500.00")])
    project.publish("2026-01-31")
    close_period(project.settings, JANUARY)
    # A landed file and a seed that January did not know.
    project.land("second", [("o3", "2026-02-20", "70.00")])
    rates = "month_start,rate\n2026-01-01,0.1\n2026-02-01,0.2\n"
    project.write("seeds/reference/rates.csv", rates)
    project.commit()
    project.publish("2026-02-28")
    close_period(project.settings, FEBRUARY)
    return project


@pytest.fixture
def copied(closed: Project, tmp_path: Path) -> Project:
    """A copy for one test to change."""
    root = tmp_path / "project"
    shutil.copytree(closed.settings.project_dir, root, symlinks=True)
    project = object.__new__(Project)
    project.settings = Settings.from_environment({}, project_dir=root)
    return project


def test_every_close_is_computed_again_from_what_was_kept(copied: Project) -> None:
    assert [
        [(line["basis_key"], line["amount"]) for line in pq.read_table(f.lines_path).to_pylist()]
        for f in read_book(copied.settings).files
    ] == [
        [("booking:crm:o1", Decimal("100.00"))],
        [("booking:crm:o2", Decimal("100.00")), ("booking:crm:o3", Decimal("14.00"))],
    ]
    # What landed and was decided since does not count.
    copied.land("third", [("o4", "2026-01-20", "9.00")])
    copied.write("seeds/reference/rates.csv", "month_start,rate\n2026-01-01,0.9\n")

    # Of a file out of which a person was taken, the register knows what it was.
    erase_from(copied, "second")

    found = copied.reproduced()

    assert [reproduction.differences for reproduction in found] == [(), ()]
    assert [reproduction.erasures for reproduction in found] == [(), ("ER-2026-007",)]
    assert reproduction_text(found[0]) == "000001-2026-01: 1 lines, computed again to the cent."
    assert reproduction_text(found[1]) == (
        "000002-2026-02: 2 lines, computed again to the cent. "
        "Persons were erased from its landed files: ER-2026-007."
    )


def erase_from(project: Project, name: str) -> None:
    """Write a landed file anew, as an erasure does, and say so in the register."""
    file = project.settings.landing_dir / "crm" / "deal" / f"{name}.parquet"
    old = file_sha256(file)
    pq.write_table(pq.read_table(file), file, compression="none")
    place = f"landing/crm/deal/{name}.parquet"
    add_change(project.settings, "ER-2026-007", JANUARY, place, old, file_sha256(file))
    assert old != file_sha256(file)


def test_what_the_code_alone_computes_otherwise_is_named_with_both_commits(copied: Project) -> None:
    path = "models/fct_payout_entitlements.sql"
    text = (copied.settings.project_dir / path).read_text()
    then = head_commit(copied.settings)
    copied.write(path, text.replace("deals.amount * rates.rate", "deals.amount * rates.rate + 1"))
    copied.commit()

    first = next(reproduce(copied.settings, read_book(copied.settings)))

    assert first.by_code
    assert first.differences[0] == (
        "p001 new_business booking:crm:o1 earned 2026-01-01 CNY: posted 100.00, computed 101.00"
        " (+1.00)"
    )
    told = reproduction_text(first)
    assert f"closed at {read_book(copied.settings).files[0].content['git_commit'][:12]}" in told
    assert f"computed at {head_commit(copied.settings)[:12]}" in told
    assert then != head_commit(copied.settings)
    assert "what was posted stands" in told
    assert "engine_change" in told


def test_the_same_code_that_computes_otherwise_is_an_error(copied: Project) -> None:
    # As if chance were at work: the commit is the same, the result is not.
    path = "models/fct_payout_entitlements.sql"
    copied.write(path, (copied.settings.project_dir / path).read_text() + " and deals.id <> 'o3'")
    subprocess.run(
        ["git", "update-index", "--assume-unchanged", path],
        cwd=copied.settings.project_dir,
        check=True,
    )
    _, second = copied.reproduced()

    assert not second.by_code
    assert "posted 14.00, computed nothing (-14.00)" in second.differences[0]
    assert "WRONG" in reproduction_text(second)


def test_a_landed_file_that_is_gone_or_another_is_named(copied: Project) -> None:
    file = copied.settings.landing_dir / "crm" / "deal" / "first.parquet"
    content = file.read_bytes()
    file.write_bytes(content + b"x")
    with pytest.raises(CannotReproduce, match=r"crm/deal/first\.parquet is another now"):
        copied.reproduced()
    file.unlink()
    with pytest.raises(CannotReproduce, match=r"crm/deal/first\.parquet is gone"):
        copied.reproduced()


def test_a_project_that_cannot_build_the_past_says_so(copied: Project) -> None:
    copied.write("models/fct_payout_entitlements.sql", "select no_such_column from nowhere")

    with pytest.raises(CannotReproduce, match="the project of today cannot build it"):
        copied.reproduced()


def test_nothing_but_a_scratch_folder_is_written(copied: Project) -> None:
    def state() -> dict[str, int]:
        root = copied.settings.project_dir
        paths = [path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts]
        return {str(path): path.stat().st_mtime_ns for path in paths}

    before = state()
    next(reproduce(copied.settings, read_book(copied.settings)))
    assert state() == before
