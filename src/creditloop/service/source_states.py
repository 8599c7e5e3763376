"""How fresh the source of a decision's features is, as a value the decision is made from (来源时效).

Reviews, applications, warnings and screenings ask here, and nowhere else. Where the contract sets a limit,
the policy reads `source_state_<contract>`: fresh, stale, never_asked, unavailable or no_consent, with
`null: refer`. If the contract says that a stale source refers, the policy must answer `refer` for every
state but fresh, whatever else it is told; that is proven before anybody is decided. If it says `absent`,
every input of the features counts as not there, the null rule of each says what then, and a row that reads
nothing but the state must name the source among the reasons. The state is kept with the decision, so that it
can be made again.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from creditloop.data import Contract, WhenStale, source_tables
from creditloop.data.features import FeatureSet, frame_without_inputs, row_without_inputs
from creditloop.data.freshness import FreshState, SourceFreshness, freshness, stale_inputs
from creditloop.formula import Kind, NullPolicy
from creditloop.kernel.errors import PolicyError
from creditloop.risk import Policy, ReasonCode
from creditloop.service.work import Work

CHECKS = "source_checks"
"""The contract of the log of source checks."""
OUTCOME = "outcome"
"""The output by which reviews, applications and screenings say what is decided."""
REFERRED = "refer"
"""What an output says where a person decides (转人工)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReading:
    """Which features are read for a decision, and who reads them.

    Attributes:
        contract: of the features' source.
        as_of: the day of the decision.
        reason: why the features are read, as the log of reads says it.
    """

    contract: Contract
    features: FeatureSet
    as_of: date
    purpose: str
    reader: str
    reason: str


def state_input(contract: Contract) -> str:
    """Return the name under which a policy reads how fresh a source is."""
    return f"source_state_{contract.name}"


def given_by(features: FeatureSet, *, contract: Contract) -> tuple[str, ...]:
    """Return every name decisions may read: features, and the state of a source with a limit."""
    return (*features.columns, *([state_input(contract)] if contract.staleness else []))


def check_reads_state(policy: Policy, *, contract: Contract, output: str) -> None:
    """Refuse a policy that would decide on a source that is too old, or not say that it was.

    Args:
        output: the one that decides; its table gives `refer` where a person has to.
    Raises: PolicyError naming the input that is missing, or the state that passes in silence.
    """
    if contract.staleness is None:
        return
    _check_declared(policy, contract)
    name, fresh = state_input(contract), _reasons(policy, contract, FreshState.FRESH)
    for state in FreshState:
        if state is FreshState.FRESH:
            continue
        if contract.staleness.then is WhenStale.REFER and not _refers(policy, contract, state, output):
            raise _passes(policy, contract, state, f"{output}: {REFERRED} where {name} = '{state.value}'")
        told = (reason for reason in _reasons(policy, contract, state) if reason not in fresh)
        if not any(_names(reason, contract) for reason in told):
            raise _passes(policy, contract, state, f"a reason that names {contract.name}, of a row on {name}")


def frame_with_state(work: Work, *, reading: SourceReading, frame: pl.DataFrame) -> pl.DataFrame:
    """Add to a frame of features how fresh their source is; without a limit the frame is as it was.

    Args:
        frame: as `feature_frame` gives it, of whichever parties, with or without the features' states.
    Returns: the frame by party_id, with the features as if no input were there of whom the source counts as
        absent.
    Raises: InputError if the purpose may not read the source.
    """
    contract = reading.contract
    if contract.staleness is None:
        return frame
    states = _states(work, reading, frame["party_id"].to_list())
    gone = pl.col("party_id").is_in([one.party_id for one in states if _is_absent(one, reading.features)])
    absent = frame.filter(gone)
    without = frame_without_inputs(absent, features=reading.features, party_ids=absent["party_id"].to_list())
    told = pl.DataFrame(
        {
            "party_id": [state.party_id for state in states],
            state_input(contract): [state.state.value for state in states],
        },
        schema={"party_id": pl.String(), state_input(contract): pl.String()},
    )
    made = pl.concat([frame.filter(~gone), without]).sort("party_id")
    return made.join(told, on="party_id", how="left", validate="1:1", maintain_order="left")


