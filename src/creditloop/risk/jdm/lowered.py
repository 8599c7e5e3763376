"""An expression of zen in our language, with what zen would have done about nulls on the side (转换结果).

zen raises where a null meets an operator, and then a cell does not match and an expression node fails the
case. Ours carries the null to the rule's boundary. So that both say the same, every lowered expression
tells when its value is there (`known`), what must hold so that zen would not have raised (`needs`), and, as
a condition, which tests make it true (`tests`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from creditloop.formula import NUMBERS, Kind

CHOICE, OR, AND, NOT, COMPARE, ADD, MULTIPLY, INSTEAD, ATOM = 0, 1, 2, 3, 4, 5, 6, 8, 9
"""How tight a text binds, as in the grammar of our language."""


@dataclass(frozen=True, slots=True)
class Test:
    """One condition of several that must all hold.

    Attributes:
        inputs: those whose null makes the condition null, so that `null: no_match` answers for them.
        asks: the input this condition only asks the presence of.
        divides: whether it only asks that a divisor is not zero: zen gives null there, we refer.
    """

    text: str
    tight: int
    inputs: frozenset[str] = frozenset()
    asks: str | None = None
    divides: bool = False

    def within(self, tight: int) -> str:
        """The text, in brackets where it binds looser than its place."""
        return self.text if self.tight > tight else f"({self.text})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """A lowered expression.

    Attributes:
        text: in our language; what it gives where the value is not there does not matter.
        tight: how tight it binds.
        known: conditions that hold where there is a value; none: there always is.
        needs: conditions without which zen would have raised; beyond `known`.
        nulls: whether the text is null wherever `needs` or `known` fail, without being told.
        inputs: those whose null makes the text null; `leaks`: those whose null may.
        over: what the text still has to be divided by: quotients are divided once, at the end.
        step: of a quotient: the step that holds it divided and rounded, if there is one.
        tests: of a condition: what must hold for it to be true in zen; None: known, needs and the text
            itself.
    """

    text: str
    kind: Kind
    tight: int = ATOM
    known: tuple[Test, ...] = ()
    needs: tuple[Test, ...] = ()
    nulls: bool = True
    inputs: frozenset[str] = frozenset()
    leaks: frozenset[str] = frozenset()
    over: "Lowered | None" = None
    step: str | None = None
    tests: tuple[Test, ...] | None = None

    def within(self, tight: int) -> str:
        """The text, in brackets where it binds looser than its place."""
        return self.text if self.tight > tight else f"({self.text})"

    @property
    def required(self) -> tuple[Test, ...]:
        """What must hold for the value to be there, without zen raising."""
        return joined(self.needs, self.known)

    @property
    def conditions(self) -> tuple[Test, ...]:
        """As a condition: what must all hold for it to be true."""
        if self.tests is not None:
            return self.tests
        return joined(self.required, [Test(self.text, self.tight, self.inputs)])


def joined(*groups: Iterable[Test]) -> tuple[Test, ...]:
    """Put conditions together, each once."""
    return tuple(dict.fromkeys(test for group in groups for test in group if test.text != "true"))


def all_of(tests: Iterable[Test]) -> Test:
    """Return one condition that holds where all do."""
    listed = list(tests)
    if len(listed) == 1:
        return listed[0]
    if not listed:
        return Test("true", ATOM)
    inputs = frozenset[str]().union(*(test.inputs for test in listed))
    return Test(" and ".join(test.within(AND - 1) for test in listed), AND, inputs)


def strict(text: str, kind: Kind, *operands: Lowered, tight: int = ATOM) -> Lowered:
    """Return an operation of which zen asks that every operand be there."""
    return Lowered(
        text=text,
        kind=kind,
        tight=tight,
        needs=joined(*(operand.required for operand in operands)),
        nulls=all(operand.nulls for operand in operands),
        inputs=frozenset[str]().union(*(operand.inputs for operand in operands)),
        leaks=leaks_of(*operands),
    )


def leaks_of(*operands: Lowered) -> frozenset[str]:
    """Return the inputs whose null may make one of these null."""
    return frozenset[str]().union(*(operand.leaks for operand in operands))


def total(text: str, *operands: Lowered, tight: int, tests: tuple[Test, ...] | None = None) -> Lowered:
    """Return a condition that has a value whether its operands are there or not."""
    return Lowered(
        text=text,
        kind=Kind.BOOLEAN,
        tight=tight,
        needs=joined(*(operand.needs for operand in operands)),
        nulls=all(operand.nulls for operand in operands) and not any(operand.needs for operand in operands),
        tests=tests,
    )


def undivided(value: Lowered) -> Lowered:
    """Return a value without the division that is put off."""
    return replace(value, over=None, step=None)


def divided(value: Lowered) -> Lowered:
    """Carry out the division that was put off, or read the step where it has been."""
    if value.over is None:
        return value
    text = f"{value.within(MULTIPLY - 1)} / {value.over.within(MULTIPLY)}"
    above = replace(undivided(value), known=())
    quotient = replace(strict(text, Kind.NANO, above, value.over, tight=MULTIPLY), known=value.known)
    return (
        quotient if value.step is None else replace(quotient, text=value.step, tight=ATOM, needs=(), known=())
    )


def fits(value: Lowered, *kinds: Kind) -> bool:
    """Whether a value is of one of these kinds; any number stands for any."""
    return value.kind in kinds or (value.kind in NUMBERS and bool(NUMBERS & set(kinds)))


def filler(kind: Kind) -> str:
    """Return what stands where there is no value; nobody reads it."""
    match kind:
        case Kind.TEXT:
            return "''"
        case Kind.BOOLEAN:
            return "false"
        case Kind.DATE:
            return "date('1970-01-01')"
        case _:
            return "0"
