"""From the codes of a report to the values of a contract, table by table; None is a code without a value.

Every table names every code of its own list (a test proves it), so that a code added there must be decided
on here. What a contract's value means is said in contracts/bureau_*.yaml; the choice is ours.
"""

from collections.abc import Mapping

Values = Mapping[str, str | None]

LENDERS: Values = {
    **dict.fromkeys(("11", "12", "14", "15"), "bank"),
    "21": "trust",
    "22": "leasing",
    "24": "consumer_finance",
    "51": "micro_lender",
    **dict.fromkeys(("16", "23", "25", "26", "31", "41", "52", "53", "54", "99"), "other"),
}
"""`codes.INSTITUTIONS` to `lender`; internet platforms are no kind of institution to the bureau."""

KINDS_BY_TYPE: Values = {
    "R1": "revolving",
    "R4": "revolving",
    "R2": "card",
    "R3": "quasi_card",
    "D1": None,
    "C1": None,
}
"""`ACCOUNT_TYPES` to `kind`; D1 and C1 are told by what the loan is for."""
KINDS: Values = {
    **dict.fromkeys(("11", "13"), "mortgage"),
    "21": "car",
    **dict.fromkeys(("31", "32", "33", "53", "91"), "consumer"),
    **dict.fromkeys(("41", "42", "52"), "business"),
    "71": "quasi_card",
    **dict.fromkeys(("81", "82"), "card"),
    **dict.fromkeys(("12", "51", "61", "62", "63", "64", "92", "99", "A1", "B1")),
}
"""`BUSINESS_KINDS` of a person to `kind`; farm household loans (51) may be for either purpose."""
FIRM_KINDS: Values = {
    **dict.fromkeys(("11", "12", "13"), "business"),
    "16": "revolving",
    **dict.fromkeys(("10", "14", "15", "21", "31", "41", "51")),
}
"""`FIRM_BUSINESS_KINDS` to `kind`; a firm's loans, trade finance and factoring are for its business."""

SECURITIES: Values = {
    "1": "pledge",
    "2": "mortgage",
    "3": "guarantor",
    "4": "credit",
    "7": "joint",
    **dict.fromkeys(("5", "6", "8", "9")),
}
"""`GUARANTEE_KINDS` of a person to `guarantee`; combined kinds have no value."""
FIRM_SECURITIES: Values = {"0": "credit", "1": "guarantor", "2": "pledge", "3": "mortgage", "4": None}
"""`GUARANTEE_KINDS` of a firm to `guarantee`."""

MONTH_STATES: Values = {
    **dict.fromkeys(("N", "M", "A"), "normal"),
    "*": "unused",
    "1": "late_1",
    "2": "late_2",
    **dict.fromkeys(("3", "4", "5", "6", "7"), "late_3"),
    **dict.fromkeys(("B", "D", "G", "Z"), "bad"),
    "C": "settled",
    **dict.fromkeys(("#", "/")),
}
"""`REPAYMENT_STATUSES` to `state`; a month of unknown status (#, /) is left out."""
LATE_STATES = ("normal", "late_1", "late_2", "late_3")
"""`state` by months late, 3 and more the last."""

REASONS: Values = {
    **dict.fromkeys(("02", "24", "26"), "loan_approval"),
    "03": "card_approval",
    **dict.fromkeys(("08", "20"), "guarantee_check"),
    **dict.fromkeys(("01", "21"), "post_loan"),
    **dict.fromkeys(("09", "16", "18", "19", "22", "23", "25"), "other"),
}
"""`QUERY_REASONS` of a person to `reason`."""

LIABILITIES: Values = {
    "1": "joint_borrower",
    "2": "guarantor",
    "3": "bill",
    "4": "receivable",
    **dict.fromkeys(("5", "9")),
}
"""`codes.LIABILITIES` to `liability`."""
BORROWERS: Values = {"1": "person", "2": "firm"}
"""`codes.BORROWER_KINDS` to `borrower_kind`."""
CLASSES: Values = {
    "1": "normal",
    "2": "special_mention",
    "3": "substandard",
    "4": "doubtful",
    "5": "loss",
    **dict.fromkeys(("6", "9")),
}
"""`codes.CLASSES` to `state` of a guarantee; default (6) and not classified (9) have no value."""
