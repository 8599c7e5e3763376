"""Delivery and receipt (交付单、签收回执): who gave which package to whom, and who says that it arrived.

A delivery is the packager's: the package's SHA-256, its recipient, when; signed with the key that signed the
package. A receipt is the recipient's: the same hash, when it arrived and was checked, signed with a key of
the recipient's own, which stands in the receipt. Whose key that is, nothing in the receipt can show: whoever
must know gets the key another way, and compares.
"""

import hashlib
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from creditloop.evidence import Signer, Verifier, verifier_from_text
from creditloop.evidence.network import (
    Count,
    Hex,
    Instant,
    Name,
    Signature,
    canonical_form,
    instant_text,
    is_signed,
    moment_from_text,
    read_form,
    sign_form,
)
from creditloop.evidence.package import TrustedNetwork, Words
from creditloop.kernel.errors import EvidenceError

RECEIPT_BYTES_MAX = 8_192
"""Most bytes of a delivery or a receipt."""
KeyText = Annotated[str, msgspec.Meta(pattern=r"^[^\s+]{1,100}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\Z")]


class Delivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a packager says of a package it hands over.

    Attributes:
        at: when it was exported, the packager's clock.
        kind: "package_delivery".
        network: name of the network.
        package: SHA-256 of the file, hex.
        packager: name of the key that signed the package, and signs this.
        recipient: whom it is for.
        size: bytes of the file.
        v: version of this form.
    """

    at: Instant
    kind: Literal["package_delivery"]
    network: Name
    package: Hex
    packager: Name
    recipient: Words
    size: Count
    v: Literal[1]


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a recipient says of a package that arrived and verified.

    Attributes:
        at: the recipient's clock.
        key: the recipient's public key, one line.
        kind: "package_receipt".
        package: SHA-256 of the file, hex.
        recipient: who says so.
        size: bytes of the file.
        v: version of this form.
    """

    at: Instant
    key: KeyText
    kind: Literal["package_receipt"]
    package: Hex
    recipient: Words
    size: Count
    v: Literal[1]


class SignedDelivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A delivery with its packager's signature."""

    delivery: Delivery
    signature: Signature

    def text(self) -> str:
        """Return its canonical text."""
        return canonical_form(self).decode()


class SignedReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receipt with its recipient's signature."""

    receipt: Receipt
    signature: Signature

    def text(self) -> str:
        """Return its canonical text."""
        return canonical_form(self).decode()


def sign_delivery(
    *, package: str, size: int, recipient: str, network: str, at: datetime, signer: Signer
) -> SignedDelivery:
    """Sign a delivery; the same values give the same bytes.

    Args:
        package: SHA-256 of the file, hex.
        size: its bytes.
        recipient: one line.
        network: the network's name.
        at: aware, when it was exported.
        signer: the key that signed the package.
    """
    delivery = Delivery(
        at=instant_text(at),
        kind="package_delivery",
        network=network,
        package=package,
        packager=signer.verifier.name,
        recipient=recipient,
        size=size,
        v=1,
    )
    return SignedDelivery(delivery=delivery, signature=sign_form(delivery, signer=signer))


def sign_receipt(file: bytes, *, recipient: str, at: datetime, signer: Signer) -> SignedReceipt:
    """Sign for a package with the recipient's own key.

    Args:
        file: the package.
        recipient: who receives it, one line.
        at: aware, when.
        signer: the recipient's key.
    """
    receipt = Receipt(
        at=instant_text(at),
        key=signer.verifier.text(),
        kind="package_receipt",
        package=hashlib.sha256(file).hexdigest(),
        recipient=recipient,
        size=len(file),
        v=1,
    )
    return SignedReceipt(receipt=receipt, signature=sign_form(receipt, signer=signer))


def check_delivery(text: str, *, file: bytes, trusted: TrustedNetwork) -> Delivery:
    """Check a delivery against the package it came with, and return it.

    Raises: EvidenceError if it is no delivery, is about another file or network, or nobody of the network
        signed it.
    """
    signed = read_form(
        text.strip().encode(), SignedDelivery, bytes_max=RECEIPT_BYTES_MAX, what="a package's delivery"
    )
    delivery = signed.delivery
    moment_from_text(delivery.at)
    _check_file(delivery.package, delivery.size, file=file, what="delivery")
    if delivery.network != trusted.name:
        raise EvidenceError("a delivery of another network", got=delivery.network, expected=trusted.name)
    if not is_signed(delivery, signed.signature, keys=trusted.packagers(delivery.packager)):
        raise EvidenceError("nobody of the network signed this delivery", got=delivery.packager)
    return delivery


def check_receipt(text: str, *, known: Verifier | None = None) -> Receipt:
    """Check a receipt's form and signature, and return it.

    Args:
        text: the receipt.
        known: the recipient's key, if it was got another way; without it the receipt's own is believed.

    Raises: EvidenceError if it is no receipt, its signature does not verify, or it is by another key.
    """
    signed = read_form(
        text.strip().encode(), SignedReceipt, bytes_max=RECEIPT_BYTES_MAX, what="a package's receipt"
    )
    receipt = signed.receipt
    moment_from_text(receipt.at)
    key = verifier_from_text(receipt.key)
    if known is not None and known.text() != receipt.key:
        raise EvidenceError("a receipt by another key", got=receipt.key, expected=known.text())
    if not is_signed(receipt, signed.signature, keys=[key]):
        raise EvidenceError("a receipt's signature does not verify", got=receipt.key)
    return receipt


def _check_file(package: str, size: int, *, file: bytes, what: str) -> None:
    found = hashlib.sha256(file).hexdigest()
    if (package, size) != (found, len(file)):
        raise EvidenceError(
            f"a {what} of another package",
            got=f"{package}, {size} bytes",
            expected=f"{found}, {len(file)} bytes",
        )
