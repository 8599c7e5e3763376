"""Keys and signatures (签名): a signer holds a private key, a verifier the public one; both have a name.

Keys are written as C2SP signed-note writes them: `NAME+KEYID+BASE64` for a verifier and
`PRIVATE+KEY+NAME+KEYID+BASE64` for a signer, where the bytes begin with the algorithm's number and the key id
is the first 4 bytes of SHA-256(name, LF, number, public key). Number 1 is Ed25519 over a note's text; number
4 is Ed25519 over a time and a checkpoint (C2SP tlog-cosignature), by which witnesses sign. A further one is a
further pair of classes here and an entry in the two tables at the end. SM2 keys are not among them: they sign
beside one of these, never instead, and have texts and functions of their own (`sm2`).
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, overload

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from creditloop.kernel.errors import EvidenceError, InputError

PRIVATE_PREFIX = "PRIVATE+KEY+"
"""What the text of a private key begins with."""
_ED25519 = 1
_COSIGNATURE = 4
_ED25519_BYTES = 64
TIME_BYTES = 8
"""Of the time before a cosignature's signature."""
_TIME_MAX = 2**63 - 1


class Verifier(Protocol):
    """A named public key."""

    @property
    def name(self) -> str:
        """The key's name; an evidence log's key is named like the log's origin."""

    @property
    def key_id(self) -> bytes:
        """The 4 bytes by which a signature line says whose it is."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Say whether the signature is this key's over the message."""

    def text(self) -> str:
        """Return the key as one line of text."""


class Signer(Protocol):
    """A named private key."""

    @property
    def verifier(self) -> Verifier:
        """The public half."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature over a message."""

    def text(self) -> str:
        """Return the private key as one line of text: a secret."""


def check_name(name: str) -> str:
    """Refuse a key name that the text forms cannot carry: empty, or with white space or a plus sign."""
    if (
        not name
        or "+" in name
        or any(character.isspace() or not character.isprintable() for character in name)
    ):
        raise InputError(
            "not a key's name", got=repr(name), expected="printable, no white space, no plus sign"
        )
    return name


@dataclass(frozen=True, slots=True)
class _PublicKey:
    """The 32 bytes of an Ed25519 key (RFC 8032) under a name; `number` says what it signs."""

    name: str
    public: bytes
    number: ClassVar[int]

    def __post_init__(self) -> None:
        _check_key(self.name, self.public, kind="public")

    @property
    def key_id(self) -> bytes:
        """First 4 bytes of SHA-256 over name, LF, algorithm number and public key."""
        return key_id_of(self.name, bytes([self.number]), self.public)

    def text(self) -> str:
        """Return the key as one line of text."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(bytes([self.number]) + self.public)}"


@dataclass(frozen=True, slots=True)
class Ed25519Verifier(_PublicKey):
    """A public key of notes.

    Attributes:
        name: the key's name.
        public: the 32 bytes of the key.
    """

    number: ClassVar[int] = _ED25519

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Say whether the signature is this key's over the message."""
        return _verifies(self.public, message, signature)


@dataclass(frozen=True, slots=True)
class CosignatureVerifier(_PublicKey):
    """A witness's public key (见证方公钥): its signatures are times under which it saw a checkpoint.

    Attributes:
        name: the key's name.
        public: the 32 bytes of the Ed25519 key, used for nothing but cosignatures.
    """

    number: ClassVar[int] = _COSIGNATURE

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Say whether the signature, 8 bytes of time and 64 of Ed25519, is this key's over the text."""
        at = cosignature_time(signature)
        if at is None or len(signature) != TIME_BYTES + _ED25519_BYTES:
            return False
        return _verifies(self.public, cosigned_message(message, at), signature[TIME_BYTES:])


@dataclass(frozen=True, slots=True, repr=False)
class _PrivateKey:
    """The 32 secret bytes of an Ed25519 key under a name; its text is a secret and its `repr` hides it."""

    name: str
    seed: bytes
    number: ClassVar[int]

    def __post_init__(self) -> None:
        _check_key(self.name, self.seed, kind="private")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"

    @classmethod
    def generate(cls, name: str) -> Self:
        """Make a new key from the system's randomness."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    def text(self) -> str:
        """Return the private key as one line of text: a secret."""
        key_id = key_id_of(self.name, bytes([self.number]), _public_of(self.seed))
        return f"{PRIVATE_PREFIX}{self.name}+{key_id.hex()}+{_base64(bytes([self.number]) + self.seed)}"


@dataclass(frozen=True, slots=True, repr=False)
class Ed25519Signer(_PrivateKey):
    """A private key of notes.

    Attributes:
        name: the key's name.
        seed: the 32 secret bytes.
    """

    number: ClassVar[int] = _ED25519

    @property
    def verifier(self) -> Ed25519Verifier:
        """The public half."""
        return Ed25519Verifier(self.name, _public_of(self.seed))

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature; the same message always gives the same ones."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


@dataclass(frozen=True, slots=True, repr=False)
class CosignatureSigner(_PrivateKey):
    """A witness's private key.

    Attributes:
        name: the key's name.
        seed: the 32 secret bytes.
    """

    number: ClassVar[int] = _COSIGNATURE

    @property
    def verifier(self) -> CosignatureVerifier:
        """The public half."""
        return CosignatureVerifier(self.name, _public_of(self.seed))

    def sign(self, message: bytes, *, at: int) -> bytes:
        """Return the 72 bytes of a cosignature over a note's text.

        Args:
            message: the note's text.
            at: POSIX seconds, 1..2**63 - 1: when the witness saw it.

        Raises: InputError if the time is out of range.
        """
        check_cosignature_time(at)
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        return at.to_bytes(TIME_BYTES) + key.sign(cosigned_message(message, at))


def check_cosignature_time(at: int) -> None:
    """Refuse what cannot be a cosignature's time.

    Raises: InputError if the POSIX seconds are not 1..2**63 - 1.
    """
    if not 1 <= at <= _TIME_MAX:
        raise InputError("not a cosignature's time", got=at, expected="POSIX seconds, 1..2**63 - 1")


def cosignature_time(signature: bytes) -> int | None:
    """Return the POSIX seconds a cosignature begins with; None if it is too short or they out of range."""
    at = int.from_bytes(signature[:TIME_BYTES])
    return at if len(signature) > TIME_BYTES and at <= _TIME_MAX else None


def cosigned_message(text: bytes, at: int) -> bytes:
    """Return what a witness signs: the time in POSIX seconds, and the checkpoint's text."""
    return b"cosignature/v1\ntime %d\n%b" % (at, text)


