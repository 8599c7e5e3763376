"""A bank whose book stands beside a core: joint loans, opened and repaid; other sides' files (simulated)."""

import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
from tests.service.small_bank import REPOSITORY

from creditloop.book import Shares
from creditloop.book.calendars import Cycle
from creditloop.book.interest import FEN, DayCount
from creditloop.book.loan_store import NewLoan, add_programme, book_event, open_loan
from creditloop.book.loans import (
    Allocation,
    Disbursed,
    LoanEvent,
    LoanRules,
    LoanTerms,
    Part,
    Repaid,
    Waived,
    cells_of,
)
from creditloop.book.plan import RepaymentMethod
from creditloop.book.reconciliation import book_parts
from creditloop.kernel.ids import content_id
from creditloop.service.bank import Bank
from creditloop.service.day_end import close_days
from creditloop.service.reconciling import CONTRACTS, export_book
from creditloop.service.work import Work

PAID_OUT = date(2026, 2, 2)
DUE = date(2026, 2, 5)
LOANS = 4
PRINCIPAL = 1_000_000
PAID = 90_000
"""What each of the first loans repays on its due day."""
RULES = LoanRules(
    allocation=Allocation(cells=cells_of(order=(Part.PENALTY, Part.FEE, Part.INTEREST, Part.PRINCIPAL)))
)


def terms(number: int) -> LoanTerms:
    """Twelve instalments three days apart, shared with a partner by its programme."""
    return LoanTerms(
        principal=PRINCIPAL + 1_000 * number,
        start=PAID_OUT,
        count=12,
        cycle=Cycle(days=3),
        rate=Decimal("0.072"),
        repayment=RepaymentMethod.EQUAL_INSTALMENT,
        scale=FEN,
        day_count=DayCount.ACT_360,
    )


def open_loans(bank: Bank) -> None:
    """Open joint loans, and close the days until the first is due."""
    for name in CONTRACTS:
        shutil.copy(REPOSITORY / "contracts" / f"{name}.yaml", bank.places.documents / "contracts")
    with bank.work() as work:
        shares = Shares(("us", "partner"), (3, 7))
        programme = add_programme(
            work.connection, product="instalment_loan", shares=shares, document_hash="a" * 64
        )
        named = (["us", "partner"], [3, 7], "a" * 64)
        work.recorded(content_id("programme", "instalment_loan", *named))
        for number in range(1, LOANS + 1):
            new = NewLoan(
                loan_id=f"L/{number}",
                party_id=f"customer/{number}",
                retail=True,
                programme_no=programme,
                terms=terms(number),
                rules=RULES,
            )
            paid = Disbursed(
                id=f"payout-{number}",
                sequence=1,
                value_date=PAID_OUT,
                booked_on=PAID_OUT,
                amount=terms(number).principal,
            )
            work.recorded(open_loan(work.connection, new=new, pay_out=paid, now=work.now).batch_id)


def close_through(bank: Bank, day: date) -> None:
    """Close every day up to one."""
    assert all(closed.loans for closed in close_days(bank, through=day))


def book(work: Work, loan: str, event: LoanEvent) -> None:
    """Book an event of a loan."""
    work.recorded(book_event(work.connection, loan_id=loan, event=event, now=work.now).batch_id)


def repay_on_due_day(bank: Bank) -> None:
    """Three loans pay on the due day, the fourth is forgiven two yuan of interest and does not pay."""
    with bank.work() as work:
        for number in (1, 2, 3):
            event = Repaid(id=f"pay-{number}", sequence=0, value_date=DUE, booked_on=DUE, amount=PAID)
            book(work, f"L/{number}", event)
        waived = Waived(
            id="waive-4", sequence=0, value_date=DUE, booked_on=DUE, amount=200, part=Part.INTEREST
        )
        book(work, "L/4", waived)


def write_sides(bank: Bank, folder: Path, day: date, *, payments: Mapping[str, int]) -> Path:
    """Write the files of a day as the other sides would if they agreed: the core's are our own export."""
    place = folder / str(day)
    export_book(bank, business_date=day, folder=place, reader="test", reason="files of the other sides")
    (place / "book_loan_balances.csv").rename(place / "core_loan_balances.csv")
    (place / "book_loan_transactions.csv").rename(place / "core_loan_transactions.csv")
    lines = "".join(
        f"{loan},{day},{'payout' if amount < 0 else 'pay'}-{loan[2:]},{'out' if amount < 0 else 'in'},"
        f"{abs(amount) // 100}.{abs(amount) % 100:02d},settled\n"
        for loan, amount in payments.items()
    )
    (place / "payment_channel.csv").write_text(
        "loan_id,day,reference,direction,amount,status\n" + lines, "utf-8"
    )
    with bank.connection() as connection:
        parts = book_parts(connection, first=day, last=day)
    rows = "".join(
        f"{row['loan_id']},{day},{row['lender']},{row['reference']},{row['amount_fen'] // 100 - 1}."
        f"{row['amount_fen'] % 100:02d},1.00\n"
        for row in parts.iter_rows(named=True)
    )
    if rows:
        header = "loan_id,day,lender,reference,principal,interest\n"
        (place / "partner_bank.csv").write_text(header + rows, "utf-8")
    return place


def edit(file: Path, old: str, new: str) -> None:
    """Change a text in a file, which is there once."""
    text = file.read_text("utf-8")
    assert text.count(old) == 1, (old, text)
    file.write_text(text.replace(old, new), "utf-8")


def drop(file: Path, start: str) -> None:
    """Take the lines out of a file that begin with a text."""
    lines = file.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(start)]
    assert len(kept) < len(lines), start
    file.write_text("".join(kept), "utf-8")


def named(breaks: pl.DataFrame) -> list[tuple[object, ...]]:
    """Return open breaks shortly."""
    return breaks.select("loan_id", "reference", "field", "kind", "cause", "difference_fen").rows()


NEXT = DUE + timedelta(days=1)
