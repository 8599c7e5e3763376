"""Reasons stand in order: why it refers, what decided, what that read, the points lost, the rest."""

import pytest
from tests.risk.strategy.card_application import GOOD, TEXT, strategy
from tests.risk.strategy.small_strategies import BRANCHES, HEAD, TWO_OUTPUTS, small

from creditloop.risk import Judgement, Wording

READ = strategy()


def told(judged: Judgement) -> list[tuple[str, str]]:
    return [(entry.reason.code, entry.because) for entry in judged.ranked]


def test_what_decided_comes_first_then_what_it_read() -> None:
    judged = READ.judge({**GOOD, "age": 17, "lenders": 9})
    assert judged.decided_by == ("decision", "rejected")
    assert told(judged) == [
        ("HARD", "decided"),
        ("YOUNG", "behind"),
        ("RATE_GOOD", "elsewhere"),
        ("LOW_OK", "no_row"),
    ]
    assert [entry.reason.code for entry in judged.letter_reasons] == ["HARD", "YOUNG"]
    assert judged.letter_reasons[1].reason.customer == Wording(zh="不符合年龄要求", en="too young")


def test_points_lost_come_by_what_they_cost() -> None:
    judged = READ.judge({**GOOD, "age": 20, "lenders": 9})
    assert told(judged)[:3] == [("PASSED", "decided"), ("AGE_LOW", "points"), ("MANY_LENDERS", "points")]
    assert [entry.lost for entry in judged.ranked[:3]] == [None, 50, 50]
    unknown = READ.judge({**GOOD, "lenders": None})
    assert told(unknown)[1] == ("LENDERS_UNKNOWN", "points")


def test_a_later_part_that_cost_more_comes_first() -> None:
    read = strategy(TEXT.replace("points: -40", "points: -41"))
    ranked = read.judge({**GOOD, "age": 20, "lenders": 9}).ranked
    assert [(entry.reason.code, entry.lost) for entry in ranked[1:3]] == [
        *[("MANY_LENDERS", 51), ("AGE_LOW", 50)],
    ]


def test_a_letter_gives_as_many_as_the_bank_says() -> None:
    case = {**GOOD, "age": 20, "lenders": 9}
    assert len(READ.judge(case).letter_reasons) == 2
    more = strategy(TEXT.replace("most: 2", "most: 3"))
    assert [entry.reason.code for entry in more.judge(case).letter_reasons] == [
        "PASSED",
        "AGE_LOW",
        "MANY_LENDERS",
    ]


def test_a_referral_tells_its_root_once() -> None:
    judged = READ.judge({**GOOD, "income": None})
    assert told(judged)[0] == ("MISSING_INCOME", "referred")
    assert sum(because == "referred" for _, because in told(judged)) == 1
    assert [reason.code for reason in judged.reasons] == [
        *("MISSING_INCOME", "NO_HIT", "RATE_GOOD", "MISSING_LIMIT_FEN"),
    ], "the limit tells the root, tables the names they read"


def test_an_overflow_is_told_as_one() -> None:
    judged = READ.judge({**GOOD, "income": 2**62})
    assert told(judged)[0] == ("OVERFLOW", "referred")


# what is written around one thing that can go wrong; see small_strategies


def test_a_card_in_a_branch_not_taken_costs_nothing() -> None:
    read = small(BRANCHES.replace("CONDITION", "points < 95"))
    case = {"age": 40, "grade": "A", "income": 1}
    assert [entry.reason.code for entry in read.judge(case).ranked] == ["PASSED"]
    young = read.judge({**case, "age": 20})
    assert [entry.reason.code for entry in young.ranked] == ["LOW", "AGE"]
    cards = [part for part in read.judge(case).as_record()["parts"] if "scorecard" in part]  # type: ignore[attr-defined]
    assert [(card["scorecard"], card["reached"]) for card in cards] == [("card", False)]


AT_ITS_BEST = (
    HEAD.replace("age: {kind: integer}", 'age: {kind: integer, "null": no_match}')
    + """\
steps:
  - scorecard:
      id: card
      base: 100
      output: points
      parts:
        - id: age
          input: age
          bins:
            - {when: "< 30", points: -9, reason: {code: YOUNG, zh: 年轻, en: young}}
            - {when: "-", points: -2, reason: {code: AGED, zh: 年长, en: aged}}
          missing: {points: MISSING, reason: {code: UNKNOWN, zh: 未知, en: not known}}
"""
)


