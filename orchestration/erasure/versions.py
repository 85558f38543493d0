"""Published versions without the person: the same marts, rows and order, other cells.

A version never changes, but for this. It is written anew beside the old one, whole, and the two
folders change places in one step: a reader sees the one or the other, and whoever has a file open
goes on reading it.
"""

import ctypes
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.content_hash import content_hash
from orchestration.erasure.cells import Declared, Person, erased
from orchestration.erasure.landed import Place
from orchestration.erasure.register import Change, add_change, requests_between
from orchestration.erasure.request import ErasureError, Request
from orchestration.files import OPEN_FILE, written_whole
from orchestration.mart_files import STORAGE_VERSION, Column, copy_to_parquet
from orchestration.publish import UNFINISHED, open_to_readers, sync_tree, versions
from orchestration.published import FINANCE_FILE, MARTS_FILE
from orchestration.settings import Settings

QUARANTINE = "quarantined_rows"
_HERE, _EXCHANGE = -100, 2
_ROW = "quotamart_row"


class Eraser:
    """Takes a person out of the tables of a version.

    Args:
        person: as the sources know them; rejected rows are theirs.
        in_marts: as the input contract does.
        marts: what is declared of each mart; `sources` of each source table.
    """

    def __init__(
        self,
        person: Person,
        in_marts: Person,
        marts: Mapping[str, Declared],
        sources: Mapping[str, Declared],
    ) -> None:
        self._person = person
        self._in_marts = in_marts
        self._marts = marts
        self._sources = sources
        self._known = {*person.own, *(each for ids in person.ids.values() for each in ids)}

    def changed_cells(
        self, connection: duckdb.DuckDBPyConnection, database: str, table: str
    ) -> pa.Table | None:
        """Rows by their place and every text column of theirs as it becomes; None without any."""
        described = connection.execute(f"describe {database}.main.{_quoted(table)}").fetchall()
        texts = [name for name, kind, *_ in described if kind == "VARCHAR"]
        if not texts:
            return None
        names = ", ".join(map(_quoted, texts))
        rows = connection.sql(
            f"select {names}, rowid as {_ROW} from {database}.main.{_quoted(table)} order by rowid"
        ).to_arrow_table()
        places, found = rows.column(_ROW), rows.drop_columns([_ROW])
        after = erased(found, self._marts.get(table, Declared()), self._in_marts)
        if table == QUARANTINE and "raw_content" in texts:
            after = self._without_raw_content(after)
        if after is found or after.equals(found):
            return None
        pairs = zip(found.to_pylist(), after.to_pylist(), strict=True)
        differing = pa.array([n for n, (old, new) in enumerate(pairs) if old != new], pa.int64())
        return after.append_column(_ROW, places).take(differing)

    def _without_raw_content(self, rows: pa.Table) -> pa.Table:
        """A rejected row's content is the landed row as JSON: its columns are judged as there."""
        raw = [self._rejected(row) for row in rows.to_pylist()]
        position = rows.schema.get_field_index("raw_content")
        return rows.set_column(position, "raw_content", pa.array(raw, pa.string()))

    def _rejected(self, row: Mapping[str, Any]) -> str | None:
        text = row["raw_content"]
        declared = self._sources.get(f"{row['source_name']}/{row['table_name']}")
        # Most rejected rows are other people's: they are not taken apart.
        is_known = text and any(known.lower() in text.lower() for known in self._known)
        if not (is_known and declared and declared.person):
            return text
        content = json.loads(text)
        texts = {k: v for k, v in content.items() if isinstance(v, str)}
        before = pa.table({name: pa.array([value], pa.string()) for name, value in texts.items()})
        after = erased(before, declared, self._person)
        if after is before:
            return text
        return json.dumps(content | after.to_pylist()[0], ensure_ascii=False, separators=(",", ":"))


def erase_versions(
    settings: Settings, request: Request, eraser: Eraser, person: Person, write: bool
) -> Iterator[Place]:
    """Take the person out of every version that is kept; or only say where they are."""
    for folder in versions(settings):
        found = _tables_of_person(folder, eraser)
        if found and write:
            _rewrite(settings, request, folder, eraser, person, found)
        for table, rows in found.items():
            yield Place(f"publish/versions/{folder.name}/{table}", rows)


def replace_landed_hashes(settings: Settings, changes: list[Change]) -> None:
    """Have each manifest name the landed files by what they are now, and say by which request."""
    for folder in versions(settings):
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        found = set()
        for file in manifest["landed_files"]:
            current = settings.landing_dir / file["path"]
            place = f"landing/{file['path']}"
            new = next((c.new for c in reversed(changes) if c.place == place), None)
            if new is None or new == file["sha256"] or not current.is_file():
                continue
            if requests := requests_between(changes, place, file["sha256"], new):
                file |= {"sha256": new, "size_bytes": current.stat().st_size}
                found.update(requests)
        if found:
            _note(manifest, found)
            _replace_manifest(folder, manifest)


def _tables_of_person(folder: Path, eraser: Eraser) -> dict[str, int]:
    with duckdb.connect() as connection:
        connection.execute(f"attach {_literal(folder / FINANCE_FILE)} as old (read_only)")
        cells = {
            name: eraser.changed_cells(connection, "old", name) for name in _tables(connection)
        }
    return {name: len(rows) for name, rows in cells.items() if rows is not None}


