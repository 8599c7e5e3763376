"""Simulated loans (模拟) on a network of five: rounds as nodes make them, documents, statements, packages."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

import msgspec
from tests.faults.network.sm2_keys import sm2_keys_of

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.hashing import leaf_hash, tree_root
from creditloop.evidence.network import CosignatureSigner, TlogProof, make_tlog_proofs
from creditloop.evidence.network.batch import SignedBatch, make_batch, open_batch
from creditloop.evidence.network.node import Network, NodeKeys, OpenRound, Party, Round, Sm2Keys, open_round
from creditloop.evidence.network.record import (
    NO_RECORD,
    DocumentCommitment,
    Lane,
    Record,
    RecordKind,
    instant_text,
    record_hash,
)
from creditloop.evidence.network.verdict import (
    Objection,
    SignedVerdict,
    Verdict,
    objection_record,
    sign_verdict,
)
from creditloop.evidence.package import (
    NO_CHALLENGE,
    AidFile,
    ChainEnd,
    CommittedBy,
    Document,
    DocumentKind,
    LoanEnd,
    LogEnd,
    PackageContent,
    SignedLoanEnd,
    TrustedNetwork,
    build_package,
    commitment,
    loan_on_log,
    loan_pseudonym,
    sign_loan_end,
)
from creditloop.evidence.signature import Ed25519Signer, Signer

NAMES = ("bank.example", "bureau.example", "fund.example", "partner.example", "payment.example")
BANK, BUREAU, FUND, PARTNER, PAYMENT = NAMES
QUORUM = 3
START = datetime(2026, 1, 5, 8, tzinfo=UTC)
LIFE = (
    RecordKind.DECISION,
    RecordKind.AGREEMENT,
    RecordKind.PAYOUT,
    RecordKind.STATEMENT,
    RecordKind.REPAYMENT,
    RecordKind.OVERDUE,
    RecordKind.CONTACT,
)
MEDIA = {RecordKind.AGREEMENT: ("application/pdf", "pdf"), RecordKind.STATEMENT: ("application/pdf", "pdf")}


def _seed(*parts: str) -> bytes:
    return hashlib.sha256("/".join(("package", *parts)).encode()).digest()


@cache
def keys_of(name: str) -> NodeKeys:
    """A party's private keys; one of the five signs by SM2 too."""
    return NodeKeys(
        log=Ed25519Signer(name, _seed(name, "log")),
        witness=CosignatureSigner(f"{name}/witness", _seed(name, "witness")),
        judge=Ed25519Signer(name, _seed(name, "judge")),
        sm2=sm2_keys_of(name, 0) if name == FUND else None,
    )


@cache
def core_of(name: str) -> Ed25519Signer:
    """The key of the system that submits to a party's log, and packs."""
    return Ed25519Signer(f"{name}/core", _seed(name, "core"))


@cache
def trusted_network(name: str = "simulated") -> TrustedNetwork:
    parties = tuple(
        Party(
            log=keys_of(one).log.verifier,
            witness=keys_of(one).witness.verifier,
            judge=keys_of(one).judge.verifier,
            submitters=(core_of(one).verifier,),
            sm2=_public_sm2_of(one),
        )
        for one in NAMES
    )
    return TrustedNetwork(name=name, network=Network(parties=parties))


def _public_sm2_of(name: str) -> Sm2Keys | None:
    keys = keys_of(name).sm2
    return None if keys is None else Sm2Keys(log=keys.log.verifier, witness=keys.witness.verifier)


