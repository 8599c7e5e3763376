"""A node that runs: one thread has the node and its store, time passes, the others are on the line.

Everything that touches the node is done by that thread, one thing after another, as `Node` asks for; what
comes by HTTP or from a peer waits for its turn. What fails in a way nobody foresaw is logged and leaves the
node in doubt of what it has in mind; it goes on.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from creditloop.evidence.network.node import Node, Ports, Preconditions, Timing
from creditloop.kernel.errors import InputError, SourceError, StateError
from creditloop.service import clock
from creditloop.service.evidence_node.certificates import tls_context
from creditloop.service.evidence_node.folder import NodeFolder
from creditloop.service.evidence_node.peers import HttpPeers
from creditloop.service.evidence_node.signed_files import SignedFiles
from creditloop.service.evidence_node.store import NodeStore

TICK_SECONDS = 0.1
"""How often time is let pass."""
_AFTER_FAILURE_SECONDS = 1.0
_LOG = logging.getLogger(__name__)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The port `Clock`: this machine's time."""

    def now(self) -> datetime:
        """Return the wall clock, aware."""
        return clock.now()

    def elapsed_ms(self) -> int:
        """Return milliseconds since the machine started."""
        return time.monotonic_ns() // 1_000_000


class RunningNode:
    """A node with its store, its connections and its thread.

    Args:
        url: of the node's own database.
        preconditions: the party's own rules.

    Raises: StateError if another process runs it or its keys cannot be read; SourceError if its database does
        not answer; EvidenceError if what it keeps is spoilt.
    """

    def __init__(
        self, folder: NodeFolder, *, url: str, preconditions: Preconditions, timing: Timing | None = None
    ) -> None:
        self.folder = folder
        self._turn = ThreadPoolExecutor(1, thread_name_prefix="node")
        self._stopped = threading.Event()
        self._pass_time = threading.Thread(target=self._let_time_pass, name="time", daemon=True)
        keys, cards = folder.keys(), folder.cards()
        others = {name: card for name, card in cards.items() if name != folder.name}
        context = tls_context(
            server=False,
            own=folder.card.certificate,
            secret=keys.tls,
            others={name: card.certificate for name, card in others.items()},
            scratch=folder.folder,
        )
        self.server_context = tls_context(
            server=True,
            own=folder.card.certificate,
            secret=keys.tls,
            others={name: card.certificate for name, card in cards.items()},
            scratch=folder.folder,
        )
        self.peers = HttpPeers(others, context=context, replied=self._replied)

        def begin() -> None:
            self.store = NodeStore(url)
            self.signed = SignedFiles(folder.signed, alone=True)
            folder.check_card()  # from here on nobody changes it
            ports = Ports(
                store=self.store,
                last_signed=self.signed,
                clock=SystemClock(),
                preconditions=preconditions,
                peers=self.peers,
                audit=self.store,
            )
            self.node = Node(network=folder.trusted().network, keys=keys.node, ports=ports, timing=timing)

        try:
            self._turn.submit(begin).result()
        except BaseException:
            self.close()
            raise
        self._pass_time.start()

    def call(self, act: Callable[[Node], _Result]) -> "Future[_Result]":
        """Have the node's thread do something with the node."""
        return self._turn.submit(self._do, act)

    def _do(self, act: Callable[[Node], _Result]) -> _Result:
        if self.store.take_lost():
            self.node.doubt()
        try:
            return act(self.node)
        except (InputError, StateError, SourceError):
            raise  # said to whoever asked; what was read again or refused changed nothing
        except Exception:
            self.node.doubt()
            raise

    def close(self) -> None:
        """Stop: what was begun is finished, nothing else is."""
        self._stopped.set()
        self.peers.close()
        if self._pass_time.is_alive():
            self._pass_time.join()
        self._turn.shutdown(wait=True, cancel_futures=True)
        if hasattr(self, "signed"):
            self.signed.close()
        if hasattr(self, "store"):
            self.store.close()

    def _replied(self, token: int, body: bytes | None) -> None:
        with suppress(RuntimeError):  # we are stopping
            self.call(lambda node: node.replied(token, body)).add_done_callback(_log_failure)

    def _let_time_pass(self) -> None:
        seconds = TICK_SECONDS
        while not self._stopped.wait(seconds):
            with suppress(RuntimeError):
                tick = self.call(lambda node: node.tick())
                seconds = _AFTER_FAILURE_SECONDS if tick.exception() else TICK_SECONDS
                _log_failure(tick)


def _log_failure(done: "Future[None]") -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        _LOG.error("the node failed", exc_info=error)
