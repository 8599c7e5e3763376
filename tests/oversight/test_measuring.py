"""Figures of a card: known truths on small frames, undefined ones said to be so."""

import polars as pl
import pytest
from measured_cases import scored

from creditloop.kernel.errors import InputError
from creditloop.oversight import (
    Metric,
    measure_case,
    measure_month,
    measure_performance,
    measure_scoring,
    measure_stability,
)
from creditloop.risk import BinCount

NANO = 10**9
PERFECT = scored(
    (600, 100_000_000, False), (590, 100_000_000, False), (500, 900_000_000, True), (490, 900_000_000, True)
)


def figures(frame: pl.DataFrame, **changed: object) -> dict[tuple[str, str], Metric]:
    asked = {"outcomes": ["first"], "pd_of": "first", "bands": 2} | changed
    return {(m.name, m.segment): m for m in measure_performance(frame=frame, **asked)}


def test_a_card_that_tells_all_apart_has_auc_and_ks_one() -> None:
    found = figures(PERFECT)
    assert found["auc", "first"].value_nano == NANO
    assert found["ks", "first"].value_nano == NANO
    assert found["brier", "first"].value_nano == 10_000_000  # 0.1² in every case
    assert (found["bad_rate", "first"].numerator, found["bad_rate", "first"].denominator) == (2, 4)


def test_a_score_that_says_nothing_has_auc_one_half() -> None:
    flat = PERFECT.with_columns(score=pl.lit(500, pl.Int64))
    assert figures(flat)["auc", "first"].value_nano == NANO // 2
    assert figures(flat)["ks", "first"].value_nano == 0


def test_calibration_sets_what_was_expected_beside_what_was_seen() -> None:
    found = figures(PERFECT)
    assert found["pd_mean", "first/01"].value_nano == 100_000_000
    assert found["bad_rate", "first/01"].value_nano == 0
    assert found["calibration_gap", "first/01"].value_nano == 100_000_000
    assert found["calibration_gap", "first/02"].value_nano == -100_000_000


def test_calibration_is_measured_by_the_outcome_the_probability_is_of_alone() -> None:
    both = PERFECT.with_columns(second=pl.lit(value=True))
    found = figures(both, outcomes=["first", "second"])
    assert ("auc", "second") in found
    assert not [key for key in found if key[1].startswith("second/") or key == ("brier", "second")]


def test_where_nobody_is_bad_what_cannot_be_told_is_none() -> None:
    found = figures(PERFECT.with_columns(first=pl.lit(value=False)))
    assert found["auc", "first"].value_nano is None
    assert found["bad_rate", "first"].value_nano == 0
    assert ("brier", "first") not in found


def test_cases_without_a_score_are_counted_and_left_out() -> None:
    frame = pl.concat([PERFECT, scored((None, None, True))])  # type: ignore[arg-type]
    found = figures(frame)
    assert (found["unscored", "all"].numerator, found["unscored", "all"].denominator) == (1, 5)
    assert found["auc", "first"].denominator == 4


def test_nothing_to_measure_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to measure"):
        figures(PERFECT.clear())
    with pytest.raises(InputError, match="lacks the column 'pd_nano'"):
        figures(PERFECT.drop("pd_nano"))


def test_a_distribution_that_stayed_has_psi_zero_and_one_that_moved_has_more() -> None:
    counts = {
        "score": (BinCount("low", 500, 50), BinCount("high", 500, 50)),
        "use": (BinCount("low", 500, 90), BinCount("high", 500, 10)),
        "empty": (BinCount("low", 500, 0), BinCount("high", 500, 0)),
    }
    score, use, empty = measure_stability(counts=counts)
    assert (score.name, score.segment, score.value_nano, score.denominator) == ("psi_score", "score", 0, 100)
    assert use.name == "psi_feature"
    assert use.value_nano == 878_889_831  # 0.4·ln(1.8) + 0.4·ln(5)
    assert empty.value_nano is None


COUNTS = {"score": (BinCount("low", 2, 2), BinCount("high", 2, 2)), "use": (BinCount("low", 4, 4),)}


def month(frame: pl.DataFrame) -> dict[tuple[str, str], Metric]:
    found = measure_month(month="2005-07", frame=frame, outcome="first", counts=COUNTS)
    return {(m.name, m.segment): m for m in found}


def test_the_figures_of_a_month_have_it_as_their_segment() -> None:
    found = month(PERFECT)
    assert {segment for _, segment in found} == {"2005-07", "2005-07/use"}
    assert [found[name, "2005-07"].value_nano for name in ("auc", "auc_low", "auc_high", "ks")] == [NANO] * 4
    assert found["brier", "2005-07"].value_nano == 10_000_000
    assert (found["pd_mean", "2005-07"].value_nano, found["bad_rate", "2005-07"].value_nano) == (
        NANO // 2,
    ) * 2
    assert found["calibration_gap", "2005-07"].value_nano == 0
    assert found["psi_score", "2005-07"].value_nano == found["psi_feature", "2005-07/use"].value_nano == 0


def test_a_month_without_bads_or_without_cases_says_none_and_is_refused() -> None:
    found = month(PERFECT.with_columns(first=pl.lit(value=False)))
    assert found["auc", "2005-07"].value_nano is None
    assert found["bad_rate", "2005-07"].value_nano == 0
    assert found["calibration_gap", "2005-07"].value_nano == NANO // 2
    nobody = month(scored((None, None, True)))  # type: ignore[arg-type]
    assert nobody["unscored", "2005-07"].value_nano == NANO
    assert nobody["calibration_gap", "2005-07"].value_nano is None
    with pytest.raises(InputError, match="nothing to measure"):
        month(PERFECT.clear())


def test_a_scoring_counts_whom_the_card_gave_no_score() -> None:
    frame = pl.concat([PERFECT, scored((None, None, True))])  # type: ignore[arg-type]
    unscored, unseen, psi_score, psi_feature = measure_scoring(frame=frame, counts=COUNTS)
    assert (unscored.numerator, unscored.denominator) == (1, 5)
    assert (unseen.name, unseen.segment, unseen.numerator, unseen.denominator) == ("unseen", "use", 0, 5)
    assert (psi_score.segment, psi_feature.segment) == ("score", "use")
    with pytest.raises(InputError, match="nothing to measure"):
        measure_scoring(frame=frame.clear(), counts=COUNTS)


def test_values_in_no_bin_or_in_one_the_fit_sample_left_empty_are_unseen() -> None:
    use = (BinCount("a", 5, 3), BinCount("b", 0, 1), BinCount("?", 0, 0))
    figures = measure_scoring(frame=PERFECT, counts={"score": COUNTS["score"], "use": use})
    unseen = next(one for one in figures if one.name == "unseen")
    assert (unseen.segment, unseen.numerator, unseen.denominator) == ("use", 1, PERFECT.height)


def test_one_case_has_the_figures_one_case_can_have() -> None:
    (scored_one,) = measure_case(score=600, unseen=[])
    assert (scored_one.name, scored_one.numerator, scored_one.denominator) == ("unscored", 0, 1)
    unscored, unseen = measure_case(score=None, unseen=["use"])
    assert (unscored.value_nano, unseen.segment, unseen.value_nano) == (NANO, "use", NANO)
