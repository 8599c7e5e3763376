"""The node's store: the same as the simulator's for any order of calls; servers that go away; one process."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.conftest import NOW, url_of
from tests.faults.network.disk import Disk, JournalStore
from tests.service.evidence_node.node_databases import empty, end_connections, node_database

from creditloop.evidence.network.node import AuditLine, StoredRound
from creditloop.kernel.errors import InputError, OutOfOrder, SourceError, StateError
from creditloop.service.evidence_node import NodeStore

ORIGINS = ("bank.example", "fund.example", "日志 with 'quotes'")
ROOT = bytes(32)
origins = st.sampled_from(ORIGINS)
bodies = st.binary(min_size=1, max_size=40)
notes = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
HASHES = tuple(f"{number:064x}" for number in range(4))


@pytest.fixture(scope="module")
def url(server_url: str) -> Iterator[str]:
    """A node's database for all tests here."""
    with node_database(server_url) as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[NodeStore]:
    """An empty store."""
    empty(url)
    store = NodeStore(url)
    yield store
    store.close()


def grown(store: NodeStore | JournalStore, origin: str, *, before: int, sizes: list[int]) -> None:
    """Append rounds of so many entries."""
    rounds, first = [], before
    for size in sizes:
        rounds.append(StoredRound(first=first, after=first + size, body=b"round at %d" % first))
        first += size
    store.append(origin, size_before=before, rounds=rounds, root=ROOT, latest=f"note of {first}")


def all_of(store: NodeStore | JournalStore) -> dict[str, Any]:
    """Everything a store tells."""
    return {
        "notes": {origin: store.notes(origin) for origin in ORIGINS},
        "rounds": {origin: list(store.rounds(origin, first=0)) for origin in ORIGINS},
        "proposals": list(store.proposals()),
        "verdicts": {
            (origin, hash_, size): store.find_verdict(origin, batch_hash=hash_, size=size)
            for origin in ORIGINS
            for hash_ in HASHES
            for size in range(3)
        },
        "headers": {
            (origin, size): list(store.headers(origin, size=size)) for origin in ORIGINS for size in range(4)
        },
        "contradictions": list(store.contradictions()),
    }


class TwoStores(RuleBasedStateMachine):
    """The store and the simulator's, asked the same."""

    url: str

    @initialize()
    def begin(self) -> None:
        empty(self.url)
        self.disk = Disk()
        self.ours, self.theirs = NodeStore(self.url), JournalStore(self.disk)
        self.verdicts: set[tuple[str, str, int]] = set()
        self.made = 0

    def teardown(self) -> None:
        if hasattr(self, "ours"):
            self.ours.close()

    def both(self, act: Callable[[NodeStore | JournalStore], object]) -> None:
        """Do something to both, which do it or refuse it alike."""
        refused = []
        for store in (self.ours, self.theirs):
            try:
                act(store)
            except OutOfOrder as error:
                refused.append((error.message, error.got, error.expected))
        assert len(refused) in (0, 2) and len(set(refused)) <= 1, refused

    def new(self, what: str) -> bytes:
        self.made += 1
        return f"{what} {self.made}".encode()

    @rule(origin=origins, sizes=st.lists(st.integers(1, 3), min_size=1, max_size=6), off=st.integers(-1, 8))
    def append(self, origin: str, sizes: list[int], off: int) -> None:
        before = max(0, self.theirs.size(origin) + (off if off < 2 else 0))
        self.both(lambda store: grown(store, origin, before=before, sizes=sizes))

    @rule(origin=origins, note=notes, off=st.integers(-1, 3))
    def save_latest(self, origin: str, note: str, off: int) -> None:
        size = max(0, self.theirs.size(origin) + (off if off < 2 else 0))
        self.both(lambda store: store.save_latest(origin, size=size, latest=note))

    @rule(origin=origins, note=notes)
    def save_final(self, origin: str, note: str) -> None:
        self.both(lambda store: store.save_final(origin, final=note))

    @rule(body=bodies)
    def save_proposal(self, body: bytes) -> None:
        batch = self.new("batch").decode()
        self.both(lambda store: store.save_proposal(batch=batch, body=body))

    @rule(number=st.integers(0, 20))
    def drop_proposal(self, number: int) -> None:
        self.both(lambda store: store.drop_proposal(batch=f"batch {number}"))

    @rule(origin=origins, hash_=st.sampled_from(HASHES), size=st.integers(0, 2), verdict=bodies)
    def save_verdict(self, origin: str, hash_: str, size: int, verdict: bytes) -> None:
        if (origin, hash_, size) not in self.verdicts:
            self.verdicts.add((origin, hash_, size))
            header = self.new("header")
            self.both(
                lambda store: store.save_verdict(
                    origin, batch_hash=hash_, size=size, header=header, verdict=verdict
                )
            )

    @rule()
    def save_contradiction(self) -> None:
        body = self.new("contradiction")
        self.both(lambda store: store.save_contradiction(body=body))

    @rule(origin=origins, first=st.integers(0, 12), bytes_max=st.integers(0, 60))
    def some_rounds(self, origin: str, first: int, bytes_max: int) -> None:
        ours = list(self.ours.rounds(origin, first=first, bytes_max=bytes_max))
        assert ours == list(self.theirs.rounds(origin, first=first, bytes_max=bytes_max))

    @rule()
    def restart(self) -> None:
        self.ours.close()
        self.ours, self.theirs = NodeStore(self.url), JournalStore(self.disk)

    @precondition(lambda self: self.made % 3 == 1)
    @rule()
    def server_ends_the_connection(self) -> None:
        assert end_connections(self.url) == 1
        with pytest.raises(SourceError):
            self.ours.notes(ORIGINS[0])
        assert self.ours.take_lost()

    @invariant()
    def they_tell_the_same(self) -> None:
        if hasattr(self, "ours"):
            assert all_of(self.ours) == all_of(self.theirs)


