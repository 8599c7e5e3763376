"""The proof that a record is in a log that others saw (上链证明; C2SP tlog-proof), as one text file.

```
c2sp.org/tlog-proof@v1
extra BASE64              (only where there is extra data)
index NUMBER
BASE64                    (each hash of the path, from the leaf's sibling up)

signed checkpoint with its cosignatures
```
A proof needs the record and a policy beside it and no network. Extra data is not proven by anything.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from creditloop.evidence.hashing import HASH_SIZE, check_inclusion, leaf_hash
from creditloop.evidence.network.canonical_base64 import decoded, encoded
from creditloop.evidence.network.cosignature import (
    NOTE_CHARACTERS_MAX,
    SIZE_MAX,
    Cosigned,
    unverified_checkpoint,
)
from creditloop.evidence.network.policy import NotePolicy
from creditloop.evidence.network.tree import KeptTree
from creditloop.kernel.errors import EvidenceError, InputError

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile("index (0|[1-9][0-9]{0,18})")
_PATH_MAX = 63
"""Hashes of the longest path: a tree of 2**63 leaves."""
EXTRA_BYTES_MAX = 65_536
"""Longer extra data is refused."""
PROOF_CHARACTERS_MAX = NOTE_CHARACTERS_MAX + EXTRA_BYTES_MAX * 4 // 3 + 4_096
"""Longer proofs are refused before they are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogProof:
    """A record's place in a log.

    Attributes:
        extra: opaque data of the maker's, not proven; at most 65,536 bytes, empty for none.
        index: the record's number in the log, from 0.
        path: hashes from the leaf's sibling to the root's child.
        checkpoint: the signed checkpoint with its cosignatures.

    Raises: EvidenceError on making one that the text form cannot carry.
    """

    extra: bytes = b""
    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    def __post_init__(self) -> None:
        if not 0 <= self.index < SIZE_MAX:
            raise EvidenceError("not an index of a log", got=self.index, expected="0..2**63 - 2")
        if len(self.path) > _PATH_MAX or any(len(one) != HASH_SIZE for one in self.path):
            raise EvidenceError(
                "not an inclusion path",
                got=[len(one) for one in self.path],
                expected=f"at most {_PATH_MAX} hashes of {HASH_SIZE} bytes",
            )
        if len(self.extra) > EXTRA_BYTES_MAX:
            raise EvidenceError(
                "a proof's extra data is too long",
                got=len(self.extra),
                expected=f"<= {EXTRA_BYTES_MAX} bytes",
            )
        unverified_checkpoint(self.checkpoint)

    def text(self) -> str:
        """Return the proof as the text of a `.tlog-proof` file."""
        extra = [f"extra {encoded(self.extra)}"] if self.extra else []
        path = [encoded(one) for one in self.path]
        return "\n".join([_HEADER, *extra, f"index {self.index}", *path, "", self.checkpoint])


def tlog_proof_from_text(text: str) -> TlogProof:
    """Read a proof; only the one form that `TlogProof.text` writes is taken.

    Raises: EvidenceError if it is too long or not a proof.
    """
    if len(text) > PROOF_CHARACTERS_MAX:
        raise EvidenceError(
            "a proof is too long", got=len(text), expected=f"<= {PROOF_CHARACTERS_MAX} characters"
        )
    head, mark, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not mark or lines.pop(0) != _HEADER:
        raise EvidenceError("not a log's proof", got=repr(text[:80]), expected=_HEADER)
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = _bytes(lines.pop(0).removeprefix("extra "))
        if not extra:
            raise EvidenceError("a proof without extra data has no extra line")
    index = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None:
        raise EvidenceError("a proof without its index", got=repr(head[:200]), expected="index NUMBER")
    return TlogProof(
        extra=extra,
        index=int(index[1]),
        path=tuple(_bytes(line) for line in lines[: _PATH_MAX + 1]),
        checkpoint=checkpoint,
    )


def make(*, leaf_hashes: Sequence[bytes], index: int, checkpoint: str, extra: bytes = b"") -> TlogProof:
    """Make the proof of one record; for several of one checkpoint `make_many` hashes the tree once.

    Raises: as `make_many`.
    """
    (proof,) = make_many(leaf_hashes=leaf_hashes, indexes=[index], checkpoint=checkpoint)
    return TlogProof(extra=extra, index=index, path=proof.path, checkpoint=checkpoint)


def make_many(*, leaf_hashes: Sequence[bytes], indexes: Sequence[int], checkpoint: str) -> list[TlogProof]:
    """Make the proofs of records under one checkpoint, in the order of their indexes.

    Costs one hash a leaf. The checkpoint's signatures are not checked here, they need a policy.

    Args:
        leaf_hashes: of all entries that the checkpoint covers, in order.
        indexes: 0..entries - 1.
        checkpoint: signed, with its cosignatures.

    Raises: EvidenceError if the leaf hashes do not give the checkpoint's root; InputError if there is no such
        index.
    """
    covered = unverified_checkpoint(checkpoint)
    for index in indexes:
        if not 0 <= index < len(leaf_hashes):
            raise InputError("no such entry in the log", got=index, expected=f"0..{len(leaf_hashes) - 1}")
    tree = KeptTree()
    for leaf in leaf_hashes:
        tree.add(leaf)
    root = tree.root()
    if (len(leaf_hashes), root) != (covered.size, covered.root):
        raise EvidenceError(
            "the leaf hashes are not those of the checkpoint",
            got=f"{len(leaf_hashes)} entries, root {root.hex()}",
            expected=f"{covered.size} entries, root {covered.root.hex()}",
            where={"log": covered.origin},
        )
    size = covered.size
    return [
        TlogProof(index=index, path=tuple(tree.inclusion(index, size)), checkpoint=checkpoint)
        for index in indexes
    ]


def check(proof: TlogProof, leaf: bytes, policy: NotePolicy, *, not_after: int | None = None) -> Cosigned:
    """Check that a record is in a log of the policy, under a checkpoint that the policy's quorum saw.

    Args:
        proof: as made or read.
        leaf: the record's own bytes, not their hash.
        policy: got beforehand, not with the proof.
        not_after: POSIX seconds; a cosignature dated later is refused. None: any time is taken.

    Returns: the checkpoint and when each witness saw it.
    Raises: EvidenceError saying what does not verify.
    """
    cosigned = policy.check(proof.checkpoint, not_after=not_after)
    check_inclusion(
        index=proof.index,
        size=cosigned.checkpoint.size,
        leaf=leaf_hash(leaf),
        root=cosigned.checkpoint.root,
        proof=proof.path,
    )
    return cosigned


def _bytes(text: str) -> bytes:
    raw = decoded(text)
    if raw is None:
        raise EvidenceError("not base64 in its one form", got=repr(text[:200]))
    return raw
