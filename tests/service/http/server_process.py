"""A server of its own process, as a bank runs it, and those who call it over the network."""

import json
import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.service.banks import URL

from creditloop.service.bank import Bank

SECONDS = 60


def environment_of(bank: Bank) -> dict[str, str]:
    """What the command line of a bank is told by its surroundings."""
    told = {
        URL: bank.url,
        "CREDITLOOP_STATE": str(bank.places.state),
        "CREDITLOOP_BANK": str(bank.places.documents),
    }
    return {**os.environ, **told}


def command(bank: Bank, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the bank to its end."""
    line = [sys.executable, "-m", "creditloop", *words]
    return subprocess.run(
        line, env=environment_of(bank), capture_output=True, text=True, timeout=SECONDS, check=False
    )


class ServerProcess:
    """`creditloop serve` in front, in a process that may be killed."""

    def __init__(self, bank: Bank) -> None:
        line = [sys.executable, "-m", "creditloop", "serve", "--port", "0", "--json"]
        self.log = (Path(bank.places.state) / "test.log").open("ab")
        self.process = subprocess.Popen(
            line, env=environment_of(bank), stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        assert self.process.stdout is not None
        said = []
        for text in self.process.stdout:
            said.append(text)
            if text.rstrip() == "}":
                break
        self.url = str(json.loads("".join(said))["url"])

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()
        self._gone()

    def stop(self) -> int:
        """Tell it to end; return its exit status."""
        self.process.terminate()
        return self._gone()

    def _gone(self) -> int:
        status = self.process.wait(timeout=SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()
        return status


@dataclass(frozen=True)
class Acknowledged:
    """A request that was answered: its name, what it asked for, the bytes of the answer."""

    name: str
    body: bytes
    answer: bytes


class Client:
    """Asks for decisions one after another until the server is gone."""

    def __init__(self, url: str, secret: str, plan: str, parties: list[str]) -> None:
        self.url, self.secret, self.plan, self.parties = url, secret, plan, parties
        self.acknowledged: list[Acknowledged] = []
        self.open: list[tuple[str, bytes]] = []

    def run(self) -> None:
        """Ask until nobody answers; what was asked and not answered stays open."""
        with httpx.Client(base_url=self.url, timeout=SECONDS) as client:
            for number in range(10_000):
                name = str(uuid.uuid4())
                party = self.parties[number % len(self.parties)]
                body = json.dumps({"plan": self.plan, "party_id": party}).encode()
                try:
                    answer = post(client, self.secret, name, body)
                except httpx.HTTPError:
                    self.open.append((name, body))
                    return
                assert answer.status_code == 201, answer.text
                self.acknowledged.append(Acknowledged(name, body, answer.content))


def post(client: httpx.Client, secret: str, name: str, body: bytes) -> httpx.Response:
    """Ask for a decision under a name."""
    headers = {
        "Authorization": f"Bearer {secret}",
        "Idempotency-Key": name,
        "Content-Type": "application/json",
    }
    return client.post("/v1/decisions", content=body, headers=headers)
