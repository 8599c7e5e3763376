"""策略试验: one experiment — which arm decided how many, and what the shadows said of the same cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditloop.kernel.errors import UnknownId
from creditloop.risk import read_experiment
from creditloop.service.console.rows import find_table, may_open
from creditloop.service.console.sealed_rows import Choice, counts_by
from creditloop.service.console.strategies import ASSIGNMENTS, VERDICTS
from creditloop.service.console.visit import Page, Visit
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Rows of an experiment that agree in what is `where`; `path` leads to them, None where nobody may."""

    where: Mapping[str, str]
    policy_hash: str | None
    rows: int
    path: str | None


def show_experiment(visit: Visit) -> Page:
    """Show an experiment by the hash of its document, as it stood when it decided."""
    document_hash = visit.path["document_hash"]
    with visit.work() as work:
        assigned = _counted(visit, work, ASSIGNMENTS, document_hash, ("arm",))
        if not assigned:
            raise UnknownId("nobody was decided under this experiment", got=document_hash)
        experiment = read_experiment(work.adopted(document_hash))
        verdicts = _counted(visit, work, VERDICTS, document_hash, ("shadow", "outcome"))
    record = {
        "experiment": experiment,
        "shares": {arm.name: arm.share_nano for arm in experiment.arms},
        "assigned": assigned,
        "verdicts": verdicts,
    }
    trail = [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.strategies"), visit.at("/strategies")),
        (visit.words.pick(experiment.title), None),
    ]
    return Page(template="experiment.html", record=record, trail=trail)


def _counted(visit: Visit, work: Work, name: str, document_hash: str, by: Sequence[str]) -> list[Counted]:
    """Count an experiment's rows of a table by some columns and the text that spoke."""
    table = find_table(work.connection, name)
    choice = Choice(where={"experiment_hash": document_hash})
    found = counts_by(work.connection, table=table, choice=choice, by=(*by, "policy_hash"))
    lines = []
    for (*values, policy_hash), rows in found:
        said = dict(zip([*by, "policy_hash"], [*values, policy_hash], strict=True))
        where = {key: str(value) for key, value in said.items() if value is not None}
        absent = ",".join(key for key in said if key not in where)
        path = visit.at(f"/records/{name}", experiment_hash=document_hash, absent=absent, **where)
        lines.append(
            Counted(
                where=where,
                policy_hash=policy_hash,
                rows=rows,
                path=path if may_open(visit, table) else None,
            )
        )
    return lines
