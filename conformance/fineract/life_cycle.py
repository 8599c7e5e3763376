"""A life cycle of the origin, run on our book: its operations become our events, its checks our tables."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from conformance.fineract.reading import (
    FIXTURE_FUTURES,
    KINDS,
    Record,
    RefusedError,
    amount_of,
    cycle_of,
    day_of,
    known,
    read_rules,
    read_terms,
)
from conformance.fineract.tables import TYPES, View, differences

from creditloop.book.loans import (
    Accrued,
    Charged,
    ChargedBack,
    CreditRefunded,
    Disbursed,
    LoanEvent,
    LoanState,
    LoanStatus,
    Part,
    PaymentKind,
    Reaged,
    Reamortised,
    Refunded,
    Repaid,
    Rescheduled,
    Reversed,
    WrittenOff,
    append,
    down_payment_of,
    overdue_charges_of,
    replay,
)

_CHARGES = {"LOAN_NSF_FEE": Part.PENALTY, "LOAN_SNOOZE_FEE": Part.FEE}
_PAYMENTS = (
    PaymentKind.REPAYMENT,
    PaymentKind.GOODWILL_CREDIT,
    PaymentKind.MERCHANT_REFUND,
    PaymentKind.PAYOUT_REFUND,
)
_SETTLED = (LoanStatus.CLOSED, LoanStatus.OVERPAID)


class LifeCycle:
    """One loan of the origin while its case runs."""

    def __init__(self, products: Mapping[str, Record]) -> None:
        self._products = products
        self._futures: dict[str, dict[str, str]] = {}
        self._today = date.min
        self._loan: Record = {}
        self._product: Record = {}
        self._events: tuple[LoanEvent, ...] = ()
        self._hidden: set[str] = set()

    def run(self, events: Iterable[Record]) -> str:
        """Run a case; return the first difference, or nothing."""
        for number, event in enumerate(events, start=1):
            if "op" in event:
                self._do(event)
            elif found := self._check(event):
                return f"step {number}, {event['expect']}: {found}"
        return ""

    def _do(self, event: Record) -> None:
        operation: Callable[[Record], None] | None = getattr(self, f"_op_{event['op']}", None)
        if operation is None:
            raise RefusedError(f"operation {event['op']}")
        operation(event)

    def _check(self, event: Record) -> str:
        view = View(
            state=self._state(),
            preview=self._preview(),
            terms=self._terms,
            hidden=frozenset(self._hidden),
        )
        return differences(view=view, check=str(event["expect"]), value=event["value"])

    def _state(self, as_of: date | None = None) -> LoanState:
        return replay(terms=self._terms, rules=self._rules, events=self._events, as_of=as_of or self._today)

    def _preview(self) -> LoanState:
        """Return the loan as if it were paid out as applied for."""
        start = self._terms.start
        tranche = Disbursed(
            id="preview", sequence=1, value_date=start, booked_on=start, amount=self._terms.principal
        )
        return replay(terms=self._terms, rules=self._rules, events=[tranche], as_of=start)

    # what is no event of the loan

    def _op_business_date(self, event: Record) -> None:
        self._today = day_of(event["date"])

    def _op_global_configuration(self, event: Record) -> None:
        if event["name"] != "enable-business-date":
            raise RefusedError(f"configuration {event['name']}")

    def _op_day_end_step_add(self, event: Record) -> None:
        raise RefusedError(f"day end step {event['step']}")

    def _op_allocation_rule(self, event: Record) -> None:
        futures = self._futures.setdefault(event["product"], dict(FIXTURE_FUTURES))
        futures[event["transaction_type"]] = event["rule"]

    def _op_create_loan(self, event: Record) -> None:
        if self._loan:
            raise RefusedError("a second loan in one case")
        self._loan = event["terms"]
        name = self._loan["loanproduct"]
        self._product = known(self._products, name, "product")
        self._terms = read_terms(loan=self._loan, product=self._product)
        futures = self._futures.get(name, FIXTURE_FUTURES)
        self._rules = read_rules(loan=self._loan, product=self._product, futures=dict(futures))

    def _op_approve(self, event: Record) -> None:
        self._terms = replace(self._terms, principal=self._units(event["amount"]))

    # events

    def _units(self, amount: object) -> int:
        return self._terms.scale.units(amount_of(amount))

    def _base(self, value_date: date) -> dict[str, Any]:
        number = len(self._events) + 1
        return {"id": f"e{number}", "sequence": number, "value_date": value_date, "booked_on": self._today}

    def _book(self, event: LoanEvent) -> None:
        """Add an event; recognise all income if it settles the loan."""
        before = self._state()
        self._events = append(history=self._events, event=event)
        after = self._state()
        settles = after.status in _SETTLED and after.status is not before.status
        if (
            settles
            and before.status is not LoanStatus.CLOSED
            and not after.written_off
            and any(after.income_missing)
        ):
            accrued = Accrued(**self._base(event.value_date), parts=after.income_missing)
            self._events = append(history=self._events, event=accrued)

    def _op_disburse(self, event: Record) -> None:
        day, units = day_of(event["date"]), self._units(event["amount"])
        tranche = Disbursed(**self._base(day), amount=units)
        self._book(tranche)
        down = down_payment_of(terms=self._terms, units=units)
        if not self._product["auto_down_payment"] or not down:
            return
        if not self._rules.plan_first:
            settlement = self._state().settlement(tranche.id)
            down -= settlement.covered if settlement else 0
        if down > 0:
            self._book(Repaid(**self._base(day), amount=down, kind=PaymentKind.DOWN_PAYMENT))

    def _op_repayment(self, event: Record) -> None:
        self._book(Repaid(**self._base(day_of(event["date"])), amount=self._units(event["amount"])))

    def _op_transaction(self, event: Record) -> None:
        base, units = self._base(day_of(event["date"])), self._units(event["amount"])
        if event["type"] == "REFUND_BY_CASH":
            self._book(Refunded(**base, amount=units))
            return
        self._book(Repaid(**base, amount=units, kind=known(KINDS, event["type"], "transaction")))

    def _op_charge(self, event: Record) -> None:
        due = day_of(event["date"])
        part = known(_CHARGES, event["charge"], "charge")
        base = self._base(min(due, self._today))
        self._book(Charged(**base, amount=self._units(event["amount"]), part=part, due=due))

    def _op_chargeback(self, event: Record) -> None:
        payments = [one for one in self._events if isinstance(one, Repaid) and one.kind in _PAYMENTS] or [
            one for one in self._events if isinstance(one, Repaid)
        ]
        number = event["payment_nr"]
        payment = payments[-1] if number is None else payments[int(number) - 1]
        base = self._base(self._today)
        self._book(ChargedBack(**base, amount=self._units(event["amount"]), payment_id=payment.id))

    def _op_credit_balance_refund(self, event: Record) -> None:
        self._book(CreditRefunded(**self._base(day_of(event["date"])), amount=self._units(event["amount"])))

    def _op_charge_off(self, event: Record) -> None:
        self._book(WrittenOff(**self._base(day_of(event["date"]))))

    def _op_reamortize(self, _: Record) -> None:
        self._book(Reamortised(**self._base(self._today)))

    def _op_reage(self, event: Record) -> None:
        data = event["data"]
        cycle = cycle_of(data["frequencyNumber"], data["frequencyType"])
        base = self._base(self._today)
        self._book(
            Reaged(
                **base, start=day_of(data["startDate"]), cycle=cycle, count=int(data["numberOfInstallments"])
            )
        )

    def _op_reschedule(self, event: Record) -> None:
        if not self._rules.plan_first:
            raise RefusedError("reschedule of a progressive plan")
        for data in event["data"]:
            if data["graceOnPrincipal"] or data["graceOnInterest"]:
                raise RefusedError("reschedule with grace")
            self._book(
                Rescheduled(
                    **self._base(self._today),
                    from_due=day_of(data["rescheduleFromDate"]),
                    to_due=day_of(data["adjustedDueDate"]) if data["adjustedDueDate"] else None,
                    extra_count=int(data["extraTerms"] or 0),
                    rate=amount_of(data["newInterestRate"]) / 100 if data["newInterestRate"] else None,
                )
            )

    # undoing

    def _reverse(self, event: LoanEvent) -> None:
        self._book(Reversed(**self._base(event.value_date), event_id=event.id))

    def _listed(self) -> list[LoanEvent]:
        shown = [one.event for one in self._state().settlements if one.event.id not in self._hidden]
        return [event for event in shown if type(event) in TYPES]

    def _op_undo_transaction(self, event: Record) -> None:
        day, wanted = day_of(event["date"]), event.get("type")
        found = [one for one in self._listed() if one.value_date == day]
        if wanted is not None:
            found = [one for one in found if TYPES[type(one)](one) == wanted]
        if len(found) < int(event["nth"]):
            raise RefusedError("undo of a transaction that is not listed")
        self._reverse(found[int(event["nth"]) - 1])

    def _op_undo_repayment(self, event: Record) -> None:
        payments = [
            one for one in self._events if isinstance(one, Repaid) and one.kind is PaymentKind.REPAYMENT
        ]
        self._reverse(payments[int(event["nth"]) - 1])

    def _op_undo_disbursal(self, _: Record) -> None:
        self._undo_since(next(one for one in self._events if isinstance(one, Disbursed)))

    def _op_undo_last_disbursal(self, _: Record) -> None:
        undone = {one.event_id for one in self._events if isinstance(one, Reversed)}
        live = [one for one in self._events if isinstance(one, Disbursed) and one.id not in undone]
        self._undo_since(live[-1])

    def _undo_since(self, tranche: LoanEvent) -> None:
        """Undo a tranche and all booked after it that counts from its day or later; none of it is listed."""
        for one in reversed(self._events):
            if one.sequence >= tranche.sequence and one.value_date >= tranche.value_date:
                if not isinstance(one, Reversed):
                    reversal = Reversed(**self._base(one.value_date), event_id=one.id)
                    self._events = append(history=self._events, event=reversal)
                self._hidden.add(one.id)

    # day end

    def _op_cob(self, _: Record) -> None:
        """Run the day end for the day before: overdue charges, then income by instalment."""
        if not any(isinstance(one, Disbursed) for one in self._events):
            return
        until = self._today - timedelta(days=1)
        state = self._state()
        if state.written_off or state.status is LoanStatus.APPROVED:
            return
        for due, units in overdue_charges_of(state=state, rules=self._rules, terms=self._terms, day=until):
            base = self._base(until)
            self._book(Charged(**base, amount=units, part=Part.PENALTY, due=until, instalment_due=due))
        if until < min(one.value_date for one in self._events):
            return
        for day, parts in self._state(until).income_by_row:
            self._events = append(history=self._events, event=Accrued(**self._base(day), parts=parts))
