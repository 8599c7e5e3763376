from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.network.mutations import WAYS
from tests.evidence.network.parties import AT, PARTIES, QUORUM, Batch, Proven, make_batch, proven_records

from creditloop.evidence.hashing import inclusion_proof, leaf_hash
from creditloop.evidence.network import (
    TlogProof,
    check_tlog_proof,
    make_tlog_proof,
    make_tlog_proofs,
    tlog_proof_from_text,
)
from creditloop.evidence.network.tlog_proof import EXTRA_BYTES_MAX, PROOF_CHARACTERS_MAX
from creditloop.kernel.errors import EvidenceError, InputError

PARTY = PARTIES[0]
BATCH = make_batch(PARTY, size=11, random=Random(0))
NOTE = BATCH.cosigned(PARTY.others)
PROOF = make_tlog_proof(leaf_hashes=BATCH.leaf_hashes, index=6, checkpoint=NOTE)

# C2SP tlog-proof: the example's lines before the checkpoint, whose signatures it leaves out
EXAMPLE = """c2sp.org/tlog-proof@v1
extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

"""


@pytest.fixture(scope="module")
def batches() -> list[Batch]:
    random = Random(8)
    return [make_batch(party, size=size, random=random) for party in PARTIES for size in (1, 6, 40)]


@pytest.fixture(scope="module")
def proven(batches: list[Batch]) -> list[Proven]:
    return [one for batch in batches for proofs in proven_records(batch) for one in proofs]


def test_the_example_of_the_specification_is_read():
    proof = tlog_proof_from_text(EXAMPLE + NOTE)
    assert (proof.index, len(proof.path), len(proof.extra)) == (73894, 5, 39)
    assert proof.extra.startswith(b"age-v1.2.1-darwin-arm64.tar.gz")
    assert proof.checkpoint == NOTE
    assert proof.text() == EXAMPLE + NOTE


def test_a_record_is_proven_and_the_witnesses_times_are_told():
    shown = check_tlog_proof(tlog_proof_from_text(PROOF.text()), BATCH.records[6], PARTY.policy)
    assert shown.checkpoint == BATCH.checkpoint
    assert list(shown.times.values()) == [AT, AT + 1, AT + 2, AT + 3]


def test_a_leaf_hash_in_place_of_the_record_is_not_proven():
    with pytest.raises(EvidenceError, match="leads to another root"):
        check_tlog_proof(PROOF, leaf_hash(BATCH.records[6]), PARTY.policy)


def test_extra_data_changes_nothing():
    extra = make_tlog_proof(leaf_hashes=BATCH.leaf_hashes, index=6, checkpoint=NOTE, extra=b"\x00any")
    assert tlog_proof_from_text(extra.text()).extra == b"\x00any"
    assert check_tlog_proof(extra, BATCH.records[6], PARTY.policy)


def test_a_cosignature_of_the_future_is_refused():
    with pytest.raises(EvidenceError, match="lies in the future"):
        check_tlog_proof(PROOF, BATCH.records[6], PARTY.policy, not_after=AT)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 33])
def test_paths_are_those_of_rfc_6962(size):
    batch = make_batch(PARTY, size=size, random=Random(size))
    proofs = make_tlog_proofs(
        leaf_hashes=batch.leaf_hashes, indexes=range(size), checkpoint=batch.cosigned(PARTY.others)
    )
    assert [list(proof.path) for proof in proofs] == [
        inclusion_proof(batch.leaf_hashes, index) for index in range(size)
    ]


def test_a_proof_is_made_for_the_checkpoints_own_entries_only():
    with pytest.raises(EvidenceError, match="not those of the checkpoint"):
        make_tlog_proof(leaf_hashes=BATCH.leaf_hashes[:-1], index=6, checkpoint=NOTE)
    changed = [*BATCH.leaf_hashes[:-1], bytes(32)]
    with pytest.raises(EvidenceError, match="not those of the checkpoint"):
        make_tlog_proof(leaf_hashes=changed, index=6, checkpoint=NOTE)
    for index in (-1, 11):
        with pytest.raises(InputError, match="no such entry"):
            make_tlog_proof(leaf_hashes=BATCH.leaf_hashes, index=index, checkpoint=NOTE)
    with pytest.raises(EvidenceError, match="not a signed note"):
        make_tlog_proof(leaf_hashes=BATCH.leaf_hashes, index=6, checkpoint=BATCH.checkpoint.text())
    empty = Batch(PARTY, ())
    assert make_tlog_proofs(leaf_hashes=[], indexes=[], checkpoint=empty.signed) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"index": -1},
        {"index": 2**63 - 1},
        {"path": (bytes(31),)},
        {"path": (bytes(32),) * 64},
        {"extra": bytes(EXTRA_BYTES_MAX + 1)},
        {"checkpoint": ""},
        {"checkpoint": "text\n\n— a aaaaaaaa\n"},
        {"checkpoint": NOTE.replace("==\n", "\n")},
    ],
)
def test_what_the_text_cannot_carry_is_not_made(changes):
    with pytest.raises(EvidenceError):
        replace(PROOF, **changes)


