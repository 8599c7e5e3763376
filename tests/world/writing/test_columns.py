"""Columns: texts of digits, rows chosen, stacked and numbered within a party."""

import numpy as np
import pyarrow as pa
import pytest

from creditloop.world.writing.columns import (
    Codes,
    Maybe,
    Rows,
    by_party,
    hexed,
    joined,
    numbered,
    sequence,
    stack,
    take,
    where,
    worded,
)


def test_texts_are_built_of_digits() -> None:
    assert numbered("p", np.array([0, 42, 99_999_999]), 8).to_pylist() == [
        "p00000000",
        "p00000042",
        "p99999999",
    ]
    assert hexed(np.array([0, 2**64 - 1, 0xDEADBEEF], dtype=np.uint64)).to_pylist() == [
        "0" * 16,
        "f" * 16,
        "00000000deadbeef",
    ]
    assert joined("甲", numbered("", np.array([7]), 2), "乙").to_pylist() == ["甲07乙"]
    assert where(np.array([True, False]), pa.array(["a", "b"])).to_pylist() == ["a", None]
    assert worded(np.array([1, 0]), ("x", "y")).to_pylist() == ["y", "x"]


def _rows(party: list[int], day: list[int]) -> Rows:
    n = len(party)
    return Rows(
        party=np.array(party),
        columns={
            "day": np.array(day),
            "code": Codes(np.arange(n) % 2, ("a", "b")),
            "some": Maybe(np.arange(n), np.arange(n) > 0),
            "text": numbered("t", np.arange(n), 1),
        },
    )


def test_rows_are_stacked_and_put_in_order_with_all_their_columns() -> None:
    rows = by_party(stack([_rows([1, 0], [5, 9]), _rows([0], [3])]), "day")
    assert rows.party.tolist() == [0, 0, 1]
    assert rows.whole("day").tolist() == [3, 9, 5]
    text, code, some = rows.columns["text"], rows.columns["code"], rows.columns["some"]
    assert text.to_pylist() == ["t0", "t1", "t0"]
    assert isinstance(code, Codes) and code.index.tolist() == [0, 1, 0]
    assert isinstance(some, Maybe) and some.there.tolist() == [False, True, False]
    assert set(rows.without("text", "code").columns) == {"day", "some"}


def test_rows_are_numbered_within_their_party() -> None:
    assert sequence(np.array([4, 4, 4, 7, 9, 9])).tolist() == [1, 2, 3, 1, 1, 2]
    assert sequence(np.zeros(0, np.int64)).tolist() == []


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_any_column_can_be_chosen_from(rows: int) -> None:
    index = np.arange(rows)[::-1].copy()
    assert (
        take(numbered("x", np.arange(rows), 3), index).to_pylist() == [f"x{n:03d}" for n in range(rows)][::-1]
    )