def row_with_state(work: Work, *, reading: SourceReading, row: dict[str, object]) -> dict[str, object]:
    """Add to one party's features how fresh their source is: as `frame_with_state`."""
    if reading.contract.staleness is None:
        return row
    party_id = str(row["party_id"])
    (state,) = _states(work, reading, [party_id])
    absent = _is_absent(state, reading.features)
    made = row_without_inputs(features=reading.features, party_id=party_id) if absent else row
    return {**made, state_input(reading.contract): state.state.value}


def source_freshness(
    work: Work,
    *,
    contracts: Sequence[Contract],
    party_ids: Collection[str],
    as_of: date,
    purpose: str,
    reader: str,
    reason: str,
) -> tuple[SourceFreshness, ...]:
    """Say how fresh sources are about parties on a day, by the bank's log of source checks if it keeps one.

    Raises: InputError if the purpose may not read a source.
    """
    there = {table.name for table in source_tables(work.connection)}
    return freshness(
        work.connection,
        contracts=contracts,
        party_ids=party_ids,
        as_of=as_of,
        purpose=purpose,
        reader=reader,
        reason=reason,
        now=work.now,
        record_denial=work.record_denial,
        checks=work.contract(CHECKS) if f"source.{CHECKS}_check" in there else None,
    )


def _check_declared(policy: Policy, contract: Contract) -> None:
    name = state_input(contract)
    declared = next((entry for entry in policy.inputs if entry.name == name), None)
    if declared is None or (declared.kind, declared.null) != (Kind.TEXT, NullPolicy.REFER):
        raise PolicyError(
            "the contract limits how old a source may be, and the policy does not ask whether it is too old",
            got="not read" if declared is None else f"{declared.kind.value}, null: {declared.null.value}",
            expected=f"input {name}: {{kind: text, null: refer}}",
            where={"file": policy.document.path, "contract": contract.name},
        )


def _refers(policy: Policy, contract: Contract, state: FreshState, output: str) -> bool:
    """Whether the answer is `refer` by the state alone.

    Nothing else is told, and what needs a value that is not told cannot be evaluated: if a row answers all
    the same, it and those before it do so whatever the other values are.
    """
    declared = policy.outputs.get(output)
    if declared is None or declared.table is None:
        return False
    verdict = policy.judge({state_input(contract): state.value}).verdict(declared.table)
    return verdict.reached and not verdict.refers and verdict.outputs[output] == REFERRED


def _reasons(policy: Policy, contract: Contract, state: FreshState) -> list[ReasonCode]:
    return list(_matched(policy, contract, state))


def _matched(policy: Policy, contract: Contract, state: FreshState) -> Iterator[ReasonCode]:
    """Give the reasons of the tables that can be evaluated with nothing but the state."""
    judged = policy.judge({state_input(contract): state.value})
    for table in policy.tables:
        verdict = judged.verdict(table.id)
        if verdict.reached and not verdict.refers:
            yield from verdict.reasons


def _names(reason: ReasonCode, contract: Contract) -> bool:
    return contract.name in f"{reason.code} {reason.zh} {reason.en}".lower()


def _passes(policy: Policy, contract: Contract, state: FreshState, expected: str) -> PolicyError:
    assert contract.staleness is not None, "only where there is a limit"
    return PolicyError(
        "the policy would decide on a source that is not fresh without saying so",
        got=state.value,
        expected=expected,
        where={
            "file": policy.document.path,
            "contract": contract.name,
            "then": contract.staleness.then.value,
        },
    )


def _states(work: Work, reading: SourceReading, parties: Collection[str]) -> tuple[SourceFreshness, ...]:
    return source_freshness(
        work,
        contracts=[reading.contract],
        party_ids=parties,
        as_of=reading.as_of,
        purpose=reading.purpose,
        reader=reading.reader,
        reason=f"{reading.reason}: how fresh the source is",
    )


def _is_absent(state: SourceFreshness, features: FeatureSet) -> bool:
    inputs = {entry.name: state.contract for entry in features.inputs}
    return bool(stale_inputs([state], inputs=inputs).absent)
