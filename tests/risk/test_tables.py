"""Decision tables: one case and a frame say the same, with the working; nothing fails open."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.formula import Kind, Match, Parameter, State, prove
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import DecisionTable, ReasonCode, Verdict, read_table

REVIEW = """
id: review
hit_policy: first
inputs:
  overdue_days: {kind: integer, unit: day}
  grade: {kind: text, null: no_match, values: [A, B, C]}
  frozen: {kind: boolean, null: match}
  income: {kind: money}
outputs:
  outcome: {kind: text, values: [approve, refer, decline]}
  cap: {kind: money}
rows:
  - id: overdue
    when: overdue_days > parameter.overdue_days_max
    then: {outcome: decline, cap: yuan(0)}
    reason: {code: OVERDUE, zh: 逾期过长, en: overdue too long}
  - id: frozen
    when: frozen
    then: {outcome: decline, cap: yuan(0)}
    reason: {code: FROZEN, zh: 账户冻结, en: the account is frozen}
  - id: grade_c
    when: grade = 'C'
    then: {outcome: refer, cap: income * 0.3}
    reason: {code: GRADE_C, zh: 等级为C, en: grade C}
otherwise:
  then: {outcome: approve, cap: "floor(income * 3, yuan(100))"}
  reason: {code: PASSED, zh: 通过, en: passed}
"""
PARAMETERS = [Parameter("overdue_days_max", Kind.INTEGER, 90)]
GOOD = {"overdue_days": 0, "grade": "A", "frozen": False, "income": 1_234_567}
SCHEMA = {"overdue_days": pl.Int64, "grade": pl.String, "frozen": pl.Boolean, "income": pl.Int64}


def table(text: str = REVIEW, hit_policy: str = "first") -> DecisionTable:
    text = text.replace("hit_policy: first", f"hit_policy: {hit_policy}")
    return read_table(parse_document(text, path="policies/review.yaml").root, parameters=PARAMETERS)


FIRST, COLLECT = table(), table(hit_policy="collect")


def codes(verdict: Verdict) -> list[str]:
    return [reason.code for reason in verdict.reasons]


@pytest.mark.parametrize(
    ("change", "matched", "outputs"),
    [
        ({}, "otherwise", {"outcome": "approve", "cap": 3_700_000}),
        ({"overdue_days": 90}, "otherwise", {"outcome": "approve", "cap": 3_700_000}),
        ({"overdue_days": 91}, "overdue", {"outcome": "decline", "cap": 0}),
        ({"overdue_days": 91, "grade": "C", "income": None}, "overdue", {"outcome": "decline", "cap": 0}),
        ({"frozen": None}, "frozen", {"outcome": "decline", "cap": 0}),
        ({"grade": "C", "income": 5}, "grade_c", {"outcome": "refer", "cap": 2}),
        ({"grade": None}, "otherwise", {"outcome": "approve", "cap": 3_700_000}),
    ],
)
def test_the_first_row_that_matches_decides(
    change: dict[str, object], matched: str, outputs: dict[str, object]
) -> None:
    verdict = FIRST.decide({**GOOD, **change})
    assert (verdict.matched, verdict.outputs, verdict.state) == ((matched,), outputs, 0)
    assert not verdict.refers
    assert len(verdict.reasons) == 1


def test_a_verdict_carries_its_working() -> None:
    verdict = FIRST.decide({"overdue_days": 91, "grade": None, "frozen": False, "income": None})
    assert (verdict.table, verdict.version) == ("review", FIRST.program.hash)
    assert verdict.reasons == (ReasonCode(code="OVERDUE", zh="逾期过长", en="overdue too long"),)
    told = [(row.row, row.match, row.result.state, row.values_read) for row in verdict.working]
    assert told == [
        ("overdue", Match.MATCHED, 0, {"overdue_days": 91}),
        ("frozen", Match.NOT_MATCHED, 0, {"frozen": False}),
        ("grade_c", Match.NOT_MATCHED, State.NULL_NO_MATCH, {"grade": None}),
    ]
    assert (verdict.missing, verdict.broken) == (("grade", "income"), ())


@pytest.mark.parametrize(
    ("change", "state", "referred", "reasons"),
    [
        ({"overdue_days": None}, State.NULL_REFER, ("overdue",), ["MISSING_OVERDUE_DAYS"]),
        ({"overdue_days": None, "frozen": True}, State.NULL_REFER, ("overdue",), ["MISSING_OVERDUE_DAYS"]),
        ({"overdue_days": 91.0}, State.BROKEN_INPUT, ("overdue",), ["BROKEN_OVERDUE_DAYS"]),
        ({"grade": "D"}, State.BROKEN_INPUT, ("grade_c",), ["BROKEN_GRADE"]),
        ({"grade": "C", "income": None}, State.NULL_REFER, ("grade_c",), ["GRADE_C", "MISSING_INCOME"]),
        ({"income": 2**62}, State.OVERFLOW, ("otherwise",), ["PASSED", "OVERFLOW"]),
    ],
)
def test_what_cannot_be_evaluated_refers_and_says_why(
    change: dict[str, object], state: State, referred: tuple[str, ...], reasons: list[str]
) -> None:
    verdict = FIRST.decide({**GOOD, **change})
    assert (verdict.state, verdict.outputs, verdict.referred) == (state, {}, referred)
    assert codes(verdict) == reasons
    assert verdict.refers


@pytest.mark.parametrize(
    ("overdue", "grade", "outcome", "caps"),
    [(91, "C", "decline", (0, 3_000)), (91, "A", "decline", (0,)), (0, "A", "approve", (30_000,))],
)
def test_a_column_that_collects_in_a_table_of_one_decision(
    overdue: int, grade: str, outcome: str, caps: tuple[int, ...]
) -> None:
    collecting = table(REVIEW.replace("cap: {kind: money}", "cap: {kind: money, collect: true}"))
    row = {"overdue_days": overdue, "grade": grade, "frozen": False, "income": 10_000}
    told = collecting.decide(row)
    assert dict(told.outputs) == {"outcome": outcome, "cap": caps}
    frame = collecting.decide_frame(pl.DataFrame([row], schema=SCHEMA))
    assert frame.select("outcome", "cap").rows() == [(outcome, list(caps))]


def test_every_row_that_matches_is_collected() -> None:
    verdict = COLLECT.decide({**GOOD, "overdue_days": 91, "grade": "C", "income": 5})
    assert verdict.matched == ("overdue", "grade_c")
    assert verdict.outputs == {"outcome": ("decline", "refer"), "cap": (0, 2)}
    assert codes(verdict) == ["OVERDUE", "GRADE_C"]
    assert COLLECT.decide(GOOD).matched == ("otherwise",)
    verdict = COLLECT.decide({**GOOD, "overdue_days": None, "grade": "C"})
    assert (verdict.matched, verdict.referred, verdict.outputs) == (("grade_c",), ("overdue",), {})
    assert codes(verdict) == ["GRADE_C", "MISSING_OVERDUE_DAYS"]


def test_a_condition_that_refers_settles_the_state_before_any_output_is_looked_at() -> None:
    row = {**GOOD, "overdue_days": None, "grade": "C", "income": "much"}
    verdict = COLLECT.decide(row)
    assert (verdict.state, verdict.referred) == (State.NULL_REFER, ("overdue",))
    frame = pl.DataFrame([row], schema={**SCHEMA, "income": pl.String})
    assert COLLECT.decide_frame(frame)["review_state"].to_list() == [State.NULL_REFER]


def test_marks_tell_the_rows_that_count() -> None:
    def told(one: DecisionTable, *marks: int) -> list[str]:
        return [row.rule.id for row in one.rows_of(marks)]

    assert FIRST.marks == COLLECT.marks == ("matched",)
    assert [told(FIRST, mark) for mark in (1, 2, 3)] == [["overdue"], ["frozen"], ["grade_c"]]
    assert [told(COLLECT, mark) for mark in (1, 2, 3)] == [["overdue"], ["frozen"], ["overdue", "frozen"]]
    assert told(COLLECT, 0b101) == ["overdue", "grade_c"]
    assert told(FIRST, 0) == told(COLLECT, 0) == ["otherwise"]


def test_the_marks_of_many_rows_are_more_than_one_number() -> None:
    rows = "".join(
        f"  - {{id: r{n}, when: x > {n}, then: {{o: {n}}}, reason: {{code: R{n}, zh: 一, en: one}}}}\n"
        for n in range(64)
    )
    text = f"""