def _rewrite(
    settings: Settings,
    request: Request,
    folder: Path,
    eraser: Eraser,
    person: Person,
    changed: Mapping[str, int],
) -> None:
    new = folder.with_name(f"{folder.name}{UNFINISHED}erased")
    new.mkdir(mode=0o700)
    shutil.copytree(folder / "parquet", new / "parquet")
    manifest = json.loads(person.swept((folder / "manifest.json").read_text(encoding="utf-8")))
    for file in (FINANCE_FILE, MARTS_FILE):
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"set temp_directory = {_literal(new / '.spilled')}")
            connection.execute(f"attach {_literal(folder / file)} as old (read_only)")
            connection.execute(
                f"attach {_literal(new / file)} as new (storage_version '{STORAGE_VERSION}')"
            )
            for table in _tables(connection):
                _copy_table(connection, table, eraser)
                entry = manifest["marts"][table]
                if file == FINANCE_FILE and table in changed:
                    place = f"publish/versions/{folder.name}/{table}"
                    before = entry["content_hash"]
                    after = content_hash(connection, f"new.main.{_quoted(table)}")
                    add_change(settings, request.name, request.requested_on, place, before, after)
                    entry["content_hash"] = after
                if file == MARTS_FILE and table in changed and entry["parquet"]:
                    relation = f"new.main.{_quoted(table)}"
                    described = connection.execute(f"describe {relation}").fetchall()
                    columns = [Column(name, data_type) for name, data_type, *_ in described]
                    copy_to_parquet(connection, relation, columns, new / entry["parquet"])
            connection.execute("checkpoint new")
            connection.execute("detach new")
    shutil.rmtree(new / ".spilled", ignore_errors=True)
    _note(manifest, {request.name})
    (new / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    open_to_readers(new)
    sync_tree(new)
    _exchange(folder, new)
    shutil.rmtree(new)


def _copy_table(connection: duckdb.DuckDBPyConnection, table: str, eraser: Eraser) -> None:
    """A table with its rows in order, its descriptions, and the person's cells replaced."""
    source, target = f"old.main.{_quoted(table)}", f"new.main.{_quoted(table)}"
    cells = eraser.changed_cells(connection, "old", table)
    if cells is None:
        connection.execute(f"create table {target} as select * from {source} order by rowid")
    else:
        connection.register("cells", cells)
        replaced = ", ".join(
            f"case when cells.{_ROW} is null then rows.{_quoted(name)}"
            f" else cells.{_quoted(name)} end as {_quoted(name)}"
            for name in cells.column_names
            if name != _ROW
        )
        connection.execute(
            f"create table {target} as select rows.* replace ({replaced}) from {source} as rows"
            f" left join cells on rows.rowid = cells.{_ROW} order by rows.rowid"
        )
        connection.unregister("cells")
    comments = connection.execute(
        "select null, comment from duckdb_tables() where database_name = 'old' and table_name = $1"
        " union all select column_name, comment from duckdb_columns()"
        " where database_name = 'old' and table_name = $1",
        [table],
    ).fetchall()
    for column, comment in comments:
        if comment:
            what = f"column {target}.{_quoted(column)}" if column else f"table {target}"
            connection.execute(f"comment on {what} is {_literal(comment)}")


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute(
        "select table_name from duckdb_tables() where database_name = 'old' order by table_name"
    )
    return [name for (name,) in found.fetchall()]


def _note(manifest: dict[str, Any], requests: set[str]) -> None:
    manifest["erasures"] = sorted({*manifest.get("erasures", []), *requests})


def _replace_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    with written_whole(folder / "manifest.json") as temporary:
        temporary.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        temporary.chmod(OPEN_FILE)


def refuse_where_folders_cannot_change_places(settings: Settings) -> None:
    """Try it on two empty folders beside the versions, before anything is erased.

    Raises:
        ErasureError: the file system cannot do it.
    """
    if not versions(settings):
        return
    pair = [settings.versions_dir / f"exchange{UNFINISHED}{name}" for name in ("a", "b")]
    for folder in pair:
        folder.mkdir(mode=0o700)
    try:
        _exchange(*pair)
    finally:
        for folder in pair:
            folder.rmdir()


def _exchange(first: Path, second: Path) -> None:
    """Have two folders change places, in one step of the operating system.

    Raises:
        ErasureError: it cannot.
    """
    system = ctypes.CDLL(None, use_errno=True)
    try:
        failed = system.renameat2(_HERE, os.fsencode(first), _HERE, os.fsencode(second), _EXCHANGE)
    except AttributeError:
        failed, why = True, "no renameat2 here"
    else:
        why = os.strerror(ctypes.get_errno())
    if failed:
        raise ErasureError(
            f"Folders in {first.parent} cannot change places in one step ({why}), so no version "
            "can be replaced and nothing was erased: the file system must be one of Linux' own, "
            "such as ext4, xfs or btrfs. Move the publish folder to one, QUOTAMART_PUBLISH with it."
        )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str | Path) -> str:
    return "'" + str(text).replace("'", "''") + "'"
