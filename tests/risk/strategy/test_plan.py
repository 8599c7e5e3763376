"""One case, fast and with working, and a frame by either engine say the same; nothing fails open."""

import json
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.risk.strategy.card_application import GOOD, PRICING, TEXT, strategy

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError, PolicyError, UnknownId
from creditloop.risk import Policy, read_policy

READ = strategy()
SCHEMA = {
    **dict.fromkeys(("age", "income", "lenders", "score"), pl.Int64),
    **dict.fromkeys(("id_token", "grade"), pl.String),
}
VALUES = {
    "age": st.sampled_from([17, 18, 29, 30, 71, None]),
    "income": st.sampled_from([0, 8_000, 300_000, 2**60, None]),
    "id_token": st.sampled_from(["X1", "X2", "N1", None]),
    "grade": st.sampled_from(["A", "C", "D", None]),
    "lenders": st.sampled_from([0, 2, 3, None]),
    "score": st.sampled_from([549, 599, 600, 700, None]),
}


def row_of(frame: pl.DataFrame) -> dict[str, object]:
    return frame.row(0, named=True)


def check_same(read: Policy, case: dict[str, object], row: dict[str, object]) -> None:
    """Check that the fast answer, the working and a frame's row say the same of a case."""
    judged = read.judge(case)
    assert read.decide(case) == {**judged.outputs, "refers": judged.refers}
    for name, value in judged.outputs.items():
        assert row[name] == (list(value) if isinstance(value, tuple) else value), name
    assert judged.refers == any(row[name] != 0 for name in read.state_columns)
    for verdict, told in zip(judged.verdicts, read.table_steps, strict=True):
        if verdict.reached:
            assert row[f"{told.id}_state"] == verdict.state
        if f"{told.id}_row" in row:
            assert row[f"{told.id}_row"] == (verdict.matched[0] if verdict.matched else None)
    for rule in read.rules:
        says = judged.verdict(rule.table)
        match = {told.row: told.match.value for told in says.working}[rule.row]
        code = {"not_matched": 0, "matched": 1, "refer": 2}[match] if says.reached else None
        assert row[f"rule__{rule.table}__{rule.row}"] == code
    assert judged.refers == any(entry.because == "referred" for entry in judged.ranked)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.fixed_dictionaries(VALUES), min_size=1, max_size=8))
def test_case_and_frame_and_engines_say_the_same(cases: list[dict[str, object]]) -> None:
    frame = pl.DataFrame(cases, schema=SCHEMA)
    found = READ.judge_frame(frame, rules=True)
    assert found.equals(READ.judge_frame(frame, rules=True, target="duckdb"))
    assert found.equals(READ.judge_frame(frame.lazy(), rules=True).collect())
    for case, row in zip(cases, found.iter_rows(named=True), strict=True):
        check_same(READ, case, row)


def test_a_good_case_with_its_whole_working() -> None:
    judged = READ.judge(GOOD)
    assert dict(judged.outputs) == {
        **{"hard": "none", "hits": ("none",), "card_points": 540, "factor": 10**9, "route": None},
        **{"extra_fen": 30_000, "limit_fen": 3_600_000, "rate_annual_nano": 120_000_000},
        **{"outcome": "approve", "note": 0},
    }
    assert not judged.refers
    assert judged.decided_by == ("decision", "otherwise")
    assert not judged.verdict("low_check").reached
    assert judged.values_read("decision") == {"hard": "none", "score": 720, "limit_fen": 3_600_000}
    record = json.loads(json.dumps(judged.as_record()))
    assert record["version"] == READ.version
    assert [table["table"] for table in record["tables"]] == [table.id for table in READ.tables]
    assert record["parts"][-3] == {
        **{"limit": "extra_fen", "kind": "money", "raw": 30_000, "capped": 30_000, "value": 30_000},
        **{"rounded": None, "reached": True, "state": 0},
    }


def test_only_outputs_asked_for_are_given() -> None:
    frame = pl.DataFrame([GOOD])
    found = READ.judge_frame(frame, outputs=["outcome", "limit_fen"])
    own = ["limit_fen_state", "limit_fen", "decision_matched", "decision_row", "decision_state", "outcome"]
    assert found.columns == [*frame.columns, *own]
    with pytest.raises(UnknownId, match="no such output"):
        READ.judge_frame(frame, outputs=["outcomes"])
    with pytest.raises(InputError, match="no such target"):
        READ.judge_frame(frame, target="spark")
    with pytest.raises(InputError, match="names the policy gives"):
        READ.judge_frame(frame.with_columns(pl.lit(1).alias("decision_row")))


# the six ways another engine opens the door

HARD = """\
policy: hard
product: card
stage: admit
title: {zh: 硬拒, en: hard}
inputs:
  overdue_days: {kind: integer}
  income: {kind: money}
steps:
  - table:
      id: hard
      hit_policy: first
      outputs: {outcome: {kind: text, values: [approve, decline]}, share: {kind: nano}}
      rows:
        - id: overdue
          when: WHEN
          then: {outcome: decline, share: SHARE}
          reason: {code: OVERDUE, zh: 逾期, en: overdue}
      otherwise: {then: {outcome: approve, share: "0.0"}, reason: {code: PASSED, zh: 通过, en: passed}}
"""


