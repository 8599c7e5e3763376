"""Ids made from content, so that the same request always carries the same id; and names that are the same.

The caller makes the id, which makes every request safe to repeat: the second finds the first.
"""

import hashlib
import unicodedata
import uuid

from creditloop.kernel.canonical import canonical_bytes


def content_id(kind: str, *parts: object) -> uuid.UUID:
    """Make an id from what it names: the same parts give the same id, on every machine.

    Args:
        kind: what the id is of ("import_batch"); keeps ids of different kinds apart.
        parts: canonical values (see `canonical`).

    >>> content_id("batch", "a", 1) == content_id("batch", "a", 1)
    True
    """
    raw = bytearray(hashlib.sha256(canonical_bytes([kind, *parts])).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x80  # version 8: the maker's own scheme (RFC 9562 §5.8)
    raw[8] = raw[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(raw))


def is_same_name(one: str, other: str) -> bool:
    """Whether two names are one person's, however written: in other case, width or spacing.

    Two persons of one name are told apart by their logins, which are written in one way only.

    >>> is_same_name("Li.Na", " li.na")
    True
    """
    return _plain_name(one) == _plain_name(other)


def _plain_name(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
