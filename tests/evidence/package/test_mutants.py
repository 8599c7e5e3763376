"""2,000 spoilt packages in 27 ways: ours and the standalone verifier miss none (100,000: `mutants`)."""

from collections.abc import Sequence
from importlib import import_module

import pytest
from tests.evidence.package import mutants
from tests.evidence.package.loans import packed, trusted_network

from creditloop.evidence.package import SignedLoanEnd, verify_package
from creditloop.evidence.package.loan_end import check_loan_end
from creditloop.evidence.signature import Verifier

COUNT = 1_000
STANDALONE = 540


@pytest.mark.parametrize("part", range(4))
def test_no_spoilt_package_verifies_and_what_is_spoilt_is_named(part: int) -> None:
    seeds = range(part, COUNT, 4)
    assert [said for seed in seeds if (said := mutants.missed(seed))] == []


def test_the_standalone_verifier_misses_none_either() -> None:
    assert [said for seed in range(STANDALONE) if (said := mutants.missed_standalone(seed))] == []


def test_every_way_is_tried_on_every_case_and_the_unspoilt_hold() -> None:
    assert 3 * len(mutants.WAYS) <= COUNT
    for seed in (1, 2, 3):
        one = mutants.case(seed)
        for file in (one.file, one.older, one.other):
            assert verify_package(file, trusted_network()).holds


def test_a_miss_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A campaign that cannot fail shows nothing: here a mutant is the package itself."""
    good = mutants.Mutant(packed())
    monkeypatch.setattr(mutants, "mutant", lambda seed: ("none", good, mutants.case()))
    assert mutants.missed(0) == "none 0: verifies"
    assert mutants.missed_standalone(0) == "none 0: the standalone verifier accepts"


@pytest.mark.parametrize(
    ("module", "check", "way"),
    [
        ("check_ends", "_check_fresh", "older_replayed"),
        ("check_records", "check_inclusion", "evidence_edited"),
        ("check_records", "check_share", "evidence_edited"),
        ("check_records", "check_tidy", "signatures_padded"),
        ("check_records", "check_verdict", "evidence_edited"),
        ("read", "_check_files", "member_edited"),
        ("read", "_check_network", "other_network"),
        ("read", "_check_signature", "relisted_by_a_stranger"),
        ("read", "_check_words", "manifest_lies"),
        ("verify", "_check_index", "evidence_edited"),
        ("verify", "check_documents", "evidence_exchanged"),
        ("verify", "check_log_ends", "record_left_out"),
    ],
)
def test_each_check_is_needed(monkeypatch: pytest.MonkeyPatch, module: str, check: str, way: str) -> None:
    """Without any one of the checks some mutant verifies: none of them is there in vain."""
    place = import_module(f"creditloop.evidence.package.{module}")
    nothing = [] if check == "check_documents" else None
    mutants.case(1), mutants.case(2), mutants.case(3)
    monkeypatch.setattr(place, check, lambda *given, **named: nothing)
    first, step = list(mutants.WAYS).index(way), len(mutants.WAYS)
    assert any("verifies" in mutants.missed(seed) for seed in range(first, first + 1_500 * step, step))


def test_the_signatures_under_the_ends_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Believing:
        def __init__(self, key: Verifier) -> None:
            self.name = key.name

        def verify(self, message: bytes, signature: bytes) -> bool:
            return True

    def believing(signed: SignedLoanEnd, *, judges: Sequence[Verifier], origins: tuple[str, ...]) -> None:
        check_loan_end(signed, judges=list(map(Believing, judges)), origins=origins)  # type: ignore[arg-type]

    monkeypatch.setattr("creditloop.evidence.package.check_ends.check_loan_end", believing)
    first, step = list(mutants.WAYS).index("evidence_edited"), len(mutants.WAYS)
    assert any("verifies" in mutants.missed(seed) for seed in range(first, first + 1_500 * step, step))
