"""Our side (我方台账): balances of the closed day, and what events of some days did, in the core's words.

An event's postings become lines by what they moved: for a repayment a line for each part that was paid, for
every other event one line. Accruals and changes of plan move nothing that another side books, so they are no
lines. A line's reference is the event's id: whoever pays gives the same to the core and to the channel.
"""

import io
from collections.abc import Mapping
from datetime import date

import polars as pl
from psycopg import sql

from creditloop.book.day_end import SHARDS
from creditloop.book.reconciliation.sides import BALANCE_COLUMNS, PART_COLUMNS, TRANSACTION_COLUMNS
from creditloop.book.reconciliation.words import CLASSES
from creditloop.kernel.errors import OutOfOrder
from creditloop.kernel.storage import Connection, load_queries

_QUERIES = load_queries("creditloop.book.reconciliation")

_PARTS: Mapping[str, str] = {
    "repayment_principal": "loan_principal",
    "repayment_interest": "interest_receivable",
    "repayment_fee": "fee_receivable",
    "repayment_penalty": "penalty_receivable",
    "repayment_overpaid": "customer_suspense",
}
"""The account whose credit is a line of a repayment."""
_OWED = tuple(_PARTS.values())
_SUMS = (*_OWED, "clearing", "interest_income", "penalty_income", "recovery_income")
EVENT_COLUMNS: Mapping[str, pl.DataType] = {
    "day": pl.Date(),
    "loan_id": pl.String(),
    "reference": pl.String(),
    "event": pl.String(),
    **{account: pl.Int64() for account in _SUMS},
}
"""An event and what it posted to each account, a debit positive; `event` is its kind."""

_REPAYS = ("repaid", "prepaid")
_ONE_LINE: Mapping[str, str] = {
    "disbursed": "disbursement",
    "refunded": "refund",
    "credit_refunded": "refund",
    "charged_back": "refund",
    "reversed": "reversal",
    "waived": "waiver",
    "written_off": "write_off",
    "restructured": "capitalisation",
}
"""Events of one line."""


def book_balances(connection: Connection, *, business_date: date) -> pl.DataFrame:
    """Return what every loan owes at the close of a day (`BALANCE_COLUMNS`), by loan.

    Raises: OutOfOrder if the day is not closed.
    """
    closed, expected = _QUERIES.count_closed_shards(connection, business_date=business_date, shards=SHARDS)
    if closed < expected or not closed:
        raise OutOfOrder(
            "a day is reconciled when it is closed",
            got=f"{closed} of {expected} parts of {business_date} are closed",
            hint="creditloop dayend run",
        )
    found = _copied(
        connection,
        "SELECT loan.loan_id, at.principal_fen, at.interest_fen, at.fee_fen, at.penalty_fen, at.dpd, at.tier"
        " FROM book.loan_day AS at JOIN book.loan AS loan USING (shard, loan_no)"
        " WHERE at.business_date = {first}",
        {**BALANCE_COLUMNS, "class": pl.Int64()},
        business_date,
        business_date,
    )
    tier = pl.col("class").replace_strict(dict(enumerate(CLASSES)), return_dtype=pl.String)
    return found.with_columns(tier.alias("class")).sort("loan_id")


def book_transactions(connection: Connection, *, first: date, last: date) -> pl.DataFrame:
    """Return the lines of the events booked from one day to another (`TRANSACTION_COLUMNS`)."""
    sums = ", ".join(
        f"coalesce(sum(posting.amount_fen) FILTER (WHERE posting.account = '{account}'), 0)::bigint"
        for account in _SUMS
    )
    events = _copied(
        connection,
        f"SELECT event.booked_on, loan.loan_id, event.event_id, event.kind, {sums}"
        " FROM book.loan_event AS event JOIN book.loan AS loan USING (loan_no)"
        " JOIN book.loan_posting AS posting USING (loan_no, sequence)"
        " WHERE event.booked_on BETWEEN {first} AND {last}"
        " GROUP BY loan.loan_id, event.loan_no, event.sequence",
        EVENT_COLUMNS,
        first,
        last,
    )
    return lines_of_events(events)


