from datetime import date
from decimal import Decimal

from tests.book.loans.loan_histories import paid_out, rules_of, terms_of

from creditloop.book.loans import Charged, OverdueCharge, Part, overdue_charges_of, replay


def test_each_overdue_instalment_bears_one_overdue_charge():
    rules = rules_of(
        penalties=(), overdue_charge=OverdueCharge(share=Decimal("0.015"), with_interest=True, grace_days=2)
    )
    history, day = paid_out(), date(2024, 4, 10)
    state = replay(terms=terms_of(), rules=rules, events=history.events, as_of=day)
    fees = overdue_charges_of(state=state, rules=rules, terms=terms_of(), day=day)
    assert fees == [(date(2024, 2, 29), 15_60), (date(2024, 3, 31), 15_60)]  # 1.5 % of 1,039.90 yuan
    for due, units in fees:
        history.add(Charged, day, amount=units, part=Part.PENALTY, due=day, instalment_due=due)
    charged = replay(terms=terms_of(), rules=rules, events=history.events, as_of=day)
    assert [row.amounts[Part.PENALTY] for row in charged.rows[:3]] == [15_60, 15_60, 0]
    assert overdue_charges_of(state=charged, rules=rules, terms=terms_of(), day=day) == []
    assert overdue_charges_of(state=state, rules=rules_of(), terms=terms_of(), day=day) == []
