"""The names a text of a document may read, and the steps the document becomes (命名空间).

A document, each branch of a switch and each sub-strategy has a space of its own: a name in it stands for one
input or step of the program. What a table, a scorecard, a switch, a limit or a sub-strategy gives is an
answer: null where it could not be decided. No text may ask whether an answer is null, nor put something in
its place: that would turn a referral into a decision.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from creditloop.formula import (
    Binary,
    Input,
    Kind,
    ListOfValues,
    Name,
    NullPolicy,
    Number,
    Parameter,
    Step,
    Tree,
    Value,
    Writing,
    read_expression,
)
from creditloop.kernel.documents import Document, Node
from creditloop.risk.lowering import all_of, guarded, names_in, nulls_asked, with_prefix

REMOVED = "removed_rule"
"""The input that takes one rule out of a program made for it: the rule's ordinal, 0 for none."""
REFERS = "refers"
"""What answers and frames call whether a person must decide."""
OF_RULES = "rule__"
"""Before the columns a frame has of each rule."""
_UNKNOWN = "?"
"""Before a name of a text that its space does not have, so that nothing outside the space answers to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a name stands for.

    Attributes:
        step: the input or step of the program.
        computed: whether the document computes it: then its null may mean that it could not be computed.
        answer: whether it is what a step decided, or computed from that.
        null: of an input, what its null does.
        values: the only values it can have, where they are declared.
    """

    kind: Kind
    step: str
    computed: bool
    answer: bool = False
    null: NullPolicy = NullPolicy.REFER
    values: tuple[Value, ...] | None = None


@dataclass(slots=True, kw_only=True)
class Draft:
    """The program as far as it is made: its steps in order, and what their texts use.

    Attributes:
        removable: whether each rule can be taken out by the input `REMOVED`.
        documents: of the sub-strategies.
        columns: what frames have besides names (`<table>_row`, …); collected: outputs that are lists, with
            their table.
        rules: how many rows there are so far.
    """

    removable: bool
    steps: list[Step] = field(default_factory=list)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    lists: dict[str, ListOfValues] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    collected: dict[str, str] = field(default_factory=dict)
    rules: int = 0

    def add_parameter(self, parameter: Parameter, prefix: str) -> None:
        """Make a number known to the program, under the prefix of its document."""
        self.parameters[prefix + parameter.name] = replace(parameter, name=prefix + parameter.name)

    def add_list(self, listed: ListOfValues, prefix: str) -> None:
        """Make a list known to the program, under the prefix of its document."""
        self.lists[prefix + listed.name] = replace(listed, name=prefix + listed.name)

    def condition(self, tree: Tree, ordinal: int) -> Tree:
        """Return a rule's condition, able to be taken out where the program is made for it."""
        if not self.removable:
            return tree
        return all_of([tree, Binary("!=", Name(REMOVED), Number(str(ordinal)))])


