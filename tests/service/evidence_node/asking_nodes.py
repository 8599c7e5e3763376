"""Five nodes at rest (simulated), asked by hand over HTTPS, and what a refusal leaves at one."""

import hashlib
import http.client
import json
import ssl
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.service.evidence_node.five_nodes import NAMES, FiveNodes, Submitting
from tests.service.evidence_node.node_databases import TABLES

from creditloop.evidence.network import (
    NO_RECORD,
    Record,
    RecordKind,
    SignedBatch,
    instant_text,
    make_batch,
)
from creditloop.kernel.files import replace_file
from creditloop.service.evidence_node import NodeClient, NodeFolder
from creditloop.service.evidence_node.certificates import tls_context
from creditloop.service.evidence_node.key_file import KeyFile

BANK, BUREAU, FUND, PARTNER, PAYMENT = NAMES
NOW = datetime.now(UTC)


@dataclass
class Running:
    """Five nodes at rest, and what was submitted to the bank's."""

    nodes: FiveNodes
    client: NodeClient
    submitting: Submitting
    authority: tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def make_authority(nodes: FiveNodes) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Give the payment party a certificate that says of itself that it may sign others."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = certificate_of(PAYMENT, key=key, issuer=PAYMENT, by=key, is_authority=True)
    folder = nodes.folders[PAYMENT]
    keys = KeyFile(folder.folder, environment={})
    keys.rewrite({**keys.read(), "tls": pem_of(key)})
    card = msgspec.structs.replace(folder.card, certificate=made.public_bytes(Encoding.PEM).decode())
    replace_file(folder.folder / "card.json", msgspec.json.encode(card))
    nodes.folders[PAYMENT] = NodeFolder(folder.folder, environment={})
    cards = [one.card for one in nodes.folders.values()]
    for one in nodes.folders.values():
        one.join(cards, network="five-simulated")
    return key, made


def certificate_of(
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


def pem_of(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


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
