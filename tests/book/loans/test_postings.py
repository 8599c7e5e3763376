import pytest
from tests.book.loans.loan_histories import START, paid_out, rules_of, terms_of

from creditloop.book.loans import Accrued, LoanAccount, Part, Repaid, Waived, replay
from creditloop.book.loans.postings import check_balanced
from creditloop.kernel.errors import BookError


def test_postings_that_do_not_add_up_stop_the_book():
    event = paid_out().events[0]
    with pytest.raises(BookError, match="do not add up"):
        check_balanced(legs=[(LoanAccount.CLEARING, 1)], event=event)


def test_income_is_recognised_by_accruals_and_forgone_by_waivers():
    history = paid_out()
    due = replay(terms=terms_of(), rules=rules_of(), events=history.events, as_of=START).rows[0].due
    history.add(Accrued, due)
    history.add(Waived, due, amount=10_00, part=Part.INTEREST)
    history.add(Repaid, due, amount=59_60)
    balances = replay(terms=terms_of(), rules=rules_of(), events=history.events, as_of=due).balances
    assert balances[LoanAccount.INTEREST_INCOME] == -69_60
    assert balances[LoanAccount.GOODWILL_EXPENSE] == 10_00
    assert balances[LoanAccount.INTEREST_RECEIVABLE] == 0
