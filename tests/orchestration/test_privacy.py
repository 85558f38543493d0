"""Where personal values, pay and secrets are after a build, and where they must not be.

The company is that of `published_copy`: canaries in its personal columns and in the environment,
built under a umask that forbids nothing. How marts are split is in test_publish, on made-up marts.
"""

import json
import re
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.blanking import blank_file, without_values
from orchestration.content_hash import content_hash
from tests.documented_modes import assert_modes, documented_modes
from tests.orchestration import canaries
from tests.orchestration.conftest import Copy, once_more

ALL = (canaries.PRIVATE, canaries.NAME, canaries.UNDECLARED, canaries.SECRET)
# What holds personal values by design, for finance alone.
HOLDERS = ("landing/", "warehouse/quotamart.duckdb")
FINANCE = "finance.duckdb"
# The project itself, copied; nothing in it is written by a build.
CODE = ("macros/", "models/", "orchestration/", "seeds/", "tests/")


def written(copy: Copy) -> Iterator[tuple[str, Path]]:
    """Every file that a build wrote, by its path in the copy."""
    for path in sorted(copy.root.rglob("*")):
        name = path.relative_to(copy.root).as_posix()
        if path.is_file() and not path.is_symlink() and not name.startswith(CODE):
            yield name, path


def content(path: Path) -> bytes:
    """The bytes of a file, and what it holds once nothing is compressed."""
    found = [path.read_bytes()]
    if path.suffix == ".parquet":
        found.append(str(pq.read_table(path).to_pydict()).encode())
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where not internal"
            ).fetchall()
            for schema, table in tables:
                rows = connection.execute(f'select * from "{schema}"."{table}"').fetchall()
                found.append(str(rows).encode())
    elif found[0].startswith(b"SQLite format 3"):
        with sqlite3.connect(path) as connection:
            found += [line.encode() for line in connection.iterdump()]
    return b"\n".join(found)


def named(found: bytes) -> set[str]:
    return {canary for canary in ALL if canary.encode() in found}


@pytest.fixture(scope="module")
def places(published_copy: Copy) -> dict[str, set[str]]:
    """The canaries in every file that the build wrote."""
    return {name: named(content(path)) for name, path in written(published_copy)}


def test_personal_values_are_where_they_belong_and_nowhere_else(
    places: dict[str, set[str]],
) -> None:
    """Logs, Dagster's storage, dbt's artifacts, Data Docs, manifests, records, what was told."""
    holders = {name for name, found in places.items() if found}
    marts = {name for name in holders if name.endswith(("marts.duckdb", ".parquet"))}
    wrong = {
        name: places[name]
        for name in holders
        if not name.startswith(HOLDERS)
        and not name.endswith(FINANCE)
        # Colleagues are called by their names, in the marts alone.
        and not (name in marts and places[name] == {canaries.NAME})
    }
    assert wrong == {}
    kinds = ("logs/", "dagster/", "target/", "warehouse/data_docs/", "told.txt")
    for kind in (*kinds, "warehouse/candidate.json", "publish/versions/"):
        assert any(name.startswith(kind) for name in places), kind


def test_every_canary_would_be_found(places: dict[str, set[str]], published_copy: Copy) -> None:
    """The search above proves nothing unless each kind is found where it does belong."""
    finance = next(found for name, found in places.items() if name.endswith(FINANCE))
    marts = next(found for name, found in places.items() if name.endswith("marts.duckdb"))
    assert finance == {canaries.PRIVATE, canaries.NAME}
    assert marts == {canaries.NAME}
    assert any(
        canaries.NAME in found
        for name, found in places.items()
        if name.endswith("dim_users.parquet")
    )
    contacts = [found for name, found in places.items() if "salesforce/contact/" in name]
    assert any(canaries.UNDECLARED in found for found in contacts)
    assert places["warehouse/quotamart.duckdb"] >= {canaries.PRIVATE, canaries.NAME}
    with duckdb.connect(str(published_copy.publish / "current" / FINANCE), read_only=True) as file:
        (rejected,) = file.execute(
            f"select count(*) from quarantined_rows where raw_content like '%{canaries.PRIVATE}%'"
        ).fetchone()
    assert rejected, "no rejected row holds a personal value"


