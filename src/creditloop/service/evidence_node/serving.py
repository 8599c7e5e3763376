"""Running a node as this process, until it is told to stop: uvicorn over TLS, both sides known."""

import gc
import logging
import signal
from asyncio import BaseTransport, Transport
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from ssl import SSLObject
from typing import Any, ClassVar, cast

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from creditloop.evidence.network.node import Preconditions, Timing
from creditloop.kernel.errors import StateError
from creditloop.kernel.storage import connect, migrate
from creditloop.kernel.storage.server import Server, create_database, database_url, ensure_running, stop
from creditloop.service import clock
from creditloop.service.evidence_node.app import build_app
from creditloop.service.evidence_node.certificates import certificate_bytes
from creditloop.service.evidence_node.folder import EMBEDDED, NodeFolder
from creditloop.service.evidence_node.running import RunningNode
from creditloop.service.evidence_node.store import NODE_ROOMS

_GRACE_SECONDS = 5
_CONNECTIONS_MAX, _PARTY_CONNECTIONS_MAX = 64, 12
"""At once, of all and of one other party, so that none takes everybody's places by lines left open."""
_GOODBYE_SECONDS = 1.0
"""How long a line that is refused may take to close as TLS does."""
_DATABASE = "evidence_node"


class _KnownProtocol(H11Protocol):
    """HTTP/1.1 that tells the application which party is on the line."""

    parties: Mapping[bytes, str] = {}
    own: str = ""
    lines: ClassVar[Counter[str]] = Counter()
    party: str | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        line = cast(SSLObject | None, transport.get_extra_info("ssl_object"))
        shown = line.getpeercert(binary_form=True) if line is not None else None
        party = self.parties.get(shown or b"")
        if party is None or (party != self.own and self.lines[party] >= _PARTY_CONNECTIONS_MAX):
            # a certificate of ours is trusted, but not as itself; or one party takes too many places
            self.app = cast(Any, _nobody)  # what came with the handshake is read before the line is closed
            self.connections.discard(self)  # who never says goodbye takes no place meanwhile
            transport.close()
            self.loop.call_later(_GOODBYE_SECONDS, cast(Transport, transport).abort)
        else:
            self.party = party
            self.lines[party] += 1
            self.app = cast(Any, _with_party(self.app, party))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.party is not None:
            self.lines[self.party] -= 1
            self.party = None


async def _nobody(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(status_code=403)(scope, receive, send)


def _with_party(app: Any, party: str) -> ASGIApp:
    async def known(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "party": party}, receive, send)

    return known


@contextmanager
def node_database(folder: NodeFolder, *, environment: Mapping[str, str]) -> Iterator[str]:
    """Give the address of the node's own database, with its tables.

    An embedded one that was started for it is stopped at the end.

    Raises: what starting, connecting and migrating raise.
    """
    url, started = folder.database, False
    state = folder.folder.absolute() / "database"  # the folder may be given as it is seen from here
    try:
        if url == EMBEDDED:
            unset = {name: text for name, text in environment.items() if name != "CREDITLOOP_DATABASE_URL"}
            server = _embedded_server(state, environment=unset)
            started = server.started
            create_database(server, _DATABASE)
            url = database_url(server, _DATABASE)
        with connect(url) as connection:
            migrate(connection, rooms=NODE_ROOMS, now=clock.now())
            connection.commit()
        yield url
    finally:
        if started:
            stop(state=state)


def _embedded_server(state: Path, *, environment: Mapping[str, str]) -> Server:
    try:
        return ensure_running(state=state, environment=environment)
    except StateError as error:
        raise StateError(
            error.message,
            got=error.got,
            expected=error.expected,
            where=error.where,
            hint=f"{error.hint or ''}; for a node: its folder elsewhere, or --database".lstrip("; "),
        ) from error


def run_node(
    folder: NodeFolder,
    *,
    environment: Mapping[str, str],
    preconditions: Preconditions,
    ready: Callable[[str], None],
    timing: Timing | None = None,
) -> None:
    """Serve until told to stop (SIGTERM, SIGINT).

    Args:
        preconditions: the party's own rules.
        ready: told the address once the node is about to answer there.

    Raises: what `RunningNode` and `node_database` raise.
    """
    with (
        node_database(folder, environment=environment) as url,
        closing(RunningNode(folder, url=url, preconditions=preconditions, timing=timing)) as running,
    ):
        gc.collect()
        gc.freeze()
        server = _server(running)
        ready(folder.card.address)
        server.run()


def _server(running: RunningNode) -> uvicorn.Server:
    parties = {
        certificate_bytes(card.certificate, party=name): name for name, card in running.folder.cards().items()
    }
    known = {"parties": parties, "own": running.folder.name, "lines": Counter()}
    protocol = type("KnownProtocol", (_KnownProtocol,), known)
    host, port = running.folder.address
    config = uvicorn.Config(
        build_app(running),
        host=host,
        port=port,
        http=protocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_CONNECTIONS_MAX,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ssl_context_factory=lambda *_: running.server_context,
    )
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    server = uvicorn.Server(config)

    def end(*_: object) -> None:
        server.should_exit = True

    signal.signal(signal.SIGTERM, end)
    return server
