"""Closing a shard of a day in the database (日终入账): read, close, write, have it checked; once and whole.

    1 let one closer in; answer a repeat        4 close the day over the columns, give each lender its part
    2 check that the day follows                5 declare the shard, copy its rows, post what they add up to
    3 read positions, rules, next instalments   6 have the database check it now

A loan that owes nothing any more at the close of a day has no row the day after. The caller owns the
transaction: a shard is closed whole or not at all, and closing it again returns the first result.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import numpy as np
from psycopg import sql

from creditloop.book.day_end.closing import ClosedDay, Instalments, Rules, close_day
from creditloop.book.day_end.parts import DayParts, Programme, day_parts, total_of
from creditloop.book.day_end.positions import (
    POSITION_COLUMNS,
    Integers,
    Positions,
    day_number,
    joined,
    with_history,
)
from creditloop.book.day_end.tables import LOAN_DAY_KINDS, POSITION_KINDS, SHARDS
from creditloop.book.day_end.wire import read_columns, write_columns
from creditloop.book.split import Shares
from creditloop.kernel.dates import Dates, check_aware
from creditloop.kernel.errors import BookError, OutOfOrder
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, copy_rows, load_queries

_QUERIES = load_queries("creditloop.book.day_end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """What the close of a day says of each loan.

    Attributes:
        tier: 0..5, 6 undecided.
        stage: of expected loss, 0..3.
        restructured: 0 never or released from observation, 1 under it, 2 restructured again while it was.
    """

    tier: Integers
    stage: Integers
    restructured: Integers


Classify = Callable[[ClosedDay, Mapping[str, Integers]], Classified]
"""Classifies the loans of a closed day, from the day and the columns of `RULE_KINDS`; all loans of a debtor
are there."""

RULE_KINDS = {
    "loan_no": "bigint",
    "debtor_no": "bigint",
    "retail": "smallint",
    "programme_no": "smallint",
    "penalty_rate_nano": "bigint",
    "overdue_interest_rate_nano": "bigint",
    "interest_bears_penalty": "smallint",
    "penalty_basis": "smallint",
    "grace_days": "smallint",
    "grace_is_charged": "smallint",
}
_NEXT_KINDS = {
    "loan_no": "bigint",
    "version": "integer",
    "no": "integer",
    "due": "date",
    "principal_fen": "bigint",
    "interest_fen": "bigint",
    "period_interest_fen": "bigint",
}
_RATE_KINDS = {
    "loan_no": "bigint",
    "penalty_rate_nano": "bigint",
    "overdue_interest_rate_nano": "bigint",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedShard:
    """A shard of a day that is closed.

    Attributes:
        loans: rows written.
        principal_fen: outstanding at the close.
        interest_accrued_fen, penalty_accrued_fen: of all lenders, for the day.
        own_interest_fen, own_penalty_fen: our part.
        repeated: it was closed before; nothing was written.
    """

    batch_id: UUID
    loans: int
    principal_fen: int
    interest_accrued_fen: int
    penalty_accrued_fen: int
    own_interest_fen: int
    own_penalty_fen: int
    repeated: bool


def shard_batch_id(*, business_date: date, shard: int) -> UUID:
    """Return the id of the batch that closes a shard."""
    return content_id("day_shard", business_date, shard)


def find_programmes(connection: Connection) -> list[Programme]:
    """Return the book's programmes, by number."""
    return [
        Programme(number=number, product=product, shares=Shares(tuple(lenders), tuple(weights)))
        for number, product, lenders, weights in _QUERIES.find_programmes(connection)
    ]


def count_loans(connection: Connection) -> dict[int, int]:
    """Return how many loans each shard holds, those that are repaid among them."""
    return dict(_QUERIES.count_loans(connection))


def next_day_to_close(connection: Connection, *, shard: int) -> date | None:
    """Return the day a shard has to close next: after its last, or of its first loan; None without loans."""
    last: date | None = _QUERIES.find_last_closed(connection, shard=shard)[0]
    if last is not None:
        return last + timedelta(days=1)
    first: date | None = _QUERIES.find_first_position(connection, shard=shard)[0]
    return first


def begins_later(connection: Connection, *, shard: int, business_date: date) -> bool:
    """Return whether a shard has nothing to close on a day yet: its first loan was paid out later."""
    first: date | None = _QUERIES.find_first_position(connection, shard=shard)[0]
    return first is not None and first > business_date


