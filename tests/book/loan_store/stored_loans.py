"""Loans in a database: opened, events booked, days closed, for the tests of the store."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from creditloop.book.calendars import Cycle
from creditloop.book.day_end import (
    Classified,
    ClosedDay,
    ClosedShard,
    Integers,
    close_shard,
    find_programmes,
    next_day_to_close,
)
from creditloop.book.interest import FEN, DayCount
from creditloop.book.loan_store import BookedEvent, NewLoan, add_programme, open_loan
from creditloop.book.loans import (
    Allocation,
    Disbursed,
    LoanRules,
    LoanTerms,
    Part,
    PenaltyVariant,
    cells_of,
)
from creditloop.book.plan import RepaymentMethod
from creditloop.book.split import Shares
from creditloop.kernel.dates import Dates
from creditloop.kernel.storage import Connection

START = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
RULES = LoanRules(
    allocation=Allocation(cells=cells_of(order=(Part.PENALTY, Part.FEE, Part.INTEREST, Part.PRINCIPAL))),
    penalties=(
        PenaltyVariant(
            valid_from=date(2020, 1, 1),
            multiple=Decimal("0.5"),
            interest_multiple=Decimal(1),
            cap=Decimal("0.24"),
        ),
    ),
)


def terms(principal: int = 12_000_00, **changes: object) -> LoanTerms:
    """Three equal instalments of 4 % a year and a little, monthly."""
    given = {
        "principal": principal,
        "start": START,
        "count": 3,
        "cycle": Cycle(months=1),
        "rate": Decimal("0.073"),
        "repayment": RepaymentMethod.EQUAL_INSTALMENT,
        "day_count": DayCount.ACT_360,
        "scale": FEN,
        **changes,
    }
    return LoanTerms(**given)


def opened(
    book: Connection, loan_id: str = "L1", *, rules: LoanRules = RULES, **changes: object
) -> BookedEvent:
    """Open a loan that two lenders share, 3 : 7."""
    programme = add_programme(
        book, product="instalment_loan", shares=Shares(("us", "partner"), (3, 7)), document_hash="a" * 64
    )
    agreed = terms(**changes)
    new = NewLoan(
        loan_id=loan_id,
        party_id=f"person/{loan_id}",
        retail=True,
        programme_no=programme,
        terms=agreed,
        rules=rules,
    )
    pay_out = Disbursed(
        id="pay-out", sequence=1, value_date=agreed.start, booked_on=agreed.start, amount=agreed.principal
    )
    return open_loan(book, new=new, pay_out=pay_out, now=NOW)


def by_days(closed: ClosedDay, _terms: Mapping[str, Integers]) -> Classified:
    return Classified(
        tier=1 + (closed.dpd > 0), stage=1 + (closed.dpd > 30), restructured=closed.positions.restructured
    )


def close_through(book: Connection, day: date) -> list[ClosedShard]:
    """Close every open day up to a date, every shard that has loans."""
    closed = []
    shards = [shard for (shard,) in book.execute("SELECT DISTINCT shard FROM book.loan ORDER BY 1")]
    for shard in shards:
        while (after := next_day_to_close(book, shard=shard)) is not None and after <= day:
            closed.append(
                close_shard(
                    book,
                    dates=Dates(business_date=after, rules_as_of=after),
                    shard=shard,
                    programmes=find_programmes(book),
                    classify=by_days,
                    now=NOW,
                )
            )
    return closed
