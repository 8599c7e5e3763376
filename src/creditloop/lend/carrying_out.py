"""Carry out limit decisions (执行额度决定): what each leads to, by policy, and the events and papers of it.

1. the policy says what is done: keep, offer, freeze, wait, none   policies/<product>/lend/limit_decision.yaml
2. keep → kept (released if it was frozen) and an agreement; offer → offered; freeze → frozen
3. wait and none change nothing, and are recorded as well: no decision is dropped
What cannot be evaluated waits for a person.
"""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import polars as pl

from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.money import fen
from creditloop.lend.agreement import Agreement, Basis, make_agreement
from creditloop.lend.limits import LimitEvent, LimitState, frozen, kept, offered
from creditloop.risk import Policy

DECISIONS = {
    "decision_id": pl.String,
    "party_id": pl.String,
    "outcome": pl.String,
    "limit_fen": pl.Int64,
    "limit_proposed_fen": pl.Int64,
    "rate_annual_nano": pl.Int64,
}
"""Decisions to carry out, one a customer; the proposal and the rate may be null."""
WAIT = "wait"
REFERRED = "refer"
"""The rule told where the policy could not decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedOut:
    """What a set of decisions led to.

    Attributes:
        acts: decision_id, party_id, outcome, act, rule, limit_fen (in force), limit_proposed_fen,
            rate_annual_nano; a row for each decision, by party.
    """

    acts: pl.DataFrame
    events: tuple[LimitEvent, ...]
    agreements: tuple[Agreement, ...]


def carry_out(
    *,
    decisions: pl.DataFrame,
    limits: pl.DataFrame,
    policy: Policy,
    product: str,
    on: date,
    simulated: bool,
) -> CarriedOut:
    """Carry out decisions on a day; see the module for the steps.

    Args:
        decisions: columns of `DECISIONS`.
        limits: as `limits_in_force` returns them.
        simulated: a person's part in the decisions was not in the data.
    Raises: InputError if the decisions have other columns or a customer stands twice; UnknownId if a
        customer has no limit.
    """
    acts = _acts(decisions, limits, policy)
    states = _states(acts, limits)
    events, agreements = [], []
    for row in acts.iter_rows(named=True):
        event = _event(row, states[row["party_id"]], on)
        if event is None:
            continue
        events.append(replace(event, simulated=simulated))
        if row["act"] == "keep":
            agreements.append(_agreement(row, event, product, on, simulated))
    return CarriedOut(acts=acts, events=tuple(events), agreements=tuple(agreements))


def _acts(decisions: pl.DataFrame, limits: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    if dict(decisions.schema) != DECISIONS:
        raise InputError("not decisions to carry out", got=dict(decisions.schema), expected=DECISIONS)
    twice = decisions.filter(pl.col("party_id").is_duplicated())
    if not twice.is_empty():
        raise InputError("a customer stands twice among the decisions", got=twice["party_id"][0])
    in_force = limits.select("party_id", "frozen", limit_in_force_fen="limit_fen")
    judged = policy.judge_frame(decisions.join(in_force, on="party_id", how="left", validate="1:1"))
    unknown = judged.filter(pl.col("limit_in_force_fen").is_null())
    if not unknown.is_empty():
        raise UnknownId("the customer has no limit", got=unknown["party_id"][0])
    return judged.select(
        "decision_id",
        "party_id",
        "outcome",
        pl.col("act").fill_null(WAIT),
        pl.col("carry_out_row").fill_null(REFERRED).alias("rule"),
        pl.col("limit_in_force_fen").alias("limit_fen"),
        "limit_proposed_fen",
        "rate_annual_nano",
    ).sort("party_id")


def _states(acts: pl.DataFrame, limits: pl.DataFrame) -> dict[str, LimitState]:
    concerned = limits.join(acts, on="party_id", how="semi")
    return {
        row["party_id"]: LimitState(
            party_id=row["party_id"],
            sequence=row["sequence"],
            limit_fen=fen(row["limit_fen"]),
            frozen=row["frozen"],
            offered_fen=None if row["offered_fen"] is None else fen(row["offered_fen"]),
            decision_id=None,
        )
        for row in concerned.iter_rows(named=True)
    }


def _event(row: dict[str, object], state: LimitState, on: date) -> LimitEvent | None:
    decision_id = UUID(str(row["decision_id"]))
    source = f"admit.decision/{decision_id}"
    match row["act"]:
        case "keep":
            return kept(state=state, occurred_on=on, decision_id=decision_id, source_ref=source)
        case "freeze":
            return frozen(state=state, occurred_on=on, decision_id=decision_id, source_ref=source)
        case "offer":
            proposed = int(str(row["limit_proposed_fen"]))
            return offered(
                state=state, limit_fen=proposed, occurred_on=on, decision_id=decision_id, source_ref=source
            )
    return None


def _agreement(
    row: dict[str, object], event: LimitEvent, product: str, on: date, simulated: bool
) -> Agreement:
    rate = row["rate_annual_nano"]
    return make_agreement(
        party_id=event.after.party_id,
        product=product,
        decision_id=UUID(str(row["decision_id"])),
        limit_fen=event.after.limit_fen,
        rate_annual_nano=None if rate is None else int(str(rate)),
        made_on=on,
        basis=Basis.KEPT,
        simulated=simulated,
    )
