"""Where a log's folder ends (日志末端): what the next extension needs, as this process left it.

To read and judge the whole folder takes time in proportion to the log: minutes, once there are millions of
entries. Who extended it last knows what it says, for as long as every file of it is the one that was left:
the same inode, size and times. `verify` takes nobody's word and reads everything.
"""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from creditloop.evidence.folder import EvidenceFolder
from creditloop.evidence.hashing import Tree
from creditloop.evidence.signature import Verifier
from creditloop.evidence.state import FolderState, SignedCheckpoint
from creditloop.kernel.files import FileStamp, file_stamp

_FOLDERS_KEPT = 16
_Seen = tuple[FileStamp | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEnd:
    """Where a folder without damage ends.

    Attributes:
        verifier: the log's public key.
        tree: of the leaf hashes in the folder; whoever goes on takes a copy.
        leaves: how many these are; last_leaf: the last of them.
        last: the last checkpoint signed.
        history_end: bytes of the history file that are complete lines.
    """

    verifier: Verifier
    tree: Tree
    leaves: int
    last_leaf: bytes | None
    last: SignedCheckpoint
    history_end: int


_ENDS: OrderedDict[Path, tuple[_Seen, LogEnd]] = OrderedDict()
_ENDS_LOCK = Lock()


def end_of(state: FolderState) -> LogEnd:
    """Return the end of a folder that was read."""
    leaves = state.leaf_hashes
    return LogEnd(
        verifier=state.verifier,
        tree=state.tree,
        leaves=len(leaves),
        last_leaf=leaves[-1] if leaves else None,
        last=state.last,
        history_end=state.history_end,
    )


def known_end(folder: EvidenceFolder) -> LogEnd | None:
    """Return the end this process left the folder with; None if it did not, or a file is another one since.

    The caller holds the folder's lock, here and until `remember_end`.
    """
    with _ENDS_LOCK:
        known = _ENDS.get(folder.path)
    return known[1] if known is not None and known[0] == _seen(folder) else None


def remember_end(folder: EvidenceFolder, end: LogEnd) -> None:
    """Remember how this process leaves the folder."""
    with _ENDS_LOCK:
        _ENDS[folder.path] = _seen(folder), end
        _ENDS.move_to_end(folder.path)
        while len(_ENDS) > _FOLDERS_KEPT:
            _ENDS.popitem(last=False)


def _seen(folder: EvidenceFolder) -> _Seen:
    """Return what changes whenever a file of the folder is written to, moved or replaced."""
    files = (
        folder.key_path,
        folder.verifier_key_path,
        folder.checkpoints_path,
        folder.checkpoint_path,
        folder.leaf_hashes_path,
    )
    return tuple(map(file_stamp, files))
