"""The application: every route of the API, the console, one place where errors become answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from creditloop import __version__
from creditloop.service import console
from creditloop.service.bank import Bank
from creditloop.service.http import (
    cases,
    customers,
    decisions,
    documentation,
    health,
    loan_commands,
    loan_products,
    loan_quotes,
    loan_reads,
    proofs,
    reviews,
    warnings,
)
from creditloop.service.http.commands import Command, endpoint
from creditloop.service.http.pooled_bank import pooled
from creditloop.service.http.problems import HANDLERS

COMMANDS: tuple[Command[Any], ...] = (
    decisions.DECIDE,
    cases.COMPLAIN,
    reviews.SIGN,
    *loan_commands.LOAN_COMMANDS,
)
"""The routes that change something."""
_HEADERS = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))
"""Of every answer of the API: what it says is about people, and is what it says it is."""


def build_app(bank: Bank) -> FastAPI:
    """Build the application of a bank: the API under /v1, the console under /console.

    It opens a pool of connections, which is closed when the application ends.

    Raises: SourceError if the database does not answer.
    """
    shared = pooled(bank)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        shared.close()

    app = FastAPI(
        title="creditloop",
        version=__version__,
        docs_url=None,  # the framework's pages load scripts from elsewhere
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        lifespan=lifespan,
        exception_handlers=dict(HANDLERS.items()),
    )
    app.state.bank = shared
    app.add_middleware(_Headers)
    for router in (
        decisions.router,
        customers.router,
        warnings.router,
        cases.router,
        reviews.router,
        loan_products.router,
        loan_quotes.router,
        loan_commands.router,
        loan_reads.router,
        proofs.router,
        health.router,
    ):
        app.include_router(router)
    for command in COMMANDS:
        app.add_route(command.path, endpoint(command), methods=["POST"])
    documentation.add_pages(app, commands=COMMANDS)
    console.mount(app, shared)
    return app


class _Headers:
    """Adds the API's headers to what it answers; the console has its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        is_api = scope.get("path", "").startswith("/v1/")
        await self.app(scope, receive, with_headers if is_api else send)
