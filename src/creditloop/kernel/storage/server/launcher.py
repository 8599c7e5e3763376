"""What one asks of the embedded server: be there, stop, how are you.

To be there:
1. a server named by CREDITLOOP_DATABASE_URL is asked for an answer, and nothing is started;
2. one process at a time goes on (`start.lock`);
3. a server that runs (`server.lock` is held) is waited for until it answers;
4. otherwise: choose the binaries, refuse what does not fit, make the data folder if there is none, launch;
5. wait for the answer.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from creditloop.kernel.errors import StateError
from creditloop.kernel.storage.server.account import Account, server_account
from creditloop.kernel.storage.server.binaries import (
    MAJOR_MIN,
    Binaries,
    choose_binaries,
    find_major,
)
from creditloop.kernel.storage.server.cluster import make_cluster, other_major, read_major
from creditloop.kernel.storage.server.database import Server, outside_server
from creditloop.kernel.storage.server.folders import (
    Layout,
    make_private_folder,
    make_state_folder,
    refuse_closed_state,
)
from creditloop.kernel.storage.server.locks import holding, is_busy
from creditloop.kernel.storage.server.logs import last_words
from creditloop.kernel.storage.server.process import (
    READY_SECONDS,
    StopKind,
    Stopped,
    ask,
    halt,
    launch,
    wait_until_ready,
)
from creditloop.kernel.storage.server.reachable import reachable_binaries

FAST_SECONDS = 60.0
"""How long a fast stop may take (it writes what is in memory to disk) before an immediate one follows."""
IMMEDIATE_SECONDS = 15.0


class StatusKind(StrEnum):
    """Whether the embedded server is there; `busy` means it runs but does not answer (yet)."""

    DOWN = "down"
    BUSY = "busy"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Status:
    """How the embedded server is; `server` is given when it is up."""

    kind: StatusKind
    server: Server | None


def ensure_running(*, state: Path, environment: Mapping[str, str]) -> Server:
    """Return a server that answers; start the embedded one if none is named and it is not running.

    Safe to call from several processes at once (one starts it, all get it), and after any of them, or the
    server, was killed at any moment. The server stays when the caller ends.

    Args:
        state: folder of the embedded server's things, see `default_state_folder`.
        environment: variables of the calling process; CREDITLOOP_DATABASE_URL, CREDITLOOP_PG_BIN and PATH
            are read. They choose what is started; a server that already runs is returned as it is.
    Raises: InputError if a variable names something that cannot be used; SourceError if the server
        CREDITLOOP_DATABASE_URL names does not answer; StateError if the embedded one cannot be started,
        with what stands in the way.
    """
    url = environment.get("CREDITLOOP_DATABASE_URL")
    if url:
        return outside_server(url, version_min=MAJOR_MIN)
    with _naming_faults(state):
        layout = make_state_folder(state)
        with _turn(layout):
            return _running_or_started(layout, environment)


def stop(
    *, state: Path, fast_seconds: float = FAST_SECONDS, immediate_seconds: float = IMMEDIATE_SECONDS
) -> Stopped:
    """Stop the embedded server and say how it ended; a server named by a URL is not ours to stop.

    Args:
        state: folder of the embedded server's things.
        fast_seconds: time for a fast stop before an immediate one; the next start then replays its log.
        immediate_seconds: time for that before its processes are killed, with the same consequence.
    Raises: StateError if it cannot be stopped, or another process has been starting it for too long.
    """
    with _naming_faults(state):
        layout = Layout(state=state.resolve())
        if not layout.server_lock.exists():
            return Stopped(kind=StopKind.NOT_RUNNING, pid=None)
        with _turn(layout):
            if not is_busy(layout.server_lock):
                return Stopped(kind=StopKind.NOT_RUNNING, pid=None)
            return halt(layout, fast_seconds=fast_seconds, immediate_seconds=immediate_seconds)


def status(*, state: Path) -> Status:
    """Return how the embedded server is, without starting or waiting for anything.

    Raises: StateError if the state folder cannot be read, or the socket's folder is not private.
    """
    with _naming_faults(state):
        layout = Layout(state=state.resolve())
        if not is_busy(layout.server_lock):
            return Status(kind=StatusKind.DOWN, server=None)
        server = ask(layout)
        return Status(kind=StatusKind.UP if server else StatusKind.BUSY, server=server)


def _running_or_started(layout: Layout, environment: Mapping[str, str]) -> Server:
    server = None
    if is_busy(layout.server_lock):
        server = wait_until_ready(layout)
    if server is not None:
        return server
    with holding(layout.server_lock, seconds=READY_SECONDS) as lock:
        if lock is None:
            raise StateError("processes of an earlier server do not end", where={"file": layout.server_lock})
        _start(layout, environment, lock=lock)
    server = wait_until_ready(layout)
    if server is None:
        raise StateError(
            "the server ended while starting",
            got=last_words(layout),
            where={"file": layout.data},
            hint=f"see {layout.start_log} and {layout.log}",
        )
    return replace(server, started=True)


def _start(layout: Layout, environment: Mapping[str, str], *, lock: int) -> None:
    account = server_account(layout.data)
    refuse_closed_state(layout, account=account)
    data_major = read_major(layout.data)
    binaries = _fitting_binaries(layout, environment, account=account, data_major=data_major)
    for folder in (layout.log, layout.socket):
        make_private_folder(folder, account=account)
    if data_major is None:
        make_cluster(layout, binaries=binaries, account=account, lock=lock)
    launch(layout, binaries=binaries, account=account, lock=lock)


def _fitting_binaries(
    layout: Layout, environment: Mapping[str, str], *, account: Account, data_major: int | None
) -> Binaries:
    chosen = choose_binaries(environment)
    if data_major is not None and data_major != chosen.major:
        fitting = find_major(data_major, environment)
        raise other_major(layout.data, data_major=data_major, chosen=chosen, fitting=fitting)
    return reachable_binaries(chosen, account=account, into=layout.binaries)


@contextmanager
def _turn(layout: Layout) -> Iterator[None]:
    with holding(layout.start_lock, seconds=READY_SECONDS) as descriptor:
        if descriptor is None:
            raise StateError(
                "another process has been starting or stopping the server for too long",
                expected=f"its end within {READY_SECONDS:.0f} s",
                where={"file": layout.start_lock},
                hint=f"find it with `fuser {layout.start_lock}`",
            )
        yield


@contextmanager
def _naming_faults(state: Path) -> Iterator[None]:
    """Turn what the operating system refuses into an error that names the file and the state folder."""
    try:
        yield
    except OSError as fault:
        raise StateError(
            "the operating system refuses something the server needs",
            got=fault.strerror or str(fault),
            where={"file": fault.filename or state, "state folder": state},
            hint="check owner and mode, or choose another state folder with CREDITLOOP_STATE",
        ) from fault
