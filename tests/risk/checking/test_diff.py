"""What differs between two strategies: by rule id, by what they mean, with the dates of numbers."""

import pytest
from tests.risk.strategy_texts import TEXT, strategy

from creditloop.risk import diff_strategies


def changes(before: str, after: str, *, of: str = TEXT) -> set[tuple[str, str, str]]:
    text = of.replace(before, after)
    assert text != of
    return {(each.part, each.id, each.what) for each in diff_strategies(strategy(of), strategy(text)).changes}


def test_a_strategy_does_not_differ_from_itself() -> None:
    found = diff_strategies(strategy(), strategy())
    assert found.changes == ()
    assert found.same_program


F_2 = (
    "      - {id: F_2, when: lenders > 5, then: {outcome: refer}, "
    "reason: {code: MANY, zh: 多头, en: many lenders}}\n"
)
F_3 = F_2.replace("F_2", "F_3").replace("MANY", "MORE").replace("> 5", "> 9")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("lenders > 5", "lenders > 6", {("rule", "final.F_2", "condition")}),
        ("lenders > 5", "5 < lenders", {("rule", "final.F_2", "condition")}),
        ("lenders > 5", "(lenders > 5)", {("rule", "final.F_2", "reworded")}),
        (
            "then: {outcome: refer}, reason: {code: MANY",
            "then: {outcome: decline}, reason: {code: MANY",
            {("rule", "final.F_2", "output outcome")},
        ),
        ("en: many lenders", "en: too many lenders", {("rule", "final.F_2", "reason")}),
        (F_2, F_2 + F_3, {("rule", "final.F_3", "added")}),
        (F_2, "", {("rule", "final.F_2", "removed")}),
        ("id: F_2", "id: F_9", {("rule", "final.F_2", "removed"), ("rule", "final.F_9", "added")}),
        (
            "value: 20, source",
            "value: 21, source",
            {("parameter", "age_min", "value from 2024-01-01"), ("rule", "hard.young", "condition")},
        ),
        ("value: 18, source", "value: 17, source", {("parameter", "age_min", "value from 2020-01-01")}),
        (
            '{kind: integer, "null": no_match}',
            '{kind: integer, "null": match}',
            {("input", "lenders", "changed"), ("rule", "final.F_2", "condition")},
        ),
        (
            "- {value: X, from: 2024-01-01,",
            "- {value: Y, from: 2024-01-01,",
            {
                ("list", "blacklist", "entry removed"),
                ("list", "blacklist", "entry added"),
                ("rule", "hard.listed", "condition"),
            },
        ),
        ("points: -20", "points: -30", {("scorecard", "points.score", "points")}),
        ("base: 500", "base: 510", {("scorecard", "points", "changed")}),
        ("when: card_points < 500", "when: card_points < 510", {("switch", "channel.low", "condition")}),
        (
            "then: {outcome: approve}",
            "then: {outcome: refer}",
            {("rule", "final.otherwise", "output outcome")},
        ),
        ("en: no rule objects", "en: passed", {("rule", "final.otherwise", "reason")}),
        ("hit_policy: first\n    outputs: {outcome", "hit_policy: collect\n    outputs: {outcome", None),
    ],
)
def test_a_change_is_told_by_what_it_changes(
    before: str, after: str, found: set[tuple[str, str, str]] | None
) -> None:
    told = changes(before, after)
    assert told == found if found is not None else ("table", "final", "changed") in told


def test_a_change_of_a_step_is_told_of_that_step_alone() -> None:
    assert changes("value: income * 12", "value: income * 13") == {("step", "income_year", "value")}
    capped = changes("at_most: parameter.limit_max", "at_most: yuan(40000)")
    assert capped == {("step", "limit_fen", "value")}


def test_a_rule_that_moved_is_told_and_its_neighbour_is_not() -> None:
    two = TEXT.replace(F_2, F_2 + F_3)
    moved = TEXT.replace(F_2, F_3 + F_2)
    found = diff_strategies(strategy(two), strategy(moved)).changes
    assert [(each.part, each.what) for each in found] == [("rule", "moved")]


def test_before_and_after_are_as_written() -> None:
    text = TEXT.replace("lenders > 5", "lenders > 6")
    (change,) = diff_strategies(strategy(), strategy(text)).changes
    assert change.as_record() == {
        "part": "rule",
        "id": "final.F_2",
        "what": "condition",
        "before": "lenders > 5",
        "after": "lenders > 6",
    }


def test_a_reformatted_strategy_is_the_same_program() -> None:
    text = TEXT.replace("lenders > 5", "(lenders > 5)").replace("en: application", "en: an application")
    assert diff_strategies(strategy(), strategy(text)).same_program
