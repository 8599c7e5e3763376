"""存证轮次: a batch, what each party said of it and when, its records, the checkpoint after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from creditloop.evidence.network import Record
from creditloop.evidence.network.node import OpenRound
from creditloop.service.console.network_reading import (
    ask_node,
    entry_number,
    holds_simulated,
    known_loans,
    way_to_network,
)
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.visit import Answer, Download, Page, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictLine:
    """What a party said of a batch.

    Attributes:
        agreed: records of the batch it agrees to; None for a late verdict, which is about an earlier batch.
        objections: what it objects to: the record's place in its batch, and the reason.
    """

    node: str
    at: datetime
    batch: str
    agreed: int | None
    objections: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """A record of the batch.

    Attributes:
        place: in the batch, from 0.
        index: of its leaf in the log; None if it was left out.
        objected: node and reason of each objection to it.
    """

    place: int
    index: int | None
    record: Record
    hash: str
    occurred_at: datetime
    objected: Sequence[tuple[str, str]]


def show_network_round(visit: Visit) -> Answer:
    """Show a round of a log; or give it as the nodes keep it."""
    origin, first = visit.path["origin"], entry_number(visit.path["first"])
    opened = ask_node(visit, lambda client: client.round(origin, first))
    if isinstance(opened, Page):
        return opened
    if visit.query.get("file") == "round":
        return Download(
            text=opened.round.body().decode(), name=f"{origin.replace('/', '_')}-{first}.round.json"
        )
    asked = paging(visit)
    lines = _records(opened)
    shown = lines[asked.skip : asked.skip + ON_A_PAGE]
    objections = opened.objection_records
    names = [line.record.loan for line in shown] + [one.loan for one in objections]
    with visit.work() as work:
        loans = known_loans(visit, work, names)
        simulated = holds_simulated(work.connection)
    record = {
        "origin": origin,
        "opened": opened,
        "batch": opened.batch,
        "verdicts": _verdicts(opened),
        "lines": shown,
        "total": len(lines),
        "page": asked.page,
        "pages": asked.pages(len(lines)),
        "objections": [
            (opened.round.first + len(opened.included) + number, one) for number, one in enumerate(objections)
        ],
        "loans": loans,
        "simulated": simulated,
    }
    here = visit.words("network.round_at", first=first, last=opened.after - 1)
    log = (origin, visit.at(f"/evidence-network/logs/{origin}"))
    return Page(template="network_round.html", record=record, trail=way_to_network(visit, log, (here, None)))


def _verdicts(opened: OpenRound) -> list[VerdictLine]:
    count = 0 if opened.batch is None else len(opened.batch.records)
    given = [(one.verdict, count - len(one.verdict.objections)) for one in opened.round.verdicts]
    late = [(one.verdict, None) for one in opened.round.late]
    return [
        VerdictLine(
            node=verdict.node,
            at=datetime.fromisoformat(verdict.at),
            batch=verdict.batch,
            agreed=agreed,
            objections=[(one.index, one.reason) for one in verdict.objections],
        )
        for verdict, agreed in (*given, *late)
    ]


def _records(opened: OpenRound) -> list[RecordLine]:
    batch = opened.batch
    if batch is None:
        return []
    leaves: Mapping[int, int] = {at: opened.round.first + n for n, at in enumerate(opened.included)}
    objected: dict[int, list[tuple[str, str]]] = {}
    for one in opened.round.verdicts:
        for objection in one.verdict.objections:
            objected.setdefault(objection.index, []).append((one.verdict.node, objection.reason))
    return [
        RecordLine(
            place=place,
            index=leaves.get(place),
            record=record,
            hash=batch.hashes[place].hex(),
            occurred_at=datetime.fromisoformat(record.occurred_at),
            objected=objected.get(place, ()),
        )
        for place, record in enumerate(batch.records)
    ]
