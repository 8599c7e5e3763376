"""Mandates by amount, two different persons above them, and what a case has come to."""

import uuid
from dataclasses import replace
from datetime import date

import pytest
from tests.admit.review_cases import RULES, document, mandates, policy_of

from creditloop.admit import CaseState, Mandates, Person, ReviewCase, Ruling, sign, withdraw
from creditloop.kernel.errors import InputError, LimitExceeded, OutOfOrder, PolicyError
from creditloop.risk import read_policy

MANDATES = mandates()
OPENED = date(2005, 6, 30)
LI, WU = Person(name="li", role="approver"), Person(name="wu", role="approver")
OUTCOMES = ("keep", "raise", "freeze")
KEEP = Ruling(outcome="keep", limit_fen=50_000_00, reason="repaid since")
SMALL = ReviewCase(
    case_id=uuid.UUID(int=1),
    decision_id=uuid.UUID(int=2),
    party_id="p1",
    product="credit_card",
    opened_on=OPENED,
    due_on=date(2005, 7, 3),
    amount_fen=50_000_00,
    mandate="one_approver",
    mandates_hash="h",
    outcome_proposed="keep",
    limit_fen=50_000_00,
    limit_proposed_fen=50_000_00,
    reasons=("LR_O2",),
)
LARGE = replace(SMALL, amount_fen=300_000_00, mandate="two_approvers")
NO_LIMIT = replace(SMALL, limit_fen=None, limit_proposed_fen=None)


def state(case: ReviewCase) -> CaseState:
    return CaseState(case=case, actions=())


def signed(
    before: CaseState,
    person: Person = LI,
    ruling: Ruling = KEEP,
    on: date = OPENED,
    *,
    simulated: bool = False,
) -> CaseState:
    action = sign(
        state=before,
        mandates=MANDATES,
        person=person,
        ruling=ruling,
        outcomes=OUTCOMES,
        acted_on=on,
        simulated=simulated,
    )
    return replace(before, actions=(*before.actions, action))


def withdrawn(
    before: CaseState, person: Person = LI, reason: str = "a mistake", on: date = OPENED
) -> CaseState:
    action = withdraw(state=before, person=person, reason=reason, acted_on=on, simulated=False)
    return replace(before, actions=(*before.actions, action))


def test_the_mandate_goes_by_amount() -> None:
    assert MANDATES.mandate(amount_fen=200_000_00) == "one_approver"
    assert MANDATES.mandate(amount_fen=200_000_01) == "two_approvers"
    assert MANDATES.mandate(amount_fen=1_000_000_01) == MANDATES.mandate(amount_fen=None) == "committee"
    assert MANDATES.due_on(amount_fen=1, opened_on=OPENED) == date(2005, 7, 3)
    assert MANDATES.due_on(amount_fen=200_000_01, opened_on=OPENED) == date(2005, 7, 7)
    assert MANDATES.due_on(amount_fen=None, opened_on=OPENED) == date(2005, 7, 14)
    assert [MANDATES.signatures(amount_fen=1, role=role) for role in ("approver", "postloan")] == [1, 0]


def test_one_signature_closes_a_small_case() -> None:
    before = state(SMALL)
    assert (before.status, before.signed_by, before.outcome, before.limit_fen) == ("open", (), None, None)
    after = signed(before)
    assert (after.status, after.signed_by, after.outcome, after.limit_fen) == (
        "closed",
        ("li",),
        "keep",
        50_000_00,
    )
    assert (after.overrides, after.simulated) == (False, False)
    assert after.actions[0].action_no == 0


def test_two_different_persons_close_a_large_one() -> None:
    half = signed(state(LARGE))
    assert (half.status, half.overrides) == ("half_signed", None)
    whole = signed(half, WU, on=date(2005, 7, 2), simulated=True)
    assert (whole.status, whole.signed_by, whole.simulated) == ("closed", ("li", "wu"), True)
    assert [action.closes for action in whole.actions] == [False, True]


def test_a_signature_is_taken_back_and_another_may_decide_otherwise() -> None:
    back = withdrawn(signed(state(LARGE)))
    assert (back.status, back.signed_by, back.outcome) == ("open", (), None)
    freeze = Ruling(outcome="freeze", limit_fen=10_000_00, reason="used up")
    again = signed(signed(back, WU, freeze), LI, freeze)
    assert (again.status, again.outcome, again.overrides) == ("closed", "freeze", True)
    assert [action.action_no for action in again.actions] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("case", "ruling", "overrides"),
    [
        (SMALL, KEEP, False),
        (SMALL, replace(KEEP, limit_fen=49_000_00), True),
        (SMALL, replace(KEEP, outcome="freeze"), True),
        (replace(SMALL, outcome_proposed=None), KEEP, None),
        (replace(SMALL, limit_proposed_fen=None), replace(KEEP, limit_fen=1), False),
        (NO_LIMIT, replace(KEEP, limit_fen=None), False),
    ],
)
def test_an_override_is_what_differs_from_the_proposal(
    case: ReviewCase, ruling: Ruling, overrides: bool | None
) -> None:
    assert signed(state(case), ruling=ruling).overrides is overrides


