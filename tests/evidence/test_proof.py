import dataclasses
import json
import random
import uuid

import msgspec
import pytest
from sealed_world import LETTER, NOW, POLICY, POSTING, TABLES, fill_batch

from creditloop.evidence import check_proof, make_proof, proof_from_text, seal_batch
from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.entry import entry_hash, read_body
from creditloop.evidence.hashing import tree_root
from creditloop.evidence.signature import Ed25519Signer
from creditloop.kernel.errors import EvidenceError, OutOfOrder, UnknownId

PLACES = [
    (POSTING, 0, 0),
    (POSTING, 0, 11),
    (POSTING, 1, 999),
    (POSTING, 1, 1_000),
    (POSTING, 1, 1_204),
    (LETTER, 1, 29),
    (POLICY, 2, 0),
]


@pytest.fixture
def database(standing_database):
    return standing_database


@pytest.fixture
def world(standing_world):
    return standing_world


@pytest.fixture
def proof(database, world):
    return make_proof(database, folder=world.folder, table=POSTING, batch_id=world.batches[1], row_no=7)


@pytest.fixture
def key(world):
    return world.folder.verifier().text()


@pytest.mark.parametrize(("table", "batch_no", "row_no"), PLACES)
def test_a_proof_verifies_with_the_public_key_alone(database, world, key, table, batch_no, row_no):
    batch = world.batches[batch_no]
    proof = make_proof(database, folder=world.folder, table=table, batch_id=batch, row_no=row_no)
    proven = check_proof(proof_from_text(proof.text()), verifier_key=key)
    assert (proven.entry.table, proven.entry.batch, proven.row_no) == (table.name, str(batch), row_no)
    assert proven.checkpoint.size == 9
    column = table.key[0]
    ((value,),) = database.execute(
        f"SELECT {column}::text FROM {table.name} WHERE (batch_id, row_no) = (%s, %s)".encode(),
        (batch, row_no),
    ).fetchall()
    assert proven.values[column] == value


def test_a_text_value_comes_back_as_it_was(database, world, key):
    for row_no, note in database.execute(
        "SELECT row_no, note FROM sealed_example.posting WHERE batch_id = %s AND row_no < 40",
        (world.batches[1],),
    ).fetchall():
        proof = make_proof(
            database, folder=world.folder, table=POSTING, batch_id=world.batches[1], row_no=row_no
        )
        assert check_proof(proof, verifier_key=key).values["note"] == note


def test_any_changed_byte_is_found(proof, key):
    """Every field at drawn places, and every field of the record at least twice."""
    draw = random.Random(1)
    fields = json.loads(proof.text())
    for name, value in fields.items():
        for _ in range(40):
            changed = fields | {name: mutated(value, draw)}
            if changed == fields:
                continue
            with pytest.raises(EvidenceError):
                check_proof(proof_from_text(json.dumps(changed)), verifier_key=key)


def mutated(value, draw):
    if isinstance(value, int):
        return value + draw.choice([-1, 1, 1_000])
    if isinstance(value, list):
        at = draw.randrange(len(value))
        shorter, longer = value[:at] + value[at + 1 :], [*value, "00" * 32]
        edited = [*value[:at], mutated(value[at], draw), *value[at + 1 :]]
        return draw.choice([shorter, longer, edited])
    at = draw.randrange(len(value) - 6 if value.endswith("=\n") else len(value))
    return value[:at] + draw.choice([chr(ord(value[at]) ^ 1), "", value[at] + "0"]) + value[at + 1 :]


def test_another_log_key_does_not_verify_it(proof):
    other = Ed25519Signer.generate("bank.example/evidence").verifier.text()
    with pytest.raises(EvidenceError, match="no known key"):
        check_proof(proof, verifier_key=other)


def test_salt_and_table_name_cannot_lend_each_other_bytes(proof, key, world):
    """Who names tables could make a longer salt give the same leaf: the salt's length forbids it."""
    moved = msgspec.structs.replace(proof, salt=proof.salt + "00")
    with pytest.raises(EvidenceError, match="not a row's salt"):
        check_proof(moved, verifier_key=key)


def test_a_row_that_says_another_place_than_its_entry_does_not_verify(proof, world):
    """Even the key's holder cannot seal a row under another number than it bears."""
    signer = world.folder.signer()
    entry = msgspec.structs.replace(read_body(proof.entry), entry=0, first=100, count=1000)
    root = tree_root([entry_hash(entry.body())])
    note = sign_checkpoint(Checkpoint(origin=entry.origin, size=1, root=root), signer=signer)
    forged = msgspec.structs.replace(proof, entry=entry.body(), entry_path=(), checkpoint=note, row_no=107)
    with pytest.raises(EvidenceError, match="another batch or number"):
        check_proof(forged, verifier_key=signer.verifier.text())


def test_an_entry_of_another_log_does_not_verify(proof, world):
    signer = world.folder.signer()
    entry = msgspec.structs.replace(read_body(proof.entry), entry=0, origin="another")
    note = sign_checkpoint(
        Checkpoint(origin=signer.verifier.name, size=1, root=entry_hash(entry.body())), signer=signer
    )
    forged = msgspec.structs.replace(proof, entry=entry.body(), entry_path=(), checkpoint=note)
    with pytest.raises(EvidenceError, match="another log"):
        check_proof(forged, verifier_key=signer.verifier.text())


@pytest.mark.parametrize("row_no", [-1, 1_205, 10**6])
def test_a_row_that_was_not_sealed_has_no_proof(database, world, row_no):
    with pytest.raises(UnknownId, match="no such row"):
        make_proof(database, folder=world.folder, table=POSTING, batch_id=world.batches[1], row_no=row_no)
    with pytest.raises(UnknownId, match="no such row"):
        make_proof(database, folder=world.folder, table=POSTING, batch_id=uuid.UUID(int=5), row_no=0)


def test_a_row_in_the_open_tail_has_no_proof_yet(database, world):
    batch = uuid.UUID(int=9)
    fill_batch(database, batch=batch, sizes=(1, 0, 0), seed=9)
    seal_batch(database, folder=world.folder, tables=TABLES, batch_id=batch, now=NOW)
    with pytest.raises(OutOfOrder, match="no checkpoint yet"):
        make_proof(database, folder=world.folder, table=POSTING, batch_id=batch, row_no=0)


def test_a_changed_or_deleted_row_has_no_proof(database, world):
    database.execute("SET LOCAL session_replication_role = replica")
    database.execute("UPDATE sealed_example.posting SET leg = leg + 1 WHERE row_no = 3")
    database.execute("DELETE FROM sealed_example.posting WHERE row_no = 4")
    with pytest.raises(EvidenceError, match="another root"):
        make_proof(database, folder=world.folder, table=POSTING, batch_id=world.batches[0], row_no=3)
    with pytest.raises(EvidenceError, match="not there once"):
        make_proof(database, folder=world.folder, table=POSTING, batch_id=world.batches[0], row_no=4)


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"v":2}'])
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(EvidenceError, match="not a row's proof"):
        proof_from_text(text)


def test_a_proof_shows_nothing_of_other_rows(database, world, proof):
    """Neither their salts nor their texts are in it."""
    chunks = database.execute("SELECT salts FROM evidence.chunk").fetchall()
    salts = {bytes(salts[at : at + 16]).hex() for (salts,) in chunks for at in range(0, len(salts), 16)}
    assert [salt for salt in salts if salt in proof.text()] == [proof.salt]


def test_dataclasses_are_immutable(proof, key):
    with pytest.raises(dataclasses.FrozenInstanceError):
        check_proof(proof, verifier_key=key).row_no = 8
