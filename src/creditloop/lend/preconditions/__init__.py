"""Preconditions (前置条件): a lender's own rules about the records other parties ask it to agree to.

Each party of the evidence network runs a node that judges the others' records; form, signatures and sequence
every node checks, what a record means for a joint loan only a lender can tell. `LendPreconditions` is handed
to the node as its port: record → documents' names and commitments → what this party was told (`Knowledge`)
→ the name of a reason to object, or None. Pure: how knowledge is brought in is the business of `service`.
"""

from creditloop.lend.preconditions.judging import (
    AGREEMENT,
    BORROWER,
    LENDER,
    LOAN_UNKNOWN,
    PAYOUT_ORDER,
    REASONS,
    SHARE,
    Knowledge,
    KnownLoan,
    KnownProgramme,
    LendPreconditions,
)

__all__ = [
    "AGREEMENT",
    "BORROWER",
    "LENDER",
    "LOAN_UNKNOWN",
    "PAYOUT_ORDER",
    "REASONS",
    "SHARE",
    "Knowledge",
    "KnownLoan",
    "KnownProgramme",
    "LendPreconditions",
]
