"""A node's thread, and its way to the others: what goes wrong there stops nothing and is not passed over."""

import hashlib
import http.client
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg
import pytest
from tests.service.evidence_node.five_nodes import NAMES, FiveNodes, Submitting, five_nodes
from tests.service.evidence_node.node_databases import end_connections

from creditloop.evidence.network import canonical_form
from creditloop.evidence.network.node import MESSAGE_BYTES_MAX, Node
from creditloop.kernel.errors import SourceError, StateError
from creditloop.service.evidence_node import FormOnly, NodeClient, NodeStore, RunningNode, node_database
from creditloop.service.evidence_node.certificates import tls_context
from creditloop.service.evidence_node.peers import HttpPeers, PartyConnection

BANK, BUREAU, FUND, PARTNER, PAYMENT = NAMES


@pytest.fixture(scope="module")
def nodes(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FiveNodes]:
    """Five parties, none running."""
    with five_nodes(tmp_path_factory.mktemp("running"), server_url=server_url) as nodes:
        yield nodes


@pytest.fixture
def running(nodes: FiveNodes) -> Iterator[RunningNode]:
    """The bank's node in this process; nobody else is there."""
    folder = nodes.folders[BANK]
    with (
        node_database(folder, environment={}) as url,
        closing(RunningNode(folder, url=url, preconditions=FormOnly())) as running,
    ):
        yield running


def until(found: Callable[[], bool], *, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_another_process_wrote_is_read_again(running: RunningNode, nodes: FiveNodes) -> None:
    """The connection is lost, another process works on the store and ends: nothing in mind is believed."""
    submitting = Submitting(client=NodeClient(nodes.folders[BANK]))
    body = canonical_form(submitting.batch(2, name="by-another", now=datetime.now(UTC)))
    assert running.call(lambda node: node.status()).result().waiting == 0
    url = nodes.url(BANK)
    end_connections(url)
    with closing(NodeStore(url)) as other:
        other.save_proposal(batch="by-another", body=body)
    # it is noticed where the node itself does not see it: by a read for people, by a lost audit line
    with suppress(SourceError, StateError):
        running.call(lambda node: running.store.audit_lines(lines_max=1)).result()
    until(lambda: running.call(lambda node: node.status()).result().waiting == 1)
    submitting.client.close()


def test_time_goes_on_after_a_failure_nobody_foresaw(
    running: RunningNode, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ticks: list[bool] = []
    tick = Node.tick

    def failing(node: Node) -> None:
        ticks.append(True)
        if len(ticks) == 1:
            raise KeyError("a defect")
        tick(node)

    with caplog.at_level(logging.ERROR), monkeypatch.context() as patch:
        patch.setattr(Node, "tick", failing)
        until(lambda: len(ticks) >= 3)
    assert "the node failed" in caplog.text and "a defect" in caplog.text


def test_a_failure_leaves_the_node_in_doubt(running: RunningNode, monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[bool] = []
    load = Node._load

    def counted(node: Node) -> None:
        loads.append(True)
        load(node)

    def fails(node: Node) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Node, "_load", counted)
    with pytest.raises(ZeroDivisionError):
        running.call(fails).result()
    until(lambda: len(loads) == 1)
    running.call(lambda node: node.tick()).result()
    assert len(loads) == 1


def test_a_second_process_on_the_folder_is_refused(running: RunningNode, nodes: FiveNodes) -> None:
    """By its database, and by its folder if somebody gave it another database."""
    folder = nodes.folders[BANK]
    before = threading.active_count()
    with pytest.raises(StateError, match="another process runs"):
        RunningNode(folder, url=nodes.url(BANK), preconditions=FormOnly())
    with node_database(nodes.folders[FUND], environment={}) as another:
        with pytest.raises(StateError, match="another process signs"):
            RunningNode(folder, url=another, preconditions=FormOnly())
        NodeStore(another).close()  # it was given back
    until(lambda: threading.active_count() <= before)
    assert running.call(lambda node: node.status()).result().name == BANK


def test_the_store_may_be_away_for_a_while(running: RunningNode, nodes: FiveNodes, server_url: str) -> None:
    database = nodes.databases[BANK]
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false".encode())
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database]
        )
        with pytest.raises(SourceError):
            running.call(lambda node: running.store.audit_lines(lines_max=1)).result()
        with pytest.raises(SourceError):
            running.call(lambda node: running.store.audit_lines(lines_max=1)).result()
        assert running.call(lambda node: node.submit(b"{}")).result().outcome in ("store_failed", "malformed")
        server.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true".encode())

    def is_back() -> bool:
        return running.call(lambda node: node.submit(b"{}")).result().outcome == "malformed"

    until(is_back)


