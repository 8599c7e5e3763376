"""Carry out what was decided about limits, for real: limits taken over, decisions, answers, positions.

1. with the opening balances every customer's limit is taken over from the contract   answers MonthPosted
2. a review's decisions are carried out on their date: kept, offered, frozen with a letter  LimitReviewed
3. what a person decided at the desk is carried out on the day it was decided          ReviewDecided
4. the customer's answer to an offered raise: only an acceptance raises the limit
Each is safe to repeat. Personal data is read for a purpose, and the read is logged.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

import polars as pl

from creditloop.admit import (
    REFERRED,
    CaseState,
    Decision,
    DecisionBatch,
    decision_frame,
    find_batch,
    find_case,
    find_decision,
)
from creditloop.book import history, owed
from creditloop.data import read_table
from creditloop.kernel.dates import Dates, date_from_text
from creditloop.kernel.errors import OutOfOrder, UnknownId
from creditloop.kernel.facts import Fact
from creditloop.lend import (
    DECISIONS,
    CarriedOut,
    LendBatch,
    Letter,
    LimitPosition,
    find_offers,
    find_position,
    grant_limits,
    limits_in_force,
    positions,
    record_answers,
    record_decisions,
)
from creditloop.risk import Policy
from creditloop.service.admitting.limit_order import check_turn, hold_order
from creditloop.service.booking.card_book import BookPlan, check_posted, owed_at, read_plan
from creditloop.service.day_reads import known_by_day
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.lending.letter_writing import LetterDesk, protected_words, read_letter_reasons
from creditloop.service.own_reads import record_own_read
from creditloop.service.work import Work

READER = "service.lending"
_PURPOSE = "posting"
_COLUMNS: Mapping[str, Sequence[str]] = {
    "book.posting": ("party_id", "account", "amount_fen"),
    "lend.limit_event": ("party_id", "limit_fen", "frozen", "offered_fen"),
    "admit.decision": (*DECISIONS, "rule", "factors"),
}
"""What is read of whose table."""


def grant_at_migration(work: Work, fact: Fact) -> None:
    """Answer `MonthPosted`: with a plan's first month the limits are taken over, with others nothing."""
    plan = read_plan(work.adopted(str(fact.payload["plan"])), root=work.places.documents)
    if date_from_text(str(fact.payload["business_date"])) == plan.months[0]:
        take_over_limits(work, plan=plan)


def take_over_limits(work: Work, *, plan: BookPlan) -> LendBatch:
    """Take over every customer's limit at the plan's first month; a repeat returns the first.

    Raises: OutOfOrder if the month is not posted, or a customer has a limit already.
    """
    month = plan.months[0]
    check_posted(work, plan=plan, month=month)
    contract = work.contract(plan.contract)
    found = read_table(
        work.connection,
        contract=contract,
        table=plan.limits,
        columns=["party_id", "limit_fen", "batch_id", "row_no"],
        purpose=_PURPOSE,
        reader=READER,
        reason=f"{plan.product}: limits taken over",
        known_by=known_by_day(contract, table=plan.limits, as_of=month),
        now=work.now,
        record_denial=work.record_denial,
    )
    table = f"source.{plan.contract}_{plan.limits}"
    batch = grant_limits(
        work.connection,
        limits=found.with_columns(source_ref=pl.format(table + "/{}/{}", "batch_id", "row_no")),
        source=table,
        product=plan.product,
        dates=plan.dates(month),
        now=work.now,
    )
    work.recorded(batch.batch_id)
    return batch


def answer_review(work: Work, fact: Fact) -> None:
    """Answer `LimitReviewed`: carry out the batch, if it is about limits at all."""
    batch = _batch(work, UUID(str(fact.payload["batch"])))
    frame = decision_frame(work.connection, batch_id=batch.batch_id)
    if frame["limit_fen"].is_not_null().any():
        carry_out_decisions(work, batch=batch)


def answer_desk(work: Work, fact: Fact) -> None:
    """Answer `ReviewDecided`: carry out what a person decided, if it is about a limit."""
    state = find_case(work.connection, case_id=UUID(str(fact.payload["case"])))
    if state.limit_fen is not None:
        carry_out_ruling(work, case_id=state.case.case_id)


