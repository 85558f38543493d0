"""Publishing: what is refused, what a version holds and for whom, what readers see meanwhile."""

import hashlib
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration import publish as publish_module
from orchestration.acceptance import publish_accepted
from orchestration.candidate import build_file_state, read_candidate, refuse_changed_build
from orchestration.candidate import write_candidate as write_real_candidate
from orchestration.content_hash import content_hash
from orchestration.dbt_project import project_vars
from orchestration.defs.records import CheckOutcome, write_record
from orchestration.files import CannotWrite
from orchestration.landing import check_landing
from orchestration.ledger import read_book
from orchestration.lock import BuildLock, BuildLocked, is_locked
from orchestration.mart_files import write_marts
from orchestration.publish import COMPARISON, publish, reason_to_withhold
from orchestration.published import (
    PublishedVersion,
    PublishRefused,
    current_version,
    published_marts,
)
from orchestration.settings import Settings
from tests.disks import FAULTS, SmallDisk
from tests.killed import Killable, accepting
from tests.ledger.company import JANUARY, PLANS, Company
from tests.published import Hashes, no_leftovers, whole_version

PROJECT = Path(__file__).parents[2]
OLD_DUCKDB = "1.1.3"
RUN, OTHER_RUN = "0a1b2c3d-4e5f", "5f4e3d2c-1b0a"
EMAIL = "canary.person@example.invalid"
PAY = "PAYCANARY-8841773"
DBT_RESULTS = [{"unique_id": "model.q.dim_people", "status": "success", "message": "OK"}]
CHECKS = [{"check": "salesforce/account: files_are_sound", "kind": "landing", "passed": True}]


def node(resource_type: str, path: str, **more: Any) -> dict[str, Any]:
    return {
        "resource_type": resource_type,
        "name": Path(path).stem,
        "alias": Path(path).stem,
        "schema": "marts",
        "original_file_path": path,
        "config": {"meta": {}, "materialized": "table"},
        "columns": {},
        "depends_on": {"nodes": []},
        **more,
    }


def columns(*names: str, **meta: str) -> dict[str, Any]:
    return {
        name: {
            "name": name,
            "description": f"What {name} says: it's in the YAML.",
            "config": {"meta": {meta[name]: True} if name in meta else {}},
        }
        for name in names
    }


