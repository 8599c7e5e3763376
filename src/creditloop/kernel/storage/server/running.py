"""What runs: the operating system's processes, and what `postmaster.pid` says about the server."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from creditloop.kernel.storage.server.folders import Layout

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the machine: its number, its user and its command line (or title)."""

    pid: int
    uid: int
    command: str


def list_processes() -> list[Process]:
    """Return every process we may look at, from /proc, or from `ps` where there is no /proc (macOS)."""
    if (_PROC / "self" / "cmdline").exists():
        return [found for entry in _PROC.iterdir() if entry.name.isdecimal() for found in _from_proc(entry)]
    answer = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,uid=,command="], capture_output=True, text=True, check=True
    )
    return [_from_ps(line) for line in answer.stdout.splitlines()]


def _from_proc(entry: Path) -> list[Process]:
    try:
        command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").strip()
        return [Process(int(entry.name), entry.stat().st_uid, command.decode("utf-8", "surrogateescape"))]
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []  # it ended while we looked, or is hidden from us


def _from_ps(line: str) -> Process:
    pid, uid, command = [*line.split(maxsplit=2), ""][:3]
    return Process(int(pid), int(uid), command)


@dataclass(frozen=True, slots=True)
class PidFile:
    """`postmaster.pid`: the server's process, and its socket folder once that is open."""

    pid: int
    socket_dir: Path | None


def read_pid_file(data_dir: Path) -> PidFile | None:
    """Return what `postmaster.pid` says; None if there is none, or it is only half written."""
    try:
        lines = (data_dir / "postmaster.pid").read_bytes().splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    socket_dir = Path(os.fsdecode(lines[4])) if len(lines) > 4 and lines[4].startswith(b"/") else None
    return PidFile(pid=abs(pid), socket_dir=socket_dir)


def find_postmaster(layout: Layout) -> Process | None:
    """Return the server's first process: named by `postmaster.pid`, its user's, at work in the data folder.

    The number alone proves nothing, it may have been given to another process since.
    """
    noted = read_pid_file(layout.data)
    if noted is None:
        return None
    owner = layout.data.stat().st_uid
    for process in list_processes():
        if process.pid == noted.pid and process.uid == owner and _works_in(process, layout.data):
            return process
    return None


def _works_in(process: Process, data_dir: Path) -> bool:
    """Whether this is a server on this data folder: it stands in it, or its command line names it."""
    if "postgres" not in process.command:
        return False
    try:
        return (_PROC / str(process.pid) / "cwd").readlink() == data_dir.resolve()
    except OSError:
        return f"-D {data_dir} " in f"{process.command} "


def find_orphans(layout: Layout) -> list[Process]:
    """Return server processes by their title, which carries the cluster's name; the postmaster has none."""
    owner = layout.data.stat().st_uid if layout.data.exists() else None
    title = f"postgres: {layout.cluster_name}: "
    return [one for one in list_processes() if one.uid == owner and one.command.startswith(title)]