@dataclass
class SimulatedLog:
    """A party's log, appended to as its operator does."""

    origin: str
    leaves: list[bytes] = field(default_factory=list)
    rounds: list[OpenRound] = field(default_factory=list)
    heads: dict[tuple[str, Lane], tuple[int, str]] = field(default_factory=dict)

    def head(self, loan: str, lane: Lane) -> tuple[int, str]:
        return self.heads.get((loan, lane), (0, NO_RECORD))

    def append(
        self, records: Sequence[Record], *, at: datetime, against: Mapping[str, Mapping[int, str]]
    ) -> OpenRound:
        """Append a batch; `against` has the objections of nodes by the records' places."""
        network, origin = trusted_network().network, self.origin
        signed = make_batch(records, batch=f"b{len(self.rounds)}", at=at, signer=core_of(origin))
        batch = open_batch(signed, submitters=[core_of(origin).verifier])
        verdicts = []
        for node in network.others(origin):
            objections = tuple(
                Objection(
                    index=index, loan=records[index].loan, reason=reason, record=batch.hashes[index].hex()
                )
                for index, reason in sorted(against.get(node, {}).items())
            )
            verdict = Verdict(
                at=instant_text(at),
                batch=signed.header.batch,
                batch_hash=batch.hash,
                kind="verdict",
                node=node,
                objections=objections,
                origin=origin,
                size=len(self.leaves),
                v=1,
            )
            verdicts.append(sign_verdict(verdict, signer=keys_of(node).judge))
        refusals = [sum(index in said for said in against.values()) for index in range(len(records))]
        agreed = [index for index, count in enumerate(refusals) if 4 - count >= QUORUM]
        opened = self._round(signed, verdicts, [batch.bodies[index] for index in agreed])
        for index in agreed:
            self._take(records[index], batch.bodies[index])
        for record in opened.objection_records:
            self._take(record, record.body())
        self.rounds.append(opened)
        return opened

    def _take(self, record: Record, body: bytes) -> None:
        sequence, last = self.head(*record.chain)
        assert (record.sequence, record.previous) == (sequence + 1, last)
        self.heads[record.chain] = (record.sequence, record_hash(body))
        self.leaves.append(body)

    def _round(
        self, signed: SignedBatch, verdicts: Sequence[SignedVerdict], bodies: Sequence[bytes]
    ) -> OpenRound:
        objections, heads = [], dict(self.heads)
        for one in verdicts:
            for objection in one.verdict.objections:
                sequence, last = heads.get((objection.loan, Lane.OBJECTIONS), (0, NO_RECORD))
                record = objection_record(one.verdict, objection, sequence=sequence + 1, previous=last)
                heads[record.chain] = (record.sequence, record_hash(record.body()))
                objections.append(record.body())
        leaves = [*self.leaves, *bodies, *objections]
        root = tree_root([leaf_hash(one) for one in leaves])
        checkpoint = Checkpoint(origin=self.origin, size=len(leaves), root=root)
        round_ = Round(
            batch=signed,
            checkpoint=keys_of(self.origin).sign(checkpoint),
            first=len(self.leaves),
            late=(),
            objections=tuple(map(msgspec.Raw, objections)),
            origin=self.origin,
            v=1,
            verdicts=tuple(verdicts),
        )
        return open_round(round_, network=trusted_network().network)

    @property
    def root(self) -> bytes:
        return tree_root([leaf_hash(one) for one in self.leaves])

    def cosigned(self, *, at: datetime, witnesses: Sequence[str] = ()) -> str:
        """The log's last checkpoint with cosignatures, of the four others if nobody is named."""
        checkpoint = Checkpoint(origin=self.origin, size=len(self.leaves), root=self.root)
        note = keys_of(self.origin).sign(checkpoint)
        for number, name in enumerate(witnesses or [name for name in NAMES if name != self.origin]):
            note += keys_of(name).cosign(checkpoint, at=int(at.timestamp()) + number)
        return note

    def prove(
        self, indexes: Sequence[int], *, at: datetime, witnesses: Sequence[str] = ()
    ) -> list[TlogProof]:
        hashes = [leaf_hash(one) for one in self.leaves]
        note = self.cosigned(at=at, witnesses=witnesses)
        return make_tlog_proofs(leaf_hashes=hashes, indexes=indexes, checkpoint=note)


