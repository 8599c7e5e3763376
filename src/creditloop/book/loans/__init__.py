"""One loan's life (借据): terms, rules and append-only events to rows due, postings and days past due.

`replay(terms, rules, events, as_of)` is a pure function of integers: the plan's rows, what each payment
settled in the order of twelve cells a document states, charges and penalty interest, credits, refunds,
changes of the plan, write-off and recovery, and each event's balanced postings. An event undone or backdated
goes through the same replay; `correct` says line by line what each later amount was and is, and what is
posted for it. `payoff_quote` says what settles the loan on a day; `LevelPlan` recalculates instalments.

Nothing here knows a product, a database or a clock: documents are read in `lend`, stored by the book's store.
"""

from creditloop.book.loans.corrections import (
    Correction,
    DifferenceLine,
    Subject,
    correct,
    correction_of,
    difference,
)
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
from creditloop.book.loans.lenders import LenderLeg, lender_legs
from creditloop.book.loans.level_plan import LevelConventions, LevelPlan
from creditloop.book.loans.lines import FIRST_PREVIOUS_HASH, event_hash
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
from creditloop.book.loans.standing import Standing, ToCome, standing_of
from creditloop.book.loans.state import AllocationLine, DueRow, LoanState, LoanStatus, Settlement
from creditloop.book.loans.terms import InterestMethod, LevelBasis, LevelChange, LoanTerms
from creditloop.book.loans.texts import (
    EVENT_KINDS,
    event_kind,
    event_of,
    event_payload,
    from_text,
    text_of,
)

__all__ = [
    "EVENT_KINDS",
    "FIRST_PREVIOUS_HASH",
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
    "LenderLeg",
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
    "Standing",
    "Subject",
    "ToCome",
    "Waived",
    "WrittenOff",
    "append",
    "cells_of",
    "correct",
    "correction_of",
    "difference",
    "down_payment_of",
    "event_hash",
    "event_kind",
    "event_of",
    "event_payload",
    "from_text",
    "in_order",
    "lender_legs",
    "overdue_charges_of",
    "payoff_quote",
    "replay",
    "standing_of",
    "text_of",
]
