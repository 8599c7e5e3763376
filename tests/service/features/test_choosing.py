"""What is in production is computed, not the file somebody edits; who names a file gets the file."""

from pathlib import Path

import pytest
from tests.service.features.test_publishing import DOCUMENT, document

from creditloop.kernel.errors import InputError
from creditloop.service.bank import Bank
from creditloop.service.features import chosen_features, publish_features


def test_what_is_published_is_chosen_before_the_file_unless_the_file_is_named(small_bank: Bank) -> None:
    file = document(small_bank)
    with small_bank.work() as work:
        (draft,) = chosen_features(work)
        assert draft.version is None
        published = publish_features(work, file=file, by="x", parties=10, simulated=True)
        (named,) = chosen_features(work, paths=[Path(DOCUMENT)])
        assert named.version == published, "the file is what was published"
    text = file.read_text("utf-8")
    file.write_text(text.replace("days: [31, 62, 92, 184]", "days: [31, 62, 92, 183]"), "utf-8")
    other = file.with_name("other_windows.yaml")
    other.write_text(text.replace("window_features: card", "window_features: other"), "utf-8")
    with small_bank.work() as work:
        live, untouched = chosen_features(work)
        assert (live.features.hash, live.version) == (published.document_hash, published)
        assert live.contract.document.hash == published.contract_hash
        assert (untouched.features.name, untouched.version) == ("other", None)
        (edited,) = chosen_features(work, paths=[Path(DOCUMENT)])
        assert edited.version is None
        assert "card_max_late_183d" in {feature.name for feature in edited.features.features}
    for path in (file, other):
        path.unlink()
    with small_bank.work() as work:
        (kept,) = chosen_features(work)
        assert kept.version == published, "what is in production does not go with its file"


def test_a_bank_without_documents_has_nothing_to_choose_from(small_bank: Bank) -> None:
    for path in (small_bank.places.documents / "features").glob("*.yaml"):
        path.unlink()
    with small_bank.work() as work, pytest.raises(InputError, match="no documents of window features"):
        list(chosen_features(work))