class World:
    """Five logs, loans on them, and the documents the records commit to."""

    def __init__(self, seed: int = 0) -> None:
        self.random = Random(seed)
        self.now = START
        self.logs = {name: SimulatedLog(name) for name in NAMES}
        self.documents: dict[str, list[Document]] = {}
        self.salts: dict[str, bytes] = {}

    def loan(self, number: str) -> str:
        salt = self.salts.setdefault(number, self.random.randbytes(32))
        return loan_pseudonym(salt, number)

    def step(
        self,
        number: str,
        *,
        origin: str = BANK,
        kind: RecordKind | None = None,
        against: Mapping[str, str] | None = None,
        documents: int = 1,
        size: int = 400,
    ) -> None:
        """Submit a record of a loan, with a record of another loan before it in the batch."""
        self.now += timedelta(hours=7)
        log, loan = self.logs[origin], self.loan(number)
        sequence, last = log.head(loan, Lane.STEPS)
        kind = kind or LIFE[min(sequence, 2) if sequence < 3 else 3 + (sequence - 3) % 4]
        made = [
            self._document(number, origin, sequence + 1, kind, place, size=size) for place in range(documents)
        ]
        record = self._record(log, loan, kind, made, sequence=sequence + 1, previous=last)
        other = self.loan("another")
        other_sequence, other_last = log.head(other, Lane.STEPS)
        stranger = self._record(log, other, kind, [], sequence=other_sequence + 1, previous=other_last)
        said = {node: {1: reason} for node, reason in (against or {}).items()}
        opened = log.append([stranger, record], at=self.now, against=said)
        if 1 in opened.included:
            self.documents.setdefault(number, []).extend(made)

    def _document(
        self, number: str, origin: str, sequence: int, kind: RecordKind, place: int, *, size: int
    ) -> Document:
        media, ending = MEDIA.get(kind, ("application/json", "json"))
        body = f'{{"simulated":"模拟","loan":"{number}","step":"{kind}"}}'.encode()
        body += self.random.randbytes(self.random.randrange(size // 2, size)).hex().encode()
        known = set(DocumentKind)
        return Document(
            file_name=f"{origin.partition('.')[0]}-{sequence:03d}-{place + 1}.{ending}",
            body=body,
            kind=DocumentKind(kind.value) if kind.value in known else DocumentKind.OTHER,
            media_type=media,
            title_zh=f"模拟文件：第{sequence}步",
            title_en=f"Simulated document of step {sequence}",
            committed=[
                CommittedBy(
                    origin=origin,
                    sequence=sequence,
                    name=f"{kind.value}_{place + 1}",
                    salt=self.random.randbytes(32),
                )
            ],
        )

    def _record(
        self,
        log: SimulatedLog,
        loan: str,
        kind: RecordKind,
        documents: Sequence[Document],
        *,
        sequence: int,
        previous: str,
    ) -> Record:
        commitments = [
            DocumentCommitment(commitment=commitment(by.salt, one.body), name=by.name)
            for one in documents
            for by in one.committed
        ]
        return Record(
            documents=tuple(sorted(commitments, key=lambda one: one.name)),
            kind=kind,
            loan=loan,
            occurred_at=instant_text(self.now),
            origin=log.origin,
            previous=previous,
            sequence=sequence,
            submitter=core_of(log.origin).name,
            v=1,
        )

    def ends(
        self, number: str, *, nodes: Sequence[str] = NAMES, challenge: str = NO_CHALLENGE
    ) -> list[SignedLoanEnd]:
        """What nodes say of where a loan ends now."""
        loan, signed = self.loan(number), []
        logs = [
            log_end(
                name, size=len(log.leaves), root=log.root, heads={lane: log.head(loan, lane) for lane in Lane}
            )
            for name, log in self.logs.items()
        ]
        for later, node in enumerate(nodes):
            at, signer = self.now + timedelta(minutes=1, seconds=later), keys_of(node).judge
            signed.append(statement(logs, loan=loan, at=at, signer=signer, challenge=challenge))
        return signed

    def content(
        self,
        number: str,
        *,
        witnesses: Mapping[str, Sequence[str]] | None = None,
        nodes: Sequence[str] = NAMES,
        challenge: str = NO_CHALLENGE,
    ) -> PackageContent:
        """Everything about a loan now."""
        loan, logs = self.loan(number), []
        for name, log in self.logs.items():
            chosen = (witnesses or {}).get(name, ())
            logs.append(
                loan_on_log(
                    origin=name,
                    loan=loan,
                    rounds=log.rounds,
                    prove=lambda indexes, log=log, chosen=chosen: log.prove(  # type: ignore[misc]
                        indexes, at=self.now, witnesses=chosen
                    ),
                )
            )
        return PackageContent(
            loan_number=number,
            loan_salt=self.salts[number],
            made_at=self.now + timedelta(minutes=5),
            trusted=trusted_network(),
            logs=logs,
            ends=self.ends(number, nodes=nodes, challenge=challenge),
            documents=list(self.documents[number]),
            aids=[
                AidFile(
                    file_name="index.pdf",
                    body=b"%PDF-1.7 simulated",
                    media_type="application/pdf",
                    title_zh="目录（模拟）",
                    title_en="Index (simulated)",
                )
            ],
        )


def log_end(origin: str, *, size: int, root: bytes, heads: Mapping[Lane, tuple[int, str]]) -> LogEnd:
    """Where a loan ends on a log: number and hash of the last of each chain."""
    ends = {lane: ChainEnd(hash=hash_, sequence=sequence) for lane, (sequence, hash_) in heads.items()}
    return LogEnd(
        objections=ends[Lane.OBJECTIONS],
        origin=origin,
        root=root.hex(),
        size=size,
        steps=ends[Lane.STEPS],
    )


def statement(
    logs: Sequence[LogEnd], *, loan: str, at: datetime, signer: Signer, challenge: str = NO_CHALLENGE
) -> SignedLoanEnd:
    """What a node states and signs of a loan."""
    end = LoanEnd(
        at=instant_text(at),
        challenge=challenge,
        kind="loan_end",
        loan=loan,
        logs=tuple(logs),
        node=signer.verifier.name,
        v=1,
    )
    return sign_loan_end(end, signer=signer)


def lived(world: World, number: str, *, steps: int) -> None:
    """Let a loan live: steps on the bank's log, one paid on the payment party's, an objection, a refusal."""
    for step in range(steps):
        against = {FUND: "limit_exceeded"} if step == 2 else {}
        world.step(number, against=against, documents=2 if step == 1 else 1)
        if step == 2:
            world.step(number, origin=PAYMENT, kind=RecordKind.PAYOUT)
            world.step(number, against={FUND: "share_not_in_force", PARTNER: "share_not_in_force"})


@cache
def packed(steps: int = 4, seed: int = 1, number: str = "SIM-2026-0001") -> bytes:
    """A package of a simulated loan."""
    world = World(seed)
    lived(world, number, steps=steps)
    return build_package(world.content(number), signer=core_of(BANK))
