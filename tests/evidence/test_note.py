import pytest

from creditloop.evidence.note import open_note, sign_note
from creditloop.evidence.signature import Ed25519Signer, verifier_from_text
from creditloop.kernel.errors import EvidenceError, InputError

KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
ONE, TWO = Ed25519Signer("one", bytes(32)), Ed25519Signer("two", bytes(range(32)))


def test_the_specification_example_opens():
    opened = open_note(NOTE, verifiers=[verifier_from_text(KEY)])
    assert opened.text == "This is an example message.\n"
    assert opened.signed_by == ("example.com/foo",)


def test_unknown_signatures_are_passed_over():
    note = sign_note("text\n\nmore\n", signers=[ONE, TWO])
    assert open_note(note, verifiers=[TWO.verifier]).signed_by == ("two",)
    assert open_note(note, verifiers=[TWO.verifier, ONE.verifier]).signed_by == ("one", "two")
    with pytest.raises(EvidenceError, match="no known key"):
        open_note(note, verifiers=[Ed25519Signer("three", bytes(32)).verifier])


def test_a_key_of_the_same_name_is_another_key():
    note = sign_note("text\n", signers=[ONE])
    with pytest.raises(EvidenceError, match="no known key"):
        open_note(note, verifiers=[Ed25519Signer("one", bytes(range(32))).verifier])


def test_a_known_key_with_a_bad_signature_rejects_the_note():
    note = sign_note("text\n", signers=[ONE, TWO])
    other = sign_note("other\n", signers=[ONE])
    mixed = "text\n\n" + other.splitlines()[-1] + "\n" + note.splitlines()[-1] + "\n"
    with pytest.raises(EvidenceError, match="does not verify"):
        open_note(mixed, verifiers=[ONE.verifier, TWO.verifier])
    assert open_note(mixed, verifiers=[TWO.verifier]).signed_by == ("two",)


def test_a_second_signature_of_one_key_is_passed_over():
    note = sign_note("text\n", signers=[ONE, ONE])
    assert open_note(note, verifiers=[ONE.verifier]).signed_by == ("one",)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "\n\n",
        NOTE[:-1],
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("example m", "Example m"),
        NOTE.replace("example message", "example\tmessage"),
        NOTE.replace("example message", "example\x00message"),
        NOTE.replace("— ", "- "),
        NOTE.replace("— example", "—  example"),
        NOTE.replace("Uw2Q", "Uw2"),
        NOTE.replace("Uw2Q", "Uw2R"),
        NOTE + "— a b\n",
        NOTE + "\n",
        NOTE + "— more\n" * 2,
        NOTE + "— more aaaaaaaa\n" * 100,
        NOTE.replace("message", "mess\ud800age"),
    ],
)
def test_what_is_not_a_signed_note_is_refused(note):
    with pytest.raises(EvidenceError):
        open_note(note, verifiers=[verifier_from_text(KEY)])


def test_a_hundred_signatures_are_accepted():
    opened = open_note(NOTE + "— more aaaaaaaa\n" * 99, verifiers=[verifier_from_text(KEY)])
    assert opened.signed_by == ("example.com/foo",)


@pytest.mark.parametrize("text", ["", "text", "a\tb\n", "a\rb\n", "\ud800\n"])
def test_what_a_note_cannot_carry_is_not_signed(text):
    with pytest.raises(InputError):
        sign_note(text, signers=[ONE])
    with pytest.raises(InputError, match="needs a signer"):
        sign_note("text\n", signers=[])
