"""The files of a day (对账文件): in a folder named after the day, each named after its contract.

    2026-02-05/core_loan_balances.csv        what the core's loans owe at the day's close
    2026-02-05/core_loan_transactions.csv    what the core booked on the day
    2026-02-05/payment_channel.csv           what the payment channel did on the day
    2026-02-05/partner_bank.csv              what partners say they get of the day; absent without partners

Beside the day itself the day before and the day after are read as far as they are there: they tell what is
late from what is missing, and the core's balances of the day before say whether it moved by what it booked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from creditloop.book.reconciliation import (
    BALANCE_COLUMNS,
    PART_COLUMNS,
    PAYMENT_COLUMNS,
    TRANSACTION_COLUMNS,
)
from creditloop.data.whole_files import WholeFile, read_whole_file
from creditloop.kernel.errors import ContractBroken, InputError
from creditloop.service.work import Work

BALANCES, TRANSACTIONS = "core_loan_balances", "core_loan_transactions"
PAYMENTS, PARTS = "payment_channel", "partner_bank"
CONTRACTS = (BALANCES, TRANSACTIONS, PAYMENTS, PARTS)
"""The contracts of the files."""
_SUFFIXES = (".csv", ".parquet", ".xlsx")
_COLUMNS: Mapping[str, Mapping[str, pl.DataType]] = {
    BALANCES: BALANCE_COLUMNS,
    TRANSACTIONS: TRANSACTION_COLUMNS,
    PAYMENTS: PAYMENT_COLUMNS,
    PARTS: PART_COLUMNS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFiles:
    """What was read.

    Attributes:
        balances: of the day; balances_before: of the day before, None without its file.
        transactions, payments, parts: of the day and its two neighbours.
        has_parts: whether the partners' file of the day is there.
        identities: of each file, by "day/contract": its name, SHA-256, rows and sums.
        simulated: whether a file says of itself that it is made up (模拟).
    """

    balances: pl.DataFrame
    balances_before: pl.DataFrame | None
    transactions: pl.DataFrame
    payments: pl.DataFrame
    parts: pl.DataFrame
    has_parts: bool
    identities: Mapping[str, Mapping[str, object]]
    simulated: bool


def read_day_files(work: Work, *, folder: Path, business_date: date) -> DayFiles:
    """Read the files of a day and what is there of its neighbours.

    Raises: InputError if a file of the day is missing, or stands there in two formats; ContractBroken naming
        file, row and field if one does not keep its contract, or has a row of another day.
    """
    reading = _Reading(work, folder)
    before, after = business_date - timedelta(days=1), business_date + timedelta(days=1)
    window = (before, business_date, after)
    balances = reading.rows(BALANCES, business_date, required=True)
    found = {
        name: [reading.rows(name, day, required=day == business_date and name != PARTS) for day in window]
        for name in (TRANSACTIONS, PAYMENTS, PARTS)
    }
    balances_before = reading.rows(BALANCES, before, required=False)
    assert balances is not None, "it was required"
    return DayFiles(
        balances=balances,
        balances_before=balances_before,
        transactions=_joined(TRANSACTIONS, found[TRANSACTIONS]),
        payments=_joined(PAYMENTS, found[PAYMENTS]),
        parts=_joined(PARTS, found[PARTS]),
        has_parts=found[PARTS][1] is not None,
        identities=reading.identities,
        simulated=reading.simulated,
    )


@dataclass(slots=True)
class _Reading:
    """The files as they are read, one after the other."""

    work: Work
    folder: Path
    identities: dict[str, Mapping[str, object]] = field(default_factory=dict)
    simulated: bool = False

    def rows(self, contract: str, day: date, *, required: bool) -> pl.DataFrame | None:
        """Return the rows of a file in the form that is compared; None if it is not there and need not be."""
        file = self._file(contract, day, required=required)
        if file is None:
            return None
        read = read_whole_file(
            contract=self.work.contract(contract), file=file, may_be_empty=contract != BALANCES
        )
        _check_day(read, day, file)
        self.simulated |= read.simulated
        self.identities[f"{day}/{contract}"] = {
            "file": read.identity.name,
            "sha256": read.identity.sha256,
            "rows": read.rows.height,
            "sums": {name: str(total) for name, total in read.sums.items()},
        }
        rows = read.rows
        if contract == PARTS:
            rows = rows.with_columns(amount_fen=pl.col("principal_fen") + pl.col("interest_fen"))
        return rows.select(_COLUMNS[contract].keys())

    def _file(self, contract: str, day: date, *, required: bool) -> Path | None:
        named = [self.folder / str(day) / f"{contract}{suffix}" for suffix in _SUFFIXES]
        there = [file for file in named if file.is_file()]
        if len(there) > 1:
            raise InputError(
                "a file of the day stands there twice", got=", ".join(file.name for file in there)
            )
        if not there and required:
            raise InputError(
                "a file of the day is missing",
                got="nothing",
                expected=f"{named[0]} or {', '.join(_SUFFIXES[1:])}",
                where={"contract": contract, "day": day},
            )
        return there[0] if there else None


def _check_day(read: WholeFile, day: date, file: Path) -> None:
    other = read.rows.with_row_index("row", offset=1).filter(pl.col("day") != day)
    if not other.is_empty():
        raise ContractBroken(
            "a row is of another day than the folder",
            got=other["day"][0],
            expected=day,
            where={"file": file.name, "row": other["row"][0], "field": "day"},
        )


def _joined(contract: str, frames: list[pl.DataFrame | None]) -> pl.DataFrame:
    there = [frame for frame in frames if frame is not None]
    return pl.concat([pl.DataFrame(schema=_COLUMNS[contract]), *there])
