import pytest
from tests.risk.boosting.boosted_sample import growth, settings

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk.boosting import boost_settings_from_node

TEXT = """\
folds: 3
rounds_max: 150
pairs_max: 3
prebins_max: 16
decimals: 2
bands_max: 8
share_min: 0.02
score_at: 600
odds_at: 20
points_to_double_odds: 20
seed: 5
growths:
  - name: keen
    leaves: 4
    learning_rate: 0.1
    feature_share: 0.8
    row_share: 0.8
    ridge: 1.0
    rows_min: 10
    weight_min: 0.1
crossing:
  mains:
    name: crosswise
    leaves: 2
    learning_rate: 0.1
    feature_share: 0.8
    row_share: 0.8
    ridge: 1.0
    rows_min: 10
    weight_min: 0.1
  pairs_max: 4
  bins: 8
  learning_rate: 0.2
  ridge: 0.001
  weight_min: 1.0
  rounds_max: 60
  patience: 5
source: {title: "a choice of these tests"}
"""


def read(text):
    return boost_settings_from_node(parse_document(text, path="boost.yaml").root)


def test_settings_are_read():
    assert read(TEXT) == settings()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("folds: 3", "folds: 1", "out of range"),
        ("rows_min: 10", "rows_min: 0", "out of range"),
        ("learning_rate: 0.1", "learning_rate: 1.5", "learning_rate of the growth keen"),
        ("    ridge: 1.0\n", "", "ridge"),
        ("seed: 5", "seed: 5\nmore: 1", "unknown key"),
        ("share_min: 0.02", "share_min: 0.7", "out of range"),
        ("    leaves: 2", "    leaves: 3", "trees of one split"),
        ("  bins: 8", "  bins: 1", "out of range"),
        ("  ridge: 0.001", "  ridge: 0.0", "ridge of the crossing"),
    ],
)
def test_what_cannot_be_is_named(old, new, words):
    with pytest.raises((PolicyError, InputError), match=words):
        read(TEXT.replace(old, new))


def test_growths_have_names_of_their_own():
    with pytest.raises(InputError, match="each by its own name"):
        settings(growths=(growth(), growth()))
    with pytest.raises(InputError, match="each by its own name"):
        settings(growths=())
