"""Warnings: known truths, a risk that is the sum of its signals' weights, nothing that fails open."""

from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.monitor.verdict_rows import policies
from tests.monitor.warning_rows import DUE, LATE, QUIET, UNKNOWN, policy, rows

from creditloop.kernel.errors import InputError
from creditloop.monitor import (
    NO_WARNING,
    RISK_MAX,
    WARNING_LEVELS,
    WARNING_REFERRED,
    judge_warnings,
    signal_frame,
    signal_names,
)
from creditloop.risk import Policy

POLICY = policy()
WEIGHTS = {
    entry.parameter.name.removeprefix("weight_"): int(str(entry.parameter.value))
    for entry in POLICY.parameters
    if entry.parameter.name.startswith("weight_")
}


def judged(given: pl.DataFrame, by: Policy = POLICY) -> list[dict[str, Any]]:
    return judge_warnings(rows=given, policy=by).to_dicts()


def test_each_level_is_reached_and_nobody_is_lost() -> None:
    found = judged(rows({}, LATE, QUIET, UNKNOWN, {"months_late_0": 1, "late_statements": 1}).reverse())
    assert [(one["party_id"], one["level"], one["level_rule"]) for one in found] == [
        ("p00", "none", "otherwise"),
        ("p01", "alert", "WL_CLASS"),
        ("p02", "notice", "WL_NOTICE"),
        ("p03", "refer", "refer"),
        ("p04", "watch", "WL_LATE"),
    ]
    assert {one["level"] for one in found} == {*WARNING_LEVELS, NO_WARNING, WARNING_REFERRED}


def test_signals_and_measures_are_names_and_none_is_an_empty_list() -> None:
    duly, late = judged(rows({}, LATE))
    assert (duly["signals"], duly["measures"], duly["risk"]) == ([], [], 0)
    assert late["signals"] == [
        "late_now",
        "late_two",
        "late_deeper",
        "late_recently",
        "late_history",
        "late_twice",
        "paid_nothing",
        "full_payment_ended",
        "paid_now_small",
        "paid_middling",
    ]
    assert late["measures"][0] == "call"
    assert late["bill_0_fen"] == DUE["bill_0_fen"], "what it was made from is kept"


def test_the_weights_add_up_to_the_largest_risk_and_none_makes_a_customer_safer() -> None:
    assert sum(WEIGHTS.values()) == RISK_MAX
    assert min(WEIGHTS.values()) >= 0
    assert tuple(WEIGHTS) == signal_names(POLICY)


amounts = st.integers(-(10**6), 10**10)
months = st.integers(-2, 9)
customers = st.fixed_dictionaries(
    {
        "limit_fen": st.integers(1, 10**10),
        "owed_fen": st.integers(0, 10**10),
        "late_statements": st.integers(0, 6),
        "bank_class": st.sampled_from(["no_exposure", "normal", "special_mention", "substandard", "loss"]),
        "bill_0_fen": amounts,
        "payment_0_fen": amounts,
        "months_late_0": months,
        **{f"bill_{back}_fen": st.none() | amounts for back in (1, 2)},
        **{f"payment_{back}_fen": st.none() | amounts for back in (1, 2)},
        **{f"months_late_{back}": st.none() | months for back in (1, 2)},
    }
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(customers, min_size=1, max_size=30))
def test_the_risk_is_the_sum_of_the_weights_and_the_level_never_passes_over_a_bad_class(
    given: list[dict[str, object]],
) -> None:
    """Nothing is referred where the newest statement and the verdict are there: older ones may be missing."""
    for one in judged(rows(*given)):
        assert one["level"] in {*WARNING_LEVELS, NO_WARNING}
        assert one["risk"] == sum(WEIGHTS[signal] for signal in one["signals"]) <= RISK_MAX
        if one["bank_class"] in ("substandard", "loss"):
            assert one["level"] == "alert"
        if one["months_late_0"] >= 1:
            assert one["level"] in ("alert", "watch")
        assert (one["level"] == NO_WARNING) == (one["measures"] == [])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(customers)
