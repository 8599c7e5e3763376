"""The way to the other parties (节点间通信): one thread and one kept connection each, HTTPS both ways known.

A request that fails is not sent again here: the node asks again when it is due. Requests beyond a few that
wait for a party that is away are dropped, the oldest first.
"""

import http.client
import queue
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from creditloop.evidence.network.node import MESSAGE_BYTES_MAX
from creditloop.service.evidence_node.certificates import certificate_bytes
from creditloop.service.evidence_node.folder import Card, split_address

_WAITING_MAX = 32
_SECONDS = 10.0
Replied = Callable[[int, bytes | None], None]


class PartyConnection:
    """A kept connection to one party's node; made when it is needed, by one thread at a time."""

    def __init__(self, card: Card, *, context: ssl.SSLContext, seconds: float = _SECONDS) -> None:
        self._certificate = certificate_bytes(card.certificate, party=card.name)
        host, port = split_address(card.address)
        self._connection = http.client.HTTPSConnection(host, port, timeout=seconds, context=context)

    def request(
        self, method: str, path: str, *, body: bytes = b"", form: str = "application/json"
    ) -> tuple[int, bytes]:
        """Ask; return status and body.

        Raises: OSError or HTTPException if the party is away, is not the one it should be, or says too much.
        """
        try:
            if self._connection.sock is None:
                self._connect()
            self._connection.request(method, path, body=body or None, headers={"Content-Type": form})
            answer = self._connection.getresponse()
            content = answer.read(MESSAGE_BYTES_MAX + 1)
            if len(content) > MESSAGE_BYTES_MAX:
                raise ConnectionError("the answer is too large")
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        return answer.status, content

    def _connect(self) -> None:
        self._connection.connect()
        line = self._connection.sock
        if not isinstance(line, ssl.SSLSocket) or line.getpeercert(binary_form=True) != self._certificate:
            raise ConnectionError("another party answers there")

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self._connection.sock is not None

    def close(self) -> None:
        """Let the connection go; the next request makes a new one."""
        self._connection.close()


class HttpPeers:
    """The port `Peers`: `send` puts a request in line, `replied` is called from another thread.

    Args:
        cards: of the other parties.
        replied: takes a token and an answer's body, None if there was none.
    """

    def __init__(self, cards: Mapping[str, Card], *, context: ssl.SSLContext, replied: Replied) -> None:
        self._replied = replied
        self._lines: dict[str, queue.Queue[tuple[int, bytes] | None]] = {}
        self._threads: list[threading.Thread] = []
        for name, card in cards.items():
            self._lines[name] = queue.Queue()
            connection = PartyConnection(card, context=context)
            thread = threading.Thread(
                target=self._carry, args=(self._lines[name], connection), name=f"to {name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def send(self, party: str, request: bytes, *, token: int) -> None:
        """Send a request; the answer, or its failure, comes back by `replied` with the token."""
        line = self._lines[party]
        if line.qsize() >= _WAITING_MAX:
            with suppress(queue.Empty):
                line.get_nowait()
        line.put((token, request))

    def close(self) -> None:
        """Send nothing more."""
        for line in self._lines.values():
            line.put(None)
        for thread in self._threads:
            thread.join(timeout=1.0)

    def _carry(self, line: queue.Queue[tuple[int, bytes] | None], connection: PartyConnection) -> None:
        while (waiting := line.get()) is not None:
            token, request = waiting
            answer: bytes | None = None
            with suppress(OSError, http.client.HTTPException):
                answer = connection.request("POST", "/messages", body=request)[1]
            self._replied(token, answer)
        connection.close()
