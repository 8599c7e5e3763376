"""Documents of portraits, kept as read: worked out once for the same texts, anew for any other."""

import shutil
from pathlib import Path

import pytest
from tests.data.derived.derived_documents import SMALL as DERIVED
from tests.data.portraits.portrait_documents import SMALL as PORTRAIT
from tests.service.small_bank import REPOSITORY

from creditloop.data.portraits import PortraitDefinition
from creditloop.kernel.errors import CreditloopError
from creditloop.service.places import Places
from creditloop.service.portraying import PortraitDocuments

PATH = "features/portraits/small.yaml"
SOURCES = ("parties", "invoices", "tax_filings")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A bank's folder with one portrait, and what it names."""
    for name in ("contracts", "features/derived_windows"):
        (tmp_path / name).mkdir(parents=True)
        for source in SOURCES:
            shutil.copy(REPOSITORY / name / f"{source}.yaml", tmp_path / name)
    (tmp_path / "features/portraits").mkdir()
    (tmp_path / "features/small.yaml").write_text(DERIVED, "utf-8")
    (tmp_path / PATH).write_text(PORTRAIT, "utf-8")
    return Places(documents=tmp_path, state=tmp_path / "state", environment={})


def portrait(places: Places) -> PortraitDefinition:
    """Read it as a request of its own does."""
    return PortraitDocuments(places).portrait(PATH)


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_the_same_texts_are_worked_out_once(places: Places) -> None:
    assert portrait(places) is portrait(places)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (PATH, "points: 120", "points: 121"),
        ("features/small.yaml", "source: {title: this test}", "source: {title: that test}"),
        ("features/derived_windows/invoices.yaml", "called:", "called: "),
        ("contracts/invoices.yaml", "version: ", "version: 1"),
    ],
)
def test_any_other_text_it_depends_on_is_seen_at_once(places: Places, path: str, old: str, new: str) -> None:
    before = portrait(places)
    file = places.documents / path
    kept = file.read_text("utf-8")
    change(file, old, new)
    assert portrait(places) is not before
    file.write_text(kept, "utf-8")
    assert portrait(places) is before


def test_a_document_that_became_wrong_is_refused(places: Places) -> None:
    assert portrait(places).name == "small"
    change(places.documents / "features/small.yaml", "inputs:", "numbers:")
    for _ in range(2):
        with pytest.raises(CreditloopError, match="inputs"):
            portrait(places)
