"""What loans cost over HTTP: quoted, agreed and opened, repaid, read; beside a route that does nothing.

    python -m bench.loan_api [--requests 1000]

`creditloop serve` runs in a process of its own over an empty book; clients, each on one connection that stays
open, ask one request after another until all are answered: one client first, then four. A quote reads the
product and its rules as in force on the day, makes the plan, its fees and yearly rates, and checks the
drawdown by every rule; the day of the pay-out changes from request to request. Its
key is looked up in the database, nothing is recorded. Then loans are agreed and opened, each with its check,
its pay-out, its agreement in the archive, sealed and committed before it is answered; repaid; and read. The
clients share the machine, and so do latencies. The bar: p99 of a quote within 20 ms.
"""

import argparse
import http.client
import json
import os
import platform
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from bench.evidence_verify import scratch_database
from bench.http_requests import Send, health, measured, serving, show

from creditloop.kernel.dates import beijing_date
from creditloop.service.bank import Bank, open_bank
from creditloop.service.clock import now
from creditloop.service.doors import SCOPES, create_key
from creditloop.service.places import Places

_ROOT = Path(__file__).parents[1]
_DOCUMENTS = ("contracts", "policies", "features")
_FIRST, _DAYS = date(2026, 1, 5), 28
_METHODS = ("equal_instalment", "equal_principal", "interest_first", "bullet")
_FACTS = {
    "customer": "person",
    "limit_fen": 5_000_000,
    "owed_fen": 0,
    "frozen": False,
    "dpd": 0,
    "loan_purpose": "consumption",
    "region": "r01",
    "consumer_unsecured_fen": 0,
}


@contextmanager
def ready_bank(folder: Path, url: str) -> Iterator[Bank]:
    """Give a bank that has its documents and nothing else."""
    for name in _DOCUMENTS:
        shutil.copytree(_ROOT / name, folder / name)
    environment = {"CREDITLOOP_DATABASE_URL": url}
    yield open_bank(places=Places(documents=folder, state=folder / "state", environment=environment))


def bearer(bank: Bank) -> dict[str, str]:
    """Return the headers of somebody with a key for everything."""
    with bank.work() as work:
        key, secret = create_key(
            work.connection, holder="bench", scopes=list(SCOPES), by="bench", now=work.now
        )
        work.recorded(key.batch_id)
    return {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}


def quotes(headers: dict[str, str]) -> Send:
    """Return what asks for a quote: methods, terms, amounts and days in turn."""

    def send(connection: http.client.HTTPConnection, number: int) -> int:
        asked = {
            "product": "retail_line",
            "method": _METHODS[number % len(_METHODS)],
            "amount_fen": 100_000 + 1_000 * (number % 3_000),
            "rate_annual_nano": 108_000_000,
            "start": str(_FIRST + timedelta(days=number % _DAYS)),
            "term_months": 6 + number % 7,
            "facts": _FACTS,
        }
        connection.request("POST", "/v1/loan-quotes", body=json.dumps(asked), headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return send


def _asked(connection: http.client.HTTPConnection, path: str, body: object, headers: dict[str, str]) -> bytes:
    named = {**headers, "Idempotency-Key": str(uuid.uuid4())}
    connection.request("POST", path, body=json.dumps(body), headers=named)
    answer = connection.getresponse()
    told = answer.read()
    if answer.status not in {200, 201}:
        raise SystemExit(f"{path} answered with {answer.status}: {told.decode()[:300]}")
    return told


def openings(headers: dict[str, str], *, run: str) -> Send:
    """Return what agrees a loan with somebody new and opens it: two requests."""
    start = str(beijing_date(now()))

    def send(connection: http.client.HTTPConnection, number: int) -> int:
        loan = {
            "loan_id": f"{run}-{number}",
            "party_id": f"bench/{run}-{number}",
            "product": "instalment_loan",
            "method": "equal_instalment",
            "amount_fen": 1_000_000,
            "rate_annual_nano": 108_000_000,
            "start": start,
            "term_months": 10,
        }
        signed = json.loads(_asked(connection, "/v1/loan-agreements", loan, headers))["agreement_hash"]
        told = _asked(connection, "/v1/loans", {**loan, "facts": _FACTS, "agreement_hash": signed}, headers)
        if json.loads(told)["outcome"] != "approve":
            raise SystemExit(told.decode()[:500])
        return 201

    return send


def repayments(headers: dict[str, str], *, run: str) -> Send:
    """Return what repays a little of a loan that is open."""

    def send(connection: http.client.HTTPConnection, number: int) -> int:
        body = {"payment_id": str(uuid.uuid4()), "amount_fen": 1_000}
        _asked(connection, f"/v1/loans/{run}-{number}/repayments", body, headers)
        return 201

    return send


def readings(headers: dict[str, str], *, run: str) -> Send:
    """Return what reads a loan as it stands."""

    def send(connection: http.client.HTTPConnection, number: int) -> int:
        connection.request("GET", f"/v1/loans/{run}-{number}", headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return send


def measure_all(folder: Path, url: str, *, requests: int) -> None:
    """Measure every route with one client and with four, and print."""
    with ready_bank(folder, url) as bank, serving(bank) as (address, pid):
        headers = bearer(bank)
        send = quotes(headers)
        print(f"{platform.platform()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
        print("CPU in ms a request; per CPU s counts server and database")
        heads = ("requests", "wall/s", "server CPU", "DB CPU", "per CPU s", "p50 ms", "p99 ms")
        print("{:<22}{:>9}{:>9}{:>12}{:>12}{:>12}{:>9}{:>9}".format("route, clients", *heads))
        # every day of the month is asked for before: its rules are read once, by the first who asks
        measured("", send, address=address, pid=pid, url=url, requests=_DAYS, clients=1)
        for clients in (1, 4):
            run = f"R{clients}"
            for what, asked, count in (
                ("GET /v1/health", health, requests),
                ("POST loan-quotes", send, requests),
                ("agree, open", openings(headers, run=run), requests // 5),
                ("POST repayments", repayments(headers, run=run), requests // 5),
                ("GET a loan", readings(headers, run=run), requests // 5),
            ):
                name = f"{what}, {clients}"
                show(
                    measured(name, asked, address=address, pid=pid, url=url, requests=count, clients=clients)
                )


def main(arguments: list[str]) -> None:
    """Print one line a route and number of clients."""
    parser = argparse.ArgumentParser(prog="python -m bench.loan_api")
    parser.add_argument(
        "--requests", type=int, default=1000, help="quotes; a fifth of the dearer ones (default 1000)"
    )
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="creditloop-bench-") as place, scratch_database() as url:
        measure_all(Path(place), url, requests=chosen.requests)


if __name__ == "__main__":
    main(sys.argv[1:])