def hard(when: str = '{overdue_days: "> 90"}', share: str = '"1.0"') -> Policy:
    text = HARD.replace("WHEN", when).replace("SHARE", share)
    return read_policy(parse_document(text, path="hard.yaml"), rules_as_of=date(2024, 7, 1))


@pytest.mark.parametrize(
    ("case", "row", "reason"),
    [
        ("null", {"overdue_days": None, "income": 1}, "MISSING_OVERDUE_DAYS"),
        ("missing key", {"income": 1}, "MISSING_OVERDUE_DAYS"),
        ("wrong type", {"overdue_days": "120", "income": 1}, "BROKEN_OVERDUE_DAYS"),
        ("a float", {"overdue_days": 120.0, "income": 1}, "BROKEN_OVERDUE_DAYS"),
    ],
)
def test_a_bad_value_refers_with_its_reason(case: str, row: dict[str, object], reason: str) -> None:
    judged = hard().judge(row)
    assert judged.refers, case
    assert dict(judged.outputs) == {"outcome": None, "share": None}
    assert [entry.reason.code for entry in judged.ranked] == [reason]
    assert hard().decide(row) == {"outcome": None, "share": None, "refers": True}


@pytest.mark.parametrize(
    ("case", "when"),
    [
        ("mistyped column", '{overdue_day: "> 90"}'),
        ("mistyped name", "overdue_day > 90"),
        ("bad cell", '{overdue_days: "> 90 >"}'),
        ("bad condition", "overdue_days >> 90"),
    ],
)
def test_a_bad_cell_is_refused_when_read(case: str, when: str) -> None:
    with pytest.raises(PolicyError) as raised:
        hard(when)
    assert raised.value.where["line"] == 15, case


def test_an_output_that_fails_refers_and_the_next_row_is_not_taken() -> None:
    read = hard(share="yuan(1) / income")
    judged = read.judge({"overdue_days": 120, "income": 0})
    assert dict(judged.outputs) == {"outcome": None, "share": None}
    assert [entry.reason.code for entry in judged.ranked] == ["ZERO_DIVISION", "OVERDUE"]
    frame = read.judge_frame(pl.DataFrame({"overdue_days": [120], "income": [0]}))
    assert row_of(frame)["hard_state"] == 5
    assert row_of(frame)["outcome"] is None


def test_a_rule_of_more_than_62_is_collected_as_well() -> None:
    rows = "".join(
        f"        - {{id: r{n}, when: overdue_days > {n}, then: {{mark: {n}}},"
        f" reason: {{code: R{n}, zh: 一, en: one}}}}\n"
        for n in range(150)
    )
    start = HARD.index("      hit_policy"), HARD.index("      otherwise")
    text = (
        HARD[: start[0]]
        + "      hit_policy: collect\n      outputs: {mark: {kind: integer}}\n      rows:\n"
        + rows
        + "      otherwise: {then: {mark: -1}, reason: {code: NONE, zh: 无, en: none}}\n"
    )
    read = read_policy(parse_document(text, path="many.yaml"), rules_as_of=date(2024, 7, 1))
    frame = read.judge_frame(pl.DataFrame({"overdue_days": [0, 100, 1000, None], "income": [1, 1, 1, 1]}))
    assert [len(found or []) for found in frame["mark"].to_list()] == [1, 100, 150, 0]
    for days in (0, 100, 1000):
        marks = read.decide({"overdue_days": days, "income": 1})["mark"]
        assert marks == tuple(range(min(days, 150))) or marks == (-1,)
        assert read.judge({"overdue_days": days, "income": 1}).outputs["mark"] == marks


def test_a_switch_that_cannot_tell_refers_all_its_branches() -> None:
    judged = READ.judge({**GOOD, "age": "x"})
    row = row_of(READ.judge_frame(pl.DataFrame([{**GOOD, "age": "x"}])))
    assert judged.outputs["factor"] is None
    assert (row["channel_state"], row["low_check_state"]) == (6, 6)
    assert judged.refers


def test_a_branch_not_taken_does_not_refer() -> None:
    text = TEXT.replace("when: score < 600\n        then: {outcome", "when: age < 1\n        then: {outcome")
    pricing = PRICING.replace("when: score >= 700", "when: amount >= yuan(700)")
    judged = strategy(text, pricing=pricing).judge({**GOOD, "score": None})
    assert not judged.verdict("low_check").reached
    assert not judged.refers, "the score is read in a branch that was not taken alone"
    low = strategy(text, pricing=pricing).judge({**GOOD, "score": None, "age": 20, "lenders": 9})
    assert low.verdict("low_check").refers
    assert low.ranked[0].reason.code == "MISSING_SCORE"
