"""Ask sources in order, and only while the case is undecided (分步取数).

1. what is known is judged by `decided_when` alone
2. while it does not hold, the next source is asked; its cost stands in the working
3. a source that fails leaves its inputs absent: what needs them refers, for the reason that it failed
4. the case is judged on what is known; a table that could not be decided for want of a source that was not
   asked has not been reached, and does not refer
"""

from collections.abc import Callable, Mapping, Sequence

from creditloop.formula import Input
from creditloop.kernel.errors import SourceError
from creditloop.risk.rules import ReasonCode
from creditloop.risk.strategy.judgement import AskedSource, Judgement
from creditloop.risk.strategy.plan import Plan
from creditloop.risk.strategy.steps import InputDetail, StagedSource

Fetch = Callable[[str], Mapping[str, object]]


def judge_in_stages(
    row: Mapping[str, object],
    fetch: Fetch,
    *,
    plan: Plan,
    sources: Sequence[StagedSource],
    details: Mapping[str, InputDetail],
    inputs: Sequence[Input],
) -> Judgement:
    """Judge one case, asking as few sources as it takes; see `Policy.judge_staged`."""
    of_source: dict[str, list[str]] = {source.name: [] for source in sources}
    known = dict[str, object]()
    for entry in inputs:
        own = details[entry.name].source
        if own is not None:
            of_source[own].append(entry.name)
        elif entry.name in row:
            known[entry.name] = row[entry.name]
    asked, failed = list[AskedSource](), dict[str, ReasonCode]()
    pending = list(sources)
    while pending and not plan.is_decided(known):
        source = pending.pop(0)
        names = of_source[source.name]
        try:
            told = _record(source, fetch(source.name))
        except SourceError as error:
            asked.append(AskedSource(source.name, source.cost_fen, error.message))
            failed |= dict.fromkeys(names, _failed(source))
            continue
        asked.append(AskedSource(source.name, source.cost_fen, None))
        known |= {name: told[name] for name in names if name in told}
    not_asked = {name for source in pending for name in of_source[source.name]}
    return plan.judge(
        known,
        asked=tuple(asked),
        absent=failed,
        unasked=frozenset(not_asked),
        not_asked=tuple(source.name for source in pending),
    )


def _record(source: StagedSource, told: object) -> Mapping[str, object]:
    if not isinstance(told, Mapping):
        raise SourceError(
            "the source answered with no record",
            got=type(told).__name__,
            expected="values by name",
            where={"source": source.name},
        )
    return told


def _failed(source: StagedSource) -> ReasonCode:
    return ReasonCode(
        code=f"SOURCE_FAILED_{source.name.upper()}",
        zh=f"{source.title.zh}未返回结果",
        en=f"{source.title.en} did not answer",
    )
