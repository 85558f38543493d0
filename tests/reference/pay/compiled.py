"""The models of pay, compiled once for all modules that compare them.

A compile takes as long as many comparisons; whoever needs fewer models narrows what is here.
"""

from __future__ import annotations

from pathlib import Path

from ..harness import CompiledProject, Compiler

MARTS = (
    "int_customer_years_valued",
    "int_incentive_events",
    "int_credits",
    "int_quotas_by_window",
    "fct_payout_lines",
    "fct_payout_line_slices",
    "fct_payout_entitlements",
    "fct_pending_postings",
    "fct_payouts_by_payee_period",
    "fct_draw_balances",
    "fct_capitalised_commissions_by_contract_month",
)
# The fiscal years that anything is compared in.
FIRST_MONTHS = (1, 2, 4)


class PayCompiler(Compiler):
    """Compiles the models of pay for fiscal years, in the order in which they are asked for."""

    def __init__(self, folder: Path) -> None:
        """Take where others find what was compiled."""
        super().__init__(MARTS, folder)

    def announce_all(self) -> None:
        """Have all fiscal years compiled, one after the other."""
        for first_month in FIRST_MONTHS:
            self.announce(dbt_vars(first_month))

    def for_year(self, first_month: int) -> CompiledProject:
        """The models for fiscal years that start with a month."""
        return self.project(dbt_vars(first_month))


def dbt_vars(first_month: int) -> dict[str, object]:
    """The one var that pay is compared for; days are rows of the as_of model and of the ledger."""
    return {"fiscal_year_start_month": first_month}
