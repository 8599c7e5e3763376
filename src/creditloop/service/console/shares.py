"""口径: a share opened up — its formula, the numbers it is made of, each leading to its rows, the versions.

Every screen that shows a share leads here. The address names the figure and what it is about; what it is made
of is read again from the records, so it is the figure of that moment and no copy.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from creditloop.admit import decision_counts, find_batch, find_cases
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection
from creditloop.monitor import (
    CLASSES,
    NOT_PERFORMING,
    ClassificationRun,
    Portfolio,
    PortfolioLine,
    find_runs,
    find_warning_runs,
    portfolio,
    warning_counts,
)
from creditloop.service.console.decisions import outcome_totals
from creditloop.service.console.figures import ratio
from creditloop.service.console.rolled import rolls_of
from creditloop.service.console.runs import chosen_run, latest_runs, run_before
from creditloop.service.console.visit import Page, Visit, identifier
from creditloop.service.console.warnings import chosen_warnings, latest_warnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A number a share is made of: what it is, how much, the list it is the sum of."""

    label: str
    value: int
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share opened up.

    Attributes:
        about: what it is a share of, in words.
        counted: what stands above the line, in parts that add up; `whole` what stands below it.
        is_money: whether the parts are amounts in fen; else they are counts.
        versions: words and hash of each document that decided.
        record: the sealed row of the run: table, batch, number; None where there is none.
    """

    about: str
    nano: int | None
    counted: Sequence[Part]
    whole: Sequence[Part]
    is_money: bool
    versions: Sequence[tuple[str, str]]
    record: tuple[str, object, int] | None


def show_share(visit: Visit) -> Page:
    """Show how a share is made."""
    name = visit.path["name"]
    make = SHARES.get(name)
    if make is None:
        raise UnknownId("there is no such figure", got=name)
    action, opened = make
    visit.check(action)
    with visit.reading() as connection:
        share = opened(visit, connection)
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words.of("share", name), None)]
    return Page(template="share.html", record={"name": name, "share": share}, trail=trail)


def _run(visit: Visit, connection: Connection) -> tuple[ClassificationRun, Portfolio]:
    runs = latest_runs(find_runs(connection))
    if not runs:
        raise UnknownId("the book was not classified yet")
    run = chosen_run(runs, visit.query.get("month"))
    return run, portfolio(connection, run=run)


def _of_run(
    visit: Visit,
    run: ClassificationRun,
    *,
    about: str,
    nano: int | None,
    counted: Sequence[Part],
    whole: Sequence[Part],
    is_money: bool = True,
) -> Share:
    words = visit.words
    versions = [
        (words("share_of.days_past_due"), run.delinquency_policy_hash),
        (words("share_of.five_tier"), run.five_tier_policy_hash),
    ]
    return Share(
        about=f"{about} · {run.dates.business_date}",
        nano=nano,
        counted=counted,
        whole=whole,
        is_money=is_money,
        versions=versions,
        record=("monitor.classification_batch", run.batch_id, 0),
    )


def _npl(visit: Visit, connection: Connection) -> Share:
    """Not performing among what is owed, by the regulation's tiers or by the class in force."""
    run, figures = _run(visit, connection)
    by_rule = visit.query.get("by") != "bank"
    lines = figures.regulatory_classes if by_rule else figures.bank_classes
    column = "regulatory_class" if by_rule else "bank_class"
    month = str(run.dates.business_date)
    found = {line.name: line.owed_fen for line in lines}
    parts = [
        Part(
            label=visit.words.of("class", name),
            value=found.get(name, 0),
            href=visit.at("/customers", month=month, **{column: name}),
        )
        for name in CLASSES
        if name in NOT_PERFORMING
    ]
    nano = figures.regulatory_npl_nano if by_rule else figures.bank_npl_nano
    about = visit.words("cockpit.npl_regulatory" if by_rule else "cockpit.npl_bank")
    return _of_run(visit, run, about=about, nano=nano, counted=parts, whole=[_owed(visit, figures)])


def _owed(visit: Visit, figures: Portfolio) -> Part:
    href = visit.at("/customers", month=figures.run.dates.business_date, kind="owing")
    return Part(label=visit.words("cockpit.owed"), value=figures.owed_fen, href=href)


def _utilisation(visit: Visit, connection: Connection) -> Share:
    """What is owed, of the limits granted."""
    run, figures = _run(visit, connection)
    limit = Part(
        label=visit.words("cockpit.limit"),
        value=figures.limit_fen,
        href=visit.at("/customers", month=run.dates.business_date),
    )
    return _of_run(
        visit,
        run,
        about=visit.words("column.utilisation"),
        nano=figures.utilisation_nano,
        counted=[_owed(visit, figures)],
        whole=[limit],
    )


def _bucket(visit: Visit, connection: Connection) -> Share:
    """What a bucket owes, of all that is owed."""
    run, figures = _run(visit, connection)
    line = _line(figures.buckets, visit.query.get("bucket", ""))
    part = Part(
        label=visit.words.of("bucket", line.name),
        value=line.owed_fen,
        href=visit.at("/customers", month=run.dates.business_date, bucket=line.name),
    )
    nano = ratio(line.owed_fen, figures.owed_fen)
    about = visit.words.of("bucket", line.name)
    return _of_run(visit, run, about=about, nano=nano, counted=[part], whole=[_owed(visit, figures)])


