"""How each repayment method divides a loan: principal and interest of every instalment, in whole fen."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from operator import sub

from creditloop.book.interest import Ratio, Rounding, divide
from creditloop.book.plan.periods import regular_first_factor
from creditloop.book.plan.terms import FirstStub, PlanTerms, RepaymentMethod, Rest
from creditloop.kernel.errors import InputError

Amounts = tuple[list[int], list[int]]
"""Principal and interest of each instalment, fen."""


def divided(terms: PlanTerms, factors: list[int], denominator: int) -> Amounts:
    """Return principal and interest of the instalments, by the rules' method.

    Args:
        factors: interest of one fen over each period, numerators over `denominator`.
    Raises: InputError if steps repay more than the loan, or a payment does not cover its interest.
    """
    principal, interest = _METHODS[terms.rules.method](terms, factors, denominator)
    if grace := terms.rules.interest_grace:
        interest[grace] += sum(interest[:grace])
        interest[:grace] = [0] * grace
    return principal, interest


def _equal_instalments(terms: PlanTerms, factors: list[int], denominator: int) -> Amounts:
    """Divide by level payments; with the first stub apart its real interest replaces the regular one."""
    rules, first = terms.rules, factors[0]
    if rules.first_stub is FirstStub.APART:
        factors, denominator, first = _with_regular_first(terms, factors, denominator)
    grace = rules.principal_grace
    level = divide_to_multiple(
        terms.principal_fen,
        level_ratio(factors[grace:] if grace else factors, denominator),
        rules.rounding,
        rules.multiple_fen,
    )
    payments = [0] * grace + [level] * (len(factors) - grace)
    principal, interest = _by_payments(terms.principal_fen, payments, factors, denominator, rules.rounding)
    if first != factors[0]:
        interest[0] = divide(
            numerator=terms.principal_fen * first, denominator=denominator, rounding=rules.rounding
        )
    return principal, interest


def _with_regular_first(terms: PlanTerms, factors: list[int], denominator: int) -> tuple[list[int], int, int]:
    """Return factors with a regular first period, their denominator, and the real first factor over it."""
    top, bottom = regular_first_factor(terms)
    return (
        [top * denominator, *[factor * bottom for factor in factors[1:]]],
        denominator * bottom,
        factors[0] * bottom,
    )


def level_ratio(factors: Sequence[int], denominator: int) -> Ratio:
    """Return the level instalment of one fen: what `level_instalment` divides, over one denominator.

    With d the denominator and g = d + factor it is Π g / Σ over k of d^k × the product of the g after k.
    Where all periods but the first are alike, with factor f, the sum from k = 2 on is
    d² × (g^(n-1) - d^(n-1)) / f.
    """
    later, last = len(factors) - 1, factors[-1]
    if last and factors[1:].count(last) == later:
        grown, scale = (denominator + last) ** later, denominator**later
        growth = (denominator + factors[0]) * grown * last
        return growth, denominator * (grown * last + denominator * (grown - scale))
    growth, weight, scale = 1, 0, 1
    for factor in factors:
        grown = denominator + factor
        scale *= denominator
        growth *= grown
        weight = weight * grown + scale
    return growth, weight


def divide_to_multiple(amount: int, share: Ratio, rounding: Rounding, multiple: int) -> int:
    """Return amount × share, rounded to a multiple of so many fen."""
    return multiple * divide(numerator=amount * share[0], denominator=share[1] * multiple, rounding=rounding)


def _by_payments(
    balance: int, payments: list[int], factors: list[int], denominator: int, rounding: Rounding
) -> Amounts:
    """Take interest out of each payment and repay with the rest; the last pays off what is owed."""
    principal, interest = [], []
    half = _addend(denominator, rounding)
    for payment, factor in zip(payments, factors, strict=True):
        exact = balance * factor
        if half is None:
            due = divide(numerator=exact, denominator=denominator, rounding=rounding)
        else:
            due = (exact + half) // denominator
        repaid = payment - due
        if repaid > balance:
            repaid = balance
        elif repaid < 0:
            repaid = 0
        balance -= repaid
        principal.append(repaid)
        interest.append(due)
    principal[-1] += balance
    return principal, interest


def _addend(denominator: int, rounding: Rounding) -> int | None:
    """Return what raises a numerator >= 0 so that the floor of its division is rounded, if anything does."""
    if rounding is Rounding.HALF_AWAY:
        return denominator // 2
    if rounding is Rounding.HALF_EVEN:
        return None
    return 0 if rounding is Rounding.DOWN else denominator - 1


def _by_principal(terms: PlanTerms, principal: list[int], factors: list[int], denominator: int) -> Amounts:
    """Add to stated principal the interest on what is owed."""
    rounding = terms.rules.rounding
    balances = accumulate(principal, sub, initial=terms.principal_fen)
    half = _addend(denominator, rounding)
    if half is None:
        return principal, [
            divide(numerator=balance * factor, denominator=denominator, rounding=rounding)
            for balance, factor in zip(balances, factors, strict=False)
        ]
    return principal, [
        (balance * factor + half) // denominator for balance, factor in zip(balances, factors, strict=False)
    ]


def _equal_principal(terms: PlanTerms, factors: list[int], denominator: int) -> Amounts:
    rules, owed, grace = terms.rules, terms.principal_fen, terms.rules.principal_grace
    count = len(factors) - grace
    if rules.rest is Rest.FIRST:
        part = divide_to_multiple(owed, (1, count), Rounding.DOWN, rules.multiple_fen)
        parts = [owed - part * (count - 1), *[part] * (count - 1)]
    else:
        part = divide_to_multiple(owed, (1, count), rules.rounding, rules.multiple_fen)
        parts = [max(0, min(part, owed - part * number)) for number in range(count - 1)]
        parts.append(owed - sum(parts))
    return _by_principal(terms, [0] * grace + parts, factors, denominator)


def _at_the_end(terms: PlanTerms, factors: list[int], denominator: int) -> Amounts:
    """Divide an interest-first loan, or a bullet, whose periods are one."""
    principal = [0] * (len(factors) - 1) + [terms.principal_fen]
    return _by_principal(terms, principal, factors, denominator)


def _stepped(terms: PlanTerms, factors: list[int], denominator: int) -> Amounts:
    parts = _amounts_of_steps(terms)
    parts[-1] = terms.principal_fen - sum(parts[:-1])
    if parts[-1] < 0:
        raise InputError(
            "the steps repay more than the loan",
            got=f"{sum(parts[:-1])} fen before the last instalment",
            expected=f"at most {terms.principal_fen}",
        )
    return _by_principal(terms, parts, factors, denominator)


def _fixed_payments(terms: PlanTerms, factors: list[int], denominator: int) -> Amounts:
    """Divide by stated payments; the plan ends with the one that repays the loan."""
    grace = terms.rules.principal_grace
    payments = [0] * grace + _amounts_of_steps(terms)[grace:]
    principal, interest = _by_payments(
        terms.principal_fen, payments, factors, denominator, terms.rules.rounding
    )
    for number in range(grace, len(payments) - 1):
        if payments[number] < interest[number]:
            raise InputError(
                "a payment does not cover its interest",
                got=f"{payments[number]} fen",
                expected=f"at least {interest[number]} fen",
                where={"instalment": number + 1},
            )
    size = next(at for at, owed in enumerate(accumulate(principal), start=1) if owed == terms.principal_fen)
    return principal[:size], interest[:size]


def _amounts_of_steps(terms: PlanTerms) -> list[int]:
    """Return the stated amount of each instalment."""
    amounts = list[int]()
    for step, after in zip(terms.steps, [*terms.steps[1:], None], strict=True):
        until = after.first - 1 if after else terms.count
        amounts += [step.amount_fen] * (until - step.first + 1)
    return amounts


_METHODS: dict[RepaymentMethod, Callable[[PlanTerms, list[int], int], Amounts]] = {
    RepaymentMethod.EQUAL_INSTALMENT: _equal_instalments,
    RepaymentMethod.EQUAL_PRINCIPAL: _equal_principal,
    RepaymentMethod.INTEREST_FIRST: _at_the_end,
    RepaymentMethod.BULLET: _at_the_end,
    RepaymentMethod.STEPPED: _stepped,
    RepaymentMethod.FIXED_PAYMENT: _fixed_payments,
}