def close_shard(
    connection: Connection,
    *,
    dates: Dates,
    shard: int,
    programmes: Sequence[Programme],
    classify: Classify,
    now: datetime,
) -> ClosedShard:
    """Close one shard of a day; see the module for the steps.

    Args:
        dates: the day to close, and the day whose rules judge it.
        shard: which part of the book, 0..`SHARDS` - 1.
        classify: the tiers and stages at the close.
        now: aware.
    Raises: OutOfOrder if the day before is not closed; InputError if a loan cannot be closed (it is named);
        BookError if an amount does not fit or the database refuses the shard.
    """
    business_date = dates.business_date
    _QUERIES.lock_shard(connection, shard=shard)
    if (first := _QUERIES.find_shard(connection, business_date=business_date, shard=shard)) is not None:
        return ClosedShard(**dict(zip(_RESULT, first, strict=True)), repeated=True)
    _check_follows(connection, business_date, shard)
    _QUERIES.lock_day(connection, shard=shard, business_date=business_date.isoformat())
    _QUERIES.open_month(connection, business_date=business_date)
    positions = _standing(connection, business_date, shard)
    terms = _terms(connection, business_date, shard, positions.loan_no)
    closed = close_day(
        positions,
        instalments=_next_instalments(connection, business_date, shard),
        rules=Rules(**{name: terms[name] for name in Rules.__dataclass_fields__}),
        day=day_number(business_date),
    )
    parts = day_parts(closed, programme_no=terms["programme_no"], programmes=programmes)
    result = _result(closed, parts, shard_batch_id(business_date=business_date, shard=shard))
    _QUERIES.defer_check(connection)
    _QUERIES.insert_shard(
        connection,
        business_date=business_date,
        rules_as_of=dates.rules_as_of,
        shard=shard,
        shards=SHARDS,
        closed_at=check_aware(now, name="now"),
        **{name: getattr(result, name) for name in _RESULT},
    )
    _write_rows(connection, closed, parts, classify(closed, terms), business_date, shard, result.batch_id)
    _write_postings(connection, parts, business_date, shard, result.batch_id)
    _QUERIES.check_now(connection)
    return result


_RESULT = (
    "batch_id",
    "loans",
    "principal_fen",
    "interest_accrued_fen",
    "penalty_accrued_fen",
    "own_interest_fen",
    "own_penalty_fen",
)


def _check_follows(connection: Connection, business_date: date, shard: int) -> None:
    expected = next_day_to_close(connection, shard=shard)
    if expected is not None and expected != business_date:
        raise OutOfOrder(
            "days are closed one after the other, each once",
            got=business_date,
            expected=expected,
            where={"shard": shard},
        )


def _standing(connection: Connection, business_date: date, shard: int) -> Positions:
    """Return where the shard's loans stand before the close: the day before, or the day's last event."""
    before = _read(
        connection,
        POSITION_KINDS,
        "SELECT {columns} FROM book.loan_day WHERE business_date = {day} AND shard = {shard}"
        " AND (principal_fen, interest_fen, fee_fen, penalty_fen) <> (0, 0, 0, 0) ORDER BY loan_no",
        business_date - timedelta(days=1),
        shard,
    )
    moved = _read(
        connection,
        POSITION_KINDS,
        "SELECT {columns} FROM (SELECT DISTINCT ON (loan_no) * FROM book.loan_position"
        " WHERE business_date = {day} AND shard = {shard} ORDER BY loan_no, sequence DESC) AS position"
        " ORDER BY loan_no",
        business_date,
        shard,
    )
    return joined(Positions(**before), with_history(Positions(**moved), Positions(**before)))


def _terms(connection: Connection, business_date: date, shard: int, loan_no: Integers) -> dict[str, Integers]:
    """Return the terms of the loans to close, in their order."""
    found = _read(
        connection,
        RULE_KINDS,
        "SELECT {columns} FROM book.loan WHERE shard = {shard} ORDER BY loan_no",
        None,
        shard,
    )
    at = np.searchsorted(found["loan_no"], loan_no)
    known = at < found["loan_no"].size
    if not bool(known.all()) or not bool((found["loan_no"][at] == loan_no).all()):
        raise BookError("a position has no loan", where={"shard": shard})
    terms = {name: values[at] for name, values in found.items()}
    later = _read(
        connection,
        _RATE_KINDS,
        "SELECT DISTINCT ON (loan_no) {columns} FROM book.loan_overdue_rate"
        " WHERE shard = {shard} AND from_date <= {day} ORDER BY loan_no, from_date DESC, sequence DESC",
        business_date,
        shard,
    )
    places = np.searchsorted(loan_no, later["loan_no"])
    there = (
        np.flatnonzero(
            (places < loan_no.size) & (loan_no[np.minimum(places, loan_no.size - 1)] == later["loan_no"])
        )
        if loan_no.size
        else places[:0]
    )
    for name in ("penalty_rate_nano", "overdue_interest_rate_nano"):
        terms[name][places[there]] = later[name][there]
    return terms