MANIFEST = {
    "sources": {},
    "nodes": {
        "model.q.dim_people": node(
            "model",
            "models/marts/core/dim_people.sql",
            description="**Grain:** one row per person.",
            columns=columns("person_id", "email", "label", "version_number", email="pii"),
        ),
        "model.q.fct_deals": node(
            "model",
            "models/marts/revenue/fct_deals.sql",
            columns=columns(
                "deal_id",
                "currency",
                "deal_amount",
                "bonus_amount",
                "count_total",
                "closed_at",
                "version_number",
                bonus_amount="pay",
            ),
        ),
        "model.q.fct_payouts": node(
            "model",
            "models/marts/incentives/fct_payouts.sql",
            config={"meta": {"audience": "finance"}, "materialized": "table"},
            columns=columns("payee", "paid_amount"),
        ),
        "model.q.stg_people": node("model", "models/staging/crm/stg_people.sql"),
        "seed.q.rates": node("seed", "seeds/reference/rates.csv", schema="reference"),
    },
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation with a build that passed and was never published."""
    settings = Settings.from_environment({}, project_dir=tmp_path)
    (tmp_path / "seeds" / "reference").mkdir(parents=True)
    (tmp_path / "seeds" / "reference" / "rates.csv").write_text("rate\n1.5\n")
    batches = settings.landing_dir / "crm" / "people"
    batches.mkdir(parents=True)
    arrived = pa.array([datetime(2026, 1, 31)], pa.timestamp("us"))
    pq.write_table(pa.table({"id": ["1"], "_fivetran_synced": arrived}), batches / "first.parquet")
    check_landing(settings, {"sources": {"crm": PEOPLE_SOURCE}, "nodes": {}})
    (tmp_path / "dbt_project.yml").write_text("vars: {as_of: null, mrr_paused: zero}\n")
    build(settings)
    return settings


PEOPLE_SOURCE = {
    "source_name": "crm",
    "name": "people",
    "columns": {"id": {"name": "id", "data_type": "string"}},
}


def build(settings: Settings, version: int = 1, deals: int = 1000) -> None:
    """Make a build file whose marts all bear `version`, and say that it passed."""
    settings.build_file.unlink(missing_ok=True)
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            f"""
            create table marts.dim_people as
            select 'p' || i as person_id, '{EMAIL}' as email, 'label ' || i as label,
                {version} as version_number
            from range(1000) as numbers(i)
            """
        )
        connection.execute(
            f"""
            create table marts.fct_deals as
            select 'd' || i as deal_id, case when i % 2 = 0 then 'CNY' else 'USD' end as currency,
                cast(i + 0.01 as decimal(18, 2)) as deal_amount,
                cast(i * 7 as decimal(18, 2)) as bonus_amount,
                cast(9007199254740993 as hugeint) as count_total,
                timestamp '2026-01-01 00:00:00.123456' as closed_at,
                {version} as version_number
            from range({deals}) as numbers(i)
            """
        )
        connection.execute(
            f"create table marts.fct_payouts as "
            f"select '{PAY}' as payee, cast(12.5 as decimal(18, 2)) as paid_amount"
        )
    write_candidate(settings)


def write_candidate(settings: Settings, run_id: str = RUN, **more: Any) -> None:
    candidate = {
        "run_id": run_id,
        "as_of": "2026-01-31T00:00:00Z",
        "cutoff_on": None,
        "git_commit": "abc",
        "vars": {"mrr_basis": "contracted"},
        "finished_at": "2026-02-01T00:00:00+00:00",
        "build_file": build_file_state(settings),
        "dbt_results": DBT_RESULTS,
        **more,
    }
    settings.candidate_path.write_text(json.dumps(candidate))


def published(settings: Settings, run_id: str = RUN) -> PublishedVersion:
    return publish(settings, MANIFEST, run_id, CHECKS)


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query).fetchall()


def leftovers(settings: Settings) -> list[Path]:
    return [*settings.publish_dir.rglob("*.tmp*")]


# What is refused


def refusal(settings: Settings, checks: list[dict[str, Any]] | None = None) -> str:
    """The message of a refused publish, which must leave the published version as it was."""
    before = os.readlink(settings.current_link) if settings.current_link.exists() else None
    with pytest.raises(PublishRefused) as refused:
        publish(settings, MANIFEST, RUN, CHECKS if checks is None else checks)
    after = os.readlink(settings.current_link) if settings.current_link.exists() else None
    assert after == before
    assert leftovers(settings) == []
    return str(refused.value)


def test_no_candidate_is_refused(settings: Settings) -> None:
    published(settings)
    settings.candidate_path.unlink()

    assert "no record of a build" in refusal(settings)


def test_a_candidate_of_another_run_is_refused(settings: Settings) -> None:
    write_candidate(settings, run_id="other")

    message = refusal(settings)

    assert "run other, not of this run" in message
    assert RUN in message


def test_a_half_written_candidate_is_refused(settings: Settings) -> None:
    settings.candidate_path.write_text('{"run_id": "0a1b')

    assert "no record of a build" in refusal(settings)


@pytest.mark.parametrize("status", ["error", "fail", "skipped", "warn", "runtime error"])
def test_a_dbt_result_that_did_not_pass_is_refused(settings: Settings, status: str) -> None:
    result = {"unique_id": "test.q.bridge_closes", "status": status, "message": "1 row"}
    write_candidate(settings, dbt_results=[result])

    assert "test.q.bridge_closes" in refusal(settings)


def test_a_build_in_which_nothing_was_checked_is_refused(settings: Settings) -> None:
    write_candidate(settings, dbt_results=[])

    assert "nothing was checked" in refusal(settings)


@pytest.mark.parametrize("passed", [False, None, "yes"])
def test_a_check_that_did_not_pass_is_refused(settings: Settings, passed: object) -> None:
    message = refusal(settings, [{"check": "nps_is_plausible", "kind": "gx", "passed": passed}])

    assert "1 checks did not pass: nps_is_plausible" in message


def test_a_landing_that_was_not_checked_is_refused(settings: Settings) -> None:
    settings.landed_files_path.unlink()

    assert "was not checked" in refusal(settings)


def test_a_rejected_landed_file_is_refused(settings: Settings) -> None:
    (settings.landing_dir / "crm" / "people" / "second.parquet").touch()
    check_landing(settings, {"sources": {"crm": PEOPLE_SOURCE}, "nodes": {}})

    assert "second.parquet" in refusal(settings)


def test_a_mart_that_had_rows_and_has_none_is_refused(settings: Settings) -> None:
    published(settings)
    build(settings, deals=0)

    assert "fct_deals (published 1000 rows, now 0)" in refusal(settings)


def test_a_mart_that_never_had_rows_may_be_empty(settings: Settings) -> None:
    build(settings, deals=0)
    published(settings)

    assert published(settings).manifest["marts"]["fct_deals"]["rows"] == 0


def test_a_list_of_what_waits_may_run_empty(settings: Settings) -> None:
    published(settings)
    build(settings, deals=0)
    deals = MANIFEST["nodes"]["model.q.fct_deals"]
    waiting = {**deals, "config": {**deals["config"], "meta": {"may_be_empty": True}}}
    manifest = {**MANIFEST, "nodes": {**MANIFEST["nodes"], "model.q.fct_deals": waiting}}

    version = publish(settings, manifest, RUN, CHECKS)

    assert version.manifest["marts"]["fct_deals"]["rows"] == 0


def test_a_mart_that_was_not_built_is_refused(settings: Settings) -> None:
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("drop table marts.fct_deals")
    write_candidate(settings)

    assert "no mart fct_deals" in refusal(settings)


def test_no_build_file_is_refused(settings: Settings) -> None:
    settings.build_file.unlink()

    assert "no build file" in refusal(settings)


def rewrite_a_mart(settings: Settings) -> None:
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("create or replace table marts.fct_payouts as select 'x' as payee")


def replace_by_a_copy(settings: Settings) -> None:
    copied = settings.build_file.with_name("copied")
    shutil.copy2(settings.build_file, copied)
    os.replace(copied, settings.build_file)


def leave_a_log_of_changes(settings: Settings) -> None:
    settings.build_file.with_name(f"{settings.build_file.name}.wal").write_bytes(b"changes")


@pytest.mark.parametrize("change", [rewrite_a_mart, replace_by_a_copy, leave_a_log_of_changes])
def test_a_build_file_that_changed_after_it_was_tested_is_refused(
    settings: Settings, change: Callable[[Settings], None]
) -> None:
    published(settings)
    change(settings)

    message = refusal(settings)

    assert "changed after it was tested" in message
    assert "build again" in message


def test_a_build_file_that_changes_while_it_is_copied_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied_and_then_changed(*arguments: Any) -> dict[str, Any]:
        described = write_marts(*arguments)
        rewrite_a_mart(settings)
        return described

    published(settings)
    monkeypatch.setattr(publish_module, "write_marts", copied_and_then_changed)

    assert "changed after it was tested" in refusal(settings)


CONSERVATION = {
    "sources": {},
    "nodes": {"model.q.c": node("model", "models/marts/quality/fct_row_conservation.sql")},
}


def recorded(settings: Settings, landed_count: int) -> dict[str, Any]:
    """The candidate of a build that counted so many rows of people."""
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute(
            f"""
            create or replace table marts.fct_row_conservation as
            select 'crm' as source_name, 'people' as table_name, {landed_count} as landed_count
            union all
            select 'crm', 'never_landed', 0
            """
        )
    write_real_candidate(settings, CONSERVATION, RUN, DBT_RESULTS, {})
    return read_candidate(settings, RUN)


def test_rows_of_a_file_that_was_not_checked_leave_no_candidate(settings: Settings) -> None:
    settings.candidate_path.unlink()
    with pytest.raises(PublishRefused, match="Files landed while the build started") as refused:
        recorded(settings, landed_count=3)

    assert "crm/people (1 rows checked, 3 built)" in str(refused.value)
    assert "never_landed" not in str(refused.value)
    assert "build again" in str(refused.value)
    assert not settings.candidate_path.exists()


def test_a_candidate_knows_the_build_file_it_was_made_from(settings: Settings) -> None:
    candidate = recorded(settings, landed_count=1)

    assert candidate["dbt_results"] == DBT_RESULTS
    assert candidate["vars"] == {"as_of": None, "mrr_paused": "zero"}
    refuse_changed_build(settings, candidate)
    rewrite_a_mart(settings)
    with pytest.raises(PublishRefused, match="changed after it was tested"):
        refuse_changed_build(settings, candidate)


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({}, None),
        ({"mrr_paused": "zero"}, None),
        ({"mrr_paused": "unchanged"}, "other vars than dbt_project.yml says (mrr_paused)"),
        ({"as_of": "2026-01-30"}, "as of 2026-01-30 00:00:00 UTC, before the published 2026-01-31"),
        ({"as_of": date(2026, 1, 30)}, "as of 2026-01-30 00:00:00 UTC"),
        ({"as_of": "2026-01-31"}, None),
        ({"as_of": None}, None),
    ],
)
def test_only_what_differs_from_what_readers_have_is_withheld(
    settings: Settings, overrides: dict[str, Any], said: str | None
) -> None:
    published(settings)

    reason = reason_to_withhold(settings, overrides)

    assert reason is None if said is None else said in reason


def test_a_past_as_of_of_the_project_itself_is_published(settings: Settings) -> None:
    published(settings)
    (settings.project_dir / "dbt_project.yml").write_text("vars: {as_of: 2026-01-15}\n")

    assert reason_to_withhold(settings, {}) is None


def test_a_column_that_the_yaml_does_not_name_is_refused(settings: Settings) -> None:
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("alter table marts.dim_people add column phone varchar")
    write_candidate(settings)

    assert "dim_people has columns that its YAML does not name" in refusal(settings)


def test_a_damaged_published_version_is_refused_and_named(settings: Settings) -> None:
    version = published(settings)
    (version.path / "manifest.json").unlink()

    assert version.name in refusal(settings)


# What a version holds


def test_the_manifest_says_what_was_published(settings: Settings) -> None:
    manifest = json.loads((published(settings).path / "manifest.json").read_text())

    assert manifest["run_id"] == RUN
    assert manifest["git"] == {"commit": "abc", "is_dirty": None}
    assert manifest["as_of"] == "2026-01-31T00:00:00Z"
    assert manifest["cutoff_on"] is None
    assert manifest["vars"] == {"mrr_basis": "contracted"}
    assert manifest["ledger_head"] is None
    seed = hashlib.sha256(b"rate\n1.5\n").hexdigest()
    assert manifest["seeds"] == {"seeds/reference/rates.csv": seed}
    (source,) = manifest["sources"]
    assert source == {
        "source_name": "crm",
        "last_arrived_at": "2026-01-31T00:00:00+00:00",
        "days_behind": "0.0",
        "stale_after_days": None,
        "is_stale": False,
    }
    assert manifest["changed_columns"] == []
    (landed,) = manifest["landed_files"]
    batch = settings.landing_dir / landed["path"]
    assert landed["sha256"] == hashlib.sha256(batch.read_bytes()).hexdigest()
    assert landed["size_bytes"] == batch.stat().st_size
    assert [check["check"] for check in manifest["checks"]] == [
        "model.q.dim_people",
        "salesforce/account: files_are_sound",
    ]
    deals = manifest["marts"]["fct_deals"]
    assert deals["rows"] == 1000
    assert deals["control_totals"] == {"deal_amount": {"CNY": "249505.00", "USD": "250005.00"}}
    assert set(manifest["marts"]) == {"dim_people", "fct_deals", "fct_payouts"}


def test_a_version_is_named_after_its_time_and_run(settings: Settings) -> None:
    first, second = published(settings), published(settings)

    assert first.name.endswith("Z-0a1b2c3d")
    assert first.name != second.name
    assert current_version(settings).name == second.name
    assert os.readlink(settings.current_link) == f"versions/{second.name}"


def test_uncommitted_work_is_marked(settings: Settings) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
        subprocess.run(["git", *who, *arguments], cwd=settings.project_dir, check=True)

    git("init", "-q")
    (settings.project_dir / ".gitignore").write_text("/warehouse/\n/publish/\n/landing/\n")
    git("add", ".")
    git("commit", "-qm", "all")
    assert published(settings).manifest["git"]["is_dirty"] is False

    (settings.project_dir / "seeds" / "reference" / "rates.csv").write_text("rate\n2\n")
    assert published(settings).manifest["git"]["is_dirty"] is True


def test_the_public_files_hold_no_personal_data_and_no_pay(settings: Settings) -> None:
    version = published(settings)

    described = rows(
        version.marts_file,
        "select table_name, column_name from duckdb_columns() where not internal",
    )
    assert ("dim_people", "email") not in described
    assert ("fct_deals", "bonus_amount") not in described
    assert {table for table, _ in described} == {"dim_people", "fct_deals"}
    assert sorted(path.name for path in (version.path / "parquet").iterdir()) == [
        "dim_people.parquet",
        "fct_deals.parquet",
    ]
    for path in version.path.rglob("*"):
        if path.is_file() and path != version.finance_file:
            for canary in (EMAIL, PAY):
                assert canary.encode() not in path.read_bytes(), path
                # Compression could hide it from a search of the bytes.
                assert canary not in everything_in(path), path


def everything_in(path: Path) -> str:
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pydict())
    if path.suffix == ".duckdb":
        tables = rows(path, "select table_name from duckdb_tables()")
        return str([rows(path, f"select * from {table}") for (table,) in tables])
    return path.read_text()


def test_the_canaries_would_be_found(settings: Settings) -> None:
    """The search above proves nothing unless it finds what is there."""
    finance = published(settings).finance_file

    assert EMAIL.encode() in finance.read_bytes()
    assert PAY.encode() in finance.read_bytes()
    assert EMAIL in everything_in(finance)
    assert PAY in everything_in(finance)


def test_finance_holds_everything_for_its_owner_alone(settings: Settings) -> None:
    version = published(settings)

    assert stat.S_IMODE(version.finance_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(version.marts_file.stat().st_mode) & 0o004
    assert stat.S_IMODE(version.path.stat().st_mode) == 0o755
    assert rows(version.finance_file, "select distinct email from dim_people") == [(EMAIL,)]
    assert rows(version.finance_file, "select payee from fct_payouts") == [(PAY,)]
    assert rows(version.finance_file, "select sum(bonus_amount) from fct_deals")[0][0] == 3496500


def test_descriptions_reach_the_readers(settings: Settings) -> None:
    version = published(settings)

    assert rows(version.marts_file, "select comment from duckdb_tables() order by table_name") == [
        ("**Grain:** one row per person.",),
        (None,),
    ]
    column = "select comment from duckdb_columns() where column_name = 'label'"
    assert rows(version.marts_file, column) == [("What label says: it's in the YAML.",)]


def test_parquet_keeps_exact_types(settings: Settings) -> None:
    table = pq.read_table(published(settings).path / "parquet" / "fct_deals.parquet")

    assert table.schema.field("deal_amount").type == pa.decimal128(18, 2)
    assert table.schema.field("closed_at").type == pa.timestamp("us")
    assert pa.types.is_decimal(table.schema.field("count_total").type)
    assert table["count_total"][0].as_py() == 9007199254740993


def test_published_marts_are_listed(settings: Settings) -> None:
    assert published_marts(settings) == {}
    assert current_version(settings) is None

    version = published(settings)

    marts = published_marts(settings)
    assert marts["fct_deals"].parquet_path == version.path / "parquet" / "fct_deals.parquet"
    assert marts["fct_payouts"].parquet_path is None
    assert marts["dim_people"].columns == ("person_id", "email", "label", "version_number")


def test_equal_builds_have_equal_hashes(settings: Settings) -> None:
    first = published(settings)
    build(settings)
    second = published(settings)
    build(settings, version=2)
    third = published(settings)

    def hashes(version: PublishedVersion) -> dict[str, str]:
        return {name: mart["content_hash"] for name, mart in version.manifest["marts"].items()}

    assert hashes(first) == hashes(second)
    assert hashes(third)["fct_deals"] != hashes(first)["fct_deals"]
    assert hashes(third)["fct_payouts"] == hashes(first)["fct_payouts"]


@pytest.fixture(scope="session")
def old_python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the DuckDB client that BI tools' drivers are built on."""
    cache = getattr(request.config, "cache", None)
    folder = cache.mkdir(f"duckdb-{OLD_DUCKDB}") if cache else tmp_path_factory.mktemp("old-duckdb")
    python = folder / "bin" / "python"
    probe = [str(python), "-c", "import duckdb"]
    if not python.exists() or subprocess.run(probe, check=False, capture_output=True).returncode:
        shutil.rmtree(folder)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = subprocess.run(
            [str(python), "-m", "pip", "install", "-q", f"duckdb=={OLD_DUCKDB}"],
            check=False,
            capture_output=True,
            text=True,
        )
        if install.returncode:
            shutil.rmtree(folder)
            message = f"duckdb {OLD_DUCKDB} cannot be installed: {install.stderr[-300:]}"
            if os.environ.get("CI"):
                pytest.fail(message)
            pytest.skip(message)
    return python


def test_an_old_client_opens_both_files(settings: Settings, old_python: Path) -> None:
    version = published(settings)
    script = (
        "import duckdb, sys\n"
        "for file in sys.argv[1:]:\n"
        "    c = duckdb.connect(file, read_only=True)\n"
        "    c.execute('select count(*), sum(deal_amount), max(closed_at) from fct_deals')\n"
        "    print(duckdb.__version__, *c.fetchone())\n"
        "    c.execute(\"select comment from duckdb_columns() where column_name = 'label'\")\n"
        "    print(*c.fetchone())\n"
    )
    files = [str(version.marts_file), str(version.finance_file)]

    found = subprocess.run(
        [str(old_python), "-c", script, *files], check=True, capture_output=True, text=True
    )

    lines = [f"{OLD_DUCKDB} 1000 499510.00 2026-01-01 00:00:00.123456"]
    assert found.stdout.splitlines() == [*lines, "What label says: it's in the YAML."] * 2


# The hash


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def test_the_hash_follows_its_definition(connection: duckdb.DuckDBPyConnection) -> None:
    values = """
        (select * from (values
            (1, 1.50::decimal(18, 2), 'a', date '2026-01-31', timestamp '2026-01-01', true),
            (2, null, '', null, timestamp '1969-12-31 23:59:59.999999', false)
        ) as rows(n, amount, name, on_day, seen_at, flag))
    """
    texts = [
        "amount=4:1.50;flag=4:true;n=1:1;name=1:a;on_day=10:2026-01-31;seen_at=16:1767225600000000;",
        "amount=-;flag=5:false;n=1:2;name=0:;on_day=-;seen_at=2:-1;",
    ]
    digests = [hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() for text in texts]
    sums = [sum(int(digest[part], 16) for digest in digests) for part in (slice(16), slice(16, 32))]

    expected = hashlib.sha256(f"2:{sums[0]}:{sums[1]}".encode()).hexdigest()

    assert content_hash(connection, values) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("select null as a", "select '' as a"),
        ("select null as a", "select '-' as a"),
        ("select 'x;b=1:y' as a, 'z' as b", "select 'x' as a, 'y;b=1:z' as b"),
        ("select 1 as a", "select 1 as b"),
        ("select 1 as a", "select 1 as a union all select 1"),
        ("select 1 as a where false", "select null as a"),
        ("select 1.0 as a", "select 1.00 as a"),
        ("select 0.1::double as a", "select (0.1::double + 1e-17::double * 2) as a"),
        ("select ['a', 'b'] as a", "select ['a,b'] as a"),
    ],
)
def test_different_contents_have_different_hashes(
    connection: duckdb.DuckDBPyConnection, one: str, other: str
) -> None:
    assert content_hash(connection, f"({one})") != content_hash(connection, f"({other})")


