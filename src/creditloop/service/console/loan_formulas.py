"""How a step of a working is written (算式): its formula with the numbers put in, exact and rounded."""

from decimal import Decimal
from fractions import Fraction

from creditloop.book.explaining import How, Step, Term
from creditloop.kernel.money import divide_half_away
from creditloop.service.console.figures import money
from creditloop.service.console.words import Words

_DECIMALS = 6
"""Decimals of a yuan that an unrounded amount is written with."""
_FEN_IN_YUAN = 100


def rate_text(rate: Decimal) -> str:
    """Write a yearly rate in per cent, nothing rounded away.

    >>> rate_text(Decimal("0.0720"))
    '7.2%'
    """
    return f"{(rate * 100).normalize():f}%"


def exact_text(exact: Fraction) -> str:
    """Write an amount in fen that is not rounded to fen, in yuan; dots where decimals are left out.

    >>> exact_text(Fraction(6960)), exact_text(Fraction(100, 3))
    ('69.60', '0.333333…')
    """
    parts = exact * 10**_DECIMALS / _FEN_IN_YUAN
    written = divide_half_away(parts.numerator, parts.denominator)
    whole, rest = divmod(abs(written), 10**_DECIMALS)
    decimals = f"{rest:0{_DECIMALS}d}"
    decimals = decimals[:2] if not rest % 10 ** (_DECIMALS - 2) and parts.denominator == 1 else decimals
    sign = "-" if written < 0 else ""
    return f"{sign}{whole:,}.{decimals}{'' if parts.denominator == 1 else '…'}"


def part_text(term: Term) -> str:
    """Write a part of a year by its days over the year's, and any other part as it is.

    >>> from datetime import date
    >>> part_text(Term(base=1, part=Fraction(1, 12), since=date(2024, 1, 1), until=date(2024, 1, 31)))
    '30/360'
    """
    if term.days and term.part:
        below = term.days / term.part
        if below.denominator == 1:
            return f"{term.days}/{below.numerator}"
    return f"{term.part.numerator}/{term.part.denominator}" if term.part != 1 else ""


def formula(step: Step, words: Words) -> str:
    """Write how a step's amount is found."""
    write = _WRITERS.get(step.how, _product)
    return write(step, words)


def _term(term: Term) -> str:
    rate = "" if term.rate is None else f" × {rate_text(term.rate)}"
    part = part_text(term)
    return f"{money(term.base)}{rate}{f' × {part}' if part else ''}"


def _product(step: Step, words: Words) -> str:
    """Write products added up, what they give exactly, and rounded."""
    written = " + ".join(_term(term) for term in step.terms)
    if step.added:
        settled = words("loan_formula.settled", amount=money(step.added))
        written = f"{written} + {settled}" if written else settled
    exact = exact_text(step.exact)
    text = f"{written} = {exact}"
    if exact != money(step.result):
        text += f" → {money(step.result)}"
    return text + _less(step, words)


def _less(step: Step, words: Words) -> str:
    return words("loan_formula.less", amount=money(step.was)) if step.was else ""


def _carried(step: Step, words: Words) -> str:
    assert step.carried is not None, "what being overdue costs is carried"
    before, after = step.carried
    cost = step.exact - before
    product = "" if step.how is How.GRACE_OVER else f"{_term(step.terms[0])} = "
    key = "loan_formula.grace" if step.how is How.GRACE_OVER else "loan_formula.carried"
    told = words(key, before=exact_text(before), after=exact_text(after), cost=exact_text(cost))
    return f"{product}{told}"


def _waits(step: Step, words: Words) -> str:
    return f"{_term(step.terms[0])} = {exact_text(step.exact)}{words('loan_formula.waits')}"


def _settled(step: Step, words: Words) -> str:
    there, left = step.terms
    return words("loan_formula.least", open=money(there.base), left=money(left.base))


def _level(step: Step, words: Words) -> str:
    level, interest = money(step.added), money(-step.terms[0].base)
    return words("loan_formula.level", level=level, interest=interest) + _less(step, words)


def _last(step: Step, words: Words) -> str:
    return words("loan_formula.last", amount=money(step.result)) + _less(step, words)


def _flat(step: Step, words: Words) -> str:
    total = sum((term.exact for term in step.terms), Fraction(0))
    return words("loan_formula.flat", total=exact_text(total), count=step.places) + _less(step, words)


def _as_booked(step: Step, words: Words) -> str:
    texts = {
        How.CHARGED: words("loan_formula.charged", amount=money(step.amount)),
        How.OWED_AGAIN: words("loan_formula.owed_again", amount=money(step.amount)),
        How.MOVED: words("loan_formula.moved", amount=money(step.amount)),
        How.REPLANNED: words("loan_formula.replanned", amount=money(step.result)),
        How.STATED: words("loan_formula.stated", amount=money(step.result)),
        How.PUT_BACK: words("loan_formula.put_back", amount=money(-step.amount)),
        How.OVERPAID: words("loan_formula.overpaid", amount=money(step.amount)),
    }
    shown = step.how in (How.REPLANNED, How.STATED)
    return texts[step.how] + (_less(step, words) if shown else "")


_WRITERS = {
    How.OVERDUE_DAY: _carried,
    How.GRACE_OVER: _carried,
    How.GRACE_WAITS: _waits,
    How.SETTLED: _settled,
    How.SETTLED_LATER: _settled,
    How.LEVEL_PRINCIPAL: _level,
    How.LAST_PRINCIPAL: _last,
    How.FLAT_INTEREST: _flat,
    **dict.fromkeys(
        (
            How.CHARGED,
            How.OWED_AGAIN,
            How.MOVED,
            How.REPLANNED,
            How.STATED,
            How.PUT_BACK,
            How.OVERPAID,
        ),
        _as_booked,
    ),
}
