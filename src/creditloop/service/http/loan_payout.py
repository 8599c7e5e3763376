"""A loan's payout as it is answered (放款状态): pure, a value in and a value out."""

from creditloop.service.http.loan_states import LoanPayout, NodeObjection
from creditloop.service.loans import Awaiting

FINAL_RECORD = "final_record"
"""What a payout waits for: that the record of its order is final on the evidence network."""


def payout_answer(awaiting: Awaiting) -> LoanPayout:
    """Return how a payout stands that waits or waited."""
    waiting, end = awaiting.waiting, awaiting.waiting.end
    return LoanPayout(
        loan_id=waiting.loan_id,
        state=awaiting.state,
        waits_for=FINAL_RECORD if end is None else None,
        record=awaiting.record.stage,
        since=waiting.since,
        until=waiting.until,
        over_time=awaiting.over_time,
        objections=[
            NodeObjection(node=node, reason=reason)
            for node, reason in sorted(awaiting.record.reasons.items())
        ],
        persons=len(awaiting.answered),
        persons_needed=waiting.rule.persons,
        by_break_glass=end is not None and end.by_break_glass,
    )


def paid_at_once(loan_id: str) -> LoanPayout:
    """Return the payout of a loan that did not have to wait."""
    return LoanPayout(
        loan_id=loan_id,
        state="paid_out",
        waits_for=None,
        record=None,
        since=None,
        until=None,
        over_time=False,
        objections=[],
        persons=0,
        persons_needed=0,
        by_break_glass=False,
    )
