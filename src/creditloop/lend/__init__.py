"""Lending (放贷): a customer's limit, how much of it is used, the agreement behind it, the letter about it.

A decision of `admit` is carried out by policy (`carrying_out`): kept, frozen, or a raise offered, which takes
effect only when the customer accepts. Each change is an event (`limits`), the limit is the sum of the
changes, and what is left of it comes from the book's own balance (`position`). A decision that is carried
out makes an `agreement`; a freeze is explained by `letters` in the customer's words, with how to ask for a
person and how to complain. `store` writes runs, `records` reads them. Nothing here reads the book, a
source, or a decision: rows are handed in, and integers of fen come back. No float.
"""

from creditloop.lend.agreement import Agreement, Basis, agreement_terms, make_agreement
from creditloop.lend.batches import LendBatch, find_batch, find_batches
from creditloop.lend.carrying_out import DECISIONS, CarriedOut, carry_out
from creditloop.lend.letters import (
    LANGUAGES,
    Letter,
    LetterCase,
    letter_is_due,
    render_letter,
    write_letters,
)
from creditloop.lend.limits import LimitEvent, LimitKind, LimitState, check_limit_history
from creditloop.lend.position import LIMITS, LimitPosition, limit_position, positions
from creditloop.lend.records import (
    check_taken_over,
    check_unchanged_after,
    find_agreements,
    find_letters,
    find_limit_history,
    find_offers,
    find_position,
    lend_counts,
    limits_in_force,
)
from creditloop.lend.store import WriteLetters, grant_limits, record_answers, record_decisions
from creditloop.lend.tables import TABLES

__all__ = [
    "DECISIONS",
    "LANGUAGES",
    "LIMITS",
    "TABLES",
    "Agreement",
    "Basis",
    "CarriedOut",
    "LendBatch",
    "Letter",
    "LetterCase",
    "LimitEvent",
    "LimitKind",
    "LimitPosition",
    "LimitState",
    "WriteLetters",
    "agreement_terms",
    "carry_out",
    "check_limit_history",
    "check_taken_over",
    "check_unchanged_after",
    "find_agreements",
    "find_batch",
    "find_batches",
    "find_letters",
    "find_limit_history",
    "find_offers",
    "find_position",
    "grant_limits",
    "lend_counts",
    "letter_is_due",
    "limit_position",
    "limits_in_force",
    "make_agreement",
    "positions",
    "record_answers",
    "record_decisions",
    "render_letter",
    "write_letters",
]
