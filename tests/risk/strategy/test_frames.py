"""Frames say what a single answer says: who is left to a person, also where an output is there."""

from itertools import product

import polars as pl
import pytest
from tests.risk.strategy.card_application import GOOD, strategy
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


APPLICATION = strategy()
VALUES: dict[str, tuple[object, ...]] = {
    "age": (17, 20, 35, 80, None),
    "income": (100, 300_000, 50_000_000, 2**62, None),
    "grade": ("A", "C", None),
    "lenders": (1, 9, None),
    "score": (500, 720, None),
}
APPLICATIONS = [
    {**GOOD, **dict(zip(VALUES, values, strict=True))} for values in list(product(*VALUES.values()))[::7]
]
SCHEMA = {
    **dict.fromkeys(("age", "income", "lenders", "score"), pl.Int64()),
    **dict.fromkeys(("id_token", "grade"), pl.String()),
}
SAYS = {"not_matched": 0, "matched": 1, "refer": 2}


@pytest.mark.parametrize("target", ["polars", "duckdb"])
def test_every_rule_table_and_output_says_what_one_case_is_told(target: str) -> None:
    frame = pl.DataFrame(APPLICATIONS, schema=SCHEMA)
    judged = APPLICATION.judge_frame(frame, rules=True, refers=True, target=target)
    for case, row in zip(APPLICATIONS, judged.iter_rows(named=True), strict=True):
        one = APPLICATION.judge(case)
        assert row["refers"] == one.refers
        for name, value in one.outputs.items():
            assert row[name] == (list(value) if isinstance(value, tuple) else value), (name, case)
        for verdict in one.verdicts:
            if not verdict.reached:
                assert row[f"{verdict.table}_row"] is None
            elif verdict.state == 0:
                assert row[f"{verdict.table}_row"] == (verdict.matched or ("otherwise",))[0]
                assert row[f"{verdict.table}_state"] == 0
            else:
                assert row[f"{verdict.table}_state"] == verdict.state
            for told in verdict.working:
                says = SAYS[told.match.value] if verdict.reached else None
                assert row[f"rule__{verdict.table}__{told.row}"] == says, (verdict.table, told.row, case)


def test_only_the_outputs_asked_for_are_given_with_what_their_tables_say() -> None:
    frame = pl.DataFrame(APPLICATIONS[:3], schema=SCHEMA)
    asked = APPLICATION.judge_frame(frame, outputs=["outcome", "limit_fen"])
    told = ["limit_fen", "limit_fen_state", "decision_matched", "decision_row", "decision_state", "outcome"]
    assert sorted(set(asked.columns) - set(frame.columns)) == sorted(told)
    everything = APPLICATION.judge_frame(frame)
    assert everything.select(asked.columns).equals(asked)
