"""Which days of the loan book are closed (日终), what they add up to, and which is to be closed next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from creditloop.book.day_end import SHARDS, next_day_to_close
from creditloop.kernel.dates import add_months, month_end
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection, load_queries

_QUERIES = load_queries("creditloop.book.portfolio")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookDays:
    """The days of the book.

    Attributes:
        first: the first day that was closed.
        last: the last day every shard is closed for; all days from the first to it are.
        newest: the last day any shard is closed for; after `last` while a day is being closed.
    """

    first: date
    last: date
    newest: date

    @property
    def next(self) -> date:
        """The day to be closed next."""
        return self.last + timedelta(days=1)

    @property
    def month_ends(self) -> tuple[date, ...]:
        """The last days of months that are closed, oldest first."""
        found, end = [], month_end(self.first.year, self.first.month)
        while end <= self.last:
            found.append(end)
            following = add_months(end, 1)
            end = month_end(following.year, following.month)
        return tuple(found)

    def holds(self, day: date) -> bool:
        """Whether a day is closed, in all shards."""
        return self.first <= day <= self.last

    def closed(self, day: date | None) -> date:
        """Return a day that is closed: the one asked for, of none the last.

        Raises: UnknownId if it is not closed.
        """
        if day is None:
            return self.last
        if not self.holds(day):
            raise UnknownId("the day is not closed", got=day, expected=f"{self.first} to {self.last}")
        return day


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTotals:
    """What a day's closed shards add up to; amounts in fen.

    Attributes:
        shards: how many are closed.
        loans: rows of the day; `principal_fen` outstanding at the close.
        interest_accrued_fen, penalty_accrued_fen: of all lenders, for the day.
        own_interest_fen, own_penalty_fen: our part.
        closed_at: when the last shard was.
    """

    business_date: date
    shards: int
    loans: int
    principal_fen: int
    interest_accrued_fen: int
    penalty_accrued_fen: int
    own_interest_fen: int
    own_penalty_fen: int
    rules_as_of: date
    closed_at: datetime

    @property
    def partner_interest_fen(self) -> int:
        """The partners' part of the day's interest."""
        return self.interest_accrued_fen - self.own_interest_fen

    @property
    def partner_penalty_fen(self) -> int:
        """The partners' part of the day's penalty interest."""
        return self.penalty_accrued_fen - self.own_penalty_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardTotals:
    """What one closed shard of a day adds up to, as it declared; amounts in fen, as in `DayTotals`."""

    shard: int
    batch_id: UUID
    loans: int
    principal_fen: int
    interest_accrued_fen: int
    penalty_accrued_fen: int
    own_interest_fen: int
    own_penalty_fen: int
    rules_as_of: date
    closed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardPosting:
    """What one shard of a day adds to an account; fen, a debit is positive."""

    shard: int
    programme_no: int
    product: str
    account: str
    lender: str
    amount_fen: int
    batch_id: UUID
    row_no: int


def find_book_days(connection: Connection) -> BookDays | None:
    """Return which days are closed; None before the first day is, in every shard that had loans on it."""
    first, newest, _ = _QUERIES.find_closed_span(connection)
    if first is None:
        return None
    open_days = [next_day_to_close(connection, shard=shard) for shard in range(SHARDS)]
    last = min(day for day in open_days if day is not None) - timedelta(days=1)
    return BookDays(first=first, last=last, newest=newest) if last >= first else None


def find_day_totals(connection: Connection, *, since: date, until: date) -> list[DayTotals]:
    """Return the days of which a shard is closed, newest first; both ends included."""
    rows = _QUERIES.find_closed_days(connection, since=since, until=until)
    return [DayTotals(**dict(zip(DayTotals.__dataclass_fields__, row, strict=True))) for row in rows]


def find_shard_totals(connection: Connection, *, business_date: date) -> list[ShardTotals]:
    """Return the closed shards of a day, by number."""
    rows = _QUERIES.find_closed_shards(connection, business_date=business_date)
    return [ShardTotals(**dict(zip(ShardTotals.__dataclass_fields__, row, strict=True))) for row in rows]


def find_shard_postings(
    connection: Connection,
    *,
    business_date: date,
    product: str | None = None,
    account: str | None = None,
    lender: str | None = None,
    side: str | None = None,
) -> list[ShardPosting]:
    """Return what the shards of a day add to accounts, those chosen.

    Args:
        side: "debit" or "credit".
    """
    rows = _QUERIES.find_shard_postings(
        connection, business_date=business_date, product=product, account=account, lender=lender, side=side
    )
    return [ShardPosting(**dict(zip(ShardPosting.__dataclass_fields__, row, strict=True))) for row in rows]


def day_batches(connection: Connection, days: Sequence[date]) -> list[UUID]:
    """Return the batches that closed the shards of some days."""
    return [batch_id for _, batch_id in _QUERIES.find_day_batches(connection, days=list(days))]
