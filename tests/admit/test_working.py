"""The working as plain data: what stood there stays, what the judgement tells besides stands beside it."""

import json

import pytest
from tests.admit.review_cases import customers, rules

from creditloop.admit import Working, review_one

BY = rules()
POLICY = {"policy", "policy_hash", "rules_as_of", "parameters", "steps", "tables", "reasons"}
TABLE = {
    "table",
    "version",
    "state",
    "outputs",
    "matched",
    "referred",
    "missing",
    "broken",
    "reasons",
    "rows",
}
ROW = {"row", "when", "match", "state", "decides", "values_read", "reason"}
TOLD = {"version", "refers", "outputs", "decided_by", "ranked", "letter_reasons", "nearest", "parts"}
SOURCES = {"sources", "not_asked", "cost_fen"}


def workings(count: int) -> list[Working]:
    frame = customers(count, seed=11, holes=True)
    return [review_one(party_id=str(row["party_id"]), row=row, rules=BY) for row in frame.to_dicts()]


@pytest.mark.parametrize("working", workings(12), ids=lambda working: str(working.decision["party_id"]))
def test_the_record_says_what_the_judgement_says(working: Working) -> None:
    record = json.loads(json.dumps(working.as_record(), default=str))
    assert set(record) == {"decision", "values", "score", "policy"}
    policy = record["policy"]
    assert set(policy) == POLICY | TOLD | SOURCES
    judged = working.judgement
    assert [entry["code"] for entry in policy["reasons"]] == [each.code for each in judged.reasons]
    assert [entry["code"] for entry in policy["ranked"]] == [each.reason.code for each in judged.ranked]
    assert policy["decided_by"] == (list(judged.decided_by) if judged.decided_by else None)
    assert policy["refers"] == judged.refers
    assert (policy["nearest"] is None) == (judged.nearest is None)
    for table, verdict in zip(policy["tables"], judged.verdicts, strict=True):
        assert set(table) == TABLE | {"reached", "nearest"}
        assert (table["table"], table["matched"]) == (verdict.table, list(verdict.matched))
        assert [row["match"] for row in table["rows"]] == [each.match.value for each in verdict.working]
        assert all(set(row) == ROW for row in table["rows"])


def test_steps_are_values_with_their_state() -> None:
    working = workings(1)[0]
    steps = working.as_record()["policy"]["steps"]  # type: ignore[index]
    told = {name: {"value": one.value, "state": one.state} for name, one in working.judgement.steps.items()}
    assert steps == told
