"""What changed in the columns of a source: added ones are seen, and dropped ones are missed.

A file's columns are held against those of the files before it. A column that a table cannot do
without is no matter of this module: without it the landing check refuses the file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.landing.declared import SourceTable
from orchestration.landing.freshness import known_until
from orchestration.landing.landed_files import LandedFile

ADDED, GONE = "added", "gone"


@dataclass(frozen=True)
class ColumnChange:
    """A column that the newest file has and the first had not, or the other way round.

    `file_name` is the first file with the column that was added, and the last with the one that
    is gone.
    """

    source_name: str
    table_name: str
    column_name: str
    change: str
    file_name: str

    def __str__(self) -> str:
        """For a person: what changed, since when, what it means and what to do."""
        column = f"{self.source_name}/{self.table_name}: column '{self.column_name}'"
        if self.change == ADDED:
            return (
                f"{column} came with {self.file_name} and is not declared, so no model reads it. "
                "Declare it in the source YAML if one should."
            )
        return (
            f"{column} was last in {self.file_name} and is missing since, so newer rows have no "
            "value in it. Have the source send it again, or take it out of the source YAML."
        )


def column_changes(
    files: Iterable[LandedFile], tables: Iterable[SourceTable], dbt_vars: Mapping[str, Any]
) -> list[ColumnChange]:
    """What changed between the first and the newest file of each table, by table and column.

    An undeclared column that was there from the first file on is no change, nor is a declared one
    that comes later than others: it is read from then on.

    Args:
        files: what the landing check read.
        tables: what the source YAMLs declare.
        dbt_vars: the vars of the build; `as_of` bounds what had arrived.
    """
    until = known_until(dbt_vars)
    by_table: dict[tuple[str, str], list[LandedFile]] = {}
    for file in files:
        has_arrived = file.first_synced_at is not None
        if has_arrived and (until is None or file.first_synced_at <= until):
            by_table.setdefault((file.source_name, file.table_name), []).append(file)
    changes = []
    for table in tables:
        landed = by_table.get((table.source_name, table.table_name), [])
        changes += _changes_of(table, sorted(landed, key=lambda f: (f.last_synced_at, f.file_name)))
    return changes


def _changes_of(table: SourceTable, files: list[LandedFile]) -> list[ColumnChange]:
    """The changes of one table; its files in the order of their arrival."""
    if not files:
        return []
    names = [{name.lower() for name in file.column_names or ()} for file in files]
    declared = set(table.columns_by_name)
    added = dict.fromkeys(names[-1] - names[0] - declared, ADDED)
    gone = dict.fromkeys(declared & set().union(*names) - names[-1], GONE)
    return [
        ColumnChange(
            table.source_name, table.table_name, name, change, _file_of(name, change, files, names)
        )
        for name, change in sorted({**added, **gone}.items())
    ]


def _file_of(name: str, change: str, files: list[LandedFile], names: list[set[str]]) -> str:
    having = [file for file, columns in zip(files, names, strict=True) if name in columns]
    return having[0 if change == ADDED else -1].file_name
