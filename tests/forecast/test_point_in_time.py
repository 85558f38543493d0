"""What a forecast says of a day is made of what was known on that day, and of nothing later.

The models are run twice on the sample: on all that is known, and on what was known on a past
Sunday, everything later taken away. What both say of days up to then must be the same. Leaks are
planted in the models to see that the comparison finds them.
"""

import shutil
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import duckdb
import pytest

# In the order in which they read each other.
MODELS = (
    "int_forecast_settings",
    "int_snapshot_weeks",
    "int_opportunity_outcomes",
    "int_opportunity_snapshots",
    "int_win_rates_known",
    "int_quarter_win_rates_known",
    "int_open_deals_weighed",
    "int_bookings_by_owner_day",
    "int_pipeline_by_owner_week",
    "int_quota_pipelines_by_week",
    "int_attainments_weighed",
    "int_deal_contacts",
    "int_won_stays_measured",
    "int_stage_habits_known",
    "int_deal_days_examined",
    "int_deal_features",
    "int_deal_risks_scored",
    "int_deal_risks_totalled",
)
VIEWS = ("int_open_deals_weighed",)
# What both say of days up to then; a row of a later day has no counterpart and is not looked for.
COMPARED = (
    "int_opportunity_snapshots",
    "int_win_rates_known",
    "int_quarter_win_rates_known",
    "int_attainments_weighed",
    "int_stage_habits_known",
    "int_deal_features",
    "int_deal_risks_scored",
    "int_deal_risks_totalled",
)
# Where a model reads something too early: the model, what it says, and what it says with the leak.
LEAKS = {
    "an outcome counts four weeks before it is known": (
        "int_win_rates_known",
        "known_on as changed_on",
        "known_on - 28 as changed_on",
    ),
    "a quarter learns from its own end": (
        "int_quarter_win_rates_known",
        "quarters.quarter_start > ended.quarter_start",
        "quarters.quarter_start >= ended.quarter_start",
    ),
    "habits are those of all time": (
        "int_stage_habits_known",
        "by_segment.known_from <= months.month_start",
        "by_segment.known_from is not null",
    ),
    "contacts of later days count": (
        "int_deal_features",
        "and days.examined_on >= contacts.contacted_on",
        "",
    ),
    "roles that are entered later count": (
        "int_deal_features",
        "and days.examined_on >= contact_roles.created_on",
        "",
    ),
    "business that is signed later counts": (
        "int_bookings_by_owner_day",
        "and won_states.valid_from_on <= days.day_on",
        "",
    ),
}
NO_LEAKS: Mapping[str, tuple[str, str]] = {}


class World:
    """A copy of the sample's build file, in which the forecast is made by the models' SQL."""

    def __init__(self, folder: Path, built: Path, compiled: Mapping[str, str]) -> None:
        # dbt's SQL names the database by its file.
        shutil.copy(built, folder / built.name)
        self.connection = duckdb.connect(str(folder / built.name))
        self.connection.execute("set TimeZone = 'UTC'")
        self.compiled = compiled

    def forget_after(self, day: date) -> None:
        """Take away everything that became known after the day."""
        self.connection.execute(
            f"""
            delete from intermediate.int_opportunities_at where valid_from_on > date '{day}';
            update intermediate.int_opportunities_at set valid_to_on = null
            where valid_to_on > date '{day}';
            delete from input.input_activities where coalesce(occurred_on, due_on) > date '{day}';
            delete from input.input_opportunity_contact_roles where created_on > date '{day}';
            update staging.as_of set as_of = timestamp '{day} 15:59:59', as_of_on = date '{day}';
            """
        )

    def make(self, model: str, sound: str = "", leaking: str = "") -> None:
        """Make a model anew, saying `leaking` where it says `sound`."""
        sql = self.compiled[model]
        assert sound in sql, f"{model} no longer says {sound}"
        kind = "view" if model in VIEWS else "table"
        self.connection.execute(f"drop {kind} if exists intermediate.{model}")
        self.connection.execute(
            f"create {kind} intermediate.{model} as {sql.replace(sound, leaking) if sound else sql}"
        )

    def rows(self, model: str) -> set[tuple[object, ...]]:
        return set(self.connection.execute(f"select * from intermediate.{model}").fetchall())


@pytest.fixture(scope="module")
def compiled(built_warehouse: Path, build_environment: dict[str, str]) -> dict[str, str]:
    folder = Path(build_environment["DBT_TARGET_PATH"]) / "compiled"
    return {model: next(folder.rglob(f"{model}.sql")).read_text() for model in MODELS}


@pytest.fixture(scope="module")
def day(built_warehouse: Path) -> date:
    """A Sunday about half a year before the sample's last day."""
    with duckdb.connect(str(built_warehouse), read_only=True) as connection:
        (found,) = connection.execute(
            "select max(snapshot_on) from intermediate.int_snapshot_weeks, staging.as_of"
            " where snapshot_on < as_of_on - 180"
        ).fetchone()
    return found


@pytest.fixture(scope="module")
def then(
    built_warehouse: Path,
    compiled: dict[str, str],
    day: date,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """What was known on the day."""
    world = World(tmp_path_factory.mktemp("then"), built_warehouse, compiled)
    world.forget_after(day)
    for model in MODELS:
        world.make(model)
    yield world
    world.connection.close()


@pytest.fixture
def now(
    built_warehouse: Path, compiled: dict[str, str], then: World, tmp_path: Path
) -> Iterator[World]:
    """All that is known; the risk of the same deals is examined, on the same days."""
    world = World(tmp_path, built_warehouse, compiled)
    examined = then.connection.execute(
        "select opportunity_id, examined_on from intermediate.int_deal_days_examined"
    ).fetchall()
    world.connection.execute("delete from intermediate.int_deal_days_examined")
    world.connection.executemany(
        "insert into intermediate.int_deal_days_examined (opportunity_id, examined_on)"
        " values (?, ?)",
        examined,
    )
    yield world
    world.connection.close()


def _make_all(world: World, leaks: Mapping[str, tuple[str, str]] = NO_LEAKS) -> None:
    for model in MODELS:
        if model != "int_deal_days_examined":
            world.make(model, *leaks.get(model, ()))


def _differences(then: World, now: World) -> list[str]:
    """The models that say something else of days up to then when they know what came later."""
    return [model for model in COMPARED if then.rows(model) - now.rows(model)]


def test_what_came_later_changes_nothing_that_was_said_before(then: World, now: World) -> None:
    _make_all(now)

    assert all(then.rows(model) for model in COMPARED), "nothing is compared"
    assert _differences(then, now) == []


@pytest.mark.parametrize("leak", LEAKS)
def test_a_planted_leak_is_seen(leak: str, then: World, now: World) -> None:
    model, sound, leaking = LEAKS[leak]
    _make_all(now, {model: (sound, leaking)})

    assert _differences(then, now)
