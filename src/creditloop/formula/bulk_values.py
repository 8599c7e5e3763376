"""What each operation computes, said in the primitives every engine has: exact integers, texts, the calendar.

Numbers are int64, and Int128 on the way wherever a result can leave int64; the form has proven that nothing
leaves Int128. Only non-negative numbers are divided, by positive ones.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce

from creditloop.formula.bulk import E, Part, Term, Terms
from creditloop.formula.forms import COMPARISONS, DIVISIONS, Op, Operation
from creditloop.formula.kinds import NANO, NUMBERS, Kind

EPOCH = date(1970, 1, 1).toordinal()
FIRST_DAY, LAST_DAY = date.min.toordinal() - EPOCH, date.max.toordinal() - EPOCH
"""The calendar, in days since 1970-01-01."""
_FIRST_MONTH, _LAST_MONTH = 12 * date.min.year, 12 * date.max.year + 11
_MARCH_0000 = 719_468
"""Days from 0000-03-01 to 1970-01-01: counted from March, the leap day is the year's last."""
_INT128 = frozenset({Op.MULTIPLY_NANO, Op.ROUND, Op.FLOOR, Op.CEIL, Op.TRUNCATE, Op.REMAINDER, Op.SCALE})
"""Operations computed in Int128 even if their result is proven to stay within int64."""
_DIRECT: Mapping[Op, Part] = {
    op: Part(op.value)
    for op in (
        *(COMPARISONS | {Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.ABSOLUTE, Op.NOT}),
        *(Op.YEAR, Op.MONTH, Op.DAY, Op.WEEKDAY, Op.LOWER, Op.UPPER, Op.TRIM, Op.LENGTH),
        *(Op.STARTS_WITH, Op.ENDS_WITH, Op.CONTAINS),
    )
}
"""Operations every engine has as they are."""


def is_wide(operation: Operation, operands: Sequence[Operation]) -> bool:
    """Whether the raw result of an operation on numbers is Int128."""
    numbers = operation.kind in NUMBERS and all(operand.kind in NUMBERS for operand in operands)
    some = operation.tested or operation.wide or any(operand.wide for operand in operands)
    return numbers and (some or operation.op in _INT128)


def computed(  # noqa: PLR0911  # one an operation
    terms: Terms[E], operation: Operation, operands: Sequence[Operation], args: Sequence[Term[E]]
) -> Term[E]:
    """Return the raw result of an operation, null where an operand is.

    Returns: Int128 where `is_wide` says so, and then possibly outside int64 if the operation is `checked`; of
        operations that give dates the days since 1970-01-01, as Int128.
    """
    match operation.op:
        case Op.MEMBER:
            values = [operand.value for operand in operands[1:]]
            return terms.made(terms.dialect.among(args[0].expression, values, operands[0].kind), args[0])
        case Op.EQUAL | Op.NOT_EQUAL if operands[0].kind is Kind.TEXT:
            same = terms.do(Part.SAME_TEXT, *args)
            return same if operation.op is Op.EQUAL else terms.do(Part.NOT, same)
        case Op.CONCAT:
            return reduce(lambda one, other: terms.do(Part.CONCAT, one, other), args)
        case Op.ADD_DAYS:
            days = terms.do(Part.WIDE, terms.do(Part.DAYS, args[0]))
            return terms.do(Part.ADD, days, _widened(terms, operands[1], args[1]))
        case Op.DAYS_BETWEEN:
            return terms.do(Part.SUBTRACT, *(terms.do(Part.DAYS, arg) for arg in args))
        case Op.ADD_MONTHS:
            return _months_later(terms, args[0], _widened(terms, operands[1], args[1]))
        case Op.MONTHS_BETWEEN:
            return _months_between(terms, *args)
    if is_wide(operation, operands) or any(operand.wide for operand in operands):
        args = [_widened(terms, operand, arg) for operand, arg in zip(operands, args, strict=True)]
    if operation.op in DIVISIONS:
        return _quotient_or_rest(terms, operation, operands[1], args)
    return _number(terms, operation, args, wide=is_wide(operation, operands))


def _widened(terms: Terms[E], operand: Operation, arg: Term[E]) -> Term[E]:
    if operand.op is Op.CONSTANT and isinstance(operand.value, int):
        return terms.wide(operand.value)
    return arg if operand.wide else terms.do(Part.WIDE, arg)


