"""The forecast is worth its trouble on the sample: it predicts better than what costs nothing.

What the figures are of a large company, and how the sample was made, says docs/forecast.md.
"""

from pathlib import Path

import duckdb
import pytest


@pytest.mark.parametrize("subject", ["deal", "attainment"])
def test_own_history_predicts_better_than_both_baselines(
    subject: str, built_warehouse: Path
) -> None:
    with duckdb.connect(str(built_warehouse), read_only=True) as connection:
        scores = dict(
            connection.execute(
                "select forecast_method, brier_score from marts.fct_forecast_calibration"
                " where slice = 'total' and subject = ?",
                [subject],
            ).fetchall()
        )
    assert scores["own_history"] < min(scores["base_rate"], scores["crm"])


def test_a_deal_at_risk_is_likelier_to_be_lost_in_every_segment(built_warehouse: Path) -> None:
    with duckdb.connect(str(built_warehouse), read_only=True) as connection:
        slices = connection.execute(
            "select slice_value, lift_rate from marts.fct_deal_risk_backtest"
        ).fetchall()
    assert len(slices) > 1
    assert [name for name, lift in slices if lift <= 1] == []