def test_order_and_time_zone_change_no_hash(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create table rows as select i as b, i % 7 as a, "
        "timestamptz '2026-01-01 00:00:00+00' + to_seconds(i) as seen_at from range(1000) as n(i)"
    )
    expected = content_hash(connection, "rows")
    connection.execute("set TimeZone = 'Asia/Shanghai'")

    assert content_hash(connection, "(select seen_at, a, b from rows order by a desc)") == expected


# Versions over time


def test_old_versions_are_kept_by_count(settings: Settings) -> None:
    settings = replace(settings, keep_versions=2)
    names = [published(settings).name for _ in range(5)]

    kept = sorted(path.name for path in settings.versions_dir.iterdir())

    assert kept == sorted(names[-3:])
    assert current_version(settings).name == names[-1]


def closed(settings: Settings) -> str:
    """Close January from a version of made-up pay; returns the name of that version."""
    plans = settings.project_dir / PLANS
    plans.parent.mkdir(parents=True)
    plans.write_text("plan_code,valid_from\nstandard,2026-01-01\n", encoding="utf-8")
    settings.versions_dir.mkdir(parents=True, exist_ok=True)
    company = Company(settings)
    name = company.publish(JANUARY)
    company.close(JANUARY)
    return name


def test_a_version_says_up_to_which_close_and_which_day_it_counts(settings: Settings) -> None:
    assert published(settings).manifest["ledger_head"] is None
    closed(settings)
    head = read_book(settings).head_hash
    write_candidate(settings, ledger_head=head, cutoff_on="2026-02-28")

    manifest = published(settings).manifest

    assert (manifest["ledger_head"], manifest["cutoff_on"]) == (head, "2026-02-28")


