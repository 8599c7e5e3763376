"""Vintages: late once is late for ever, non-performing is of the day; all from month-ends alone."""

from datetime import date

import polars as pl
import pytest

from creditloop.book.portfolio import (
    VintageRows,
    count_vintage_loans,
    find_book_days,
    list_vintage_loans,
    vintage_rows,
    vintages,
)
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection

JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
ENDS = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))


def made_up(*seen: tuple[str, date, int, date, int, int]) -> VintageRows:
    """Two vintages of two programmes; what is seen as given."""
    paid_out = [(JANUARY, 1, 2, 300), (JANUARY, 2, 1, 100), (FEBRUARY, 1, 1, 50)]
    return VintageRows(
        paid_out=pl.DataFrame(
            paid_out,
            schema={
                "vintage": pl.Date,
                "programme_no": pl.Int64,
                "loans": pl.Int64,
                "principal_fen": pl.Int64,
            },
            orient="row",
        ),
        seen=pl.DataFrame(
            list(seen),
            schema={
                "measure": pl.String,
                "vintage": pl.Date,
                "programme_no": pl.Int64,
                "month_end": pl.Date,
                "loans": pl.Int64,
                "principal_fen": pl.Int64,
            },
            orient="row",
        ),
        month_ends=ENDS,
    )


def test_what_was_late_once_stays_and_what_is_not_performing_may_leave() -> None:
    rows = made_up(
        ("over_30", JANUARY, 1, ENDS[1], 1, 120),
        ("over_30", JANUARY, 2, ENDS[2], 1, 100),
        ("npl", JANUARY, 1, ENDS[1], 1, 110),
    )
    january, february = vintages(rows, measure="over_30")
    assert (january.month, january.loans, january.principal_fen) == (JANUARY, 3, 400)
    assert [(cell.mob, cell.loans, cell.part_fen) for cell in january.cells] == [
        (0, 0, 0),
        (1, 1, 120),
        (2, 2, 220),
    ]
    assert [(cell.mob, cell.month_end, cell.part_fen) for cell in february.cells] == [
        (0, ENDS[1], 0),
        (1, ENDS[2], 0),
    ]
    assert january.at(3) is None
    npl = vintages(rows, measure="npl")[0]
    assert [cell.part_fen for cell in npl.cells] == [0, 110, 0]
    [alone] = vintages(rows, measure="over_30", programmes=(2,))
    assert (alone.principal_fen, [cell.part_fen for cell in alone.cells]) == (100, [0, 0, 100])
    with pytest.raises(InputError, match="not followed by"):
        vintages(rows, measure="over_60")


def test_a_book_s_vintages_are_read_from_its_month_ends(aged: Connection) -> None:
    days = find_book_days(aged)
    assert days is not None
    rows = vintage_rows(aged, month_ends=days.month_ends)
    shares = {
        measure: {
            one.month: (one.principal_fen, [cell.part_fen for cell in one.cells])
            for one in vintages(rows, measure=measure)
        }
        for measure in ("over_30", "over_90", "npl")
    }
    assert shares["over_30"] == {
        JANUARY: (3_540_000, [0, 0, 2_200_000]),
        FEBRUARY: (3_160_000, [0, 0]),
        MARCH: (1_820_000, [0]),
    }
    assert shares["npl"] == shares["over_30"], "class 3 from 31 days here, and nothing is repaid"
    assert {part for _, parts in shares["over_90"].values() for part in parts} == {0}
    late = vintage_rows(aged, month_ends=days.month_ends[1:], since=FEBRUARY)
    assert [one.month for one in vintages(late, measure="over_30")] == [FEBRUARY, MARCH]


def test_a_vintage_s_loans_are_listed_all_or_those_once_late(aged: Connection) -> None:
    every = list_vintage_loans(aged, paid_out=date(2026, 1, 9), month_ends=ENDS)
    assert [one.loan_no for one in every] == [18, 2, 34]
    assert {one.business_date for one in every} == {ENDS[2]}
    assert count_vintage_loans(aged, paid_out=JANUARY, month_ends=ENDS) == (3, 3_540_000)
    late = list_vintage_loans(aged, paid_out=JANUARY, month_ends=ENDS, late_over=30)
    assert [one.loan_no for one in late] == [18, 2]
    assert count_vintage_loans(aged, paid_out=JANUARY, month_ends=ENDS, late_over=30) == (2, 2_200_000)
    assert count_vintage_loans(aged, paid_out=JANUARY, month_ends=ENDS[:2], late_over=30) == (0, 0)
    assert count_vintage_loans(aged, paid_out=JANUARY, month_ends=ENDS, programmes=(2,)) == (1, 1_340_000)
    with pytest.raises(InputError, match="month's end"):
        list_vintage_loans(aged, paid_out=JANUARY, month_ends=())


def test_without_a_month_s_end_there_are_no_vintages(aged: Connection) -> None:
    assert vintages(vintage_rows(aged, month_ends=()), measure="npl") == []
