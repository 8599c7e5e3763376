"""Extending the log (检查点签发): new entries come under a newly signed checkpoint, outside the database.

Entries sealed since the last checkpoint are the open tail: each is signed, so none can be forged or changed,
but until they are under a checkpoint the last of them can be taken away without a trace.
"""

from collections.abc import Sequence
from datetime import datetime

from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.entry import entry_hash, read_body
from creditloop.evidence.folder import EvidenceFolder, read_text
from creditloop.evidence.hashing import Tree
from creditloop.evidence.state import FolderState, SignedCheckpoint, read_state
from creditloop.kernel.errors import EvidenceError
from creditloop.kernel.storage import Connection, load_queries

_QUERIES = load_queries("creditloop.evidence")


def extend(connection: Connection, *, folder: EvidenceFolder, now: datetime) -> Checkpoint:
    """Take the log's new entries under a newly signed checkpoint; without new ones, return the last.

    Call it after the commit of what was sealed, commit after it, and call it once at every start: it takes in
    what a crash left between, and rewrites what the signed rest proves (a torn file of leaf hashes, a lost
    `checkpoint`).

    Raises: EvidenceError if the folder is damaged otherwise, the database does not continue the last
        checkpoint, or a new entry is not properly signed; nothing is written then.
    """
    with folder.locked():
        # 1. Nobody seals meanwhile, and what was signed last still stands.
        _QUERIES.lock_log(connection)
        state = read_state(folder)
        _refuse_damage(folder, state)
        # 2. The database continues it, with entries that we signed.
        new_hashes, last = _continue_tree(connection, state)
        # 3. Leaf hashes first, then the checkpoint that needs them.
        if new_hashes:
            folder.append_leaf_hashes(b"".join(new_hashes), at=len(state.leaf_hashes))
        history = _sign_if_new(folder, state, last, now)
        # 4. Copies for the database, also those that a crash kept from it.
        copied = _QUERIES.last_checkpoint_size(connection)
        for signed in history:
            if signed.checkpoint.size > copied:
                _QUERIES.insert_checkpoint(connection, size=signed.checkpoint.size, note=signed.note)
        return last


def _refuse_damage(folder: EvidenceFolder, state: FolderState) -> None:
    for damage in state.damage:
        if not damage.repairable:
            raise EvidenceError(
                "the evidence folder was changed; nothing more is signed on it",
                got=damage.detail,
                where={"file": folder.path / damage.file},
                hint="put the folder back from a copy taken after the last checkpoint",
            )


def _continue_tree(connection: Connection, state: FolderState) -> tuple[list[bytes], Checkpoint]:
    """Return the leaf hashes that the folder lacks, and the checkpoint over all of them.

    Raises: EvidenceError if the entries do not continue the folder's leaf hashes, do not give the root of the
        last checkpoint at its size, or are not signed.
    """
    tree = state.tree.copy()
    _check_meeting_point(connection, state.leaf_hashes)
    new_hashes = []
    _check_root(tree, state)
    for row in _QUERIES.entries_from(connection, first=tree.size):
        new_hashes.append(_signed_hash(row, tree.size, state))
        tree.add(new_hashes[-1])
        _check_root(tree, state)
    if tree.size < state.size:
        raise _shorter(tree.size, state.size)
    return new_hashes, Checkpoint(origin=state.verifier.name, size=tree.size, root=tree.root())


def _check_meeting_point(connection: Connection, leaf_hashes: Sequence[bytes]) -> None:
    """The database's last entry under the checkpoint must be the one whose hash the folder holds."""
    if not leaf_hashes:
        return
    number = len(leaf_hashes) - 1
    row = _QUERIES.entry_body(connection, entry_no=number)
    if row is None:
        raise _shorter(number, number + 1)
    if entry_hash(row[0]) != leaf_hashes[-1]:
        raise EvidenceError("the database's log does not continue the signed one", where={"entry": number})


def _check_root(tree: Tree, state: FolderState) -> None:
    if tree.size == state.size and tree.root() != state.last.checkpoint.root:
        raise EvidenceError(
            "the log's entries do not give the root of the last checkpoint",
            got=tree.root().hex(),
            expected=state.last.checkpoint.root.hex(),
            where={"size": state.size},
        )


def _shorter(entries: int, size: int) -> EvidenceError:
    return EvidenceError(
        "the database's log is shorter than the signed one",
        got=f"{entries} entries",
        expected=f">= {size}",
        hint="the database was put back to an older state; verify names what is missing",
    )


def _signed_hash(row: tuple[int, str, bytes, bytes], expected: int, state: FolderState) -> bytes:
    """Check a new entry: its number, its signature, what it says of itself; return its leaf hash."""
    number, body, leaf, signature = row
    where = {"entry": number}
    if number != expected:
        raise EvidenceError("an entry of the log is missing", got=number, expected=expected, where=where)
    if not state.verifier.verify(body.encode(), signature):
        raise EvidenceError("an entry of the log was not signed by its key", where=where)
    entry = read_body(body)
    if (entry.entry, entry.origin) != (number, state.verifier.name) or leaf != entry_hash(body):
        raise EvidenceError(
            "an entry of the log is not what was signed", got=(entry.entry, entry.origin), where=where
        )
    return leaf


def _sign_if_new(
    folder: EvidenceFolder, state: FolderState, last: Checkpoint, now: datetime
) -> tuple[SignedCheckpoint, ...]:
    """Sign and keep a checkpoint that is new, or put the last one back if it is lost; return the history."""
    if last.size > state.size:
        note = sign_checkpoint(last, signer=folder.signer())
        folder.write_checkpoint(note, now=now, at=state.history_end)
        return (*state.history, SignedCheckpoint(checkpoint=last, note=note))
    if not folder.checkpoint_path.exists() or read_text(folder.checkpoint_path) != state.last.note:
        folder.replace_checkpoint(state.last.note)
    return state.history
