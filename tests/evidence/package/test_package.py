"""A simulated loan's package: made, checked, compared; and what a cheating packager cannot do."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.evidence.package.loans import (
    BANK,
    FUND,
    NAMES,
    PARTNER,
    PAYMENT,
    World,
    core_of,
    keys_of,
    lived,
    packed,
    trusted_network,
)

from creditloop.evidence.package import (
    CODES,
    NO_CHALLENGE,
    Comparison,
    PackageContent,
    PackageReport,
    WithheldDocument,
    WithheldReason,
    build_package,
    compare_with_originals,
    verify_package,
)
from creditloop.evidence.package.archive import read_archive, write_archive
from creditloop.evidence.package.build import pack
from creditloop.evidence.signature import Ed25519Signer
from creditloop.kernel.errors import EvidenceError, InputError

NUMBER = "SIM-2026-0007"


@pytest.fixture
def world() -> World:
    made = World(7)
    lived(made, NUMBER, steps=4)
    return made


@pytest.fixture
def content(world: World) -> PackageContent:
    return world.content(NUMBER)


def packed_as(content: PackageContent) -> PackageReport:
    """What a reader finds in what a cheating packager packs."""
    return verify_package(pack(content, signer=core_of(BANK)), trusted_network())


def codes(report: PackageReport) -> set[str]:
    assert not report.holds
    return {problem.code for problem in report.problems}


def test_a_package_verifies_and_says_what_it_shows(content: PackageContent) -> None:
    file = build_package(content, signer=core_of(BANK))
    report = verify_package(file, trusted_network())
    assert report.holds and report.problems == ()
    steps = [one for one in report.records if one.record.origin == BANK and one.record.documents]
    assert [one.record.sequence for one in steps] == [1, 2, 3, 4]
    others = {name for name in NAMES if name != BANK}
    assert [set(one.agreed) for one in steps] == [others, others, others - {FUND}, others]
    assert all(one.index is not None and one.seen_at is not None for one in report.records)
    objections = [one.record.objection for one in report.records if one.record.objection]
    assert [one.node for one in objections] == [FUND, FUND, PARTNER]
    assert [one.record.origin for one in report.records].count(PAYMENT) == 1
    assert len(report.documents) == 6 and all(one.holds for one in report.documents)
    assert [end.node for end in report.ends] == sorted(NAMES)
    assert NUMBER in report.verdict_zh() and "核验通过" in report.verdict_zh()
    assert "a newer package may exist" in report.verdict_en()


def test_the_same_content_gives_the_same_bytes(content: PackageContent) -> None:
    shuffled = replace(
        content,
        documents=list(reversed(content.documents)),
        ends=list(reversed(content.ends)),
        logs=list(reversed(content.logs)),
    )
    assert build_package(content, signer=core_of(BANK)) == build_package(shuffled, signer=core_of(BANK))


def test_one_node_may_be_down_and_one_silent(world: World) -> None:
    witnesses = {name: [other for other in NAMES if other != name][:3] for name in NAMES}
    file = build_package(
        world.content(NUMBER, witnesses=witnesses, nodes=NAMES[1:]), signer=keys_of(PARTNER).judge
    )
    assert verify_package(file, trusted_network()).holds


def test_the_last_record_cannot_be_left_out(content: PackageContent) -> None:
    """A chain without gaps up to 3 of 4 is just as whole in itself: the nodes' statements show the rest."""
    logs = list(content.logs)
    (at,) = [place for place, log in enumerate(logs) if log.origin == BANK]
    last = logs[at].steps[-1]
    assert last.share is not None
    kept = [one for one in logs[at].verdicts if one.verdict.batch_hash != last.share.header.hash]
    logs[at] = replace(logs[at], steps=logs[at].steps[:-1], verdicts=kept)
    documents = [
        one for one in content.documents if (one.committed[0].origin, one.committed[0].sequence) != (BANK, 4)
    ]
    report = packed_as(replace(content, logs=logs, documents=documents))
    assert codes(report) == {"end_differs", "ends_too_few"}
    assert [problem.record for problem in report.problems][:5] == [f"{BANK} steps"] * 5
    assert "states 4, here 3" in report.problems[0].detail


