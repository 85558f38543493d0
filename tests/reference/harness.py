"""Runs the project's compiled SQL on rows given in Python, in a DuckDB of its own.

Here belongs compiling the models once per set of vars and executing what dbt compiled,
from the input contract to the marts asked for. The SQL is opaque to this module: it reads
names, types and dependencies from dbt's manifest and knows nothing about any metric.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime, time
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import pyarrow
from filelock import FileLock

PROJECT_ROOT = next(
    folder for folder in Path(__file__).parents if (folder / "dbt_project.yml").exists()
)

Row = Mapping[str, object]


class CompiledProject:
    """The models between the input contract and some marts, compiled for some vars."""

    def __init__(
        self, manifest: Mapping, marts: Iterable[str], told: Iterable[str] = ("as_of",)
    ) -> None:
        """Take the nodes that `marts` need from a manifest that holds compiled SQL.

        The rows of the models `told` are given, too; so are those of seeds, sources and input.
        """
        self.told = frozenset(told)
        self.nodes = {
            key: node
            for key, node in {**manifest["nodes"], **manifest.get("sources", {})}.items()
            if node["resource_type"] in ("model", "seed", "source")
        }
        keys = {
            node["name"]: key
            for key, node in self.nodes.items()
            if node["resource_type"] != "source"
        }
        self.marts = {name: self.nodes[keys[name]] for name in marts}
        graph, open_keys = {}, [keys[name] for name in self.marts]
        while open_keys:
            key = open_keys.pop()
            if key in graph:
                continue
            parents = [] if self.is_given(key) else self.nodes[key]["depends_on"]["nodes"]
            graph[key] = [parent for parent in parents if parent in self.nodes]
            open_keys += graph[key]
        order = list(TopologicalSorter(graph).static_order())
        self.given = [self.nodes[key] for key in order if self.is_given(key)]
        self.computed = [
            self.nodes[key]
            for key in order
            if not self.is_given(key) and self.nodes[key]["config"]["materialized"] != "ephemeral"
        ]

    def narrowed(self, marts: Iterable[str], told: Iterable[str] = ("as_of",)) -> CompiledProject:
        """The same compiled models, as far as fewer marts need them."""
        return CompiledProject({"nodes": self.nodes}, marts, told)

    def is_given(self, key: str) -> bool:
        """Whether a node's rows are given rather than computed."""
        node = self.nodes[key]
        return (
            node["resource_type"] in ("seed", "source")
            or node["name"] in self.told
            or Path(node["original_file_path"]).parts[:2] == ("models", "input")
        )

    def run(
        self, rows: Mapping[str, Sequence[Row]], as_of_on: date
    ) -> dict[str, list[dict[str, object]]]:
        """The marts' rows for the given rows of input models and seeds.

        An input model without rows is empty; a seed without rows is the project's own file.
        """
        as_of = {"as_of": datetime.combine(as_of_on, time(4)), "as_of_on": as_of_on}
        rows = {**rows, "as_of": [as_of]}
        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            connection.execute("set TimeZone = 'UTC'")
            databases = {node["database"] for node in (*self.given, *self.computed)}
            for database in databases - {"memory"}:
                connection.execute(f"attach ':memory:' as \"{database}\"")
            for schema in sorted(
                {(node["database"], node["schema"]) for node in (*self.given, *self.computed)}
            ):
                connection.execute('create schema if not exists "{}"."{}"'.format(*schema))
            for node in self.given:
                create_given(connection, node, rows.get(node["name"]))
            for node in self.computed:
                create_computed(connection, node)
            return {
                name: dict_rows(connection.execute(f"from {node['relation_name']}"))
                for name, node in self.marts.items()
            }


def column_types(node: Mapping) -> dict[str, str]:
    """The declared type of each column of a model or seed, where one is declared."""
    if node["resource_type"] == "seed":
        return dict(node["config"]["column_types"])
    return {
        name: column["data_type"] for name, column in node["columns"].items() if column["data_type"]
    }


def create_given(
    connection: duckdb.DuckDBPyConnection, node: Mapping, rows: Sequence[Row] | None
) -> None:
    """Create the table of a given node and fill it; every value is cast from its text."""
    types = column_types(node)
    columns = ", ".join(f'"{name}" {data_type}' for name, data_type in types.items())
    connection.execute(f"create table {node['relation_name']} ({columns})")
    casts = ", ".join(f'cast("{name}" as {data_type})' for name, data_type in types.items())
    if rows is None and node["resource_type"] == "seed":
        path = PROJECT_ROOT / node["original_file_path"]
        connection.execute(
            f"insert into {node['relation_name']} select {casts} "
            "from read_csv(?, header = true, all_varchar = true)",
            [str(path)],
        )
    elif rows:
        texts = pyarrow.table(
            {
                name: pyarrow.array([as_text(row.get(name)) for row in rows], pyarrow.string())
                for name in types
            }
        )
        connection.register("given_rows", texts)
        connection.execute(f"insert into {node['relation_name']} select {casts} from given_rows")
        connection.unregister("given_rows")


