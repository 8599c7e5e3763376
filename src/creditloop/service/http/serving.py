"""Running the API and the console as a process: in front, or in the background until it is stopped.

The process holds a lock (`serve.lock` in the state folder) for as long as it lives; the operating system
takes it back whatever ends the process, so a note left by a killed one is never taken for a running server.
The note (`serve.json`) has the process's number and address.
"""

import errno
import fcntl
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI

from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.storage.server import make_state_folder
from creditloop.service.bank import Bank
from creditloop.service.http.app import build_app
from creditloop.service.places import Places

PORT = 8620
_STOP_SECONDS, _KILL_SECONDS, _POLL_SECONDS = 15.0, 5.0, 0.02
_GRACE_SECONDS = 10
"""How long requests under way may take once the server is told to stop."""


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


def run_server(bank: Bank, *, host: str, port: int, ready: Callable[[Running], None]) -> None:
    """Serve until told to stop (SIGTERM, SIGINT); requests under way are finished.

    Args:
        port: 0 takes a free one.
        ready: told the address once the server answers there.
    Raises: StateError if a server runs already, or the port is taken; InputError for an address that is not
        this machine's.
    """
    folder = make_state_folder(bank.places.state).state
    with _held(folder), _listening(host, port) as listening:
        app = build_app(bank)
        running = Running(pid=os.getpid(), host=host, port=listening.getsockname()[1])
        _note(folder).write_text(json.dumps(asdict(running)), encoding="utf-8")
        try:
            _log_to_standard_error()
            server = _server(app)
            ready(running)
            server.run(sockets=[listening])
        finally:
            _note(folder).unlink(missing_ok=True)


def _server(app: FastAPI) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(config)

    def end(*_: object) -> None:
        server.should_exit = True

    # before it listens to signals itself; and it sends itself the signal again once it has ended
    signal.signal(signal.SIGTERM, end)
    return server


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
    lock, note = places.state / "serve.lock", _note(places.state)
    if not lock.exists() or not _is_held(lock):
        return None
    with suppress(OSError, ValueError, TypeError):
        return Running(**json.loads(note.read_text("utf-8")))
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
def _held(folder: Path) -> Iterator[None]:
    """Be the one server of a state folder."""
    descriptor = os.open(folder / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateError(
                "a server runs already", where={"file": folder}, hint="creditloop down"
            ) from None
        _note(folder).unlink(missing_ok=True)  # of one that was killed
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


def _note(folder: Path) -> Path:
    return folder / "serve.json"


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # with the protocol named, connections accepted here send at once instead of gathering small packets
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except (OSError, OverflowError) as error:
            if isinstance(error, PermissionError) or getattr(error, "errno", 0) == errno.EADDRINUSE:
                raise StateError("the port is taken or not ours", got=f"{host}:{port}") from None
            raise InputError("not an address of this machine", got=f"{host}:{port}") from None
        listening.listen(128)
        yield listening


def _log_to_standard_error() -> None:
    """Log as JSON lines on standard error, places of code without values: a value may be somebody's."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.getLogger("uvicorn.error").addFilter(_without_exception)


def _without_exception(record: logging.LogRecord) -> bool:
    record.exc_info = record.exc_text = None
    return True
