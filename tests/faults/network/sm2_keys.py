"""SM2 keys of simulated parties (模拟), by which a seed is repeated to the byte.

As with real ones, a checkpoint that is signed twice has two signatures.
"""

import hashlib
from importlib import import_module
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from creditloop.evidence.network.node import NodeSm2Keys, Sm2Keys
from creditloop.evidence.sm2 import (
    Sm2CosignatureSigner,
    Sm2CosignatureVerifier,
    Sm2Signer,
    Sm2Verifier,
)

ec: Any = import_module("tongsuopy.crypto.asymciphers.ec")
hashes: Any = import_module("tongsuopy.crypto.hashes")
_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_BEFORE_KEY = bytes.fromhex(  # length and text of the user id, then a, b and the base point of the curve
    "0080" + b"1234567812345678".hex() + "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"
    "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)
_VERIFIED: dict[tuple[bytes, bytes, bytes], bool] = {}


class CountingSm2Signer(Sm2Signer):
    """As its parent, by a nonce that follows from secret, message and how often this object signed before."""

    def _signed(self, message: bytes) -> bytes:
        return _signature(self.secret, self._public(), message, nonce=_counted(self.__dict__))


class CountingSm2CosignatureSigner(Sm2CosignatureSigner):
    """As its parent, by a nonce that follows from secret, message and how often this object signed before."""

    def _signed(self, message: bytes) -> bytes:
        return _signature(self.secret, self._public(), message, nonce=_counted(self.__dict__))


class RememberingSm2Verifier(Sm2Verifier):
    """A public key that checks the same signature once only."""

    def _verifies(self, message: bytes, signature: bytes) -> bool:
        known = (self.public, message, signature)
        if known not in _VERIFIED:
            _VERIFIED[known] = super()._verifies(message, signature)
        return _VERIFIED[known]


class RememberingSm2CosignatureVerifier(Sm2CosignatureVerifier):
    """A public key that checks the same signature once only."""

    def _verifies(self, message: bytes, signature: bytes) -> bool:
        known = (self.public, message, signature)
        if known not in _VERIFIED:
            _VERIFIED[known] = super()._verifies(message, signature)
        return _VERIFIED[known]


def sm2_keys_of(name: str, generation: int) -> NodeSm2Keys:
    """Return a party's private SM2 keys."""
    return NodeSm2Keys(
        log=CountingSm2Signer(name, _secret(name, "log", generation)),
        witness=CountingSm2CosignatureSigner(f"{name}/witness", _secret(name, "witness", generation)),
    )


def public_sm2_keys_of(name: str, generation: int) -> Sm2Keys:
    """Return a party's public SM2 keys."""
    keys = sm2_keys_of(name, generation)
    return Sm2Keys(
        log=RememberingSm2Verifier(name, keys.log.verifier.public),
        witness=RememberingSm2CosignatureVerifier(keys.witness.name, keys.witness.verifier.public),
    )


def _secret(name: str, use: str, generation: int) -> bytes:
    return hashlib.sha256(f"sm2 {name} {use} {generation}".encode()).digest()


def _counted(of_one: dict[str, Any]) -> int:
    of_one["signed"] = of_one.get("signed", 0) + 1
    return int(of_one["signed"])


def _signature(secret: bytes, public: bytes, message: bytes, *, nonce: int) -> bytes:
    """Sign (GB/T 32918.2, 6.1) with the SHA-256 of secret, nonce and message as the random number."""
    seed = hashlib.sha256(secret + nonce.to_bytes(8) + message).digest()
    key, drawn = int.from_bytes(secret), int.from_bytes(seed) % (_ORDER - 1) + 1
    digest = int.from_bytes(_sm3(_sm3(_BEFORE_KEY + public[1:]) + message))
    point: Any = ec.derive_private_key(drawn, ec.SM2()).public_key().public_numbers()
    first = (digest + point.x) % _ORDER
    second = pow(1 + key, -1, _ORDER) * (drawn - first * key) % _ORDER
    return encode_dss_signature(first, second)


def _sm3(data: bytes) -> bytes:
    digest: Any = hashes.Hash(hashes.SM3())
    digest.update(data)
    return bytes(digest.finalize())
