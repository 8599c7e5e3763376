"""One shard of the soak: its borrowers' loans, event by event into a live book, compared with replays."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from bench.loan_soak_live import LiveBook, PostedTotals, comparable, position_row, rules_row

from creditloop.book.day_end import Programme
from creditloop.book.loans import (
    LoanAccount,
    LoanEvent,
    LoanState,
    Part,
    Restructured,
    RowKind,
    Standing,
    append,
    lender_legs,
    standing_of,
)
from creditloop.book.split import Shares
from creditloop.kernel.errors import BookError, CreditloopError, InputError, StateError
from creditloop.world.lending import Action, Agreement, Book, LoanLife, OpenLoan, Redeliver, actions_of

Tell = Callable[[str], None]
_DAYS_MOVED_MOST = 12
"""A due date is moved by holidays by so many days at most, while interest runs to the day as planned."""
_YEAR_DAYS_LEAST = 360


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where live book and replay part for the first time, on one loan or in a sum."""

    loan_id: str
    day: date
    what: str

    def __str__(self) -> str:
        return f"{self.loan_id} on {self.day}: {self.what}"


@dataclass(slots=True)
class Tally:
    """What was run and found.

    Attributes:
        counts: events by kind, refusals by reason, loans, loan-days, comparisons.
    """

    counts: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add what another shard found."""
        self.counts.update(other.counts)
        self.differences.extend(other.differences)

    def lines(self) -> list[str]:
        """Return the counts as lines to print."""
        main = ("loans", "loan-days", "events", "comparisons", "not made", "repeats")
        lines = [", ".join(f"{self.counts[name]:,} {name}" for name in main)]
        for head in ("event", "refused"):
            told = sorted(
                (name, count) for name, count in self.counts.items() if name.startswith(f"{head}: ")
            )
            lines += [f"  {name}: {count:,}" for name, count in told]
        return lines


@dataclass(slots=True, kw_only=True)
class _Loan:
    """A loan of the shard: what was agreed, its events so far, how it stands; its highest rate so far."""

    opened: OpenLoan
    loan_no: int
    agreed: Agreement
    life: LoanLife
    programme_no: int
    events: tuple[LoanEvent, ...] = ()
    state: LoanState | None = None
    standing: Standing | None = None
    as_of: date = date.min
    rate_most: Decimal = Decimal(0)
    broken: bool = False

    @property
    def rate(self) -> Decimal:
        """The yearly rate in force."""
        return self.agreed.terms.rate if self.state is None else self.life.rate(self.state)


class Shard:
    """Some borrowers' loans over the whole period.

    Args:
        tell: the id of a loan to tell the life of, and where to.
    """

    def __init__(self, *, book: Book, borrowers: range, tell: tuple[str, Tell] | None = None) -> None:
        self._book = book
        self._tell = tell
        self._tally = Tally()
        self._by_day: dict[date, list[Action]] = {}
        self._loans: dict[str, _Loan] = {}
        self._shares: dict[Shares, int] = {}
        opened: list[OpenLoan] = []
        for borrower in borrowers:
            for action in actions_of(book, borrower=borrower):
                self._by_day.setdefault(action.day, []).append(action)
                opened += [action] if isinstance(action, OpenLoan) else []
        for loan_no, each in enumerate(opened, start=1):
            self._loans[each.loan_id] = self._loan(each, loan_no)
        programmes = tuple(
            Programme(number=number, product="simulated", shares=shares)
            for shares, number in self._shares.items()
        )
        self._live = LiveBook(len(opened), programmes)

    def _loan(self, opened: OpenLoan, loan_no: int) -> _Loan:
        agreed = self._book.offers.agreement(opened)
        number = self._shares.setdefault(agreed.shares, len(self._shares) + 1)
        life = LoanLife(terms=agreed.terms, rules=agreed.rules)
        return _Loan(opened=opened, loan_no=loan_no, agreed=agreed, life=life, programme_no=number)

    def run(self) -> Tally:
        """Play the whole period; return what was found."""
        day = self._book.first_day
        while day < self._book.after:
            for action in self._by_day.get(day, ()):
                loan = self._loans[action.loan_id]
                if not loan.broken:
                    self._do(loan, action)
            self._tally.counts["loan-days"] += self._close(day)
            day += timedelta(days=1)
        self._finish()
        return self._tally

    def _close(self, day: date) -> int:
        while True:
            try:
                return self._live.close(day)
            except CreditloopError as error:
                loan = next(
                    (each for each in self._loans.values() if each.loan_no == error.where.get("loan")), None
                )
                if loan is None:
                    raise
                self._differs(loan, day, f"the day does not close: {error.message}, {error.got}")

    def _do(self, loan: _Loan, action: Action) -> None:
        if loan.as_of != action.day and loan.events:
            self._begin_day(loan, action.day)
            if loan.broken:
                return
        event = loan.life.event(action, events=loan.events, state=loan.state)
        if event is None:
            self._say(loan, f"{action.day} {type(action).__name__} {action.name}: not made")
            self._tally.counts["not made"] += 1
            return
        longer = append(history=loan.events, event=event)
        if longer == loan.events:
            assert isinstance(action, Redeliver), "only a repeat changes nothing"
            self._tally.counts["repeats"] += 1
            return
        try:
            after = self._standing(loan, longer, action.day)
        except BookError as error:
            self._differs(
                loan, action.day, f"{type(event).__name__} {event.id}: {error.message}, {error.got}"
            )
        except (InputError, StateError) as error:
            self._say(loan, f"{action.day} {type(event).__name__}: refused, {error.message}")
            self._tally.counts[f"refused: {type(event).__name__}, {error.message}"] += 1
        else:
            self._book_event(loan, event, longer, after)

    def _standing(self, loan: _Loan, events: tuple[LoanEvent, ...], day: date) -> tuple[LoanState, Standing]:
        return standing_of(terms=loan.agreed.terms, rules=loan.agreed.rules, events=events, day=day)

    def _begin_day(self, loan: _Loan, day: date) -> None:
        """Replay the loan as of the day, and compare it with the columns of the close before."""
        try:
            loan.state, loan.standing = self._standing(loan, loan.events, day)
            replayed = position_row(loan.standing, rules=rules_row(loan.agreed.rules, rate=loan.rate))
        except CreditloopError as error:
            self._differs(loan, day, f"cannot be replayed: {error.message}, {error.got}")
            return
        loan.as_of = day
        self._compare(loan, day, comparable(replayed, to_come=loan.standing.to_come, day=day))

    def _compare(self, loan: _Loan, day: date, replayed: dict[str, int]) -> None:
        self._tally.counts["comparisons"] += 1
        live = self._live.row(loan.loan_no, day=day)
        parted = [name for name in replayed if replayed[name] != live[name]]
        if parted:
            told = ", ".join(f"{name} live {live[name]} replay {replayed[name]}" for name in parted)
            self._differs(loan, day, f"after {type(loan.events[-1]).__name__} {loan.events[-1].id}: {told}")

    def _book_event(
        self,
        loan: _Loan,
        event: LoanEvent,
        longer: tuple[LoanEvent, ...],
        after: tuple[LoanState, Standing],
    ) -> None:
        state, standing = after
        shares = loan.agreed.shares
        paid_out = 0 if loan.state is None else loan.state.disbursed
        legs = lender_legs(
            before={} if loan.standing is None else loan.standing.balances,
            after=standing.balances,
            disbursed=(paid_out, state.disbursed),
            shares=shares,
        )
        loan.events, loan.state, loan.standing, loan.as_of = longer, state, standing, event.booked_on
        try:
            self._live.post(loan.loan_no, programme_no=loan.programme_no, legs=legs, own=shares.parties[0])
            rules = rules_row(loan.agreed.rules, rate=loan.rate)
            self._live.take(loan.loan_no, standing=standing, rules=rules, programme_no=loan.programme_no)
        except BookError as error:
            self._differs(loan, event.booked_on, f"{error.message}, {error.got}")
        if not loan.broken:
            self._check_rows(loan, event)
            self._check_interest(loan, event)
        self._tally.counts["events"] += 1
        self._tally.counts[f"event: {type(event).__name__}"] += 1
        self._say(loan, f"{event.booked_on} {event}")

    def _check_rows(self, loan: _Loan, event: LoanEvent) -> None:
        """Hold what was posted against what the rows leave open, within the replay itself."""
        assert loan.state is not None and loan.standing is not None, "an event was booked"
        if loan.state.written_off:
            return
        penalty, _, _, principal = loan.state.open_parts
        for account, least, most in (
            (LoanAccount.PENALTY_RECEIVABLE, penalty, penalty),
            (LoanAccount.LOAN_PRINCIPAL, principal, principal),
            (LoanAccount.INTEREST_RECEIVABLE, *_interest_owed(loan.state)),
        ):
            posted = loan.standing.balances.get(account, 0)
            if not least <= posted <= most:
                told = f"{account} posted {posted}, open in rows {least} to {most}"
                self._differs(loan, event.booked_on, f"by {type(event).__name__} {event.id}: {told}")
                return

    def _check_interest(self, loan: _Loan, event: LoanEvent) -> None:
        """Hold each instalment's interest below that of its days on all ever lent: none is owed twice.

        Where interest for being overdue stands in the rows as well, nothing is said.
        """
        assert loan.state is not None, "an event was booked"
        [variant] = loan.agreed.rules.penalties
        if variant.interest_multiple:
            return
        loan.rate_most = max(loan.rate_most, loan.rate)
        lent = loan.state.disbursed + sum(
            max(0, one.parts[Part.INTEREST])
            for one in loan.state.settlements
            if isinstance(one.event, Restructured)
        )
        begun = date.max
        for row in loan.state.rows:
            # a prepayment lets a period begin anew; what its row had earned and was paid stays in it
            begun = min(begun, row.start)
            days = (row.due - begun).days + _DAYS_MOVED_MOST
            begun = row.due if row.kind is not RowKind.PREPAYMENT else begun
            most = lent * loan.rate_most * days / _YEAR_DAYS_LEAST + 1
            if row.amounts[Part.INTEREST] > most:
                told = f"interest of {row.due} is {row.amounts[Part.INTEREST]}, at most {most:.0f}"
                self._differs(loan, event.booked_on, f"by {type(event).__name__} {event.id}: {told}")
                return

    def _finish(self) -> None:
        """Compare every loan, and all that was posted, at the end of the period."""
        expected: PostedTotals = Counter()
        after = self._book.after
        for loan in self._loans.values():
            self._tally.counts["loans"] += 1
            if loan.events and not loan.broken:
                self._begin_day(loan, after)
            if loan.standing is None or loan.state is None or loan.broken:
                continue
            self._check_owed(loan, loan.state)
            self._check_parts(loan)
            legs = lender_legs(
                before={},
                after=loan.standing.balances,
                disbursed=(0, loan.state.disbursed),
                shares=loan.agreed.shares,
            )
            for account, lender, units in legs:
                expected[loan.programme_no, account, lender] += units
        if not self._tally.differences:
            self._check_posted(expected)

    def _check_owed(self, loan: _Loan, state: LoanState) -> None:
        """Compare the columns with the rows the replay leaves open, part by part."""
        live, (penalty, fee, interest, principal) = (
            self._live.row(loan.loan_no, day=self._book.after),
            state.open_parts,
        )
        on_books = not state.written_off
        told = (
            ("penalty", live["penalty_fen"], penalty * on_books),
            ("fee", live["fee_fen"], fee * on_books),
            ("principal", live["principal_fen"], principal * on_books),
            ("dpd", self._live.dpd(loan.loan_no, self._book.after), state.dpd * on_books),
        )
        for name, here, there in told:
            if here != there:
                self._differs(loan, self._book.after, f"{name}: live {here}, open in the replay {there}")
        if on_books and live["interest_fen"] > interest:
            self._differs(loan, self._book.after, f"interest accrued {live['interest_fen']} above {interest}")

    def _check_parts(self, loan: _Loan) -> None:
        """Hold our part of everything accrued against our share of it, within a fen."""
        shares, live = loan.agreed.shares, self._live.row(loan.loan_no, day=self._book.after)
        share = shares.share(shares.parties[0])
        for name, part, total in (
            ("interest", self._live.own_interest, live["interest_total_fen"]),
            ("penalty", self._live.own_penalty, live["penalty_total_fen"]),
        ):
            ours = int(part[loan.loan_no])
            if abs(ours - share * total) > 1:
                self._differs(loan, self._book.after, f"our part of {name}: {ours} of {total}")

    def _check_posted(self, expected: PostedTotals) -> None:
        keys = sorted({*expected, *self._live.posted}, key=str)
        for key in keys:
            if expected[key] != self._live.posted[key]:
                what = f"posted {self._live.posted[key]} on {key}, replays say {expected[key]}"
                self._tally.differences.append(Difference(loan_id="sum", day=self._book.after, what=what))
        if total := sum(self._live.posted.values()):
            what = f"postings add up to {total}"
            self._tally.differences.append(Difference(loan_id="sum", day=self._book.after, what=what))

    def _differs(self, loan: _Loan, day: date, what: str) -> None:
        loan.broken = True
        self._live.leave_out(loan.loan_no)
        self._say(loan, f"{day} DIFFERS {what}")
        self._tally.differences.append(Difference(loan_id=loan.opened.loan_id, day=day, what=what))

    def _say(self, loan: _Loan, words: str) -> None:
        if self._tell is not None and self._tell[0] == loan.opened.loan_id:
            self._tell[1](words)


def _interest_owed(state: LoanState) -> tuple[int, int]:
    """Return the least and the most of interest that may be receivable, from the rows alone.

    All of a row that is due is earned; of one that runs something between nothing and the whole.
    """
    least = most = 0
    for row in state.rows:
        whole, settled = row.amounts[Part.INTEREST], row.paid[Part.INTEREST] + row.waived[Part.INTEREST]
        least += (whole if row.due <= state.as_of else 0) - settled
        most += (whole if min(row.due, row.start) <= state.as_of else 0) - settled
    return least, most
