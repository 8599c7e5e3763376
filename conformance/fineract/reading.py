"""The origin's products and loan terms, as our terms and rules.

What the files leave to the origin's fixtures is stated here once, by name: the order of parts of each
strategy, which refunds go to which instalment, the percentage of the overdue charge. The origin's runs take
no notice of a grace on the payment of interest; of one on principal they do.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from creditloop.book.calendars import Cycle
from creditloop.book.interest import DayCount, Rounding, Scale
from creditloop.book.loans import (
    Across,
    Allocation,
    Future,
    InterestMethod,
    LevelBasis,
    LevelChange,
    LoanRules,
    LoanTerms,
    OverdueCharge,
    Part,
    PaymentKind,
    cells_of,
)
from creditloop.book.plan import RepaymentMethod

Record = Mapping[str, Any]
"""A JSON object of the origin's making."""


class RefusedError(Exception):
    """A case needs something that is not taken over; the text is its name."""


PENALTY, FEE, INTEREST, PRINCIPAL = Part
ADVANCED = "ADVANCED_PAYMENT_ALLOCATION"
_STANDARD = (PENALTY, FEE, INTEREST, PRINCIPAL)
_FEE_LAST = (PENALTY, INTEREST, PRINCIPAL, FEE)
_STRATEGIES = {
    "PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER": Allocation(cells=cells_of(order=_STANDARD)),
    "DUE_PENALTY_INTEREST_PRINCIPAL_FEE_IN_ADVANCE_PENALTY_INTEREST_PRINCIPAL_FEE": Allocation(
        cells=cells_of(order=_FEE_LAST), across=Across.BY_ROW
    ),
    "DUE_PENALTY_FEE_INTEREST_PRINCIPAL_IN_ADVANCE_PRINCIPAL_PENALTY_FEE_INTEREST": Allocation(
        cells=cells_of(order=_STANDARD, in_advance=(PRINCIPAL, PENALTY, FEE, INTEREST)), across=Across.BY_ROW
    ),
}
_ADVANCED_ORDER = (PENALTY, FEE, PRINCIPAL, INTEREST)
_CREDIT_ORDER = (PENALTY, FEE, INTEREST, PRINCIPAL)
_OVERDUE_CHARGE = Decimal("0.015")
"""The origin's overdue charge; its percentage stands in no file, its amounts do (45.45 of 30 and 1,030)."""
_FUTURES = {
    "NEXT_INSTALLMENT": Future.NEXT,
    "LAST_INSTALLMENT": Future.LAST,
    "REAMORTIZATION": Future.SPREAD,
}
FIXTURE_FUTURES = {
    "DEFAULT": "NEXT_INSTALLMENT",
    "GOODWILL_CREDIT": "LAST_INSTALLMENT",
    "MERCHANT_ISSUED_REFUND": "REAMORTIZATION",
    "PAYOUT_REFUND": "NEXT_INSTALLMENT",
}
"""Where the origin's products of the advanced strategy send payments in advance, unless a case says else."""
KINDS = {
    "REPAYMENT": PaymentKind.REPAYMENT,
    "DOWN_PAYMENT": PaymentKind.DOWN_PAYMENT,
    "GOODWILL_CREDIT": PaymentKind.GOODWILL_CREDIT,
    "MERCHANT_ISSUED_REFUND": PaymentKind.MERCHANT_REFUND,
    "PAYOUT_REFUND": PaymentKind.PAYOUT_REFUND,
}


def known(table: Mapping[str, Any], name: object, what: str) -> Any:
    """Return what a name of the origin stands for; refuse a name that is not known."""
    if name not in table:
        raise RefusedError(f"{what} {name}")
    return table[str(name)]


def scale_of(product: Record) -> Scale:
    """Return the scale of a product's currency; the origin rounds half to even."""
    return Scale(decimals=int(product["currency_decimals"]), rounding=Rounding.HALF_EVEN)


def read_terms(*, loan: Record, product: Record, units: int | None = None) -> LoanTerms:
    """Return the terms of a loan.

    Args:
        units: principal approved; None: as applied for.
    """
    _check_supported(loan, product)
    scale = scale_of(product)
    progressive = product["schedule_type"] == "PROGRESSIVE"
    return LoanTerms(
        principal=scale.units(amount_of(loan["with_principal"])) if units is None else units,
        start=day_of(loan["submitted_on_date"]),
        count=int(loan["numberofrepayments"]),
        cycle=cycle_of(loan["repaymentevery"], loan["repaymentfrequencytype"]),
        rate=amount_of(loan["annual_interest_rate_percent"]) / 100,
        repayment=known(_REPAYMENTS, loan["amortization_type"], "amortisation"),
        scale=scale,
        interest_method=known(_METHODS, loan["interest_type"], "interest type"),
        day_count=_day_count_of(loan, product),
        multiple=_multiple_of(product, scale),
        grace_principal=int(loan["graceonprincipalpayment"]),
        level_basis=LevelBasis.NOMINAL,
        down_payment=amount_of(product["down_payment_percent"]) / 100,
        level_change=LevelChange.BY_BALANCE if progressive else LevelChange.BY_COUNT,
        tranche_joins_due_day=not progressive,
    )


