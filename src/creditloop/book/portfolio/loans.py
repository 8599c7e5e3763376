"""The loans behind a figure (明细): of a closed day, or of a month of pay-out; chosen, counted, added up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from creditloop.book.portfolio.days import day_batches
from creditloop.book.portfolio.standing import BUCKETS, DPD_FROM
from creditloop.kernel.dates import add_months
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection, load_queries


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLoan:
    """A loan as it stood at the close of a day; amounts in fen.

    Attributes:
        paid_out_fen: principal paid out; `principal_fen` what of it is outstanding.
        overdue_principal_fen, overdue_interest_fen: due and unpaid, 0 until past due by a day.
        business_date: the day; None if it was no longer on the book then, and its amounts are 0.
        batch_id, row_no: its row of the day, in `book.loan_day`; without one its own, in `book.loan`.
    """

    loan_no: int
    loan_id: str
    party_id: str
    programme_no: int
    paid_out_on: date
    paid_out_fen: int
    principal_fen: int
    overdue_principal_fen: int
    overdue_interest_fen: int
    penalty_fen: int
    dpd: int
    tier: int
    stage: int
    business_date: date | None
    batch_id: UUID
    row_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanSums:
    """How many loans were chosen, and what they add up to, in fen; accruals are the day's own."""

    loans: int
    paid_out_fen: int
    principal_fen: int
    overdue_principal_fen: int
    overdue_interest_fen: int
    penalty_fen: int
    interest_accrued_fen: int
    penalty_accrued_fen: int
    own_interest_fen: int
    own_penalty_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanChoice:
    """Which loans of a day; what is None does not choose.

    Attributes:
        tiers: classes, 0 to 6; `stage` of expected loss, 0 to 3.
        bucket: one of `BUCKETS`; `overdue` whether past due by a day or more.
        programmes: numbers of programmes.
        paid_out: a day of the month of pay-out.
        shard: of the book, 0 to 15.
        loan_id: this loan alone.
    """

    tiers: Collection[int] | None = None
    stage: int | None = None
    bucket: str | None = None
    overdue: bool | None = None
    programmes: Collection[int] | None = None
    paid_out: date | None = None
    shard: int | None = None
    loan_id: str | None = None

    def __post_init__(self) -> None:
        if self.bucket is not None and self.bucket not in BUCKETS:
            raise InputError("there is no such bucket", got=self.bucket, expected=BUCKETS)


def list_day_loans(
    connection: Connection, *, business_date: date, choice: LoanChoice, most: int | None = None, skip: int = 0
) -> list[StandingLoan]:
    """Return the chosen loans of a closed day: longest past due first, then by principal."""
    rows = load_queries("creditloop.book.portfolio").list_day_loans(
        connection, **_asked(connection, business_date, choice), most=most, skip=skip
    )
    return [_loan(row) for row in rows]


def count_day_loans(connection: Connection, *, business_date: date, choice: LoanChoice) -> LoanSums:
    """Count the chosen loans of a closed day and add them up."""
    row = load_queries("creditloop.book.portfolio").count_day_loans(
        connection, **_asked(connection, business_date, choice)
    )
    return LoanSums(**dict(zip(LoanSums.__dataclass_fields__, row, strict=True)))


def list_vintage_loans(
    connection: Connection,
    *,
    paid_out: date,
    month_ends: Sequence[date],
    late_over: int | None = None,
    programmes: Collection[int] | None = None,
    most: int | None = None,
    skip: int = 0,
) -> list[StandingLoan]:
    """Return the loans paid out in a month, as they stand at the last of some month-ends.

    Args:
        paid_out: a day of the month of pay-out.
        month_ends: closed month-ends, at least one.
        late_over: only loans that were more days than this past due at one of the month-ends; None: all.
    """
    rows = load_queries("creditloop.book.portfolio").list_vintage_loans(
        connection,
        **_vintage(paid_out, month_ends, late_over, programmes),
        month_end=max(month_ends),
        most=most,
        skip=skip,
    )
    return [_loan(row) for row in rows]


def count_vintage_loans(
    connection: Connection,
    *,
    paid_out: date,
    month_ends: Sequence[date],
    late_over: int | None = None,
    programmes: Collection[int] | None = None,
) -> tuple[int, int]:
    """Count the loans that `list_vintage_loans` gives; return their number and what was paid out, in fen."""
    loans, paid_out_fen = load_queries("creditloop.book.portfolio").count_vintage_loans(
        connection, **_vintage(paid_out, month_ends, late_over, programmes)
    )
    return int(loans), int(paid_out_fen)


def _asked(connection: Connection, business_date: date, choice: LoanChoice) -> dict[str, object]:
    return {
        "business_date": business_date,
        "batches": day_batches(connection, [business_date]),
        "dpd_from": list(DPD_FROM),
        "tiers": _numbers(choice.tiers),
        "stage": choice.stage,
        "bucket": None if choice.bucket is None else BUCKETS.index(choice.bucket),
        "overdue": choice.overdue,
        "programmes": _numbers(choice.programmes),
        "shard": choice.shard,
        "loan": choice.loan_id,
        **_month("paid_out", choice.paid_out),
    }


def _vintage(
    paid_out: date, month_ends: Sequence[date], late_over: int | None, programmes: Collection[int] | None
) -> dict[str, object]:
    """Return what a vintage's loans are asked by.

    A loan paid out after the last of the month-ends is not looked at yet, so it is not asked for.
    """
    if not month_ends:
        raise InputError("loans are looked at on a month's end", got="none", where={"paid_out": paid_out})
    months = _month("paid_out", paid_out)
    return {
        **months,
        "month_ends": list(month_ends),
        "late_over": late_over,
        "programmes": _numbers(programmes),
    }


def _month(name: str, day: date | None) -> dict[str, date | None]:
    """Return the first day of a month and of the next."""
    first = None if day is None else day.replace(day=1)
    return {f"{name}_since": first, f"{name}_before": None if first is None else add_months(first, 1)}


def _numbers(chosen: Collection[int] | None) -> list[int] | None:
    return None if chosen is None else sorted(chosen)


def _loan(row: Sequence[object]) -> StandingLoan:
    return StandingLoan(**dict(zip(StandingLoan.__dataclass_fields__, row, strict=True)))  # type: ignore[arg-type]
