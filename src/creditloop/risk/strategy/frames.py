"""Judge a whole frame by a document's program: its columns, in the order of the document (批量判断)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from creditloop.formula import Program, State, match_code
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.risk.strategy.bulk import program_columns
from creditloop.risk.strategy.outputs import PolicyOutput
from creditloop.risk.strategy.space import REFERS
from creditloop.risk.strategy.steps import (
    DecidingStep,
    ExpressionStep,
    LimitStep,
    PolicyStep,
    ScorecardStep,
    StrategyRule,
    SubStrategyStep,
    SwitchStep,
    TableStep,
    all_steps,
    deciding_steps,
    own_step,
)
from creditloop.risk.tables import HitPolicy

Path = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the answer, and the steps of the program it is made of."""

    name: str
    made: pl.Expr
    of: tuple[str, ...]


def judged_columns(
    frame: pl.LazyFrame,
    *,
    program: Program,
    steps: Sequence[PolicyStep],
    outputs: Mapping[str, PolicyOutput],
    chosen: Sequence[str] | None,
    rules: Sequence[StrategyRule],
    refers: bool,
    target: str,
) -> pl.LazyFrame:
    """Return the frame with the policy's columns; see `Policy.judge_frame`."""
    if chosen is not None and (unknown := [name for name in chosen if name not in outputs]):
        raise UnknownId("the policy has no such output", got=unknown[0], expected=[*outputs])
    columns = list(_columns(steps, outputs))
    if chosen is not None:
        columns = _only(columns, chosen, outputs)
    columns += _rule_columns(rules, steps)
    columns += [refers_column(steps)] if refers else []
    own = frame.collect_schema().names()
    if taken := sorted({column.name for column in columns} & set(own)):
        raise InputError("the frame has columns of names the policy gives", got=taken)
    asked = list(dict.fromkeys(step for column in columns for step in column.of))
    computed = program_columns(program, frame, steps=asked, target=target)
    return computed.select(*own, *(column.made.alias(column.name) for column in columns))


def refers_column(steps: Sequence[PolicyStep]) -> Column:
    """Return whether any part of the policy that is reached leaves the case to a person, as `refers`."""
    states = [_state(step.path, own_step(step), REFERS) for step in deciding_steps(steps)]
    made = pl.any_horizontal([state.made != State.OK.value for state in states]) if states else pl.lit(False)
    return Column(name=REFERS, made=made, of=tuple(name for state in states for name in state.of))


def state_columns(steps: Sequence[PolicyStep]) -> tuple[str, ...]:
    """Return the columns that are not 0 where a step that decides, or what is handed out, refers."""
    return tuple(_state_name(step) for step in deciding_steps(steps))


def _columns(steps: Sequence[PolicyStep], outputs: Mapping[str, PolicyOutput]) -> Iterator[Column]:
    """Give the columns in order: of every step what it says, of the document's own what it gives."""
    own = {id(step) for step in steps}
    for step in all_steps(steps):
        match step:
            case ExpressionStep():
                yield from _expression_columns(step, own=id(step) in own)
            case TableStep():
                yield from _table_columns(step, outputs, own=id(step) in own)
            case ScorecardStep():
                yield _state(step.path, step.step, _state_name(step))
                if id(step) in own:
                    yield _value(step.output, step.step)
            case LimitStep():
                yield _state(step.path, step.step, _state_name(step))
                if id(step) in own:
                    yield _value(step.name, step.step)
            case SwitchStep():
                yield _state(step.path, step.taken, _state_name(step))
            case _:
                pass
        if isinstance(step, SubStrategyStep) and id(step) in own:
            yield from (_value(name, given) for name, given in step.gives.items())
    for step in steps:
        if isinstance(step, SwitchStep):
            yield from (_value(name, given) for name, given in step.gives.items())


def _expression_columns(step: ExpressionStep, *, own: bool) -> Iterator[Column]:
    if own:
        yield _value(step.name, step.step)
    elif step.handed_out:
        yield _state(step.path, step.step, _state_name(step))


def _state_name(step: DecidingStep) -> str:
    """Return the column that tells whether a step decides; of an expression as its own program names it."""
    match step:
        case ExpressionStep():
            return f"{step.step}__state"
        case LimitStep():
            return f"{step.step}_state"
        case _:
            return f"{step.id}_state"


def _value(name: str, step: str) -> Column:
    return Column(name=name, made=pl.col(step), of=(step,))


def _table_columns(step: TableStep, outputs: Mapping[str, PolicyOutput], *, own: bool) -> Iterator[Column]:
    table, reached = step.table, _reached(step.path)
    taken = tuple(switch for switch, _ in step.path)
    for mark, told in zip(table.marks, step.matched, strict=True):
        made = pl.when(reached).then(pl.col(told))
        yield Column(name=f"{step.id}_{mark}", made=made, of=(told, *taken))
    if table.hit_policy is HitPolicy.FIRST:
        row = pl.when(reached).then(table.row_column(step.names.__getitem__))
        yield Column(name=f"{step.id}_row", made=row, of=(*step.matched, *taken))
    state = _state(step.path, step.decided, _state_name(step))
    yield state
    for output in table.outputs:
        if output.collect and output.name in outputs and outputs[output.name].table == step.id:
            made = pl.when(reached & (state.made == State.OK.value)).then(
                table.output_column(output, step.names.__getitem__)
            )
            cells = [row.cells[output.name] for row in step.rows]
            cells += [step.otherwise.cells[output.name]] if step.otherwise is not None else []
            yield Column(name=output.name, made=made, of=(*step.masks, *cells, *state.of))
        elif own and not output.collect:
            yield _value(output.name, step.gives[output.name])


def _reached(path: Path) -> pl.Expr:
    """Whether every switch on the way has taken the branch; false where one could not tell."""
    tests = [(pl.col(taken) == ordinal).fill_null(value=False) for taken, ordinal in path]
    return pl.all_horizontal(tests) if tests else pl.lit(True)


def _state(path: Path, step: str, name: str) -> Column:
    """Return the state of a step where it is reached; of the switch that could not tell; else 0."""
    made = pl.col(f"{step}__state")
    for taken, ordinal in reversed(path):
        told = pl.col(f"{taken}__state")
        made = (
            pl.when(told != State.OK.value)
            .then(told)
            .when(pl.col(taken) == ordinal)
            .then(made)
            .otherwise(pl.lit(State.OK.value, pl.UInt8))
        )
    return Column(name=name, made=made, of=(step, *(taken for taken, _ in path)))


def _rule_columns(rules: Sequence[StrategyRule], steps: Sequence[PolicyStep]) -> Iterator[Column]:
    paths = {step.id: step.path for step in all_steps(steps) if isinstance(step, TableStep)}
    for rule in rules:
        path = paths[rule.table]
        code = match_code(rule.condition_step)
        made = pl.when(_reached(path)).then(code) if path else code
        of = (rule.condition_step, *(taken for taken, _ in path))
        yield Column(name=f"rule__{rule.table}__{rule.row}", made=made, of=of)


def _only(
    columns: Sequence[Column], chosen: Sequence[str], outputs: Mapping[str, PolicyOutput]
) -> list[Column]:
    """Keep the outputs asked for, and what the tables that give them say."""
    tables = [outputs[name].table for name in chosen if outputs[name].table is not None]
    kept = {*chosen, *(f"{table}_{part}" for table in tables for part in ("matched", "row", "state"))}
    kept |= {f"{name}_state" for name in chosen}
    return [column for column in columns if column.name in kept]
