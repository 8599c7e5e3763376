"""Any loan that lived on the network packs and verifies, by both verifiers; hostile manifests end soon."""

import json
import time
from random import Random

import pytest
from conformance.package import verify as standalone
from tests.evidence.package import mutants
from tests.evidence.package.loans import (
    BANK,
    FUND,
    NAMES,
    PARTNER,
    World,
    core_of,
    packed,
    trusted_network,
)

from creditloop.evidence.package import (
    Comparison,
    WithheldDocument,
    WithheldReason,
    build_package,
    compare_with_originals,
    verify_package,
)
from creditloop.evidence.package.archive import read_archive, write_archive
from creditloop.evidence.package.content import PackageContent

NUMBER = "SIM-ANY-1"


def random_content(seed: int) -> PackageContent:
    """A loan of any length on any of the logs, objected to now and then, some documents withheld."""
    random, world = Random(seed), World(seed)
    world.loan(NUMBER)
    world.documents[NUMBER] = []
    for _ in range(random.randrange(0, 9)):
        origin = random.choice([BANK, BANK, *NAMES])
        others = [name for name in NAMES if name != origin]
        against = dict.fromkeys(random.sample(others, random.choice([0, 0, 1, 2, 4])), "limit_exceeded")
        world.step(NUMBER, origin=origin, against=against, documents=random.randrange(4))
    silent = random.choice([None, *NAMES])
    witnesses = {
        name: random.sample([one for one in NAMES if one != name], random.choice([3, 4])) for name in NAMES
    }
    content = world.content(NUMBER, witnesses=witnesses, nodes=[name for name in NAMES if name != silent])
    documents, withheld = [], []
    for document in content.documents:
        if random.random() < 0.8:
            documents.append(document)
            continue
        by, reason = document.committed[0], random.choice(list(WithheldReason))
        withheld.append(WithheldDocument(origin=by.origin, sequence=by.sequence, name=by.name, reason=reason))
    fields = {name: getattr(content, name) for name in PackageContent.__slots__}
    return PackageContent(**{**fields, "documents": documents, "withheld": withheld})


@pytest.mark.parametrize("part", range(4))
def test_any_loan_packs_and_verifies_by_both(part: int) -> None:
    for seed in range(part, 80, 4):
        content = random_content(seed)
        file = build_package(content, signer=core_of(BANK))
        report = verify_package(file, trusted_network())
        assert report.holds, seed
        assert standalone.verify(file, trusted_network().text()) == [], seed
        assert len(report.records) == sum(len(log.steps) + len(log.objections) for log in content.logs)
        originals = {one.file_name: one.body for one in content.documents}
        told = compare_with_originals(file, originals)
        assert [one.result for one in told] == [Comparison.SAME] * len(originals)


def test_loans_of_the_campaign_have_what_is_to_be_found() -> None:
    """Empty loans, refused records, withheld documents and silent nodes all occur among them."""
    contents = [random_content(seed) for seed in range(80)]
    assert any(not any(log.steps for log in one.logs) for one in contents)
    assert any(log.objections and not log.steps for one in contents for log in one.logs)
    assert sum(len(one.withheld) for one in contents) > 20
    assert {len(one.ends) for one in contents} == {4, 5}
    nodes = {signed.verdict.node for one in contents for log in one.logs for signed in log.verdicts}
    assert {FUND, PARTNER} <= nodes


@pytest.mark.parametrize(
    "way", ["sequence", "verdicts", "logs", "commitments", "documents", "statements", "deep", "files"]
)
def test_a_manifest_that_asks_for_endless_work_is_refused_soon(way: str) -> None:
    members, manifest = mutants.opened(packed())
    whole: dict = manifest["completeness"]  # type: ignore[assignment]
    if way == "sequence":
        whole["logs"][0]["steps"]["sequence"] = 2**53 - 1
    elif way == "verdicts":
        whole["logs"][0]["verdicts"] = 2**53 - 1
    elif way == "logs":
        whole["logs"] = [whole["logs"][0]] * 10_000
    elif way == "commitments":
        by = manifest["documents"][0]["committed"][0]  # type: ignore[index]
        manifest["documents"][0]["committed"] = [{**by, "sequence": at} for at in range(1, 10_000)]  # type: ignore[index]
    elif way == "documents":
        one = manifest["documents"][0]  # type: ignore[index]
        members[one["path"]] = b"0" * 3_000_000
        manifest["documents"] = [{**one, "committed": one["committed"] * 16}] * 300
    elif way == "statements":
        whole["stated_by"] = [f"node-{number:06d}" for number in range(50_000)]
    elif way == "files":
        members["aids/index.pdf"] = b"0" * 1_000_000
    body = mutants.listed(members, manifest)
    if way == "deep":
        body = b"[" * 100_000
    if way == "files":
        listed = json.loads(body)
        (aid,) = [one for one in listed["files"] if one["path"] == "aids/index.pdf"]
        body = mutants.canonical_bytes({**listed, "files": [aid] * 20_000})
    signature = mutants.signature_text(core_of(BANK).sign(body)).encode()
    file = write_archive({**members, "manifest.json": body, "manifest.sig": signature})
    for judge in (
        lambda: verify_package(file, trusted_network()).holds,
        lambda: not standalone.verify(file, trusted_network().text()),
    ):
        began = time.process_time()
        assert not judge()
        assert time.process_time() - began < 3


def test_the_members_of_a_package_are_read_back_whole() -> None:
    assert write_archive(read_archive(packed())) == packed()
