"""Running the API and the console as this process, until it is told to stop; see also `web_server`."""

import errno
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

import structlog
import uvicorn
from fastapi import FastAPI

from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.storage.server import make_state_folder
from creditloop.service.bank import Bank
from creditloop.service.http.app import build_app
from creditloop.service.web_server import Running, held, note

_GRACE_SECONDS = 10
"""How long requests under way may take once the server is told to stop."""
_SWITCH_SECONDS = 0.0005
"""How long a thread computes before another may. With Python's 5 ms a request waits as long each time that it
goes from one thread to the next, several times, while others compute; computing itself takes 2 to 4 ms."""


def run_server(bank: Bank, *, host: str, port: int, ready: Callable[[Running], None]) -> None:
    """Serve until told to stop (SIGTERM, SIGINT); requests under way are finished.

    Args:
        port: 0 takes a free one.
        ready: told the address once the server answers there.
    Raises: StateError if a server runs already, or the port is taken; InputError for an address that is not
        this machine's.
    """
    folder = make_state_folder(bank.places.state).state
    with held(folder), _listening(host, port) as listening:
        app = build_app(bank)
        running = Running(pid=os.getpid(), host=host, port=listening.getsockname()[1])
        note(folder).write_text(json.dumps(asdict(running)), encoding="utf-8")
        try:
            _log_to_standard_error()
            sys.setswitchinterval(_SWITCH_SECONDS)
            gc.collect()
            gc.freeze()  # what is loaded stays: looked through again and again, it costs a request 40 ms
            server = _server(app)
            ready(running)
            server.run(sockets=[listening])
        finally:
            note(folder).unlink(missing_ok=True)


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
