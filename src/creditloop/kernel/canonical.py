"""The one form in which a value is hashed: canonical JSON of integers, text, booleans, null, lists, objects.

A strict subset of RFC 8785: keys sorted, no white space, UTF-8, no floating-point numbers at all (there is
nothing to disagree about), integers within ±(2**53 − 1) as numbers and beyond as text. Dates and instants are
written as ISO text by the caller's side of this door.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import InputError

INTEGER_MAX = 2**53 - 1
"""Largest integer every JSON reader keeps exactly (RFC 7493)."""


def canonical_bytes(value: object) -> bytes:
    r"""Return the canonical bytes of a value.

    Raises: InputError for a float, a naive instant, a key that is not ASCII text, half a surrogate pair, or
        an unknown type.

    >>> canonical_bytes({"b": 1, "a": [True, None, "中"]})
    b'{"a":[true,null,"\xe4\xb8\xad"],"b":1}'
    """
    text = json.dumps(
        _plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            "text that is not Unicode cannot be hashed", got=repr(error.object[error.start])
        ) from error


def content_hash(value: object) -> str:
    """Return the SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= INTEGER_MAX else str(value)
    if isinstance(value, datetime):
        moment = check_aware(value, name="an instant to be hashed")
        return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) and key.isascii() for key in value):
            raise InputError("keys of a hashed object must be ASCII text", got=list(value))
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_plain(inner) for inner in value]
    raise InputError("this kind of value cannot be hashed", got=type(value).__name__)
