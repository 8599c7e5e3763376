"""Checking a loan's records on one log (逐条核验): form, chain, place on it, batch, verdicts, objections."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.hashing import check_inclusion, leaf_hash
from creditloop.evidence.network import TlogProof, tlog_proof_from_text
from creditloop.evidence.network.cosignature import Cosigned
from creditloop.evidence.network.node import Party
from creditloop.evidence.network.record import NO_RECORD, Lane, Record, read_record, record_hash
from creditloop.evidence.network.verdict import (
    SignedVerdict,
    Verdict,
    check_verdict,
    objection_record,
    read_verdict,
)
from creditloop.evidence.package.cosigned_note import check_tidy
from creditloop.evidence.package.manifest import (
    PackagedLog,
    proof_path,
    record_path,
    share_path,
    verdict_path,
)
from creditloop.evidence.package.read import Opened
from creditloop.evidence.package.share import BatchShare, check_share, read_share
from creditloop.evidence.package.trust import LogPolicy, TrustedNetwork
from creditloop.kernel.errors import EvidenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRecord:
    """A record of the package that could be read.

    Attributes:
        record: what it says.
        file: where it is.
        hash: its leaf hash, hex.
        index: its place on the log; None if that is not proven.
        seen_at: POSIX seconds by which a quorum had cosigned it at the latest; None if that is not proven.
        agreed: the nodes whose verdicts in the package agree to it, in order; empty for an objection.
    """

    record: Record
    file: str
    hash: str
    index: int | None
    seen_at: int | None
    agreed: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class LogCheck:
    """Checks what a package has of one log; problems go to the package's findings.

    Attributes:
        opened: the package.
        trusted: the reader's network.
        number: the log's number in the package, from 1.
        packaged: what the manifest says of it.
        not_after: POSIX seconds; later cosignatures are refused. None: any time is taken.
        party: whose log it is.
        policy: of the log, from the reader's network.
        verdicts: those that hold in themselves, by file.
        used: hashes of the verdicts that a record needs.
        roots: roots by size, of all checkpoints seen.
    """

    opened: Opened
    trusted: TrustedNetwork
    number: int
    packaged: PackagedLog
    not_after: int | None
    party: Party = field(init=False)
    policy: LogPolicy = field(init=False)
    verdicts: dict[str, SignedVerdict] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    roots: dict[int, bytes] = field(default_factory=dict)
    _opened_notes: dict[str, Cosigned] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.party = self.trusted.network.party(self.packaged.origin)
        self.policy = LogPolicy(self.trusted, self.packaged.origin)

    def records(self) -> list[CheckedRecord]:
        """Check everything and return the records that could be read: steps, then objections."""
        self._read_verdicts()
        checked = [record for lane in Lane for record in self._chain(lane)]
        self._check_objections(checked)
        for path, signed in self.verdicts.items():
            if signed.verdict.hash not in self.used:
                self.opened.findings.add("verdict_unused", file=path, detail=signed.verdict.node)
        return checked

    def saw(self, checkpoint: Checkpoint, *, file: str) -> None:
        """Remember a checkpoint; two roots of one size are a fork."""
        if self.roots.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
            detail = f"{self.packaged.origin} at size {checkpoint.size}"
            self.opened.findings.add("log_forked", file=file, detail=detail)

    # the chain

    def _chain(self, lane: Lane) -> Iterator[CheckedRecord]:
        findings, end = self.opened.findings, self.packaged.end(lane)
        previous, last_index = NO_RECORD, -1
        for sequence in range(1, end.sequence + 1):
            path = record_path(self.number, lane, sequence)
            name = f"{self.packaged.origin} {lane.value} {sequence}"
            body = self.opened.member(path)
            if body is None:
                return  # what follows cannot hang on anything
            record = None
            with findings.noting("record_malformed", file=path, record=name):
                record = read_record(body)
            if record is None:
                previous = record_hash(body)
                continue
            place = (record.origin, record.loan, record.lane, record.sequence)
            if place != (self.packaged.origin, self.opened.manifest.loan.pseudonym, lane, sequence):
                findings.add("record_misplaced", file=path, record=name, detail=str(place))
            if record.previous != previous:
                findings.add("chain_broken", file=path, record=name, detail=record.previous)
            previous = record_hash(body)
            checked = self._proven(record, body, path, name, lane, sequence)
            if checked.index is not None:
                if checked.index <= last_index:
                    findings.add("chain_broken", file=path, record=name, detail="earlier on the log")
                last_index = checked.index
            yield checked
        if previous != end.hash:
            findings.add(
                "chain_broken", record=f"{self.packaged.origin} {lane.value}", detail="another last one"
            )

    def _proven(
        self, record: Record, body: bytes, path: str, name: str, lane: Lane, sequence: int
    ) -> CheckedRecord:
        index = seen_at = None
        proof_file = proof_path(self.number, lane, sequence)
        with self.opened.findings.noting("proof_fails", file=proof_file, record=name):
            proof, cosigned = self._check_proof(body, proof_file)
            index, times = proof.index, sorted(cosigned.times.values())
            seen_at = times[self.trusted.network.quorum - 1]
            self.saw(cosigned.checkpoint, file=proof_file)
        agreed: tuple[str, ...] = ()
        if lane is Lane.STEPS:
            agreed = self._check_batch(record, body, name, sequence, index)
        return CheckedRecord(
            record=record, file=path, hash=record_hash(body), index=index, seen_at=seen_at, agreed=agreed
        )

    def _check_proof(self, body: bytes, path: str) -> tuple[TlogProof, Cosigned]:
        found = self.opened.member(path)
        if found is None:
            raise EvidenceError("no proof of this record")
        try:
            text = found.decode()
        except UnicodeDecodeError:
            raise EvidenceError("a proof that is not text") from None
        proof = tlog_proof_from_text(text)
        if proof.text() != text or proof.extra:
            raise EvidenceError("a proof in another form, or with extra data that nothing proves")
        known = self._opened_notes.get(proof.checkpoint)
        if known is None:
            known = self.policy.check(proof.checkpoint, not_after=self.not_after)
            check_tidy(proof.checkpoint, opened=known)
            self._opened_notes[proof.checkpoint] = known
        check_inclusion(
            index=proof.index,
            size=known.checkpoint.size,
            leaf=leaf_hash(body),
            root=known.checkpoint.root,
            proof=proof.path,
        )
        return proof, known

    # batch and verdicts

    def _check_batch(
        self, record: Record, body: bytes, name: str, sequence: int, index: int | None
    ) -> tuple[str, ...]:
        path = share_path(self.number, sequence)
        share = None
        with self.opened.findings.noting("batch_fails", file=path, record=name):
            found = self.opened.member(path)
            if found is None:
                raise EvidenceError("no share of a batch")
            share = read_share(found)
            # without a proof of its place it is not known whose time it is of; that was found already
            keys = self.party.submitters_ever if index is None else self.party.submitters_at(index)
            check_share(share, body=body, record=record, submitters=keys)
        if share is None:
            return ()
        agreed = [verdict.node for verdict in self._verdicts_on(share, record_hash(body), index)]
        quorum = self.trusted.network.quorum
        if len(agreed) < quorum:
            self.opened.findings.add(
                "verdicts_too_few", file=path, record=name, detail=f"{agreed}, must be {quorum}"
            )
        return tuple(sorted(agreed))

    def _verdicts_on(self, share: BatchShare, hash_: str, index: int | None) -> Iterator[Verdict]:
        """Give the verdicts that agree to a record; those on its batch count as used also if they do not."""
        batch_hash = share.header.hash
        for path, signed in self.verdicts.items():
            verdict = signed.verdict
            if verdict.batch_hash != batch_hash:
                continue
            self.used.add(verdict.hash)
            size, count = verdict.size, share.header.count
            told = [one.record for one in verdict.objections if one.index == share.index]
            if (
                verdict.batch != share.header.batch
                or (index is not None and not size <= index < size + count)
                or any(one.index >= count for one in verdict.objections)
                or told not in ([], [hash_])
            ):
                self.opened.findings.add("verdict_fails", file=path, detail="it speaks of another batch")
            elif verdict.agrees(share.index):
                yield verdict

    def _read_verdicts(self) -> None:
        findings, last = self.opened.findings, ("", "")
        for number in range(1, self.packaged.verdicts + 1):
            path = verdict_path(self.number, number)
            body = self.opened.member(path)
            if body is None:
                return
            with findings.noting("verdict_fails", file=path):
                signed = read_verdict(body)
                node = signed.verdict.node
                party = self.trusted.network.find(node)
                if party is None or node == self.party.name or signed.verdict.origin != self.party.name:
                    raise EvidenceError(
                        "nobody who judges this log", got=f"{node} on {signed.verdict.origin}"
                    )
                check_verdict(signed, judges=party.judges({self.party.name: signed.verdict.size}))
                self.verdicts[path] = signed
                order = (signed.verdict.batch_hash, node)
                if order <= last:
                    before = verdict_path(self.number, number - 1)
                    findings.add(
                        "verdict_fails", file=before, detail="in this place or the next: out of order"
                    )
                    raise EvidenceError("out of order, or twice", got=node)
                last = order

    # objections

    def _check_objections(self, checked: list[CheckedRecord]) -> None:
        """Check that each objection follows from a verdict, and that none of a verdict is left out."""
        findings, made = self.opened.findings, self._objections_made()
        told: set[tuple[str, str]] = set()
        for one in checked:
            objected = one.record.objection
            if one.record.lane is Lane.STEPS or not objected:
                continue
            key = (objected.verdict, objected.record)
            told.add(key)
            source = made.get(key)
            name = f"{self.packaged.origin} objections {one.record.sequence}"
            if source is None:
                findings.add("objection_fails", file=one.file, record=name, detail="no verdict for it")
                continue
            signed, index = source
            self.used.add(signed.verdict.hash)
            expected = objection_record(
                signed.verdict,
                signed.verdict.objections[index],
                sequence=one.record.sequence,
                previous=one.record.previous,
            )
            if expected != one.record:
                findings.add(
                    "objection_fails", file=one.file, record=name, detail="the verdict says otherwise"
                )
        for key, (signed, _) in made.items():
            if key not in told:
                detail = f"{signed.verdict.node} objects to {key[1]}"
                findings.add("objection_missing", record=f"{self.packaged.origin} objections", detail=detail)

    def _objections_made(self) -> Mapping[tuple[str, str], tuple[SignedVerdict, int]]:
        """Return the objections of all verdicts to records of this loan, by verdict and record."""
        return {
            (signed.verdict.hash, objection.record): (signed, index)
            for signed in self.verdicts.values()
            for index, objection in enumerate(signed.verdict.objections)
            if objection.loan == self.opened.manifest.loan.pseudonym
        }
