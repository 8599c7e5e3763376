"""Reads of a loan's rows: by pages, newest first, each with the place of its row among the sealed ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from creditloop.kernel.storage import Connection, load_queries

_QUERIES = load_queries("creditloop.book.loan_records")
Place = tuple[UUID, int]
"""Batch and number of a sealed row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanFilter:
    """Which loans are asked for.

    Attributes:
        text: a loan's id or its debtor's, whole; product: its name. None for any.
    """

    text: str | None = None
    product: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanLine:
    """A loan as it stood at its last close, or at a later event.

    Attributes:
        paid_out_fen: principal paid out first; the other amounts are what is on the books, accrued or due.
        business_date: the day it stood so; None if nothing of it is booked.
        is_closed: whether that was a close; else `dpd` and `tier` are not known yet.
        batch_id, row_no: its row in `book.loan_day`, or in `book.loan_position`.
    """

    loan_no: int
    loan_id: str
    party_id: str
    product: str
    paid_out_on: date
    paid_out_fen: int
    business_date: date | None
    is_closed: bool | None
    principal_fen: int | None
    interest_fen: int | None
    fee_fen: int | None
    penalty_fen: int | None
    dpd: int | None
    tier: int | None
    next_due: date | None
    batch_id: UUID | None
    row_no: int | None

    @property
    def owed_fen(self) -> int | None:
        """All that is owed on the books."""
        parts = (self.principal_fen, self.interest_fen, self.fee_fen, self.penalty_fen)
        return None if self.principal_fen is None else sum(part or 0 for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanClose:
    """A loan at the close of a day, and what the day accrued.

    Attributes:
        interest_total_fen, penalty_total_fen: income ever recognised; `own_…` our part of the day's.
    """

    business_date: date
    principal_fen: int
    interest_fen: int
    fee_fen: int
    penalty_fen: int
    due_principal_fen: int
    due_interest_fen: int
    interest_total_fen: int
    penalty_total_fen: int
    interest_accrued_fen: int
    penalty_accrued_fen: int
    own_interest_fen: int
    own_penalty_fen: int
    dpd: int
    tier: int
    stage: int
    batch_id: UUID
    row_no: int


CLOSE_COLUMNS = tuple(LoanClose.__dataclass_fields__)
"""What is read of a day, for the log of reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersionRow:
    """An instalment of a version of a plan; `event_id` made it, None where it came without events."""

    version: int
    number: int
    start: date
    due: date
    principal_fen: int
    interest_fen: int
    batch_id: UUID
    row_no: int
    event_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanPlaces:
    """Where a loan's own rows lie among the sealed ones; terms and rules are None where it has none.

    Attributes:
        document_hash: of the document that says who lends.
    """

    loan: Place
    programme: Place
    document_hash: str
    terms: Place | None
    rules: Place | None


def list_loans(connection: Connection, *, chosen: LoanFilter, most: int, skip: int = 0) -> list[LoanLine]:
    """Return a page of the loans that fit, the last opened first."""
    names = tuple(LoanLine.__dataclass_fields__)
    rows = _QUERIES.list_loans(connection, text=chosen.text, product=chosen.product, most=most, skip=skip)
    return [LoanLine(**dict(zip(names, row, strict=True))) for row in rows]


def count_loans(connection: Connection, *, chosen: LoanFilter) -> int:
    """Return how many loans fit."""
    return int(_QUERIES.count_loans(connection, text=chosen.text, product=chosen.product))


def holds_loans_of(connection: Connection, *, beginnings: Sequence[str]) -> bool:
    """Whether the book holds a loan of a debtor whose id begins in one of these ways."""
    return any(_QUERIES.holds_loan_of(connection, beginning=one) for one in beginnings)


def find_closes(
    connection: Connection,
    *,
    shard: int,
    loan_no: int,
    most: int,
    skip: int = 0,
    business_date: date | None = None,
) -> list[LoanClose]:
    """Return a page of the days a loan was closed on, newest first; or one day, if it is asked for."""
    rows = _QUERIES.find_closes(
        connection, shard=shard, loan_no=loan_no, most=most, skip=skip, business_date=business_date
    )
    return [LoanClose(**dict(zip(CLOSE_COLUMNS, row, strict=True))) for row in rows]


def count_closes(connection: Connection, *, shard: int, loan_no: int) -> int:
    """Return on how many days a loan was closed."""
    return int(_QUERIES.count_closes(connection, shard=shard, loan_no=loan_no))


def find_plan_rows(connection: Connection, *, loan_no: int) -> list[PlanVersionRow]:
    """Return every version of a loan's plan, row by row."""
    names = tuple(PlanVersionRow.__dataclass_fields__)
    rows = _QUERIES.find_plan_rows(connection, loan_no=loan_no)
    return [PlanVersionRow(**dict(zip(names, row, strict=True))) for row in rows]


def find_places(connection: Connection, *, loan_no: int) -> LoanPlaces:
    """Return where a loan's own rows lie."""
    row = _QUERIES.find_places(connection, loan_no=loan_no)
    loan_batch, loan_row, programme_batch, programme_row, document_hash, *others = row
    terms_batch, terms_row, rules_batch, rules_row = others
    return LoanPlaces(
        loan=(loan_batch, loan_row),
        programme=(programme_batch, programme_row),
        document_hash=document_hash,
        terms=None if terms_batch is None else (terms_batch, terms_row),
        rules=None if rules_batch is None else (rules_batch, rules_row),
    )
