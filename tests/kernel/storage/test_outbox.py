"""The outbox: said once, acted on once in effect, by however many workers, however they end."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from creditloop.kernel.errors import ConflictingRepeat, SourceError
from creditloop.kernel.facts import Fact
from creditloop.kernel.storage import (
    Connection,
    OpenDelivery,
    Subscription,
    connect,
    deliver,
    find_open_deliveries,
    load_queries,
    publish,
)
from creditloop.kernel.storage.outbox import ATTEMPTS_MAX, LEASE, RETRY_AFTER, claim

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
WORKER = Path(__file__).with_name("worker.py")


def fact(key: str, *, kind: str = "MonthPosted", content: str = "") -> Fact:
    """Make a fact of the tests."""
    return Fact(kind=kind, key=key, occurred_at=NOW, known_at=NOW, payload={"content": content})


class Bench:
    """Workers with a connection each, subscribers that do what they are told, and a clock that is moved.

    Subscribers `book` and `watch` both act on `MonthPosted`. Acting adds a row to `public.effect`.
    """

    def __init__(self, url: str, stack: ExitStack) -> None:
        self.url, self.stack, self.now = url, stack, NOW
        self.failing: dict[str, Exception] = {}
        self.workers: dict[str, Connection] = {}
        self.subscriptions = [
            Subscription(subscriber=name, kind="MonthPosted", act=self.acting(name))
            for name in ("book", "watch")
        ]
        self.worker("w1").execute("CREATE TABLE public.effect (subscriber text, key text)")
        self.worker("w1").commit()

    def worker(self, name: str) -> Connection:
        """Return a worker's connection."""
        if name not in self.workers:
            self.workers[name] = self.stack.enter_context(connect(self.url))
            self.workers[name].execute("SET lock_timeout TO '10s'")  # a defect shows instead of hanging
            self.workers[name].commit()
        return self.workers[name]

    def acting(self, name: str) -> Callable[[Connection, Fact], None]:
        """Make what a subscriber does: leave a row, then fail if it was told to."""

        def act(connection: Connection, said: Fact) -> None:
            connection.execute("INSERT INTO public.effect VALUES (%s, %s)", (name, said.key))
            if f"{name}/{said.key}" in self.failing:
                raise self.failing[f"{name}/{said.key}"]

        return act

    def step(self, line: str) -> str:
        """Carry out one row of a table and tell the result."""
        who, what, *rest = line.split()
        return getattr(self, f"do_{what}")(who, *rest)

    def do_says(self, who: str, key: str, content: str = "") -> str:
        """Publish a fact and commit."""
        connection = self.worker(who)
        try:
            new = publish(connection, fact=fact(key, content=content), subscriptions=self.subscriptions)
        except ConflictingRepeat:
            connection.rollback()
            return "conflict"
        connection.commit()
        return "new" if new else "repeat"

    def do_says_and_takes_back(self, who: str, key: str) -> str:
        """Publish a fact and roll back."""
        new = publish(self.worker(who), fact=fact(key), subscriptions=self.subscriptions)
        self.worker(who).rollback()
        return "new" if new else "repeat"

    def do_delivers(self, who: str, most: str) -> str:
        """Deliver once."""
        done, failed = deliver(
            self.worker(who), subscriptions=self.subscriptions, most=int(most), now=self.now
        )
        return f"{done} done {failed} failed"

    def do_claims(self, who: str, most: str) -> str:
        """Lease deliveries and go no further, as a worker that is stopped then."""
        taken = claim(self.worker(who), subscriptions=self.subscriptions, most=int(most), now=self.now)
        self.worker(who).commit()
        return " ".join(f"{one.subscriber}/{one.fact.key}#{one.attempts}" for one in taken) or "nothing"

    def do_passes(self, _clock: str, amount: str) -> str:
        """Move the clock: `lease` or `retry`, a second before them with a minus."""
        span = {"lease": LEASE, "retry": RETRY_AFTER}[amount.removesuffix("-")]
        self.now += span - timedelta(seconds=1 if amount.endswith("-") else 0)
        return "ok"

    def do_fails(self, who: str) -> str:
        """Let a subscriber fail on a fact from now on."""
        self.failing[who] = SourceError("the partner does not answer")
        return "ok"

    def do_recovers(self, who: str) -> str:
        """Let it act again."""
        del self.failing[who]
        return "ok"

    def do_are(self, what: str) -> str:
        """Tell every effect, or what is open."""
        connection = self.worker("w1")
        if what == "effects":
            rows = connection.execute(
                "SELECT subscriber || '/' || key FROM public.effect ORDER BY 1"
            ).fetchall()
            told = [name for (name,) in rows]
        else:
            told = [f"{one.subscriber}/{one.key}#{one.attempts}" for one in find_open_deliveries(connection)]
        connection.rollback()
        return " ".join(told) or "nothing"


