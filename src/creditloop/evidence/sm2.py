"""SM2 signatures with SM3 (国密签名, GB/T 32918) beside a note's Ed25519 line, for banks that must have them.

A line of such a key looks like any other; C2SP signed-note keeps the algorithm's byte 0xff for what has no
number there and wants a longer identifier after it. Ours is `SM2_KIND`. The public key is the 65 bytes
04, X, Y; the key's id is made of name, LF, `SM2_KIND` and these. The signature is the DER of r and s
(GM/T 0009) over the note's text, its Z value with the standard's user id, 1234567812345678. A witness has
keys of `SM2_COSIGNATURE_KIND`: like an Ed25519 cosignature, its own begins with the time and signs it.

An SM2 key never signs alone: `verifier_from_text` of `signature` does not read it, so it cannot stand where
an Ed25519 key is asked for, and the tree is SHA-256 throughout. The curve's arithmetic is
Tongsuo's (extra `sm`).
"""

import base64
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Self, TypeVar

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from creditloop.evidence.signature import (
    PRIVATE_PREFIX,
    TIME_BYTES,
    check_cosignature_time,
    check_key_id,
    check_name,
    cosignature_time,
    cosigned_message,
    key_id_of,
    key_parts,
)
from creditloop.kernel.errors import EvidenceError, InputError, StateError

SM2_KIND = b"\xffcreditloop/sm2-sm3/v1"
"""The algorithm's byte and identifier: what stands before the key in a key's text and in its id."""
SM2_COSIGNATURE_KIND = b"\xffcreditloop/sm2-sm3-cosignature/v1"
"""As `SM2_KIND`, of a witness's key."""
_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
"""Points of the curve (GB/T 32918.5)."""
_PUBLIC_BYTES = 65
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class _PublicKey:
    """The point of an SM2 key under a name; `kind` says what it signs.

    Raises: InputError on making one that is no point of the curve; StateError without the extra `sm`.
    """

    name: str
    public: bytes
    kind: ClassVar[bytes]

    def __post_init__(self) -> None:
        check_name(self.name)
        self._key()

    @property
    def key_id(self) -> bytes:
        """First 4 bytes of SHA-256 over name, LF, `kind` and public key."""
        return key_id_of(self.name, self.kind, self.public)

    def text(self) -> str:
        """Return the key as one line of text."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(self.kind + self.public)}"

    def _verifies(self, message: bytes, signature: bytes) -> bool:
        if not _is_der(signature):
            return False
        library = _Library()
        try:
            self._key().verify(signature, message, library.sm2_with_sm3())
        except library.invalid:
            return False
        return True

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


@dataclass(frozen=True, slots=True)
class Sm2Verifier(_PublicKey):
    """An SM2 public key (国密公钥).

    Attributes:
        name: the key's name; that of the log whose checkpoints it signs.
        public: 65 bytes, 04 and the point's X and Y.
    """

    kind: ClassVar[bytes] = SM2_KIND

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Say whether the signature is this key's over the message; it has one form, DER."""
        return self._verifies(message, signature)


@dataclass(frozen=True, slots=True)
class Sm2CosignatureVerifier(_PublicKey):
    """A witness's SM2 public key (见证方国密公钥).

    Attributes:
        name: the key's name; that of the witness.
        public: 65 bytes, 04 and the point's X and Y.
    """

    kind: ClassVar[bytes] = SM2_COSIGNATURE_KIND

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Say whether the signature, 8 bytes of time and a DER, is this key's over the note's text."""
        at = cosignature_time(signature)
        return at is not None and self._verifies(cosigned_message(message, at), signature[TIME_BYTES:])


@dataclass(frozen=True, slots=True, repr=False)
class _PrivateKey:
    """The secret of an SM2 key under a name; its text is a secret and its `repr` hides it.

    Raises: InputError on making one out of range; StateError without the extra `sm`.
    """

    name: str
    secret: bytes
    kind: ClassVar[bytes]

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
    def generate(cls, name: str) -> Self:
        """Make a new key from the library's randomness."""
        curve = _Library().curve
        number: int = _ORDER
        while number > _ORDER - 2:
            number = curve.generate_private_key(curve.SM2()).private_numbers().private_value
        return cls(name, number.to_bytes(_SECRET_BYTES))

    def text(self) -> str:
        """Return the private key as one line of text: a secret."""
        key_id = key_id_of(self.name, self.kind, self._public())
        return f"{PRIVATE_PREFIX}{self.name}+{key_id.hex()}+{_base64(self.kind + self.secret)}"

    def _public(self) -> bytes:
        point = self._key().public_key().public_numbers()
        return b"\x04" + bytes(point.x.to_bytes(32) + point.y.to_bytes(32))

    def _signed(self, message: bytes) -> bytes:
        signature: bytes = self._key().sign(message, _Library().sm2_with_sm3())
        return signature

    def _key(self) -> Any:
        curve = _Library().curve
        return curve.derive_private_key(int.from_bytes(self.secret), curve.SM2())