def test_the_version_that_a_close_was_posted_from_is_kept_for_good(settings: Settings) -> None:
    settings = replace(settings, keep_versions=1)
    name = closed(settings)
    for _ in range(4):
        published(settings)

    kept = {path.name for path in settings.versions_dir.iterdir()}

    assert name in kept
    assert len(kept) == 3


def test_a_ledger_that_was_changed_is_refused(settings: Settings) -> None:
    closed(settings)
    (settings.ledger_dir / "000001-2026-01" / "lines.parquet").unlink()

    assert "000001-2026-01/lines.parquet is gone" in refusal(settings)


def test_a_build_that_read_a_close_which_is_not_there_is_refused(settings: Settings) -> None:
    write_candidate(settings, ledger_head="f" * 64)

    assert "The build read a close that the ledger does not hold" in refusal(settings)


def test_a_period_closed_while_dbt_ran_leaves_no_candidate(settings: Settings) -> None:
    closed(settings)
    settings.candidate_path.unlink()

    with pytest.raises(PublishRefused, match="A period was closed while dbt ran"):
        write_real_candidate(settings, {"nodes": {}}, RUN, DBT_RESULTS, {}, ledger_head=None)
    assert not settings.candidate_path.exists()


def test_the_candidate_says_which_cutoff_was_built(settings: Settings) -> None:
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("create table marts.cutoff as select date '2026-01-31' as cutoff_on")
    manifest = {"nodes": {"model.q.cutoff": node("model", "models/intermediate/cutoff.sql")}}

    write_real_candidate(settings, manifest, RUN, DBT_RESULTS, {})

    assert read_candidate(settings, RUN)["cutoff_on"] == "2026-01-31"


