"""Ids made from content, so that the same request always carries the same id.

The caller makes the id, which makes every request safe to repeat: the second finds the first.
"""

import hashlib
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