def as_text(value: object) -> str | None:
    """A value as the text that DuckDB casts back to it."""
    return None if value is None else f"{value:f}" if hasattr(value, "quantize") else str(value)


def create_computed(connection: duckdb.DuckDBPyConnection, node: Mapping) -> None:
    """Create a model from its compiled SQL, with its contract's types where it has one."""
    relation, sql = node["relation_name"], node["compiled_code"]
    if node["config"]["contract"]["enforced"]:
        types = column_types(node)
        columns = ", ".join(f'"{name}" {data_type}' for name, data_type in types.items())
        names = ", ".join(f'"{name}"' for name in types)
        connection.execute(f"create table {relation} ({columns})")
        connection.execute(
            f"insert into {relation} ({names}) select {names} from (\n{sql}\n) as model"
        )
    else:
        connection.execute(f"create table {relation} as (\n{sql}\n)")


def dict_rows(result: duckdb.DuckDBPyConnection) -> list[dict[str, object]]:
    """All rows of a result by column name."""
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


class Compiler:
    """Compiles the project for one set of vars after another, ahead of who asks for it.

    A compile takes seconds and a second core has nothing else to do: what is announced is
    compiled in the background, in order, and `project` waits only for what is not ready.
    """

    def __init__(self, marts: Iterable[str], folder: Path | None = None) -> None:
        """Compile what `marts` need; what a folder holds of the same marts and vars is taken."""
        self.marts, self.folder = tuple(marts), folder
        self.worker = ThreadPoolExecutor(max_workers=1)
        self.announced: dict[str, Future[CompiledProject]] = {}

    def announce(self, dbt_vars: Mapping[str, object]) -> Future[CompiledProject]:
        """Have the project compiled for these vars, once."""
        text = json.dumps(dbt_vars, sort_keys=True)
        if text not in self.announced:
            self.announced[text] = self.worker.submit(self.compiled, text)
        return self.announced[text]

    def project(self, dbt_vars: Mapping[str, object]) -> CompiledProject:
        """The project compiled for these vars; RuntimeError where it does not compile."""
        return self.announce(dbt_vars).result()

    def compiled(self, dbt_vars: str) -> CompiledProject:
        """The project compiled for vars, a JSON text; by whichever module or worker asks first."""
        if self.folder is None:
            return CompiledProject(compiled_manifest(self.marts, dbt_vars), self.marts)
        self.folder.mkdir(parents=True, exist_ok=True)
        key = hashlib.sha256(json.dumps([sorted(self.marts), dbt_vars]).encode()).hexdigest()
        kept = self.folder / f"{key}.json"
        with FileLock(kept.with_suffix(".lock")):
            if not kept.exists():
                manifest = compiled_manifest(self.marts, dbt_vars)
                kept.write_text(json.dumps({name: manifest[name] for name in ("nodes", "sources")}))
        return CompiledProject(json.loads(kept.read_text()), self.marts)

    def close(self) -> None:
        """Forget what is announced and not begun."""
        self.worker.shutdown(cancel_futures=True)


def compiled_manifest(marts: tuple[str, ...], dbt_vars: str) -> Mapping:
    """dbt's manifest with the SQL of what marts need, compiled for vars, a JSON text.

    Raises RuntimeError with dbt's output where the project does not compile.
    """
    dbt = Path(sys.executable).with_name("dbt")
    with tempfile.TemporaryDirectory() as folder:
        command = [
            str(dbt),
            "compile",
            *("--target", "lint", "--vars", dbt_vars),
            *("--target-path", f"{folder}/target", "--log-path", f"{folder}/logs"),
            *("--select", *(f"+{name},resource_type:model" for name in marts)),
            "--quiet",
        ]
        finished = subprocess.run(
            command,
            cwd=PROJECT_ROOT,
            env={**os.environ, "DBT_NO_PRINT": "true"},
            capture_output=True,
            text=True,
            check=False,
        )
        if finished.returncode != 0:
            raise RuntimeError(f"dbt compile failed:\n{finished.stdout}\n{finished.stderr}")
        return json.loads((Path(folder) / "target" / "manifest.json").read_text())
