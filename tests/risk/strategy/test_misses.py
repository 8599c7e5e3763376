"""The nearest miss: the rule that came nearest, the comparison that failed, and by how much."""

from datetime import date

import pytest
from tests.risk.strategy.small_strategies import TWO_OUTPUTS, small

from creditloop.kernel.documents import parse_document
from creditloop.risk import Miss, Policy, read_policy

TEXT = """\
policy: misses
product: card
stage: admit
title: {zh: 差距, en: misses}
inputs:
  days: {kind: integer}
  income: {kind: money}
  rate: {kind: nano}
  opened: {kind: date}
  grade: {kind: text}
steps:
  - {name: double, kind: money, value: income * 2, meaning: {zh: 倍, en: double}}
  - table:
      id: t
      hit_policy: POLICY
      outputs: {}
      rows:
ROWS
      otherwise: {reason: {code: NONE, zh: 无, en: none}}
"""
CASE = {"days": 80, "income": 10_000, "rate": 100_000_000, "opened": date(2020, 1, 1), "grade": "A"}


def read(*conditions: str, policy: str = "first") -> Policy:
    rows = "\n".join(
        f'        - {{id: r{n}, when: "{when}", reason: {{code: R{n}, zh: 一, en: one}}}}'
        for n, when in enumerate(conditions, start=1)
    )
    text = TEXT.replace("ROWS", rows).replace("POLICY", policy)
    return read_policy(parse_document(text, path="misses.yaml"), rules_as_of=date(2024, 7, 1))


def nearest(*conditions: str, policy: str = "first") -> Miss:
    found = read(*conditions, policy=policy).judge(CASE).nearest
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("condition", "gap", "held"),
    [
        ("days > 90", 11, 80),
        ("days >= 90", 10, 80),
        ("days < 30", 51, 80),
        ("days <= 30", 50, 80),
        ("days = 83", 3, 80),
        ("days != 80", 1, 80),
        ("not (days <= 90)", 11, 80),
        ("days in [85..90)", 5, 80),
        ("days in (80..90)", 1, 80),
        ("income > yuan(150)", 5_001, 10_000),
        ("double > yuan(250)", 5_001, 20_000),
        ("rate > 0.12", 20_000_001, 100_000_000),
        ("opened < date('2019-12-31')", 2, date(2020, 1, 1)),
        ("days > 90 or days < 79", 2, 80),
        ("days > 60 and income > yuan(101)", 101, 10_000),
        ("days > 90 and (income > yuan(50) or rate > 0.2)", 11, 80),
        ("days > 60 and (income > yuan(150) or rate > 0.2)", 5_001, 10_000),
        ("days > 60 and (income > yuan(500) or rate > 0.12)", 20_000_001, 100_000_000),
        ("(days > 90 or income > yuan(500)) and grade = 'A' and rate > 0.05", 11, 80),
        ("not (days <= 60 or (income <= yuan(150) and rate <= 0.2))", 5_001, 10_000),
    ],
)
def test_the_gap_is_how_far_the_value_would_have_to_move(condition: str, gap: int, held: object) -> None:
    miss = nearest(condition)
    assert (miss.gap, miss.held) == (gap, held)
    assert (miss.table, miss.row) == ("t", "r1")


