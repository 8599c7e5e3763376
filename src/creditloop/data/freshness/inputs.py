"""What follows for a decision from sources that are not fresh: inputs that are absent, reasons to refer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditloop.data.contracts import WhenStale, Words
from creditloop.data.freshness.states import FreshState, SourceFreshness
from creditloop.kernel.errors import InputError

_CODES: Mapping[FreshState, str] = {
    FreshState.STALE: "source_stale",
    FreshState.NEVER_ASKED: "source_never_asked",
    FreshState.UNAVAILABLE: "source_unavailable",
    FreshState.NO_CONSENT: "source_no_consent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFinding:
    """A source that is not fresh, and what it means for a decision.

    Attributes:
        code: source_stale, source_never_asked, source_unavailable or source_no_consent.
        then: `absent`: its inputs count as not there; `refer`: a person decides.
        inputs: those of the decision that come from it.
        meaning: names the source, with its age and limit where there are any.
    """

    code: str
    contract: str
    then: WhenStale
    inputs: tuple[str, ...]
    meaning: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleInputs:
    """What sources that are not fresh mean for a decision about one party."""

    findings: tuple[SourceFinding, ...]

    @property
    def absent(self) -> frozenset[str]:
        """The inputs that count as not there."""
        return frozenset(name for one in self.findings if one.then is WhenStale.ABSENT for name in one.inputs)

    @property
    def refers(self) -> bool:
        """Whether a person has to decide."""
        return any(one.then is WhenStale.REFER for one in self.findings)


def stale_inputs(states: Sequence[SourceFreshness], *, inputs: Mapping[str, str]) -> StaleInputs:
    """Say what follows for the inputs of a decision about one party.

    Args:
        states: of that party, one a source; a source without a limit is only told if it cannot be read.
        inputs: name of each input to the contract it comes from; a source none comes from does not matter.
    Raises: InputError if the states are of several parties, or one of an input's sources is not told.
    """
    if len({state.party_id for state in states}) > 1:
        raise InputError("a decision is about one party", got=sorted({state.party_id for state in states}))
    told = {state.contract: state for state in states}
    if unknown := sorted(set(inputs.values()) - told.keys()):
        raise InputError("how fresh these sources are is not told", got=unknown, expected=sorted(told))
    found = []
    for contract in sorted(set(inputs.values())):
        state = told[contract]
        if state.state is FreshState.FRESH or (state.then is None and state.state in _BY_LIMIT):
            continue
        found.append(
            SourceFinding(
                code=_CODES[state.state],
                contract=contract,
                then=state.then or WhenStale.ABSENT,  # what may not be read is not there
                inputs=tuple(sorted(name for name, source in inputs.items() if source == contract)),
                meaning=_meaning(state),
            )
        )
    return StaleInputs(findings=tuple(found))


_BY_LIMIT = (FreshState.STALE, FreshState.NEVER_ASKED, FreshState.UNAVAILABLE)
"""States that only matter where the contract sets a limit."""


def _meaning(state: SourceFreshness) -> Words:
    name = state.contract
    match state.state:
        case FreshState.STALE:
            return Words(
                zh=f"来源 {name} 已过时效：{state.age_days} 天，上限 {state.limit_days} 天",
                en=f"source {name} is stale: {state.age_days} days old, at most {state.limit_days}",
            )
        case FreshState.NEVER_ASKED:
            return Words(zh=f"来源 {name} 从未查询", en=f"source {name} was never asked")
        case FreshState.UNAVAILABLE:
            return Words(
                zh=f"来源 {name} 不可用（{state.asked_on} 查询未答复）",
                en=f"source {name} was not available when asked on {state.asked_on}",
            )
        case _:
            return Words(zh=f"来源 {name} 未获授权", en=f"source {name} is not consented to")
