"""Pairs, special codes and decimals that do not add up are refused by file, line and field."""

import pytest
from tests.risk.card.test_tables import TEXT

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import read_card

BAD = [
    ("decimals: 1", "decimals: 7", "number out of range"),
    ("method: boosted", "method: magic", "not one of the words"),
    ("method: boosted\n", "", "the key 'coefficient' is missing"),
    ("iv: 0.5", "iv: 0.5\n    coefficient: 0.9", "unknown key 'coefficient'"),
    ("learner: {rounds: 9, rate: 0.05}", "learner: {rounds: many}", ""),
    ("features: [use, late]", "features: [use, use]", "a pair is of two features"),
    ("features: [use, late]", "features: [use]", "a pair is of two features"),
    ("features: [use, late]", "features: [use, age]", "not one of the words"),
    ("[{from: null, to: 0.3}, {from: 0.3", "[{from: null, to: 0.3}, {from: 0.4", "intervals must cover"),
    (", {special: [96]}, {missing: true}]", ", {missing: true}, {special: [96]}]", "needs bins of values"),
    (", {special: [96]}, {missing: true}]", ", {special: [97]}, {missing: true}]", "bins of special codes"),
    (", {special: [96]}, {missing: true}]", ", {special: [98]}, {missing: true}]", "an axis of late holds"),
    (", {special: [96]}, {missing: true}]", ", {special: [96]}]", "an axis of late holds"),
    ("rows: [{from: null", "odd: 1\n    rows: [{from: null", "unknown key 'odd'"),
    ("{from: 0.3, to: null}]", "{from: 0.3, to: null, rows: 3}]", "unknown key 'rows'"),
    ("[[7, -4, 0, 0],", "[[7, -4, 0],", "do not fill its axes"),
    ("[[7, -4, 0, 0],", "[[7, -4, 0, 0.5],", "expected a whole number"),
    ("[[7, -4, 0, 0],", "[[7, -4, 0, 1000001],", "number out of range"),
    ("[[30, 10, 0, 0]", "[[31, 10, 0, 0]", "the cells of use × late do not hold the sample"),
    ("[[2, 3, 0, 0]", "[[2, 4, 0, 0]", "the cells of use × late do not hold the sample"),
    ("[[2, 3, 0, 0], [3, 7, 2, 3]]", "[[2, 3, 1, 0], [3, 7, 1, 3]]", "no more than were seen turned bad"),
    ("special: [96, 98]", "special: [96, 96]", "special codes are numbers, each once"),
    ("special: [96, 98]", "special: []", "special codes are numbers, each once"),
    ("special: [96, 98]", "special: [98]", "bins of special codes hold those of late"),
    ("{special: [96], rows", "{special: [96, 96], rows", "special codes are numbers, each once"),
    ("points: 10}", "points: 1000001}", "number out of range"),
    ("rows: 20, bad: 10", "rows: 20, bad: 9", "the bins of late do not hold the sample"),
    ("rows: 50, bad: 15", "rows: 50, bad: 14", "the bands do not hold the sample"),
    ("[0, -4, 1, 2]]", "[-40, -4, 1, 2]]", "with its pairs the points of late go against its direction"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "message"), BAD, ids=[wrong[:40] for _, wrong, _ in BAD])
def test_what_does_not_add_up_is_refused(right: str, wrong: str, message: str) -> None:
    text = TEXT.replace(right, wrong, 1)
    assert text != TEXT
    with pytest.raises(PolicyError) as caught:
        read_card(parse_document(text, path="pairs.yaml"))
    assert message in caught.value.message
    assert caught.value.where["file"] == "pairs.yaml"


def test_two_features_are_paired_once() -> None:
    block = TEXT.partition("pairs:\n")[2].partition("bands:")[0]
    with pytest.raises(PolicyError, match="two features are paired once"):
        read_card(parse_document(TEXT.replace("bands:", f"{block}bands:", 1), path="pairs.yaml"))


def test_a_direction_may_not_be_turned_by_a_unit() -> None:
    # between 0 and 1 the table falls by 30 units, between 1 and 2 only the pair moves
    for cell, stands in ((0, True), (1, False)):
        text = TEXT.replace("[[7, -4, 0, 0], [0, -4, 1, 2]]", f"[[0, {cell}, 0, 0], [0, -4, 1, 2]]")
        if stands:
            assert read_card(parse_document(text, path="pairs.yaml")).pairs[0].points[0][1] == cell
        else:
            with pytest.raises(PolicyError, match="go against its direction"):
                read_card(parse_document(text, path="pairs.yaml"))


THREE = (("null", 0.1, 50, 12), (0.1, 0.2, 25, 6), (0.2, "null", 25, 2))


@pytest.mark.parametrize(
    ("direction", "points", "stands"),
    [("peak", (5, -5, 9), True), ("peak", (5, 9, -5), False), ("valley", (5, 9, -5), True),
     ("valley", (5, -5, 9), False), ("free", (5, -5, 9), True), ("none", (5, 9, -5), True),
     ("peak", (1, 2, 3), True), ("valley", (3, 2, 1), True), ("down", (1, 1, 2), True)],
)  # fmt: skip
def test_points_go_with_the_direction_of_badness(
    direction: str, points: tuple[int, ...], stands: bool
) -> None:
    text = TEXT.replace("direction: none", f"direction: {direction}").partition("pairs:")[0]
    bins = "".join(
        f"      - {{from: {low}, to: {high}, rows: {rows}, bad: {bad}, woe: 0.0, points: {point}}}\n"
        for (low, high, rows, bad), point in zip(THREE, points, strict=True)
    )  # fmt: skip
    head = text[: text.index("      - {from: null, to: 0.5")]
    text = head + bins + TEXT[TEXT.index("bands:") :]
    if stands:
        assert read_card(parse_document(text, path="one.yaml")).features[1].bins[1].points == points[1]
    else:
        with pytest.raises(PolicyError, match="the points of use go against its direction"):
            read_card(parse_document(text, path="one.yaml"))


@pytest.mark.parametrize(
    ("own", "cells", "direction", "stands"),
    [
        # the feature's own table rises by 4 where it should fall, and every cell of its pair makes up for it
        ((10, 14), ((0, -4), (9, 5)), "up", True),
        ((10, 14), ((0, -3), (9, 5)), "up", False),
        ((10, 14), ((0, -3), (9, 5)), "none", True),
        ((14, 10), ((-9, -5), (0, 4)), "down", True),
        ((14, 10), ((-9, -5), (0, 3)), "down", False),
    ],
)
def test_it_is_the_sum_beside_every_partner_that_goes_as_stated(
    own: tuple[int, int], cells: tuple[tuple[int, int], ...], direction: str, stands: bool
) -> None:
    text = TEXT.replace("direction: up", f"direction: {direction}")
    text = text.replace("points: 10}", f"points: {own[0]}}}").replace("points: -20}", f"points: {own[1]}}}")
    text = text.replace("to: 2}, {from: 2", "to: 1}, {from: 1")
    points = ", ".join(f"[{left}, {right}, 0, 0]" for left, right in cells)
    text = text.replace("[[7, -4, 0, 0], [0, -4, 1, 2]]", f"[{points}]")
    if stands:
        assert read_card(parse_document(text, path="pairs.yaml")).pairs
    else:
        with pytest.raises(PolicyError, match="with its pairs the points of late go against") as caught:
            read_card(parse_document(text, path="pairs.yaml"))
        assert "units at 1" in str(caught.value.got)
