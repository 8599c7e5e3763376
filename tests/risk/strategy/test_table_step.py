"""A table decides where all it is asked for has a value; where anything fails, it gives nothing."""

import polars as pl
import pytest
from tests.risk.strategy.small_strategies import HEAD, small

FAILS = 2**62
TWO_THAT_CAN_FAIL = (
    HEAD.replace("  income", "  spent: {kind: money}\n  income")
    + """\
tables:
  - id: final
    hit_policy: first
    outputs: {more: {kind: money}, less: {kind: money}}
    rows:
      - {id: graded, when: "grade = 'A'", then: {more: income * 2, less: spent * 2},
         reason: {code: GRADED, zh: 级, en: graded}}
    otherwise: {then: {more: income, less: OTHERWISE}, reason: {code: NONE, zh: 无, en: none}}
"""
)


@pytest.mark.parametrize("otherwise", ["spent", "yuan(0)"])
@pytest.mark.parametrize(
    ("income", "spent", "more", "less"),
    [(1, 1, 2, 2), (FAILS, 1, None, None), (1, FAILS, None, None), (FAILS, FAILS, None, None)],
)
def test_one_output_that_fails_refers_and_leaves_the_others_without_a_value(
    otherwise: str, income: int, spent: int, more: int | None, less: int | None
) -> None:
    read = small(TWO_THAT_CAN_FAIL.replace("OTHERWISE", otherwise))
    case = {"age": 1, "grade": "A", "income": income, "spent": spent}
    refers = more is None
    assert read.decide(case) == {"more": more, "less": less, "refers": refers}
    judged = read.judge(case)
    assert (dict(judged.outputs), judged.refers) == ({"more": more, "less": less}, refers)
    row = read.judge_frame(pl.DataFrame([case])).row(0, named=True)
    assert (row["more"], row["less"], row["final_state"] != 0) == (more, less, refers)
    none = {"more": income, "less": spent if otherwise == "spent" else 0, "refers": False}
    assert read.decide({**case, "grade": "B"}) == none


COLLECTS_BESIDES = (
    HEAD
    + """\
tables:
  - id: final
    hit_policy: first
    outputs: {more: {kind: money}, notes: {kind: text, collect: true}}
    rows:
      - {id: graded, when: "grade = 'A'", then: {more: income * 2, notes: graded},
         reason: {code: GRADED, zh: 级, en: graded}}
      - {id: old, when: age > 70, then: {more: yuan(3), notes: old}, reason: {code: OLD, zh: 老, en: old}}
    otherwise: {then: {more: yuan(1), notes: none}, reason: {code: NONE, zh: 无, en: none}}
"""
)


@pytest.mark.parametrize(
    ("age", "grade", "income", "more", "notes"),
    [
        (80, "A", 1, 2, ("graded", "old")),
        (80, "B", FAILS, 300, ("old",)),
        (20, "B", FAILS, 100, ("none",)),
        (80, "A", FAILS, None, None),
        (None, "A", 1, None, None),
        (80, None, 1, None, None),
    ],
)
def test_a_row_after_the_one_that_decides_is_needed_where_an_output_collects(
    age: int | None, grade: str | None, income: int, more: int | None, notes: tuple[str, ...] | None
) -> None:
    read = small(COLLECTS_BESIDES)
    case = {"age": age, "grade": grade, "income": income}
    assert read.decide(case) == {"more": more, "notes": notes, "refers": more is None}
    assert dict(read.judge(case).outputs) == {"more": more, "notes": notes}
