"""Our state of a loan in the shape of the origin's tables, compared cell by cell."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from conformance.fineract.reading import Record, RefusedError, amount_of

from creditloop.book.loans import (
    Accrued,
    ChargedBack,
    CreditRefunded,
    Disbursed,
    DueRow,
    LoanAccount,
    LoanEvent,
    LoanState,
    LoanStatus,
    LoanTerms,
    Part,
    PaymentKind,
    Reaged,
    Reamortised,
    Refunded,
    Repaid,
    RowKind,
    Settlement,
    WrittenOff,
)

_PAYMENT_NAMES = {
    PaymentKind.REPAYMENT: "Repayment",
    PaymentKind.DOWN_PAYMENT: "Down Payment",
    PaymentKind.GOODWILL_CREDIT: "Goodwill Credit",
    PaymentKind.MERCHANT_REFUND: "Merchant Issued Refund",
    PaymentKind.PAYOUT_REFUND: "Payout Refund",
}


def _payment_name(event: LoanEvent) -> str:
    return _PAYMENT_NAMES[event.kind] if isinstance(event, Repaid) else ""


TYPES: Mapping[type[LoanEvent], Callable[[LoanEvent], str]] = {
    Disbursed: lambda _: "Disbursement",
    Repaid: _payment_name,
    Refunded: lambda _: "Refund",
    CreditRefunded: lambda _: "Credit Balance Refund",
    ChargedBack: lambda _: "Chargeback",
    Accrued: lambda _: "Accrual",
    WrittenOff: lambda _: "Charge-off",
    Reaged: lambda _: "Re-age",
    Reamortised: lambda _: "Re-amortize",
}
"""What the origin lists as a transaction, and under which name."""
_WITHOUT_BALANCE = (Accrued, Reaged, Reamortised)
_STATUSES = {
    LoanStatus.APPROVED: {"APPROVED"},
    LoanStatus.ACTIVE: {"ACTIVE"},
    LoanStatus.OVERPAID: {"OVERPAID"},
    LoanStatus.CLOSED: {"CLOSED_OBLIGATIONS_MET", "CLOSED (OBLIGATIONS MET)"},
}
_ACCOUNTS = {
    LoanAccount.LOAN_PRINCIPAL: "Loans Receivable",
    LoanAccount.INTEREST_RECEIVABLE: "Interest/Fee Receivable",
    LoanAccount.FEE_RECEIVABLE: "Interest/Fee Receivable",
    LoanAccount.PENALTY_RECEIVABLE: "Interest/Fee Receivable",
    LoanAccount.CLEARING: "Suspense/Clearing account",
    LoanAccount.CUSTOMER_SUSPENSE: "Overpayment account",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a check looks at.

    Attributes:
        preview: the loan as if paid out as applied for; shown while nothing is paid out.
        hidden: ids of events that the origin does not list any more.
    """

    state: LoanState
    preview: LoanState
    terms: LoanTerms
    hidden: frozenset[str]

    def money(self, units: int) -> Decimal:
        """Return units as an amount."""
        return self.terms.scale.amount(units)


def differences(*, view: View, check: str, value: Any) -> str:
    """Return the first difference between our state and what is expected, or nothing."""
    comparison = _CHECKS.get(check)
    if comparison is None:
        raise RefusedError(f"check {check}")
    return comparison(view, value)


def _schedule(view: View, expected: Sequence[Record]) -> str:
    rows = _rows(view)
    if len(rows) != len(expected):
        return f"{len(rows)} rows, expected {len(expected)}: {[_row_text(row) for row in rows]}"
    for number, (ours, theirs) in enumerate(zip(rows, expected, strict=True), start=1):
        for name, cell in theirs.items():
            if not _same(ours.get(name), cell):
                return f"row {number} {name}: {ours.get(name)}, expected {cell}"
    return ""


def _row_text(row: Record) -> str:
    return " ".join(str(cell) for cell in row.values())


def _rows(view: View) -> list[Record]:
    """Return the rows of the origin's table: tranches and due rows, with the balance the plan leaves."""
    previewed = view.state.status is LoanStatus.APPROVED
    state = view.preview if previewed else view.state
    table: list[Record] = []
    balance = 0
    tranches = [one for one in state.settlements if isinstance(one.event, Disbursed) and not one.reversed_by]
    for due in state.rows:
        while tranches and _stands_before(tranches[0], due, view.terms.tranche_joins_due_day):
            tranche = tranches.pop(0)
            balance += tranche.amount
            table.append(_tranche_row(view, tranche, previewed))
        balance -= due.amounts[Part.PRINCIPAL] - due.credited[Part.PRINCIPAL]
        table.append(_due_row(view, due, balance))
    return table


def _stands_before(tranche: Settlement, due: DueRow, joins: bool) -> bool:
    day = tranche.event.value_date
    return due.due > day or (due.due == day and (joins or due.kind is RowKind.DOWN_PAYMENT))


def _tranche_row(view: View, tranche: Settlement, previewed: bool) -> Record:
    zero = Decimal(0)
    row = dict.fromkeys(("nr", "days", "due_date", "paid_date", "balance", "principal", "interest"))
    return row | {
        "due_date": tranche.event.value_date,
        "balance": view.money(tranche.amount),
        "fees": zero,
        "penalties": None,
        "due": zero,
        "paid": None if previewed else zero,
        "in_advance": None,
        "late": None,
        "outstanding": zero if previewed else None,
    }