def _number(  # noqa: PLR0911  # one an operation
    terms: Terms[E], operation: Operation, args: Sequence[Term[E]], *, wide: bool
) -> Term[E]:
    zero = terms.wide(0) if wide else terms.number(0)
    step = terms.wide(operation.value) if isinstance(operation.value, int) else zero
    match operation.op:
        case Op.MINIMUM | Op.MAXIMUM:
            return reduce(lambda one, other: _better(terms, operation, one, other), args)
        case Op.SCALE:
            return terms.do(Part.MULTIPLY, args[0], terms.wide(NANO))
        case Op.NEGATE:
            return terms.do(Part.SUBTRACT, zero, args[0])
        case Op.MULTIPLY_NANO:
            return _half_away(terms, terms.do(Part.MULTIPLY, *args), terms.wide(NANO))
        case Op.ROUND:
            return terms.do(Part.MULTIPLY, _half_away(terms, args[0], step), step)
        case Op.FLOOR:
            return terms.do(Part.MULTIPLY, _floor(terms, args[0], step), step)
        case Op.CEIL:
            down = _floor(terms, terms.do(Part.SUBTRACT, zero, args[0]), step)
            return terms.do(Part.SUBTRACT, zero, terms.do(Part.MULTIPLY, down, step))
        case Op.TRUNCATE:
            number = terms.shared(args[0])
            whole = terms.do(Part.QUOTIENT, terms.shared(terms.do(Part.ABSOLUTE, number)), step)
            return _signed(
                terms, _negative(terms, number), terms.shared(terms.do(Part.MULTIPLY, whole, step))
            )
        case _:
            return terms.do(_DIRECT[operation.op], *args)


def _better(terms: Terms[E], operation: Operation, one: Term[E], other: Term[E]) -> Term[E]:
    test = Part.LESS_EQUAL if operation.op is Op.MINIMUM else Part.GREATER_EQUAL
    first = terms.do(test, one, other)
    return terms.case(
        [(first, one), (terms.do(Part.NOT, first), other)], terms.constant(None, operation.kind)
    )


def _negative(terms: Terms[E], number: Term[E]) -> Term[E]:
    return terms.do(Part.LESS, number, terms.wide(0))


def _signed(terms: Terms[E], negative: Term[E], magnitude: Term[E]) -> Term[E]:
    return terms.case([(negative, terms.do(Part.SUBTRACT, terms.wide(0), magnitude))], magnitude)


def _half_away(terms: Terms[E], numerator: Term[E], denominator: Term[E]) -> Term[E]:
    """Divide Int128 by a positive literal, half away from zero; the doubled remainder always fits."""
    numerator = terms.shared(numerator)
    magnitude = terms.shared(terms.do(Part.ABSOLUTE, numerator))
    whole = terms.shared(terms.do(Part.QUOTIENT, magnitude, denominator))
    rest = terms.do(Part.SUBTRACT, magnitude, terms.do(Part.MULTIPLY, whole, denominator))
    up = terms.do(Part.GREATER_EQUAL, terms.do(Part.MULTIPLY, terms.wide(2), rest), denominator)
    rounded = terms.case([(up, terms.do(Part.ADD, whole, terms.wide(1)))], whole)
    return _signed(terms, _negative(terms, numerator), rounded)


def _quotient_or_rest(
    terms: Terms[E], operation: Operation, divided_by: Operation, args: Sequence[Term[E]]
) -> Term[E]:
    """Divide Int128, or return what is left of it; null where the divisor is zero."""
    dividend, divisor = args[0], terms.shared(args[1])
    if divided_by.op is Op.CONSTANT and isinstance(divided_by.value, int):
        magnitude = terms.wide(abs(divided_by.value))
    else:
        there = terms.do(Part.NOT_EQUAL, divisor, terms.wide(0))
        size = terms.do(Part.ABSOLUTE, divisor)
        magnitude = terms.shared(terms.case([(there, size)], terms.constant(None, Kind.INTEGER)))
    if operation.op is Op.REMAINDER:
        return _remainder(terms, terms.shared(dividend), magnitude)
    if operation.value != 1 and isinstance(operation.value, int):
        dividend = terms.do(Part.MULTIPLY, dividend, terms.wide(operation.value))
    return _divided(terms, terms.shared(dividend), divisor, magnitude)


def _divided(terms: Terms[E], numerator: Term[E], divisor: Term[E], magnitude: Term[E]) -> Term[E]:
    """Divide Int128 half away from zero."""
    doubled = terms.do(Part.MULTIPLY, terms.wide(2), terms.do(Part.ABSOLUTE, numerator))
    dividend = terms.shared(terms.do(Part.ADD, doubled, magnitude))
    twice = terms.shared(terms.do(Part.MULTIPLY, terms.wide(2), magnitude))
    rounded = terms.shared(terms.do(Part.QUOTIENT, dividend, twice))
    opposite = terms.do(Part.NOT_EQUAL, _negative(terms, numerator), _negative(terms, divisor))
    return _signed(terms, opposite, rounded)


def _remainder(terms: Terms[E], dividend: Term[E], magnitude: Term[E]) -> Term[E]:
    """Return what is left of Int128 after dividing towards zero; it has the dividend's sign."""
    size = terms.shared(terms.do(Part.ABSOLUTE, dividend))
    whole = terms.do(Part.QUOTIENT, size, magnitude)
    rest = terms.do(Part.SUBTRACT, size, terms.do(Part.MULTIPLY, whole, magnitude))
    return _signed(terms, _negative(terms, dividend), terms.shared(rest))


