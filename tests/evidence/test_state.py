import pytest
from sealed_world import NOW, ORIGIN

from creditloop.evidence import verify
from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.signature import Ed25519Signer
from creditloop.evidence.state import grown_tree, read_last_checkpoint, read_state
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import EvidenceError


@pytest.fixture
def database(standing_database):
    return standing_database


@pytest.fixture
def world(standing_world):
    return standing_world


def damage(folder):
    return [(found.file, found.repairable) for found in read_state(folder).damage]


def test_an_untouched_folder_is_not_damaged(world):
    state = read_state(world.folder)
    assert state.damage == ()
    assert (state.size, len(state.leaf_hashes), state.leaves_agree) == (9, 9, True)
    assert read_last_checkpoint(world.folder) == state.last.checkpoint
    tree, wrong = grown_tree(state.leaf_hashes, state.history)
    assert (tree.root(), wrong) == (state.last.checkpoint.root, [])


def test_an_auditor_needs_no_private_key(world):
    world.folder.key_path.unlink()
    assert damage(world.folder) == []


CHANGES = {
    "another private key": ("key", lambda raw: Ed25519Signer.generate(ORIGIN).text().encode()),
    "checkpoint edited": ("checkpoint", lambda raw: raw.replace(b"\n9\n", b"\n8\n")),
    "checkpoint of another key": (
        "checkpoint",
        lambda raw: sign_checkpoint(
            Checkpoint(origin=ORIGIN, size=9, root=bytes(32)), signer=Ed25519Signer.generate(ORIGIN)
        ).encode(),
    ),
    "history line edited": ("checkpoints", lambda raw: raw.replace(b"\\n3\\n", b"\\n4\\n")),
    "history line gone": ("checkpoints", lambda raw: b"".join(raw.splitlines(keepends=True)[1:])),
    "last history line gone": ("checkpoints", lambda raw: b"".join(raw.splitlines(keepends=True)[:-1])),
    "history doubled": ("checkpoints", lambda raw: raw + raw),
    "history not JSON": ("checkpoints", lambda raw: raw + b"[]\n"),
    "history emptied": ("checkpoints", lambda raw: b""),
    "leaf hash changed": ("leaf_hashes", lambda raw: bytes([raw[0] ^ 1]) + raw[1:]),
    "leaf hashes swapped": ("leaf_hashes", lambda raw: raw[32:64] + raw[:32] + raw[64:]),
    "leaf hash removed": ("leaf_hashes", lambda raw: raw[32:]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_is_named_and_the_database_is_not_accused(database, world, change):
    name, edit = CHANGES[change]
    path = world.folder.path / name
    path.write_bytes(edit(path.read_bytes()))
    assert {file for file, _ in damage(world.folder)} == {name}
    found = verify(database, folder=world.folder, tables=world.tables)
    assert {problem.code for problem in found.problems} <= {"folder_damaged", "checkpoint_changed"}
    assert ("folder_damaged", name) in {(problem.code, problem.file) for problem in found.problems}
    assert found.rows == 1260


def test_an_older_checkpoint_in_the_place_of_the_last_is_damage(world):
    older = read_state(world.folder).history[-3].note
    world.folder.checkpoint_path.write_text(older)
    assert damage(world.folder) == [("checkpoint", False)]
    assert read_state(world.folder).size == 9


def test_the_last_but_one_is_what_a_crash_leaves(world):
    world.folder.checkpoint_path.write_text(read_state(world.folder).history[-2].note)
    assert damage(world.folder) == []
    assert read_state(world.folder).size == 9


def test_surplus_after_a_crash_is_not_damage(world):
    with world.folder.leaf_hashes_path.open("ab") as file:
        file.write(b"x" * 40)
    with world.folder.checkpoints_path.open("ab") as file:
        file.write(b'{"at":"2026')
    assert damage(world.folder) == []


@pytest.mark.parametrize("lost", [("verifier_key",), ("checkpoint", "checkpoints")])
def test_without_key_or_checkpoint_nothing_can_be_verified(database, world, lost):
    for name in lost:
        (world.folder.path / name).unlink()
    with pytest.raises(EvidenceError):
        read_state(world.folder)
    found = verify(database, folder=world.folder, tables=world.tables)
    assert [problem.code for problem in found.problems] == ["folder_damaged"]
    assert (found.entries, found.rows) == (0, 0)


def test_a_lost_history_is_damage(world):
    world.folder.checkpoints_path.unlink()
    assert set(damage(world.folder)) == {("checkpoints", False)}
    assert read_state(world.folder).size == 9


def test_signed_leaf_hashes_of_another_history_are_damage(world):
    """The key's holder signed a second history: the first one's checkpoints do not fit its leaf hashes."""
    signer = world.folder.signer()
    forked = Checkpoint(origin=ORIGIN, size=10, root=bytes(32))
    world.folder.write_checkpoint(
        sign_checkpoint(forked, signer=signer), now=NOW, at=world.folder.checkpoints_path.stat().st_size
    )
    world.folder.append_leaf_hashes(bytes(32), at=9)
    assert damage(world.folder) == [("leaf_hashes", False)]


def test_a_signed_checkpoint_that_the_later_ones_do_not_continue_is_damage(world):
    """The key's holder once signed another log of 4 entries: the history shows it for ever."""
    forked = Checkpoint(origin=ORIGIN, size=4, root=bytes(32))
    note = sign_checkpoint(forked, signer=world.folder.signer())
    lines = world.folder.checkpoints_path.read_bytes().splitlines(keepends=True)
    lines.insert(2, canonical_bytes({"at": NOW, "note": note}) + b"\n")
    world.folder.checkpoints_path.write_bytes(b"".join(lines))
    (found,) = read_state(world.folder).damage
    assert (found.file, found.detail) == ("leaf_hashes", "gives another root than checkpoint 4")
    assert read_state(world.folder).leaves_agree
