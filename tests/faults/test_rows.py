"""Thousands of rows with one thing wrong: each is set aside with its reason, or comes out right.

The oracle is roles.py and rows.py, which know what was exchanged; the SQL is asked only what it
made of it. `FUZZ_SEED` in the environment draws other values.
"""

import csv
import os
import random
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.landing import check_landing
from orchestration.settings import Settings
from tests.conftest import PROJECT
from tests.faults.conftest import Company, declared_schema
from tests.faults.judge import Judge, Judged
from tests.faults.roles import ROLES
from tests.faults.rows import (
    ARRIVAL,
    DELETED,
    EITHER,
    SET_ASIDE,
    STAGED,
    SUPERSEDED,
    Mutation,
    Row,
    as_table,
    explains,
    mutations,
    versions,
)

SEED = os.environ.get("FUZZ_SEED", "1")
# What was exchanged, the good row and the later version of it.
Pair = tuple[Mutation, Row, Row]
BUCKETS = {"staged", "quarantined", "superseded", "later", "deleted"}
# An older arrival may lie before a time that the row speaks of.
ALLOWED = {EITHER: (STAGED, SET_ASIDE), SUPERSEDED: (SUPERSEDED, SET_ASIDE)}
GOOD, BAD = "a_good.parquet", "b_mutated.parquet"
with (PROJECT / "seeds" / "reference" / "currencies.csv").open(encoding="utf-8") as stream:
    MINOR_UNIT_DIGITS = {
        row["currency_code"]: int(row["minor_unit_digits"]) for row in csv.DictReader(stream)
    }


class Trial:
    """One table's mutations, judged together."""

    def __init__(self, company: Company, judge: Judge, table: str, folder: Path) -> None:
        self.judge, self.table, self.folder = judge, company.tables[table], folder / table
        self.folder.mkdir(parents=True)
        self.manifest = company.only(table)
        landed = company.rows(table)
        judged = judge.judge(table, company.files(table))
        self.rows = [
            landed[place] for place, (bucket, _) in sorted(judged.rows.items()) if bucket == STAGED
        ]
        assert len(judged.rows) == len(landed)
        assert self.rows

    def complaints(
        self, planned: Sequence[Mutation], edit: tuple[str, str] = ("", "")
    ) -> list[str]:
        """What did not become of the mutated rows what must."""
        return self._halved(
            list(zip(planned, *versions(self.table, self.rows, planned), strict=True)), edit
        )

    def _halved(self, pairs: Sequence[Pair], edit: tuple[str, str]) -> list[str]:
        """Judge all at once, and by halves where an engine ends with an error of its own."""
        try:
            return self._complaints(pairs, edit)
        except duckdb.Error as error:
            if len(pairs) == 1:
                return [f"{pairs[0][0]}: ends in an engine's own error: {error}"]
        half = len(pairs) // 2
        return self._halved(pairs[:half], edit) + self._halved(pairs[half:], edit)

    def _complaints(self, pairs: Sequence[Pair], edit: tuple[str, str]) -> list[str]:
        schema = declared_schema(self.table)
        files = [self.folder / GOOD, self.folder / BAD]
        for file, position in zip(files, (1, 2), strict=True):
            pq.write_table(as_table([pair[position] for pair in pairs], schema), file)
        before = self.judge.judge(self.table.name, files[:1], edit)
        after = self.judge.judge(self.table.name, files, edit)
        landed = {(file.name, row) for file in files for row in range(len(pairs))}
        found = []
        if after.row_count != len(landed) or set(after.rows) != landed:
            found.append(f"{self.table.name}: {len(landed)} rows landed, {after.row_count} judged")
        buckets = [bucket for bucket, _ in after.rows.values()]
        if set(buckets) - BUCKETS or buckets.count(STAGED) < after.staged_count:
            found.append(f"{self.table.name}: buckets are {set(buckets)}")
        for number, pair in enumerate(pairs):
            fault = self._fault(pair, number, before, after)
            if fault:
                found.append(f"{pair[0]}: {fault}")
        return found

    def _fault(self, pair: Pair, number: int, before: Judged, after: Judged) -> str | None:
        mutation, _, mutated = pair
        good, bad = (GOOD, number), (BAD, number)
        bucket, reason = after.rows.get(bad, ("lost", None))
        stood = before.rows[good][0]
        stands = after.rows.get(good, ("lost", None))[0]
        if stood != STAGED:
            return f"the good row is {before.rows[good]}"
        if bucket not in ALLOWED.get(mutation.expected, (mutation.expected,)):
            return f"is {bucket} ({reason}), must be {mutation.expected}"
        if bucket == SET_ASIDE and not re.search(mutation.reason or ".", reason or ""):
            return f"was set aside as {reason}"
        if bucket in (STAGED, DELETED):
            if stands != SUPERSEDED:
                return f"took effect, and the version before it is {stands}"
            if bucket == DELETED or not before.staged:
                return None
            return self._difference(mutation, mutated, before.staged[good], after.staged.get(bad))
        if stands != STAGED or after.staged.get(good) != before.staged.get(good):
            return f"is {bucket}, and the version before it does not stand as it was ({stands})"
        return None

    def _difference(
        self, mutation: Mutation, mutated: Row, before: Row, after: Row | None
    ) -> str | None:
        """What a version that took effect changed beside its cell."""
        if after is None:
            return "is staged and not in the staging model"
        # Staging reads single keys of JSON, and of an arrival makes times that are ours.
        if mutation.column in ("metadata", ARRIVAL):
            return None
        changed = {
            name: value
            for name, value in after.items()
            if value != before[name] and name != "arrived_at"
        }
        value = mutated[mutation.column]
        digits = self._minor_unit_digits(mutation, mutated)
        if mutation.kind == "value" and len(changed) != 1:
            return f"changed {changed}"
        strange = {k: v for k, v in changed.items() if not explains(value, v, digits)}
        return f"changed {strange}" if strange else None

    def _minor_unit_digits(self, mutation: Mutation, row: Row) -> int:
        role, _ = ROLES[self.table.name].get(mutation.column, ("", False))
        if self.table.source_name != "stripe" or role not in ("amount", "signed"):
            return 0
        return MINOR_UNIT_DIGITS[row["currency"].upper()]


