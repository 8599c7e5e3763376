"""Rows become frames: each row in exactly one, a value of another type in a column of its own type."""

from datetime import date, datetime

import polars as pl
import pytest

from creditloop.formula import Input, Kind, Step, compile_program
from creditloop.formula.kinds import INT64_MAX, INT64_MIN
from creditloop.formula.row_frames import RowFrame, row_frames

PROGRAM = compile_program(
    inputs=[
        Input("n", Kind.INTEGER),
        Input("t", Kind.TEXT),
        Input("d", Kind.DATE),
        Input("b", Kind.BOOLEAN),
    ],
    steps=[Step("s", "n > 1 and t = 'x' and b and d > date('2005-01-01')")],
)
WHOLE: dict[str, object] = {"n": 1, "t": "x", "d": date(2005, 6, 30), "b": True}
DTYPES = {"n": pl.Int64(), "t": pl.String(), "d": pl.Date(), "b": pl.Boolean()}


def frames_of(*changes: dict[str, object]) -> list[RowFrame]:
    rows = [{name: value for name, value in {**WHOLE, **change}.items() if value != ""} for change in changes]
    frames = row_frames(PROGRAM, rows)
    assert sorted(place for part in frames for place in part.places) == list(range(len(rows)))
    for part in frames:
        for row, place in zip(part.frame.iter_rows(named=True), part.places, strict=True):
            told = {name: value for name, value in row.items() if name in WHOLE}
            assert told == rows[place]
    return frames


def types_of(part: RowFrame) -> dict[str, pl.DataType]:
    return {name: dtype for name, dtype in part.frame.schema.items() if name in WHOLE}


def test_rows_of_the_declared_kinds_are_one_frame() -> None:
    (part,) = frames_of(
        {}, {"n": None}, {"t": None, "d": None, "b": None}, {"n": INT64_MIN}, {"n": INT64_MAX}
    )
    assert list(part.places) == [0, 1, 2, 3, 4]
    assert types_of(part) == DTYPES


def test_inputs_that_are_null_everywhere_have_their_own_type() -> None:
    (part,) = frames_of(dict.fromkeys(WHOLE))
    assert types_of(part) == DTYPES


@pytest.mark.parametrize(
    ("name", "value", "dtype"),
    [
        ("n", 1.5, pl.Float64()),
        ("n", "1", pl.String()),
        ("n", True, pl.Boolean()),
        ("n", date(2005, 6, 30), pl.Date()),
        ("t", 1, None),
        ("t", False, pl.Boolean()),
        ("d", datetime(2005, 6, 30, 12), pl.Datetime("us")),  # noqa: DTZ001  # wrong on purpose
        ("d", "2005-06-30", pl.String()),
        ("b", 0.0, pl.Float64()),
        ("n", INT64_MAX + 1, None),
        ("n", INT64_MIN - 1, None),
    ],
)
def test_a_value_of_another_type_stands_in_a_frame_of_that_type(
    name: str, value: object, dtype: pl.DataType | None
) -> None:
    frames = frames_of({}, {name: value}, {"n": None})
    assert sorted(list(part.places) for part in frames) == [[0, 2], [1]]
    (other,) = (part for part in frames if list(part.places) == [1])
    found = types_of(other).pop(name)
    assert found == dtype if dtype is not None else found.is_integer()
    assert {key: each for key, each in types_of(other).items() if key != name} == {
        key: each for key, each in DTYPES.items() if key != name
    }
    (alone,) = frames_of({name: value})
    assert types_of(alone)[name] == found


@pytest.mark.parametrize("beyond", [INT64_MAX + 1, INT64_MIN - 1])
def test_a_number_beyond_int64_stands_apart_though_all_the_others_fit(beyond: int) -> None:
    frames = frames_of({"n": INT64_MIN}, {"n": INT64_MAX}, {"n": beyond}, {"n": 0})
    assert sorted(list(part.places) for part in frames) == [[0, 1, 3], [2]]


@pytest.mark.parametrize("rows", [[{}, {"n": "1"}], [{"n": "1"}, {}], [{"n": None}, {"n": "1"}, {}]])
def test_values_of_two_types_stand_apart_whichever_comes_first(rows: list[dict[str, object]]) -> None:
    places = [index for index, row in enumerate(rows) if row.get("n") == "1"]
    rest = [index for index in range(len(rows)) if index not in places]
    assert sorted(list(part.places) for part in frames_of(*rows)) == sorted([places, rest])


def test_a_key_that_is_absent_is_a_column_that_is_not_there() -> None:
    frames = frames_of({}, {"n": ""}, {"n": "", "t": ""}, {"n": ""})
    assert sorted((list(part.places), sorted(types_of(part))) for part in frames) == [
        ([0], ["b", "d", "n", "t"]),
        ([1, 3], ["b", "d", "t"]),
        ([2], ["b", "d"]),
    ]


def test_a_program_without_inputs_has_its_rows_all_the_same() -> None:
    program = compile_program(inputs=[], steps=[Step("s", "1")])
    (part,) = row_frames(program, [{}, {}])
    assert part.frame.height == 2
    assert row_frames(program, []) == []