@dataclass(slots=True, kw_only=True)
class Space:
    """The names of one document, or of one branch of it.

    Attributes:
        prefix: before the names of steps made here.
        document_prefix: before the ids, parameters and lists of this document.
        path: the switches it stands in; see `TableStep.path`.
        stack: the paths of the documents this one is read for, itself last.
    """

    draft: Draft
    names: dict[str, Known]
    parameters: tuple[Parameter, ...]
    lists: tuple[ListOfValues, ...]
    rules_as_of: date
    prefix: str = ""
    document_prefix: str = ""
    path: tuple[tuple[str, int], ...] = ()
    stack: tuple[str, ...] = ()

    def branch(self, prefix: str, *, taken: str, ordinal: int) -> "Space":
        """Return a space for a branch: it reads all that is here, what it makes is its own."""
        return replace(self, names=dict(self.names), prefix=prefix, path=(*self.path, (taken, ordinal)))

    def offered(self) -> tuple[Input, ...]:
        """Return every name as an input of a table: what is computed refers when it is null."""
        return tuple(_as_input(name, known) for name, known in self.names.items())

    def referring(self, name: str, step: str, where: Mapping[str, object]) -> str:
        """Return the step by which a condition reads a name: the null of what is computed refers there.

        Args:
            step: what it is called if it has to be made.
        """
        known = self.names[name]
        return self.passed(step, _as_input(name, known), known, tree=None, text=name, where=where)

    def read(self, text: str, where: Mapping[str, object]) -> Tree:
        """Read a text; refuse one that asks whether an answer is null.

        Raises: PolicyError naming file, line and column.
        """
        writing = Writing(text, where)
        tree = read_expression(writing)
        for part, name in nulls_asked(tree):
            if name in self.names and self.names[name].answer:
                raise writing.fault(
                    f"what the policy itself decides must refer when it is null: {name!r}",
                    at=part.at,
                    got=text,
                    hint="a null there means that it could not be decided; ask it of the inputs",
                )
        return with_prefix(tree, self.document_prefix)

    def meant(self, tree: Tree) -> dict[str, str]:
        """Return what the names of a tree stand for; one that is not here stands for nothing."""
        return {
            name: self.names[name].step if name in self.names else _UNKNOWN + name
            for name in dict.fromkeys(names_in(tree))
        }

    def reads_answer(self, tree: Tree) -> bool:
        """Whether a tree reads what a step decided."""
        return any(name in self.names and self.names[name].answer for name in names_in(tree))

    def add(
        self,
        name: str,
        tree: Tree,
        *,
        text: str,
        kind: Kind | None = None,
        where: Mapping[str, object] | None = None,
        null: NullPolicy | None = None,
        names: Mapping[str, str] | None = None,
    ) -> str:
        """Add a step to the program; return its name.

        Args:
            name: in full, prefixes included.
            names: what the tree's names stand for; None: they are the program's own.
        """
        self.draft.steps.append(Step(name, text, where or {}, kind, null, names or {}, tree))
        return name

    def stands(self, name: str) -> bool:
        """Whether a name has a meaning already, as a value, a list or a column of a frame."""
        taken = self.document_prefix + name
        return name in self.names or taken in self.draft.collected or taken in self.draft.columns

    def take_columns(self, owner: str, parts: Sequence[str], node: Node, *, what: str) -> None:
        """Keep the columns a frame has of a step, `<owner>_<part>`; refuse those that stand already."""
        added = [f"{owner}_{part}" for part in parts]
        taken = {*self.draft.columns, *self.draft.collected, *self.names}
        if twice := sorted(name for name in added if name in taken):
            raise node.fail(f"{what} {owner!r} gives a name that stands already", got=twice)
        self.draft.columns |= set(added)

    def give(self, name: str, known: Known, node: Node) -> None:
        """Make a name known; refuse one that stands already, or is kept for what is told of a case."""
        check_free(name, node)
        if self.stands(name):
            raise node.fail("a name stands already", got=name, expected="one meaning a name")
        self.names[name] = known

    def passed(
        self,
        name: str,
        entry: Input,
        known: Known,
        *,
        tree: Tree | None,
        text: str,
        where: Mapping[str, object],
    ) -> str:
        """Hand a value to a table or a sub-strategy as the input it declares; return its step.

        A value that is not among the declared ones refers there, as it does at the border.

        Args:
            tree: the value, in this space's names; None: what `known` stands for.
        """
        same_null = known.null is entry.null if not known.computed else known.answer
        values = None if entry.values is None or _within(known.values, entry.values) else entry.values
        if tree is None and same_null and values is None:
            return known.step
        if tree is not None and not isinstance(tree, Name):
            step = self.add(
                f"{name}__given" if values is not None else name, tree, text=text, kind=entry.kind,
                where=where, null=entry.null, names=self.meant(tree),
            )  # fmt: skip
        else:
            step = known.step
        if values is None and step == name:
            return step
        shape = guarded(step, values, entry.kind) if values is not None else Name(step)
        return self.add(name, shape, text=text, kind=entry.kind, where=where, null=entry.null)


def check_free(name: str, node: Node) -> None:
    """Refuse a name that answers, frames or programs keep for themselves."""
    if name in {REFERS, REMOVED} or name.startswith(OF_RULES):
        raise node.fail("a name kept for what is told of a case", got=name, expected="another name")


def _as_input(name: str, known: Known) -> Input:
    return Input(name, known.kind, NullPolicy.REFER if known.computed else known.null, known.values)


def _within(values: Iterable[Value] | None, declared: Sequence[Value]) -> bool:
    return values is not None and set(values) <= set(declared)
