"""Five tiers: known truths at the borders; the worse of rule and floor; what cannot be told is seen."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.monitor.verdict_rows import policies, rows

from creditloop.kernel.errors import InputError
from creditloop.monitor import CLASSES, NOT_PERFORMING, classify
from creditloop.monitor.classification import REFERRED, ROWS

POLICIES = policies()

TRUTHS = [
    # owed, months late → days low, days, bucket, class by the regulation, class in force, rule in force
    (100, -2, 0, 0, "M0", "normal", "normal", "otherwise"),
    (100, -1, 0, 0, "M0", "normal", "normal", "otherwise"),
    (100, 0, 0, 0, "M0", "normal", "normal", "otherwise"),
    (1, 1, 1, 30, "M1", "special_mention", "special_mention", "FT_02"),
    (100, 2, 31, 60, "M2", "special_mention", "substandard", "FB_03"),
    (100, 3, 61, 90, "M3", "special_mention", "substandard", "FB_03"),
    (100, 4, 91, 120, "M4", "substandard", "substandard", "FT_03"),
    (100, 5, 121, 150, "M5", "substandard", "substandard", "FT_03"),
    (100, 6, 151, 180, "M6", "substandard", "substandard", "FT_03"),
    (100, 7, 181, 210, "M7+", "substandard", "substandard", "FT_03"),
    (100, 8, 211, 240, "M7+", "substandard", "substandard", "FT_03"),
    (100, 9, 241, 270, "M7+", "substandard", "substandard", "FT_03"),
    (0, 9, 241, 270, "M7+", "no_exposure", "no_exposure", "FT_00"),
    (-5, 2, 31, 60, "M2", "no_exposure", "no_exposure", "FT_00"),
    # codes outside the documents keep their prudent reading, and the bucket says so
    (100, 10, 271, 300, "unknown_code", "doubtful", "doubtful", "FT_04"),
    (100, 12, 331, 360, "unknown_code", "doubtful", "doubtful", "FT_04"),
    (100, 13, 361, 390, "unknown_code", "loss", "loss", "FT_05"),
    # nothing is known of the delay: with a debt a person must look, without one there is nothing to classify
    (100, None, None, None, "refer", "refer", "refer", "refer"),
    (0, None, None, None, "refer", "no_exposure", "no_exposure", "FT_00"),
]
SHOWN = ("days_past_due_low", "days_past_due", "bucket", "regulatory_class", "bank_class", "bank_rule")


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: f"{truth[0]} fen, {truth[1]} months")
def test_a_border(truth: tuple[object, ...]) -> None:
    owed, late, *expected = truth
    assert isinstance(owed, int)
    assert late is None or isinstance(late, int)
    verdict = classify(rows=rows((owed, late)), policies=POLICIES).row(0, named=True)
    assert [verdict[name] for name in SHOWN] == expected


def test_the_verdict_keeps_what_it_was_made_from_and_the_rules_that_decided() -> None:
    given = rows((100, 2), (5, 4), (-7, 0)).reverse()
    verdicts = classify(rows=given, policies=POLICIES)
    assert verdicts["party_id"].to_list() == ["p00", "p01", "p02"]
    assert verdicts.select(*ROWS).equals(given.sort("party_id"))
    assert verdicts["bucket_rule"].to_list() == ["DPD_02", "DPD_04", "otherwise"]
    assert verdicts["regulatory_rule"].to_list() == ["FT_02", "FT_03", "FT_00"]
    assert verdicts["bank_rule"].to_list() == ["FB_03", "FT_03", "FT_00"]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.integers(-(10**6), 10**12) | st.sampled_from([0, 1, -1, 2**62]),
            st.none() | st.integers(-9, 40) | st.sampled_from([2**31, -(2**31), 2**62]),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_nobody_is_lost_and_a_bank_is_never_looser_than_the_rule(given: list[tuple[int, int | None]]) -> None:
    verdicts = classify(rows=rows(*given), policies=POLICIES)
    assert verdicts.height == len(given)
    for verdict, (owed, late) in zip(verdicts.iter_rows(named=True), given, strict=True):
        if REFERRED in (verdict["regulatory_class"], verdict["bank_class"]):
            # only a debt whose days cannot be told is referred, never one that can
            assert owed > 0
            assert verdict["days_past_due"] is None
            assert verdict["bank_class"] == verdict["bank_rule"] == REFERRED
            continue
        rule, floor = CLASSES.index(verdict["regulatory_class"]), CLASSES.index(verdict["bank_class"])
        assert floor >= rule
        assert (rule == 0) == (floor == 0) == (owed <= 0)
        if owed > 0 and late is not None and late >= 2:
            assert verdict["bank_class"] in NOT_PERFORMING


def test_an_empty_book_has_no_verdicts() -> None:
    verdicts = classify(rows=rows(), policies=POLICIES)
    assert verdicts.height == 0
    assert {"bank_class", "bucket", "regulatory_rule"} <= set(verdicts.columns)


BAD_ROWS = {
    "a column is missing": (
        lambda frame: frame.drop("limit_fen"),
        "not the rows a classification is made from",
    ),
    "a column too many": (
        lambda frame: frame.with_columns(x=1),
        "not the rows a classification is made from",
    ),
    "money as a float": (lambda frame: frame.cast({"owed_fen": pl.Float64}), "not the rows"),
    "months in another width": (lambda frame: frame.cast({"months_late": pl.Int32}), "not the rows"),
    **{
        f"null in {name}": (
            lambda frame, name=name: frame.with_columns(pl.lit(None, ROWS[name]).alias(name)),
            "a classification needs this value",
        )
        for name in ROWS
        if name != "months_late"
    },
    "a party twice": (lambda frame: pl.concat([frame, frame[:1]]), "a party stands twice"),
    "owed below 0": (
        lambda frame: frame.with_columns(owed_fen=pl.lit(-1, pl.Int64)),
        "the amount is below 0",
    ),
    "a limit below 0": (
        lambda frame: frame.with_columns(limit_fen=pl.lit(-1, pl.Int64)),
        "the amount is below 0",
    ),
    "owing and in credit": (lambda frame: frame.with_columns(credit_fen=pl.lit(1, pl.Int64)), "at once"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_rows_that_cannot_be_are_refused(name: str) -> None:
    spoil, message = BAD_ROWS[name]
    with pytest.raises(InputError, match=message) as caught:
        classify(rows=spoil(rows((100, 0), (200, 1))), policies=POLICIES)
    if name.startswith("null in "):
        assert caught.value.where["field"] == name.removeprefix("null in ")
