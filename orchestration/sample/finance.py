"""Renders costs and margins as the flat files that finance exports."""

from datetime import date

from .landing import Intake
from .marketing import costs, margins
from .times import FIRST_DAY, day_add_months

SOURCE = "flat_finance"
_EPOCH = date(1970, 1, 1).toordinal()


def render(seed: int, customer_count: int, intake: Intake) -> None:
    """Render the company's acquisition costs and gross margins."""
    for cost in costs(seed, customer_count):
        intake.add(
            SOURCE,
            "acquisition_cost",
            [
                (
                    since,
                    {
                        "cost_id": cost.id,
                        "month": _month(cost.month),
                        "channel": cost.channel,
                        "amount": _amount(amount),
                        "currency": cost.currency.upper(),
                    },
                )
                for since, amount in cost.states
            ],
        )
    for margin in margins(seed):
        intake.add(
            SOURCE,
            "gross_margin",
            [
                (
                    margin.told,
                    {
                        "product_line": margin.product_line,
                        "month": _month(margin.month),
                        "gross_margin": f"{margin.share / 10_000:.4f}",
                    },
                )
            ],
        )


def _month(number: int) -> str:
    return date.fromordinal(day_add_months(FIRST_DAY, number) + _EPOCH).isoformat()[:7]


def _amount(minor: int) -> str:
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{minor // 100}.{minor % 100:02d}"
