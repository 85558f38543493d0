"""Draws as the sample's closes settled them, computed a second time from the ledger alone."""

import csv
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pyarrow.parquet as pq

from orchestration.ledger.book import FINAL, read_book
from orchestration.settings import Settings
from tests.conftest import PROJECT

SEEDS = PROJECT / "seeds" / "compensation"
CENT, NOTHING = Decimal("0.01"), Decimal(0)


def read(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_close_of_the_sample_settles_its_draws_on_what_its_month_posts(
    sample_ledger: Path,
) -> None:
    """One currency has cents in the sample's draws, and those of a payee share no component."""
    book = read_book(Settings.from_environment({"QUOTAMART_LEDGER": str(sample_ledger)}))
    covered = defaultdict(set)
    for row in read("draw_components"):
        covered[row["draw_id"]].add(row["component_code"])
    posted, expected = {}, {}
    balances: dict[str, Decimal] = defaultdict(Decimal)
    for period in sorted({file.period_start for file in book.files if file.kind == FINAL}):
        lines = [
            line
            for file in book.files
            if file.period_start == period
            for line in pq.read_table(file.lines_path).to_pylist()
        ]
        posted |= {
            (period, line["basis_key"], line["part"]): line["amount"]
            for line in lines
            if line["part"] in ("advance", "recovery")
        }
        for draw in read("draws"):
            base = sum(
                (
                    line["amount"]
                    for line in lines
                    if line["payee_id"] == draw["payee_id"]
                    and line["component_code"] in covered[draw["draw_id"]]
                ),
                NOTHING,
            )
            start, end = map(date.fromisoformat, (draw["valid_from"], draw["valid_to"]))
            amount = Decimal(draw["amount"]) if start <= period < end else NOTHING
            advance = max(NOTHING, amount - max(base, NOTHING))
            taken = NOTHING
            if draw["is_recoverable"] == "true":
                share = max(NOTHING, base - amount) * Decimal(draw["recovery_rate"])
                taken = min(balances[draw["draw_id"]], share.quantize(CENT, ROUND_HALF_UP))
                balances[draw["draw_id"]] += advance - taken
            key = f"draw:{draw['draw_id']}:{period}"
            expected |= {(period, key, "advance"): advance, (period, key, "recovery"): -taken}

    assert posted == {key: amount for key, amount in expected.items() if amount}
    assert {part for _, _, part in posted} == {"advance", "recovery"}
    assert any(balance > 0 for balance in balances.values())
