"""Conditions put together, with what must hold by the way taken (条件组合)."""

from creditloop.formula import Kind
from creditloop.risk.jdm import tree
from creditloop.risk.jdm.lowered import CHOICE, COMPARE, NOT, OR, Lowered, Test, all_of, joined


def equality(left: Lowered, right: Lowered) -> Test:
    """`a = b`; against a written truth value the condition itself, or its opposite."""
    inputs = left.inputs | right.inputs
    for one, other in ((left, right), (right, left)):
        if other.kind is Kind.BOOLEAN and other.text in {"true", "false"}:
            text = one.text if other.text == "true" else f"not {one.within(NOT)}"
            return Test(text, one.tight if other.text == "true" else NOT, inputs)
    return Test(f"{left.within(COMPARE)} = {right.within(COMPARE)}", COMPARE, inputs)


def opposite(test: Test) -> str:
    """Write that a condition, which always has a value, does not hold."""
    if test.text.endswith(" is not null") and test.asks is not None:
        return f"{test.asks} is null"
    if test.text in {"true", "false"}:
        return "false" if test.text == "true" else "true"
    return f"not {test.within(NOT)}"


def negation(value: Lowered) -> Lowered:
    """Return `not` of a condition: it needs what the condition needed."""
    text = opposite(Test(value.text, value.tight))
    core = Test(text, NOT, value.inputs)
    return Lowered(
        text=text,
        kind=Kind.BOOLEAN,
        tight=NOT,
        needs=value.required,
        nulls=value.nulls,
        inputs=value.inputs,
        leaks=value.leaks,
        tests=joined(value.required, [core]),
    )


def unless_true(condition: Lowered, needed: Test) -> Test:
    """What must hold unless a condition does."""
    return unless(Test(condition.text, condition.tight), needed)


def unless(condition: Test, needed: Test) -> Test:
    """What must hold unless a test does."""
    return Test(f"{condition.within(OR - 1)} or {needed.within(OR - 1)}", OR)


def by_branch(condition: Lowered, one: tuple[Test, ...], other: tuple[Test, ...]) -> tuple[Test, ...]:
    """What must hold, by the branch taken."""
    if one == other:
        return one
    text = f"if {condition.text} then {all_of(one).text} else {all_of(other).text}"
    return (Test(text, CHOICE, divides=all(test.divides for test in (*one, *other))),)


def choice_tests(condition: Lowered, one: Lowered, other: Lowered) -> tuple[Test, ...]:
    """What must hold for a choice of conditions to be true."""
    branches = [all_of(branch.conditions).text for branch in (one, other)]
    test = Test(f"if {condition.text} then {branches[0]} else {branches[1]}", CHOICE)
    return joined(condition.required, [test])


def equalities(expression: tree.Expression) -> tuple[tree.Expression, tuple[tree.Expression, ...]] | None:
    """Read `x == 1 or x == 2` as one subject and its values; None if it is not that."""
    match expression:
        case tree.Binary(sign="or", left=left, right=right):
            one, other = equalities(left), equalities(right)
            if one is None or other is None or one[0] != other[0]:
                return None
            return one[0], one[1] + other[1]
        case tree.Binary(sign="==", left=left, right=tree.Literal(value=value)) if value is not None:
            return (left, (expression.right,)) if not isinstance(left, tree.Literal) else None
        case _:
            return None
