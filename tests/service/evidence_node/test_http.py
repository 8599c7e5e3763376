"""What a node refuses over HTTPS, what that leaves, and what it does for its own party: five processes."""

import base64
import hashlib
import http.client
import json
import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.service.evidence_node.five_nodes import NAMES, FiveNodes, Submitting, five_nodes
from tests.service.evidence_node.node_databases import TABLES

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
from creditloop.kernel.files import replace_file
from creditloop.service.evidence_node import NodeClient, NodeFolder
from creditloop.service.evidence_node.certificates import new_certificate, tls_context
from creditloop.service.evidence_node.key_file import KeyFile

BANK, BUREAU, FUND, PARTNER, PAYMENT = NAMES
MESSAGE_BYTES_MAX = 16 << 20
NOW = datetime.now(UTC)


@dataclass
class Running:
    """Five nodes at rest, and what was submitted to the bank's."""

    nodes: FiveNodes
    client: NodeClient
    submitting: Submitting
    authority: tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


@pytest.fixture(scope="module")
def running(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The payment party's certificate is one that could sign others."""
    with five_nodes(tmp_path_factory.mktemp("five"), server_url=server_url) as nodes:
        authority = make_authority(nodes)
        nodes.start()
        client = NodeClient(nodes.folders[BANK])
        running = Running(nodes, client, Submitting(client=client, loans=7), authority)
        running.submitting.submit(20, name="first")
        yield running
        client.close()


def make_authority(nodes: FiveNodes) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Give the payment party a certificate that says of itself that it may sign others."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate(PAYMENT, key=key, issuer=PAYMENT, by=key, is_authority=True)
    folder = nodes.folders[PAYMENT]
    keys = KeyFile(folder.folder, environment={})
    keys.rewrite({**keys.read(), "tls": _pem(key)})
    card = msgspec.structs.replace(folder.card, certificate=made.public_bytes(Encoding.PEM).decode())
    replace_file(folder.folder / "card.json", msgspec.json.encode(card))
    nodes.folders[PAYMENT] = NodeFolder(folder.folder, environment={})
    cards = [one.card for one in nodes.folders.values()]
    for one in nodes.folders.values():
        one.join(cards, network="five-simulated")
    return key, made


def _certificate(
    name: str,
    *,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    by: ec.EllipticCurvePrivateKey,
    is_authority: bool = False,
) -> x509.Certificate:
    subject, signer = (
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, one)]) for one in (name, issuer)
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .sign(by, hashes.SHA256())
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


# asking by hand


def context_of(nodes: FiveNodes, *, certificate: str, secret: str) -> ssl.SSLContext:
    bank = nodes.folders[BANK]
    others = {BANK: bank.card.certificate}
    return tls_context(server=False, own=certificate, secret=secret, others=others, scratch=bank.folder)


def line_of(nodes: FiveNodes, party: str) -> http.client.HTTPSConnection:
    """A party's connection to the bank's node."""
    folder = nodes.folders[party]
    context = context_of(nodes, certificate=folder.card.certificate, secret=folder.keys().tls)
    return http.client.HTTPSConnection(*nodes.folders[BANK].address, timeout=20, context=context)


def asked(
    nodes: FiveNodes, party: str, method: str, path: str, body: object = None
) -> tuple[int, Mapping[str, str] | str]:
    """Ask the bank's node something as a party; return status and answer."""
    with closing(line_of(nodes, party)) as line:
        line.request(method, path, body=body)  # type: ignore[arg-type]
        answer = line.getresponse()
        text = answer.read().decode()
    with suppress(ValueError):
        return answer.status, json.loads(text)
    return answer.status, text


