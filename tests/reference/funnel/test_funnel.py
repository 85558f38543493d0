"""The models of the funnel against the second method, on thousands of invented deals.

Here belongs the comparison, row by row and to the cent. What the right answer is stands in the
modules of this folder, and its examples in test_funnel_examples.py. A batch of teams goes through
the compiled SQL in one run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..harness import CompiledProject
from ..test_mrr import Told, checked
from ..test_retention import differences
from .bridge import COLUMNS, COUNTS, bridge, months, weeks
from .compiled import compiled_funnel
from .inventor import OPEN_NAMES, Team, invented
from .rollups import MEASURES, NOTHING, SIDES, rollups
from .rollups import Key as ForecastKey
from .rows import FunnelRows, FunnelSettings
from .states import History, State, States

TEAMS_IN_A_BATCH = 240
BATCHES = 4
# Rows that all teams of a batch have in common.
SHARED = ("funnel_stages", "stage_names", "forecast_categories", "exchange_rates")
SETTINGS = FunnelSettings(date(2025, 8, 15))


class Batch(NamedTuple):
    """Teams of one company, and until when is known."""

    settings: FunnelSettings
    teams: tuple[Team, ...]

    def __repr__(self) -> str:
        """Not its thousands of rows."""
        return f"{len(self.teams)} teams up to {self.settings.as_of_on}"

    @property
    def rows(self) -> FunnelRows:
        """The rows of all teams."""
        return FunnelRows(
            **{
                name: [
                    row
                    for team in (self.teams[:1] if name in SHARED else self.teams)
                    for row in getattr(team.rows, name)
                ]
                for name in FunnelRows._fields
            }
        )

    def tables(self, project: CompiledProject) -> dict[str, list[dict[str, object]]]:
        """The rows that are given to the models."""
        rows = self.rows
        told = {
            node["name"]: [row._asdict() for row in getattr(rows, table_of(node))]
            for node in project.given
            if table_of(node) in FunnelRows._fields
        }
        # Quotas are no part of what is compared.
        return {**told, "quotas": [], "quota_ramps": [], "plan_components": []}


def table_of(node: Mapping) -> str:
    """The name under which the rows of a seed or an input model stand in FunnelRows."""
    return node["name"].removeprefix("input_")


def batch_of(number: int, count: int = TEAMS_IN_A_BATCH) -> Batch:
    """The batch of a number, always the same."""
    random = Random(number)
    return Batch(SETTINGS, tuple(invented(random, str(place), SETTINGS) for place in range(count)))


# -- what each model should say, and what it says ------------------------------------------


class Company:
    """What the second method makes of the rows of a company."""

    def __init__(self, rows: FunnelRows, settings: FunnelSettings) -> None:
        """Take the rows."""
        self.rows, self.settings = rows, settings
        self.histories: Sequence[History] = States(rows, settings).histories()
        self.first = min((one.begins_on for one in self.histories), default=settings.as_of_on)

    def bridge_by(self, periods: Callable) -> Told:
        """A bridge, by horizon, slice and period."""
        spans = list(periods(self.first, self.settings))
        rows = bridge(self.histories, self.rows.users, spans)
        return {
            tuple(key): tuple(row.get(column, Decimal(0)) for column in (*COLUMNS, *COUNTS))
            for key, row in rows.items()
        }


class Compared(NamedTuple):
    """How a model is compared: what it should say and what it says, by key, and the columns."""

    expected: Callable[[Company], Told]
    found: Callable[[Sequence[Mapping[str, object]]], Told]
    columns: Sequence[str]


STATE_COLUMNS = State._fields[1:]


def expected_states(company: Company) -> Told:
    """The states of every deal, by the day from which they hold."""
    return {
        (one.opportunity_id, state.since): tuple(state[1:])
        for one in company.histories
        for before, state in zip((None, *one.states), one.states, strict=False)
        if before is None or before[1:] != state[1:]
    }


def found_states(rows: Sequence[Mapping[str, object]]) -> Told:
    """The states of every deal; of the same one after the other the first."""
    found: Told = {}
    last: dict[object, tuple] = {}
    for row in sorted(rows, key=lambda row: (row["opportunity_id"], row["valid_from_on"])):
        state = tuple(row[column] for column in STATE_COLUMNS)
        if last.get(row["opportunity_id"]) != state:
            found[row["opportunity_id"], row["valid_from_on"]] = state
        last[row["opportunity_id"]] = state
    return found


def found_bridge(rows: Sequence[Mapping[str, object]]) -> Told:
    """A bridge's rows that hold anything, by horizon, slice and period."""
    found: Told = {}
    for row in rows:
        start = row.get("month_start") or row.get("week_start")
        told = (*(row[f"{column}_amount"] for column in COLUMNS), *(row[name] for name in COUNTS))
        if any(told):
            found[row["horizon"], row["slice"], row["slice_value"], start] = told
    return found


FORECAST_COLUMNS = tuple(f"{side}_{measure}" for side in SIDES for measure in MEASURES)


