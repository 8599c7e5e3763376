"""试算平衡: the trial balance on a day; each account's batches, and through them every posting.

Balances are sums of postings and nothing else, so an account's debits and credits lead to the batches that
posted them, and a batch to its postings, whose sum stands above them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from creditloop.book import ACCOUNTS, Account, trial_balance
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection
from creditloop.service.console.rows import find_table
from creditloop.service.console.sealed_rows import Choice, rows_of, sides_by
from creditloop.service.console.visit import Page, Visit

_BATCHES, _POSTINGS = "book.batch", "book.posting"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBatch:
    """What a batch posted to an account; debits and credits both >= 0."""

    batch: dict[str, Any]
    debit_fen: int
    credit_fen: int


def show_trial_balance(visit: Visit) -> Page:
    """Show debits, credits and balance of every account on a day, and how many postings they are."""
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words("screen.book"), None)]
    with visit.reading() as connection:
        batches = _posted(connection)
        if not batches:
            return Page(template="empty.html", record={"why": "book.empty"}, trail=trail)
        on = visit.day("month") or batches[-1]["business_date"]
        lines = trial_balance(connection, as_of=on)
        until = [one for one in batches if one["business_date"] <= on]
    record = {
        "on": on,
        "days": [one["business_date"] for one in batches],
        "lines": lines,
        "debit_fen": sum(line.debit_fen for line in lines),
        "credit_fen": sum(line.credit_fen for line in lines),
        "batches": until,
        "postings": sum(one["posting_count"] for one in until),
        "currency": batches[-1]["currency"],
    }
    return Page(template="book.html", record=record, trail=trail)


def show_account(visit: Visit) -> Page:
    """Show what each batch posted to an account, up to a day."""
    account = _account(visit.path["account"])
    with visit.reading() as connection:
        batches = _posted(connection)
        on = visit.day("month") or (batches[-1]["business_date"] if batches else None)
        found = [] if on is None else _account_batches(connection, account, batches, on)
    name = visit.words.pick(account)
    record = {
        "account": account,
        "on": on,
        "found": found,
        "debit_fen": sum(one.debit_fen for one in found),
        "credit_fen": sum(one.credit_fen for one in found),
    }
    trail = [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.book"), visit.at("/book", month=on)),
        (name, None),
    ]
    return Page(template="account.html", record=record, trail=trail)


def _account_batches(
    connection: Connection, account: Account, batches: Sequence[dict[str, Any]], on: date
) -> list[AccountBatch]:
    postings = find_table(connection, _POSTINGS)
    choice = Choice(where={"account": account.code})
    sides = sides_by(connection, table=postings, choice=choice, by="batch_id")
    return [
        AccountBatch(batch=one, debit_fen=sides[one["batch_id"]][0], credit_fen=sides[one["batch_id"]][1])
        for one in batches
        if one["business_date"] <= on and one["batch_id"] in sides
    ]


def _posted(connection: Connection) -> list[dict[str, Any]]:
    """Return every batch of the book, oldest business date first."""
    table = find_table(connection, _BATCHES)
    found = rows_of(connection, table=table, choice=Choice())
    return sorted(found, key=lambda one: (one["business_date"], one["posted_at"]))


def _account(code: str) -> Account:
    found = next((one for one in ACCOUNTS if one.code == code), None)
    if found is None:
        raise UnknownId("the book has no such account", got=code)
    return found
