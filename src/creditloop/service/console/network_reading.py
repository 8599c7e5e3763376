"""存证网络查询: what the console asks of the bank's own node, checked here by the network's keys.

A node that is not there, or not set up, makes a page that says so; nothing else waits for it.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from creditloop.data import imports
from creditloop.evidence import Checkpoint
from creditloop.evidence.package import TrustedNetwork
from creditloop.kernel.errors import CreditloopError, EvidenceError, InputError, SourceError
from creditloop.kernel.storage import Connection
from creditloop.service.attesting import find_loans_named
from creditloop.service.console.visit import Page, Visit
from creditloop.service.evidence_node import NODE, NodeClient, open_node_client
from creditloop.service.simulated import holds_simulated_loans
from creditloop.service.work import Work

SECONDS = 3.0
"""How long the node's answer is waited for."""
SETUP = (
    ("create", "creditloop evidence node create node --name bank.example --address 10.0.0.1:8701"),
    ("join", "creditloop evidence node join node bank.json partner.json fund.json --network joint-loans"),
    ("run", "creditloop evidence node run node --rules form"),
    ("name", f"export {NODE}=/path/to/node"),
    ("take_part", 'creditloop evidence network-join --by cro --reason "joint lending with partner.example"'),
)
"""The commands that set a node up, by what each is for."""
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigner:
    """A party that may cosign a log.

    Attributes:
        key: its witness's key, as policies write it.
        sm2: its witness's SM2 key, by which it must have signed too; empty if it has none.
        at: the time it signed; None if it did not cosign this checkpoint.
    """

    party: str
    key: str
    sm2: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedNote:
    """A checkpoint as the node gave it, and what its signatures prove.

    Attributes:
        note: the whole text; empty if there is none.
        checkpoint: None if there is none, or it does not verify.
        problem: why it does not verify; empty if it does.
    """

    note: str
    checkpoint: Checkpoint | None
    cosigners: tuple[Cosigner, ...]
    problem: str = ""

    @property
    def signed(self) -> tuple[Cosigner, ...]:
        """Those who cosigned it."""
        return tuple(one for one in self.cosigners if one.at is not None)


def check_note(trusted: TrustedNetwork, origin: str, note: str) -> CheckedNote:
    """Check a log's checkpoint and read the time of each cosignature.

    Args:
        note: with its signatures; empty if the log has none.
    """
    network, times, problem = trusted.network, dict[str, int](), ""
    checkpoint: Checkpoint | None = None
    if note:
        try:
            cosigned = network.opened(origin, note)
        except EvidenceError as error:
            problem = error.message
        else:
            checkpoint, times = cosigned.checkpoint, dict(cosigned.times)
    cosigners = []
    for party in (network.party(name) for name in network.others(origin)):
        keys = party if checkpoint is None else party.keys_at(origin, checkpoint.size)
        seconds = times.get(keys.witness.name)
        at = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
        sm2 = keys.sm2.witness.text() if keys.sm2 else ""
        cosigners.append(Cosigner(party=party.name, key=keys.witness.text(), sm2=sm2, at=at))
    return CheckedNote(note=note, checkpoint=checkpoint, cosigners=tuple(cosigners), problem=problem)


def ask_node(visit: Visit, asked: Callable[[NodeClient], _Found]) -> _Found | Page:
    """Ask our own node; return a page that says so if there is none, or it does not answer.

    Raises: what `asked` raises, but SourceError.
    """
    environment = visit.bank.places.environment
    try:
        client = open_node_client(environment, seconds=SECONDS)
    except (CreditloopError, OSError) as error:
        return _away(visit, "unusable", error)
    if client is None:
        return _away(visit, "missing", None)
    with closing(client):
        try:
            return asked(client)
        except SourceError as error:
            return _away(visit, "silent", error)


def entry_number(text: str) -> int:
    """Read a number of entries of a log.

    Raises: InputError if it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise InputError("not a number of entries of a log", got=text[:40])
    return int(text)


def _away(visit: Visit, why: str, error: CreditloopError | OSError | None) -> Page:
    told = error.diagnostics() if isinstance(error, CreditloopError) else str(error or "")
    folder = visit.bank.places.environment.get(NODE, "")
    record = {
        "why": why,
        "told": told,
        "folder": folder,
        "variable": NODE,
        "setup": SETUP,
        "asked_at": visit.bank.clock(),
    }
    return Page(template="network_away.html", record=record, trail=way_to_network(visit))


def way_to_network(visit: Visit, *steps: tuple[str, str | None]) -> Sequence[tuple[str, str | None]]:
    """Return the way to a screen of the network."""
    start = (visit.words("screen.cockpit"), visit.at("/"))
    here = visit.words("screen.network")
    return (start, (here, visit.at("/evidence-network")), *steps) if steps else (start, (here, None))


def holds_simulated(connection: Connection) -> bool:
    """Whether any of the bank's data is made up: then the network's parties are."""
    return holds_simulated_loans(connection) or any(one.simulated for one in imports(connection))


def known_loans(visit: Visit, work: Work, pseudonyms: Sequence[str]) -> Mapping[str, str]:
    """Return the bank's number of each loan it knows by its name on the logs; the read is logged.

    Nothing is looked up for who may not see customers.
    """
    if not visit.allows("see_customer"):
        return {}
    found = find_loans_named(work.connection, pseudonyms)
    if found:
        visit.log_read(
            work,
            package="creditloop.service.attesting",
            table="attesting.loan",
            columns=("loan_id", "pseudonym"),
            parties_count=len(found),
        )
    return found
