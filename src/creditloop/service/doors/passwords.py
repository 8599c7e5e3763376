"""Passwords, kept as scrypt hashes with their parameters, so that the parameters can grow.

The form is `scrypt$n$r$p$salt$hash`, salt and hash in hex. Parameters of new hashes: OWASP Password Storage
Cheat Sheet, scrypt N=2^15, r=8, p=3 (32 MB). Shortest password: NIST SP 800-63B-4 §3.1.1.2, 15 characters
where it is the only factor; the same section asks for normalised text and a longest of at least 64.
"""

import hashlib
import hmac
import secrets
import unicodedata

from creditloop.kernel.errors import EvidenceError, InputError

LENGTH_MIN = 15
LENGTH_MAX = 256
_COST, _BLOCK, _LANES = 2**15, 8, 3
_SALT_BYTES, _HASH_BYTES = 16, 32
_MEMORY_MAX = 2**27


def hash_password(password: str) -> str:
    """Return a new hash of a password, in the form above.

    Raises: InputError if the password is too short or too long.
    """
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise InputError(
            "a password of this length is not taken",
            got=f"{len(password)} characters",
            expected=f"{LENGTH_MIN} to {LENGTH_MAX}",
        )
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = _scrypt(password, salt, cost=_COST, block=_BLOCK, lanes=_LANES)
    return f"scrypt${_COST}${_BLOCK}${_LANES}${salt.hex()}${digest.hex()}"


def check_password(password: str, *, password_hash: str) -> bool:
    """Return whether a password is the one a hash was made of.

    Raises: EvidenceError if the text is not such a hash.
    """
    try:
        scheme, cost, block, lanes, salt, expected = password_hash.split("$")
        if scheme != "scrypt":
            raise ValueError(scheme)
        given = _scrypt(password, bytes.fromhex(salt), cost=int(cost), block=int(block), lanes=int(lanes))
    except ValueError:
        raise EvidenceError("what stands in a password's place is no hash of one") from None
    return hmac.compare_digest(given.hex(), expected)


def spend_as_long(password: str) -> None:
    """Take as long as checking a password does: whoever guesses logins learns nothing from the time."""
    _scrypt(password, bytes(_SALT_BYTES), cost=_COST, block=_BLOCK, lanes=_LANES)


def _scrypt(password: str, salt: bytes, *, cost: int, block: int, lanes: int) -> bytes:
    text = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=cost, r=block, p=lanes, maxmem=_MEMORY_MAX, dklen=_HASH_BYTES)
