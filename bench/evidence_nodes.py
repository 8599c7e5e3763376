"""How fast five nodes of the evidence network make entries final: real processes, HTTPS, fsync (simulated).

    python -m bench.evidence_nodes [--sizes 1,10,100,500,1000] [--seconds 10] [--paced 1000]

Five processes of `creditloop evidence node run` on loopback, each with its own database on one PostgreSQL
and its own files of what it signed last; every write is synced. One party's system signs batches and submits
them. For each size of a batch, first one after another, each waited for: entries a second and the time from
handing in to final. Then paced: so many entries a second arrive in batches, whatever is final yet. Times are
the submitter's clock, so they contain its asking (every 10 ms). The CPU is that of the five processes, all
parties on this one machine.

The server is the embedded one, or that of CREDITLOOP_TEST_DATABASE_URL.
"""

import argparse
import os
import platform
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.service.evidence_node.five_nodes import NAMES, FiveNodes, Submitting, five_nodes

from creditloop.evidence.network import canonical_form
from creditloop.kernel.storage.server import ensure_running, stop
from creditloop.service import clock
from creditloop.service.evidence_node import NodeClient

_POLL_SECONDS = 0.01
_HEADS = ("batch", "batches", "entries/s", "p50 ms", "p99 ms", "max ms", "CPU us/entry")


@contextmanager
def server() -> Iterator[str]:
    """Give a PostgreSQL: that for tests if there is one, else an embedded one of our own."""
    given = os.environ.get("CREDITLOOP_TEST_DATABASE_URL", "")
    if given:
        yield given
        return
    place = Path(tempfile.mkdtemp(prefix="creditloop-bench-"))
    place.chmod(0o711)
    try:
        yield ensure_running(state=place / "state", environment={}).url
    finally:
        stop(state=place / "state")
        shutil.rmtree(place)


def cpu_seconds(five: FiveNodes) -> float:
    """Return the processor seconds of the five processes so far."""
    ticks = 0
    for process in five.processes.values():
        fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def one_by_one(five: FiveNodes, submitting: Submitting, *, size: int, seconds: float) -> None:
    """Submit batches of a size one after another and print what it took."""
    latencies: list[float] = []
    began, cpu = time.monotonic(), cpu_seconds(five)
    while time.monotonic() - began < seconds:
        name = f"size-{size}-{len(latencies)}"
        body = canonical_form(submitting.batch(size, name=name, now=clock.now()))
        handed_in = time.monotonic()
        submitting.client.submit(body)
        submitting.wait_final(name)
        latencies.append(time.monotonic() - handed_in)
    passed, entries = time.monotonic() - began, size * len(latencies)
    print_line("one by one", size, entries / passed, latencies, (cpu_seconds(five) - cpu) / entries)


def paced(five: FiveNodes, submitting: Submitting, *, size: int, a_second: int, seconds: float) -> None:
    """Hand in batches at a pace, in one thread, and see in another when each is final."""
    handed_in: dict[str, float] = {}
    latencies: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        client = NodeClient(five.folders[NAMES[0]])
        while not ended.is_set() or handed_in:
            for name in list(handed_in):
                if client.standing(name).stage != "final":
                    break
                latencies.append(time.monotonic() - handed_in.pop(name))
            time.sleep(_POLL_SECONDS)
        client.close()

    watching = threading.Thread(target=watch)
    watching.start()
    began, cpu, count = time.monotonic(), cpu_seconds(five), 0
    while (due := began + count * size / a_second) < began + seconds:
        time.sleep(max(0.0, due - time.monotonic()))
        name = f"paced-{size}-{a_second}-{count}"
        body = canonical_form(submitting.batch(size, name=name, now=clock.now()))
        handed_in[name] = time.monotonic()
        submitting.client.submit(body)
        count += 1
    ended.set()
    watching.join()
    passed, entries = time.monotonic() - began, size * count
    print_line(f"paced {a_second}", size, entries / passed, latencies, (cpu_seconds(five) - cpu) / entries)


def print_line(what: str, size: int, rate: float, latencies: Sequence[float], cpu: float) -> None:
    """Print a line of the table."""
    ordered = sorted(latencies)
    p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    middle = statistics.median(ordered)
    print(
        f"{what:<12}{size:>7}{len(ordered):>9}{rate:>12,.0f}{middle * 1e3:>9.0f}{p99 * 1e3:>9.0f}"
        f"{ordered[-1] * 1e3:>9.0f}{cpu * 1e6:>14,.0f}",
        flush=True,
    )


def main() -> None:
    """Run what is asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sizes", default="1,10,100,500,1000")
    asked.add_argument("--seconds", type=float, default=10.0)
    asked.add_argument("--paced", type=int, default=1_000)
    given = asked.parse_args()
    sizes = [int(text) for text in given.sizes.split(",")]
    print(platform.platform(), platform.python_version(), os.cpu_count(), "CPUs")
    print("{:<12}{:>7}{:>9}{:>12}{:>9}{:>9}{:>9}{:>14}".format("", *_HEADS))
    with (
        server() as url,
        tempfile.TemporaryDirectory() as folder,
        five_nodes(Path(folder), server_url=url) as five,
    ):
        five.start()
        submitting = Submitting(client=NodeClient(five.folders[NAMES[0]]))
        submitting.submit(1, name="first")  # waits until a quorum of the others was heard, once a start
        for size in sizes:
            one_by_one(five, submitting, size=size, seconds=given.seconds)
        for size in (size for size in sizes if size >= 100):
            paced(five, submitting, size=size, a_second=given.paced, seconds=given.seconds)


if __name__ == "__main__":
    main()