_REPAYMENTS = {
    "EQUAL_INSTALLMENTS": RepaymentMethod.EQUAL_INSTALMENT,
    "EQUAL_PRINCIPAL_PAYMENTS": RepaymentMethod.EQUAL_PRINCIPAL,
}
_METHODS = {"FLAT": InterestMethod.FLAT, "DECLINING_BALANCE": InterestMethod.DECLINING}
_DAILY = {
    "ACTUAL": DayCount.ACT_365,
    "365": DayCount.ACT_365,
    "364": DayCount.ACT_364,
    "360": DayCount.ACT_360,
}
"""Daily interest: the origin's actual year has 365 days, leap year or not."""


def _check_supported(loan: Record, product: Record) -> None:
    if product["interest_recalculation"]:
        raise RefusedError("interest recalculation")
    if product["schedule_type"] == "PROGRESSIVE" and amount_of(loan["annual_interest_rate_percent"]):
        raise RefusedError("interest on a progressive plan")
    if int(loan["interest_free_period"]):
        raise RefusedError("interest-free period")


def _day_count_of(loan: Record, product: Record) -> DayCount | None:
    """Return how days are counted; None where every period is alike."""
    if not amount_of(loan["annual_interest_rate_percent"]):
        return None
    if product["days_in_month"] != "ACTUAL":
        raise RefusedError(f"days in month {product['days_in_month']}")
    if loan["interest_calculation_period"] == "DAILY":
        return DayCount(known(_DAILY, product["days_in_year"], "days in year"))
    if loan["interest_calculation_period"] != "SAME_AS_REPAYMENT_PERIOD":
        raise RefusedError(f"interest period {loan['interest_calculation_period']}")
    if loan["repaymentfrequencytype"] != "MONTHS":
        raise RefusedError(f"interest by periods of {loan['repaymentfrequencytype']}")
    return None


def _multiple_of(product: Record, scale: Scale) -> int:
    multiple = product["installment_multiples_of"]
    return 1 if multiple is None else int(multiple) * scale.one


def read_rules(*, loan: Record, product: Record, futures: Mapping[str, str]) -> LoanRules:
    """Return the rules of a loan's life.

    Args:
        futures: by type of transaction, where a payment in advance goes.
    """
    overdue = product.get("overdue_fee")
    overdue_charge = None
    if overdue is not None:
        with_interest = known(_OVERDUE_BASES, overdue, "overdue fee")
        overdue_charge = OverdueCharge(share=_OVERDUE_CHARGE, with_interest=with_interest)
    if loan["payment_strategy"] != ADVANCED:
        allocation = known(_STRATEGIES, loan["payment_strategy"], "payment strategy")
        return LoanRules(allocation=allocation, overdue_charge=overdue_charge, plan_first=True)
    across = known(_PROCESSING, product.get("processing", "HORIZONTAL"), "processing")
    cells = cells_of(order=_ADVANCED_ORDER)
    rules = {
        kind: Allocation(cells=cells, across=across, future=known(_FUTURES, rule, "future rule"))
        for kind, rule in futures.items()
    }
    credit = "CREDIT_ALLOCATION" in loan["loanproduct"]
    return LoanRules(
        allocation=rules["DEFAULT"],
        by_kind={
            known(KINDS, kind, "allocation for"): rule for kind, rule in rules.items() if kind != "DEFAULT"
        },
        overdue_charge=overdue_charge,
        credit_order=_CREDIT_ORDER if credit else None,
    )


_OVERDUE_BASES = {"PERCENT_OF_AMOUNT": False, "PERCENT_OF_AMOUNT_PLUS_INTEREST": True}
_PROCESSING = {"HORIZONTAL": Across.HORIZONTAL, "VERTICAL": Across.VERTICAL}


def cycle_of(every: object, frequency: object) -> Cycle:
    """Return a cycle: so many days, weeks, months or years."""
    count = int(str(every))
    match frequency:
        case "DAYS":
            return Cycle(days=count)
        case "WEEKS":
            return Cycle(days=7 * count)
        case "MONTHS":
            return Cycle(months=count)
        case "YEARS":
            return Cycle(months=12 * count)
    raise RefusedError(f"frequency {frequency}")


def amount_of(value: object) -> Decimal:
    """Return a number of the files as a decimal."""
    return Decimal(str(value))


def day_of(text: object) -> date:
    """Return a date, written as 2023-09-01 or as 01 September 2023."""
    words = str(text)
    try:
        return date.fromisoformat(words)
    except ValueError:
        return datetime.strptime(words, "%d %B %Y").date()  # noqa: DTZ007 -- a date, no instant
