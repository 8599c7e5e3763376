"""Collections: the queue, and what a customer says from which contact stops."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request

from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import Connection, load_queries
from creditloop.recover import find_routing_runs, queue
from creditloop.service.http.answers import CollectionCase, CollectionCases, ContactEvent
from creditloop.service.http.commands import Call, Command, id_in_path
from creditloop.service.http.paging import Limit, Skip
from creditloop.service.http.visits import visit
from creditloop.service.recovering.routing import complain, occasion_of

router = APIRouter(tags=["cases 催收案件"])


class Complaint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a customer said."""

    kind: Annotated[Literal["complaint", "objection"], msgspec.Meta(description="投诉或异议")]
    note: Annotated[
        str, msgspec.Meta(min_length=1, max_length=2000, description="内容 in the customer's words")
    ]
    at: Annotated[datetime, msgspec.Meta(tz=True, description="时刻 when; now if not said")] | None = None


@router.get("/v1/cases", summary="催收队列 the collection queue")
def list_cases(
    request: Request,
    on: Annotated[
        date | None, Query(description="业务日期 end of this day; the last routing's if not said")
    ] = None,
    route: Annotated[
        str | None, Query(max_length=20, description="message, call, agency, litigation, refer")
    ] = None,
    limit: Limit = 100,
    skip: Skip = 0,
) -> CollectionCases:
    """Return the cases open at a day's end, the largest value at risk first."""
    with visit(request, scope="cases:read") as visited:
        day = on or _last_day(visited.work.connection)
        found = queue(visited.work.connection, on=day, route=route, most=limit, skip=skip)
        visited.read(
            package="creditloop.recover",
            table="recover.case",
            columns=found.columns,
            parties_count=found.height,
        )
    return CollectionCases(on=day, cases=[CollectionCase(**row) for row in found.iter_rows(named=True)])


def _last_day(connection: Connection) -> date:
    runs = find_routing_runs(connection)
    if not runs:
        raise UnknownId("no case was ever routed")
    return runs[-1].dates.business_date


def _complain(call: Call[Complaint]) -> ContactEvent:
    work, case_id = call.visit.work, id_in_path(call, "case_id")
    party_id = _party_of(work.connection, case_id)
    source, _, _ = party_id.partition("/")
    at = work.now if call.body.at is None else check_aware(call.body.at, name="at")
    if at > work.now:
        raise InputError(
            "this has not happened yet", got=at, expected=f"<= {work.now}", where={"field": "at"}
        )
    occasion = occasion_of(
        work,
        contract=source,
        party_id=party_id,
        at=at,
        person=call.visit.reader,
        note=call.body.note,
        key=str(call.named.batch_id),
        simulated=False,
    )
    event = complain(work, occasion=occasion, kind=call.body.kind)
    return ContactEvent(
        event_id=event.event_id,
        party_id=party_id,
        kind=event.kind.value,
        at=event.at,
        on_day=event.on_day,
        person=event.person,
        note=event.note,
        simulated=event.simulated,
    )


def _party_of(connection: Connection, case_id: UUID) -> str:
    party_id = load_queries("creditloop.service.http").find_party_of_case(connection, case_id=case_id)
    if party_id is None:
        raise UnknownId("there is no such case", got=str(case_id))
    return str(party_id)


COMPLAIN = Command(
    path="/v1/cases/{case_id}/complaints",
    scope="cases:write",
    tag="cases 催收案件",
    name="note_complaint",
    summary="登记投诉或异议 note a complaint or objection",
    description="From then on nobody contacts the customer, until it is resolved. It is taken at any hour.",
    body=Complaint,
    answer=ContactEvent,
    carry_out=_complain,
    example={"kind": "complaint", "note": "夜间来电 called at night"},
    parameters={"case_id": "案件编号 the case"},
)
