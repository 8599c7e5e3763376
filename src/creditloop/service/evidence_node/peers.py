"""The way to the other parties (节点间通信): one thread and one kept connection each, HTTPS both ways known.

A request that fails is not sent again here: the node asks again when it is due. Of what waits for a party
that is away only the newest is kept, by count and by size, and what is dropped is told as not answered.
"""

import http.client
import ssl
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from creditloop.evidence.network.node import MESSAGE_BYTES_MAX
from creditloop.service.evidence_node.card import Card, split_address
from creditloop.service.evidence_node.certificates import certificate_bytes

_WAITING_MAX, _WAITING_BYTES_MAX = 32, 32 << 20
_SECONDS = 10.0
Replied = Callable[[int, bytes | None], None]


class PartyConnection:
    """A kept connection to one party's node; made when it is needed, by one thread at a time."""

    def __init__(self, card: Card, *, context: ssl.SSLContext, seconds: float = _SECONDS) -> None:
        self._certificate = certificate_bytes(card.certificate, party=card.name)
        host, port = split_address(card.address)
        self._connection = http.client.HTTPSConnection(host, port, timeout=seconds, context=context)
        self._connection.auto_open = 0  # never without looking at who answers

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
            if answer.length:  # reading so many bytes at most, `http.client` does not say so
                raise ConnectionError("the answer was cut short")
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


class _Line:
    """What waits for one party; the newest requests, bounded."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._bytes = 0
        self._closed = False
        self._changed = threading.Condition()

    def put(self, token: int, request: bytes) -> list[int]:
        """Put a request in line; return the tokens of those that are dropped for it."""
        dropped = []
        with self._changed:
            while self._waiting and (
                len(self._waiting) >= _WAITING_MAX or self._bytes + len(request) > _WAITING_BYTES_MAX
            ):
                oldest, body = self._waiting.popleft()
                self._bytes -= len(body)
                dropped.append(oldest)
            self._waiting.append((token, request))
            self._bytes += len(request)
            self._changed.notify()
        return dropped

    def take(self) -> tuple[int, bytes] | None:
        """Wait for the next request and return it; None once the line is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            if self._closed:
                return None
            token, request = self._waiting.popleft()
            self._bytes -= len(request)
            return token, request

    def close(self) -> None:
        """Let whoever waits for a request go."""
        with self._changed:
            self._closed = True
            self._changed.notify()


class HttpPeers:
    """The port `Peers`: `send` puts a request in line, `replied` is called later, by any thread.

    Args:
        cards: of the other parties.
        replied: takes a token and an answer's body, None if there was none; it must not wait for the caller
            of `send`.
    """

    def __init__(self, cards: Mapping[str, Card], *, context: ssl.SSLContext, replied: Replied) -> None:
        self._replied = replied
        self._lines: dict[str, _Line] = {}
        self._threads: list[threading.Thread] = []
        for name, card in cards.items():
            self._lines[name] = _Line()
            connection = PartyConnection(card, context=context)
            thread = threading.Thread(
                target=self._carry, args=(self._lines[name], connection), name=f"to {name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def send(self, party: str, request: bytes, *, token: int) -> None:
        """Send a request; the answer, or its failure, comes back by `replied` with the token."""
        for dropped in self._lines[party].put(token, request):
            self._replied(dropped, None)

    def close(self) -> None:
        """Send nothing more."""
        for line in self._lines.values():
            line.close()
        for thread in self._threads:
            thread.join(timeout=1.0)

    def _carry(self, line: _Line, connection: PartyConnection) -> None:
        while (waiting := line.take()) is not None:
            token, request = waiting
            answer: bytes | None = None
            with suppress(OSError, http.client.HTTPException):
                answer = connection.request("POST", "/messages", body=request)[1]
            self._replied(token, answer)
        connection.close()
