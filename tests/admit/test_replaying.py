"""A whole run comes out again from the values kept with it; the mandates of its cases too."""

from datetime import date, timedelta

import polars as pl
import pytest
from tests.admit.review_cases import applications, customers, loan_rules, mandates, rules
from tests.admit.test_store import batch, cases

from creditloop.admit import decide_again, mandates_again, review
from creditloop.kernel.errors import EvidenceError

BOTH = {"limits": (rules(), customers), "loans": (loan_rules(), applications)}


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("holes", [False, True])
def test_a_run_comes_out_again_to_the_bit(name: str, holes: bool) -> None:
    by, draw = BOTH[name]
    decided = review(frame=draw(200, seed=5, holes=holes), rules=by)
    again = decide_again(decisions=decided.select("party_id", "inputs"), rules=by)
    assert again.schema == decided.schema
    assert again.equals(decided)


def test_longest_numbers_come_back() -> None:
    by, draw = BOTH["limits"]
    frame = draw(3, seed=5).with_columns(limit_fen=pl.Series([2**63 - 1, 2**53, -(2**53) - 1]))
    decided = review(frame=frame, rules=by)
    assert decide_again(decisions=decided, rules=by).equals(decided)


def test_values_that_are_not_there_are_refused() -> None:
    by, draw = BOTH["limits"]
    decided = review(frame=draw(2, seed=5), rules=by).with_columns(inputs=pl.lit("{}"))
    with pytest.raises(EvidenceError, match="is not kept"):
        decide_again(decisions=decided, rules=by)


def test_mandates_come_out_again() -> None:
    opened, by = cases(batch()), mandates()
    told = mandates_again(cases=opened, mandates=by)
    assert len(told) == len(opened)
    for case, (mandate, due_on) in zip(opened, told, strict=True):
        assert mandate == by.mandate(amount_fen=case.amount_fen)
        assert isinstance(due_on, date)
        assert due_on - case.opened_on >= timedelta(0)