def expected_forecasts(company: Company) -> Told:
    """The forecast, by owner, quarter and type of deal."""
    found = rollups(company.histories, company.rows, company.settings)
    return {
        tuple(key): tuple(row.get(column, NOTHING) for column in FORECAST_COLUMNS)
        for key, row in found.items()
    }


def found_forecasts(rows: Sequence[Mapping[str, object]]) -> Told:
    """The forecast's rows that hold anything, by owner, quarter and type of deal."""
    found: Told = {}
    for row in rows:
        amounts = tuple(row[f"{column}_amount"] for column in FORECAST_COLUMNS)
        if any(amounts):
            found[tuple(row[column] for column in ForecastKey._fields)] = amounts
    return found


BRIDGE_COLUMNS = (*COLUMNS, *COUNTS)


def bridge_by(periods: Callable) -> Callable[[Company], Told]:
    """What a bridge by months or by weeks should say."""
    return lambda company: company.bridge_by(periods)


MODELS = {
    "int_opportunities_at": Compared(expected_states, found_states, STATE_COLUMNS),
    "fct_forecasts_by_owner_quarter": Compared(
        expected_forecasts, found_forecasts, FORECAST_COLUMNS
    ),
    "fct_pipeline_bridge_by_month": Compared(bridge_by(months), found_bridge, BRIDGE_COLUMNS),
    "fct_pipeline_bridge_by_week": Compared(bridge_by(weeks), found_bridge, BRIDGE_COLUMNS),
}


def disagreements(
    project: CompiledProject, batch: Batch, given_batch: Batch | None = None
) -> dict[str, list[str]]:
    """By model, the rows on which the methods disagree, a line for each column that differs.

    The models may be given other rows than the second method is told.
    """
    found = project.run((given_batch or batch).tables(project), batch.settings.as_of_on)
    company = Company(batch.rows, batch.settings)
    wrong = {}
    for name in project.marts:
        model = MODELS[name]
        lines = differences(model.expected(company), model.found(found[name]), model.columns)
        if lines:
            wrong[name] = lines
    return wrong


def smallest(project: CompiledProject, batch: Batch, model: str) -> Batch:
    """A batch with as few teams as still disagree on a model."""
    teams = batch.teams
    while len(teams) > 1:
        half = len(teams) // 2
        worse = [
            some
            for some in (teams[:half], teams[half:])
            if model in disagreements(project, batch._replace(teams=some))
        ]
        if not worse:
            break
        teams = worse[0]
    return batch._replace(teams=teams)


def told(batch: Batch) -> str:
    """One line a row of the teams, without what all teams have in common."""
    return "\n".join(
        str(row)
        for team in batch.teams
        for name in FunnelRows._fields
        if name not in SHARED
        for row in getattr(team.rows, name)
    )


@pytest.fixture(scope="module")
def project(compiled_folder):
    """The models from the input contract to what is compared."""
    return compiled_funnel(compiled_folder).narrowed(MODELS)


def test_models_agree_with_the_reference(project):
    @given(st.integers(0, 2**32).map(batch_of))
    @checked(BATCHES)
    def agree(batch):
        wrong = disagreements(project, batch)
        if wrong:
            model = next(iter(wrong))
            least = smallest(project, batch, model)
            lines = [*wrong[model][:5], "and at least", *disagreements(project, least)[model][:20]]
            pytest.fail("\n".join([model, *lines, told(least)]), pytrace=False)

    agree()


# Another amount or stage than the CRM shows now is corrected as of today.
NOT_TODAY = set(MODELS) - {"fct_forecasts_by_owner_quarter"}
PLANTED = {
    "amount": ({"amount": Decimal("0.01")}, NOT_TODAY),
    "close_on": ({"close_on": date(2027, 1, 1)}, set(MODELS)),
    "owner_user_id": ({"owner_user_id": "test:nobody"}, set(MODELS)),
    "stage_name": ({"stage_name": "Lost"}, NOT_TODAY),
    "forecast_category": (
        {"forecast_category": "Out"},
        {"int_opportunities_at", "fct_forecasts_by_owner_quarter"},
    ),
}


@pytest.mark.parametrize("column", PLANTED)
def test_a_change_that_one_method_is_not_told_is_noticed(project, column):
    values, noticed = PLANTED[column]
    batch = batch_of(1, 20)
    assert disagreements(project, batch) == {}
    assert disagreements(project, batch, with_last_change(batch, values)).keys() == noticed


def with_last_change(batch: Batch, values: Mapping[str, object]) -> Batch:
    """The batch, the last change of each open deal another one."""
    teams = []
    for team in batch.teams:
        last = {row.opportunity_id: row for row in team.rows.opportunity_stage_changes}
        changes = [
            row._replace(**values)
            if row is last[row.opportunity_id] and row.stage_name in OPEN_NAMES
            else row
            for row in team.rows.opportunity_stage_changes
        ]
        teams.append(team._replace(rows=team.rows._replace(opportunity_stage_changes=changes)))
    return batch._replace(teams=tuple(teams))
