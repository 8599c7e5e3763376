"""Five nodes on a table: messages go at once unless somebody is cut off, time goes when it is told to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.faults.network.disk import Disk, JournalStore, SignedFile
from tests.faults.network.parties import (
    NAMES,
    Rules,
    keys_of,
    loan_of,
    network,
    record_of,
    submitter_of,
    with_new_keys,
)
from tests.faults.network.process import START

from creditloop.evidence.network.batch import SignedBatch, make_batch
from creditloop.evidence.network.node import (
    Answer,
    AuditLine,
    Head,
    Network,
    Node,
    Ports,
    read_answer,
)
from creditloop.evidence.network.record import Record, canonical_form, record_hash

BANK, BUREAU, FUND, PARTNER, PAYMENT = NAMES


@dataclass
class Place:
    """One party's side of the table: its ports."""

    lab: "Lab"
    name: str
    disk: Disk = field(default_factory=Disk)
    memory: Disk = field(default_factory=Disk)
    off: timedelta = timedelta(0)
    lines: list[AuditLine] = field(default_factory=list)
    rules: object = None
    generation: int = 0
    known: Network | None = None
    lost: bool = False

    def now(self) -> datetime:
        return START + timedelta(milliseconds=self.lab.time_ms) + self.off

    def elapsed_ms(self) -> int:
        return self.lab.time_ms

    def send(self, party: str, request: bytes, *, token: int) -> None:
        self.lab.mail.append((self.name, party, request, token))

    def write(self, line: AuditLine) -> None:
        self.lines.append(line)

    def made(self) -> Node:
        return Node(
            network=self.known or self.lab.network,
            keys=keys_of(self.name, self.generation),
            ports=Ports(
                store=JournalStore(self.disk),
                last_signed=SignedFile(self.memory, whole=not self.lost),
                clock=self,
                preconditions=self.rules or Rules(self.name),  # type: ignore[arg-type]
                peers=self,
                audit=self,
            ),
        )


class Lab:
    """See the module."""

    def __init__(self) -> None:
        self.network = network()
        self.time_ms = 0
        self.mail: list[tuple[str, str, bytes, int]] = []
        self.away: set[str] = set()
        self.slow: set[str] = set()
        self.held: list[tuple[str, int, bytes]] = []
        self.seen: list[tuple[str, str, bytes, bytes]] = []
        self.places = {name: Place(self, name) for name in NAMES}
        self.nodes = {name: place.made() for name, place in self.places.items()}
        self.batches = 0

    def pump(self) -> None:
        """Carry messages until there are none."""
        for _ in range(10_000):
            if not self.mail:
                return
            sender, party, request, token = self.mail.pop(0)
            if {sender, party} & self.away:
                self.nodes[sender].replied(token, None)
                continue
            answer = self.nodes[party].handle(request, sender=sender)
            self.seen.append((sender, party, request, answer))
            if party in self.slow:
                self.held.append((sender, token, answer))
                continue
            self.nodes[sender].replied(token, answer)
        raise AssertionError("they never come to rest")

    def release(self) -> None:
        """Deliver the answers of those who are slow."""
        self.slow, held, self.held = set(), self.held, []
        for asker, token, answer in held:
            self.nodes[asker].replied(token, answer)
        self.pump()

    def let_pass(self, milliseconds: int, *, step: int = 500) -> None:
        """Let time go, ticking everybody who is there."""
        for _ in range(0, milliseconds, step):
            self.time_ms += step
            for name, node in self.nodes.items():
                if name not in self.away:
                    node.tick()
            self.pump()

    def restart(self, name: str) -> Node:
        """End a node's process and start it again on its disks."""
        self.nodes[name] = self.places[name].made()
        return self.nodes[name]

    def change_keys(self, name: str, *, told: Sequence[str] = NAMES) -> None:
        """Have a party change its keys at the sizes its node holds; who is told of it joins anew."""
        place, sizes = self.places[name], {origin: self.nodes[name].size(origin) for origin in NAMES}
        place.generation += 1
        party = with_new_keys(self.network.party(name), generation=place.generation, until=sizes)
        before = self.network
        others = tuple(one for one in before.parties if one.name != name)
        self.network = Network(parties=(*others, party))
        for other in NAMES:
            self.places[other].known = self.network if other in told else self.places[other].known or before
            self.restart(other)

    def records(
        self, origin: str, *, documents: Sequence[str] = ("payout_order",), loan: int = 0
    ) -> list[Record]:
        """Return the next records of a loan, one for each document."""
        pseudonym = loan_of(origin, loan)
        head, made = self.nodes[origin].head(origin, loan=pseudonym), []
        for document in documents:
            self.batches += 1
            record = record_of(
                origin,
                loan=pseudonym,
                head=head,
                at=self.places[origin].now(),
                document=document,
                content=str(self.batches),
            )
            head = Head(record.sequence, record_hash(record.body()))
            made.append(record)
        return made

    def batch(self, origin: str, records: Sequence[Record] | None = None, *, name: str = "") -> SignedBatch:
        """Sign records, by default one new one, as a batch of the origin's submitter."""
        self.batches += 1
        return make_batch(
            records or self.records(origin),
            batch=name or f"batch-{self.batches}",
            at=self.places[origin].now(),
            signer=submitter_of(origin, self.places[origin].generation),
        )

    def submit(self, origin: str, batch: SignedBatch) -> Answer:
        """Submit a batch and carry what follows."""
        answer = self.nodes[origin].submit(canonical_form(batch))
        self.pump()
        return answer

    def grow(self, origin: str, rounds: int = 1) -> None:
        """Let a log grow by rounds of one record."""
        for _ in range(rounds):
            self.submit(origin, self.batch(origin))
            self.let_pass(1_500)

    def asked(self, sender: str, party: str, request: bytes) -> Answer:
        """Ask a node something that nobody on the table asks."""
        answer = read_answer(self.nodes[party].handle(request, sender=sender))
        self.mail.clear()
        return answer
