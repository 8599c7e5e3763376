"""The folder outside the database: the log's key, its leaf hashes, its checkpoints.

```
key           the private key, one line, mode 0600
verifier_key  the public key, one line: what a stranger needs to check anything of ours
leaf_hashes   32 bytes per sealed entry, appended
checkpoints   every checkpoint ever signed, one line of JSON each: {"at": instant, "note": signed note}
checkpoint    the last of them, as a signed note
sm2_key, sm2_verifier_key   as the first two, of an SM2 key that signs beside (国密); only if there is one
lock          held while extending
```
Nothing here is personal data. Appends are synced before the checkpoint that needs them is written;
`checkpoint` is replaced in one step. So a crash leaves at most surplus at the end of `leaf_hashes` and
`checkpoints`, which the next `extend` overwrites or takes in.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.hashing import EMPTY_ROOT, HASH_SIZE
from creditloop.evidence.signature import (
    Ed25519Signer,
    Signer,
    Verifier,
    signer_from_text,
    verifier_from_text,
)
from creditloop.evidence.sm2 import Sm2Signer, Sm2Verifier, sm2_signer_from_text, sm2_verifier_from_text
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import EvidenceError, StateError
from creditloop.kernel.files import replace_file, sync_folder


@dataclass(frozen=True, slots=True)
class EvidenceFolder:
    """A log's folder outside the database (存证目录).

    Attributes:
        path: the folder; whoever can write here and in the database can rewrite the past, so keep them apart.
    """

    path: Path

    @classmethod
    def create(cls, path: Path, *, origin: str, now: datetime) -> "EvidenceFolder":
        """Make a folder with a new key and the checkpoint of the empty log, all or nothing.

        Args:
            path: must not exist; its parent must.
            origin: the log's name for all time, e.g. "bank.example/evidence".
        Raises: StateError if the folder is there already.
        """
        if path.exists():
            raise StateError("the evidence folder is there already", where={"file": path})
        signer = Ed25519Signer.generate(origin)
        note = sign_checkpoint(Checkpoint(origin=origin, size=0, root=EMPTY_ROOT), signer=signer)
        building = cls(Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent)))
        try:
            _append(building.key_path, signer.text().encode() + b"\n", at=0)
            _append(building.verifier_key_path, signer.verifier.text().encode() + b"\n", at=0)
            building.append_leaf_hashes(b"", at=0)
            building.write_checkpoint(note, now=now, at=0)
            building.path.rename(path)
        except BaseException:
            shutil.rmtree(building.path, ignore_errors=True)
            raise
        sync_folder(path.parent)
        return cls(path)

    @property
    def key_path(self) -> Path:
        """File of the private key."""
        return self.path / "key"

    @property
    def verifier_key_path(self) -> Path:
        """File of the public key."""
        return self.path / "verifier_key"

    @property
    def sm2_key_path(self) -> Path:
        """File of the private SM2 key."""
        return self.path / "sm2_key"

    @property
    def sm2_verifier_key_path(self) -> Path:
        """File of the public SM2 key; while it is not there, nothing is signed by SM2."""
        return self.path / "sm2_verifier_key"

    @property
    def leaf_hashes_path(self) -> Path:
        """File of the leaf hashes."""
        return self.path / "leaf_hashes"

    @property
    def checkpoints_path(self) -> Path:
        """File of all checkpoints."""
        return self.path / "checkpoints"

    @property
    def checkpoint_path(self) -> Path:
        """File of the last checkpoint."""
        return self.path / "checkpoint"

    def signer(self) -> Signer:
        """Read the private key.

        Raises: EvidenceError if it is missing, is not a key, or does not belong to `verifier_key`.
        """
        try:
            signer = signer_from_text(read_text(self.key_path))
        except EvidenceError as error:
            raise at_file(error, self.key_path) from None
        if signer.verifier.text() != self.verifier().text():
            raise EvidenceError(
                "the private key does not belong to the verifier key",
                got=signer.verifier.text(),
                expected=self.verifier().text(),
                where={"file": self.key_path},
            )
        return signer

    def verifier(self) -> Verifier:
        """Read the public key.

        Raises: EvidenceError if it is missing or is not a key.
        """
        try:
            return verifier_from_text(read_text(self.verifier_key_path))
        except EvidenceError as error:
            raise at_file(error, self.verifier_key_path) from None

    def add_sm2(self) -> Sm2Verifier:
        """Make an SM2 key that signs every further checkpoint beside the log's key; return its public half.

        Raises: StateError if the folder has one, or without the extra `sm`.
        """
        signer = Sm2Signer.generate(self.verifier().name)
        with self.locked():
            if self.sm2_verifier_key_path.exists():
                raise StateError(
                    "the evidence folder has an SM2 key already", where={"file": self.sm2_verifier_key_path}
                )
            _append(self.sm2_key_path, signer.text().encode() + b"\n", at=0)
            replace_file(self.sm2_verifier_key_path, f"{signer.verifier.text()}\n".encode())
        return signer.verifier

    def sm2_signer(self) -> Sm2Signer | None:
        """Read the private SM2 key; None if the folder has no SM2 key.

        Raises: EvidenceError if it is missing beside its public half, is not a key or another one; StateError
            without the extra `sm`.
        """
        verifier = self.sm2_verifier()
        if verifier is None:
            return None
        try:
            signer = sm2_signer_from_text(read_text(self.sm2_key_path))
        except EvidenceError as error:
            raise at_file(error, self.sm2_key_path) from None
        if signer.verifier != verifier:
            raise EvidenceError(
                "the private SM2 key does not belong to the SM2 verifier key",
                got=signer.verifier.text(),
                expected=verifier.text(),
                where={"file": self.sm2_key_path},
            )
        return signer

    def sm2_verifier(self) -> Sm2Verifier | None:
        """Read the public SM2 key; None if the folder has none.

        Raises: EvidenceError if it is not a key or not named like the log; StateError without the extra `sm`.
        """
        if not self.sm2_verifier_key_path.exists():
            return None
        try:
            key = sm2_verifier_from_text(read_text(self.sm2_verifier_key_path))
        except EvidenceError as error:
            raise at_file(error, self.sm2_verifier_key_path) from None
        if key.name != self.verifier().name:
            raise EvidenceError(
                "an SM2 key of another log",
                got=key.name,
                expected=self.verifier().name,
                where={"file": self.sm2_verifier_key_path},
            )
        return key

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one who extends this log, on this machine, until the block ends."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def append_leaf_hashes(self, hashes: bytes, *, at: int) -> None:
        """Write leaf hashes from entry number `at` on, dropping what stood there, and sync."""
        _append(self.leaf_hashes_path, hashes, at=at * HASH_SIZE)

    def write_checkpoint(self, note: str, *, now: datetime, at: int) -> int:
        """Add a signed checkpoint to the history and make it the last one, synced; return the new `at`.

        Args:
            at: bytes of the history that are complete lines; a torn line after them is dropped.
        """
        line = canonical_bytes({"at": check_aware(now, name="now"), "note": note}) + b"\n"
        _append(self.checkpoints_path, line, at=at)
        self.replace_checkpoint(note)
        return at + len(line)

    def replace_checkpoint(self, note: str) -> None:
        """Put a signed checkpoint in the place of the last one, in one step, synced."""
        replace_file(self.checkpoint_path, note.encode())


def read_text(path: Path) -> str:
    """Read a file of the folder as UTF-8.

    Raises: EvidenceError if it is missing, not readable or not text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvidenceError(
            "a file of the evidence folder cannot be read", got=error, where={"file": path}
        ) from None


def history_notes(raw: bytes) -> tuple[list[str | None], int]:
    """Return the notes of the history file, None where a line is not one, and its complete lines' bytes."""
    end = raw.rfind(b"\n") + 1
    return [_history_note(line) for line in raw[:end].split(b"\n")[:-1]], end


def _history_note(line: bytes) -> str | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    note = record.get("note") if isinstance(record, dict) else None
    return note if isinstance(note, str) else None


def at_file(error: EvidenceError, path: Path) -> EvidenceError:
    """Return the error with the file it happened in."""
    return EvidenceError(
        error.message,
        got=error.got,
        expected=error.expected,
        where={"file": path, **error.where},
        hint=error.hint,
    )


def _append(path: Path, data: bytes, *, at: int) -> None:
    """Write data at a position, cut the file after it, sync file and folder; a new file has mode 0600."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        file.truncate(at)
        file.seek(at)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
