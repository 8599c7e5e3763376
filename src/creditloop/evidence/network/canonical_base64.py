"""Base64 with one text for the same bytes (RFC 4648 §3.5).

Readers of base64 pass over the unused bits before `=`: with them a signature's or a proof's text could be
changed and still be read. Whatever is read here must be what would be written.
"""

import base64
import binascii


def encoded(raw: bytes) -> str:
    """Write bytes."""
    return base64.b64encode(raw).decode()


def decoded(text: str) -> bytes | None:
    """Read bytes from the one text they have, None if it is another."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return raw if encoded(raw) == text else None
