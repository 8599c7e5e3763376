"""What was read is the same wherever in the document it was written."""

from datetime import date

import pytest
from tests.risk.strategy.card_application import TEXT, strategy
from tests.risk.strategy.small_strategies import BRANCHES, HEAD, small

from creditloop.kernel.documents import Document, parse_document
from creditloop.risk import (
    ExpressionStep,
    LimitStep,
    Policy,
    ScorecardStep,
    SubStrategyStep,
    TableStep,
    read_policy,
)


def parts(read: Policy) -> list[object]:
    alike = (ExpressionStep, LimitStep, ScorecardStep)
    steps = [step for step in read.steps if isinstance(step, alike)]
    rows = [row for step in read.steps if isinstance(step, TableStep) for row in step.rows]
    return [*read.lists, *read.sources, *read.rules, *read.parameters, *steps, *rows]


def test_what_is_written_a_line_lower_is_the_same() -> None:
    here, lower = parts(strategy()), parts(strategy("# a line\n" + TEXT))
    assert here == lower
    changed = parts(strategy(TEXT.replace("income * 12", "income * 13")))
    assert here != changed


def test_a_switch_a_line_lower_is_the_same() -> None:
    text = BRANCHES.replace("CONDITION", "points < 95")
    here, lower, other = (
        small(each).steps[0] for each in (text, f"# a line\n{text}", text.replace("30", "31"))
    )
    assert here == lower != other


def test_a_sub_strategy_a_line_lower_is_the_same() -> None:
    def sub_strategy(text: str) -> SubStrategyStep:
        document = parse_document(HEAD + text, path="small.yaml")
        (step,) = read_policy(document, rules_as_of=date(2024, 1, 1), find=_doubled).steps
        assert isinstance(step, SubStrategyStep)
        return step

    text = "steps:\n  - strategy: {id: inner, document: ./inner.yaml, gives: {height: double}}\n"
    here, lower = sub_strategy(text), sub_strategy(f"# a line\n{text}")
    assert here.where["line"] != lower.where["line"]
    assert here == lower != sub_strategy(text.replace("height", "depth"))


def _doubled(path: str) -> Document:
    double = "steps: [{name: double, kind: integer, value: age * 2, meaning: {zh: 倍, en: double}}]\n"
    return parse_document(HEAD + double, path=path)


def test_a_policy_shows_itself_without_its_working() -> None:
    text = BRANCHES.replace("CONDITION", "points < 95")
    shown = repr(small(text))
    assert shown.startswith("Policy(name='small'")
    assert "Lowered(" not in shown
    assert "Head(" not in shown


@pytest.mark.parametrize(
    ("on", "holds"), [(date(2023, 12, 31), False), (date(2024, 1, 1), True), (date(2024, 2, 29), True)]
)
def test_an_entry_of_a_list_holds_from_its_day_to_the_day_before_its_last(on: date, holds: bool) -> None:
    listed, mistaken = strategy().lists[0].entries
    assert listed.holds(on) is mistaken.holds(on) is holds
    assert (listed.holds(date(2024, 3, 1)), mistaken.holds(date(2024, 3, 1))) == (True, False)
