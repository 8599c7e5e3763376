"""What a dead server, a dead starter and a stranger leave behind, and how a server is stopped."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from server_places import (
    IS_ROOT,
    Place,
    start_scenario,
)

from creditloop.kernel.errors import StateError
from creditloop.kernel.storage.server import Server, StatusKind, StopKind, ensure_running, status, stop
from creditloop.kernel.storage.server.folders import SOCKET_NAME, Layout
from creditloop.kernel.storage.server.locks import is_busy
from creditloop.kernel.storage.server.running import find_orphans, find_postmaster, list_processes


def test_a_lock_file_left_behind_is_no_lock(state: Path, environment: dict[str, str]) -> None:
    layout = Layout(state=state)
    ensure_running(state=state, environment=environment)
    stop(state=state)
    assert layout.start_lock.exists()
    assert layout.server_lock.exists()
    assert ensure_running(state=state, environment=environment).started


def dead_pid() -> int:
    ended = subprocess.Popen(["/bin/true"])
    ended.wait()
    return ended.pid


def leave_marks(layout: Layout, pid: int) -> None:
    """Leave what a killed server leaves: its number in the data folder and beside the socket."""
    lines = [str(pid), str(layout.data), "1700000000", "5432", str(layout.socket), "", "  1 2", "ready   "]
    (layout.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    (layout.socket / f"{SOCKET_NAME}.lock").write_text("\n".join(lines[:5]) + "\n")
    for mark in (layout.data / "postmaster.pid", layout.socket / f"{SOCKET_NAME}.lock"):
        os.chown(mark, layout.data.stat().st_uid, layout.data.stat().st_gid)


def test_the_number_of_a_dead_process_does_not_block(state: Path, environment: dict[str, str]) -> None:
    ensure_running(state=state, environment=environment)
    stop(state=state)
    leave_marks(Layout(state=state), dead_pid())
    assert status(state=state).kind is StatusKind.DOWN
    assert stop(state=state).kind is StopKind.NOT_RUNNING
    assert ensure_running(state=state, environment=environment).started


def test_the_number_of_a_living_stranger_does_not_block_and_the_stranger_is_left_alone(
    state: Path, environment: dict[str, str]
) -> None:
    ensure_running(state=state, environment=environment)
    stop(state=state)
    layout = Layout(state=state)
    owner = layout.data.stat()
    as_owner = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if IS_ROOT else {}
    stranger = subprocess.Popen(["/bin/sleep", "60"], **as_owner)
    try:
        leave_marks(layout, stranger.pid)
        assert stop(state=state).kind is StopKind.NOT_RUNNING
        assert ensure_running(state=state, environment=environment).started
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_half_made_folders_are_removed_and_made_anew(place: Place, environment: dict[str, str]) -> None:
    half = place.state / ".data-x1y2"
    copy = place.state / "binaries" / ".new-x1y2"
    for folder in (half / "base", copy / "tree"):
        folder.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    (place.state / "data").mkdir()
    place.state.chmod(0o711)
    assert ensure_running(state=place.state, environment=environment).started
    assert not half.exists()
    assert copy.exists() is not IS_ROOT


def wait_for(condition: Callable[[], bool], *, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.005)


def test_starter_killed_while_initdb_runs(place: Place, environment: dict[str, str]) -> None:
    starter = start_scenario("up", state=place.state)
    wait_for(lambda: any(place.state.glob(".data-*/PG_VERSION")))
    starter.kill()
    starter.communicate()
    assert not (place.state / "data").exists()
    server = ensure_running(state=place.state, environment=environment)
    assert server.started
    assert list(place.state.glob(".data-*")) == []


def test_starter_killed_while_the_server_starts(state: Path, environment: dict[str, str]) -> None:
    ensure_running(state=state, environment=environment)
    stop(state=state)
    starter = start_scenario("up", state=state)
    wait_for(lambda: is_busy(Layout(state=state).server_lock))
    starter.kill()
    starter.communicate()
    ensure_running(state=state, environment=environment)
    assert status(state=state).kind is StatusKind.UP


@contextmanager
def long_statement(server: Server) -> Iterator[None]:
    """Keep one of the server's processes at work that looks neither at its parent nor at its client."""

    def run() -> None:
        with suppress(psycopg.OperationalError), psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("DO $$ BEGIN LOOP END LOOP; END $$")

    client = threading.Thread(target=run)
    client.start()
    assert server.data_dir is not None
    layout = Layout(state=server.data_dir.parent)
    wait_for(lambda: any(one.command.endswith(" DO") for one in find_orphans(layout)))
    yield
    client.join()


