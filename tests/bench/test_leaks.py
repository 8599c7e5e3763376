"""Leaks as they are planted, and the page that tells which were named."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from bench.leaks import KNOWN, PAGE, failings, page, summed
from bench.leaks_kinds import COLUMN, KINDS, Planted
from bench.leaks_measure import Task, described, measured, set_names, sought

from bench import leaks

BY_NAME = {kind.name: kind for kind in KINDS}
ROWS = 2_000


def table() -> tuple[pl.DataFrame, np.ndarray]:
    draw = np.random.default_rng(1)
    amounts = np.exp(draw.normal(9, 1, ROWS))
    return pl.DataFrame({"lent": amounts, "job": draw.choice(list("abc"), ROWS)}), draw.random(ROWS) < 0.3


def planted(name: str, seed: int = 1, named: tuple[str, ...] = ()) -> Planted:
    return BY_NAME[name].plant(*table(), np.random.default_rng(seed), named)


def test_every_kind_is_named_once_and_explained_in_both_languages() -> None:
    assert len(BY_NAME) == len(KINDS)
    assert all(kind.zh and kind.en for kind in KINDS)


@pytest.mark.parametrize("name", list(BY_NAME))
def test_a_kind_plants_one_leak_and_leaves_the_rest_as_it_was(name: str) -> None:
    frame, bad = table()
    found = planted(name)
    if found.way == "column":
        assert found.bad.tolist() == bad.tolist()
        assert found.frame.select(set(frame.columns) - {found.feature}).equals(
            frame.select(set(frame.columns) - {found.feature})
        )
        assert found.feature == COLUMN or found.frame.columns == frame.columns
        assert found.frame.height == ROWS
    else:
        assert found.frame.columns == frame.columns
        rows = found.frame.with_columns(bad=found.bad)
        assert rows.unique().height == frame.with_columns(bad=bad).unique().height
    again, other = planted(name), planted(name, seed=2)
    assert again.frame.equals(found.frame)
    assert not other.frame.equals(found.frame)


@pytest.mark.parametrize(
    ("name", "bads", "goods"), [("flips_10", 0.9, 0.1), ("fifth_loose", 0.2, 0.01), ("goods_only", 0.0, 0.3)]
)
def test_marks_are_as_frequent_as_they_are_said_to_be(name: str, bads: float, goods: float) -> None:
    found = planted(name)
    marks = found.frame[COLUMN].to_numpy()
    assert marks[found.bad].mean() == pytest.approx(bads, abs=0.04)
    assert marks[~found.bad].mean() == pytest.approx(goods, abs=0.04)


def test_what_is_hidden_and_made_of_another_is_not_what_was_named_before() -> None:
    assert planted("hidden", named=("lent",)).feature == "job"
    gone = planted("hidden", named=("job",)).frame["lent"].is_null().to_numpy()
    assert gone[table()[1]].mean() > 0.6
    with pytest.raises(ValueError, match="high <= 0"):
        planted("still_owed", named=("lent",))


def figures(*, alarm: bool, named: bool) -> dict[str, object]:
    """Figures of two sets, one of which has a known leak."""
    told = {"rows": 1000, "bad": 100, "features": [], "row_order": 0.6, "order_tells": False, "dropped": []}
    told |= {"repeats": {"rows": 0, "apart": 0, "expected": None, "tell": False}, "dropped_named": []}
    found = {"column": "DEBTINC", "kinds": ["missing"], "zh": "缺失", "en": "gone"}
    sets = [
        told | {"name": "hmeq", "columns": 12, "named": [found] if named else []},
        told | {"name": "other", "columns": 30, "named": [found | {"column": "age"}] if alarm else []},
    ]
    runs = [
        {"set": one["name"], "kind": kind.name, "draw": 1, "named": named, "evidence": [], "others": []}
        for one in sets
        for kind in KINDS
    ]
    return {"draws": 1, "sets": sets, "planted": runs}


def test_the_page_tells_what_was_reached() -> None:
    good = summed(figures(alarm=False, named=True))
    assert list(failings(good)) == []
    assert (good["honest"], good["named_count"]) == (11 + 30, 2 * len(KINDS))
    text = page(good)
    assert "**missed**" not in text
    assert "**no**" not in text
    assert all(f"| {kind.en} | {kind.zh} | yes | yes |" in text for kind in KINDS)


def test_the_page_tells_what_was_missed() -> None:
    short = summed(figures(alarm=True, named=False))
    said = list(failings(short))
    assert said[0] == "missed: DEBTINC of hmeq"
    assert said[-1] == "1 of 41 honest columns named, bar 1 in 50"
    assert len(said) == 2 + len(KINDS)
    text = page(short)
    assert all(f"- {one}\n" in text for one in said)
    assert text.count("**no**") == 2 * len(KINDS) + 1


def test_known_leaks_are_columns_of_described_sets() -> None:
    assert set(KNOWN) <= set(set_names())


def test_a_set_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert leaks.main(["--set", "lgd", "--workers", "1", "--shared", str(tmp_path)]) == 2
    assert "lgd.parquet" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        leaks.main(["--set", "lgd", "--write"])


@pytest.mark.shared
def test_a_leak_of_a_set_is_sought_as_the_page_tells(shared: Path) -> None:
    file, data = described("lgd", shared)
    found = sought(Task(file=file, data=data, kind="with_fees", draw=1, named=("event",)))
    assert found["named"]
    assert found["others"] == [{"feature": "ltv", "kinds": ["rewritten"]}]


@pytest.mark.outside
@pytest.mark.shared
def test_the_smallest_set_comes_again_as_the_page_tells(shared: Path) -> None:
    told = measured(["lgd"], shared=shared, draws=1, workers=2)
    head = next(line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| kind |"))
    column = [cell.strip() for cell in head.split("|")].index("lgd")
    for one in told["planted"]:
        kind = BY_NAME[one["kind"]]
        line = next(line for line in PAGE.read_text("utf-8").splitlines() if f"| {kind.en} |" in line)
        assert line.split("|")[column].strip() == ("yes" if one["named"] else "**no**"), kind.name
