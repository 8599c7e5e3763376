"""The server as a process: one per state folder, found and stopped by its note, gone when it is gone."""

import json
import os
import signal
import socket

import httpx
import pytest
from tests.service.http.server_process import ServerProcess, command

from creditloop.service.bank import Bank
from creditloop.service.web_server import find_server, is_loopback, stop_server

pytestmark = pytest.mark.outside


def test_in_the_background_until_it_is_stopped(small_bank: Bank) -> None:
    said = command(small_bank, "serve", "--port", "0", "--background", "--json")
    assert said.returncode == 0, said.stdout + said.stderr
    told = json.loads(said.stdout)
    running = find_server(small_bank.places)
    assert running is not None
    assert (running.url, str(running.pid)) == (told["url"], told["pid"])
    assert httpx.get(f"{running.url}/v1/health").json()["status"] == "ok"
    assert httpx.get(f"{running.url}/console/", follow_redirects=False).status_code in {200, 303}
    second = command(small_bank, "serve", "--port", "0", "--json")
    assert (second.returncode, json.loads(second.stdout)["error"]["message"]) == (3, "a server runs already")
    assert stop_server(small_bank.places) == running.pid
    assert find_server(small_bank.places) is None
    assert stop_server(small_bank.places) is None
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{running.url}/v1/health")


def test_a_killed_server_is_not_taken_for_a_running_one(small_bank: Bank) -> None:
    server = ServerProcess(small_bank)
    assert find_server(small_bank.places) is not None
    server.kill()
    assert (small_bank.places.state / "serve.json").exists(), "its note is left"
    assert find_server(small_bank.places) is None
    again = ServerProcess(small_bank)
    assert httpx.get(f"{again.url}/v1/health").status_code == 200
    assert again.stop() == 0
    assert not (small_bank.places.state / "serve.json").exists()


def test_a_server_that_does_not_listen_is_killed(small_bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ServerProcess(small_bank)
    os.kill(server.process.pid, signal.SIGSTOP)
    monkeypatch.setattr("creditloop.service.web_server._STOP_SECONDS", 0.2)
    assert stop_server(small_bank.places) == server.process.pid
    assert server.stop() == -signal.SIGKILL


@pytest.mark.parametrize("background", [[], ["--background"]])
def test_a_port_that_is_taken_is_named(small_bank: Bank, background: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = command(small_bank, "serve", "--port", port, "--json", *background)
    assert said.returncode == 3
    error = json.loads(said.stdout)["error"]
    assert "port is taken" in error["message"] + error["got"]
    assert find_server(small_bank.places) is None


def test_an_address_that_is_not_ours_is_refused(small_bank: Bank) -> None:
    said = command(small_bank, "serve", "--host", "192.0.2.1", "--port", "0", "--json")
    assert (said.returncode, json.loads(said.stdout)["error"]["code"]) == (2, "input")
    assert "TLS" in said.stderr


def test_other_machines_are_warned_about() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "localhost", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.1.4", "bank.example")))
