"""The ciphers, held to published vectors; and every change to what they gave is noticed."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.kernel.cipher import CIPHERS, KEY_BYTES, NONCE_BYTES, Algorithm, ValueCipher

# RFC 8998, appendix A.1
SM4_KEY = "0123456789ABCDEFFEDCBA9876543210"
SM4_NONCE = "00001234567800000000ABCD"
SM4_BINDING = "FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2"
SM4_PLAIN = "AA" * 8 + "BB" * 8 + "CC" * 8 + "DD" * 8 + "EE" * 8 + "FF" * 8 + "EE" * 8 + "AA" * 8
SM4_SEALED = (
    "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
    "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
    "83DE3541E4C2B58177E065A9BF7B62EC"
)
NONCE = bytes(NONCE_BYTES)


def cipher(algorithm: Algorithm) -> ValueCipher:
    return ValueCipher(algorithm, bytes(range(KEY_BYTES[algorithm])))


def text_of(nonce: bytes, body: bytes) -> str:
    return "1." + base64.b64encode(nonce + body).decode()


@pytest.mark.shared
def test_aes_gcm_agrees_with_wycheproof(shared: Path) -> None:
    document = json.loads((shared / "data/tlog/wycheproof/aes_gcm_test.json").read_text("utf-8"))
    groups = [group for group in document["testGroups"] if (group["ivSize"], group["keySize"]) == (96, 256)]
    judged = 0
    for case in (case for group in groups for case in group["tests"]):
        key, nonce, binding, plain, body, tag = (
            bytes.fromhex(case[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")
        )
        worker, valid = ValueCipher(Algorithm.AES_256_GCM, key), case["result"] == "valid"
        text = text_of(nonce, body + tag)
        assert worker.opened(text, binding=binding) == (plain if valid else None), case["tcId"]
        assert (worker.sealed(plain, nonce=nonce, binding=binding) == text) is valid, case["tcId"]
        judged += 1
    assert judged == 66


def test_sm4_gcm_agrees_with_the_rfc() -> None:
    worker = ValueCipher(Algorithm.SM4_GCM, bytes.fromhex(SM4_KEY))
    nonce, binding, plain = map(bytes.fromhex, (SM4_NONCE, SM4_BINDING, SM4_PLAIN))
    text = worker.sealed(plain, nonce=nonce, binding=binding)
    assert text == text_of(nonce, bytes.fromhex(SM4_SEALED))
    assert worker.opened(text, binding=binding) == plain


@given(st.sampled_from(CIPHERS), st.binary(max_size=60), st.binary(max_size=40))
def test_what_was_sealed_opens_with_its_binding_and_no_other(
    algorithm: Algorithm, value: bytes, binding: bytes
) -> None:
    text = cipher(algorithm).sealed(value, nonce=NONCE, binding=binding)
    assert cipher(algorithm).opened(text, binding=binding) == value
    assert cipher(algorithm).opened(text, binding=binding + b"\0") is None


@given(st.sampled_from(CIPHERS), st.binary(max_size=20), st.data())
def test_a_change_of_any_bit_is_noticed(algorithm: Algorithm, value: bytes, data: st.DataObject) -> None:
    raw = bytearray(base64.b64decode(cipher(algorithm).sealed(value, nonce=NONCE, binding=b"row")[2:]))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert cipher(algorithm).opened("1." + base64.b64encode(raw).decode(), binding=b"row") is None


@given(st.sampled_from(CIPHERS), st.binary(max_size=20), st.data())
def test_what_was_cut_off_is_noticed(algorithm: Algorithm, value: bytes, data: st.DataObject) -> None:
    text = cipher(algorithm).sealed(value, nonce=NONCE, binding=b"row")
    assert cipher(algorithm).opened(text[: data.draw(st.integers(0, len(text) - 1))], binding=b"row") is None


@pytest.mark.parametrize("algorithm", CIPHERS)
@pytest.mark.parametrize("text", ["", "1.", "1.====", "1.中文", "1.AAAA", "2.{0}", "{0}", "1.{0} "])
def test_what_is_no_sealed_value_does_not_open(algorithm: Algorithm, text: str) -> None:
    good = cipher(algorithm).sealed(b"x", nonce=NONCE, binding=b"")[2:]
    assert cipher(algorithm).opened(text.format(good), binding=b"") is None


def test_another_key_does_not_open_it() -> None:
    for algorithm in CIPHERS:
        text = cipher(algorithm).sealed(b"x", nonce=NONCE, binding=b"")
        other = ValueCipher(algorithm, bytes(reversed(range(KEY_BYTES[algorithm]))))
        assert other.opened(text, binding=b"") is None
