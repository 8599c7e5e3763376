"""SIGKILL while clients ask for decisions: what was acknowledged is there, a repeat gets the same bytes."""

import random
import threading
import time

import httpx
import pytest
from tests.service.http.caller import make_key
from tests.service.http.deciding_bank import PLAN, decided_parties
from tests.service.http.server_process import SECONDS, Client, ServerProcess, post

from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank

ROUNDS, CLIENTS = 3, 3


def decisions_on_request(bank: Bank) -> set[str]:
    """The ids of what was decided on request."""
    with connect(bank.url) as connection:
        rows = connection.execute(
            "SELECT decision_id FROM admit.decision JOIN admit.decision_batch USING (batch_id)"
            " WHERE mode = 'request'"
        ).fetchall()
    return {str(row[0]) for row in rows}


def run_and_kill(bank: Bank, clients: int, secret: str, *, seconds: float) -> list[Client]:
    """Let clients ask until one is answered and a while longer, then kill the server under them."""
    parties, server = decided_parties(bank.places.documents), ServerProcess(bank)
    asking = [Client(server.url, secret, PLAN, parties) for _ in range(clients)]
    threads = [threading.Thread(target=client.run) for client in asking]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + SECONDS
    while not any(client.acknowledged for client in asking) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(seconds)
    server.kill()
    for thread in threads:
        thread.join()
    return asking


@pytest.mark.outside
def test_a_kill_at_any_moment_loses_no_acknowledged_decision(bank: Bank) -> None:
    secret, draw = make_key(bank).secret, random.Random(20)
    clients = [
        client
        for _ in range(ROUNDS)
        for client in run_and_kill(bank, CLIENTS, secret, seconds=draw.uniform(0, 2))
    ]
    acknowledged = [one for client in clients for one in client.acknowledged]
    unanswered = [one for client in clients for one in client.open]
    assert len(acknowledged) >= ROUNDS, "there was something to lose"
    assert len(unanswered) >= CLIENTS, "most were killed in the middle of a request"
    kept = decisions_on_request(bank)
    server = ServerProcess(bank)
    with httpx.Client(base_url=server.url, timeout=SECONDS) as client:
        for one in acknowledged:
            repeat = post(client, secret, one.name, one.body)
            assert (repeat.status_code, repeat.content) == (201, one.answer)
            assert repeat.json()["decision_id"] in kept
        for name, body in unanswered:  # done or not done, never by half: asking again settles it
            first, second = post(client, secret, name, body), post(client, secret, name, body)
            assert (first.status_code, second.content) == (201, first.content)
    assert server.stop() == 0
    with connect(bank.url) as connection:
        requests = connection.execute("SELECT count(*) FROM doors.request").fetchone()
    assert requests == (len(acknowledged) + len(unanswered),)
    assert len(decisions_on_request(bank)) == len(acknowledged) + len(unanswered)
    with connect(bank.url) as connection:
        scored = connection.execute("SELECT decision_id::text FROM oversight.scoring").fetchall()
    assert {one for (one,) in scored} == decisions_on_request(bank), "each with its scoring, none without"
    verification = bank.verify()
    assert verification.problems == ()
    assert verification.open_entries == 0
