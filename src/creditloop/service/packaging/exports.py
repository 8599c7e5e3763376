"""What was exported and received (导出留痕): facts, numbered by loan, append-only and sealed like any other.

The n-th export of a loan is the fact `EvidencePackageExported` of the key LOAN#n, its receipt the fact
`EvidencePackageReceived` of the same key. So the whole list of a loan is found by counting, and none can be
missing in it. What stands there: who, when, why, for whom, the package's SHA-256; no personal data but what
somebody writes into a reason.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from creditloop.evidence import Signer, Verifier, verifier_from_text
from creditloop.evidence.network import instant_text, moment_from_text
from creditloop.evidence.package import NO_CHALLENGE
from creditloop.kernel.errors import ConflictingRepeat, EvidenceError, InputError, StateError, UnknownId
from creditloop.kernel.facts import Fact
from creditloop.kernel.ids import content_id
from creditloop.service.receiving import Receipt, SignedDelivery, check_receipt, sign_delivery
from creditloop.service.work import Work

EXPORTED, RECEIVED = "EvidencePackageExported", "EvidencePackageReceived"
LINE_CHARACTERS_MAX = 200
"""Longest reason and recipient."""
_CHALLENGE = re.compile("[0-9a-f]{64}")
_LINE = re.compile(r"[^\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """That a package arrived, as its recipient signed it.

    Attributes:
        at: the recipient's clock.
        recipient: who signed for it.
        key: the recipient's public key.
        key_known: whether the key was got another way and compared; otherwise it is the receipt's own word.
        text: the signed receipt itself.
        recorded_by, recorded_at: who wrote it down here, and when.
    """

    at: datetime
    recipient: str
    key: str
    key_known: bool
    text: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export of a loan's package.

    Attributes:
        number: of the loan's exports, from 1.
        sha256, size: of the file.
        reason, recipient: as said.
        exported_by, exported_at: who, when.
        as_of: until when the package is whole.
        challenge: of whoever asked, hex; None if there was none.
        records, documents, withheld: how many it holds, and how many it lists as not there.
        packager: name of the key that signed it; network: name of the network.
        received: the receipt, None if none was recorded.
    """

    loan_id: str
    number: int
    sha256: str
    size: int
    reason: str
    recipient: str
    exported_by: str
    exported_at: datetime
    as_of: datetime
    challenge: str | None
    records: int
    documents: int
    withheld: int
    packager: str
    network: str
    received: Received | None = None

    @property
    def fact_id(self) -> UUID:
        """Id of the fact it stands in."""
        return _id(EXPORTED, self.loan_id, self.number)

    @property
    def receipt_id(self) -> UUID | None:
        """Id of the fact its receipt stands in; None without one."""
        return None if self.received is None else _id(RECEIVED, self.loan_id, self.number)


def one_line(text: str, *, name: str) -> str:
    """Return what a person says in one line, without white space around it.

    Raises: InputError if it is empty, too long, or not plain text.
    """
    line = text.strip()
    if not _LINE.fullmatch(line) or len(line) > LINE_CHARACTERS_MAX:
        raise InputError(
            f"the {name} of an export",
            got=repr(line[:40]),
            expected=f"one line of 1 to {LINE_CHARACTERS_MAX} characters",
        )
    return line


def check_challenge(text: str | None) -> str | None:
    """Return a challenge that can be one, None if none was given.

    Raises: InputError if it is not 32 bytes in hex, or all of them are zero.
    """
    if text is not None and (text == NO_CHALLENGE or not _CHALLENGE.fullmatch(text)):
        raise InputError(
            "not a challenge", got=text[:80], expected="64 hex digits (lower case), not all of them zero"
        )
    return text


def find_exports(work: Work, *, loan_id: str) -> tuple[Export, ...]:
    """Return all exports of a loan, the first one first."""
    return tuple(_exports(work, loan_id))


def _exports(work: Work, loan_id: str) -> Iterator[Export]:
    number = 1
    while (said := work.said(_id(EXPORTED, loan_id, number))) is not None:
        yield _export(loan_id, number, said, work.said(_id(RECEIVED, loan_id, number)))
        number += 1


def record_export(work: Work, export: Export) -> Export:
    """Write an export down as the next of its loan, and return it with its number."""
    number = len(find_exports(work, loan_id=export.loan_id)) + 1
    while True:
        try:
            work.say(_fact(EXPORTED, export.loan_id, number, _payload(export), work))
        except ConflictingRepeat:  # another export of this loan was written down meanwhile
            number += 1
            continue
        return find_export(work, loan_id=export.loan_id, number=number)


def find_export(work: Work, *, loan_id: str, number: int) -> Export:
    """Return one export.

    Raises: UnknownId if there is none of this number.
    """
    said = work.said(_id(EXPORTED, loan_id, number))
    if said is None:
        raise UnknownId("no such export of the loan", got=number, where={"loan": loan_id})
    return _export(loan_id, number, said, work.said(_id(RECEIVED, loan_id, number)))


