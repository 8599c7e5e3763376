"""Kill the embedded server and its writer in the middle of writes, and time how it starts.

    python -m bench.kill_server [--rounds 50] [--runs 5] [--seed 1]

A writer commits numbered events, each with two legs that add up to zero, in one transaction, and says each
number once its commit was acknowledged. In turn the server's first process, every process of the server and
the writer get SIGKILL; then `ensure_running` alone must bring everything back. A round counts what was
acknowledged, what is there, what is missing (must be 0) and what is half written (must be 0).

The first table times `ensure_running` in a fresh process, start of Python included: cold (empty state
folder), warm (data there, server down) and running; as root also as an ordinary user.
"""

import argparse
import codecs
import os
import platform
import pwd
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import psycopg

from creditloop.kernel.storage.server import (
    Server,
    create_database,
    database_url,
    ensure_running,
    stop,
)
from creditloop.kernel.storage.server.folders import Layout
from creditloop.kernel.storage.server.running import find_orphans

DATABASE = "kill"
TARGETS = ("first process", "whole server", "writer")
SCHEMA = """
CREATE TABLE event (number bigint PRIMARY KEY);
CREATE TABLE leg (
    event_number bigint NOT NULL, leg smallint NOT NULL, amount_fen bigint NOT NULL,
    PRIMARY KEY (event_number, leg)
);
"""
WRITER = """
import os, sys, itertools, psycopg
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    for number in itertools.count(int(sys.argv[2])):
        with connection.transaction():
            connection.execute("INSERT INTO event VALUES (%s)", [number])
            connection.execute("INSERT INTO leg VALUES (%s, 1, %s)", [number, number])
            connection.execute("INSERT INTO leg VALUES (%s, 2, %s)", [number, -number])
        os.write(1, b"%d\\n" % number)  # said only now: the commit was acknowledged
"""
HALF_WRITTEN = """
SELECT count(*) FROM (
    SELECT coalesce(event.number, leg.event_number)
    FROM event FULL JOIN leg ON leg.event_number = event.number
    GROUP BY 1, event.number
    HAVING event.number IS NULL OR count(leg.leg) <> 2 OR sum(leg.amount_fen) <> 0
) AS broken
"""


@dataclass(frozen=True, slots=True)
class Round:
    """What one kill came to; `missing` are acknowledged events of this and all earlier rounds."""

    number: int
    killed: str
    acknowledged: int
    found: int
    missing: int
    half_written: int
    recovery_seconds: float


def run_rounds(*, state: Path, rounds: int, seed: int) -> Iterator[Round]:
    """Yield one round after another on one state folder, which is left with a running server.

    Args:
        state: folder of the embedded server's things.
        rounds: how often something is killed; the targets take turns.
        seed: of the moments at which it is.
    """
    moments = random.Random(seed)
    server = _running(state)
    create_database(server, DATABASE)
    with psycopg.connect(database_url(server, DATABASE)) as connection:
        connection.execute(SCHEMA)
    acknowledged: set[int] = set()
    before = 0
    for number in range(1, rounds + 1):
        target = TARGETS[(number - 1) % len(TARGETS)]
        said = _write_and_kill(server, target, first=number * 10_000_000, seconds=moments.uniform(0.05, 0.6))
        acknowledged |= said
        begun = time.monotonic()
        server = _running(state)
        seconds = time.monotonic() - begun
        found, half_written = _look(server)
        missing, total = len(acknowledged - found), len(found)
        yield Round(number, target, len(said), total - before, missing, half_written, seconds)
        before = total


def _running(state: Path) -> Server:
    return ensure_running(state=state, environment={"PATH": os.environ["PATH"]})


