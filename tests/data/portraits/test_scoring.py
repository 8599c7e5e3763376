"""Portraits: by hand, additive, monotone, what is missing by its rule, one party and many the same."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data.derived.derived_documents import DECLARED, INVOICED, OWED
from tests.data.portraits.portrait_documents import BUYERS, OPENED, bank_portrait, small_portrait

from creditloop.data.portraits import Portrait, PortraitDefinition, PortraitScore, portrait_frame, portrait_of
from creditloop.formula import prove, random_row, samples_of
from creditloop.kernel.errors import InputError

SMALL = small_portrait()
SOURCES = ("invoices", "tax_filings", "parties")
EVERYTHING = {INVOICED: 100_000, DECLARED: 100_000, OWED: 0, OPENED: 0, BUYERS: 5}
PATHS = ["features/portraits/retail.yaml", "features/portraits/firm.yaml"]


def made(values: dict[str, int], **known: bool) -> Portrait:
    return portrait_of(EVERYTHING | values, known=dict.fromkeys(SOURCES, True) | known, definition=SMALL)


def scores(portrait: Portrait) -> dict[str, int | None]:
    return {one.dimension.name: one.score for one in portrait.dimensions}


# by hand


def test_a_score_is_the_sum_of_its_parts_points() -> None:
    portrait = made({})
    sales, standing = portrait.dimensions
    assert (sales.score, standing.score) == (600 + 120 + 150, 800 + 200)
    assert [part.points for part in sales.parts] == [600, 120, 150]
    assert [part.band.meaning.en for part in sales.parts if part.band] == ["near", "some", "none"]
    assert [part.value for part in sales.parts] == [1_000_000_000, 5, 0]
    assert sales.coverage_nano == 1_000_000_000
    assert [one.name for one in sales.parts[0].numbers] == ["invoiced", "declared"]
    assert portrait.unknown_sources == ()
    assert portrait.definition_hash == SMALL.hash != small_portrait(("points: 120", "points: 121")).hash


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({BUYERS: 2}, {"sales": 750, "standing": 1_000}),
        ({BUYERS: 3}, {"sales": 870, "standing": 1_000}),
        ({BUYERS: 9}, {"sales": 870, "standing": 1_000}),
        ({BUYERS: 10}, {"sales": 1_000, "standing": 1_000}),
        ({OWED: 1}, {"sales": 720, "standing": 400}),
        ({INVOICED: 79_999}, {"sales": 370, "standing": 400}),
        ({INVOICED: 80_000}, {"sales": 870, "standing": 1_000}),
        ({OPENED: 1}, {"sales": 870, "standing": 850}),
    ],
)
def test_a_band_begins_with_its_lower_end(values: dict[str, int], expected: dict[str, int]) -> None:
    assert scores(made(values)) == expected


def test_what_is_missing_gives_the_points_stated_for_it_and_is_shown() -> None:
    sales, standing = made({}, tax_filings=False).dimensions
    assert [part.missing for part in sales.parts] == [True, False, True]
    assert [part.points for part in sales.parts] == [240, 120, 7]  # 600 * 0.4; 7 by the part's own rule
    assert (sales.score, sales.coverage_nano) == (None, 250_000_000)  # a quarter known, half is asked for
    assert [part.points for part in standing.parts] == [320, 200]
    assert (standing.score, standing.coverage_nano) == (None, 200_000_000)
    enough = made({}, parties=False).dimensions[1]
    assert (enough.score, enough.coverage_nano) == (800 + 80, 800_000_000)
    assert made({}, parties=False).unknown_sources == ("parties",)


def test_never_asked_is_not_zero() -> None:
    asked = made({BUYERS: 0, INVOICED: 0, DECLARED: 100_000})
    never = made({}, invoices=False)
    assert asked.dimensions[0].parts[1].points == 0
    assert never.dimensions[0].parts[1].points == 100  # 250 * 0.4
    assert never.dimensions[0].parts[1].value is None


def test_cross_checks_and_classes_stand_in_the_portrait() -> None:
    portrait = made({INVOICED: 200_000, OWED: 1})
    assert [one.check.code for one in portrait.findings] == ["invoices_and_filings"]
    assert [one.gives for one in portrait.classes] == ["owing"]


# properties

AMOUNTS = st.integers(0, 10**9)
ROWS = st.fixed_dictionaries(
    {
        INVOICED: AMOUNTS,
        DECLARED: AMOUNTS,
        OWED: st.integers(0, 5),
        OPENED: st.integers(0, 1),
        BUYERS: st.integers(0, 30),
    }
)
KNOWN = st.fixed_dictionaries(dict.fromkeys(SOURCES, st.booleans()))


@given(values=ROWS, known=KNOWN)
@settings(max_examples=60, deadline=None)
def test_scores_are_additive_and_within_their_bounds(values: dict[str, int], known: dict[str, bool]) -> None:
    for one in portrait_of(values, known=known, definition=SMALL).dimensions:
        check_additive(one, coverage_least=SMALL.coverage_least)


def check_additive(one: PortraitScore, *, coverage_least: int) -> None:
    points = [part.points for part in one.parts]
    if None in points:  # a feature that left its 64 bits: nothing is said of the dimension
        assert (one.score, one.coverage_nano) == (None, 0)
        return
    covered = sum(part.part.most for part in one.parts if not part.missing)
    assert one.coverage_nano == covered * 10**6
    if one.coverage_nano < coverage_least:
        assert one.score is None
    else:
        assert one.score == sum(point for point in points if point is not None)
        assert 0 <= one.score <= 1_000
    for part in one.parts:
        assert part.points == (part.part.missing if part.band is None else part.band.points)


@given(values=ROWS, more=st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_a_score_moves_the_way_its_parts_say(values: dict[str, int], more: int) -> None:
    before, buyers = made(values), made(values | {BUYERS: values[BUYERS] + more})
    owed = made(values | {OWED: values[OWED] + more})
    for one, other, way in ((before, buyers, 1), (owed, before, 1)):
        if (low := one.dimensions[0].score) is not None and (high := other.dimensions[0].score) is not None:
            assert way * low <= way * high


# the same both ways


def same_both_ways(definition: PortraitDefinition, *, rows: int) -> None:
    """Compare one by one with all at once, and see that what is made is additive."""
    samples = samples_of(definition.program, seed=3)
    flags = {f"known_{source}": source for source in definition.draft.sources}
    drawn = [
        {
            name: bool(value) or n % 3 > 0 if name in flags else value
            for name, value in random_row(samples).items()
        }
        for n in range(rows)
    ]
    schema = {name: pl.Boolean if name in flags else pl.Int64 for name in drawn[0]}
    bulk = portrait_frame(definition, pl.DataFrame(drawn, schema=schema)).to_dicts()
    for row, many in zip(drawn, bulk, strict=True):
        values = {name: value for name, value in row.items() if name not in flags}
        known = {source: bool(row[flag]) for flag, source in flags.items()}
        one = portrait_of(values, known=known, definition=definition)
        for each in one.dimensions:
            check_additive(each, coverage_least=definition.coverage_least)
        assert many == {
            **{f"{each.dimension.name}_score": each.score for each in one.dimensions},
            **{f"{each.dimension.name}_covered": each.coverage_nano // 10**6 for each in one.dimensions},
            **{check.check.code: check.agreement.value for check in one.checks},
            **{entry.classification.name: entry.gives for entry in one.classes},
        }


def test_one_by_one_and_all_at_once_are_the_same() -> None:
    same_both_ways(SMALL, rows=300)


@pytest.mark.outside
@pytest.mark.parametrize("path", PATHS)
def test_the_banks_portraits_are_the_same_both_ways(path: str) -> None:
    same_both_ways(bank_portrait(path), rows=100)
    assert prove(bank_portrait(path).program, rows=500, seed=1).holds


def test_a_frame_that_lacks_a_column_is_refused() -> None:
    with pytest.raises(InputError, match="lacks columns"):
        portrait_frame(SMALL, pl.DataFrame({OPENED: [1]}))
    with pytest.raises(InputError, match="not said whether"):
        portrait_of(EVERYTHING, known={"invoices": True}, definition=SMALL)
