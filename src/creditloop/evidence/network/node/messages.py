"""What nodes ask each other, what they answer, and the status of each answer; JSON, bounded, strictly read.

Every request says when it was sent. Whatever matters in it is signed by its maker, so a transport may lose,
double or reorder messages; it must say truly which party a message comes from (mutual authentication).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, TypeVar

import msgspec

from creditloop.evidence.network.batch import SignedBatch, SignedHeader
from creditloop.evidence.network.node.contradiction import Contradiction
from creditloop.evidence.network.record import Count, Hex, Instant, Name, Refusal, RefusedError
from creditloop.evidence.network.verdict import SignedVerdict

MESSAGE_BYTES_MAX = 16 << 20
"""Most bytes of a request or an answer."""
PORTION_BYTES = 4 << 20
"""About as many bytes of rounds are sent at once, at least one round."""
PORTION_HASHES = 50_000
"""Most leaf hashes that are sent at once."""
NOTES_MAX, HEADERS_MAX, CONTRADICTIONS_MAX = 64, 64, 32

_Note = Annotated[str, msgspec.Meta(max_length=131_072)]
_Notes = Annotated[tuple[_Note, ...], msgspec.Meta(max_length=NOTES_MAX)]
_Headers = Annotated[tuple[SignedHeader, ...], msgspec.Meta(max_length=HEADERS_MAX)]
_Contradictions = Annotated[tuple[Contradiction, ...], msgspec.Meta(max_length=CONTRADICTIONS_MAX)]
_Proof = Annotated[tuple[Hex, ...], msgspec.Meta(max_length=63)]
_Hashes = Annotated[tuple[Hex, ...], msgspec.Meta(max_length=PORTION_HASHES)]


class Propose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="propose"):
    """A log's operator asks for a verdict.

    Attributes:
        size: entries of the log on top of which the batch is to stand.
    """

    batch: SignedBatch
    sent_at: Instant
    size: Count


class Append(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="append"):
    """A log's operator asks for a cosignature: the witness protocol's add-checkpoint, with the rounds.

    Attributes:
        checkpoint: signed by its log.
        old_size: entries of the mirror, as the operator believes.
        proof: RFC 6962 consistency proof from the old size; empty if that is 0.
        rounds: canonical texts of the rounds from the old size to the checkpoint.
    """

    checkpoint: _Note
    old_size: Count
    proof: _Proof
    rounds: tuple[msgspec.Raw, ...]
    sent_at: Instant


class Gossip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="gossip"):
    """What a node knows of all logs; the answer is what the other knows.

    Attributes:
        notes: the last checkpoints it has, with their signatures.
        headers: signed headers of batches that it gave a verdict on and that are not on their log yet.
        contradictions: proofs it has.
    """

    contradictions: _Contradictions
    headers: _Headers
    notes: _Notes
    sent_at: Instant


class FetchHashes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="fetch_hashes"):
    """Ask for the leaf hashes at `[first, after)` of a log."""

    after: Count
    first: Count
    origin: Name
    sent_at: Instant


class FetchRounds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="fetch_rounds"):
    """Ask for the rounds of a log from one that begins at `first`, as many as fit."""

    first: Count
    origin: Name
    sent_at: Instant


Request = Propose | Append | Gossip | FetchHashes | FetchRounds


class Outcome(StrEnum):
    """How a request ended; `STATUS` gives the HTTP status of each."""

    DONE = "done"
    MALFORMED = "malformed"
    OVERSIZED = "oversized"
    OLD_SIZE_ABOVE = "old_size_above"
    UNKNOWN_KEY = "unknown_key"
    WRONG_SENDER = "wrong_sender"
    WRONG_SIGNATURE = "wrong_signature"
    UNKNOWN_ORIGIN = "unknown_origin"
    CONFLICTING_REPEAT = "conflicting_repeat"
    FORKED = "forked"
    REPLAYED = "replayed"
    ROOT_DIFFERS = "root_differs"
    SIZE_DIFFERS = "size_differs"
    FUTURE_DATED = "future_dated"
    PROOF_WRONG = "proof_wrong"
    ROUND_WRONG = "round_wrong"
    RECORDS_MISSING = "records_missing"
    RECOVERING = "recovering"
    STORE_FAILED = "store_failed"


STATUS: Mapping[Outcome, int] = MappingProxyType(
    {
        Outcome.DONE: 200,
        Outcome.MALFORMED: 400,
        Outcome.OVERSIZED: 400,
        Outcome.OLD_SIZE_ABOVE: 400,
        Outcome.UNKNOWN_KEY: 403,
        Outcome.WRONG_SENDER: 403,
        Outcome.WRONG_SIGNATURE: 403,
        Outcome.UNKNOWN_ORIGIN: 404,
        Outcome.CONFLICTING_REPEAT: 409,
        Outcome.FORKED: 409,
        Outcome.REPLAYED: 409,
        Outcome.ROOT_DIFFERS: 409,
        Outcome.SIZE_DIFFERS: 409,
        Outcome.FUTURE_DATED: 422,
        Outcome.PROOF_WRONG: 422,
        Outcome.ROUND_WRONG: 422,
        Outcome.RECORDS_MISSING: 503,
        Outcome.RECOVERING: 503,
        Outcome.STORE_FAILED: 503,
    }
)
"""HTTP status of each outcome; 503 means: not now, ask again."""

OUTCOME_OF: Mapping[Refusal, Outcome] = MappingProxyType(
    {
        Refusal.MALFORMED: Outcome.MALFORMED,
        Refusal.OVERSIZED: Outcome.OVERSIZED,
        Refusal.WRONG_SIGNATURE: Outcome.WRONG_SIGNATURE,
        Refusal.UNKNOWN_KEY: Outcome.UNKNOWN_KEY,
        Refusal.UNKNOWN_ORIGIN: Outcome.UNKNOWN_ORIGIN,
        Refusal.ROUND_WRONG: Outcome.ROUND_WRONG,
        Refusal.ROOT_DIFFERS: Outcome.ROUND_WRONG,
    }
)
"""How a refusal is answered; a root that differs from what rounds lead to is a wrong round."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a node answers.

    Attributes:
        outcome: how it ended.
        detail: for people.
        size: entries of the log at the answering node.
        note: its last checkpoint of the log, where sizes differ.
        verdict: the verdict asked for.
        cosignature: the signature line asked for.
        hashes: the leaf hashes asked for.
        rounds: canonical texts of the rounds asked for.
        notes, headers, contradictions: as in `Gossip`.
    """

    outcome: Outcome
    detail: str = ""
    size: Count = 0
    note: _Note = ""
    verdict: SignedVerdict | None = None
    cosignature: Annotated[str, msgspec.Meta(max_length=8_000)] = ""
    hashes: _Hashes = ()
    rounds: tuple[msgspec.Raw, ...] = ()
    notes: _Notes = ()
    headers: _Headers = ()
    contradictions: _Contradictions = ()


_Message = TypeVar("_Message")
_ENCODER = msgspec.json.Encoder()
_REQUESTS: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_ANSWERS = msgspec.json.Decoder(Answer)


def message_bytes(message: Request | Answer) -> bytes:
    """Write a request or an answer."""
    return _ENCODER.encode(message)


def read_request(body: bytes) -> Request:
    """Read a request.

    Raises: RefusedError if it is too large or malformed.
    """
    return _read(body, _REQUESTS)


def read_answer(body: bytes) -> Answer:
    """Read an answer.

    Raises: RefusedError if it is too large or malformed.
    """
    return _read(body, _ANSWERS)


def _read(body: bytes, decoder: "msgspec.json.Decoder[_Message]") -> _Message:
    if len(body) > MESSAGE_BYTES_MAX:
        raise RefusedError(
            Refusal.OVERSIZED, "a message is too large", got=len(body), expected=f"<= {MESSAGE_BYTES_MAX}"
        )
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(Refusal.MALFORMED, "not a message", got=str(error)) from None
