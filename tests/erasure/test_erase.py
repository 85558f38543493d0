"""Erasing a person: everything of theirs is gone, everything else is as it was."""

import json
import shutil
import sqlite3
import stat
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.content_hash import content_hash
from orchestration.erasure.erase import erase
from orchestration.erasure.journal import read_journal
from orchestration.erasure.register import (
    read_changes,
    register_faults,
    register_path,
    requests_between,
)
from orchestration.erasure.report import erasure_text
from orchestration.erasure.request import ErasureError, read_request
from orchestration.landing import check_landing
from orchestration.ledger.chain import file_sha256
from orchestration.ledger.verify import verify
from orchestration.lock import BuildLock, BuildLocked
from orchestration.published import current_version
from orchestration.settings import Settings
from tests.erasure.company import (
    ANN,
    HERS,
    JOANN,
    MANIFEST,
    REQUEST,
    batch,
    company_in,
    everything,
    holders,
    publish_build,
)
from tests.killed import Killable

PSEUDONYM = "erased-er-2026-007"
ADDRESS = f"{PSEUDONYM}-1@erased.invalid"
ROUNDS = 12


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Tests leave it as it is."""
    return company_in(tmp_path_factory.mktemp("company"))


@pytest.fixture
def company(published: Settings, tmp_path: Path) -> Settings:
    """Once more, for one test to change."""
    return copy_of(published, tmp_path / "company")


def copy_of(published: Settings, folder: Path) -> Settings:
    shutil.copytree(published.project_dir, folder, symlinks=True)
    return Settings.from_environment({}, project_dir=folder)


def request(settings: Settings) -> Path:
    return settings.project_dir / "request.yml"


def erased(settings: Settings, **more: Any):
    return erase(settings, MANIFEST, request(settings), patience_seconds=0, **more)


def rows(settings: Settings, table: str) -> list[dict[str, Any]]:
    return pq.read_table(settings.landing_dir / table / "1.parquet").to_pylist()


def mart(settings: Settings, name: str, file: str = "finance") -> list[tuple[Any, ...]]:
    path = settings.current_link / f"{file}.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(f"from {name}").fetchall()


def test_the_search_finds_what_is_hers_before(company: Settings) -> None:
    version = current_version(company).name
    assert set(holders(company.project_dir)) == {
        "landing/crm/contact/1.parquet",
        "landing/crm/deal/1.parquet",
        "landing/crm/email_message/1.parquet",
        "landing/crm/user/1.parquet",
        "landing/survey/answer/1.parquet",
        "landing/survey/response/1.parquet",
        "logs/dbt.log",
        "payroll_map.csv",
        f"publish/versions/{version}/finance.duckdb",
        f"publish/versions/{version}/marts.duckdb",
        f"publish/versions/{version}/parquet/dim_people.parquet",
        "warehouse/quotamart.duckdb",
    }


def test_nothing_of_hers_is_left_anywhere(company: Settings) -> None:
    ended = erased(company)

    assert holders(company.project_dir) == []
    assert ended.must_build
    assert not company.build_file.exists()
    assert not list(company.project_dir.rglob("*.tmp*"))
    assert read_journal(company) is None


def test_everything_else_is_as_it_was(company: Settings) -> None:
    erased(company)

    users = rows(company, "crm/user")
    assert [(u["id"], u["name"], u["email"], u["phone"], u["logins"]) for u in users] == [
        ("u1", PSEUDONYM, ADDRESS, None, None),
        ("u2", "Joann Roe", JOANN, "+49 170 7654321", 6),
        ("u1", " ", None, None, None),
    ]
    contacts = rows(company, "crm/contact")
    assert [(c["email"], c["last_name"], c["tags"]) for c in contacts] == [
        (None, None, None),
        (JOANN, "Joann Roe", ["vip"]),
        (None, None, None),
    ]
    # Whose assistant she was does not make the row hers; her address in it goes.
    assert contacts[1]["assistant_email"] == ADDRESS
    assert [(d["note"], d["amount"]) for d in rows(company, "crm/deal")] == [
        (f"ask {ADDRESS}, or {JOANN}", 12.5),
        (None, 99.25),
    ]
    assert [r["email"] for r in rows(company, "survey/response")] == [ADDRESS, JOANN]
    texts = [answer["text"] for answer in rows(company, "survey/answer")]
    assert texts == [PSEUDONYM, f"as {ADDRESS} said", "fine"]
    assert company.payroll_map_path.read_text() == (
        "payee_id,payroll_id,payee_name,email\n"
        f"p1,E-1,{PSEUDONYM},{ADDRESS}\np2,E-2,Joann Roe,{JOANN}\n"
    )
    assert stat.S_IMODE(company.payroll_map_path.stat().st_mode) == 0o600


def test_files_keep_their_form(company: Settings) -> None:
    path = company.landing_dir / "crm" / "user" / "1.parquet"
    before = pq.ParquetFile(path)
    erased(company)
    after = pq.ParquetFile(path)

    assert after.schema_arrow == before.schema_arrow
    assert after.schema_arrow.metadata == before.schema_arrow.metadata
    assert after.metadata.num_row_groups == before.metadata.num_row_groups == 2
    assert check_landing(company, MANIFEST).problems == ()


def test_a_published_version_says_the_same_without_her(company: Settings) -> None:
    before = current_version(company)
    answers, deals = mart(company, "fct_answers"), mart(company, "fct_deals")
    erased(company)
    after = current_version(company)

    assert after.name == before.name
    assert mart(company, "dim_people") == [
        ("crm:u1", PSEUDONYM, ADDRESS, "crm:u1", PSEUDONYM, 7),
        ("crm:u2", "Joann Roe", JOANN, "crm:u1", PSEUDONYM, 7),
    ]
    assert mart(company, "dim_people", "marts") == [
        ("crm:u1", PSEUDONYM, "crm:u1", PSEUDONYM, 7),
        ("crm:u2", "Joann Roe", "crm:u1", PSEUDONYM, 7),
    ]
    assert [row[::2] for row in mart(company, "fct_answers")] == [row[::2] for row in answers]
    assert mart(company, "fct_deals") == deals
    (hers, joanns) = (json.loads(row[2]) for row in mart(company, "quarantined_rows"))
    assert hers == {
        "id": "u1",
        "name": PSEUDONYM,
        "email": PSEUDONYM,
        "_fivetran_synced": "x",
    }
    assert joanns == {"id": "u2", "name": "Joann Roe", "email": JOANN}
    parquet = pq.read_table(after.path / "parquet" / "dim_people.parquet")
    assert parquet["person_name"].to_pylist() == [PSEUDONYM, "Joann Roe"]
    assert str(parquet.schema.field("count_total").type) == "decimal128(38, 0)"


def test_a_version_keeps_modes_descriptions_and_what_was_not_hers(company: Settings) -> None:
    before = {
        path.name: (stat.S_IMODE(path.stat().st_mode), path.is_dir())
        for path in current_version(company).path.rglob("*")
    }
    deals = current_version(company).path / "parquet" / "fct_deals.parquet"
    content = deals.read_bytes()
    comments = "select comment from duckdb_columns() where not internal order by table_name, 1"

    def told() -> list[tuple[str]]:
        with duckdb.connect(str(company.current_link / "marts.duckdb"), read_only=True) as file:
            tables = file.execute("select comment from duckdb_tables() order by 1").fetchall()
            return tables + file.execute(comments).fetchall()

    said = told()
    erased(company)

    assert told() == said
    assert ("What dim_people is.",) in said
    assert deals.read_bytes() == content
    version = current_version(company).path
    assert stat.S_IMODE(version.stat().st_mode) == 0o755
    assert before == {
        path.name: (stat.S_IMODE(path.stat().st_mode), path.is_dir()) for path in version.rglob("*")
    }


def test_manifests_and_the_register_say_what_became_of_which_file(company: Settings) -> None:
    before = current_version(company).manifest
    erased(company)
    after = current_version(company).manifest

    with duckdb.connect(str(current_version(company).finance_file), read_only=True) as connection:
        for name, entry in after["marts"].items():
            assert entry["content_hash"] == content_hash(connection, name)
            assert {**entry, "content_hash": 0} == {**before["marts"][name], "content_hash": 0}
    for file in after["landed_files"]:
        path = company.landing_dir / file["path"]
        assert (file["sha256"], file["size_bytes"]) == (file_sha256(path), path.stat().st_size)
    assert after["erasures"] == ["ER-2026-007"]
    same = set(before) - {"marts", "landed_files"}
    assert {key: after[key] for key in same} == {key: before[key] for key in same}

    changes = read_changes(company)
    for old, new in zip(before["landed_files"], after["landed_files"], strict=True):
        place = f"landing/{old['path']}"
        found = requests_between(changes, place, old["sha256"], new["sha256"])
        assert found == ([] if old == new else ["ER-2026-007"])
        assert requests_between(changes, place, old["sha256"], "0" * 64) is None
    text = register_path(company).read_text()
    assert not any(value.lower() in text.lower() for value in HERS)
    assert stat.S_IMODE(register_path(company).stat().st_mode) == 0o600
    assert verify(company).findings == ()


def test_a_changed_register_is_found(company: Settings) -> None:
    erased(company)
    lines = register_path(company).read_bytes().splitlines(keepends=True)
    for changed in (
        [lines[0].replace(b"ER-2026-007", b"ER-2026-008"), *lines[1:]],
        lines[1:],
        [*lines[:1], *lines[2:]],
        [*lines, b"{}\n"],
    ):
        register_path(company).write_bytes(b"".join(changed))
        assert any("erasures.jsonl, line" in finding for finding in verify(company).findings)
    # What a killed run did not finish was never said.
    register_path(company).write_bytes(b"".join(lines) + lines[0][:20])
    assert list(register_faults(company)) == []


def test_a_reader_of_the_old_version_goes_on(company: Settings) -> None:
    with duckdb.connect(str(company.current_link / "marts.duckdb"), read_only=True) as reader:
        erased(company)
        assert reader.execute("select min(person_name) from dim_people").fetchone() == ("Ann Roe",)
    assert mart(company, "dim_people", "marts")[0][1] == PSEUDONYM


def test_a_second_run_finds_nothing_and_changes_nothing(company: Settings) -> None:
    erased(company)
    before = everything(company.project_dir)

    again = erased(company)

    assert again.places == ()
    assert erasure_text(again) == "Nothing is left of the person of request ER-2026-007."
    assert everything(company.project_dir) == before


def test_a_dry_run_tells_and_changes_nothing(company: Settings) -> None:
    before = everything(company.project_dir)

    told = erasure_text(erased(company, dry_run=True))

    assert {k: v for k, v in everything(company.project_dir).items() if ".lock" not in k} == {
        k: v for k, v in before.items() if ".lock" not in k
    }
    assert "landing/crm/user/1.parquet: 2" in told
    assert "landing/crm/email_message/1.parquet: 1" in told
    assert "/dim_people: 2" in told
    assert "payroll map: 1" in told
    assert "logs/dbt.log: 1" in told
    assert not any(value.lower() in told.lower() for value in HERS)
    assert told.endswith("The build file would be removed.\nNothing was changed.")


def test_what_lands_later_is_erased_by_the_same_request(company: Settings) -> None:
    erased(company)
    batch(
        company, "survey/answer", "2", id=["a9"], response_id=["r1"], text=["I, Ann, am not happy"]
    )
    publish_build(company)

    ended = erased(company)

    assert "landing/survey/answer/2.parquet" in {place.name for place in ended.places}
    assert holders(company.project_dir) == []


@pytest.mark.parametrize(
    "person",
    ["user: u1", "contact: c1", "response: r1", "payee: p1", f"email: {ANN}"],
)
def test_a_person_may_be_named_by_any_key(person: str, company: Settings) -> None:
    request(company).write_text(REQUEST.replace("email: Ann.Roe@x.example", person))

    ended = erased(company)

    # Whatever a row says of the person by its declared columns leads on; else the row is all.
    assert ended.places
    by_address = person not in ("contact: c1", "payee: p1")
    assert (rows(company, "survey/response")[0]["email"] == ADDRESS) == by_address


def test_the_same_address_has_the_same_pseudonym_everywhere(company: Settings) -> None:
    """Surveys are linked to customers by it: a link that parts would move figures."""
    request(company).write_text(REQUEST.replace("email: Ann.Roe@x.example", "user: u1"))
    erased(company)

    assert rows(company, "crm/user")[0]["email"] == ADDRESS
    assert rows(company, "survey/response")[0]["email"] == ADDRESS


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("why: asked by letter\n", "", "must have exactly the fields"),
        ("requested_on: 2026-04-20", "requested_on: soon", "requested_on must be a date"),
        ("ER-2026-007", ANN, "letters, digits and hyphens"),
        ("asked by letter", "''", "why must say it in words"),
        ("email: Ann.Roe@x.example", "shoe: 45", "keys of email, payee, answer, contact"),
        ("email: Ann.Roe@x.example", "email: ann", "an e-mail address of the person is none"),
        ("email: Ann.Roe@x.example", "user: 17", "person.user must be a text"),
        ("email: Ann.Roe@x.example", f"email: {ADDRESS}", "is none"),
        ("email: Ann.Roe@x.example", "user: u99", "Nothing here is of the person"),
        ("person:", "person: [", "cannot be read: ScannerError"),
    ],
)
def test_a_wrong_request_says_what_is_wrong_and_changes_nothing(
    old: str, new: str, said: str, company: Settings
) -> None:
    before = everything(company.landing_dir)
    request(company).write_text(REQUEST.replace(old, new))

    with pytest.raises(ErasureError) as refused:
        erased(company)

    assert said in str(refused.value) or ("cannot be read: " in str(refused.value) and "[" in new)
    assert ANN not in str(refused.value).lower()
    assert everything(company.landing_dir) == before
    assert read_journal(company) is None


def test_a_request_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ErasureError, match="cannot be read"):
        read_request(tmp_path / "none.yml", {"user"})


def test_files_that_nobody_can_look_through_are_told(company: Settings) -> None:
    (company.landing_dir / "crm" / "user" / "2.parquet").write_bytes(b"PAR1 broken")
    (company.landing_dir / "crm" / "export.csv").write_text(f"mail\n{ANN}\n")

    ended = erased(company)

    assert {(place.name, place.why) for place in ended.unreachable} == {
        ("landing/crm/user/2.parquet", "cannot be read: remove it, or write it again"),
        ("landing/crm/export.csv", "is no Parquet file and holds an address: remove it"),
    }
    assert holders(company.project_dir) == ["landing/crm/export.csv"]


def test_the_history_of_runs_loses_her_address(
    company: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = company.project_dir / "home"
    home.mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with sqlite3.connect(home / "runs.db") as connection:
        connection.execute("create table events (id integer primary key, body text, raw blob)")
        connection.execute("insert into events values (1, ?, ?)", [f"to {ANN}", ANN.encode()])
        connection.execute("insert into events values (2, ?, null)", [f"to {JOANN}"])

    erased(company)

    with sqlite3.connect(home / "runs.db") as connection:
        assert connection.execute("select * from events").fetchall() == [
            (1, f"to {PSEUDONYM}", PSEUDONYM.encode()),
            (2, f"to {JOANN}", None),
        ]
    assert holders(company.project_dir) == []


def test_a_payroll_map_of_another_shape_loses_no_cell(company: Settings) -> None:
    company.payroll_map_path.write_text(
        f'payee_id,payee_name,payroll_id\n\np1,"Roe, Ann",E-1,{ANN},kept\np2,Joann\n'
    )

    erased(company)

    assert company.payroll_map_path.read_text().split() == [
        "payee_id,payee_name,payroll_id",
        f"p1,{PSEUDONYM},E-1,{ADDRESS},kept",
        "p2,Joann",
    ]


def test_nothing_is_erased_while_a_build_runs(company: Settings) -> None:
    with BuildLock(company), pytest.raises(BuildLocked):
        erased(company)


def test_where_no_version_can_be_replaced_nothing_is_begun(
    company: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(company.landing_dir)
    with monkeypatch.context() as patched:
        # As on a file system that does not know it.
        patched.setattr("orchestration.erasure.versions._EXCHANGE", 1 << 20)
        with pytest.raises(ErasureError, match="cannot change places in one step"):
            erased(company)

    assert everything(company.landing_dir) == before
    assert read_journal(company) is None
    assert company.build_file.exists()
    assert not list(company.versions_dir.glob("exchange*"))


def test_before_anything_is_published_what_landed_is_erased(company: Settings) -> None:
    shutil.rmtree(company.publish_dir)

    erased(company)

    assert holders(company.project_dir) == []


# Killed anywhere


def erasure_of(settings: Settings) -> Killable:
    """What was requested, done in a process of its own."""
    root = settings.project_dir
    return Killable(erase, settings, MANIFEST, root / "request.yml", watched=[root])


@pytest.mark.faults
def test_killed_at_any_step_it_is_finished_by_running_it_again(
    published: Settings, tmp_path: Path, at_full_length: bool
) -> None:
    whole = copy_of(published, tmp_path / "whole")
    count = erasure_of(whole).steps()
    wanted = comparable(whole)
    # Steps of reading are many; every so many of them, and each of the last, is died at.
    stride = 1 if at_full_length else max(1, count // ROUNDS)
    for step in range(1, count + 1, stride):
        company = copy_of(published, tmp_path / f"step-{step}")
        assert erasure_of(company).killed_at(step), step

        # Readers have the whole old version or the whole new one.
        version = current_version(company)
        with duckdb.connect(str(version.finance_file), read_only=True) as connection:
            for name, entry in version.manifest["marts"].items():
                assert entry["content_hash"] == content_hash(connection, name), step
        if read_journal(company):
            assert "was interrupted" in " ".join(check_landing(company, MANIFEST).problems), step
        erased(company)
        assert comparable(company) == wanted, step
        assert holders(company.project_dir) == [], step
        assert verify(company).findings == (), step
        shutil.rmtree(company.project_dir)


def comparable(settings: Settings) -> dict[str, Any]:
    """Every file, but what times and locks are; of DuckDB files, what is in them."""
    found: dict[str, Any] = {}
    for name, content in everything(settings.project_dir).items():
        if name.endswith((".lock", "erasures.jsonl", "landed_files.parquet")):
            continue
        found[name] = content
    for name in [n for n in found if n.endswith(".duckdb")]:
        with duckdb.connect(str(settings.project_dir / name), read_only=True) as connection:
            tables = connection.execute("select table_name from duckdb_tables()").fetchall()
            found[name] = {t: content_hash(connection, t) for (t,) in tables}
    return found


def test_another_request_waits_for_an_interrupted_one(
    company: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("orchestration.erasure.landed.add_change", die)
        with pytest.raises(OSError, match="full"):
            erased(company)
    other = company.project_dir / "other.yml"
    other.write_text(REQUEST.replace("007", "008").replace("Ann.Roe", "joann.roe"))
    with pytest.raises(ErasureError, match="ER-2026-007 was interrupted"):
        erase(company, MANIFEST, other)

    erased(company)
    assert holders(company.project_dir) == []
