"""What a day means for the general ledger and for the partners, read from its postings."""

from dataclasses import dataclass
from datetime import date

from creditloop.kernel.storage import Connection, load_queries

_QUERIES = load_queries("creditloop.book.day_end")


def find_day_postings(connection: Connection, *, business_date: date) -> list[tuple[str, str, str, int]]:
    """Return what a day adds to the general ledger: product, account, lender, fen (a debit is positive).

    Accruals of its close and postings of its events together.
    """
    return [tuple(row) for row in _QUERIES.find_day_postings(connection, business_date=business_date)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What stands between us and a partner at the close of a day, fen (合作方清算).

    Attributes:
        collected_fen: collected for him on the day, to be remitted; below zero where more was put back.
        collected_total_fen: up to and with the day.
        payable_fen: what he will get as the customers pay: his part of what they owe.
    """

    product: str
    lender: str
    collected_fen: int
    collected_total_fen: int
    payable_fen: int


def find_settlements(connection: Connection, *, business_date: date) -> list[Settlement]:
    """Return what stands between us and each partner, by product."""
    names = Settlement.__dataclass_fields__
    return [
        Settlement(**dict(zip(names, row, strict=True)))
        for row in _QUERIES.find_settlements(connection, business_date=business_date)
    ]


def find_settlement_lines(connection: Connection, *, business_date: date) -> list[tuple[object, ...]]:
    """Return what each event of a day changed between us and a partner, loan by loan.

    Returns: product, lender, loan id, event id, kind, value date, collected for him and payable to him, fen.
    """
    return [tuple(row) for row in _QUERIES.find_settlement_lines(connection, business_date=business_date)]
