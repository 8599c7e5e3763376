import stat
from datetime import datetime

import pytest
from sealed_world import NOW, ORIGIN

from creditloop.evidence import EvidenceFolder
from creditloop.evidence.checkpoint import open_checkpoint
from creditloop.evidence.folder import history_notes
from creditloop.evidence.hashing import EMPTY_ROOT
from creditloop.evidence.signature import Ed25519Signer
from creditloop.kernel.errors import EvidenceError, InputError, StateError


def test_a_new_folder_holds_a_secret_key_and_the_empty_log(folder):
    assert sorted(path.name for path in folder.path.iterdir()) == [
        "checkpoint",
        "checkpoints",
        "key",
        "leaf_hashes",
        "verifier_key",
    ]
    assert stat.S_IMODE(folder.key_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    checkpoint = open_checkpoint(folder.checkpoint_path.read_text(), verifier=folder.verifier())
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (ORIGIN, 0, EMPTY_ROOT)
    assert folder.leaf_hashes_path.read_bytes() == b""


def test_a_folder_is_never_made_over_another(folder):
    key = folder.key_path.read_text()
    with pytest.raises(StateError, match="there already"):
        EvidenceFolder.create(folder.path, origin=ORIGIN, now=NOW)
    assert folder.key_path.read_text() == key


def test_a_folder_that_cannot_be_made_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="not a key's name"):
        EvidenceFolder.create(tmp_path / "evidence", origin="two words", now=NOW)
    with pytest.raises(InputError, match="time zone"):
        EvidenceFolder.create(tmp_path / "evidence", origin=ORIGIN, now=datetime(2026, 1, 5))  # noqa: DTZ001
    assert list(tmp_path.iterdir()) == []


def test_the_private_key_must_belong_to_the_public_one(folder):
    assert folder.signer().verifier == folder.verifier()
    folder.key_path.write_text(Ed25519Signer.generate(ORIGIN).text())
    with pytest.raises(EvidenceError, match="does not belong") as caught:
        folder.signer()
    assert str(folder.key_path) in caught.value.diagnostics()


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"nonsense\n"])
def test_a_key_that_cannot_be_read_is_named(folder, content):
    for path, read in ((folder.key_path, folder.signer), (folder.verifier_key_path, folder.verifier)):
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(EvidenceError) as caught:
            read()
        assert caught.value.where["file"] == path


def test_appending_cuts_what_stood_there(folder):
    folder.append_leaf_hashes(b"a" * 64, at=0)
    folder.append_leaf_hashes(b"b" * 32, at=1)
    assert folder.leaf_hashes_path.read_bytes() == b"a" * 32 + b"b" * 32


@pytest.mark.parametrize(
    ("raw", "notes", "end"),
    [
        (b"", [], 0),
        (b'{"at":"x","note":"a"}\n', ["a"], 22),
        (b'{"note":"a"}\n{"no', ["a"], 13),
        (b'[]\n{"note":7}\n\xff\n', [None, None, None], 16),
    ],
)
def test_history_lines_are_read_and_torn_ones_left(raw, notes, end):
    assert history_notes(raw) == (notes, end)