@pytest.mark.parametrize(
    ("age", "missing", "expected"),
    [
        (20, -9, [("YOUNG", 7)]),
        (40, -9, []),
        (None, -9, [("UNKNOWN", 7)]),
        (None, -2, []),
        (None, 5, []),
    ],
)
def test_a_part_that_gave_the_points_of_its_best_bin_gives_no_reason(
    age: int | None, missing: int, expected: list[tuple[str, int]]
) -> None:
    final = BRANCHES[BRANCHES.index("  - table:") :].replace("CONDITION", "points > 0")
    text = AT_ITS_BEST.replace("MISSING", str(missing)) + final
    ranked = small(text).judge({"age": age, "grade": "A", "income": 1}).ranked
    assert (ranked[0].reason.code, ranked[0].because) == ("LOW", "decided")
    assert [(entry.reason.code, entry.lost) for entry in ranked[1:]] == expected


def test_a_referral_always_has_a_reason() -> None:
    """The branch taken does not give `extra`: no step refers for it, so the name itself is told."""
    read = small(BRANCHES.replace("CONDITION", "extra > 5"))
    judged = read.judge({"age": 40, "grade": "A", "income": 1})
    assert judged.refers
    assert judged.outputs["outcome"] is None
    assert [(entry.reason.code, entry.because) for entry in judged.ranked] == [("MISSING_EXTRA", "referred")]


def test_a_cell_that_fails_is_told_before_rows_after_it() -> None:
    read = small(TWO_OUTPUTS)
    judged = read.judge({"age": None, "grade": "A", "income": 2**62})
    assert judged.refers
    referred = [(entry.reason.code, entry.row) for entry in judged.ranked if entry.because == "referred"]
    assert referred == [("OVERFLOW", "graded")]


def test_of_rows_that_cannot_be_evaluated_the_one_a_table_stops_at_is_told() -> None:
    judged = small(TWO_OUTPUTS).judge({"age": None, "grade": None, "income": 1})
    assert [(entry.reason.code, entry.row) for entry in judged.ranked] == [("MISSING_GRADE", "graded")]


NOTES = (
    HEAD
    + """\
tables:
  - id: notes
    hit_policy: collect
    outputs: {note: {kind: text}}
    rows:
      - {id: old, when: age > 70, then: {note: old}, reason: {code: OLD, zh: 老, en: old}}
      - {id: rich, when: income > yuan(100), then: {note: rich}, reason: {code: RICH, zh: 富, en: rich}}
      - {id: graded, when: "grade = 'A'", then: {note: good}, reason: {code: GRADED, zh: 级, en: graded}}
    otherwise: {then: {note: none}, reason: {code: NONE, zh: 无, en: none}}
  - id: level
    hit_policy: first
    outputs: {level: {kind: integer}}
    rows:
      - {id: one, when: age > 60, then: {level: 1}, reason: {code: ONE, zh: 一, en: one}}
      - {id: two, when: age > 30, then: {level: 2}, reason: {code: TWO, zh: 二, en: two}}
    otherwise: {then: {level: 3}, reason: {code: THREE, zh: 三, en: three}}
  - id: final
    hit_policy: first
    outputs: {outcome: {kind: text, values: [approve, decline]}}
    rows:
      - {id: poor, when: income < yuan(1), then: {outcome: decline}, reason: {code: POOR, zh: 穷, en: poor}}
      - {id: low, when: level = 2, then: {outcome: decline}, reason: {code: LOW, zh: 低, en: low}}
    otherwise: {then: {outcome: approve}, reason: {code: PASSED, zh: 通过, en: passed}}
"""
)


@pytest.mark.parametrize(
    ("age", "income", "grade", "expected"),
    [
        (80, 20_000, "B", ["PASSED decided", "ONE behind", "OLD elsewhere", "RICH elsewhere"]),
        (80, 500, "A", ["PASSED decided", "ONE behind", "OLD elsewhere", "GRADED elsewhere"]),
        (40, 500, "A", ["LOW decided", "TWO behind", "GRADED elsewhere"]),
        (40, 500, "B", ["LOW decided", "TWO behind", "NONE no_row"]),
        (20, 500, "B", ["PASSED decided", "NONE no_row", "THREE no_row"]),
        (40, 5, "B", ["POOR decided", "TWO elsewhere", "NONE no_row"]),
        (None, 500, "A", ["MISSING_AGE referred", "GRADED elsewhere"]),
        (40, None, "A", ["MISSING_INCOME referred", "GRADED elsewhere", "TWO elsewhere"]),
        (40, 500, None, ["MISSING_GRADE referred", "LOW decided", "TWO behind"]),
        (80, None, "A", ["MISSING_INCOME referred", "OLD elsewhere", "GRADED elsewhere", "ONE elsewhere"]),
    ],
)
def test_rows_stand_behind_the_decision_or_elsewhere(
    age: int | None, income: int | None, grade: str | None, expected: list[str]
) -> None:
    judged = small(NOTES).judge({"age": age, "income": income, "grade": grade})
    assert [f"{entry.reason.code} {entry.because}" for entry in judged.ranked] == expected


