"""Worked examples of the funnel, on the second method alone.

Here belongs what can be checked by hand; comparing with the models is the work of test_funnel.py.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from ..mrr import ExchangeRate
from ..pay.rows import LONG_AGO, Payee, PayeeAssignment
from .bridge import COLUMNS, NONE, Key, bridge, gap, months, weeks
from .inventor import CATEGORIES, STAGE_NAMES, STAGES
from .rollups import Key as ForecastKey
from .rollups import rollups
from .rows import Change, Deal, DeletedDeal, FunnelRows, FunnelSettings, User
from .states import State, States

SPRING = FunnelSettings(date(2026, 3, 31))


def money(amount: str | int) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def changed(
    number: object, day: str, amount: str | None, close_on: str | None, stage="Needs", **columns
) -> Change:
    return Change(
        f"test:{number}",
        datetime.fromisoformat(f"{day} 02:00:00"),
        stage,
        amount and money(amount),
        close_on and date.fromisoformat(close_on),
        **{"owner_user_id": "ann", **columns},
    )


def company(*changes: Change, now: dict[str, dict] | None = None, **tables) -> FunnelRows:
    """Deals whose changes are all there is, and what the CRM shows otherwise."""
    first, last = {}, {}
    for change in changes:
        first.setdefault(change.opportunity_id, change)
        last[change.opportunity_id] = change
    deals = [
        Deal(
            key,
            "test:account",
            change.owner_user_id,
            change.amount,
            first[key].changed_at,
            change.close_on or change.changed_at.date(),
            change.stage_name,
            change.stage_name in ("Won", "Lost"),
            change.stage_name == "Won",
            change.currency,
            change.forecast_category,
        )._replace(**(now or {}).get(key, {}))
        for key, change in last.items()
    ]
    return FunnelRows(
        **{
            "opportunities": deals,
            "opportunity_stage_changes": changes,
            "users": [User("ann", "meg"), User("bob", "meg"), User("meg")],
            "funnel_stages": STAGES,
            "stage_names": STAGE_NAMES,
            "forecast_categories": CATEGORIES,
            **tables,
        }
    )


def states(rows: FunnelRows, settings=SPRING) -> list[State]:
    """The states of the one deal."""
    (history,) = States(rows, settings).histories()
    return list(history.states)


# -- the state of a deal on a past day ---------------------------------------------------


def test_of_several_changes_on_a_day_the_last_stands_and_days_are_those_of_shanghai():
    late = changed(1, "2026-01-31", "120", None)._replace(
        changed_at=datetime(2026, 1, 31, 15, 59, 59)
    )
    midnight = late._replace(changed_at=datetime(2026, 1, 31, 16), amount=money(130))
    rows = company(changed(1, "2026-01-31", "100", None), late, midnight)
    assert [(state.since.isoformat(), state.amount) for state in states(rows)] == [
        ("2026-01-31", money(120)),
        ("2026-02-01", money(130)),
    ]


def test_a_deal_is_converted_at_the_rate_of_the_month_in_which_it_was_created():
    rates = [
        ExchangeRate("USD", "CNY", date(2026, month, 28), Decimal(rate))
        for month, rate in ((1, "7.00"), (3, "7.20"))
    ]
    rows = company(
        changed(1, "2026-01-31", "100", "2026-05-01", currency="USD"),
        changed(1, "2026-03-02", "120", "2026-05-01", currency=None),
        now={"test:1": {"currency": "USD"}},
        exchange_rates=rates,
    )
    assert [state.reporting_amount for state in states(rows)] == [money(700), money(840)]
    row = bridged(rows)["all", "company", "all", date(2026, 3, 1)]
    assert row == {"opening": money(700), "increased": money(140), "closing": money(840)}


def test_an_unmapped_stage_is_open_unless_the_crm_says_that_the_deal_is_closed():
    rows = company(changed(1, "2026-01-05", "100", None, "Nirvana"))
    assert [(one.stage_code, one.is_open) for one in states(rows)] == [("unmapped", True)]
    closed = company(
        changed(1, "2026-01-05", "100", None, "Nirvana"),
        changed(1, "2026-01-06", "100", None, "Nirvana"),
        now={"test:1": {"is_closed": True, "is_won": True}},
    )
    assert [(one.is_open, one.is_won) for one in states(closed)] == [(True, False), (False, True)]


def test_a_deal_without_history_is_what_it_is_since_it_was_created_or_closed():
    deal = Deal("test:1", None, "ann", money(100), datetime(2026, 1, 5), date(2026, 3, 1), "Needs")
    rows = company(opportunities=[deal])
    assert [(one.since, one.stage_code, one.amount) for one in states(rows)] == [
        (date(2026, 1, 5), "discovery", money(100))
    ]
    won = deal._replace(stage_name="Won", is_closed=True, is_won=True)
    found = states(company(opportunities=[won]))
    assert [(one.since, one.stage_code, one.amount) for one in found] == [
        (date(2026, 1, 5), "unmapped", None),
        (date(2026, 3, 1), "won", money(100)),
    ]
    assert {one.is_history_missing for one in found} == {True}


def test_until_its_first_known_change_a_deal_is_open_and_worth_nothing():
    rows = company(
        changed(1, "2026-02-03", "100", None, owner_user_id=None),
        changed(1, "2026-03-03", "100", None, "Won", owner_user_id="bob"),
        now={"test:1": {"created_at": datetime(2026, 1, 5), "owner_user_id": "ann"}},
    )
    assert [(one.since, one.amount, one.owner_user_id) for one in states(rows)] == [
        (date(2026, 1, 5), None, "bob"),
        (date(2026, 2, 3), money(100), "bob"),
        (date(2026, 3, 3), money(100), "bob"),
    ]


def test_what_the_crm_shows_holds_since_the_deal_closed_or_since_today():
    rows = company(
        changed(1, "2026-01-05", "100", "2026-03-01"), now={"test:1": {"amount": money(90)}}
    )
    assert [(one.since, one.amount) for one in states(rows)] == [
        (date(2026, 1, 5), money(100)),
        (SPRING.as_of_on, money(90)),
    ]
    lost = {"stage_name": "Lost", "is_closed": True, "closed_on": date(2026, 3, 1)}
    found = states(company(changed(1, "2026-01-05", "100", None), now={"test:1": lost}))
    assert [(one.since, one.is_lost) for one in found] == [
        (date(2026, 1, 5), False),
        (date(2026, 3, 1), True),
    ]


def test_a_deleted_deal_keeps_its_past():
    change = changed(1, "2026-01-05", "100", None)
    gone = DeletedDeal(
        "test:1",
        None,
        "ann",
        money(100),
        change.changed_at,
        None,
        "Needs",
        datetime(2026, 2, 2, 16),
    )
    deletion = change._replace(changed_at=gone.deleted_at, is_deleted=True)
    rows = company(
        opportunities=[],
        deleted_opportunities=[gone],
        opportunity_stage_changes=[change, deletion],
    )
    assert [(one.since, one.is_open, one.is_deleted) for one in states(rows)] == [
        (date(2026, 1, 5), True, False),
        (date(2026, 2, 3), False, True),
    ]


# -- the pipeline bridge -----------------------------------------------------------------


def bridged(rows: FunnelRows, settings=SPRING, periods=months) -> dict[Key, dict[str, Decimal]]:
    """The bridge's rows; each closes."""
    histories = States(rows, settings).histories()
    first = min(one.begins_on for one in histories)
    found = bridge(histories, rows.users, list(periods(first, settings)))
    assert not any(gap(row) for row in found.values())
    return {
        key: {name: row[name] for name in COLUMNS if row.get(name)} for key, row in found.items()
    }