TABLES = {
    "a fact is said once, whatever is said again": """
        w1 says a          | new
        w1 says a          | repeat
        w2 says a          | repeat
        w1 says a other    | conflict
        w1 says a          | repeat
        w1 delivers 9      | 2 done 0 failed
        w1 says a          | repeat
        w1 says a other    | conflict
        w1 delivers 9      | 0 done 0 failed
        effects are        | book/a watch/a
        open are           | nothing
    """,
    "a fact taken back was never said": """
        w1 says_and_takes_back a | new
        w1 delivers 9            | 0 done 0 failed
        w1 says a other          | new
        open are                 | book/a#0 watch/a#0
    """,
    "oldest first, no more than asked": """
        w1 says a          | new
        w1 says b          | new
        w1 claims 1        | book/a#1
        w1 claims 2        | watch/a#1 book/b#1
        w1 claims 9        | watch/b#1
        w1 claims 9        | nothing
        open are           | book/a#1 watch/a#1 book/b#1 watch/b#1
        effects are        | nothing
    """,
    "a lease keeps others away until it ends": """
        w1 says a          | new
        w1 claims 9        | book/a#1 watch/a#1
        clock passes lease- | ok
        w2 delivers 9      | 0 done 0 failed
        clock passes retry | ok
        w2 delivers 9      | 2 done 0 failed
        w1 delivers 9      | 0 done 0 failed
        effects are        | book/a watch/a
    """,
    "who fails is tried again, the others go on": """
        w1 says a          | new
        w1 says b          | new
        book/a fails       | ok
        w1 delivers 9      | 3 done 1 failed
        effects are        | book/b watch/a watch/b
        open are           | book/a#1
        w1 delivers 9      | 0 done 0 failed
        clock passes retry- | ok
        w1 delivers 9      | 0 done 0 failed
        clock passes retry | ok
        w1 delivers 9      | 0 done 1 failed
        book/a recovers    | ok
        clock passes retry | ok
        w2 delivers 9      | 1 done 0 failed
        effects are        | book/a book/b watch/a watch/b
        open are           | nothing
    """,
    "what failed too often waits for a person": """
        w1 says a          | new
        book/a fails       | ok
    """
    + "        w1 delivers 9      | 1 done 1 failed\n        clock passes retry | ok\n"
    + (ATTEMPTS_MAX - 1) * "        w1 delivers 9      | 0 done 1 failed\n        clock passes retry | ok\n"
    + """
        clock passes lease | ok
        book/a recovers    | ok
        w1 delivers 9      | 0 done 0 failed
        effects are        | watch/a
    """
    + f"    open are           | book/a#{ATTEMPTS_MAX}",
}


@pytest.fixture
def bench(kernel_url: str) -> Iterator[Bench]:
    """Workers and subscribers over a fresh database."""
    with ExitStack() as stack:
        yield Bench(kernel_url, stack)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_state_machine(bench: Bench, table: str) -> None:
    rows = [line.split("|") for line in table.splitlines() if line.strip()]
    told = [f"{step.strip()} | {bench.step(step)}" for step, _ in rows]
    assert told == [f"{step.strip()} | {result.strip()}" for step, result in rows]


def test_what_is_open_says_why_it_failed(bench: Bench) -> None:
    bench.failing["book/a"] = SourceError("the partner does not answer", got="a secret")
    bench.do_says("w1", "a")
    bench.do_delivers("w1", "9")
    assert find_open_deliveries(bench.worker("w1")) == [
        OpenDelivery(
            subscriber="book",
            attempts=1,
            last_error="SourceError: the partner does not answer",
            kind="MonthPosted",
            key="a",
        )
    ]


