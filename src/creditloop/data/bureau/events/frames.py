"""The tables of events as the contracts' files have them, and as files on disk."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

_TEXT, _DAY, _COUNT = pl.String(), pl.Date(), pl.Int64()
_YUAN = pl.Decimal(20, 2)
_FEN_DIGITS = 2

ACCOUNTS, MONTHS = "bureau_accounts", "bureau_months"
QUERIES, GUARANTEES, RECORDS = "bureau_queries", "bureau_guarantees", "bureau_records"

EVENT_COLUMNS: Mapping[str, Mapping[str, pl.DataType]] = {
    ACCOUNTS: {
        **{"account_no": _TEXT, "opened_on": _DAY, "kind": _TEXT, "lender": _TEXT, "guarantee": _TEXT},
        **dict.fromkeys(("granted", "balance", "monthly_due", "overdue"), _YUAN),
        **{"term_months": _COUNT, "institution": _TEXT},
    },
    MONTHS: {
        **{"account_no": _TEXT, "month_on": _DAY, "kind": _TEXT, "lender": _TEXT, "state": _TEXT},
        **{"overdue": _YUAN, "months_late": _COUNT, "balance": _YUAN, "due": _YUAN, "paid": _YUAN},
    },
    QUERIES: {
        **{"query_no": _TEXT, "queried_on": _DAY, "reason": _TEXT, "lender": _TEXT, "institution": _TEXT}
    },
    GUARANTEES: {
        **{"guarantee_no": _TEXT, "since_on": _DAY, "liability": _TEXT, "borrower_kind": _TEXT},
        **{"state": _TEXT, "liable": _YUAN, "balance": _YUAN, "overdue_months": _COUNT},
    },
    RECORDS: {**{"record_no": _TEXT, "recorded_on": _DAY, "kind": _TEXT, "state": _TEXT, "amount": _YUAN}},
}
"""File columns of each contract but the party's number, which comes first, and the day known, the last."""


def event_frames(
    rows: Mapping[str, Sequence[Mapping[str, Any]]], *, party_no: str, known_on: date
) -> Mapping[str, pl.DataFrame]:
    """Make the table of each contract, amounts in fen becoming yuan exactly."""
    return {
        name: _frame(rows.get(name, ()), columns).select(
            pl.lit(party_no).alias("party_no"), *columns, pl.lit(known_on).alias("known_on")
        )
        for name, columns in EVENT_COLUMNS.items()
    }


def write_events(frames: Mapping[str, pl.DataFrame], folder: Path) -> Mapping[str, Path]:
    """Write each table that has rows to `<contract>.parquet` in a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {name: folder / f"{name}.parquet" for name, frame in frames.items() if frame.height}
    for name, file in written.items():
        frames[name].write_parquet(file)
    return written


def _frame(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    data = {
        name: [_yuan(row[name]) if kind == _YUAN else row[name] for row in rows]
        for name, kind in columns.items()
    }
    return pl.DataFrame(data, schema=dict(columns))


def _yuan(amount_fen: int | None) -> Decimal | None:
    return None if amount_fen is None else Decimal(amount_fen).scaleb(-_FEN_DIGITS)
