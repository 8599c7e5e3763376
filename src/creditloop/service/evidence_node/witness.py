"""The witness protocol's text form (C2SP tlog-witness, add-checkpoint): read, and answered by status.

old SIZE
HASH …                   consistency proof, base64, at most 63 lines

the checkpoint with its signatures
"""

import re
from dataclasses import dataclass

from creditloop.evidence.network import Refusal, RefusedError
from creditloop.evidence.network.canonical_base64 import decoded
from creditloop.evidence.network.node import STATUS, Answer, Outcome

BODY_BYTES_MAX = 131_072
"""Most bytes of a request."""
SIZE_TYPE, TEXT_TYPE = "text/x.tlog.size", "text/plain; charset=utf-8"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_PROOF_MAX = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """A request.

    Attributes:
        old_size: entries of the checkpoint that the log believes we cosigned last.
        proof: hashes from there to the new one.
        checkpoint: the signed note.
    """

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: str


def read_add_checkpoint(body: bytes) -> AddCheckpoint:
    """Read a request.

    Raises: RefusedError if it is too large or malformed.
    """
    if len(body) > BODY_BYTES_MAX:
        raise RefusedError(Refusal.OVERSIZED, "a request is too large", expected=f"<= {BODY_BYTES_MAX} bytes")
    try:
        head, empty, checkpoint = body.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise RefusedError(Refusal.MALFORMED, "a request is not UTF-8") from None
    first, *lines = head.split("\n")
    old = _OLD.fullmatch(first)
    proof = [decoded(line) for line in lines]
    hashes = tuple(hash_ for hash_ in proof if hash_ is not None and len(hash_) == 32)
    if old is None or not empty or len(hashes) < len(proof) or len(proof) > _PROOF_MAX:
        raise RefusedError(
            Refusal.MALFORMED,
            "not an add-checkpoint request",
            got=repr(head[:80]),
            expected="old SIZE, hashes in base64, an empty line, the checkpoint",
        )
    return AddCheckpoint(old_size=int(old[1]), proof=hashes, checkpoint=checkpoint)


def witness_answer(answer: Answer) -> tuple[int, str, str]:
    """Return status, media type and text for an answer: our cosignature, or our size where sizes differ."""
    status = STATUS[answer.outcome]
    if answer.outcome is Outcome.DONE:
        return status, TEXT_TYPE, answer.cosignature
    if status == 409:
        return status, SIZE_TYPE, f"{answer.size}\n"
    return status, TEXT_TYPE, f"{answer.outcome}: {answer.detail}\n"
