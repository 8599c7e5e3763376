"""The root key (根密钥): 32 random bytes outside the database under which other keys lie encrypted.

Nothing here reads a file or the environment: whoever holds the key hands it in. No secret shows in a `repr`.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from creditloop.kernel.cipher import NONCE_BYTES, Algorithm, ValueCipher
from creditloop.kernel.errors import InputError

ROOT_BYTES = 32


@dataclass(frozen=True, slots=True)
class RootKey:
    """See the module."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != ROOT_BYTES:
            raise InputError(
                "not a root key", got=f"{len(self.secret)} bytes", expected=f"{ROOT_BYTES} bytes"
            )

    @classmethod
    def fresh(cls) -> "RootKey":
        """Make a new one."""
        return cls(secrets.token_bytes(ROOT_BYTES))

    @property
    def root_id(self) -> str:
        """A name that tells root keys apart and says nothing of the key."""
        return hmac.digest(self.secret, b"creditloop root key id", hashlib.sha256).hex()[:16]

    def wrapped(self, secret: bytes, *, binding: bytes) -> str:
        """Encrypt another key."""
        cipher = ValueCipher(Algorithm.AES_256_GCM, self.secret)
        return cipher.sealed(secret, nonce=secrets.token_bytes(NONCE_BYTES), binding=binding)

    def unwrapped(self, text: str, *, binding: bytes) -> bytes | None:
        """Decrypt another key; None if it was changed or wrapped by another root key."""
        return ValueCipher(Algorithm.AES_256_GCM, self.secret).opened(text, binding=binding)
