"""A bank's log with an SM2 key: checkpoints bear both lines; a missing or bad second one is damage."""

import json
import stat

import pytest
from sealed_world import World, seal_one

from creditloop.evidence import EvidenceFolder, check_proof, make_proof, verify
from creditloop.evidence.note import stands_under
from creditloop.evidence.sm2 import Sm2Signer
from creditloop.evidence.state import read_state
from creditloop.kernel.errors import EvidenceError, StateError
from creditloop.kernel.storage import Connection

SIZES = (3, 2, 1)


def rewrite(folder: EvidenceFolder, *, line: int, sm2: str | None) -> None:
    """Put another SM2 line, or none, under a checkpoint of the history."""
    lines = folder.checkpoints_path.read_text().splitlines()
    record = json.loads(lines[line])
    text, _, signatures = record["note"].rpartition("\n\n")
    kept = [signatures.splitlines()[0], *([] if sm2 is None else [sm2])]
    record["note"] = "\n".join([text, "", *kept, ""])
    lines[line] = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    folder.checkpoints_path.write_text("\n".join(lines) + "\n")


def notes(folder: EvidenceFolder) -> list[str]:
    return [json.loads(line)["note"] for line in folder.checkpoints_path.read_text().splitlines()]


@pytest.fixture
def both(database: Connection, world: World) -> World:
    """Three checkpoints without, then two with an SM2 line."""
    world.folder.add_sm2()
    batches = tuple(seal_one(database, world.folder, sizes=SIZES, seed=seed) for seed in (7, 8))
    return World(folder=world.folder, batches=(*world.batches, *batches))


def test_checkpoints_bear_the_line_from_then_on_and_verify(database: Connection, both: World) -> None:
    key = both.folder.sm2_verifier()
    assert key is not None
    assert [stands_under(note, verifier=key) for note in notes(both.folder)] == [False] * 4 + [True] * 2
    found = verify(database, folder=both.folder, tables=both.tables)
    assert (found.problems, found.open_entries) == ((), 0)
    assert stat.S_IMODE(both.folder.sm2_key_path.stat().st_mode) == 0o600


def test_a_proof_is_checked_by_both_keys(database: Connection, both: World) -> None:
    key, sm2 = both.folder.verifier(), both.folder.sm2_verifier()
    assert sm2 is not None
    proof = make_proof(database, folder=both.folder, table=both.tables[0], batch_id=both.batches[0], row_no=1)
    assert check_proof(proof, verifier_key=key.text()).row_no == 1
    assert check_proof(proof, verifier_key=key.text(), sm2_key=sm2.text()).row_no == 1
    with pytest.raises(EvidenceError, match="SM2 key did not sign"):
        check_proof(proof, verifier_key=key.text(), sm2_key=Sm2Signer.generate(key.name).verifier.text())


def test_a_line_taken_away_or_exchanged_is_damage(database: Connection, both: World) -> None:
    history = both.folder.checkpoints_path.read_bytes()
    lines = [note.splitlines()[-1] for note in notes(both.folder)]
    for line, sm2, detail in ((5, None, "lacks its SM2 line"), (4, lines[5], "has a bad SM2 line")):
        rewrite(both.folder, line=line, sm2=sm2)
        damage = [found.detail for found in read_state(both.folder).damage]
        assert any(detail in one for one in damage), damage
        with pytest.raises(EvidenceError, match="was changed"):
            seal_one(database, both.folder, sizes=SIZES, seed=9 + line)
        database.rollback()
        problems = verify(database, folder=both.folder, tables=both.tables).problems
        assert any(one.code == "folder_damaged" and detail in (one.detail or "") for one in problems)
        both.folder.checkpoints_path.write_bytes(history)
    assert read_state(both.folder).damage == ()


def test_the_key_is_made_once_and_its_halves_belong_together(folder: EvidenceFolder) -> None:
    assert (folder.sm2_verifier(), folder.sm2_signer()) == (None, None)
    key = folder.add_sm2()
    signer = folder.sm2_signer()
    assert signer is not None and signer.verifier == folder.sm2_verifier() == key
    assert key.name == folder.verifier().name
    with pytest.raises(StateError, match="already"):
        folder.add_sm2()
    assert folder.sm2_verifier() == key
    folder.sm2_key_path.write_text(Sm2Signer.generate(key.name).text())
    with pytest.raises(EvidenceError, match="does not belong") as caught:
        folder.sm2_signer()
    assert caught.value.where["file"] == folder.sm2_key_path
    assert [(one.file, one.repairable) for one in read_state(folder).damage] == [("sm2_key", False)]


def test_an_sm2_key_that_cannot_be_read_is_named(folder: EvidenceFolder) -> None:
    folder.add_sm2()
    folder.sm2_verifier_key_path.write_text(Sm2Signer.generate("other").verifier.text())
    assert [one.detail for one in read_state(folder).damage] == ["an SM2 key of another log"]
    folder.sm2_verifier_key_path.write_text("nonsense\n")
    assert [one.file for one in read_state(folder).damage] == ["sm2_verifier_key"]


def test_an_auditor_without_the_private_key_checks_the_lines(database: Connection, both: World) -> None:
    both.folder.sm2_key_path.unlink()
    assert verify(database, folder=both.folder, tables=both.tables).problems == ()
    rewrite(both.folder, line=5, sm2=None)
    assert any("lacks its SM2 line" in one.detail for one in read_state(both.folder).damage)


def test_a_making_that_was_cut_off_is_made_again(folder: EvidenceFolder) -> None:
    folder.sm2_key_path.write_text("PRIVATE+KEY+torn")
    assert folder.sm2_signer() is None
    key = folder.add_sm2()
    signer = folder.sm2_signer()
    assert signer is not None and signer.verifier == key
