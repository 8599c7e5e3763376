"""A node's disk in the simulated world: a journal of frames with the ways in which disks fail.

What a write returned from is there after a crash; a crash may come before a write, in the middle of it (a
torn tail) or after it; a write may fail without a crash, done or not done; the disk may be put back to an
earlier state. `JournalStore` is the node's store on it, `SignedFile` the memory of what it signed, on another
disk.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from creditloop.evidence.network.node import LogNotes, Signed, StoredRound
from creditloop.kernel.errors import OutOfOrder, SourceError


class Crashed(BaseException):
    """The process is gone in the middle of what it did."""


class DiskFault(StrEnum):
    """What befalls a write."""

    CRASH_BEFORE = "crash before the write"
    CRASH_TORN = "crash within the write"
    CRASH_AFTER = "crash after the write"
    FAILS_BEFORE = "write fails"
    FAILS_AFTER = "write fails but took place"


@dataclass(slots=True)
class Disk:
    """An append-only file of frames: length, checksum, content.

    Attributes:
        strike: asked before every write what befalls it.
        written: writes so far, for a slow disk.
    """

    data: bytearray = field(default_factory=bytearray)
    strike: Callable[[], DiskFault | None] = lambda: None
    written: int = 0

    def write(self, content: bytes) -> None:
        """Append a frame, durable when this returns."""
        self.written += 1
        fault = self.strike()
        frame = len(content).to_bytes(4, "big") + zlib.crc32(content).to_bytes(4, "big") + content
        if fault is DiskFault.CRASH_BEFORE:
            raise Crashed
        if fault is DiskFault.FAILS_BEFORE:
            raise SourceError("the disk fails (simulated)")
        if fault is DiskFault.CRASH_TORN:
            self.data += frame[: len(frame) * 2 // 3]
            raise Crashed
        self.data += frame
        if fault is DiskFault.CRASH_AFTER:
            raise Crashed
        if fault is DiskFault.FAILS_AFTER:
            raise SourceError("the disk fails (simulated)")

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Give the end and content of every whole frame; a torn tail is cut off."""
        at = 0
        while at + 8 <= len(self.data):
            length = int.from_bytes(self.data[at : at + 4], "big")
            content = bytes(self.data[at + 8 : at + 8 + length])
            if len(content) < length or zlib.crc32(content).to_bytes(4, "big") != self.data[at + 4 : at + 8]:
                break
            at += 8 + length
            yield at, content
        del self.data[at:]

    def put_back(self, frames: int) -> None:
        """Put the disk back to when it had so many frames."""
        ends = [0, *(end for end, _ in self.frames())]
        del self.data[ends[frames] :]