def kept(nodes: FiveNodes, party: str = BANK) -> dict[str, str]:
    """Everything a node's database holds but the audit lines, in short."""
    with psycopg.connect(nodes.url(party)) as connection:
        found = {}
        for table in TABLES:
            if table != "audit_line":
                rows = connection.execute(f"SELECT * FROM node.{table} ORDER BY 1, 2".encode()).fetchall()
                found[table] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def audit(nodes: FiveNodes) -> list[tuple[str, str]]:
    """Party and name of each audit line of the bank's node, in order."""
    with psycopg.connect(nodes.url(BANK)) as connection:
        return connection.execute("SELECT party, what FROM node.audit_line ORDER BY line_no").fetchall()


class Refused:
    """Sees that a refusal leaves audit lines and nothing else."""

    def __init__(self, nodes: FiveNodes) -> None:
        self.nodes = nodes
        self.before, self.lines = kept(nodes), len(audit(nodes))

    def left(self, *lines: tuple[str, str]) -> None:
        assert audit(self.nodes)[self.lines :] == list(lines)
        assert kept(self.nodes) == self.before


def message(tag: str, *, at: timedelta = timedelta(0), **fields: object) -> bytes:
    said = {"type": tag, "sent_at": instant_text(datetime.now(UTC) + at), **fields}
    return json.dumps(said, separators=(",", ":")).encode()


def gossip(*, at: timedelta = timedelta(0), **fields: object) -> bytes:
    return message("gossip", at=at, **{"notes": [], "headers": [], "contradictions": [], **fields})


# who is on the line


def spoken(nodes: FiveNodes, context: ssl.SSLContext, sent: bytes) -> bytes:
    """What a node says to somebody who shakes hands and sends; nothing if it hangs up."""
    said = b""
    raw = socket.create_connection(nodes.folders[BANK].address, timeout=10)
    with raw, suppress(OSError), context.wrap_socket(raw) as line:
        line.sendall(sent)
        while part := line.recv(65_536):
            said += part
    return said


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n".encode()


OPEN_PATH = f"/logs/{BANK}/checkpoint"


def test_a_party_is_answered(running: Running) -> None:
    folder = running.nodes.folders[FUND]
    context = context_of(running.nodes, certificate=folder.card.certificate, secret=folder.keys().tls)
    assert spoken(running.nodes, context, get(OPEN_PATH)).startswith(b"HTTP/1.1 200")


def test_nobody_is_answered_without_a_certificate(running: Running) -> None:
    refused = Refused(running.nodes)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    assert spoken(running.nodes, context, get(OPEN_PATH)) == b""
    refused.left()


def test_nobody_is_answered_with_a_certificate_nobody_knows(running: Running) -> None:
    refused = Refused(running.nodes)
    secret, certificate = new_certificate(FUND, now=NOW)  # the name alone says nothing
    context = context_of(running.nodes, certificate=certificate, secret=secret)
    assert spoken(running.nodes, context, get(OPEN_PATH)) == b""
    refused.left()


@pytest.mark.parametrize("name", [BANK, FUND, PAYMENT])
def test_a_certificate_that_a_party_issued_is_not_the_party(running: Running, name: str) -> None:
    """TLS would trust it, since the party's own one says that it may sign others."""
    refused = Refused(running.nodes)
    by, _ = running.authority
    key = ec.generate_private_key(ec.SECP256R1())
    child = _certificate(name, key=key, issuer=PAYMENT, by=by)
    context = context_of(
        running.nodes, certificate=child.public_bytes(Encoding.PEM).decode(), secret=_pem(key)
    )
    for path in (OPEN_PATH, "/own/status", f"/loans/{'0' * 64}/end"):
        for _ in range(5):
            assert b" 200 " not in spoken(running.nodes, context, get(path))
    assert [line for line in audit(running.nodes)[refused.lines :] if line[0]] == []
    assert kept(running.nodes) == refused.before


