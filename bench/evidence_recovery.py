"""How long a node needs to get back a million records that it lost, and to check a million that it has.

    python -m bench.evidence_recovery [--records 1000000] [--batch 1000]

A log of so many records (simulated), made with the keys of five parties: batches, verdicts of all, a
checkpoint each, the last one cosigned by all. It stands in the databases of two nodes; a third's, a mirror's,
is empty, and what it once signed says how far it was. All run as processes of their own, by HTTPS, every
write synced. Told are: the start of a node that has the log, which reads and checks every record, signature,
chain and root; and the recovery of the one that lost it, from its answer on until it has every record, has
arrived at the cosigned root and says so. The bar: recovery of 1,000,000 within 60 s.

The server is the embedded one, or that of CREDITLOOP_TEST_DATABASE_URL.
"""

import argparse
import os
import platform
import tempfile
import time
from pathlib import Path

import psycopg
from bench.evidence_nodes import cpu_seconds, server
from tests.service.evidence_node.five_nodes import NAMES, FiveNodes, Submitting, five_nodes

from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.network import Verdict, cosign, instant_text, open_batch
from creditloop.evidence.network.node import LogNotes, Round, Signed, StoredRound
from creditloop.evidence.network.tree import KeptTree
from creditloop.evidence.network.verdict import sign_verdict
from creditloop.kernel.storage import connect, migrate
from creditloop.service import clock
from creditloop.service.evidence_node import NODE_ROOMS, NodeClient, NodeStore, SignedFiles

BANK, LOST, *HOLDERS = NAMES
_ROUNDS_AT_ONCE = 50


def filled(five: FiveNodes, *, records: int, batch: int) -> LogNotes:
    """Write the bank's log of so many records into its node's database; return its notes."""
    with connect(five.url(BANK)) as connection:
        migrate(connection, rooms=NODE_ROOMS, now=clock.now())
        connection.commit()
    keys = {name: folder.keys() for name, folder in five.folders.items()}
    submitting = Submitting(client=NodeClient(five.folders[BANK]), loans=max(1, records // 20))
    store, tree, now = NodeStore(five.url(BANK)), KeptTree(), clock.now()
    rounds: list[StoredRound] = []
    note, kept = "", 0
    while tree.size < records:
        first = tree.size
        signed = submitting.batch(min(batch, records - first), name=f"filled-{first}", now=now)
        opened = open_batch(signed, submitters=[submitting.signer.verifier])
        for hash_ in opened.hashes:
            tree.add(hash_)
        verdicts = [
            sign_verdict(
                Verdict(
                    at=instant_text(now),
                    batch=signed.header.batch,
                    batch_hash=signed.header.hash,
                    kind="verdict",
                    node=name,
                    objections=(),
                    origin=BANK,
                    size=first,
                    v=1,
                ),
                signer=keys[name].node.judge,
            )
            for name in NAMES
            if name != BANK
        ]
        checkpoint = Checkpoint(origin=BANK, size=tree.size, root=tree.root())
        note = sign_checkpoint(checkpoint, signer=keys[BANK].node.log)
        body = Round(
            batch=signed,
            checkpoint=note,
            first=first,
            late=(),
            objections=(),
            origin=BANK,
            v=1,
            verdicts=tuple(verdicts),
        ).body()
        rounds.append(StoredRound(first=first, after=tree.size, body=body))
        if len(rounds) == _ROUNDS_AT_ONCE or tree.size == records:
            store.append(BANK, size_before=kept, rounds=rounds, root=checkpoint.root, latest=note)
            rounds, kept = [], tree.size
    at = int(now.timestamp())
    text = note.partition("\n\n")[0] + "\n"
    lines = "".join(cosign(text, signer=keys[name].node.witness, at=at) for name in NAMES if name != BANK)
    store.save_latest(BANK, size=records, latest=note + lines)
    store.save_final(BANK, final=note + lines)
    store.close()
    submitting.client.close()
    # what the node that is to lose its database has signed once
    SignedFiles(five.folders[LOST].signed).write(BANK, Signed(note=note))
    return LogNotes(latest=note, final=note + lines)


def copied(five: FiveNodes, *names: str) -> None:
    """Give nodes the bank's database as theirs: their mirrors hold the same."""
    with psycopg.connect(five.server_url, autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE {five.databases[name]}".encode())
            connection.execute(
                f"CREATE DATABASE {five.databases[name]} TEMPLATE {five.databases[BANK]}".encode()
            )


def main() -> None:
    """Run what is asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--records", type=int, default=1_000_000)
    asked.add_argument("--batch", type=int, default=1_000)
    given = asked.parse_args()
    print(platform.platform(), platform.python_version(), os.cpu_count(), "CPUs")
    with (
        server() as url,
        tempfile.TemporaryDirectory() as folder,
        five_nodes(Path(folder), server_url=url) as five,
    ):
        began = time.monotonic()
        filled(five, records=given.records, batch=given.batch)
        copied(five, HOLDERS[0])
        print(
            f"{given.records:,} records in batches of {given.batch:,}: made in"
            f" {time.monotonic() - began:.0f} s"
        )
        began = time.monotonic()
        five.start(BANK)
        passed = time.monotonic() - began
        print(
            f"a node that has them starts, every record checked: {passed:.1f} s,"
            f" {cpu_seconds(five):.1f} s CPU"
        )
        five.start(HOLDERS[0])
        before = cpu_seconds(five)
        five.start(LOST)
        began = time.monotonic()
        recovered(five, records=given.records)
        print(
            f"a node that lost them has them back: {time.monotonic() - began:.1f} s,"
            f" {cpu_seconds(five) - before:.1f} s CPU of all three nodes"
        )


def recovered(five: FiveNodes, *, records: int) -> None:
    """Wait until the node that lost its database has arrived."""
    client = NodeClient(five.folders[LOST])
    while True:
        status, _ = client.status()
        (log,) = (log for log in status.logs if log.origin == BANK)
        if log.final_size == records and log.recovering is None:
            return
        time.sleep(0.1)


if __name__ == "__main__":
    main()