READS_IN_CELLS = (
    HEAD
    + """\
tables:
  - id: level
    hit_policy: first
    outputs: {level: {kind: integer}}
    rows:
      - {id: one, when: age > 60, then: {level: 1}, reason: {code: ONE, zh: 一, en: one}}
    otherwise: {then: {level: 2}, reason: {code: TWO, zh: 二, en: two}}
  - id: final
    hit_policy: first
    outputs: {outcome: {kind: text}, height: {kind: integer}}
    rows:
      - {id: rich, when: income > yuan(100), then: {outcome: approve, height: RICH},
         reason: {code: RICH, zh: 富, en: rich}}
      - {id: poor, when: income < yuan(1), then: {outcome: decline, height: 0},
         reason: {code: POOR, zh: 穷, en: poor}}
    otherwise: {then: {outcome: approve, height: OTHERWISE}, reason: {code: PASSED, zh: 通过, en: passed}}
"""
)


@pytest.mark.parametrize(
    ("income", "rich", "otherwise", "expected"),
    [
        (20_000, "level", "0", ["RICH decided", "ONE behind"]),
        (20_000, "0", "level", ["RICH decided", "ONE elsewhere"]),
        (5, "level", "level", ["POOR decided", "ONE elsewhere"]),
        (500, "level", "0", ["PASSED decided", "ONE elsewhere"]),
        (500, "0", "level", ["PASSED decided", "ONE behind"]),
    ],
)
def test_what_the_row_that_decides_gives_stands_behind_it_as_well(
    income: int, rich: str, otherwise: str, expected: list[str]
) -> None:
    read = small(READS_IN_CELLS.replace("OTHERWISE", otherwise).replace("height: RICH", f"height: {rich}"))
    ranked = read.judge({"age": 80, "grade": "A", "income": income}).ranked
    assert [f"{entry.reason.code} {entry.because}" for entry in ranked] == expected


def test_what_was_given_but_is_not_of_its_kind_is_told_as_broken() -> None:
    judged = small(NOTES).judge({"age": "40", "income": 500, "grade": "A"})
    assert told(judged)[0] == ("BROKEN_AGE", "referred")
    assert told(small(NOTES).judge({"income": 500, "grade": "A"}))[0] == ("MISSING_AGE", "referred")


SHARES = (
    HEAD
    + """\
tables:
  - id: shares
    hit_policy: POLICY
    outputs: {share: {kind: money}, all: {kind: money, collect: true}}
    rows:
      - {id: old, when: age > 70, then: {share: income * 2, all: income * 2},
         reason: {code: OLD, zh: 老, en: old}}
      - {id: good, when: "grade = 'A'", then: {share: yuan(1), all: income * 3},
         reason: {code: GOOD, zh: 好, en: good}}
      - {id: late, when: age > 60, then: {share: income * 4, all: yuan(1)},
         reason: {code: LATE, zh: 迟, en: late}}
    otherwise: {then: {share: income * 5, all: income * 5}, reason: {code: NONE, zh: 无, en: none}}
"""
)
COLLECTED = SHARES.replace("POLICY", "collect").replace(", collect: true", "")


@pytest.mark.parametrize(
    ("text", "age", "grade", "rows"),
    [
        (COLLECTED, 80, "B", ["old"]),
        (COLLECTED, 20, "A", ["good"]),
        (COLLECTED, 65, "B", ["late"]),
        (COLLECTED, 20, "B", ["otherwise"]),
        (SHARES.replace("POLICY", "first"), 80, "B", ["old"]),
        (SHARES.replace("POLICY", "first"), 65, "A", ["good"]),
        (SHARES.replace("POLICY", "first"), 65, "B", ["late"]),
        (SHARES.replace("POLICY", "first"), 20, "B", ["otherwise"]),
    ],
)
def test_of_cells_that_fail_those_of_the_rows_that_count_are_told(
    text: str, age: int, grade: str, rows: list[str]
) -> None:
    judged = small(text).judge({"age": age, "grade": grade, "income": 2**62})
    assert judged.refers
    referred = [(entry.reason.code, entry.row) for entry in judged.ranked if entry.because == "referred"]
    assert referred == [("OVERFLOW", row) for row in rows]
    absent = small(text).judge({"age": age, "grade": grade, "income": None})
    referred = [(entry.reason.code, entry.row) for entry in absent.ranked if entry.because == "referred"]
    assert referred == [("MISSING_INCOME", row) for row in rows]


