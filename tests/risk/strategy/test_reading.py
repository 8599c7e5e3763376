"""Every kind of step is read into one program; a bad strategy is refused by file, line and field."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml
from tests.risk.strategy.card_application import GOOD, PRICING, TEXT, strategy
from tests.risk.strategy.small_strategies import BRANCHES, INNER, OUTER, small

from creditloop.formula import prove, python_function
from creditloop.formula.grammar import read_expression
from creditloop.formula.tree import Call, Tree, parts_of
from creditloop.formula.writing import Writing
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import (
    Effective,
    ExpressionStep,
    LimitStep,
    Policy,
    ScorecardStep,
    SubStrategyStep,
    SwitchStep,
    TableStep,
    read_policy,
)

BAD = yaml.safe_load(Path(__file__).with_name("bad_strategies.yaml").read_text("utf-8"))


def test_every_kind_of_step_is_read_in_order() -> None:
    read = strategy()
    kinds = [ExpressionStep, TableStep, ScorecardStep, SwitchStep, LimitStep, SubStrategyStep, TableStep]
    assert [type(step) for step in read.steps] == kinds
    assert [table.id for table in read.tables] == [
        "hard_rejects",
        "low_check",
        "price__rate_table",
        "decision",
    ]
    assert read.effective == Effective(since=date(2024, 1, 1), until=date(2026, 1, 1))
    assert (read.input_details["age"].path, read.input_details["score"].source) == ("customer.age", "bureau")
    assert [(source.name, source.cost_fen) for source in read.sources] == [("bureau", 200)]
    assert [document.path for document in read.documents] == ["policies/pricing.yaml"]


def test_rules_keep_their_ids_and_know_their_steps() -> None:
    rules = {rule.id: rule for rule in strategy().rules}
    assert [rule.ordinal for rule in rules.values()] == list(range(1, len(rules) + 1))
    listed = rules["hard_rejects.listed"]
    assert (listed.condition_step, listed.reads) == ("hard_rejects__when_listed", ("id_token",))
    assert listed.where["line"] == 1 + TEXT[: TEXT.index("id_token in list.blacklist")].count("\n")
    assert "price__rate_table.good" in rules


def test_what_it_gives_is_known_by_name() -> None:
    outputs = strategy().outputs
    assert [*outputs] == [
        *("hard", "hits", "card_points", "factor", "route", "extra_fen", "limit_fen", "rate_annual_nano"),
        *("outcome", "note"),
    ]
    assert (outputs["hits"].step, outputs["hits"].table) == (None, "hard_rejects")
    assert outputs["hard"].values == ("decline", "none")


def test_the_version_is_of_what_the_whole_document_means() -> None:
    same = [TEXT, TEXT.replace('age: "< 18"', 'age: "<18"'), TEXT.replace("zh: 未成年", "zh: 年幼")]
    other = [
        TEXT.replace("< 18", "< 19"),
        TEXT.replace("value: X1", "value: X9"),
        TEXT.replace("yuan(50000)", "yuan(60000)"),
        TEXT.replace("rounded: down", "rounded: up"),
    ]
    assert len({strategy(text).version for text in same}) == 1
    versions = {strategy(text).version for text in [TEXT, *other]}
    versions.add(strategy(pricing=PRICING.replace("0.12", "0.13")).version)
    assert len(versions) == 6
    assert len({strategy(text).hash for text in same}) == 3, "the text's own hash is another thing"


@pytest.mark.parametrize(
    ("on", "rows"),
    [(date(2024, 5, 31), ["young", "listed"]), (date(2024, 6, 1), ["young", "listed", "old"])],
)
def test_rows_hold_from_their_day(on: date, rows: list[str]) -> None:
    assert [row.rule.id for row in strategy(on=on).tables[0].rows] == rows


@pytest.mark.parametrize(
    ("on", "token", "hard"),
    [
        (date(2024, 2, 29), "X2", "decline"),
        (date(2024, 3, 1), "X2", "none"),
        (date(2024, 3, 1), "X1", "decline"),
    ],
)
def test_entries_of_a_list_hold_from_day_to_day(on: date, token: str, hard: str) -> None:
    read = strategy(on=on)
    assert read.decide({**GOOD, "id_token": token})["hard"] == hard
    assert [entry.value for entry in read.lists[0].entries] == ["X1", "X2"], "all are kept"


def test_every_target_agrees_on_it() -> None:
    proof = prove(strategy().program, rows=1_000, seed=5)
    assert proof.holds, proof.first


def test_a_rule_can_be_taken_out() -> None:
    read = strategy()
    ordinal = next(rule.ordinal for rule in read.rules if rule.id == "decision.low_score")
    function = python_function(read.removable, steps=["outcome"])
    row = {**GOOD, "score": 500}
    assert function({**row, "removed_rule": 0})["outcome"].value == "decline"
    assert function({**row, "removed_rule": ordinal})["outcome"].value == "approve"


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad["name"])
def test_a_bad_strategy_is_refused_by_line_and_field(bad: dict[str, str]) -> None:
    assert bad["replace"] in TEXT
    with pytest.raises(PolicyError) as raised:
        strategy(TEXT.replace(bad["replace"], bad["by"], 1))
    error = raised.value
    assert error.message == bad["message"]
    assert (error.where.get("line"), error.where.get("field")) == (bad["line"], bad["field"])


@pytest.mark.parametrize(
    "name", ["hard", "card_points", "factor", "route", "extra_fen", "limit_fen", "rate_annual_nano"]
)
@pytest.mark.parametrize("asks", ["{} is null", "({} ?? {}) = {}"])
def test_what_a_step_decides_is_not_asked_whether_it_is_null(name: str, asks: str) -> None:
    condition = asks.replace("{}", name)
    asking = f"  - {{name: asked, kind: boolean, value: {condition!r}, meaning: {{zh: 问, en: asked}}}}\n"
    with pytest.raises(PolicyError, match="must refer when it is null") as raised:
        strategy(TEXT.replace("tables:\n", f"{asking}tables:\n", 1))
    assert raised.value.got == condition


@pytest.mark.parametrize(
    ("caps", "told"),
    [
        (
            "at_least: yuan(1050), at_most: yuan(1090), step: {size: yuan(100), rounded: down}",
            "110000 > 100000",
        ),
        ("at_least: yuan(1050), at_most: yuan(1040)", "105000 > 104000"),
        ("at_least: yuan(1050), at_most: yuan(1100), step: {size: yuan(100), rounded: down}", None),
        ("at_least: yuan(1050), at_most: yuan(1050)", None),
    ],
)
def test_caps_in_whole_steps_must_leave_an_amount(caps: str, told: str | None) -> None:
    old = "limit: {name: extra_fen, kind: money, value: income * 0.1,"
    text = TEXT.replace(old, f"{old} {caps},")
    assert text != TEXT
    if told is None:
        assert strategy(text).steps
        return
    with pytest.raises(PolicyError, match="the caps leave no amount between them") as raised:
        strategy(text)
    assert raised.value.got == told


def test_a_strategy_that_ends_on_the_day_it_begins_is_refused() -> None:
    with pytest.raises(PolicyError) as raised:
        strategy(TEXT.replace("to: 2026-01-01", "to: 2024-01-01"), on=date(2024, 1, 1))
    assert str(raised.value.where["field"]).startswith("effective")
    assert "in force" not in raised.value.message
    first = strategy(TEXT.replace("to: 2026-01-01", "to: 2024-01-02"), on=date(2024, 1, 1))
    assert first.effective == Effective(since=date(2024, 1, 1), until=date(2024, 1, 2))


def test_a_strategy_asked_for_on_another_day_tells_when_it_is_in_force() -> None:
    for text, told in (
        (TEXT, "from 2024-01-01, before 2026-01-01"),
        (TEXT.replace(", to: 2026-01-01", ""), "from 2024-01-01"),
    ):
        with pytest.raises(PolicyError, match="not in force") as raised:
            strategy(text, on=date(2023, 12, 31))
        assert raised.value.expected == told


def parts_in(tree: Tree) -> Iterator[Tree]:
    """Every part of a tree; a literal such as `yuan(100)` is one, as it was written."""
    yield tree
    if not (isinstance(tree, Call) and tree.name in {"yuan", "fen", "date"}):
        for part in parts_of(tree):
            yield from parts_in(part)


@pytest.mark.parametrize(
    "read", [strategy(), small(BRANCHES.replace("CONDITION", "points < 95")), small(OUTER), small(INNER)]
)
def test_what_nobody_wrote_stands_at_no_place_of_a_text(read: Policy) -> None:
    """An error in it points at the beginning; that of a written part at its own place."""
    told = []
    for step in read._lowered.draft.steps:
        try:
            read_expression(Writing(step.text))
        except PolicyError:  # a title, no text of the language
            assert step.tree is not None
            assert {part.at for part in parts_in(step.tree)} == {0}, step.name
            told.append(step.text)
    assert len(told) > 3


def test_there_are_many_ways_to_be_bad() -> None:
    assert len(BAD) >= 50
    assert len({bad["name"] for bad in BAD}) == len(BAD)


def test_strategies_that_stand_for_each_other_are_refused() -> None:
    inner = PRICING + "  - strategy: {id: back, document: ./application.yaml, gives: {x: outcome}}\n"
    with pytest.raises(PolicyError, match="a strategy stands for itself") as raised:
        strategy(pricing=inner)
    assert raised.value.got == "policies/application.yaml → policies/pricing.yaml → policies/application.yaml"


def test_a_sub_strategy_reads_nothing_it_is_not_given() -> None:
    with pytest.raises(PolicyError, match="nothing is called income") as raised:
        strategy(pricing=PRICING.replace("score >= 700", "income > yuan(5)"))
    assert raised.value.where["file"] == "policies/pricing.yaml"


def test_other_documents_are_read_only_where_they_can_be() -> None:
    with pytest.raises(PolicyError, match="other documents cannot be read here"):
        read_policy(parse_document(TEXT, path="policies/application.yaml"), rules_as_of=date(2024, 7, 1))
