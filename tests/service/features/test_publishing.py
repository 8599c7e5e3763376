"""From a document to production: proven, sealed, read from the archive, refused where it does not hold."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.service.people import let_in
from tests.service.small_bank import CONTRACT

from creditloop.data.windows import WindowFeatureSet, WindowProof, prove_windows
from creditloop.kernel.errors import ConflictingRepeat, PolicyError
from creditloop.service.bank import Bank
from creditloop.service.doors import NotAllowed
from creditloop.service.features import live_features, publish_features, publishing

REPOSITORY = Path(__file__).parents[3]
DOCUMENT = "features/card_statement_windows.yaml"


def document(bank: Bank) -> Path:
    """Put the document of card statements among the bank's; its contract is the bank's own small one."""
    text = (REPOSITORY / DOCUMENT).read_text("utf-8")
    file = bank.places.documents / DOCUMENT
    file.write_text(text.replace("contract: taiwan_cards", f"contract: {CONTRACT}"), "utf-8")
    return file


def test_a_document_is_published_sealed_and_read_from_the_archive(small_bank: Bank) -> None:
    let_in(small_bank, "modeller_a", "modeller")
    let_in(small_bank, "reader_a", "auditor")
    file = document(small_bank)
    with small_bank.work() as work:
        assert live_features(work).sets == ()
        first = publish_features(work, file=file, by="modeller_a", parties=10)
    assert (first.document, first.version_no, first.features) == ("card", 1, 66)
    assert small_bank.verify().problems == ()
    text = file.read_text("utf-8")
    file.write_text(text.replace("days: [31, 62, 92, 184]", "days: [31, 62, 92, 183]"), "utf-8")
    with small_bank.work() as work:
        (live,) = live_features(work).sets
        assert live.hash == first.document_hash, "an edited file changes nothing"
        with pytest.raises(NotAllowed):
            publish_features(work, file=file, by="reader_a", parties=10)
        second = publish_features(work, file=file, by="modeller_a", parties=10)
    assert second.version_no == 2
    file.write_text(text, "utf-8")
    with small_bank.work() as work:
        assert publish_features(work, file=file, by="modeller_a") == first, "a repeat finds the first"
        with pytest.raises(ConflictingRepeat):
            publish_features(work, file=file, by="made_up", simulated=True)
        (live,) = live_features(work).sets
        assert "card_max_late_183d" in {feature.name for feature in live.features}


def test_what_does_not_hold_or_takes_anothers_names_is_refused(
    small_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    def differing(features: WindowFeatureSet, *, parties: int, seed: int) -> WindowProof:
        return replace(prove_windows(features, parties=parties, seed=seed), differences=7)

    file = document(small_bank)
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "prove_windows", differing)
        with pytest.raises(PolicyError, match="does not hold"), small_bank.work() as work:
            publish_features(work, file=file, by="x", parties=10, simulated=True)
    with small_bank.work() as work:
        assert live_features(work).sets == ()


def test_a_name_of_another_document_in_production_is_refused(small_bank: Bank) -> None:
    file = document(small_bank)
    text = file.read_text("utf-8")
    file.write_text(text.replace("  late: {", "  count: {").replace("of: [late]", "of: [count]"), "utf-8")
    other = file.with_name("other_windows.yaml")
    other.write_text(text.replace("window_features: card", "window_features: card_max"), "utf-8")
    with small_bank.work() as work:
        publish_features(work, file=file, by="x", parties=10, simulated=True)
    with pytest.raises(PolicyError, match="name is in two documents") as raised, small_bank.work() as work:
        publish_features(work, file=other, by="x", parties=10, simulated=True)
    assert raised.value.got == "card_max_count_31d"
