import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.network.parties import AT, PARTIES, Batch, seed

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.network import (
    CosignatureSigner,
    CosignatureVerifier,
    cosign,
    open_cosigned,
    policy_from_text,
)
from creditloop.evidence.network.cosignature import NOTE_CHARACTERS_MAX
from creditloop.evidence.signature import Ed25519Signer, signer_from_text, verifier_from_text
from creditloop.kernel.errors import EvidenceError, InputError

PARTY = PARTIES[0]
LOG = PARTY.log
ONE, TWO, THREE, FOUR = (other.witness for other in PARTY.others)
KEYS = [witness.verifier for witness in (ONE, TWO, THREE, FOUR)]
BATCH = Batch(PARTY, tuple(b"%d" % number for number in range(9)))
TEXT = BATCH.checkpoint.text()
NOTE = BATCH.cosigned(PARTY.others)
DATA = Path(__file__).parent / "data"

# C2SP tlog-cosignature: the example's lines (its keys are not published) and the message they sign
EXAMPLE_LINE = (
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZ"
    "qhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
EXAMPLE_MESSAGE = (
    b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
    b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
)


def raw_of(line: str) -> bytes:
    return base64.b64decode(line.rstrip("\n").rpartition(" ")[2])


def test_a_public_checkpoint_opens_with_the_keys_of_others():
    """A log and witnesses that run other people's programs: one log key, four cosignatures."""
    policy = policy_from_text((DATA / "public_policy.txt").read_text())
    opened = policy.check((DATA / "public_checkpoint.txt").read_text(), not_after=1_779_573_024)
    assert opened.checkpoint.size == 1_432_088_532
    assert dict(opened.times) == dict.fromkeys(("garden", "smartit", "remora", "stagemole"), 1_779_573_024)


def test_what_is_signed_is_the_message_of_the_specification():
    witness = CosignatureSigner("witness.example.com/w1", seed("example"))
    text = EXAMPLE_MESSAGE.split(b"\n", 2)[2].decode()
    raw, example = raw_of(cosign(text, signer=witness, at=1_679_315_147)), raw_of(EXAMPLE_LINE)
    assert len(raw) == len(example) == 76
    assert raw[4:12] == example[4:12]
    assert raw[12:] == Ed25519Signer("any", witness.seed).sign(EXAMPLE_MESSAGE)


def test_the_key_id_is_that_of_type_4():
    text = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
    key = verifier_from_text(text)
    assert isinstance(key, CosignatureVerifier) and key.text() == text and key.key_id.hex() == "da77ade7"


def test_keys_are_read_back_from_their_text():
    signer = CosignatureSigner.generate("银行.example")
    assert signer_from_text(signer.text() + "\n", kind=CosignatureSigner) == signer
    assert verifier_from_text(signer.verifier.text()) == signer.verifier
    assert base64.b64encode(b"\x04" + signer.seed).decode() not in repr(signer)
    with pytest.raises(EvidenceError, match="another kind") as caught:
        signer_from_text(signer.text())
    assert base64.b64encode(b"\x04" + signer.seed).decode() not in caught.value.diagnostics()
    with pytest.raises(EvidenceError, match="another kind"):
        signer_from_text(LOG.text(), kind=CosignatureSigner)


def test_keys_of_the_wrong_length_or_name_are_refused():
    with pytest.raises(InputError, match="private key"):
        CosignatureSigner("a", bytes(31))
    with pytest.raises(InputError, match="public key"):
        CosignatureVerifier("a", bytes(33))
    with pytest.raises(InputError, match="not a key's name"):
        CosignatureVerifier("a b", bytes(32))


def test_whoever_cosigned_is_told_with_the_time():
    opened = open_cosigned(NOTE, log=LOG.verifier, witnesses=KEYS)
    assert opened.checkpoint == BATCH.checkpoint
    assert dict(opened.times) == {key.name: AT + number for number, key in enumerate(KEYS)}
    assert dict(open_cosigned(NOTE, log=LOG.verifier, witnesses=[KEYS[2]]).times) == {KEYS[2].name: AT + 2}
    assert not open_cosigned(BATCH.signed, log=LOG.verifier, witnesses=KEYS).times


def test_the_witnesses_alone_do_not_speak_for_the_log():
    text, _, lines = NOTE.rpartition("\n\n")
    without = f"{text}\n\n" + "".join(lines.splitlines(keepends=True)[1:])
    with pytest.raises(EvidenceError, match="log did not sign"):
        open_cosigned(without, log=LOG.verifier, witnesses=KEYS)
    with pytest.raises(EvidenceError, match="log did not sign"):
        open_cosigned(NOTE, log=PARTIES[1].log.verifier, witnesses=KEYS)


def test_a_log_does_not_speak_in_anothers_name():
    other = Checkpoint(origin="other.example", size=9, root=BATCH.checkpoint.root).text()
    line = base64.b64encode(LOG.verifier.key_id + LOG.sign(other.encode())).decode()
    with pytest.raises(EvidenceError, match="log did not sign"):
        open_cosigned(f"{other}\n— {LOG.name} {line}\n", log=LOG.verifier, witnesses=KEYS)


def test_a_witnesss_key_is_no_logs_key():
    note = f"{TEXT}\n{cosign(TEXT, signer=CosignatureSigner(LOG.name, LOG.seed), at=AT)}"
    with pytest.raises(InputError, match="does not sign for a log"):
        open_cosigned(note, log=CosignatureVerifier(LOG.name, LOG.verifier.public), witnesses=KEYS)


def test_two_witnesses_of_one_name_cannot_be_told_apart():
    with pytest.raises(InputError, match="two witnesses of one name"):
        open_cosigned(NOTE, log=LOG.verifier, witnesses=[ONE.verifier, ONE.verifier])


def test_a_cosignature_of_the_future_is_refused():
    assert open_cosigned(NOTE, log=LOG.verifier, witnesses=KEYS, not_after=AT + 3)
    with pytest.raises(EvidenceError, match="lies in the future") as caught:
        open_cosigned(NOTE, log=LOG.verifier, witnesses=KEYS, not_after=AT + 2)
    assert caught.value.where == {"witness": FOUR.name}


@pytest.mark.parametrize("at", [-1, 0, 2**63])
def test_times_that_no_cosignature_carries_are_not_signed(at):
    with pytest.raises(InputError, match="time"):
        cosign(TEXT, signer=ONE, at=at)


def test_a_time_beyond_the_specification_does_not_verify():
    at = 2**63
    signature = Ed25519Signer("any", ONE.seed).sign(b"cosignature/v1\ntime %d\n" % at + TEXT.encode())
    assert not ONE.verifier.verify(TEXT.encode(), at.to_bytes(8) + signature)
    latest = ONE.sign(TEXT.encode(), at=at - 1)
    assert ONE.verifier.verify(TEXT.encode(), latest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        TEXT[:-1],
        TEXT + "extension\n",
        TEXT + "\n",
        TEXT.replace("\n9\n", "\n09\n"),
        TEXT.replace("\n9\n", "\n9223372036854775808\n"),
        TEXT.replace("\n9\n", "\n-9\n"),
        TEXT.replace(LOG.name, ""),
        TEXT.replace(LOG.name, "a b"),
        TEXT.replace(LOG.name, "a\x00b"),
        TEXT.replace("=\n", "\n"),
        "o\n9\n" + base64.b64encode(bytes(31)).decode() + "\n",
        "o\n9\n" + "A" * 42 + "B=\n",  # the unused bits of the last character set
    ],
)
def test_what_is_not_a_checkpoint_is_not_cosigned(text):
    with pytest.raises(EvidenceError):
        cosign(text, signer=ONE, at=AT)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        TEXT,
        NOTE[:-1],
        NOTE + "\n",
        NOTE + "— more\n",
        NOTE.replace("— ", "- "),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("==\n", "\n"),
        NOTE + "— more aaaaaaaa\n" * 96,
        NOTE + "— more " + "a" * NOTE_CHARACTERS_MAX + "\n",
    ],
)
def test_what_is_not_a_signed_note_is_refused(note):
    with pytest.raises(EvidenceError):
        open_cosigned(note, log=LOG.verifier, witnesses=KEYS)


