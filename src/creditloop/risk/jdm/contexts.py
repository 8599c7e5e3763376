"""What a node of a graph sees: a tree of names, without the values (上下文).

The case as it came in, with what the nodes before have put over it. A path that no node has written is the
case's own (`Given`); JDM does not tell an absent key from null, so neither do we.
"""

from dataclasses import dataclass, field

from creditloop.formula import Kind
from creditloop.risk.jdm.refusals import Refusal, outside

PathParts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What the case holds at a path, whatever it is."""

    path: PathParts


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value that a step computes.

    Attributes:
        name: the step.
        known: the boolean step that tells whether there is a value; None: there always is.
    """

    name: str
    kind: Kind
    known: str | None = None


@dataclass(frozen=True, slots=True)
class RowField:
    """A field of a listed row.

    Attributes:
        output: of the table; `known` the one that tells whether it is given.
        path: where it is put in the row; none: the field is the row.
        left_empty: the rows, from 0, that have no cell for it.
    """

    output: str
    known: str | None
    path: PathParts
    left_empty: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Rows:
    """The list of a table's matching rows.

    Attributes:
        table: its id in our document.
        fields: of each row; one without a path is listed by itself.
        count: an expression of the number of rows; empty where nobody may ask.
        nothing_if_empty: whether no matching row means that nothing is there, not an empty list.
    """

    table: str
    fields: tuple[RowField, ...]
    count: str
    nothing_if_empty: bool


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing is there."""


@dataclass(frozen=True, slots=True)
class Fields:
    """An object: entries over what the case holds there (`base`), if that goes on.

    Attributes:
        of_table: whether a table gives it, which may give nothing at all.
    """

    base: Given | None
    entries: tuple[tuple[str, "Context"], ...]
    of_table: bool = field(default=False, compare=False)

    def entry(self, key: str) -> "Context":
        """Return what stands under a key."""
        for name, value in self.entries:
            if name == key:
                return value
        return Given((*self.base.path, key)) if self.base is not None else Nothing()


Context = Given | Scalar | Rows | Nothing | Fields
EMPTY = Fields(None, ())


def found(context: Context, path: PathParts) -> Context:
    """Return what stands at a path."""
    for part in path:
        match context:
            case Fields():
                context = context.entry(part)
            case Given():
                context = Given((*context.path, part))
            case Rows():
                raise outside(Refusal.ARRAY, f"{part} of a list of rows")
            case _:
                return Nothing()
    return context


def written(context: Context, path: PathParts, value: Context) -> Context:
    """Return the context with a value put at a path; objects on the way keep their other entries."""
    if not path:
        return value
    match context:
        case Given():
            fields = Fields(context, ())
        case Fields():
            fields = context
        case _:
            fields = EMPTY
    inner = written(fields.entry(path[0]), path[1:], value)
    kept = tuple(entry for entry in fields.entries if entry[0] != path[0])
    return Fields(fields.base, (*kept, (path[0], inner)))


def overlaid(under: Context, over: Context) -> Context:
    """Put one context over another: objects are joined, anything else replaces what was there."""
    if not isinstance(over, Fields) or over.base is not None:
        return over
    if not isinstance(under, Fields | Given):
        return over
    for key, value in over.entries:
        under = written(under, (key,), overlaid(found(under, (key,)), value))
    return under


def objects_in(context: Context, path: PathParts = ()) -> list[tuple[PathParts, Fields]]:
    """Return the objects in a context, itself the first, with their paths."""
    if not isinstance(context, Fields):
        return []
    inner = [each for key, value in context.entries for each in objects_in(value, (*path, key))]
    return [(path, context), *inner]


def leaves(context: Context, path: PathParts = ()) -> list[tuple[PathParts, Context]]:
    """Return everything in a context that is no object of entries, with its path."""
    if not isinstance(context, Fields):
        return [(path, context)]
    inner = [leaf for key, value in context.entries for leaf in leaves(value, (*path, key))]
    return [*inner, (path, context.base)] if context.base is not None else inner