def _line(lines: Sequence[PortfolioLine], name: str) -> PortfolioLine:
    found = next((line for line in lines if line.name == name), None)
    if found is None:
        raise UnknownId("nobody is in this bucket", got=name)
    return found


def _roll(visit: Visit, connection: Connection) -> Share:
    """Who went from one state of lateness to another, of all who began there."""
    runs = latest_runs(find_runs(connection))
    run = chosen_run(runs, visit.query.get("month"))
    before = run_before(runs, run)
    begun, ended = visit.query.get("from_state", ""), visit.query.get("to_state", "")
    cells = [] if before is None else rolls_of(connection, before=before, after=run).cells
    found = next((one for one in cells if (one.from_state, one.to_state) == (begun, ended)), None)
    if found is None:
        raise UnknownId("nobody moved so", got=f"{begun} → {ended}")
    month = str(run.dates.business_date)
    parts = {
        one: Part(
            label=visit.words.of("roll_state", one.to_state),
            value=one.customers,
            href=visit.at("/rolled", month=month, from_state=begun, to_state=one.to_state),
        )
        for one in cells
        if one.from_state == begun
    }
    return _of_run(
        visit,
        run,
        about=f"{visit.words.of('roll_state', begun)} → {visit.words.of('roll_state', ended)}",
        nano=found.share_nano,
        counted=[parts[found]],
        whole=list(parts.values()),
        is_money=False,
    )


def _level(visit: Visit, connection: Connection) -> Share:
    """Who was warned of at a level, of all who were judged."""
    runs = latest_warnings(find_warning_runs(connection))
    if not runs:
        raise UnknownId("nobody was warned of yet")
    run = chosen_warnings(runs, visit.query.get("month"))
    level = visit.query.get("level", "")
    number = warning_counts(connection, batch_id=run.batch_id).levels.get(level, 0)
    month = str(run.dates.business_date)
    counted, judged = (
        Part(
            label=visit.words.of("level", level),
            value=number,
            href=visit.at("/warnings", month=month, level=level),
        ),
        Part(
            label=visit.words("share_of.judged"),
            value=run.evaluated,
            href=visit.at("/records/monitor.classification", batch=run.versions.classification_batch),
        ),
    )
    return Share(
        about=f"{visit.words.of('level', level)} · {month}",
        nano=ratio(number, run.evaluated),
        counted=[counted],
        whole=[judged],
        is_money=False,
        versions=[
            (visit.words("warnings.policy"), run.versions.policy_hash),
            (visit.words("decision.features"), run.versions.features_hash),
        ],
        record=("monitor.warning_batch", run.batch_id, 0),
    )


def _outcome(visit: Visit, connection: Connection) -> Share:
    """Who was decided so, of all who were decided about."""
    batch_id = identifier(visit.query.get("batch", ""), what="run of decisions")
    batch = find_batch(connection, batch_id=batch_id)
    if batch is None:
        raise UnknownId("there is no such run of decisions", got=batch_id)
    outcome = visit.query.get("outcome", "")
    number = outcome_totals(decision_counts(connection, batch_id=batch_id)).get(outcome, 0)
    counted, decided = (
        Part(
            label=visit.words.of("outcome", outcome),
            value=number,
            href=visit.at("/decisions", batch=batch_id, outcome=outcome),
        ),
        Part(
            label=visit.words("share_of.decided"),
            value=batch.decided,
            href=visit.at("/decisions", batch=batch_id),
        ),
    )
    versions = (("policy", batch.policy_hash), ("card", batch.card_hash), ("plan", batch.plan_hash))
    return Share(
        about=f"{visit.words.of('outcome', outcome)} · {batch.dates.business_date}",
        nano=ratio(number, batch.decided),
        counted=[counted],
        whole=[decided],
        is_money=False,
        versions=[(visit.words(f"decision.{name}"), text) for name, text in versions],
        record=("admit.decision_batch", batch_id, 0),
    )


def _override(visit: Visit, connection: Connection) -> Share:
    """Who was decided otherwise than proposed, of the closed cases with a proposal."""
    cases = [one for one in find_cases(connection, closed=True) if one.overrides is not None]
    overridden = sum(one.overrides is True for one in cases)
    counted, proposed = (
        Part(
            label=visit.words.of("case_state", state),
            value=number,
            href=visit.at("/reviews", state=state),
        )
        for state, number in (("overridden", overridden), ("proposed", len(cases)))
    )
    mandates = sorted({one.case.mandates_hash for one in cases})
    return Share(
        about=visit.words("reviews.override_rate"),
        nano=ratio(overridden, len(cases)),
        counted=[counted],
        whole=[proposed],
        is_money=False,
        versions=[(visit.words("reviews.mandate"), one) for one in mandates],
        record=None,
    )


SHARES: Mapping[str, tuple[str, Callable[[Visit, Connection], Share]]] = {
    "npl": ("see_overview", _npl),
    "utilisation": ("see_overview", _utilisation),
    "bucket": ("see_overview", _bucket),
    "roll": ("see_overview", _roll),
    "level": ("see_overview", _level),
    "outcome": ("see_overview", _outcome),
    "override": ("see_reviews", _override),
}
"""Every share by name: what must be allowed to see it, and how it is opened."""
