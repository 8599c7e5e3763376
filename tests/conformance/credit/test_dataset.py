from pathlib import Path

import polars as pl
import pytest
from conformance.credit.dataset import load_sample, read_description
from tests.conformance.credit.described_sets import DESCRIPTION, written

from creditloop.formula import Kind

SETS = Path(__file__).parents[3] / "conformance" / "credit" / "sets"


@pytest.fixture
def sample(tmp_path):
    return load_sample(read_description(written(tmp_path)))


def test_columns_become_features_of_their_kind(sample):
    kinds = {feature.name: feature.kind for feature in sample.features}
    assert kinds["times_late"] is Kind.INTEGER
    assert kinds["use"] is Kind.NANO
    assert kinds["word"] is Kind.TEXT
    assert {feature.name: feature.special for feature in sample.features}["times_late"] == (98,)


def test_numbers_are_kept_exactly_in_nano(tmp_path):
    table = pl.DataFrame({"outcome": [0, 1, 0], "ratio": [0.25, -1.5, None], "whole": [3.0, 4.0, -5.0]})
    text = 'name: small\ndata: drawn.parquet\ntarget: outcome\nbad: "1"\n'
    found = load_sample(read_description(written(tmp_path, table=table, text=text)))
    assert found.frame.to_dict(as_series=False) == {
        "ratio": [250_000_000, -1_500_000_000, None],
        "whole": [3, 4, -5],
    }


def test_a_column_named_like_a_word_of_the_language_is_a_feature_of_another_name(tmp_path):
    table = pl.DataFrame({"outcome": [0, 1, 0], "date": [1, 2, 3], "if": [4, 5, 6], "column_if": [7, 8, 9]})
    text = 'name: small\ndata: drawn.parquet\ntarget: outcome\nbad: "1"\n'
    found = load_sample(read_description(written(tmp_path, table=table, text=text)))
    assert found.frame.columns == ["column_date", "column_if", "column_if_2"]


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("name", sorted(file.name for file in SETS.glob("*.yaml")))
def test_every_described_set_is_read(name):
    assert load_sample(read_description(SETS / name)).bad.sum() > 0


def test_what_no_model_may_read_is_no_feature(sample):
    assert not {"row", "outcome", "sex"} & set(sample.frame.columns)
    assert sample.protected.columns == ["sex", "age"]


def test_sources_hold_features_by_their_names(sample):
    assert sample.sources == {"bank": ("times_late", "use"), "bureau": ("asked", "age")}


def test_values_too_great_for_nano_are_kept_coarser_and_noted(sample):
    assert any(note.startswith("infinite: values to") for note in sample.notes)
    assert sample.frame["infinite"].abs().max() < 2**63


def test_bad_may_be_several_values_or_a_bound(tmp_path):
    several = DESCRIPTION.replace("bad: 1", "bad: [1, 2]")
    above = DESCRIPTION.replace("bad: 1", 'bad: {above: "0.5"}')
    found = [load_sample(read_description(written(tmp_path, text=text))).bad for text in (several, above)]
    assert (found[0] == found[1]).all()


def test_names_alike_are_told_apart(tmp_path):
    table = pl.DataFrame({"outcome": [0, 1], "A b": [1, 2], "a-B": [3, 4], "1x": [5, 6]})
    text = "name: small\ndata: drawn.parquet\ntarget: outcome\nbad: 1\n"
    found = load_sample(read_description(written(tmp_path, table=table, text=text)))
    assert found.columns == {"a_b": "A b", "a_b_2": "a-B", "column_1x": "1x"}


@pytest.mark.parametrize("file", sorted(SETS.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_example_describes_a_set_that_can_be_read(file, shared):
    described = read_description(file)
    described_here = described.data.relative_to(described.data.parents[1])
    assert (shared / "data" / described_here).exists()
