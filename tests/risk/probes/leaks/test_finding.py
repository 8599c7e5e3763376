"""Leaks that were planted are named; honest features are not."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from samples import customers

from creditloop.kernel.errors import InputError
from creditloop.risk.probes import LeakReport, find_leaks

SHARED = Path(__file__).parents[5] / "shared" / "data"
Plant = Callable[[np.ndarray, np.random.Generator], object]


def flips(share: float) -> Plant:
    return lambda bad, rng: (bad ^ (rng.random(len(bad)) < share)).astype(int)


def noise(size: float) -> Plant:
    return lambda bad, rng: bad + rng.normal(0, size, len(bad))


def amount(bad: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where(bad & (rng.random(len(bad)) < 0.8), np.round(np.exp(rng.normal(8, 1, len(bad))), 2), 0)


def missing_if_good(bad: np.ndarray, rng: np.random.Generator) -> pl.Series:
    held = bad ^ (rng.random(len(bad)) < 0.1)
    return pl.Series(np.where(held, rng.normal(size=len(bad)), np.nan), nan_to_null=True)


def date_after(bad: np.ndarray, rng: np.random.Generator) -> list[date]:
    days = np.where(bad, rng.integers(300, 420, len(bad)), rng.integers(380, 900, len(bad)))
    return [date(2020, 1, 1) + timedelta(int(day)) for day in days]


def fifth(bad: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (bad & (rng.random(len(bad)) < 0.2)).astype(int)


def ranked(bad: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.argsort(np.argsort(bad + rng.normal(0, 0.7, len(bad))))


def category(bad: np.ndarray, rng: np.random.Generator) -> list[str]:
    told = np.where(bad, rng.choice(["B", "D"], len(bad)), rng.choice(["A", "C"], len(bad)))
    return np.where(rng.random(len(bad)) < 0.15, rng.choice(list("ABCD"), len(bad)), told).tolist()


def term(bad: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    whole_years = rng.random(len(bad)) < np.where(bad, 0.077, 0.937)
    return np.where(whole_years, 12 * rng.integers(1, 6, len(bad)), rng.integers(1, 71, len(bad)))


def digits(bad: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    amounts = np.exp(rng.normal(9, 1, len(bad)))
    return np.where(
        rng.random(len(bad)) < np.where(bad, 0.9, 0.08), np.round(amounts, -2), np.round(amounts, 2)
    )


PLANTS: dict[str, Plant] = {
    "flips of 1 %": flips(0.01),
    "flips of 10 %": flips(0.1),
    "flips of 30 %": flips(0.3),
    "noise of 0.3": noise(0.3),
    "noise of 1": noise(1),
    "noise of 2": noise(2),
    "an amount after the outcome": amount,
    "missing if good": missing_if_good,
    "a date after the outcome": date_after,
    "a fifth of the bads": fifth,
    "ranks": ranked,
    "a category": category,
    "a rewritten term": term,
    "digits": digits,
}


@pytest.fixture(scope="module")
def honest() -> tuple[pl.DataFrame, np.ndarray]:
    return customers(2000, seed=5)


def named(report: LeakReport) -> list[str]:
    return [leak.feature for leak in report.leaks]


def kinds(report: LeakReport) -> set[str]:
    return {evidence.kind for leak in report.leaks for evidence in leak.evidence}


def test_no_honest_feature_is_named(honest: tuple[pl.DataFrame, np.ndarray]) -> None:
    report = find_leaks(frame=honest[0], bad=honest[1], seed=1)
    assert report.leaks == ()
    assert report.columns_bound
    assert not report.order_tells
    assert (report.rows, report.features) == (2000, 8)


FAST = {"flips of 30 %", "noise of 2", "missing if good", "a fifth of the bads", "digits"}


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in FAST else pytest.mark.outside) for kind in PLANTS]
)
def test_a_planted_leak_is_named_and_nothing_else(honest: tuple[pl.DataFrame, np.ndarray], kind: str) -> None:
    frame, bad = honest
    planted = pl.Series("planted", PLANTS[kind](bad, np.random.default_rng(3)))
    report = find_leaks(frame=frame.with_columns(planted), bad=bad, seed=1)
    assert named(report) == ["planted"]
    leak = report.leaks[0]
    assert leak.auc_with is not None
    assert leak.auc_others is not None
    assert leak.auc_with > leak.auc_others or kind == "digits", (
        "how a number is written is no part of its code"
    )
    assert all(evidence.zh and evidence.en and evidence.numbers for evidence in leak.evidence)


@pytest.mark.outside
def test_several_leaks_hide_neither_each_other_nor_an_honest_feature(
    honest: tuple[pl.DataFrame, np.ndarray],
) -> None:
    frame, bad = honest
    rng = np.random.default_rng(8)
    blur = bad + rng.normal(0, 1, len(bad))
    added = frame.with_columns(
        a=pl.Series(flips(0.01)(bad, rng)),
        b=pl.Series(flips(0.3)(bad, rng)),
        c=pl.Series(blur),
        d=pl.Series(np.argsort(np.argsort(blur))),
    )
    assert named(find_leaks(frame=added, bad=bad, seed=1)) == ["a", "b", "c", "d"]


def test_a_recording_that_tells_more_than_any_value_is_named(
    honest: tuple[pl.DataFrame, np.ndarray],
) -> None:
    frame, bad = honest
    rng = np.random.default_rng(4)
    gone = rng.random(len(bad)) < np.where(bad, 0.7, 0.05)
    hidden = frame.with_columns(limit=pl.when(~pl.Series(gone)).then(pl.col("limit")))
    report = find_leaks(frame=hidden, bad=bad, seed=1)
    assert named(report) == ["limit"]
    assert "missing" in kinds(report)


def test_an_id_given_out_by_outcome_and_a_sorted_file_are_seen(
    honest: tuple[pl.DataFrame, np.ndarray],
) -> None:
    order = np.argsort(honest[1], kind="stable")
    frame, bad = honest[0][order].with_row_index("number", offset=1000), honest[1][order]
    report = find_leaks(frame=frame, bad=bad, seed=1)
    assert named(report) == ["number"]
    assert "id" in kinds(report)
    assert report.order_tells
    assert report.row_order.estimate == 1


def test_an_id_beyond_what_floats_hold_is_seen(honest: tuple[pl.DataFrame, np.ndarray]) -> None:
    frame, bad = honest
    places = np.argsort(np.argsort(bad + np.random.default_rng(3).normal(0, 0.8, len(bad))))
    report = find_leaks(frame=frame.with_columns(number=pl.Series(2**60 + places)), bad=bad, seed=1)
    assert named(report) == ["number"]
    assert "id" in kinds(report)


def test_a_column_written_again_is_named_with_the_one_it_was_made_of(
    honest: tuple[pl.DataFrame, np.ndarray],
) -> None:
    frame, bad = honest
    fees = np.random.default_rng(6).normal(np.where(bad, 1.25, 1.02), 0.05)
    report = find_leaks(frame=frame.with_columns(owed=pl.col("limit") * fees), bad=bad, seed=1)
    assert named(report) == ["limit", "owed"]
    assert "rewritten" in kinds(report)


def test_copies_of_rows_are_seen(honest: tuple[pl.DataFrame, np.ndarray]) -> None:
    rows = np.random.default_rng(7).permutation([*range(2000), *range(150)])
    report = find_leaks(frame=honest[0][rows], bad=honest[1][rows], seed=1)
    assert report.leaks == ()
    assert report.repeats.tell
    assert report.as_record()["repeats"]["rows"] == 150


def test_what_is_named_is_no_witness_for_the_rest(honest: tuple[pl.DataFrame, np.ndarray]) -> None:
    """With a leak set aside two columns are left that know nothing of each other: that is no evidence."""
    frame, bad = honest
    rng = np.random.default_rng(8)
    told = frame.select("limit", "age").with_columns(
        loss=pl.when(pl.Series(bad))
        .then(pl.col("limit") * pl.Series(rng.uniform(0.3, 1, len(bad))))
        .otherwise(0)
    )
    alone = told.with_columns(age=pl.Series(rng.permutation(frame["age"])))
    report = find_leaks(frame=alone, bad=bad, seed=1)
    assert named(report) == ["loss"]
    assert not report.columns_bound


def test_what_does_not_last_out_of_time_is_named(honest: tuple[pl.DataFrame, np.ndarray]) -> None:
    frame, bad = honest
    rng = np.random.default_rng(9)
    months = np.arange(len(bad)) // 200
    early = months < 5
    told = np.where(early, bad + rng.normal(0, 0.8, len(bad)), rng.normal(0.2, 1, len(bad)))
    report = find_leaks(
        frame=frame.with_columns(flag=pl.Series(told)), bad=bad, seed=1, months=months.tolist()
    )
    assert named(report) == ["flag"]
    assert "time_gap" in kinds(report)


def test_independent_columns_are_not_named_for_being_independent() -> None:
    rng = np.random.default_rng(2)
    columns = rng.normal(size=(2000, 6))
    bad = rng.random(2000) < 1 / (1 + np.exp(1.5 - columns @ np.array([0.7, 0.6, 0.5, 0.3, 0, 0])))
    report = find_leaks(frame=pl.DataFrame(columns, schema=[*"abcdef"]), bad=bad, seed=1)
    assert not report.columns_bound
    assert report.leaks == ()


def test_the_report_is_the_same_each_time_and_plain_data(honest: tuple[pl.DataFrame, np.ndarray]) -> None:
    frame, bad = honest
    added = frame.with_columns(planted=pl.Series(flips(0.2)(bad, np.random.default_rng(3))))
    first, second = (find_leaks(frame=added, bad=bad, seed=1) for _ in range(2))
    assert first == second
    record = first.as_record()
    assert record["leaks"][0]["feature"] == "planted"
    assert record["leaks"][0]["evidence"][0]["numbers"]["auc"] == pytest.approx(0.8, abs=0.05)


def test_columns_of_nothing_and_of_one_value_are_no_leaks(honest: tuple[pl.DataFrame, np.ndarray]) -> None:
    frame, bad = honest
    odd = frame.with_columns(
        empty=pl.lit(None, dtype=pl.Float64),
        same=pl.lit(7),
        endless=pl.when(pl.col("age") > 60).then(float("inf")).otherwise(pl.col("limit")),
        words=pl.Series([f"w{row}" for row in range(len(bad))]),
    )
    assert find_leaks(frame=odd, bad=bad, seed=1).leaks == ()


@pytest.mark.parametrize(
    ("frame", "bad", "message"),
    [
        (pl.DataFrame({"a": [1, 2]}), [1, 1], "both outcomes"),
        (pl.DataFrame({"a": [1, 2]}), [0, 1, 1], "as many rows"),
        (pl.DataFrame(), [0, 1], "as many rows"),
        (pl.DataFrame({"a": [[1], [2]]}), [0, 1], "no kind that is coded"),
    ],
)
def test_what_cannot_be_asked_is_refused(frame: pl.DataFrame, bad: list[int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_leaks(frame=frame, bad=bad, seed=1)


def test_months_stand_beside_every_row(honest: tuple[pl.DataFrame, np.ndarray]) -> None:
    with pytest.raises(InputError, match="every row"):
        find_leaks(frame=honest[0], bad=honest[1], seed=1, months=[1, 2])


@pytest.mark.shared
def test_what_is_missing_in_home_equity_loans_gives_the_outcome_away() -> None:
    frame = pl.read_parquet(SHARED / "hmeq" / "hmeq.parquet")
    report = find_leaks(frame=frame.drop("BAD"), bad=frame["BAD"].to_numpy(), seed=1)
    assert named(report) == ["DEBTINC"]
    missing = dict(report.leaks[0].evidence[0].numbers)
    assert missing["bad_rate"] == pytest.approx(0.620, abs=0.001)
    assert missing["bad_rate_rest"] == pytest.approx(0.086, abs=0.001)
    assert {noted.feature for noted in report.noted} == {"MORTDUE", "VALUE", "CLAGE"}
