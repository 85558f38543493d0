"""Worked examples of retention and customer value, so that the second method is itself proven.

Here belongs one small case per rule that can be checked by hand. Comparing with the models is
the work of test_retention.py.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from .contracts import acv, contract_months
from .health import Healths, renewals_at_risk
from .known import (
    AcquisitionCost,
    Campaign,
    CampaignTouch,
    Cancellation,
    Company,
    GrossMargin,
    Known,
    Opportunity,
    Payment,
    ProductUsage,
    SurveyResponse,
)
from .mrr import (
    Account,
    BillingCustomer,
    Contract,
    ExchangeRate,
    Inputs,
    Product,
    Settings,
    SubscriptionItem,
)
from .renewals import Churn, Churns, Renewal, renewal_rates, renewals, whole_months
from .retention import CohortMonth, Retention, cohorts, retention
from .surveys import NpsHistory, answers, nps, satisfaction
from .value import (
    SegmentRates,
    Told,
    acquisition_costs,
    channels,
    customer_values,
    segment_rates,
    segment_values,
    worth,
)

AS_OF_ON = date(2025, 8, 15)
DEFAULTS = Settings(as_of_on=AS_OF_ON)
RATES = [
    ExchangeRate("USD", "CNY", date(2025, 1, 31), Decimal(7)),
    ExchangeRate("USD", "CNY", date(2025, 4, 30), Decimal(8)),
]


def day(text: str) -> date:
    """A day of 2025 as month and day, or any day in full."""
    return date.fromisoformat(text if len(text) > 5 else f"2025-{text}")


def item(
    customer_id: str, amount: str | int, starts: str, ends: str | None = None, **columns
) -> SubscriptionItem:
    """An item with a product, a subscription and a customer of the same name."""
    key = f"{customer_id} {amount} {starts}"
    values = {
        "subscription_item_interval_id": key,
        "subscription_item_id": key,
        "subscription_id": f"subscription of {customer_id}",
        "billing_customer_id": customer_id,
        "product_id": "product",
        "valid_from": day(starts),
        "valid_to": day(ends) if ends else None,
        "unit_amount": Decimal(amount),
    }
    return SubscriptionItem(**(values | columns))


def known(*items: SubscriptionItem, settings: Settings = DEFAULTS, **tables) -> Known:
    """What is known of some items, of contracts and accounts, and of other rows."""
    of_mrr = {name: tables.pop(name) for name in list(tables) if name in Inputs._fields}
    inputs = Inputs(subscription_items=items, exchange_rates=RATES, **of_mrr)
    return Known(Company(inputs, **tables), settings)


def retained(found: Known, month: str, period: str = "month", key=("total", "all")) -> Retention:
    """The row of one slice and month."""
    wanted = (period, *key, day(f"{month}-01"))
    return next(row for row in retention(found) if row[:4] == wanted)


FOUR_CUSTOMERS = (
    item("less", 100, "01-10", "04-10"),
    item("less", 80, "04-10"),
    item("more", 100, "01-10", "04-10"),
    item("more", 150, "04-10"),
    item("gone", 100, "01-10", "04-10"),
    item("came", 50, "04-10"),
)


def test_who_came_is_in_no_retention_and_who_grew_lifts_only_net():
    row = retained(known(*FOUR_CUSTOMERS), "2025-04")
    assert row[4:9] == (3, 2, Decimal(300), Decimal(180), Decimal(230))
    assert row[9:12] == (Decimal("0.666667"), Decimal("0.6"), Decimal("0.766667"))


def test_twelve_months_look_at_both_ends_only():
    found = known(item("back", 100, "2024-03-01", "2024-09-01"), item("back", 90, "2025-02-01"))
    row = retained(found, "2025-04", "trailing_12_months")
    assert row[4:9] == (1, 1, Decimal(100), Decimal(90), Decimal(90))


def test_without_a_base_there_is_no_rate():
    row = retained(known(*FOUR_CUSTOMERS), "2025-01")
    assert row[4:9] == (0, 0, 0, 0, 0)
    assert row[9:12] == (None, None, None)


def test_the_open_month_is_as_of_its_last_known_day():
    found = known(item("gone", 100, "01-10", "08-20"))
    row = retained(found, "2025-08")
    assert (row.retained_customer_count, row.is_partial) == (1, True)


def test_a_rate_that_moves_retains_nothing_and_loses_nothing():
    row = retained(known(item("one", 10, "02-01", currency="USD")), "2025-04")
    assert row[6:9] == (Decimal(80), Decimal(80), Decimal(80))


def test_what_one_currency_loses_another_may_gain():
    found = known(
        item("one", 10, "02-01", "04-10", currency="USD"),
        item("one", 100, "04-10"),
    )
    row = retained(found, "2025-04")
    assert row[6:9] == (Decimal(80), Decimal(80), Decimal(100))


def test_a_dropped_product_line_is_lost_to_the_line_and_not_to_the_company():
    found = known(
        item("one", 100, "02-01"),
        item("one", 50, "02-01", "04-10", product_id="other"),
        products=[Product("product", "kept"), Product("other", "dropped")],
    )
    assert retained(found, "2025-04").retained_customer_count == 1
    line = retained(found, "2025-04", key=("product_line", "dropped"))
    assert line[4:9] == (1, 0, Decimal(50), 0, 0)


def test_a_slice_without_mrr_at_either_end_has_no_row():
    found = known(item("one", 100, "01-10", "02-10"))
    months = {row.month_start.month for row in retention(found) if row.period == "month"}
    assert months == {1, 2}


def cohort(found: Known, cohort_month: str, months_since: int) -> CohortMonth:
    """The row of one cohort and month."""
    wanted = (day(f"{cohort_month}-01"), months_since)
    return next(row for row in cohorts(found) if row[:2] == wanted)


def test_who_returns_stays_in_the_first_cohort():
    found = known(
        item("one", 100, "01-10", "02-10"), item("one", 80, "06-10"), item("two", 20, "01-31")
    )
    assert cohort(found, "2025-01", 1)[3:10] == (
        2,
        1,
        20,
        2,
        120,
        Decimal("0.5"),
        Decimal("0.166667"),
    )
    assert cohort(found, "2025-01", 5)[4:6] == (2, 100)
    assert {row.cohort_month_start for row in cohorts(found)} == {day("01-01")}


def test_a_cohort_goes_on_until_the_last_month_also_when_it_has_gone():
    found = known(item("one", 100, "01-10", "02-10"))
    assert [row.months_since for row in cohorts(found)] == list(range(8))
    assert cohort(found, "2025-01", 7)[4:6] == (0, 0)


def test_who_came_and_went_in_one_month_counts_in_the_cohort_and_not_in_month_0():
    found = known(item("one", 100, "01-10", "01-20"))
    assert cohort(found, "2025-01", 0)[3:10] == (1, 0, 0, 0, 0, None, None)


def test_month_0_is_worth_what_it_would_be_at_this_months_rate():
    found = known(item("one", 10, "02-01", currency="USD"))
    assert cohort(found, "2025-02", 0)[5:8] == (70, 1, 70)
    assert cohort(found, "2025-02", 2)[5:10] == (80, 1, 80, 1, 1)


# -- contracts and renewals ------------------------------------------------------------


def contract(
    contract_id: str, ends: str, amount: str | int = 1200, previous: str | None = None, **columns
) -> Contract:
    """A contract of twelve months in CNY with an account of its own."""
    service_end_on = day(ends)
    values = {
        "contract_id": contract_id,
        "service_end_on": service_end_on,
        "account_id": "account",
        "previous_contract_id": previous,
        "service_start_on": service_end_on.replace(year=service_end_on.year - 1),
        "contract_months": 12,
        "amount": Decimal(amount),
        "currency": "CNY",
    }
    return Contract(**(values | columns))


def due(*contracts: Contract, items=(), settings: Settings = DEFAULTS, **tables) -> list[Renewal]:
    """The renewals of some contracts."""
    found = known(
        *items, settings=settings, contracts=contracts, accounts=[Account("account")], **tables
    )
    return renewals(found, NpsHistory(answers(found)))


def test_acv_is_the_value_of_twelve_months():
    assert acv(contract("one", "06-01", "100.00", contract_months=36)) == Decimal("33.33")


def test_a_contract_counts_from_its_first_to_its_last_day_unless_draft_or_terminated():
    found = known(
        item("any", 1, "01-01"),
        contracts=[
            contract("one", "03-31", service_start_on=day("01-31")),
            contract("two", "12-01", status="draft"),
            contract("three", "12-01", status="terminated"),
        ],
    )
    counts = {
        row.month_start.month: row.contract_count
        for row in contract_months(found)
        if row.conversion == "reporting"
    }
    assert counts == {1: 1, 2: 1, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0, 8: 0}


@pytest.mark.parametrize(
    ("after", "outcome"), [(1200, "renewed"), (1300, "expanded"), (1100, "contracted")]
)
def test_a_successor_renews_expands_or_contracts(after, outcome):
    (row,) = due(contract("one", "06-01"), contract("two", "2026-06-01", after, "one"))
    assert (row.outcome, row.successor_contract_id) == (outcome, "two")
    assert row.acv_after_amount == after


def test_successors_count_together_and_a_draft_is_none():
    (row,) = due(
        contract("one", "06-01"),
        contract("three", "2026-06-01", 700, "one"),
        contract("two", "2026-06-01", 500, "one"),
        contract("four", "2026-06-01", 900, "one", status="draft"),
    )
    assert (row.outcome, row.successor_contract_id) == ("renewed", "three")


def test_another_currency_is_judged_in_reporting_currency():
    (row,) = due(
        contract("one", "06-01"), contract("two", "2026-06-01", 160, "one", currency="USD")
    )
    assert (row.outcome, row.acv_after_amount, row.after_currency) == ("expanded", 160, "USD")
    assert row.reporting_acv_after_amount == 1280


def test_nobody_followed_is_pending_for_the_days_of_grace_and_then_lapsed():
    outcomes = {
        row.contract_id: row.outcome
        for row in due(
            contract("waits", "07-17"),
            contract("waited", "07-16"),
            contract("ended", "07-17", status="terminated"),
            contract("runs", "08-16"),
        )
    }
    assert outcomes == {"waits": "pending", "waited": "lapsed", "ended": "lapsed"}


def test_signing_decides_whether_a_renewal_is_late_and_else_the_start_of_service():
    rows = {
        row.contract_id: (row.renewal_timing, row.days_late)
        for row in due(
            contract("one", "06-01"),
            contract("two", "2026-06-01", 1200, "one", signed_on=day("06-11")),
            contract("three", "06-01"),
            contract("four", "2026-06-01", 1200, "three"),
        )
    }
    assert rows == {"one": ("late", 10), "three": ("on_time", 0)}


def test_a_contract_renews_itself_while_its_items_are_billed():
    one = contract("one", "06-01", is_auto_renewal=True)
    bills = item("account", 110, "2024-06-01", contract_id="one")
    (row,) = due(one, items=[bills])
    assert (row.outcome, row.renewal_method, row.renewal_timing) == (
        "expanded",
        "auto_renewal",
        "on_time",
    )
    assert row.acv_after_amount == 1320
    (row,) = due(one, items=[bills._replace(valid_to=day("06-01"))])
    assert row.outcome == "lapsed"


def test_what_is_worth_nothing_renews_only_what_was_worth_nothing():
    rows = due(
        contract("one", "06-01"),
        contract("two", "2026-06-01", 0, "one"),
        contract("free", "06-01", 0),
        contract("still free", "2026-06-01", 0, "free"),
    )
    outcomes = [(row.outcome, row.renewal_method) for row in rows]
    assert outcomes == [("lapsed", None), ("renewed", "contract")]


def test_a_contract_that_begins_no_later_renews_nothing():
    (row,) = due(
        contract("one", "06-01"),
        contract("two", "2026-06-01", 1200, "one", service_start_on=day("2024-06-01")),
    )
    assert (row.outcome, row.successor_contract_id) == ("lapsed", None)


def response(score: int | None, on: str, survey_type: str = "nps", **columns) -> SurveyResponse:
    """An answer of the account."""
    values = {
        "survey_response_id": f"{survey_type} {on} {score}",
        "survey_type": survey_type,
        "score": None if score is None else Decimal(score),
        "responded_at": f"{day(on)} 01:00:00",
        "responded_on": day(on),
        "customer_reference": "account",
    }
    return SurveyResponse(**(values | columns))


def test_the_latest_score_before_the_term_ended_goes_with_the_renewal():
    (row,) = due(
        contract("one", "06-01"),
        survey_responses=[
            response(9, "03-01"),
            response(3, "05-31"),
            response(None, "05-31"),
            response(10, "06-01"),
        ],
    )
    assert (row.nps_score, row.nps_group, row.nps_answered_on) == (3, "detractor", day("05-31"))


def test_what_was_said_after_an_early_signature_does_not_go_with_the_renewal():
    rows = due(
        contract("one", "06-01"),
        contract("two", "2026-06-01", 1200, "one", signed_on=day("04-10")),
        survey_responses=[response(9, "04-09"), response(3, "04-10"), response(2, "05-31")],
    )
    (row,) = (row for row in rows if row.contract_id == "one")
    assert (row.nps_score, row.nps_group, row.nps_answered_on) == (9, "promoter", day("04-09"))


def test_renewal_rates_leave_out_what_is_pending():
    found = known(
        contracts=[
            contract("one", "07-01"),
            contract("two", "2026-07-01", 1500, "one", signed_on=day("07-05")),
            contract("three", "07-02", 600),
            contract("four", "07-31", 1000),
        ],
        accounts=[Account("account")],
    )
    rows = renewal_rates(found, renewals(found, NpsHistory([])))
    row = next(row for row in rows if row.slice == "total")
    assert row[3:9] == (3, 2, 1, 1, 1, 1)
    assert row[9:12] == (1800, 1200, 1500)
    assert row[12:15] == (Decimal("0.5"), Decimal("0.666667"), Decimal("0.833333"))


# -- churns ----------------------------------------------------------------------------


def churn(*items: SubscriptionItem, **tables) -> Churn:
    """The only churn."""
    found = known(*items, billing_customers=[BillingCustomer("one")], **tables)
    (row,) = Churns(found, NpsHistory(answers(found))).rows()
    return row


def payment(status: str, on: str) -> Payment:
    """An attempt to collect from the customer."""
    return Payment(f"{status} {on}", "one", f"{day(on)} 01:00:00", day(on), status)


LEFT = item("one", 100, "01-31", "06-30")


def test_a_churn_knows_how_long_the_customer_was_there_and_what_was_lost():
    row = churn(LEFT)
    assert (row.lost_mrr_amount, row.tenure_months, row.churn_kind) == (100, 5, "unknown")
    assert whole_months(day("01-31"), day("06-29")) == 4


def test_a_customer_who_said_why_left_on_its_own():
    row = churn(
        LEFT, cancellations=[Cancellation(LEFT.subscription_id, day("06-01"), reason="price")]
    )
    assert (row.churn_kind, row.churn_reason) == ("voluntary", "price")


def test_failed_payment_is_involuntary_unless_it_was_long_ago_or_somebody_said_otherwise():
    said = Cancellation(LEFT.subscription_id, day("06-01"), reason="price")
    failed = payment("failed", "06-10")
    assert churn(LEFT, payments=[failed]).churn_kind == "involuntary"
    assert churn(LEFT, payments=[failed, payment("succeeded", "06-11")]).churn_kind == "unknown"
    assert churn(LEFT, payments=[payment("failed", "05-15")]).churn_kind == "unknown"
    assert churn(LEFT, payments=[failed], cancellations=[said]).churn_kind == "voluntary"
    by_billing = said._replace(is_payment_failure=True)
    assert churn(LEFT, cancellations=[by_billing]).churn_kind == "involuntary"
    unpaid = LEFT._replace(valid_from=day("06-30"), valid_to=None, status="unpaid")
    assert churn(LEFT, unpaid).churn_kind == "involuntary"


def test_the_cancellation_of_the_larger_loss_gives_the_reason():
    other = item("one", 40, "02-01", "06-30", subscription_id="smaller")
    row = churn(
        LEFT,
        other,
        cancellations=[
            Cancellation(LEFT.subscription_id, day("06-01"), reason="price"),
            Cancellation("smaller", day("06-01"), reason="bugs"),
        ],
    )
    assert (row.churn_reason, row.lost_mrr_amount) == ("price", 140)


def test_a_churn_tells_of_the_return():
    row = churn(LEFT, item("one", 100, "08-01"))
    assert (row.is_returned, row.returned_on) == (True, day("08-01"))


# -- surveys ---------------------------------------------------------------------------


def test_nps_counts_the_scored_and_says_who_was_heard():
    found = known(
        item("account", 100, "01-01"),
        accounts=[Account("account")],
        survey_responses=[
            response(9, "03-01"),
            response(10, "03-02"),
            response(6, "03-03", customer_reference=None),
            response(None, "03-04"),
            response(5, "03-05", "csat", scale_min=1, scale_max=5),
        ],
    )
    row = next(row for row in nps(found, answers(found)) if row.slice == "total")
    assert row[3:10] == (4, 3, 1, 3, 2, 0, 1)
    assert row.nps == Decimal("33.333333")
    assert (row.customer_heard_count, row.customer_count) == (1, 1)
    assert (row.active_customer_heard_count, row.customers_heard_share) == (1, 1)


def test_satisfaction_is_the_share_of_the_top_scores_of_its_own_scale():
    found = known(
        survey_responses=[
            *(
                response(score, f"03-0{score}", "csat", scale_min=1, scale_max=5, satisfied_from=4)
                for score in (1, 3, 4, 5)
            ),
            response(4, "03-01", "ces", scale_min=1, scale_max=7, satisfied_from=5),
        ]
    )
    row = next(row for row in satisfaction(found, answers(found), "csat") if row.slice == "total")
    assert row[6:10] == (4, 2, Decimal("0.5"), Decimal("3.25"))
    row = next(row for row in satisfaction(found, answers(found), "ces") if row.slice == "total")
    assert row[6:10] == (1, 0, 0, 4)


def test_an_answer_counts_in_each_product_line_that_the_customer_holds():
    found = known(
        item("account", 100, "02-01", "03-10"),
        item("account", 100, "03-20", product_id="other"),
        products=[Product("product", "before"), Product("other", "after")],
        accounts=[Account("account")],
        survey_responses=[response(9, "03-15"), response(9, "01-15")],
    )
    rows = {
        (row.slice_value, row.month_start.month): row.customer_count
        for row in nps(found, answers(found))
        if row.slice == "product_line"
    }
    assert rows == {("before", 3): 0, ("after", 3): 1, ("unknown", 1): 0}


# -- acquisition and customer value ----------------------------------------------------

CAMPAIGNS = [Campaign("fair", "events"), Campaign("ads", "online"), Campaign("other", None)]


def channel(*touches: CampaignTouch, deals: tuple[Opportunity, ...] = ()) -> str:
    """The channel of the one customer, whose first MRR is of 10 April."""
    found = known(
        item("account", 100, "04-10"),
        accounts=[Account("account")],
        campaigns=CAMPAIGNS,
        campaign_touches=touches,
        opportunities=deals,
    )
    return channels(found)["account"]


def touch(campaign_id: str, on: str, has_responded: bool = False) -> CampaignTouch:
    """A touch of the account."""
    return CampaignTouch(f"{campaign_id} {on}", campaign_id, "account", has_responded, day(on))


def test_the_first_new_deal_names_the_channel_and_else_the_best_touch_does():
    early = touch("ads", "04-01", has_responded=True)
    late = touch("fair", "04-09")
    deal = Opportunity("deal", "account", day("04-08"), campaign_id="fair")
    assert channel(early, late) == "online"
    assert channel(late, touch("ads", "04-01")) == "events"
    assert channel(early, deals=(deal,)) == "events"
    assert channel(early, deals=(deal._replace(campaign_id="other"),)) == "online"
    assert channel(early, deals=(deal._replace(opportunity_type="expansion"),)) == "online"
    assert channel(touch("ads", "04-11")) == "none"
    assert channel(touch("ads", "2024-04-09")) == "none"


def test_cac_is_cost_by_new_customer_and_says_why_there_is_none():
    found = known(
        item("won", 100, "04-10"),
        accounts=[Account("won")],
        campaigns=CAMPAIGNS,
        opportunities=[Opportunity("deal", "won", day("04-08"), campaign_id="ads")],
        acquisition_costs=[
            AcquisitionCost("one", day("04-01"), "online", Decimal(100), "USD"),
            AcquisitionCost("two", day("04-01"), "online", Decimal(-50)),
            AcquisitionCost("three", day("04-01"), "events", Decimal(50)),
        ],
    )
    rows = {row.channel: row[2:6] for row in acquisition_costs(found, channels(found))}
    assert rows == {
        "online": (750, 1, 750, None),
        "events": (50, 0, None, "no_new_customers"),
        "all": (800, 1, 800, None),
    }


def rates(churn: str, expansion: str = "0.1", referral: str = "0.05") -> SegmentRates:
    """The rates of a segment; the counts play no part."""
    told = [Decimal(rate) for rate in (churn, expansion, referral)]
    return SegmentRates(
        "all", day("07-01"), 1, 1, told[0], None, 1, 1, told[1], None, 1, 1, told[2], None
    )


def test_the_worth_of_a_customer_by_its_profit_churn_and_discount():
    values = worth(Told(Decimal(80)), rates("0.02"), Told(Decimal(1000)), Decimal("0.10"))
    assert values[::2][:5] == (4000, Decimal("2847.06"), 400, 200, Decimal("3447.06"))
    assert values[10::2] == (Decimal("0.290102"), Decimal("3.44706"), Decimal("12.5"), True)


def test_nobody_who_leaves_gives_the_quotient_no_end_but_the_discounted_sum_one():
    nobody = worth(Told(Decimal(80)), rates("0"), Told(None, "no_costs"), Decimal("0.10"))
    assert nobody[:4] == (None, "no_churn", Decimal("9680.00"), None)
    assert nobody[8:] == (None, "no_churn", *(None, "no_costs") * 3, None)
    without_discount = worth(Told(Decimal(80)), rates("0"), Told(Decimal(1)), Decimal(0))
    assert without_discount[2:4] == (None, "no_churn")


def test_a_customers_value_so_far_is_of_full_months_at_their_margins():
    found = known(
        item("one", 100, "06-10"),
        products=[Product("product", "line")],
        gross_margins=[
            GrossMargin("old", "line", day("01-01"), Decimal("0.5")),
            GrossMargin("new", "line", day("07-01"), Decimal("0.8")),
        ],
    )
    of, rate_rows = channels(found), segment_rates(found, channels(found))
    (row,) = customer_values(found, of, rate_rows, acquisition_costs(found, of))
    assert (row.cumulative_gross_profit_amount, row.monthly_gross_profit_amount) == (130, 80)
    assert (row.cac_missing_reason, row.predicted_clv_missing_reason) == ("no_channel", "no_churn")
    (june, _, july, _) = segment_values(found, rate_rows, acquisition_costs(found, of))
    assert (june.gross_margin_rate, july.gross_margin_rate) == (Decimal("0.5"), Decimal("0.8"))


def test_rates_of_a_segment_are_of_six_and_of_twelve_months():
    found = known(
        item("grows", 100, "2024-06-01", "2025-03-01"),
        item("grows", 130, "2025-03-01"),
        item("goes", 100, "2024-06-01", "2025-06-15"),
    )
    row = next(
        row for row in segment_rates(found, channels(found)) if row[:2] == ("all", day("07-01"))
    )
    # Two customers at the start of each month from February to June, one in July.
    assert (row.opening_customer_count, row.churned_customer_count) == (11, 1)
    assert row.churn_rate == Decimal("0.090909")
    assert (row.base_mrr_amount, row.expansion_rate) == (200, Decimal("0.15"))


# -- health ----------------------------------------------------------------------------


def test_health_is_points_by_weight_of_what_is_known():
    found = known(
        item("account", 100, "04-10", "06-10"),
        accounts=[Account("account")],
        contracts=[contract("one", "08-14", service_start_on=day("05-01"))],
        product_usage=[
            ProductUsage("one", "account", day("05-01"), 8, 10),
            ProductUsage("two", "account", day("06-30"), 5, 10),
        ],
        survey_responses=[response(9, "03-01"), response(2, "07-01")],
    )
    (row,) = Healths(found, answers(found), NpsHistory(answers(found))).rows()
    assert row[1:8] == (day("04-01"), Decimal("0.65"), 9, None, None, None, 45)
    assert row.health_score == Decimal("66.67")
    assert (row.is_at_risk, row.at_risk_reason) == (False, None)


def test_a_decisive_component_puts_at_risk_whatever_the_score():
    found = known(
        item("account", 100, "04-10", "06-10"),
        accounts=[Account("account")],
        product_usage=[ProductUsage("one", "account", day("05-01"), 59, 100)],
        survey_responses=[response(10, "05-01")],
    )
    (row,) = Healths(found, answers(found), NpsHistory(answers(found))).rows()
    assert (row.health_score, row.is_at_risk, row.at_risk_reason) == (40, True, "usage")


def test_at_risk_is_what_falls_due_soon_or_waits_for_its_renewal():
    found = known(
        contracts=[
            contract("soon", "11-13", 600),
            contract("later", "11-14"),
            contract("waits", "07-17", 1200),
            contract("renewed", "09-01"),
            contract("renewal", "2026-09-01", 1200, "renewed", service_start_on=day("09-01")),
        ],
        accounts=[Account("account")],
    )
    history = NpsHistory([])
    rows = renewals_at_risk(found, history, renewals(found, history), [])
    told = [(row.contract_id, row.risk_rank, row.mrr_at_risk_amount) for row in rows]
    assert told == [("waits", 1, 100), ("soon", 2, 50)]
