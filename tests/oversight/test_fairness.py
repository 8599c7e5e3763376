"""How groups are treated: known rates and ratios, small groups that are no yardstick, missing values."""

import polars as pl
import pytest

from creditloop.kernel.errors import InputError
from creditloop.oversight import Metric, measure_fairness

NANO = 10**9


def frame(*groups: tuple[str | None, int, int, int]) -> pl.DataFrame:
    """Groups by (name, cases, approved of them, bads among the approved); the rest are good, scored 500."""
    rows = [
        (name, 600 if k < approved else 500, k < approved, k < bads)
        for name, cases, approved, bads in groups
        for k in range(cases)
    ]
    schema = {"sex": pl.String, "score": pl.Int64, "approved": pl.Boolean, "bad": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def figures(given: pl.DataFrame, counted_min: int = 1) -> dict[tuple[str, str], Metric]:
    found = measure_fairness(frame=given, attributes=["sex"], counted_min=counted_min)
    return {(metric.name, metric.segment): metric for metric in found}


def test_rates_and_ratios_are_those_one_can_count() -> None:
    found = figures(frame(("1", 10, 5, 2), ("2", 20, 16, 4)))
    assert found["approval_rate", "sex=1"].value_nano == NANO // 2
    assert found["approval_rate", "sex=2"].value_nano == 800_000_000
    assert found["approval_ratio", "sex=1"].value_nano == 625_000_000
    assert found["approval_ratio", "sex=2"].value_nano == NANO
    assert found["bad_rate_approved", "sex=1"].value_nano == 400_000_000
    assert found["score_mean", "sex=1"].value_nano == 550 * NANO


def test_within_a_group_the_score_is_measured_on_its_own() -> None:
    found = figures(frame(("1", 10, 5, 2), ("2", 4, 2, 0)))
    assert found["auc_within", "sex=1"].value_nano == 187_500_000  # the bads are among the well scored
    assert found["auc_within", "sex=2"].value_nano is None


def test_a_handful_of_people_is_no_yardstick() -> None:
    given = frame(("1", 100, 50, 0), ("2", 100, 40, 0), ("3", 3, 3, 0))
    assert figures(given, counted_min=1)["approval_ratio", "sex=1"].value_nano == NANO // 2
    large = figures(given, counted_min=100)
    assert large["approval_ratio", "sex=1"].value_nano == NANO
    assert large["approval_ratio", "sex=2"].value_nano == 800_000_000
    assert large["approval_ratio", "sex=3"].value_nano == 2 * NANO


def test_who_has_no_value_is_a_group_of_his_own() -> None:
    assert figures(frame(("1", 2, 1, 0), (None, 2, 1, 0)))["approval_rate", "sex=not_known"].denominator == 2


def test_where_nobody_is_approved_there_is_no_ratio() -> None:
    found = figures(frame(("1", 4, 0, 0)))
    assert found["approval_ratio", "sex=1"].value_nano is None
    assert found["bad_rate_approved", "sex=1"].value_nano is None


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(InputError, match="lacks the column 'sex'"):
        figures(frame(("1", 2, 1, 0)).drop("sex"))
    with pytest.raises(InputError, match="nothing to measure"):
        figures(frame())
