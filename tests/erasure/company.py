"""A small company with two people in it, landed and published; Ann Roe asks to be erased.

Her address stands in every form in which it may: in capitals, inside other people's texts, in
rejected rows, in columns that nobody declares. What must stay is Joann's.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.candidate import build_file_state
from orchestration.landing import check_landing
from orchestration.publish import publish
from orchestration.settings import Settings

RUN = "0a1b2c3d"
ANN, JOANN = "ann.roe@x.example", "joann.roe@x.example"
# What must be found nowhere once she is erased.
HERS = (ANN, "Ann Roe", "+49 170 1234567", "I, Ann, am not happy")
REQUEST = """
request: ER-2026-007
requested_by: data protection officer
why: asked by letter
requested_on: 2026-04-20
person:
  email: Ann.Roe@x.example
"""


def source(source: str, table: str, person: dict[str, str], **columns: str) -> dict[str, Any]:
    """A declared table; what is personal of it is marked by `!`."""
    return {
        "source_name": source,
        "name": table,
        "config": {"meta": {"key": ["id"], "person": person}},
        "columns": {
            name: {
                "name": name,
                "data_type": data_type.rstrip("!"),
                "config": {"meta": {"pii": True} if data_type.endswith("!") else {}},
            }
            for name, data_type in {**columns, "_fivetran_synced": "timestamp"}.items()
        },
    }


def mart(name: str, person: dict[str, str], **columns: dict[str, Any]) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": "marts",
        "original_file_path": f"models/marts/core/{name}.sql",
        "description": f"What {name} is.",
        "config": {"meta": {"person": person} if person else {}, "materialized": "table"},
        "depends_on": {"nodes": []},
        "columns": {
            column: {"name": column, "description": f"The {column}.", "config": {"meta": meta}}
            for column, meta in columns.items()
        },
    }


PII, PERSONAL = {"pii": True}, {"personal": True}
MANIFEST = {
    "sources": {
        "source.q.crm.user": source(
            "crm", "user", {"user": "id"}, id="string", name="string!", email="string!"
        ),
        "source.q.crm.contact": source("crm", "contact", {"contact": "id"}, id="string"),
        "source.q.crm.deal": source("crm", "deal", {}, id="string", note="string", amount="double"),
        "source.q.survey.response": source(
            "survey", "response", {"response": "id"}, id="string", email="string!"
        ),
        "source.q.survey.answer": source(
            "survey",
            "answer",
            {"response": "response_id", "answer": "id"},
            id="string",
            response_id="string",
            text="string!",
        ),
    },
    "nodes": {
        "model.q.dim_people": mart(
            "dim_people",
            {"user": "person_id"},
            person_id={},
            person_name=PERSONAL,
            email=PII,
            manager_id={},
            manager_name={**PERSONAL, "person": {"user": "manager_id"}},
            count_total={},
        ),
        "model.q.fct_answers": mart(
            "fct_answers", {"answer": "answer_id"}, answer_id={}, comment=PII, score={}
        ),
        "model.q.fct_deals": mart("fct_deals", {}, deal_id={}, deal_amount={}),
        "model.q.quarantined_rows": mart(
            "quarantined_rows", {}, source_name={}, table_name={}, raw_content=PII
        ),
    },
}
MARTS = """
    create schema marts;
    create table marts.dim_people as
        select 'crm:u' || i as person_id, case i when 1 then 'Ann Roe' else 'Joann Roe' end
            as person_name, case i when 1 then 'ann.roe@x.example' else 'joann.roe@x.example' end
            as email, 'crm:u1' as manager_id, 'Ann Roe' as manager_name, 7::hugeint as count_total
        from range(1, 3) as people(i);
    create table marts.fct_answers as
        select 'survey:a' || i as answer_id, ['I, Ann, am not happy', 'as ann.roe@x.example said',
            'fine'][i] as comment, cast(i as decimal(18, 6)) as score
        from range(1, 4) as answers(i);
    create table marts.fct_deals as
        select 'crm:d' || i as deal_id, cast(i as decimal(18, 2)) as deal_amount
        from range(1000) as deals(i);
    create table marts.quarantined_rows as
        select 'crm' as source_name, 'user' as table_name, content as raw_content
        from (values
            ('{"id":"u1","name":"Ann Roe","email":"nobody","_fivetran_synced":"x"}'),
            ('{"id":"u2","name":"Joann Roe","email":"joann.roe@x.example"}')) as rejected(content);
