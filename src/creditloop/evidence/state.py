"""Reading the folder outside the database, and judging whether it agrees with itself.

The last checkpoint is the newest signed one of `checkpoint` and `checkpoints` (a crash may have left the
former one behind). Every checkpoint of the history must be signed, grow, and have the root that the leaf
hashes give at its size. If the folder has an SM2 key, every checkpoint since the first it
signed must be signed by it too. What does not fit is damage; what a crash can leave is not.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from creditloop.evidence.checkpoint import Checkpoint, open_checkpoint
from creditloop.evidence.folder import EvidenceFolder, at_file, history_notes, read_text
from creditloop.evidence.hashing import HASH_SIZE, Tree
from creditloop.evidence.note import stands_under
from creditloop.evidence.signature import Verifier, verifier_from_text
from creditloop.evidence.sm2 import Sm2Verifier, sm2_verifier_from_text
from creditloop.kernel.errors import EvidenceError

_NOTES_KEPT = 16_384
"""Notes of the history that a process need not check again: some 10 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """A file of the folder that is not as we left it.

    Attributes:
        file: its name in the folder.
        detail: what is wrong, one sentence.
        repairable: the signed rest says what it should be, so `extend` may write it again.
    """

    file: str
    detail: str
    repairable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint with the note that carries its signature."""

    checkpoint: Checkpoint
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderState:
    """What the folder says.

    Attributes:
        verifier: the log's public key.
        last: the last checkpoint signed.
        history: every checkpoint signed, oldest first, `last` being the last of them.
        leaf_hashes: of the sealed entries; fewer than `last` says, or with another root, if damaged.
        leaves_agree: the leaf hashes have the root of the last checkpoint.
        tree: of the leaf hashes; whoever goes on takes a copy.
        history_end: bytes of the history file that are complete lines.
        damage: what does not fit.
    """

    verifier: Verifier
    last: SignedCheckpoint
    history: tuple[SignedCheckpoint, ...]
    leaf_hashes: tuple[bytes, ...]
    leaves_agree: bool
    tree: Tree
    history_end: int
    damage: tuple[Damage, ...]

    @property
    def size(self) -> int:
        """Entries under the last checkpoint."""
        return self.last.checkpoint.size


def read_state(folder: EvidenceFolder) -> FolderState:
    """Read and judge the folder.

    Raises: EvidenceError if there is no public key, or no checkpoint that it signed: nothing can be checked
        then; StateError if there is an SM2 key and the extra `sm` is missing.
    """
    verifier = folder.verifier()
    damage = _key_damage(folder)
    history, end, found = _read_history(folder, verifier)
    damage += found
    last, found = _last_checkpoint(folder, verifier, history)
    damage += found
    damage += _sm2_damage(folder, history)
    leaves, found = _read_leaves(folder, last.checkpoint)
    damage += found
    tree, wrong = grown_tree(leaves, history)
    if not found and wrong:
        damage.append(_wrong_roots(folder, wrong))
    return FolderState(
        verifier=verifier,
        last=last,
        history=tuple(history),
        leaf_hashes=leaves,
        leaves_agree=not found and last.checkpoint not in wrong,
        tree=tree,
        history_end=end,
        damage=tuple(damage),
    )


def read_last_checkpoint(folder: EvidenceFolder) -> Checkpoint:
    """Read the last checkpoint alone, for a writer who needs only that.

    Raises: EvidenceError if it is missing or not signed by the log's key.
    """
    verifier = folder.verifier()
    try:
        return open_checkpoint(read_text(folder.checkpoint_path), verifier=verifier)
    except EvidenceError as error:
        raise at_file(error, folder.checkpoint_path) from None


def _key_damage(folder: EvidenceFolder) -> list[Damage]:
    """The private key need not be here (an auditor has none), but another one must not be."""
    if not os.access(folder.key_path, os.R_OK):
        return []
    try:
        folder.signer()
    except EvidenceError as error:
        return [Damage(file="key", detail=error.message)]
    return []


def _sm2_damage(folder: EvidenceFolder, history: Sequence[SignedCheckpoint]) -> list[Damage]:
    """From the first checkpoint with a line of the SM2 key on, each must have one, and none a bad one."""
    try:
        key = folder.sm2_verifier()
        if key is not None and os.access(folder.sm2_key_path, os.R_OK):
            folder.sm2_signer()
    except EvidenceError as error:
        return [Damage(file=Path(str(error.where["file"])).name, detail=error.message)]
    if key is None:
        return []
    name, text = folder.checkpoints_path.name, key.text()
    damage: list[Damage] = []
    begun = False
    for signed in history:
        try:
            signs = _signed_by_sm2(signed.note, text)
        except EvidenceError:
            damage.append(Damage(file=name, detail=f"checkpoint {signed.checkpoint.size} has a bad SM2 line"))
            continue
        if begun and not signs:
            damage.append(Damage(file=name, detail=f"checkpoint {signed.checkpoint.size} lacks its SM2 line"))
        begun = begun or signs
    return damage


def _read_history(
    folder: EvidenceFolder, verifier: Verifier
) -> tuple[list[SignedCheckpoint], int, list[Damage]]:
    path = folder.checkpoints_path
    if not path.exists():
        return [], 0, [Damage(file=path.name, detail="the file is missing")]
    notes, end = history_notes(path.read_bytes())
    history: list[SignedCheckpoint] = []
    damage: list[Damage] = []
    key = verifier.text()
    for number, note in enumerate(notes, start=1):
        try:
            if note is None:
                raise EvidenceError("not a line of the history")
            checkpoint = _opened(note, key)
            if history and checkpoint.size <= history[-1].checkpoint.size:
                raise EvidenceError("the checkpoint is not newer than the one before")
            history.append(SignedCheckpoint(checkpoint=checkpoint, note=note))
        except EvidenceError as error:
            damage.append(Damage(file=path.name, detail=f"line {number}: {error.message}"))
    if not damage and (not history or history[0].checkpoint.size != 0):
        damage.append(Damage(file=path.name, detail="the history does not begin with the empty log"))
    return history, end, damage


def _last_checkpoint(
    folder: EvidenceFolder, verifier: Verifier, history: list[SignedCheckpoint]
) -> tuple[SignedCheckpoint, list[Damage]]:
    """Return the newest signed checkpoint of the two files; adds it to the history if that lacks it."""
    name = folder.checkpoint_path.name
    try:
        note = read_text(folder.checkpoint_path)
        named = SignedCheckpoint(checkpoint=open_checkpoint(note, verifier=verifier), note=note)
    except EvidenceError as error:
        if not history:
            raise EvidenceError(
                "no signed checkpoint is left in the evidence folder", where={"file": folder.path}
            ) from error
        return history[-1], [
            Damage(file=name, detail=error.message, repairable=not folder.checkpoint_path.exists())
        ]
    if named in history[-2:]:  # the last but one: a crash between the two writes
        return history[-1], []
    if named in history:
        return history[-1], [
            Damage(file=name, detail="an older checkpoint stands in the place of the last one")
        ]
    damage = Damage(
        file=folder.checkpoints_path.name, detail=f"checkpoint {named.checkpoint.size} is not in the history"
    )
    history.append(named)
    history.sort(key=lambda signed: signed.checkpoint.size)
    return history[-1], [damage]


def _read_leaves(folder: EvidenceFolder, last: Checkpoint) -> tuple[tuple[bytes, ...], list[Damage]]:
    path = folder.leaf_hashes_path
    raw = path.read_bytes()[: last.size * HASH_SIZE] if path.exists() else b""
    leaves = tuple(raw[at : at + HASH_SIZE] for at in range(0, len(raw) - HASH_SIZE + 1, HASH_SIZE))
    if len(leaves) < last.size:
        detail = f"holds {len(leaves)} complete hashes of {last.size}"
        return leaves, [Damage(file=path.name, detail=detail, repairable=True)]
    return leaves, []


def grown_tree(
    leaves: Sequence[bytes], checkpoints: Sequence[SignedCheckpoint]
) -> tuple[Tree, list[Checkpoint]]:
    """Return the tree of leaf hashes, and of the checkpoints, given oldest first, those it contradicts."""
    tree = Tree()
    wrong = []
    for signed in checkpoints:
        for leaf in leaves[tree.size : signed.checkpoint.size]:
            tree.add(leaf)
        if tree.size != signed.checkpoint.size or tree.root() != signed.checkpoint.root:
            wrong.append(signed.checkpoint)
    return tree, wrong


def _wrong_roots(folder: EvidenceFolder, wrong: Sequence[Checkpoint]) -> Damage:
    sizes = ", ".join(str(found.size) for found in wrong[:5])
    return Damage(file=folder.leaf_hashes_path.name, detail=f"gives another root than checkpoint {sizes}")


@lru_cache(maxsize=_NOTES_KEPT)
def _opened(note: str, key: str) -> Checkpoint:
    """Open a note of the history, once in a process: the same text under the same key says the same."""
    return open_checkpoint(note, verifier=verifier_from_text(key))


@lru_cache(maxsize=_NOTES_KEPT)
def _signed_by_sm2(note: str, key: str) -> bool:
    return stands_under(note, verifier=_sm2_key(key))


@lru_cache(maxsize=4)
def _sm2_key(text: str) -> Sm2Verifier:
    return sm2_verifier_from_text(text)
