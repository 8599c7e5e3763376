"""Five parties (simulated) with something to see: agreed, objected to, left out, forked, said twice."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.service.console.objecting_node import REASON
from tests.service.evidence_node.five_nodes import NAMES, FiveNodes, five_nodes

from creditloop.evidence import Checkpoint
from creditloop.evidence.network import (
    NO_RECORD,
    DocumentCommitment,
    Record,
    RecordKind,
    SignedBatch,
    canonical_form,
    instant_text,
    make_batch,
    record_hash,
)
from creditloop.evidence.network.node import Gossip, Propose, Standing, message_bytes
from creditloop.service import clock
from creditloop.service.evidence_node import NodeClient
from creditloop.service.evidence_node.certificates import tls_context
from creditloop.service.evidence_node.peers import PartyConnection

BANK, BUREAU, FUND, PARTNER, PAYMENT = NAMES
OBJECTS = {FUND: "contact,write_off", PAYMENT: "write_off"}
"""What kinds of records a party's node objects to: one of four is in the minority, two of four are not."""
_SECONDS = 30.0

__all__ = ["BANK", "BUREAU", "FUND", "PARTNER", "PAYMENT", "REASON", "Parties", "parties_in"]


def named(text: str) -> str:
    """Return a pseudonym."""
    return hashlib.sha256(f"simulated {text}".encode()).hexdigest()


@dataclass(kw_only=True)
class Parties:
    """The five, running."""

    nodes: FiveNodes
    heads: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    def client(self, name: str) -> NodeClient:
        """Return a party's own line to its node."""
        return NodeClient(self.nodes.folders[name])

    def start(self, *names: str) -> None:
        """Start nodes, each with its party's rules."""
        plain = [name for name in names if name not in OBJECTS]
        if plain:
            self.nodes.start(*plain)
        for name in set(names) & set(OBJECTS):
            folder = self.nodes.folders[name].folder
            command = [
                sys.executable,
                "-m",
                "tests.service.console.objecting_node",
                str(folder),
                OBJECTS[name],
            ]
            with (folder / "node.log").open("ab") as log:
                self.nodes.processes[name] = subprocess.Popen(
                    command, stdout=log, stderr=log, env={**os.environ, "CREDITLOOP_STATE": "/dev/null/none"}
                )
        for name in names:
            self.nodes.wait_for(name)

    def batch(
        self, party: str, records: Sequence[tuple[str, RecordKind]], *, name: str, mark: str = ""
    ) -> SignedBatch:
        """Make a batch of a party's steps: of each the loan's pseudonym and the kind."""
        signer, now, made = self.nodes.folders[party].keys().submitter, clock.now(), []
        for place, (loan, kind) in enumerate(records):
            sequence, previous = self.heads.get((party, loan), (0, NO_RECORD))
            commitment = hashlib.sha256(f"document {name} {place} {mark}".encode()).hexdigest()
            record = Record(
                documents=(DocumentCommitment(commitment=commitment, name="document"),),
                kind=kind,
                loan=loan,
                occurred_at=instant_text(now),
                origin=party,
                previous=previous,
                sequence=sequence + 1,
                submitter=signer.verifier.name,
                v=1,
            )
            self.heads[party, loan] = (sequence + 1, record_hash(record.body()))
            made.append(record)
        return make_batch(made, batch=name, at=now, signer=signer)

    def submit(self, party: str, records: Sequence[tuple[str, RecordKind]], *, name: str) -> None:
        """Hand a batch in, without waiting."""
        with closing(self.client(party)) as client:
            answer = client.submit(canonical_form(self.batch(party, records, name=name)))
        assert answer.outcome == "done", answer

    def wait_final(self, party: str, name: str) -> Standing:
        """Return how a batch stands once it is final."""
        deadline = time.monotonic() + _SECONDS
        with closing(self.client(party)) as client:
            while (standing := client.standing(name)).stage != "final":
                assert time.monotonic() < deadline, standing
                time.sleep(0.02)
        return standing

    def wait_same(self, viewer: str) -> None:
        """Return once a party's node holds all logs final and without a lag."""
        deadline = time.monotonic() + _SECONDS
        with closing(self.client(viewer)) as client:
            while True:
                logs = client.status()[0].logs
                if all(log.forked or (log.final_size == log.size and not log.lag) for log in logs):
                    return
                assert time.monotonic() < deadline, logs
                time.sleep(0.05)

    def send(self, sender: str, message: bytes) -> tuple[int, bytes]:
        """Send the bank's node a message as another party, over that party's own line."""
        folder = self.nodes.folders[sender]
        card = folder.cards()[BANK]
        context = tls_context(
            server=False,
            own=folder.card.certificate,
            secret=folder.keys().tls,
            others={BANK: card.certificate},
            scratch=folder.folder,
        )
        line = PartyConnection(card, context=context)
        try:
            return line.request("POST", "/messages", body=message)
        finally:
            line.close()

    def say_twice(self, party: str) -> None:
        """Have a party propose two batches under one id."""
        for mark in ("one", "other"):
            batch = self.batch(party, [(named(mark), RecordKind.PAYOUT)], name="twice", mark=mark)
            with closing(self.client(BANK)) as client:
                size = next(log.size for log in client.status()[0].logs if log.origin == party)
            proposal = Propose(batch=batch, sent_at=instant_text(clock.now()), size=size)
            self.send(party, message_bytes(proposal))

    def fork(self, party: str) -> None:
        """Have a party sign another checkpoint of its log's size."""
        with closing(self.client(BANK)) as client:
            size = next(log.size for log in client.status()[0].logs if log.origin == party)
        other = Checkpoint(origin=party, size=size, root=hashlib.sha256(b"another past").digest())
        note = self.nodes.folders[party].keys().node.sign(other)
        told = Gossip(contradictions=(), headers=(), notes=(note,), sent_at=instant_text(clock.now()))
        self.send(party, message_bytes(told))


@contextmanager
def parties_in(folder: Path, *, server_url: str) -> Iterator[Parties]:
    """Run the five for a while; two of them sign by SM2 too."""
    with five_nodes(folder, server_url=server_url, sm2=[BANK, FUND]) as nodes:
        parties = Parties(nodes=nodes)
        parties.start(*NAMES)
        yield parties
