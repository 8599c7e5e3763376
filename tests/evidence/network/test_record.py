"""Records, batches and verdicts: one form each, strictly read, and nothing in them can be changed unseen."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.faults.network.parties import NAMES, keys_of, record_of, submitter_of

from creditloop.evidence.network.batch import (
    BATCH_BYTES_MAX,
    SignedBatch,
    check_header,
    make_batch,
    open_batch,
    read_batch,
)
from creditloop.evidence.network.node import Head
from creditloop.evidence.network.record import (
    DOCUMENTS_MAX,
    NO_RECORD,
    RECORD_BYTES_MAX,
    DocumentCommitment,
    Lane,
    Record,
    RecordKind,
    Refusal,
    RefusedError,
    canonical_form,
    moment_from_text,
    read_record,
    record_hash,
    signature_bytes,
)
from creditloop.evidence.network.verdict import (
    Objection,
    Verdict,
    check_verdict,
    objection_record,
    read_verdict,
    sign_verdict,
)
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import EvidenceError, InputError

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BANK, BUREAU = NAMES[0], NAMES[1]
SUBMITTERS = [submitter_of(BANK).verifier]


def record(number: int = 1, *, previous: str = NO_RECORD) -> Record:
    """Return a record of one loan."""
    head = Head(number - 1, previous)
    return record_of(BANK, loan="ab" * 32, head=head, at=AT, document="agreement", content=str(number))


def chain(count: int) -> list[Record]:
    """Return the first records of a loan."""
    made: list[Record] = []
    for number in range(1, count + 1):
        previous = record_hash(made[-1].body()) if made else NO_RECORD
        made.append(record(number, previous=previous))
    return made


def batch(count: int = 3) -> SignedBatch:
    """Return a signed batch."""
    return make_batch(chain(count), batch="b-1", at=AT, signer=submitter_of(BANK))


def test_the_form_is_the_houses_canonical_json() -> None:
    one = record()
    assert one.body() == canonical_bytes(msgspec.to_builtins(one))
    assert read_record(one.body()) == one
    signed = batch()
    assert canonical_form(signed) == canonical_bytes(msgspec.json.decode(canonical_form(signed)))
    assert read_batch(canonical_form(signed)) == signed


def text(**changed: object) -> bytes:
    """Return a record's text with fields changed, canonical all the same."""
    fields = msgspec.to_builtins(record()) | changed
    return canonical_bytes({name: value for name, value in fields.items() if value is not None})


def document(name: str, commitment: str = "cd" * 32) -> dict[str, str]:
    """Return a document as a record writes it."""
    return {"name": name, "commitment": commitment}


OBJECTED = {"node": BUREAU, "reason": "late", "record": "ab" * 32, "verdict": "cd" * 32}
BAD: dict[str, bytes] = {
    "empty": b"",
    "no object": b"[]",
    "not text": b"\xff",
    "white space": record().body().replace(b":", b": ", 1),
    "a line feed after it": record().body() + b"\n",
    "keys in another order": b'{"v":1,' + record().body()[1:].replace(b',"v":1', b""),
    "a key twice": record().body().replace(b'"v":1', b'"v":1,"v":1'),
    "a field more": text(name="Zhang San"),
    "a field less": text(loan=None),
    "another version": text(v=2),
    "an unknown kind": text(kind="gift"),
    "a loan's number": text(loan="L-2026-0001"),
    "a hash with a line feed": text(loan="ab" * 32 + "\n"),
    "capitals in a hash": text(loan="AB" * 32),
    "sequence 0": text(sequence=0),
    "a first record with one before": text(previous="ab" * 32),
    "a second record with none before": text(sequence=2),
    "a float": record().body().replace(b'"sequence":1', b'"sequence":1.0'),
    "a day that is none": text(occurred_at="2026-02-30T00:00:00.000000Z"),
    "an hour of its own zone": text(occurred_at="2026-02-03T00:00:00.000000+08:00"),
    "free text as a document's name": text(documents=[document("Zhang San's agreement")]),
    "documents out of order": text(documents=[document("b"), document("a")]),
    "a document twice": text(documents=[document("a"), document("a", "ef" * 32)]),
    "too many documents": text(documents=[document(f"d{n:02}") for n in range(DOCUMENTS_MAX + 1)]),
    "an objection to nothing": text(kind="objection"),
    "a payout that objects": text(objection=OBJECTED),
    "a name with a plus": text(origin="bank+example"),
    "a name too long": text(origin="b" * 101),
    "null for what is absent": record().body().replace(b',"occurred_at"', b',"objection":null,"occurred_at"'),
    "deep": b"[" * 5_000,
}


