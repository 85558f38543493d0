"""The warehouse of the sample company against the company's own story, to the cent and the day.

Here staging, the Stripe adapters and the MRR models are judged together: from dirty landed files
they must find what the generator knows. What the story is worth is told in story_mrr.py. Other
settings and histories that no company has lived are test_mrr.py's.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from orchestration.sample import generate
from orchestration.sample.generator import MARKER
from orchestration.sample.narrator import Narrator
from orchestration.sample.times import FIRST_DAY, FULL_MONTHS, day_add_months
from tests.conftest import BIN, PROJECT, SAMPLE_SCALE, SAMPLE_SEED, environment_in

from .mrr import NOTHING
from .story_mrr import EPOCH, Holder, customer_id, month_balances, story_changes

# The full months and the one that is not over.
MONTH_STARTS = [
    EPOCH + timedelta(day_add_months(FIRST_DAY, month)) for month in range(FULL_MONTHS + 2)
]
TINY_SCALE = 0.02
Cell = tuple[str, str, date]  # customer_id, currency and day
Movement = tuple[Decimal, Decimal, Decimal]  # opening, net and closing
Changes = Mapping[Holder, Mapping[date, Decimal]]


@pytest.fixture(scope="module")
def changes() -> Changes:
    """The story's changes of MRR by customer and currency, then by day."""
    return story_changes(SAMPLE_SEED, SAMPLE_SCALE)


def test_every_month_end_is_what_the_story_says(built_warehouse: Path, changes: Changes):
    """No cell is missing on either side, and none differs by a cent."""
    told = told_months(changes)
    assert len(told) > 15_000
    assert not differences(told, modelled_months(built_warehouse))


def test_every_movement_is_what_the_story_says_on_its_day(built_warehouse: Path, changes: Changes):
    """Each day's opening, net and closing MRR."""
    told = told_movements(changes)
    assert len(told) > 2_000
    assert not differences(told, modelled_movements(built_warehouse))


def test_movements_sum_to_the_difference_between_month_ends(
    built_warehouse: Path, changes: Changes
):
    """Month by month, from the story's month ends alone."""
    told, months = Counter(), told_months(changes)
    for holder in changes:
        before = NOTHING
        for month_start in MONTH_STARTS[:-1]:
            balance = months.get((*holder, month_start), NOTHING)
            told[*holder, month_start] += balance - before
            before = balance
    modelled = Counter()
    for (*holder, day), (_, net, _) in modelled_movements(built_warehouse).items():
        modelled[*holder, day.replace(day=1)] += net
    assert not differences(without_zeros(told), without_zeros(modelled))


def test_the_landed_files_are_dirty_where_mrr_comes_from(sample_landing: Path):
    """Else the comparison would not show that dirt moves no cent."""
    dirt = json.loads((sample_landing / MARKER).read_text(encoding="utf-8"))["report"]["dirt"]
    found = {(kind, table) for kind, tables in dirt.items() for table in tables}
    assert found >= {
        ("repeated", "stripe.subscription_history"),
        ("repeated", "stripe.invoice_line_item"),
        ("late", "stripe.subscription_history"),
        ("late", "stripe.invoice_line_item"),
        ("negative_quantity", "stripe.subscription_item"),
        ("negative_quantity", "stripe.invoice_line_item"),
        ("unknown_currency", "stripe.invoice_line_item"),
        ("impossible_date", "stripe.discount"),
        ("impossible_date", "stripe.subscription_history"),
        ("missing_key", "stripe.customer"),
        ("soft_delete", "salesforce.account"),
    }


# -- planted faults --------------------------------------------------------------------


def raise_a_price_by_a_cent(landing: Path) -> set[str]:
    """Raise the price that most items have had; the subscriptions that have had it."""
    items = landed(landing, "subscription_item", ["plan_id", "subscription_id"])
    (chosen, _), *_ = Counter(items.column("plan_id").to_pylist()).most_common(1)
    for path in (landing / "stripe" / "price").glob("*.parquet"):
        prices = pq.read_table(path)
        amounts = prices.column("unit_amount")
        raised = pc.if_else(pc.equal(prices.column("id"), chosen), pc.add(amounts, 1), amounts)
        place = prices.schema.get_field_index("unit_amount")
        pq.write_table(prices.set_column(place, prices.schema.field(place), raised), path)
    lines = landed(landing, "invoice_line_item", ["plan_id", "subscription_id"])
    return {
        row["subscription_id"]
        for table in (items, lines)
        for row in table.to_pylist()
        if row["plan_id"] == chosen
    }


