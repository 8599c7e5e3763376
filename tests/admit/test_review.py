"""Both executions decide alike, referring wins, and a past decision comes out the same."""

import json

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.admit.review_cases import applications, customers, loan_rules, policy_of, rules

from creditloop.admit import DECISION, REFERRED, ReviewRules, differing, in_scope, replay, review, review_one
from creditloop.kernel.errors import EvidenceError, InputError

LIMITS, LOANS = rules(), loan_rules()
BOTH = {"limits": (LIMITS, customers), "loans": (LOANS, applications)}


def one_by_one(frame: pl.DataFrame, by: ReviewRules) -> pl.DataFrame:
    made = [
        dict(review_one(party_id=row["party_id"], row=row, rules=by).decision)
        for row in frame.sort("party_id").iter_rows(named=True)
    ]
    return pl.DataFrame(made, schema=DECISION)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("holes", [False, True])
def test_a_frame_is_decided_as_each_case_is(name: str, holes: bool) -> None:
    by, draw = BOTH[name]
    frame = draw(300, seed=7, holes=holes).sample(fraction=1, shuffle=True, seed=3)
    decided = review(frame=frame, rules=by)
    assert dict(decided.schema) == dict(DECISION)
    assert decided["party_id"].is_sorted()
    assert decided.equals(one_by_one(frame, by))
    assert len(decided["reasons"].unique()) > 5
    if holes:
        assert (decided["rule"] == REFERRED).sum() > 10


EDGES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 1, 10**9, 2**53, -(2**53) - 5])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(EDGES, EDGES, EDGES, EDGES, st.booleans() | st.none()), min_size=1, max_size=20))
def test_whatever_the_values_nothing_fails_open_and_it_comes_out_again(
    given: list[tuple[int | None, int | None, int | None, int | None, bool | None]],
) -> None:
    frame = customers(len(given), seed=1).with_columns(
        pl.Series(name, [row[i] for row in given], dtype=LIMITS_SCHEMA[name])
        for i, name in enumerate(LIMITS_SCHEMA)
    )
    decided = review(frame=frame, rules=LIMITS)
    assert decided.equals(one_by_one(frame, LIMITS))
    for said in decided.iter_rows(named=True):
        again = replay(party_id=said["party_id"], inputs=said["inputs"], rules=LIMITS)
        assert differing(decision=said, working=again) == {}
        if again.judgement.refers:
            assert (said["outcome"], said["rule"]) == (REFERRED, REFERRED)


