"""Somebody who calls the API, in this process, and what a bank has written meanwhile."""

import asyncio
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from tests.service.people import let_in

from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.doors import SCOPES, create_key
from creditloop.service.wiring import sealed_tables


@dataclass(frozen=True)
class Key:
    """A key of the bank, and its public part."""

    secret: str
    key_id: str


def make_key(bank: Bank, scopes: Sequence[str] = tuple(SCOPES), holder: str = "branch-office") -> Key:
    """Have the bank make a key."""
    with bank.work() as work:
        made, secret = create_key(work.connection, holder=holder, scopes=scopes, by="test", now=work.now)
        work.recorded(made.batch_id)
    return Key(secret=secret, key_id=made.key_id)


class Caller:
    """Calls an application with a key; a defect becomes an answer, as it does for real callers."""

    def __init__(self, app: FastAPI, *, secret: str | None) -> None:
        self.app = app
        self.headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request as it is; what follows from it is done when this returns."""

        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://bank") as client:
                return await client.request(method, path, **request)

        return asyncio.run(sent())

    def get(self, path: str, **params: Any) -> httpx.Response:
        """Read something."""
        return self.send("GET", path, params=params, headers=self.headers)

    def post(
        self, path: str, body: object, *, name: str | None = "", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Ask for something under a name; a new one if none is given, without one if it is None."""
        named = {} if name is None else {"Idempotency-Key": name or str(uuid.uuid4())}
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        kind = {"Content-Type": "application/json"}
        return self.send(
            "POST", path, content=content, headers={**kind, **self.headers, **named, **(headers or {})}
        )


def approver(app: FastAPI, login: str, roles: list[str]) -> Caller:
    """Let a person in, and give that person a key."""
    let_in(app.state.bank, login, *roles)
    return Caller(app, secret=make_key(app.state.bank, ["reviews:write"], holder=login).secret)


def written(bank: Bank) -> dict[str, int]:
    """How many rows each sealed table holds."""
    with connect(bank.url) as connection:
        tables = sealed_tables(connection)
        return {
            table.name: connection.execute(f"SELECT count(*) FROM {table.name}".encode()).fetchone()[0]  # type: ignore[index]
            for table in tables
        }
