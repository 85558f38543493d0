"""The models of pay against the second method, on thousands of invented companies.

Here belongs the comparison, row by row and to the cent, of what the models make of a batch of
companies with what the engine makes of each. What the right answer is stands in the modules of
this folder and in test_examples.py. A batch goes through the compiled SQL in one run, because a
run costs about the same for one company as for two hundred.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import md5
from itertools import groupby
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..harness import CompiledProject
from ..test_mrr import Told, checked
from ..test_retention import differences
from .compiled import PayCompiler
from .engine import Pay
from .inventor import InventedCompany, invented, invented_world
from .lines import Line
from .money import NOTHING
from .periods import add_months
from .profit import CustomerYear
from .rows import LONG_AGO, PayRows, PaySettings
from .settlement import draw_entitlements

COMPANIES_IN_A_BATCH = 240
BATCHES = 5
# Rows that all companies of a batch have in common.
SHARED = ("credit_rules", "exchange_rates", "products", "gross_margins")
SETTINGS = (
    PaySettings(date(2025, 3, 31), date(2025, 6, 20)),
    PaySettings(date(2024, 2, 29), date(2024, 3, 10), 2),
    PaySettings(date(2025, 6, 30), date(2025, 6, 20), 4),
)


class Batch(NamedTuple):
    """Companies of one world, and until when is known and counts."""

    settings: PaySettings
    companies: tuple[InventedCompany, ...]

    def __repr__(self) -> str:
        """Not its thousands of rows."""
        return f"{len(self.companies)} companies up to {self.settings.cutoff_on}"

    def tables(self, project: CompiledProject) -> dict[str, list[dict[str, object]]]:
        """The rows that are given to the models; the month before the cutoff's is closed."""
        tables: dict[str, list[dict[str, object]]] = {}
        for node in project.given:
            field = table_of(node)
            if field not in PayRows._fields:
                continue
            companies = self.companies[:1] if field in SHARED else self.companies
            rows = (row for company in companies for row in getattr(company.rows, field))
            tables[node["name"]] = [row._asdict() for row in rows]
        return {**tables, "ledger_closes": closes_before(self.settings), "ledger_lines": []}


def table_of(node: Mapping) -> str:
    """The name under which the rows of a seed or an input model stand in PayRows."""
    return node["name"].removeprefix("input_")


def closes_before(settings: PaySettings) -> list[dict[str, object]]:
    """The ledger's opening, and the close after which the cutoff's month is the oldest open one."""
    period = settings.cutoff_on.replace(day=1)
    first = settings.ledger_first_period or LONG_AGO
    return [
        {
            "sequence": sequence,
            "kind": kind,
            "period_start": add_months(following, -1),
            "cutoff_on": following - timedelta(days=1),
            "as_of": datetime.combine(following, time(4)),
            "line_count": 0,
        }
        for sequence, (kind, following) in enumerate((("opening", first), ("final", period)))
    ]


def batches(settings: PaySettings, project: CompiledProject) -> st.SearchStrategy[Batch]:
    """Batches of companies under some settings, of tables that the models know."""
    return st.integers(0, 2**32).map(lambda number: batch_of(settings, project, number))


def batch_of(settings: PaySettings, project: CompiledProject, number: int) -> Batch:
    """The batch of a number, always the same."""
    known = {table_of(node) for node in project.given} | set(SHARED)
    random = Random(number)
    world = invented_world(random)
    companies = (
        invented(random.randrange(2**32), str(place), settings, world)
        for place in range(COMPANIES_IN_A_BATCH)
    )
    return Batch(settings, tuple(seen(company, known) for company in companies))


def seen(company: InventedCompany, tables: set[str]) -> InventedCompany:
    """A company of which only some tables are there."""
    unseen = {name: () for name in PayRows._fields if name not in tables}
    return company._replace(rows=company.rows._replace(**unseen))


# -- what each model should say, and what it says ------------------------------------------

