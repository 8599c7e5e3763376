from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.book.loans.loan_histories import ORDER

from creditloop.book.interest import Rounding
from creditloop.book.loans import Across, Allocation, Future, Part, cells_of
from creditloop.book.loans.rows import OpenRow, allocate, take_back

DAY = date(2024, 6, 15)


def rows_of(*amounts: tuple[int, int, int, int]) -> list[OpenRow]:
    """Return rows one month apart; the second is due on the day of the payment."""
    rows = []
    for number, parts in enumerate(amounts):
        due = DAY + timedelta(days=30 * (number - 1))
        rows.append(OpenRow(start=due - timedelta(days=30), due=due, planned=list(parts)))
    return rows


def settled(rows: list[OpenRow]) -> list[list[int]]:
    return [row.paid for row in rows]


def test_horizontal_clears_a_row_before_the_next():
    rows = rows_of((1, 0, 2, 10), (0, 0, 2, 10), (0, 0, 2, 10))
    left, taken = allocate(
        rows=rows,
        units=16,
        day=DAY,
        rule=Allocation(cells=cells_of(order=ORDER)),
        rounding=Rounding.HALF_AWAY,
    )
    assert (left, settled(rows)) == (0, [[1, 0, 2, 10], [0, 0, 2, 1], [0, 0, 0, 0]])
    assert [units for _, _, units in taken] == [1, 2, 10, 2, 1]
    assert (rows[0].late, rows[1].late, rows[1].in_advance) == (13, 0, 0)


def test_vertical_clears_a_cell_through_all_rows():
    cells = tuple(sorted(cells_of(order=ORDER), key=lambda cell: cell[1]))
    rows = rows_of((1, 0, 2, 10), (0, 0, 2, 10), (0, 0, 2, 10))
    rule = Allocation(cells=cells, across=Across.VERTICAL)
    allocate(rows=rows, units=8, day=DAY, rule=rule, rounding=Rounding.HALF_AWAY)
    assert settled(rows) == [[1, 0, 2, 1], [0, 0, 2, 0], [0, 0, 2, 0]]


def test_by_row_settles_first_what_is_due_by_its_own_date():
    (row,) = rows_of((0, 0, 0, 100))
    row.due = DAY + timedelta(days=10)
    row.charged[Part.PENALTY] = 30
    row.charges = [(DAY, Part.PENALTY, 20), (DAY + timedelta(days=5), Part.PENALTY, 10)]
    cells = cells_of(order=ORDER, in_advance=(Part.PRINCIPAL, Part.PENALTY, Part.FEE, Part.INTEREST))
    rule = Allocation(cells=cells, across=Across.BY_ROW)
    allocate(rows=[row], units=60, day=DAY, rule=rule, rounding=Rounding.HALF_AWAY)
    assert row.paid == [20, 0, 0, 40]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(0, 50)] * 4), min_size=1, max_size=5),
    st.integers(0, 1_000),
    st.permutations(ORDER),
    st.sampled_from(Across),
    st.sampled_from(Future),
)
def test_nothing_is_lost_and_taking_back_undoes(amounts, units, order, across, future):
    rows = rows_of(*amounts)
    owed = sum(row.open_units for row in rows)
    rule = Allocation(cells=cells_of(order=tuple(order)), across=across, future=future)
    left, taken = allocate(rows=rows, units=units, day=DAY, rule=rule, rounding=Rounding.HALF_EVEN)
    assert left == max(0, units - owed)
    assert sum(moved for _, _, moved in taken) == units - left
    rest, _ = take_back(rows=rows, units=units - left, day=DAY, rule=rule, rounding=Rounding.HALF_EVEN)
    assert rest == 0
    assert sum(sum(row.paid) for row in rows) == 0


@pytest.mark.parametrize("units", [1, 2, 5])
def test_spreading_gives_the_last_row_what_is_missing(units):
    rows = rows_of((0, 0, 0, 9), (0, 0, 0, 9), (0, 0, 0, 9), (0, 0, 0, 9), (0, 0, 0, 9))[2:]
    rule = Allocation(cells=cells_of(order=ORDER), future=Future.SPREAD)
    left, _ = allocate(rows=rows, units=units, day=DAY, rule=rule, rounding=Rounding.HALF_EVEN)
    assert (left, sum(sum(row.paid) for row in rows)) == (0, units)
