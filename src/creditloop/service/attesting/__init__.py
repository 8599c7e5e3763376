"""Attesting (上链存证): the bank's side of the evidence network, each step of a loan a record on our log.

`membership` says whether the bank takes part, `rules` what is recorded and what waits, by a dated policy.
A step is noted with its documents in the piece of work that makes it (`noting`); `sending` makes signed
batches of what is pending, submits them to our node and writes down what came of them; one that the node
refuses for good a person withdraws (`withdrawing`). A joint loan's payout waits until its order's record is
final (`waiting`; `service.loans` books it then). `committed` finds what is kept of a loan, for evidence
packages, `knowing` has what a partner's node knows of loans it co-signs.

Nothing here needs the node: without it steps are noted, sealed by our own log, and sent when it is back.
"""

from creditloop.service.attesting.committed import (
    CommittedDocument,
    CommittedLoan,
    StepStanding,
    find_committed,
    find_step_documents,
    find_steps,
)
from creditloop.service.attesting.deciding import FINAL, REFUSED
from creditloop.service.attesting.keeping import (
    DocumentDeletion,
    KeptLoan,
    find_document_deletions,
    find_kept_commitments,
    find_loans_kept,
    is_anything_kept,
    lock_kept_loan,
)
from creditloop.service.attesting.knowing import (
    KNOWN,
    AnnouncedLoan,
    AnnouncedProgramme,
    Announcement,
    Disclosed,
    KnownFile,
    Learned,
    know,
    read_announcement,
)
from creditloop.service.attesting.membership import (
    Membership,
    find_membership,
    join_network,
    leave_network,
)
from creditloop.service.attesting.noting import (
    LoanStep,
    StepDocument,
    delete_document,
    find_loans_named,
    find_pseudonym,
    note_step,
    note_steps,
)
from creditloop.service.attesting.pending import Pending, PendingStep, find_pending
from creditloop.service.attesting.rules import (
    DOCUMENT_KIND,
    RULES,
    Step,
    StepRule,
    WaitingRule,
    step_rule,
    waiting_rule,
)
from creditloop.service.attesting.sending import Attested, attest_pending
from creditloop.service.attesting.tables import TABLES
from creditloop.service.attesting.waiting import (
    BrokenGlass,
    Waiting,
    WaitingEnd,
    answer_for,
    begin_waiting,
    end_waiting,
    find_all_waiting,
    find_broken_glass,
    find_last_ended,
    find_waiting,
    lock_waiting,
    sum_waiting,
)
from creditloop.service.attesting.withdrawing import Withdrawal, withdraw_batch

__all__ = [
    "DOCUMENT_KIND",
    "FINAL",
    "KNOWN",
    "REFUSED",
    "RULES",
    "TABLES",
    "AnnouncedLoan",
    "AnnouncedProgramme",
    "Announcement",
    "Attested",
    "BrokenGlass",
    "CommittedDocument",
    "CommittedLoan",
    "Disclosed",
    "DocumentDeletion",
    "KeptLoan",
    "KnownFile",
    "Learned",
    "LoanStep",
    "Membership",
    "Pending",
    "PendingStep",
    "Step",
    "StepDocument",
    "StepRule",
    "StepStanding",
    "Waiting",
    "WaitingEnd",
    "WaitingRule",
    "Withdrawal",
    "answer_for",
    "attest_pending",
    "begin_waiting",
    "delete_document",
    "end_waiting",
    "find_all_waiting",
    "find_broken_glass",
    "find_committed",
    "find_document_deletions",
    "find_kept_commitments",
    "find_last_ended",
    "find_loans_kept",
    "find_loans_named",
    "find_membership",
    "find_pending",
    "find_pseudonym",
    "find_step_documents",
    "find_steps",
    "find_waiting",
    "is_anything_kept",
    "join_network",
    "know",
    "leave_network",
    "lock_kept_loan",
    "lock_waiting",
    "note_step",
    "note_steps",
    "read_announcement",
    "step_rule",
    "sum_waiting",
    "waiting_rule",
    "withdraw_batch",
]
