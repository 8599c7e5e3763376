from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.book.loans.loan_histories import START, paid_out, rules_of, terms_of

from creditloop.book.interest import DayCount
from creditloop.book.loans import (
    Disbursed,
    InterestMethod,
    LevelBasis,
    LevelChange,
    Part,
    replay,
)
from creditloop.book.plan import RepaymentMethod


def rows_of(**changes):
    loan = terms_of(**({"day_count": None} | changes))
    return replay(terms=loan, rules=rules_of(), events=paid_out(loan.principal).events, as_of=START).rows


@pytest.mark.parametrize(
    ("changes", "first", "last"),
    [
        ({}, (72_00, 967_43), (6_20, 1_033_22)),
        ({"repayment": RepaymentMethod.EQUAL_PRINCIPAL}, (72_00, 1_000_00), (6_00, 1_000_00)),
        ({"repayment": RepaymentMethod.INTEREST_FIRST}, (72_00, 0), (72_00, 12_000_00)),
        ({"repayment": RepaymentMethod.BULLET}, (864_00, 12_000_00), (864_00, 12_000_00)),
        ({"interest_method": InterestMethod.FLAT}, (72_00, 1_000_00), (72_00, 1_000_00)),
        ({"multiple": 100}, (72_00, 967_00), (6_23, 1_038_08)),
        ({"grace_principal": 6}, (72_00, 0), (12_18, 2_030_03)),
        ({"grace_interest": 2}, (0, 967_43), (6_20, 1_033_22)),
    ],
)
def test_each_way_of_repaying(changes, first, last):
    rows = rows_of(**changes)
    assert (rows[0].amounts[Part.INTEREST], rows[0].amounts[Part.PRINCIPAL]) == first
    assert (rows[-1].amounts[Part.INTEREST], rows[-1].amounts[Part.PRINCIPAL]) == last
    assert sum(row.amounts[Part.PRINCIPAL] for row in rows) == 12_000_00


def test_level_instalments_differ_only_in_the_last():
    for day_count in (None, *DayCount):
        rows = rows_of(day_count=day_count, rate=Decimal("0.1234"), principal=98_765_43)
        levels = [sum(row.amounts) for row in rows]
        assert len(set(levels[:-1])) == 1
        assert abs(levels[-1] - levels[0]) <= len(rows)


def test_a_level_found_from_nominal_months_with_interest_by_real_days():
    start = date(2022, 11, 1)
    loan = terms_of(
        principal=5_000_00,
        start=start,
        count=6,
        rate=Decimal("0.12"),
        day_count=DayCount.ACT_365,
        level_basis=LevelBasis.NOMINAL,
        multiple=100,
    )
    rows = replay(terms=loan, rules=rules_of(), events=paid_out(5_000_00, start).events, as_of=start).rows
    # the plan that an outside case states for these terms (fin191 of the life cycles)
    assert [row.amounts[Part.INTEREST] for row in rows] == [49_32, 42_68, 34_33, 23_38, 17_34, 8_45]
    assert [sum(row.amounts) for row in rows] == [862_00, 862_00, 862_00, 862_00, 862_00, 865_50]


def test_a_tranche_within_a_period_bears_interest_from_its_own_day():
    for level_change in LevelChange:
        loan = terms_of(count=2, level_change=level_change, multiple=1_00)
        history = paid_out()
        history.add(Disbursed, START + timedelta(days=9), amount=6_000_00)
        rows = replay(
            terms=loan, rules=rules_of(), events=history.events, as_of=START + timedelta(days=9)
        ).rows
        # 29 days of 12,000 yuan and 20 days of 6,000 yuan at 7.2 % / 360
        assert rows[0].amounts[Part.INTEREST] == 69_60 + 24_00
        assert sum(row.amounts[Part.PRINCIPAL] for row in rows) == 18_000_00