def columns_of(file: Path) -> set[tuple[str, str]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        found = connection.execute(
            "select table_name, column_name from duckdb_columns() where not internal"
        )
        return set(found.fetchall())


def test_each_audience_gets_the_columns_that_the_models_declare_for_it(
    published_copy: Copy,
) -> None:
    """Over every mart of the manifest, in DuckDB and Parquet alike."""
    manifest = json.loads((published_copy.root / "target" / "manifest.json").read_text("utf-8"))
    open_to_all, private = set(), set()
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["original_file_path"].startswith(
            "models/marts"
        ):
            for name, column in node["columns"].items():
                meta = column["config"]["meta"]
                is_private = node["config"]["meta"].get("audience") == "finance" or (
                    meta.get("pii") or meta.get("pay")
                )
                (private if is_private else open_to_all).add((node["name"], name))
    current = published_copy.publish / "current"
    parquet = {
        (path.stem, name)
        for path in (current / "parquet").iterdir()
        for name in pq.read_schema(path).names
    }
    assert len(private) > 100
    assert columns_of(current / "marts.duckdb") == open_to_all
    assert parquet == open_to_all
    assert columns_of(current / FINANCE) == open_to_all | private


def places_of_pay(folder: Path) -> Iterator[str]:
    """Where the planted amount stands, in whichever type."""
    for file in sorted(folder.glob("*.duckdb")):
        with duckdb.connect(str(file), read_only=True) as connection:
            columns = connection.execute(
                "select table_name, column_name from duckdb_columns() where not internal"
            ).fetchall()
            for table, column in columns:
                (count,) = connection.execute(
                    f'select count(*) from "{table}" where'
                    f" regexp_matches(cast(\"{column}\" as varchar), '(^|[^0-9]){canaries.PAY}')"
                ).fetchone()
                if count:
                    yield f"{file.name} {table}.{column}"
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            values = [v for column in pq.read_table(path).columns for v in column.to_pylist()]
            if Decimal(canaries.PAY) in values or canaries.PAY in values:
                yield path.name
        elif path.is_file() and canaries.PAY in path.read_text("utf-8", errors="ignore"):
            yield path.name


def test_an_individuals_pay_is_in_finances_file_alone(published_copy: Copy) -> None:
    places = list(places_of_pay(published_copy.publish / "current"))

    assert any(place.startswith(f"{FINANCE} fct_payout_entitlements") for place in places)
    assert [place for place in places if not place.startswith(FINANCE)] == []


def test_what_a_build_writes_has_the_mode_that_is_documented(published_copy: Copy) -> None:
    """What closes, payroll and erasures write is looked at where they are tested."""
    modes = documented_modes()
    elsewhere = ("ledger", "pay")
    assert_modes(
        published_copy.root, {p: mode for p, mode in modes.items() if not p.startswith(elsewhere)}
    )


def test_nobody_else_reads_what_is_not_for_everybody(published_copy: Copy) -> None:
    """Also of what the table does not name: under a umask of 000, no file is open by oversight."""
    for name, path in written(published_copy):
        is_open = name.startswith("publish/versions/") and path.name != FINANCE
        # Planted by the test, not written by a build.
        if is_open or name.startswith(("landing/", "dagster/dagster.yaml", "told.txt")):
            continue
        if path.parent == published_copy.root:
            continue
        closed = any(
            not stat.S_IMODE(place.stat().st_mode) & 0o077
            for place in (path, *path.parents)
            if place.is_relative_to(published_copy.root) and place != published_copy.root
        )
        assert closed, f"{name} can be read by everybody"


@pytest.mark.parametrize("file", ["landing", "payroll_map.csv"])
def test_what_a_command_makes_is_its_owners_under_any_umask(file: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    made = Copy(tmp_path / "elsewhere").quotamart(
        "sample",
        "--scale",
        "0.002",
        "--compensation",
        str(tmp_path / "seeds"),
        umask=0,
        QUOTAMART_LANDING=str(tmp_path / "landing"),
        QUOTAMART_PAYROLL_MAP=str(tmp_path / "payroll_map.csv"),
    )

    assert made.returncode == 0, made.stdout
    place = tmp_path / file
    for path in (place, *place.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_failing_build_tells_no_value(published_part: Copy, tmp_path: Path) -> None:
    """An engine quotes the value that it failed at; dbt, Dagster and this project hand it on."""
    copy = once_more(published_part, tmp_path)
    staged = copy.root / "models" / "staging" / "salesforce" / "stg_salesforce__user.sql"
    text = staged.read_text(encoding="utf-8")
    plain = "nullif(lower(trim(email)), '') as email"
    assert plain in text
    staged.write_text(text.replace(plain, "cast(cast(email as int) as string) as email"))
    (copy.root / "tests" / "data" / "assert_nobody_has_mail.sql").write_text(
        "{{ config(store_failures=true) }}\n"
        "select email from {{ ref('stg_stripe__customer') }} where email is not null\n"
    )
    home = copy.root / "dagster"
    home.mkdir()
    shutil.copy(copy.root / "dagster.yaml", home)

    failed = copy.quotamart("build", **canaries.SECRETS, DAGSTER_HOME=str(home))

    assert failed.returncode == 1
    assert re.search(r"Could not convert string '[Aa9. ]+@[Aa9.]+", failed.stdout), failed.stdout
    assert "assert_nobody_has_mail" in failed.stdout
    (copy.root / "told.txt").write_text(failed.stdout, encoding="utf-8")
    values = [canaries.SECRET.encode(), *(email.encode() for email in emails(copy))]
    told = [
        name
        for name, path in written(copy)
        if not name.startswith((*HOLDERS, "publish/")) and any(v in content(path) for v in values)
    ]
    assert told == []
    kept = {name for name, _ in written(copy)}
    assert {"logs/build.log", "logs/dbt.log", "target/build/run_results.json"} <= kept


def emails(copy: Copy) -> set[str]:
    files = [
        *copy.landing.glob("salesforce/user/*.parquet"),
        *copy.landing.glob("stripe/customer/*"),
    ]
    return {v for file in files for v in pq.read_table(file)["email"].to_pylist() if v}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Conversion Error: Could not convert string 'Ann 7' to INT32", "string 'Aaa 9' to INT32"),
        ('Conversion Error: invalid date field format: "O\'Neil", expected', '"A\'Aaaa", expected'),
        ('Constraint Error: duplicate key "ann@x.example"', 'duplicate key "aaa@a.aaaaaaa"'),
        ("Catalog Error: Table with name 'deals' does not exist", "name 'deals' does not"),
        ("Got 12 results, configured to fail if != 0", "Got 12 results"),
    ],
)
def test_values_in_errors_are_shown_by_their_form(said: str, kept: str, tmp_path: Path) -> None:
    assert kept in without_values(f"{said}\nLINE 1: select 'x'")
    assert "LINE 1: select 'x'" in without_values(f"{said}\nLINE 1: select 'x'")
    results = tmp_path / "run_results.json"
    results.write_text(json.dumps({"results": [{"message": f"{said}\n'x'", "status": "error"}]}))
    blank_file(results)
    ((message, status),) = [
        (found["message"], found["status"]) for found in json.loads(results.read_text())["results"]
    ]
    assert (kept in message, message.endswith("\n'x'"), status) == (True, True, "error")


@pytest.mark.faults
def test_after_an_erasure_a_build_gives_the_same_figures(
    published_copy: Copy, tmp_path: Path, at_full_length: bool
) -> None:
    """Of a manager, and of respondents who are linked to customers by their address."""
    if not at_full_length:
        pytest.skip("a whole build more: `make test-faults` does it")
    copy = once_more(published_copy, tmp_path)
    before = figures(copy.publish / "current")
    hers = addresses_that_link(copy)
    manager = pq.read_table(copy.landing / "salesforce" / "user")["manager_id"].to_pylist()[-1]
    request = copy.root / "request.yml"
    person = {"email": hers, "user": manager}
    text = {"request": "ER-1", "requested_by": "dpo", "why": "asked", "person": person}
    request.write_text(f"{json.dumps(text)[:-1]}, requested_on: 2026-04-20}}\n", encoding="utf-8")

    erased = copy.quotamart("erase", str(request))
    assert erased.returncode == 0, erased.stdout
    built = copy.quotamart("build")
    assert built.returncode == 0, built.stdout

    assert figures(copy.publish / "current") == before
    left = [
        name
        for name, path in written(copy)
        if name != "request.yml" and any(each.encode() in content(path) for each in hers)
    ]
    assert left == []
    again = copy.quotamart("erase", str(request))
    assert "Nothing is left" in again.stdout


def addresses_that_link(copy: Copy) -> list[str]:
    """Addresses of customers from which surveys were answered."""
    customers = pq.read_table(copy.landing / "stripe" / "customer")["email"].to_pylist()
    answered = pq.read_table(copy.landing / "qualtrics" / "survey_response")["recipient_email"]
    found = sorted({*customers} & {*answered.to_pylist()} - {None})[:5]
    assert len(found) == 5
    return found


def figures(version: Path) -> dict[str, str]:
    """The content of every mart, without names, contact data and which bytes had landed."""
    personal = {
        "dim_customers": ["customer_name"],
        "dim_users": ["user_name", "email", "manager_name"],
        "fct_survey_responses": ["comment"],
        "landed_files": ["content_sha256", "size_bytes"],
        "quarantined_rows": ["raw_content"],
    }
    with duckdb.connect(str(version / FINANCE), read_only=True) as connection:
        marts = [
            name
            for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()
        ]
        return {
            name: content_hash(
                connection,
                f"(select * exclude ({', '.join(personal[name])}) from {name})"
                if name in personal
                else name,
            )
            for name in marts
        }