def _next_instalments(connection: Connection, business_date: date, shard: int) -> Instalments:
    """Return the instalments whose periods begin on the day: what comes next where one is due today."""
    found = _read(
        connection,
        _NEXT_KINDS,
        "SELECT plan.loan_no, plan.version, plan.instalment_no AS no, plan.due_date AS due,"
        " plan.principal_fen, plan.interest_fen, plan.period_interest_fen"
        " FROM book.instalment AS plan JOIN book.loan AS loan USING (loan_no)"
        " WHERE plan.from_date = {day} AND loan.shard = {shard}"
        " ORDER BY plan.loan_no, plan.version, plan.instalment_no",
        business_date,
        shard,
    )
    return Instalments(**found)


def _read(
    connection: Connection, kinds: dict[str, str], query: str, day: date | None, shard: int
) -> dict[str, Integers]:
    columns = sql.SQL(", ").join(map(sql.Identifier, kinds))
    select = sql.SQL(query).format(columns=columns, day=sql.Literal(day), shard=sql.Literal(shard))
    return read_columns(connection, select=select, kinds=kinds)


def _result(closed: ClosedDay, parts: DayParts, batch_id: UUID) -> ClosedShard:
    return ClosedShard(
        batch_id=batch_id,
        loans=len(closed.positions),
        principal_fen=total_of(closed.positions.principal_fen),
        interest_accrued_fen=total_of(closed.interest_fen),
        penalty_accrued_fen=total_of(closed.penalty_fen),
        own_interest_fen=total_of(parts.own_interest_fen),
        own_penalty_fen=total_of(parts.own_penalty_fen),
        repeated=False,
    )


def _write_rows(
    connection: Connection,
    closed: ClosedDay,
    parts: DayParts,
    judged: Classified,
    business_date: date,
    shard: int,
    batch_id: UUID,
) -> None:
    count = len(closed.positions)
    columns = {
        "row_no": np.arange(count, dtype=np.int64),
        "business_date": np.full(count, day_number(business_date), dtype=np.int64),
        "shard": np.full(count, shard, dtype=np.int64),
        **{name: getattr(closed.positions, name) for name in POSITION_COLUMNS},
        "interest_accrued_fen": closed.interest_fen,
        "penalty_accrued_fen": closed.penalty_fen,
        "own_interest_fen": parts.own_interest_fen,
        "own_penalty_fen": parts.own_penalty_fen,
        "came_due": closed.came_due.astype(np.int64),
        "tier": judged.tier,
        "restructured": judged.restructured,
        "dpd": closed.dpd,
        "stage": judged.stage,
    }
    write_columns(connection, table="book.loan_day", kinds=LOAN_DAY_KINDS, columns=columns, batch_id=batch_id)


def _write_postings(
    connection: Connection, parts: DayParts, business_date: date, shard: int, batch_id: UUID
) -> None:
    """Post what the day adds up to, by programme: receivables in full, our income, the partners' payable."""
    lines: dict[tuple[int, str, str], int] = {}
    for (programme, lender), amounts in parts.sums.items():
        us = lender == parts.own[programme]
        for kind, amount in zip(("interest", "penalty"), amounts, strict=True):
            credit = f"{kind}_income" if us else "partner_payable"
            for account, whose, signed in (
                (f"{kind}_receivable", parts.own[programme], amount),
                (credit, lender, -amount),
            ):
                key = (programme, account, whose)
                lines[key] = lines.get(key, 0) + signed
    rows = [
        (batch_id, number, business_date, shard, *key, amount)
        for number, (key, amount) in enumerate(sorted((key, value) for key, value in lines.items() if value))
    ]
    columns = (
        "batch_id",
        "row_no",
        "business_date",
        "shard",
        "programme_no",
        "account",
        "lender",
        "amount_fen",
    )
    copy_rows(connection, table="book.day_posting", columns=columns, rows=rows)
