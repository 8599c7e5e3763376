import numpy as np
import pytest

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk.fusion import Fusion, SourceWeights, fusion_text, read_fusion

NANO = 10**9
FUSION = Fusion(
    sources=("bureau", "application"),
    sets=(
        SourceWeights(
            sources=("bureau", "application"),
            intercept_nano=-125_000_000,
            weights_nano=(810_000_000, 300_000_000),
            rows=900,
        ),
        SourceWeights(sources=("bureau",), intercept_nano=0, weights_nano=(NANO,), rows=950),
        SourceWeights(sources=("application",), intercept_nano=20_000_000, weights_nano=(0,), rows=1_000),
    ),
)
TITLE = {"zh": "融合", "en": "Fusion"}
LEARNERS = {"bureau": "a1", "application": "b2"}


def text():
    return fusion_text(FUSION, name="loan_fusion", title=TITLE, learners=LEARNERS)


def read(words):
    return read_fusion(parse_document(words, path="fusion.yaml"))


def test_what_is_written_is_read_back():
    found = read(text())
    assert found.fusion == FUSION
    assert found.learners == LEARNERS
    assert (found.name, found.title_zh, found.title_en) == ("loan_fusion", "融合", "Fusion")
    assert len(found.hash) == 64


def test_what_is_read_answers_alike():
    given = {"bureau": np.array([1.0, np.nan]), "application": np.array([2.0, 2.0])}
    assert read(text()).fusion.log_odds(given).tolist() == FUSION.log_odds(given).tolist()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("given: [bureau, application]", "given: [application, bureau]", "in the order of the learners"),
        ("given: [application]", "given: [tax]", "not one of the words"),
        ("weights: [1.0]", "weights: [1.0, 2.0]", "a weight for each source"),
        ("weights: [1.0]", "weights: [-1.0]", "none negative"),
        ("given: [application]", "given: [bureau]", "each once, larger ones first"),
        ("rows: 950", "rows: 0", "out of range"),
        ("{source: application,", "{source: bureau,", "one learner"),
        ("weights:\n", "weight:\n", "weights"),
    ],
)
def test_a_broken_document_is_named(old, new, words):
    broken = text().replace(old, new, 1)
    assert broken != text()
    with pytest.raises(PolicyError, match=words):
        read(broken)


def test_learners_are_those_of_the_sources():
    with pytest.raises(InputError, match="one learner a source"):
        fusion_text(FUSION, name="x", title=TITLE, learners={"bureau": "a1"})
    with pytest.raises(InputError, match="both languages"):
        fusion_text(FUSION, name="x", title={"zh": "融合"}, learners=LEARNERS)
