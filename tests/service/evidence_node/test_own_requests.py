"""What a node does over HTTPS for its own party: five processes."""

import base64
import http.client
import os
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta

import pytest
from tests.service.evidence_node.asking_nodes import (
    Refused,
    Running,
    asked,
    batch_of,
    gossip,
    kept,
    line_of,
    record_of,
)
from tests.service.evidence_node.five_nodes import NAMES

from creditloop.evidence.network import (
    NO_RECORD,
    DocumentCommitment,
    canonical_form,
    make_batch,
    record_hash,
)
from creditloop.evidence.package import (
    CommittedBy,
    Document,
    DocumentKind,
    PackageContent,
    build_package,
    commitment,
    loan_pseudonym,
    verify_package,
)
from creditloop.evidence.signature import Ed25519Signer
from creditloop.kernel.errors import SourceError, UnknownId
from creditloop.service.evidence_node import NodeClient

BANK, BUREAU, FUND, PARTNER, PAYMENT = NAMES


def test_a_repeat_gives_the_first_result_and_another_content_a_conflict(running: Running) -> None:
    nodes, submitting = running.nodes, running.submitting
    batch = submitting.batch(3, name="repeated", now=datetime.now(UTC))
    body = canonical_form(batch)
    assert running.client.submit(body).outcome == "done"
    first = submitting.wait_final("repeated")
    sizes = {log.origin: log.size for log in running.client.status()[0].logs}
    for _ in range(3):
        assert running.client.submit(body).outcome == "done"
        assert running.client.standing("repeated") == first
    assert {log.origin: log.size for log in running.client.status()[0].logs} == sizes
    other = canonical_form(batch_of(nodes, BANK, name="repeated"))
    status, answer = asked(nodes, BANK, "POST", "/own/batches", other)
    assert (status, dict(answer)["outcome"]) == (409, "conflicting_repeat")  # type: ignore[call-overload]
    assert running.client.standing("repeated") == first


def test_batches_that_cannot_be_taken_leave_nothing(running: Running) -> None:
    nodes, client = running.nodes, running.client
    stranger = Ed25519Signer.generate(f"{BANK}/core")
    name = stranger.verifier.name
    now = datetime.now(UTC)
    forged = make_batch([record_of(BANK, name)], batch="forged", at=now, signer=stranger)
    signer = client.submitter
    gap = make_batch(
        [record_of(BANK, name, sequence=5, previous="1" * 64)], batch="gap", at=now, signer=signer
    )
    good = canonical_form(batch_of(nodes, BANK, name="good"))
    refused = Refused(nodes)
    for body, outcome in (
        (canonical_form(forged), "wrong_signature"),
        (canonical_form(gap), "round_wrong"),
        (canonical_form(batch_of(nodes, FUND, name="theirs")), "unknown_origin"),
        (canonical_form(batch_of(nodes, BANK, name="late", at=timedelta(hours=1))), "future_dated"),
        (b"", "malformed"),
        (good.replace(b'{"header"', b'{ "header"'), "malformed"),
        (bytes(2 << 20), "oversized"),
    ):
        assert client.submit(body).outcome == outcome
    assert kept(nodes) == refused.before
    for batch in ("forged", "gap", "theirs", "late", "good"):
        assert client.standing(batch).stage == "unknown"


def test_unknown_things_are_told_to_the_party(running: Running) -> None:
    with pytest.raises(UnknownId):
        running.client.loan_on_log("nobody.example", loan="0" * 64)
    with pytest.raises(UnknownId):
        running.client.checkpoint("nobody.example", BANK)
    with pytest.raises(UnknownId):
        running.client.checkpoint(FUND, "nobody.example")
    empty = running.client.loan_on_log(FUND, loan="0" * 64)
    assert (list(empty.steps), list(empty.objections)) == ([], [])


def test_all_nodes_sign_where_a_loan_ends(running: Running) -> None:
    loan, (sequence, last) = next(iter(running.submitting.heads.items()))
    wait_at_rest(running)
    challenge = os.urandom(32).hex()
    ends = running.client.loan_ends(loan=loan, challenge=challenge)
    network = running.client.trusted.network
    assert [one.end.node for one in ends] == list(NAMES)
    for one in ends:
        assert (one.end.challenge, one.end.loan) == (challenge, loan)
        one_key = network.party(one.end.node).judge
        assert one_key.verify(canonical_form(one.end), base64_bytes(one.signature))
        steps = {log.origin: log.steps for log in one.end.logs}
        assert (steps[BANK].sequence, steps[BANK].hash) == (sequence, last)
        assert {log.steps.sequence for log in one.end.logs if log.origin != BANK} == {0}
    assert running.client.loan_ends(loan="x", challenge=challenge) == []


