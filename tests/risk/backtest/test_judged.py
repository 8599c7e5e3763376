"""Whom a strategy approves: nobody whom any part of it leaves to a person, whatever its outcome says."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.risk.backtest_texts import STRATEGY, cases, plan, strategy

from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk import Policy
from creditloop.risk.backtest import approved_cases, backtest

WITH_LIMIT = STRATEGY.replace(
    "tables:\n",
    """steps:
  - limit:
      name: share
      kind: nano
      value: wanted / (yuan(1000) - wanted)
      meaning: {zh: 占比, en: share}
tables:
""",
    1,
)
"""The same strategy with one thing more to compute, that cannot be where just 1,000 is wanted."""
POLICIES = {text: strategy(text) for text in (STRATEGY, WITH_LIMIT)}


def approved(policy: Policy, frame: pl.DataFrame, *words: str) -> list[bool]:
    return approved_cases(policy, frame=frame, output="outcome", approving=words or ("approve",)).to_list()


def test_a_case_whose_limit_cannot_be_computed_is_not_approved() -> None:
    frame = pl.DataFrame({"score": [600, 600, None], "lenders": [1, 1, 0], "wanted": [50_000, 100_000, 1]})
    assert strategy(WITH_LIMIT).judge_frame(frame)["outcome"].to_list()[:2] == ["approve", "approve"]
    assert approved(strategy(WITH_LIMIT), frame) == [True, False, False]
    assert approved(strategy(), frame) == [True, True, False]


@settings(deadline=None, max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(470, 520),
            st.none() | st.integers(0, 8),
            st.none() | st.sampled_from([1, 99_999, 100_000, 300_000]),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_it_is_what_the_decision_online_says(rows: list[tuple[int | None, int | None, int | None]]) -> None:
    schema = {"score": pl.Int64, "lenders": pl.Int64, "wanted": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    for text in (STRATEGY, WITH_LIMIT):
        online = [POLICIES[text].decide(row) for row in frame.iter_rows(named=True)]
        expected = [not answer["refers"] and answer["outcome"] == "approve" for answer in online]
        assert approved(POLICIES[text], frame) == expected


def test_a_backtest_counts_the_same() -> None:
    for policy in POLICIES.values():
        told = backtest(plan=plan(), champion=policy, chunks=[cases()]).champion.figures
        assert told.approved == sum(approved(policy, cases()))


def test_an_output_that_is_true_or_false_decides_as_well() -> None:
    text = STRATEGY.replace(
        "outcome: {kind: text, values: [approve, refer, decline]}", "outcome: {kind: boolean}"
    )
    for word, answer in (("approve", "true"), ("decline", "false"), ("refer", "false")):
        text = text.replace(f"outcome: {word},", f"outcome: {answer},")
    frame = cases()
    told = approved_cases(strategy(text), frame=frame, output="outcome", approving=[True])
    assert told.to_list() == approved(strategy(), frame)


@pytest.mark.parametrize("output", ["nothing", "score"])
def test_what_does_not_decide_is_refused(output: str) -> None:
    with pytest.raises(PolicyError, match="does not decide by this output"):
        approved_cases(strategy(), frame=cases(), output=output, approving=["approve"])


def test_cases_without_what_the_strategy_reads_are_refused() -> None:
    with pytest.raises(InputError, match="lack what the strategy reads") as caught:
        approved(strategy(), cases().drop("lenders", "score"))
    assert caught.value.got == ["lenders", "score"]
