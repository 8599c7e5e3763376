"""The body of a request: small, JSON, and exactly what its description says.

Refused: a name given twice, a name nobody knows, NaN and infinities, text that is not UTF-8 or that cannot be
kept, numbers with a fraction where an integer is meant, more bytes than any request needs.
"""

import json
from collections.abc import Sequence
from typing import NoReturn, TypeVar

import msgspec
from starlette.requests import Request

from creditloop.kernel.errors import InputError
from creditloop.service.http.refusals import Malformed, TooLarge, WrongMediaType

BYTES_MAX = 64 * 1024
"""The largest body that is read."""
Body = TypeVar("Body", bound=msgspec.Struct)


async def read_body(request: Request) -> bytes:
    """Read a body, giving up as soon as it is too long.

    Raises: WrongMediaType if it does not say it is JSON; TooLarge.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise WrongMediaType(
            "the body must say it is JSON", got=kind or "nothing", expected="application/json"
        )
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BYTES_MAX:
            raise TooLarge("the body is too long", expected=f"at most {BYTES_MAX} bytes")
    return bytes(body)


def parse_body(body: bytes, *, described: type[Body]) -> Body:
    """Return a body as what the route's description says.

    Raises: Malformed if it is not strict JSON; InputError naming the field that is wrong.
    """
    try:
        values = json.loads(body.decode(), object_pairs_hook=_names_once, parse_constant=_no_constant)
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Malformed("the body is not JSON", got=str(error)[:200]) from None
    try:
        return msgspec.convert(values, described)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$")
        raise InputError(message, where={"field": place.rstrip("`").lstrip(".") or "the body"}) from None


def _names_once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed("a name stands twice in the body", got=repr(twice[:80]))
    for name, value in pairs:
        check_text(name, where="a name in the body")
        if isinstance(value, str):
            check_text(value, where=name)
    return found


def check_text(text: str, *, where: str) -> None:
    """Refuse text that cannot be kept: with a NUL character, or half a surrogate pair.

    Raises: InputError naming the field.
    """
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        expected = "whole Unicode characters, none of them NUL"
        raise InputError(
            "this text cannot be kept", got=ascii(text[:80]), expected=expected, where={"field": where}
        )


def _no_constant(text: str) -> NoReturn:
    raise Malformed("not a number of JSON", got=text)