def test_a_whole_log_cannot_be_left_out(content: PackageContent) -> None:
    logs = [log for log in content.logs if log.origin != PAYMENT]
    documents = [one for one in content.documents if one.committed[0].origin != PAYMENT]
    report = packed_as(replace(content, logs=logs, documents=documents))
    assert codes(report) == {"end_differs", "ends_too_few"}


def test_an_objection_cannot_be_left_out_with_its_verdict(content: PackageContent) -> None:
    log = next(log for log in content.logs if log.origin == BANK)
    rest = [one for one in content.logs if one is not log]
    bare = replace(log, objections=[], verdicts=[one for one in log.verdicts if not one.verdict.objections])
    assert codes(packed_as(replace(content, logs=[bare, *rest]))) == {"end_differs", "ends_too_few"}
    only_records = replace(log, objections=[])
    assert "objection_missing" in codes(packed_as(replace(content, logs=[only_records, *rest])))


def test_an_older_package_is_whole_as_of_its_time_and_stale_to_who_asks(world: World) -> None:
    older = build_package(world.content(NUMBER), signer=core_of(BANK))
    asked_at = world.now + timedelta(hours=1)
    challenge = hashlib.sha256(b"the court's").hexdigest()
    world.step(NUMBER)
    newer = build_package(world.content(NUMBER, challenge=challenge), signer=core_of(BANK))
    assert verify_package(older, trusted_network()).holds
    assert codes(verify_package(older, trusted_network(), ends_not_before=asked_at)) == {"end_stale"}
    assert codes(verify_package(older, trusted_network(), challenge=challenge)) == {"end_stale"}
    report = verify_package(newer, trusted_network(), ends_not_before=asked_at, challenge=challenge)
    assert report.holds and "newer" not in report.verdict_en()


def test_documents_are_those_committed_to_or_listed_as_withheld(content: PackageContent) -> None:
    first, *rest = content.documents
    changed = replace(first, body=first.body + b" ")
    assert codes(packed_as(replace(content, documents=[changed, *rest]))) == {"document_uncommitted"}
    assert codes(packed_as(replace(content, documents=rest))) == {"document_unaccounted"}
    by = first.committed[0]
    listed = WithheldDocument(
        origin=by.origin, sequence=by.sequence, name=by.name, reason=WithheldReason.DESTROYED
    )
    report = packed_as(replace(content, documents=rest, withheld=[listed]))
    assert report.holds
    assert "1 份文件未附" in report.verdict_zh() and "1 documents are withheld" in report.verdict_en()
    assert codes(packed_as(replace(content, withheld=[listed]))) == {"document_unaccounted"}


def test_who_may_pack_is_a_party_of_the_readers_network(content: PackageContent) -> None:
    stranger = Ed25519Signer(core_of(BANK).name, b"\1" * 32)
    with pytest.raises(EvidenceError, match="would not verify"):
        build_package(content, signer=stranger)
    report = verify_package(pack(content, signer=stranger), trusted_network())
    assert codes(report) == {"manifest_signature"}


def test_cosignatures_from_the_future_are_refused_to_who_says_what_time_it_is(world: World) -> None:
    file = build_package(world.content(NUMBER), signer=core_of(BANK))
    assert verify_package(file, trusted_network(), not_after=world.now + timedelta(minutes=1)).holds
    report = verify_package(file, trusted_network(), not_after=world.now - timedelta(minutes=1))
    assert codes(report) == {"proof_fails"}


def test_a_broken_file_is_told_and_not_raised() -> None:
    for file in (b"", b"PK", packed()[:-1], packed()[:5_000]):
        report = verify_package(file, trusted_network())
        assert codes(report) == {"archive_malformed"} and report.manifest is None
        assert "核验未通过" in report.verdict_zh() and "Does not verify" in report.verdict_en()


