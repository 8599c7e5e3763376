"""What goes wrong, as the HTTP API says it: problem documents (RFC 9457), statuses mapped here alone.

An error of ours keeps its stable `code`. What is the bank's own trouble (5xx) is told by name only: where it
happened goes to the log, under the number that stands in `instance`.
"""

import traceback
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import structlog
from fastapi.exceptions import RequestValidationError
from psycopg import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from creditloop.kernel.errors import (
    BookError,
    ContractBroken,
    CreditloopError,
    EvidenceError,
    InputError,
    PolicyError,
    SourceError,
    StateError,
    UnknownId,
)
from creditloop.service.doors import NotAllowed, NotSignedIn
from creditloop.service.http.refusals import Malformed, TooLarge, WrongMediaType

STATUSES: tuple[tuple[type[CreditloopError], int], ...] = (
    (Malformed, 400),
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (UnknownId, 404),
    (TooLarge, 413),
    (WrongMediaType, 415),
    (PolicyError, 500),  # a document of the bank, not of the caller
    (ContractBroken, 500),
    (InputError, 422),
    (StateError, 409),
    (SourceError, 503),
    (BookError, 500),
    (EvidenceError, 500),
)
"""Each error's status: the first family it belongs to."""
MEDIA_TYPE = "application/problem+json"
DEFECT = 500
UNAVAILABLE = 503
_DEFECT_CODE = "defect"
_ROUTING_CODES = {404: "unknown_route", 405: "method_not_allowed"}
_log = structlog.get_logger("creditloop.http")


def status_of(error: CreditloopError | type[CreditloopError]) -> int:
    """Return the HTTP status of an error, or of a kind of error."""
    kind = error if isinstance(error, type) else type(error)
    return next((status for family, status in STATUSES if issubclass(kind, family)), DEFECT)


def problem(
    status: int, *, code: str, detail: str, more: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None, instance: str | None = None,
) -> Response:  # fmt: skip
    """Return a problem document; `more` are members beside the standard's own."""
    document = {
        "type": f"/v1/docs#{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": instance or _new_instance(),
        **(more or {}),
    }
    return Response(
        msgspec.json.encode(document), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def problem_of(error: CreditloopError) -> Response:
    """Return the problem document of an error of ours."""
    status, record = status_of(error), error.as_record()
    instance = _new_instance()
    if status >= DEFECT:
        _log.error(
            "request failed", instance=instance, code=error.code, detail=error.message, at=_place(error)
        )
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="creditloop"'
    if status == UNAVAILABLE:
        headers["Retry-After"] = "1"
    told = ("hint",) if status >= DEFECT else ("got", "expected", "where", "hint")
    more = {name: record[name] for name in told if name in record}
    return problem(
        status, code=error.code, detail=error.message, more=more, headers=headers, instance=instance
    )


async def answer_error(_: Request, error: Exception) -> Response:
    """Answer an error of ours."""
    assert isinstance(error, CreditloopError)
    return problem_of(error)


async def answer_database_gone(_: Request, error: Exception) -> Response:
    """Answer when the database went away in the middle: the request did nothing, it may be tried again."""
    gone = SourceError("the database does not answer", got=str(error).strip())
    return problem_of(gone)


async def answer_bad_parameters(_: Request, error: Exception) -> Response:
    """Answer parameters that are not what the route's description says: the first of them by name."""
    assert isinstance(error, RequestValidationError)
    first: Mapping[str, Any] = error.errors()[0]
    where = {"parameter": ".".join(str(part) for part in first["loc"][1:]), "in": str(first["loc"][0])}
    return problem_of(InputError(first["msg"], got=repr(first.get("input")), where=where))


async def answer_routing(_: Request, error: Exception) -> Response:
    """Answer a path or method that is not there."""
    assert isinstance(error, HTTPException)
    code = _ROUTING_CODES.get(error.status_code, "http")
    return problem(error.status_code, code=code, detail=str(error.detail), headers=error.headers)


async def answer_defect(_: Request, error: Exception) -> Response:
    """Answer a defect of ours: a number to ask about, nothing of what it was."""
    instance = _new_instance()
    # not its text: that may repeat a row
    _log.error("defect", instance=instance, kind=type(error).__name__, at=_place(error))
    detail = "something is wrong on our side; nothing half done is kept"
    return problem(DEFECT, code=_DEFECT_CODE, detail=detail, instance=instance)


def _place(error: Exception) -> str:
    """Return where an error was raised, from outside in: places of code, no values."""
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-8:])


def _new_instance() -> str:
    return uuid.uuid4().urn


HANDLERS: Mapping[type[Exception], Any] = {
    CreditloopError: answer_error,
    OperationalError: answer_database_gone,
    RequestValidationError: answer_bad_parameters,
    HTTPException: answer_routing,
    Exception: answer_defect,
}
"""Who answers what was raised."""