def test_a_clock_that_is_set_back_misleads_nobody(settings: Settings) -> None:
    settings = replace(settings, keep_versions=1)
    first = published(settings)
    first.path.rename(settings.versions_dir / "29990101T000000Z-ahead")
    settings.current_link.unlink()

    second, third = published(settings), published(settings)

    assert [second.name, third.name] == ["29990101T000001Z-0a1b2c3d", "29990101T000002Z-0a1b2c3d"]
    assert sorted(path.name for path in settings.versions_dir.iterdir()) == [
        second.name,
        third.name,
    ]


def test_what_killed_runs_left_is_cleared(settings: Settings) -> None:
    left = settings.versions_dir / "20200101T000000Z-dead.tmp-99"
    left.mkdir(parents=True)
    (left / "finance.duckdb").touch()
    (settings.publish_dir / ".current.99.tmp").symlink_to("nowhere")

    published(settings)

    assert leftovers(settings) == []


@pytest.mark.faults
@pytest.mark.parametrize("fault", FAULTS)
def test_a_disk_that_takes_no_version_leaves_the_published_one(
    settings: Settings, small_disk: Callable[..., SmallDisk], fault: str, at_full_length: bool
) -> None:
    disk = small_disk(settings.publish_dir, megabytes=32)
    before = published(settings)
    build(settings, version=2)
    size = sum(path.stat().st_size for path in before.path.rglob("*"))
    for spare_bytes in range(0, size, size // (40 if at_full_length else 6)):
        with (
            disk.failing(fault, spare_bytes),
            pytest.raises(CannotWrite, match=f"^{settings.publish_dir} cannot be written to: "),
        ):
            published(settings)
        assert_readers_see_a_whole_version(settings, allowed={1})

    after = published(settings)

    assert assert_readers_see_a_whole_version(settings, allowed={2}) == built_hashes(settings)
    assert set(settings.versions_dir.iterdir()) == {before.path, after.path}
    assert no_leftovers(settings.publish_dir)


def assert_readers_see_a_whole_version(settings: Settings, allowed: set[int]) -> Hashes:
    """They see every file of one version; returns what they read."""
    _, hashes = whole_version(settings.publish_dir)
    people, deals = rows(
        settings.current_link / "marts.duckdb",
        "select (select max(version_number) from dim_people), max(version_number) from fct_deals",
    )[0]
    assert people == deals
    assert people in allowed
    return hashes


def built_hashes(settings: Settings) -> Hashes:
    """What an undisturbed publisher publishes: the content of the build file."""
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        names = ("dim_people", "fct_deals", "fct_payouts")
        return {name: content_hash(connection, f"marts.{name}") for name in names}


def publisher(settings: Settings) -> Killable:
    watched = (settings.publish_dir, settings.warehouse_dir)
    return Killable(publish, settings, MANIFEST, RUN, CHECKS, watched=watched)


@pytest.mark.faults
def test_a_publisher_killed_at_any_step_leaves_a_whole_version(
    settings: Settings, at_full_length: bool
) -> None:
    settings = replace(settings, keep_versions=1)
    for _ in range(3):
        published(settings)
    steps = publisher(settings).steps()
    assert steps >= 40
    before = 1
    for step in range(1, steps + 1, 1 if at_full_length else 7):
        version = step + 1
        build(settings, version)
        assert publisher(settings).killed_at(step), step
        assert_readers_see_a_whole_version(settings, allowed={before, version})

        published(settings)

        seen = assert_readers_see_a_whole_version(settings, allowed={version})
        assert seen == built_hashes(settings)
        assert no_leftovers(settings.publish_dir, settings.warehouse_dir)
        assert len(list(settings.versions_dir.iterdir())) == 2
        before = version


@pytest.mark.faults
def test_a_publisher_killed_at_any_time_leaves_a_whole_version(
    settings: Settings, at_full_length: bool
) -> None:
    published(settings)
    moments = random.Random(7)
    for version in range(2, 22 if at_full_length else 4):
        build(settings, version)
        for _ in range(3):
            publisher(settings).killed_after(moments.uniform(0, 0.3))
            assert_readers_see_a_whole_version(settings, allowed={version - 1, version})
        published(settings)
        assert assert_readers_see_a_whole_version(settings, {version}) == built_hashes(settings)
        assert no_leftovers(settings.publish_dir, settings.warehouse_dir)


def acceptance(settings: Settings, answer: tuple[list[str], str, str]) -> Killable:
    watched = (settings.publish_dir, settings.warehouse_dir)
    return Killable(accepting, settings, *answer, watched=watched)


COMPARED = "dim_people: As many people as published."


@pytest.fixture
def differing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation whose last build differs from what is published."""
    monkeypatch.delenv("DBT_TARGET_PATH", raising=False)
    published(settings)
    build(settings, version=2)
    (settings.project_dir / "target").mkdir()
    (settings.project_dir / "target" / "manifest.json").write_text(json.dumps(MANIFEST))
    for gate in ("landing", "plans"):
        write_record(settings, gate, OTHER_RUN, [CheckOutcome(gate, gate, True, "")])
    suites = settings.project_dir / "tests" / "quality"
    suites.mkdir(parents=True)
    shutil.copy(PROJECT / "tests" / "quality" / "dim_products.yml", suites)
    outcome = CheckOutcome(COMPARED, COMPARISON, False, "1 of 1,000")
    write_record(settings, "quality", OTHER_RUN, [outcome])
    return settings


@pytest.mark.faults
def test_an_acceptance_killed_at_any_step_is_given_again(
    differing: Settings, tmp_path_factory: pytest.TempPathFactory, at_full_length: bool
) -> None:
    def copied() -> Settings:
        folder = tmp_path_factory.mktemp("copies") / "copy"
        shutil.copytree(differing.project_dir, folder, symlinks=True)
        settings = Settings.from_environment({}, project_dir=folder)
        write_candidate(settings, run_id=OTHER_RUN, vars=project_vars(settings))
        return settings

    answer = ([COMPARED], "Ada", "It is right.")
    steps = acceptance(copied(), answer).steps()
    assert steps >= 40
    for step in range(1, steps + 1, 3 if at_full_length else 15):
        settings = copied()
        assert acceptance(settings, answer).killed_at(step)
        version, _ = whole_version(settings.publish_dir)
        if version.manifest["run_id"] != OTHER_RUN:
            publish_accepted(settings, *answer)
        version, hashes = whole_version(settings.publish_dir)
        assert hashes == built_hashes(settings)
        (accepted,) = [check for check in version.manifest["checks"] if "accepted" in check]
        assert accepted["accepted"]["by"] == "Ada"


READER = """
import duckdb, pathlib, sys
current, stop = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
keeps, reads, seen = sys.argv[3] == "keeps", 0, set()
query = (
    "select (select min(version_number) from dim_people), (select max(version_number) "
    "from dim_people), min(version_number), max(version_number), count(*) from fct_deals"
)
connection = duckdb.connect(str(current / "marts.duckdb"), read_only=True)
print("ready", flush=True)
while True:
    last = stop.exists()
    if not keeps:
        connection = duckdb.connect(str(current / "marts.duckdb"), read_only=True)
    *versions, count = connection.execute(query).fetchone()
    assert len(set(versions)) == 1 and count == 1000, (versions, count)
    seen.add(versions[0])
    reads += 1
    if not keeps:
        connection.close()
    if last:
        break
print(reads, *sorted(seen))
"""


def test_readers_see_only_whole_versions_during_ten_publishes(settings: Settings) -> None:
    settings = replace(settings, keep_versions=1)
    published(settings)
    stop = settings.project_dir / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(settings.current_link), str(stop), kind],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for kind in ("opens", "keeps")
    ]
    try:
        for reader in readers:
            assert reader.stdout.readline() == "ready\n"
        for version in range(2, 12):
            build(settings, version=version)
            published(settings)
    finally:
        stop.touch()
        results = [reader.communicate(timeout=60) for reader in readers]

    assert [reader.returncode for reader in readers] == [0, 0], results
    opened, *versions_opened = map(int, results[0][0].split())
    _, *versions_kept = map(int, results[1][0].split())
    assert opened > 10
    assert versions_opened[-1] == 11
    assert len(versions_opened) > 3
    assert versions_kept == [1]


# The lock


def test_a_second_builder_is_refused_at_once_and_told_who_builds(settings: Settings) -> None:
    with (
        BuildLock(settings),
        pytest.raises(BuildLocked, match=rf"process {os.getpid()} since \d{{4}}-"),
        BuildLock(settings),
    ):
        pytest.fail("two builders at once")

    with BuildLock(settings):
        pass


def test_a_patient_builder_waits_for_the_first_to_end(settings: Settings) -> None:
    finished: list[None] = []
    first = BuildLock(settings).__enter__()
    assert is_locked(settings)
    timer = threading.Timer(0.5, lambda: finished.append(first.__exit__(None, None, None)))
    timer.start()

    with BuildLock(settings, patience_seconds=30):
        assert finished == [None]

    timer.join()
    assert not is_locked(settings)


def test_publishing_runs_inside_a_build_of_the_same_process(settings: Settings) -> None:
    with BuildLock(settings):
        published(settings)
        with pytest.raises(BuildLocked), BuildLock(settings):
            pytest.fail("publishing let go of the lock")


def test_the_lock_of_another_process_holds_and_dies_with_it(settings: Settings) -> None:
    script = (
        "import pathlib, sys, time; from orchestration.lock import BuildLock;"
        "from orchestration.settings import Settings;"
        "s = Settings.from_environment({}, project_dir=pathlib.Path(sys.argv[1]));"
        "lock = BuildLock(s); lock.__enter__(); print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(settings.project_dir)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(BuildLocked, match=f"process {process.pid} since"):
            published(settings)
    finally:
        process.kill()
        process.communicate()

    assert published(settings).path.is_dir()
