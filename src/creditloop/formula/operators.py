"""Which kinds each operator takes, what it gives, and what to write instead of what it does not take.

integer and nano mix: the integer counts as a ratio. Money stays money: money ± money, money · integer, and
money · ratio rounded to the fen. Money divided by money, and any other quotient, is a ratio in nano.
"""

from collections.abc import Callable, Mapping, Sequence

from creditloop.formula.forms import Form, Op
from creditloop.formula.kinds import NANO, NUMBERS, Kind

I, M, N, D = Kind.INTEGER, Kind.MONEY, Kind.NANO, Kind.DATE  # noqa: E741  # the columns of the table below
Build = Callable[[Form, int, int], int]


def _plain(op: Op, kind: Kind) -> Build:
    return lambda form, left, right: form.add(op, kind, [left, right])


def _mixed(op: Op) -> Build:
    def build(form: Form, left: int, right: int) -> int:
        return form.add(op, N, [_as_nano(form, left), _as_nano(form, right)])

    return build


def _divide(factor: int) -> Build:
    return lambda form, left, right: form.add(Op.DIVIDE, N, [left, right], value=factor)


def _earlier(form: Form, day: int, count: int) -> int:
    return form.add(Op.ADD_DAYS, D, [day, form.add(Op.NEGATE, I, [count], narrow=False)])


ARITHMETIC: Mapping[tuple[str, Kind, Kind], Build] = {
    ("+", I, I): _plain(Op.ADD, I),
    ("+", M, M): _plain(Op.ADD, M),
    ("+", N, N): _plain(Op.ADD, N),
    ("+", N, I): _mixed(Op.ADD),
    ("+", I, N): _mixed(Op.ADD),
    ("+", D, I): _plain(Op.ADD_DAYS, D),
    ("-", I, I): _plain(Op.SUBTRACT, I),
    ("-", M, M): _plain(Op.SUBTRACT, M),
    ("-", N, N): _plain(Op.SUBTRACT, N),
    ("-", N, I): _mixed(Op.SUBTRACT),
    ("-", I, N): _mixed(Op.SUBTRACT),
    ("-", D, D): _plain(Op.DAYS_BETWEEN, I),
    ("-", D, I): _earlier,
    ("*", I, I): _plain(Op.MULTIPLY, I),
    ("*", M, I): _plain(Op.MULTIPLY, M),
    ("*", I, M): _plain(Op.MULTIPLY, M),
    ("*", N, I): _plain(Op.MULTIPLY, N),
    ("*", I, N): _plain(Op.MULTIPLY, N),
    ("*", M, N): _plain(Op.MULTIPLY_NANO, M),
    ("*", N, M): _plain(Op.MULTIPLY_NANO, M),
    ("*", N, N): _plain(Op.MULTIPLY_NANO, N),
    ("/", I, I): _divide(NANO),
    ("/", M, M): _divide(NANO),
    ("/", N, N): _divide(NANO),
    ("/", N, I): _divide(1),
    ("/", I, N): _divide(NANO * NANO),
}
COMPARISON: Mapping[str, Op] = {
    "=": Op.EQUAL,
    "!=": Op.NOT_EQUAL,
    "<": Op.LESS,
    "<=": Op.LESS_EQUAL,
    ">": Op.GREATER,
    ">=": Op.GREATER_EQUAL,
}


def common_kind(kinds: Sequence[Kind]) -> Kind | None:
    """Return the kind these have in common, integer and nano giving nano; None if they do not mix."""
    found = set(kinds)
    if len(found) == 1:
        return kinds[0]
    return N if found == {I, N} else None


def compare(form: Form, op: Op, left: int, right: int) -> int | None:
    """Add a comparison, or return None if the kinds do not compare; integers against ratios are exact."""
    kinds = [form.operations[number].kind for number in (left, right)]
    kind = common_kind(kinds)
    if kind is None or (kind in {Kind.TEXT, Kind.BOOLEAN} and op not in {Op.EQUAL, Op.NOT_EQUAL}):
        return None
    if kind is N:
        left, right = _as_nano(form, left), _as_nano(form, right)
    return form.add(op, Kind.BOOLEAN, [left, right])


def converted(form: Form, number: int, kind: Kind) -> int | None:
    """Return the operation as a value of the kind: itself, an integer as a ratio, or None."""
    own = form.operations[number].kind
    if own is kind:
        return number
    return form.scaled(number, narrow=True) if (own, kind) == (I, N) else None


def hint_for(sign: str, left: Kind, right: Kind) -> str | None:  # noqa: PLR0911  # one return a hint
    """Return what to write instead, for kinds an operator does not take."""
    kinds = {left, right}
    if sign in {"<", "<=", ">", ">="} and kinds <= {Kind.TEXT, Kind.BOOLEAN}:
        return f"a {left.value} has no order: it is only = or !=, or `in` a list"
    if kinds == {M, I} and sign not in {"*", "/"}:
        return "write the amount as money: yuan(500) or fen(50000)"
    if sign == "/" and left is M:
        return "money / money is a ratio; a share is money * ratio, rounded to the fen: amount * (1 / 3)"
    if sign == "*" and left is M and right is M:
        return "money times money has no meaning; money / money is a ratio"
    if M in kinds and N in kinds:
        return "money and a ratio meet in money * ratio only"
    if Kind.TEXT in kinds and kinds & NUMBERS:
        return "a number has no quotes"
    return "a date is written date('2005-06-30')" if kinds == {Kind.DATE, Kind.TEXT} else None


def _as_nano(form: Form, number: int) -> int:
    return number if form.operations[number].kind is N else form.scaled(number, narrow=False)