EVENT_COLUMNS = (
    "event_type",
    "occurred_on",
    "amount",
    "currency",
    "contract_id",
    "opportunity_id",
    "partner_id",
    "movement_key",
    "unit_count",
    "reversed_event_key",
)


def expected_events(pay: Pay) -> Told:
    """Every event by its key."""
    return {
        (event.event_key,): (
            *(getattr(event, column) for column in EVENT_COLUMNS[:-2]),
            event.unit_count or None,
            event.reverses,
        )
        for event in pay.events
    }


def found_events(rows: Sequence[Mapping[str, object]]) -> Told:
    """Every event by its key."""
    return {(row["event_key"],): tuple(row[column] for column in EVENT_COLUMNS) for row in rows}


YEAR_COLUMNS = CustomerYear._fields[2:]


def expected_years(pay: Pay) -> Told:
    """Years of customers, by customer and number."""
    return {row[:2]: row[2:] for row in pay.profits.customer_years}


def found_years(rows: Sequence[Mapping[str, object]]) -> Told:
    """Years of customers, by customer and number."""
    return {
        (row["customer_id"], row["year_number"]): tuple(row[column] for column in YEAR_COLUMNS)
        for row in rows
    }


CREDIT_COLUMNS = ("credit_amount", "plan_credit_amount")


def expected_credits(pay: Pay) -> Told:
    """Credits by event, component, payee and kind, in the deal's and in the plan's currency."""
    sums: dict[tuple, Decimal] = defaultdict(lambda: NOTHING)
    for credit in pay.credits:
        sums[credit[:4]] += credit.credit_amount
    in_plan = {
        (credit.event.event_key, credit.component_code, credit.payee_id): credit.amount
        for credit in pay.plan_credits
    }
    kinds = defaultdict(int)
    for key in sums:
        kinds[key[:3]] += 1
    return {
        key: (amount, in_plan.get(key[:3]) if kinds[key[:3]] == 1 else "several kinds")
        for key, amount in sums.items()
        if amount
    }


def found_credits(rows: Sequence[Mapping[str, object]]) -> Told:
    """Credits by event, component, payee and kind; of a movement, of all its items."""
    keys = ("event_key", "component_code", "payee_id", "credit_kind")
    sums: dict[tuple, list[Decimal | None]] = defaultdict(lambda: [NOTHING, None])
    for row in rows:
        both = sums[tuple(row[column] for column in keys)]
        both[0] += row["credit_amount"]
        if row["plan_credit_amount"] is not None:
            both[1] = (both[1] or NOTHING) + row["plan_credit_amount"]
    kinds = defaultdict(int)
    for key in sums:
        kinds[key[:3]] += 1
    return {
        key: (amounts[0], amounts[1] if kinds[key[:3]] == 1 else "several kinds")
        for key, amounts in sums.items()
        if amounts[0]
    }


class Compared(NamedTuple):
    """How a model is compared: what it should say and what it says, by key, and the columns."""

    expected: Callable[[Pay], Told]
    found: Callable[[Sequence[Mapping[str, object]]], Told]
    columns: Sequence[str]


LINE_COLUMNS = (
    "earning_period_start",
    "currency",
    "credit_amount",
    "after_cliff_amount",
    "after_cap_amount",
    "after_plan_cap_amount",
    "capped_amount",
    "retained_amount",
    "released_amount",
)
LINE_KEY = ("payee_id", "component_code", "basis_key")


def line_key(line: Line) -> tuple[str, ...]:
    """What a line is for."""
    return tuple(getattr(line, column) for column in LINE_KEY)


def expected_lines(pay: Pay) -> Told:
    """Lines of which anything is left after any step, step by step."""
    return {
        line_key(line): (
            line.earning_period_start,
            line.terms.plan.currency,
            None if line.credit is None else line.credit.amount,
            *(getattr(line, column) for column in LINE_COLUMNS[3:]),
        )
        for line in pay.lines
    }


def found_lines(rows: Sequence[Mapping[str, object]]) -> Told:
    """Lines, step by step; what a floor tops up stands beside what the cliff left."""
    steps = {"after_cliff_amount": "after_floor_amount"}
    return {
        tuple(row[column] for column in LINE_KEY): tuple(
            row[steps.get(column, column)] for column in LINE_COLUMNS
        )
        for row in rows
    }


