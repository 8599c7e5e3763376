from decimal import Decimal

import pytest
from tests.book.loans.loan_histories import terms_of

from creditloop.kernel.errors import InputError


@pytest.mark.parametrize(
    "changes",
    [
        {"principal": 0},
        {"count": 0},
        {"count": 601},
        {"multiple": 0},
        {"grace_principal": 12},
        {"rate": Decimal("-0.01")},
        {"down_payment": Decimal(1)},
    ],
)
def test_terms_out_of_range_are_refused(changes):
    with pytest.raises(InputError, match="out of range"):
        terms_of(**changes)