@pytest.mark.faults
@pytest.mark.parametrize("table", sorted(ROLES))
def test_a_mutated_row_is_set_aside_or_right(
    company: Company, judge: Judge, tmp_path: Path, at_full_length: bool, table: str
) -> None:
    rng = random.Random(f"{SEED} {table}")
    planned = mutations(company.tables[table], rng)
    if not at_full_length:
        planned = of_every_kind(planned, rng)
    trial = Trial(company, judge, table, tmp_path)
    complaints = trial.complaints(planned)
    assert not complaints, "\n".join([f"FUZZ_SEED={SEED}", *complaints])
    # None of them is a matter of the file, whose check would have kept the row from being judged.
    assert not landing_problems(trial)


def of_every_kind(planned: Sequence[Mutation], rng: random.Random) -> list[Mutation]:
    """One mutation of every kind."""
    shuffled = rng.sample(planned, len(planned))
    return list({mutation.kind: mutation for mutation in shuffled}.values())


def landing_problems(trial: Trial) -> tuple[str, ...]:
    root = trial.folder.parents[1]
    settings = Settings.from_environment({"QUOTAMART_LANDING": str(root)}, project_dir=root)
    return check_landing(settings, trial.manifest).problems


def test_every_table_is_mutated_by_the_thousand(company: Company) -> None:
    """Roles name columns that exist, and there are more than a thousand different mutations."""
    assert set(ROLES) == set(company.tables)
    for name, roles in ROLES.items():
        assert set(roles) <= {column.name for column in company.tables[name].columns}, name
    planned = {
        str(mutation)
        for table in company.tables.values()
        for mutation in mutations(table, random.Random(SEED))
    }
    assert len(planned) >= 1000


@pytest.mark.parametrize(
    ("table", "edit"),
    [
        ("stripe/charge", ("then 'implausible_created'", "then null")),
        ("stripe/invoice", ("then 'implausible_amount'", "then null")),
        ("stripe/refund", ("currencies.minor_unit_digits,", "0 as minor_unit_digits,")),
        ("salesforce/contract", ("then 'unknown_currency'", "then null")),
        ("salesforce/opportunity", ("then 'amount_not_in_cents'", "then null")),
        ("salesforce/opportunity_split", ("then 'missing_user'", "then null")),
        ("salesforce/task", ("_fivetran_synced desc nulls", "_fivetran_synced asc nulls")),
        ("salesforce/lead", ("is_later, reject_reason is null", "is_later")),
        ("salesforce/user", ("when version_rank > 1 then", "when false then")),
        ("qualtrics/survey_response", ("\nfrom ranked", "\nfrom ranked where not is_later")),
        ("flat_finance/gross_margin", ("then 'gross_margin_is_no_share'", "then null")),
        ("flat_projects/delivery", ("then 'accepted_on_is_no_date'", "then null")),
        ("flat_usage/product_usage", ("when is_later then 'later'", "when false then 'later'")),
    ],
)
def test_a_bug_in_the_judgement_is_found(
    company: Company, judge: Judge, tmp_path: Path, table: str, edit: tuple[str, str]
) -> None:
    planned = mutations(company.tables[table], random.Random(f"{SEED} {table}"))
    assert Trial(company, judge, table, tmp_path).complaints(planned, edit)