def test_old_tls_and_plain_http_are_refused(running: Running) -> None:
    refused = Refused(running.nodes)
    folder = running.nodes.folders[FUND]
    context = context_of(running.nodes, certificate=folder.card.certificate, secret=folder.keys().tls)
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
    assert spoken(running.nodes, context, get(OPEN_PATH)) == b""
    with socket.create_connection(folder_address(running.nodes), timeout=10) as raw:
        raw.sendall(get(OPEN_PATH))
        said = b""
        with suppress(OSError):
            while part := raw.recv(65_536):
                said += part
    assert b"HTTP/" not in said
    refused.left()


def folder_address(nodes: FiveNodes) -> tuple[str, int]:
    return nodes.folders[BANK].address


# what a party may not send


def test_oversized_bodies_are_refused(running: Running) -> None:
    nodes = running.nodes
    for path in ("/messages", "/rounds", "/add-checkpoint"):
        refused = Refused(nodes)
        status, _ = asked(nodes, FUND, "POST", path, bytes(MESSAGE_BYTES_MAX + 1))
        assert status == 400
        refused.left((FUND, "oversized"))
    refused = Refused(nodes)
    assert asked(nodes, BANK, "POST", "/own/batches", bytes(MESSAGE_BYTES_MAX + 1))[0] == 400
    refused.left((BANK, "oversized"))


def test_an_oversized_body_is_refused_as_soon_as_it_is_declared(running: Running) -> None:
    refused = Refused(running.nodes)
    with closing(line_of(running.nodes, FUND)) as line:
        line.putrequest("POST", "/messages")
        line.putheader("Content-Length", "999999999999")
        line.endheaders()
        assert line.getresponse().status == 400
    refused.left((FUND, "oversized"))


def test_an_oversized_stream_is_refused(running: Running) -> None:
    refused = Refused(running.nodes)
    parts = (bytes(1 << 20) for _ in range(17))
    assert asked(running.nodes, FUND, "POST", "/messages", parts)[0] == 400
    refused.left((FUND, "oversized"))


def test_a_body_up_to_the_limit_is_read(running: Running) -> None:
    refused = Refused(running.nodes)
    body = gossip() + b" " * (MESSAGE_BYTES_MAX - len(gossip()))
    assert asked(running.nodes, FUND, "POST", "/messages", body)[0] == 200
    refused.left()


