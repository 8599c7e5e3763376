"""Where each operation of a program is computed in the generated Python: once, and only where it is needed.

Choices on the same conditions (a table's outputs) become one chain of `if`; what only one branch of a chain
needs (a row's cells) is computed in that branch. The order of the lines is that of the operations.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Optional

from creditloop.formula.forms import Op, Operation, operations_behind
from creditloop.formula.kinds import Value

_DEEPEST = 12
"""Chains within branches of chains; what lies deeper is computed before its chain."""
_NOT_COMPUTED = frozenset({Op.INPUT, Op.CONSTANT, Op.NULL})


@dataclass(eq=False, slots=True)
class Block:
    """Lines that run together: the whole function, or one branch of a chain."""

    parent: Optional["Block"] = None
    depth: int = 0
    numbers: list[int] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Chain:
    """Choices on the same conditions: `members` in order, `home` where it stands, a block for each branch."""

    conditions: tuple[int, ...]
    members: list[int]
    home: Block = field(default_factory=Block)
    branches: list[Block] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Order:
    """Where everything is computed.

    Attributes:
        whole: the function's own lines: numbers of operations, ascending; branches are in `chains`.
        chains: each chain by its last member, which is where it is written.
        uses: how often an operation is read, the caller counting as one.
        inputs: the operations that read an input, in order.
    """

    whole: Block
    chains: dict[int, Chain]
    uses: dict[int, int]
    inputs: list[int]


def with_fused_choices(operations: Sequence[Operation]) -> list[Operation]:
    """Return the operations, choices by the outcome of another choice put on that one's own conditions.

    A table tells the ordinal of its row by one choice, and each output by another that compares the ordinal;
    what the output is can as well be asked where the ordinal is found.
    """
    found: list[Operation] = []
    for operation in operations:
        args = _fused(operation, found) if operation.op is Op.CHOICE else None
        found.append(replace(operation, args=args) if args is not None else operation)
    return found


def _fused(choice: Operation, earlier: Sequence[Operation]) -> tuple[int, ...] | None:
    tests = [earlier[condition] for condition in choice.conditions]
    if any(test.op is not Op.EQUAL or earlier[test.args[1]].op is not Op.CONSTANT for test in tests):
        return None
    asked = {test.args[0] for test in tests}
    outcome = earlier[tests[0].args[0]]
    if len(asked) > 1 or outcome.op is not Op.CHOICE:
        return None
    told = [earlier[value] for value in outcome.choices]
    if any(value.op is not Op.CONSTANT for value in told):
        return None
    cells: dict[Value, int] = {}
    for test, cell in zip(tests, choice.choices[:-1], strict=True):
        cells.setdefault(earlier[test.args[1]].value, cell)
    chosen = [cells.get(value.value, choice.otherwise) for value in told]
    pairs = [arg for pair in zip(outcome.conditions, chosen[:-1], strict=True) for arg in pair]
    return (*pairs, chosen[-1])


def order_of(operations: Sequence[Operation], wanted: Sequence[int]) -> Order:
    """Find the order in which to compute these operations and all they need."""
    needed = sorted(operations_behind(operations, wanted))
    chain_of = _chains(operations, needed)
    whole = Block()
    homes: dict[int, Block] = dict.fromkeys(wanted, whole)
    uses = dict.fromkeys(needed, 0)
    for number in wanted:
        uses[number] += 1
    chains: dict[int, Chain] = {}
    for number in reversed(needed):
        chain = chain_of.get(number)
        if chain is not None:
            if number == chain.members[-1]:
                chains[number] = chain
                _place(chain, homes)
            _settle_choice(operations[number], chain, homes, uses)
            continue
        for arg in operations[number].args:
            _settle(arg, homes[number], homes, uses)
    for number in needed:
        if operations[number].op not in _NOT_COMPUTED and (number not in chain_of or number in chains):
            home = chains[number].home if number in chains else homes[number]
            home.numbers.append(number)
    inputs = [number for number in needed if operations[number].op is Op.INPUT]
    return Order(whole, chains, uses, inputs)


def _chains(operations: Sequence[Operation], needed: Sequence[int]) -> dict[int, Chain]:
    """Put choices on the same conditions together, as long as nothing between reads one of them."""
    found: dict[int, Chain] = {}
    last: dict[tuple[int, ...], Chain] = {}
    for number in needed:
        operation = operations[number]
        for arg in operation.args:
            if arg in found:
                last.pop(found[arg].conditions, None)
        if operation.op is Op.CHOICE:
            conditions = operation.conditions
            chain = last.setdefault(conditions, Chain(conditions, []))
            chain.members.append(number)
            found[number] = chain
    return found


def _place(chain: Chain, homes: dict[int, Block]) -> None:
    home = homes[chain.members[-1]]
    for member in chain.members:
        home = _shared(home, homes.get(member, home))
    chain.home = home
    deeper = home.depth < _DEEPEST
    chain.branches = [
        Block(home, home.depth + 1) if deeper else home for _ in range(len(chain.conditions) + 1)
    ]


def _settle_choice(operation: Operation, chain: Chain, homes: dict[int, Block], uses: dict[int, int]) -> None:
    for condition in chain.conditions:
        _settle(condition, chain.home, homes, uses)
    for value, branch in zip(operation.choices, chain.branches, strict=True):
        _settle(value, branch, homes, uses)


def _settle(number: int, block: Block, homes: dict[int, Block], uses: dict[int, int]) -> None:
    uses[number] += 1
    homes[number] = _shared(homes[number], block) if number in homes else block


def _shared(one: Block, other: Block) -> Block:
    """Return the innermost block both lie in."""
    while one is not other:
        if one.depth < other.depth:
            one, other = other, one
        assert one.parent is not None, "two blocks of one function"
        one = one.parent
    return one
