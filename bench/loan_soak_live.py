"""The live side of the soak: columns that are closed day by day, and what events leave put in between.

One place a loan, by its number. `take` puts in where an event left a loan, `close` closes a day for all loans
on the books with the day end's own functions. What is posted is added up by account and lender, for events
and days alike.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from creditloop.book.day_end import (
    NO_DAY,
    POSITION_COLUMNS,
    Instalments,
    Integers,
    Positions,
    Programme,
    Rules,
    close_day,
    day_number,
    day_parts,
)
from creditloop.book.interest import DayCount
from creditloop.book.loans import LenderLeg, LoanAccount, LoanRules, PenaltyBase, Standing, ToCome
from creditloop.kernel.errors import BookError

Mask = npt.NDArray[np.bool_]
RATE_UNIT = 10**9
_BASIS = {DayCount.ACT_360: 360, DayCount.ACT_365: 365}
_NOT_COMPARED = {
    "version",
    "next_no",
    "paid_up_on",
    "instalments_met",
    "restructured",
    "restructured_due",
    "tier",
}
"""What a plan's versions and the classification need, and no replay says."""
COMPARED = tuple(name for name in POSITION_COLUMNS if name not in {"loan_no", *_NOT_COMPARED})
_RULE_COLUMNS = (
    "penalty_rate_nano",
    "overdue_interest_rate_nano",
    "interest_bears_penalty",
    "penalty_basis",
    "grace_days",
    "grace_is_charged",
)
_INSTALMENT = tuple(column.name for column in fields(Instalments))
_EMPTY = {"oldest_due": NO_DAY, "next_due": NO_DAY, "paid_up_on": NO_DAY, "restructured_due": NO_DAY}
PostedTotals = Counter[tuple[int, LoanAccount, str]]
"""What was posted by programme, account and lender."""


def rules_row(rules: LoanRules, *, rate: Decimal) -> dict[str, int]:
    """Return what being overdue costs on a loan at its rate, as the day end's rules have it.

    Raises: BookError for rules that columns cannot say: other than one variant, or a finer rate.
    """
    [variant] = rules.penalties
    penalty, interest = (int(each * RATE_UNIT) for each in variant.rates(rate))
    if (Decimal(penalty), Decimal(interest)) != tuple(each * RATE_UNIT for each in variant.rates(rate)):
        raise BookError("a rate has more than nine decimals", got=variant.rates(rate))
    return {
        "penalty_rate_nano": penalty,
        "overdue_interest_rate_nano": interest,
        "interest_bears_penalty": int(variant.base is PenaltyBase.OVERDUE_PRINCIPAL_AND_INTEREST),
        "penalty_basis": _BASIS[variant.day_count],
        "grace_days": variant.grace_days,
        "grace_is_charged": int(variant.grace_is_charged),
    }


def position_row(standing: Standing, *, rules: dict[str, int]) -> dict[str, int]:
    """Return a standing as the columns of a position.

    Raises: BookError if what is carried of a fen is no whole number of the day end's parts.
    """
    unit = rules["penalty_basis"] * RATE_UNIT
    balances = standing.balances

    def parts(ratio: tuple[int, int]) -> int:
        whole, rest = divmod(ratio[0] * unit, ratio[1])
        if rest:
            raise BookError("the part of a fen is finer than the day end's", got=ratio, expected=f"1/{unit}")
        return whole

    return {
        "principal_fen": balances.get(LoanAccount.LOAN_PRINCIPAL, 0),
        "interest_fen": balances.get(LoanAccount.INTEREST_RECEIVABLE, 0),
        "fee_fen": balances.get(LoanAccount.FEE_RECEIVABLE, 0),
        "penalty_fen": balances.get(LoanAccount.PENALTY_RECEIVABLE, 0),
        "due_principal_fen": standing.due_principal,
        "due_interest_fen": standing.due_interest,
        "oldest_due": NO_DAY if standing.oldest_due is None else day_number(standing.oldest_due),
        "interest_total_fen": -balances.get(LoanAccount.INTEREST_INCOME, 0),
        "penalty_total_fen": -balances.get(LoanAccount.PENALTY_INCOME, 0),
        "penalty_remainder": parts(standing.carried[0]),
        "penalty_waiting": parts(standing.waiting[0]),
        "overdue_interest_remainder": parts(standing.carried[1]),
        "overdue_interest_waiting": parts(standing.waiting[1]),
        **_coming(standing.next, accrued=standing.accrued),
    }


