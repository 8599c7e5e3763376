"""A record of every kind in a package: told in both languages, and missed by its kind if it is not there."""

from dataclasses import replace

from conformance.package import verify as standalone
from tests.evidence.package.loans import BANK, World, core_of, trusted_network

from creditloop.evidence.network import RecordKind
from creditloop.evidence.package import build_package, verify_package
from creditloop.evidence.package.archive import read_archive
from creditloop.evidence.package.build import pack
from creditloop.service.packaging.words import RECORD_KINDS

NUMBER = "SIM-2026-0011"
KINDS = [kind for kind in RecordKind if kind is not RecordKind.OBJECTION]
FIRST = {
    "agreement": "借款合同",
    "break_glass": "应急放行",
    "contact": "催收联系",
    "decision": "审批决定",
    "key_change": "密钥变更",
    "overdue": "逾期",
    "party_change": "参与方变更",
    "payout": "放款",
    "repayment": "还款",
    "statement": "对账单",
    "write_off": "核销",
}
"""The words of the kinds there were first; packages made then have them in an index that is compared."""


def lived_all() -> World:
    world = World(11)
    for kind in KINDS:
        world.step(NUMBER, kind=kind)
    return world


def test_every_kind_is_packed_checked_and_told() -> None:
    file = build_package(lived_all().content(NUMBER), signer=core_of(BANK))
    report = verify_package(file, trusted_network())
    assert report.holds
    assert [one.record.kind for one in report.records] == KINDS
    assert standalone.verify(file, trusted_network().text()) == []
    index = read_archive(file)["index.txt"].decode()
    words = {
        parts[3]: parts[2] for parts in map(str.split, index.splitlines()) if parts[4:] and parts[0].isdigit()
    }
    assert set(words) == {kind.value for kind in KINDS} <= set(RECORD_KINDS)
    assert {kind: words[kind] for kind in FIRST} == FIRST
    assert len(set(words.values())) == len(KINDS)


def test_a_record_of_any_kind_that_is_left_out_at_the_end_is_missed() -> None:
    content = lived_all().content(NUMBER)
    for last in range(len(KINDS) - 8, len(KINDS)):
        logs = [
            replace(log, steps=log.steps[:last], verdicts=()) if log.origin == BANK else log
            for log in content.logs
        ]
        documents = [one for one in content.documents if one.committed[0].sequence <= last]
        cheated = pack(replace(content, logs=logs, documents=documents), signer=core_of(BANK))
        report = verify_package(cheated, trusted_network())
        assert "end_differs" in {problem.code for problem in report.problems}, KINDS[last]
