"""A study of the results as it is asked: which cards are fitted, which plain rules they are set beside.

`examples/results/<set>/study.yaml` names the documents: the table, the plan of the backtest, the strategy and
the rules. What the table calls protected may be read by a rule that repeats an earlier one, never by a
strategy or a card.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.results_table import NANO, Table, Words, read_table, words

from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import InputError
from creditloop.risk import Direction, FitSettings, Policy, read_policy, settings_from_node
from creditloop.risk.backtest import BacktestPlan, number_text, proposed_policy, read_backtest_plan

CUTOFF = "score_min"
"""The number of a strategy that the optimiser moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPlan:
    """A card to be fitted: its name, its title, and the direction of each feature."""

    name: str
    title: Words
    directions: Mapping[str, Direction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A plain rule that was written down first; `before` is what was published for one of its description."""

    policy: Policy
    before: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What `examples/results/<set>/study.yaml` asks, with all the documents it names."""

    name: str
    title: Words
    product: str
    table: Table
    plan: BacktestPlan
    strategy: Document
    fit_share_nano: int
    cautions: tuple[Words, ...]
    cards: tuple[CardPlan, ...]
    settings: FitSettings
    rules: tuple[Rule, ...]


def read_study(folder: Path, *, find: Callable[[Path], Document]) -> Study:
    """Read a study and every document it names.

    Raises: PolicyError naming file, line and field; InputError if a strategy or card reads what is protected.
    """
    required = [
        "study",
        "title",
        "product",
        "table",
        "plan",
        "fit_share",
        "cautions",
        "cards",
        "fit",
        "baselines",
    ]
    parts = find(folder / "study.yaml").root.mapping(required=required, optional=[])
    table = read_table(find(folder / parts["table"].text()))
    plan = read_backtest_plan(find(folder / parts["plan"].text()))
    study = Study(
        name=parts["study"].text(),
        title=words(parts["title"]),
        product=parts["product"].text(),
        table=table,
        plan=plan,
        strategy=find(folder / "strategy.yaml"),
        fit_share_nano=_share(parts["fit_share"]),
        cautions=tuple(words(node) for node in parts["cautions"].items()),
        cards=tuple(_card_plan(node) for node in parts["cards"].items()),
        settings=settings_from_node(parts["fit"]),
        rules=tuple(_rule(node, folder, plan, find) for node in parts["baselines"].items()),
    )
    _check_protected(study)
    return study


def strategy_at(study: Study, cutoff: int) -> Policy:
    """Read the study's strategy as the optimiser would propose it, with this cut-off."""
    wanted = study.plan.optimise
    assert wanted is not None, "checked when the study is measured"
    return proposed_policy(
        study.strategy,
        values={CUTOFF: number_text(cutoff, Kind.INTEGER)},
        effective_from=wanted.effective_from,
        source=f"proposed by optimise: {study.plan.name}",
    )


def _check_protected(study: Study) -> None:
    protected = {entry.name for entry in study.table.columns if entry.protected}
    strategy = read_policy(study.strategy, rules_as_of=study.plan.rules_as_of)
    read = {entry.name for entry in strategy.inputs} | {
        name for one in study.cards for name in one.directions
    }
    behind = {step.name: step.text for step in study.table.computed if step.name in read}
    read |= {name for name in protected for text in behind.values() if name in text}
    if found := sorted(protected & read):
        raise InputError("a strategy or a card reads what is protected", got=found, expected="none of them")


def _card_plan(node: Node) -> CardPlan:
    parts = node.mapping(required=["name", "title", "features"], optional=[])
    directions = {
        name: Direction(one.text(among=[direction.value for direction in Direction]))
        for name, one in parts["features"].mapping().items()
    }
    return CardPlan(name=parts["name"].text(), title=words(parts["title"]), directions=directions)


def _rule(node: Node, folder: Path, plan: BacktestPlan, find: Callable[[Path], Document]) -> Rule:
    parts = node.mapping(required=["policy"], optional=["before"])
    before = (
        parts["before"].mapping(required=["approved", "bad_rate"], optional=[]) if "before" in parts else {}
    )
    document = find(folder / "baselines" / f"{parts['policy'].text()}.yaml")
    return Rule(
        policy=read_policy(document, rules_as_of=plan.rules_as_of),
        before={f"{name}_nano": _share(value) for name, value in before.items()},
    )


def _share(node: Node) -> int:
    value = constant_from_node(node, kind=Kind.NANO)
    if not isinstance(value, int) or not 0 < value < NANO:
        raise node.fail("a share is above 0 and below 1", got=node.value)
    return value
