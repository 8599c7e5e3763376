"""One loan's story as it is written (单笔借据的脚本): draws, the due dates it knows of, actions."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from creditloop.book.calendars import BusinessDays
from creditloop.book.loans import Part, PaymentKind
from creditloop.world.lending.actions import (
    Action,
    Bounce,
    HowMuch,
    OpenLoan,
    Redeliver,
    RefundCredit,
    Repay,
    Waive,
)
from creditloop.world.lending.behaviour import Behaviour
from creditloop.world.lending.draws import Draws

_LATE_DAYS = 3
"""From so many days late on, penalty interest may be waived before a payment."""


@dataclass(slots=True, kw_only=True)
class Pen:
    """Writes a loan's actions.

    Attributes:
        dues: due dates as the story expects them; it moves them itself when it moves the plan.
        every_months: from one due date to the next.
        actions: in the order written; told in the order of their days.
        in_good_standing: whether the borrower may borrow again.
    """

    opened: OpenLoan
    draws: Draws
    behaviour: Behaviour
    working_days: BusinessDays
    dues: list[date]
    every_months: int
    actions: list[Action] = field(default_factory=list)
    in_good_standing: bool = True

    @property
    def loan_id(self) -> str:
        """The loan's id."""
        return self.opened.loan_id

    def happens(self, chance: str, *name: str | int) -> bool:
        """Return whether something happens that the behaviour has a chance for."""
        return self.draws.happens(self.behaviour[chance], chance, *name)

    def days(self, least: int, most: int, *name: str | int) -> timedelta:
        """Return a drawn number of days."""
        return timedelta(days=self.draws.between(least, most, *name))

    def work_day(self, day: date) -> date:
        """Return the day on which staff does what was to be done on a day: it, or the next working day."""
        return self.working_days.next_business_day(day)

    def told(self) -> tuple[Action, ...]:
        """Return the actions in the order of their days, those of a day as written."""
        return tuple(sorted(self.actions, key=lambda action: action.day))

    def repay(
        self,
        name: str,
        day: date,
        how_much: HowMuch,
        *,
        due: date | None = None,
        kind: PaymentKind = PaymentKind.REPAYMENT,
    ) -> None:
        """Write a repayment, with what may befall it: overpaid, found late, delivered twice, bounced.

        Args:
            due: the due date it is for; what is paid days after it may come with a waiver of penalty.
        """
        if due is not None and (day - due).days >= _LATE_DAYS:
            self._waived(name, day)
        if kind is PaymentKind.REPAYMENT and self.happens("incidents.found_late", name):
            self._found_late(name, day)
            return
        overpaid = kind is PaymentKind.REPAYMENT and self.happens("incidents.overpaid", name)
        extra = self.draws.between(1, 50_000, name, "extra") if overpaid else 0
        self.write(
            Repay(
                loan_id=self.loan_id,
                name=name,
                day=day,
                value_date=day,
                how_much=how_much,
                extra_fen=extra,
                kind=kind,
            )
        )
        if overpaid:
            back = self.work_day(day + self.days(2, 25, name, "credit"))
            self.write(RefundCredit(loan_id=self.loan_id, name=f"credit-{name}", day=back))
        if self.happens("incidents.repeated", name):
            again = day + self.days(0, 3, name, "repeated")
            self.write(Redeliver(loan_id=self.loan_id, name=f"again-{name}", day=again, of=name))
        if kind is PaymentKind.REPAYMENT and self.happens("incidents.bounced", name):
            self._bounced(name, day, how_much)

    def _waived(self, name: str, day: date) -> None:
        if self.happens("incidents.penalty_waived", name):
            share = self.draws.between(1_000, 10_000, name, "waived share")
            name = f"waive-{name}"
            self.write(Waive(loan_id=self.loan_id, name=name, day=day, part=Part.PENALTY, share=share))

    def _found_late(self, name: str, day: date) -> None:
        found = day + self.days(1, 40, name, "found")
        self.write(
            Repay(
                loan_id=self.loan_id,
                name=name,
                day=found,
                value_date=day,
                how_much=HowMuch.DUE,
            )
        )

    def _bounced(self, name: str, day: date, how_much: HowMuch) -> None:
        bounced = day + self.days(1, 5, name, "bounced")
        self.write(Bounce(loan_id=self.loan_id, name=f"bounce-{name}", day=bounced, of=name))
        brought = bounced + self.days(0, 12, name, "brought again")
        self.write(
            Repay(
                loan_id=self.loan_id,
                name=f"{name}-once-more",
                day=brought,
                value_date=brought,
                how_much=HowMuch.DUE if how_much is HowMuch.NEXT else how_much,
            )
        )

    def write(self, action: Action) -> None:
        """Write an action."""
        self.actions.append(action)
