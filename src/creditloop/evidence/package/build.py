"""Making a package (制作证据包): files, manifest, signature, one zip; handed out only if it verifies."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from creditloop.evidence.network import TlogProof
from creditloop.evidence.network.record import (
    NO_RECORD,
    Lane,
    Record,
    canonical_form,
    instant_text,
    read_record,
    record_hash,
    signature_text,
)
from creditloop.evidence.package.archive import write_archive
from creditloop.evidence.package.content import LoanOnLog, PackageContent, ProvenRecord, loan_pseudonym
from creditloop.evidence.package.cosigned_note import tidy_checkpoint
from creditloop.evidence.package.index import index_text
from creditloop.evidence.package.loan_end import ChainEnd
from creditloop.evidence.package.manifest import (
    FILE_NAME,
    INDEX,
    MANIFEST,
    SIGNATURE,
    TRUST,
    Aid,
    Committed,
    Completeness,
    Manifest,
    PackagedDocument,
    PackagedFile,
    PackagedLoan,
    PackagedLog,
    end_path,
    policy_path,
    proof_path,
    record_path,
    share_path,
    verdict_path,
)
from creditloop.evidence.package.verify import verify_package
from creditloop.evidence.signature import Signer
from creditloop.kernel.errors import EvidenceError, InputError


def build_package(content: PackageContent, *, signer: Signer) -> bytes:
    """Pack everything about a loan into one file; the same content gives the same bytes.

    Args:
        content: what is to be packed.
        signer: the packaging party's key, a judge's or a submitter's of the network.

    Raises: InputError if the content cannot be packed; EvidenceError naming the first problem if what would
        be handed out does not verify, for example because a document is not what a record commits to.
    """
    file = pack(content, signer=signer)
    report = verify_package(file, content.trusted)
    if not report.holds:
        first = report.problems[0]
        raise EvidenceError(
            "the package would not verify",
            got=first.line(),
            where={"problems": len(report.problems)},
            hint="hand in every record, statement and document of the loan as it was committed to",
        )
    return file


def pack(content: PackageContent, *, signer: Signer) -> bytes:
    """Pack without checking; `build_package` is what is handed out by.

    Raises: InputError if the content has no form.
    """
    members: dict[str, bytes] = {TRUST: content.trusted.text().encode()}
    _add_named(members, "documents", [(one.file_name, one.body) for one in content.documents])
    _add_named(members, "aids", [(one.file_name, one.body) for one in content.aids])
    ends = sorted(content.ends, key=lambda signed: signed.end.node)
    if not ends:
        raise InputError("a package needs the nodes' statements of the loan's end")
    members |= {end_path(number): signed.body() for number, signed in enumerate(ends, start=1)}
    by_origin = {log.origin: log for log in content.logs}
    origins = content.trusted.network.names
    if len(by_origin) < len(content.logs) or set(by_origin) - set(origins):
        raise InputError("logs of a package", got=[log.origin for log in content.logs], expected=origins)
    logs, records = [], dict[str, Record]()
    for number, origin in enumerate(origins, start=1):
        log = by_origin.get(origin, LoanOnLog(origin=origin, steps=()))
        members |= dict(_log_members(log, number, content))
        records |= _records(log, number)
        logs.append(_packaged_log(log))
    completeness = Completeness(
        as_of=min(signed.end.at for signed in ends),
        logs=tuple(logs),
        stated_by=tuple(signed.end.node for signed in ends),
    )
    unlisted = _manifest(content, completeness, packager=signer.verifier.name)
    members[INDEX] = index_text(unlisted, records).encode()
    return write_archive(_signed_members(unlisted, members, signer=signer))


def _signed_members(manifest: Manifest, members: Mapping[str, bytes], *, signer: Signer) -> dict[str, bytes]:
    """Return members with the manifest that lists them, and its signature."""
    files = tuple(
        PackagedFile(path=path, sha256=hashlib.sha256(members[path]).hexdigest(), size=len(members[path]))
        for path in sorted(members)
    )
    body = msgspec.structs.replace(manifest, files=files).body()
    return {**members, MANIFEST: body, SIGNATURE: signature_text(signer.sign(body)).encode()}


def _manifest(content: PackageContent, completeness: Completeness, *, packager: str) -> Manifest:
    number, salt = content.loan_number, content.loan_salt
    documents = tuple(
        PackagedDocument(
            committed=tuple(
                sorted(
                    (
                        Committed(name=by.name, origin=by.origin, salt=by.salt.hex(), sequence=by.sequence)
                        for by in one.committed
                    ),
                    key=lambda by: by.place,
                )
            ),
            kind=one.kind,
            media_type=one.media_type,
            path=f"documents/{one.file_name}",
            title_en=one.title_en,
            title_zh=one.title_zh,
        )
        for one in sorted(content.documents, key=lambda one: one.file_name)
    )
    aids = tuple(
        Aid(
            media_type=one.media_type,
            path=f"aids/{one.file_name}",
            title_en=one.title_en,
            title_zh=one.title_zh,
        )
        for one in sorted(content.aids, key=lambda one: one.file_name)
    )
    return Manifest(
        aids=aids,
        completeness=completeness,
        documents=documents,
        files=(),
        kind="evidence_package",
        loan=PackagedLoan(number=number, pseudonym=loan_pseudonym(salt, number), salt=salt.hex()),
        made_at=instant_text(content.made_at),
        network=content.trusted.name,
        packager=packager,
        v=1,
        withheld=tuple(sorted(content.withheld, key=lambda one: one.place)),
    )


def _add_named(members: dict[str, bytes], folder: str, files: Sequence[tuple[str, bytes]]) -> None:
    for name, body in files:
        path = f"{folder}/{name}"
        if not FILE_NAME.fullmatch(name):
            raise InputError("not a file's name", got=name, expected="lower-case ASCII, like plan.pdf")
        if path in members:
            raise InputError("two files of one name", got=path)
        members[path] = body


def _lanes(log: LoanOnLog) -> Mapping[Lane, Sequence[ProvenRecord]]:
    return {Lane.STEPS: log.steps, Lane.OBJECTIONS: log.objections}


def _log_members(log: LoanOnLog, number: int, content: PackageContent) -> Iterator[tuple[str, bytes]]:
    if log.steps or log.objections:
        yield policy_path(number), content.trusted.log_policy(log.origin).text().encode()
    notes = {one.proof.checkpoint for records in _lanes(log).values() for one in records}
    tidied = {
        note: tidy_checkpoint(note, network=content.trusted.network, origin=log.origin) for note in notes
    }
    for lane, records in _lanes(log).items():
        for sequence, one in enumerate(records, start=1):
            yield record_path(number, lane, sequence), one.body
            proof = TlogProof(  # without the extra data, which nothing proves
                index=one.proof.index, path=one.proof.path, checkpoint=tidied[one.proof.checkpoint]
            )
            yield proof_path(number, lane, sequence), proof.text().encode()
            if (one.share is None) != (lane is Lane.OBJECTIONS):
                raise InputError("a step has a share of a batch, an objection none", got=f"{lane} {sequence}")
            if one.share is not None:
                yield share_path(number, sequence), one.share.body()
    verdicts = sorted(log.verdicts, key=lambda signed: (signed.verdict.batch_hash, signed.verdict.node))
    for place, signed in enumerate(verdicts, start=1):
        yield verdict_path(number, place), canonical_form(signed)


def _records(log: LoanOnLog, number: int) -> dict[str, Record]:
    return {
        record_path(number, lane, sequence): read_record(one.body)
        for lane, records in _lanes(log).items()
        for sequence, one in enumerate(records, start=1)
    }


def _packaged_log(log: LoanOnLog) -> PackagedLog:
    ends = {
        lane: ChainEnd(hash=record_hash(records[-1].body) if records else NO_RECORD, sequence=len(records))
        for lane, records in _lanes(log).items()
    }
    return PackagedLog(
        objections=ends[Lane.OBJECTIONS],
        origin=log.origin,
        steps=ends[Lane.STEPS],
        verdicts=len(log.verdicts),
    )