def test_one_case_is_judged_as_in_the_frame(one: dict[str, object]) -> None:
    (in_frame,) = judged(rows(one))
    alone = POLICY.judge({**DUE, **one}).outputs
    assert alone["level"] == in_frame["level"]
    signals, measures = alone["signal"], alone["measure"]
    assert isinstance(signals, tuple)
    assert isinstance(measures, tuple)
    assert [name for name in signals if name != NO_WARNING] == in_frame["signals"]
    assert [name for name in measures if name != NO_WARNING] == in_frame["measures"]


@pytest.mark.parametrize(
    "name",
    [
        "limit_fen",
        "bill_0_fen",
        "payment_0_fen",
        "months_late_0",
        "bank_class",
        "owed_fen",
        "late_statements",
    ],
)
def test_what_must_be_there_refers_when_it_is_missing(name: str) -> None:
    (one,) = judged(rows({name: None}))
    assert (one["level"], one["level_rule"]) == ("refer", "refer")
    assert one["measures"] == ["refer"]


def test_a_bad_class_is_an_alert_though_the_rest_cannot_be_told() -> None:
    (one,) = judged(rows(LATE | UNKNOWN))
    assert (one["level"], one["level_rule"], one["risk"]) == ("alert", "WL_CLASS", None)
    assert (one["signals"], one["measures"]) == (["refer"], ["refer"])


def test_a_verdict_that_was_referred_refers() -> None:
    (one,) = judged(rows({"bank_class": "refer"}))
    assert one["level"] == "refer"


def test_an_earlier_statement_that_is_not_there_is_no_signal() -> None:
    older = {name: None for name in DUE if name[-1] in "12" or name.endswith(("_1_fen", "_2_fen"))}
    first_month, late = judged(rows(older, older | LATE | {"months_late_1": None, "late_statements": 1}))
    assert (first_month["level"], first_month["signals"]) == ("none", [])
    assert late["signals"] == ["late_now", "late_two", "late_recently", "late_history", "paid_now_small"]


def test_signals_as_numbers_say_the_same() -> None:
    given = rows({}, LATE, QUIET)
    frame = signal_frame(rows=given, policy=POLICY)
    assert tuple(frame.columns) == ("party_id", *signal_names(POLICY))
    for numbers, one in zip(frame.to_dicts(), judged(given), strict=True):
        assert [name for name in signal_names(POLICY) if numbers[name] == 1] == one["signals"]
    assert set(frame.drop("party_id").unpivot()["value"].to_list()) == {0, 1}


def test_weights_beyond_a_thousand_are_refused() -> None:
    heavy = policy((f"value: {WEIGHTS['late_two']},", "value: 1200,"))
    with pytest.raises(InputError, match="the risk is out of range") as caught:
        judge_warnings(rows=rows(LATE), policy=heavy)
    assert caught.value.where == {"policy": "early_warning", "party": "p00"}


def test_an_empty_month_has_no_warnings() -> None:
    assert judged(rows()) == []


def test_a_policy_that_warns_of_nothing_is_refused() -> None:
    five_tier = policies().five_tier
    with pytest.raises(InputError, match="not a warning policy") as caught:
        judge_warnings(rows=rows({}), policy=five_tier)
    assert caught.value.expected == "also level, level_row, measure, risk, signal"
    with pytest.raises(InputError, match="it lists no signals"):
        signal_names(five_tier)


BAD_ROWS = {
    "a column is missing": (rows({}).drop("owed_fen"), "a warning needs these columns"),
    "no party column": (rows({}).drop("party_id"), "a warning needs these columns"),
    "a party is null": (rows({}).with_columns(party_id=pl.lit(None, pl.String)), "a warning needs the party"),
    "a party twice": (pl.concat([rows({}), rows({})]), "a party stands twice"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_rows_that_cannot_be_are_refused(name: str) -> None:
    spoilt, message = BAD_ROWS[name]
    with pytest.raises(InputError, match=message):
        judge_warnings(rows=spoilt, policy=POLICY)


def test_money_as_a_float_is_broken_and_refers() -> None:
    (one,) = judged(rows({}).cast({"owed_fen": pl.Float64}))
    assert one["level"] == "refer"