def book_parts(connection: Connection, *, first: date, last: date) -> pl.DataFrame:
    """Return what each partner gets of the events booked from one day to another (`PART_COLUMNS`)."""
    return _copied(
        connection,
        "SELECT event.booked_on, loan.loan_id, event.event_id, posting.lender,"
        " (-sum(posting.amount_fen))::bigint"
        " FROM book.loan_event AS event JOIN book.loan AS loan USING (loan_no)"
        " JOIN book.loan_posting AS posting USING (loan_no, sequence)"
        " WHERE event.booked_on BETWEEN {first} AND {last} AND posting.account = 'partner_settlement'"
        " GROUP BY loan.loan_id, event.loan_no, event.sequence, posting.lender"
        " HAVING sum(posting.amount_fen) <> 0",
        PART_COLUMNS,
        first,
        last,
    ).sort("loan_id", "reference", "lender")


def lines_of_events(events: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of events (`TRANSACTION_COLUMNS`), by day, loan, reference and kind.

    A backdated repayment also corrects what was accrued since; its lines are what was paid, and add up to it.
    Where interest and penalty are corrected at once, the whole correction is taken off the interest.

    Args:
        events: `EVENT_COLUMNS`.
    """
    pays, cash = pl.col("event").is_in(list(_REPAYS)), pl.col("clearing") != 0
    paid = events.filter(pays & cash)
    given = events.filter(pays & ~cash).with_columns(kind=pl.lit("waiver"), amount_fen=-_owed())
    others = events.filter(pl.col("event").is_in(list(_ONE_LINE))).with_columns(
        kind=pl.col("event").replace_strict(_ONE_LINE, return_dtype=pl.String), amount_fen=_one_amount()
    )
    lines = [
        given,
        others,
        *(paid.with_columns(kind=pl.lit(kind), amount_fen=amount) for kind, amount in _paid().items()),
    ]
    whole = pl.concat([frame.select(TRANSACTION_COLUMNS.keys()) for frame in lines])
    return whole.filter(pl.col("amount_fen") != 0).sort("day", "loan_id", "reference", "kind")


def _owed() -> pl.Expr:
    """Return by how much an event raised what is owed, less what is overpaid."""
    return pl.sum_horizontal(_OWED)


def _paid() -> dict[str, pl.Expr]:
    """Return the amount of each line of a repayment."""
    rest = pl.col("clearing") + _owed()
    recovers = pl.col("recovery_income") != 0
    corrected = pl.when(recovers).then(0).otherwise(rest)
    of_penalty = (pl.col("penalty_income") != 0) & (pl.col("interest_income") == 0)
    corrections = {
        "repayment_interest": pl.when(of_penalty).then(0).otherwise(corrected),
        "repayment_penalty": pl.when(of_penalty).then(corrected).otherwise(0),
    }
    amounts = {kind: corrections.get(kind, pl.lit(0)) - pl.col(account) for kind, account in _PARTS.items()}
    return amounts | {"recovery": pl.when(recovers).then(rest).otherwise(0)}


def _one_amount() -> pl.Expr:
    """Return the amount of an event of one line.

    Of a joint loan the clearing is less what the partners fund, so a pay-out is told by its principal.
    """
    event, clearing = pl.col("event"), pl.col("clearing")
    return (
        pl.when(event.is_in(["disbursed", "restructured"]))
        .then("loan_principal")
        .when(event.is_in(["waived", "written_off"]))
        .then(-_owed())
        .when(clearing < 0)
        .then(-clearing)
        .otherwise(_owed())
    )


def _copied(
    connection: Connection, query: str, columns: Mapping[str, pl.DataType], first: date, last: date
) -> pl.DataFrame:
    """Return what a query gives, through one COPY."""
    select = sql.SQL(query).format(first=sql.Literal(first), last=sql.Literal(last))
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)").format(select)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        text = b"".join(bytes(block) for block in copy)
    if not text:
        return pl.DataFrame(schema=columns)
    return pl.read_csv(
        io.BytesIO(text), has_header=False, new_columns=list(columns), schema_overrides=dict(columns)
    )