@pytest.mark.parametrize("what", list(BAD))
def test_a_record_that_is_not_one_is_refused(what: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_record(BAD[what])
    assert refused.value.refusal in (Refusal.MALFORMED, Refusal.OVERSIZED)
    assert refused.value.as_record()["where"] == {"refusal": refused.value.refusal.value}


def test_the_largest_record_fits_and_a_larger_text_is_refused() -> None:
    full = msgspec.structs.replace(
        record(),
        documents=tuple(
            DocumentCommitment(commitment="ff" * 32, name=f"{'d' * 38}{n:02}") for n in range(DOCUMENTS_MAX)
        ),
        origin="o" * 100,
        submitter="s" * 100,
        sequence=2**53 - 1,
        previous="ab" * 32,
        kind=RecordKind.PARTY_CHANGE,
    )
    assert len(full.body()) < RECORD_BYTES_MAX
    assert read_record(full.body()) == full
    with pytest.raises(RefusedError, match="too large"):
        read_record(b" " * (RECORD_BYTES_MAX + 1))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_bit_of_a_batch_can_be_changed(at: int, bit: int) -> None:
    body = bytearray(canonical_form(batch()))
    body[at % len(body)] ^= 1 << bit
    with pytest.raises(EvidenceError):
        open_batch(read_batch(bytes(body)), submitters=SUBMITTERS)


def test_a_batch_is_opened() -> None:
    opened = open_batch(batch(), submitters=SUBMITTERS)
    assert [one.sequence for one in opened.records] == [1, 2, 3]
    assert [hash_.hex() for hash_ in opened.hashes] == [record_hash(one.body()) for one in chain(3)]
    assert (opened.at, opened.header.count, opened.hash) == (AT, 3, opened.header.hash)


def with_records(signed: SignedBatch, records: tuple[msgspec.Raw, ...]) -> SignedBatch:
    """Return a batch with other records under the same signature."""
    return msgspec.structs.replace(signed, records=records)


def test_records_dropped_added_or_moved_are_seen() -> None:
    signed = batch()
    for records in (
        signed.records[:2],
        (*signed.records, signed.records[0]),
        signed.records[::-1],
        (signed.records[0],) * 3,
    ):
        with pytest.raises(RefusedError):
            open_batch(with_records(signed, records), submitters=SUBMITTERS)


def test_who_may_not_submit_is_refused() -> None:
    with pytest.raises(RefusedError) as unknown:
        check_header(batch().signed_header, submitters=[submitter_of(BUREAU).verifier])
    assert unknown.value.refusal is Refusal.UNKNOWN_KEY
    forged = msgspec.structs.replace(batch(), signature=batch(2).signature)
    with pytest.raises(RefusedError) as wrong:
        open_batch(forged, submitters=SUBMITTERS)
    assert wrong.value.refusal is Refusal.WRONG_SIGNATURE


def test_a_batch_is_one_submitters_for_one_log_and_bounded() -> None:
    with pytest.raises(InputError):
        make_batch([], batch="b", at=AT, signer=submitter_of(BANK))
    with pytest.raises(InputError):
        make_batch(chain(1), batch="b", at=AT, signer=submitter_of(BUREAU))
    with pytest.raises(InputError):
        make_batch(chain(1) * 1_001, batch="b", at=AT, signer=submitter_of(BANK))
    with pytest.raises(RefusedError, match="too large"):
        read_batch(b" " * (BATCH_BYTES_MAX + 1))
    twice = make_batch(chain(1) * 2, batch="b", at=AT, signer=submitter_of(BANK))
    with pytest.raises(RefusedError, match="twice"):
        open_batch(twice, submitters=SUBMITTERS)


def verdict(*objections: Objection) -> Verdict:
    """Return a verdict of the bureau on a batch."""
    header = batch().header
    return Verdict(
        at=header.at,
        batch=header.batch,
        batch_hash=header.hash,
        kind="verdict",
        node=BUREAU,
        objections=objections,
        origin=BANK,
        size=0,
        v=1,
    )


def objection(index: int) -> Objection:
    """Return an objection to a record of the batch."""
    return Objection(index=index, loan="ab" * 32, reason="late", record=record_hash(chain(3)[index].body()))


def test_a_verdict_is_signed_and_read() -> None:
    judge = keys_of(BUREAU).judge
    signed = sign_verdict(verdict(objection(1)), signer=judge)
    check_verdict(signed, judges=[judge.verifier])
    assert read_verdict(canonical_form(signed)) == signed
    assert [signed.verdict.agrees(index) for index in range(3)] == [True, False, True]


@pytest.mark.parametrize(
    "objections",
    [(objection(1), objection(1)), (objection(2), objection(1))],
    ids=["one record twice", "out of order"],
)
def test_a_verdict_that_contradicts_itself_is_refused(objections: tuple[Objection, ...]) -> None:
    judge = keys_of(BUREAU).judge
    with pytest.raises(RefusedError):
        check_verdict(sign_verdict(verdict(*objections), signer=judge), judges=[judge.verifier])


def test_anothers_verdict_is_refused() -> None:
    signed = sign_verdict(verdict(), signer=keys_of(BANK).judge)
    with pytest.raises(RefusedError) as wrong:
        check_verdict(signed, judges=[keys_of(BUREAU).judge.verifier])
    assert wrong.value.refusal is Refusal.WRONG_SIGNATURE


def test_an_objections_record_follows_from_the_verdict_alone() -> None:
    given_ = verdict(objection(1))
    made = objection_record(given_, given_.objections[0], sequence=1, previous=NO_RECORD)
    assert read_record(made.body()) == made
    assert made.lane is Lane.OBJECTIONS
    assert (made.submitter, made.occurred_at, made.loan) == (BUREAU, given_.at, "ab" * 32)


def test_a_signature_has_one_text_and_any_other_is_refused_by_name() -> None:
    good = batch().signature
    assert len(signature_bytes(good)) == 64
    for bad in ("", "A", good[:-1], good + "\n", f" {good}", "A" * 85 + "B==", "A" * 44):
        with pytest.raises(RefusedError, match="not a signature"):
            signature_bytes(bad)


def test_instants_are_read_strictly() -> None:
    assert moment_from_text("2026-03-02T01:00:00.000000Z") == AT
    for bad in ("", "2026-03-02", "2026-03-02T25:00:00.000000Z", "2026-W10-1T01:00:00.0000Z"):
        with pytest.raises(RefusedError):
            moment_from_text(bad)
