"""One case by tables: equal to the frame in every state, and to sums by hand, with pairs and decimals."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.risk.pair_cards import drawn_card, drawn_rows

from creditloop.kernel.documents import parse_document
from creditloop.risk import Card, read_card
from creditloop.risk.binning.placing import place_values
from creditloop.risk.card.scaling import rounded_score

TEXT = """\
card: pairs
product: none
method: boosted
title: {zh: 卡, en: card}
facts: {}
scale: {base: 6005, decimals: 1, score_at: 600, odds_at: 20, points_to_double_odds: 20}
sample: {rows: 100, bad: 20}
settings:
  score_at: 600
  odds_at: 20
  points_to_double_odds: 20
  learner: {rounds: 9, rate: 0.05}
  source: {title: a test}
features:
  - name: late
    kind: integer
    meaning: {zh: 逾期, en: late}
    direction: up
    special: [96, 98]
    iv: 0.5
    bins:
      - {from: null, to: 1, rows: 70, bad: 5, woe: 1.0, points: 10}
      - {from: 1, to: null, rows: 20, bad: 10, woe: -1.0, points: -20}
      - {special: [96], rows: 4, bad: 2, woe: 0.0, points: -5}
      - {missing: true, rows: 6, bad: 3, woe: 0.0, points: 1}
  - name: use
    kind: nano
    meaning: {zh: 使用率, en: use}
    direction: none
    iv: 0.2
    bins:
      - {from: null, to: 0.5, rows: 60, bad: 10, woe: 0.3, points: 3}
      - {from: 0.5, to: null, rows: 40, bad: 10, woe: -0.3, points: 0}
pairs:
  - features: [use, late]
    rows: [{from: null, to: 0.3}, {from: 0.3, to: null}]
    columns: [{from: null, to: 2}, {from: 2, to: null}, {special: [96]}, {missing: true}]
    points: [[7, -4, 0, 0], [0, -4, 1, 2]]
    seen: [[30, 10, 0, 0], [40, 10, 4, 6]]
    bad: [[2, 3, 0, 0], [3, 7, 2, 3]]
bands:
  - {from: null, to: 600, rows: 50, bad: 15, pd: 0.3}
  - {from: 600, to: null, rows: 50, bad: 5, pd: 0.1}
"""


def small() -> Card:
    return read_card(parse_document(TEXT, path="pairs.yaml"))


def test_pairs_and_decimals_by_hand() -> None:
    told = small().score({"late": 3, "use": 400_000_000})
    units = 6005 - 20 + 3 - 4
    assert (told.score, told.score_nano, told.pd_nano) == (598, units * 10**8, 300_000_000)
    late, use = told.parts
    assert (late.points, late.points_lost, use.points, use.points_lost) == (-20, 30 + 5, 3, 6)
    assert told.pairs == ((("use", "late"), (">= 0.3", ">= 2"), -4, 11),)
    assert [reason.code for reason in told.reasons] == ["CARD_LATE", "CARD_USE"]
    best = small().units_most
    assert best == 6005 + 10 + 3 + 7
    assert best - units == 35 + 6


@pytest.mark.parametrize(
    ("late", "points", "cell"),
    [(0, 10, 0), (1, -20, 0), (2, -20, -4), (96, -5, 1), (98, 1, 2), (None, 1, 2), (95, -20, -4),
     (97, -20, -4)],
)  # fmt: skip
def test_a_special_code_is_in_no_interval_and_one_without_a_bin_is_missing(
    late: int | None, points: int, cell: int
) -> None:
    told = small().score({"late": late, "use": 500_000_000})
    assert (told.parts[0].points, told.pairs[0].points) == (points, cell)


def test_a_half_is_rounded_away_from_zero_once() -> None:
    told = small().score({"late": None, "use": 600_000_000})
    assert (told.score_nano, told.score) == ((6005 + 1 + 2) * 10**8, 601)
    assert rounded_score(6005, 1) == 601


def test_a_case_that_refers_still_tells_the_rest() -> None:
    told = small().score({"late": 2, "use": None})
    assert (told.score, told.score_nano, told.state) == (None, None, 3)
    assert [reason.code for reason in told.reasons] == ["MISSING_USE"]
    assert (told.parts[0].points, told.parts[1].points, told.pairs[0]) == (
        -20,
        None,
        (("use", "late"), None, None, None),
    )


SHAPES = [(7, 0, 0), (7, 9, 0), (10, 12, 3), (1, 0, 2), (5, 1, 6)]
CARDS = {shape: drawn_card(seed=11, features=shape[0], pairs=shape[1], decimals=shape[2]) for shape in SHAPES}


@pytest.mark.parametrize("shape", SHAPES)
def test_cases_and_a_frame_agree_and_points_add_up(shape: tuple[int, int, int]) -> None:
    card = CARDS[shape]
    rows = drawn_rows(card, count=400, seed=5)
    scored = card.score_frame(rows, working=True, exact=True)
    unit = 10 ** (9 - card.decimals)
    for row, got in zip(rows.iter_rows(named=True), scored.iter_rows(named=True), strict=True):
        told = card.score(row)
        assert (told.score, told.score_nano, told.pd_nano, told.state) == (
            got["score"], got["score_nano"], got["pd_nano"], got["score_state"],
        )  # fmt: skip
        for part in told.parts:
            assert part.points == got[f"points_{part.feature}"]
        for pair in told.pairs:
            assert pair.points == got[f"points_{'__'.join(pair.features)}"]
        if told.score_nano is not None:
            lost = [part.points_lost or 0 for part in told.parts]
            units = card.base + sum(part.points or 0 for part in (*told.parts, *told.pairs))
            assert (units * unit, rounded_score(units, card.decimals)) == (told.score_nano, told.score)
            assert sum(lost) == card.units_most - units
            assert min(lost) >= 0
            ranked = sorted((-one, place) for place, one in enumerate(lost) if one)
            assert [reason.code for reason in told.reasons] == [f"CARD_F{place}" for _, place in ranked]


def test_places_are_the_bins_that_binning_puts_values_into() -> None:
    card = CARDS[7, 0, 0]
    rows = drawn_rows(card, count=500, seed=6)
    for entry, places in zip(card.features, card.tables.places, strict=True):
        own = place_values(bins=entry.bins, feature=entry.feature, values=rows[entry.feature.name])
        for value, number in zip(rows[entry.feature.name], own.tolist(), strict=True):
            place = places.place(value)
            assert place is not None
            assert places.bins[0][place] == (None if number == -1 else number)


@settings(max_examples=50, deadline=None)
@given(value=st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.integers(-(2**65), 2**65))
def test_whatever_a_value_is_a_case_is_scored_or_refers(value: object) -> None:
    told = small().score({"late": value, "use": 0})
    is_number = type(value) is int and -(2**63) <= value < 2**63
    assert (told.score is not None) == (value is None or is_number) == (not told.refers)
    assert told.refers == any(reason.code == "BROKEN_LATE" for reason in told.reasons)


def test_a_state_told_as_anything_but_a_state_refers() -> None:
    for state, wanted in ((0, 0), (3, 0), (4, 4), (7, 6), (-1, 6), (False, 6), (0.0, 6), (None, 6)):
        assert small().score({"late": 0, "use": 0, "use__state": state}).state == wanted


def test_a_row_may_be_any_mapping() -> None:
    frame = pl.DataFrame({"late": [1], "use": [1]})
    told = small().score(frame.row(0, named=True))
    assert told == small().score({"late": 1, "use": 1})._replace(tables=told.tables)
