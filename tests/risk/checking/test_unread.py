"""What a strategy declares against what it reads: unread names, empty lists, reason codes."""

import pytest
from tests.risk.strategy_texts import TEXT, line_of, strategy

from creditloop.risk.checking.unread import check_reading
from creditloop.risk.checking.whole import check_strategy


def named(text: str) -> set[tuple[str, str]]:
    """Code and last word of what is found about names."""
    return {(each.code, each.en.split()[-1]) for each in check_reading(strategy(text))}


def test_what_is_read_is_not_told() -> None:
    assert named(TEXT) == set()


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("lenders > 5", "age > 99", {("input_unread", "lenders")}),
        ("age < parameter.age_min", "age < 18", {("parameter_unread", "age_min")}),
        ("at_most: parameter.limit_max", "at_most: yuan(3)", {("parameter_unread", "limit_max")}),
        ("id_token in list.blacklist", "id_token = 'X'", {("list_unread", "blacklist")}),
        ("value: income_year * factor", "value: income * factor", {("step_unread", "only")}),
        ("income_year * factor", "income_year", {("step_unread", "only")}),
        ("{value: X, from: 2024-01-01,", "{value: X, from: 2025-01-01,", {("list_empty", "2024-06-30")}),
    ],
)
def test_what_nobody_reads_is_named(before: str, after: str, found: set[tuple[str, str]]) -> None:
    assert named(TEXT.replace(before, after)) == found


def test_a_name_read_by_the_key_of_a_cell_is_read() -> None:
    assert named(TEXT.replace("when: lenders > 5", 'when: {lenders: "> 5"}')) == set()


def test_places_are_those_of_the_names() -> None:
    text = TEXT.replace("lenders > 5", "age > 99").replace("parameter.age_min", "18")
    places = {each.code: each.where["line"] for each in check_reading(strategy(text))}
    assert places == {
        "input_unread": line_of("  lenders: {kind", text),
        "parameter_unread": line_of("  age_min:", text),
    }


def test_a_code_of_several_rules_is_told_once() -> None:
    text = TEXT.replace("{code: LISTED, zh: 名单, en: on a list}", "{code: YOUNG, zh: 年幼, en: young}")
    (shared,) = (each for each in check_strategy(strategy(text)) if each.code == "reason_shared")
    assert shared.en.endswith("hard.young, hard.listed")
