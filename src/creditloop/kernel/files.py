"""Whether a file is still the one that was seen: for what is kept in mind of what stands in files."""

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
