"""The server process: started in the background, asked whether it answers, stopped."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psycopg

from creditloop.kernel.errors import StateError
from creditloop.kernel.storage.server.account import Account
from creditloop.kernel.storage.server.binaries import Binaries, as_user
from creditloop.kernel.storage.server.database import FIRST_DATABASE, Server, socket_url
from creditloop.kernel.storage.server.folders import PORT, SOCKET_NAME, Layout, check_private_folder
from creditloop.kernel.storage.server.locks import POLL_SECONDS, is_busy
from creditloop.kernel.storage.server.logs import last_words, open_start_log, put_large_logs_aside
from creditloop.kernel.storage.server.running import (
    Process,
    find_orphans,
    find_postmaster,
    read_pid_file,
)

READY_SECONDS = 300.0
"""How long a server may take until it answers; after a crash it first replays what was acknowledged."""
ORPHAN_SIGNALS = ((2.0, signal.SIGQUIT), (7.0, signal.SIGKILL))
"""Seconds that processes whose first process was killed may take to notice before they are told, or killed.

An idle one notices at once; one in the middle of a long statement would finish it first.
"""
LATE_SECONDS = 2.0

SETTINGS = (
    # reached through the socket only
    ("listen_addresses", ""),
    ("port", str(PORT)),
    ("unix_socket_permissions", "0700"),
    # what was acknowledged is on disk
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("synchronous_commit", "on"),
    # memory of a branch's machine; a bank with more runs its own server
    ("shared_buffers", "256MB"),
    ("work_mem", "16MB"),
    ("maintenance_work_mem", "128MB"),
    ("effective_cache_size", "1GB"),
    ("max_wal_size", "1GB"),
    ("max_connections", "100"),
    # compiling a query costs more than it saves on short ones, and not every build can
    ("jit", "off"),
    ("TimeZone", "UTC"),
    ("log_timezone", "UTC"),
    # one file a weekday; a week later it is written over
    ("logging_collector", "on"),
    ("log_filename", "server-%a.log"),
    ("log_rotation_age", "1d"),
    ("log_rotation_size", "0"),
    ("log_truncate_on_rotation", "on"),
    # neither statements nor rows in the log: they hold personal data
    ("log_statement", "none"),
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
    ("log_checkpoints", "off"),
)


class StopKind(StrEnum):
    """How a server came to its end."""

    NOT_RUNNING = "not running"
    FAST = "fast"
    IMMEDIATE = "immediate"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Stopped:
    """What `stop` did; `pid` is the server's first process, None if there was none."""

    kind: StopKind
    pid: int | None


def launch(layout: Layout, *, binaries: Binaries, account: Account, lock: int) -> None:
    """Start the server in the background, in a session of its own, and return at once.

    A shell in between ends at once, so the server is nobody's child here and outlives us.

    Args:
        lock: descriptor of `server.lock`, held; the server and its children keep it.
    Raises: StateError if a server we did not start works on the data folder.
    """
    _remove_stale_marks(layout)
    put_large_logs_aside(layout)
    settings = [
        *SETTINGS,
        ("unix_socket_directories", str(layout.socket)),
        ("log_directory", str(layout.log)),
        ("cluster_name", layout.cluster_name),
        ("creditloop.origin", binaries.origin),
    ]
    command = [str(binaries.folder / "postgres"), "-D", str(layout.data)]
    command += [part for name, value in settings for part in ("-c", f"{name}={value}")]
    with open_start_log(layout) as log:
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "creditloop", *command], stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, start_new_session=True, umask=0o077, pass_fds=(lock,), check=True, **as_user(account),
        )  # fmt: skip


def _remove_stale_marks(layout: Layout) -> None:
    """Remove the marks of a dead server, which block a new one while their numbers belong to others.

    `server.lock` is ours, so no process of a server we started is left. A server started by hand holds no
    such lock and is looked for by its data folder.
    """
    by_hand = find_postmaster(layout)
    if by_hand is not None:
        raise StateError(
            "a server that creditloop did not start works on the data folder; nothing was touched",
            got=f"process {by_hand.pid}",
            where={"file": layout.data},
            hint=f"stop it with `pg_ctl -D {layout.data} stop`",
        )
    for mark in (
        layout.data / "postmaster.pid",
        layout.socket / SOCKET_NAME,
        layout.socket / f"{SOCKET_NAME}.lock",
    ):
        mark.unlink(missing_ok=True)


