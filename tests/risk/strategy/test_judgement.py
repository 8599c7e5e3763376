"""One case is judged as a frame is, with the whole working."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.risk.bank_policies import policy_files
from tests.risk.policy_texts import TEXT, policy
from tests.risk.strategy.card_application import GOOD, strategy
from tests.risk.strategy.small_strategies import HEAD, small

from creditloop.formula import Kind, Result, State
from creditloop.kernel.documents import read_document
from creditloop.kernel.errors import UnknownId
from creditloop.risk import Policy, read_policy

REPOSITORY = Path(__file__).parents[3]
RULES = date(2024, 6, 30)
COLLECT = TEXT.replace(
    "  - id: name\n    hit_policy: first\n    inputs:\n      tier",
    "  - id: name\n    hit_policy: collect\n    inputs:\n      tier",
)
DTYPES = {
    Kind.TEXT: pl.String,
    Kind.BOOLEAN: pl.Boolean,
    Kind.DATE: pl.Date,
    **dict.fromkeys((Kind.INTEGER, Kind.MONEY, Kind.NANO), pl.Int64),
}


def test_the_working_holds_steps_verdicts_outputs_and_reasons() -> None:
    judged = policy().judge({"days": 4, "owed": 150, "other": "ignored"})
    assert dict(judged.steps) == {"over": Result(1, 0)}
    assert [verdict.table for verdict in judged.verdicts] == ["verdict", "name"]
    assert dict(judged.outputs) == {"tier": 1, "word": "bad"}
    assert [reason.code for reason in judged.reasons] == ["V_1", "N_1"]
    assert not judged.refers
    assert judged.verdict("name").matched == ("N_1",)
    with pytest.raises(UnknownId, match="the policy has no such table"):
        judged.verdict("bank")


def test_a_null_refers_the_table_and_all_that_read_it() -> None:
    judged = policy().judge({"days": None, "owed": 5})
    assert judged.refers
    assert dict(judged.outputs) == {"tier": None, "word": None}
    assert dict(judged.steps) == {"over": Result(None, 3)}
    assert [reason.code for reason in judged.reasons] == ["MISSING_OVER", "MISSING_TIER"]
    assert [entry.reason.code for entry in judged.ranked] == ["MISSING_DAYS"], "the root alone"


def test_tables_lack_what_overflowed_and_the_root_says_so() -> None:
    judged = policy().judge({"days": -(2**63), "owed": 5})
    assert [reason.code for reason in judged.reasons] == ["MISSING_OVER", "MISSING_TIER"]
    assert [entry.reason.code for entry in judged.ranked] == ["OVERFLOW"]
    assert [verdict.state for verdict in judged.verdicts] == [4, 4]


COMPUTES_ON = (
    HEAD
    + """\
steps:
  - {name: double, kind: money, value: income * 2, meaning: {zh: 倍, en: double}}
tables:
  - id: final
    hit_policy: first
    outputs: {share: {kind: money}}
    rows:
      - {id: graded, when: "grade = 'A'", then: {share: double * 1000},
         reason: {code: GRADED, zh: 级, en: graded}}
    otherwise: {then: {share: yuan(1)}, reason: {code: NONE, zh: 无, en: none}}
"""
)


@pytest.mark.parametrize(
    ("income", "codes"),
    [(1, ["GRADED"]), (2**55, ["GRADED", "OVERFLOW"]), (2**63 - 1, ["GRADED", "MISSING_DOUBLE"])],
)
def test_a_table_tells_what_fails_in_it_from_what_it_was_not_given(income: int, codes: list[str]) -> None:
    judged = small(COMPUTES_ON).judge({"age": 1, "grade": "A", "income": income})
    assert [reason.code for reason in judged.verdict("final").reasons] == codes


STOPS = (
    HEAD
    + """\
tables:
  - id: final
    hit_policy: first
    outputs: {outcome: {kind: text, values: [approve, decline]}}
    rows:
      - {id: rich, when: yuan(100) / (income * 1000) > 0.01 and age > 20, then: {outcome: decline},
         reason: {code: RICH, zh: 富, en: rich}}
    otherwise: {then: {outcome: approve}, reason: {code: NONE, zh: 无, en: none}}
