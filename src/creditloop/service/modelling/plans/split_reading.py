"""Read the parts of a model's plan that say how rows are parted: by folds, by time, by groups of people."""

from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.documents import Node, source_from_node
from creditloop.risk.probes import PsiLimits
from creditloop.service.modelling.plans.plan import (
    AgePlan,
    FairnessPlan,
    NamedColumn,
    SplitPlan,
    TimePlan,
    Words,
)

NANO = 1_000_000_000


def words_from_node(node: Node) -> Words:
    """Read `{zh, en}`."""
    parts = node.mapping(required=["zh", "en"], optional=[])
    return Words(zh=parts["zh"].text(), en=parts["en"].text())


def plan_nano(node: Node, *, least: int, most: int) -> int:
    """Read a decimal as nano, within bounds."""
    value = constant_from_node(node, kind=Kind.NANO)
    if not isinstance(value, int) or not least <= value <= most:
        raise node.fail("out of range", got=node.value, expected=f"{least / NANO:g} .. {most / NANO:g}")
    return value


def named_columns(node: Node) -> tuple[NamedColumn, ...]:
    """Read a list of `{column, meaning}`, each column once."""
    found = dict[str, NamedColumn]()
    for entry in node.items():
        parts = entry.mapping(required=["column", "meaning"], optional=[])
        column = parts["column"].text()
        if column in found:
            raise entry.fail("a column stands twice", got=column)
        found[column] = NamedColumn(column=column, meaning=words_from_node(parts["meaning"]))
    return tuple(found.values())


def split_from_node(node: Node) -> SplitPlan:
    """Read folds and, where there is one, the split by time."""
    parts = node.mapping(required=["folds", "seed", "source"], optional=["time"])
    return SplitPlan(
        folds=parts["folds"].integer(least=2, most=20),
        seed=parts["seed"].integer(least=0, most=2**31 - 1),
        time=_time(parts["time"]) if "time" in parts else None,
        source=source_from_node(parts["source"]),
    )


def _time(node: Node) -> TimePlan:
    parts = node.mapping(required=["column", "until", "psi_yellow", "psi_red", "source"], optional=[])
    yellow = plan_nano(parts["psi_yellow"], least=1, most=10 * NANO)
    red = plan_nano(parts["psi_red"], least=yellow, most=10 * NANO)
    return TimePlan(
        column=parts["column"].text(),
        until=parts["until"].plain(),
        limits=PsiLimits(yellow_nano=yellow, red_nano=red),
        source=source_from_node(parts["source"]),
    )


def fairness_from_node(node: Node) -> FairnessPlan:
    """Read who is protected and the limits treatment is looked at by."""
    required = ["attributes", "approve_share", "impact_ratio_min", "proxy_auc_min", "counted_min", "source"]
    parts = node.mapping(required=required, optional=["age"])
    return FairnessPlan(
        attributes=named_columns(parts["attributes"]),
        age=_age(parts["age"]) if "age" in parts else None,
        approve_share_nano=plan_nano(parts["approve_share"], least=1, most=NANO),
        impact_ratio_min_nano=plan_nano(parts["impact_ratio_min"], least=0, most=NANO),
        proxy_auc_min_nano=plan_nano(parts["proxy_auc_min"], least=NANO // 2, most=NANO),
        counted_min=parts["counted_min"].integer(least=1),
        source=source_from_node(parts["source"]),
    )


def _age(node: Node) -> AgePlan:
    parts = node.mapping(required=["column", "bands"], optional=[])
    starts = tuple(entry.integer(least=1, most=150) for entry in parts["bands"].items())
    if not starts or list(starts) != sorted(set(starts)):
        raise parts["bands"].fail("bands begin at ascending ages", got=parts["bands"].plain())
    return AgePlan(column=parts["column"].text(), starts=starts)