def _coming(coming: ToCome | None, *, accrued: int) -> dict[str, int]:
    """Return the columns of the instalment that comes due next."""
    return {
        "next_due": NO_DAY if coming is None else day_number(coming.due),
        "next_principal_fen": 0 if coming is None else coming.principal,
        "next_interest_fen": 0 if coming is None else coming.interest,
        "period_interest_fen": 0 if coming is None else coming.period_interest,
        "accrual_from": 0 if coming is None else day_number(coming.start),
        "period_accrued_fen": 0 if coming is None else accrued,
    }


def comparable(row: dict[str, int], *, to_come: Sequence[ToCome], day: date) -> dict[str, int]:
    """Return a row as it is compared, as a day begins.

    An instalment of the day itself of which nothing is left to pay is passed over, as the day's close would
    do, and a period whose interest is all accrued is left out: nothing follows from it any more.
    """
    if row["next_due"] == day_number(day) and not row["next_principal_fen"] + row["next_interest_fen"]:
        row = row | _coming(to_come[0] if to_come else None, accrued=0)
    if row["period_accrued_fen"] < row["period_interest_fen"]:
        return row
    return row | {"period_interest_fen": 0, "period_accrued_fen": 0, "accrual_from": 0}


def _is_settled(positions: Positions) -> Mask:
    """Say of which loans nothing is left: no later close would change them."""
    left = positions.principal_fen | positions.interest_fen | positions.penalty_fen | positions.fee_fen
    settled: Mask = (left == 0) & (positions.next_due == NO_DAY) & (positions.oldest_due == NO_DAY)
    return settled


