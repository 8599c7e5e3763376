"""What being overdue costs, as the day end computes it: yearly rates in nano, one basis, one grace a loan."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditloop.book.day_end import OVERDUE_RATE_COLUMNS, RATE_UNIT
from creditloop.book.interest import DayCount, Rounding
from creditloop.book.loans import LoanRules, LoanTerms, PenaltyBase, PenaltyVariant
from creditloop.kernel.errors import InputError

_BASES = {DayCount.ACT_360: 360, DayCount.ACT_365: 365}
_FEN_DECIMALS = 2
RATE_COLUMNS = ("batch_id", "row_no", *OVERDUE_RATE_COLUMNS)
"""The columns of `book.loan_overdue_rate`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueTerms:
    """What stands with a loan for good.

    Attributes:
        basis: days of a year; grace_days, grace_is_charged, interest_bears_penalty: see `book.day_end.Rules`.
    """

    basis: int
    grace_days: int
    grace_is_charged: int
    interest_bears_penalty: int


def overdue_terms(*, terms: LoanTerms, rules: LoanRules) -> OverdueTerms:
    """Return what the close of a day needs of a loan's rules besides rates.

    Raises: InputError if the day end cannot compute them: amounts that are not fen, variants that differ in
        more than rates, another day count than actual days / 360 or 365, a plan that stands before events.
    """
    if (terms.scale.decimals, terms.scale.rounding) != (_FEN_DECIMALS, Rounding.HALF_AWAY):
        raise InputError("loans of the book are in fen, rounded half away from zero", got=terms.scale)
    if rules.plan_first:
        raise InputError("in the book every event meets its own day", got="plan_first")
    if not rules.penalties:
        return OverdueTerms(
            basis=360, grace_days=rules.dpd_grace_days, grace_is_charged=1, interest_bears_penalty=0
        )
    found = {_of_variant(variant) for variant in rules.penalties}
    if len(found) > 1:
        raise InputError("the penalty variants of a loan differ in more than rates", got=rules.penalties)
    (one,) = found
    if one.grace_days != rules.dpd_grace_days:
        raise InputError(
            "days of grace are the same for penalty and for days past due",
            got=one.grace_days,
            expected=rules.dpd_grace_days,
        )
    return one


def _of_variant(variant: PenaltyVariant) -> OverdueTerms:
    if variant.day_count not in _BASES:
        raise InputError(
            "the day end charges for being overdue by actual days",
            got=variant.day_count,
            expected=", ".join(sorted(_BASES)),
        )
    return OverdueTerms(
        basis=_BASES[variant.day_count],
        grace_days=variant.grace_days,
        grace_is_charged=int(variant.grace_is_charged),
        interest_bears_penalty=int(variant.base is PenaltyBase.OVERDUE_PRINCIPAL_AND_INTEREST),
    )


def overdue_rates(*, rules: LoanRules, rate: Decimal, since: date) -> Iterator[tuple[date, int, int]]:
    """Give the yearly rates in force from a day on: first day, penalty and interest, in nano.

    Raises: InputError if a rate has more than nine decimals.
    """
    in_force = [variant for variant in rules.penalties if variant.valid_from <= since]
    later = [variant for variant in rules.penalties if variant.valid_from > since]
    if in_force:
        yield since, *_nano(in_force[-1], rate)
    else:
        yield since, 0, 0
    for variant in later:
        yield variant.valid_from, *_nano(variant, rate)


def _nano(variant: PenaltyVariant, rate: Decimal) -> tuple[int, int]:
    rates = [each * RATE_UNIT for each in variant.rates(rate)]
    for exact in rates:
        if exact != exact.to_integral_value():
            raise InputError(
                "a yearly rate of being overdue has more than nine decimals", got=exact / RATE_UNIT
            )
    return int(rates[0]), int(rates[1])
