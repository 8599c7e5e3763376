"""What runs, as the operating system and `postmaster.pid` tell it."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.kernel.storage.server import running
from creditloop.kernel.storage.server.folders import Layout
from creditloop.kernel.storage.server.running import PidFile, find_postmaster, list_processes, read_pid_file

WHOLE = "4711\n/state/data\n1700000000\n5432\n/state/socket\n\n  5432001  65538\nready   \n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WHOLE, PidFile(pid=4711, socket_dir=Path("/state/socket"))),
        ("4711\n/state/data\n1700000000\n5432\n/state/a folder\n\n", PidFile(4711, Path("/state/a folder"))),
        ("4711\n/state/data\n1700000000\n5432\n", PidFile(pid=4711, socket_dir=None)),
        ("4711\n/state/data\n1700000000\n5432\n\n*\n", PidFile(pid=4711, socket_dir=None)),
        ("-4711\n/state/data\n", PidFile(pid=4711, socket_dir=None)),  # a single-user server's number
        ("4711", PidFile(pid=4711, socket_dir=None)),
        ("", None),
        ("\n", None),
        ("ready\n", None),
    ],
)
def test_reading_the_servers_number(tmp_path: Path, text: str, expected: PidFile | None) -> None:
    (tmp_path / "postmaster.pid").write_text(text)
    assert read_pid_file(tmp_path) == expected


def test_no_file_is_no_server(tmp_path: Path) -> None:
    assert read_pid_file(tmp_path) is None
    assert find_postmaster(Layout(state=tmp_path)) is None


@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_without_a_fault(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / "postmaster.pid").write_bytes(content)
    found = read_pid_file(folder)
    assert found is None or found.pid >= 0


def test_we_are_among_the_processes() -> None:
    ours = [one for one in list_processes() if one.pid == os.getpid()]
    assert [one.uid for one in ours] == [os.geteuid()]
    assert Path(sys.executable).name[:6] in ours[0].command


def test_ps_tells_the_same_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if shutil.which("ps") is None:
        pytest.skip("no ps here; it is only used where there is no /proc")
    child = subprocess.Popen(["/bin/sleep", "61.25"])
    try:
        time.sleep(0.1)  # until then its command line may still be empty
        by_proc = [one for one in list_processes() if one.pid == child.pid]
        monkeypatch.setattr(running, "_PROC", tmp_path)
        assert [one for one in list_processes() if one.pid == child.pid] == by_proc
        assert by_proc[0].command == "/bin/sleep 61.25"
    finally:
        child.kill()
        child.wait()


def test_a_stranger_with_the_servers_number_is_not_the_server(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    child = subprocess.Popen(["/bin/sleep", "60"])
    try:
        (tmp_path / "data" / "postmaster.pid").write_text(f"{child.pid}\n")
        assert find_postmaster(Layout(state=tmp_path)) is None
    finally:
        child.kill()
        child.wait()
