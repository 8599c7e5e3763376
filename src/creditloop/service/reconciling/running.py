"""Reconcile a day: read the files and our side, compare, keep what came of it; close a break.

1 our side of the closed day, and of the day's neighbours
2 the files under their contracts: a bad file refuses the run, and nothing is recorded
3 compare to the fen
4 on record in one piece of work, sealed: the run, new breaks, what is still there
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from creditloop.book.reconciliation import (
    Closing,
    ClosingReason,
    Run,
    Sides,
    book_balances,
    book_parts,
    book_transactions,
    close_break,
    compare,
    find_breaks,
    record_run,
)
from creditloop.kernel.errors import InputError
from creditloop.service.bank import Bank
from creditloop.service.own_reads import record_own_read
from creditloop.service.persons import acting_person
from creditloop.service.reconciling.files import PARTS, DayFiles, read_day_files
from creditloop.service.work import Work

CLOSING_ACTION = "close_break"
"""What whoever closes a break must be allowed to do; see `doors.ACTIONS`."""
_PACKAGE = "creditloop.book"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What came of a day.

    Attributes:
        run: as it is on record.
        breaks: every break that is open now, of this day and of days before (`STORED_COLUMNS`).
    """

    run: Run
    breaks: pl.DataFrame

    @property
    def new(self) -> pl.DataFrame:
        """The open breaks that were opened on this day."""
        return self.breaks.filter(pl.col("opened_on") == self.run.business_date)


def reconcile_day(bank: Bank, *, business_date: date, folder: Path, reader: str, reason: str) -> Reconciled:
    """Reconcile a closed day with the files in a folder; the same files and book again change nothing.

    Args:
        folder: holds a folder for each day, see `files`.
        reader, reason: who sees the open breaks and why; both go to the log of reads.
    Raises: OutOfOrder if the day is not closed; InputError if a file is missing; ContractBroken if one does
        not keep its contract.
    """
    with bank.work() as work:
        sides, files = _sides(work, business_date, folder)
        run = record_run(
            work.connection,
            business_date=business_date,
            inputs={"files": files.identities, "book": _book_hash(sides)},
            compared=compare(sides),
            simulated=files.simulated,
            now=work.now,
        )
        if not run.repeated:
            work.recorded(run.batch_id)
        return Reconciled(run=run, breaks=open_breaks(work, reader=reader, reason=reason))


def open_breaks(work: Work, *, reader: str, reason: str) -> pl.DataFrame:
    """Return every open break, by number; that they were read goes to the log."""
    found = find_breaks(work.connection)
    record_own_read(
        work,
        package=_PACKAGE,
        table="book.reconciliation_break",
        columns=found.columns,
        purpose="display",
        reader=reader,
        reason=reason,
        parties_count=found["loan_id"].n_unique(),
    )
    return found


def close_one_break(
    bank: Bank, *, break_no: int, reason: ClosingReason, note: str, person: str, simulated: bool
) -> Closing:
    """Close a break as a person who may; the same again returns the first closing.

    Args:
        simulated: the person is made up.
    Raises: what `close_break` and `acting_person` raise.
    """
    with bank.work() as work:
        login = acting_person(work, name=person, action=CLOSING_ACTION, simulated=simulated)
        by = f"{login} (simulated)" if simulated else login
        closing = close_break(
            work.connection, break_no=break_no, reason=reason, note=note, closed_by=by, now=work.now
        )
        if not closing.repeated:
            work.recorded(closing.batch_id)
    return closing


def _sides(work: Work, business_date: date, folder: Path) -> tuple[Sides, DayFiles]:
    window = {
        "first": business_date - timedelta(days=1),
        "last": business_date + timedelta(days=1),
    }
    balances = book_balances(work.connection, business_date=business_date)
    transactions = book_transactions(work.connection, **window)
    parts = book_parts(work.connection, **window)
    files = read_day_files(work, folder=folder, business_date=business_date)
    if not files.has_parts and (parts["day"] == business_date).any():
        raise InputError(
            "partners get a part of the day's transactions, and their file is missing",
            got=f"{parts.height} parts",
            expected=f"{business_date}/{PARTS}.csv",
        )
    sides = Sides(
        day=business_date,
        book_balances=balances,
        core_balances=files.balances,
        core_balances_before=files.balances_before,
        book_transactions=transactions,
        core_transactions=files.transactions,
        payments=files.payments,
        book_parts=parts,
        partner_parts=files.parts,
    )
    return sides, files


def _book_hash(sides: Sides) -> str:
    """Return the SHA-256 of everything our side said."""
    digest = hashlib.sha256()
    for frame in (sides.book_balances, sides.book_transactions, sides.book_parts):
        digest.update(frame.write_csv().encode())
    return digest.hexdigest()
