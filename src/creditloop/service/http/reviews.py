"""Manual review (人工复核): the queue, and a person's decision about a case.

A person decides under a key of their own: its holder is the login. So nobody signs for somebody else, and a
case for two persons takes two keys.
"""

from datetime import date
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request

from creditloop.admit import CaseState, Person, Ruling, find_cases
from creditloop.kernel.errors import UnknownId
from creditloop.service.admitting.review_desk import sign_case
from creditloop.service.doors import NotAllowed, check_allowed, find_person
from creditloop.service.http.answers import ReviewCase, Reviews, ReviewStep
from creditloop.service.http.commands import Call, Command, id_in_path
from creditloop.service.http.paging import Limit, Skip
from creditloop.service.http.visits import Visit, visit

router = APIRouter(tags=["reviews 人工复核"])
_ROLE = "approver"
_COLUMNS = ("case_id", "decision_id", "party_id", "amount_fen", "limit_fen", "limit_proposed_fen", "reasons")


class ReviewDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person decides about a case, and why."""

    outcome: Annotated[
        str,
        msgspec.Meta(
            min_length=1, max_length=40, description="结论 an outcome of the policy", examples=["keep"]
        ),
    ]
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2000, description="理由 why")]
    acted_on: Annotated[date, msgspec.Meta(description="日期 the bank's day", examples=["2005-07-01"])]
    limit_fen: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1, description="额度 in fen")] | None = None


@router.get("/v1/reviews", summary="人工复核队列 the queue of manual review")
def list_reviews(
    request: Request,
    status: Annotated[Literal["open", "closed"] | None, Query(description="open: not decided yet")] = None,
    product: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = 100,
    skip: Skip = 0,
) -> Reviews:
    """Return cases, the first due first, of those the largest amount first."""
    closed = None if status is None else status == "closed"
    with visit(request, scope="reviews:read") as visited:
        found = find_cases(visited.work.connection, product=product, closed=closed, most=limit, skip=skip)
        _log(visited, found)
    return Reviews(cases=[_answer(state) for state in found])


def _log(visited: Visit, found: list[CaseState]) -> None:
    visited.read(
        package="creditloop.admit",
        table="admit.review_case",
        columns=_COLUMNS,
        parties_count=len(found),
        party_id=found[0].case.party_id if len(found) == 1 else None,
    )


def _sign(call: Call[ReviewDecision]) -> ReviewCase:
    visited = call.visit
    person = _signer(visited)
    state = sign_case(
        visited.work,
        case_id=id_in_path(call, "case_id"),
        person=person,
        ruling=Ruling(outcome=call.body.outcome, limit_fen=call.body.limit_fen, reason=call.body.reason),
        acted_on=call.body.acted_on,
        simulated=False,
    )
    _log(visited, [state])
    return _answer(state)


def _signer(visited: Visit) -> Person:
    """Return the person whose key this is, who must be one that may decide.

    Raises: NotAllowed.
    """
    try:
        holder = find_person(visited.work.connection, login=visited.key.holder)
    except UnknownId:
        holder = None
    if holder is None or not holder.active:
        raise NotAllowed(
            "the holder of this key is nobody who may decide",
            got=visited.key.holder,
            expected="the login of a person",
            hint="creditloop people add, then creditloop keys create LOGIN --scope reviews:write",
        )
    check_allowed(holder, "decide_review")
    return Person(name=holder.login, role=_ROLE)


def _answer(state: CaseState) -> ReviewCase:
    case = state.case
    return ReviewCase(
        case_id=case.case_id,
        decision_id=case.decision_id,
        party_id=case.party_id,
        product=case.product,
        opened_on=case.opened_on,
        due_on=case.due_on,
        amount_fen=case.amount_fen,
        mandate=case.mandate,
        outcome_proposed=case.outcome_proposed,
        limit_fen=case.limit_fen,
        limit_proposed_fen=case.limit_proposed_fen,
        reasons=list(case.reasons),
        status=state.status,
        outcome=state.outcome,
        limit_decided_fen=state.limit_fen,
        overrides=state.overrides,
        simulated=state.simulated,
        actions=[
            ReviewStep(
                action=action.action,
                person=action.person,
                role=action.role,
                outcome=action.outcome,
                limit_fen=action.limit_fen,
                reason=action.reason,
                acted_on=action.acted_on,
                simulated=action.simulated,
            )
            for action in state.actions
        ],
    )


SIGN = Command(
    path="/v1/reviews/{case_id}/decisions",
    scope="reviews:write",
    tag="reviews 人工复核",
    name="decide_review",
    summary="作出人工复核决定 decide a case",
    description=(
        "Sign a case under the mandate it was opened under. The person who signs is the key's holder. Where"
        " the mandate asks for two persons the case stays half signed until the second signs the same."
    ),
    body=ReviewDecision,
    answer=ReviewCase,
    carry_out=_sign,
    example={"outcome": "keep", "reason": "收入证明已核 income proof was seen", "acted_on": "2005-07-01"},
    parameters={"case_id": "案件编号 the case"},
)
