"""Invariants 1, 2, 6, 7, 8, 9, 11 and 12 of a loan's life, after every event of a random one.

The machine books random events, some of them backdated, and keeps what was posted for each. After every one
the numbered invariants are asked for; an event that the book refuses must leave everything as it is, and only
a refusal that names what is wrong is taken: a BookError, or any error that is none of ours, is a fault.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.book.invariants.loan_lives import MAKERS, REFUSED, Life, amounts, examples, happen, rules, terms

from creditloop.book.loans import (
    Accrued,
    Across,
    ChargedBack,
    CreditRefunded,
    Disbursed,
    Future,
    LoanAccount,
    LoanEvent,
    LoanState,
    LoanStatus,
    Part,
    PaymentKind,
    Prepaid,
    Refunded,
    Repaid,
    Restructured,
    Reversed,
    Settlement,
    Waived,
    WrittenOff,
    payoff_quote,
)
from creditloop.book.split import Shares
from creditloop.kernel.errors import ConflictingRepeat

SHARES = Shares(("us", "partner"), (3, 7))
THREE = Shares(("us", "one", "other"), (1, 1, 1))
BACK = st.sampled_from([0, 0, 0, 0, 1, 20, 60])


class LoanLife(RuleBasedStateMachine):
    """One loan, event by event."""

    @initialize(of=terms(), by=rules())
    def pay_out(self, of, by):
        self.life = Life(terms=of, rules=by)
        self.state = self.life.state()

    @rule(days=st.sampled_from([1, 10, 28, 30, 31, 60, 100]))
    def days_pass(self, days):
        self.life.today += timedelta(days=days)
        self.state = self.life.state()

    @rule(what=st.sampled_from([*MAKERS, "repay", "repay", "prepay"]), back=BACK, data=st.data())
    def something_happens(self, what, back, data):
        before = self.state
        if happen(data.draw, self.life, what, back=back) is None:
            assert self.life.state() == before, "what is refused leaves nothing"
        self.state = self.life.state()

    @rule(data=st.data(), back=BACK)
    def invariant_08_paying_and_reversing_restores_the_loan(self, data, back):
        """8: pay-then-reverse restores state."""
        before = self.state
        paid = happen(data.draw, self.life, data.draw(st.sampled_from(["repay", "prepay"])), back=back)
        if paid is None:
            return
        undone = self.life.book(self.life.event(Reversed, paid.event.value_date, event_id=paid.event.id))
        assert undone is not None
        assert dict(undone.legs) == {account: -units for account, units in paid.legs}
        self.state = self.life.state()
        for what in ("rows", "balances", "overpaid", "dpd", "status", "written_off", "income_missing"):
            assert getattr(self.state, what) == getattr(before, what), what

    @precondition(lambda self: self.state.disbursed > 0)
    @rule()
    def invariant_09_what_is_quoted_as_payoff_leaves_nothing_owed(self):
        """9: payoff on day d leaves 0."""
        life = self.life
        quote = payoff_quote(terms=life.terms, rules=life.rules, events=life.events, day=life.today)
        if quote.total == 0:
            return
        after = life.state(events=(*life.events, life.event(Prepaid, life.today, amount=quote.total)))
        assert (after.open_units, after.overpaid, after.status) == (0, 0, LoanStatus.CLOSED)

    @rule(data=st.data())
    def invariant_11_a_repeat_posts_nothing_and_other_content_is_refused(self, data):
        """11: idempotent retry = no new posting."""
        event = data.draw(st.sampled_from(self.life.events))
        again = self.life.correction(event)
        assert (again.legs, again.lines) == ((), ())
        with pytest.raises(ConflictingRepeat):
            self.life.correction(replace(self.life.event(Accrued, self.life.today), id=event.id))

    @precondition(lambda self: greedy(self.life, self.state))
    @rule(data=st.data())
    def invariant_12_two_payments_of_a_day_settle_what_one_does(self, data):
        """12: split payment a+b same day == payment a+b."""
        life = self.life
        first, second = data.draw(amounts(life)), data.draw(amounts(life))
        one = life.event(Repaid, life.today, amount=first + second)
        parted = (life.event(Repaid, life.today, amount=first), _after(life, second))
        try:
            whole, halves = life.state(events=(*life.events, one)), life.state(events=(*life.events, *parted))
        except REFUSED:
            return
        for what in ("rows", "balances", "overpaid", "dpd", "status"):
            assert getattr(halves, what) == getattr(whole, what), what

    @invariant()
    def invariant_01_postings_add_up_to_zero(self):
        """1: sum of postings = 0 per event, batch, loan, day."""
        by_day: dict[object, int] = {}
        for correction in self.life.posted:
            total = sum(units for _, units in correction.legs)
            assert total == 0, f"what was posted for {correction.event.id}"
            by_day[correction.event.booked_on] = by_day.get(correction.event.booked_on, 0) + total
        assert not any(by_day.values())
        for settlement in self.state.settlements:
            assert sum(units for _, units in settlement.legs) == 0, settlement.event.id
            assert all(units for _, units in settlement.legs), "no leg of nothing"
        assert sum(self.state.balances.values()) == 0

    @invariant()
    def invariant_02_principal_is_repaid_or_written_off_or_outstanding(self):
        """2: principal repaid + written off + outstanding = disbursed."""
        owed = principal_owed(self.life, self.state)
        assert owed == self.state.open_parts[Part.PRINCIPAL]
        assert self.state.balances.get(LoanAccount.LOAN_PRINCIPAL, 0) == (
            0 if self.state.written_off else owed
        )
        lines = sum(line.units for one in live(self.state) for line in one.lines)
        assert lines == sum(sum(row.paid) for row in self.state.rows), "rows bear what payments settled"

    @invariant()
    def invariant_03_no_amount_of_a_row_is_below_zero(self):
        """3, of a life: every amount >= 0, and a row is settled when nothing of it is open."""
        for row in self.state.rows:
            assert min(*row.amounts, *row.paid, *row.waived, *row.open_parts) >= 0
            assert not any(row.amounts) or (row.paid_on is None) == (row.open_units > 0)
        assert self.state.overpaid >= 0

    @invariant()
    def invariant_06_lenders_parts_are_the_whole_and_never_drift(self):
        """6: own + partner = total, each cumulative share within 1 fen."""
        for shares in (SHARES, THREE):
            parts = {account: [0] * len(shares.parties) for account in LoanAccount}
            totals = dict.fromkeys(LoanAccount, 0)
            for correction in self.life.posted:
                for account, units in correction.legs:
                    before, totals[account] = totals[account], totals[account] + units
                    moved = shares.posted(before_fen=before, after_fen=totals[account])
                    assert sum(moved) == units
                    parts[account] = [held + more for held, more in zip(parts[account], moved, strict=True)]
            for account, held in parts.items():
                for party, units in zip(shares.parties, held, strict=True):
                    assert abs(units - totals[account] * shares.share(party)) < 1

    @invariant()
    def invariant_07_the_replay_is_what_was_posted(self):
        """7: replay(events) == live projection; the order in which events are handed in is irrelevant."""
        held = {account: units for account, units in self.state.balances.items() if units}
        assert self.life.projection() == held
        assert self.life.state(events=self.life.events[::-1]) == self.state
        assert -held.get(LoanAccount.CUSTOMER_SUSPENSE, 0) == self.state.overpaid
        assert held.get(LoanAccount.CLEARING, 0) == cash(self.state)
        for one in live(self.state):
            if isinstance(one.event, Repaid | Prepaid):
                assert sum(one.parts) + one.overpaid == one.event.amount + one.covered, "no fen is lost"


def live(state: LoanState) -> list[Settlement]:
    """Return what events did that stand."""
    return [one for one in state.settlements if one.reversed_by is None]


def cash(state: LoanState) -> int:
    """Return the money that came in less what went out, from the events; a refund as far as there was."""
    total = 0
    for one in live(state):
        event = one.event
        if isinstance(event, Repaid | Prepaid):
            total += 0 if getattr(event, "kind", None) is PaymentKind.GOODWILL_CREDIT else event.amount
        elif isinstance(event, Disbursed | CreditRefunded | ChargedBack):
            total -= event.amount
        elif isinstance(event, Refunded):
            total -= sum(one.parts) + one.covered
    return total


def principal_owed(life: Life, state: LoanState) -> int:
    """Return the principal still owed, followed from event to event; checked where it is written off."""
    owed = 0
    for one in live(state):
        event = one.event
        if isinstance(event, Restructured):
            owed += one.parts[Part.INTEREST]  # what became principal, less what was paid ahead and repays it
            continue
        owed -= sum(line.units for line in one.lines if line.part is Part.PRINCIPAL)
        if isinstance(event, Disbursed):
            owed += event.amount
        elif isinstance(event, Waived):
            owed -= one.parts[Part.PRINCIPAL]
        elif isinstance(event, ChargedBack | CreditRefunded):
            owed += one.parts[Part.PRINCIPAL]
            if isinstance(event, CreditRefunded) or life.rules.credit_order is None:
                owed += sum(line.units for line in one.lines)  # credit that met it at once
        elif isinstance(event, WrittenOff):
            assert one.parts[Part.PRINCIPAL] == owed, "what is written off is what is owed"
    return owed


def greedy(life: Life, state: LoanState) -> bool:
    """Say whether orders of settlement do not depend on how much is paid at once: no switch, no spreading."""
    orders = life.rules.allocation
    return not life.rules.by_dpd and (orders.future is not Future.SPREAD or orders.across is Across.BY_ROW)


def _after(life: Life, amount: int) -> LoanEvent:
    """Return a second payment of today, booked after the next event."""
    event = life.event(Repaid, life.today, amount=amount)
    return replace(event, id="second", sequence=event.sequence + 1)


LoanLife.TestCase.settings = examples(150, stateful_step_count=15)
TestLoanLife = LoanLife.TestCase