def test_the_bridge_of_the_decision():
    rows = company(
        changed("a", "2026-01-05", "100", "2026-03-20"),
        changed("b", "2026-01-05", "50", "2026-04-10"),
        changed("a", "2026-02-10", "100", "2026-04-05"),
        changed("b", "2026-02-10", "50", "2026-03-25"),
        changed("c", "2026-02-11", "30", "2026-05-01"),
        changed("b", "2026-03-05", "50", "2026-03-25", is_deleted=True),
    )
    b = next(deal for deal in rows.opportunities if deal.opportunity_id == "test:b")
    rows = rows._replace(
        opportunities=[deal for deal in rows.opportunities if deal != b],
        deleted_opportunities=[
            DeletedDeal(*b[:7], datetime(2026, 3, 5, 3)),
        ],
    )
    found = bridged(rows)
    february, march = date(2026, 2, 1), date(2026, 3, 1)
    assert found["quarter", "company", "all", february] == {
        "opening": money(100),
        "pulled_in": money(50),
        "slipped": money(100),
        "closing": money(50),
    }
    assert found["all", "company", "all", february] == {
        "opening": money(150),
        "created": money(30),
        "closing": money(180),
    }
    assert found["quarter", "company", "all", march] == {"opening": money(50), "deleted": money(50)}


