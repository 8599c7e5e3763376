"""Cosignatures (见证签名; C2SP tlog-cosignature): a witness signs that it saw a checkpoint, and when.

The line of one witness goes under the log's own line, in the same signed note:

```
— WITNESS BASE64(key id, POSIX seconds as 8 bytes, Ed25519 signature)
```
What is signed is `cosignature/v1`, `time SECONDS` and the checkpoint's text. The key's name is not signed: a
key serves one witness and nothing else. Who has an SM2 key (国密) as well signs by both, a second line after
the first, with the same time: for whoever knows that key one without the other is no signature.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from creditloop.evidence.checkpoint import Checkpoint, checkpoint_from_text
from creditloop.evidence.network.canonical_base64 import decoded, encoded
from creditloop.evidence.note import open_note
from creditloop.evidence.signature import (
    CosignatureSigner,
    CosignatureVerifier,
    Verifier,
    cosignature_time,
)
from creditloop.evidence.sm2 import Sm2CosignatureSigner, Sm2CosignatureVerifier, Sm2Verifier
from creditloop.kernel.errors import EvidenceError, InputError

__all__ = [
    "NOTE_CHARACTERS_MAX",
    "SIZE_MAX",
    "CosignatureSigner",
    "CosignatureVerifier",
    "Cosigned",
    "Sm2Key",
    "cosign",
    "open_by_label",
    "open_cosigned",
    "unverified_checkpoint",
]

SIZE_MAX = 2**63 - 1
"""Entries of the largest log: what a signed 64-bit number holds, in other programs and in databases."""
Sm2Key = Sm2Verifier | Sm2CosignatureVerifier
"""A log's or a witness's, by which whoever has a key of that name must have signed too."""
NOTE_CHARACTERS_MAX = 131_072
"""Longer notes are refused; the 16 post-quantum signatures of the specification would take 80,000."""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint whose signatures were checked.

    Attributes:
        checkpoint: what log and witnesses signed.
        times: POSIX seconds by the name of the witness, in the order of the witnesses asked for.
        base: the signed checkpoint with its log's signature alone.
        lines: signature lines by the name of the witness, of those in `times`.
    """

    checkpoint: Checkpoint
    times: Mapping[str, int]
    base: str
    lines: Mapping[str, str]


def cosign(
    checkpoint_text: str, *, signer: CosignatureSigner, at: int, sm2: Sm2CosignatureSigner | None = None
) -> str:
    """Return a witness's signature lines over a checkpoint's text, each ending in a line feed.

    Appended to a signed checkpoint they give the cosigned one. Whether the checkpoint deserves it is the
    caller's business.

    Args:
        checkpoint_text: the three lines, as `Checkpoint.text` writes them.
        signer: the witness's key.
        at: POSIX seconds.
        sm2: its SM2 key, whose line comes second; without it there is one line.

    Raises: EvidenceError if the text is not a checkpoint's; InputError if the time is out of range.
    """
    _read_checkpoint(checkpoint_text)
    text = checkpoint_text.encode()
    line = _line(signer.verifier, signer.sign(text, at=at))
    return line if sm2 is None else line + _line(sm2.verifier, sm2.sign(text, at=at))


def open_cosigned(
    note: str,
    *,
    log: Verifier,
    witnesses: Sequence[CosignatureVerifier],
    not_after: int | None = None,
    sm2: Sequence[Sm2Key] = (),
) -> Cosigned:
    """Check a checkpoint's signature by its log and its cosignatures by those witnesses that signed it.

    Whoever signed it is told in `times`; how many must have is the caller's rule (`NetworkPolicy`).

    Args:
        note: the signed checkpoint with its cosignatures.
        log: the log's key, named as its origin.
        witnesses: keys of different names.
        not_after: POSIX seconds; a cosignature dated later is refused. None: any time is taken.
        sm2: keys by which the log and the witnesses of their names sign too: a witness that did not by both,
            at one time, is passed over.

    Raises: EvidenceError if the note is too long or malformed, the log did not sign it, a known key's
        signature is bad, or a cosignature lies in the future; InputError if two witnesses have one name or
        the log's key is a witness's.
    """
    by_name = {witness.name: witness for witness in witnesses}
    if len(by_name) < len(witnesses):
        raise InputError("two witnesses of one name", got=sorted(witness.name for witness in witnesses))
    return open_by_label(note, logs=[log], witnesses=by_name, not_after=not_after, sm2=sm2)


