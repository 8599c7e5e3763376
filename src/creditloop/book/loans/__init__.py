"""One loan's life (借据): terms, rules and append-only events to rows due, postings and days past due.

`replay(terms, rules, events, as_of)` is a pure function of integers: the plan's rows, what each payment
settled in the order of twelve cells a document states, charges and penalty interest, credits, refunds,
changes of the plan, write-off and recovery, and each event's balanced postings. An event undone or backdated
goes through the same replay; `correct` says line by line what each later amount was and is, and what is
posted for it. `payoff_quote` says what settles the loan on a day; `LevelPlan` recalculates instalments.

Nothing here knows a product, a database or a clock: documents are read in `lend`, stored by the book's store.
"""

from creditloop.book.loans.corrections import Correction, DifferenceLine, Subject, correct, difference
from creditloop.book.loans.events import (
    Accrued,
    Charged,
    ChargedBack,
    CreditRefunded,
    Disbursed,
    DueDatesMoved,
    Keep,
    LoanEvent,
    Prepaid,
    RateReset,
    Reaged,
    Reamortised,
    Refunded,
    Repaid,
    Rescheduled,
    Restructured,
    Reversed,
    Waived,
    WrittenOff,
    append,
    in_order,
)
from creditloop.book.loans.level_plan import LevelConventions, LevelPlan
from creditloop.book.loans.overdue_charges import overdue_charges_of
from creditloop.book.loans.payoff import PayoffQuote, payoff_quote
from creditloop.book.loans.postings import Leg, LoanAccount
from creditloop.book.loans.replay import replay
from creditloop.book.loans.rows import RowKind, down_payment_of
from creditloop.book.loans.rules import (
    Across,
    Allocation,
    Cell,
    DpdSwitch,
    Due,
    Future,
    LoanRules,
    OverdueCharge,
    Part,
    Parts,
    PaymentKind,
    PenaltyBase,
    PenaltyVariant,
    cells_of,
)
from creditloop.book.loans.state import AllocationLine, DueRow, LoanState, LoanStatus, Settlement
from creditloop.book.loans.terms import InterestMethod, LevelBasis, LevelChange, LoanTerms

__all__ = [
    "Accrued",
    "Across",
    "Allocation",
    "AllocationLine",
    "Cell",
    "Charged",
    "ChargedBack",
    "Correction",
    "CreditRefunded",
    "DifferenceLine",
    "Disbursed",
    "DpdSwitch",
    "Due",
    "DueDatesMoved",
    "DueRow",
    "Future",
    "InterestMethod",
    "Keep",
    "Leg",
    "LevelBasis",
    "LevelChange",
    "LevelConventions",
    "LevelPlan",
    "LoanAccount",
    "LoanEvent",
    "LoanRules",
    "LoanState",
    "LoanStatus",
    "LoanTerms",
    "OverdueCharge",
    "Part",
    "Parts",
    "PaymentKind",
    "PayoffQuote",
    "PenaltyBase",
    "PenaltyVariant",
    "Prepaid",
    "RateReset",
    "Reaged",
    "Reamortised",
    "Refunded",
    "Repaid",
    "Rescheduled",
    "Restructured",
    "Reversed",
    "RowKind",
    "Settlement",
    "Subject",
    "Waived",
    "WrittenOff",
    "append",
    "cells_of",
    "correct",
    "difference",
    "down_payment_of",
    "in_order",
    "overdue_charges_of",
    "payoff_quote",
    "replay",
]