# A curve and a fixed amount have no rate: the models show them as one slice.
SLICE_COLUMNS = ("tier_from", "tier_to", "rate", "amount")


def expected_slices(pay: Pay) -> Told:
    """Tier slices that pay anything, numbered within their line."""
    found: Told = {}
    for line in pay.lines:
        line_id = md5("|".join(line_key(line)).encode()).hexdigest()
        paying = [piece for piece in line.slices if piece.amount and piece.rate is not None]
        found |= {
            (line_id, number): tuple(getattr(piece, name) for name in SLICE_COLUMNS)
            for number, piece in enumerate(paying, start=1)
        }
    return found


def found_slices(rows: Sequence[Mapping[str, object]]) -> Told:
    """Tier slices that pay anything, numbered within their line."""
    found: Told = {}
    lines = groupby(
        sorted(
            (row for row in rows if row["amount"] and row["rate"] is not None),
            key=lambda row: (row["line_id"], row["slice_number"]),
        ),
        key=lambda row: row["line_id"],
    )
    for line_id, pieces in lines:
        found |= {
            (line_id, number): tuple(row[name] for name in SLICE_COLUMNS)
            for number, row in enumerate(pieces, start=1)
        }
    return found


ENTITLEMENT_KEY = (*LINE_KEY, "part", "earning_period_start", "currency")


def expected_entitlements(pay: Pay) -> Told:
    """Amounts of entitlements, by the ledger's key; as nothing is posted all are pending."""
    pending = {key: entitlement.amount for key, entitlement in pay.entitlements.items()}
    period = pay.settings.cutoff_on.replace(day=1)
    draws = draw_entitlements(pay.rules, period, pending, {})
    return {
        tuple(key): (entitlement.amount,)
        for key, entitlement in {**pay.entitlements, **draws}.items()
        if entitlement.amount
    }


def found_entitlements(rows: Sequence[Mapping[str, object]]) -> Told:
    """Amounts of entitlements, by the ledger's key."""
    return {tuple(row[column] for column in ENTITLEMENT_KEY): (row["amount"],) for row in rows}


MODELS = {
    "int_customer_years_valued": Compared(expected_years, found_years, YEAR_COLUMNS),
    "int_incentive_events": Compared(expected_events, found_events, EVENT_COLUMNS),
    "int_credits": Compared(expected_credits, found_credits, CREDIT_COLUMNS),
    "fct_payout_lines": Compared(expected_lines, found_lines, LINE_COLUMNS),
    "fct_payout_line_slices": Compared(expected_slices, found_slices, SLICE_COLUMNS),
    "fct_payout_entitlements": Compared(expected_entitlements, found_entitlements, ("amount",)),
}


def disagreements(
    project: CompiledProject, batch: Batch, given_batch: Batch | None = None
) -> dict[str, list[str]]:
    """By model, the rows on which the methods disagree, a line for each column that differs.

    The models may be given other rows than the engine is told.
    """
    found = project.run((given_batch or batch).tables(project), batch.settings.as_of_on)
    pays = [Pay(company.rows, batch.settings) for company in batch.companies]
    wrong = {}
    for name in project.marts:
        model = MODELS[name]
        expected: Told = {}
        for pay in pays:
            expected |= model.expected(pay)
        lines = differences(expected, model.found(found[name]), model.columns)
        if lines:
            wrong[name] = lines
    return wrong


# -- the smallest rows that show it --------------------------------------------------------


