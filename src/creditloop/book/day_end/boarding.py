"""Taking many loans into the book at once (借据批量入账): terms, plans, the pay-out as their first event.

Loans that are taken in without the texts of their terms and rules age with the others, but take no further
event: what one does follows from them (`book.loan_store`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.book.day_end.closing import Instalments
from creditloop.book.day_end.parts import Programme
from creditloop.book.day_end.positions import (
    FIRST_DAY,
    NO_DAY,
    POSITION_COLUMNS,
    Integers,
    Positions,
    day_number,
)
from creditloop.book.day_end.store import find_programmes
from creditloop.book.day_end.tables import (
    EVENT_COLUMNS,
    INSTALMENT_KINDS,
    LOAN_COLUMNS,
    LOAN_POSITION_KINDS,
)
from creditloop.book.day_end.wire import write_columns
from creditloop.book.loans import FIRST_PREVIOUS_HASH, LoanAccount, event_hash
from creditloop.book.plan import PlanColumns
from creditloop.book.split import split_columns
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection, copy_frame, copy_rows

PAY_OUT_ID = "pay-out"
"""The id of the event that pays a loan out which is taken in with others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLoans:
    """Loans paid out on a day, with their first plans.

    Attributes:
        loans: one row a loan in order of loan_no, columns `LOAN_COLUMNS`.
        instalments: the plans, sorted by loan and number, version 1, numbered from 1.
        instalment_from: first day of each instalment's period, as a day number: the due date before, or the
            day of the pay-out.
    """

    loans: pl.DataFrame
    instalments: Instalments
    instalment_from: Integers


def planned(*, loans: pl.DataFrame, plans: PlanColumns) -> NewLoans:
    """Return loans with the plans made for them, in the same order.

    Raises: InputError if there is not one plan a loan.
    """
    if len(plans) != loans.height:
        raise InputError("not one plan a loan", got=len(plans), expected=loans.height)
    no = np.arange(1, plans.due.shape[0] + 1, dtype=np.int64)[:, None]
    there = (no <= plans.count).T
    due = (plans.due - np.datetime64(FIRST_DAY)).astype(np.int64)
    start = (plans.start - np.datetime64(FIRST_DAY)).astype(np.int64)
    loan_no = loans["loan_no"].cast(pl.Int64).to_numpy()

    def each(values: npt.NDArray[np.int64]) -> Integers:
        return np.broadcast_to(values, due.shape).T[there]

    instalments = Instalments(
        loan_no=each(loan_no[None, :]),
        version=np.ones(int(plans.count.sum()), dtype=np.int64),
        no=each(no),
        due=each(due),
        principal_fen=each(plans.principal_fen),
        interest_fen=each(plans.interest_fen),
        period_interest_fen=each(plans.interest_fen),
    )
    return NewLoans(
        loans=loans, instalments=instalments, instalment_from=each(np.vstack([start[None, :], due[:-1]]))
    )


def board_loans(
    connection: Connection, *, batch_id: UUID, day: date, new: NewLoans, now: datetime
) -> Positions:
    """Add loans, plans, pay-outs and first positions in the caller's transaction; return the positions.

    Args:
        now: aware, when it is booked.
    Raises: InputError if a loan's plan is missing, does not repay it, or does not begin on the day, or its
        programme is unknown.
    """
    positions = first_positions(new, day=day)
    frame = new.loans.select(*LOAN_COLUMNS).with_row_index("row_no")
    copy_frame(connection, table="book.loan", frame=frame.with_columns(batch_id=pl.lit(str(batch_id))))
    _write(
        connection,
        batch_id,
        "book.instalment",
        INSTALMENT_KINDS,
        {
            "loan_no": new.instalments.loan_no,
            "version": new.instalments.version,
            "instalment_no": new.instalments.no,
            "from_date": new.instalment_from,
            "due_date": new.instalments.due,
            "principal_fen": new.instalments.principal_fen,
            "interest_fen": new.instalments.interest_fen,
            "period_interest_fen": new.instalments.period_interest_fen,
        },
    )
    rows = _pay_outs(new.loans, find_programmes(connection), day=day, now=check_aware(now, name="now"))
    numbered = ((batch_id, number, *row) for number, row in enumerate(rows))
    copy_rows(
        connection, table="book.loan_event", columns=("batch_id", "row_no", *EVENT_COLUMNS), rows=numbered
    )
    same_day = np.full(len(positions), day_number(day), dtype=np.int64)
    _write(
        connection,
        batch_id,
        "book.loan_position",
        LOAN_POSITION_KINDS,
        {
            "business_date": same_day,
            "shard": new.loans["shard"].cast(pl.Int64).to_numpy(),
            "sequence": np.ones_like(same_day),
            **{name: getattr(positions, name) for name in POSITION_COLUMNS},
        },
    )
    return positions


