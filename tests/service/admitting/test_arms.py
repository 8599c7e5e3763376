"""A book under an experiment is decided arm by arm, as each request would be, whole or not at all."""

from datetime import date
from functools import partial

import polars as pl
import pytest
from tests.service.admitting.test_experimenting import (
    LOOSER,
    POLICY,
    decide,
    experiment_of,
    parties,
    write_experiment,
)
from tests.service.published_strategies import edit, publish_live
from tests.service.review_bank import ROWS, plan_of

from creditloop.admit import DecisionBatch, decision_frame, find_batches, latest_batches
from creditloop.kernel.errors import StateError
from creditloop.kernel.storage import connect
from creditloop.oversight import Assignment, ShadowVerdict, find_assignments, find_shadow_verdicts
from creditloop.service.admitting import arms
from creditloop.service.admitting.arms import review_arms
from creditloop.service.admitting.experimenting import experiment_figures
from creditloop.service.admitting.review_plan import ReviewPlan
from creditloop.service.admitting.reviewing import review_book
from creditloop.service.bank import Bank
from creditloop.service.deciding_texts import UNPUBLISHED, version_label
from creditloop.service.overseeing.comparing import APPROVING
from creditloop.service.strategies.replaying import replay_stages

DAY = date(2005, 6, 30)


@pytest.fixture
def plan(review_bank: Bank) -> ReviewPlan:
    """The review's plan under an experiment of two arms, half of the customers each, and two shadows."""
    return write_experiment(review_bank)


def review(bank: Bank, plan: ReviewPlan) -> tuple[DecisionBatch, ...]:
    with bank.work() as work:
        return review_arms(work, plan=plan)


def decisions(bank: Bank, batches: tuple[DecisionBatch, ...]) -> dict[str, pl.DataFrame]:
    """The decisions of each arm, by its name."""
    with connect(bank.url) as connection:
        frames = [decision_frame(connection, batch_id=batch.batch_id) for batch in batches]
    return dict(zip(("champion", "looser"), frames, strict=True))


def log_of(bank: Bank) -> tuple[list[Assignment], list[ShadowVerdict]]:
    told = experiment_of(bank).document.hash
    with connect(bank.url) as connection:
        return (
            find_assignments(connection, experiment_hash=told),
            find_shadow_verdicts(connection, experiment_hash=told),
        )


def test_a_book_is_decided_arm_by_arm_and_everything_is_written_down(
    review_bank: Bank, plan: ReviewPlan
) -> None:
    batches = review(review_bank, plan)
    experiment = experiment_of(review_bank)
    told = decisions(review_bank, batches)
    assert sum(batch.customers for batch in batches) == ROWS
    log, verdicts = log_of(review_bank)
    by_decision = {entry.decision_id: entry for entry in log}
    assert len(log) == sum(batch.decided for batch in batches) == len(by_decision)
    for batch, (arm, frame) in zip(batches, told.items(), strict=True):
        assert batch.policy_hash == review_bank.places.document({"looser": LOOSER}.get(arm, POLICY)).hash
        assert {experiment.arm_of(party).name for party in frame["party_id"]} == {arm}
        assert {entry.policy_hash for entry in log if entry.arm == arm} == {batch.policy_hash}
    assert told["looser"].filter(pl.col("grade") == "D").is_empty(), "its D ends at 16 %, above C's 20 %"

    own = {row["party_id"]: row for row in told["champion"].iter_rows(named=True)}
    again = {verdict.party_id: verdict for verdict in verdicts if verdict.shadow == "again"}
    for party, row in own.items():
        said = again[party]
        assert (said.outcome, said.rule) == (row["outcome"], row["rule"])
        assert (said.limit_proposed_fen, said.rate_annual_nano) == (
            row["limit_proposed_fen"],
            row["rate_annual_nano"],
        )
    broken = [verdict for verdict in verdicts if verdict.shadow == "broken"]
    assert len(broken) == len(again) == len(log)
    assert all("PolicyError" in str(verdict.failure) for verdict in broken)

    assert review(review_bank, plan) == batches, "a repeat finds the first runs"
    with connect(review_bank.url) as connection:
        last = latest_batches(connection, product=plan.product, on=DAY)
        assert {batch.batch_id for batch in last} == {batch.batch_id for batch in batches}
    assert review_bank.deliver()[1] == 0
    with connect(review_bank.url) as connection:
        done = connection.execute("SELECT count(DISTINCT batch_id), count(*) FROM lend.limit_act").fetchone()
    assert done == (2, len(log)), "each run's decisions are carried out"
    assert review_bank.verify().problems == ()


def test_a_request_is_decided_as_the_book_was_and_all_is_replayed_and_counted(
    review_bank: Bank, plan: ReviewPlan
) -> None:
    frames = decisions(review_bank, review(review_bank, plan))
    review_bank.deliver()
    in_book = {row["party_id"]: row for frame in frames.values() for row in frame.iter_rows(named=True)}
    for party in parties(6):
        said = dict(decide(review_bank, plan, party).said)
        assert said == {name: in_book[party][name] for name in said}
    with review_bank.work() as work:
        figures = experiment_figures(
            work, plan=plan, experiment=experiment_of(review_bank), approving=APPROVING
        )
        stages = {each.table: each for each in replay_stages(work, stage="admit")}
    champion, looser, broken, again = figures
    assert champion.decided + looser.decided == again.decided == broken.failed == len(in_book) + 6
    assert stages["admit.decision"].rows == len(in_book) + 6
    assert all(each.differing == () for each in stages.values())


def test_a_book_that_breaks_off_leaves_nothing_and_is_begun_again(
    review_bank: Bank, plan: ReviewPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(arms, "record_book_experiment", partial(_break_off))
        with pytest.raises(ZeroDivisionError):
            review(review_bank, plan)
    with connect(review_bank.url) as connection:
        assert find_batches(connection) == []
    first = review(review_bank, plan)
    edit(review_bank, LOOSER, "value: 0.16", "value: 0.17")
    review_bank.deliver()
    second = review(review_bank, plan)
    assert not {batch.batch_id for batch in first} & {batch.batch_id for batch in second}, "decided together"
    assert review_bank.verify().problems == ()


def _break_off(*_: object, **__: object) -> None:
    raise ZeroDivisionError


def test_the_live_champion_decides_and_without_an_experiment_there_is_one_run(
    review_bank: Bank, plan: ReviewPlan
) -> None:
    version = publish_live(review_bank, POLICY)
    edit(review_bank, POLICY, "value: 0.30", "value: 0.31")
    with pytest.raises(StateError, match="bears the name of a strategy that is live"):
        review(review_bank, plan)
    edit(review_bank, LOOSER, "policy: limit_review", "policy: limit_review_looser")
    batches = review(review_bank, plan)
    with review_bank.work() as work:
        labels = [version_label(work, policy_hash=batch.policy_hash) for batch in batches]
    assert labels == [str(version), UNPUBLISHED]
    alone = plan_of(review_bank)
    review_bank.deliver()
    with review_bank.work() as work:
        (only,) = review_arms(work, plan=alone)
        assert only == review_book(work, plan=alone)
    assert only.policy_hash == batches[0].policy_hash
