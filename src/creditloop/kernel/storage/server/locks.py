"""Locks that the operating system takes back when their last holder dies, so none is ever stale.

`flock` belongs to the open file, which child processes inherit: `server.lock` is opened by the launcher,
handed to the server, and free again only when the server and every child it left behind are gone.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.02


@contextmanager
def holding(path: Path, *, seconds: float) -> Iterator[int | None]:
    """Hold the lock within the block and give its file descriptor; None if it was not free in time.

    It is let go by closing, never by unlocking: a child that inherited the descriptor keeps the lock.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        yield descriptor if _take(descriptor, seconds=seconds) else None
    finally:
        os.close(descriptor)


def is_busy(path: Path) -> bool:
    """Return whether somebody holds the lock now."""
    if not path.exists():
        return False
    with holding(path, seconds=0) as descriptor:
        return descriptor is None


def _take(descriptor: int, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS)
        else:
            return True
