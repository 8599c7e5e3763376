"""SM2 signatures with SM3 (国密签名, GB/T 32918) beside a note's Ed25519 line, for banks that must have them.

A line of such a key looks like any other; C2SP signed-note keeps the algorithm's byte 0xff for what has no
number there and wants a longer identifier after it. Ours is `SM2_KIND`. The public key is the 65 bytes
04, X, Y; the key's id is made of name, LF, `SM2_KIND` and these. The signature is the DER of r and s
(GM/T 0009) over the note's text, its Z value with the standard's user id, 1234567812345678.

An SM2 key never signs alone: `verifier_from_text` of `signature` does not read it, so it cannot stand where
an Ed25519 key is asked for, and the tree is SHA-256 throughout. The curve's arithmetic is
Tongsuo's (extra `sm`).
"""

import base64
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from creditloop.evidence.signature import (
    PRIVATE_PREFIX,
    Verifier,
    check_key_id,
    check_name,
    key_id_of,
    key_parts,
)
from creditloop.kernel.errors import EvidenceError, InputError, StateError

SM2_KIND = b"\xffcreditloop/sm2-sm3/v1"
"""The algorithm's byte and identifier: what stands before the key in a key's text and in its id."""
_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
"""Points of the curve (GB/T 32918.5)."""
_PUBLIC_BYTES = 65
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Sm2Verifier:
    """An SM2 public key (国密公钥).

    Attributes:
        name: the key's name; that of the log whose checkpoints it signs.
        public: 65 bytes, 04 and the point's X and Y.

    Raises: InputError on making one that is no point of the curve; StateError without the extra `sm`.
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        self._key()

    @property
    def key_id(self) -> bytes:
        """First 4 bytes of SHA-256 over name, LF, `SM2_KIND` and public key."""
        return key_id_of(self.name, SM2_KIND, self.public)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Say whether the signature is this key's over the message; it has one form, DER."""
        if not _is_der(signature):
            return False
        library = _Library()
        try:
            self._key().verify(signature, message, library.sm2_with_sm3())
        except library.invalid:
            return False
        return True

    def text(self) -> str:
        """Return the key as one line of text."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(SM2_KIND + self.public)}"

    def _key(self) -> Any:
        curve = _Library().curve
        try:
            if len(self.public) != _PUBLIC_BYTES or self.public[0] != 4:
                raise ValueError
            return curve.EllipticCurvePublicKey.from_encoded_point(curve.SM2(), self.public)
        except ValueError:
            raise InputError(
                "not an SM2 public key", got=f"{len(self.public)} bytes", expected="04, X and Y: 65 bytes"
            ) from None


@dataclass(frozen=True, slots=True, repr=False)
class Sm2Signer:
    """An SM2 private key (国密私钥); its text is a secret and its `repr` hides it.

    Attributes:
        name: the key's name.
        secret: 32 bytes, a number in 1..order - 2.

    Raises: InputError on making one out of range; StateError without the extra `sm`.
    """

    name: str
    secret: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        number = int.from_bytes(self.secret)
        # order - 1 has a public key, but signing with it would never end
        if len(self.secret) != _SECRET_BYTES or not 1 <= number <= _ORDER - 2:
            raise InputError(
                "not an SM2 private key",
                got=f"{len(self.secret)} bytes",
                expected="32 bytes, a number in 1..order - 2",
            )
        _Library()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"

    @classmethod
    def generate(cls, name: str) -> "Sm2Signer":
        """Make a new key from the library's randomness."""
        curve = _Library().curve
        number: int = _ORDER
        while number > _ORDER - 2:
            number = curve.generate_private_key(curve.SM2()).private_numbers().private_value
        return cls(name, number.to_bytes(_SECRET_BYTES))

    @property
    def verifier(self) -> Sm2Verifier:
        """The public half."""
        point = self._key().public_key().public_numbers()
        return Sm2Verifier(self.name, b"\x04" + point.x.to_bytes(32) + point.y.to_bytes(32))

    def sign(self, message: bytes) -> bytes:
        """Return a signature's DER, 70 to 72 bytes as a rule; the same message has another one each time."""
        signature: bytes = self._key().sign(message, _Library().sm2_with_sm3())
        return signature

    def text(self) -> str:
        """Return the private key as one line of text: a secret."""
        return f"{PRIVATE_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{_base64(SM2_KIND + self.secret)}"

    def _key(self) -> Any:
        curve = _Library().curve
        return curve.derive_private_key(int.from_bytes(self.secret), curve.SM2())


def sm2_verifier_from_text(text: str) -> Sm2Verifier:
    """Read an SM2 public key from its line of text.

    Raises: EvidenceError if the text is not one or its key id is not its own; StateError without the extra
        `sm`.
    """
    name, key_id, public = _sm2_parts(text, what="an SM2 verifier key")
    try:
        verifier = Sm2Verifier(name, public)
    except InputError as error:
        raise _as_evidence(error, name) from None
    check_key_id(verifier, key_id)
    return verifier


def sm2_signer_from_text(text: str) -> Sm2Signer:
    """Read an SM2 private key from its line of text; errors never show it.

    Raises: as `sm2_verifier_from_text`.
    """
    if not text.startswith(PRIVATE_PREFIX):
        raise EvidenceError("not an SM2 private key", expected=f"{PRIVATE_PREFIX}NAME+KEYID+BASE64")
    name, key_id, secret = _sm2_parts(text.removeprefix(PRIVATE_PREFIX), what="an SM2 private key")
    try:
        signer = Sm2Signer(name, secret)
    except InputError as error:
        raise _as_evidence(error, name) from None
    verifier: Verifier = signer.verifier
    check_key_id(verifier, key_id)
    return signer


def _sm2_parts(text: str, *, what: str) -> tuple[str, bytes, bytes]:
    name, key_id, raw = key_parts(text, what=what)
    if not raw.startswith(SM2_KIND):
        raise EvidenceError(
            f"not {what}",
            got=f"algorithm {raw[0]}",
            expected="255 creditloop/sm2-sm3/v1",
            where={"key": name},
        )
    return name, key_id, raw[len(SM2_KIND) :]


def _as_evidence(error: InputError, name: str) -> EvidenceError:
    return EvidenceError(error.message, got=error.got, expected=error.expected, where={"key": name})


class _Library:
    """Tongsuo, loaded when a key of ours first needs it: most banks do not have it installed."""

    def __init__(self) -> None:
        try:
            self.curve: Any = import_module("tongsuopy.crypto.asymciphers.ec")
            self._hashes: Any = import_module("tongsuopy.crypto.hashes")
            exceptions: Any = import_module("tongsuopy.crypto.exceptions")
        except ImportError as error:
            raise StateError(
                "SM2 signatures cannot be made or checked: their library is not installed",
                got=str(error),
                expected="the extra creditloop[sm]",
                hint="pip install 'creditloop[sm]', or pip install --require-hashes -r requirements/sm.txt",
            ) from error
        self.invalid: type[Exception] = exceptions.InvalidSignature

    def sm2_with_sm3(self) -> Any:
        """Return the algorithm; on this curve the library's ECDSA is SM2, with the standard's user id."""
        return self.curve.ECDSA(self._hashes.SM3())


def _is_der(signature: bytes) -> bool:
    """Say whether these are numbers of the curve's range in DER; at others the library fails otherwise."""
    try:
        r, s = decode_dss_signature(signature)
        return 1 <= r < _ORDER and 1 <= s < _ORDER and encode_dss_signature(r, s) == signature
    except ValueError:
        return False


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