@dataclass(slots=True)
class LiveBook:
    """The loans of a shard over their columns; loan numbers from 1 to `size`.

    Attributes:
        programmes: lenders by number; posted: what was posted so far, events and days.
        own_interest, own_penalty: our part of each loan's accruals so far, of days and of events.
    """

    size: int
    programmes: tuple[Programme, ...]
    posted: PostedTotals = field(default_factory=Counter)
    columns: dict[str, Integers] = field(init=False)
    rules: dict[str, Integers] = field(init=False)
    programme_no: Integers = field(init=False)
    own_interest: Integers = field(init=False)
    own_penalty: Integers = field(init=False)
    _on_books: Mask = field(init=False)
    _to_come: dict[int, tuple[ToCome, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        places = self.size + 1
        self.columns = {
            name: np.full(places, _EMPTY.get(name, 0), dtype=np.int64) for name in POSITION_COLUMNS
        }
        self.columns["loan_no"] = np.arange(places, dtype=np.int64)
        self.rules = {name: np.zeros(places, dtype=np.int64) for name in _RULE_COLUMNS}
        self.programme_no = np.zeros(places, dtype=np.int64)
        self.own_interest = np.zeros(places, dtype=np.int64)
        self.own_penalty = np.zeros(places, dtype=np.int64)
        self._on_books = np.zeros(places, dtype=np.bool_)

    def row(self, loan_no: int, *, day: date) -> dict[str, int]:
        """Return the columns of a loan that a replay also says, as a day begins; see `comparable`."""
        row = {name: int(self.columns[name][loan_no]) for name in COMPARED}
        return comparable(row, to_come=self._to_come.get(loan_no, ()), day=day)

    def take(self, loan_no: int, *, standing: Standing, rules: dict[str, int], programme_no: int) -> None:
        """Put in where an event left a loan; one that is settled leaves the columns of the day end."""
        row = position_row(standing, rules=rules)
        for name, value in row.items():
            self.columns[name][loan_no] = value
        for name, value in rules.items():
            self.rules[name][loan_no] = value
        coming = standing.next is not None
        self.columns["version"][loan_no] += 1
        self.columns["next_no"][loan_no] = int(coming)
        self.programme_no[loan_no] = programme_no
        self._to_come[loan_no] = standing.to_come
        left = (row["principal_fen"], row["interest_fen"], row["penalty_fen"], row["fee_fen"])
        self._on_books[loan_no] = coming or any(left) or row["oldest_due"] != NO_DAY

    def post(self, loan_no: int, *, programme_no: int, legs: tuple[LenderLeg, ...], own: str) -> None:
        """Add up what an event posts.

        Raises: BookError if it does not add up to zero.
        """
        if sum(units for _, _, units in legs):
            raise BookError("an event's postings do not add up", got=legs, where={"loan": loan_no})
        for account, lender, units in legs:
            self.posted[programme_no, account, lender] += units
            if (account, lender) == (LoanAccount.INTEREST_INCOME, own):
                self.own_interest[loan_no] -= units
            elif (account, lender) == (LoanAccount.PENALTY_INCOME, own):
                self.own_penalty[loan_no] -= units

    def leave_out(self, loan_no: int) -> None:
        """Close no more days for a loan."""
        self._on_books[loan_no] = False

    def dpd(self, loan_no: int, day: date) -> int:
        """Return the days past due of a loan as a day begins, 0 while days of grace run."""
        oldest = int(self.columns["oldest_due"][loan_no])
        since = 0 if oldest == NO_DAY else day_number(day) - oldest
        return since if since > int(self.rules["grace_days"][loan_no]) else 0

    def close(self, day: date) -> int:
        """Close a day for the loans on the books; return how many."""
        here = np.flatnonzero(self._on_books)
        if not here.size:
            return 0
        number = day_number(day)
        closed = close_day(
            Positions(**{name: column[here] for name, column in self.columns.items()}),
            instalments=self._instalments(here, number),
            rules=Rules(**{name: column[here] for name, column in self.rules.items()}),
            day=number,
        )
        for name in POSITION_COLUMNS:
            self.columns[name][here] = getattr(closed.positions, name)
        self._on_books[here[_is_settled(closed.positions)]] = False
        told = day_parts(closed, programme_no=self.programme_no[here], programmes=self.programmes)
        self.own_interest[here] += told.own_interest_fen
        self.own_penalty[here] += told.own_penalty_fen
        for (programme_no, lender), (interest, penalty) in told.sums.items():
            ours = lender == told.own[programme_no]
            self._post_day(programme_no, told.own[programme_no], lender, (interest, penalty), ours=ours)
        return int(here.size)

    def _post_day(
        self, programme_no: int, own: str, lender: str, amounts: tuple[int, int], *, ours: bool
    ) -> None:
        """Post a lender's part of the day's interest and penalty; what is receivable is ours in full."""
        interest, penalty = amounts
        for receivable, income, amount in (
            (LoanAccount.INTEREST_RECEIVABLE, LoanAccount.INTEREST_INCOME, interest),
            (LoanAccount.PENALTY_RECEIVABLE, LoanAccount.PENALTY_INCOME, penalty),
        ):
            self.posted[programme_no, receivable, own] += amount
            self.posted[programme_no, income if ours else LoanAccount.PARTNER_PAYABLE, lender] -= amount

    def _instalments(self, here: Integers, number: int) -> Instalments:
        """Return what follows the instalments that come due on the day; it is the next one from then on."""
        rows: list[tuple[int, ...]] = []
        for loan_no in here[self.columns["next_due"][here] == number].tolist():
            following, self._to_come[loan_no] = self._to_come[loan_no][:1], self._to_come[loan_no][1:]
            version, after = int(self.columns["version"][loan_no]), int(self.columns["next_no"][loan_no]) + 1
            for one in following:
                amounts = one.principal, one.interest, one.period_interest
                rows.append((loan_no, version, after, day_number(one.due), *amounts))
        columns = np.array(rows, dtype=np.int64).reshape(-1, len(_INSTALMENT)).T
        return Instalments(**dict(zip(_INSTALMENT, columns, strict=True)))
