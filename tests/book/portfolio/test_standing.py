"""Where the book stands: cells of a day, their sums by each key, the change, and the loans behind them."""

from datetime import date

import polars as pl
import pytest
from tests.book.portfolio.aged_book import LAST_DAY

from creditloop.book.portfolio import (
    BUCKETS,
    CELL_COLUMNS,
    NPL_TIERS,
    STAGES,
    TIERS,
    Figures,
    LoanChoice,
    cells_of,
    count_day_loans,
    day_cells,
    figures,
    list_day_loans,
    portfolio_lines,
)
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection

MARCH_END, FEBRUARY_END = date(2026, 3, 31), date(2026, 2, 28)


def test_a_day_is_added_up_by_class_stage_bucket_and_programme(aged: Connection) -> None:
    cells = day_cells(aged, business_date=MARCH_END)
    assert tuple(cells.columns) == CELL_COLUMNS
    tiers = {line.key: line.now for line in portfolio_lines(cells, by="tier", order=TIERS)}
    assert {key: (now.loans, now.principal_fen) for key, now in tiers.items() if now.loans} == {
        1: (1, 1_820_000),
        2: (3, 4_500_000),
        3: (2, 2_200_000),
    }
    buckets = portfolio_lines(cells, by="bucket", order=range(5))
    assert [line.now.loans for line in buckets] == [1, 3, 0, 2, 0]
    stages = {line.key: line.now.loans for line in portfolio_lines(cells, by="stage", order=STAGES)}
    assert stages == {1: 4, 2: 2, 3: 0, 0: 0}
    programmes = portfolio_lines(cells, by="programme_no", order=(1, 2))
    assert [line.now.principal_fen for line in programmes] == [4_020_000, 4_500_000]
    for lines in (buckets, programmes):
        assert sum(line.now.overdue_principal_fen for line in lines) == figures(cells).overdue_principal_fen


def test_overdue_is_what_is_due_and_unpaid_from_the_day_after_its_due_date(aged: Connection) -> None:
    due_today = day_cells(aged, business_date=date(2026, 3, 10))
    second = figures(cells_of(due_today, programmes=(2,)))
    late = figures(cells_of(due_today, programmes=(2,), overdue=True))
    assert (second.loans, late.loans) == (3, 1)
    assert second.overdue_principal_fen == late.overdue_principal_fen > 0, "due today is not overdue yet"
    plan = aged.execute(
        "SELECT sum(principal_fen), sum(interest_fen) FROM book.instalment"
        " WHERE loan_no = 34 AND due_date <= '2026-03-10'"
    ).fetchone()
    assert plan == (late.overdue_principal_fen, late.overdue_interest_fen)


def test_the_change_is_against_the_same_line_of_the_earlier_day(aged: Connection) -> None:
    now, before = (day_cells(aged, business_date=day) for day in (MARCH_END, FEBRUARY_END))
    lines = {line.key: line for line in portfolio_lines(now, by="tier", order=TIERS, before=before)}
    assert lines[3].change == lines[3].now, "nobody was in class 3 before"
    change = lines[1].change
    assert change is not None
    assert (change.loans, change.principal_fen) == (1 - 3, 1_820_000 - 1_340_000 - 3_160_000)
    without = portfolio_lines(now, by="tier", order=TIERS)
    assert all(line.change is None for line in without)


def test_a_key_that_would_not_be_shown_is_refused() -> None:
    cells = pl.DataFrame(
        [[9, 1, 1, 0, 1, 5, 0, 0, 0]], schema=dict.fromkeys(CELL_COLUMNS, pl.Int64), orient="row"
    )
    with pytest.raises(InputError, match="not shown"):
        portfolio_lines(cells, by="programme_no", order=(1,))
    with pytest.raises(InputError, match="no such key"):
        portfolio_lines(cells, by="loans", order=(1,))
    assert figures(cells.clear()) == Figures(
        loans=0, principal_fen=0, overdue_principal_fen=0, overdue_interest_fen=0, penalty_fen=0
    )


@pytest.mark.parametrize(
    ("choice", "numbers"),
    [
        (LoanChoice(), [2, 18, 34, 50, 66, 82]),
        (LoanChoice(tiers=NPL_TIERS), [2, 18]),
        (LoanChoice(tiers=(2,), programmes=(1,)), []),
        (LoanChoice(stage=1), [34, 50, 66, 82]),
        (LoanChoice(bucket="dpd_1_30"), [34, 50, 66]),
        (LoanChoice(overdue=True, programmes=(2,)), [34, 50, 66]),
        (LoanChoice(paid_out=date(2026, 1, 31)), [2, 18, 34]),
        (LoanChoice(shard=3), []),
        (LoanChoice(loan_id="L/66"), [66]),
    ],
    ids=repr,
)
def test_loans_are_chosen_counted_and_added_up(
    aged: Connection, choice: LoanChoice, numbers: list[int]
) -> None:
    found = list_day_loans(aged, business_date=MARCH_END, choice=choice)
    assert sorted(one.loan_no for one in found) == numbers
    sums = count_day_loans(aged, business_date=MARCH_END, choice=choice)
    assert sums.loans == len(numbers)
    for name in (
        "principal_fen",
        "overdue_principal_fen",
        "overdue_interest_fen",
        "penalty_fen",
        "paid_out_fen",
    ):
        assert getattr(sums, name) == sum(getattr(one, name) for one in found)


def test_every_cell_leads_to_the_loans_it_counts(aged: Connection) -> None:
    cells = day_cells(aged, business_date=LAST_DAY)
    for row in cells.to_dicts():
        choice = LoanChoice(
            tiers=(row["tier"],),
            stage=row["stage"],
            bucket=BUCKETS[row["bucket"]],
            programmes=(row["programme_no"],),
        )
        sums = count_day_loans(aged, business_date=LAST_DAY, choice=choice)
        assert (sums.loans, sums.principal_fen) == (row["loans"], row["principal_fen"])
        assert sums.overdue_principal_fen == row["overdue_principal_fen"]


def test_pages_of_a_list_follow_each_other_the_longest_past_due_first(aged: Connection) -> None:
    pages = [
        list_day_loans(aged, business_date=MARCH_END, choice=LoanChoice(), most=4, skip=skip)
        for skip in (0, 4)
    ]
    assert [one.loan_no for page in pages for one in page] == [18, 2, 34, 66, 50, 82]
    first = pages[0][0]
    assert (first.dpd, first.tier, first.stage, first.loan_id) == (61, 3, 2, "L/18")
    assert aged.execute(
        "SELECT loan_no FROM book.loan_day WHERE batch_id = %s AND row_no = %s",
        (first.batch_id, first.row_no),
    ).fetchone() == (18,)


def test_a_bucket_there_is_not_is_refused() -> None:
    with pytest.raises(InputError, match="no such bucket"):
        LoanChoice(bucket="M9")
