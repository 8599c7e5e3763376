"""Requests that change something: strict in, one transaction, committed before the answer, safe to repeat.

1. the body is read, up to its longest
2. the caller shows a key that is for this
3. the body is parsed, and the request named by `Idempotency-Key`
4. a request of that name was answered: its first answer, byte for byte; other content is refused
5. it is carried out, and its answer kept, in one transaction; both are sealed
6. only then it is answered; afterwards whoever must act on what happened does so
These are plain Starlette endpoints, because their bodies are read more strictly than FastAPI reads them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic
from uuid import UUID

import msgspec
import structlog
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from creditloop.kernel.errors import CreditloopError, InputError
from creditloop.service.doors import FirstAnswer, find_answer, record_answer
from creditloop.service.doors import Request as NamedRequest
from creditloop.service.http.answers import Answer
from creditloop.service.http.bodies import Body, parse_body, read_body
from creditloop.service.http.pooled_bank import PooledBank
from creditloop.service.http.visits import Visit, visit

REPEATED = "Idempotent-Replayed"
"""Header of an answer that was given before."""
_log = structlog.get_logger("creditloop.http")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[Body]):
    """A command as it came in: who asks, under which name, in which words, about what in the path."""

    visit: Visit
    named: NamedRequest
    body: Body
    path: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Generic[Body]):
    """A route that changes something, with all that its description (OpenAPI) says.

    Attributes:
        path: with its ids in braces.
        scope: what the caller's key must be for.
        carry_out: does it within the visit's piece of work, and returns what is answered.
        example: a body that means something.
        parameters: description of each id in the path.
    """

    path: str
    scope: str
    tag: str
    name: str
    summary: str
    description: str
    body: type[Body]
    answer: type[Answer]
    carry_out: Callable[[Call[Body]], Answer]
    example: Mapping[str, Any]
    parameters: Mapping[str, str]
    status: int = 201


def id_in_path(call: Call[Any], name: str) -> UUID:
    """Read an id that stands in the path.

    Raises: InputError if it is none.
    """
    try:
        return UUID(call.path[name])
    except ValueError:
        where = {"parameter": name, "in": "path"}
        raise InputError("not an id", got=call.path[name][:80], expected="a UUID", where=where) from None


def endpoint(command: Command[Any]) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a command; see the module for the steps."""

    async def answer(request: Request) -> Response:
        body = await read_body(request)
        first, repeated = await run_in_threadpool(_answer, command, request, body)
        bank: PooledBank = request.app.state.bank
        return Response(
            first.response,
            status_code=first.status,
            media_type="application/json",
            headers={REPEATED: "true"} if repeated else None,
            background=None if repeated else BackgroundTask(_deliver, bank),
        )

    return answer


def _answer(command: Command[Body], request: Request, body: bytes) -> tuple[FirstAnswer, bool]:
    with visit(request, scope=command.scope, path=command.path) as visited:
        parsed = parse_body(body, described=command.body)
        named = NamedRequest(
            key_id=visited.key.key_id,
            idempotency_key=request.headers.get("idempotency-key", ""),
            method=request.method,
            path=request.url.path,
            body=msgspec.to_builtins(parsed),
        )
        work = visited.work
        first = find_answer(work.connection, request=named)
        if first is not None:
            visited.read(
                package="creditloop.service.doors",
                table="doors.request",
                columns=["response"],
                parties_count=1,
            )
            return first, True
        said = command.carry_out(Call(visit=visited, named=named, body=parsed, path=request.path_params))
        answer = FirstAnswer(status=command.status, response=said.model_dump_json())
        record_answer(work.connection, request=named, answer=answer, now=work.now)
        work.recorded(named.batch_id)
    return answer, False


def _deliver(bank: PooledBank) -> None:
    """Let subscribers act on what was said; what fails is tried again by `creditloop work`."""
    try:
        bank.deliver()
    except CreditloopError as error:
        _log.warning("delivery put off", code=error.code, detail=error.message)
