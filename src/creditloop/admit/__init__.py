"""Admission (准入): who gets which limit at which price, decided by documents, and by persons where need be.

`split` tells by hash which half of a book a card is fitted on. `rules` puts a policy and a card together and
checks that they go with each other; `review` decides by them, a frame at once or one case with its `working`,
and makes a past decision again from the values kept with it. Which columns a policy gives is read from the
policy, so the same code reviews limits of a card book and decides applications for loans. `desk` is manual
review: mandates by amount, two persons above them, overrides; `store` and `case_store` keep all of it. Values
are handed in by `service`; what was decided goes on to `lend` as a fact.
"""

from creditloop.admit.case_store import (
    CaseCounts,
    case_counts,
    find_case,
    find_case_of,
    find_cases,
    hold_case,
    record_action,
)
from creditloop.admit.desk import (
    CaseState,
    Mandates,
    Person,
    ReviewAction,
    ReviewCase,
    Ruling,
    sign,
    withdraw,
)
from creditloop.admit.replaying import decide_again, mandates_again
from creditloop.admit.review import DECISION, in_scope, replay, review, review_one
from creditloop.admit.rules import (
    REFERRED,
    REVIEWED,
    SCOPE,
    ReviewRules,
    check_given,
    outcome_table,
    outcomes_of,
    reason_codes,
    review_rules,
)
from creditloop.admit.split import DECIDE, FIT, half_of, halves
from creditloop.admit.store import (
    BOOK,
    REQUEST,
    Decision,
    DecisionBatch,
    DecisionCount,
    batch_id_of,
    decision_counts,
    decision_frame,
    decision_id_of,
    decisions_hash,
    find_batch,
    find_batches,
    find_decision,
    find_decisions,
    find_outcomes,
    latest_batch,
    latest_batches,
    record_decisions,
)
from creditloop.admit.tables import TABLES
from creditloop.admit.working import Working, differing

__all__ = [
    "BOOK",
    "DECIDE",
    "DECISION",
    "FIT",
    "REFERRED",
    "REQUEST",
    "REVIEWED",
    "SCOPE",
    "TABLES",
    "CaseCounts",
    "CaseState",
    "Decision",
    "DecisionBatch",
    "DecisionCount",
    "Mandates",
    "Person",
    "ReviewAction",
    "ReviewCase",
    "ReviewRules",
    "Ruling",
    "Working",
    "batch_id_of",
    "case_counts",
    "check_given",
    "decide_again",
    "decision_counts",
    "decision_frame",
    "decision_id_of",
    "decisions_hash",
    "differing",
    "find_batch",
    "find_batches",
    "find_case",
    "find_case_of",
    "find_cases",
    "find_decision",
    "find_decisions",
    "find_outcomes",
    "half_of",
    "halves",
    "hold_case",
    "in_scope",
    "latest_batch",
    "latest_batches",
    "mandates_again",
    "outcome_table",
    "outcomes_of",
    "reason_codes",
    "record_action",
    "record_decisions",
    "replay",
    "review",
    "review_one",
    "review_rules",
    "sign",
    "withdraw",
]
