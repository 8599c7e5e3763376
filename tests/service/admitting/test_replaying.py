"""Past decisions come out again from the archive alone; what was changed is named."""

import shutil
import uuid

import pytest
from tests.service.admitting.test_reviewing import decide
from tests.service.review_bank import plan_of

from creditloop.admit import decision_frame, find_batches
from creditloop.data import accesses
from creditloop.kernel.errors import EvidenceError, UnknownId
from creditloop.kernel.storage import connect
from creditloop.service.admitting.replaying import open_decision, replay_all, replay_one
from creditloop.service.admitting.reviewing import review_book, review_party
from creditloop.service.bank import Bank


def edit(bank: Bank, statement: str) -> None:
    with connect(bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(statement.encode()).rowcount == 1
        connection.commit()


def test_every_decision_comes_out_the_same_without_the_files(review_bank: Bank) -> None:
    decisions = decide(review_bank)
    for folder in ("policies", "features", "cards", "contracts"):
        shutil.rmtree(review_bank.places.documents / folder)
    with review_bank.work() as work:
        told = replay_all(work)
    assert (told.runs, told.decisions, told.differing) == (1, decisions.height, ())


def test_a_changed_decision_is_named_with_what_differs(review_bank: Bank) -> None:
    decisions = decide(review_bank)
    party = decisions["party_id"][7]
    edit(review_bank, f"UPDATE admit.decision SET grade = 'A+', score = 1 WHERE party_id = '{party}'")
    with review_bank.work() as work:
        (found,) = replay_all(work).differing
        (same,) = replay_one(work, decision_id=uuid.UUID(found.decision_id)).differing
    assert found == same
    assert found.party_id == party
    assert set(found.columns) == {"grade", "score"}
    assert found.columns["score"] == (1, decisions["score"][7])


def test_a_changed_text_in_the_archive_is_refused(review_bank: Bank) -> None:
    decide(review_bank)
    with connect(review_bank.url) as connection:
        (batch,) = find_batches(connection)
    edit(
        review_bank,
        f"UPDATE kernel.document SET body = body || ' ' WHERE document_hash = '{batch.policy_hash}'",
    )
    with pytest.raises(EvidenceError, match="was changed"), review_bank.work() as work:
        replay_all(work)


def test_a_decision_is_opened_with_its_working_and_the_look_is_logged(review_bank: Bank) -> None:
    decisions = decide(review_bank)
    said = decisions.row(3, named=True)
    with review_bank.work() as work:
        decision, working = open_decision(
            work, decision_id=uuid.UUID(said["decision_id"]), reader="li", reason="a complaint"
        )
    assert dict(working.decision) == dict(decision.said)
    assert {"decision_id": str(decision.decision_id), **decision.said} == said
    with connect(review_bank.url) as connection:
        read = accesses(connection)[-1]
    assert (read.table, read.reader, read.reason, read.purpose) == (
        "admit.decision",
        "li",
        "a complaint",
        "display",
    )
    assert review_bank.verify().problems == ()


def test_later_rules_do_not_change_what_was_decided_by_earlier_ones(review_bank: Bank) -> None:
    decide(review_bank)
    policy = review_bank.places.documents / "policies" / "credit_card" / "admit" / "limit_review.yaml"
    text = policy.read_text("utf-8")
    policy.write_text(text.replace("value: 0.30", "value: 0.16"), "utf-8")
    with review_bank.work() as work:
        second = review_book(work, plan=plan_of(review_bank))
        first, _ = find_batches(work.connection)
        told = replay_all(work)
        frames = [decision_frame(work.connection, batch_id=batch.batch_id) for batch in (first, second)]
    assert (told.runs, told.differing) == (2, ())
    before, after = ((frame["grade"] == "E").sum() for frame in frames)
    assert before < after
    assert first.policy_hash != second.policy_hash
    assert first.card_hash == second.card_hash


def test_a_request_is_replayed_as_well(review_bank: Bank) -> None:
    party = decide(review_bank)["party_id"][0]
    with review_bank.work() as work:
        made = review_party(work, plan=plan_of(review_bank), party_id=party, request_id="r-1")
        assert replay_one(work, decision_id=made.decision_id).differing == ()
        assert replay_all(work).runs == 2


def test_a_decision_that_is_not_there_is_unknown(review_bank: Bank) -> None:
    with pytest.raises(UnknownId, match="no such decision"), review_bank.work() as work:
        replay_one(work, decision_id=uuid.UUID(int=0))
