"""Checkpoints (检查点; C2SP tlog-checkpoint): which log, how many entries, which root; signed."""

import base64
import binascii
import re
from dataclasses import dataclass

from creditloop.evidence.hashing import HASH_SIZE
from creditloop.evidence.note import open_note, sign_note
from creditloop.evidence.signature import Signer, Verifier, check_name
from creditloop.kernel.errors import EvidenceError

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


def sign_checkpoint(checkpoint: Checkpoint, *, signer: Signer) -> str:
    """Return a checkpoint as a signed note."""
    return sign_note(checkpoint.text(), signers=[signer])


def open_checkpoint(note: str, *, verifier: Verifier) -> Checkpoint:
    """Read a signed checkpoint of the log whose key is given.

    Raises: EvidenceError if the signature does not verify, the text is not a checkpoint's, or it is another
        log's.
    """
    checkpoint = checkpoint_from_text(open_note(note, verifiers=[verifier]).text)
    if checkpoint.origin != verifier.name:
        raise EvidenceError("a checkpoint of another log", got=checkpoint.origin, expected=verifier.name)
    return checkpoint


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