def _pay_outs(
    loans: pl.DataFrame, programmes: list[Programme], *, day: date, now: datetime
) -> Iterator[tuple[object, ...]]:
    """Give the rows of the events that pay the loans out, in the order of `EVENT_COLUMNS`."""
    for programme in programmes:
        of = loans.filter(pl.col("programme_no") == programme.number)
        lenders = programme.shares.parties
        parts = split_columns(of["principal_fen"].cast(pl.Int64).to_numpy(), programme.shares)
        heads = [LoanAccount.LOAN_PRINCIPAL, LoanAccount.CLEARING]
        accounts = [*heads, *[LoanAccount.PARTNER_PAYABLE] * (len(lenders) - 1)]
        whose = [lenders[0], *lenders]
        for loan_no, shard, principal, *funded in zip(
            of["loan_no"], of["shard"], of["principal_fen"], *(part.tolist() for part in parts), strict=True
        ):
            amounts = (principal, *(-part for part in funded))
            legs = [leg for leg in zip(accounts, whose, amounts, strict=True) if leg[2]]
            payload = f'{{"amount":{principal}}}'
            digest = event_hash(
                previous_hash=FIRST_PREVIOUS_HASH,
                loan_no=loan_no,
                sequence=1,
                kind="disbursed",
                value_date=day,
                booked_on=day,
                event_id=PAY_OUT_ID,
                payload=payload,
                legs=legs,
            )
            columns = (
                [str(account) for account, _, _ in legs],
                [leg[1] for leg in legs],
                [leg[2] for leg in legs],
            )
            head = (loan_no, 1, shard, PAY_OUT_ID, "disbursed", day, day, payload)
            yield *head, *columns, now, FIRST_PREVIOUS_HASH, digest
    known = [programme.number for programme in programmes]
    if not (unknown := loans.filter(~pl.col("programme_no").is_in(known))).is_empty():
        raise InputError("a loan's programme is unknown", got=unknown["programme_no"][0])


def first_positions(new: NewLoans, *, day: date) -> Positions:
    """Return where loans stand once they are paid out: nothing accrued, the first instalment next.

    Raises: as `board_loans`.
    """
    loan_no = new.loans["loan_no"].cast(pl.Int64).to_numpy()
    principal = new.loans["principal_fen"].cast(pl.Int64).to_numpy()
    plan = new.instalments
    first = np.searchsorted(plan.loan_no, loan_no, side="left")
    after = np.searchsorted(plan.loan_no, loan_no, side="right")
    sums = np.concatenate([[0], np.cumsum(plan.principal_fen)])
    _refuse(loan_no, first == after, "a loan has no plan")
    _refuse(loan_no, sums[after] - sums[first] != principal, "a plan does not repay its loan")
    _refuse(loan_no, new.instalment_from[first] != day_number(day), "a plan does not begin on the day")
    zero = np.zeros_like(loan_no)
    values = dict.fromkeys(POSITION_COLUMNS, zero) | {
        "loan_no": loan_no,
        "principal_fen": principal,
        "oldest_due": np.full_like(loan_no, NO_DAY),
        "version": plan.version[first],
        "next_no": plan.no[first],
        "next_due": plan.due[first],
        "next_principal_fen": plan.principal_fen[first],
        "next_interest_fen": plan.interest_fen[first],
        "period_interest_fen": plan.interest_fen[first],
        "accrual_from": np.where(plan.interest_fen[first] > 0, new.instalment_from[first], NO_DAY),
        "paid_up_on": new.instalment_from[first],
        "restructured_due": np.full_like(loan_no, NO_DAY),
    }
    return Positions(**values)


def _refuse(loan_no: Integers, wrong: np.ndarray[tuple[int], np.dtype[np.bool_]], message: str) -> None:
    if wrong.any():
        raise InputError(
            message, got=f"{int(wrong.sum())} such loans", where={"loan": int(loan_no[wrong][0])}
        )


def _write(
    connection: Connection, batch_id: UUID, table: str, kinds: dict[str, str], columns: dict[str, Integers]
) -> None:
    count = next(iter(columns.values())).size
    rows = {"row_no": np.arange(count, dtype=np.int64), **columns}
    write_columns(connection, table=table, kinds=kinds, columns=rows, batch_id=batch_id)
