"""What the server says: one file a weekday, overwritten a week later, and one for the time before.

Statements and row values are kept out of the files (see `process.SETTINGS`): they hold personal data.
"""

from pathlib import Path
from typing import IO

from creditloop.kernel.storage.server.folders import Layout

LOG_BYTES_MAX = 8 * 1024 * 1024
"""A log file larger than this is put aside at the next start, in place of the one put aside before."""


def open_start_log(layout: Layout) -> IO[bytes]:
    """Open `start.log` anew, for what a program says before the server's log is open."""
    return layout.start_log.open("wb")


def put_large_logs_aside(layout: Layout) -> None:
    """Rename log files that grew too large to `<name>.old`, so that a week's logs stay small."""
    for path in layout.log.glob("*.log"):
        if path.lstat().st_size > LOG_BYTES_MAX:
            path.rename(path.with_name(path.name + ".old"))


def last_words(layout: Layout) -> str:
    """Return the end of `start.log`, and of the server's log if that was written since; for an error."""
    begun = layout.start_log.stat().st_mtime if layout.start_log.exists() else 0.0
    since = [path for path in layout.log.glob("*.log") if path.lstat().st_mtime >= begun]
    return "\n".join(filter(None, (tail(path) for path in (layout.start_log, *since))))


def tail(path: Path, *, lines: int = 6) -> str:
    """Return the last lines of a file; nothing if there is no such file."""
    if path.is_symlink() or not path.is_file():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 4096))
        return "\n".join(log.read().decode("utf-8", "replace").strip().splitlines()[-lines:])
