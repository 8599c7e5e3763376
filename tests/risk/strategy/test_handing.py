"""What a switch or a sub-strategy hands out and cannot compute leaves the case to a person, and says why."""

from collections.abc import Mapping
from datetime import date

import polars as pl
import pytest

from creditloop.kernel.documents import Document, parse_document
from creditloop.risk import Policy, read_policy

HEAD = """\
policy: small
product: card
stage: admit
title: {zh: 小, en: small}
inputs: {a: {kind: integer}, b: {kind: integer}}
"""
SWITCH = (
    HEAD
    + """\
steps:
  - switch:
      id: way
      branches:
        - id: up
          when: a > 0
          steps:
            - {name: share, kind: nano, value: a / b, meaning: {zh: 比, en: share}}
            - {name: fixed, kind: integer, value: 7, meaning: {zh: 定, en: fixed}}
      otherwise: []
"""
)
SUB = (
    HEAD
    + """\
steps:
  - strategy: {id: inner, document: ./inner.yaml, gives: {fee: half}}
"""
)
INNER = (
    HEAD
    + """\
steps:
  - {name: unread, kind: nano, value: a / b, meaning: {zh: 比, en: not handed out}}
  - switch:
      id: way
      branches:
        - {id: up, when: a > 0, steps: [{name: half, kind: nano, value: 1 / a, meaning: {zh: 半, en: half}}]}
      otherwise: [{name: half, kind: nano, value: 1 / b, meaning: {zh: 半, en: half}}]
"""
)
Row = Mapping[str, object]


def read(text: str) -> Policy:
    def find(path: str) -> Document:
        return parse_document(INNER, path=path)

    return read_policy(parse_document(text, path="small.yaml"), rules_as_of=date(2024, 7, 1), find=find)


@pytest.mark.parametrize(
    ("text", "row", "refers", "reasons"),
    [
        (SWITCH, {"a": 4, "b": 2}, False, []),
        (SWITCH, {"a": 4, "b": 0}, True, ["ZERO_DIVISION"]),
        (SWITCH, {"a": 4, "b": None}, True, ["MISSING_B"]),
        (SWITCH, {"a": 4}, True, ["MISSING_B"]),
        (SWITCH, {"a": 4, "b": "2"}, True, ["BROKEN_B"]),
        (SWITCH, {"a": 2**62, "b": 1}, True, ["OVERFLOW"]),
        (SWITCH, {"a": 0, "b": 0}, False, []),
        (SWITCH, {"a": None, "b": 1}, True, ["MISSING_A"]),
        (SUB, {"a": 4, "b": 0}, False, []),
        (SUB, {"a": 0, "b": 0}, True, ["ZERO_DIVISION"]),
        (SUB, {"a": 0, "b": None}, True, ["MISSING_B"]),
        (SUB, {"a": None, "b": 1}, True, ["MISSING_A"]),
    ],
)
def test_a_failing_output_refers_and_says_why(text: str, row: Row, refers: bool, reasons: list[str]) -> None:
    policy = read(text)
    judged = policy.judge(row)
    assert (judged.refers, policy.decide(row)["refers"]) == (refers, refers)
    assert [entry.reason.code for entry in judged.ranked] == reasons


ROWS = [{"a": a, "b": b} for a in (None, -1, 0, 1, 2**62) for b in (None, 0, 3)]


@pytest.mark.parametrize("text", [SWITCH, SUB])
@pytest.mark.parametrize("target", ["polars", "duckdb"])
def test_a_frame_says_the_same(text: str, target: str) -> None:
    policy = read(text)
    frame = pl.DataFrame(ROWS, schema={"a": pl.Int64, "b": pl.Int64})
    judged = policy.judge_frame(frame, refers=True, target=target)
    by_state = judged.select(pl.any_horizontal(pl.col(name) != 0 for name in policy.state_columns))
    expected = [policy.decide(row)["refers"] for row in ROWS]
    assert judged["refers"].to_list() == expected
    assert by_state.to_series().to_list() == expected


def test_the_working_shows_what_was_handed_out() -> None:
    record = read(SWITCH).judge({"a": 4, "b": 0}).as_record()
    assert {
        "expression": "way__up__share",
        "kind": "nano",
        "value": None,
        "reached": True,
        "state": 5,
    } in record["parts"]


def test_what_cannot_fail_and_what_is_not_handed_out_have_no_column() -> None:
    assert read(SWITCH).state_columns == ("way_state", "way__up__share__state")
    names = read(SUB).state_columns
    assert names == ("inner__way_state", "inner__way__up__half__state", "inner__way__otherwise__half__state")


def test_an_expression_may_be_called_as_a_table_beside_it() -> None:
    """What stands for itself can stand in another document: no name of a frame's column is in the way."""
    inner = HEAD + (
        "steps: [{name: fee, kind: integer, value: a * 2, meaning: {zh: 费, en: fee}}]\n"
        "tables:\n  - id: fee\n    hit_policy: first\n    outputs: {o: {kind: text}}\n"
        "    rows: [{id: r, when: fee > 5, then: {o: x}, reason: {code: A, zh: 甲, en: a}}]\n"
        "    otherwise: {then: {o: y}, reason: {code: B, zh: 乙, en: b}}\n"
    )
    alone = read(inner)
    outer = read_policy(
        parse_document(SUB.replace("{fee: half}", "{paid: fee, said: o}"), path="small.yaml"),
        rules_as_of=date(2024, 7, 1),
        find=lambda path: parse_document(inner, path=path),
    )
    frame = pl.DataFrame({"a": [9], "b": [1]})
    assert alone.judge_frame(frame)["o"].to_list() == outer.judge_frame(frame)["said"].to_list() == ["x"]
    assert outer.judge_frame(frame)["paid"].to_list() == [18]