def open_by_label(
    note: str,
    *,
    logs: Sequence[Verifier],
    witnesses: Mapping[str, CosignatureVerifier],
    not_after: int | None,
    sm2: Sequence[Sm2Key] = (),
) -> Cosigned:
    """As `open_cosigned`, for several logs' keys and witnesses told by labels of the caller's."""
    if any(isinstance(log, CosignatureVerifier) for log in logs):
        raise InputError("a witness's key does not sign for a log", got=[log.text() for log in logs])
    _well_formed(note)
    own = [_Watched(log) for log in logs]
    others = {label: _Watched(witness) for label, witness in witnesses.items()}
    logs_too = [_Watched(key) for key in sm2 if isinstance(key, Sm2Verifier)]
    others_too = [_Watched(key) for key in sm2 if isinstance(key, Sm2CosignatureVerifier)]
    text = open_note(note, verifiers=[*own, *others.values(), *logs_too, *others_too]).text
    checkpoint = _read_checkpoint(text)
    signed = [log for log in own if log.name == checkpoint.origin and log.verified]
    if not signed:
        raise EvidenceError(
            "the checkpoint's log did not sign it",
            got=checkpoint.origin,
            expected=[log.name for log in own],
        )
    beside = [key for key in logs_too if key.name == checkpoint.origin]
    if missing := [key.text() for key in beside if not key.verified]:
        raise EvidenceError(
            "the log's SM2 key did not sign the checkpoint",
            expected=missing,
            where={"log": checkpoint.origin, "size": checkpoint.size},
        )
    times, lines = dict[str, int](), dict[str, str]()
    for label, watched in others.items():
        pair = [watched, *(key for key in others_too if key.name == watched.name)]
        if all(key.verified for key in pair) and len({cosignature_time(key.verified) for key in pair}) == 1:
            times[label] = _dated(label, watched.verified, not_after)
            lines[label] = "".join(key.line for key in pair)
    base = "".join((text, "\n", *(key.line for key in (signed[0], *beside))))
    return Cosigned(checkpoint, MappingProxyType(times), base, MappingProxyType(lines))


def unverified_checkpoint(note: str) -> Checkpoint:
    """Read a signed checkpoint whose signatures nobody has checked yet.

    Raises: EvidenceError if the note is too long or malformed.
    """
    return _read_checkpoint(_well_formed(note))


def _read_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint that is written in its one form, so that equal checkpoints have equal texts."""
    checkpoint = checkpoint_from_text(text)
    try:
        canonical = checkpoint.text() == text and checkpoint.size <= SIZE_MAX
    except InputError:
        canonical = False
    if not canonical:
        raise EvidenceError("not a checkpoint in its one form", got=repr(text))
    return checkpoint


def _well_formed(note: str) -> str:
    """Return a note's text; refuse a note that is too long or has signatures in another form than the one.

    Without the second, the unused bits at a signature's end could be changed and the note would still open.
    """
    if len(note) > NOTE_CHARACTERS_MAX:
        raise EvidenceError(
            "a note is too long", got=len(note), expected=f"<= {NOTE_CHARACTERS_MAX} characters"
        )
    text, mark, signatures = note.rpartition("\n\n")
    if not mark:
        raise EvidenceError(
            "not a signed note", got=repr(note[:200]), expected="text, empty line, signature lines"
        )
    for line in signatures.split("\n"):
        if decoded(line.rpartition(" ")[2]) is None:
            raise EvidenceError("not a signature line", got=repr(line), expected="— NAME BASE64")
    return f"{text}\n"


@dataclass(slots=True)
class _Watched:
    """A key that keeps the signature which it found good, because a note tells names only."""

    key: Verifier
    verified: bytes = b""

    @property
    def name(self) -> str:
        return self.key.name

    @property
    def key_id(self) -> bytes:
        return self.key.key_id

    def verify(self, message: bytes, signature: bytes) -> bool:
        good = self.key.verify(message, signature)
        if good:
            self.verified = signature
        return good

    def text(self) -> str:
        return self.key.text()

    @property
    def line(self) -> str:
        return _line(self.key, self.verified)


def _line(key: Verifier, signature: bytes) -> str:
    return f"— {key.name} {encoded(key.key_id + signature)}\n"


def _dated(label: str, cosignature: bytes, not_after: int | None) -> int:
    at = cosignature_time(cosignature)
    assert at is not None, "it verified"
    if not_after is not None and at > not_after:
        raise EvidenceError(
            "a cosignature lies in the future", got=at, expected=f"<= {not_after}", where={"witness": label}
        )
    return at
