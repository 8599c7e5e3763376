"""参与方日志: one party's log as our node holds it: its checkpoint, who cosigned it when, its last rounds."""

from dataclasses import dataclass

from creditloop.evidence.network.node import LogNotes, LogStatus
from creditloop.evidence.package import TrustedNetwork
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.service.console.network_reading import (
    ask_node,
    check_note,
    entry_number,
    holds_simulated,
    known_loans,
    way_to_network,
)
from creditloop.service.console.visit import Answer, Download, Page, Visit
from creditloop.service.evidence_node import ROUNDS_MAX, NodeClient, RoundsText, log_state


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLog:
    """What the node said of a log."""

    trusted: TrustedNetwork
    own: str
    status: LogStatus
    notes: LogNotes
    rounds: RoundsText


def show_network_log(visit: Visit) -> Answer:
    """Show a log with its last rounds; or give its checkpoint, or the policy that others check it by."""
    origin = visit.path["origin"]
    before = entry_number(visit.query["before"]) if visit.query.get("before") else None
    objections = visit.query.get("objections") == "1"
    seen = ask_node(visit, lambda client: _look(client, origin, before=before, objections=objections))
    if isinstance(seen, Page):
        return seen
    if visit.query.get("file"):
        return _file(seen, visit.query["file"])
    rounds = seen.rounds.rounds
    names = [loan for one in rounds for loan in one.loans]
    with visit.work() as work:
        loans = known_loans(visit, work, names)
        simulated = holds_simulated(work.connection)
    latest = check_note(seen.trusted, origin, seen.notes.latest)
    final = check_note(seen.trusted, origin, seen.notes.final)
    is_last = len(rounds) < ROUNDS_MAX or not rounds[-1].first
    record = {
        "log": seen.status,
        "own": seen.own,
        "state": log_state(seen.status),
        "latest": latest,
        "final": final if seen.status.final_size < seen.status.size else None,
        "quorum": seen.trusted.network.quorum,
        "policy": seen.trusted.log_policy(origin).text(),
        "rounds": rounds,
        "objections": objections,
        "older": None if is_last else rounds[-1].first,
        "before": before,
        "loans": loans,
        "simulated": simulated,
    }
    return Page(template="network_log.html", record=record, trail=way_to_network(visit, (origin, None)))


def _look(client: NodeClient, origin: str, *, before: int | None, objections: bool) -> SeenLog:
    status, _ = client.status()
    found = next((log for log in status.logs if log.origin == origin), None)
    if found is None:
        raise UnknownId("no party of this network", got=origin, expected=[log.origin for log in status.logs])
    return SeenLog(
        trusted=client.trusted,
        own=status.name,
        status=found,
        notes=client.logs()[0][origin],
        rounds=client.rounds(origin, before, objections=objections),
    )


def _file(seen: SeenLog, name: str) -> Download:
    origin = seen.status.origin
    texts = {
        "checkpoint": seen.notes.latest,
        "final": seen.notes.final,
        "policy": seen.trusted.log_policy(origin).text(),
    }
    if not texts.get(name):
        raise InputError("no such file of a log", got=name, expected=[key for key in texts if texts[key]])
    return Download(text=texts[name], name=f"{origin.replace('/', '_')}.{name}.txt")
