"""Answer a case by an imported graph: JSON in, JSON out (逐案执行).

Numbers come in as JSON numbers and are read exactly, to nine places; more refer. They go out as JSON
numbers: whole ones as integers, ratios as the nearest double of their nine places. Null and absent are one,
as in JDM.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from creditloop.formula import NANO, NANO_DECIMALS, Kind, PythonFunction, Result, State
from creditloop.risk.jdm.contexts import Context, Fields, Given, Nothing, PathParts, Rows, Scalar
from creditloop.risk.jdm.drafting import DraftInput
from creditloop.risk.jdm.joining import Incoming
from creditloop.risk.jdm.kinds import value_at
from creditloop.risk.jdm.schema import schema_faults
from creditloop.risk.policy import Policy
from creditloop.risk.strategy.steps import deciding_steps, own_step

Results = Mapping[str, Result]
_ADJUSTED_MOST = 20
"""The place of a number's first digit; one that lies further left does not fit 64 bits."""
_TRIMMED_BY_ZEN = frozenset("\v\f")
"""White space of ASCII that zen's `trim` takes away and ours does not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an imported graph says of a case.

    Attributes:
        output: what the graph puts out; None where the case refers.
        refers: why it refers: what could not be evaluated, or what the case has and must not have.
    """

    output: object
    refers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedGraph:
    """A decision graph taken over.

    Attributes:
        text: our document, in YAML; `policy` is it as read.
        inputs: where a case has each input, and its kind.
        results: what comes out, by the branch it comes out of.
        schema: what the graph asks of a case, as JSON schema.
        closed: paths a case must not have; `objects` those at which it must have an object or nothing.
        apart: pairs of paths at which it must not have two objects.
        ascii_inputs: inputs whose text must be ASCII, without the white space that only zen trims.
        function: the policy's program, executed.
    """

    text: str
    policy: Policy
    inputs: tuple[DraftInput, ...]
    results: tuple[Incoming, ...]
    schema: Mapping[str, object]
    closed: tuple[PathParts, ...]
    objects: tuple[PathParts, ...] = ()
    apart: tuple[tuple[PathParts, PathParts], ...] = ()
    ascii_inputs: frozenset[str]
    function: PythonFunction

    def row(self, context: Mapping[str, object]) -> dict[str, object]:
        """Return a case as a row of the policy; what cannot be read as its kind is broken and refers."""
        return {entry.name: self._read(entry, value_at(context, entry.path)) for entry in self.inputs}

    def _read(self, entry: DraftInput, value: object) -> object:
        if isinstance(value, str) and entry.name in self.ascii_inputs and not _agrees(value):
            return _BROKEN
        return read_value(value, entry.kind)

    def evaluate(self, context: Mapping[str, object]) -> Answer:
        """Answer one case; what no node reads passes through untouched."""
        faults = list(schema_faults(self.schema, context))
        faults += self._misplaced(context)
        results = self.function(self.row(context))
        if refers := (*faults, *self._failed(results)):
            return Answer(None, refers)
        output: object = {}
        for result in self.results:
            if _runs(result, results):
                rendered = self._rendered(result.context, context, results)
                output = _merged(output, rendered if rendered is not None else {})
        return Answer(output)

    def _misplaced(self, context: Mapping[str, object]) -> Iterator[str]:
        """Give what a case has where the graph does not take it as zen does."""
        for path in self.closed:
            if value_at(context, path) is not None:
                yield f"{'.'.join(path)} must not be given"
        for path in self.objects:
            value = value_at(context, path)
            if value is not None and not isinstance(value, Mapping):
                yield f"{'.'.join(path)} must be an object"
        for pair in self.apart:
            if all(isinstance(value_at(context, path), Mapping) for path in pair):
                names = " and ".join(".".join(path) or "what is over it" for path in pair)
                yield f"{names} must not both be objects"

    def _failed(self, results: Results) -> list[str]:
        """Return the steps that must have a value and have none: named ones, what decides where reached."""
        decided = [
            own_step(step)
            for step in deciding_steps(self.policy.steps)
            if all(results[taken].value == ordinal for taken, ordinal in step.path)
        ]
        names = dict.fromkeys([*self.policy.expression_names, *decided])
        return [
            f"{name}: {State(results[name].state).name.lower()}"
            for name in names
            if results[name].state != State.OK
        ]

    # putting out

    def _rendered(self, context: Context, case: Mapping[str, object], results: Results) -> object:
        match context:
            case Given(path=path):
                return value_at(case, path)
            case Scalar(name=name, kind=kind, known=known):
                given = True if known is None else results[known].value is True
                return json_value(results[name].value, kind) if given else None
            case Rows():
                return self._listed(context, results)
            case Nothing():
                return None
            case Fields(base=base, entries=entries):
                under = value_at(case, base.path) if base is not None else None
                fields: dict[str, object] = dict(under) if isinstance(under, Mapping) else {}
                for key, inner in entries:
                    value = self._rendered(inner, case, results)
                    fields.pop(key, None)
                    fields |= {key: value} if value is not None else {}
                nothing = bool(entries) and not fields and not isinstance(under, Mapping)
                return None if nothing else fields

    def _listed(self, rows: Rows, results: Results) -> object:
        step = next(table for table in self.policy.table_steps if table.id == rows.table)
        kinds = {output.name: output.kind for output in step.table.outputs}
        matched = [each for each in enumerate(step.rows) if results[str(each[1].condition)].value is True]
        if not matched and rows.nothing_if_empty:
            return None
        listed: list[object] = []
        for place, row in matched:
            values: dict[str, object] = {}
            for field in rows.fields:
                flag = row.cells[field.known] if field.known is not None else None
                if flag is None or results[flag].value is True:
                    value = json_value(results[row.cells[field.output]].value, kinds[field.output])
                    _put(values, field.path or ("",), value)
                elif not field.path and place not in field.left_empty:
                    values[""] = None  # the cell is there and gives nothing
            listed += [values] if any(field.path for field in rows.fields) else values.values()
        return listed