"""


def batch(settings: Settings, table: str, file: str = "1", /, **columns: list[Any]) -> Path:
    """Land one file; every row arrives at the same time."""
    folder = settings.landing_dir / table
    folder.mkdir(parents=True, exist_ok=True)
    count = len(next(iter(columns.values())))
    rows = pa.table(
        {
            **columns,
            "_fivetran_synced": pa.array([datetime(2026, 4, 1)] * count, pa.timestamp("us")),
        }
    )
    path = folder / f"{file}.parquet"
    # Several row groups, and a mark in the footer, as files of connectors have.
    marked = rows.replace_schema_metadata({"quotamart.source_sha256": "a" * 64})
    pq.write_table(marked, path, row_group_size=2)
    return path


def company_in(folder: Path) -> Settings:
    """The company, built and published once."""
    settings = Settings.from_environment({}, project_dir=folder)
    batch(
        settings,
        "crm/user",
        id=["u1", "u2", "u1"],
        name=["Ann Roe", "Joann Roe", " "],
        email=["ANN.ROE@X.EXAMPLE ", JOANN, None],
        phone=["+49 170 1234567", "+49 170 7654321", None],
        logins=[5, 6, 7],
    )
    batch(
        settings,
        "crm/contact",
        id=["c1", "c2", "c3"],
        email=[ANN, JOANN, None],
        assistant_email=[None, ANN, None],
        last_name=["Roe, Ann Roe", "Joann Roe", None],
        tags=[["Ann Roe"], ["vip"], None],
    )
    batch(
        settings,
        "crm/deal",
        id=["d1", "d2"],
        note=[f"ask {ANN}, or {JOANN}", None],
        amount=[12.5, 99.25],
    )
    batch(settings, "survey/response", id=["r1", "r2"], email=[ANN, JOANN])
    batch(
        settings,
        "survey/answer",
        id=["a1", "a2", "a3"],
        response_id=["r1", "r2", "r2"],
        text=["I, Ann, am not happy", f"as {ANN} said", "fine"],
    )
    # A table that nobody declares.
    batch(settings, "crm/email_message", id=["m1"], to_address=[ANN])
    (folder / "dbt_project.yml").write_text("vars: {}\n", encoding="utf-8")
    settings.payroll_map_path.write_text(
        f"payee_id,payroll_id,payee_name,email\np1,E-1,Ann Roe,{ANN}\np2,E-2,Joann Roe,{JOANN}\n",
        encoding="utf-8",
    )
    settings.payroll_map_path.chmod(0o600)
    seeds = folder / "seeds" / "compensation"
    seeds.mkdir(parents=True)
    (seeds / "payees.csv").write_text("payee_id,user_id\np1,crm:u1\np2,crm:u2\n", encoding="utf-8")
    publish_build(settings)
    logs = folder / "logs"
    logs.mkdir()
    (logs / "dbt.log").write_text(f"could not send to {ANN.upper()}\n", encoding="utf-8")
    (folder / "request.yml").write_text(REQUEST, encoding="utf-8")
    return settings


def publish_build(settings: Settings) -> None:
    """Build anew and publish."""
    check_landing(settings, MANIFEST)
    settings.build_file.unlink(missing_ok=True)
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute(MARTS)
    candidate = {
        "run_id": RUN,
        "as_of": "2026-04-01T00:00:00Z",
        "cutoff_on": None,
        "git_commit": None,
        "vars": {},
        "finished_at": "2026-04-02T00:00:00+00:00",
        "build_file": build_file_state(settings),
        "dbt_results": [{"unique_id": "model.q.dim_people", "status": "success", "message": "OK"}],
    }
    settings.candidate_path.write_text(json.dumps(candidate), encoding="utf-8")
    publish(settings, MANIFEST, RUN, [])


def everything(root: Path) -> dict[str, bytes]:
    """Every file below a folder: its bytes, and what it holds once nothing is compressed."""
    found = {}
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.is_symlink() or path.name == "request.yml":
            continue
        content = path.read_bytes()
        if path.suffix == ".parquet" and b"broken" not in content:
            content += str(pq.read_table(path).to_pydict()).encode()
        elif path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as connection:
                names = connection.execute(
                    "select schema_name || '.' || table_name from duckdb_tables()"
                ).fetchall()
                for (name,) in names:
                    rows = connection.execute(f"from {name}").fetchall()
                    content += str(rows).encode()
        found[path.relative_to(root).as_posix()] = content
    return found


def holders(root: Path, values: tuple[str, ...] = HERS) -> list[str]:
    """The files that hold something of hers."""
    wanted = [value.lower().encode() for value in values]
    held = []
    for name, content in everything(root).items():
        # Joann's address ends like hers.
        plain = content.lower().replace(JOANN.encode(), b"").replace(b"joann roe", b"")
        if any(value in plain for value in wanted):
            held.append(name)
    return held
