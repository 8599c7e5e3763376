"""Our side in the core's words: what events posted, by kind."""

from datetime import date

import polars as pl
import pytest

from creditloop.book.reconciliation.ours import EVENT_COLUMNS, lines_of_events

DAY = date(2026, 2, 5)
OWED = ("loan_principal", "interest_receivable", "fee_receivable", "penalty_receivable", "customer_suspense")


def lines(event: str, clearing: int, *owed: int, **others: int) -> dict[str, int]:
    """Return the lines of one event, given what it posted to the clearing and to what is owed."""
    row = {"day": DAY, "loan_id": "L/1", "reference": "R/1", "event": event, "clearing": clearing}
    row |= dict(zip(OWED, (*owed, *(0,) * (len(OWED) - len(owed))), strict=True))
    row |= dict.fromkeys(("interest_income", "penalty_income", "recovery_income"), 0) | others
    found = lines_of_events(pl.DataFrame([row], schema=dict(EVENT_COLUMNS)))
    assert found.select("day", "loan_id", "reference").n_unique() <= 1
    return dict(found.select("kind", "amount_fen").rows())


@pytest.mark.parametrize(
    ("event", "clearing", "owed", "expected"),
    [
        # of a joint loan our clearing is less what the partners fund
        ("disbursed", -30_000, (100_000,), {"disbursement": 100_000}),
        ("repaid", 8_120, (-8_000, -120), {"repayment_principal": 8_000, "repayment_interest": 120}),
        (
            "repaid",
            500,
            (-300, -100, -50, -30, -20),
            {
                "repayment_principal": 300,
                "repayment_interest": 100,
                "repayment_fee": 50,
                "repayment_penalty": 30,
                "repayment_overpaid": 20,
            },
        ),
        ("prepaid", 900, (-900,), {"repayment_principal": 900}),
        ("repaid", 0, (-70, -5), {"waiver": 75}),
        ("refunded", -90, (80, 10), {"refund": 90}),
        ("credit_refunded", -25, (0, 0, 0, 0, 25), {"refund": 25}),
        ("charged_back", -60, (60,), {"refund": 60}),
        ("reversed", -8_120, (8_000, 120), {"reversal": 8_120}),
        ("reversed", 30_000, (-100_000,), {"reversal": -100_000}),
        ("waived", 0, (0, 0, 0, -12), {"waiver": 12}),
        ("written_off", 0, (-900, -40, 0, -3), {"write_off": 943}),
        ("restructured", 0, (120, -120), {"capitalisation": 120}),
        ("accrued", 0, (0, 33), {}),
        ("rate_reset", 0, (), {}),
    ],
)
def test_an_event_becomes_lines(
    event: str, clearing: int, owed: tuple[int, ...], expected: dict[str, int]
) -> None:
    assert lines(event, clearing, *owed) == expected


def test_after_a_write_off_what_is_paid_is_recovered() -> None:
    assert lines("repaid", 700, recovery_income=-210) == {"recovery": 700}
    assert lines("repaid", 700, 0, 0, 0, 0, -50, recovery_income=-195) == {
        "recovery": 650,
        "repayment_overpaid": 50,
    }


def test_a_backdated_repayment_is_what_was_paid_without_what_it_corrects() -> None:
    """Five fen less interest were accrued since, or three less penalty."""
    said = {"repayment_principal": 8_000, "repayment_interest": 120}
    assert lines("repaid", 8_120, -8_000, -125, interest_income=2) == said
    said = {"repayment_principal": 8_000, "repayment_penalty": 40}
    assert lines("repaid", 8_040, -8_000, 0, 0, -43, penalty_income=1) == said
    assert sum(lines("repaid", 900, -800, -105, 0, -3, interest_income=2, penalty_income=1).values()) == 900
    assert lines("reversed", -8_120, 8_000, 125, interest_income=-2) == {"reversal": 8_120}
