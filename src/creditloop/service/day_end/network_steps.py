"""What a day's close finds of loans on the evidence network (日终上链): overdue, cured, of another class.

1. a bank that takes no part, or a day that was said before: nothing is asked of the book
2. by one query: loans with records that became overdue on the day or were cured, or are of another class than
   the day before; a loan that was written off has its write-off for that
3. warnings on who owes such loans, those that speak for the first time on the day
4. all are noted, some hundred a piece of work; a run that was killed goes on, what is noted is no new step
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, islice
from typing import Any
from uuid import UUID

from creditloop.book.day_end import SHARDS, shard_batch_id
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.dates import Dates
from creditloop.kernel.storage import Connection, load_queries
from creditloop.service.attesting import (
    DOCUMENT_KIND,
    LoanStep,
    Step,
    StepDocument,
    find_membership,
    note_steps,
)
from creditloop.service.bank import Bank
from creditloop.service.day_end.class_rules import read_class_rules
from creditloop.service.day_end.risk_signs import PURPOSE, READER, newest_warnings
from creditloop.service.loans import TIERS
from creditloop.service.own_reads import record_own_read
from creditloop.service.work import Work

STEPS_AT_ONCE = 500
"""Steps noted by one piece of work: each loan is locked, and each step sealed by itself."""
_SQL = "creditloop.service.day_end"
_TITLES: Mapping[str, tuple[str, str]] = {
    "overdue": ("逾期", "Overdue at the close of a day"),
    "cured": ("回正", "Cured at the close of a day"),
    "classification": ("五级分类变动", "Another class at the close of a day"),
    "warning": ("贷后预警", "Warning on the borrower"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moved:
    """A loan that moved on a day; amounts in fen at its close, `oldest_due` None if nothing is overdue."""

    loan_id: str
    lenders: int
    batch_id: UUID
    dpd: int
    dpd_before: int
    tier: int
    tier_before: int
    stage: int
    stage_before: int
    oldest_due: date | None
    due_principal_fen: int
    due_interest_fen: int
    principal_fen: int
    interest_fen: int
    fee_fen: int
    penalty_fen: int
    is_written_off: bool


def note_day(bank: Bank, *, dates: Dates) -> int:
    """Note what a closed day found of loans on the network; see the module. Return how many steps are new.

    Raises: PolicyError if the bank takes part and no policy says what is recorded.
    """
    with bank.connection() as connection:
        key = dates.business_date.isoformat()
        if find_membership(connection) is None or load_queries(_SQL).is_day_said(connection, key=key):
            return 0
        moved = _find_moved(connection, dates.business_date)
    with bank.work() as work:
        rules = read_class_rules(work, rules_as_of=dates.rules_as_of)
        judged_by = {policy.name: policy.document.hash for policy in rules.policies}
        warned = list(_warned(work, dates.business_date))
    steps = chain(_moved_steps(moved, dates, judged_by), warned)
    noted = 0
    while some := list(islice(steps, STEPS_AT_ONCE)):
        with bank.work() as work:
            noted += note_steps(work, steps=some)
    return noted


def _find_moved(connection: Connection, day: date) -> list[_Moved]:
    days = (day - timedelta(days=1), day)
    batch_ids = [shard_batch_id(business_date=each, shard=shard) for each in days for shard in range(SHARDS)]
    rows = load_queries(_SQL).find_moved_on_network(connection, business_date=day, batch_ids=batch_ids)
    return [_Moved(**dict(zip(_Moved.__dataclass_fields__, row, strict=True))) for row in rows]


def _moved_steps(found: Sequence[_Moved], dates: Dates, judged_by: Mapping[str, str]) -> Iterator[LoanStep]:
    for moved in found:
        if moved.is_written_off:
            continue
        said = _said(moved, dates, judged_by)
        if (moved.dpd > 0) != (moved.dpd_before > 0):
            became = "overdue" if moved.dpd else "cured"
            yield _step(Step.OVERDUE, became, moved, {"became": became, **said})
        if moved.tier not in (0, moved.tier_before):  # one that owes nothing any more has no class
            yield _step(Step.CLASSIFICATION, "classification", moved, said)


def _said(moved: _Moved, dates: Dates, judged_by: Mapping[str, str]) -> dict[str, object]:
    return {
        "loan_id": moved.loan_id,
        "business_date": dates.business_date,
        "rules_as_of": dates.rules_as_of,
        "judged_by": dict(judged_by),
        "dpd": moved.dpd,
        "dpd_before": moved.dpd_before,
        "tier": TIERS[moved.tier],
        "tier_before": TIERS[moved.tier_before],
        "stage": moved.stage,
        "stage_before": moved.stage_before,
        "oldest_due": moved.oldest_due,
        "batch": str(moved.batch_id),
        "due_principal_fen": moved.due_principal_fen,
        "due_interest_fen": moved.due_interest_fen,
        "principal_fen": moved.principal_fen,
        "interest_fen": moved.interest_fen,
        "fee_fen": moved.fee_fen,
        "penalty_fen": moved.penalty_fen,
    }


def _step(step: Step, title: str, moved: _Moved, said: Mapping[str, Any]) -> LoanStep:
    return LoanStep(
        loan_id=moved.loan_id,
        step=step,
        key=said["business_date"].isoformat(),
        lenders=moved.lenders,
        document=_document(step, title, said),
    )


def _warned(work: Work, day: date) -> Iterator[LoanStep]:
    """Give a step for each loan with records whose borrower is warned of for the first time on a day."""
    runs = newest_warnings(work, business_date=day, known_by=work.now)
    if not runs:
        return
    rows = list(
        load_queries(_SQL).find_warned_on_network(work.connection, business_date=day, batch_ids=list(runs))
    )
    record_own_read(
        work,
        package="creditloop.monitor",
        table="monitor.warning",
        columns=("level", "level_rule", "risk", "signals", "measures"),
        purpose=PURPOSE,
        reader=READER,
        reason=f"records of {day} for the evidence network",
        parties_count=len(rows),
    )
    for loan_id, lenders, batch_id, product, about, policy, level, rule, risk, signals, measures in rows:
        said = {
            "loan_id": loan_id,
            "business_date": day,
            "warned_of": about,
            "product": product,
            "level": level,
            "level_rule": rule,
            "risk": risk,
            "signals": json.loads(signals),
            "measures": json.loads(measures),
            "policy": policy,
            "batch": str(batch_id),
        }
        yield LoanStep(
            loan_id=loan_id,
            step=Step.WARNING,
            key=str(batch_id),
            lenders=lenders,
            document=_document(Step.WARNING, "warning", said),
        )


def _document(step: Step, title: str, said: Mapping[str, object]) -> StepDocument:
    title_zh, title_en = _TITLES[title]
    return StepDocument(
        name="event",
        body=canonical_bytes(said),
        kind=DOCUMENT_KIND[step],
        media_type="application/json",
        title_zh=title_zh,
        title_en=title_en,
    )
