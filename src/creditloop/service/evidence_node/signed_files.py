"""What a node signed last (签名状态), beside its keys and never in the database.

Two files a log, written in turn: a counter, a checksum, the content, synced before anything signed leaves the
node. Whatever moment the process or the machine ends at, one of the two is whole. A restored database does
not bring an old one of these back; that is their purpose, so they are not to be in its backup.
"""

import hashlib
import os
from pathlib import Path

import msgspec

from creditloop.evidence.network.node import Signed
from creditloop.kernel.errors import SourceError, StateError
from creditloop.service.evidence_node.key_file import sync_folder

_CHECKSUM_BYTES, _COUNTER_BYTES = 32, 8


class SignedFiles:
    """The port `LastSigned`, in a folder.

    Args:
        folder: for these files alone; it is made if its parent is there.

    Raises: StateError if both files of a log are spoilt: nobody knows then what was signed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)
        self._kept: dict[str, tuple[int, Signed]] = {}
        self._read_all()

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
        known = {_file_name(origin) for origin in self._kept}
        if lost := sorted(spoilt - known):
            self._refuse_lost(lost)

    def _refuse_lost(self, names: list[str]) -> None:
        """A log's very first file, cut short, is followed by no signature; two spoilt ones are a loss."""
        for name in names:
            if (self.folder / f"{name}.0").exists() and (self.folder / f"{name}.1").exists():
                raise StateError(
                    "what this node signed last cannot be read",
                    got=str(self.folder / name),
                    hint="let the node forget its keys and take new ones: these may have signed more",
                )

    def read(self, origin: str) -> Signed | None:
        """Return what was signed last of a log."""
        found = self._kept.get(origin)
        return None if found is None else found[1]

    def write(self, origin: str, signed: Signed) -> None:
        """Remember what is about to be signed, on disk when this returns.

        Raises: SourceError if the disk fails.
        """
        counter = self._kept.get(origin, (0, None))[0] + 1
        content = msgspec.msgpack.encode((origin, signed.note, signed.round))
        body = counter.to_bytes(_COUNTER_BYTES, "big") + content
        file = self.folder / f"{_file_name(origin)}.{counter % 2}"
        is_new = not file.exists()
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(hashlib.sha256(body).digest() + body)
                opened.flush()
                os.fsync(opened.fileno())
            if is_new:
                sync_folder(self.folder)
        except OSError as error:
            raise SourceError("the disk of what was signed fails", got=error.strerror) from error
        self._kept[origin] = (counter, signed)


def _content(data: bytes) -> tuple[int, str, Signed] | None:
    """Read a file; None if it was cut short or changed."""
    checksum, body = data[:_CHECKSUM_BYTES], data[_CHECKSUM_BYTES:]
    if hashlib.sha256(body).digest() != checksum or len(body) <= _COUNTER_BYTES:
        return None
    counter = int.from_bytes(body[:_COUNTER_BYTES], "big")
    origin, note, round_ = msgspec.msgpack.decode(body[_COUNTER_BYTES:], type=tuple[str, str, bytes])
    return counter, origin, Signed(note=note, round=round_)


def _file_name(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()[:32]