# the way to the others


class Silent:
    """A party that takes connections and says nothing."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def close(self) -> None:
        self.socket.close()


def own_context(nodes: FiveNodes, folder_of: str, *, server: bool, scratch: Path) -> ssl.SSLContext:
    folder = nodes.folders[folder_of]
    others = {name: one.card.certificate for name, one in nodes.folders.items()}
    return tls_context(
        server=server, own=folder.card.certificate, secret=folder.keys().tls, others=others, scratch=scratch
    )


def test_of_what_waits_for_a_silent_party_only_the_newest_is_kept(nodes: FiveNodes, tmp_path: Path) -> None:

    told: dict[int, bytes | None] = {}
    with closing(Silent()) as silent:
        card = msgspec.structs.replace(nodes.folders[FUND].card, address=silent.address)
        context = own_context(nodes, BANK, server=False, scratch=tmp_path)
        peers = HttpPeers({FUND: card}, context=context, replied=told.__setitem__)
        for token in range(1_000):
            peers.send(FUND, b"x" * 100, token=token)
        assert set(told.values()) == {None}
        assert 960 <= len(told) <= 968 and max(told) < 968  # the oldest, but for the one that is on its way
        for token in range(1_000, 1_020):
            peers.send(FUND, bytes(MESSAGE_BYTES_MAX), token=token)
        waiting = [token for token in range(1_020) if token not in told]
        assert len([token for token in waiting if token >= 1_000]) in (2, 3)  # 32 MB, and one on its way
        silent.close()
        peers.close()


@contextmanager
def answering(context: ssl.SSLContext, parts: Sequence[bytes]) -> Iterator[str]:
    """Give the address of a party that answers every request by these bytes and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    raw, _ = listening.accept()
                except OSError:
                    return
                with suppress(OSError), context.wrap_socket(raw, server_side=True) as line:
                    asked = b""
                    while not asked.endswith(b"\r\n\r\nthe request"):
                        asked += line.recv(65_536) or b"\r\n\r\nthe request"
                    for part in parts:
                        line.sendall(part)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def asked(nodes: FiveNodes, name: str, address: str, scratch: Path) -> tuple[int, bytes]:
    """Ask who answers at an address as if a party did."""
    card = msgspec.structs.replace(nodes.folders[name].card, address=address)
    context = own_context(nodes, BANK, server=False, scratch=scratch)
    with closing(PartyConnection(card, context=context, seconds=10.0)) as line:
        return line.request("POST", "/messages", body=b"the request")


def head(size: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size


def test_an_answer_is_taken_whole_and_from_the_party_alone(nodes: FiveNodes, tmp_path: Path) -> None:
    fund = own_context(nodes, FUND, server=True, scratch=tmp_path)
    with answering(fund, [head(5), b"whole"]) as address:
        assert asked(nodes, FUND, address, tmp_path) == (200, b"whole")
        with pytest.raises(ConnectionError, match="another party"):
            asked(nodes, PARTNER, address, tmp_path)
    for parts in ([head(5), b"cut"], [head(5)], [head(5 << 20), bytes(1 << 20)]):
        with answering(fund, parts) as address, pytest.raises(ConnectionError, match="cut short"):
            asked(nodes, FUND, address, tmp_path)
    mebibytes = [bytes(1 << 20)] * 17
    for first in (head(MESSAGE_BYTES_MAX + 1), head(1 << 40), b"HTTP/1.1 200 OK\r\n\r\n"):
        parts = [first, *mebibytes]
        with answering(fund, parts) as address, pytest.raises(ConnectionError, match="too large"):
            asked(nodes, FUND, address, tmp_path)
    for parts in ([b"garbage\r\n"], [], [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"]):
        with answering(fund, parts) as address, pytest.raises((OSError, http.client.HTTPException)):
            asked(nodes, FUND, address, tmp_path)


def test_closing_does_not_wait_for_a_silent_party(nodes: FiveNodes, tmp_path: Path) -> None:

    with closing(Silent()) as silent:
        card = msgspec.structs.replace(nodes.folders[FUND].card, address=silent.address)
        context = own_context(nodes, BANK, server=False, scratch=tmp_path)
        peers = HttpPeers({FUND: card, PARTNER: card}, context=context, replied=lambda token, body: None)
        for token in range(100):
            peers.send(FUND, hashlib.sha256(b"%d" % token).digest(), token=token)
        began = time.monotonic()
        peers.close()
        assert time.monotonic() - began < 5