def record_receipt(work: Work, *, loan_id: str, text: str, key: str | None, person: str) -> Export:
    """Write the receipt of an exported package down; the same receipt again changes nothing.

    Args:
        loan_id: the loan.
        text: the signed receipt.
        key: the recipient's public key, if it was got another way.
        person: who writes it down.

    Raises: EvidenceError if the receipt does not verify; UnknownId if the loan has no such package;
        InputError if it is another recipient's; ConflictingRepeat if the package has another receipt.
    """
    from_key = None if key is None else known_key(key)
    receipt = check_receipt(text, known=from_key)
    found = [one for one in find_exports(work, loan_id=loan_id) if one.sha256 == receipt.package]
    if not found:
        raise UnknownId(
            "the loan has no exported package of this hash", got=receipt.package, where={"loan": loan_id}
        )
    export = found[0]
    if receipt.recipient != export.recipient:
        raise InputError(
            "a receipt of somebody else than the package was exported for",
            got=receipt.recipient,
            expected=export.recipient,
        )
    if export.received is not None:
        if export.received.text == text.strip():
            return export
        raise ConflictingRepeat(
            "the package has another receipt", got=receipt.at, expected=instant_text(export.received.at)
        )
    payload = _receipt_payload(receipt, text.strip(), key_known=key is not None, person=person, work=work)
    work.say(_fact(RECEIVED, loan_id, export.number, payload, work))
    return find_export(work, loan_id=loan_id, number=export.number)


def delivery_of(export: Export, *, signer: Signer) -> SignedDelivery:
    """Sign the delivery of an exported package; the same export gives the same bytes.

    Raises: StateError if the key is another than the one that signed the package.
    """
    if signer.verifier.name != export.packager:
        raise StateError(
            "the key that signed this package is not there any more",
            got=signer.verifier.name,
            expected=export.packager,
        )
    return sign_delivery(
        package=export.sha256,
        size=export.size,
        recipient=export.recipient,
        network=export.network,
        at=export.exported_at,
        signer=signer,
    )


def known_key(text: str) -> Verifier:
    """Read a recipient's public key that was got another way.

    Raises: InputError if it is none.
    """
    try:
        return verifier_from_text(text.strip())
    except EvidenceError as error:
        raise InputError("not a recipient's key", got=text.strip()[:120], expected=error.expected) from None


def _id(kind: str, loan_id: str, number: int) -> UUID:
    return content_id("fact", kind, _key(loan_id, number))


def _key(loan_id: str, number: int) -> str:
    return f"{loan_id}#{number}"


def _fact(kind: str, loan_id: str, number: int, payload: Mapping[str, object], work: Work) -> Fact:
    return Fact(
        kind=kind, key=_key(loan_id, number), occurred_at=work.now, known_at=work.now, payload=payload
    )


def _payload(export: Export) -> dict[str, object]:
    return {
        "as_of": instant_text(export.as_of),
        "challenge": export.challenge or NO_CHALLENGE,
        "documents": export.documents,
        "exported_at": instant_text(export.exported_at),
        "exported_by": export.exported_by,
        "loan": export.loan_id,
        "network": export.network,
        "packager": export.packager,
        "reason": export.reason,
        "recipient": export.recipient,
        "records": export.records,
        "sha256": export.sha256,
        "size": export.size,
        "withheld": export.withheld,
    }


def _receipt_payload(
    receipt: Receipt, text: str, *, key_known: bool, person: str, work: Work
) -> dict[str, object]:
    return {
        "at": receipt.at,
        "key": receipt.key,
        "key_known": key_known,
        "receipt": text,
        "recipient": receipt.recipient,
        "recorded_at": instant_text(work.now),
        "recorded_by": person,
        "sha256": receipt.package,
    }


def _export(loan_id: str, number: int, said: Mapping[str, Any], received: Mapping[str, Any] | None) -> Export:
    return Export(
        loan_id=loan_id,
        number=number,
        sha256=said["sha256"],
        size=said["size"],
        reason=said["reason"],
        recipient=said["recipient"],
        exported_by=said["exported_by"],
        exported_at=moment_from_text(said["exported_at"]),
        as_of=moment_from_text(said["as_of"]),
        challenge=None if said["challenge"] == NO_CHALLENGE else said["challenge"],
        records=said["records"],
        documents=said["documents"],
        withheld=said["withheld"],
        packager=said["packager"],
        network=said["network"],
        received=None if received is None else _received(received),
    )


def _received(said: Mapping[str, Any]) -> Received:
    return Received(
        at=moment_from_text(said["at"]),
        recipient=said["recipient"],
        key=said["key"],
        key_known=said["key_known"],
        text=said["receipt"],
        recorded_by=said["recorded_by"],
        recorded_at=moment_from_text(said["recorded_at"]),
    )