def lose_a_batch_of_invoice_lines(landing: Path) -> set[str]:
    """Lose a file from the middle; the subscriptions whose lines were in it."""
    files = sorted((landing / "stripe" / "invoice_line_item").glob("*.parquet"))
    lost = files[len(files) // 2]
    subscription_ids = set(pq.read_table(lost).column("subscription_id").to_pylist())
    lost.unlink()
    return subscription_ids


def landed(landing: Path, table: str, columns: list[str]) -> pa.Table:
    """All landed rows of a Stripe table."""
    paths = sorted((landing / "stripe" / table).glob("*.parquet"))
    return pa.concat_tables(pq.read_table(path, columns=columns) for path in paths)


@pytest.fixture(scope="module")
def tiny_landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A smaller company, for tests to copy."""
    folder = tmp_path_factory.mktemp("tiny") / "landing"
    generate(folder, TINY_SCALE, SAMPLE_SEED)
    return folder


@pytest.fixture
def broken_landing(tiny_landing: Path) -> Path:
    """A copy to break, always in the same place: dbt then need not parse everything again."""
    folder = tiny_landing.parent / "broken" / "landing"
    shutil.rmtree(folder, ignore_errors=True)
    return shutil.copytree(tiny_landing, folder)


@pytest.mark.parametrize("plant", [raise_a_price_by_a_cent, lose_a_batch_of_invoice_lines])
def test_a_planted_fault_is_found_where_it_is(plant, broken_landing: Path):
    """Some of the customers that it touches differ, and nobody else does."""
    touched = holders_of(plant(broken_landing), TINY_SCALE)
    warehouse = built_mrr(broken_landing)
    changes = story_changes(SAMPLE_SEED, TINY_SCALE)
    assert changes.keys() - touched
    for wrong in (
        differences(told_months(changes), modelled_months(warehouse)),
        differences(told_movements(changes), modelled_movements(warehouse)),
    ):
        assert wrong
        assert {cell[:2] for cell in wrong} <= touched


def holders_of(subscription_ids: set[str], scale: float) -> set[Holder]:
    """The customers, each with the currency, that the story gives MRR by these subscriptions."""
    narrator = Narrator(SAMPLE_SEED, scale)
    stories = (narrator.story(index) for index in range(narrator.people.count))
    return {
        (customer_id(story.customer), subscription.plan.currency.upper())
        for story in stories
        for subscription in story.ledger.subscriptions
        if subscription.id in subscription_ids
    }


def built_mrr(landing: Path) -> Path:
    """The build file with MRR and what it needs, beside the landing folder; nothing tested."""
    environment = environment_in(landing.parent, landing)
    built = subprocess.run(
        [
            str(BIN / "dbt"),
            *("--no-use-colors", "build", "--resource-type", "model", "--resource-type", "seed"),
            *("--select", "+fct_mrr_movements", "+fct_mrr_by_customer_month"),
        ],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout[-5_000:]
    return Path(environment["QUOTAMART_WAREHOUSE"]) / "quotamart.duckdb"


# -- both sides by customer, currency and day -------------------------------------------


def told_months(changes: Changes) -> dict[Cell, Decimal]:
    """The story's MRR by customer, currency and month."""
    return {
        (*holder, month_start): balance
        for holder, by_day in changes.items()
        for month_start, balance in month_balances(by_day, MONTH_STARTS).items()
    }


def told_movements(changes: Changes) -> dict[Cell, Movement]:
    """The story's opening, net and closing MRR of each day on which it changes."""
    movements = {}
    for holder, by_day in changes.items():
        balance = NOTHING
        for day, change in sorted(by_day.items()):
            movements[*holder, day] = balance, change, balance + change
            balance += change
    return movements


def modelled_months(warehouse: Path) -> dict[Cell, Decimal]:
    """The mart's MRR by customer, currency and month."""
    rows = selected(
        warehouse,
        "customer_id, currency, month_start, mrr_amount from marts.fct_mrr_by_customer_month",
    )
    return {row[:3]: row[3] for row in rows}


def modelled_movements(warehouse: Path) -> dict[Cell, Movement]:
    """The mart's movements; a transfer between products alone moves no MRR."""
    rows = selected(
        warehouse,
        "customer_id, currency, occurred_on, opening_mrr_amount, mrr_amount, closing_mrr_amount "
        "from marts.fct_mrr_movements where mrr_amount <> 0",
    )
    return {row[:3]: row[3:] for row in rows}


def selected(warehouse: Path, columns: str) -> list[tuple]:
    """All rows of a mart."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(f"select {columns}").fetchall()


def without_zeros(amounts: Mapping[Cell, Decimal]) -> dict[Cell, Decimal]:
    """The cells that are not 0."""
    return {cell: amount for cell, amount in amounts.items() if amount}


def differences(told: Mapping[Cell, object], modelled: Mapping[Cell, object]) -> dict:
    """The cells of either side that are not the same on the other: (story, mart)."""
    return {
        cell: (told.get(cell), modelled.get(cell))
        for cell in sorted(told.keys() | modelled.keys())
        if told.get(cell) != modelled.get(cell)
    }