def _due_row(view: View, row: DueRow, balance: int) -> Record:
    money = view.money
    return {
        "nr": row.nr,
        "days": (row.due - row.start).days,
        "due_date": row.due,
        "paid_date": row.paid_on,
        "balance": money(balance),
        "principal": money(row.amounts[Part.PRINCIPAL]),
        "interest": money(row.amounts[Part.INTEREST]),
        "fees": money(row.amounts[Part.FEE]),
        "penalties": money(row.amounts[Part.PENALTY]),
        "due": money(sum(row.amounts)),
        "paid": money(sum(row.paid)),
        "in_advance": money(row.in_advance),
        "late": money(row.late),
        "outstanding": money(row.open_units),
    }


def _totals(view: View, expected: Record) -> str:
    state = view.preview if view.state.status is LoanStatus.APPROVED else view.state
    rows = [_due_row(view, row, 0) for row in state.rows]
    for name, cell in expected.items():
        column = "principal" if name == "principal_due" else name
        total = sum((row[column] for row in rows), Decimal(0))
        if not _same(total, cell):
            return f"{name}: {total}, expected {cell}"
    return ""


def _transactions(view: View, expected: Sequence[Record]) -> str:
    columns = list(expected[0]) if expected else []
    ours = Counter(_key(row, columns) for row in _listed(view))
    theirs = Counter(_key(row, columns) for row in expected)
    if ours == theirs:
        return ""
    return (
        f"not expected: {sorted((ours - theirs).elements())}, missing: {sorted((theirs - ours).elements())}"
    )


def _key(row: Record, columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(_text(row[column]) for column in columns)


def _text(cell: object) -> str:
    if isinstance(cell, bool | date | str) or cell is None:
        return str(cell)
    return f"{amount_of(cell):.4f}"


def _listed(view: View) -> list[Record]:
    rows: list[Record] = []
    for one in view.state.settlements:
        if type(one.event) in TYPES and one.event.id not in view.hidden:
            without = isinstance(one.event, _WITHOUT_BALANCE)
            rows.append(
                {
                    "date": one.event.value_date.isoformat(),
                    "type": TYPES[type(one.event)](one.event),
                    "amount": view.money(_amount(one)),
                    "principal": view.money(one.parts[Part.PRINCIPAL]),
                    "interest": view.money(one.parts[Part.INTEREST]),
                    "fees": view.money(one.parts[Part.FEE]),
                    "penalties": view.money(one.parts[Part.PENALTY]),
                    "loan_balance": view.money(0 if without else one.balance),
                    "reverted": one.reversed_by is not None,
                }
            )
    return rows


def _amount(settlement: Settlement) -> int:
    return settlement.amount or sum(settlement.parts)


def _journal(view: View, expected: Record) -> str:
    entries = Counter(_entry(entry) for entry in expected["entries"])
    wanted = str(expected["type"]).replace("_", " ").lower()
    found = [
        _entries(view, one)
        for one in view.state.settlements
        if type(one.event) in TYPES
        and TYPES[type(one.event)](one.event).replace("-", " ").lower() == wanted
        and one.event.value_date.isoformat() == expected["date"]
    ]
    return "" if entries in found else f"{expected['type']}: {found}, expected {entries}"


def _entry(entry: Record) -> tuple[str, str, str]:
    if entry["account"] not in _ACCOUNTS.values():
        raise RefusedError(f"account {entry['account']}")
    side = "credit" if entry["debit"] is None else "debit"
    return entry["account"], side, _text(entry[side])


def _entries(view: View, settlement: Settlement) -> Counter[tuple[str, str, str]]:
    """Return an event's postings by the origin's accounts; an undone event's stand twice, once turned."""
    amounts: dict[tuple[str, str], int] = {}
    for account, units in settlement.legs:
        side = "debit" if units > 0 else "credit"
        key = (_ACCOUNTS.get(account, account), side)
        amounts[key] = amounts.get(key, 0) + abs(units)
    found: Counter[tuple[str, str, str]] = Counter()
    for (name, side), units in amounts.items():
        found[(name, side, _text(view.money(units)))] += 1
        if settlement.reversed_by:
            turned = "credit" if side == "debit" else "debit"
            found[(name, turned, _text(view.money(units)))] += 1
    return found


def _status(view: View, expected: object) -> str:
    ours = _STATUSES[view.state.status]
    return "" if str(expected).upper() in ours else f"{view.state.status}, expected {expected}"


def _outstanding(view: View, expected: object) -> str:
    ours = view.money(view.state.open_units)
    return "" if _same(ours, expected) else f"{ours}, expected {expected}"


def _overpaid(view: View, expected: object) -> str:
    ours = view.money(view.state.overpaid)
    return "" if _same(ours, expected) else f"{ours}, expected {expected}"


def _same(ours: object, theirs: object) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return _text(ours) == _text(theirs)


_CHECKS: Mapping[str, Callable[[View, Any], str]] = {
    "schedule": _schedule,
    "schedule_totals": _totals,
    "transactions": _transactions,
    "journal": _journal,
    "status": _status,
    "outstanding": _outstanding,
    "overpaid": _overpaid,
}