def _floor(terms: Terms[E], numerator: Term[E], step: Term[E]) -> Term[E]:
    """Divide Int128 by a positive literal, towards minus infinity, by non-negative division only."""
    numerator = terms.shared(numerator)
    negative = _negative(terms, numerator)
    up = terms.do(Part.SUBTRACT, terms.do(Part.SUBTRACT, step, terms.wide(1)), numerator)
    dividend = terms.shared(terms.case([(negative, up)], numerator))
    whole = terms.do(Part.QUOTIENT, dividend, step)
    return _signed(terms, negative, terms.shared(whole))


# the calendar


def _month_number(terms: Terms[E], day: Term[E]) -> Term[E]:
    """Return year · 12 + month - 1."""
    years = terms.do(Part.MULTIPLY, terms.do(Part.YEAR, day), terms.number(12))
    return terms.do(Part.ADD, years, terms.do(Part.SUBTRACT, terms.do(Part.MONTH, day), terms.number(1)))


def _first_of_month(terms: Terms[E], month: Term[E]) -> Term[E]:
    """Return the first day of a month given by number, in days since 1970-01-01."""

    def whole(number: Term[E], by: int) -> Term[E]:
        return terms.do(Part.QUOTIENT, number, terms.number(by))

    def times(number: Term[E], by: int) -> Term[E]:
        return terms.do(Part.MULTIPLY, number, terms.number(by))

    since_march = terms.shared(terms.do(Part.SUBTRACT, month, terms.number(2)))
    year = terms.shared(whole(since_march, 12))
    of_year = terms.do(Part.SUBTRACT, since_march, times(year, 12))
    leaps = terms.do(Part.ADD, terms.do(Part.SUBTRACT, whole(year, 4), whole(year, 100)), whole(year, 400))
    days = terms.do(
        Part.ADD,
        terms.do(Part.ADD, times(year, 365), leaps),
        whole(terms.do(Part.ADD, times(of_year, 153), terms.number(2)), 5),
    )
    return terms.shared(terms.do(Part.SUBTRACT, days, terms.number(_MARCH_0000)))


def _days_of_month(terms: Terms[E], month: Term[E], first: Term[E]) -> Term[E]:
    after = _first_of_month(terms, terms.do(Part.ADD, month, terms.number(1)))
    return terms.do(Part.SUBTRACT, after, first)


def _months_later(terms: Terms[E], day: Term[E], months: Term[E]) -> Term[E]:
    """Return the same day of a later month, or that month's last; null where it leaves the calendar."""
    month = terms.shared(terms.do(Part.ADD, terms.do(Part.WIDE, _month_number(terms, day)), months))
    inside = terms.do(
        Part.AND,
        terms.do(Part.GREATER_EQUAL, month, terms.wide(_FIRST_MONTH)),
        terms.do(Part.LESS_EQUAL, month, terms.wide(_LAST_MONTH)),
    )
    known = terms.case([(inside, month)], terms.constant(None, Kind.INTEGER))
    month = terms.shared(terms.do(Part.NARROW, terms.do(Part.WIDE, known)))
    first = _first_of_month(terms, month)
    last = terms.shared(_days_of_month(terms, month, first))
    of_month = terms.do(Part.DAY, day)
    kept = terms.case([(terms.do(Part.LESS_EQUAL, of_month, last), of_month)], last)
    days = terms.do(Part.SUBTRACT, terms.do(Part.ADD, first, kept), terms.number(1))
    return terms.do(Part.WIDE, days)


def _months_between(terms: Terms[E], since: Term[E], until: Term[E]) -> Term[E]:
    """Return the whole months from one day to another, towards zero; a month's last day completes it."""
    to_month = terms.shared(_month_number(terms, until))
    months = terms.shared(terms.do(Part.SUBTRACT, to_month, _month_number(terms, since)))
    begun, ended = terms.do(Part.DAY, since), terms.do(Part.DAY, until)
    last = terms.shared(_days_of_month(terms, to_month, _first_of_month(terms, to_month)))
    short = terms.do(Part.AND, terms.do(Part.LESS, ended, begun), terms.do(Part.LESS, ended, last))
    forwards = terms.do(Part.AND, terms.do(Part.GREATER, months, terms.number(0)), short)
    backwards = terms.do(
        Part.AND, terms.do(Part.LESS, months, terms.number(0)), terms.do(Part.LESS, begun, ended)
    )
    one = terms.number(1)
    return terms.case(
        [(forwards, terms.do(Part.SUBTRACT, months, one)), (backwards, terms.do(Part.ADD, months, one))],
        months,
    )
