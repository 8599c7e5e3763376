"""Choose among branches over a whole column: by the tests themselves, or by the ordinal of the branch (分支).

Ordinals of a choice of n conditions: 0 to n-1 the condition that holds first, n none does, n+1+i condition i
refers and stops the choice. Choices on the same conditions share the ordinals, and constants are looked up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from creditloop.formula.bulk import E, Term, Terms
from creditloop.formula.kinds import Kind, Value


@dataclass(frozen=True, slots=True)
class Test(Generic[E]):
    """A condition: whether it holds, and whether it refers (None: it never does)."""

    holds: Term[E]
    refers: Term[E] | None


@dataclass(frozen=True, slots=True)
class Cell(Generic[E]):
    """What a branch gives: a constant (None: null), or a term."""

    constant: Value
    term: Term[E] | None = None


@dataclass(frozen=True, slots=True)
class Cells(Generic[E]):
    """What each condition gives where it holds, what each gives where it refers, and what holds otherwise."""

    held: Sequence[Cell[E]]
    referred: Sequence[Cell[E]]
    otherwise: Cell[E]


def ordinals(terms: Terms[E], tests: Sequence[Test[E]]) -> Term[E]:
    """Return the ordinal of the branch taken."""
    branches: list[tuple[Term[E], Term[E]]] = []
    for index, test in enumerate(tests):
        branches.append((test.holds, terms.small(index)))
        if test.refers is not None:
            branches.append((test.refers, terms.small(len(tests) + 1 + index)))
    return terms.case(branches, terms.small(len(tests)))


def chosen_by_ordinal(terms: Terms[E], ordinal: Term[E], cells: Cells[E], kind: Kind | None) -> Term[E]:
    """Return the cell of the branch taken; no kind: cells are states."""
    every = [*cells.held, cells.otherwise, *cells.referred]
    constants = terms.looked_up(ordinal, [cell.constant for cell in every], kind)
    branches: list[tuple[Term[E], Term[E]]] = []
    placed = set[int]()  # by identity: expressions of an engine do not compare
    for cell in every:
        if cell.term is None or id(cell.term) in placed:
            continue
        placed.add(id(cell.term))
        places = [place for place, other in enumerate(every) if other.term is cell.term]
        test = terms.any_of([terms.is_small(ordinal, place) for place in places])
        assert test is not None, "the term stands somewhere"
        branches.append((test, cell.term))
    return terms.case(branches, constants)


def chosen_by_tests(terms: Terms[E], tests: Sequence[Test[E]], cells: Cells[E], kind: Kind | None) -> Term[E]:
    """Return the cell of the first test that holds or refers; no kind: cells are states."""

    def term(cell: Cell[E]) -> Term[E]:
        if cell.term is not None:
            return cell.term
        return terms.state(cell.constant) if kind is None else terms.constant(cell.constant, kind)

    branches: list[tuple[Term[E], Term[E]]] = []
    for test, held, referred in zip(tests, cells.held, cells.referred, strict=True):
        branches.append((test.holds, term(held)))
        if test.refers is not None:
            branches.append((test.refers, term(referred)))
    return terms.case(branches, term(cells.otherwise))
