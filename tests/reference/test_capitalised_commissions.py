"""Capitalised commissions against a second method, on invented postings.

The second method goes month by month through one asset, in plain decimals, as docs/accounting.md
says; it knows nothing of the SQL. Whether the SQL finds the right period of benefit is asked too.
"""

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from .harness import CompiledProject
from .pay.compiled import PayCompiler

MART = "fct_capitalised_commissions_by_contract_month"
TOLD = {
    "int_incentive_events": {
        "event_key": "varchar",
        "reversed_event_key": "varchar",
        "event_type": "varchar",
        "occurred_on": "date",
        "contract_id": "varchar",
        "product_line": "varchar",
    },
    "int_contracts_linked": {"contract_id": "varchar", "contract_months": "int"},
}
CENT, NOTHING = Decimal("0.01"), Decimal(0)
FIRST, MONTHS = date(2023, 1, 1), 40
ON_COST = {"p1": Decimal("0.28"), "p2": NOTHING}
# Months of benefit by event type; None: as long as the contract.
BENEFIT = {"booking": 36, "mrr_expansion": 18, "renewal": None, "invoice": 12}
Flows = tuple[Decimal, ...]


class Posting(NamedTuple):
    """What a close added to an event's pay."""

    month: int
    part: str
    payee: str
    amount: Decimal


class Asset(NamedTuple):
    """An event with its contract, and all that was posted for it."""

    number: int
    event_type: str
    start: int
    term: int
    lost: int | None
    postings: tuple[Posting, ...]

    @property
    def months(self) -> int:
        return BENEFIT[self.event_type] or self.term


def month(number: int) -> date:
    years, rest = divmod(number, 12)
    return date(FIRST.year + years, rest + 1, 1)


def to_cents(exact: Fraction) -> Decimal:
    """Half away from zero."""
    cents = Decimal(exact.numerator * 100) / Decimal(exact.denominator)
    return cents.quantize(Decimal(1), ROUND_HALF_UP) * CENT


def invented(rng: Random, number: int) -> Asset:
    start = rng.randrange(30)
    postings = []
    when = start
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        when = min(when + rng.choice((0, 0, 1, 2, 6)), MONTHS - 1)
        payee = rng.choice(("p1", "p2"))
        amount = Decimal(rng.randrange(1, 3_000_000)) * CENT
        postings.append(Posting(when, "earned", payee, amount))
        if rng.random() < 0.4:
            later = min(when + rng.randrange(8), MONTHS - 1)
            taken = -(amount * rng.randrange(1, 110) / 100).quantize(CENT)
            postings.append(Posting(later, "clawback", payee, taken))
    lost = start + rng.randrange(30) if rng.random() < 0.3 else None
    event_type = rng.choice(sorted(BENEFIT))
    return Asset(number, event_type, start, rng.choice((6, 12, 13, 24)), lost, tuple(postings))


def expected(asset: Asset) -> dict[date, Flows]:
    """Opening, capitalised, clawed back, amortised, written off and closing by month."""
    if asset.months <= 12:
        return {}
    rows: dict[date, Flows] = {}
    cost = opening = NOTHING
    taken: list[tuple[Decimal, int]] = []
    for number in range(min(posting.month for posting in asset.postings), MONTHS):
        added = clawed = NOTHING
        for posting in asset.postings:
            if posting.month == number:
                with_on_cost = posting.amount + to_cents(
                    Fraction(posting.amount) * Fraction(ON_COST[posting.payee])
                )
                added += with_on_cost if posting.part == "earned" else NOTHING
                clawed -= with_on_cost if posting.part == "clawback" else NOTHING
        cost += added
        to_come = asset.months - min(asset.months, number - asset.start + 1)
        left = to_cents(Fraction(cost) * to_come / asset.months)
        left -= sum(
            (to_cents(Fraction(amount) * to_come / then) for amount, then in taken), NOTHING
        )
        left = max(left, NOTHING)
        is_lost = asset.lost is not None and asset.lost < number
        if clawed and to_come:
            taken.append((clawed, to_come))
        from_asset = NOTHING if is_lost or not to_come else min(clawed, left)
        amortised = NOTHING if is_lost else opening + added - left
        remaining = opening + added - amortised - from_asset
        written_off = remaining if asset.lost is not None and asset.lost <= number else NOTHING
        closing = remaining - written_off
        flows = (opening, added, from_asset, amortised, written_off, closing)
        if any(flows):
            rows[month(number)] = flows
        opening = closing
    return rows


