"""Five parties, each with a log of its own that the four others cosign: material of the network's tests."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from random import Random

from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.hashing import leaf_hash, tree_root
from creditloop.evidence.network import (
    CosignatureSigner,
    NetworkPolicy,
    TlogProof,
    cosign,
    majority_policy,
    make_tlog_proofs,
)
from creditloop.evidence.signature import Ed25519Signer
from creditloop.kernel.canonical import canonical_bytes

NAMES = ("lender.example", "partner.example", "funder.example", "payment.example", "bureau.example")
QUORUM = 3
AT = 1_767_600_000
"""POSIX seconds of the first cosignature: 2026-01-05 08:00 UTC."""


def seed(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True)
class Party:
    name: str

    @cached_property
    def log(self) -> Ed25519Signer:
        return Ed25519Signer(f"{self.name}/log", seed(f"log {self.name}"))

    @cached_property
    def witness(self) -> CosignatureSigner:
        return CosignatureSigner(f"{self.name}/witness", seed(f"witness {self.name}"))

    @cached_property
    def others(self) -> tuple["Party", ...]:
        return tuple(party for party in PARTIES if party.name != self.name)

    @cached_property
    def policy(self) -> NetworkPolicy:
        return majority_policy(
            log=self.log.verifier,
            others={other.name: other.witness.verifier for other in self.others},
            threshold=QUORUM,
        )


PARTIES = tuple(Party(name) for name in NAMES)


@dataclass(frozen=True)
class Batch:
    """A party's log at one size, with the records in it."""

    party: Party
    records: tuple[bytes, ...]

    @cached_property
    def leaf_hashes(self) -> list[bytes]:
        return [leaf_hash(record) for record in self.records]

    @cached_property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(
            origin=self.party.log.name, size=len(self.records), root=tree_root(self.leaf_hashes)
        )

    @cached_property
    def signed(self) -> str:
        return sign_checkpoint(self.checkpoint, signer=self.party.log)

    def cosigned(self, witnesses: Sequence[Party], *, at: int = AT) -> str:
        """Return the checkpoint with these parties' cosignatures, a second apart."""
        text = self.checkpoint.text()
        lines = [cosign(text, signer=party.witness, at=at + second) for second, party in enumerate(witnesses)]
        return self.signed + "".join(lines)


def make_batch(party: Party, *, size: int, random: Random) -> Batch:
    """Make a log of simulated records, no two alike."""
    records = [
        canonical_bytes(
            {"commitment": random.randbytes(32).hex(), "loan": f"{number:08d}", "type": "simulated"}
        )
        for number in range(size)
    ]
    return Batch(party, tuple(records))


@dataclass(frozen=True, kw_only=True)
class Proven:
    """A record with a proof that holds."""

    batch: Batch
    witnesses: tuple[Party, ...]
    proof: TlogProof

    @property
    def record(self) -> bytes:
        return self.batch.records[self.proof.index]


def proven_records(batch: Batch) -> Iterator[list[Proven]]:
    """Give the proofs of all records of a batch, once for each set of witnesses that makes the quorum."""
    others = batch.party.others
    for count in (QUORUM, QUORUM + 1):
        for witnesses in combinations(others, count):
            proofs = make_tlog_proofs(
                leaf_hashes=batch.leaf_hashes,
                indexes=range(len(batch.records)),
                checkpoint=batch.cosigned(witnesses),
            )
            yield [Proven(batch=batch, witnesses=witnesses, proof=proof) for proof in proofs]
