"""What readers have: one whole version, told by opening every file of it."""

import json
from pathlib import Path

import duckdb

from orchestration.content_hash import content_hash
from orchestration.published import PublishedVersion

Hashes = dict[str, str]


def whole_version(publish_dir: Path) -> tuple[PublishedVersion, Hashes]:
    """The version that readers see, and the content of every mart as it was just read.

    Every file opens and holds what the manifest beside it says, and nothing else lies there.
    """
    folder = (publish_dir / "current").resolve(strict=True)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert folder == publish_dir / "versions" / manifest["version"]
    marts = manifest["marts"]
    public = {name: mart for name, mart in marts.items() if mart["audience"] == "marts"}
    files = {"manifest.json", "marts.duckdb", "finance.duckdb", "parquet"}
    files |= {mart["parquet"] for mart in public.values()}
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*")} == files

    hashes = {}
    with duckdb.connect() as connection:
        for audience in ("finance", "marts"):
            connection.execute(f"attach '{folder}/{audience}.duckdb' as {audience} (read_only)")
        for name, mart in marts.items():
            hashes[name] = content_hash(connection, f"finance.main.{name}")
            assert hashes[name] == mart["content_hash"], name
        for name, mart in public.items():
            for relation in (f"marts.main.{name}", f"'{folder}/{mart['parquet']}'"):
                rows = connection.execute(f"select count(*) from {relation}").fetchone()
                assert rows == (mart["rows"],), relation
                columns = connection.execute(f"describe select * from {relation}").fetchall()
                # Where a column is for finance alone, what is left has another hash.
                if {column for column, *_ in columns} == set(mart["columns"]):
                    assert content_hash(connection, relation) == hashes[name], relation
    return PublishedVersion(folder.name, folder, manifest), hashes


def no_leftovers(*folders: Path) -> bool:
    """Whether nothing that is half made, or half removed, lies in these folders."""
    return not [path for folder in folders for path in folder.rglob("*.tmp*")]
