"""What a node signed last (签名状态), beside its keys and never in the database.

Two files a log, written in turn: a counter, a checksum, the content, synced before anything signed leaves the
node. A file is first put in its place whole and written over after that, so whatever moment the process or
the machine ends at, one that is whole is there: a log of which none is has lost what it signed. A restored
database does not bring an old one of these back; that is their purpose, so they are not to be in its backup.
A file `whole` stands there since the keys were made: where it is missing, the others are gone.
"""

import fcntl
import hashlib
import os
from io import BufferedWriter
from pathlib import Path

import msgspec

from creditloop.evidence.network.node import Signed
from creditloop.kernel.errors import SourceError, StateError
from creditloop.kernel.files import replace_file, sync_folder

_CHECKSUM_BYTES, _COUNTER_BYTES = 32, 8
_WHOLE = "whole"


def begin_signed_files(folder: Path) -> None:
    """Make the folder for keys that have signed nothing yet."""
    folder.mkdir(mode=0o700, exist_ok=True)
    replace_file(folder / _WHOLE, b"")
    sync_folder(folder.parent)


class SignedFiles:
    """The port `LastSigned`, in a folder.

    Args:
        folder: for these files alone; it is made if its parent is there.
        alone: hold the folder until `close`, as whoever signs must; without it, it is looked into.

    Raises: StateError if all files of a log are spoilt: nobody knows then what was signed; or if it is not
        alone, since another process holds the folder, by whatever database it runs.
    """

    def __init__(self, folder: Path, *, alone: bool = False) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)
        self._turn: BufferedWriter | None = None
        if alone:
            self._hold()
        self._kept: dict[str, tuple[int, Signed]] = {}
        self._is_whole = (folder / _WHOLE).exists()
        self._read_all()

    def close(self) -> None:
        """Let another process have the folder."""
        if self._turn is not None:
            self._turn.close()

    def _hold(self) -> None:
        self._turn = (self.folder / "turn").open("ab")
        try:
            fcntl.flock(self._turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()
            raise StateError("another process signs with this node's keys", hint="stop it first") from None

    def _read_all(self) -> None:
        spoilt: set[str] = set()
        for file in sorted(self.folder.iterdir()):
            name, _, turn = file.name.rpartition(".")
            if turn not in ("0", "1"):
                continue
            found = _content(file.read_bytes())
            if found is None:
                spoilt.add(name)
                continue
            counter, origin, signed = found
            if counter > self._kept.get(origin, (0, None))[0]:
                self._kept[origin] = (counter, signed)
        if lost := sorted(spoilt - {_file_name(origin) for origin in self._kept}):
            self.close()
            raise StateError(
                "what this node signed last cannot be read",
                got=[str(self.folder / name) for name in lost],
                hint="let the node forget its keys and take new ones: these may have signed more",
            )

    def read(self, origin: str) -> Signed | None:
        """Return what was signed last of a log."""
        found = self._kept.get(origin)
        return None if found is None else found[1]

    def is_lost(self, origin: str) -> bool:
        """Say whether nothing is remembered of a log, and not because it never was signed."""
        return origin not in self._kept and not self._is_whole

    def make_whole(self) -> None:
        """Take what is remembered for all there was.

        Raises: SourceError if the disk fails.
        """
        try:
            replace_file(self.folder / _WHOLE, b"")
        except OSError as error:
            raise SourceError("the disk of what was signed fails", got=error.strerror) from error
        self._is_whole = True

    def write(self, origin: str, signed: Signed) -> None:
        """Remember what is about to be signed, on disk when this returns.

        Raises: SourceError if the disk fails.
        """
        counter = self._kept.get(origin, (0, None))[0] + 1
        content = msgspec.msgpack.encode((origin, signed.note, signed.round))
        body = counter.to_bytes(_COUNTER_BYTES, "big") + content
        data = hashlib.sha256(body).digest() + body
        file = self.folder / f"{_file_name(origin)}.{counter % 2}"
        try:
            if file.exists():
                _write_over(file, data)
            else:
                replace_file(file, data)
        except OSError as error:
            raise SourceError("the disk of what was signed fails", got=error.strerror) from error
        self._kept[origin] = (counter, signed)


def _write_over(file: Path, data: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC), "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())


def _content(data: bytes) -> tuple[int, str, Signed] | None:
    """Read a file; None if it was cut short or changed."""
    checksum, body = data[:_CHECKSUM_BYTES], data[_CHECKSUM_BYTES:]
    if hashlib.sha256(body).digest() != checksum or len(body) <= _COUNTER_BYTES:
        return None
    counter = int.from_bytes(body[:_COUNTER_BYTES], "big")
    try:
        origin, note, round_ = msgspec.msgpack.decode(body[_COUNTER_BYTES:], type=tuple[str, str, bytes])
    except msgspec.MsgspecError:
        return None
    return counter, origin, Signed(note=note, round=round_)


def _file_name(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()[:32]
