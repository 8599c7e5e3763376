"""Draft our document while a graph is walked: names, inputs and steps (起草策略文件)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from creditloop.formula import NUMBERS, RESERVED, Kind
from creditloop.risk.jdm import tree
from creditloop.risk.jdm.contexts import Context, Fields, Given, Nothing, PathParts, Rows, Scalar, found
from creditloop.risk.jdm.kinds import InputKinds
from creditloop.risk.jdm.lowered import ATOM, CHOICE, COMPARE, Lowered, Test, all_of, divided, filler
from creditloop.risk.jdm.refusals import Refusal, outside

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NOT_NAMES = RESERVED | {"matched", "otherwise", "strategy", "list"}
_TABLE_PARTS = ("matched", "row", "state")


@dataclass(frozen=True, slots=True)
class DraftInput:
    """An input of the document: where a case has it, and of what kind it is."""

    name: str
    path: PathParts
    kind: Kind


@dataclass(slots=True, kw_only=True)
class Draft:
    """What has been written so far; it grows while the graph is walked.

    Attributes:
        strict: inputs whose null must refer, since an expression could not have been computed without them.
        quotients: steps that are quotients, as numerator and denominator: what reads them rounds once.
        closed: paths a case must not have: a table falls back on them, and nobody says of what kind they are.
        objects: paths at which a case must have an object or nothing.
        apart: pairs of paths at which a case must not have two objects: one is laid over the other.
        ascii_inputs: inputs whose text must be ASCII; `ascii_all`: every text must be.
    """

    kinds: InputKinds
    strict: frozenset[str] = frozenset()
    inputs: dict[tuple[PathParts, Kind], DraftInput] = field(default_factory=dict)
    steps: list[Mapping[str, object]] = field(default_factory=list)
    quotients: dict[str, Lowered] = field(default_factory=dict)
    leaking: set[str] = field(default_factory=set)
    closed: set[PathParts] = field(default_factory=set)
    objects: set[PathParts] = field(default_factory=set)
    apart: set[tuple[PathParts, PathParts]] = field(default_factory=set)
    ascii_inputs: set[str] = field(default_factory=set)
    ascii_all: bool = False
    _taken: set[str] = field(default_factory=set)

    # names

    def name(self, parts: Iterable[str], *, table: bool = False) -> str:
        """Return a fresh name like these parts; a table's id keeps its columns' names free as well."""
        wanted = re.sub(r"[^A-Za-z0-9]+", "_", "_".join(parts)).strip("_") or "value"
        if wanted[0].isdigit() or wanted in _NOT_NAMES or wanted.startswith("when_"):
            wanted = f"v_{wanted}"
        number, name = 1, wanted
        while self._uses(name, table=table) & self._taken:
            number += 1
            name = f"{wanted}_{number}"
        self._taken |= self._uses(name, table=table)
        return name

    def _uses(self, name: str, *, table: bool) -> set[str]:
        return {name, *(f"{name}_{part}" for part in _TABLE_PARTS)} if table else {name}

    # values

    def input(self, path: PathParts, *, want: Kind | None) -> Lowered:
        """Return an input as an operand, declared on the way.

        Raises: PolicyError by name if its kind is not known or is not one of ours.
        """
        if not path:
            raise outside(Refusal.OBJECT, "the whole case")
        kind = self._kind(path, want)
        key = path, kind
        if key not in self.inputs:
            parts = (*path, "date") if kind is Kind.DATE and (path, Kind.TEXT) in self.inputs else path
            self.inputs[key] = DraftInput(self.name(parts), path, kind)
        name = self.inputs[key].name
        present = Test(f"{name} is not null", COMPARE, asks=name)
        return Lowered(
            text=name, kind=kind, known=(present,), inputs=frozenset({name}), leaks=frozenset({name})
        )

    def _kind(self, path: PathParts, want: Kind | None) -> Kind:
        values = list(self.kinds.values_at(path))
        if want is Kind.DATE:
            late = [value for value in values if not isinstance(value, str) or not _DAY.fullmatch(value)]
            if late:
                reason = Refusal.TIME_OF_DAY if isinstance(late[0], str) else Refusal.KIND_CONFLICT
                raise outside(reason, f"{'.'.join(path)}: {late[0]}")
            return Kind.DATE
        if want is not None and not self.kinds.tells(path):
            return want
        return self.kinds.kind_of(path)

    def operand(self, context: Context, path: PathParts, *, want: Kind | None) -> Lowered | None:
        """Return what stands at a path as an operand; None where nothing is there.

        Raises: PolicyError by name for a list or an object.
        """
        match found(context, path):
            case Given() as given:
                return self.input(given.path, want=want)
            case Scalar() as scalar:
                return self.quotients.get(scalar.name) or of_scalar(scalar)
            case Nothing():
                return None
            case Rows():
                raise outside(Refusal.ARRAY, ".".join(path) or "$")
            case Fields():
                raise outside(Refusal.OBJECT, ".".join(path) or "$")

    # steps

    def step(self, name: str, kind: Kind, text: str, *, meaning: str) -> None:
        """Write a named expression."""
        said = " ".join(meaning.split())
        self.steps.append(
            {"name": name, "kind": kind.value, "value": text, "meaning": {"zh": said, "en": said}}
        )

    def scalar(self, path: PathParts, value: Lowered, *, active: str, meaning: str) -> Scalar:
        """Write a value, and where it may not be there, a flag that tells."""
        whole, value = value, divided(value)
        value = replace(value, known=tuple(test for test in value.known if not test.divides))
        name = self.name(path)
        if whole.over is not None:
            self.quotients[name] = replace(
                whole, step=name, needs=(), known=(), over=replace(whole.over, needs=())
            )
        flag = self.name((*path, "given")) if value.known else None
        text = or_filler(value)
        if value.needs and not value.nulls:
            text = f"if {all_of(value.needs).text} then {text} else null"
        else:
            self.leaking |= value.leaks
        self.step(name, value.kind, _while(active, text, filler(value.kind)), meaning=meaning)
        if flag is not None:
            known = all_of(value.known).text
            known = f"if {all_of(value.needs).text} then {known} else null" if value.needs else known
            self.step(flag, Kind.BOOLEAN, _while(active, known, "false"), meaning=f"{meaning} (given)")
        return Scalar(name, value.kind, flag)

    def ascii_only(self, value: Lowered) -> Lowered:
        """Take note that the texts behind a value must be ASCII."""
        if not value.text.isascii():
            raise outside(Refusal.FUNCTION, f"a text function of {value.text}: not ASCII")
        self.ascii_inputs |= value.inputs
        self.ascii_all = self.ascii_all or not value.inputs
        return value


def of_scalar(scalar: Scalar) -> Lowered:
    """Return a computed value as an operand."""
    known = (Test(scalar.known, ATOM),) if scalar.known is not None else ()
    return Lowered(text=scalar.name, kind=scalar.kind, known=known, nulls=not known)


def or_filler(value: Lowered) -> str:
    """Return a text that always has a value, where zen would not have raised."""
    if not value.known:
        return value.text
    present = all_of(value.known)
    if present.asks == value.text:
        return f"{value.text} ?? {filler(value.kind)}"
    return f"if {present.text} then {value.text} else {filler(value.kind)}"


def common_kind(kinds: Iterable[Kind], *, what: str) -> Kind:
    """Return the one kind of these; whole numbers and ratios give a ratio."""
    found_kinds = set(kinds)
    if len(found_kinds) == 1:
        return found_kinds.pop()
    if found_kinds and found_kinds <= NUMBERS:
        return Kind.NANO
    raise outside(
        Refusal.KIND_CONFLICT if found_kinds else Refusal.KIND_UNKNOWN,
        f"{what}: {', '.join(sorted(found_kinds))}",
    )


def _while(active: str, text: str, otherwise: str) -> str:
    if not active:
        return text
    inner = f"({text})" if text.startswith("if ") else text
    return f"if {active} then {inner} else {otherwise}"


class CellNames:
    """Where the names of an expression lead: into a context, `$` to a value of its own.

    Args:
        subject: what `$` stands for: an expression in the context, or a context of its own; None: nothing.
    """

    def __init__(self, draft: Draft, context: Context, subject: tree.Expression | Context | None) -> None:
        self._draft = draft
        self._context = context
        self._subject = subject

    def target(self, expression: tree.Expression) -> Context | None:
        """Return what a bare name leads to; None for any other expression."""
        match expression:
            case tree.Path(parts=parts):
                return found(self._context, parts)
            case tree.Reference(parts=parts):
                match self._subject:
                    case tree.Path():
                        return found(self._context, (*self._subject.parts, *parts))
                    case Given() | Scalar() | Rows() | Nothing() | Fields():
                        return found(self._subject, parts)
        return None

    def substituted(self, expression: tree.Reference) -> tree.Expression | None:
        """Return the expression `$` stands for, if it stands for a computed one."""
        subject = self._subject
        if (
            expression.parts
            or subject is None
            or isinstance(subject, Given | Scalar | Rows | Nothing | Fields)
        ):
            return None
        return subject

    def value(self, expression: tree.Path | tree.Reference, *, want: Kind | None) -> Lowered | None:
        """Return what a name stands for; None where nothing is there."""
        target = self.target(expression)
        if target is None:
            raise outside(Refusal.NODE_ACCESS, "$ where nothing is tested")
        return self._draft.operand(target, (), want=want)

    def rows_counted(self, expression: tree.Expression) -> Lowered | None:
        """Return the number of rows of a list a table gave."""
        target = self.target(expression)
        if not isinstance(target, Rows):
            return None
        return Lowered(text=target.count, kind=Kind.INTEGER, tight=CHOICE)

    def ascii_only(self, value: Lowered) -> Lowered:
        """Take note that the texts behind a value must be ASCII."""
        return self._draft.ascii_only(value)
