"""The arithmetic of a line, on lines that are made up: each mode and each step by itself.

What must come out is written here by hand, from the rules of pay.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from orchestration.audit.arithmetic import (
    Step,
    line_steps,
    money,
    number,
    pay_steps,
    percent,
    rounded,
)

D = Decimal


def line(**more: Any) -> dict[str, Any]:
    """A flat line of 8 % of 100,000.00, released at once."""
    base = {
        "event_key": "booking:crm:o1",
        "reversed_event_key": None,
        "mode": "flat",
        "tier_basis": "attainment",
        "evaluation": "period_to_date",
        "credits": "revenue:1.000000:100000.00:1.0000000000:100000.00",
        "deal_currency": "CNY",
        "currency": "CNY",
        "pay_currency": "CNY",
        "credit_amount": D("100000.00"),
        "minor_unit_digits": 2,
        "basis_from": D(0),
        "basis_to": D(100000),
        "basis_total": D(100000),
        "basis_width": D(100000),
        "component_amount": None,
        "unit_size": None,
        "is_pro_rata": None,
        "curve_points": None,
        "cliff_from": None,
        "cliff_mode": None,
        "cliff_threshold": None,
        "is_cliff_reached": True,
        "floor_amount": None,
        "rooms": "",
        "is_cap_refundable": False,
        "retained_fraction": "1 of 1",
        "released_fraction": "1.00 of 1.00",
        "reversed_event_amount": None,
        "reversed_before": None,
        "reversed_to_date": None,
        "gross_amount": D("8000.00"),
        "after_cliff_amount": D("8000.00"),
        "after_floor_amount": D("8000.00"),
        "capped_amount": D("8000.00"),
        "retained_amount": D("8000.00"),
        "released_amount": D("8000.00"),
        "pay_exchange_rate": D(1),
        "pay_minor_unit_digits": 2,
    }
    return base | more


def tier(low: str, high: str, rate: str, credit: str | None = None) -> dict[str, Any]:
    return {
        "slice_number": 1,
        "basis_from": D(low),
        "basis_to": D(high),
        "credit_amount": D(credit or high) - (D(0) if credit else D(low)),
        "rate": D(rate),
        "amount": D(0),
    }


FLAT = [tier("0", "100000", "0.08")]


def computed(steps: list[Step]) -> dict[str, Decimal | None]:
    return {step.name: step.computed for step in steps}


def only(name: str, row: Mapping[str, Any], slices: list[dict[str, Any]] | None = None) -> Step:
    (step,) = (s for s in line_steps(row, FLAT if slices is None else slices) if s.name == name)
    return step


def test_a_flat_line_is_credit_times_rate_and_passes_every_step() -> None:
    steps = line_steps(line(), FLAT)
    assert not any(step.is_wrong for step in steps)
    assert {step.name: step.computed for step in steps}["gross"] == D("8000.00")
    assert only("gross", line()).text == "100,000.00 x 8 %"


def test_an_amount_that_its_arithmetic_does_not_give_is_wrong() -> None:
    wrong = [
        step.name for step in line_steps(line(gross_amount=D("8000.01")), FLAT) if step.is_wrong
    ]
    # What comes after starts from the wrong amount, so it is wrong there, too.
    assert wrong == ["gross", "after_cliff"]


def test_marginal_slices_are_summed_before_they_are_rounded() -> None:
    slices = [
        tier("270000", "300000", "0.08"),
        tier("300000", "450000", "0.12"),
        tier("450000", "510000", "0.15"),
    ]
    row = line(
        mode="marginal",
        credit_amount=D(240000),
        basis_width=D(240000),
        basis_from=D(270000),
        basis_to=D(510000),
    )
    step = only("gross", row, slices)
    assert step.computed == D("29400.00")
    assert step.text == "30,000.00 x 8 % + 150,000.00 x 12 % + 60,000.00 x 15 %"


def test_a_share_of_an_event_is_paid_its_share_of_each_slice() -> None:
    # A third of an event of 300: 33.33 of 100 at 10 %, and two thirds of it at 20 %.
    slices = [tier("0", "100", "0.1", "33.33"), tier("100", "300", "0.2", "66.67")]
    row = line(mode="marginal", evaluation="per_event", credit_amount=D(100), basis_width=D(300))
    step = only("gross", row, slices)
    assert step.computed == D("16.67")
    assert step.text.startswith("100.00 x 100.00 / 300.00 x 10 %")


def test_complete_blocks_count_where_they_are_completed() -> None:
    row = line(
        mode="per_unit",
        component_amount=D("50.00"),
        unit_size=D(100),
        basis_from=D(180),
        basis_to=D(420),
        credits="revenue:0.500000:0.00:1.0000000000:0.00",
    )
    assert only("gross", row, []).computed == D("75.00")
    below_zero = row | {"basis_from": D("-18.2"), "basis_to": D(100)}
    assert only("gross", below_zero, []).computed == D("25.00")
    row["is_pro_rata"] = True
    assert only("gross", row, []).computed == D("60.00")


def test_a_fixed_amount_is_shared_by_credit_and_taken_back_where_the_credit_is_negative() -> None:
    row = line(mode="fixed", component_amount=D("5000.00"), credits="revenue:0.3:1:1:1")
    assert only("gross", row, []).computed == D("1500.00")
    row["credit_amount"] = D(-1)
    assert only("gross", row, []).computed == D("-1500.00")


def test_a_curve_pays_the_difference_between_two_of_its_points() -> None:
    points = "gross_from:0.00:10000.00:1:4|gross_to:10000.00:20000.00:1:3"
    step = only("gross", line(mode="interpolated", curve_points=points), [])
    assert step.computed == D("14166.67")
    assert step.text == "(10,000.00 + 20,000.00 x 1 / 3) - (0.00 + 10,000.00 x 1 / 4)"


def test_what_nobody_knows_how_to_compute_is_neither_right_nor_wrong() -> None:
    step = only("gross", line(mode="by_the_moon"), [])
    assert step.computed is None
    assert not step.is_wrong


@pytest.mark.parametrize(
    ("reached", "mode", "paid"),
    [
        (False, "first_unit", "0.00"),
        (True, "first_unit", "8000.00"),
        (True, "threshold", "3200.00"),
    ],
)
def test_a_cliff_pays_nothing_below_and_from_its_threshold_where_it_says_so(
    reached: bool, mode: str, paid: str
) -> None:
    row = line(
        cliff_from=D("0.6"),
        cliff_mode=mode,
        cliff_threshold=D(60000),
        is_cliff_reached=reached,
    )
    assert only("after_cliff", row).computed == D(paid)


def test_a_line_of_the_window_tops_it_up_to_its_least_pay() -> None:
    row = line(event_key=None, credits=None, floor_amount=D("5000.00"), gross_amount=D("0.00"))
    (step,) = (s for s in line_steps(row, [], None, D("1800.00")) if s.name == "after_floor")
    assert step.computed == D("3200.00")


def test_the_tightest_cap_counts() -> None:
    assert only("capped", line(rooms="|9000.00|2500.00|4000.00")).computed == D("2500.00")


def test_what_comes_off_a_total_that_ran_over_its_cap_is_not_proved_by_the_room() -> None:
    slices = [tier("0", "100000", "0.08")]
    row = line(credit_amount=D(-100000), after_floor_amount=D("-8000.00"), rooms="|0.00")
    (step,) = (
        s for s in line_steps(row | {"capped_amount": D("-3000.00")}, slices) if s.name == "capped"
    )
    assert step.computed is None
    (step,) = (
        s for s in line_steps(row | {"capped_amount": D("1.00")}, slices) if s.name == "capped"
    )
    assert step.is_wrong


def test_released_is_one_division_from_the_line() -> None:
    # 4,800.00 on 60,000 billed in four, churned after 5 of 12 months.
    row = line(
        capped_amount=D("4800.00"),
        retained_fraction="5.00 of 12.00",
        released_fraction="15000.00 of 60000.00",
    )
    steps = computed(line_steps(row, FLAT))
    assert steps["retained"] == D("2000.00")
    assert steps["released"] == D("500.00")


def test_what_frees_room_under_the_caps_leaves_before_them() -> None:
    row = line(is_cap_refundable=True, retained_fraction="1 of 2", rooms="|3000.00")
    assert computed(line_steps(row, FLAT))["retained"] == D("3000.00")
    row["rooms"] = "|5000.00"
    assert computed(line_steps(row, FLAT))["retained"] == D("4000.00")


def test_a_reversal_takes_back_to_date_less_what_was_taken_before() -> None:
    origin = {
        f"{name}_amount": D("0.05")
        for name in ("gross", "after_cliff", "after_floor", "capped", "retained", "released")
    }
    row = line(
        reversed_event_key="e0",
        reversed_event_amount=D(2),
        reversed_before=D(1),
        reversed_to_date=D(2),
        gross_amount=D("-0.02"),
    )
    (step,) = (s for s in line_steps(row, [], origin) if s.name == "gross")
    # Half of it was 0.03: what is left to take back is 0.02.
    assert step.computed == D("-0.02")
    assert not step.is_wrong


def test_each_credit_is_converted_by_itself() -> None:
    row = line(deal_currency="USD", credits="overlay:0.5:0.05:7.1:0.36|revenue:0.5:0.05:7.1:0.36")
    assert only("credit", row).computed == D("0.72")


def test_pay_is_converted_step_by_step_so_that_its_parts_sum_up() -> None:
    row = line(
        pay_currency="EUR",
        pay_exchange_rate=D("0.13"),
        capped_amount=D("100.10"),
        retained_amount=D("50.05"),
        released_amount=D("25.03"),
    )
    parts = computed(pay_steps(row, {"earned": D("13.01")}))
    assert parts == {"earned": D("13.01"), "clawback": D("-6.50"), "held": D("-3.26")}
    assert sum(parts.values()) == rounded(Fraction(D("25.03")) * Fraction(D("0.13")), 2)


def test_a_currency_without_cents_is_rounded_to_whole_units() -> None:
    row = line(
        minor_unit_digits=0,
        gross_amount=D("8001.00"),
        credit_amount=D(100006),
        basis_width=D(100006),
    )
    assert only("gross", row, [tier("0", "100006", "0.08")]).computed == D("8000.00")


def test_halves_are_rounded_away_from_zero() -> None:
    assert rounded(Fraction(5, 1000), 2) == D("0.01")
    assert rounded(Fraction(-5, 1000), 2) == D("-0.01")
    assert rounded(Fraction(1499, 100000), 2) == D("0.01")


def test_figures_are_written_as_people_write_them() -> None:
    assert money(D("1234.5")) == "1,234.50"
    assert number(D("7.150000")) == "7.15"
    assert number(D("0.131579")) == "0.131579"
    assert percent(D("0.080000")) == "8 %"
    assert percent(D("0.125000")) == "12.5 %"
