"""What a leaf of the network's logs says (存证记录): canonical JSON without personal data.

A record names a step in a loan's life by salted commitments only: the loan by a pseudonym, documents by
commitments, the submitter by a key's name. The records of one loan on one log are numbered and each carries
the hash of the one before (`sequence`, `previous`), so that none can be left out unseen. Objections
are records too, numbered by themselves: nobody disturbs a loan's chain by objecting.

Every form here is read strictly: the bytes must be the one canonical form of what they say.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

import msgspec

from creditloop.evidence.hashing import leaf_hash
from creditloop.evidence.network.canonical_base64 import decoded, encoded
from creditloop.evidence.signature import Signer, Verifier
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import EvidenceError

RECORD_BYTES_MAX = 4_096
"""Most bytes of a record."""
DOCUMENTS_MAX = 16
"""Most documents one record commits to."""
NO_RECORD = "0" * 64
"""`previous` of a loan's first record."""

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:-]{0,99}\Z")]
Hex = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
Instant = Annotated[
    str,
    msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\Z"),
]
Signature = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+/]{86}==\Z")]

_ENCODER = msgspec.json.Encoder(order="sorted")
_Form = TypeVar("_Form", bound=msgspec.Struct)


class Refusal(StrEnum):
    """Why a message, or a part of it, is refused; stable names."""

    MALFORMED = "malformed"
    OVERSIZED = "oversized"
    WRONG_SIGNATURE = "wrong_signature"
    UNKNOWN_KEY = "unknown_key"
    UNKNOWN_ORIGIN = "unknown_origin"
    ROUND_WRONG = "round_wrong"
    ROOT_DIFFERS = "root_differs"


class RefusedError(EvidenceError):
    """Something another party sent is refused, for a reason that has a name."""

    def __init__(
        self, refusal: Refusal, message: str, *, got: object = None, expected: object = None
    ) -> None:
        super().__init__(message, got=got, expected=expected, where={"refusal": refusal.value})
        self.refusal = refusal


class RecordKind(StrEnum):
    """The step a record is about."""

    AGREEMENT = "agreement"
    BREAK_GLASS = "break_glass"
    CHANGE = "change"
    CHARGE = "charge"
    CLASSIFICATION = "classification"
    CONTACT = "contact"
    DECISION = "decision"
    KEY_CHANGE = "key_change"
    OBJECTION = "objection"
    OVERDUE = "overdue"
    PARTY_CHANGE = "party_change"
    PAYOUT = "payout"
    RECOVERY = "recovery"
    REFUND = "refund"
    REPAYMENT = "repayment"
    REVERSAL = "reversal"
    STATEMENT = "statement"
    WAIVER = "waiver"
    WARNING = "warning"
    WRITE_OFF = "write_off"


class Lane(StrEnum):
    """The two chains of a loan on a log: its steps, and the objections to them."""

    STEPS = "steps"
    OBJECTIONS = "objections"


class DocumentCommitment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document the record commits to.

    Attributes:
        commitment: SHA-256 of a salt and the document, hex; the salt stays with the document.
        name: which of the step's documents it is, for example "agreement_signed".
    """

    commitment: Hex
    name: Slug


class Objected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an objection objects to.

    Attributes:
        node: the party that objects.
        reason: its reason, a name, never free text.
        record: hash of the record objected to.
        verdict: SHA-256 of the signed verdict that says so.
    """

    node: Name
    reason: Slug
    record: Hex
    verdict: Hex


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One leaf of a log.

    Attributes:
        documents: commitments, in order of their names, each name once.
        kind: the step.
        loan: pseudonym of the loan: SHA-256 of a salt and its number, hex.
        objection: what an objection objects to; absent in all other kinds.
        occurred_at: the submitter's clock, ISO in UTC with microseconds.
        origin: the log it is meant for.
        previous: hash of the record before it in its chain; 64 zeros for the first.
        sequence: its number in its chain, from 1.
        submitter: name of the key that signs its batch; for an objection, the party that objects.
        v: version of this form.
    """

    documents: Annotated[tuple[DocumentCommitment, ...], msgspec.Meta(max_length=DOCUMENTS_MAX)]
    kind: RecordKind
    loan: Hex
    objection: Objected | msgspec.UnsetType = msgspec.UNSET
    occurred_at: Instant
    origin: Name
    previous: Hex
    sequence: Number
    submitter: Name
    v: Literal[1]

    @property
    def lane(self) -> Lane:
        """Which of the loan's chains it stands in."""
        return Lane.OBJECTIONS if self.kind is RecordKind.OBJECTION else Lane.STEPS

    @property
    def chain(self) -> tuple[str, Lane]:
        """The chain it stands in: the loan and its lane."""
        return self.loan, self.lane

    def body(self) -> bytes:
        """Return the canonical JSON: the leaf."""
        return canonical_form(self)