TEXT = PROOF.text()
HEAD, REST = TEXT.split("\nindex 6\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a log's proof"),
        (TEXT.replace("@v1", "@v2"), "not a log's proof"),
        ("\n" + TEXT, "not a log's proof"),
        (TEXT.replace("\n", "\r\n"), "not a log's proof"),
        (TEXT.partition("\n\n")[0], "not a log's proof"),
        (HEAD + "\n" + REST, "without its index"),
        (HEAD + "\n\n" + NOTE, "without its index"),
        (HEAD + "\nindex 06\n" + REST, "without its index"),
        (HEAD + "\nindex +6\n" + REST, "without its index"),
        (HEAD + "\nindex -6\n" + REST, "without its index"),
        (HEAD + "\nindex  6\n" + REST, "without its index"),
        (HEAD + "\nindex 6 \n" + REST, "without its index"),
        (HEAD + "\nindex \u0666\n" + REST, "without its index"),
        (HEAD + "\nindex 9223372036854775807\n" + REST, "not an index"),
        (HEAD + "\nextra \nindex 6\n" + REST, "no extra line"),
        (HEAD + "\nextra\nindex 6\n" + REST, "without its index"),
        (HEAD + "\nextra YQ\nindex 6\n" + REST, "not base64"),
        (HEAD + "\nextra YR==\nindex 6\n" + REST, "not base64"),
        (HEAD + "\nextra YQ==\nextra YQ==\nindex 6\n" + REST, "without its index"),
        (HEAD + "\nindex 6\nextra YQ==\n" + REST, "not base64"),
        (HEAD + "\nindex 6\nYQ==\n" + REST, "not an inclusion path"),
        (HEAD + "\nindex 6\n" + REST.replace("=\n", "\n", 1), "not base64"),
        (HEAD + "\nindex 6\n" + (REST.split("\n")[0] + "\n") * 64 + "\n" + NOTE, "not an inclusion path"),
        (HEAD + "\nindex 6\n" + "\n" + REST, "not a checkpoint"),
        (TEXT[:-1], None),
        (TEXT + "x" * PROOF_CHARACTERS_MAX, "too long"),
    ],
)
def test_what_is_not_a_proof_is_refused(text, message):
    with pytest.raises(EvidenceError, match=message):
        check_tlog_proof(tlog_proof_from_text(text), BATCH.records[6], PARTY.policy)


@pytest.mark.parametrize("name", list(WAYS))
def test_a_spoiled_proof_is_refused_by_name(name, proven, batches):
    random = Random(name)
    bare = [one for one in proven if len(one.witnesses) == QUORUM]
    seen = 0
    while seen < 25:
        one = random.choice(bare)
        spoiled = WAYS[name](one, batches, random)
        if spoiled is None:
            continue
        party, raw, record = spoiled
        with pytest.raises(EvidenceError) as caught:
            text = raw.decode(errors="surrogateescape")
            check_tlog_proof(tlog_proof_from_text(text), record, party.policy)
        assert caught.value.message
        seen += 1


def test_every_proof_of_the_material_holds(proven):
    for one in Random(0).sample(proven, 300):
        read = tlog_proof_from_text(one.proof.text())
        assert read == one.proof
        assert len(check_tlog_proof(read, one.record, one.batch.party.policy).times) == len(one.witnesses)


HASHES = st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple)


@given(st.binary(max_size=99), st.integers(0, 2**63 - 2), HASHES)
def test_proofs_are_read_back(extra, index, path):
    proof = TlogProof(extra=extra, index=index, path=path, checkpoint=NOTE)
    assert tlog_proof_from_text(proof.text()) == proof


@given(st.text(max_size=40), st.integers(0, len(TEXT)), st.integers(0, 40))
def test_any_text_is_the_proof_in_its_one_form_or_a_named_error(text, start, length):
    changed = TEXT[:start] + text + TEXT[start + length :]
    try:
        read = tlog_proof_from_text(changed)
    except EvidenceError as error:
        assert error.message
    else:
        assert read.text() == changed
