"""Cases are found with what was done about them, queued by due date, and counted as on a day."""

import uuid
from datetime import date

import psycopg
import pytest
from tests.admit.review_cases import mandates
from tests.admit.test_store import DECISIONS, NOW, batch, cases, record

from creditloop.admit import (
    CaseState,
    Person,
    Ruling,
    case_counts,
    find_case,
    find_case_of,
    find_cases,
    hold_case,
    record_action,
    sign,
    withdraw,
)
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection

LI = Person(name="li", role="approver")
WU = Person(name="wu", role="approver")
OPENED = cases(batch())


def act(
    connection: Connection,
    case_id: uuid.UUID,
    *,
    person: Person = LI,
    on: date = date(2005, 7, 1),
    outcome: str | None = None,
    simulated: bool = False,
) -> CaseState:
    state = hold_case(connection, case_id=case_id)
    case = state.case
    ruling = Ruling(
        outcome=outcome or case.outcome_proposed or "keep",
        limit_fen=case.limit_proposed_fen if case.limit_proposed_fen is not None else case.limit_fen,
        reason="seen",
    )
    action = sign(
        state=state,
        mandates=mandates(),
        person=person,
        ruling=ruling,
        outcomes=("keep", "freeze"),
        acted_on=on,
        simulated=simulated,
    )
    record_action(connection, action=action, now=NOW)
    return find_case(connection, case_id=case_id)


def small() -> list[uuid.UUID]:
    return [
        case.case_id
        for case in OPENED
        if case.limit_proposed_fen is not None
        and case.outcome_proposed in {"keep", "freeze"}
        and (case.amount_fen or 0) <= 200_000_00
    ]


def large() -> uuid.UUID:
    return next(
        case.case_id
        for case in OPENED
        if case.limit_proposed_fen is not None and 200_000_00 < (case.amount_fen or 0) <= 1_000_000_00
    )


def test_the_queue_is_by_due_date(database: Connection) -> None:
    record(database)
    found = find_cases(database)
    assert [state.case for state in found] == OPENED
    assert len(OPENED) > 8
    assert {state.status for state in found} == {"open"}
    assert find_cases(database, most=3, skip=2) == found[2:5]
    assert find_cases(database, product="loan") == []
    party = OPENED[0].party_id
    assert [state.case.party_id for state in find_cases(database, party_id=party)] == [party]
    first = find_case_of(database, decision_id=OPENED[0].decision_id)
    assert first == found[0]
    decided = DECISIONS.height - len(OPENED)
    assert decided > 0
    assert find_case_of(database, decision_id=uuid.UUID(int=0)) is None


def test_what_was_done_stands_with_the_case(database: Connection) -> None:
    record(database)
    done = act(database, small()[0])
    assert (done.status, done.signed_by, done.overrides) == ("closed", ("li",), False)
    assert done.actions[0].reason == "seen"
    assert find_cases(database, closed=True) == [done]
    assert len(find_cases(database, closed=False)) == len(OPENED) - 1


def test_the_figures_are_those_of_the_day(database: Connection) -> None:
    record(database)
    one, two, *_ = small()
    act(database, one, on=date(2005, 7, 1))
    proposed = find_case(database, case_id=two).case.outcome_proposed
    act(
        database, two, on=date(2005, 7, 2), outcome="freeze" if proposed == "keep" else "keep", simulated=True
    )
    act(database, large(), on=date(2005, 7, 2))
    first, second = (case_counts(database, on=date(2005, 7, day)) for day in (1, 2))
    assert (first.open, first.half_signed, first.closed) == (len(OPENED) - 1, 0, 1)
    assert (second.open, second.half_signed, second.closed) == (len(OPENED) - 3, 1, 2)
    assert (first.override_rate_nano, second.override_rate_nano) == (0, 500_000_000)
    assert (second.with_proposal, second.overridden, second.simulated) == (2, 1, 1)
    assert second.as_record()["override_rate_nano"] == 500_000_000
    before = case_counts(database, on=date(2005, 6, 29))
    assert (before.open, before.closed, before.override_rate_nano) == (0, 0, None)
    assert case_counts(database, on=date(2006, 1, 1)).overdue == len(OPENED) - 2
    assert case_counts(database, on=date(2005, 7, 2), product="loan").open == 0


def test_two_persons_and_a_signature_taken_back(database: Connection) -> None:
    record(database)
    case_id = large()
    half = act(database, case_id)
    taken = withdraw(state=half, person=LI, reason="wrong", acted_on=date(2005, 7, 2), simulated=False)
    record_action(database, action=taken, now=NOW)
    assert find_case(database, case_id=case_id).status == "open"
    counted = case_counts(database, on=date(2005, 7, 2))
    assert (counted.open, counted.half_signed) == (len(OPENED), 0)
    act(database, case_id, person=WU, on=date(2005, 7, 3))
    assert act(database, case_id, on=date(2005, 7, 3)).signed_by == ("wu", "li")


def test_two_acts_of_one_number_cannot_be(database: Connection) -> None:
    record(database)
    state = find_case(database, case_id=large())
    ruling = Ruling(outcome="keep", limit_fen=state.case.limit_fen, reason="seen")
    made = [
        sign(
            state=state,
            mandates=mandates(),
            person=person,
            ruling=ruling,
            outcomes=("keep",),
            acted_on=date(2005, 7, 1),
            simulated=False,
        )
        for person in (LI, WU)
    ]
    record_action(database, action=made[0], now=NOW)
    with pytest.raises(psycopg.errors.UniqueViolation):
        record_action(database, action=made[1], now=NOW)


def test_a_case_that_is_not_there_is_unknown(database: Connection) -> None:
    for find in (find_case, hold_case):
        with pytest.raises(UnknownId, match="no such case"):
            find(database, case_id=uuid.UUID(int=0))
