"""The server of the API and the console, seen from outside: is it there, start it, stop it.

The process holds a lock (`serve.lock` in the state folder) for as long as it lives; the operating system
takes it back whatever ends the process, so a note left by a killed one is never taken for a running server.
The note (`serve.json`) has the process's number and address. What the process itself does is `http.serving`;
nothing of it is loaded here, so that stopping it waits for nothing.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from creditloop.kernel.errors import StateError
from creditloop.kernel.storage.server import make_state_folder
from creditloop.service.places import Places

PORT = 8620
"""The port that is taken if nothing is said."""
_STOP_SECONDS, _KILL_SECONDS, _POLL_SECONDS = 15.0, 5.0, 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that runs: its process and its address."""

    pid: int
    host: str
    port: int

    @property
    def url(self) -> str:
        """The address as a browser takes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address of this name."""
    return host in {"localhost", "::1"} or host.startswith("127.")


def start_server(places: Places, *, database: str, host: str, port: int) -> Running:
    """Start a server in the background, and return once it answers.

    Raises: StateError with what it said if it did not come up; `serve.log` in the state folder has the rest.
    """
    folder = make_state_folder(places.state).state
    command = [sys.executable, "-m", "creditloop", "serve", "--json", "--database", database]
    command += ["--host", host, "--port", str(port)]
    with (folder / "serve.log").open("ab") as log:
        # a shell in between ends at once, so the server is nobody's child here and outlives us
        starter = subprocess.Popen(
            ["/bin/sh", "-c", '"$@" &', "creditloop", *command], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=log, start_new_session=True, text=True,
        )  # fmt: skip
    with starter:
        said = _first_object(starter)
    running = find_server(places)
    if "error" in said or running is None:
        error = said.get("error")
        message = error.get("message") if isinstance(error, dict) else None
        raise StateError("the server did not start", got=message, where={"file": folder / "serve.log"})
    return running


def _first_object(starter: subprocess.Popen[str]) -> dict[str, object]:
    """Read the one object that `serve --json` says, once it answers or when it ends."""
    lines = []
    assert starter.stdout is not None
    for line in starter.stdout:
        lines.append(line)
        if line.rstrip() == "}":
            break
    with suppress(ValueError):
        said = json.loads("".join(lines))
        if isinstance(said, dict):
            return said
    return {"error": None}


def find_server(places: Places) -> Running | None:
    """Return the server that runs on a state folder, None if there is none."""
    lock = places.state / "serve.lock"
    if not lock.exists() or not _is_held(lock):
        return None
    with suppress(OSError, ValueError, TypeError):
        return Running(**json.loads(note(places.state).read_text("utf-8")))
    return None


def stop_server(places: Places) -> int | None:
    """Stop the server of a state folder, by force if need be; return its process, None if there was none.

    Raises: StateError if it is still there afterwards.
    """
    running = find_server(places)
    if running is None:
        return None
    lock = places.state / "serve.lock"
    for which, seconds in ((signal.SIGTERM, _STOP_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
        with suppress(ProcessLookupError):
            os.kill(running.pid, which)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not _is_held(lock):
                return running.pid
            time.sleep(_POLL_SECONDS)
    raise StateError("the server could not be stopped", got=f"process {running.pid}")


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Be the one server of a state folder."""
    descriptor = os.open(folder / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(
                "a server runs already", where={"file": folder}, hint="creditloop down"
            ) from None
        note(folder).unlink(missing_ok=True)  # of one that was killed
        yield
    finally:
        os.close(descriptor)


def _is_held(lock: Path) -> bool:
    descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def note(folder: Path) -> Path:
    """Return the file in which a running server has left its process and address."""
    return folder / "serve.json"
