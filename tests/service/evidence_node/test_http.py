"""What a node refuses over HTTPS, and what that leaves: five processes."""

import json
import socket
import ssl
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from tests.service.evidence_node.asking_nodes import (
    NOW,
    Refused,
    Running,
    asked,
    audit,
    batch_of,
    certificate_of,
    context_of,
    gossip,
    kept,
    line_of,
    message,
    pem_of,
    record_of,
)
from tests.service.evidence_node.five_nodes import NAMES, FiveNodes

from creditloop.evidence.network import (
    SignedBatch,
    canonical_form,
    make_batch,
)
from creditloop.evidence.signature import Ed25519Signer
from creditloop.service.evidence_node.certificates import new_certificate

BANK, BUREAU, FUND, PARTNER, PAYMENT = NAMES


MESSAGE_BYTES_MAX = 16 << 20


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
    child = certificate_of(name, key=key, issuer=PAYMENT, by=by)
    context = context_of(
        running.nodes, certificate=child.public_bytes(Encoding.PEM).decode(), secret=pem_of(key)
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
