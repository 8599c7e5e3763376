"""The tour of docs/loan_api.md: its calls, as printed, on the days it names, give the answers it tells."""

import json
import re
import shlex
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.service.http.caller import Caller

from creditloop.service.bank import Bank
from creditloop.service.http.app import COMMANDS

REPOSITORY = Path(__file__).parents[3]
PAGE = (REPOSITORY / "docs" / "loan_api.md").read_text("utf-8")
PARTS = re.compile(r"<!-- day: (\S+) -->|```sh\n(.*?)```|```json\n(.*?)```", re.DOTALL)
HOST = "http://127.0.0.1:8620"


@dataclass(frozen=True)
class Call:
    """A call of the page."""

    method: str
    path: str
    headers: dict[str, str]
    body: str | None


def calls(block: str) -> list[list[str]]:
    """The calls of a block of shell, each as its words; other commands are left out."""
    text = block.replace("\\\n", " ").replace("\"'$HASH'\"", '"$HASH"')
    lines = re.split(r"\n(?=\S)", text)
    return [shlex.split(line, comments=True) for line in lines if line.startswith("curl ")]


def read_call(words: list[str], *, agreed: str) -> Call:
    """Read a call as curl would."""
    method, headers, body, url = "GET", dict[str, str](), None, ""
    pending = iter(words[1:])
    for word in pending:
        if word == "-X":
            method = next(pending)
        elif word == "-H":
            name, _, value = next(pending).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(pending).replace("$HASH", agreed)
        else:
            url = word
    assert url.startswith(HOST), words
    return Call(method, url.removeprefix(HOST), headers, body)


def sent(caller: Caller, call: Call) -> httpx.Response:
    assert call.headers.pop("Authorization") == "Bearer $KEY"
    assert call.headers.pop("Idempotency-Key", "$(uuidgen)") == "$(uuidgen)"
    if call.method == "GET":
        return caller.send("GET", call.path, headers=caller.headers)
    assert call.headers == {"Content-Type": "application/json"}
    assert call.body is not None
    return caller.post(call.path, call.body.encode())


def differing(shown: Any, told: Any, place: str = "answer") -> list[str]:
    """Where an answer is not what a page shows of it; what the page leaves out may be anything."""
    if isinstance(shown, dict):
        inner = ((f"{place}.{key}", value, told.get(key, "nothing")) for key, value in shown.items())
        return [found for where, value, one in inner for found in differing(value, one, where)]
    if isinstance(shown, list) and shown and isinstance(shown[0], dict):
        pairs = enumerate(zip(shown, told, strict=False))
        return [found for n, (value, one) in pairs for found in differing(value, one, f"{place}[{n}]")]
    return [] if shown == told else [f"{place}: {told}, and the page shows {shown}"]


def test_the_page_gives_the_answers_it_tells(
    caller: Caller, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed, told, made, shown = "", {}, 0, 0
    for day, shell, answer in PARTS.findall(PAGE):
        if day:
            on = date.fromisoformat(day)
            monkeypatch.setattr(bank.clock, "at", datetime(on.year, on.month, on.day, 2, tzinfo=UTC))
        for words in calls(shell):
            call = read_call(words, agreed=agreed)
            got = sent(caller, call)
            assert got.status_code in {200, 201}, (words, got.text)
            told, made = got.json(), made + 1
            agreed = told.get("agreement_hash", agreed)
        if answer:
            wrong = differing(json.loads(answer), told)
            assert not wrong, wrong
            shown += 1
    assert (made, shown) == (17, 9)
    assert bank.verify().problems == ()


def test_every_route_about_loans_is_on_the_page(caller: Caller) -> None:
    described = caller.get("/v1/openapi.json").json()["paths"]
    paths = {path for path in described if "loan" in path}
    assert paths >= {command.path for command in COMMANDS if "loan" in command.path}
    words = [words for _, shell, _ in PARTS.findall(PAGE) for words in calls(shell)]
    called = {read_call(each, agreed="").path.partition("?")[0] for each in words}
    for path in paths:
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
        assert any(re.fullmatch(pattern, one) for one in called), path
