"""A year of closes in which sources are late: in the end everybody is paid what is right.

Here belongs the replay: twelve months are closed one after the other on what is known by then, and
what was posted is compared with one computation that knew everything from the beginning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

import pytest

from ..harness import CompiledProject, Row
from .compiled import PayCompiler
from .inventor import invented, invented_world
from .lateness import Known, known_by_month
from .periods import add_months
from .rows import PayRows, PaySettings
from .test_agreement import SHARED, table_of

MARTS = (
    "fct_pending_postings",
    "fct_payout_entitlements",
    "fct_payouts_by_payee_period",
    "fct_draw_balances",
)
SETTINGS = PaySettings(date(2025, 3, 31), date(2025, 6, 20))
MONTHS = [add_months(date(2024, 4, 1), month) for month in range(12)]
COMPANIES = 60
KEY = ("payee_id", "component_code", "basis_key", "part", "earning_period_start", "currency")
OF_DRAWS = ("advance", "recovery")
REASONS = {
    *("earned", "release", "clawback", "true_up", "source_change", "late_arrival"),
    *("rule_change", "exchange_rate", "adjustment", "draw"),
}


@pytest.fixture(scope="module")
def project(compiled_folder):
    """The models from the input contract to what is posted."""
    compiler = PayCompiler(compiled_folder)
    yield compiler.for_year(SETTINGS.fiscal_year_start_month).narrowed(MARTS)
    compiler.close()


@pytest.mark.parametrize("seed", range(3))
def test_a_year_of_late_sources_pays_what_perfect_knowledge_pays(project, seed):
    random = Random(seed)
    world = invented_world(random)
    companies = [
        invented(random.randrange(2**32), str(place), SETTINGS, world).rows
        for place in range(COMPANIES)
    ]
    known = [known_by_month(rows, MONTHS, random) for rows in companies]

    ledger = replayed(project, [[one[month] for one in known] for month in range(len(MONTHS))])
    perfect = project.run(
        tables(project, [Known(rows, ()) for rows in companies], MONTHS[-1], []),
        SETTINGS.as_of_on,
    )

    should_be = {
        tuple(row[column] for column in KEY): row["amount"]
        for row in perfect["fct_payout_entitlements"]
        if row["part"] not in OF_DRAWS
    }
    posted: dict[tuple, Decimal] = defaultdict(Decimal)
    for line in ledger:
        if line["part"] not in OF_DRAWS:
            posted[tuple(line[column] for column in KEY)] += line["amount"]
    assert {key: amount for key, amount in posted.items() if amount} == should_be
    # Else the year was not late enough to prove anything.
    reasons = {line["reason"] for line in ledger}
    assert reasons <= REASONS
    assert {"earned", "late_arrival", "source_change", "release"} <= reasons
    assert all(line["earning_period_start"] <= line["posting_period_start"] for line in ledger)
    assert_paid(project, known, ledger, should_be)


def replayed(project: CompiledProject, months: Sequence[Sequence[Known]]) -> list[Row]:
    """The lines of a year's ledger, each month closed on what is known by then."""
    ledger: list[Row] = []
    for sequence, (month, known) in enumerate(zip(MONTHS, months, strict=True), start=1):
        found = project.run(tables(project, known, month, ledger), SETTINGS.as_of_on)
        fingerprints = {
            tuple(row[column] for column in KEY): row for row in found["fct_payout_entitlements"]
        }
        for row in found["fct_pending_postings"]:
            if row["pending_amount"]:
                key = tuple(row[column] for column in KEY)
                line = {**fingerprints.get(key, {}), **row, "amount": row["pending_amount"]}
                ledger.append({**line, "sequence": sequence})
    return ledger


def assert_paid(
    project: CompiledProject,
    known: Sequence[Sequence[Known]],
    ledger: Sequence[Row],
    should_be: Mapping[tuple, Decimal],
) -> None:
    """What went out and is carried, less what draws are still owed, is what is right."""
    after = add_months(MONTHS[-1], 1)
    found = project.run(
        tables(project, [one[-1] for one in known], after, ledger), SETTINGS.as_of_on
    )
    paid: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    carried: dict[tuple[str, str], Decimal] = {}
    for row in sorted(
        found["fct_payouts_by_payee_period"], key=lambda row: row["posting_period_start"]
    ):
        key = (row["payee_id"], row["currency"])
        paid[key] += row["payable_amount"]
        carried[key] = row["carried_out_amount"]
    owed: dict[tuple[str, str, str], Decimal] = {}
    for row in sorted(found["fct_draw_balances"], key=lambda row: row["posting_period_start"]):
        key = (row["payee_id"], row["currency"])
        owed[(*key, row["draw_id"])] = row["closing_balance_amount"]
        if not row["is_recoverable"]:
            paid[key] -= row["advance_amount"]
    for key, amount in carried.items():
        paid[key] += amount
    for (*key, _), amount in owed.items():
        paid[tuple(key)] -= amount
    right: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for key, amount in should_be.items():
        right[key[0], key[5]] += amount
    assert {key: amount for key, amount in paid.items() if amount} == {
        key: amount for key, amount in right.items() if amount
    }


def tables(
    project: CompiledProject, known: Sequence[Known], month: date, ledger: Sequence[Row]
) -> dict[str, list[dict[str, object]]]:
    """The rows that are given to the models, while a month is the oldest open one."""
    found: dict[str, list[dict[str, object]]] = {}
    for node in project.given:
        name = table_of(node)
        if name in PayRows._fields:
            some = known[:1] if name in SHARED else known
            found[node["name"]] = [row._asdict() for one in some for row in getattr(one.rows, name)]
    deleted = [
        {"entity": entity, "row_id": row_id, "known_row_key": f"{entity}|{row_id}"}
        for one in known
        for entity, row_id in one.deleted
    ]
    closes = [
        {
            "sequence": sequence,
            "kind": "final" if sequence else "opening",
            "period_start": closed,
            "cutoff_on": add_months(closed, 1) - timedelta(days=1),
            "as_of": datetime.combine(add_months(closed, 1), time(4)),
            "line_count": 0,
        }
        for sequence, closed in enumerate((add_months(MONTHS[0], -1), *MONTHS))
        if closed < month
    ]
    return {
        **found,
        "input_known_rows": deleted,
        "ledger_closes": closes,
        "ledger_lines": list(ledger),
    }
