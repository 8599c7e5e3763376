"""The life of a model (模型生命周期) after it is in the register: findings, sign-off, retirement, reviews.

`findings` are what a model's validator holds against it: how grave, by when, what was answered; the
validator alone closes one. `acts` are what persons do about a model: sign it off (never its developer),
put it live (never with an open high finding, never unsigned), retire it with a reason and a successor.
`calendar` says which reviews are due in the next three months and which are overdue, and lists the
models by materiality. All of it is added, never changed; the database refuses what the code refuses.
"""

from creditloop.oversight.life.acts import (
    ACTS,
    ModelAct,
    find_model_acts,
    put_live,
    retire_model,
    sign_off_model,
)
from creditloop.oversight.life.calendar import ReviewDay, by_materiality, review_calendar
from creditloop.oversight.life.findings import (
    SEVERITIES,
    FindingStep,
    ModelFinding,
    answer_finding,
    close_finding,
    find_model_finding,
    find_model_findings,
    raise_finding,
)

__all__ = [
    "ACTS",
    "SEVERITIES",
    "FindingStep",
    "ModelAct",
    "ModelFinding",
    "ReviewDay",
    "answer_finding",
    "by_materiality",
    "close_finding",
    "find_model_acts",
    "find_model_finding",
    "find_model_findings",
    "put_live",
    "raise_finding",
    "retire_model",
    "review_calendar",
    "sign_off_model",
]
