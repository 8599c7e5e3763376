"""存证网络: how each party's log stands at our node, who cosigned when, what waits, what was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from creditloop.evidence.network.node import Contradiction, Fork, LogStatus, NodeStatus
from creditloop.evidence.package import TrustedNetwork
from creditloop.service.attesting import Pending, PendingStep, find_pending
from creditloop.service.console.network_reading import (
    CheckedNote,
    ask_node,
    check_note,
    holds_simulated,
    way_to_network,
)
from creditloop.service.console.visit import Answer, Download, Page, Visit
from creditloop.service.evidence_node import AuditText, NodeClient, WaitingBatch, log_state

STEPS_SHOWN = 20
_PLAIN = ("final", "empty")
"""States of a log that need no explanation above the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenNode:
    """What the node said of itself."""

    trusted: TrustedNetwork
    status: NodeStatus
    audit: Sequence[AuditText]
    notes: dict[str, CheckedNote]
    waiting: Sequence[WaitingBatch]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A log with the last checkpoint our node has of it."""

    status: LogStatus
    state: str
    note: CheckedNote


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyLine:
    """A party of the network.

    Attributes:
        heard: it answered our node since that started; None for ourselves.
        signed_at: when it cosigned last, of all that our node has; None if it never did.
        signed_ours_at: when it cosigned our own log's last checkpoint; None if it did not.
    """

    name: str
    heard: bool | None
    signed_at: datetime | None
    signed_ours_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSeen:
    """An audit line of the node."""

    at: datetime
    party: str
    what: str
    detail: str


def show_network(visit: Visit) -> Answer:
    """Show the network as our own node sees it; or give the network's keys."""
    seen = ask_node(visit, _look)
    if isinstance(seen, Page):
        return seen
    if visit.query.get("file") == "keys":
        return Download(text=seen.trusted.text(), name=f"{seen.trusted.name}.network.txt")
    pending, steps = _pending(visit)
    with visit.reading() as connection:
        simulated = holds_simulated(connection)
    status, network = seen.status, seen.trusted.network
    lines = [LogLine(status=log, state=log_state(log), note=seen.notes[log.origin]) for log in status.logs]
    parties = [_party(name, seen) for name in network.names]
    has_ours = bool(seen.notes[status.name].note)
    record = {
        "own": status.name,
        "trusted": seen.trusted,
        "others": len(network.names) - 1,
        "logs": lines,
        "own_log": next(line for line in lines if line.status.origin == status.name),
        "states": [one for one in dict.fromkeys(line.state for line in lines) if one not in _PLAIN],
        "parties": parties,
        "silent": sum(bool(one.heard) and one.signed_ours_at is None for one in parties) if has_ours else 0,
        "heard": len(set(status.heard) - {status.name}),
        "has_ours": has_ours,
        "waiting": seen.waiting,
        "pending": pending,
        "steps": steps,
        "contradictions": [
            (number, one, kind_of(one)) for number, one in enumerate(status.contradictions, 1)
        ],
        "audit": [
            AuditSeen(at=datetime.fromisoformat(one.at), party=one.party, what=one.what, detail=one.detail)
            for one in seen.audit
        ],
        "simulated": simulated,
        "asked_at": visit.bank.clock(),
    }
    return Page(template="network.html", record=record, trail=way_to_network(visit))


def kind_of(contradiction: Contradiction) -> str:
    """Name what a proof proves: a key of the catalogue."""
    return "fork" if isinstance(contradiction.proof, Fork) else "two_batches"


def _look(client: NodeClient) -> SeenNode:
    status, audit = client.status()
    notes, waiting = client.logs()
    return SeenNode(
        trusted=client.trusted,
        status=status,
        audit=audit,
        notes={
            log.origin: check_note(client.trusted, log.origin, notes[log.origin].latest)
            for log in status.logs
        },
        waiting=waiting,
    )


def _party(name: str, seen: SeenNode) -> PartyLine:
    own = seen.status.name
    signed = {
        origin: one.at
        for origin, note in seen.notes.items()
        for one in note.signed
        if one.party == name and one.at is not None
    }
    return PartyLine(
        name=name,
        heard=None if name == own else name in seen.status.heard,
        signed_at=max(signed.values(), default=None),
        signed_ours_at=signed.get(own),
    )


def _pending(visit: Visit) -> tuple[Pending, Sequence[PendingStep]]:
    """Return the bank's steps that are not on the log yet; the steps only for who may see customers."""
    with visit.work() as work:
        found = find_pending(work.connection, steps_max=STEPS_SHOWN)
        if not visit.allows("see_customer") or not found.steps:
            return found, ()
        visit.log_read(
            work,
            package="creditloop.service.attesting",
            table="attesting.pending",
            columns=("step_id", "loan_id"),
            parties_count=len({step.loan_id for step in found.steps}),
        )
    return found, found.steps
