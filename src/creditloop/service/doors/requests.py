"""Requests that are safe to repeat: the first answer is kept with what it did, and given again byte for byte.

The caller names the request (`Idempotency-Key`); names of two callers never meet. What failed wrote nothing
and is not kept, so it may be tried again under the same name.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from creditloop.kernel.canonical import content_hash
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import ConflictingRepeat, InputError
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, load_queries
from creditloop.service.doors.people import SQL

_NAME = re.compile(r"[\x21-\x7e]{8,200}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as its caller named it.

    Attributes:
        key_id: the caller's API key.
        idempotency_key: the caller's name for the request: 8 to 200 visible ASCII characters.
        path: with every id in it.
        body: the content, as canonical values; how it was spaced or ordered does not matter.
    """

    key_id: str
    idempotency_key: str
    method: str
    path: str
    body: object

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.idempotency_key):
            raise InputError(
                "not a name for a request",
                got=repr(self.idempotency_key[:40]),
                expected="8 to 200 visible ASCII characters, best a random UUID",
                where={"header": "Idempotency-Key"},
            )

    @property
    def batch_id(self) -> UUID:
        """The id of the request, which is the id of what it leads to."""
        return content_id("api_request", self.key_id, self.idempotency_key)

    @property
    def body_hash(self) -> str:
        """SHA-256 of the canonical content, in hex."""
        return content_hash(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAnswer:
    """What a request was answered first."""

    status: int
    response: str


def find_answer(connection: Connection, *, request: Request) -> FirstAnswer | None:
    """Return the first answer to a request, None if this is the first time.

    Until the transaction ends, the same request waits in any other: so of many at once one is the first.

    Raises: ConflictingRepeat if the name was used for another request.
    """
    queries, names = load_queries(SQL), {"key_id": request.key_id, "idempotency_key": request.idempotency_key}
    queries.lock_request(connection, **names)
    row = queries.find_request(connection, **names)
    if row is None:
        return None
    method, path, body_hash, status, response = row
    if (method, path, body_hash) != (request.method, request.path, request.body_hash):
        raise ConflictingRepeat(
            "this name was used for another request; the first stands",
            got=f"{request.method} {request.path}, content {request.body_hash}",
            expected=f"{method} {path}, content {body_hash}",
            where={"header": "Idempotency-Key"},
            hint="give every new request a new name",
        )
    return FirstAnswer(status=status, response=response)


def record_answer(connection: Connection, *, request: Request, answer: FirstAnswer, now: datetime) -> None:
    """Keep the first answer to a request, in the transaction of what it did."""
    load_queries(SQL).insert_request(
        connection,
        batch_id=request.batch_id,
        key_id=request.key_id,
        idempotency_key=request.idempotency_key,
        method=request.method,
        path=request.path,
        body_hash=request.body_hash,
        status=answer.status,
        response=answer.response,
        answered_at=check_aware(now, name="now"),
    )
