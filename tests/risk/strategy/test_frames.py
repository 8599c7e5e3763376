"""Frames say what a single answer says: who is left to a person, also where an output is there."""

import polars as pl
import pytest
from tests.risk.strategy.small_strategies import BRANCHES, TWO_OUTPUTS, small

LIMIT = """\
  - limit: {name: share, kind: money, value: income, meaning: {zh: 额, en: share}}
"""
CASES = [
    {"age": age, "grade": grade, "income": income}
    for age in (20, 50, 71, None)
    for grade in ("A", "B", None)
    for income in (1_000, 2**62, None)
]


@pytest.mark.parametrize(
    "text", [BRANCHES.replace("CONDITION", "points < 95") + LIMIT, TWO_OUTPUTS], ids=["branches", "outputs"]
)
@pytest.mark.parametrize("target", ["polars", "duckdb"])
def test_refers_is_what_one_case_is_told(text: str, target: str) -> None:
    read = small(text)
    frame = pl.DataFrame(CASES, schema={"age": pl.Int64, "grade": pl.String, "income": pl.Int64})
    judged = read.judge_frame(frame, refers=True, outputs=["outcome"], target=target)
    answers = [read.decide(case) for case in CASES]
    assert judged["refers"].to_list() == [answer["refers"] for answer in answers]
    assert judged["outcome"].to_list() == [answer["outcome"] for answer in answers]
    assert judged["refers"].any()
    assert not judged["refers"].all()
