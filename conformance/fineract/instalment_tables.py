"""The origin's tables of level instalments: its operations on our level plan, its rows against ours."""

from collections.abc import Sequence
from decimal import Decimal

from conformance.fineract.reading import Record, RefusedError, amount_of, cycle_of, day_of, known

from creditloop.book.interest import Rounding, Scale, divide
from creditloop.book.loans import LevelConventions, LevelPlan

_PLACES = 12
"""Decimals of a rate factor in the tables."""
_DAYS_IN_YEAR = {"360": 360, "364": 364, "365": 365, "ACTUAL": None}
_DAYS_IN_MONTH = {"30": 30, "ACTUAL": None, "INVALID": None}
"""INVALID stands where months do not matter: cycles of days."""


def run_table(case: Record) -> str:
    """Run a case; return the first difference, or nothing."""
    scale = Scale(decimals=int(case["currency_decimals"]), rounding=Rounding.HALF_EVEN)
    conventions = LevelConventions(
        scale=scale,
        cycle=cycle_of(case["repay_every"], case["frequency"]),
        multiple=int(case.get("installment_multiples_of") or 0) * scale.one or 1,
        days_in_year=known(_DAYS_IN_YEAR, case["days_in_year"], "days in year"),
        days_in_month=known(_DAYS_IN_MONTH, case["days_in_month"], "days in month"),
    )
    plan = LevelPlan(
        periods=[(day_of(period["from"]), day_of(period["due"])) for period in case["periods"]],
        rate=amount_of(case["annual_rate_percent"]) / 100,
        conventions=conventions,
    )
    for number, step in enumerate(case["sequence"], start=1):
        if "op" in step:
            _apply(plan, step["op"], step["args"], scale)
        elif "expect_periods" not in step:
            raise RefusedError(f"step with {', '.join(step)}")
        elif found := _difference(plan, step["expect_periods"], scale):
            return f"step {number}: {found}"
    return ""


def _apply(plan: LevelPlan, operation: str, arguments: Sequence[object], scale: Scale) -> None:
    match operation, *arguments:
        case "addDisbursement", day, amount:
            plan.add_tranche(day=day_of(day), units=scale.units(amount_of(amount)))
        case "changeInterestRate", day, rate:
            plan.reset_rate(day=day_of(day), rate=amount_of(rate) / 100)
        case "payPrincipal", due, day, amount:
            plan.pay_principal(due=day_of(due), day=day_of(day), units=scale.units(amount_of(amount)))
        case "payInterest", due, _, amount:
            plan.pay_interest(due=day_of(due), units=scale.units(amount_of(amount)))
        case "addBalanceCorrection", day, amount:
            plan.correct_balance(day=day_of(day), units=scale.units(amount_of(amount)))
        case _:
            raise RefusedError(f"operation {operation} with {len(arguments)} arguments")


def _difference(plan: LevelPlan, expected: Sequence[Record], scale: Scale) -> str:
    for row in expected:
        name = f"period {row['period']}.{row['sub_period']}"
        if row["period"] >= len(plan.periods):
            return f"{name} is not there"
        ours = _row(plan, row["period"], row["sub_period"], scale)
        if ours is None:
            return f"{name} is not there"
        for column, cell in row.items():
            if column not in ours:
                raise RefusedError(f"column {column}")
            if ours[column] != amount_of(cell):
                return f"{name} {column}: {ours[column]}, expected {cell}"
    return ""


def _row(plan: LevelPlan, number: int, part: int, scale: Scale) -> dict[str, Decimal] | None:
    period = plan.periods[number]
    if part >= len(period.pieces):
        return None
    piece = period.pieces[part]
    above, below = piece.factor
    places = divide(numerator=above * 10**_PLACES, denominator=below, rounding=Rounding.HALF_EVEN)
    return {
        "period": Decimal(number),
        "sub_period": Decimal(part),
        "emi": scale.amount(period.instalment),
        "rate_factor": Decimal(places).scaleb(-_PLACES),
        "interest": scale.amount(period.interest_of(piece)),
        "interest_cumulated": scale.amount(period.interest_due),
        "principal": scale.amount(period.principal_due),
        "balance": scale.amount(period.balance),
    }