def kill_first_process(server: Server) -> None:
    assert server.pid is not None
    assert server.data_dir is not None
    os.kill(server.pid, signal.SIGKILL)
    wait_for(lambda: find_postmaster(Layout(state=server.data_dir.parent)) is None)


def test_first_process_killed_under_a_long_statement(state: Path, environment: dict[str, str]) -> None:
    server = ensure_running(state=state, environment=environment)
    with long_statement(server):
        kill_first_process(server)
        assert status(state=state).kind is StatusKind.BUSY
        again = ensure_running(state=state, environment=environment)
    assert again.started
    assert again.pid != server.pid


def test_orphans_alone_are_stopped(state: Path, environment: dict[str, str]) -> None:
    server = ensure_running(state=state, environment=environment)
    with long_statement(server):
        kill_first_process(server)
        assert stop(state=state).kind is StopKind.IMMEDIATE
    assert find_orphans(Layout(state=state)) == []


@pytest.mark.parametrize(("seconds", "kind"), [(8.0, StopKind.IMMEDIATE), (0.5, StopKind.KILLED)])
def test_a_stop_that_is_not_fast_says_so(
    state: Path, environment: dict[str, str], seconds: float, kind: StopKind
) -> None:
    server = ensure_running(state=state, environment=environment)
    with psycopg.connect(server.url) as connection:
        os.kill(connection.info.backend_pid, signal.SIGSTOP)  # a process that does not heed its parent
        stopped = stop(state=state, fast_seconds=0.5, immediate_seconds=seconds)
    assert stopped.kind is kind
    assert ensure_running(state=state, environment=environment).started


def test_a_server_started_by_hand_is_not_touched(state: Path, environment: dict[str, str]) -> None:
    server = ensure_running(state=state, environment=environment)
    layout = Layout(state=state)
    postgres = next(one.command for one in list_processes() if one.pid == server.pid).split(" -D ")[0]
    stop(state=state)
    owner = layout.data.stat()
    as_owner = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if IS_ROOT else {}
    by_hand = subprocess.Popen(
        [postgres, "-h", "", "-k", layout.socket, "-p", "5499"], stderr=subprocess.DEVNULL, **as_owner,
        env={"PGDATA": str(layout.data)}, cwd="/",
    )  # fmt: skip
    try:
        wait_for((layout.socket / ".s.PGSQL.5499").exists)
        with pytest.raises(StateError, match="did not start") as caught:
            ensure_running(state=state, environment=environment)
        assert caught.value.got == f"process {by_hand.pid}"
        assert (layout.data / "postmaster.pid").exists()
        assert by_hand.poll() is None
    finally:
        by_hand.send_signal(signal.SIGINT)
        by_hand.wait()


def test_a_server_that_cannot_start_shows_its_last_words(state: Path, environment: dict[str, str]) -> None:
    ensure_running(state=state, environment=environment)
    stop(state=state)
    control = state / "data" / "global" / "pg_control"
    control.rename(control.with_name("aside"))
    try:
        with pytest.raises(StateError, match="ended while starting") as caught:
            ensure_running(state=state, environment=environment)
    finally:
        control.with_name("aside").rename(control)
    assert "could not find the database system" in str(caught.value.got)
    assert "shut down" not in str(caught.value.got)  # an earlier run's last words
    assert str(state / "log") in str(caught.value.hint)
