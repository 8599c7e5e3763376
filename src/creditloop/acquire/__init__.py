"""Before the loan (获客): who among the bank's parties is invited, and who is looked at again.

`screen` turns features and a card's score into a portrait (画像: segment, use of the limit, payment habit,
trend) and an outcome — invited, watched, closed — by the policies in force. `changed_accounts` and
`due_for_interval` find who must be screened again; a new card or known outcomes re-screen the whole list.
`record_screening` keeps each screening with the values it was made from and says what becomes of each
invitation (`invitations`): opened, opened again, or closed, also for those who were invited and have not
accepted. `record_acceptance` takes the parties' answers. `whitelist` tells where everybody stands on a day.
It is handed plain frames: what is read about people is read, on record, above.
"""

from creditloop.acquire.answers import AnswerBatch, record_acceptance
from creditloop.acquire.invitations import KINDS, OPEN, invitation_events
from creditloop.acquire.listing import (
    WHITELIST,
    EventCount,
    InvitationEvent,
    OutcomeCount,
    Screened,
    WhitelistCount,
    event_counts,
    find_invitations,
    find_portrait,
    find_screened,
    outcome_counts,
    whitelist,
    whitelist_counts,
)
from creditloop.acquire.policies import PORTRAIT, Policies
from creditloop.acquire.replaying import screen_again, screening_frame
from creditloop.acquire.rescreening import (
    ANSWERED,
    ON_THE_LIST,
    TRIGGERS,
    changed_accounts,
    due_for_interval,
)
from creditloop.acquire.screening import OUTCOMES, screen
from creditloop.acquire.store import (
    TABLES,
    ScreeningKey,
    ScreeningRun,
    find_screening,
    find_screenings,
    record_screening,
)
from creditloop.acquire.working import ScreeningWorking, judge_again

__all__ = [
    "ANSWERED",
    "KINDS",
    "ON_THE_LIST",
    "OPEN",
    "OUTCOMES",
    "PORTRAIT",
    "TABLES",
    "TRIGGERS",
    "WHITELIST",
    "AnswerBatch",
    "EventCount",
    "InvitationEvent",
    "OutcomeCount",
    "Policies",
    "Screened",
    "ScreeningKey",
    "ScreeningRun",
    "ScreeningWorking",
    "WhitelistCount",
    "changed_accounts",
    "due_for_interval",
    "event_counts",
    "find_invitations",
    "find_portrait",
    "find_screened",
    "find_screening",
    "find_screenings",
    "invitation_events",
    "judge_again",
    "outcome_counts",
    "record_acceptance",
    "record_screening",
    "screen",
    "screen_again",
    "screening_frame",
    "whitelist",
    "whitelist_counts",
]
