"""The book against the bills: whoever differs is counted and the first is named."""

import pytest
from tests.service.small_bank import CUSTOMERS, MONTHS, plan_of, statements

from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.booking.reconciling import MonthReconciled, reconcile_month


def reconciled(bank: Bank) -> list[MonthReconciled]:
    plan = plan_of(bank)
    with bank.work() as work:
        return [reconcile_month(work, plan=plan, month=month) for month in MONTHS]


def test_every_balance_is_the_bill(posted_bank: Bank) -> None:
    rows = statements()
    for i, month in enumerate(reconciled(posted_bank)):
        bills = rows[f"BILL_AMT{6 - i}"]
        assert (month.business_date, month.compared, month.differing) == (MONTHS[i], CUSTOMERS, 0)
        assert month.first_differing is None
        assert month.owed_fen == 100 * bills.clip(lower_bound=0).sum()
        assert month.credit_fen == -100 * bills.clip(upper_bound=0).sum()
        assert month.above_limit == (bills > rows["LIMIT_BAL"]).sum()
        assert month.above_limit > 0 or i == 0


@pytest.mark.parametrize(
    ("tampering", "differing", "first"),
    [
        # an edit of a posting in July is seen from July on
        (
            "UPDATE book.posting SET amount_fen = amount_fen + 1 WHERE party_id = 'small_cards/4'"
            " AND account = 'card_receivable' AND amount_fen > 0 AND batch_id ="
            " (SELECT batch_id FROM book.batch WHERE business_date = '2005-07-31')",
            [0, 0, 0, 1, 1, 1],
            "small_cards/4",
        ),
        (
            "UPDATE source.small_cards_statement SET bill_fen = bill_fen - 1"
            " WHERE party_id = 'small_cards/1' AND statement_date = '2005-05-31'",
            [0, 1, 0, 0, 0, 0],
            "small_cards/1",
        ),
        (
            "DELETE FROM source.small_cards_statement WHERE party_id = 'small_cards/6'",
            [1, 1, 1, 1, 1, 1],
            "small_cards/6",
        ),
    ],
)
def test_what_was_tampered_with_is_named(
    posted_bank: Bank, tampering: str, differing: list[int], first: str
) -> None:
    with connect(posted_bank.url) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(tampering.encode()).rowcount >= 1
    found = reconciled(posted_bank)
    assert [month.differing for month in found] == differing
    assert {month.first_differing for month in found} - {None} == {first}
