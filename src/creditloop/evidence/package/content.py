"""What a package is made of (证据包内容): documents with salts, a log's records with proofs, commitments.

A commitment is SHA-256 over 32 bytes of salt and the document's bytes; a loan's pseudonym the same over its
number. The salt has one length, so no other pair of salt and document gives the same bytes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from creditloop.evidence.network import TlogProof
from creditloop.evidence.network.verdict import SignedVerdict
from creditloop.evidence.package.loan_end import SignedLoanEnd
from creditloop.evidence.package.manifest import DocumentKind, WithheldDocument
from creditloop.evidence.package.share import BatchShare
from creditloop.evidence.package.trust import TrustedNetwork
from creditloop.kernel.errors import InputError

SALT_BYTES = 32
"""Bytes of a salt."""


def commitment(salt: bytes, body: bytes) -> str:
    """Return the commitment to a document: SHA-256 of its salt and it, hex.

    Raises: InputError if the salt is not 32 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise InputError("not a salt", got=f"{len(salt)} bytes", expected=f"{SALT_BYTES} bytes")
    return hashlib.sha256(salt + body).hexdigest()


def loan_pseudonym(salt: bytes, number: str) -> str:
    """Return a loan's name on the logs: the commitment to its number.

    Raises: InputError if the salt is not 32 bytes.
    """
    return commitment(salt, number.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedBy:
    """A record that commits to a document.

    Attributes:
        origin: its log.
        sequence: the record's number among the loan's steps there.
        name: the document's name in the record.
        salt: 32 bytes.
    """

    origin: str
    sequence: int
    name: str
    salt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of the loan, as it was committed to.

    Attributes:
        file_name: lower-case ASCII, for example "agreement.pdf"; no two alike.
        body: its bytes.
        kind: what it is.
        media_type: for example "application/pdf".
        title_zh, title_en: for people.
        committed: the records that commit to it.
    """

    file_name: str
    body: bytes
    kind: DocumentKind
    media_type: str
    title_zh: str
    title_en: str
    committed: Sequence[CommittedBy]


@dataclass(frozen=True, slots=True, kw_only=True)
class AidFile:
    """A file for people, such as the index drawn as a PDF; nothing on a log commits to it."""

    file_name: str
    body: bytes
    media_type: str
    title_zh: str
    title_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenRecord:
    """A record with its place on the log.

    Attributes:
        body: its bytes: the leaf.
        proof: under a checkpoint that the quorum cosigned.
        share: of the submitter's batch; None for an objection, which no submitter signs.
    """

    body: bytes
    proof: TlogProof
    share: BatchShare | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanOnLog:
    """All of a loan on one log.

    Attributes:
        origin: the log.
        steps: from number 1 to the last.
        objections: from number 1 to the last.
        verdicts: on the batches of these records, and those that the objections come from.
    """

    origin: str
    steps: Sequence[ProvenRecord]
    objections: Sequence[ProvenRecord] = ()
    verdicts: Sequence[SignedVerdict] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageContent:
    """What is to be packed.

    Attributes:
        loan_number: as the bank writes it.
        loan_salt: 32 bytes, by which the pseudonym on the logs was made.
        made_at: aware.
        trusted: parties and keys, as the readers know them.
        logs: logs with records of the loan; those without may be left out.
        ends: statements of different nodes that agree.
        documents: every document that a record commits to, but for those in `withheld`.
        withheld: the rest, with reasons.
        aids: files for people.
    """

    loan_number: str
    loan_salt: bytes
    made_at: datetime
    trusted: TrustedNetwork
    logs: Sequence[LoanOnLog]
    ends: Sequence[SignedLoanEnd]
    documents: Sequence[Document]
    withheld: Sequence[WithheldDocument] = ()
    aids: Sequence[AidFile] = ()
