"""The witness protocol's text form (C2SP tlog-witness, add-checkpoint): read, and answered by status.

old SIZE
HASH …                   consistency proof, base64, at most 63 lines

the checkpoint with its signatures
"""

import re
from dataclasses import dataclass

from creditloop.evidence.network import Refusal, RefusedError, base64_bytes
from creditloop.evidence.network.node import STATUS, Answer, Outcome

BODY_BYTES_MAX = 131_072
"""Most bytes of a request."""
_BRING_ROUNDS = "bring the rounds from the old size on by POST /rounds, then ask again"
SIZE_TYPE, TEXT_TYPE = "text/x.tlog.size", "text/plain; charset=utf-8"
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_OLD = re.compile(rf"old ({_SIZE.pattern})")
_SIGNATURES = re.compile(r"(?:— [^\s+]+ [A-Za-z0-9+/]+={0,2}\n)+")
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

    @property
    def size(self) -> int:
        """Entries under the checkpoint as it says itself; 0 if it says nothing of the kind."""
        line = self.checkpoint.split("\n", 2)[1:2]
        return int(line[0]) if line and _SIZE.fullmatch(line[0]) else 0


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
    proof = [base64_bytes(line) for line in lines]
    hashes = tuple(hash_ for hash_ in proof if hash_ is not None and len(hash_) == 32)
    text, _, signatures = checkpoint.rpartition("\n\n")
    is_note = text.count("\n") >= 2 and _SIGNATURES.fullmatch(signatures) is not None
    if old is None or not empty or len(hashes) < len(proof) or len(proof) > _PROOF_MAX or not is_note:
        raise RefusedError(
            Refusal.MALFORMED,
            "not an add-checkpoint request",
            got=repr(head[:80]),
            expected="old SIZE, hashes in base64, an empty line, the signed checkpoint",
        )
    return AddCheckpoint(old_size=int(old[1]), proof=hashes, checkpoint=checkpoint)


def witness_answer(answer: Answer) -> tuple[int, str, str]:
    """Return status, media type and text for an answer: our cosignature, or our size where sizes differ."""
    status = STATUS[answer.outcome]
    if answer.outcome is Outcome.DONE:
        return status, TEXT_TYPE, answer.cosignature
    if status == 409:
        return status, SIZE_TYPE, f"{answer.size}\n"
    detail = _BRING_ROUNDS if answer.outcome is Outcome.RECORDS_MISSING else answer.detail
    return status, TEXT_TYPE, f"{answer.outcome}: {detail}\n"
