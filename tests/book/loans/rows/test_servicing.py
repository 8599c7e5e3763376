from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.book.loans.loan_histories import START, paid_out, rules_of, terms_of

from creditloop.book.calendars import Cycle
from creditloop.book.loans import (
    Charged,
    DueDatesMoved,
    Keep,
    Part,
    Prepaid,
    RateReset,
    Reaged,
    Reamortised,
    Repaid,
    Rescheduled,
    Restructured,
    replay,
)
from creditloop.kernel.errors import InputError, StateError

QUIET = rules_of(penalties=())


def rows_after(history, as_of=START + timedelta(days=60), **changes):
    return replay(terms=terms_of(**changes), rules=QUIET, events=history.events, as_of=as_of).rows


def principal(rows):
    return [row.amounts[Part.PRINCIPAL] for row in rows]


def test_a_rate_reset_parts_the_running_period():
    history = paid_out()
    history.add(RateReset, START + timedelta(days=10), rate=Decimal("0.036"))
    rows = rows_after(history)
    assert rows[0].amounts[Part.INTEREST] == round(12_000_00 * (0.072 * 10 + 0.036 * 19) / 360)
    assert sum(principal(rows)) == 12_000_00
    plain = rows_after(paid_out())
    assert sum(row.amounts[Part.INTEREST] for row in rows) < sum(row.amounts[Part.INTEREST] for row in plain)


def test_an_extension_moves_an_instalment_and_adds_further_ones():
    history = paid_out(300_00)
    history.add(Rescheduled, START, from_due=date(2024, 3, 31), to_due=date(2024, 5, 15), extra_count=1)
    rows = rows_after(history, principal=300_00, count=3, rate=Decimal(0))
    assert [row.due.isoformat() for row in rows] == ["2024-02-29", "2024-05-15", "2024-06-15", "2024-07-15"]
    assert principal(rows) == [100_00, 66_67, 66_67, 66_66]
    history.add(Rescheduled, START, from_due=date(2024, 3, 30))
    with pytest.raises(InputError, match="no instalment is due"):
        rows_after(history, principal=300_00, count=3, rate=Decimal(0))


def test_a_holiday_moves_a_due_date_and_nothing_else():
    history = paid_out()
    history.add(DueDatesMoved, START, moves=((date(2024, 3, 31), date(2024, 4, 1)),))
    rows, plain = rows_after(history), rows_after(paid_out())
    assert (rows[1].due, rows[2].start) == (date(2024, 4, 1), date(2024, 4, 1))
    assert [row.amounts for row in rows] == [row.amounts for row in plain]
    history.add(DueDatesMoved, START, moves=((date(2030, 1, 1), date(2030, 1, 2)),))
    with pytest.raises(InputError, match="no instalment is due"):
        rows_after(history)


@pytest.mark.parametrize("keep", Keep)
def test_a_partial_prepayment_plans_the_rest_anew(keep):
    history = paid_out()
    history.add(Prepaid, START + timedelta(days=10), amount=6_024_00, keep=keep)
    rows = rows_after(history)
    assert rows[0].amounts == (0, 0, 24_00, 6_000_00)  # ten days' interest, then principal
    assert sum(principal(rows)) == 12_000_00
    level = rows_after(paid_out())[0]
    first = rows[1].amounts[Part.PRINCIPAL] + rows[1].amounts[Part.INTEREST]
    if keep is Keep.COUNT:
        assert len(rows) == 13
        assert first < sum(level.amounts) * 0.52
    else:
        assert len(rows) == 7
        assert first == sum(level.amounts)


def test_what_is_overdue_is_spread_or_put_on_new_instalments():
    loan = {"principal": 400_00, "count": 4, "rate": Decimal(0)}
    history = paid_out(400_00)
    history.add(Repaid, START, amount=50_00)
    history.add(Reamortised, date(2024, 4, 2))
    assert principal(rows_after(history, date(2024, 4, 2), **loan)) == [50_00, 0, 175_00, 175_00]
    aged = paid_out(400_00)
    aged.add(Reaged, date(2024, 6, 1), start=date(2024, 7, 1), cycle=Cycle(months=2), count=3)
    rows = rows_after(aged, date(2024, 6, 1), **loan)
    assert principal(rows)[-3:] == [133_33, 133_33, 133_34]
    assert [row.due.isoformat() for row in rows[-3:]] == ["2024-07-01", "2024-09-01", "2024-11-01"]
    history.add(Reamortised, date(2024, 6, 30))
    with pytest.raises(StateError, match="no instalment is to come"):
        rows_after(history, date(2024, 6, 30), **loan)


def test_a_restructured_loan_keeps_its_interest_due_or_makes_it_principal():
    day = date(2024, 3, 10)
    for capitalise in (False, True):
        history = paid_out()
        history.add(
            Restructured,
            day,
            first_due=date(2024, 4, 10),
            cycle=Cycle(months=1),
            count=24,
            rate=Decimal("0.06"),
            capitalise=capitalise,
        )
        rows = rows_after(history, day)
        earned = 69_60 + round(rows_after(paid_out())[1].amounts[Part.INTEREST] * 10 / 31)
        new = [row for row in rows if row.due > day]
        assert len(new) == 24
        assert sum(principal(new)) == 12_000_00 + earned * capitalise
        assert sum(row.open_units for row in rows if row.due <= day) == earned * (not capitalise)


def test_a_charge_follows_an_extension_to_the_row_it_then_belongs_to():
    history = paid_out(300_00)
    history.add(Charged, START, amount=9_00, part=Part.FEE, due=date(2024, 5, 10))
    history.add(Rescheduled, START, from_due=date(2024, 3, 31), extra_count=2)
    loan = terms_of(principal=300_00, count=3, rate=Decimal(0))
    rules = rules_of(penalties=(), plan_first=True)
    rows = replay(terms=loan, rules=rules, events=history.events, as_of=START).rows
    assert [row.due.isoformat() for row in rows][-2:] == ["2024-05-31", "2024-06-30"]
    assert [row.amounts[Part.FEE] for row in rows] == [0, 0, 0, 9_00, 0]
