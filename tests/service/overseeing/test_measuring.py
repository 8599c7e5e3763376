"""The second line at work: register, stability, outcomes, groups, a challenger that waits, the report."""

import json
from datetime import date
from pathlib import Path

import pytest
from tests.service.oversight_bank import plan_of, turn_outcome, write_plan
from tests.service.people import let_in
from tests.service.review_bank import plan_text as review_text
from tests.service.review_bank import write_plan as write_review

from creditloop.kernel.errors import InputError, PolicyError, StateError, UnknownId
from creditloop.kernel.storage import connect
from creditloop.oversight import (
    NOTE_EN,
    find_comparisons,
    find_metrics,
    find_model_runs,
    find_proposals,
    frame_hash,
)
from creditloop.oversight.report import drawing
from creditloop.service.admitting.reviewing import review_book
from creditloop.service.admitting.scorings import scoring_frame
from creditloop.service.bank import Bank
from creditloop.service.compiled import compiled_card
from creditloop.service.overseeing.challenging import (
    decide_on_proposal,
    propose_challenger,
    propose_on_outcomes,
)
from creditloop.service.overseeing.measuring import (
    alarms_of,
    measure_groups,
    measure_month,
    measure_outcomes,
    oversee_outcomes,
    register_card,
    say_outcomes_known,
)
from creditloop.service.overseeing.monthly import measure_months
from creditloop.service.overseeing.scored import measure_scored
from creditloop.service.reporting.risk_report import checkpoint_of, report_record, write_report

JUNE, SEPTEMBER = date(2005, 6, 30), date(2005, 9, 30)


def test_a_card_is_registered_with_a_review_within_three_months(review_bank: Bank) -> None:
    write_plan(review_bank)
    models = []
    for _ in range(2):
        with review_bank.work() as work:
            models.append(register_card(work, plan=plan_of(work)))
    assert models[0] == models[1]
    assert (models[0].next_review_due, models[0].state) == (SEPTEMBER, "published")
    assert models[0].validator != models[0].developer


def test_a_month_is_held_against_the_fit_sample(review_bank: Bank) -> None:
    write_plan(review_bank)
    with review_bank.work() as work:
        plan = plan_of(work)
        run = measure_month(work, plan=plan, month=SEPTEMBER)
        assert measure_month(work, plan=plan, month=SEPTEMBER) == run
        figures = find_metrics(work.connection, batch_id=run.batch_id)
    assert [figure.name for figure in figures].count("psi_score") == 1
    assert all(figure.denominator == run.rows and figure.value_nano is not None for figure in figures)
    assert {figure.level for figure in figures} <= {"green", "yellow", "red"}
    with pytest.raises(InputError, match="before the day it was fitted"), review_bank.work() as work:
        measure_month(work, plan=plan_of(work), month=date(2005, 5, 31))


def test_outcomes_give_discrimination_and_calibration_and_alarms_are_worded(review_bank: Bank) -> None:
    write_plan(review_bank)
    with review_bank.work() as work:
        run = measure_outcomes(work, plan=plan_of(work))
        figures = {(f.name, f.segment): f for f in find_metrics(work.connection, batch_id=run.batch_id)}
        alarms = alarms_of(work, run=run)
    assert {("auc", "first"), ("ks", "second"), ("brier", "first"), ("calibration_gap", "first/01")} <= set(
        figures
    )
    assert len(alarms) == run.alarms == sum(f.level in {"yellow", "red"} for f in figures.values())
    assert all(alarm.zh and alarm.en and alarm.source == run.batch_id for alarm in alarms)


def test_months_are_one_run_whose_segments_are_months(review_bank: Bank) -> None:
    write_plan(review_bank)
    with review_bank.work() as work:
        plan = plan_of(work)
        run = measure_months(work, plan=plan)
        assert measure_months(work, plan=plan) == run
        figures = {(f.name, f.segment): f for f in find_metrics(work.connection, batch_id=run.batch_id)}
        alone = measure_month(work, plan=plan, month=SEPTEMBER)
        moved = {(f.name, f.segment): f for f in find_metrics(work.connection, batch_id=alone.batch_id)}
    assert run.kind == "monthly"
    months = {segment.partition("/")[0] for _, segment in figures}
    assert months == {"2005-06", "2005-07", "2005-08", "2005-09"}
    names = {
        "auc",
        "auc_low",
        "auc_high",
        "ks",
        "brier",
        "bad_rate",
        "pd_mean",
        "calibration_gap",
        "psi_score",
    }
    assert names <= {name for name, segment in figures if segment == "2005-07"}
    low, auc, high = (figures[name, "2005-07"].value_nano for name in ("auc_low", "auc", "auc_high"))
    assert low <= auc <= high  # type: ignore[operator]
    for (name, segment), one in moved.items():
        month = "2005-09" if segment == "score" else f"2005-09/{segment}"
        assert figures[name, month].value_nano == one.value_nano
        assert figures[name, month].level == one.level != "none"
    assert {figures[name, "2005-07"].level for name in ("auc", "ks")} <= {"green", "yellow", "red"}


