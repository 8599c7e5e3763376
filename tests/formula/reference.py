"""The language's meaning once more, as plainly as it can be said: a walk over the tree with exact fractions.

Shares the reader (`grammar`) with the product and nothing after it: no forms, ranges, emitters, tricks.
Money is a fraction of fen, a ratio a fraction; each result is rounded or refused as docs/formula.md says.
"""

import string
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from creditloop.formula.kinds import Input, Kind, ListOfValues, is_of_kind
from creditloop.formula.tree import (
    Binary,
    Call,
    Choice,
    Interval,
    IsNull,
    Junction,
    Listed,
    Member,
    Minus,
    Name,
    Not,
    Null,
    Number,
    Text,
    Tree,
    Truth,
)

I, M, N, T, B, D = Kind.INTEGER, Kind.MONEY, Kind.NANO, Kind.TEXT, Kind.BOOLEAN, Kind.DATE  # noqa: E741
NULLS = {"match": 1, "no_match": 2, "refer": 3}
Out = tuple[Any, Any, int]
"""Kind, value, state; the kind of a bare null is None."""


def half_away(x: Fraction) -> int:
    return int(abs(x) + Fraction(1, 2)) * (-1 if x < 0 else 1)


def join(*states: int) -> int:
    worst = max(states)
    return 3 if worst == 2 and 1 in states else worst


def read_input(declared: Input, row: Mapping[str, object]) -> Out:
    if declared.name not in row:
        return declared.kind, None, 6
    value = row[declared.name]
    if value is None:
        return declared.kind, None, NULLS[declared.null.value]
    if not is_of_kind(value, declared.kind) or (declared.values and value not in declared.values):
        return declared.kind, None, 6
    if declared.kind is N:
        return N, Fraction(value, 10**9), 0  # type: ignore[arg-type]
    return declared.kind, Fraction(value) if declared.kind in {I, M} else value, 0  # type: ignore[arg-type]


def kept(kind: Kind, value: Fraction) -> Out:
    """Round to the kind's unit, and refuse what does not fit 64 bits."""
    units = half_away(value * 10**9 if kind is N else value)
    if not -(2**63) <= units <= 2**63 - 1:
        return kind, None, 4
    return kind, Fraction(units, 10**9) if kind is N else Fraction(units), 0


def as_result(out: Out) -> tuple[object, int]:
    kind, value, state = out
    if state or kind in {T, B, D}:
        return value, state
    return int(value * 10**9 if kind is N else value), 0


class Reference:
    """Evaluates trees for one row; `names` grows by the steps already evaluated."""

    def __init__(
        self, inputs: list[Input], row: Mapping[str, object], lists: Sequence[ListOfValues] = ()
    ) -> None:
        self.lists = {listed.name: listed.values for listed in lists}
        self.names: dict[str, Out] = {entry.name: read_input(entry, row) for entry in inputs}

    def value(self, tree: Tree) -> Out:  # noqa: PLR0911, PLR0912  # one return for each part of the tree
        match tree:
            case Number(text=text):
                return (N if "." in text else I), Fraction(text), 0
            case Text(text=text):
                return T, text, 0
            case Truth(value=value):
                return B, value, 0
            case Null():
                return None, None, 3
            case Name(name=name):
                return self.names[name]
            case Call():
                return self.call(tree)
            case Minus(operand=operand):
                kind, value, state = self.value(operand)
                return (kind, None, state) if state else kept(kind, -value)
            case Not(operand=operand):
                kind, value, state = self.value(operand)
                return B, (None if state else not value), state
            case Junction(word=word, operands=operands):
                return self.junction(word == "or", [self.value(operand) for operand in operands])
            case Binary():
                return self.binary(tree)
            case Member(subject=subject, items=items):
                _, value, state = self.value(subject)
                return B, (None if state else value in [self.value(item)[1] for item in items]), state
            case Listed(subject=subject, name=name):
                _, value, state = self.value(subject)
                return B, (None if state else value in self.lists[name]), state
            case Interval():
                return self.interval(tree)
            case IsNull(subject=subject):
                _, _, state = self.value(subject)
                return (B, None, state) if state >= 4 else (B, 1 <= state <= 3, 0)
            case Choice():
                return self.choice(tree)
        raise AssertionError(tree)

    def call(self, tree: Call) -> Out:  # noqa: PLR0911  # one return for each sort of function
        if tree.name in {"yuan", "fen", "date"}:
            text = tree.arguments[0].text  # type: ignore[union-attr]
            if tree.name == "date":
                return D, date.fromisoformat(text), 0
            return M, Fraction(text) * (100 if tree.name == "yuan" else 1), 0
        outs = [self.value(argument) for argument in tree.arguments]
        state, values = join(*(out[2] for out in outs)), [out[1] for out in outs]
        kind = N if {out[0] for out in outs} == {I, N} else outs[0][0]
        if tree.name in {"round", "floor", "ceil", "truncate"}:
            kind = outs[0][0]
        kind = GIVES.get(tree.name, kind)
        if state:
            return kind, None, state
        if tree.name in {"min", "max"}:
            chosen = (min if tree.name == "min" else max)(values)
            return (kind, chosen, 0) if kind is D else kept(kind, chosen)
        if tree.name == "abs":
            return kept(kind, abs(values[0]))
        if tree.name in TEXT_FUNCTIONS:
            told = TEXT_FUNCTIONS[tree.name](*values)
            return kind, Fraction(told) if kind is I else told, 0
        if kind in {D, I} and outs[0][0] is D:
            return calendar_value(tree.name, *values)
        if tree.name == "remainder":
            one, other = values
            return (kind, None, 5) if other == 0 else kept(kind, one - int(one / other) * other)
        steps = values[0] / values[1]
        whole = {
            "round": half_away(steps),
            "floor": steps.__floor__(),
            "ceil": steps.__ceil__(),
            "truncate": int(steps),
        }[tree.name]
        return kept(kind, whole * values[1])

    def junction(self, settling: bool, outs: list[Out]) -> Out:
        if any(state == 0 and value is settling for _, value, state in outs):
            return B, settling, 0
        state = join(*(state for *_, state in outs))
        return B, (None if state else not settling), state

    def binary(self, tree: Binary) -> Out:
        left, right = self.value(tree.left), self.value(tree.right)
        if tree.sign == "??":
            kind = N if {left[0], right[0]} == {I, N} else left[0]
            chosen = right if 1 <= left[2] <= 3 else left
            return self.as_kind(chosen, kind)
        state = join(left[2], right[2])
        if tree.sign in {"=", "!=", "<", "<=", ">", ">="}:
            return B, (None if state else compare(tree.sign, left[1], right[1])), state
        kind = result_kind(tree.sign, left[0], right[0])
        if state:
            return kind, None, state
        return calculate(tree.sign, kind, left, right)

    def interval(self, tree: Interval) -> Out:
        subject, low, high = (self.value(part) for part in (tree.subject, tree.low, tree.high))
        tests = [
            (subject, ">" if tree.low_open else ">=", low),
            (subject, "<" if tree.high_open else "<=", high),
        ]
        outs: list[Out] = []
        for one, sign, other in tests:
            state = join(one[2], other[2])
            outs.append((B, None if state else compare(sign, one[1], other[1]), state))
        return self.junction(False, outs)

    def choice(self, tree: Choice) -> Out:
        values = [value for _, value in tree.branches] + [tree.otherwise]
        kinds = {kind for kind in (self.value(value)[0] for value in values) if kind is not None}
        kind = N if kinds == {I, N} else kinds.pop()
        for condition, value in tree.branches:
            _, holds, state = self.value(condition)
            if state >= 3:
                return kind, None, state
            if state == 1 or holds:
                return self.as_kind(self.value(value), kind)
        return self.as_kind(self.value(tree.otherwise), kind)

    def as_kind(self, out: Out, kind: Kind) -> Out:
        if out[0] is I and kind is N and not out[2]:
            return kept(N, out[1])
        return kind, out[1], out[2]