def wait_until_ready(layout: Layout, *, seconds: float = READY_SECONDS) -> Server | None:
    """Return the server once it answered `select 1`; None if it ended first.

    Processes left over from a killed server are given a moment to notice, then told to go.

    Raises: StateError if neither happened in time; the server is left to go on.
    """
    begun = time.monotonic()
    signals = list(ORPHAN_SIGNALS)
    while time.monotonic() - begun < seconds:
        server = ask(layout)
        if server is not None:
            return server
        if not is_busy(layout.server_lock):
            return None
        if signals and time.monotonic() - begun > signals[0][0]:
            _tell_orphans(layout, signals.pop(0)[1])
        time.sleep(POLL_SECONDS)
    raise StateError(
        "the server did not answer in time; it was left to go on",
        got=last_words(layout),
        expected=f"an answer within {seconds:.0f} s",
        where={"file": layout.data},
        hint="after a crash it may still be replaying its log; the log folder stands beside the data",
    )


def ask(layout: Layout) -> Server | None:
    """Return the running server if it answers now; None if it does not.

    Raises: StateError if the socket's folder is not private.
    """
    noted = read_pid_file(layout.data)
    if noted is None or noted.socket_dir is None or not noted.socket_dir.exists():
        return None
    check_private_folder(noted.socket_dir, uid=layout.data.stat().st_uid)
    url = socket_url(noted.socket_dir, FIRST_DATABASE)
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            answer = connection.execute(_QUESTION).fetchone()
    except psycopg.Error:
        return None
    if answer is None or answer[0] != 1 or answer[1] != str(layout.data):
        return None
    return Server(
        url=url, socket_dir=noted.socket_dir, data_dir=layout.data, version=str(answer[2]).split()[0],
        pid=noted.pid, started=False, origin=answer[3],
    )  # fmt: skip


_QUESTION = """
SELECT 1, current_setting('data_directory'), current_setting('server_version'),
       coalesce(current_setting('creditloop.origin', true), 'unknown')
"""


def _tell_orphans(layout: Layout, which: signal.Signals) -> None:
    """Signal what a dead first process left behind; nobody if it is alive (and replaying its log, say)."""
    if find_postmaster(layout) is None:
        _send(find_orphans(layout), which)


def halt(layout: Layout, *, fast_seconds: float, immediate_seconds: float) -> Stopped:
    """Stop the server: fast (clients are cut off, a checkpoint is written), then immediate, then by force.

    Raises: StateError if it is still there after all three.
    """
    first = _first_process(layout)
    steps = (
        (StopKind.FAST, signal.SIGINT, fast_seconds),
        (StopKind.IMMEDIATE, signal.SIGQUIT, immediate_seconds),
        (StopKind.KILLED, signal.SIGKILL, immediate_seconds),
    )
    for kind, which, seconds in steps[0 if first else 1 :]:  # without it nobody could write a checkpoint
        postmaster = find_postmaster(layout)
        everybody = postmaster is None or kind is StopKind.KILLED
        _send([*([postmaster] if postmaster else []), *(find_orphans(layout) if everybody else [])], which)
        if _wait_until_free(layout.server_lock, seconds=seconds):
            _remove_short_socket(layout)
            return Stopped(kind=kind, pid=first.pid if first else None)
    raise StateError(
        "the server could not be stopped",
        got=f"processes {[one.pid for one in find_orphans(layout)]} are left",
        where={"file": layout.data},
    )


def _first_process(layout: Layout) -> Process | None:
    """Return the postmaster, after a moment if it was launched just now and has yet to say its number."""
    deadline = time.monotonic() + LATE_SECONDS
    found = find_postmaster(layout)
    while found is None and not find_orphans(layout) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        found = find_postmaster(layout)
    return found


def _wait_until_free(lock: Path, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_busy(lock):
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _send(processes: list[Process], which: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):  # it ended by itself
            os.kill(process.pid, which)


def _remove_short_socket(layout: Layout) -> None:
    """Remove the socket's folder where it stands outside the state folder; it is made again at a start."""
    if layout.socket.parent != layout.state:
        with contextlib.suppress(OSError):  # not empty, or gone: nothing depends on it
            layout.socket.rmdir()