class _Broken:
    """A value of no kind: the program refers what reads it."""


_BROKEN = _Broken()


def read_value(value: object, kind: Kind) -> object:
    """Read a JSON value as a kind; what is not of it stays as it is, or is made a broken input."""
    if value is None:
        return None
    if kind in {Kind.INTEGER, Kind.NANO}:
        return _whole(value, NANO if kind is Kind.NANO else 1)
    if kind is Kind.DATE:
        return _day(value)
    return value


def _whole(value: object, scale: int) -> object:
    """Return a number in parts of a scale, exactly; broken if it is none, or lies between two."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return _BROKEN
    exact = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite() or exact.adjusted() > _ADJUSTED_MOST:
        return _BROKEN
    scaled = Fraction(exact) * scale
    return scaled.numerator if scaled.denominator == 1 else _BROKEN


def _agrees(text: str) -> bool:
    """Whether text functions say the same of a text here and in zen."""
    return text.isascii() and not _TRIMMED_BY_ZEN & set(text)


def _day(value: object) -> object:
    try:
        return (
            date.fromisoformat(value)
            if isinstance(value, str) and len(value) == len("2000-01-01")
            else _BROKEN
        )
    except ValueError:
        return _BROKEN


def json_value(value: object, kind: Kind) -> object:
    """Return a value as JSON writes it; a date as the midnight zen writes."""
    if kind is Kind.NANO and isinstance(value, int):
        return value // NANO if value % NANO == 0 else float(Decimal(value).scaleb(-NANO_DECIMALS))
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    return value


def _runs(result: Incoming, results: Results) -> bool:
    steps = result.activity.steps
    return not steps or any(results[step].value is True for step in steps)


def _merged(under: object, over: object) -> object:
    if not isinstance(under, Mapping) or not isinstance(over, Mapping) or not under:
        return over
    merged = dict(under)
    for key, value in over.items():
        merged[key] = _merged(merged.get(key), value)
    return merged


def _put(fields: dict[str, object], path: Sequence[str], value: object) -> None:
    for part in path[:-1]:
        inner = fields.setdefault(part, {})
        assert isinstance(inner, dict), "outputs of a row do not lie inside each other"
        fields = inner
    fields[path[-1]] = value
