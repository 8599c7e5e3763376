"""A newcomer's node: the commands as the page prints them, in his folder, with the embedded database."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Run = Callable[..., str]


@pytest.fixture
def run() -> Iterator[Run]:
    """Runs a command of ours in a folder that the embedded server's user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="creditloop-node-"))
    folder.chmod(0o711)

    def run(*words: str, status: int = 0) -> str:
        command = [sys.executable, "-m", "creditloop", "evidence", "node", *words]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, env=_environment()
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    run.folder = folder  # type: ignore[attr-defined]
    yield run
    shutil.rmtree(folder)


def _environment() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if name != "CREDITLOOP_DATABASE_URL"}


def test_a_node_is_created_joined_run_checked_and_rotated(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as place:
        port = place.getsockname()[1]
    for name in ("bank", "fund", "partner"):
        sm2 = ["--sm2"] if name == "fund" else []
        said = run("create", name, "--name", f"{name}.example", "--address", f"127.0.0.1:{port}", *sm2)
        assert ("yes 有" in said) == bool(sm2)
    cards = [f"{name}/card.json" for name in ("bank", "fund", "partner")]
    for name in ("bank", "fund", "partner"):
        assert "2 of 2 others" in run("join", name, *cards, "--network", "three")
    folder: Path = run.folder  # type: ignore[attr-defined]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "creditloop", "evidence", "node", "run", "bank", "--rules", "form"],
            cwd=folder,
            env=_environment(),
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(port, process, folder / "log")
        said = run("status", "bank")
        assert "bank.example" in said and "three" in said
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert "问题" not in run("check", "bank")
    assert "until bank.example" in run("rotate", "bank", "--sm2")
    assert "do not go on" not in run("join", "bank", *cards, "--network", "three")
    assert (folder / "bank" / "network.txt").read_text().count("\nsm2_log ") == 2
    assert not list(folder.rglob("postmaster.pid")), "the server was left running"


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text("utf-8")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(log.read_text("utf-8"))
