"""Loans (借据): quoted by a product's rules, agreed, opened, repaid and read, each act one piece of work.

`in_force` reads a product with every rule it names, once for as long as its texts stay; `quoting` says what
a loan would cost and whether the rules of its day let it be drawn; `agreement` is the text that is signed.
`opening` takes the loan into the book with its pay-out (`payout_order`); that of a joint loan may wait for
the evidence network (`awaiting`), which records a loan's steps (`network_steps`). `paying` books what comes
in, `servicing` every change besides; `reading` says where it stands and what a period brought. Amounts are
fen, rates exact; the book computes (`book.plan`, `book.loans`, `book.loan_store`), the products say by
what (`lend.products`).
"""

from creditloop.service.loans.agreement import LoanAgreement, agreement_of, loan_terms
from creditloop.service.loans.announcing import announcement_of
from creditloop.service.loans.awaiting import (
    Awaiting,
    break_glass,
    end_refused,
    find_all_awaiting,
    find_awaiting,
    lapse_waiting,
    pay_out_final,
)
from creditloop.service.loans.booking import EventBooked
from creditloop.service.loans.business_day import open_day
from creditloop.service.loans.in_force import business_days_of, rules_in_force
from creditloop.service.loans.opening import Opening, find_opening, open_agreed
from creditloop.service.loans.paying import Payment, prepay, repay
from creditloop.service.loans.payout_order import PAY_OUT, PayoutOrder, order_from_text
from creditloop.service.loans.quoting import (
    BorrowerFacts,
    LoanAsked,
    QuotedFee,
    QuotedLoan,
    checked_drawdown,
    quoted_loan,
)
from creditloop.service.loans.rates import nano_of_rate, percent_of_rate, rate_of_nano
from creditloop.service.loans.reading import (
    PAYOFF_DAYS_MOST,
    TIERS,
    Balances,
    LastClose,
    LoanView,
    Statement,
    StatementLine,
    agreement_hash_of,
    booked_balances,
    find_agreement,
    find_loan_view,
    find_payoff,
    find_statement,
)
from creditloop.service.loans.servicing import SERVICING_KINDS, Change, change_loan

__all__ = [
    "PAYOFF_DAYS_MOST",
    "PAY_OUT",
    "SERVICING_KINDS",
    "TIERS",
    "Awaiting",
    "Balances",
    "BorrowerFacts",
    "Change",
    "EventBooked",
    "LastClose",
    "LoanAgreement",
    "LoanAsked",
    "LoanView",
    "Opening",
    "Payment",
    "PayoutOrder",
    "QuotedFee",
    "QuotedLoan",
    "Statement",
    "StatementLine",
    "agreement_hash_of",
    "agreement_of",
    "announcement_of",
    "booked_balances",
    "break_glass",
    "business_days_of",
    "change_loan",
    "checked_drawdown",
    "end_refused",
    "find_agreement",
    "find_all_awaiting",
    "find_awaiting",
    "find_loan_view",
    "find_opening",
    "find_payoff",
    "find_statement",
    "lapse_waiting",
    "loan_terms",
    "nano_of_rate",
    "open_agreed",
    "open_day",
    "order_from_text",
    "pay_out_final",
    "percent_of_rate",
    "prepay",
    "quoted_loan",
    "rate_of_nano",
    "repay",
    "rules_in_force",
]
