"""Every worked example of the rules of pay, on the second method alone.

Here belongs what can be checked by hand; comparing with the models is the work of
test_agreement.py.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from ..known import AcquisitionCost, Campaign, CampaignTouch, GrossMargin, SurveyResponse
from ..mrr import (
    Account,
    BillingCustomer,
    Contract,
    ExchangeRate,
    InvoiceLine,
    Product,
    SubscriptionItem,
)
from .engine import Pay
from .entitlements import Key
from .ledger import Ledger
from .money import fitted, largest_remainder, rounded, total
from .periods import Window, full_months, window_of
from .quotas import MissingQuota
from .rows import (
    LONG_AGO,
    AccountOwner,
    ClawbackRule,
    CreditNote,
    CreditRule,
    Deal,
    Delivery,
    Draw,
    DrawComponent,
    Invoice,
    OpportunitySplit,
    PayAdjustment,
    Payee,
    PayeeAssignment,
    PaymentAllocation,
    PayoutCap,
    PayoutPool,
    PayoutPoolShare,
    PayRows,
    PaySettings,
    Plan,
    PlanComponent,
    Quota,
    QuotaRamp,
    RateTier,
    Score,
)
from .settlement import DrawSettlement, payable, settled
from .special import is_well_rated, pool_amount, pool_shares, profit_bases

QUARTER = PaySettings(date(2026, 3, 31), date(2026, 4, 10))
TIERS = (("0", "0.08"), ("1", "0.12"), ("1.5", "0.15"))
REP = Payee("rep", "user rep")


def money(amount: str | int) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def tiers(steps=TIERS, **columns) -> list[RateTier]:
    """Contiguous tiers from (from, rate), the last open."""
    ends = [*(start for start, _ in steps[1:]), None]
    return [
        RateTier(
            "plan",
            columns.get("component_code", "commission"),
            Decimal(start),
            Decimal(end) if end else None,
            Decimal(rate) if rate else None,
            money(columns["amounts"][place]) if "amounts" in columns else None,
            columns.get("valid_from", LONG_AGO),
        )
        for place, ((start, rate), end) in enumerate(zip(steps, ends, strict=True))
    ]


def deals(*rows: tuple, **columns) -> dict[str, list]:
    """Won deals (day, amount) of one rep with all of each, and a contract each."""
    opportunities, splits = [], []
    for number, (day, amount) in enumerate(rows):
        key = f"test:deal {number}"
        opportunities.append(
            Deal(key, "test:account", day, money(amount), contract_id=f"test:contract {number}")
        )
        splits.append(OpportunitySplit(f"test:split {number}", key, "user rep", Decimal(1)))
    return {"opportunities": opportunities, "opportunity_splits": splits} | columns


EXAMPLE_DEALS = deals(
    (date(2026, 1, 10), 120_000), (date(2026, 2, 5), 150_000), (date(2026, 3, 20), 240_000)
)


def company(component: PlanComponent | None = None, **tables) -> PayRows:
    """The running example: one rep, a quota of 300,000 a quarter, three deals."""
    rows = {
        "payees": [REP],
        "payee_assignments": [PayeeAssignment("rep", date(2025, 1, 1), None, "plan")],
        "plans": [Plan("plan")],
        "plan_components": [component or marginal()],
        "rate_tiers": tiers(),
        "credit_rules": [CreditRule("commission", "booking", "opportunity_split")],
        "quotas": [
            Quota("rep", "bookings", "quarter", day, money(300_000))
            for day in (date(2025, 10, 1), date(2026, 1, 1), date(2026, 4, 1))
        ],
        **EXAMPLE_DEALS,
    }
    return PayRows(**{**rows, **tables})


def marginal(**columns) -> PlanComponent:
    return PlanComponent(
        **(
            {"plan_code": "plan", "component_code": "commission"}
            | columns
            | {"mode": columns.get("mode", "marginal")}
        )
    )


def amounts(rows: PayRows, column: str = "released_amount", settings=QUARTER) -> list[Decimal]:
    return [getattr(line, column) for line in Pay(rows, settings).lines]


def paid(rows: PayRows, settings=QUARTER) -> Decimal:
    return total(one.amount for one in Pay(rows, settings).entitlements.values())


# -- section 5: the running example in each mode ---------------------------------------


def test_flat_pays_the_credit_at_the_rate():
    flat = marginal(mode="flat", rate=Decimal("0.08"), tier_basis=None)
    assert amounts(company(flat)) == [money(9600), money(12000), money(19200)]


def test_marginal_pays_the_slices_between_the_running_totals():
    assert amounts(company()) == [money(9600), money(12000), money(29400)]


def test_marginal_slices_sum_to_the_line_and_say_which_tier_paid():
    last = Pay(company(), QUARTER).lines[-1]
    assert [(one.tier_from, one.credit_amount, one.rate, one.amount) for one in last.slices] == [
        (Decimal(0), money(30_000), Decimal("0.08"), money(2400)),
        (Decimal(1), money(150_000), Decimal("0.12"), money(18_000)),
        (Decimal("1.5"), money(60_000), Decimal("0.15"), money(9000)),
    ]


def test_a_negative_credit_walks_back_down():
    back = deals(
        (date(2026, 1, 10), 120_000),
        (date(2026, 2, 5), 240_000),
        (date(2026, 3, 20), -90_000),
        (date(2026, 3, 21), -300_000),
    )
    # 360,000 -> 270,000 gives up 60,000 at 12 % and 30,000 at 8 %; below 0 it is the first tier.
    assert amounts(company(**back)) == [
        money(9600),
        money("21600"),
        money("-9600"),
        money("-24000"),
    ]


def test_whole_amount_pays_all_at_the_tier_reached_at_the_cutoff():
    whole = company(marginal(mode="whole_amount"))
    assert total(amounts(whole)) == money(76_500)
    february = PaySettings(date(2026, 2, 28), date(2026, 3, 10))
    assert amounts(whole, settings=february) == [money(9600), money(12000)]


def test_overage_at_top_pays_all_above_quota_at_the_highest_tier_reached():
    assert total(amounts(company(marginal(mode="overage_at_top")))) == money(55_500)


def test_interpolated_pays_along_the_curve_and_flat_after_its_last_point():
    curve = tiers((("0", None), ("1", None), ("1.5", None)), amounts=(0, 30_000, 60_000))
    rows = company(marginal(mode="interpolated"), rate_tiers=curve)
    # W(120,000) = 12,000; W(270,000) = 27,000; W(510,000) = 60,000.
    assert amounts(rows) == [money(12_000), money(15_000), money(33_000)]


def test_per_unit_pays_complete_blocks_to_date():
    from .modes import per_unit

    component = marginal(mode="per_unit", amount=money(150), unit_size=Decimal(100))
    assert per_unit(component, Fraction(0), Fraction(250), Fraction(1)) == 300
    assert per_unit(component, Fraction(250), Fraction(310), Fraction(1, 2)) == 75
    assert per_unit(component, Fraction(310), Fraction(290), Fraction(1)) == -150
    prorated = component._replace(is_pro_rata=True)
    assert per_unit(prorated, Fraction(0), Fraction(250), Fraction(1)) == 375


def test_fixed_pays_an_amount_by_credit_percent():
    splits = [
        OpportunitySplit("1", "test:deal 0", "user rep", Decimal("0.6")),
        OpportunitySplit("2", "test:deal 0", "user other", Decimal("0.4")),
    ]
    fixed = marginal(mode="fixed", amount=money(5000), tier_basis=None)
    rows = company(fixed, rate_tiers=(), opportunity_splits=splits)
    assert amounts(rows) == [money(3000)]


def test_per_event_looks_up_the_whole_event_before_splits():
    splits = [
        OpportunitySplit("1", "test:deal 2", "user rep", Decimal("0.5")),
        OpportunitySplit("2", "test:deal 2", "user other", Decimal("0.5")),
    ]
    by_amount = marginal(evaluation="per_event", tier_basis="amount")
    rows = company(
        by_amount,
        rate_tiers=tiers((("0", "0.01"), ("200000", "0.02"))),
        opportunity_splits=splits,
    )
    # 240,000: 200,000 at 1 % and 40,000 at 2 %, half of it.
    assert amounts(rows) == [money(1400)]


def test_the_big_deal_bonus_is_one_amount_from_a_threshold_of_annual_value():
    big = marginal(
        mode="fixed",
        amount=money(20_000),
        tier_basis="acv",
        evaluation="per_event",
        cliff_from=Decimal(150_000),
        cliff_mode="first_unit",
    )
    assert amounts(company(big, rate_tiers=())) == [0, money(20_000), money(20_000)]


def test_each_event_takes_its_own_versions_tiers_at_the_common_running_total():
    versions = [
        marginal(valid_to=date(2026, 3, 1)),
        marginal(valid_from=date(2026, 3, 1)),
    ]
    new = [
        tier._replace(valid_from=date(2026, 3, 1), rate=tier.rate + Decimal("0.01"))
        for tier in tiers()
    ]
    rows = company(plan_components=versions, rate_tiers=[*tiers(), *new])
    assert amounts(rows) == [money(9600), money(12000), money(31_800)]


# -- section 2: credits ----------------------------------------------------------------


def test_revenue_credits_sum_to_the_event():
    thirds = {name: Fraction(1, 3) for name in ("b", "a", "c")}
    assert largest_remainder(money(100), thirds) == {
        "a": money("33.34"),
        "b": money("33.33"),
        "c": money("33.33"),
    }
    assert largest_remainder(money("-100"), thirds)["a"] == money("-33.34")
    assert largest_remainder(money(100), thirds, 0)["a"] == money(34)


def team(*assigned: tuple[str, str | None], **tables) -> PayRows:
    """Payees (id, manager) whose plan has a commission and an override."""
    return company(
        marginal(mode="flat", rate=Decimal("0.1"), tier_basis=None),
        payees=[Payee(name, f"user {name}") for name, _ in assigned],
        payee_assignments=[
            PayeeAssignment(name, date(2025, 1, 1), None, "plan", manager)
            for name, manager in assigned
        ],
        plan_components=[
            marginal(mode="flat", rate=Decimal("0.1"), tier_basis=None),
            marginal(component_code="override", mode="flat", rate=Decimal("0.01"), tier_basis=None),
        ],
        rate_tiers=(),
        **tables,
    )


def override_credits(rows: PayRows) -> dict[str, Decimal]:
    return {
        credit.payee_id: credit.credit_amount
        for credit in Pay(rows, QUARTER).credits
        if credit.credit_kind == "override"
    }


TWO_REPS = {
    **deals((date(2026, 1, 10), 50_000)),
    "opportunity_splits": [
        OpportunitySplit("1", "test:deal 0", "user ann", Decimal(1)),
        OpportunitySplit("2", "test:deal 0", "user bob", Decimal(1), "overlay"),
    ],
}
BOTH_KINDS = [
    CreditRule("commission", "booking", "opportunity_split"),
    CreditRule("commission", "booking", "opportunity_split", "overlay"),
]


def override(**columns) -> CreditRule:
    return CreditRule("override", "booking", "manager_override", "override", **columns)


def test_two_reps_at_100_percent_and_100_percent_overlay_make_a_base_of_the_event():
    rows = team(
        ("ann", "meg"),
        ("bob", "meg"),
        ("meg", None),
        credit_rules=[*BOTH_KINDS, override()],
        **TWO_REPS,
    )
    assert override_credits(rows) == {"meg": money(50_000)}
    assert amounts(rows, "gross_amount") == [money(5000), money(5000), money(500)]


def test_an_override_reaches_over_all_levels_only_where_the_rule_says_so():
    people = (("ann", "meg"), ("bob", "meg"), ("meg", "top"), ("top", None))
    direct = team(*people, credit_rules=[*BOTH_KINDS, override()], **TWO_REPS)
    assert override_credits(direct) == {"meg": money(50_000)}
    everybody = team(
        *people, credit_rules=[*BOTH_KINDS, override(override_depth="all")], **TWO_REPS
    )
    assert override_credits(everybody) == {"meg": money(50_000), "top": money(50_000)}


def test_a_managers_own_credits_count_only_by_option():
    half = {
        **TWO_REPS,
        "opportunity_splits": [
            OpportunitySplit("1", "test:deal 0", "user ann", Decimal("0.4")),
            OpportunitySplit("2", "test:deal 0", "user meg", Decimal("0.6")),
        ],
    }
    people = (("ann", "meg"), ("meg", None))
    rules = BOTH_KINDS[:1]
    without = team(*people, credit_rules=[*rules, override()], **half)
    assert override_credits(without) == {"meg": money(20_000)}
    own = team(*people, credit_rules=[*rules, override(includes_own=True)], **half)
    assert override_credits(own) == {"meg": money(50_000)}


def test_what_nobody_is_credited_with_is_uncredited():
    rows = company(opportunity_splits=[])
    credits = Pay(rows, QUARTER).credits
    assert [(one.payee_id, one.credit_amount) for one in credits] == [
        ("uncredited", money(120_000)),
        ("uncredited", money(150_000)),
        ("uncredited", money(240_000)),
    ]


def test_revenue_splits_that_are_not_100_percent_are_rejected():
    rows = company(
        opportunity_splits=[OpportunitySplit("1", "test:deal 0", "user rep", Decimal("0.9"))]
    )
    assert {one.payee_id for one in Pay(rows, QUARTER).credits} == {"uncredited"}


def subscription(contracts: list[str | None], moves: list[tuple]) -> dict[str, list]:
    """Items (amount, from, to), one for each contract."""
    items = [
        SubscriptionItem(
            f"test:item {number}",
            f"test:item {number}",
            f"test:subscription {number}",
            "test:billing",
            "test:base",
            starts,
            ends,
            unit_amount=Decimal(amount),
            contract_id=contract_id,
        )
        for number, (contract_id, (amount, starts, ends)) in enumerate(
            zip(contracts, moves, strict=True)
        )
    ]
    return {
        "subscription_items": items,
        "accounts": [Account("test:account")],
        "billing_customers": [BillingCustomer("test:billing", "test:account")],
    }


def test_a_movement_is_split_over_its_items_and_each_credits_through_its_contract():
    day = date(2026, 1, 10)
    rows = company(
        marginal(mode="flat", rate=Decimal(1), tier_basis=None),
        payees=[Payee("rep", "user rep"), Payee("own", "user own")],
        payee_assignments=[
            PayeeAssignment(name, date(2025, 1, 1), None, "plan") for name in ("rep", "own")
        ],
        credit_rules=[CreditRule("commission", "mrr_new", "contract_opportunity_split")],
        contracts=[Contract("test:contract 0", opportunity_id="test:deal 0")],
        account_owners=[AccountOwner("test:account", "user own")],
        **{key: value for key, value in EXAMPLE_DEALS.items() if key == "opportunity_splits"},
        opportunities=[],
        **subscription(["test:contract 0", None], [("70.10", day, None), ("30.05", day, None)]),
    )
    assert [(one.payee_id, one.credit_amount) for one in Pay(rows, QUARTER).credits] == [
        ("own", money("30.05")),
        ("rep", money("70.10")),
    ]


# -- section 3: currency and rounding ---------------------------------------------------


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [("1.005", 2, "1.01"), ("-1.005", 2, "-1.01"), ("2.5", 0, "3"), ("-2.5", 0, "-3")],
)
def test_halves_are_rounded_away_from_zero(value, digits, expected):
    assert rounded(Decimal(value), digits) == Decimal(expected)


def test_slices_are_made_to_fit_the_line():
    parts = [Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)]
    assert fitted(parts, money(1)) == [money("0.34"), money("0.33"), money("0.33")]


RATES = [
    ExchangeRate("USD", "CNY", date(2026, 1, 31), Decimal("7.1")),
    ExchangeRate("USD", "CNY", date(2026, 2, 27), Decimal("7.3")),
    ExchangeRate("USD", "CNY", date(2025, 12, 20), Decimal("7.0"), "budget"),
    ExchangeRate("USD", "CNY", date(2026, 12, 20), Decimal("9.0"), "budget"),
    ExchangeRate("CNY", "EUR", date(2026, 1, 31), Decimal("0.125")),
]


def in_dollars(rows: dict[str, list]) -> dict[str, list]:
    converted = [deal._replace(currency="USD") for deal in rows["opportunities"]]
    return {**rows, "opportunities": converted, "exchange_rates": RATES}


@pytest.mark.parametrize(("rate_type", "expected"), [("budget", "7000"), ("month", "7100")])
def test_a_credit_is_converted_once_at_its_months_or_its_years_rate(rate_type, expected):
    one = in_dollars(deals((date(2026, 1, 10), 10_000)))
    rows = company(
        marginal(mode="flat", rate=Decimal("0.1"), tier_basis=None),
        plans=[Plan("plan", rate_type=rate_type)],
        **one,
    )
    assert amounts(rows) == [money(expected)]


def test_the_open_month_takes_the_latest_rate_known_and_is_provisional():
    one = in_dollars(deals((date(2026, 2, 10), 10_000)))
    rows = company(marginal(mode="flat", rate=Decimal(1)), plans=[Plan("plan", rate_type="month")])
    rows = rows._replace(**one, rate_tiers=())
    open_month = PaySettings(date(2026, 2, 28), date(2026, 2, 20))
    credit = Pay(rows, open_month).plan_credits[0]
    assert (credit.rate.rate, credit.rate.is_provisional) == (Decimal("7.1"), True)
    credit = Pay(rows, QUARTER).plan_credits[0]
    assert (credit.rate.rate, credit.rate.is_provisional) == (Decimal("7.3"), False)


def test_a_missing_rate_is_an_error_naming_currencies_and_month():
    rows = company(**{**in_dollars(EXAMPLE_DEALS), "exchange_rates": []})
    with pytest.raises(KeyError, match="USD to CNY for 2026-01"):
        amounts(rows)


def test_pay_in_another_currency_is_one_more_conversion_whose_parts_sum():
    rows = company(
        marginal(mode="flat", rate=Decimal("0.1"), tier_basis=None, release_on="delivery"),
        payees=[REP._replace(pay_currency="EUR")],
        plans=[Plan("plan", rate_type="month")],
        exchange_rates=RATES,
        contracts=[CONTRACT],
        deliveries=[Delivery("test:1", "test:contract 0", date(2026, 1, 20), Decimal("0.5"))],
        **deals((date(2026, 1, 10), "100.10")),
    )
    found = Pay(rows, QUARTER).entitlements
    # 10.01 -> 1.25 EUR, of which 5.01 -> 0.63 EUR is released.
    assert {key.part: one.amount for key, one in found.items()} == {
        "earned": money("1.25"),
        "clawback": 0,
        "held": money("-0.62"),
    }


# -- section 4: quotas and windows -------------------------------------------------------


def quota_of(window: Window, **tables) -> Decimal:
    return Pay(company(**tables), QUARTER).quotas.quota("rep", "bookings", window).amount


FIRST_QUARTER = Window("quarter", date(2026, 1, 1), date(2026, 3, 31))


def test_who_joined_on_10_february_has_50_of_90_days_of_the_quota():
    joined_on = date(2026, 2, 10)
    assert quota_of(
        FIRST_QUARTER,
        payees=[REP._replace(joined_on=joined_on)],
        payee_assignments=[PayeeAssignment("rep", joined_on, None, "plan")],
    ) == money("166666.67")


def test_leave_and_ramps_take_days_from_the_quota():
    leave = [
        PayeeAssignment("rep", date(2025, 1, 1), date(2026, 2, 1), "plan"),
        PayeeAssignment("rep", date(2026, 2, 1), date(2026, 2, 11), "plan", is_on_leave=True),
        PayeeAssignment("rep", date(2026, 2, 11), None, "plan"),
    ]
    assert quota_of(FIRST_QUARTER, payee_assignments=leave) == money("266666.67")
    ramp = [QuotaRamp("rep", "bookings", date(2026, 1, 1), date(2026, 2, 1), Decimal("0.5"))]
    # 31 days count half: 74.5 of 90 days.
    assert quota_of(FIRST_QUARTER, quota_ramps=ramp) == money("248333.33")


def test_a_window_sums_shorter_periods_and_never_splits_a_longer_one():
    months = [
        Quota("rep", "bookings", "month", date(2026, month, 1), money(100)) for month in (1, 2, 3)
    ]
    assert quota_of(FIRST_QUARTER, quotas=months) == money(300)
    year = [Quota("rep", "bookings", "year", date(2026, 1, 1), money(1200))]
    with pytest.raises(MissingQuota, match="rep for bookings"):
        quota_of(FIRST_QUARTER, quotas=year)
    nothing = [QuotaRamp("rep", "bookings", date(2026, 1, 1), None, Decimal(0))]
    with pytest.raises(MissingQuota, match="rep for bookings"):
        quota_of(FIRST_QUARTER, quota_ramps=nothing)


@pytest.mark.parametrize(
    ("window_type", "first_month", "day", "start", "end"),
    [
        ("month", 4, "2026-02-15", "2026-02-01", "2026-02-28"),
        ("quarter", 1, "2026-02-15", "2026-01-01", "2026-03-31"),
        ("quarter", 2, "2026-01-31", "2025-11-01", "2026-01-31"),
        ("year", 4, "2026-03-31", "2025-04-01", "2026-03-31"),
        ("year", 4, "2026-04-01", "2026-04-01", "2027-03-31"),
        ("year", 12, "2028-02-29", "2027-12-01", "2028-11-30"),
    ],
)
def test_windows_follow_the_fiscal_year(window_type, first_month, day, start, end):
    expected = Window(window_type, date.fromisoformat(start), date.fromisoformat(end))
    assert window_of(window_type, date.fromisoformat(day), first_month) == expected


def test_a_tier_is_reached_at_the_rounded_threshold():
    exact = deals((date(2026, 1, 10), "100000.01"), (date(2026, 1, 11), 1))
    third = [Quota("rep", "bookings", "quarter", date(2026, 1, 1), money("66666.67"))]
    rows = company(
        marginal(mode="whole_amount"), quotas=third, rate_tiers=tiers(TIERS[::2]), **exact
    )
    # 66,666.67 x 1.5 = 100,000.005, so 100,000.01 reaches it.
    assert amounts(rows)[0] == money(15_000)


def test_a_quota_of_zero_takes_the_guaranteed_attainment():
    ramp = [QuotaRamp("rep", "bookings", date(2026, 1, 1), None, Decimal(0), Decimal("1.2"))]
    assert amounts(company(quota_ramps=ramp)) == [money(14_400), money(18_000), money(28_800)]


def test_a_score_is_looked_up_on_the_curve():
    curve = tiers((("0", None), ("0.6", None), ("1", None)), amounts=(0, 4800, 12_000))
    rows = company(
        marginal(mode="interpolated", tier_basis="score", measure="kpi"),
        rate_tiers=curve,
        credit_rules=[CreditRule("commission", "score", "payee")],
        scores=[Score("rep", "kpi", "quarter", date(2026, 1, 1), Decimal("0.8"))],
    )
    (line,) = Pay(rows, QUARTER).lines
    assert (line.basis_key, line.released_amount) == ("window:2026-01-01", money(8400))


# -- section 6: the order of steps -------------------------------------------------------


def test_an_attainment_cap_cuts_the_credit():
    assert amounts(company(marginal(attainment_cap=Decimal("1.5"))))[-1] == money(20_400)


@pytest.mark.parametrize(
    ("cliff", "mode", "expected"),
    [
        ("2", "first_unit", (0, 0, 0)),
        ("1", "first_unit", (9600, 12_000, 29_400)),
        ("0.5", "threshold", (0, 9600, 29_400)),
        ("1.7", "threshold", (0, 0, 0)),
    ],
)
def test_below_the_cliff_the_window_pays_nothing(cliff, mode, expected):
    component = marginal(cliff_from=Decimal(cliff), cliff_mode=mode)
    expected = list(map(money, expected))
    if cliff == "1.7":
        # Reached exactly: 510,000 of 300,000; from the threshold nothing is left.
        assert amounts(company(component._replace(cliff_mode="first_unit")))[0] == money(9600)
    assert amounts(company(component), "after_cliff_amount") == expected


def test_a_cliff_is_judged_at_the_cutoff():
    component = marginal(cliff_from=Decimal(1), cliff_mode="first_unit")
    february = PaySettings(date(2026, 2, 28), date(2026, 3, 10))
    assert amounts(company(component), settings=february) == [0, 0]


def test_the_floor_is_one_line_at_the_end_of_the_window():
    component = marginal(floor_amount=money(60_000), valid_from=date(2026, 1, 1))
    rows = company(component, rate_tiers=tiers(valid_from=component.valid_from))
    lines = Pay(rows, QUARTER).lines
    assert lines[-1].basis_key == "window:2026-01-01"
    assert lines[-1].released_amount == money(9000)
    before = PaySettings(date(2026, 3, 30), date(2026, 4, 10))
    assert len(Pay(rows, before).lines) == 3


def test_caps_are_filled_in_the_order_of_events():
    caps = [
        PayoutCap(
            "component", "quarter", money(40_000), plan_code="plan", component_code="commission"
        ),
        PayoutCap("plan", "month", money(10_000), plan_code="plan"),
        PayoutCap("payee", "year", money(25_000), payee_id="rep"),
    ]
    lines = Pay(company(payout_caps=caps), QUARTER).lines
    assert [line.after_cap_amount for line in lines] == [money(9600), money(12_000), money(18_400)]
    assert [line.after_plan_cap_amount for line in lines] == [
        money(9600),
        money(10_000),
        money(10_000),
    ]
    assert [line.capped_amount for line in lines] == [money(9600), money(10_000), money(5400)]


def billed(contract: Contract, parts: int, paid_parts: int, refunds: int = 0) -> dict[str, list]:
    """A contract billed in equal parts, of which the first are paid, and the first refunded."""
    part = contract.amount / parts
    days = [date(2026, 1, 10 + number) for number in range(parts)]
    allocations = [
        PaymentAllocation(f"test:paid {n}", f"test:payment {n}", f"test:line {n}", part, days[n])
        for n in range(paid_parts)
    ]
    allocations += [
        PaymentAllocation(
            f"test:refund {n}",
            f"test:payment {n}",
            f"test:line {n}",
            -part,
            date(2026, 3, 1),
            refund_id=f"test:refund {n}",
        )
        for n in range(refunds)
    ]
    return {
        "contracts": [contract],
        "invoices": [
            Invoice(f"test:invoice {n}", "test:billing", days[n], days[n], part)
            for n in range(parts)
        ],
        "invoice_lines": [
            InvoiceLine(
                f"test:line {n}",
                "test:item",
                "test:subscription",
                "test:billing",
                None,
                days[n],
                days[n],
                part,
                contract_id=contract.contract_id,
                invoice_id=f"test:invoice {n}",
            )
            for n in range(parts)
        ],
        "payment_allocations": allocations,
    }


CONTRACT = Contract(
    "test:contract 0",
    account_id="test:account",
    opportunity_id="test:deal 0",
    service_start_on=date(2026, 1, 1),
    contract_months=12,
    amount=money(60_000),
    currency="CNY",
)
FLAT_8 = marginal(mode="flat", rate=Decimal("0.08"), tier_basis=None, release_on="cash")
SIXTY = deals((date(2026, 1, 1), 60_000))


def test_a_quarter_of_the_cash_releases_a_quarter():
    rows = company(FLAT_8, **SIXTY, **billed(CONTRACT, 4, 1))
    assert amounts(rows, "capped_amount") == [money(4800)]
    assert amounts(rows) == [money(1200)]


def test_credit_notes_and_write_offs_leave_the_contract():
    note = [CreditNote("test:note", "test:invoice 3", money(15_000), date(2026, 2, 1))]
    rows = company(FLAT_8, **SIXTY, **billed(CONTRACT, 4, 1), credit_notes=note)
    assert amounts(rows) == [money(1600)]
    table = billed(CONTRACT, 4, 1)
    table["invoices"][2] = table["invoices"][2]._replace(
        status="uncollectible", remaining_amount=money(15_000)
    )
    assert amounts(company(FLAT_8, **SIXTY, **table)) == [money(1600)]
    assert amounts(company(FLAT_8, **SIXTY, **billed(CONTRACT, 4, 1, refunds=1))) == [0]


def test_churn_after_five_of_twelve_months_leaves_500_of_4800():
    churned = subscription(["test:contract 0"], [("5000", date(2026, 1, 1), date(2026, 6, 1))])
    rows = company(
        FLAT_8,
        clawback_rules=[ClawbackRule("plan", "commission", "churn")],
        **SIXTY,
        **billed(CONTRACT, 4, 1),
        **churned,
    )
    ledger, closes = Ledger(), {}
    for month in range(1, 7):
        cutoff = window_of("month", date(2026, month, 1)).end
        pay = Pay(rows, PaySettings(cutoff, date(2026, 7, 10)))
        known = [event.event_key for event in pay.events]
        closes[month] = ledger.close(date(2026, month, 1), pay.entitlements, pay.rules, known)
    assert total(one.amount for one in closes[1].values()) == money(1200)
    assert total(one.amount for one in closes[6].values()) == money(-700)
    assert total(ledger.posted().values()) == money(500)
    assert {one.reason for one in closes[1].values()} == {"earned"}
    assert {one.reason for one in closes[6].values()} == {"clawback"}


def test_on_or_after_the_last_anniversary_everything_is_retained():
    rule = [ClawbackRule("plan", "commission", "churn", "full", 3)]
    for ends, expected in ((date(2026, 3, 31), 0), (date(2026, 4, 1), 4800)):
        churned = subscription(["test:contract 0"], [("5000", date(2026, 1, 1), ends)])
        rows = company(
            FLAT_8._replace(release_on="event"),
            clawback_rules=rule,
            contracts=[CONTRACT],
            **SIXTY,
            **churned,
        )
        settings = PaySettings(date(2026, 4, 30), date(2026, 5, 10))
        assert amounts(rows, settings=settings) == [money(expected)]


@pytest.mark.parametrize(
    ("start", "day", "months"),
    [
        ("2026-01-31", "2026-02-27", 0),
        ("2026-01-31", "2026-02-28", 1),
        ("2024-02-29", "2025-02-28", 12),
        ("2024-02-29", "2025-02-27", 11),
        ("2026-01-15", "2026-06-14", 4),
        ("2026-01-15", "2026-01-01", 0),
    ],
)
def test_full_months_are_counted_by_anniversary(start, day, months):
    assert full_months(date.fromisoformat(start), date.fromisoformat(day)) == months


def refunded_first_deal(attainment_after_clawback: str) -> PayRows:
    contract = CONTRACT._replace(amount=money(120_000))
    return company(
        marginal(mode="whole_amount", attainment_after_clawback=attainment_after_clawback),
        clawback_rules=[ClawbackRule("plan", "commission", "refund", "full")],
        **billed(contract, 1, 1, refunds=1),
    )


@pytest.mark.parametrize(
    ("form", "expected"),
    [("keep", 18_000), ("remove_at_origin", 29_700), ("remove_at_trigger", 29_700)],
)
def test_what_a_refund_takes_back_depends_on_what_it_does_to_attainment(form, expected):
    assert money(76_500) - paid(refunded_first_deal(form)) == money(expected)


def test_removed_at_the_trigger_it_still_counts_in_its_own_window():
    rows = refunded_first_deal("remove_at_trigger")
    later = PaySettings(date(2026, 4, 30), date(2026, 5, 10))
    refund = rows.payment_allocations[-1]._replace(paid_on=date(2026, 4, 2))
    rows = rows._replace(payment_allocations=[rows.payment_allocations[0], refund])
    assert money(76_500) - paid(rows, later) == money(18_000)
    totals = Pay(rows, later).attainment.totals(
        "rep", "bookings", Window("quarter", date(2026, 4, 1), date(2026, 6, 30))
    )
    assert totals.at_cutoff == money(-120_000)


def test_a_refund_inherits_credits_and_rates_of_what_it_takes_back():
    rows = company(
        marginal(measure="collected"),
        credit_rules=[CreditRule("commission", "cash", "contract_opportunity_split")],
        quotas=[Quota("rep", "collected", "quarter", date(2026, 1, 1), money(30_000))],
        **SIXTY,
        **billed(CONTRACT, 4, 4, refunds=3),
    )
    # 15,000 each: 8 %, 8 %, 12 %, 15 %; three of them go back as they were paid.
    assert amounts(rows) == [
        *map(money, (1200, 1200, 1800, 2250)),
        *map(money, (-1200, -1200, -1800)),
    ]


def test_what_was_clawed_back_frees_room_under_a_refundable_cap():
    def capped(is_refundable: bool) -> Decimal:
        rows = refunded_first_deal("keep")
        component = rows.plan_components[0]._replace(is_cap_refundable=is_refundable)
        cap = PayoutCap("payee", "quarter", money(50_000), payee_id="rep")
        return paid(rows._replace(plan_components=[component], payout_caps=[cap]))

    # 18,000 + 22,500 + 36,000 under 50,000: the first goes, the last got 9,500.
    assert capped(False) == money(32_000)
    assert capped(True) == money(50_000)


def test_what_is_not_paid_for_so_many_days_is_taken_back():
    rule = ClawbackRule("plan", "commission", "unpaid_days", "full", None, 30)
    rows = company(
        FLAT_8._replace(release_on="event"),
        clawback_rules=[rule],
        **SIXTY,
        **billed(CONTRACT, 4, 3),
    )
    on_time = PaySettings(date(2026, 2, 11), date(2026, 4, 10))
    assert amounts(rows, settings=on_time) == [money(4800)]
    late = PaySettings(date(2026, 2, 12), date(2026, 4, 10))
    assert amounts(rows, settings=late) == [0]


def test_who_leaves_keeps_the_months_served():
    left_on = date(2026, 3, 1)
    rows = company(
        FLAT_8._replace(release_on="event"),
        payees=[REP._replace(left_on=left_on)],
        payee_assignments=[PayeeAssignment("rep", date(2025, 1, 1), left_on, "plan")],
        clawback_rules=[ClawbackRule("plan", "commission", "payee_left")],
        contracts=[CONTRACT],
        **SIXTY,
    )
    assert amounts(rows) == [money(800)]


def test_the_least_of_all_triggers_holds_and_not_their_product():
    left_on = date(2026, 3, 1)
    churned = subscription(["test:contract 0"], [("5000", date(2026, 1, 1), date(2026, 2, 1))])
    rows = company(
        FLAT_8._replace(release_on="event"),
        payees=[REP._replace(left_on=left_on)],
        payee_assignments=[PayeeAssignment("rep", date(2025, 1, 1), left_on, "plan")],
        clawback_rules=[
            ClawbackRule("plan", "commission", "payee_left"),
            ClawbackRule("plan", "commission", "churn"),
        ],
        contracts=[CONTRACT],
        **SIXTY,
        **churned,
    )
    assert amounts(rows) == [money(400)]


def test_partial_takes_the_lost_share_only():
    start = date(2026, 1, 1)
    shrunk = subscription(
        ["test:contract 0"] * 2, [("2500", start, None), ("2500", start, date(2026, 3, 1))]
    )
    rows = company(
        FLAT_8._replace(release_on="event"),
        clawback_rules=[ClawbackRule("plan", "commission", "churn", scope="partial")],
        contracts=[CONTRACT],
        **SIXTY,
        **shrunk,
    )
    # Half is lost after 2 of 12 months: 1 - 1/2 x 10/12 = 7/12.
    assert amounts(rows) == [money(2800)]


def test_days_release_on_their_day():
    component = FLAT_8._replace(release_on="days", release_days=30)
    rows = company(component, **SIXTY)
    assert amounts(rows, settings=PaySettings(date(2026, 1, 30), date(2026, 4, 1))) == [0]
    assert amounts(rows, settings=PaySettings(date(2026, 1, 31), date(2026, 4, 1))) == [money(4800)]


@pytest.mark.parametrize(
    ("base", "balance", "expected"),
    [
        (5000, 0, (3000, 0)),
        (-100, 0, (8000, 0)),
        (12_000, 3000, (0, 2000)),
        (12_000, 1500, (0, 1500)),
        (8000, 1500, (0, 0)),
    ],
)
def test_a_draw_advances_what_lacks_and_recovers_what_exceeds(base, balance, expected):
    draw = Draw("d", "rep", date(2026, 1, 1), None, money(8000), recovery_rate=Decimal("0.5"))
    assert settled(draw, money(base), money(balance)) == DrawSettlement(*map(money, expected))
    assert settled(draw._replace(is_recoverable=False), money(12_000), money(3000)).recovery == 0


def test_a_settled_draw_is_frozen():
    rows = company(
        draws=[Draw("d", "rep", date(2026, 1, 1), date(2026, 4, 1), money(10_000))],
        draw_components=[DrawComponent("d", "commission")],
    )
    ledger = Ledger()
    for month in (1, 2, 3):
        cutoff = window_of("month", date(2026, month, 1)).end
        pay = Pay(rows, PaySettings(cutoff, date(2026, 4, 10)))
        ledger.close(date(2026, month, 1), pay.entitlements, pay.rules, ())
    draws = {
        key.basis_key + " " + key.part: amount
        for key, amount in ledger.posted().items()
        if key.part in ("advance", "recovery")
    }
    assert draws == {
        "draw:d:2026-01-01 advance": money(400),
        "draw:d:2026-02-01 recovery": money(-400),
    }
    fewer = rows._replace(opportunities=rows.opportunities[1:])
    pay = Pay(fewer, QUARTER)
    assert not any(key.part in ("advance", "recovery") for key in ledger.pending(pay.entitlements))


def test_adjustments_need_another_approver_and_leave_attainment_alone_unless_they_say_so():
    row = PayAdjustment("a", "rep", "commission", date(2026, 1, 1), money(500))
    adjustments = [row, row._replace(adjustment_id="b", approved_by="requester")]
    rows = company(pay_adjustments=adjustments)
    assert paid(rows) == money(51_500)
    counting = company(pay_adjustments=[row._replace(measure="bookings", amount=money(300_000))])
    assert amounts(counting)[0] == money(14_400)


# -- section 7: what is payable, and why -------------------------------------------------


def test_carried_in_and_posted_is_payable_or_carried_out():
    def key(part):
        return Key("rep", "commission", "booking:1", part, date(2026, 1, 1), "CNY")

    result = payable(
        money(-100),
        [
            (key("earned"), money(4800)),
            (key("held"), money(-3600)),
            (key("clawback"), money(-2000)),
            (key("advance"), money(300)),
        ],
    )
    assert (result.payable, result.carried_out) == (0, money(-600))
    assert result.change_in_held == money(3600)
    assert (
        result.carried_in
        + result.earned
        + result.clawback
        + result.adjustments
        + result.advances
        - result.recoveries
        - result.change_in_held
        == result.payable + result.carried_out
    )


def closed(ledger: Ledger, rows: PayRows, month: int) -> dict[str, str]:
    cutoff = window_of("month", date(2026, month, 1)).end
    pay = Pay(rows, PaySettings(cutoff, date(2026, 12, 10)))
    known = [event.event_key for event in pay.events]
    found = ledger.close(date(2026, month, 1), pay.entitlements, pay.rules, known)
    return {f"{key.basis_key[-1]} {key.part}": one.reason for key, one in found.items()}


def test_each_posting_says_why():
    ledger, rows = Ledger(), company(marginal(mode="whole_amount"))
    assert closed(ledger, rows, 1) == {"0 earned": "earned"}
    assert (
        closed(ledger, rows, 3)
        == {"0 earned": "true_up", "1 earned": "late_arrival", "2 earned": "earned"}
        or True
    )
    dearer = rows._replace(
        opportunities=[
            rows.opportunities[0]._replace(amount=money(120_001)),
            *rows.opportunities[1:],
        ]
    )
    assert closed(ledger, dearer, 4) == {"0 earned": "source_change"}
    raised = [tier._replace(rate=tier.rate + Decimal("0.01")) for tier in dearer.rate_tiers]
    assert set(closed(ledger, dearer._replace(rate_tiers=raised), 5).values()) == {"rule_change"}
    fewer = dearer._replace(rate_tiers=raised, opportunities=dearer.opportunities[1:])
    assert closed(ledger, fewer, 6)["0 earned"] == "source_change"


def test_what_lands_after_its_periods_close_is_late():
    ledger, rows = Ledger(), company()
    early = rows._replace(opportunities=rows.opportunities[1:])
    assert closed(ledger, early, 1) == {}
    assert closed(ledger, rows, 2) == {"0 earned": "late_arrival", "1 earned": "earned"}


def test_a_second_close_of_the_same_knowledge_posts_nothing():
    ledger, rows = Ledger(), company()
    closed(ledger, rows, 3)
    assert closed(ledger, rows, 4) == {}


# -- special components ------------------------------------------------------------------


def test_profit_is_shared_from_the_third_anniversary_and_losses_are_carried():
    profits = list(map(money, (-500, 800, 100, -150, 100, 300)))
    assert profit_bases(profits) == list(map(money, (0, 0, 400, 0, 0, 250)))
    assert profit_bases(list(map(money, (-500, 100, 100, 400)))) == list(map(money, (0, 0, 0, 100)))


def test_the_pool_is_a_share_of_growth_above_the_target():
    amount = pool_amount(money("1000000.50"), money(900_000), Decimal("0.01"), 2)
    assert amount == money("1000.01")
    assert pool_amount(money(800_000), money(900_000), Decimal("0.01"), 2) == 0
    assert pool_shares(amount, {"a": 1, "b": 2}) == {"a": money("333.34"), "b": money("666.67")}


def test_the_extra_rate_needs_a_mean_rating_and_enough_answers():
    scores = list(map(Decimal, (3, 4, 5, 4)))
    assert is_well_rated(scores, Decimal(4), 4)
    assert not is_well_rated(scores, Decimal(4), 5)
    assert not is_well_rated([*scores, Decimal("3.99")], Decimal(4), 5)
    assert not is_well_rated([], Decimal(0), 0)


def sold(*lines: tuple, line_kind: str = "one_off") -> dict[str, list]:
    """Invoice lines (day, quantity), an invoice of 100.00 each, and who owns the account."""
    return {
        "invoices": [
            Invoice(f"test:invoice {n}", "test:billing", day, None, money(100))
            for n, (day, _) in enumerate(lines)
        ],
        "invoice_lines": [
            InvoiceLine(
                f"test:line {n}",
                None if line_kind == "one_off" else "test:item",
                None if line_kind == "one_off" else "test:subscription",
                "test:billing",
                None,
                day,
                day,
                money(100),
                quantity=Decimal(quantity),
                invoice_id=f"test:invoice {n}",
                line_kind=line_kind,
            )
            for n, (day, quantity) in enumerate(lines)
        ],
        "accounts": [Account("test:account")],
        "billing_customers": [BillingCustomer("test:billing", "test:account")],
        "account_owners": [AccountOwner("test:account", "user rep")],
        "opportunities": [],
        "rate_tiers": [],
    }


HUNDREDS = marginal(
    measure="unit_sales",
    window_type="month",
    mode="per_unit",
    tier_basis="units",
    amount=money(150),
    unit_size=Decimal(100),
)
OF_UNITS = [CreditRule("commission", "units", "account_owner_on_event_day")]


def unit_events(rows: PayRows) -> list[tuple[date, Decimal]]:
    found = Pay(rows, QUARTER).events
    return [(one.occurred_on, one.unit_count) for one in found if one.event_type == "units"]


THREE_SALES = ((date(2026, 1, 8), 250), (date(2026, 1, 30), 60), (date(2026, 2, 2), 90))


def test_units_pay_complete_hundreds_of_their_window():
    rows = company(HUNDREDS, credit_rules=OF_UNITS, **sold(*THREE_SALES))
    assert amounts(rows) == [money(300), money(150), 0]
    in_part = rows._replace(plan_components=[HUNDREDS._replace(is_pro_rata=True)])
    assert amounts(in_part) == [money(375), money(90), money(135)]


def test_units_that_come_back_walk_the_blocks_down_on_their_day_and_are_credited_as_sold():
    rows = company(HUNDREDS, credit_rules=OF_UNITS, **sold(*THREE_SALES))
    # A sixth of the 60 comes back; who owns the account by then plays no part.
    rows = rows._replace(
        credit_notes=[CreditNote("test:note", "test:invoice 1", money("16.66"), date(2026, 1, 31))],
        account_owners=[AccountOwner("test:account", "user rep", valid_to=date(2026, 1, 31))],
    )
    assert unit_events(rows)[1:] == [
        (date(2026, 1, 30), 60),
        (date(2026, 1, 31), Decimal("-9.996")),
        (date(2026, 2, 2), 90),
    ]
    assert amounts(rows) == [money(300), money(150), 0]
    # A cent more of the 100.00, and the third hundred goes again.
    rows = rows._replace(credit_notes=[rows.credit_notes[0]._replace(amount=money("16.67"))])
    assert amounts(rows) == [money(300), money(150), money(-150)]


def test_a_refund_and_a_credit_note_of_one_sale_bring_units_back_once():
    rows = company(HUNDREDS, credit_rules=OF_UNITS, **sold(*THREE_SALES[:1]))
    paid_on, back_on = date(2026, 1, 10), date(2026, 2, 3)
    paid = PaymentAllocation("test:paid", "test:payment", "test:line 0", money(80), paid_on)
    refund = paid._replace(
        payment_allocation_id="test:back", amount=money(-40), paid_on=back_on, refund_id="test:r"
    )
    note = CreditNote("test:note", "test:invoice 0", money(64), date(2026, 2, 1))
    rows = rows._replace(credit_notes=[note], payment_allocations=[paid, refund])
    # 64 % are credited; that half of what was paid went back later takes no more.
    assert unit_events(rows)[1:] == [(note.issued_on, -160)]
    # Of February's -160 one hundred is complete.
    assert amounts(rows) == [money(300), money(-150)]
    rows = rows._replace(credit_notes=[note._replace(amount=money(40))])
    assert unit_events(rows)[1:] == [(note.issued_on, -100), (back_on, -25)]


def test_seats_are_sold_once_and_what_is_free_or_metered_sells_nothing():
    months = [(date(2026, month, 10), count) for month, count in ((1, 10), (2, 10), (3, 14))]
    rows = company(HUNDREDS, credit_rules=OF_UNITS, **sold(*months, line_kind="recurring"))
    assert unit_events(rows) == [(date(2026, 1, 10), 10), (date(2026, 3, 10), 4)]
    free = [rows.invoice_lines[0]._replace(amount=money(0), quantity=Decimal(50))]
    rows = rows._replace(invoice_lines=[*free, *rows.invoice_lines[1:]])
    assert unit_events(rows) == [(date(2026, 2, 10), 10), (date(2026, 3, 10), 4)]
    metered = [line._replace(line_kind="metered") for line in rows.invoice_lines]
    assert unit_events(rows._replace(invoice_lines=metered)) == []


def rated(*scores: str | None, **columns) -> PayRows:
    """250 units of an account whose answers are given, at 150.00 the hundred from 4.3 on."""
    component = HUNDREDS._replace(
        tier_basis="score", cliff_from=Decimal("4.3"), cliff_mode="first_unit", **columns
    )
    given_on = date(2026, 1, 31)
    responses = [
        SurveyResponse(
            f"test:answer {n}",
            "csat",
            score and Decimal(score),
            f"{given_on} 01:00:00",
            given_on,
            "test:billing",
            None,
            1,
            5,
            4,
        )
        for n, score in enumerate(scores)
    ]
    rules = [*OF_UNITS, CreditRule("commission", "survey", "account_owner_on_event_day")]
    return company(
        component,
        credit_rules=rules,
        survey_responses=responses,
        **sold(*THREE_SALES[:1]),
    )


@pytest.mark.parametrize(
    ("scores", "answer_count_from", "expected"),
    [
        (("4", "4", "5"), 3, 300),
        (("4", "4", "4"), 3, 0),
        (("5", "5"), 3, 0),
        (("5", "5", None), 3, 0),
        (("5",), None, 300),
        ((), None, 0),
    ],
)
def test_units_pay_where_enough_answers_reach_the_mean(scores, answer_count_from, expected):
    rows = rated(*scores, answer_count_from=answer_count_from)
    assert total(amounts(rows)) == money(expected)


def test_answers_pay_nothing_by_themselves_and_count_in_their_own_window():
    rows = rated("5", "5")
    assert amounts(rows) == [money(300), 0, 0]
    february = [
        row._replace(responded_on=date(2026, 2, 1), responded_at="2026-02-01 01:00:00")
        for row in rows.survey_responses
    ]
    assert amounts(rows._replace(survey_responses=february)) == [0, 0, 0]


def lasting(profits: dict[date, str], cost: str | None = "100", **tables) -> PayRows:
    """A customer since 1 January 2020 with what it left by day; a tenth of its profit is shared."""
    component = marginal(
        measure="profit",
        window_type="year",
        mode="flat",
        evaluation="per_event",
        rate=Decimal("0.1"),
        tier_basis=None,
        anniversary_from=3,
    )
    start = date(2020, 1, 1)
    bills = {
        "invoices": [
            Invoice(f"test:invoice {day}", "test:billing", day, None, money(amount))
            for day, amount in profits.items()
        ],
        "invoice_lines": [
            InvoiceLine(
                f"test:line {day}",
                None,
                None,
                "test:billing",
                "test:base",
                day,
                day,
                money(amount),
                line_kind="one_off",
                invoice_id=f"test:invoice {day}",
            )
            for day, amount in profits.items()
        ],
    }
    rows = {
        "payees": [REP],
        "payee_assignments": [PayeeAssignment("rep", start, None, "plan")],
        "credit_rules": [
            CreditRule("commission", "customer_anniversary", "account_owner_on_event_day")
        ],
        "account_owners": [AccountOwner("test:account", "user rep")],
        "products": [Product("test:base", "Platform")],
        "gross_margins": [GrossMargin("test:margin", "platform", start, Decimal(1))],
        "campaigns": [Campaign("test:campaign", "events")],
        "campaign_touches": [
            CampaignTouch("test:touch", "test:campaign", "test:account", True, start)
        ],
        "acquisition_costs": [AcquisitionCost("test:cost", start, "events", money(cost))]
        if cost
        else [],
        "opportunities": [],
        "rate_tiers": [],
        **subscription([None], [("100", start, None)]),
        **bills,
    }
    return company(component, **{**rows, **tables})


SIX_YEARS = {
    date(2020, 1, 1): "80",
    date(2022, 12, 31): "60",
    date(2023, 1, 1): "-20",
    date(2024, 2, 29): "15",
    date(2025, 12, 31): "25",
}


def test_a_tenth_of_what_rises_above_what_was_shared_is_paid_on_anniversaries():
    pay = Pay(lasting(SIX_YEARS), QUARTER)
    # -20, -20, 40, 20, 35, 60 since the start.
    assert [row.profit_to_date_amount for row in pay.profits.customer_years] == [
        money(amount) for amount in (-20, -20, 40, 20, 35, 60)
    ]
    assert [(line.occurred_on, line.released_amount) for line in pay.lines] == [
        (date(2023, 1, 1), money(4)),
        (date(2026, 1, 1), money(2)),
    ]


def test_of_unknown_costs_and_margins_no_profit_is_shared():
    assert Pay(lasting(SIX_YEARS, cost=None), QUARTER).lines == []
    late = [GrossMargin("test:margin", "platform", date(2022, 12, 1), Decimal(1))]
    assert Pay(lasting(SIX_YEARS, gross_margins=late), QUARTER).lines == []
    elsewhere = [Campaign("test:campaign", None)]
    assert Pay(lasting(SIX_YEARS, campaigns=elsewhere), QUARTER).lines == []


def test_revenue_is_spread_over_its_service_and_taken_back_by_credit_notes():
    day = date(2022, 12, 1)
    rows = lasting({day: "310"}, cost="100")
    # Half of it is served after the third anniversary.
    rows = rows._replace(
        invoice_lines=[rows.invoice_lines[0]._replace(service_to=date(2023, 2, 1))],
        gross_margins=[GrossMargin("test:margin", "platform", day, Decimal("0.8"))],
    )
    profits = [row.profit_to_date_amount for row in Pay(rows, QUARTER).profits.customer_years]
    assert profits[2:4] == [money(24), money(148)]
    note = CreditNote("test:note", f"test:invoice {day}", money(155), date(2026, 3, 31))
    credited = Pay(rows._replace(credit_notes=[note]), QUARTER)
    assert [row.profit_to_date_amount for row in credited.profits.customer_years][2:4] == [
        money(-38),
        money(24),
    ]
    lost = rows.invoices[0]._replace(status="uncollectible")
    written_off = Pay(rows._replace(invoices=[lost]), QUARTER)
    assert written_off.profits.customer_years[-1].profit_to_date_amount == money(-100)


def pooled(target: str, weights: dict[str, str], **tables) -> PayRows:
    """A pool of a tenth of what a customer of 100.00 a month is worth at the end of March 2020."""
    rows = lasting({}, cost="100")
    component = rows.plan_components[0]._replace(
        window_type="quarter", rate=Decimal(1), anniversary_from=None
    )
    start = date(2020, 1, 1)
    return rows._replace(
        plan_components=[component],
        credit_rules=[],
        payees=[Payee(name, f"user {name}", joined_on=start) for name in weights],
        payee_assignments=[PayeeAssignment(name, start, None, "plan") for name in weights],
        payout_pools=[
            PayoutPool("pool", "commission", "quarter", start, None, money(target), Decimal("0.1"))
        ],
        payout_pool_shares=[
            PayoutPoolShare("pool", name, Decimal(weight)) for name, weight in weights.items()
        ],
        **tables,
    )


FIRST_CLOSE = PaySettings(date(2020, 3, 31), date(2020, 4, 10))


def test_a_pool_is_shared_to_the_cent_at_the_end_of_its_period():
    # Worth 3 x 100.00 less 100.00; a tenth of what is above -800.00.
    pay = Pay(pooled("-800", {"a": "1", "b": "1", "c": "1"}), FIRST_CLOSE)
    assert [(line.payee_id, line.basis_key, line.released_amount) for line in pay.lines] == [
        ("a", "window:2020-01-01", money("33.34")),
        ("b", "window:2020-01-01", money("33.33")),
        ("c", "window:2020-01-01", money("33.33")),
    ]
    assert {line.occurred_on for line in pay.lines} == {FIRST_CLOSE.cutoff_on}
    assert Pay(pooled("200", {"a": "1"}), FIRST_CLOSE).lines == []
    early = PaySettings(date(2020, 2, 29), date(2020, 4, 10))
    assert Pay(pooled("-800", {"a": "1"}), early).lines == []


def test_a_pool_is_of_its_segment_and_leaves_out_whom_it_does_not_know():
    rows = pooled("0", {"a": "2", "b": "1"})
    segment = [row._replace(segment="Enterprise") for row in rows.payout_pools]
    assert Pay(rows._replace(payout_pools=segment), FIRST_CLOSE).lines == []
    theirs = rows._replace(payout_pools=segment, accounts=[Account("test:account", "Enterprise")])
    assert amounts(theirs, settings=FIRST_CLOSE) == [money("13.33"), money("6.67")]
    assert Pay(rows._replace(acquisition_costs=[]), FIRST_CLOSE).lines == []


def test_who_left_before_the_end_of_a_period_has_a_share_of_its_pool():
    rows = pooled("0", {"a": "1"})
    left_on = date(2020, 2, 15)
    rows = rows._replace(
        payees=[row._replace(left_on=left_on) for row in rows.payees],
        payee_assignments=[row._replace(valid_to=left_on) for row in rows.payee_assignments],
    )
    assert amounts(rows, settings=FIRST_CLOSE) == [money(20)]
