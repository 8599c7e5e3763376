"""Keys as values (密钥环): a ring holds the data keys, open, for a while.

Nothing here reads a file or the environment: whoever opens the bank hands the root key in. No secret shows in
a `repr`.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from creditloop.kernel.cipher import KEY_BYTES, Algorithm, ValueCipher
from creditloop.kernel.errors import StateError

_TOKEN_BYTES = 24
"""Bytes of an HMAC kept in a token: by chance two of 10**9 values share one with probability 10**-40."""


class Use(StrEnum):
    """What a data key is for: encrypting values, or making their tokens."""

    SEAL = "seal"
    TOKEN = "token"


@dataclass(frozen=True, kw_only=True)
class DataKey:
    """A key that values are encrypted or tokens made with; of one use the numbers go up from 1."""

    use: Use
    number: int
    algorithm: Algorithm
    secret: bytes = field(repr=False)

    @classmethod
    def fresh(cls, *, use: Use, number: int, algorithm: Algorithm) -> "DataKey":
        """Make a new one."""
        secret = secrets.token_bytes(KEY_BYTES[algorithm])
        return cls(use=use, number=number, algorithm=algorithm, secret=secret)

    @cached_property
    def cipher(self) -> ValueCipher:
        """The cipher of a key for values."""
        return ValueCipher(self.algorithm, self.secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """The data keys, open: those of values by number, and the one of tokens."""

    seals: Mapping[int, DataKey] = field(repr=False)
    token: DataKey = field(repr=False)

    @property
    def newest(self) -> DataKey:
        """The key that new values are encrypted with."""
        return self.seals[max(self.seals)]

    def seal(self, number: int) -> DataKey:
        """Return a key for values by its number.

        Raises: StateError if the ring has no such key.
        """
        if number not in self.seals:
            raise StateError(
                "a value is encrypted with a data key that is not among the keys",
                got=f"key {number}",
                expected=", ".join(map(str, sorted(self.seals))),
                hint="the ring was opened before the key was made: open it again",
            )
        return self.seals[number]

    def token_of(self, value: str, *, sort: str) -> str:
        """Return the token of a normalised value: equal for equal values of one sort, telling nothing else.

        HMAC-SHA256 over the sort and the value; the number before the point is the token key's.
        """
        digest = hmac.digest(self.token.secret, f"{sort}\0{value}".encode(), hashlib.sha256)
        return f"{self.token.number}.{base64.urlsafe_b64encode(digest[:_TOKEN_BYTES]).decode('ascii')}"