def test_any_order_of_calls_gives_what_the_simulator_has(url: str) -> None:
    machine = type("TwoStoresHere", (TwoStores,), {"url": url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_many_rounds_are_read_in_portions(store: NodeStore) -> None:
    sizes = [1 + number % 3 for number in range(200)]
    grown(store, ORIGINS[0], before=0, sizes=sizes)
    journal = JournalStore(Disk())
    grown(journal, ORIGINS[0], before=0, sizes=sizes)
    for first in (0, 1, 63, 64, 127, sum(sizes) - 1, sum(sizes), sum(sizes) + 5):
        for bytes_max in (None, 1, 11, 100, 10_000):
            ours = list(store.rounds(ORIGINS[0], first=first, bytes_max=bytes_max))
            assert ours == list(journal.rounds(ORIGINS[0], first=first, bytes_max=bytes_max))


def test_another_size_is_refused_and_changes_nothing(store: NodeStore) -> None:
    grown(store, ORIGINS[0], before=0, sizes=[3])
    for before in (0, 2, 4):
        with pytest.raises(OutOfOrder) as refused:
            grown(store, ORIGINS[0], before=before, sizes=[1])
        assert (refused.value.got, refused.value.expected) == (before, 3)
        with pytest.raises(OutOfOrder):
            store.save_latest(ORIGINS[0], size=before, latest="another")
    assert store.notes(ORIGINS[0]).latest == "note of 3"
    assert [one.after for one in store.rounds(ORIGINS[0], first=0)] == [3]
    assert not store.take_lost()


def test_what_is_there_already_is_not_written_over(store: NodeStore) -> None:
    store.save_proposal(batch="one", body=b"first")
    verdict = {"batch_hash": HASHES[0], "size": 0, "header": b"header"}
    store.save_verdict(ORIGINS[0], **verdict, verdict=b"first")  # type: ignore[arg-type]
    with pytest.raises(SourceError):
        store.save_proposal(batch="one", body=b"second")
    with pytest.raises(SourceError):
        store.save_verdict(ORIGINS[0], **verdict, verdict=b"second")  # type: ignore[arg-type]
    assert list(store.proposals()) == [b"first"]
    assert store.find_verdict(ORIGINS[0], batch_hash=HASHES[0], size=0) == b"first"


@pytest.mark.parametrize("table", ["round", "verdict", "contradiction", "audit_line"])
def test_the_database_refuses_to_change_what_is_kept(store: NodeStore, url: str, table: str) -> None:
    grown(store, ORIGINS[0], before=0, sizes=[1])
    with psycopg.connect(url) as connection, pytest.raises(psycopg.IntegrityError):
        connection.execute(f"DELETE FROM node.{table}".encode())


# servers that go away


def test_after_an_ended_connection_the_next_call_works(store: NodeStore, url: str) -> None:
    grown(store, ORIGINS[0], before=0, sizes=[2])
    assert end_connections(url) == 1
    with pytest.raises(SourceError):
        grown(store, ORIGINS[0], before=2, sizes=[1])
    grown(store, ORIGINS[0], before=2, sizes=[1])
    assert store.take_lost() and not store.take_lost()
    assert [one.after for one in store.rounds(ORIGINS[0], first=0)] == [2, 3]


def test_a_write_that_is_cut_in_the_middle_leaves_nothing(store: NodeStore, url: str) -> None:
    """The rounds wait behind somebody's lock on their table; the server ends the connection there."""
    grown(store, ORIGINS[0], before=0, sizes=[2])
    failed: list[str] = []

    def append() -> None:
        try:
            grown(store, ORIGINS[0], before=2, sizes=[1, 1, 1])
        except SourceError as error:
            failed.append(error.message)

    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE node.round IN EXCLUSIVE MODE")
        writing = threading.Thread(target=append)
        writing.start()
        waits = (
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        deadline = time.monotonic() + 20
        while not (waiting := other.execute(waits).fetchall()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        other.execute("SELECT pg_terminate_backend(%s, 5000)", waiting[0])
        writing.join(20)
        other.rollback()
    assert failed == ["the node's store fails"]
    assert store.notes(ORIGINS[0]).latest == "note of 2"
    grown(store, ORIGINS[0], before=2, sizes=[1])
    assert [one.after for one in store.rounds(ORIGINS[0], first=0)] == [2, 3]


def test_no_server_is_told_without_the_password(url: str) -> None:
    with pytest.raises(SourceError):
        NodeStore("postgresql://someone:secret@127.0.0.1:1/none?connect_timeout=1")
    for bad in ("postgresql://someone:secret@[", "hunter2 = = 'x"):
        with pytest.raises(InputError) as refused:
            NodeStore(bad)
        assert not re.search("secret|hunter2", refused.value.diagnostics())


def test_a_database_without_the_tables_is_told(server_url: str) -> None:
    store = NodeStore(url_of(server_url, "postgres"))
    with pytest.raises(SourceError, match="fails"):
        store.notes(ORIGINS[0])
    store.close()


# one process


def test_a_second_process_is_refused(store: NodeStore, url: str) -> None:
    for _ in range(3):
        with pytest.raises(StateError, match="another process"):
            NodeStore(url)
    store.save_proposal(batch="one", body=b"first")
    store.close()
    second = NodeStore(url)
    assert list(second.proposals()) == [b"first"]
    second.close()


def test_who_lost_the_connection_does_not_write_beside_another(store: NodeStore, url: str) -> None:
    """While it was away another process took the store; it may write again once that one is gone."""
    grown(store, ORIGINS[0], before=0, sizes=[1])
    end_connections(url)
    other = NodeStore(url)
    with pytest.raises(SourceError):
        store.proposals()
    for _ in range(3):
        with pytest.raises(StateError, match="another process"):
            store.save_latest(ORIGINS[0], size=1, latest="not mine")
    grown(other, ORIGINS[0], before=1, sizes=[1])
    other.close()
    with pytest.raises(OutOfOrder):
        grown(store, ORIGINS[0], before=1, sizes=[1])
    assert store.take_lost()
    assert store.notes(ORIGINS[0]).latest == "note of 2"


# audit


def line(**changed: Any) -> AuditLine:
    return AuditLine(**{"at": NOW, "party": "fund.example", "what": "malformed", "detail": "x", **changed})


def test_audit_lines_hold_whatever_was_sent(store: NodeStore) -> None:
    sent = ["a\0b", "\ud800 alone", "'; DROP TABLE node.round; --", "汉字", "\x1b[31m", "x" * 500, ""]
    for text in sent:
        store.write(line(detail=text, party=text))
    found = store.audit_lines(lines_max=100)
    assert [one.detail for one in reversed(found)] == ["a\ufffdb", "? alone", *sent[2:]]
    assert [one.party for one in found] == [one.detail for one in found]
    assert [one.detail for one in store.audit_lines(lines_max=2)] == ["", "x" * 500]
    assert found[0].at == NOW


def test_a_line_that_cannot_be_written_stops_nobody(store: NodeStore, url: str) -> None:
    end_connections(url)
    store.write(line())
    assert store.take_lost()  # another process may have written in between, and only this line saw it
    store.write(line(what="malformed"))
    assert len(store.audit_lines(lines_max=10)) == 1


def test_rubbish_without_end_does_not_fill_the_disk(store: NodeStore) -> None:
    for number in range(1_000):
        store.write(line(at=NOW + timedelta(milliseconds=number), detail=str(number)))
    store.write(line(what="oversized"))
    store.write(line(party="partner.example"))
    assert len(store.audit_lines(lines_max=10_000)) == 202
    store.write(line(at=NOW + timedelta(minutes=1), detail="later"))
    later, told, *_ = store.audit_lines(lines_max=10_000)
    assert later.detail == "later"
    assert (told.party, told.what) == ("fund.example", "malformed")
    assert told.detail.startswith("800 more since")
    store.write(line(at=NOW - timedelta(days=1), detail="by a clock that was put back"))
    assert len(store.audit_lines(lines_max=10_000)) == 205