def test_what_fails_where_no_row_matches_is_all_that_is_told() -> None:
    case = {"age": 20, "grade": "B", "income": 2**62}
    assert told(small(COLLECTED).judge(case)) == [("OVERFLOW", "referred")]
    assert told(small(COLLECTED).judge({**case, "income": 1})) == [("NONE", "no_row")]


def test_a_row_that_matches_but_does_not_decide_is_told_for_the_cell_it_collects() -> None:
    text = SHARES.replace("POLICY", "first").replace(
        "{share: income * 2, all: income * 2}", "{share: yuan(1), all: yuan(2)}"
    )
    judged = small(text).judge({"age": 80, "grade": "A", "income": 2**62})
    assert judged.refers
    assert judged.outputs == {"share": None, "all": None}
    referred = [(entry.reason.code, entry.row) for entry in judged.ranked if entry.because == "referred"]
    assert referred == [("OVERFLOW", "good")]
    alone = small(text).judge({"age": 80, "grade": "B", "income": 2**62})
    assert alone.outputs == {"share": 100, "all": (200, 100)}, "what fails in a row that does not count"


POLICIES_OF_NULL = (
    HEAD.replace(
        "  age: {kind: integer}", '  age: {kind: integer}\n  few: {kind: integer, "null": no_match}'
    ).replace("  income", '  many: {kind: integer, "null": match}\n  income')
    + """\
tables:
  - id: final
    hit_policy: first
    outputs: {outcome: {kind: text, values: [approve, decline]}}
    rows:
      - {id: low, when: CONDITION, then: {outcome: decline}, reason: {code: LOW, zh: 低, en: low}}
    otherwise: {then: {outcome: approve}, reason: {code: PASSED, zh: 通过, en: passed}}
"""
)


@pytest.mark.parametrize(
    ("condition", "absent", "codes"),
    [
        ("age + few > 5", ["age", "few"], ["MISSING_AGE"]),
        ("few + many > 5", ["few", "many"], ["MISSING_FEW", "MISSING_MANY"]),
        ("few + many > 5", ["few"], ["PASSED"]),
        ("few + many > 5", ["many"], ["LOW"]),
        ("age + few + many > 5", ["few", "many"], ["MISSING_FEW", "MISSING_MANY"]),
        ("age + few + many > 5", ["age", "many"], ["MISSING_AGE"]),
    ],
)
def test_of_nulls_those_that_refer_are_told_or_those_that_disagree(
    condition: str, absent: list[str], codes: list[str]
) -> None:
    case = {"age": 1, "few": 1, "many": 1, "grade": "A", "income": 1}
    judged = small(POLICIES_OF_NULL.replace("CONDITION", condition)).judge({**case, **dict.fromkeys(absent)})
    assert [entry.reason.code for entry in judged.ranked] == codes


NO_OUTPUT = (
    HEAD
    + """\
tables:
  - id: earlier
    hit_policy: first
    outputs: OUTPUTS
    rows:
      - {id: old, when: age > 70, then: THEN, reason: {code: OLD, zh: 老, en: old}}
    otherwise: {then: THEN, reason: {code: NONE, zh: 无, en: none}}
  - id: last
    hit_policy: first
    outputs: {}
    rows:
      - {id: rich, when: income > yuan(100), reason: {code: RICH, zh: 富, en: rich}}
      - {id: poor, when: income < yuan(1), reason: {code: POOR, zh: 穷, en: poor}}
    otherwise: {reason: {code: BETWEEN, zh: 中, en: between}}
"""
)


@pytest.mark.parametrize(
    ("outputs", "then"), [("{}", "{}"), ("{note: {kind: text, collect: true}}", "{note: x}")]
)
@pytest.mark.parametrize(
    ("income", "decided", "codes"),
    [
        (20_000, "rich", ["RICH", "NONE"]),
        (5, "poor", ["POOR", "NONE"]),
        (500, "otherwise", ["BETWEEN", "NONE"]),
    ],
)
def test_where_no_output_is_one_value_the_last_table_decides(
    outputs: str, then: str, income: int, decided: str, codes: list[str]
) -> None:
    read = small(NO_OUTPUT.replace("OUTPUTS", outputs).replace("THEN", then))
    judged = read.judge({"age": 20, "grade": "A", "income": income})
    assert judged.decided_by == ("last", decided)
    assert [entry.reason.code for entry in judged.ranked] == codes


def test_where_an_output_is_one_value_its_table_decides_though_another_is_last() -> None:
    text = NO_OUTPUT.replace("OUTPUTS", "{note: {kind: text}}").replace("THEN", "{note: x}")
    judged = small(text).judge({"age": 80, "grade": "A", "income": 5})
    assert judged.decided_by == ("earlier", "old")
    assert told(judged) == [("OLD", "decided"), ("POOR", "elsewhere")]
