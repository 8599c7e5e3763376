from datetime import timedelta

import pytest
from tests.book.loans.loan_histories import START, paid_out, rules_of, terms_of

from creditloop.book.loans import Accrued, LoanAccount, Part, replay


@pytest.mark.parametrize("step", [1, 7, 100])
def test_daily_accruals_add_up_to_the_interest_of_the_periods(step):
    history = paid_out()
    for days in range(step, 401, step):
        history.add(Accrued, START + timedelta(days=days))
    state = replay(
        terms=terms_of(),
        rules=rules_of(penalties=()),
        events=history.events,
        as_of=START + timedelta(days=400),
    )
    interest = sum(row.amounts[Part.INTEREST] for row in state.rows)
    assert sum(one.parts[Part.INTEREST] for one in state.settlements) == interest
    assert state.balances[LoanAccount.INTEREST_INCOME] == -interest
    assert state.income_missing == (0, 0, 0, 0)


def test_what_is_missing_stands_at_each_due_date_and_the_last_day():
    state = replay(
        terms=terms_of(),
        rules=rules_of(penalties=()),
        events=paid_out().events,
        as_of=START + timedelta(days=39),
    )
    (first_due, first), (last_day, last) = state.income_by_row
    assert (first_due, first[Part.INTEREST]) == (state.rows[0].due, 69_60)
    assert last_day == state.as_of
    second = state.rows[1].amounts[Part.INTEREST]
    assert last[Part.INTEREST] == round(second * 10 / 31)