def test_a_defect_is_noted_and_raised(bench: Bench) -> None:
    bench.failing["book/a"] = ZeroDivisionError("a defect")
    bench.do_says("w1", "a")
    with pytest.raises(ZeroDivisionError, match="a defect"):
        bench.do_delivers("w1", "9")
    assert bench.do_are("effects") == "nothing"
    assert find_open_deliveries(bench.worker("w1"))[0].last_error == "ZeroDivisionError: a defect"


def test_a_conflicting_repeat_names_the_fact(bench: Bench) -> None:
    bench.do_says("w1", "a")
    with pytest.raises(ConflictingRepeat) as caught:
        publish(bench.worker("w1"), fact=fact("a", content="other"), subscriptions=[])
    assert caught.value.where == {"fact": "MonthPosted", "key": "a"}
    assert (caught.value.got, caught.value.expected) == ('{"content":"other"}', '{"content":""}')


@pytest.mark.parametrize("moment", ["occurred_at", "known_at"])
def test_another_moment_is_other_content(bench: Bench, moment: str) -> None:
    moments = {"occurred_at": NOW, "known_at": NOW + timedelta(days=2)}
    publish(bench.worker("w1"), fact=Fact(kind="Tested", key="a", **moments), subscriptions=[])
    again = Fact(kind="Tested", key="a", **moments | {moment: NOW + timedelta(days=1)})
    with pytest.raises(ConflictingRepeat):
        publish(bench.worker("w1"), fact=again, subscriptions=[])


@pytest.mark.parametrize(("content", "answer"), [("", False), ("other", ConflictingRepeat)])
def test_two_that_say_a_fact_at_once_say_it_once(bench: Bench, content: str, answer: object) -> None:
    answers: list[object] = []

    def say() -> None:
        try:
            said = fact("a", content=content)
            answers.append(publish(bench.worker("w2"), fact=said, subscriptions=bench.subscriptions))
        except ConflictingRepeat as error:
            answers.append(type(error))
        bench.worker("w2").rollback()

    bench.worker("w2")
    assert publish(bench.worker("w1"), fact=fact("a"), subscriptions=bench.subscriptions)
    waiting = threading.Thread(target=say)
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive(), "the second waits for the first"
    bench.worker("w1").commit()
    waiting.join(10)
    assert answers == [answer]
    assert bench.do_are("open") == "book/a#0 watch/a#0"


def test_only_subscribers_of_the_kind_act_each_kind_in_its_own_way(bench: Bench) -> None:
    acted: list[str] = []
    subscriptions = [
        Subscription(
            subscriber="book", kind=kind, act=lambda _, said, kind=kind: acted.append(f"{kind}:{said.kind}")
        )
        for kind in ("MonthPosted", "FileImported")
    ]
    connection = bench.worker("w1")
    for kind in ("MonthPosted", "FileImported", "BookClosed"):
        publish(connection, fact=fact("a", kind=kind), subscriptions=subscriptions)
    connection.commit()
    assert deliver(connection, subscriptions=subscriptions, most=9, now=NOW) == (2, 0)
    assert sorted(acted) == ["FileImported:FileImported", "MonthPosted:MonthPosted"]


def test_a_subscription_that_is_gone_leaves_its_deliveries_open(bench: Bench) -> None:
    bench.do_says("w1", "a")
    kept = bench.subscriptions[:1]
    assert deliver(bench.worker("w1"), subscriptions=kept, most=9, now=NOW) == (1, 0)
    assert bench.do_are("open") == "watch/a#0"


def test_a_subscriber_is_handed_the_fact_as_it_was_said(bench: Bench) -> None:
    seen: list[Fact] = []
    subscriptions = [Subscription(subscriber="s", kind="Tested", act=lambda _, said: seen.append(said))]
    payload = {"numbers": [1, -(2**53) + 1], "text": "中\n", "nothing": None, "yes": True}
    said = Fact(
        kind="Tested", key="a", occurred_at=NOW, known_at=NOW + timedelta(microseconds=1), payload=payload
    )
    connection = bench.worker("w1")
    publish(connection, fact=said, subscriptions=subscriptions)
    connection.commit()
    deliver(connection, subscriptions=subscriptions, most=1, now=NOW)
    assert seen == [said]


