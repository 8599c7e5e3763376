import pytest

from creditloop.evidence.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from creditloop.evidence.hashing import EMPTY_ROOT
from creditloop.evidence.note import sign_note
from creditloop.evidence.signature import Ed25519Signer
from creditloop.kernel.errors import EvidenceError

ONE = Ed25519Signer("one", bytes(32))


def test_a_checkpoint_is_three_lines():
    checkpoint = Checkpoint(origin="one", size=7, root=EMPTY_ROOT)
    note = sign_checkpoint(checkpoint, signer=ONE)
    assert note.startswith("one\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— one ")
    assert open_checkpoint(note, verifier=ONE.verifier) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "one\n7\n",
        "one\n7\nAAAA\n",
        "one\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextension\n",
        "one\n07\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "one\n-7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "one\n٧\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "one\n7\n47DEQpj8HBSa+_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "two\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    ],
)
def test_what_is_not_a_checkpoint_of_the_log_is_refused(text):
    with pytest.raises(EvidenceError, match="checkpoint"):
        open_checkpoint(sign_note(text, signers=[ONE]), verifier=ONE.verifier)
