"""Authenticated encryption of one value: AES-256-GCM, or SM4-GCM where a Chinese algorithm is asked for.

What stands in the database is text: `1.` and the base64 of nonce (12 bytes), ciphertext and tag (16 bytes).
The nonce is random; by NIST SP 800-38D §8.3 one key takes at most 2**32 values so.
"""

import base64
import binascii
from collections.abc import Mapping
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
TAG_BYTES = 16
VALUES_MAX = 2**32
"""Most values one key may encrypt under random nonces of 96 bits."""
_FORM = "1."


class Algorithm(StrEnum):
    """What a data key is used in: one of the two ciphers of values, or the hash of tokens."""

    AES_256_GCM = "AES-256-GCM"
    SM4_GCM = "SM4-GCM"
    HMAC_SHA256 = "HMAC-SHA256"


CIPHERS = (Algorithm.AES_256_GCM, Algorithm.SM4_GCM)
KEY_BYTES: Mapping[Algorithm, int] = {
    Algorithm.AES_256_GCM: 32,
    Algorithm.SM4_GCM: 16,
    Algorithm.HMAC_SHA256: 32,
}


class ValueCipher:
    """Encrypts and decrypts single values under one key."""

    def __init__(self, algorithm: Algorithm, secret: bytes) -> None:
        self._secret = secret
        self._aes = AESGCM(secret) if algorithm is Algorithm.AES_256_GCM else None

    def sealed(self, value: bytes, *, nonce: bytes, binding: bytes) -> str:
        """Encrypt a value; only with the same `binding` does it open again."""
        if self._aes is not None:
            body = self._aes.encrypt(nonce, value, binding)
        else:
            work = Cipher(algorithms.SM4(self._secret), modes.GCM(nonce)).encryptor()
            work.authenticate_additional_data(binding)
            body = work.update(value) + work.finalize() + work.tag
        return _FORM + base64.b64encode(nonce + body).decode("ascii")

    def opened(self, text: str, *, binding: bytes) -> bytes | None:
        """Decrypt what `sealed` gave; None if it was changed, cut, or bound to something else."""
        try:
            raw = base64.b64decode(text.removeprefix(_FORM), validate=True)
        except (binascii.Error, ValueError):
            return None
        if not text.startswith(_FORM) or len(raw) < NONCE_BYTES + TAG_BYTES:
            return None
        try:
            return self._opened(raw[:NONCE_BYTES], raw[NONCE_BYTES:], binding)
        except InvalidTag:
            return None

    def _opened(self, nonce: bytes, body: bytes, binding: bytes) -> bytes:
        if self._aes is not None:
            return self._aes.decrypt(nonce, body, binding)
        mode = modes.GCM(nonce, body[-TAG_BYTES:])
        work = Cipher(algorithms.SM4(self._secret), mode).decryptor()
        work.authenticate_additional_data(binding)
        return work.update(body[:-TAG_BYTES]) + work.finalize()