id: many
hit_policy: collect
inputs: {{x: {{kind: integer}}}}
outputs: {{o: {{kind: integer}}}}
rows:
{rows}
otherwise: {{then: {{o: 99}}, reason: {{code: NONE, zh: 无, en: none}}}}
"""
    many = table(text)
    assert many.marks == ("matched", "matched_2")
    assert [row.rule.id for row in many.rows_of((1 << 61, 0b10))] == ["r61", "r63"]
    assert [row.rule.id for row in many.rows_of((0, 1))] == ["r62"]
    assert [row.rule.id for row in many.rows_of((0, 0))] == ["otherwise"]
    assert many.decide({"x": 63}).outputs == {"o": tuple(range(63))}


HARD_REJECT = """
id: hard
hit_policy: first
inputs: {overdue_days: {kind: integer}}
outputs: {outcome: {kind: text, values: [approve, decline]}, rate: {kind: nano}}
rows:
  - id: long_overdue
    when: WHEN
    then: {outcome: decline, rate: RATE}
    reason: {code: OVERDUE_90, zh: 逾期超过90天, en: more than 90 days overdue}
otherwise:
  then: {outcome: approve, rate: 0}
  reason: {code: PASSED, zh: 通过, en: passed}
"""


def hard(when: str = "overdue_days > 90", rate: str = "0") -> DecisionTable:
    return table(HARD_REJECT.replace("WHEN", when).replace("RATE", rate))


@pytest.mark.parametrize(
    ("case", "row"),
    [
        ("null", {"overdue_days": None}),
        ("missing key", {}),
        ("missing key, another spelling", {"overdueDays": 120}),
        ("wrong type: text", {"overdue_days": "120"}),
        ("wrong type: float", {"overdue_days": 120.0}),
        ("wrong type: too large", {"overdue_days": 2**63}),
    ],
)
def test_nothing_fails_open_on_a_bad_value(case: str, row: dict[str, object]) -> None:
    verdict = hard().decide(row)
    assert verdict.refers, case
    assert verdict.outputs == {}
    frame = pl.DataFrame([row], schema=None, strict=False) if row else pl.DataFrame({"x": [1]})
    if row.get("overdue_days") == 2**63:
        frame = pl.DataFrame({"overdue_days": pl.Series([2**63], dtype=pl.UInt64)})
    assert hard().decide_frame(frame)["outcome"].to_list() == [None]
    assert hard().decide_frame(frame)["hard_state"].to_list() == [verdict.state]


@pytest.mark.parametrize(
    ("case", "when", "message"),
    [
        ("mistyped column", "overdue_day > 90", "nothing is called overdue_day"),
        ("syntax error in the cell", "overdue_days >> 90", "cannot go on"),
        ("kinds that do not compare", "overdue_days > '90'", "does not take these kinds"),
    ],
)
def test_nothing_fails_open_on_a_bad_cell(case: str, when: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message) as raised:
        hard(when)
    assert raised.value.where["line"] == 8, case
    assert raised.value.where["field"] == "rows.0.when"
    assert "column" in raised.value.where


def test_nothing_fails_open_on_an_error_in_the_output() -> None:
    failing = hard(rate="1 / (overdue_days - 120)")
    verdict = failing.decide({"overdue_days": 120})
    assert (verdict.state, verdict.matched, codes(verdict)) == (
        5,
        ("long_overdue",),
        ["OVERDUE_90", "ZERO_DIVISION"],
    )
    assert failing.decide({"overdue_days": 121}).outputs == {"outcome": "decline", "rate": 10**9}
    frame = failing.decide_frame(pl.DataFrame({"overdue_days": [120, 121, 5]}))
    assert frame["outcome"].to_list() == [None, "decline", "approve"]
    assert frame["hard_state"].to_list() == [5, 0, 0]


@pytest.mark.parametrize("null", ["match", "no_match"])
def test_an_output_that_is_null_refers_whatever_the_policy_of_the_null(null: str) -> None:
    text = HARD_REJECT.replace("{kind: integer}", f"{{kind: integer, null: {null}}}").replace(
        "rate: 0", "rate: overdue_days * 0.1"
    )
    one = table(text.replace("WHEN", "overdue_days > 90").replace("RATE", "overdue_days * 0.1"))
    verdict = one.decide({"overdue_days": None})
    assert (verdict.state, verdict.outputs) == (State.NULL_REFER, {})
    assert codes(verdict)[-1] == "MISSING_OVERDUE_DAYS"
    frame = one.decide_frame(pl.DataFrame({"overdue_days": [None, 91]}))
    assert frame["hard_state"].to_list() == [State.NULL_REFER, State.OK]
    assert frame["rate"].to_list() == [None, 9_100_000_000]


VALUES = {
    "overdue_days": st.sampled_from([0, 90, 91, None]),
    "grade": st.sampled_from(["A", "C", "D", None]),
    "frozen": st.sampled_from([True, False, None]),
    "income": st.sampled_from([0, 5, 1_234_567, 2**62, None]),
}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.fixed_dictionaries(VALUES), min_size=1, max_size=30))
def test_a_frame_says_what_each_case_says(cases: list[dict[str, object]]) -> None:
    frame = pl.DataFrame(cases, schema=SCHEMA)
    for one, first in ((FIRST, True), (COLLECT, False)):
        verdicts = [one.decide(case) for case in cases]
        found = one.decide_frame(frame)
        assert found["review_state"].to_list() == [verdict.state for verdict in verdicts]
        for name in ("outcome", "cap"):
            given_outputs = [verdict.outputs.get(name) for verdict in verdicts]
            listed = [list(value) if isinstance(value, tuple) else value for value in given_outputs]
            assert found[name].to_list() == listed
        if first:
            assert found["review_row"].to_list() == [
                verdict.matched[0] if verdict.matched else None for verdict in verdicts
            ]
        assert found.columns[:4] == list(SCHEMA)


def test_the_working_of_a_frame_can_be_kept() -> None:
    frame = FIRST.decide_frame(pl.DataFrame([GOOD], schema=SCHEMA), working=True)
    assert frame["when_overdue"].to_list() == [False]
    assert frame["when_overdue__state"].to_list() == [0]
    assert set(SCHEMA) | {"review_matched", "review_row", "review_state", "outcome", "cap"} < set(
        frame.columns
    )


def test_a_table_is_proven_equal_everywhere() -> None:
    for one in (FIRST, COLLECT):
        proof = prove(one.program, rows=1000, seed=11)
        assert proof.holds
        assert len(proof.seen["matched"]) > 2
