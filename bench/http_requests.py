"""What a decision over HTTP costs, beside a route that only asks the database something.

    python -m bench.http_requests [--requests 200] [--clients 4]

The example card book is imported into a new database, its opening posted and a card fitted on half of it;
`creditloop serve` runs in a process of its own, and clients, each on one connection that stays open, ask one
request after another until all are answered. A decision reads the features of one of 30,000 customers,
decides, records, seals and commits before it answers with its whole working; health does none of that: the
difference is what a decision costs, not what HTTP costs. CPU is that of the server process and of the
database's backends, from /proc; the clients' is not in it, but they share the machine, and so do latencies.
What follows from a decision (limit, letter) is done after it is answered, in the same process, and counts.
"""

import argparse
import http.client
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.evidence_verify import scratch_database

from creditloop.admit import DECIDE, half_of
from creditloop.kernel.storage import connect
from creditloop.service.admitting.fitting import fit
from creditloop.service.admitting.review_plan import ReviewPlan, read_review_plan
from creditloop.service.bank import Bank, open_bank
from creditloop.service.booking.card_book import import_statements, post_month, read_plan
from creditloop.service.doors import create_key
from creditloop.service.places import Places

_ROOT = Path(__file__).parents[1]
_DOCUMENTS = ("contracts", "policies", "features", "examples")
_CUSTOMERS = 30_000
Send = Callable[[http.client.HTTPConnection, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A route under load: seconds of each answer, of the clock, and of the processors."""

    what: str
    seconds: Sequence[float]
    wall_s: float
    server_cpu_s: float
    database_cpu_s: float


@contextmanager
def ready_bank(folder: Path, url: str) -> Iterator[tuple[Bank, ReviewPlan]]:
    """Give a bank that has the example's statements and a card."""
    for name in _DOCUMENTS:
        shutil.copytree(_ROOT / name, folder / name)
    environment = {"CREDITLOOP_DATABASE_URL": url}
    places = Places(documents=folder, state=folder / "state", environment=environment)
    bank = open_bank(places=places)
    book = read_plan(places.document("examples/taiwan_cards/book.yaml"), root=folder)
    plan = read_review_plan(places.document("examples/taiwan_cards/review.yaml"))
    with bank.work() as work:
        import_statements(work, plan=book)
    with bank.work() as work:
        post_month(work, plan=book, month=book.months[0])
    bank.deliver()  # limits are taken over, so that what follows from a decision can be done, too
    with bank.work() as work:
        (folder / plan.card_file).write_text(fit(work, plan=plan).document.text, "utf-8")
    yield bank, plan


@contextmanager
def serving(bank: Bank) -> Iterator[tuple[str, int]]:
    """Run the bank's server; give its host and port, and its process."""
    told = {"CREDITLOOP_STATE": str(bank.places.state), "CREDITLOOP_BANK": str(bank.places.documents)}
    environment = {**os.environ, **bank.places.environment, **told}
    line = [sys.executable, "-m", "creditloop", "serve", "--port", "0", "--json"]
    with subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = []
        for text in process.stdout:
            said.append(text)
            if text.rstrip() == "}":
                break
        try:
            yield urlsplit(str(json.loads("".join(said))["url"])).netloc, process.pid
        finally:
            process.terminate()


def decisions(bank: Bank, plan: ReviewPlan) -> Send:
    """Return what asks for a decision about one of the customers the plan decides about."""
    share = plan.fit_share_nano
    parties = [
        party
        for party in (f"{plan.contract}/{number}" for number in range(1, _CUSTOMERS + 1))
        if half_of(party_id=party, salt=plan.salt, fit_share_nano=share) == DECIDE
    ]
    with bank.work() as work:
        key, secret = create_key(
            work.connection, holder="bench", scopes=["decisions:write"], by="bench", now=work.now
        )
        work.recorded(key.batch_id)
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    def send(connection: http.client.HTTPConnection, number: int) -> int:
        body = json.dumps({"plan": plan.name, "party_id": parties[number % len(parties)]})
        named = {**headers, "Idempotency-Key": str(uuid.uuid4())}
        connection.request("POST", "/v1/decisions", body=body, headers=named)
        return _status(connection)

    return send


def health(connection: http.client.HTTPConnection, _: int) -> int:
    """Ask whether the service can work."""
    connection.request("GET", "/v1/health")
    return _status(connection)


def _status(connection: http.client.HTTPConnection) -> int:
    answer = connection.getresponse()
    answer.read()
    return answer.status


def measured(
    what: str, send: Send, *, address: str, pid: int, url: str, requests: int, clients: int
) -> Measured:
    """Send requests over several connections, and measure."""
    seconds: list[float] = []
    _ask(send, address, range(2 * clients), [])  # what is loaded once is loaded
    server, database, began = _cpu(pid), _backend_cpu(url), time.perf_counter()
    threads = [
        threading.Thread(target=_ask, args=(send, address, range(first, requests, clients), seconds))
        for first in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - began
    return Measured(
        what=what,
        seconds=seconds,
        wall_s=wall,
        server_cpu_s=_cpu(pid) - server,
        database_cpu_s=sum(cpu - database.get(one, 0.0) for one, cpu in _backend_cpu(url).items()),
    )


def _ask(send: Send, address: str, numbers: range, seconds: list[float]) -> None:
    connection = http.client.HTTPConnection(address, timeout=60)
    for number in numbers:
        began = time.perf_counter()
        status = send(connection, number)
        if status not in {200, 201}:
            raise SystemExit(f"answered with {status}")
        seconds.append(time.perf_counter() - began)
    connection.close()


def _backend_cpu(url: str) -> dict[int, float]:
    """Return the processor seconds of each of the database's backends but our own, by process."""
    with connect(url) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    return {int(row[0]): _cpu(int(row[0])) for row in rows}


def _cpu(pid: int) -> float:
    """Return the processor seconds of a process, 0 where the machine does not show them."""
    file = Path(f"/proc/{pid}/stat")
    if not file.exists():
        return 0.0
    fields = file.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show(one: Measured) -> None:
    """Print one line."""
    count, cpu = len(one.seconds), one.server_cpu_s + one.database_cpu_s
    cuts = statistics.quantiles(one.seconds, n=100)
    print(
        f"{one.what:<22}{count:>9}{count / one.wall_s:>9.1f}{one.server_cpu_s / count * 1000:>12.2f}"
        f"{one.database_cpu_s / count * 1000:>12.2f}{count / cpu if cpu else 0:>12.1f}"
        f"{cuts[49] * 1000:>9.1f}{cuts[98] * 1000:>9.1f}"
    )


def measure_all(folder: Path, url: str, *, requests: int, clients: int) -> None:
    """Measure every route on one server, and print."""
    with ready_bank(folder, url) as (bank, plan), serving(bank) as (address, pid):
        print(f"{platform.platform()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
        print(f"{clients} clients; CPU in ms a request; per CPU s counts server and database")
        heads = ("requests", "wall/s", "server CPU", "DB CPU", "per CPU s", "p50 ms", "p99 ms")
        print("{:<22}{:>9}{:>9}{:>12}{:>12}{:>12}{:>9}{:>9}".format("route", *heads))
        for what, send in (("GET /v1/health", health), ("POST /v1/decisions", decisions(bank, plan))):
            show(measured(what, send, address=address, pid=pid, url=url, requests=requests, clients=clients))


def main(arguments: list[str]) -> None:
    """Print one line a route."""
    parser = argparse.ArgumentParser(prog="python -m bench.http_requests")
    parser.add_argument("--requests", type=int, default=200, help="of each route (default 200)")
    parser.add_argument("--clients", type=int, default=4, help="asking at once (default 4)")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="creditloop-bench-") as place, scratch_database() as url:
        measure_all(Path(place), url, requests=chosen.requests, clients=chosen.clients)


if __name__ == "__main__":
    main(sys.argv[1:])