def smallest(project: CompiledProject, batch: Batch, model: str, line: str) -> Batch:
    """A batch with as few companies, then rows, as still show what a line says."""
    column = column_of(line)

    def shows(companies: Sequence[InventedCompany]) -> bool:
        try:
            wrong = disagreements(project, Batch(batch.settings, tuple(companies)))
        except Exception:
            # Rows that make no sense agree.
            return False
        return any(column_of(one) == column for one in wrong.get(model, ()))

    companies = batch.companies
    while len(companies) > 1:
        half = len(companies) // 2
        worse = [one for one in (companies[:half], companies[half:]) if shows(one)]
        if not worse:
            break
        companies = worse[0]
    company = companies[0]
    for table in PayRows._fields:
        if table not in SHARED:
            company = fewer_rows(company, table, lambda one: shows((one, *companies[1:])))
    return Batch(batch.settings, (company, *companies[1:]))


def column_of(line: str) -> str:
    """What a line of `differences` is about: its key and column without any number."""
    left, _, right = line.partition(": reference")
    lacking = "no reference" if right.startswith(" has no such row") else ""
    return re.sub(r"[0-9]+", "", left) + lacking


def fewer_rows(
    company: InventedCompany, table: str, shows: Callable[[InventedCompany], bool]
) -> InventedCompany:
    """A company with as few rows of a table as still show it."""
    length = len(getattr(company.rows, table))
    while length > 0:
        start = 0
        while start < len(getattr(company.rows, table)):
            rows = getattr(company.rows, table)
            left = [*rows[:start], *rows[start + length :]]
            fewer = company._replace(rows=company.rows._replace(**{table: left}))
            if shows(fewer):
                company = fewer
            else:
                start += length
        length //= 2
    return company


def told(batch: Batch) -> str:
    """One line a row, without the columns that hold their default."""
    lines = [str(batch.settings)]
    for company in batch.companies:
        for name in PayRows._fields:
            if name not in SHARED:
                lines += [told_row(row) for row in getattr(company.rows, name)]
    return "\n  ".join(lines)


def told_row(row: NamedTuple) -> str:
    """A row without the columns that hold their default."""
    columns = [
        f"{name}={value}"
        for name, value in row._asdict().items()
        if value != row._field_defaults.get(name, "no default")
    ]
    return f"{type(row).__name__}({', '.join(columns)})"


# -- the comparison ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compiler(compiled_folder):
    """Compiles the models for all settings, in the order in which they are tested."""
    ahead = PayCompiler(compiled_folder)
    ahead.announce_all()
    yield ahead
    ahead.close()


def project_for(compiler: PayCompiler, settings: PaySettings) -> CompiledProject:
    """The models that are compared, for some settings."""
    return compiler.for_year(settings.fiscal_year_start_month).narrowed(MODELS)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: str(settings.cutoff_on))
def test_models_agree_with_the_reference(compiler, settings):
    project = project_for(compiler, settings)

    @given(batches(settings, project))
    @checked(BATCHES)
    def agree(batch):
        wrong = disagreements(project, batch)
        if wrong:
            model = next(iter(wrong))
            least = smallest(project, batch, model, wrong[model][0])
            lines = [*wrong[model][:5], "and at least", *disagreements(project, least)[model][:20]]
            pytest.fail("\n".join([model, *lines, told(least)]), pytrace=False)

    agree()


CENTS = {
    "opportunities": {"int_incentive_events", "int_credits"},
    "plan_components": {"fct_payout_lines", "fct_payout_entitlements"},
    "pay_adjustments": {"fct_payout_entitlements"},
}


@pytest.mark.parametrize("table", CENTS)
def test_a_cent_is_noticed(compiler, table):
    project = project_for(compiler, SETTINGS[0])
    batch = batch_of(SETTINGS[0], project, 1)
    batch = batch._replace(companies=batch.companies[:40])
    planted = batch._replace(companies=tuple(a_cent_more(one, table) for one in batch.companies))
    assert disagreements(project, batch) == {}
    assert CENTS[table] <= disagreements(project, batch, planted).keys()


def a_cent_more(company: InventedCompany, table: str) -> InventedCompany:
    """A company whose rows of a table have a cent more wherever they have an amount."""
    rows = [
        row if row.amount is None else row._replace(amount=row.amount + Decimal("0.01"))
        for row in getattr(company.rows, table)
    ]
    return company._replace(rows=company.rows._replace(**{table: rows}))
