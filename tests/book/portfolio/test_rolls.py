"""Roll rates: every loan of the first month's end goes somewhere, and the cells list who went there."""

from datetime import date

import polars as pl
import pytest

from creditloop.book.portfolio import (
    FROM_STATES,
    TO_STATES,
    roll_lines,
    rolled_cells,
    rolled_loans,
)
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection

BEFORE, AFTER = date(2026, 2, 28), date(2026, 3, 31)


def moved(
    cells: pl.DataFrame, programmes: tuple[int, ...] | None = None
) -> dict[tuple[str, str], tuple[int, int]]:
    return {
        (cell.from_state, cell.to_state): (cell.loans, cell.principal_before_fen)
        for line in roll_lines(cells, programmes=programmes)
        for cell in line.cells
        if cell.loans
    }


def test_loans_move_from_bucket_to_bucket(aged: Connection) -> None:
    cells = rolled_cells(aged, before=BEFORE, after=AFTER)
    assert moved(cells) == {
        ("dpd_1_30", "dpd_61_90"): (2, 2_200_000),
        ("dpd_0", "dpd_1_30"): (3, 4_500_000),
        ("entered", "dpd_0"): (1, 0),
    }
    assert moved(cells, programmes=(2,)) == {("dpd_0", "dpd_1_30"): (3, 4_500_000)}
    lines = {line.from_state: line for line in roll_lines(cells)}
    assert (lines["dpd_0"].loans, lines["dpd_0"].principal_before_fen) == (3, 4_500_000)
    assert lines["dpd_91_up"].loans == 0


def test_every_cell_lists_its_loans(aged: Connection) -> None:
    for line in roll_lines(rolled_cells(aged, before=BEFORE, after=AFTER)):
        for cell in line.cells:
            loans = rolled_loans(
                aged, before=BEFORE, after=AFTER, from_state=cell.from_state, to_state=cell.to_state
            )
            assert len(loans) == cell.loans
            assert sum(one.principal_before_fen or 0 for one in loans) == cell.principal_before_fen
            assert sum(one.principal_after_fen or 0 for one in loans) == cell.principal_after_fen
    whole = rolled_loans(aged, before=BEFORE, after=AFTER, from_state="dpd_0", most=2)
    assert [(one.loan_id, one.dpd_before, one.dpd_after) for one in whole] == [
        ("L/66", 0, 21),
        ("L/50", 0, 21),
    ]
    [entered] = rolled_loans(aged, before=BEFORE, after=AFTER, from_state="entered", to_state="dpd_0")
    assert (entered.loan_id, entered.dpd_before, entered.before_batch) == ("L/82", None, None)


def test_what_left_is_settled_or_written_off_and_a_line_adds_up() -> None:
    cells = pl.DataFrame(
        [(1, 3, -1, 2, 20, 0), (1, 3, -2, 1, 30, 0), (2, 3, 4, 1, 50, 49), (1, -1, 0, 4, 0, 400)],
        schema=dict.fromkeys(
            (
                "programme_no",
                "from_bucket",
                "to_bucket",
                "loans",
                "principal_before_fen",
                "principal_after_fen",
            ),
            pl.Int64,
        ),
        orient="row",
    )
    lines = {line.from_state: line for line in roll_lines(cells)}
    assert tuple(lines) == FROM_STATES
    late = lines["dpd_61_90"]
    assert tuple(cell.to_state for cell in late.cells) == TO_STATES
    assert {cell.to_state: cell.loans for cell in late.cells if cell.loans} == {
        "settled": 2,
        "written_off": 1,
        "dpd_91_up": 1,
    }
    assert (late.loans, late.principal_before_fen) == (4, 100)
    assert sum(cell.principal_after_fen for cell in lines["entered"].cells) == 400


def test_a_state_there_is_not_is_refused(aged: Connection) -> None:
    for states in ({"from_state": "settled"}, {"from_state": "dpd_0", "to_state": "entered"}):
        with pytest.raises(InputError, match="no such state"):
            rolled_loans(aged, before=BEFORE, after=AFTER, **states)
