"""Committed documents whose time is over (到期删除已承诺文件): deleted with their salts, by a rule.

1. how long they are kept after a loan is over says the policy of the evidence network, dated and sourced
2. a loan is over once nothing is owed either way, or its payout was refused or lapsed: on the day of its last
   event or step
3. of a loan that was over before the cut day all that is kept under commitments is deleted, a loan at a time
4. the rule is the reason on record; the commitments stay on the logs, nobody can say any more to what

Whoever is cut off goes on with the next call; what is deleted is deleted once.
"""

from dataclasses import dataclass
from datetime import date

from creditloop.book.loans import LoanStatus
from creditloop.kernel.dates import (
    BEIJING_UTC_OFFSET_HOURS,
    add_months,
    beijing_date,
    start_of_day,
)
from creditloop.kernel.errors import CreditloopError, InputError, PolicyError
from creditloop.service.attesting import (
    RULES,
    KeptLoan,
    delete_document,
    find_kept_commitments,
    find_loans_kept,
    find_waiting,
    is_anything_kept,
    lock_kept_loan,
)
from creditloop.service.bank import Bank
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.loans import find_loan_view
from creditloop.service.work import Work

PARAMETER = "documents_kept_months"
"""The number of the policy that says how long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingRule:
    """How long committed documents are kept after their loan is over.

    Attributes:
        basis: on what ground, as the policy says it.
        policy_hash: of the text that says so.
    """

    months: int
    basis: str
    policy_hash: str

    @property
    def reason(self) -> str:
        """Why something is deleted by it, as it stands on record."""
        return f"{RULES} {self.policy_hash[:12]} {PARAMETER} {self.months}: {self.basis}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiredLoan:
    """A loan that was over before the cut day.

    Attributes:
        documents: how many were deleted, or are to be; the salt of its name counts as one.
    """

    loan_id: str
    over_on: date
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiredDocuments:
    """What was deleted, or would be.

    Attributes:
        rule: None if nothing is kept that is old enough for the rule to be asked.
        cut_day: loans that were over before it; None without a rule.
        still_owing: loans old enough of which something is owed still.
        unknown: loans of which the book does not say whether they are over: a person has to look.
    """

    as_of: date
    rule: KeepingRule | None
    cut_day: date | None
    loans: tuple[ExpiredLoan, ...]
    still_owing: int
    unknown: tuple[str, ...]

    @property
    def documents(self) -> int:
        """How many in all."""
        return sum(one.documents for one in self.loans)


def delete_expired_documents(
    bank: Bank, *, as_of: date, by: str, reason: str, dry_run: bool = False
) -> ExpiredDocuments:
    """Delete the committed documents of loans that are over for longer than the policy has them kept.

    Args:
        as_of: the day by which retention is counted, not later than today; the rule is that of today.
        by: who deletes.
        reason: why now; it stands on record behind the rule.
        dry_run: only count.
    Raises: InputError if the day has not come, or it is not said who deletes and why; PolicyError if no
        policy is in force today, or it does not say how long.
    """
    if not by.strip() or not reason.strip():
        raise InputError("a deletion must say who deletes and why", got=f"{by!r}, {reason!r}")
    with bank.work() as work:
        if as_of > beijing_date(work.now):
            raise InputError(
                "retention is counted by a day that has come",
                got=as_of,
                expected=f"<= {beijing_date(work.now)}",
            )
        if not is_anything_kept(work.connection):
            return ExpiredDocuments(as_of=as_of, rule=None, cut_day=None, loans=(), still_owing=0, unknown=())
        rule = keeping_rule(work, on=beijing_date(work.now))
        cut_day = add_months(as_of, -rule.months)
        before = start_of_day(cut_day, utc_offset_hours=BEIJING_UTC_OFFSET_HOURS)
        candidates = find_loans_kept(work.connection, before=before)
    loans, unknown, still_owing = list[ExpiredLoan](), list[str](), 0
    for candidate in candidates:
        with bank.work() as work:
            # asked again: a step may have been noted since, for a package or for what was booked
            kept = lock_kept_loan(work.connection, loan_id=candidate.loan_id, before=before)
            if kept is None:
                continue
            try:
                over_on = _over_on(work, kept)
            except CreditloopError:  # of one loan nothing is known; the others go on
                unknown.append(kept.loan_id)
                continue
            if over_on is not None and over_on < cut_day:
                why = "" if dry_run else f"{rule.reason}; {reason}"
                documents = _delete_kept(work, kept.loan_id, by=by, why=why)
                if documents:  # what another loan commits to as well goes with that one
                    loans.append(ExpiredLoan(loan_id=kept.loan_id, over_on=over_on, documents=documents))
            still_owing += over_on is None
    return ExpiredDocuments(
        as_of=as_of,
        rule=rule,
        cut_day=cut_day,
        loans=tuple(loans),
        still_owing=still_owing,
        unknown=tuple(unknown),
    )


def _delete_kept(work: Work, loan_id: str, *, by: str, why: str) -> int:
    """Delete what is kept of a loan, or only count it if it is not said why; return how many."""
    found = find_kept_commitments(work.connection, loan_id=loan_id)
    for commitment in found if why else ():
        delete_document(work, commitment=commitment, by=by, reason=why)
    return len(found)


def keeping_rule(work: Work, *, on: date) -> KeepingRule:
    """Return how long committed documents are kept after their loan is over.

    Raises: PolicyError if no policy is in force on the day, or it does not say so.
    """
    policy = deciding_policy(work, path=RULES, rules_as_of=on)
    found = next((one for one in policy.parameters if one.parameter.name == PARAMETER), None)
    months = None if found is None else found.parameter.value
    if found is None or not isinstance(months, int) or isinstance(months, bool) or months < 1:
        raise PolicyError(
            "the policy does not say how long committed documents are kept",
            got=months,
            expected=f"{PARAMETER}, months, >= 1",
            where={"file": RULES},
        )
    return KeepingRule(months=months, basis=found.source.title, policy_hash=policy.hash)


def _over_on(work: Work, kept: KeptLoan) -> date | None:
    """Return the day on which a loan was over; None if something is owed, or its payout waits.

    Raises: UnknownId for a loan that was neither paid out nor ever waited; StateError for one taken in
        without its terms.
    """
    waiting = find_waiting(work.connection, loan_id=kept.loan_id)
    if waiting is not None and (waiting.end is None or waiting.end.ended != "paid_out"):
        return None if waiting.end is None else max(kept.last_step_on, beijing_date(waiting.end.at))
    view = find_loan_view(work, loan_id=kept.loan_id)
    if view.state.status is not LoanStatus.CLOSED:
        return None
    return max(kept.last_step_on, *(one.event.booked_on for one in view.loan.events))