def carry_out_decisions(work: Work, *, batch: DecisionBatch) -> LendBatch:
    """Carry out a batch of decisions on its business date; a repeat returns the first.

    Raises: UnknownId if a customer decided about has no limit; what `record_decisions` raises.
    """
    frame = decision_frame(work.connection, batch_id=batch.batch_id)
    decisions = frame.filter(pl.col("limit_fen").is_not_null())
    _log(work, "admit.decision", decisions.height, reason=_reason(batch))
    return _carry_out(
        work,
        batch=batch,
        decisions=decisions.select(*DECISIONS),
        on=batch.dates.business_date,
        source=f"admit.decision_batch/{batch.batch_id}",
        told={row["decision_id"]: row for row in decisions.iter_rows(named=True)},
        acknowledged=batch.batch_id,
        simulated=False,
    )


def carry_out_ruling(work: Work, *, case_id: UUID) -> LendBatch:
    """Carry out what a person decided about a referred case, on the day of the last signature.

    Raises: OutOfOrder if the case is not closed; UnknownId if there is no such case.
    """
    state = find_case(work.connection, case_id=case_id)
    signed = state.signatures[-1] if state.status == "closed" else None
    if signed is None:
        raise OutOfOrder("nobody has decided this case yet", got=state.status, where={"case": str(case_id)})
    decision = find_decision(work.connection, decision_id=state.case.decision_id)
    batch = _batch(work, decision.batch_id)
    _log(work, "admit.decision", 1, reason=_reason(batch), party_id=decision.party_id)
    return _carry_out(
        work,
        batch=batch,
        decisions=_ruled(state, decision),
        on=signed.acted_on,
        source=f"admit.review_case/{case_id}",
        told={str(decision.decision_id): decision.said},
        acknowledged=case_id,
        simulated=state.simulated,
        by_person=True,
    )


def answer_raises(
    work: Work,
    *,
    party_ids: Collection[str],
    accepted: bool,
    on: date,
    source: str,
    simulated: bool,
    product: str,
    rules_as_of: date,
) -> LendBatch:
    """Record customers' answer to the raise on offer; only an acceptance raises the limit.

    Raises: OutOfOrder if a decision as of that day or an earlier one is still to be carried out; what
        `record_answers` raises.
    """
    hold_order(work)
    check_turn(work, party_ids=party_ids, on=on)
    batch = record_answers(
        work.connection,
        party_ids=party_ids,
        accepted=accepted,
        source=source,
        product=product,
        dates=Dates(business_date=on, rules_as_of=rules_as_of),
        simulated=simulated,
        now=work.now,
    )
    work.recorded(batch.batch_id)
    return batch


def limit_positions(work: Work, *, plan: BookPlan, month: date) -> pl.DataFrame:
    """Return everybody's position at a month's end, as `lend.positions`; the reads are logged."""
    check_posted(work, plan=plan, month=month)
    balances = owed_at(work, plan=plan, month=month, purpose="display")
    limits = limits_in_force(work.connection, on=month)
    _log(work, "lend.limit_event", limits.height, reason=f"{plan.product} {month:%Y-%m}", purpose="display")
    return positions(limits=limits, owed=balances.select("party_id", owed_fen="receivable_fen"))


def limit_position_of(work: Work, *, party_id: str, on: date, reader: str, reason: str) -> LimitPosition:
    """Return one customer's position at a day's end; the reads are logged.

    Raises: UnknownId if the customer is not in the book, or has no limit by then.
    """
    for table in ("book.posting", "lend.limit_event"):
        _log(work, table, 1, reason=reason, reader=reader, purpose="display", party_id=party_id)
    owed_fen = _owed_by(work, party_id=party_id, on=on)
    return find_position(work.connection, party_id=party_id, owed_fen=owed_fen, on=on)


def offered_parties(work: Work, *, on: date) -> list[str]:
    """Return the customers to whom a raise is on offer at a day's end."""
    return find_offers(work.connection, on=on)["party_id"].to_list()


