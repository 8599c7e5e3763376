"""The desk of manual review (人工复核台): persons sign cases by their mandates; what they decide is said."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from creditloop.admit import (
    CaseState,
    Mandates,
    Person,
    ReviewAction,
    Ruling,
    find_batch,
    find_case,
    find_decision,
    hold_case,
    outcomes_of,
    record_action,
    sign,
    withdraw,
)
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.facts import Fact
from creditloop.risk import Policy
from creditloop.service.admitting.limit_order import check_can_follow
from creditloop.service.compiled import compiled_policy
from creditloop.service.work import Work

_FIRST_ZONE = timedelta(hours=14)
"""How far the earliest time zone is ahead of UTC."""


def sign_case(
    work: Work, *, case_id: UUID, person: Person, ruling: Ruling, acted_on: date, simulated: bool
) -> CaseState:
    """Sign a case; when it closes, say so (`ReviewDecided`). The same signature again changes nothing.

    Mandates and policy are those the case was opened under, from the archive.

    Args:
        simulated: the person comes from a script; it stands with the case wherever it shows.
    Raises: UnknownId if there is no such case; OutOfOrder if it would close it as of a day after which the
        limit has changed; what `admit.sign` raises.
    """
    _check_not_ahead(work, acted_on)
    state = hold_case(work.connection, case_id=case_id)
    if state.actions and _same(state.actions[-1], person, ruling, acted_on):
        return state
    policy, mandates = _documents(work, state)
    action = sign(
        state=state,
        mandates=mandates,
        person=person,
        ruling=ruling,
        outcomes=outcomes_of(policy),
        acted_on=acted_on,
        simulated=simulated,
    )
    if action.closes and action.limit_fen is not None:
        check_can_follow(work, party_ids=[state.case.party_id], on=acted_on)
    work.recorded(record_action(work.connection, action=action, now=work.now))
    if action.closes:
        work.say(_review_decided(work, state, action))
    return find_case(work.connection, case_id=case_id)


def withdraw_signature(
    work: Work, *, case_id: UUID, person: Person, reason: str, acted_on: date, simulated: bool
) -> CaseState:
    """Take back a person's signature from a case that is not closed.

    Raises: UnknownId if there is no such case; what `admit.withdraw` raises.
    """
    _check_not_ahead(work, acted_on)
    state = hold_case(work.connection, case_id=case_id)
    action = withdraw(state=state, person=person, reason=reason, acted_on=acted_on, simulated=simulated)
    work.recorded(record_action(work.connection, action=action, now=work.now))
    return find_case(work.connection, case_id=case_id)


def _check_not_ahead(work: Work, acted_on: date) -> None:
    """Refuse a day that has begun nowhere yet: everything later would be before it."""
    latest = (work.now + _FIRST_ZONE).date()
    if acted_on > latest:
        raise InputError("nobody acts on a day to come", got=acted_on, expected=f"<= {latest}")


def case_outcomes(work: Work, *, state: CaseState) -> tuple[str, ...]:
    """Return the outcomes a person may decide a case with, by the policy it was referred by."""
    return outcomes_of(_documents(work, state)[0])


def _documents(work: Work, state: CaseState) -> tuple[Policy, Mandates]:
    """Read the policy that referred a case and the mandates it was opened under, from the archive."""
    decision = find_decision(work.connection, decision_id=state.case.decision_id)
    batch = find_batch(work.connection, batch_id=decision.batch_id)
    if batch is None:
        raise UnknownId("there is no such run of decisions", got=str(decision.batch_id))
    rules_as_of = batch.dates.rules_as_of
    policy = compiled_policy(work.adopted(batch.policy_hash), rules_as_of=rules_as_of)
    mandates = compiled_policy(work.adopted(state.case.mandates_hash), rules_as_of=rules_as_of)
    return policy, Mandates(policy=mandates)


def _same(last: ReviewAction, person: Person, ruling: Ruling, acted_on: date) -> bool:
    told = (last.person, last.role, last.outcome, last.limit_fen, last.reason, last.acted_on)
    return told == (
        person.name,
        person.role,
        ruling.outcome,
        ruling.limit_fen,
        ruling.reason.strip(),
        acted_on,
    )


def _review_decided(work: Work, state: CaseState, action: ReviewAction) -> Fact:
    return Fact(
        kind="ReviewDecided",
        key=str(state.case.case_id),
        occurred_at=datetime.combine(action.acted_on, time(), tzinfo=UTC),
        known_at=work.now,
        payload={
            "case": str(state.case.case_id),
            "decision": str(state.case.decision_id),
            "product": state.case.product,
            "outcome": action.outcome,
            "limit_fen": action.limit_fen,
            "acted_on": action.acted_on.isoformat(),
            "simulated": action.simulated,
        },
    )