def test_sixteen_signatures_of_the_size_to_come_are_accepted():
    large = base64.b64encode(bytes(4 + 8 + 2420)).decode()
    note = NOTE + "".join(f"— witness{number} {large}\n" for number in range(16))
    assert len(open_cosigned(note, log=LOG.verifier, witnesses=KEYS).times) == 4


def test_unused_bits_of_a_signatures_text_are_looked_at():
    """`==` leaves four bits that no byte is made of; base64 readers pass over them."""
    line = cosign(TEXT, signer=ONE, at=AT)
    body = line.rstrip("=\n")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = f"{body[:-1]}{alphabet[alphabet.index(body[-1]) ^ 1]}==\n"
    assert raw_of(other) == raw_of(line)
    assert open_cosigned(BATCH.signed + line, log=LOG.verifier, witnesses=KEYS).times
    with pytest.raises(EvidenceError, match="not a signature line"):
        open_cosigned(BATCH.signed + other, log=LOG.verifier, witnesses=KEYS)


@given(st.integers(1, 2**63 - 1), st.integers(0, 575), st.integers(0, 2**63 - 2))
def test_any_changed_bit_of_a_cosignature_is_found(at, bit, size):
    text = Checkpoint(origin="o", size=size, root=seed(str(size))).text().encode()
    signature = ONE.sign(text, at=at)
    assert ONE.verifier.verify(text, signature)
    assert not ONE.verifier.verify(text, (int.from_bytes(signature) ^ 1 << bit).to_bytes(72))
    assert not ONE.verifier.verify(text + b"\n", signature)
    assert not TWO.verifier.verify(text, signature)


@pytest.mark.parametrize("signature", [b"", bytes(8), bytes(71), bytes(72), bytes(73)])
def test_what_is_no_cosignature_does_not_verify(signature):
    assert not ONE.verifier.verify(TEXT.encode(), signature)