def _carry_out(
    work: Work,
    *,
    batch: DecisionBatch,
    decisions: pl.DataFrame,
    on: date,
    source: str,
    told: Mapping[str, Mapping[str, object]],
    acknowledged: UUID,
    simulated: bool,
    by_person: bool = False,
) -> LendBatch:
    check_turn(work, party_ids=decisions["party_id"].to_list(), on=on, acknowledged=acknowledged)
    dates = Dates(business_date=on, rules_as_of=batch.dates.rules_as_of)
    policy = _policy(work, batch.product, "limit_decision", dates)
    letters = _policy(work, batch.product, "letters", dates)

    def write(done: CarriedOut) -> Sequence[Letter]:
        frozen = done.acts.filter(pl.col("act") == "freeze")["party_id"].to_list()
        if not frozen:
            return ()
        desk = LetterDesk(
            policy=letters,
            batch=batch,
            on=on,
            decided_by="person" if by_person else "rules",
            forbidden=protected_words(work.contract(batch.contract)),
            reasons=read_letter_reasons(work, batch=batch),
            owed_fen=_owed(work, on=on, batch=batch, parties=frozen),
            told=told,
            simulated=simulated,
        )
        return desk.write(done)

    done = record_decisions(
        work.connection,
        decisions=decisions,
        policy=policy,
        letter_policy=letters,
        write=write,
        source=source,
        product=batch.product,
        dates=dates,
        simulated=simulated,
        now=work.now,
    )
    work.recorded(done.batch_id)
    return done


def _ruled(state: CaseState, decision: Decision) -> pl.DataFrame:
    """Return what a person decided as a decision to carry out: the limit signed is the one proposed."""
    row = {
        "decision_id": str(decision.decision_id),
        "party_id": decision.party_id,
        "outcome": state.outcome or REFERRED,
        "limit_fen": state.case.limit_fen,
        "limit_proposed_fen": state.limit_fen,
        "rate_annual_nano": decision.said["rate_annual_nano"],
    }
    return pl.DataFrame([row], schema=DECISIONS)


def _policy(work: Work, product: str, name: str, dates: Dates) -> Policy:
    path = f"policies/{product}/lend/{name}.yaml"
    return deciding_policy(work, path=path, rules_as_of=dates.rules_as_of)


def _batch(work: Work, batch_id: UUID) -> DecisionBatch:
    batch = find_batch(work.connection, batch_id=batch_id)
    if batch is None:
        raise UnknownId("no such batch of decisions", got=str(batch_id))
    return batch


def _reason(batch: DecisionBatch) -> str:
    return f"{batch.product} {batch.dates.business_date}: decisions carried out"


def _owed(work: Work, *, on: date, batch: DecisionBatch, parties: Sequence[str]) -> Mapping[str, int]:
    """Return what some customers owe at a day's end; of one alone, without reading the others."""
    if len(parties) == 1:
        _log(work, "book.posting", 1, reason=_reason(batch), party_id=parties[0])
        return {parties[0]: _owed_by(work, party_id=parties[0], on=on)}
    balances = owed(work.connection, as_of=on)
    _log(work, "book.posting", balances.height, reason=_reason(batch))
    return dict(balances.select("party_id", "receivable_fen").iter_rows())


def _owed_by(work: Work, *, party_id: str, on: date) -> int:
    """Return what one customer owes at a day's end; nothing if in credit."""
    until = [line for line in history(work.connection, party_id=party_id) if line.event.value_date <= on]
    return max(0, until[-1].owed_after_fen) if until else 0


def _log(
    work: Work,
    table: str,
    parties: int,
    *,
    reason: str,
    reader: str = READER,
    purpose: str = _PURPOSE,
    party_id: str | None = None,
) -> None:
    """Log a read of one of our tables."""
    record_own_read(
        work,
        package=f"creditloop.{table.partition('.')[0]}",
        table=table,
        columns=_COLUMNS[table],
        purpose=purpose,
        reader=reader,
        reason=reason,
        parties_count=parties,
        party_id=party_id,
    )