class JournalStore:
    """A node's store: every change is one frame, what it says is in mind."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.logs: dict[str, list[StoredRound]] = {}
        self.kept_notes: dict[str, LogNotes] = {}
        self.waiting: dict[str, bytes] = {}
        self.given: dict[tuple[str, str, int], tuple[bytes, bytes]] = {}
        self.proofs: dict[bytes, None] = {}
        for _, content in disk.frames():
            name, *values = msgspec.msgpack.decode(content)
            self._apply(name, *values)

    def _write(self, name: str, *values: Any) -> None:
        content = msgspec.msgpack.encode((name, *values))
        try:
            self.disk.write(content)
        except SourceError:
            self._read_again()
            raise
        self._apply(name, *values)

    def _read_again(self) -> None:
        """After a failed write only the disk knows whether it took place."""
        fresh = JournalStore(self.disk)
        self.logs, self.kept_notes, self.waiting = fresh.logs, fresh.kept_notes, fresh.waiting
        self.given, self.proofs = fresh.given, fresh.proofs

    def _apply(self, name: str, *values: Any) -> None:
        getattr(self, f"_do_{name}")(*values)

    def _do_append(self, origin: str, rounds: list[Any], latest: str) -> None:
        self.logs.setdefault(origin, []).extend(
            StoredRound(first=first, after=after, body=body) for first, after, body in rounds
        )
        self._do_latest(origin, latest)

    def _do_latest(self, origin: str, latest: str) -> None:
        self.kept_notes[origin] = LogNotes(latest=latest, final=self.notes(origin).final)

    def _do_final(self, origin: str, final: str) -> None:
        self.kept_notes[origin] = LogNotes(latest=self.notes(origin).latest, final=final)

    def _do_proposal(self, batch: str, body: bytes) -> None:
        self.waiting[batch] = body

    def _do_drop(self, batch: str) -> None:
        self.waiting.pop(batch, None)

    def _do_verdict(self, origin: str, batch_hash: str, size: int, header: bytes, verdict: bytes) -> None:
        self.given[origin, batch_hash, size] = (header, verdict)

    def _do_contradiction(self, body: bytes) -> None:
        self.proofs[body] = None

    def _check_size(self, origin: str, size: int) -> None:
        if self.size(origin) != size:
            raise OutOfOrder("the log has another size", got=size, expected=self.size(origin))

    def size(self, origin: str) -> int:
        """Entries of a log."""
        log = self.logs.get(origin)
        return log[-1].after if log else 0

    # the port

    def notes(self, origin: str) -> LogNotes:
        return self.kept_notes.get(origin, LogNotes())

    def rounds(self, origin: str, *, first: int, bytes_max: int | None = None) -> Iterator[StoredRound]:
        total = 0
        for number, one in enumerate(one for one in self.logs.get(origin, []) if one.after > first):
            total += len(one.body)
            if number and bytes_max is not None and total > bytes_max:
                return
            yield one

    def append(
        self, origin: str, *, size_before: int, rounds: Sequence[StoredRound], root: bytes, latest: str
    ) -> None:
        self._check_size(origin, size_before)
        self._write("append", origin, [(one.first, one.after, one.body) for one in rounds], latest)

    def save_latest(self, origin: str, *, size: int, latest: str) -> None:
        self._check_size(origin, size)
        self._write("latest", origin, latest)

    def save_final(self, origin: str, *, final: str) -> None:
        self._write("final", origin, final)

    def save_proposal(self, *, batch: str, body: bytes) -> None:
        self._write("proposal", batch, body)

    def drop_proposal(self, *, batch: str) -> None:
        if batch in self.waiting:
            self._write("drop", batch)

    def proposals(self) -> Iterator[bytes]:
        return iter(list(self.waiting.values()))

    def save_verdict(self, origin: str, *, batch_hash: str, size: int, header: bytes, verdict: bytes) -> None:
        self._write("verdict", origin, batch_hash, size, header, verdict)

    def find_verdict(self, origin: str, *, batch_hash: str, size: int) -> bytes | None:
        found = self.given.get((origin, batch_hash, size))
        return None if found is None else found[1]

    def headers(self, origin: str, *, size: int) -> Iterator[bytes]:
        return iter(
            [header for (log, _, at), (header, _) in self.given.items() if log == origin and at >= size]
        )

    def save_contradiction(self, *, body: bytes) -> None:
        self._write("contradiction", body)

    def contradictions(self) -> Iterator[bytes]:
        return iter(list(self.proofs))


class SignedFile:
    """What a node signed last, beside its key: on a disk of its own."""

    def __init__(self, disk: Disk, *, whole: bool = True) -> None:
        self.disk = disk
        self.whole = whole or self.read("") is not None

    def is_lost(self, origin: str) -> bool:
        return not self.whole and self.read(origin) is None

    def make_whole(self) -> None:
        self.write("", Signed(note=""))
        self.whole = True

    def read(self, origin: str) -> Signed | None:
        found: Signed | None = None
        for _, content in self.disk.frames():
            log, note, round_ = msgspec.msgpack.decode(content)
            if log == origin:
                found = Signed(note=note, round=round_)
        return found

    def write(self, origin: str, signed: Signed) -> None:
        self.disk.write(msgspec.msgpack.encode((origin, signed.note, signed.round)))
