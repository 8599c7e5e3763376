"""Five parties' nodes as processes of their own (模拟参与方): real HTTPS, real databases, real SIGKILL.

The parties and all that is recorded are simulated; the nodes are those that run anywhere.
"""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psycopg

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
from creditloop.evidence.network.node import Standing
from creditloop.evidence.signature import Signer
from creditloop.kernel.errors import SourceError
from creditloop.service import clock
from creditloop.service.evidence_node import NodeClient, NodeFolder, create_folder

NAMES = ("bank.example", "bureau.example", "fund.example", "partner.example", "payment.example")
_READY_SECONDS = 60


class FiveNodes:
    """The five, each with a folder and a database.

    Args:
        folder: empty.
        server_url: a PostgreSQL in which each gets a database of its own.
        sm2: names of those that sign by SM2 too.
    """

    def __init__(self, folder: Path, *, server_url: str, sm2: Collection[str] = ()) -> None:
        self.server_url = server_url
        mark = uuid.uuid4().hex[:12]
        self.databases = {name: f"node_{name.partition('.')[0]}_{mark}" for name in NAMES}
        self.folders: dict[str, NodeFolder] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        with psycopg.connect(server_url, autocommit=True) as server:
            for database in self.databases.values():
                server.execute(f"CREATE DATABASE {database}".encode())
        for name, port in zip(NAMES, _free_ports(len(NAMES)), strict=True):
            self.folders[name] = create_folder(
                folder / name,
                name=name,
                address=f"127.0.0.1:{port}",
                database=self.url(name),
                environment={},
                now=clock.now(),
                sm2=name in sm2,
            )
        cards = [one.card for one in self.folders.values()]
        for one in self.folders.values():
            one.join(cards, network="five-simulated")

    def url(self, name: str) -> str:
        """Return the address of a party's database."""
        return psycopg.conninfo.make_conninfo(self.server_url, dbname=self.databases[name])

    def start(self, *names: str) -> None:
        """Start nodes, all if none is named, and return once they answer."""
        for name in names or NAMES:
            folder = self.folders[name].folder
            with (folder / "node.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [
                        sys.executable,
                        "-m",
                        "creditloop",
                        "evidence",
                        "node",
                        "run",
                        str(folder),
                        "--rules",
                        "form",
                    ],
                    stdout=log,
                    stderr=log,
                    env={**os.environ, "CREDITLOOP_STATE": "/dev/null/none"},
                )
        for name in names or NAMES:
            self.wait_for(name)

    def wait_for(self, name: str) -> None:
        """Return once a node answers."""
        client = NodeClient(self.folders[name])
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            try:
                client.status()
            except SourceError:
                said = (self.folders[name].folder / "node.log").read_text("utf-8")
                assert self.processes[name].poll() is None, said
                assert time.monotonic() < deadline, said
                time.sleep(0.05)
            else:
                client.close()
                return

    def kill(self, name: str, *, by: int = signal.SIGKILL) -> None:
        """End a node's process."""
        process = self.processes.pop(name)
        process.send_signal(by)
        process.wait()

    def close(self) -> None:
        """End all and drop their databases."""
        for name in list(self.processes):
            self.kill(name)
        with suppress(psycopg.Error), psycopg.connect(self.server_url, autocommit=True) as server:
            for database in self.databases.values():
                server.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)".encode())


@contextmanager
def five_nodes(folder: Path, *, server_url: str, sm2: Collection[str] = ()) -> Iterator[FiveNodes]:
    """Give five nodes, none running yet; end them afterwards."""
    nodes = FiveNodes(folder, server_url=server_url, sm2=sm2)
    try:
        yield nodes
    finally:
        nodes.close()


def _free_ports(count: int) -> Sequence[int]:
    found = []
    with suppress(OSError):
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        found = [one.getsockname()[1] for one in sockets]
        for one in sockets:
            one.close()
    return found


@dataclass(kw_only=True)
class Submitting:
    """A party's own system (simulated): batches of records of a few loans, each loan's in their order.

    Attributes:
        client: the line to its node.
        loans: how many loans the records are spread over.
        heads: number and hash of each loan's last record.
    """

    client: NodeClient
    loans: int = 1_000
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    made: int = 0

    @property
    def signer(self) -> Signer:
        """The submitter's key."""
        return self.client.submitter

    def batch(self, count: int, *, name: str, now: datetime) -> SignedBatch:
        """Make the next batch of so many records."""
        records = []
        for _ in range(count):
            loan = hashlib.sha256(f"simulated {self.made % self.loans}".encode()).hexdigest()
            sequence, previous = self.heads.get(loan, (0, NO_RECORD))
            record = Record(
                documents=(
                    DocumentCommitment(
                        commitment=hashlib.sha256(f"document {self.made}".encode()).hexdigest(),
                        name="payout_order",
                    ),
                ),
                kind=RecordKind.PAYOUT,
                loan=loan,
                occurred_at=instant_text(now),
                origin=self.client.name,
                previous=previous,
                sequence=sequence + 1,
                submitter=self.signer.verifier.name,
                v=1,
            )
            self.heads[loan] = (sequence + 1, record_hash(record.body()))
            self.made += 1
            records.append(record)
        return make_batch(records, batch=name, at=now, signer=self.signer)

    def wait_final(self, name: str, *, seconds: float = 30.0) -> Standing:
        """Return how a batch stands once it is final."""
        deadline = time.monotonic() + seconds
        while True:
            standing = self.client.standing(name)
            if standing.stage == "final":
                return standing
            assert time.monotonic() < deadline, standing
            time.sleep(0.01)

    def submit(self, count: int, *, name: str) -> Standing:
        """Make a batch, submit it and return how it stands once it is final."""
        answer = self.client.submit(canonical_form(self.batch(count, name=name, now=clock.now())))
        assert answer.outcome == "done", answer
        return self.wait_final(name)
