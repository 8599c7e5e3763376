"""Read the plan of a backtest (回测方案) from its document; every number in it is dated and sourced."""

from collections.abc import Mapping, Sequence

from creditloop.formula import Input, Kind, Program, Step, compile_program, inputs_from_node
from creditloop.kernel.documents import Document, Node
from creditloop.risk.backtest.counts import CELL, ROWS, SUMS
from creditloop.risk.backtest.numbers import number_named, whole
from creditloop.risk.backtest.plan import (
    AMOUNT,
    KNOWN,
    LOSS,
    PROFIT,
    Assumption,
    BacktestPlan,
    DecisionPlan,
    OutcomePlan,
    Population,
    ScorePlan,
)
from creditloop.risk.backtest.search_reading import search_from_node
from creditloop.risk.parameters import DatedParameter, parameters_from_node

_REQUIRED = ("backtest", "title", "rules_as_of", "cases", "strategy", "outcome", "decision", "bootstrap")
_MORE = (
    *("simulated", "challenger", "columns", "month", "segments", "parameters", "money", "score"),
    *("assumptions", "optimise"),
)
_FORMULAS = (AMOUNT, LOSS, PROFIT)


def read_backtest_plan(document: Document) -> BacktestPlan:
    """Read a plan; see docs/backtest.md for its keys.

    Raises: PolicyError naming file, line and field: a key that is missing or unknown, a formula that is not
        well formed, a number without source or not in force on `rules_as_of`, one that nobody named.
    """
    parts = document.root.mapping(required=[*_REQUIRED], optional=_MORE)
    title = parts["title"].mapping(required=["zh", "en"], optional=[])
    cases = parts["cases"].mapping(required=["path", "key"], optional=[])
    rules_as_of = parts["rules_as_of"].day()
    numbers = parameters_from_node(parts["parameters"], on=rules_as_of) if "parameters" in parts else {}
    columns = inputs_from_node(parts["columns"]) if "columns" in parts else ()
    bootstrap = parts["bootstrap"].mapping(required=["draws", "seed"], optional=[])
    _check_dimensions(parts)
    return BacktestPlan(
        document=document,
        name=parts["backtest"].text(),
        title_zh=title["zh"].text(),
        title_en=title["en"].text(),
        simulated="simulated" in parts and parts["simulated"].boolean(),
        rules_as_of=rules_as_of,
        cases_path=cases["path"].text(),
        key=cases["key"].text(),
        strategy_path=parts["strategy"].text(),
        challenger_path=parts["challenger"].text() if "challenger" in parts else None,
        outcome=_outcome(parts["outcome"], columns=columns, numbers=tuple(numbers.values())),
        decision=_decision(parts["decision"]),
        columns=columns,
        month=parts["month"].text() if "month" in parts else None,
        segments=_texts(parts["segments"]) if "segments" in parts else (),
        numbers=tuple(numbers.values()),
        formulas=_formulas(parts["money"]) if "money" in parts else (),
        score=_score(parts["score"]) if "score" in parts else None,
        assumptions=_assumptions(parts.get("assumptions"), numbers),
        draws=bootstrap["draws"].integer(least=100, most=100_000),
        seed=bootstrap["seed"].integer(least=0),
        optimise=search_from_node(parts["optimise"], numbers=numbers) if "optimise" in parts else None,
    )


def _check_dimensions(parts: Mapping[str, Node]) -> None:
    """Refuse a column that figures are told by twice, or that is called as what is counted."""
    nodes = [parts["month"]] if "month" in parts else []
    nodes += parts["segments"].items() if "segments" in parts else []
    taken = {CELL, ROWS, *(f"{name}_{place}" for name in SUMS for place in range(2))}
    for node in nodes:
        if (name := node.text()) in taken:
            raise node.fail("figures cannot be told by a column of this name", got=name)
        taken.add(name)


def _outcome(node: Node, *, columns: Sequence[Input], numbers: Sequence[DatedParameter]) -> OutcomePlan:
    parts = node.mapping(required=["column", "bad", "population"], optional=["bad_is", "known_when"])
    meaning = parts["bad"].mapping(required=["zh", "en"], optional=[])
    population = parts["population"].text(among=[kind.value for kind in Population])
    return OutcomePlan(
        column=parts["column"].text(),
        bad_is="bad_is" not in parts or parts["bad_is"].boolean(),
        zh=meaning["zh"].text(),
        en=meaning["en"].text(),
        known_when=_condition(parts["known_when"], columns, numbers) if "known_when" in parts else None,
        population=Population(population),
    )


def _condition(node: Node, columns: Sequence[Input], numbers: Sequence[DatedParameter]) -> Program:
    step = Step(KNOWN, node.text(), node.where, Kind.BOOLEAN)
    return compile_program(inputs=columns, steps=[step], parameters=[number.parameter for number in numbers])


def _decision(node: Node) -> DecisionPlan:
    parts = node.mapping(required=["output", "approves", "declines"], optional=["refers", "declining_tables"])
    words = {
        name: _texts(parts[name]) if name in parts else () for name in ("approves", "refers", "declines")
    }
    told = [word for listed in words.values() for word in listed]
    if twice := sorted({word for word in told if told.count(word) > 1}):
        raise node.fail("a word of the decision means one thing", got=twice, expected="each word once")
    return DecisionPlan(
        output=parts["output"].text(),
        **words,
        declining_tables=_texts(parts["declining_tables"]) if "declining_tables" in parts else (),
    )


def _score(node: Node) -> ScorePlan:
    parts = node.mapping(required=["column"], optional=["step"])
    step = parts["step"].integer(least=1) if "step" in parts else 1
    return ScorePlan(column=parts["column"].text(), step=step)


def _formulas(node: Node) -> tuple[Step, ...]:
    """Read the formulas; whether they compile is known with the strategy, see `money_program`."""
    parts = node.mapping(required=_FORMULAS, optional=[])
    return tuple(Step(name, parts[name].text(), parts[name].where, Kind.MONEY) for name in _FORMULAS)


def _assumptions(node: Node | None, numbers: Mapping[str, DatedParameter]) -> tuple[Assumption, ...]:
    """Read the names of the multipliers; none may be below 0."""
    found = []
    for entry in node.items() if node is not None else ():
        number = number_named(entry, numbers=numbers, kinds=[Kind.NANO])
        if whole(number) < 0:
            raise entry.fail("a bad rate is multiplied by a number from 0 on", got=whole(number))
        found.append(Assumption(number=number, multiplier_nano=whole(number)))
    return tuple(found)


def _texts(node: Node) -> tuple[str, ...]:
    return tuple(entry.text() for entry in node.items())