def _check_key(name: str, key: bytes, *, kind: str) -> None:
    check_name(name)
    if len(key) != 32:
        raise InputError(f"not an Ed25519 {kind} key", got=f"{len(key)} bytes", expected="32 bytes")


def key_id_of(name: str, kind: bytes, public: bytes) -> bytes:
    """Return a key's id: first 4 bytes of SHA-256 over name, LF, the algorithm's bytes, public key."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def _public_of(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def _verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


_VERIFIERS: Mapping[int, Callable[[str, bytes], Verifier]] = {
    _ED25519: Ed25519Verifier,
    _COSIGNATURE: CosignatureVerifier,
}
_SIGNERS: Mapping[int, Callable[[str, bytes], Signer | CosignatureSigner]] = {
    _ED25519: Ed25519Signer,
    _COSIGNATURE: CosignatureSigner,
}


def verifier_from_text(text: str) -> Verifier:
    """Read a public key from its line of text.

    Raises: EvidenceError if the text is not one, is of an algorithm not known here, or its key id is not its
        own.
    """
    name, key_id, number, key = _numbered_parts(text, what="a verifier key")
    verifier = _VERIFIERS[number](name, key)
    check_key_id(verifier, key_id)
    return verifier


@overload
def signer_from_text(text: str) -> Signer: ...
@overload
def signer_from_text(text: str, *, kind: type[CosignatureSigner]) -> CosignatureSigner: ...
def signer_from_text(text: str, *, kind: type[CosignatureSigner] | None = None) -> Signer | CosignatureSigner:
    """Read a private key from its line of text; errors never show it.

    Args:
        text: the line.
        kind: `CosignatureSigner` for a witness's key; without it a key that signs notes.

    Raises: EvidenceError as `verifier_from_text`, or if the key is of the other kind.
    """
    if not text.startswith(PRIVATE_PREFIX):
        raise EvidenceError("not a private key", expected=f"{PRIVATE_PREFIX}NAME+KEYID+BASE64")
    name, key_id, number, key = _numbered_parts(text.removeprefix(PRIVATE_PREFIX), what="a private key")
    signer = _SIGNERS[number](name, key)
    check_key_id(signer.verifier, key_id)
    if isinstance(signer, CosignatureSigner) is not (kind is CosignatureSigner):
        raise EvidenceError(
            "a private key of another kind",
            got="a witness's key" if kind is None else "a key that signs notes",
            expected="a key that signs notes" if kind is None else "a witness's key",
            where={"key": name},
        )
    return signer


def _numbered_parts(text: str, *, what: str) -> tuple[str, bytes, int, bytes]:
    """Split the text of a key of 32 bytes into name, key id, algorithm number and key bytes."""
    name, key_id, raw = key_parts(text, what=what)
    if raw[0] not in _VERIFIERS:
        raise EvidenceError("unknown signature algorithm", got=raw[0], expected=sorted(_VERIFIERS))
    if len(raw) != 33:
        raise _not_a_key(what)
    return name, key_id, raw[0], raw[1:]


def key_parts(text: str, *, what: str) -> tuple[str, bytes, bytes]:
    """Split a key's text into name, key id, and the bytes of algorithm and key, at least one.

    Raises: EvidenceError saying that the text is not `what`; it never shows the text.
    """
    try:
        name, key_id, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        if not raw or len(key_id) != 8:
            raise ValueError
        return check_name(name), bytes.fromhex(key_id), raw
    except (ValueError, binascii.Error, InputError):
        raise _not_a_key(what) from None


def check_key_id(verifier: Verifier, key_id: bytes) -> None:
    """Refuse a key id that is not the key's own, with an EvidenceError."""
    if verifier.key_id != key_id:
        raise EvidenceError(
            "the key's id is not its own",
            got=key_id.hex(),
            expected=verifier.key_id.hex(),
            where={"key": verifier.name},
        )


def _not_a_key(what: str) -> EvidenceError:
    return EvidenceError(f"not {what}", expected="NAME+KEYID+BASE64")


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