MALFORMED = {
    "nothing": b"",
    "no JSON": b"\x00\xff",
    "not UTF-8": b'{"type":"gossip\xff"}',
    "no type": b"{}",
    "unknown type": b'{"type":"hello"}',
    "a list": b"[]",
    "deep": b"[" * 200_000,
    "deep in a round": b'{"type":"append","rounds":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
    "cut": gossip()[:-1],
    "two": gossip() * 2,
    "a field more": gossip(more=1),
    "a field less": message("gossip", notes=[], headers=[]),
    "a date that is none": gossip().replace(b"T", b" "),
    "a date there is not": json.dumps(
        {"type": "fetch_rounds", "sent_at": "2026-02-30T00:00:00.000000Z", "origin": BANK, "first": 0}
    ).encode(),
    "a negative number": message("fetch_rounds", origin=BANK, first=-1),
    "a number too large": message("fetch_rounds", origin=BANK, first=2**53),
    "a long origin": message("fetch_rounds", origin="a" * 101, first=0),
    "too many notes": gossip(notes=["x"] * 65),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_malformed_messages_are_refused(running: Running, what: str) -> None:
    refused = Refused(running.nodes)
    status, answer = asked(running.nodes, FUND, "POST", "/messages", MALFORMED[what])
    assert status == 400 and isinstance(answer, dict) and answer["outcome"] == "malformed"
    refused.left((FUND, "malformed"))


def test_messages_out_of_time_are_refused(running: Running) -> None:
    for at, status, outcome in (
        (timedelta(seconds=90), 422, "future_dated"),
        (timedelta(days=36_500), 422, "future_dated"),
        (timedelta(minutes=-6), 409, "replayed"),
        (timedelta(days=-3_650), 409, "replayed"),
    ):
        refused = Refused(running.nodes)
        got, answer = asked(running.nodes, FUND, "POST", "/messages", gossip(at=at))
        assert (got, dict(answer)["outcome"]) == (status, outcome)  # type: ignore[call-overload]
        refused.left((FUND, outcome))


def proposal(batch: SignedBatch, *, size: int = 0) -> bytes:
    fields = json.loads(canonical_form(batch))
    return message("propose", batch=fields, size=size)


def record_of(log: str, submitter: str, *, loan: str = "7" * 64, **changed: object) -> Record:
    given = {
        "documents": (),
        "kind": RecordKind.PAYOUT,
        "loan": loan,
        "occurred_at": instant_text(datetime.now(UTC)),
        "origin": log,
        "previous": NO_RECORD,
        "sequence": 1,
        "submitter": submitter,
        "v": 1,
        **changed,
    }
    return Record(**given)  # type: ignore[arg-type]


def batch_of(nodes: FiveNodes, log: str, *, name: str, at: timedelta = timedelta(0)) -> SignedBatch:
    """A batch of one record for a party's log, by its own submitter."""
    signer = nodes.folders[log].keys().submitter
    moment = datetime.now(UTC) + at
    record = record_of(log, signer.verifier.name, occurred_at=instant_text(moment))
    return make_batch([record], batch=name, at=moment, signer=signer)


def test_proposals_that_are_not_the_senders_or_not_signed_are_refused(running: Running) -> None:
    nodes = running.nodes
    own = batch_of(nodes, FUND, name="unasked")
    late = batch_of(nodes, FUND, name="late", at=timedelta(minutes=5))
    stranger = Ed25519Signer.generate(f"{FUND}/core")
    forged = make_batch(
        [record_of(FUND, stranger.verifier.name)], batch="forged", at=datetime.now(UTC), signer=stranger
    )
    other = Ed25519Signer.generate(f"{FUND}/other")
    unknown = make_batch(
        [record_of(FUND, other.verifier.name)], batch="unknown", at=datetime.now(UTC), signer=other
    )
    nobody = make_batch(
        [record_of("nobody.example", other.verifier.name)], batch="x", at=datetime.now(UTC), signer=other
    )
    for sender, batch, status, outcome in (
        (PARTNER, own, 403, "wrong_sender"),
        (FUND, forged, 403, "wrong_signature"),
        (FUND, unknown, 403, "unknown_key"),
        (FUND, nobody, 404, "unknown_origin"),
        (FUND, batch_of(nodes, BANK, name="ours"), 404, "unknown_origin"),
        (FUND, late, 422, "future_dated"),
    ):
        refused = Refused(nodes)
        got, answer = asked(nodes, sender, "POST", "/messages", proposal(batch))
        assert (got, dict(answer)["outcome"]) == (status, outcome)  # type: ignore[call-overload]
        refused.left((sender, outcome))


def test_a_party_is_no_other_party_of_its_own_node(running: Running) -> None:
    refused = Refused(running.nodes)
    assert asked(running.nodes, BANK, "POST", "/messages", gossip())[0] == 403
    refused.left((BANK, "wrong_sender"))


def test_what_is_forged_in_gossip_leaves_a_line(running: Running) -> None:
    nodes = running.nodes
    note = running.client.checkpoint(BANK, BANK)
    forged = note.replace(f"{BANK}\n20\n", f"{BANK}\n21\n")
    assert forged != note
    refused = Refused(nodes)
    assert asked(nodes, FUND, "POST", "/messages", gossip(notes=[forged]))[0] == 200
    refused.left((FUND, "gossip"))


def test_what_is_the_partys_own_is_nobody_elses(running: Running) -> None:
    nodes, loan = running.nodes, "0" * 64
    batch = canonical_form(batch_of(nodes, BANK, name="stolen"))
    for method, path, body in (
        ("GET", "/own/status", None),
        ("GET", "/own/batches/first", None),
        ("GET", f"/own/loans/{loan}/logs/{BANK}", None),
        ("POST", "/own/batches", batch),
    ):
        for party in (FUND, PAYMENT):
            refused = Refused(nodes)
            assert asked(nodes, party, method, path, body)[0] == 403, path
            refused.left((party, "wrong_sender"))
    assert running.client.standing("stolen").stage == "unknown"


def test_unknown_paths_methods_and_names_are_refused(running: Running) -> None:
    nodes, loan = running.nodes, "0" * 64
    refused = Refused(nodes)
    for method, path, status in (
        ("GET", "/", 404),
        ("GET", "/own", 404),
        ("GET", "/metrics", 404),
        ("GET", "/../own/status", 404),
        ("GET", "/logs/nobody.example/checkpoint", 404),
        ("GET", "/messages", 405),
        ("DELETE", "/own/batches/first", 405),
        ("PUT", "/add-checkpoint", 405),
    ):
        assert asked(nodes, FUND, method, path)[0] == status, path
    refused.left()
    grown = f"/logs/{BANK}/consistency"
    for path in (
        *(f"/loans/{loan[:-1]}/end", f"/loans/{'A' * 64}/end", f"/loans/{loan}/end?challenge=1"),
        *(f"{grown}?before=1", f"{grown}?before=-1&after=2", f"{grown}?before={10**6}&after={10**7}"),
    ):
        refused = Refused(nodes)
        assert asked(nodes, FUND, "GET", path)[0] == 400
        refused.left((FUND, "malformed"))
    for path in (f"/own/loans/{loan}/logs/nobody.example", f"/own/loans/{loan}/logs/"):
        assert asked(nodes, BANK, "GET", path)[0] == 404


# clients that are slow or break off


def test_slow_and_broken_clients_stop_nobody(running: Running) -> None:
    nodes, address = running.nodes, running.nodes.folders[BANK].address
    log = Path(nodes.folders[BANK].folder / "node.log")
    said = log.read_text("utf-8")
    silent = [socket.create_connection(address) for _ in range(30)]
    halves = []
    for sent in (
        b"",
        b"POST /mess",
        b"POST /messages HTTP/1.1\r\nHost: node\r\n",
        b"POST /messages HTTP/1.1\r\nHost: node\r\nContent-Length: 500\r\n\r\n{",
        b"POST /rounds HTTP/1.1\r\nHost: node\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n{",
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01" * 50,
    ):
        half = line_of(nodes, FUND)
        half.connect()
        half.sock.sendall(sent)
        halves.append(half)
    began = time.monotonic()
    for number in range(5):
        running.submitting.submit(3, name=f"beside-{number}")
    assert time.monotonic() - began < 20
    assert asked(nodes, FUND, "POST", "/messages", gossip())[0] == 200
    for one in silent:
        one.close()
    for half in halves:
        half.close()
    reset = line_of(nodes, FUND)
    reset.connect()
    reset.sock.sendall(b"POST /messages HTTP/1.1\r\nHost: node\r\nContent-Length: 9\r\n\r\n{")
    reset.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    reset.close()
    assert running.client.status()[0].name == BANK
    assert "Traceback" not in log.read_text("utf-8").removeprefix(said)


# the party's own system


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


def test_one_party_cannot_take_the_places_of_all(running: Running) -> None:
    """It opens more connections than there are places and leaves them open."""
    nodes = running.nodes
    held: list[http.client.HTTPSConnection] = []
    for _ in range(80):
        line = line_of(nodes, FUND)
        with suppress(OSError):
            line.connect()
            line.sock.sendall(b"POST /messages HTTP/1.1\r\nHost: node\r\n")
            held.append(line)
    try:
        assert asked(nodes, PARTNER, "POST", "/messages", gossip())[0] == 200
        assert asked(nodes, BANK, "GET", "/own/status")[0] == 200
        running.submitting.submit(3, name="beside-many")
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