@dataclass(frozen=True, slots=True, repr=False)
class Sm2Signer(_PrivateKey):
    """An SM2 private key (国密私钥).

    Attributes:
        name: the key's name.
        secret: 32 bytes, a number in 1..order - 2.
    """

    kind: ClassVar[bytes] = SM2_KIND

    @property
    def verifier(self) -> Sm2Verifier:
        """The public half."""
        return Sm2Verifier(self.name, self._public())

    def sign(self, message: bytes) -> bytes:
        """Return a signature's DER, 70 to 72 bytes as a rule; the same message has another one each time."""
        return self._signed(message)


@dataclass(frozen=True, slots=True, repr=False)
class Sm2CosignatureSigner(_PrivateKey):
    """A witness's SM2 private key (见证方国密私钥).

    Attributes:
        name: the key's name; that of the witness.
        secret: 32 bytes, a number in 1..order - 2.
    """

    kind: ClassVar[bytes] = SM2_COSIGNATURE_KIND

    @property
    def verifier(self) -> Sm2CosignatureVerifier:
        """The public half."""
        return Sm2CosignatureVerifier(self.name, self._public())

    def sign(self, message: bytes, *, at: int) -> bytes:
        """Return 8 bytes of time and the signature's DER.

        Args:
            message: the note's text.
            at: POSIX seconds, as in the witness's Ed25519 cosignature.

        Raises: InputError if the time is out of range.
        """
        check_cosignature_time(at)
        return at.to_bytes(TIME_BYTES) + self._signed(cosigned_message(message, at))


def require_sm2() -> None:
    """Do nothing if SM2 signatures can be made and checked here.

    Raises: StateError without the extra `sm`.
    """
    _Library()


def sm2_verifier_from_text(text: str) -> Sm2Verifier:
    """Read an SM2 public key from its line of text.

    Raises: EvidenceError if the text is not one or its key id is not its own; StateError without the extra
        `sm`.
    """
    return _public_from(text, Sm2Verifier)


def sm2_cosignature_verifier_from_text(text: str) -> Sm2CosignatureVerifier:
    """Read a witness's SM2 public key from its line of text.

    Raises: as `sm2_verifier_from_text`.
    """
    return _public_from(text, Sm2CosignatureVerifier)


def sm2_signer_from_text(text: str) -> Sm2Signer:
    """Read an SM2 private key from its line of text; errors never show it.

    Raises: as `sm2_verifier_from_text`.
    """
    return _private_from(text, Sm2Signer)


def sm2_cosignature_signer_from_text(text: str) -> Sm2CosignatureSigner:
    """Read a witness's SM2 private key from its line of text; errors never show it.

    Raises: as `sm2_verifier_from_text`.
    """
    return _private_from(text, Sm2CosignatureSigner)


_Public = TypeVar("_Public", Sm2Verifier, Sm2CosignatureVerifier)
_Private = TypeVar("_Private", Sm2Signer, Sm2CosignatureSigner)


def _public_from(text: str, of: type[_Public]) -> _Public:
    name, key_id, public = _sm2_parts(text, kind=of.kind, what="an SM2 verifier key")
    try:
        verifier = of(name, public)
    except InputError as error:
        raise _as_evidence(error, name) from None
    check_key_id(verifier, key_id)
    return verifier


def _private_from(text: str, of: type[_Private]) -> _Private:
    if not text.startswith(PRIVATE_PREFIX):
        raise EvidenceError("not an SM2 private key", expected=f"{PRIVATE_PREFIX}NAME+KEYID+BASE64")
    name, key_id, secret = _sm2_parts(
        text.removeprefix(PRIVATE_PREFIX), kind=of.kind, what="an SM2 private key"
    )
    try:
        signer = of(name, secret)
    except InputError as error:
        raise _as_evidence(error, name) from None
    check_key_id(signer.verifier, key_id)
    return signer


def _sm2_parts(text: str, *, kind: bytes, what: str) -> tuple[str, bytes, bytes]:
    name, key_id, raw = key_parts(text, what=what)
    if not raw.startswith(kind):
        raise EvidenceError(
            f"not {what}",
            got=f"algorithm {raw[0]}",
            expected=f"255 {kind[1:].decode()}",
            where={"key": name},
        )
    return name, key_id, raw[len(kind) :]


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
