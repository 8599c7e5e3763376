"""A bank with a loan in its book whose steps stand on a network of five real nodes."""

import pytest
from tests.service.loans.asked import opened
from tests.service.packaging.recorded_loan import RecordedLoan

from creditloop.service.bank import Bank

LOAN = "L-1"


@pytest.fixture
def lending_bank(small_bank: Bank) -> Bank:
    """A bank that has opened the loan."""
    opened(small_bank, loan_id=LOAN)
    return small_bank


@pytest.fixture
def recorded() -> RecordedLoan:
    """The loan on the network: six steps, one objection."""
    return RecordedLoan(LOAN).live()