def test_what_the_reader_asks_must_be_possible() -> None:
    for challenge in ("", "x", "A" * 64, "1" * 63):
        with pytest.raises(InputError, match="not a challenge"):
            verify_package(packed(), trusted_network(), challenge=challenge)


def test_what_statements_hold_unasked_is_no_challenge() -> None:
    """Any old package would answer it, and be told to be new."""
    with pytest.raises(InputError, match="not a challenge"):
        verify_package(packed(), trusted_network(), challenge=NO_CHALLENGE)


def test_content_without_form_is_refused(content: PackageContent) -> None:
    first, *rest = content.documents
    with pytest.raises(InputError, match="not a file's name"):
        pack(replace(content, documents=[replace(first, file_name="../a.pdf"), *rest]), signer=core_of(BANK))
    with pytest.raises(InputError, match="two files of one name"):
        pack(replace(content, documents=[first, first]), signer=core_of(BANK))
    with pytest.raises(InputError, match="nodes' statements"):
        pack(replace(content, ends=[]), signer=core_of(BANK))


def test_a_builder_hands_out_nothing_that_does_not_verify(content: PackageContent) -> None:
    with pytest.raises(EvidenceError, match="would not verify") as raised:
        build_package(replace(content, documents=content.documents[1:]), signer=core_of(BANK))
    assert "document_unaccounted" in str(raised.value.got)


def test_documents_are_compared_with_the_originals(content: PackageContent) -> None:
    file = build_package(content, signer=core_of(BANK))
    originals = {one.file_name: one.body for one in content.documents}
    assert {one.result for one in compare_with_originals(file, originals)} == {Comparison.SAME}
    first, second, *_ = sorted(originals)
    originals[first] = originals[first][:30] + b"!" + originals[first][31:]
    del originals[second]
    originals["more.pdf"] = b"more"
    told = {one.file: one for one in compare_with_originals(file, originals)}
    assert (told[first].result, told[first].first_difference) == (Comparison.DIFFERENT, 30)
    assert told[second].result is Comparison.NO_ORIGINAL
    assert told["more.pdf"].result is Comparison.NOT_IN_PACKAGE
    assert [one.result for one in told.values()].count(Comparison.SAME) == len(content.documents) - 2
    with pytest.raises(EvidenceError):
        compare_with_originals(b"no package", originals)


def test_a_document_that_is_listed_and_missing_is_not_an_empty_original() -> None:
    members = read_archive(packed())
    path = next(path for path in members if path.startswith("documents/"))
    del members[path]
    (told, *_) = compare_with_originals(write_archive(members), {path.removeprefix("documents/"): b""})
    assert (told.result, told.first_difference) == (Comparison.NOT_IN_PACKAGE, None)


def test_nothing_of_another_loan_is_in_a_package(world: World, content: PackageContent) -> None:
    """Batches and logs hold other loans' records: a package holds hashes of them only."""
    file = build_package(content, signer=core_of(BANK))
    assert world.loan("another").encode() not in file
    assert world.loan(NUMBER).encode() in file


def test_the_index_tells_every_record_and_document(content: PackageContent) -> None:
    members = read_archive(build_package(content, signer=core_of(BANK)))
    index, manifest = members["index.txt"].decode(), json.loads(members["manifest.json"])
    for path in members:
        if path.startswith("documents/") or (path.startswith("logs/") and path.count("/") == 3):
            plain = path.endswith(".json") and not path.endswith(".batch.json") and "verdicts" not in path
            assert (path in index) or not (plain or path.startswith("documents/"))
    assert manifest["completeness"]["proven_zh"] in index
    assert manifest["completeness"]["not_proven_en"] in index
    assert "异议 objection  fund.example: limit_exceeded" in index


def test_every_code_is_said_in_words() -> None:
    assert all(meaning.strip() and meaning == meaning.rstrip(".") for meaning in CODES.values())
