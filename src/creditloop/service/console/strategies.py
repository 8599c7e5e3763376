"""策略: every strategy published, its live version, its proof, who put it live; and the experiments."""

from collections.abc import Sequence
from dataclasses import dataclass

from creditloop.kernel.storage import Connection
from creditloop.oversight import StateChange, StrategyProof, StrategyVersion, find_proof
from creditloop.service.console.published import LIVE, Strategy, find_strategies
from creditloop.service.console.rows import find_table
from creditloop.service.console.sealed_rows import Choice, counts_by, totals
from creditloop.service.console.visit import Page, Visit

ASSIGNMENTS, VERDICTS = "oversight.strategy_assignment", "oversight.shadow_verdict"
_PROOFS = "oversight.strategy_proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyLine:
    """A strategy on the list: the version shown of it, its proof, and who put it live, if it is."""

    strategy: Strategy
    version: StrategyVersion
    proof: StrategyProof
    live: StateChange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentLine:
    """An experiment that decided somebody: the hash of its document, and how many decisions were assigned."""

    name: str
    document_hash: str
    decisions: int


def show_strategies(visit: Visit) -> Page:
    """List the strategies and the experiments."""
    with visit.reading() as connection:
        lines = [_line(connection, one) for one in find_strategies(connection)]
        experiments = find_experiments(connection)
        proofs = totals(connection, table=find_table(connection, _PROOFS), choice=Choice()).rows
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words("screen.strategies"), None)]
    if not lines and not experiments and not proofs:
        return Page(template="empty.html", record={"why": "strategies.empty"}, trail=trail)
    record = {"lines": lines, "experiments": experiments, "proofs": proofs}
    return Page(template="strategies.html", record=record, trail=trail)


def find_experiments(connection: Connection) -> Sequence[ExperimentLine]:
    """Return the experiments that decided somebody, each text of one by itself."""
    columns = ("experiment", "experiment_hash")
    table = find_table(connection, ASSIGNMENTS)
    found = counts_by(connection, table=table, choice=Choice(), by=columns)
    return [
        ExperimentLine(name=str(name), document_hash=str(document_hash), decisions=rows)
        for (name, document_hash), rows in found
    ]


def change_into(version: StrategyVersion, state: str) -> StateChange | None:
    """Return when a version was put into a state, by whom and why; None if it never was."""
    return next((one for one in version.changes if one.state == state), None)


def _line(connection: Connection, strategy: Strategy) -> StrategyLine:
    version = strategy.shown
    return StrategyLine(
        strategy=strategy,
        version=version,
        proof=find_proof(connection, batch_id=version.proof_batch),
        live=change_into(version, LIVE),
    )
