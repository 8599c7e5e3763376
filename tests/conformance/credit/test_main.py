import json

import polars as pl
import pytest
from conformance.credit.__main__ import main
from tests.conformance.credit.described_sets import DESCRIPTION, drawn, written


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The report of the drawn set, as the machine gets it."""
    file = written(tmp_path_factory.mktemp("described"))
    with pytest.MonkeyPatch.context() as patch:
        lines = list[str]()
        patch.setattr("builtins.print", lambda *parts, **_: lines.append(" ".join(map(str, parts))))
        assert main([str(file), "--json", "--workers", "1"]) == 0
    assert len(lines) == 1
    return json.loads(lines[0])


def test_four_models_are_measured_on_every_fold(told):
    assert [(model["name"], model["white_box"]) for model in told["models"]] == [
        ("scorecard", True),
        ("joint_card", True),
        ("stacked", True),
        ("boosted", False),
    ]
    for model in told["models"]:
        assert len(model["folds"]) == 2
        for figure in ("auc", "ks", "brier", "calibration"):
            folds = [fold[figure] for fold in model["folds"]]
            assert model[figure] == pytest.approx(sum(folds) / 2, abs=1e-6)
            assert model[f"{figure}_sd"] == pytest.approx(abs(folds[0] - folds[1]) / 2, abs=1e-6)


def test_a_planted_leak_is_named_and_nothing_honest(told):
    assert {leak["feature"] for leak in told["leaks"]} >= {"told", "the outcome"}
    assert not {leak["feature"] for leak in told["leaks"]} & {"times late", "asked", "use", "age"}


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("constant", "one value only"),
        ("nothing", "missing in every row"),
        ("use again", "the same as"),
        ("the outcome", "as the target does"),
    ],
)
def test_columns_that_must_not_be_fitted_are_named(told, column, words):
    assert any(text.startswith(column) and words in text for text in told["left_out"]), told["left_out"]


def test_what_is_not_finite_is_a_note(told):
    assert any(note.startswith("infinite: ") and "not finite" in note for note in told["notes"])


def test_protected_attributes_and_age_are_reported(told):
    groups = {entry["attribute"]: {group["group"] for group in entry["groups"]} for entry in told["fairness"]}
    assert groups["sex"] == {"f", "m"}
    assert "below_25" in groups["age"]


def test_rows_can_be_parted_by_time(tmp_path, capsys):
    table = drawn().drop("told", "the outcome").with_columns(month=pl.Series([m % 12 for m in range(900)]))
    text = DESCRIPTION.replace(
        "folds: {count: 2, shuffle: true, seed: 42}", "time_split: {column: month, train_until: 8}"
    )
    assert main([str(written(tmp_path, table=table, text=text)), "--workers", "1"]) == 0
    out = capsys.readouterr().out
    assert "best white box" in out
    assert "joint_card   yes" in out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("bad: 1", "bad: 7", "one outcome only"),
        ("target: outcome", "target: nowhere", "target names columns"),
        ("data: drawn.parquet", "data: nowhere.parquet", "cannot be read"),
        ("protected: [sex]", "protected: [six]", "protected names columns"),
        ("seed: 3", "sead: 3", "unknown key 'sead'"),
        ("folds: {count: 2,", "folds: {count: 1,", "out of range"),
        ("seed: 3", "time_split: {column: age, train_until: 40}", "by folds or by time"),
        ("[98]", "[many]", "not a number"),
    ],
)
def test_a_broken_description_is_named_and_nothing_is_printed(tmp_path, capsys, old, new, words):
    assert main([str(written(tmp_path, text=DESCRIPTION.replace(old, new))), "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err


def test_a_target_with_missing_outcomes_is_named(tmp_path, capsys):
    table = drawn().with_columns(pl.when(pl.col("row") > 3).then("outcome").alias("outcome"))
    assert main([str(written(tmp_path, table=table))]) == 2
    assert "the target is missing in rows" in capsys.readouterr().err