def record_hash(body: bytes) -> str:
    """Return a record's hash: its leaf hash in the log's tree, hex."""
    return leaf_hash(body).hex()


def read_record(body: bytes) -> Record:
    """Read a record.

    Raises: RefusedError if it is too large, is not the canonical form of a record, or contradicts itself.
    """
    record = read_form(body, Record, bytes_max=RECORD_BYTES_MAX, what="a record")
    moment_from_text(record.occurred_at)
    names = [document.name for document in record.documents]
    if names != sorted(set(names)):
        raise RefusedError(Refusal.MALFORMED, "documents are not in order, each once", got=names)
    if (record.kind is RecordKind.OBJECTION) != (record.objection is not msgspec.UNSET):
        raise RefusedError(Refusal.MALFORMED, "an objection says to what, nothing else does", got=record.kind)
    if (record.sequence == 1) != (record.previous == NO_RECORD):
        raise RefusedError(
            Refusal.MALFORMED, "the first of a chain, and no other, has none before it", got=record.sequence
        )
    return record


def canonical_form(value: msgspec.Struct) -> bytes:
    """Return the canonical JSON of a form whose text is all ASCII: keys sorted, no white space."""
    return _ENCODER.encode(value)


def form_hash(value: msgspec.Struct) -> str:
    """Return SHA-256 of a form's canonical text, hex."""
    return hashlib.sha256(canonical_form(value)).hexdigest()


def sign_form(value: msgspec.Struct, *, signer: Signer) -> str:
    """Return the signature over a form's canonical text, as text."""
    return signature_text(signer.sign(canonical_form(value)))


def is_signed(value: msgspec.Struct, signature: str, *, keys: Iterable[Verifier]) -> bool:
    """Say whether a text is the signature by one of the keys over a form's canonical text.

    Raises: RefusedError if the text is not the one form of 64 bytes.
    """
    raw, message = signature_bytes(signature), canonical_form(value)
    return any(key.verify(message, raw) for key in keys)


def read_form(body: bytes, form: type[_Form], *, bytes_max: int, what: str) -> _Form:
    """Read a form from the one canonical text it has.

    Raises: RefusedError if it is too large, malformed, or written in another way.
    """
    if len(body) > bytes_max:
        raise RefusedError(
            Refusal.OVERSIZED, f"{what} is too large", got=len(body), expected=f"<= {bytes_max} bytes"
        )
    try:
        value = msgspec.json.decode(body, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(Refusal.MALFORMED, f"not {what}", got=str(error)) from None
    if canonical_form(value) != bytes(body):
        raise RefusedError(Refusal.MALFORMED, f"{what} is not in its canonical form")
    return value


def instant_text(moment: datetime) -> str:
    """Write an aware instant as the forms here do.

    Raises: InputError if it is naive.
    """
    moment = check_aware(moment, name="an instant on the log")
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment_from_text(text: str) -> datetime:
    """Read an instant.

    Raises: RefusedError if there is no such instant.
    """
    if not re.fullmatch(r"[0-9T:.-]{26}Z", text):
        raise RefusedError(Refusal.MALFORMED, "not an instant", got=text[:40])
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(Refusal.MALFORMED, "not an instant", got=text) from None


def signature_text(raw: bytes) -> str:
    """Write the 64 bytes of a signature."""
    return encoded(raw)


def signature_bytes(text: str) -> bytes:
    """Read a signature from its one text.

    Raises: RefusedError if the text is not the one form of 64 bytes.
    """
    raw = decoded(text)
    if raw is None or len(raw) != 64:
        raise RefusedError(Refusal.MALFORMED, "not a signature in its one form", got=text)
    return raw
