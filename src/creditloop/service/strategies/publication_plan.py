"""The plan by which a bank's strategies are published (策略发布计划): which, from when, how far proven."""

from dataclasses import dataclass
from datetime import date

from creditloop.kernel.documents import Document, source_from_node
from creditloop.oversight import StrategyVersion
from creditloop.service.strategies.publishing import publish_strategy, put_strategy
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyPlan:
    """Which strategies are published, by whom, and who puts them live.

    Attributes:
        strategies: their documents, from the bank's folder.
        rows, seed: of the random rows of each proof.
        simulated: the people are made up.
    """

    document: Document
    product: str
    effective_from: date
    published_by: str
    live_by: str
    simulated: bool
    reason: str
    live_reason: str
    rows: int
    seed: int
    strategies: tuple[str, ...]


def read_strategy_plan(document: Document) -> StrategyPlan:
    """Read a plan.

    Raises: PolicyError naming file, line and field.
    """
    keys = ["plan", "title", "product", "effective_from", "published_by", "live_by", "reason", "proof"]
    entries = document.root.mapping(required=[*keys, "strategies"], optional=["simulated"])
    entries["plan"].text(among=["strategies"])
    entries["title"].mapping(required=["zh", "en"], optional=[])
    reason = entries["reason"].mapping(required=["publish", "live"], optional=[])
    proof = entries["proof"].mapping(required=["rows", "seed", "source"], optional=[])
    source_from_node(proof["source"])
    return StrategyPlan(
        document=document,
        product=entries["product"].text(),
        effective_from=entries["effective_from"].day(),
        published_by=entries["published_by"].text(),
        live_by=entries["live_by"].text(),
        simulated=entries["simulated"].boolean() if "simulated" in entries else False,
        reason=reason["publish"].text(),
        live_reason=reason["live"].text(),
        rows=proof["rows"].integer(least=0),
        seed=proof["seed"].integer(least=0),
        strategies=tuple(node.text() for node in entries["strategies"].items()),
    )


def publish_by_plan(work: Work, *, plan: StrategyPlan) -> tuple[StrategyVersion, ...]:
    """Publish the plan's strategies and put them live; a repeat finds the first.

    Raises: what `publish_strategy` and `put_strategy` raise.
    """
    work.adopt(plan.document, kind="plan")
    found = []
    for path in plan.strategies:
        version = publish_strategy(
            work,
            file=work.places.documents / path,
            effective_from=plan.effective_from,
            by=plan.published_by,
            reason=plan.reason,
            rows=plan.rows,
            seed=plan.seed,
            simulated=plan.simulated,
        )
        if version.state == "published":
            version = put_strategy(
                work,
                version_id=version.batch_id,
                state="live",
                by=plan.live_by,
                reason=plan.live_reason,
                simulated=plan.simulated,
            )
        found.append(version)
    return tuple(found)
