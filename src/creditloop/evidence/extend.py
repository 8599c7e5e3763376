"""Extending the log (检查点签发): new entries come under a newly signed checkpoint, outside the database.

Entries sealed since the last checkpoint are the open tail: each is signed, so none can be forged or changed,
but until they are under a checkpoint the last of them can be taken away without a trace.
"""

from dataclasses import replace
from datetime import datetime

from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.entry import entry_hash, read_body
from creditloop.evidence.folder import EvidenceFolder, read_text
from creditloop.evidence.log_end import LogEnd, end_of, known_end, remember_end
from creditloop.evidence.signature import Verifier
from creditloop.evidence.state import FolderState, SignedCheckpoint, read_state
from creditloop.kernel.errors import EvidenceError
from creditloop.kernel.storage import Connection, load_queries

_QUERIES = load_queries("creditloop.evidence")


def extend(connection: Connection, *, folder: EvidenceFolder, now: datetime) -> Checkpoint:
    """Take the log's new entries under a newly signed checkpoint; without new ones, return the last.

    Call it after the commit of what was sealed, commit after it, and call it once at every start: it takes in
    what a crash left between, and rewrites what the signed rest proves (a torn file of leaf hashes, a lost
    `checkpoint`). Who seals meanwhile is not kept waiting. The folder is read and judged as a whole by the
    first call of a process, and whenever a file of it is not as this process left it.

    Raises: EvidenceError if the folder is damaged otherwise, the database does not continue the last
        checkpoint, or a new entry is not properly signed; nothing is written then.
    """
    with folder.locked():
        # 1. Nobody verifies meanwhile, and what was signed last still stands.
        _QUERIES.lock_checkpoints(connection)
        copied = _QUERIES.last_checkpoint_size(connection)
        end = known_end(folder)
        uncopied: list[SignedCheckpoint] = []
        if end is None or end.last.checkpoint.size != copied:
            state = read_state(folder)
            _refuse_damage(folder, state)
            end = end_of(state)
            uncopied = [one for one in state.history if one.checkpoint.size > copied]
        # 2. The database continues it, with entries that we signed.
        new_hashes, after = _continue_tree(connection, end)
        # 3. Leaf hashes first, then the checkpoint that needs them.
        if new_hashes:
            folder.append_leaf_hashes(b"".join(new_hashes), at=end.leaves)
        if after.tree.size > end.last.checkpoint.size:
            after = _signed(folder, after, now)
            uncopied.append(after.last)
        elif not folder.checkpoint_path.exists() or read_text(folder.checkpoint_path) != end.last.note:
            folder.replace_checkpoint(end.last.note)
        remember_end(folder, after)
        # 4. Copies for the database, also those that a crash kept from it.
        for signed in uncopied:
            _QUERIES.insert_checkpoint(connection, size=signed.checkpoint.size, note=signed.note)
        return after.last.checkpoint


def _refuse_damage(folder: EvidenceFolder, state: FolderState) -> None:
    for damage in state.damage:
        if not damage.repairable:
            raise EvidenceError(
                "the evidence folder was changed; nothing more is signed on it",
                got=damage.detail,
                where={"file": folder.path / damage.file},
                hint="put the folder back from a copy taken after the last checkpoint",
            )


def _continue_tree(connection: Connection, end: LogEnd) -> tuple[list[bytes], LogEnd]:
    """Return the leaf hashes that the folder lacks, and where the log ends with them.

    Raises: EvidenceError if the entries do not continue the folder's leaf hashes, do not give the root of the
        last checkpoint at its size, or are not signed.
    """
    tree = end.tree.copy()
    _check_meeting_point(connection, end)
    new_hashes: list[bytes] = []
    _check_root(end, size=tree.size, root=tree.root())
    for row in _QUERIES.entries_from(connection, first=tree.size):
        new_hashes.append(_signed_hash(row, tree.size, end.verifier))
        tree.add(new_hashes[-1])
        if tree.size == end.last.checkpoint.size:
            _check_root(end, size=tree.size, root=tree.root())
    if tree.size < end.last.checkpoint.size:
        raise _shorter(tree.size, end.last.checkpoint.size)
    last_leaf = new_hashes[-1] if new_hashes else end.last_leaf
    return new_hashes, replace(end, tree=tree, leaves=tree.size, last_leaf=last_leaf)


def _check_meeting_point(connection: Connection, end: LogEnd) -> None:
    """The database's last entry under the checkpoint must be the one whose hash the folder holds."""
    if not end.leaves:
        return
    number = end.leaves - 1
    row = _QUERIES.entry_body(connection, entry_no=number)
    if row is None:
        raise _shorter(number, number + 1)
    if entry_hash(row[0]) != end.last_leaf:
        raise EvidenceError("the database's log does not continue the signed one", where={"entry": number})


def _check_root(end: LogEnd, *, size: int, root: bytes) -> None:
    signed = end.last.checkpoint
    if size == signed.size and root != signed.root:
        raise EvidenceError(
            "the log's entries do not give the root of the last checkpoint",
            got=root.hex(),
            expected=signed.root.hex(),
            where={"size": size},
        )


def _shorter(entries: int, size: int) -> EvidenceError:
    return EvidenceError(
        "the database's log is shorter than the signed one",
        got=f"{entries} entries",
        expected=f">= {size}",
        hint="the database was put back to an older state; verify names what is missing",
    )


def _signed_hash(row: tuple[int, str, bytes, bytes], expected: int, verifier: Verifier) -> bytes:
    """Check a new entry: its number, its signature, what it says of itself; return its leaf hash."""
    number, body, leaf, signature = row
    where = {"entry": number}
    if number != expected:
        raise EvidenceError("an entry of the log is missing", got=number, expected=expected, where=where)
    if not verifier.verify(body.encode(), signature):
        raise EvidenceError("an entry of the log was not signed by its key", where=where)
    entry = read_body(body)
    if (entry.entry, entry.origin) != (number, verifier.name) or leaf != entry_hash(body):
        raise EvidenceError(
            "an entry of the log is not what was signed", got=(entry.entry, entry.origin), where=where
        )
    return leaf


def _signed(folder: EvidenceFolder, end: LogEnd, now: datetime) -> LogEnd:
    """Sign a checkpoint over all leaf hashes, keep it, and return the end with it."""
    checkpoint = Checkpoint(origin=end.verifier.name, size=end.tree.size, root=end.tree.root())
    note = sign_checkpoint(checkpoint, signer=folder.signer(), sm2=folder.sm2_signer())
    history_end = folder.write_checkpoint(note, now=now, at=end.history_end)
    return replace(end, last=SignedCheckpoint(checkpoint=checkpoint, note=note), history_end=history_end)
