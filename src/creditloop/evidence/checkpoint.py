"""Checkpoints (检查点; C2SP tlog-checkpoint): which log, how many entries, which root; signed."""

import base64
import binascii
import re
from dataclasses import dataclass

from creditloop.evidence.hashing import HASH_SIZE
from creditloop.evidence.note import open_note, sign_note, stands_under
from creditloop.evidence.signature import Signer, Verifier, check_name
from creditloop.evidence.sm2 import Sm2Signer, Sm2Verifier
from creditloop.kernel.errors import EvidenceError, InputError

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state of a log at one moment.

    Attributes:
        origin: the log's name, also its key's name.
        size: entries.
        root: root of the tree of their leaf hashes.
    """

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the three lines that are signed: origin, size, base64 of the root."""
        return f"{check_name(self.origin)}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, *, signer: Signer, sm2: Sm2Signer | None = None) -> str:
    """Return a checkpoint as a signed note.

    Args:
        checkpoint: what is signed.
        signer: the log's key, whose line comes first.
        sm2: a key whose line comes after it.

    Raises: InputError if an SM2 key would sign alone.
    """
    if isinstance(signer, Sm2Signer):
        raise InputError("an SM2 key signs beside a log's key, not instead", got=signer.name)
    return sign_note(checkpoint.text(), signers=[signer] if sm2 is None else [signer, sm2])


def open_checkpoint(note: str, *, verifier: Verifier, sm2: Sm2Verifier | None = None) -> Checkpoint:
    """Read a signed checkpoint of the log whose key is given.

    Args:
        note: the signed checkpoint.
        verifier: the log's key.
        sm2: a key that must have signed beside it; without it lines of SM2 keys are passed over.

    Raises: EvidenceError if a signature is bad or missing, the text is not a checkpoint's, or it is another
        log's; InputError if an SM2 key stands in the place of the log's.
    """
    if isinstance(verifier, Sm2Verifier):
        raise InputError("an SM2 key signs beside a log's key, not instead", got=verifier.name)
    checkpoint = checkpoint_from_text(open_note(note, verifiers=[verifier]).text)
    if checkpoint.origin != verifier.name:
        raise EvidenceError("a checkpoint of another log", got=checkpoint.origin, expected=verifier.name)
    if sm2 is not None:
        _check_sm2(note, checkpoint=checkpoint, key=sm2)
    return checkpoint


def _check_sm2(note: str, *, checkpoint: Checkpoint, key: Sm2Verifier) -> None:
    """Check that an SM2 key of the log signed its checkpoint too.

    Args:
        note: a note that was opened with the log's own key.
        checkpoint: what it says.
        key: the SM2 key, named like the log.

    Raises: EvidenceError if the key is another log's, or its line is bad or missing.
    """
    if key.name != checkpoint.origin:
        raise EvidenceError("an SM2 key of another log", got=key.name, expected=checkpoint.origin)
    if not stands_under(note, verifier=key):
        raise EvidenceError(
            "the log's SM2 key did not sign the checkpoint",
            expected=key.text(),
            where={"size": checkpoint.size},
        )


def checkpoint_from_text(text: str) -> Checkpoint:
    """Read the three lines; extension lines, signs and leading zeros are refused, we never write them."""
    try:
        origin, size, encoded = text.removesuffix("\n").split("\n")
        root = base64.b64decode(encoded, validate=True)
        if not origin or not _SIZE.fullmatch(size) or len(root) != HASH_SIZE:
            raise ValueError
    except (ValueError, binascii.Error):
        raise EvidenceError(
            "not a checkpoint", got=repr(text), expected="origin, size and base64 root, one line each"
        ) from None
    return Checkpoint(origin=origin, size=int(size), root=root)