@pytest.mark.parametrize(
    ("condition", "told", "gap"),
    [
        ("not (days > 79)", "days <= 79", 1),
        ("not (days >= 80)", "days < 80", 1),
        ("not (days < 85)", "days >= 85", 5),
        ("not (days != 83)", "days = 83", 3),
        ("not (days = 80)", "days != 80", 1),
        ("not (days <= 90 or income <= yuan(50))", "days > 90", 11),
        ("not (days <= 90 and income <= yuan(101))", "income > 10100", 101),
        ("rate > days", "rate > days", 79_900_000_001),
        ("days * 3 > 300", "multiply(days, 3) > 300", 61),
        ("opened + days > date('2021-01-01')", "add_days(opened, days) > 2021-01-01", 287),
        ("opened < date('2019-12-31')", "opened < 2019-12-31", 2),
        ("income > double", "income > double", 10_001),
        ("(income ?? yuan(3)) > yuan(150)", "coalesce(income, 300) > 15000", 5_001),
    ],
)
def test_a_comparison_is_told_as_it_must_hold(condition: str, told: str, gap: int) -> None:
    miss = nearest(condition)
    found = miss.comparison
    assert (f"{found.left} {found.sign} {found.right}", miss.gap) == (told, gap)


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        ("opened < date('2019-12-31')", "income > yuan(101)"),
        ("income > yuan(100.50)", "opened < date('2019-12-31')"),
        ("income > fen(10054)", "opened < date('2019-12-31')"),
        ("days > 130", "income > double"),
        ("income > double", "days > 170"),
        ("days > 400", "days < 0"),
        ("rate > 0.2", "days > 90 and income > yuan(101)"),
    ],
)
def test_gaps_are_held_against_what_is_compared_with(nearer: str, farther: str) -> None:
    assert nearest(nearer, farther).row == "r1"
    assert nearest(farther, nearer).row == "r2"


@pytest.mark.parametrize(
    "condition",
    [
        "(days > 90 or days < 79) and (income > yuan(150) or rate > 0.2)",
        "(days > 90 or days < 79 or grade = 'B') and grade = 'C'",
        "(grade = 'B' or grade = 'C')",
    ],
)
def test_what_no_one_number_tells_is_never_near(condition: str) -> None:
    assert read(condition).judge(CASE).nearest is None


def test_the_nearest_has_fewest_failures_then_the_smallest_share() -> None:
    assert nearest("days > 160", "income > yuan(101)").row == "r2"
    assert nearest("days > 81 and income > yuan(101)", "days > 500").row == "r2"
    assert nearest("days > 88", "days > 85").row == "r2"
    assert nearest("days > 90", "days > 90").row == "r1", "of equals the first"
    assert nearest("days > 90 and grade = 'B'", "days > 900").row == "r2"
    both = nearest("days > 90 and income > yuan(101)")
    assert (both.comparison.left, both.gap) == ("days", 11), "of two that failed the one by most"


def test_one_comparison_that_failed_is_nearer_than_two_however_far() -> None:
    both = read("days > 1", "income > yuan(100) and rate > 0.1").judge({**CASE, "days": -(2**63)})
    assert both.nearest is not None
    assert (both.nearest.row, both.nearest.gap) == ("r1", 2**63 + 2)


def test_what_is_compared_is_told_in_names() -> None:
    miss = nearest("double > yuan(250)")
    assert miss.as_record() == {
        **{"table": "t", "row": "r1", "comparison": "double > 25000", "kind": "money"},
        **{"held": 20_000, "gap": 5_001},
    }


def test_only_rows_that_could_have_decided_are_near() -> None:
    assert nearest("days > 100", "days > 50", "days > 81").row == "r1"
    assert nearest("days > 100", "days > 50", "days > 81", policy="collect").row == "r3"


def test_what_failed_on_no_number_is_never_near() -> None:
    assert read("grade = 'B'").judge(CASE).nearest is None
    assert read("grade = 'B' and days > 90").judge(CASE).nearest is None
    assert nearest("grade = 'A' and days > 90").gap == 11
    assert read("grade is null").judge(CASE).nearest is None
    assert nearest("not (grade is null) and days > 90").gap == 11


def test_a_null_is_never_near() -> None:
    judged = read("days > 90", "income > yuan(150)").judge({**CASE, "days": None})
    assert judged.refers
    assert judged.nearest is None


def test_a_rule_that_fails_on_a_text_is_never_near() -> None:
    read = small(TWO_OUTPUTS.replace("grade = 'A'", "grade = 'A' and age > 18"))
    assert read.judge({"age": 50, "grade": "B", "income": 1}).nearest is not None  # 71 would be old
    alone = read.judge({"age": 71, "grade": "B", "income": 1})
    assert alone.outputs["outcome"] == "decline"
    assert alone.nearest is None
    assert [table["nearest"] for table in alone.as_record()["tables"]] == [None]  # type: ignore[attr-defined]