def _write_and_kill(server: Server, target: str, *, first: int, seconds: float) -> set[int]:
    """Let a writer write for a while after its first event, kill the target, return what was acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, database_url(server, DATABASE), str(first)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as writer:  # fmt: skip
        assert writer.stdout is not None
        try:
            said = writer.stdout.readline()
            time.sleep(seconds)
            for pid in _pids(server, target, writer.pid):
                os.kill(pid, signal.SIGKILL)
            said += writer.stdout.read()
        finally:
            writer.kill()
    return {int(line) for line in said.splitlines(keepends=True) if line.endswith(b"\n")}


def _pids(server: Server, target: str, writer: int) -> list[int]:
    if target == "writer":
        return [writer]
    assert server.pid is not None
    assert server.data_dir is not None
    rest = find_orphans(Layout(state=server.data_dir.parent)) if target == "whole server" else []
    return [server.pid, *(process.pid for process in rest)]


def _look(server: Server) -> tuple[set[int], int]:
    with psycopg.connect(database_url(server, DATABASE)) as connection:
        numbers = {int(row[0]) for row in connection.execute("SELECT number FROM event")}
        broken = connection.execute(HALF_WRITTEN).fetchone()
    assert broken is not None
    return numbers, int(broken[0])


def time_starts(*, user: str | None, runs: int) -> dict[str, list[tuple[float, float]]]:
    """Return seconds of fresh processes and of `ensure_running` in them, by kind of start, as `user`."""
    seconds: dict[str, list[tuple[float, float]]] = {"cold": [], "warm": [], "running": []}
    for _ in range(runs):
        with _folder(user) as folder:
            for kind in ("cold", "running", "stop", "warm", "stop"):
                begun = time.monotonic()
                step = "--stop" if kind == "stop" else "--up"
                command = [sys.executable, "-m", "bench.kill_server", step, str(folder / "state"), user or ""]
                said = subprocess.check_output(command, cwd=Path(__file__).parent.parent)
                if kind in seconds:
                    seconds[kind].append((time.monotonic() - begun, float(said)))
    return seconds


@contextmanager
def _folder(user: str | None) -> Iterator[Path]:
    """Give a folder the server's user can reach, and remove it with whatever still runs in it."""
    folder = Path(tempfile.mkdtemp(prefix="creditloop-bench-", dir="/tmp"))
    folder.chmod(0o711)
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    try:
        yield folder
    finally:
        stop(state=folder / "state")
        shutil.rmtree(folder)


def become(user: str) -> None:
    """Drop root's rights for good; what is loaded late is loaded now, its folder may be closed then."""
    for encoding in ("ascii", "latin-1", "utf-8"):
        codecs.lookup(encoding)
    with suppress(psycopg.OperationalError):
        psycopg.connect("host=/nonexistent dbname=none")
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def report_kills(*, rounds: int, seed: int) -> bool:
    """Print a line per round and one with totals; return whether nothing is missing or half written."""
    heads = ("round", "killed", "acknowledged", "found", "missing", "half written", "back in s")
    print("{:>5}  {:<13} {:>12} {:>7} {:>7} {:>12} {:>9}".format(*heads))
    done: list[Round] = []
    with _folder(None) as folder:
        for one in run_rounds(state=folder / "state", rounds=rounds, seed=seed):
            done.append(one)
            print(
                f"{one.number:>5}  {one.killed:<13} {one.acknowledged:>12} {one.found:>7} {one.missing:>7}"
                f" {one.half_written:>12} {one.recovery_seconds:>9.2f}",
                flush=True,
            )
    good = not any(one.missing or one.half_written for one in done)
    slowest = max((one.recovery_seconds for one in done), default=0.0)
    print(
        f"{len(done)} kills: {sum(one.acknowledged for one in done)} acknowledged,"
        f" {sum(one.found for one in done)} found, {max((one.missing for one in done), default=0)} missing,"
        f" {max((one.half_written for one in done), default=0)} half written, slowest back in {slowest:.2f} s"
    )
    return good


def report_starts(*, runs: int) -> None:
    """Print how long a start takes, for us and as root also for an ordinary user."""
    users = [None, "nobody"] if os.geteuid() == 0 else [None]
    heads = ("user", "start", "runs", "min s", "median s", "max s", "without Python's start, median s")
    print("{:<10} {:<8} {:>4} {:>7} {:>8} {:>7}  {}".format(*heads))
    for user in users:
        name = user or pwd.getpwuid(os.geteuid()).pw_name
        for kind, seconds in time_starts(user=user, runs=runs).items():
            whole, inner = zip(*seconds, strict=True)
            middle = statistics.median(whole)
            print(
                f"{name:<10} {kind:<8} {runs:>4} {min(whole):>7.2f} {middle:>8.2f} {max(whole):>7.2f}"
                f"  {statistics.median(inner):.2f}",
                flush=True,
            )


def main(arguments: list[str]) -> int:
    """Run the benchmark, or one of its child processes; the exit status is 0 when nothing was lost."""
    if arguments[:1] in (["--up"], ["--stop"]):
        step, state, user = islice(arguments, 3)
        if user:
            become(user)
        begun = time.monotonic()
        if step == "--up":
            _running(Path(state))
        else:
            stop(state=Path(state))
        print(time.monotonic() - begun)
    else:
        parser = argparse.ArgumentParser(prog="python -m bench.kill_server")
        parser.add_argument(
            "--rounds", type=int, default=50, help="how often something is killed (default 50)"
        )
        parser.add_argument("--runs", type=int, default=5, help="how often each start is timed (default 5)")
        parser.add_argument("--seed", type=int, default=1, help="of the moments of the kills (default 1)")
        chosen = parser.parse_args(arguments)
        print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
        report_starts(runs=chosen.runs)
        return 0 if report_kills(rounds=chosen.rounds, seed=chosen.seed) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
