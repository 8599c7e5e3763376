"""Routing: the early stage gets messages and calls only; nobody is lost; in doubt a person looks."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.recover.case_rows import REPOSITORY, ROUTING, rows

from creditloop.kernel.errors import InputError
from creditloop.recover import ROWS, route_cases

GRADES, LEVELS = ("A", "B", "C", "D", "E", "none"), ("alert", "watch", "notice", "none")
CUSTOMER = st.tuples(
    st.none() | st.integers(-2, 12),
    st.integers(0, 10**9) | st.sampled_from([0, 1, 499_999, 500_000, 4_999_999, 5_000_000]),
    st.sampled_from(GRADES),
    st.sampled_from(LEVELS),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(CUSTOMER, max_size=30))
def test_nobody_is_lost_and_the_early_stage_is_spared(
    given: list[tuple[int | None, int, str, str]],
) -> None:
    routed = route_cases(rows=rows(*[(f"p{i:02}", *row) for i, row in enumerate(given)]), policy=ROUTING)
    assert routed["party_id"].to_list() == [f"p{i:02}" for i in range(len(given))]
    for row, (late, amount, _, level) in zip(routed.iter_rows(named=True), given, strict=True):
        if amount == 0:
            assert row["route"] == "none"
        elif late is None:
            assert (row["route"], row["reason_code"]) == ("refer", "ROUTE_REFER")
        elif late <= 3:
            assert row["route"] in {"none", "message", "call"}
            assert (row["route"] == "none") == (late <= 0 and level != "alert")
        else:
            assert row["route"] in {"call", "agency", "litigation"}
            assert (row["route"] == "litigation") == (late >= 6 and amount >= 5_000_000)
        if late is not None:
            assert 0 <= row["value_at_risk_fen"] <= amount


def test_each_case_says_why_in_both_languages() -> None:
    (row,) = route_cases(rows=rows(("p", 4, 900_000, "B", "watch")), policy=ROUTING).iter_rows(named=True)
    assert (row["route"], row["rule"], row["reason_code"]) == ("agency", "RT_02", "RT_02")
    assert row["reason_zh"] == "已过早期阶段，转委外"
    assert row["reason_en"] == "beyond the early stage: an agency"
    assert row["value_at_risk_fen"] == 810_000


def test_an_unknown_warning_level_goes_to_a_person() -> None:
    (row,) = route_cases(rows=rows(("p", 0, 900_000, "B", "refer")), policy=ROUTING).iter_rows(named=True)
    assert (row["route"], row["rule"]) == ("refer", "refer")


BAD = {
    "a column is missing": (lambda frame: frame.drop("grade"), "not the rows a routing"),
    "money as a float": (lambda frame: frame.cast({"amount_fen": pl.Float64}), "not the rows a routing"),
    "a party twice": (lambda frame: pl.concat([frame, frame]), "cannot be"),
    "below 0": (lambda frame: frame.with_columns(amount_fen=pl.lit(-1, pl.Int64)), "cannot be"),
    "no grade": (lambda frame: frame.with_columns(grade=pl.lit(None, pl.String)), "cannot be"),
}


@pytest.mark.parametrize("name", BAD)
def test_rows_that_cannot_be_are_refused(name: str) -> None:
    spoil, message = BAD[name]
    with pytest.raises(InputError, match=message):
        route_cases(rows=spoil(rows(("p", 1, 100, "A", "none"))), policy=ROUTING)


def test_the_real_book_in_september_by_hand() -> None:
    """Counted from the published file alone: PAY_0 and BILL_AMT1, nobody graded, nobody warned."""
    file = pl.read_parquet(REPOSITORY / "examples" / "taiwan_cards" / "taiwan_default.parquet")
    owed = pl.max_horizontal(pl.lit(0), (pl.col("BILL_AMT1") * 100).round().cast(pl.Int64))
    book = file.select(
        pl.col("ID").cast(pl.String).alias("party_id"),
        pl.col("PAY_0").cast(pl.Int64).alias("months_late"),
        owed.alias("amount_fen"),
        grade=pl.lit("none"),
        level=pl.lit("none"),
    ).select(*ROWS)
    routed = route_cases(rows=book, policy=ROUTING)
    counted = dict(routed.group_by("route").len().iter_rows())
    late, debt = pl.col("PAY_0"), pl.col("BILL_AMT1")
    expected = {
        "message": file.filter((late == 1) & (debt > 0) & (debt < 50_000)).height,
        "call": file.filter(
            (((late == 1) & (debt >= 50_000)) | late.is_in([2, 3]) | ((late > 3) & (debt < 5_000)))
            & (debt > 0)
        ).height,
        "agency": file.filter(
            (late.is_in([4, 5]) & (debt >= 5_000)) | ((late > 5) & debt.is_between(5_000, 49_999))
        ).height,
        "litigation": file.filter((late >= 6) & (debt >= 50_000)).height,
    }
    assert counted == {**expected, "none": 30_000 - sum(expected.values())}
    assert counted == {"none": 24871, "message": 1382, "call": 3610, "agency": 116, "litigation": 21}
