import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.evidence.signature import (
    Ed25519Signer,
    Ed25519Verifier,
    signer_from_text,
    verifier_from_text,
)
from creditloop.kernel.errors import EvidenceError, InputError

SEED = bytes.fromhex(
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
)  # RFC 8032 §7.1, test 1
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


def test_rfc_8032_first_example():
    signer = Ed25519Signer("rfc", SEED)
    assert signer.verifier.public.hex() == PUBLIC
    assert (
        signer.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")
    )
    assert signer.verifier.verify(b"", signer.sign(b""))


@given(st.binary(max_size=99), st.integers(0, 511))
def test_any_changed_bit_of_a_signature_is_found(message, bit):
    signer = Ed25519Signer("name", SEED)
    signature = int.from_bytes(signer.sign(message)) ^ 1 << bit
    assert not signer.verifier.verify(message, signature.to_bytes(64))
    assert not signer.verifier.verify(message + b"\n", signer.sign(message))


@pytest.mark.parametrize("signature", [b"", b"\x00" * 63, b"\x00" * 64, b"\x00" * 65])
def test_what_is_no_signature_does_not_verify(signature):
    assert not Ed25519Signer("name", SEED).verifier.verify(b"message", signature)


@pytest.mark.parametrize("name", ["bank.example/evidence", "存证", "a"])
def test_keys_are_read_back_from_their_text(name):
    signer = Ed25519Signer.generate(name)
    assert signer_from_text(signer.text() + "\n") == signer
    assert verifier_from_text(signer.verifier.text() + "\n") == signer.verifier
    assert len(signer.verifier.key_id) == 4


def test_a_private_key_is_not_shown():
    signer = Ed25519Signer("name", SEED)
    secret = base64.b64encode(b"\x01" + SEED).decode()
    assert secret in signer.text()
    assert secret not in repr(signer) and SEED.hex() not in repr(signer)
    with pytest.raises(EvidenceError) as caught:
        signer_from_text(signer.text().replace("name", "other"))
    assert secret not in caught.value.diagnostics()


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\x00b"])
def test_names_that_no_text_can_carry_are_refused(name):
    with pytest.raises(InputError, match="not a key's name"):
        Ed25519Signer(name, SEED)
    with pytest.raises(InputError, match="not a key's name"):
        Ed25519Verifier(name, bytes(32))


def test_keys_of_the_wrong_length_are_refused():
    with pytest.raises(InputError, match="private key"):
        Ed25519Signer("a", SEED[:31])
    with pytest.raises(InputError, match="public key"):
        Ed25519Verifier("a", SEED + b"\x00")


GOOD = Ed25519Signer("name", SEED).verifier.text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a verifier key"),
        ("name", "not a verifier key"),
        (GOOD.replace("+", " "), "not a verifier key"),
        (GOOD[:-4], "not a verifier key"),
        (GOOD[:-1] + "!", "not a verifier key"),
        (GOOD.replace("name", "na me"), "not a verifier key"),
        (GOOD.replace("name", "eman"), "id is not its own"),
        (GOOD[:5] + "00000000" + GOOD[13:], "id is not its own"),
        (GOOD[:14] + base64.b64encode(b"\x06" + bytes(32)).decode(), "unknown signature algorithm"),
    ],
)
def test_what_is_not_a_verifier_key_is_refused(text, message):
    with pytest.raises(EvidenceError, match=message):
        verifier_from_text(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD, "not a private key"),
        ("PRIVATE+KEY+name", "not a private key"),
        (
            "PRIVATE+KEY+" + GOOD[:14] + base64.b64encode(b"\x06" + bytes(32)).decode(),
            "unknown signature algorithm",
        ),
        ("PRIVATE+KEY+" + GOOD, "id is not its own"),
    ],
)
def test_what_is_not_a_private_key_is_refused(text, message):
    with pytest.raises(EvidenceError, match=message):
        signer_from_text(text)
