"""Persons decide referred cases by their mandates; what they decide is said once; refusals write nothing."""

import json
import shutil
import uuid
from dataclasses import replace
from datetime import date

import pytest
from tests.service.admitting.test_reviewing import decide

from creditloop.admit import CaseState, Person, Ruling, case_counts, find_case, find_cases
from creditloop.kernel.errors import InputError, LimitExceeded, OutOfOrder, UnknownId
from creditloop.kernel.storage import connect
from creditloop.service.admitting.review_desk import case_outcomes, sign_case, withdraw_signature
from creditloop.service.bank import Bank

LI, WU = Person(name="li", role="approver"), Person(name="wu", role="approver")
ON = date(2005, 7, 1)


def cases(bank: Bank) -> tuple[CaseState, CaseState]:
    """A case one person decides, and one that needs two."""
    decide(bank)
    with connect(bank.url) as connection:
        found = find_cases(connection)
    return tuple(
        next(state for state in found if state.case.mandate == name)
        for name in ("one_approver", "two_approvers")
    )  # type: ignore[return-value]


def as_proposed(state: CaseState) -> Ruling:
    case = state.case
    return Ruling(outcome=str(case.outcome_proposed), limit_fen=case.limit_proposed_fen, reason="as advised")


def sign(
    bank: Bank, state: CaseState, person: Person = LI, ruling: Ruling | None = None, on: date = ON
) -> CaseState:
    with bank.work() as work:
        return sign_case(
            work,
            case_id=state.case.case_id,
            person=person,
            ruling=ruling or as_proposed(state),
            acted_on=on,
            simulated=False,
        )


def said(bank: Bank) -> list[dict[str, object]]:
    with connect(bank.url) as connection:
        rows = connection.execute("SELECT payload FROM kernel.fact WHERE kind = 'ReviewDecided'").fetchall()
    return [json.loads(payload) for (payload,) in rows]


def test_a_case_is_decided_and_said(review_bank: Bank) -> None:
    small, large = cases(review_bank)
    done = sign(review_bank, small)
    assert (done.status, done.overrides) == ("closed", False)
    (fact,) = said(review_bank)
    assert (fact["case"], fact["decision"]) == (str(small.case.case_id), str(small.case.decision_id))
    assert (fact["outcome"], fact["limit_fen"]) == (
        small.case.outcome_proposed,
        small.case.limit_proposed_fen,
    )
    assert sign(review_bank, large).status == "half_signed"
    assert len(said(review_bank)) == 1
    assert sign(review_bank, large, WU).status == "closed"
    assert len(said(review_bank)) == 2
    assert review_bank.verify().problems == ()


def test_the_same_signature_again_changes_nothing(review_bank: Bank) -> None:
    small, large = cases(review_bank)
    assert sign(review_bank, small) == sign(review_bank, small)
    assert sign(review_bank, large) == sign(review_bank, large)
    assert len(said(review_bank)) == 1


def test_an_override_counts(review_bank: Bank) -> None:
    small, _ = cases(review_bank)
    ruling = as_proposed(small)
    other = replace(ruling, outcome="freeze" if ruling.outcome == "keep" else "keep")
    assert sign(review_bank, small, ruling=other).overrides is True
    with connect(review_bank.url) as connection:
        counts = case_counts(connection, on=ON)
    assert (counts.closed, counts.overridden, counts.override_rate_nano) == (1, 1, 1_000_000_000)


def test_mandates_are_those_the_case_was_opened_under(review_bank: Bank) -> None:
    small, _ = cases(review_bank)
    shutil.rmtree(review_bank.places.documents / "policies")
    with review_bank.work() as work:
        assert case_outcomes(work, state=small) == ("keep", "raise", "freeze", "collections")
    assert sign(review_bank, small).status == "closed"


def test_refusals_write_nothing(review_bank: Bank) -> None:
    small, large = cases(review_bank)
    sign(review_bank, large)
    with connect(review_bank.url) as connection:
        before = connection.execute("SELECT count(*) FROM admit.review_action").fetchone()
    ruling = as_proposed(small)
    refused = [
        (small, Person(name="li", role="strategist"), ruling, LimitExceeded),
        (small, LI, replace(ruling, limit_fen=2_000_000_00), LimitExceeded),
        (small, LI, replace(ruling, reason=""), InputError),
        (small, LI, replace(ruling, outcome="refer"), InputError),
        (large, LI, replace(as_proposed(large), reason="once more"), InputError),
        (large, WU, replace(as_proposed(large), limit_fen=1), InputError),
    ]
    for state, person, wanted, kind in refused:
        with pytest.raises(kind):
            sign(review_bank, state, person, wanted)
    with pytest.raises(UnknownId), review_bank.work() as work:
        sign_case(work, case_id=uuid.UUID(int=0), person=LI, ruling=ruling, acted_on=ON, simulated=False)
    with connect(review_bank.url) as connection:
        assert connection.execute("SELECT count(*) FROM admit.review_action").fetchone() == before


def test_a_closed_case_is_not_decided_again(review_bank: Bank) -> None:
    small, _ = cases(review_bank)
    sign(review_bank, small)
    with pytest.raises(OutOfOrder, match="the case is closed"):
        sign(review_bank, small, WU)


def test_a_signature_is_taken_back(review_bank: Bank) -> None:
    _, large = cases(review_bank)
    sign(review_bank, large)
    with review_bank.work() as work:
        state = withdraw_signature(
            work, case_id=large.case.case_id, person=LI, reason="wrong", acted_on=ON, simulated=False
        )
    assert (state.status, len(state.actions)) == ("open", 2)
    sign(review_bank, large, WU)
    with connect(review_bank.url) as connection:
        assert find_case(connection, case_id=large.case.case_id).signed_by == ("wu",)
    assert sign(review_bank, large).status == "closed"


def test_nobody_acts_on_a_day_to_come(review_bank: Bank) -> None:
    """Everything later would be before it: the case could not be closed any more."""
    _, large = cases(review_bank)
    with pytest.raises(InputError, match="nobody acts on a day to come"):
        sign(review_bank, large, on=date(2999, 1, 1))
    with connect(review_bank.url) as connection:
        assert find_case(connection, case_id=large.case.case_id).status == "open"
