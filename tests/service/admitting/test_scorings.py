"""A request's scoring stands with its decision: in its batch, once, alarms by the plan's policy."""

import json
import uuid

from tests.service.admitting.test_reviewing import party_of
from tests.service.review_bank import plan_of, plan_text, write_plan

from creditloop.admit import Decision, find_batch, replay
from creditloop.kernel.canonical import content_hash
from creditloop.oversight import count_scorings, find_model_runs, find_scoring
from creditloop.service.admitting.reviewing import read_plan_rules, review_party
from creditloop.service.admitting.scorings import record_request_scoring
from creditloop.service.bank import Bank


def decided(bank: Bank) -> Decision:
    with bank.work() as work:
        return review_party(work, plan=plan_of(bank), party_id=party_of("decide"), request_id="r-1")


def test_a_request_is_a_scoring_in_the_batch_of_its_decision(review_bank: Bank) -> None:
    made = decided(review_bank)
    assert decided(review_bank) == made
    with review_bank.work() as work:
        scoring = find_scoring(work.connection, decision_id=made.decision_id)
        batch = find_batch(work.connection, batch_id=made.batch_id)
        rows = work.connection.execute("SELECT batch_id FROM oversight.scoring").fetchall()
        card = read_plan_rules(work, plan=plan_of(review_bank)).rules.card
        assert find_model_runs(work.connection) == [], "one case has no distribution"
        (counted,) = count_scorings(work.connection)
    assert scoring is not None
    assert batch is not None
    assert rows == [(made.batch_id,)], "a repeat records nothing further"
    assert (scoring.card_hash, scoring.business_date) == (batch.card_hash, batch.dates.business_date)
    inputs = json.loads(str(made.said["inputs"]))
    shown = {entry.feature.name: inputs[entry.feature.name] for entry in card.features}
    assert scoring.inputs_hash == content_hash(shown), "the decision keeps what was shown"
    assert scoring.outputs_hash == content_hash({name: made.said[name] for name in ("score", "pd_nano")})
    assert (scoring.alarms, counted.cases, counted.alarming) == (0, 1, 0)
    assert scoring.alarm_policy_hash is not None
    assert review_bank.verify().problems == ()


def test_what_the_card_was_not_fitted_on_is_alarming(review_bank: Bank) -> None:
    made = decided(review_bank)
    plan = plan_of(review_bank)
    with review_bank.work() as work:
        rules = read_plan_rules(work, plan=plan).rules
        first = rules.card.features[0].feature.name
        inputs = json.loads(str(made.said["inputs"])) | {first: None}
        working = replay(party_id="x", inputs=json.dumps(inputs), rules=rules)
        assert working.score.score is None, "the card has no bin for it"
        other = uuid.UUID(int=1)
        scoring = record_request_scoring(work, plan=plan, working=working, batch_id=other, decision_id=other)
    told = [(one["name"], one["segment"], one["level"]) for one in json.loads(scoring.raised)]
    assert told == [("unscored", "all", "red"), ("unseen", first, "yellow")]
    assert scoring.alarms == 2


def test_without_thresholds_a_request_is_on_record_and_not_judged(review_bank: Bank) -> None:
    line = next(one for one in plan_text().splitlines() if one.startswith("alarms:"))
    plan = write_plan(review_bank, f"{line}\n", "")
    with review_bank.work() as work:
        made = review_party(work, plan=plan, party_id=party_of("decide"), request_id="r-1")
        scoring = find_scoring(work.connection, decision_id=made.decision_id)
    assert scoring is not None
    assert (scoring.alarm_policy_hash, scoring.alarms) == (None, 0)