def test_what_is_being_acted_on_is_left_alone_even_after_its_lease(bench: Bench) -> None:
    """The first worker is slow over `a`; the second takes up `b`, whose lease ran out too, but not `a`."""
    told: list[str] = []

    def slow(connection: Connection, said: Fact) -> None:
        connection.execute("INSERT INTO public.effect VALUES ('slow', %s)", (said.key,))
        if said.key == "a" and not told:
            told.append("acting")
            later = NOW + 2 * LEASE
            told.append(str(deliver(bench.worker("w2"), subscriptions=subscriptions, most=9, now=later)))

    subscriptions = [Subscription(subscriber="slow", kind="MonthPosted", act=slow)]
    connection = bench.worker("w1")
    for key in ("a", "b"):
        publish(connection, fact=fact(key), subscriptions=subscriptions)
    connection.commit()
    assert deliver(connection, subscriptions=subscriptions, most=9, now=NOW) == (1, 0)
    assert told == ["acting", "(1, 0)"]
    assert bench.do_are("effects") == "slow/a slow/b"
    assert bench.do_are("open") == "nothing"


def test_who_was_taken_over_cannot_give_the_lease_back(bench: Bench) -> None:
    bench.do_says("w1", "a")
    bench.do_claims("w1", "1")
    bench.do_passes("clock", "lease")
    assert bench.do_claims("w2", "1") == "book/a#2"
    first = {"subscriber": "book", "fact_id": fact("a").fact_id, "attempts": 1}
    queries = load_queries("creditloop.kernel.storage")
    connection = bench.worker("w1")
    assert queries.hold_delivery(connection, **first) is None
    assert queries.fail_delivery(connection, **first, retry_at=NOW, error="too late") == 0
    connection.commit()
    assert bench.do_claims("w1", "9") == "watch/a#1"


FACTS = 200


@pytest.mark.outside
@pytest.mark.parametrize("count", [2, 4])
def test_a_worker_that_is_killed_in_the_middle_costs_nothing_and_repeats_nothing(
    bench: Bench, kernel_url: str, count: int
) -> None:
    for number in range(FACTS):
        bench.do_says("w1", f"{number:03}")
    victim = start_worker(kernel_url, now=NOW, stop_at=7)
    assert victim.stdout is not None
    assert victim.stdout.readline() == "acting\n", "it acts, and has not finished"
    others = [start_worker(kernel_url, now=NOW) for _ in range(count - 1)]
    wait_for_effects(bench.worker("w1"), least=20)
    victim.kill()
    assert victim.wait(30) == -9
    victim.stdout.close()
    for other in others:
        told = json.loads(other.communicate(timeout=60)[0])
        assert other.returncode == 0
        assert told["failed"] == 0
    left = find_open_deliveries(bench.worker("w1"))
    assert left, "what the killed worker had leased is still open"
    assert {one.attempts for one in left} == {1}
    heirs = [start_worker(kernel_url, now=NOW + LEASE) for _ in range(count)]
    taken_over = sum(json.loads(heir.communicate(timeout=60)[0])["done"] for heir in heirs)
    assert taken_over == len(left)
    found = bench.worker("w1").execute(
        "SELECT subscriber, count(*), count(DISTINCT key) FROM public.effect GROUP BY subscriber ORDER BY 1"
    )
    assert found.fetchall() == [("book", FACTS, FACTS), ("watch", FACTS, FACTS)]
    assert find_open_deliveries(bench.worker("w1")) == []


def wait_for_effects(connection: Connection, *, least: int) -> None:
    """Wait until the workers have acted so often."""
    for _ in range(600):
        row = connection.execute("SELECT count(*) FROM public.effect").fetchone()
        connection.rollback()
        if row is not None and row[0] >= least:
            return
        time.sleep(0.05)
    pytest.fail("the workers do nothing")


def start_worker(url: str, *, now: datetime, stop_at: int = 0) -> "subprocess.Popen[str]":
    """Start a worker process; with `stop_at` it says "acting" and waits within that act of its own."""
    command = [sys.executable, str(WORKER), url, now.isoformat(), str(stop_at)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