"""
)


@pytest.mark.parametrize(
    ("given", "state", "code"),
    [
        ({"income": None}, State.NULL_REFER, "MISSING_INCOME"),
        ({"income": 2**62}, State.OVERFLOW, "OVERFLOW"),
        ({"income": 0}, State.ZERO_DIVISION, "ZERO_DIVISION"),
        ({"age": "30"}, State.BROKEN_INPUT, "BROKEN_AGE"),
    ],
)
def test_a_row_that_cannot_be_evaluated_says_refer_and_why(
    given: dict[str, object], state: State, code: str
) -> None:
    judged = small(STOPS).judge({"age": 30, "grade": "A", "income": 100, **given})
    verdict = judged.verdict("final")
    assert (verdict.state, verdict.refers, verdict.referred) == (state, True, ("rich",))
    assert [entry.reason.code for entry in judged.ranked] == [code]
    (table,) = judged.as_record()["tables"]  # type: ignore[misc]
    assert [row["match"] for row in table["rows"]] == ["refer"]


@pytest.mark.parametrize("row", [{"owed": 5}, {"days": 1.0, "owed": 5}, {"days": 2**63 - 1, "owed": 1.5}, {}])
def test_what_is_absent_or_broken_refers(row: dict[str, object]) -> None:
    assert policy().judge(row).verdicts[0].refers


def test_a_step_is_computed_and_never_taken_from_the_row() -> None:
    assert policy().judge({"days": 9, "owed": 999, "over": -1}).outputs["tier"] == 2


def test_a_table_that_collects_gives_the_values_of_all_its_rows() -> None:
    read = policy(COLLECT)
    assert read.judge({"days": 9, "owed": 999}).outputs == {"tier": 2, "word": ("bad",)}
    assert read.judge({"days": None, "owed": 999}).outputs == {"tier": None, "word": None}


def policies() -> dict[str, Policy]:
    files = policy_files()
    read = (read_policy(read_document(file, root=REPOSITORY), rules_as_of=RULES) for file in files)
    return {f"{one.product}/{one.stage}/{one.name}": one for one in read}


POLICIES = {"small": policy(), "collect": policy(COLLECT), **policies()}


def values(kind: Kind) -> st.SearchStrategy[object]:
    small = st.integers(-3, 12) | st.integers(0, 40_000_000_000) | st.integers(-(2**63), 2**63 - 1)
    drawn = {
        Kind.TEXT: st.sampled_from(["", "A", "B", "keep", "M1"]),
        Kind.BOOLEAN: st.booleans(),
        Kind.DATE: st.dates(date(1990, 1, 1), date(2030, 1, 1)),
    }
    return st.none() | drawn.get(kind, small)


@pytest.mark.parametrize("name", POLICIES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_one_case_is_judged_as_it_is_in_a_frame(name: str, data: st.DataObject) -> None:
    read = POLICIES[name]
    case = {
        entry.name: data.draw(
            st.sampled_from([None, *entry.values]) if entry.values is not None else values(entry.kind)
        )
        for entry in read.inputs
    }
    schema = {entry.name: DTYPES[entry.kind] for entry in read.inputs}
    row = read.judge_frame(pl.DataFrame({k: [v] for k, v in case.items()}, schema=schema)).row(0, named=True)
    judged = read.judge(case)
    for step, result in judged.steps.items():
        assert row[step] == result.value
    for table, verdict in zip(read.tables, judged.verdicts, strict=True):
        assert row[f"{table.id}_state"] == verdict.state
        for output in table.outputs:
            got = judged.outputs[output.name]
            assert row[output.name] == (list(got) if isinstance(got, tuple) else got)
        if f"{table.id}_row" in row:
            assert row[f"{table.id}_row"] == (verdict.matched[0] if verdict.matched else None)
    assert judged.refers == any(row[column] != 0 for column in read.state_columns)


APPLICATION = strategy()


def record(**changed: object) -> dict[str, list[dict[str, object]]]:
    return APPLICATION.judge({**GOOD, **changed}).as_record()  # type: ignore[return-value]


def test_a_part_of_a_card_shows_the_bin_that_holds_and_what_it_gave() -> None:
    def bins(**changed: object) -> list[tuple[object, ...]]:
        parts = [part for part in record(**changed)["parts"] if "part" in part]
        return [(part["part"], part["value"], part["bin"], part["points"]) for part in parts]

    assert bins() == [("age", 35, "age >= 30", 30), ("lenders", 1, "lenders in [0..2]", 10)]
    assert bins(age=20, lenders=9) == [("age", 20, "age < 30", -20), ("lenders", 9, "true", -40)]
    assert bins(lenders=None)[1] == ("lenders", None, None, -5)
    best = [part["points_best"] for part in record(age=20)["parts"] if "part" in part]
    assert best == [30, 10]


@pytest.mark.parametrize(
    ("changed", "raw", "capped", "value"),
    [
        ({}, 3_600_000, 3_600_000, 3_600_000),
        ({"income": 100}, 1_200, 110_000, 110_000),
        ({"income": 50_000_000}, 600_000_000, 5_000_000, 5_000_000),
        ({"income": 300_500}, 3_606_000, 3_606_000, 3_600_000),
        ({"income": None}, None, None, None),
    ],
)
def test_a_limit_shows_what_it_was_before_its_caps_and_its_step(
    changed: dict[str, object], raw: object, capped: object, value: object
) -> None:
    (limit,) = (part for part in record(**changed)["parts"] if part.get("limit") == "limit_fen")
    assert (limit["raw"], limit["capped"], limit["value"]) == (raw, capped, value)
    assert limit["rounded"] == "down"
    assert (limit["state"], limit["reached"]) == (3 if raw is None else 0, True)


def test_a_limit_that_cannot_be_computed_says_why_before_the_tables() -> None:
    judged = APPLICATION.judge({**GOOD, "income": None})
    told = [reason.code for reason in judged.referral_reasons]
    assert told == ["MISSING_INCOME", "MISSING_LIMIT_FEN"]
    assert [reason.code for reason in judged.reasons] == [told[0], "NO_HIT", "RATE_GOOD", told[1]]
    assert APPLICATION.judge(GOOD).referral_reasons == ()


def test_a_switch_shows_its_branch_and_what_was_not_reached() -> None:
    def told(**changed: object) -> list[tuple[object, ...]]:
        parts = record(**changed)["parts"]
        switches = [(part["switch"], part["taken"]) for part in parts if "switch" in part]
        return [*switches, *((part["limit"], part["reached"]) for part in parts if "limit" in part)]

    beyond = [("limit_fen", True), ("rate", True)]
    assert told() == [("channel", "otherwise"), ("extra_fen", True), *beyond]
    assert told(age=20, lenders=9) == [("channel", "low"), ("extra_fen", False), *beyond]
    assert told(age=None)[0] == ("channel", None)


def test_a_table_shows_what_each_row_said_read_and_whether_it_decided() -> None:
    (table,) = (each for each in record(age=80, grade="C")["tables"] if each["table"] == "hard_rejects")
    rows = [(row["row"], row["match"], row["decides"], row["values_read"]) for row in table["rows"]]  # type: ignore[attr-defined]
    assert rows == [
        ("young", "not_matched", False, {"age": 80}),
        ("listed", "not_matched", False, {"id_token": "N1"}),
        ("old", "matched", True, {"age": 80, "grade": "C"}),
    ]
    assert table["outputs"] == {"hard": "decline", "hits": ["old"]}
    assert (table["matched"], table["reached"], table["state"]) == (["old"], True, 0)
    reached = {str(each["table"]): each["reached"] for each in record()["tables"]}
    assert reached == {
        **{"hard_rejects": True, "low_check": False},
        **{"price__rate_table": True, "decision": True},
    }


@pytest.mark.parametrize("score", [720, None])
def test_a_table_that_is_not_reached_says_nothing_whatever_it_would_have_said(score: int | None) -> None:
    verdict = APPLICATION.judge({**GOOD, "score": score}).verdict("low_check")
    assert (verdict.reached, verdict.state, verdict.refers) == (False, 0, False)
    assert (dict(verdict.outputs), verdict.matched, verdict.referred, verdict.reasons) == ({}, (), (), ())


def test_a_record_says_what_decided_and_the_nearest_miss() -> None:
    def decided(**changed: object) -> object:
        return APPLICATION.judge({**GOOD, **changed}).as_record()["decided_by"]

    assert decided() == ["decision", "otherwise"]
    assert decided(income=50_000_000) == ["decision", "much"]
    assert decided(income=None) is None
    nearest = APPLICATION.judge(GOOD).as_record()["nearest"]
    assert isinstance(nearest, dict)
    assert (nearest["row"], nearest["gap"]) == ("much", 400_001)
    lost = [entry.get("points_lost") for entry in record(age=20, lenders=9)["reasons"]]
    assert lost[:3] == [None, 50, 50]