@pytest.fixture(scope="module")
def project(compiled_folder: Path) -> CompiledProject:
    compiler = PayCompiler(compiled_folder)
    compiled = compiler.for_year(1)
    compiler.close()
    for node in compiled.nodes.values():
        if node["name"] in TOLD:
            node["columns"] = {
                name: {"data_type": data_type} for name, data_type in TOLD[node["name"]].items()
            }
    return compiled.narrowed([MART], TOLD)


def found(project: CompiledProject, assets: list[Asset]) -> dict[str, dict[date, Flows]]:
    events, contracts, lines = [], [], []
    for asset in assets:
        key, contract = f"{asset.event_type}:{asset.number}", f"k{asset.number}"
        contracts.append({"contract_id": contract, "contract_months": asset.term})
        own = {"event_type": asset.event_type, "contract_id": contract}
        events.append({"event_key": key, "occurred_on": month(asset.start).replace(day=28), **own})
        if asset.lost is not None:
            churn = {"event_type": "mrr_churn", "contract_id": contract}
            lost_on = month(asset.lost).replace(day=28)
            events.append({"event_key": f"mrr:{contract}", "occurred_on": lost_on, **churn})
        lines += [
            {
                "sequence": posting.month + 1,
                "posting_period_start": month(posting.month),
                "payee_id": posting.payee,
                "component_code": "commission",
                "basis_key": key,
                "part": posting.part,
                "earning_period_start": month(asset.start),
                "currency": "CNY",
                "amount": posting.amount,
            }
            for posting in asset.postings
        ]
    rates = {"valid_from": FIRST}
    tables = {
        "ledger_lines": lines,
        "ledger_closes": [
            {"sequence": number + 1, "kind": "final", "period_start": month(number)}
            for number in range(MONTHS)
        ],
        "int_incentive_events": events,
        "int_contracts_linked": contracts,
        "benefit_periods": [
            {
                "event_type": event_type,
                "benefit_months": months or 6,
                "is_renewal_commensurate": months is None,
            }
            for event_type, months in BENEFIT.items()
        ],
        "on_cost_rates": [{"payee_type": "employee", "on_cost_rate": ON_COST["p1"], **rates}],
        "payees": [
            {"payee_id": "p1", "payee_type": "employee"},
            {"payee_id": "p2", "payee_type": "partner"},
        ],
        "plan_components": [{"component_code": "commission", "is_incremental": True}],
    }
    by_contract: dict[str, dict[date, Flows]] = defaultdict(dict)
    for row in project.run(tables, month(MONTHS))[MART]:
        flows = tuple(
            row[f"{step}_amount"]
            for step in (
                *("opening", "capitalised", "clawed_back"),
                *("amortised", "written_off", "closing"),
            )
        )
        by_contract[row["contract_key"]][row["month_start"]] = flows
    return dict(by_contract)


@pytest.mark.parametrize("seed", range(3))
def test_capitalised_commissions_agree_with_the_second_method(
    project: CompiledProject, seed: int
) -> None:
    rng = Random(seed)
    assets = [invented(rng, number) for number in range(400)]
    rows = found(project, assets)
    should = {f"k{asset.number}": expected(asset) for asset in assets}
    for asset in assets:
        key = f"k{asset.number}"
        assert rows.get(key, {}) == should[key], asset
    steps = [flows for of_asset in should.values() for flows in of_asset.values()]
    # Every kind of flow was there to be wrong.
    assert all(any(flows[step] for flows in steps) for step in range(6))
