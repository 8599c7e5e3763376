"""A log's side of the witness protocol, written from c2sp.org/tlog-witness and the specifications it names.

Standard library and `cryptography` alone, nothing of ours: own trees (RFC 6962), own notes, own cosignatures,
own HTTP over TLS. `RoundMaker` makes what our witness wants beside the specification, the records behind a
checkpoint, from their description in docs/evidence_network.md. All parties and records are simulated.
"""

import base64
import hashlib
import http.client
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519, COSIGNATURE = 1, 4
_loans = count(1)

# trees: RFC 6962, section 2.1


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below a size of 2 or more."""
    return 1 << (size - 1).bit_length() - 1


def tree_root(hashes: Sequence[bytes]) -> bytes:
    """MTH(D[n])."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    at = _split(len(hashes))
    return _node_hash(tree_root(hashes[:at]), tree_root(hashes[at:]))


def consistency_proof(old_size: int, hashes: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D[n])."""
    return _subproof(old_size, hashes, whole=True) if 0 < old_size < len(hashes) else []


def _subproof(old_size: int, hashes: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if old_size == len(hashes):
        return [] if whole else [tree_root(hashes)]
    at = _split(len(hashes))
    if old_size <= at:
        return [*_subproof(old_size, hashes[:at], whole=whole), tree_root(hashes[at:])]
    return [*_subproof(old_size - at, hashes[at:], whole=False), tree_root(hashes[:at])]


# keys and notes: c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature


@dataclass(frozen=True)
class SigningKey:
    """A private key of notes."""

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def from_text(cls, text: str) -> "SigningKey":
        """Read PRIVATE+KEY+NAME+KEYID+BASE64."""
        private, key, name, _, encoded = text.split("+", 4)
        raw = base64.b64decode(encoded, validate=True)
        assert (private, key, raw[0]) == ("PRIVATE", "KEY", ED25519)
        return cls(name, Ed25519PrivateKey.from_private_bytes(raw[1:]))

    @classmethod
    def fresh(cls, name: str) -> "SigningKey":
        return cls(name, Ed25519PrivateKey.generate())

    def line(self, text: str) -> str:
        """The signature line under a note's text."""
        public = self.private.public_key().public_bytes_raw()
        raw = _key_id(self.name, ED25519, public) + self.private.sign(text.encode())
        return f"— {self.name} {base64.b64encode(raw).decode()}\n"

    def signature(self, message: bytes) -> str:
        return base64.b64encode(self.private.sign(message)).decode()


@dataclass(frozen=True)
class WitnessKey:
    """A witness's public key."""

    name: str
    public: bytes

    @classmethod
    def from_text(cls, text: str) -> "WitnessKey":
        """Read NAME+KEYID+BASE64."""
        name, key_id, encoded = text.split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        assert raw[0] == COSIGNATURE and _key_id(name, COSIGNATURE, raw[1:]).hex() == key_id
        return cls(name, raw[1:])

    def times(self, answer: str, checkpoint_text: str) -> list[int]:
        """The times of this witness's cosignatures in an answer's lines; lines of other keys are ignored.

        Raises: AssertionError for what is no signature line; InvalidSignature for one that does not verify.
        """
        assert answer.endswith("\n")
        times = []
        for line in answer.removesuffix("\n").split("\n"):
            dash, name, encoded = line.split(" ")
            raw = base64.b64decode(encoded, validate=True)
            assert dash == "—" and len(raw) > 4
            if name != self.name or raw[:4] != _key_id(name, COSIGNATURE, self.public):
                continue
            assert len(raw) == 4 + 8 + 64
            at = int.from_bytes(raw[4:12], "big")
            message = f"cosignature/v1\ntime {at}\n{checkpoint_text}".encode()
            Ed25519PublicKey.from_public_bytes(self.public).verify(raw[12:], message)
            times.append(at)
        return times

    def verifies(self, answer: str, checkpoint_text: str) -> bool:
        """Whether this witness cosigned a checkpoint."""
        try:
            return bool(self.times(answer, checkpoint_text))
        except InvalidSignature:
            return False


def _key_id(name: str, number: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([number]) + public).digest()[:4]


def checkpoint_text(origin: str, hashes: Sequence[bytes]) -> str:
    return f"{origin}\n{len(hashes)}\n{base64.b64encode(tree_root(hashes)).decode()}\n"


def request_body(old_size: int | str, proof: Sequence[bytes | str], note: str) -> bytes:
    """The body of add-checkpoint."""
    lines = [one if isinstance(one, str) else base64.b64encode(one).decode() for one in proof]
    return "".join(f"{line}\n" for line in [f"old {old_size}", *lines, ""]).encode() + note.encode()


# the records behind a checkpoint