def test_a_run_of_decisions_is_a_scoring_on_record_with_it(review_bank: Bank) -> None:
    write_plan(review_bank)
    with review_bank.work() as work:
        batch = review_book(work, plan=plan_of(work).review)
        (run,) = find_model_runs(work.connection)
    with review_bank.work() as work:
        assert review_book(work, plan=plan_of(work).review) == batch
        assert find_model_runs(work.connection) == [run], "a repeat records nothing further"
        figures = {(f.name, f.segment): f for f in find_metrics(work.connection, batch_id=run.batch_id)}
        card = compiled_card(work.adopted(run.card_hash))
        kept = scoring_frame(work, card=card, batch=batch)
    assert (run.kind, run.card_hash, run.dates) == ("scoring", batch.card_hash, batch.dates)
    assert run.rows == kept.height > 0
    assert run.inputs_hash == frame_hash(kept.drop("score", "pd_nano")), "the archive holds what was shown"
    assert run.outputs_hash == frame_hash(kept.select("party_id", "score", "pd_nano"))
    assert figures["psi_score", "score"].denominator == run.rows
    assert figures["unscored", "all"].value_nano == 0
    assert figures["unscored", "all"].level == "green"
    assert {f.level for f in figures.values() if f.name == "unseen"} <= {"green", "yellow", "red"}
    again = card.score_frame(kept.drop("score", "pd_nano"))
    assert again["score"].equals(kept["score"]), "what was kept gives the score that was kept"
    assert review_bank.verify().problems == ()


def test_without_thresholds_a_scoring_is_on_record_and_judged_by_nothing(review_bank: Bank) -> None:
    line = next(one for one in review_text().splitlines() if one.startswith("alarms:"))
    plan = write_review(review_bank, f"{line}\n", "")
    with review_bank.work() as work:
        review_book(work, plan=plan)
        (run,) = find_model_runs(work.connection)
        figures = find_metrics(work.connection, batch_id=run.batch_id)
        assert alarms_of(work, run=run) == ()
    assert (run.alarm_policy_hash, run.alarms) == (None, 0)
    assert {figure.level for figure in figures} == {"none"}


def test_what_was_said_when_deciding_is_held_against_outcomes(review_bank: Bank) -> None:
    write_plan(review_bank)
    with review_bank.work() as work:
        plan = plan_of(work)
        assert measure_scored(work, plan=plan) is None
        batch = review_book(work, plan=plan.review)
        run = measure_scored(work, plan=plan)
        assert run is not None
        assert measure_scored(work, plan=plan) == run
        figures = {(f.name, f.segment): f for f in find_metrics(work.connection, batch_id=run.batch_id)}
        whole = measure_outcomes(work, plan=plan)
        scored_anew = {(f.name, f.segment): f for f in find_metrics(work.connection, batch_id=whole.batch_id)}
    assert (run.kind, run.card_hash) == ("scored", batch.card_hash)
    for name in ("auc", "ks", "brier", "bad_rate"):
        assert figures[name, "2005-06"].value_nano == scored_anew[name, "first"].value_nano, name


def test_groups_are_measured_with_both_cards_for_the_purpose_fairness(review_bank: Bank) -> None:
    write_plan(review_bank)
    with review_bank.work() as work:
        own, without = measure_groups(work, plan=plan_of(work))
        segments = [
            {metric.segment for metric in find_metrics(work.connection, batch_id=run.batch_id)}
            for run in (own, without)
        ]
        reads = work.connection.execute(
            "SELECT DISTINCT purpose FROM data.access_log WHERE columns::text LIKE '%sex%'"
        ).fetchall()
        cards = [work.adopted(run.card_hash).path for run in (own, without)]
    assert own.card_hash != without.card_hash
    assert cards[0] != cards[1], "what is only measured is never found as the plan's card"
    assert own.rows == without.rows
    assert {"sex=1", "sex=2", "age_band=from_30"} <= segments[0] & segments[1]
    assert reads == [("fairness",)]


def test_a_challenger_waits_with_a_backtest_on_the_other_part(review_bank: Bank) -> None:
    turn_outcome(review_bank)
    with review_bank.work() as work:
        proposal = propose_challenger(work, plan=plan_of(work))
        assert proposal is not None
        assert propose_challenger(work, plan=plan_of(work)) == proposal
        figures = json.loads(proposal.figures)
        lines = find_comparisons(work.connection, batch_id=proposal.comparison_batch)
        challenger, champion = (work.adopted(h) for h in (proposal.challenger_hash, proposal.champion_hash))
    assert proposal.state == "waiting"
    assert figures["challenger"]["approved"] > figures["champion"]["approved"]
    assert {line.baseline for line in lines} == {"冠军 champion"}
    assert lines[0].rows + figures["choosing_rows"] > lines[0].rows > 0
    added = set(challenger.text.splitlines()) - set(champion.text.splitlines())
    assert set(champion.text.splitlines()) <= set(challenger.text.splitlines())
    assert 1 <= len(added) <= 2
    assert all("from: 2024-07-01" in line and "October's label" in line for line in added)


