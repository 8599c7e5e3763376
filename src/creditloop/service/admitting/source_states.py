"""How fresh the source of a plan's features is, as a value its decisions are made from (来源时效).

Where the contract sets a limit, its policy may read `source_state_<contract>`: fresh, stale, never_asked,
unavailable or no_consent. If the contract says that a stale source refers, the policy must read it, with
`null: refer`, so that nobody is decided in silence on what is too old; the rows that refer name the source in
their reasons. If the contract says `absent`, every input of the features counts as not there, and the null
rule of each says what then. The state is kept with the decision, so it can be made again.
"""

from collections.abc import Collection

import polars as pl

from creditloop.data import Contract, WhenStale, source_tables
from creditloop.data.features import FeatureSet, frame_without_inputs, row_without_inputs
from creditloop.data.freshness import SourceFreshness, freshness, stale_inputs
from creditloop.formula import Kind, NullPolicy
from creditloop.kernel.errors import PolicyError
from creditloop.risk import Policy
from creditloop.service.admitting.review_plan import ReviewPlan
from creditloop.service.work import Work

CHECKS = "source_checks"
"""The contract of the log of source checks."""


def state_input(contract: Contract) -> str:
    """Return the name under which a policy reads how fresh a source is."""
    return f"source_state_{contract.name}"


def given_by(features: FeatureSet, *, contract: Contract) -> tuple[str, ...]:
    """Return every name a plan's decisions may read: features, and the state of a source with a limit."""
    return (*features.columns, *([state_input(contract)] if contract.staleness else []))


def check_reads_state(policy: Policy, *, contract: Contract) -> None:
    """Refuse a policy that would decide on a source without asking whether it is too old.

    Raises: PolicyError naming the input that is missing, or what it is declared as.
    """
    if contract.staleness is None or contract.staleness.then is not WhenStale.REFER:
        return
    name = state_input(contract)
    declared = next((entry for entry in policy.inputs if entry.name == name), None)
    if declared is None or (declared.kind, declared.null) != (Kind.TEXT, NullPolicy.REFER):
        raise PolicyError(
            "the contract refers a decision on a stale source, and the policy does not ask whether it is",
            got="not read" if declared is None else f"{declared.kind.value}, null: {declared.null.value}",
            expected=f"input {name}: {{kind: text, null: refer}}",
            where={"file": policy.document.path, "contract": contract.name},
        )


def frame_with_state(
    work: Work,
    *,
    plan: ReviewPlan,
    features: FeatureSet,
    contract: Contract,
    frame: pl.DataFrame,
    purpose: str,
    reader: str,
) -> pl.DataFrame:
    """Add to a frame of features how fresh their source is; without a limit the frame is as it was."""
    if contract.staleness is None:
        return frame
    parties = frame["party_id"].to_list()
    states = _states(work, plan=plan, contract=contract, parties=parties, purpose=purpose, reader=reader)
    absent = [state.party_id for state in states if _is_absent(state, features)]
    told = pl.DataFrame(
        {
            "party_id": [state.party_id for state in states],
            state_input(contract): [state.state.value for state in states],
        },
        schema={"party_id": pl.String(), state_input(contract): pl.String()},
    )
    made = frame_without_inputs(frame, features=features, party_ids=absent) if absent else frame
    return made.join(told, on="party_id", how="left", validate="1:1")


def row_with_state(
    work: Work,
    *,
    plan: ReviewPlan,
    features: FeatureSet,
    contract: Contract,
    row: dict[str, object],
    purpose: str,
    reader: str,
) -> dict[str, object]:
    """Add to one party's features how fresh their source is: as `frame_with_state`."""
    if contract.staleness is None:
        return row
    party_id = str(row["party_id"])
    (state,) = _states(work, plan=plan, contract=contract, parties=[party_id], purpose=purpose, reader=reader)
    made = row_without_inputs(features=features, party_id=party_id) if _is_absent(state, features) else row
    return {**made, state_input(contract): state.state.value}


def _states(
    work: Work, *, plan: ReviewPlan, contract: Contract, parties: Collection[str], purpose: str, reader: str
) -> tuple[SourceFreshness, ...]:
    there = {table.name for table in source_tables(work.connection)}
    return freshness(
        work.connection,
        contracts=[contract],
        party_ids=parties,
        as_of=plan.dates.business_date,
        purpose=purpose,
        reader=reader,
        reason=f"{plan.name} {plan.dates.business_date}: how fresh the source is",
        now=work.now,
        record_denial=work.record_denial,
        checks=work.contract(CHECKS) if f"source.{CHECKS}_check" in there else None,
    )


def _is_absent(state: SourceFreshness, features: FeatureSet) -> bool:
    inputs = {entry.name: state.contract for entry in features.inputs}
    return bool(stale_inputs([state], inputs=inputs).absent)
