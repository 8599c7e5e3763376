"""Packages, receipts, keys and originals as files (文件读写): read with bounds, written once and whole."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from creditloop.evidence import Ed25519Signer, Signer, signer_from_text
from creditloop.evidence.package import (
    MEMBERS_MAX,
    PACKAGE_BYTES_MAX,
    ComparedDocument,
    Comparison,
    compare_with_originals,
    read_unsigned,
)
from creditloop.kernel.errors import InputError, SourceError, StateError

TEXT_BYTES_MAX = 1 << 20
"""Longest key, network's file or receipt that is read."""


def package_file(path: Path) -> bytes:
    """Read a package.

    Raises: InputError if it cannot be read or is too large.
    """
    return _read(path, bytes_max=PACKAGE_BYTES_MAX)


def text_file(path: Path) -> str:
    """Read a short text.

    Raises: InputError if it cannot be read, is too long, or is not text.
    """
    try:
        return _read(path, bytes_max=TEXT_BYTES_MAX).decode()
    except UnicodeDecodeError as error:
        raise InputError("the file is not text", got=str(path)) from error


def new_file(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, whole and on disk when this returns; nobody else may read it.

    Raises: StateError if it is there; SourceError if it cannot be written.
    """
    check_new(path)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            os.link(scratch, path)  # never over another file
        finally:
            scratch.unlink(missing_ok=True)
    except FileExistsError as error:
        raise StateError("the file is there already", got=str(path)) from error
    except OSError as error:
        raise SourceError("the file cannot be written", got=f"{path}: {error.strerror}") from error


def check_new(path: Path) -> None:
    """Refuse a file that is there already, or whose folder is not.

    Raises: StateError; InputError.
    """
    if path.exists():
        raise StateError("the file is there already", got=str(path), hint="name another one")
    if not path.parent.is_dir():
        raise InputError("no such folder", got=str(path.parent))


def signing_key(path: Path, *, name: str) -> tuple[Signer, bool]:
    """Read a recipient's private key, or make one; return it and whether it is new.

    Args:
        name: of a key that is made; no white space.

    Raises: InputError for a name that no key can have; EvidenceError if the file holds no private key.
    """
    if path.exists():
        return signer_from_text(text_file(path).strip()), False
    signer = Ed25519Signer.generate(name)
    new_file(path, signer.text().encode() + b"\n")
    return signer, True


def compare_with_folder(package: bytes, folder: Path) -> tuple[ComparedDocument, ...]:
    """Compare a package's documents with the originals in a folder and those below it, byte for byte.

    An original is the file of the document's name in the package; without one, any file of the same bytes,
    whatever it is called.

    Raises: EvidenceError if the file is not a package; InputError if the folder cannot be read, has two files
        of one document's name, or holds too much.
    """
    members, manifest = read_unsigned(package)
    names = {one.path.removeprefix("documents/"): members.get(one.path) for one in manifest.documents}
    found: dict[str, bytes] = {}
    others: dict[str, bytes] = {}
    for path, body in _originals(folder):
        if path.name not in names:
            others.setdefault(hashlib.sha256(body).hexdigest(), body)
        elif found.setdefault(path.name, body) != body:
            raise InputError("two originals of one name that differ", got=path.name, where={"file": path})
    for name, member in names.items():
        if name not in found and member is not None:
            same = others.get(hashlib.sha256(member).hexdigest())
            if same is not None:
                found[name] = same
    return compare_with_originals(package, found)


def all_same(compared: tuple[ComparedDocument, ...], *, partial: bool) -> bool:
    """Say whether every document is its original, at least one; with `partial`, of those there is one for."""
    results = [one.result for one in compared]
    if partial:
        results = [one for one in results if one is not Comparison.NO_ORIGINAL]
    return bool(results) and set(results) == {Comparison.SAME}


def _originals(folder: Path) -> Iterator[tuple[Path, bytes]]:
    if not folder.is_dir():
        raise InputError("no such folder", got=str(folder))
    total = 0
    for number, path in enumerate(sorted(one for one in folder.rglob("*") if one.is_file())):
        body = _read(path, bytes_max=PACKAGE_BYTES_MAX)
        total += len(body)
        if total > 2 * PACKAGE_BYTES_MAX or number >= MEMBERS_MAX:
            raise InputError("too many originals", got=str(folder), hint="put only this loan's there")
        yield path, body


def _read(path: Path, *, bytes_max: int) -> bytes:
    try:
        with path.open("rb") as opened:
            body = opened.read(bytes_max + 1)
    except OSError as error:
        raise InputError("the file cannot be read", got=f"{path}: {error.strerror}") from error
    if len(body) > bytes_max:
        raise InputError("the file is too large", got=str(path), expected=f"<= {bytes_max} bytes")
    return body
