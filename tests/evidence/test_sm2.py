"""SM2 lines: the standard's example, OpenSSL both ways, and what others' readers make of them."""

import base64
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import missing

from creditloop.evidence.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from creditloop.evidence.hashing import EMPTY_ROOT
from creditloop.evidence.note import open_note, sign_note, stands_under
from creditloop.evidence.signature import Ed25519Signer, signer_from_text, verifier_from_text
from creditloop.evidence.sm2 import (
    SM2_KIND,
    Sm2Signer,
    Sm2Verifier,
    sm2_signer_from_text,
    sm2_verifier_from_text,
)
from creditloop.kernel.errors import EvidenceError, InputError

# GB/T 32918.5-2017, annex A: the example of a signature, user id 1234567812345678
SECRET = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
X = "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
Y = "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
MESSAGE = b"message digest"
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123

LOG = Ed25519Signer("bank.example/evidence", bytes(range(32)))
SM2 = Sm2Signer(LOG.name, SECRET)
CHECKPOINT = Checkpoint(origin=LOG.name, size=7, root=EMPTY_ROOT)
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
"""What stands before the 65 bytes in a public key's DER: id-ecPublicKey on the SM2 curve."""

Openssl = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def openssl(tmp_path: Path) -> Openssl:
    """OpenSSL's command line, in a folder of its own."""
    program = shutil.which("openssl")
    if program is None:
        missing("openssl")

    def run(*words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([program, *words], cwd=tmp_path, capture_output=True, check=False)

    return run


def sm2_line(note: str) -> bytes:
    """The key id and signature of a note's last line."""
    return base64.b64decode(note.splitlines()[-1].rpartition(" ")[2])


def test_the_standards_example() -> None:
    key = SM2.verifier
    assert key.public.hex() == "04" + X + Y
    assert key.verify(MESSAGE, encode_dss_signature(R, S))
    assert not key.verify(MESSAGE + b"\n", encode_dss_signature(R, S))
    assert not key.verify(MESSAGE, encode_dss_signature(S, R))


def test_openssl_verifies_what_we_sign(openssl: Openssl, tmp_path: Path) -> None:
    signer = Sm2Signer.generate("bank.example/evidence")
    note = sign_checkpoint(CHECKPOINT, signer=LOG, sm2=signer)
    (tmp_path / "text").write_bytes(note.rpartition("\n\n")[0].encode() + b"\n")
    (tmp_path / "signature").write_bytes(sm2_line(note)[4:])
    (tmp_path / "key.der").write_bytes(SPKI + signer.verifier.public)
    check = ["pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-in", "text", "-sigfile", "signature"]
    check += ["-pubin", "-keyform", "DER", "-inkey", "key.der", "-pkeyopt"]
    good = openssl(*check, "distid:1234567812345678")
    assert good.returncode == 0, good.stderr
    assert openssl(*check, "distid:8765432187654321").returncode != 0


def test_we_verify_what_openssl_signs(openssl: Openssl, tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(CHECKPOINT.text().encode())
    sign = ["pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-in", "text", "-inkey", "key.pem"]
    for words in (
        ["genpkey", "-algorithm", "SM2", "-out", "key.pem"],
        ["pkey", "-in", "key.pem", "-pubout", "-outform", "DER", "-out", "key.der"],
        [*sign, "-out", "signature", "-pkeyopt", "distid:1234567812345678"],
        [*sign, "-out", "other", "-pkeyopt", "distid:another"],
    ):
        done = openssl(*words)
        assert done.returncode == 0, done.stderr
    key = Sm2Verifier(LOG.name, (tmp_path / "key.der").read_bytes()[-65:])
    ours = sign_checkpoint(CHECKPOINT, signer=LOG)
    line = base64.b64encode(key.key_id + (tmp_path / "signature").read_bytes()).decode()
    assert open_checkpoint(f"{ours}— {LOG.name} {line}\n", verifier=LOG.verifier, sm2=key) == CHECKPOINT
    assert not key.verify(CHECKPOINT.text().encode(), (tmp_path / "other").read_bytes())


GO = """package main

import (
	"io"
	"os"

	"golang.org/x/mod/sumdb/note"
)

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil {
		panic(err)
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(opened.Text)
	if len(opened.Sigs) != 1 || len(opened.UnverifiedSigs) != 1 {
		os.Exit(3)
	}
}
"""


@pytest.mark.outside
def test_a_reader_in_go_passes_the_line_over(tmp_path: Path) -> None:
    gopath = Path("/usr/share/gocode")
    if shutil.which("go") is None or not (gopath / "src/golang.org/x/mod/sumdb/note").is_dir():
        missing("Go with golang.org/x/mod (Debian: golang-go golang-golang-x-mod-dev)")
    (tmp_path / "main.go").write_text(GO)
    environment = {
        "CGO_ENABLED": "0",
        "GO111MODULE": "off",
        "GOCACHE": str(tmp_path / "cache"),
        "GOFLAGS": "",
    }
    done = subprocess.run(
        ["go", "run", "main.go", LOG.verifier.text()],
        input=sign_checkpoint(CHECKPOINT, signer=LOG, sm2=SM2).encode(),
        cwd=tmp_path,
        env=os.environ | environment | {"GOPATH": str(gopath)},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout.decode()) == (0, CHECKPOINT.text()), done.stderr


def test_the_pages_example_opens_by_both_keys() -> None:
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text("utf-8")
    _, _, section = page.partition("## SM2 beside")
    note = section.split("```\n")[2]
    key = sm2_verifier_from_text(re.findall(r"`(bank\.example/evidence\+\S+)`", section)[0])
    log = verifier_from_text(re.findall(r"`(bank\.example/evidence\+\S+)`", page)[0])
    assert key == SM2.verifier
    assert open_checkpoint(note, verifier=log, sm2=key).size == 9


def test_the_line_is_the_second_and_who_lacks_the_key_passes_it_over() -> None:
    note = sign_checkpoint(CHECKPOINT, signer=LOG, sm2=SM2)
    alone = sign_checkpoint(CHECKPOINT, signer=LOG)
    assert note.startswith(alone) and note.count("\n— ") == 2
    assert sm2_line(note)[:4] == SM2.verifier.key_id
    assert open_checkpoint(note, verifier=LOG.verifier) == CHECKPOINT
    assert open_note(note, verifiers=[LOG.verifier]).signed_by == (LOG.name,)
    assert open_checkpoint(note, verifier=LOG.verifier, sm2=SM2.verifier) == CHECKPOINT


def test_a_bad_missing_or_foreign_line_refuses_the_note() -> None:
    note = sign_checkpoint(CHECKPOINT, signer=LOG, sm2=SM2)
    other = Checkpoint(origin=LOG.name, size=8, root=EMPTY_ROOT)
    moved = (
        sign_checkpoint(CHECKPOINT, signer=LOG) + sign_checkpoint(other, signer=LOG, sm2=SM2).splitlines()[-1]
    )
    for bad, message in (
        (f"{moved}\n", "does not verify"),
        (sign_checkpoint(CHECKPOINT, signer=LOG), "SM2 key did not sign"),
        (sign_checkpoint(CHECKPOINT, signer=LOG, sm2=Sm2Signer.generate(LOG.name)), "SM2 key did not sign"),
    ):
        assert open_checkpoint(bad, verifier=LOG.verifier) == CHECKPOINT
        with pytest.raises(EvidenceError, match=message):
            open_checkpoint(bad, verifier=LOG.verifier, sm2=SM2.verifier)
    with pytest.raises(EvidenceError, match="of another log"):
        open_checkpoint(note, verifier=LOG.verifier, sm2=Sm2Signer("other", SECRET).verifier)


def test_never_instead_of_ed25519() -> None:
    alone = sign_note(CHECKPOINT.text(), signers=[SM2])
    assert stands_under(alone, verifier=SM2.verifier)
    with pytest.raises(EvidenceError, match="no known key"):
        open_checkpoint(alone, verifier=LOG.verifier, sm2=SM2.verifier)
    with pytest.raises(InputError, match="not instead"):
        open_checkpoint(alone, verifier=SM2.verifier)
    with pytest.raises(InputError, match="not instead"):
        sign_checkpoint(CHECKPOINT, signer=SM2)
    with pytest.raises(EvidenceError, match="unknown signature algorithm"):
        verifier_from_text(SM2.verifier.text())
    with pytest.raises(EvidenceError, match="unknown signature algorithm"):
        signer_from_text(SM2.text())


@given(st.integers(0, 8 * 72 - 1), st.binary(max_size=60))
@settings(deadline=None)
def test_any_changed_bit_of_a_signature_is_found(bit: int, message: bytes) -> None:
    signature = SM2.sign(message)
    at = bit % (8 * len(signature))
    changed = bytearray(signature)
    changed[at // 8] ^= 1 << at % 8
    assert SM2.verifier.verify(message, signature)
    assert not SM2.verifier.verify(message, bytes(changed))


def test_a_signature_has_one_form() -> None:
    good = encode_dss_signature(R, S)
    r, s = decode_dss_signature(good)
    for bad in (
        b"",
        good[:-1],
        good + b"\x00",
        b"\x30\x81" + good[1:],
        b"\x30\x06\x02\x01\xff\x02\x01\x01",
        encode_dss_signature(0, s),
        encode_dss_signature(r, 0),
        encode_dss_signature(r, ORDER - r),
        encode_dss_signature(r + ORDER, s),
        encode_dss_signature(r, s + ORDER),
        encode_dss_signature(1 << 300, s),
        r.to_bytes(32) + s.to_bytes(32),
    ):
        assert not SM2.verifier.verify(MESSAGE, bad)
    assert SM2.verifier.verify(MESSAGE, good)


def test_keys_are_read_back_from_their_text() -> None:
    signer = Sm2Signer.generate("存证")
    assert sm2_signer_from_text(signer.text() + "\n") == signer
    assert sm2_verifier_from_text(signer.verifier.text() + "\n") == signer.verifier
    assert base64.b64decode(signer.verifier.text().split("+", 2)[2]) == SM2_KIND + signer.verifier.public
    assert SECRET.hex() not in repr(SM2) and repr(SM2) == f"Sm2Signer({LOG.name})"


def text_of(public: bytes) -> str:
    return "name+00000000+" + base64.b64encode(SM2_KIND + public).decode()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not an SM2 verifier key"),
        (LOG.verifier.text(), "not an SM2 verifier key"),
        (text_of(b""), "not an SM2 public key"),
        (text_of(SM2.verifier.public[:64]), "not an SM2 public key"),
        (text_of(b"\x04" + bytes(64)), "not an SM2 public key"),
        (text_of(b"\x02" + bytes.fromhex(X)), "not an SM2 public key"),
        (text_of(SM2.verifier.public[:-1] + b"\x14"), "not an SM2 public key"),
        (text_of(SM2.verifier.public), "id is not its own"),
        (SM2.verifier.text().replace("bank", "bunk"), "id is not its own"),
    ],
)
def test_what_is_not_an_sm2_key_is_refused(text: str, message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        sm2_verifier_from_text(text)


@pytest.mark.parametrize("number", [0, ORDER - 1, ORDER, 2**256 - 1])
def test_private_keys_out_of_range_are_refused(number: int) -> None:
    """With order - 1 the library would sign for ever."""
    secret = number.to_bytes(32)
    with pytest.raises(InputError, match="not an SM2 private key"):
        Sm2Signer("name", secret)
    text = "PRIVATE+KEY+name+00000000+" + base64.b64encode(SM2_KIND + secret).decode()
    with pytest.raises(EvidenceError, match="not an SM2 private key") as caught:
        sm2_signer_from_text(text)
    assert text not in caught.value.diagnostics()
    with pytest.raises(EvidenceError, match="not an SM2 private key"):
        sm2_signer_from_text(SM2.verifier.text())


WITHOUT = """
import sys
sys.modules["tongsuopy"] = None  # as if it were not installed
from creditloop.evidence.checkpoint import open_checkpoint
from creditloop.evidence.signature import verifier_from_text
from creditloop.evidence.sm2 import Sm2Signer, sm2_verifier_from_text
from creditloop.kernel.errors import StateError
note, key, sm2 = sys.stdin.read().split("|")
print(open_checkpoint(note, verifier=verifier_from_text(key)).size)
for needs in (lambda: sm2_verifier_from_text(sm2), lambda: Sm2Signer.generate("name")):
    try:
        needs()
    except StateError as error:
        print(error.expected, error.hint)
"""


def test_without_the_extra_the_note_is_read_and_the_error_names_the_extra() -> None:
    note = sign_checkpoint(CHECKPOINT, signer=LOG, sm2=SM2)
    given_ = "|".join([note, LOG.verifier.text(), SM2.verifier.text()])
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], input=given_, capture_output=True, text=True, check=False
    )
    said = done.stdout.splitlines()
    assert (done.returncode, len(said), said[0]) == (0, 3, "7"), done.stderr
    assert all("creditloop[sm]" in line for line in said[1:])