def base64_bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def wait_at_rest(running: Running) -> None:
    """Wait until all nodes hold the same of every log."""
    deadline = time.monotonic() + 20
    while True:
        states = []
        for folder in running.nodes.folders.values():
            with closing(NodeClient(folder)) as client:
                states.append([(log.size, log.final_size) for log in client.status()[0].logs])
        if all(state == states[0] for state in states) and all(size == final for size, final in states[0]):
            return
        assert time.monotonic() < deadline, states
        time.sleep(0.1)


def committed(running: Running, loan: str, names: Sequence[str]) -> list[Document]:
    """Submit one record of a loan for each document, one batch each."""
    documents, previous, signer = [], NO_RECORD, running.client.submitter
    for sequence, name in enumerate(names, start=1):
        salt, body = os.urandom(32), f"模拟文件 {name}".encode()
        record = record_of(
            BANK,
            signer.verifier.name,
            loan=loan,
            documents=(DocumentCommitment(commitment=commitment(salt, body), name=name),),
            previous=previous,
            sequence=sequence,
        )
        previous = record_hash(record.body())
        batch = make_batch([record], batch=f"package-{sequence}", at=datetime.now(UTC), signer=signer)
        assert running.client.submit(canonical_form(batch)).outcome == "done"
        running.submitting.wait_final(f"package-{sequence}")
        documents.append(
            Document(
                file_name=f"document-{sequence}.txt",
                body=body,
                kind=DocumentKind.PAYOUT,
                media_type="text/plain",
                title_zh="模拟文件",
                title_en="Simulated document",
                committed=[CommittedBy(origin=BANK, sequence=sequence, name=name, salt=salt)],
            )
        )
    return documents


def test_what_the_nodes_give_makes_a_package_that_holds(running: Running) -> None:
    client, salt = running.client, os.urandom(32)
    loan, challenge = loan_pseudonym(salt, "SIM-HTTP-1"), os.urandom(32).hex()
    documents = committed(running, loan, ("agreement", "order", "receipt"))
    wait_at_rest(running)
    content = PackageContent(
        loan_number="SIM-HTTP-1",
        loan_salt=salt,
        made_at=datetime.now(UTC) + timedelta(seconds=1),
        trusted=client.trusted,
        logs=[client.loan_on_log(name, loan=loan) for name in NAMES],
        ends=client.loan_ends(loan=loan, challenge=challenge),
        documents=documents,
    )
    file = build_package(content, signer=client.submitter)
    later = datetime.now(UTC) + timedelta(minutes=1)
    report = verify_package(file, client.trusted, challenge=challenge, not_after=later)
    assert report.holds, [problem.line() for problem in report.problems]
    assert len(report.records) == 3
    assert not verify_package(file, client.trusted, challenge=os.urandom(32).hex()).holds


def test_a_node_that_is_away_is_told_and_found_again(running: Running) -> None:
    """The last test here: it stops the fund's node and starts it again."""
    nodes, client = running.nodes, running.client
    nodes.kill(FUND)
    with pytest.raises(SourceError):
        client.checkpoint(FUND, BANK)
    running.submitting.submit(5, name="without-fund")
    ends = client.loan_ends(loan="0" * 64, challenge="1" * 64)
    assert [one.end.node for one in ends] == [name for name in NAMES if name != FUND]
    nodes.start(FUND)
    deadline = time.monotonic() + 20
    while client.checkpoint(FUND, BANK).split("\n")[:3] != client.checkpoint(BANK, BANK).split("\n")[:3]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


# beside a party that takes what it can


@pytest.mark.parametrize("said", [b"POST /messages HTTP/1.1\r\nHost: node\r\n", b""], ids=["begun", "silent"])
def test_one_party_cannot_take_the_places_of_all(running: Running, said: bytes) -> None:
    """It opens more connections than there are places and leaves them open, saying something or nothing."""
    nodes = running.nodes
    held: list[http.client.HTTPSConnection] = []
    for _ in range(80):
        line = line_of(nodes, FUND)
        with suppress(OSError):
            line.connect()
            line.sock.sendall(said)
            held.append(line)
    try:
        assert asked(nodes, PARTNER, "POST", "/messages", gossip())[0] == 200
        assert asked(nodes, BANK, "GET", "/own/status")[0] == 200
        running.submitting.submit(3, name=f"beside-many-{len(said)}")
    finally:
        for line in held:
            line.close()
    deadline = time.monotonic() + 10
    while True:  # the places are given back
        with suppress(OSError, http.client.HTTPException):
            if asked(nodes, FUND, "POST", "/messages", gossip())[0] == 200:
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)
