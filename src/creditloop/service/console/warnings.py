"""预警处置: a month's warnings by level and signal, with the measures suggested and the rule that decided."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from creditloop.kernel.errors import UnknownId
from creditloop.monitor import (
    WARNING_LEVELS,
    WARNING_REFERRED,
    WarningCounts,
    WarningRun,
    find_warning_runs,
    find_warnings,
    warning_counts,
)
from creditloop.risk import Policy, ReasonCode
from creditloop.service.compiled import compiled_policy
from creditloop.service.console.charts import Bar, bars
from creditloop.service.console.figures import count
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.visit import Page, Visit
from creditloop.service.work import Work

LEVELS = (*WARNING_LEVELS, WARNING_REFERRED)
SIGNALS_DRAWN = 10
"""Signals in the picture; all of them stand with their numbers in the filter."""
_COLUMNS = ("party_id", "level", "level_rule", "risk", "signals", "measures")


def show_warnings(visit: Visit) -> Page:
    """Show the warnings of the month asked for, or of the last."""
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words("screen.warnings"), None)]
    chosen = {name: visit.query.get(name) or None for name in ("level", "signal", "measure")}
    asked = paging(visit)
    with visit.work() as work:
        runs = latest_warnings(find_warning_runs(work.connection))
        if not runs:
            return Page(template="empty.html", record={"why": "warnings.empty"}, trail=trail)
        run = chosen_warnings(runs, visit.query.get("month"))
        counts = warning_counts(work.connection, batch_id=run.batch_id)
        found = find_warnings(
            work.connection, batch_id=run.batch_id, level=chosen["level"], signal=chosen["signal"]
        )
        if chosen["measure"]:
            found = tuple(one for one in found if chosen["measure"] in one.measures)
        rows = found[asked.skip : asked.skip + ON_A_PAGE]
        texts = warning_texts(work, run)
        visit.log_read(
            work,
            package="creditloop.monitor",
            table="monitor.warning",
            columns=_COLUMNS,
            parties_count=len(rows),
        )
    record = {
        "runs": runs,
        "run": run,
        "counts": counts,
        "levels": LEVELS,
        "chosen": chosen,
        "rows": rows,
        "total": len(found),
        "page": asked.page,
        "pages": asked.pages(len(found)),
        "texts": texts,
        "pictures": _pictures(visit, run, counts, texts),
    }
    return Page(template="warnings.html", record=record, trail=trail)


def latest_warnings(runs: Sequence[WarningRun]) -> list[WarningRun]:
    """Return of each product and business date the run recorded last, oldest date first."""
    latest = {(run.product, run.dates.business_date): run for run in runs}
    return sorted(latest.values(), key=lambda run: (run.product, run.dates.business_date))


def chosen_warnings(runs: Sequence[WarningRun], month: str | None) -> WarningRun:
    """Return the run of a business date, of none the last.

    Raises: UnknownId if nobody was warned of on this date.
    """
    if not month:
        return runs[-1]
    found = next((run for run in reversed(runs) if str(run.dates.business_date) == month), None)
    if found is None:
        raise UnknownId("there are no warnings of this day", got=month)
    return found


def warning_texts(work: Work, run: WarningRun) -> Mapping[str, ReasonCode]:
    """Return what each signal and measure means, in the words of the very policy that raised them."""
    policy = compiled_policy(work.adopted(run.versions.policy_hash), rules_as_of=run.dates.rules_as_of)
    return dict(_told(policy, "signal")) | dict(_told(policy, "measure"))


def _told(policy: Policy, output: str) -> list[tuple[str, ReasonCode]]:
    """Pair each value a table's rows give to an output with the reason of the row, by the document's text."""
    found = []
    for table in policy.document.root.mapping(required=["tables"])["tables"].items():
        for node in table.mapping(required=["rows"])["rows"].items():
            entries = node.mapping(required=["then", "reason"])
            then = entries["then"].mapping()
            if output in then:
                told = entries["reason"].mapping(required=["code", "zh", "en"])
                code, zh, en = (told[name].text() for name in ("code", "zh", "en"))
                found.append((then[output].text(), ReasonCode(code=code, zh=zh, en=en)))
    return found


def _pictures(
    visit: Visit, run: WarningRun, counts: WarningCounts, texts: Mapping[str, ReasonCode]
) -> Mapping[str, Markup]:
    month = str(run.dates.business_date)

    def bar(name: str, number: int, *, family: str, kind: str = "blue") -> Bar:
        label = (
            visit.words.of("level", name) if family == "level" else visit.words.pick(texts.get(name, name))
        )
        href = visit.at("/warnings", month=month, **{family: name})
        return Bar(label=label, value=number, text=count(number), kind=kind, href=href)

    return {
        "levels": bars(
            title=visit.words("warnings.by_level"),
            entries=[bar(one, counts.levels.get(one, 0), family="level", kind=one) for one in LEVELS],
            width=430,
            labels=80,
        ),
        "signals": bars(
            title=visit.words("warnings.by_signal"),
            entries=[bar(*pair, family="signal") for pair in _most(counts.signals)[:SIGNALS_DRAWN]],
            width=430,
            labels=225,
        ),
        "measures": bars(
            title=visit.words("warnings.by_measure"),
            entries=[bar(*pair, family="measure") for pair in _most(counts.measures)],
            width=430,
            labels=225,
        ),
    }


def _most(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
