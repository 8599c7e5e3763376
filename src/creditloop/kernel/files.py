"""Files that must not be half written, and whether a file is still the one that was seen."""

import os
from pathlib import Path

FileStamp = tuple[int, int, int, int]
"""Inode, size, and when content and inode were written last, in nanoseconds."""


def file_stamp(file: Path) -> FileStamp | None:
    """Return what changes whenever a file is written to, moved or replaced; None if it is not there."""
    try:
        at = file.stat()
    except FileNotFoundError:
        return None
    return at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns


def replace_file(file: Path, content: bytes) -> None:
    """Put a file in its place whole, on disk when this returns, for its owner only; one writer at a time."""
    beside = file.with_name(f".{file.name}.next")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    beside.replace(file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
