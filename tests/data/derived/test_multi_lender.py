"""Multi-lender borrowing: who carries it passes, who does not is found; the unknown are neither."""

import pytest
from tests.data.derived.derived_documents import bank_derived

from creditloop.data.derived import DerivedValues, derived_values

READ = bank_derived("features/multi_lender.yaml")
YUAN = 100
CARRIED = {  # four lenders, two accounts of them no banks; 3,000 yuan a month due of 10,000 earned
    "lenders": 4,
    "accounts": 5,
    "accounts_bank": 3,
    "balance_fen": 60_000 * YUAN,
    "balance_bank_fen": 45_000 * YUAN,
    "granted_fen": 120_000 * YUAN,
    "due_month_fen": 3_000 * YUAN,
    "salary_180d_fen": 60_000 * YUAN,
    "months_normal": 20,
    "periods_late_most": 0,
}


def told(*unknown: str, **changes: int) -> DerivedValues:
    """Compute the document of somebody like CARRIED, everything else being 0."""
    given = CARRIED | changes
    assert set(given) <= {entry.name for entry in READ.draft.inputs}
    values = {entry.feature: given.get(entry.name, 0) for entry in READ.draft.inputs}
    known = {source: source not in unknown for source in READ.draft.sources}
    return derived_values(READ, values=values, known=known)


def class_of(*unknown: str, **changes: int) -> tuple[str, str | None]:
    (found,) = told(*unknown, **changes).classes
    return found.gives, found.row and found.row.id


FAST = {"openings_180d": 4, "loan_queries_90d": 5}
REPAID_AFTER = {"openings_180d": 3, "loans_received_180d": 1, "days_since_loan_repaid": 5}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("disciplined", "carried")),
        ({"lenders": 2}, ("not_multi", "few")),
        ({"due_month_fen": 5_500 * YUAN}, ("disciplined", "carried")),  # 55 %, the most
        ({"due_month_fen": 5_501 * YUAN}, ("stretched", "too_much_due")),
        ({"due_month_fen": 9_000 * YUAN, "months_normal": 24}, ("disciplined", "proven")),
        ({"due_month_fen": 9_000 * YUAN, "months_late_1": 1}, ("stretched", "too_much_due")),
        ({"months_late_1": 2}, ("disciplined", "carried")),
        ({"months_late_1": 3}, ("stretched", "late")),
        ({"months_late_2": 1, "periods_late_most": 2}, ("stretched", "late")),
        ({"overdue_fen": 1}, ("stretched", "late")),
        ({"card_granted_fen": 1_000, "card_balance_fen": 901}, ("stretched", "used_up")),
        ({"card_granted_fen": 1_000, "card_balance_fen": 900}, ("disciplined", "carried")),
        (FAST | {"granted_180d_fen": 9_000 * YUAN}, ("rolling_over", "borrows_to_repay")),
        (FAST | {"granted_180d_fen": 8_999 * YUAN}, ("disciplined", "carried")),
        (
            FAST | {"granted_180d_fen": 500_000 * YUAN, "granted_mortgage_180d_fen": 500_000 * YUAN},
            ("disciplined", "carried"),  # a mortgage pays for a flat
        ),
        (
            {"openings_180d": 3, "loans_received_180d_fen": 500, "loans_repaid_180d_fen": 1_000},
            ("rolling_over", "borrows_to_repay"),
        ),
        (
            REPAID_AFTER | {"days_since_loan_received": 20},
            ("rolling_over", "borrows_to_repay"),
        ),
        (
            REPAID_AFTER | {"days_since_loan_received": 21},
            ("disciplined", "carried"),
        ),
        (
            FAST | {"granted_180d_fen": 9_000 * YUAN, "accounts_bank": 5},  # banks alone
            ("disciplined", "carried"),
        ),
        ({"salary_180d_fen": 0}, ("unknown", None)),  # no income seen, and too few months to prove it
        ({"salary_180d_fen": 0, "months_normal": 24}, ("disciplined", "proven")),
        ({"salary_180d_fen": 0, "salary_elsewhere_180d_fen": 60_000 * YUAN}, ("disciplined", "carried")),
    ],
)  # fmt: skip
def test_the_class_of_a_borrower(changes: dict[str, int], expected: tuple[str, str]) -> None:
    assert class_of(**changes) == expected


@pytest.mark.parametrize("source", ["bureau_accounts", "bureau_months"])
def test_who_is_not_known_is_not_taken_for_disciplined(source: str) -> None:
    assert class_of(source) == ("unknown", None)


def test_what_is_known_decides_where_it_can() -> None:
    assert class_of("bureau_months", "bureau_queries", "account_flows", lenders=1) == ("not_multi", "few")
    assert class_of("account_flows", "bank_flow_files", months_late_1=9) == ("stretched", "late")
    assert class_of("account_flows", "bank_flow_files", months_normal=30) == ("disciplined", "proven")
    assert class_of("account_flows", "bank_flow_files") == ("unknown", None)
    assert class_of("bank_flow_files") == ("disciplined", "carried")
    assert class_of("bureau_queries") == ("disciplined", "carried")  # nothing was opened of late
    assert class_of("bureau_queries", openings_180d=4, granted_180d_fen=9_000 * YUAN) == ("unknown", None)


def test_figures_by_hand() -> None:
    found = told(
        loan_queries_180d=6,
        openings_180d=2,
        loan_queries_90d=5,
        openings_90d=1,
        openings_365d=4,
        months_late_1=5,
    )
    assert {name: found.value(name) for name in FIGURES} == FIGURES


FIGURES = {
    "accounts_nonbank": 2,
    "nonbank_accounts_share": 400_000_000,
    "nonbank_balance_share": 250_000_000,
    "due_to_income": 300_000_000,
    "debt_to_income": 500_000_000,
    "queries_per_opening_180d": 3_000_000_000,
    "queries_unanswered_90d": 4,
    "opened_recently_share": 250_000_000,
    "on_time_share": 800_000_000,
    "months_late": 5,
    "card_utilisation": 0,
    "paid_of_due": None,
    "repaid_soon_after": False,
}