def compare(sign: str, left: Any, right: Any) -> bool:
    tests = {
        "=": left == right,
        "!=": left != right,
    }
    if sign in tests:
        return bool(tests[sign])
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign])


def result_kind(sign: str, left: Kind, right: Kind) -> Kind:
    if sign == "/":
        return N
    if D in {left, right}:
        return I if left is right else D
    if M in {left, right}:
        return M
    return N if N in {left, right} else I


def calculate(sign: str, kind: Kind, left: Out, right: Out) -> Out:
    one, other = left[1], right[1]
    if kind is D or left[0] is D:
        return days(sign, one, other)
    if sign == "/":
        return (kind, None, 5) if other == 0 else kept(kind, one / other)
    return kept(kind, {"+": one + other, "-": one - other, "*": one * other}[sign])


def days(sign: str, one: date, other: Any) -> Out:
    if isinstance(other, date):
        return I, Fraction((one - other).days), 0
    try:
        return D, one + timedelta(days=int(other if sign == "+" else -other)), 0
    except OverflowError:
        return D, None, 4


LARGE, SMALL = string.ascii_uppercase, string.ascii_lowercase
TEXT_FUNCTIONS: Mapping[str, Any] = {
    "lower": lambda text: "".join(SMALL[LARGE.index(sign)] if sign in LARGE else sign for sign in text),
    "upper": lambda text: "".join(LARGE[SMALL.index(sign)] if sign in SMALL else sign for sign in text),
    "trim": lambda text: trimmed(trimmed(text)[::-1])[::-1],
    "length": len,
    "starts_with": lambda text, part: text[: len(part)] == part,
    "ends_with": lambda text, part: (
        text[len(text) - len(part) :] == part if len(part) <= len(text) else False
    ),
    "contains": lambda text, part: any(
        text[n : n + len(part)] == part for n in range(len(text) - len(part) + 1)
    ),
    "concat": lambda *texts: "".join(texts),
}
GIVES = {
    **dict.fromkeys(["lower", "upper", "trim", "concat"], T),
    **dict.fromkeys(["starts_with", "ends_with", "contains"], B),
    **dict.fromkeys(["length", "months_between", "year", "month", "day", "weekday"], I),
    "add_months": D,
}


def trimmed(text: str) -> str:
    return trimmed(text[1:]) if text and text[0] in " \t\r\n" else text


def calendar_value(name: str, day: date, other: Any = None) -> Out:
    if name == "add_months":
        found = months_on(day, int(other))
        return (D, None, 4) if found is None else (D, found, 0)
    if name == "months_between":
        return I, Fraction(months_counted(day, other)), 0
    iso = {"year": day.year, "month": day.month, "day": day.day, "weekday": day.weekday() + 1}
    return I, Fraction(iso[name]), 0


def months_on(day: date, months: int) -> date | None:
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        return None
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def months_counted(first: date, last: date) -> int:
    """The most months, counted from the first day, that do not go beyond the last."""
    sign = 1 if last >= first else -1
    count = max(abs((last.year - first.year) * 12 + last.month - first.month) - 1, 0)
    while (later := months_on(first, sign * (count + 1))) is not None and (
        later <= last if sign > 0 else later >= last
    ):
        count += 1
    return sign * count