def test_the_proposer_cannot_approve_and_a_second_person_publishes(review_bank: Bank) -> None:
    turn_outcome(review_bank)
    with review_bank.work() as work:
        proposal = propose_challenger(work, plan=plan_of(work))
    assert proposal is not None
    word = {"role": "approver", "decision": "approved", "reason": "read", "decided_on": date(2005, 10, 31)}
    for login, roles in (("strategist_a", ("strategist", "approver")), ("approver_c", ("approver",))):
        let_in(review_bank, login, *roles)
    with pytest.raises(InputError, match="a second person must"), review_bank.work() as work:
        decide_on_proposal(work, proposal_id=proposal.batch_id, approver="strategist_a", **word)  # type: ignore[arg-type]
    with pytest.raises(UnknownId, match="no person with this login"), review_bank.work() as work:
        decide_on_proposal(work, proposal_id=proposal.batch_id, approver="Strategist_A", **word)  # type: ignore[arg-type]
    with review_bank.work() as work:
        decided = decide_on_proposal(work, proposal_id=proposal.batch_id, approver="approver_c", **word)  # type: ignore[arg-type]
    assert decided.state == "published"
    assert review_bank.verify().problems == ()


def test_where_nothing_beats_the_champion_nothing_is_proposed(review_bank: Bank) -> None:
    write_plan(review_bank)
    with review_bank.work() as work:
        assert propose_challenger(work, plan=plan_of(work)) is None
        assert find_proposals(work.connection) == []


def test_known_outcomes_are_said_once_and_answered(review_bank: Bank) -> None:
    turn_outcome(review_bank)
    with review_bank.work() as work:
        register_card(work, plan=plan_of(work))
        fact = say_outcomes_known(work, plan=plan_of(work))
        assert fact.kind == "OutcomesKnown"
        oversee_outcomes(work, fact)
        propose_on_outcomes(work, fact)
    with connect(review_bank.url) as connection:
        (proposal,) = find_proposals(connection)
    assert proposal.state == "waiting"


def test_the_report_of_what_is_there_is_written_beside_its_record(review_bank: Bank, tmp_path: Path) -> None:
    write_plan(review_bank)
    with review_bank.work() as work:
        plan = plan_of(work)
        register_card(work, plan=plan)
        measure_month(work, plan=plan, month=SEPTEMBER)
        oversee_outcomes(work, say_outcomes_known(work, plan=plan))
    with review_bank.work() as work:
        record = report_record(work, plan=plan_of(work), evidence=checkpoint_of(review_bank))
    written = write_report(review_bank, record=record, file=Path("var/report/one.pdf"))
    assert written.read_bytes().startswith(b"%PDF-")
    assert json.loads(written.with_suffix(".json").read_text("utf-8")) == json.loads(json.dumps(record))
    assert record["note"] == {"zh": "仅限存量已准入客户、同期留出样本", "en": NOTE_EN}
    assert record["portfolio"] is None
    assert record["warnings"] is None
    assert record["rolls"] == []
    assert [card["zh"] for card in record["fairness"]["cards"]] == ["含额度特征", "不含额度特征"]  # type: ignore[index]
    assert record["model"]["entry"]["next_review_due"] == "2005-09-30"  # type: ignore[index]
    assert len(record["comparison"]["outcomes"]) == 2  # type: ignore[index,arg-type]
    again = write_report(review_bank, record=record, file=Path("var/report/two.pdf"))
    assert again.read_bytes() == written.read_bytes()


def test_without_the_extra_no_report_is_half_written(
    review_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plan(review_bank)
    with review_bank.work() as work:
        record = report_record(work, plan=plan_of(work), evidence=checkpoint_of(review_bank))
    monkeypatch.setattr(drawing, "find_spec", lambda name: None)
    with pytest.raises(StateError, match="not installed"):
        write_report(review_bank, record=record, file=Path("var/report/one.pdf"))
    assert not (review_bank.places.documents / "var" / "report").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("plan: oversight", "plan: review", "not one of the words"),
        ("outcomes_known_on: 2005-10-31", "outcomes_known_on: 2005-10-30", "not known by then"),
        ("draws: 1000", "draws: 10", "out of range"),
        ("[2005-06-30, 2005-07-31,", "[2005-07-31, 2005-06-30,", "in order of time"),
        ("step: 0.02, reach: 0.04", "step: 0, reach: 0.04", "steps above 0"),
        ("step: 0.02, reach: 0.04", "step: 0.04, reach: 0.02", "one step at least"),
        ("choose_share: 0.5", "choose_share: 1", "both parts need customers"),
        ("  age: age_years\n", "", "an age needs a policy"),
        ("materiality: high", "importance: high", "missing"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(review_bank: Bank, old: str, new: str, message: str) -> None:
    write_plan(review_bank, old, new)
    with pytest.raises(PolicyError, match=message) as caught, review_bank.work() as work:
        plan_of(work)
    assert caught.value.where["file"] == "oversight.yaml"
    assert caught.value.where["line"]