def canonical(value: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys and no white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True)
class RoundMaker:
    """Makes rounds: a batch its submitter signed, verdicts of other parties that agree, the checkpoint."""

    log: SigningKey
    submitter: SigningKey
    judges: Sequence[SigningKey]

    def records(self, number: int) -> list[bytes]:
        """So many records, each the first of a loan of its own."""
        return [self._record() for _ in range(number)]

    def _record(self) -> bytes:
        loan = hashlib.sha256(f"simulated loan {next(_loans)} of {self.log.name}".encode()).hexdigest()
        return canonical(
            {
                "documents": [],
                "kind": "payout",
                "loan": loan,
                "occurred_at": _now_text(),
                "origin": self.log.name,
                "previous": "0" * 64,
                "sequence": 1,
                "submitter": self.submitter.name,
                "v": 1,
            }
        )

    def round(self, before: Sequence[bytes], records: Sequence[bytes]) -> bytes:
        """The round that puts records on a log of these leaf hashes."""
        hashes = [leaf_hash(record) for record in records]
        root = tree_root(hashes).hex()
        header = {
            "at": _now_text(),
            "batch": f"batch-{root[:32]}",
            "count": len(records),
            "kind": "batch",
            "origin": self.log.name,
            "records_root": root,
            "submitter": self.submitter.name,
            "v": 1,
        }
        verdicts = []
        for judge in sorted(self.judges, key=lambda one: one.name):
            verdict = {
                "at": _now_text(),
                "batch": header["batch"],
                "batch_hash": hashlib.sha256(canonical(header)).hexdigest(),
                "kind": "verdict",
                "node": judge.name,
                "objections": [],
                "origin": self.log.name,
                "size": len(before),
                "v": 1,
            }
            verdicts.append({"signature": judge.signature(canonical(verdict)), "verdict": verdict})
        text = checkpoint_text(self.log.name, [*before, *hashes])
        return canonical(
            {
                "batch": {
                    "header": header,
                    "records": [json.loads(record) for record in records],
                    "signature": self.submitter.signature(canonical(header)),
                },
                "checkpoint": f"{text}\n{self.log.line(text)}",
                "first": len(before),
                "late": [],
                "objections": [],
                "origin": self.log.name,
                "v": 1,
                "verdicts": verdicts,
            }
        )


def _now_text() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


# HTTP


@dataclass(frozen=True)
class Reply:
    status: int
    media_type: str
    text: str


@dataclass
class WitnessLine:
    """A kept connection to a witness; for one thread.

    Args:
        context: with our certificate and the witness's.
    """

    host: str
    port: int
    context: ssl.SSLContext
    connection: http.client.HTTPSConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPSConnection(self.host, self.port, timeout=20, context=self.context)

    def ask(self, method: str, path: str, body: bytes | None = None) -> Reply:
        """Ask; once more on a new connection if the kept one is gone, since all may be asked twice."""
        kept = self.connection.sock is not None
        try:
            return self._asked(method, path, body)
        except (OSError, http.client.HTTPException):
            self.connection.close()
            if not kept:
                raise
            return self._asked(method, path, body)

    def _asked(self, method: str, path: str, body: bytes | None) -> Reply:
        self.connection.request(method, path, body=body)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        return Reply(answer.status, answer.headers.get("content-type", ""), text)

    def add_checkpoint(self, body: bytes) -> Reply:
        return self.ask("POST", "/add-checkpoint", body)

    def stage(self, rounds: Sequence[bytes]) -> Reply:
        """Bring the rounds, which our witness wants before."""
        return self.ask("POST", "/rounds", b"[" + b",".join(rounds) + b"]")

    def close(self) -> None:
        self.connection.close()


def tls_context(*, witness: str, certificate_file: str, key_file: str) -> ssl.SSLContext:
    """TLS with a party's certificate, to a witness whose own one is known (PEM)."""
    context = ssl.create_default_context(cadata=witness)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_cert_chain(certificate_file, key_file)
    return context


@dataclass
class OutsideLog:
    """A log that asks a witness for cosignatures.

    Attributes:
        hashes: its leaf hashes, as far as the witness cosigned them.
    """

    maker: RoundMaker
    line: WitnessLine
    witness: WitnessKey
    hashes: list[bytes] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return self.maker.log.name

    @property
    def size(self) -> int:
        return len(self.hashes)

    def note(self, hashes: Sequence[bytes] | None = None) -> str:
        """The signed checkpoint of leaf hashes, its own ones if none are given."""
        text = checkpoint_text(self.origin, self.hashes if hashes is None else hashes)
        return f"{text}\n{self.maker.log.line(text)}"

    def grown(self, *counts: int) -> tuple[list[bytes], list[bytes]]:
        """What the log would be with a round of each of so many new records: its leaf hashes, the rounds."""
        hashes, rounds = list(self.hashes), []
        for number in counts:
            records = self.maker.records(number)
            rounds.append(self.maker.round(hashes, records))
            hashes += [leaf_hash(record) for record in records]
        return hashes, rounds

    def request(self, hashes: Sequence[bytes], *, old_size: int | None = None) -> bytes:
        """The whole request for a checkpoint of leaf hashes, from a size, by default the log's."""
        old = self.size if old_size is None else old_size
        return request_body(old, consistency_proof(old, hashes), self.note(hashes))

    def grow(self, number: int = 1) -> Reply:
        """Grow by a round, have it cosigned, and check the cosignature."""
        hashes, rounds = self.grown(number)
        assert self.line.stage(rounds).status == 204
        reply = self.line.add_checkpoint(self.request(hashes))
        assert reply.status == 200, reply
        assert self.witness.times(reply.text, checkpoint_text(self.origin, hashes))
        self.hashes = hashes
        return reply

    def witnessed_size(self) -> int:
        """The size that the witness cosigned last: a request from 0 is answered by it."""
        if not self.hashes:
            return 0
        reply = self.line.add_checkpoint(self.request(self.hashes, old_size=0))
        assert (reply.status, reply.media_type) == (409, "text/x.tlog.size"), reply
        assert reply.text.endswith("\n")
        return int(reply.text)