def test_a_case_is_overdue_after_its_day_until_it_is_closed() -> None:
    before = state(SMALL)
    assert [before.overdue(on=date(2005, 7, day)) for day in (3, 4)] == [False, True]
    assert not signed(before).overdue(on=date(2006, 1, 1))


def test_deciding_a_larger_limit_needs_the_mandate_for_it() -> None:
    half = signed(state(SMALL), ruling=replace(KEEP, outcome="raise", limit_fen=200_000_01))
    assert half.status == "half_signed"
    with pytest.raises(LimitExceeded):
        signed(state(SMALL), ruling=replace(KEEP, outcome="raise", limit_fen=1_000_000_01))


REFUSED = {
    "a role without a mandate": (
        SMALL,
        Person(name="li", role="strategist"),
        KEEP,
        LimitExceeded,
        "beyond this role",
    ),
    "beyond every mandate": (
        replace(SMALL, amount_fen=1_000_000_01),
        LI,
        KEEP,
        LimitExceeded,
        "beyond this role",
    ),
    "an amount nobody knows": (replace(SMALL, amount_fen=None), LI, KEEP, LimitExceeded, "beyond this role"),
    "no reason": (SMALL, LI, replace(KEEP, reason=" "), InputError, "needs a reason"),
    "no name": (SMALL, Person(name="", role="approver"), KEEP, InputError, "who acts must be said"),
    "a name with a space": (
        SMALL,
        Person(name="li ", role="approver"),
        KEEP,
        InputError,
        "who acts must be said",
    ),
    "no such outcome": (SMALL, LI, replace(KEEP, outcome="approve"), InputError, "not an outcome"),
    "to refer again": (SMALL, LI, replace(KEEP, outcome="refer"), InputError, "not an outcome"),
    "no limit": (SMALL, LI, replace(KEEP, limit_fen=None), InputError, "what is it to be"),
    "a limit below 0": (SMALL, LI, replace(KEEP, limit_fen=-1), InputError, "not below 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_nobody_may_sign_is_refused(name: str) -> None:
    case, person, ruling, kind, message = REFUSED[name]
    with pytest.raises(kind, match=message):
        signed(state(case), person, ruling)


def test_the_same_person_does_not_sign_twice() -> None:
    half = signed(state(LARGE))
    for written in ("li", "Li", "LI", "ｌｉ"):
        with pytest.raises(InputError, match="cannot sign twice") as caught:
            signed(half, replace(LI, name=written))
        assert caught.value.got == written


def test_the_second_signature_is_for_the_same_decision() -> None:
    half = signed(state(LARGE))
    for other in (replace(KEEP, outcome="freeze"), replace(KEEP, limit_fen=1)):
        with pytest.raises(InputError, match="something else than the first"):
            signed(half, WU, other)


def test_a_closed_case_stays_closed() -> None:
    closed = signed(state(SMALL))
    with pytest.raises(OutOfOrder, match="the case is closed"):
        signed(closed, WU)
    with pytest.raises(OutOfOrder, match="the case is closed"):
        withdrawn(closed)


def test_nobody_acts_before_what_was_done() -> None:
    with pytest.raises(OutOfOrder, match="before what was done"):
        signed(state(SMALL), on=date(2005, 6, 29))
    half = signed(state(LARGE), on=date(2005, 7, 2))
    with pytest.raises(OutOfOrder, match="before what was done"):
        signed(half, WU, on=date(2005, 7, 1))


def test_only_who_signed_withdraws_and_says_why() -> None:
    half = signed(state(LARGE))
    with pytest.raises(InputError, match="no signature of this person"):
        withdrawn(half, WU)
    with pytest.raises(InputError, match="needs a reason"):
        withdrawn(half, reason="")


def test_mandates_that_do_not_say_enough_are_refused() -> None:
    with pytest.raises(PolicyError, match="do not say enough"):
        Mandates(policy=policy_of("limit_review"))
    text = policy_of("mandates").document.text
    other = read_policy(
        document(text.replace("role:", "part:").replace("role =", "part =")), rules_as_of=RULES
    )
    with pytest.raises(PolicyError, match="go by amount and role"):
        Mandates(policy=other)
    shy = text.replace(
        'amount_fen: {kind: money, unit: fen, "null": match}', "amount_fen: {kind: money, unit: fen}"
    )
    silent = Mandates(policy=read_policy(document(shy), rules_as_of=RULES))
    with pytest.raises(PolicyError, match="do not say the mandate of this amount"):
        silent.mandate(amount_fen=None)
