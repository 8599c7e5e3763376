"""TLS between the parties (双向认证): each knows the others' certificates themselves, and no authority.

A certificate says who is on the line and nothing more: what matters in a message is signed by other keys.
"""

import os
import ssl
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from creditloop.kernel.errors import InputError, StateError

VALID = timedelta(days=5 * 365)
"""How long a certificate is good for; `creditloop evidence node renew` makes the next."""
_BACKDATED = timedelta(days=1)
_NAME_MAX = 64


def new_certificate(party: str, *, now: datetime) -> tuple[str, str]:
    """Return a new private key (ECDSA P-256) and its self-signed certificate, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, party[:_NAME_MAX])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret.decode(), certificate.public_bytes(Encoding.PEM).decode()


def certificate_bytes(pem: str, *, party: str) -> bytes:
    """Return a certificate as it is seen on the line.

    Raises: InputError if it is none.
    """
    try:
        return x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)
    except ValueError:
        raise InputError("not a certificate", where={"party": party}) from None


def tls_context(
    *, server: bool, own: str, secret: str, others: Mapping[str, str], scratch: Path
) -> ssl.SSLContext:
    """Return a TLS 1.3 context that shows our certificate and takes the others' themselves.

    Args:
        own: our certificate, PEM.
        secret: its private key, PEM.
        others: certificates by party.
        scratch: a folder of ours; Python reads the key from a file only, so it stands there while this runs,
            encrypted under a password of the moment.

    Raises: StateError if certificate and key do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # the certificate itself is known, its address may change
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata="".join(others.values()))
    password = os.urandom(32).hex().encode()
    key = load_pem_private_key(secret.encode(), password=None)
    sealed = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))
    file = scratch / f".tls-{os.urandom(8).hex()}"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(own.encode() + sealed)
        context.load_cert_chain(file, password=password.decode())
    except ssl.SSLError as error:
        raise StateError(
            "the node's certificate is not that of its key",
            got=error.reason,
            hint="it was replaced half-way: creditloop evidence node renew",
        ) from None
    finally:
        file.unlink(missing_ok=True)
    return context
