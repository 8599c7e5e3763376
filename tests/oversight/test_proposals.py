"""A challenger waits for a second person; the proposer is never that person."""

import uuid
from datetime import UTC, date, datetime

import psycopg
import pytest
from measured_cases import DATES

from creditloop.kernel.errors import ConflictingRepeat, InputError, OutOfOrder, UnknownId
from creditloop.kernel.storage import Connection
from creditloop.oversight import Proposal, decide_proposal, find_proposal, find_proposals, propose

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
ON = DATES.business_date


def proposed(connection: Connection, **changed: object) -> Proposal:
    asked = {
        "product": "credit_card",
        "policy": "limit_review",
        "champion_hash": "a" * 64,
        "challenger_hash": "b" * 64,
        "effective_from": date(2024, 7, 1),
        "dates": DATES,
        "proposer": "strategist_a",
        "chosen_by": "most approvals at a bad rate not above the champion's",
        "figures": {"tried": 48},
        "comparison_batch": uuid.UUID(int=3),
        "simulated": True,
        "now": NOW,
    } | changed
    return propose(connection, **asked)  # type: ignore[arg-type]


def decided(connection: Connection, proposal: Proposal, **changed: object) -> Proposal:
    asked = {
        "proposal_id": proposal.batch_id,
        "approver": "approver_c",
        "role": "approver",
        "decision": "approved",
        "reason": "the backtest was read",
        "decided_on": ON,
        "simulated": True,
        "now": NOW,
    } | changed
    return decide_proposal(connection, **asked)  # type: ignore[arg-type]


def test_a_proposal_waits(database: Connection) -> None:
    proposal = proposed(database)
    assert (proposal.state, proposal.approval) == ("waiting", None)
    assert find_proposals(database) == [proposal] == find_proposals(database, product="credit_card")
    assert find_proposals(database, product="personal_loan") == []
    assert proposal.as_record()["simulated"] is True


def test_a_second_person_publishes_it_and_nobody_puts_it_in_force(database: Connection) -> None:
    proposal = proposed(database)
    published = decided(database, proposal)
    assert published.state == "published"
    assert published.approval is not None
    assert published.approval.approver == "approver_c"
    assert find_proposal(database, proposal_id=proposal.batch_id) == published
    assert decided(database, proposal) == published, "the same word again returns the first"


def test_a_refused_proposal_stays_on_record(database: Connection) -> None:
    refused = decided(database, proposed(database), decision="refused")
    assert refused.state == "refused"
    with pytest.raises(OutOfOrder, match="decided already"):
        decided(database, refused)


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"approver": "strategist_a"}, InputError, "a second person must"),
        ({"approver": " strategist_a "}, InputError, "a second person must"),
        ({"approver": "Strategist_A"}, InputError, "a second person must"),
        ({"approver": "ｓtrategist_a"}, InputError, "a second person must"),
        ({"approver": ""}, InputError, "who decides and why"),
        ({"reason": " "}, InputError, "who decides and why"),
        ({"role": "strategist"}, InputError, "may not decide"),
        ({"decision": "perhaps"}, InputError, "no such decision"),
        ({"decided_on": date(2005, 10, 30)}, OutOfOrder, "before it was made"),
        ({"proposal_id": uuid.UUID(int=1)}, UnknownId, "no such proposal"),
    ],
)
def test_a_word_that_does_not_count_is_refused_and_nothing_is_written(
    database: Connection, changed: dict[str, object], error: type[Exception], message: str
) -> None:
    proposal = proposed(database)
    with pytest.raises(error, match=message):
        decided(database, proposal, **changed)
    assert find_proposals(database) == [proposal]


def test_the_database_itself_refuses_a_proposer_who_approves(database: Connection) -> None:
    proposal = proposed(database)
    insert = (
        "INSERT INTO oversight.approval VALUES (gen_random_uuid(), 0, %s, %s, %s, 'approver', 'approved',"
        " 'r', '2005-10-31', false, '2026-01-05 09:30+00')"
    )
    for approver in ("strategist_a", " Strategist_A "):
        with pytest.raises(psycopg.errors.CheckViolation), database.transaction():
            database.execute(insert, (proposal.batch_id, "strategist_a", approver))
    with pytest.raises(psycopg.errors.ForeignKeyViolation), database.transaction():
        database.execute(insert, (proposal.batch_id, "another_proposer", "strategist_a"))


def test_a_repeat_returns_the_first_and_other_words_are_refused(database: Connection) -> None:
    first = proposed(database)
    assert proposed(database) == first
    for changed in ({"proposer": "strategist_z"}, {"figures": {"tried": 49}}, {"simulated": False}):
        with pytest.raises(ConflictingRepeat, match="other words"):
            proposed(database, **changed)


def test_after_it_was_decided_a_repeat_finds_it_decided(database: Connection) -> None:
    published = decided(database, proposed(database))
    assert proposed(database) == published


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"challenger_hash": "a" * 64}, "the challenger is the champion"),
        ({"proposer": " "}, "who proposes"),
        ({"chosen_by": ""}, "who proposes"),
    ],
)
def test_what_is_no_proposal_is_refused(
    database: Connection, changed: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        proposed(database, **changed)
    assert find_proposals(database) == []