LIMITS_SCHEMA = {
    "limit_fen": pl.Int64,
    "owed_0_fen": pl.Int64,
    "utilisation_mean": pl.Int64,
    "months_late_max": pl.Int64,
    "late_now": pl.Boolean,
}


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 10**12), st.integers(0, 10**12), st.integers(0, 3 * 10**9), st.integers(0, 8))
def test_a_proposed_limit_is_never_below_what_is_owed_nor_raised_beyond_reason(
    limit: int, owed: int, use: int, late: int
) -> None:
    frame = customers(1, seed=1).with_columns(
        limit_fen=pl.lit(limit, pl.Int64),
        owed_0_fen=pl.lit(owed, pl.Int64),
        utilisation_mean=pl.lit(use, pl.Int64),
        months_late_max=pl.lit(late, pl.Int64),
        late_now=pl.lit(value=False),
        has_bill=pl.lit(value=True),
    )
    said = review(frame=frame, rules=LIMITS).row(0, named=True)
    proposed = said["limit_proposed_fen"]
    assert proposed >= min(owed, limit)
    if said["outcome"] == "raise":
        assert limit < proposed <= max(limit * 12 // 10, limit)
        assert proposed <= 500_000_00
    else:
        assert proposed <= limit
    assert (said["grade"] == "E") <= (said["outcome"] in {"freeze", REFERRED})
    assert 0 < said["rate_annual_nano"] <= 180_000_000


def test_a_decision_names_scope_rule_reasons_and_what_cost_most() -> None:
    frame = customers(1, seed=1).with_columns(
        limit_fen=pl.lit(50_000_00, pl.Int64),
        owed_0_fen=pl.lit(49_000_00, pl.Int64),
        utilisation_mean=pl.lit(1_100_000_000, pl.Int64),
        months_late_max=pl.lit(3, pl.Int64),
        late_now=pl.lit(value=False),
        has_bill=pl.lit(value=True),
    )
    said = review(frame=frame, rules=LIMITS).row(0, named=True)
    assert (said["scope"], said["grade"], said["outcome"], said["rule"]) == (
        "reviewed",
        "E",
        "freeze",
        "LR_O3",
    )
    assert json.loads(said["reasons"]) == ["LR_S0", "LR_GE", "LR_O3", "LR_P3", "LR_L2", "LR_R5"]
    assert set(json.loads(said["factors"])) == {"CARD_MONTHS_LATE_MAX", "CARD_UTILISATION_MEAN"}
    assert json.loads(said["inputs"])["limit_fen"] == 50_000_00
    assert (said["limit_fen"], said["limit_proposed_fen"]) == (50_000_00, 49_000_00)


def test_an_application_has_no_limit_grade_or_price() -> None:
    decided = review(frame=applications(300, seed=5), rules=LOANS)
    assert set(decided["outcome"]) == {"approve", "refer", "decline"}
    for name in ("scope", "grade", "outcome_proposed", "limit_fen", "limit_proposed_fen", "rate_annual_nano"):
        assert decided[name].null_count() == decided.height
    codes = {code for told in decided["reasons"] for code in json.loads(told)}
    assert codes == {"LOW", "LARGE", "FINE", "V_0", "V_1", "V_2"}
    assert any({"LOW", "LARGE"} <= set(json.loads(told)) for told in decided["reasons"])


def test_the_whole_working_is_told() -> None:
    row = customers(1, seed=4).row(0, named=True)
    working = review_one(party_id="p", row=row, rules=LIMITS)
    record = json.loads(json.dumps(working.as_record(), default=str))
    assert [table["table"] for table in record["policy"]["tables"]] == [
        *("scope", "grade", "outcome", "proposal", "limit", "price")
    ]
    for table, held in zip(record["policy"]["tables"], LIMITS.policy.tables, strict=True):
        assert [told["row"] for told in table["rows"]] == [each.rule.id for each in held.rows]
        assert all(
            {"when", "match", "values_read", "reason", "decides"} <= set(told) for told in table["rows"]
        )
    score = record["score"]
    assert score["base"] + sum(part["points"] for part in score["parts"]) == score["score"]
    assert record["values"]["limit_fen"] == row["limit_fen"]
    assert set(record["policy"]["steps"]) == {"limit_raised_fen", "limit_frozen_fen"}
    assert all(entry["source"] for entry in record["policy"]["parameters"])
    assert record["score"]["card_hash"] == LIMITS.card.hash


def test_a_change_of_what_is_kept_is_seen_when_it_is_made_again() -> None:
    said = review(frame=customers(50, seed=9), rules=LIMITS).row(3, named=True)
    again = replay(party_id=said["party_id"], inputs=said["inputs"], rules=LIMITS)
    assert differing(decision=said, working=again) == {}
    changed = {**said, "limit_proposed_fen": said["limit_proposed_fen"] + 1, "reasons": "[]"}
    assert set(differing(decision=changed, working=again)) == {"limit_proposed_fen", "reasons"}
    values = json.loads(said["inputs"])
    other = json.dumps({**values, "months_late_max": 9 - values["months_late_max"]})
    assert "score" in differing(decision=said, working=replay(party_id="p", inputs=other, rules=LIMITS))


@pytest.mark.parametrize("inputs", ['{"limit_fen":1}', "[]", '{"limit_fen":1,"more":2}'])
def test_values_that_are_not_those_of_the_rules_are_refused(inputs: str) -> None:
    with pytest.raises(EvidenceError, match="not those its rules read"):
        replay(party_id="p", inputs=inputs, rules=LIMITS)


def test_dates_and_long_numbers_are_read_back_as_they_were() -> None:
    frame = applications(3, seed=1).with_columns(amount_fen=pl.lit(2**60, pl.Int64))
    said = review(frame=frame, rules=LOANS).row(0, named=True)
    again = replay(party_id=said["party_id"], inputs=said["inputs"], rules=LOANS)
    assert again.values["amount_fen"] == 2**60
    assert again.values["opened_on"] == frame["opened_on"][0]
    assert differing(decision=said, working=again) == {}


def test_the_scope_is_told_before_there_is_a_score() -> None:
    frame = customers(400, seed=11)
    told = in_scope(frame=frame, policy=policy_of("limit_review"))
    assert told.name == "scope"
    assert told.to_list() == review(frame=frame, rules=LIMITS)["scope"].to_list()
    assert set(told) == {"reviewed", "late", "inactive"}
    everybody = in_scope(frame=applications(5, seed=1), policy=LOANS.policy)
    assert everybody.to_list() == ["reviewed"] * 5


def test_nobody_to_decide_about_is_no_decision() -> None:
    assert review(frame=customers(3, seed=1).clear(), rules=LIMITS).height == 0


BAD = {
    "a column is missing": (lambda frame: frame.drop("late_now"), "needs these values"),
    "a party twice": (lambda frame: pl.concat([frame, frame[:1]]), "a party stands twice"),
    "no party": (lambda frame: frame.with_columns(party_id=pl.lit(None, pl.String)), "names no party"),
}


@pytest.mark.parametrize("name", BAD)
def test_rows_that_cannot_be_decided_are_refused(name: str) -> None:
    spoil, message = BAD[name]
    with pytest.raises(InputError, match=message):
        review(frame=spoil(customers(3, seed=1)), rules=LIMITS)


def test_a_value_that_is_not_there_is_not_a_null() -> None:
    with pytest.raises(InputError, match="needs these values") as caught:
        review_one(party_id="p7", row={"limit_fen": 1}, rules=LIMITS)
    assert caught.value.where == {"party": "p7"}