@pytest.mark.parametrize(
    ("stage", "columns", "bucket", "amount"),
    [
        ("Won", {}, "won", 100),
        ("Lost", {}, "lost", 100),
        ("Won", {"is_deleted": True}, "deleted", 100),
        ("Needs", {}, "increased", 20),
        ("Needs", {"amount": money(70)}, "decreased", 30),
        ("Needs", {"close_on": date(2026, 4, 1)}, "slipped", 100),
        ("Needs", {"close_on": None}, "slipped", 100),
    ],
)
def test_a_deals_whole_change_stands_in_one_bucket(stage, columns, bucket, amount):
    later = changed(1, "2026-02-10", "120", "2026-03-31", stage)._replace(**columns)
    found = bridged(company(changed(1, "2026-01-05", "100", "2026-03-31"), later))
    row = found["quarter", "company", "all", date(2026, 2, 1)]
    assert {name: value for name, value in row.items() if name not in ("opening", "closing")} == {
        bucket: money(amount)
    }


def test_a_deal_that_is_taken_up_again_is_reopened_and_enters_with_its_closing():
    found = bridged(
        company(
            changed(1, "2026-01-05", "100", "2026-03-31"),
            changed(1, "2026-01-06", "100", "2026-03-31", "Lost"),
            changed(1, "2026-02-10", "120", "2026-03-31"),
        )
    )
    assert found["all", "company", "all", date(2026, 2, 1)] == {
        "reopened": money(120),
        "closing": money(120),
    }


def test_who_hands_over_loses_and_a_team_sees_it_only_between_teams():
    handed = company(
        changed(1, "2026-01-05", "100", "2026-03-31"),
        changed(1, "2026-02-10", "120", "2026-03-31", owner_user_id="bob"),
    )
    found, february = bridged(handed), date(2026, 2, 1)
    assert found["all", "owner", "ann", february] == {
        "opening": money(100),
        "owner_out": money(100),
    }
    assert found["all", "owner", "bob", february] == {
        "owner_in": money(120),
        "closing": money(120),
    }
    inside = {"opening": money(100), "increased": money(20), "closing": money(120)}
    assert found["all", "team", "meg", february] == inside
    assert found["all", "company", "all", february] == inside
    alone = handed._replace(users=[User("ann"), User("bob", "meg")])
    assert bridged(alone)["all", "team", NONE, february] == {
        "opening": money(100),
        "owner_out": money(100),
    }


def test_weeks_begin_on_monday_and_the_open_one_ends_today():
    settings = FunnelSettings(date(2026, 1, 15))
    found = bridged(company(changed(1, "2026-01-11", "100", None)), settings, weeks)
    assert found == {
        ("all", slice_name, value, start): row
        for slice_name, value in (("company", "all"), ("team", "meg"), ("owner", "ann"))
        for start, row in (
            (date(2026, 1, 5), {"created": money(100), "closing": money(100)}),
            (date(2026, 1, 12), {"opening": money(100), "closing": money(100)}),
        )
    }


# -- the forecast ------------------------------------------------------------------------


def test_categories_roll_up_over_all_levels_of_managers():
    names = {row.forecast_category: row.source_category for row in CATEGORIES}
    told = [("commit", 40), ("most_likely", 30), ("best_case", 20), ("pipeline", 10)]
    told += [("omitted", 5)]
    changes = [
        changed(name, "2026-01-05", str(amount), "2026-03-31", forecast_category=names[name])
        for name, amount in told
    ]
    won = changed("won", "2026-01-05", "250", "2026-02-01", "Won")
    elsewhere = changed("next", "2026-01-05", "7", "2026-04-01")
    people = ("ann", "meg", "top")
    rows = company(
        *changes,
        won,
        elsewhere,
        payees=[Payee(f"p {name}", name) for name in people],
        payee_assignments=[
            PayeeAssignment(f"p {name}", LONG_AGO, None, "plan", above and f"p {above}")
            for name, above in zip(people, (*people[1:], None), strict=True)
        ],
    )
    found = rollups(States(rows, SPRING).histories(), rows, SPRING)
    sums = {"closed": 250, "commit": 290, "best_case": 340, "open_pipeline": 100, "omitted": 5}
    first = date(2026, 1, 1)
    team = {f"team_{name}": money(amount) for name, amount in sums.items()}
    own = {f"own_{name}": money(amount) for name, amount in sums.items()}
    assert dict(found[ForecastKey("ann", first, "new")]) == own | team
    assert dict(found[ForecastKey("top", first, "new")]) == team
    assert found[ForecastKey("top", date(2026, 4, 1), "new")]["team_unmapped"] == money(7)
