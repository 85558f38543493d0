"""docs/comp-plans.md to the letter: its rows pass the check, its cases come to what it says."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from orchestration.compensation import check_plans
from orchestration.compensation.folder import compensation_seeds
from orchestration.compensation.tables import Table, read_table
from orchestration.dbt_project import project_vars
from orchestration.settings import Settings
from tests.conftest import PROJECT
from tests.reference.mrr import Contract
from tests.reference.pay.engine import Pay
from tests.reference.pay.modes import per_unit
from tests.reference.pay.money import total
from tests.reference.pay.periods import window_of
from tests.reference.pay.rows import (
    ClawbackRule,
    CreditRule,
    Deal,
    Draw,
    OpportunitySplit,
    Payee,
    PayeeAssignment,
    PayoutCap,
    PayRows,
    PaySettings,
    Plan,
    PlanComponent,
    Quota,
    RateTier,
)
from tests.reference.pay.settlement import settled
from tests.reference.pay.test_examples import billed, subscription

DOCUMENT = PROJECT / "docs" / "comp-plans.md"
BLOCK = re.compile(
    r"^`(seeds/compensation/\w+\.csv)`\n\n```csv\n(.*?)^```$", re.DOTALL | re.MULTILINE
)
QUARTER = PaySettings(date(2026, 3, 31), date(2026, 4, 10))
ROWS = {
    "payees": Payee,
    "payee_assignments": PayeeAssignment,
    "plans": Plan,
    "plan_components": PlanComponent,
    "rate_tiers": RateTier,
    "clawback_rules": ClawbackRule,
    "credit_rules": CreditRule,
    "quotas": Quota,
    "payout_caps": PayoutCap,
    "draws": Draw,
}


@pytest.fixture(scope="module")
def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def written(text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the document's rows: blocks of one file, one after the other."""
    folder = tmp_path_factory.mktemp("document")
    yaml = "_compensation__seeds.yml"
    (folder / yaml).write_bytes((PROJECT / "seeds" / "compensation" / yaml).read_bytes())
    for name in compensation_seeds(Settings.from_environment({})):
        path = f"seeds/compensation/{name}.csv"
        blocks = [block.splitlines() for found, block in BLOCK.findall(text) if found == path]
        own = (PROJECT / path).read_text(encoding="utf-8").splitlines()[0]
        assert {block[0] for block in blocks} <= {own}, f"another header than {path} has"
        rows = [row for block in blocks for row in block[1:]]
        (folder / f"{name}.csv").write_text("\n".join([own, *rows, ""]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def seeds(written: Path) -> Mapping[str, Table]:
    """The rows, typed."""
    declared = compensation_seeds(Settings.from_environment({}))
    return {name: read_table(seed, written / seed.file)[0] for name, seed in declared.items()}


@pytest.fixture(scope="module")
def rules(seeds: Mapping[str, Table]) -> Mapping[str, list]:
    """The rows, as the second engine takes them."""
    return {name: [kind(**row.values) for row in seeds[name]] for name, kind in ROWS.items()}


def tables(text: str, first_columns: str) -> Iterator[list[list[str]]]:
    """The rows of every table whose header begins so; the header itself is left out."""
    for part in text.split(f"\n| {first_columns} |")[1:]:
        lines = part.split("\n\n")[0].splitlines()[2:]
        yield [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def test_the_rows_of_all_plans_pass_the_check(written: Path, tmp_path: Path) -> None:
    places = {"QUOTAMART_COMPENSATION": str(written), "QUOTAMART_LEDGER": str(tmp_path)}
    settings = Settings.from_environment(places)
    assert check_plans(settings, project_vars(settings)).problems == ()


def test_ten_plans_are_shown(text: str) -> None:
    numbers = re.findall(r"^### (\d+)\. ", text, re.MULTILINE)
    assert numbers == [str(number) for number in range(1, 11)]


def test_every_seed_and_column_is_explained_with_an_example_that_can_be_read(
    text: str, tmp_path: Path
) -> None:
    for name, seed in compensation_seeds(Settings.from_environment({})).items():
        section = text.split(f"\n### {name}\n")[1].split("\n### ")[0]
        rows = next(tables(section, "column"))
        columns = [row[0].strip("`") for row in rows]
        assert columns == [column.name for column in seed.columns], name
        examples = [row[1].strip("`").replace("\\|", "|") for row in rows]
        assert all(row[2] for row in rows)
        path = tmp_path / seed.file
        path.write_text(f"{','.join(columns)}\n{','.join(examples)}\n", encoding="utf-8")
        table, findings = read_table(seed, path)
        assert (len(table.rows), findings) == (1, [])


def test_every_value_of_a_list_is_named(text: str) -> None:
    for name, seed in compensation_seeds(Settings.from_environment({})).items():
        section = text.split(f"\n### {name}\n")[1].split("\n### ")[0]
        modes = text.split("\n## Modes\n")[1].split("\n## ")[0]
        for column in seed.columns:
            where = modes if column.name == "mode" else section
            missing = [value for value in column.accepted if f"`{value}`" not in where]
            assert not missing, f"{name}.{column.name}: {missing}"


def test_every_deal_pays_what_is_said(text: str, rules: Mapping[str, list]) -> None:
    told = [row for rows in tables(text, "day | deal") for row in rows]
    deals, splits, expected = {}, [], {}
    users = {payee.payee_id: payee.user_id for payee in rules["payees"]}
    for day, name, size, credited, pays in told:
        deals[name] = Deal(f"crm:{name}", "crm:account", date.fromisoformat(day), amount(size))
        payee_id, share = credited.split(" ", 1)
        if share != "manager":
            percent, kind = re.fullmatch(r"(\d+) %( overlay)?", share).groups()
            split = OpportunitySplit(
                *(f"crm:{name}{len(splits)}", f"crm:{name}", users[payee_id]),
                *(Decimal(percent) / 100, "overlay" if kind else "revenue"),
            )
            splits.append(split)
        if pays:
            expected[f"crm:{name}", payee_id] = amount(pays)
    rows = PayRows(**rules, opportunities=list(deals.values()), opportunity_splits=splits)

    lines = Pay(rows, QUARTER).lines

    found = {
        (line.basis_key.removeprefix("booking:"), line.payee_id): line.capped_amount
        for line in lines
    }
    assert found == expected
    assert len(deals) > 15


def test_what_is_paid_of_earlier_deals_is_trued_up(text: str, rules: Mapping[str, list]) -> None:
    user = next(p.user_id for p in rules["payees"] if p.payee_id == "p11")
    deal = Deal("crm:M", "crm:account", date(2026, 1, 10), Decimal(120_000))
    split = OpportunitySplit("crm:s", "crm:M", user, Decimal(1))
    rows = PayRows(**rules, opportunities=[deal], opportunity_splits=[split])
    (line,) = Pay(rows, PaySettings(date(2026, 1, 31), date(2026, 2, 10))).lines
    assert f"= {line.capped_amount:,} in January" in text


def test_the_draw_is_settled_as_said(text: str, rules: Mapping[str, list]) -> None:
    ((*months,),) = tables(text, "month | posts | advance")
    (draw,) = rules["draws"]
    balance = Decimal(0)
    for _, posts, advance, recovery, left, paid in months:
        result = settled(draw, amount(posts), balance)
        balance += result.advance - result.recovery
        assert (result.advance, result.recovery) == (amount(advance), amount(recovery))
        assert balance == amount(left)
        assert amount(posts) + result.advance - result.recovery == amount(paid)
    assert len(months) == 3


def test_units_pay_as_said(text: str, rules: Mapping[str, list]) -> None:
    ((*sales,),) = tables(text, "day | units")
    (component,) = (c for c in rules["plan_components"] if c.mode == "per_unit")
    before: dict[str, Fraction] = {}
    for day, units, to_date, hundreds, _, pays in sales:
        reached = before.get(day[:7], Fraction(0)) + Fraction(units)
        paid = per_unit(component, before.get(day[:7], Fraction(0)), reached, Fraction(1))
        assert (reached, reached // 100, paid) == (int(to_date), int(hundreds), amount(pays))
        before[day[:7]] = reached
    fractions = per_unit(
        component._replace(is_pro_rata=True), Fraction(0), Fraction(310), Fraction(1)
    )
    assert f"would pay {fractions}.00" in text


def test_cash_and_churn_leave_what_is_said(text: str, rules: Mapping[str, list]) -> None:
    ((*dates,),) = tables(text, "as of | paid")
    user = next(p.user_id for p in rules["payees"] if p.payee_id == "p10")
    contract = Contract(
        "test:contract 0",
        account_id="test:account",
        opportunity_id="test:deal 0",
        service_start_on=date(2026, 1, 1),
        contract_months=12,
        amount=Decimal("60000.00"),
        currency="CNY",
    )
    deal = Deal(
        *("test:deal 0", "test:account", date(2026, 1, 1), Decimal("60000.00")),
        contract_id=contract.contract_id,
    )
    rows = PayRows(
        **rules,
        opportunities=[deal],
        opportunity_splits=[OpportunitySplit("test:split", "test:deal 0", user, Decimal(1))],
        **billed(contract, 4, 1),
        **subscription(["test:contract 0"], [("5000", date(2026, 1, 1), date(2026, 6, 1))]),
    )
    posted = Decimal(0)
    for day, _, released, _, due, posts in dates:
        cutoff = window_of("month", date.fromisoformat(day)).end
        pay = Pay(rows, PaySettings(cutoff, date(2026, 7, 10)))
        (line,) = (line for line in pay.lines if line.payee_id == "p10")
        entitled = total(
            one.amount for key, one in pay.entitlements.items() if key.payee_id == "p10"
        )
        assert line.capped_amount * line.released.numerator / line.released.denominator == amount(
            released
        )
        assert (entitled, entitled - posted) == (amount(due), amount(posts))
        posted = entitled
    assert len(dates) == 2
