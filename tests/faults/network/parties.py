"""The simulated parties (模拟): five names, keys made from them, their rules, the records they submit."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tests.faults.network.sm2_keys import public_sm2_keys_of, sm2_keys_of

from creditloop.evidence.network.cosignature import CosignatureSigner
from creditloop.evidence.network.node import Head, Network, NodeKeys, Party
from creditloop.evidence.network.record import DocumentCommitment, Record, RecordKind, instant_text
from creditloop.evidence.signature import Ed25519Signer, Ed25519Verifier

NAMES = ("bank.example", "bureau.example", "fund.example", "partner.example", "payment.example")
REFUSED_BY_ALL, REFUSED_BY_TWO, REFUSED_BY_ONE = "refused_by_all", "refused_by_two", "refused_by_one"
"""Documents by which a record says how many nodes' own rules are against it."""


def seed_of(*parts: str) -> bytes:
    """Return 32 bytes that stand for a key."""
    return hashlib.sha256("/".join(parts).encode()).digest()


@dataclass(frozen=True)
class RememberingVerifier:
    """A public key that checks the same signature once only: all nodes of a world share it."""

    key: Ed25519Verifier

    @property
    def name(self) -> str:
        return self.key.name

    @property
    def key_id(self) -> bytes:
        return self.key.key_id

    def verify(self, message: bytes, signature: bytes) -> bool:
        known = (self.key.public, message, signature)
        if known not in _VERIFIED:
            if len(_VERIFIED) > 100_000:
                _VERIFIED.clear()
            _VERIFIED[known] = self.key.verify(message, signature)
        return _VERIFIED[known]

    def text(self) -> str:
        return self.key.text()


_VERIFIED: dict[tuple[bytes, bytes, bytes], bool] = {}


def keys_of(name: str, generation: int = 0) -> NodeKeys:
    """Return a party's private keys; it has others after each change, SM2 keys too after every second."""
    later = [str(generation)] if generation else []
    return NodeKeys(
        log=Ed25519Signer(name, seed_of(name, "log", *later)),
        witness=CosignatureSigner(f"{name}/witness", seed_of(name, "witness", *later)),
        judge=Ed25519Signer(name, seed_of(name, "judge", *later)),
        sm2=sm2_keys_of(name, generation) if generation % 2 else None,
    )


def submitter_of(name: str, generation: int = 0) -> Ed25519Signer:
    """Return the key of the system that submits to a party's log."""
    return Ed25519Signer(f"{name}/core", seed_of(name, "core", *([str(generation)] if generation else [])))


def party_of(name: str, generation: int = 0) -> Party:
    """Return a party as the others know it, without its former keys."""
    keys = keys_of(name, generation)
    assert isinstance(keys.log, Ed25519Signer)
    assert isinstance(keys.judge, Ed25519Signer)
    return Party(
        log=RememberingVerifier(keys.log.verifier),
        witness=keys.witness.verifier,
        judge=RememberingVerifier(keys.judge.verifier),
        submitters=(RememberingVerifier(submitter_of(name, generation).verifier),),
        sm2=public_sm2_keys_of(name, generation) if keys.sm2 else None,
    )


def with_new_keys(party: Party, *, generation: int, until: Mapping[str, int]) -> Party:
    """Return a party after a change of its keys at these sizes of all logs."""
    return replace(party_of(party.name, generation), former=(*party.former, party.ended(until=until)))


def network() -> Network:
    """Return the network of five."""
    return Network(parties=tuple(map(party_of, NAMES)))


class Rules:
    """A party's own rules: it objects to records that say that it does."""

    def __init__(self, name: str) -> None:
        self.name = name

    def objection(self, record: Record) -> str | None:
        return reason_of(self.name, record)


def reason_of(name: str, record: Record) -> str | None:
    """Say why a party's rules are against a record, None if they are not."""
    others = [other for other in NAMES if other != record.origin]
    against = {REFUSED_BY_ALL: others, REFUSED_BY_TWO: others[1:3], REFUSED_BY_ONE: others[2:3]}
    for document in record.documents:
        if name in against.get(document.name, ()):
            return "limit_exceeded"
    return None


def loan_of(origin: str, number: int) -> str:
    """Return the pseudonym of a simulated loan."""
    return hashlib.sha256(f"{origin} loan {number}".encode()).hexdigest()


def record_of(origin: str, *, loan: str, head: Head, at: datetime, document: str, content: str) -> Record:
    """Return the next record of a loan."""
    commitment = hashlib.sha256(f"salt {content}".encode()).hexdigest()
    return Record(
        documents=(DocumentCommitment(commitment=commitment, name=document),),
        kind=RecordKind.PAYOUT if head.sequence else RecordKind.AGREEMENT,
        loan=loan,
        occurred_at=instant_text(at),
        origin=origin,
        previous=head.hash,
        sequence=head.sequence + 1,
        submitter=submitter_of(origin).name,
        v=1,
    )
