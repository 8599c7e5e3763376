"""Decisions: ask for one, and read one again with its whole working."""

import json
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter
from starlette.requests import Request

from creditloop.admit import Decision as KeptDecision
from creditloop.admit import Working
from creditloop.service.admitting.replaying import open_decision
from creditloop.service.admitting.reviewing import card_in_force, review_party
from creditloop.service.http.answers import Decision
from creditloop.service.http.commands import Call, Command
from creditloop.service.http.plans import find_plan
from creditloop.service.http.visits import Visit, visit

router = APIRouter(tags=["decisions 决策"])


class DecisionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to decide about, by which plan of the bank."""

    plan: Annotated[
        str,
        msgspec.Meta(
            min_length=1,
            max_length=100,
            description="评审计划 the plan's name",
            examples=["taiwan_limit_review"],
        ),
    ]
    party_id: Annotated[
        str,
        msgspec.Meta(min_length=1, max_length=200, description="主体编号 party", examples=["taiwan_cards/9"]),
    ]


@router.get("/v1/decisions/{decision_id}", summary="决策及其过程 a decision with its working")
def find_decision(request: Request, decision_id: UUID) -> Decision:
    """Return a decision, and its working made again from the kept values and the archived texts."""
    with visit(request, scope="decisions:read") as visited:
        return _opened(visited, decision_id)


def _opened(visited: Visit, decision_id: UUID) -> Decision:
    """Read a decision with its working, logged under the caller's name."""
    kept, working = open_decision(
        visited.work, decision_id=decision_id, reader=visited.reader, reason=visited.reason
    )
    return _answer(kept, working)


def _answer(kept: KeptDecision, working: Working) -> Decision:
    said = dict(kept.said)
    said.pop("inputs")  # stands in the working, by name
    for name in ("reasons", "factors"):
        said[name] = json.loads(str(said[name]))
    return Decision(
        decision_id=kept.decision_id,
        batch_id=kept.batch_id,
        product=kept.product,
        business_date=kept.dates.business_date,
        rules_as_of=kept.dates.rules_as_of,
        working={name: part for name, part in working.as_record().items() if name != "decision"},
        **said,  # type: ignore[arg-type]  # the columns of a decision, checked by the answer itself
    )


def _decide(call: Call[DecisionRequest]) -> Decision:
    visited = call.visit
    plan = find_plan(visited.work.places, name=call.body.plan)
    kept = review_party(
        visited.work,
        plan=plan,
        card=card_in_force(visited.work, plan=plan),  # by which the book was decided, if it was
        party_id=call.body.party_id,
        request_id=f"{call.named.key_id}/{call.named.idempotency_key}",
    )
    return _opened(visited, kept.decision_id)


DECIDE = Command(
    path="/v1/decisions",
    scope="decisions:write",
    tag="decisions 决策",
    name="ask_decision",
    summary="申请决策 ask for a decision",
    description=(
        "Decide about one party by a plan of the bank, record the decision, and return it with its working:"
        " every value read, every step, every rule. It is committed before it is answered."
    ),
    body=DecisionRequest,
    answer=Decision,
    carry_out=_decide,
    example={"plan": "taiwan_limit_review", "party_id": "taiwan_cards/9"},
    parameters={},
)
