"""Alarms (模型告警): each figure judged by the bank's thresholds, and what is not green told as a finding."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.oversight.metrics import Metric
from creditloop.risk import Policy

_TABLE = "alarm"
_FEW = 8
"""Figures up to which one after the other is quicker than a frame of them; both give the same."""
RAISED = ("yellow", "red")
"""Levels that somebody has to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A figure beyond its threshold, as a finding.

    Attributes:
        source, key, field: the measurement, the segment, the figure.
        code: the row of the alarm policy that says so, with its wording in `zh` and `en`.
    """

    source: UUID
    key: str
    field: str
    code: str
    level: str
    value_nano: int
    zh: str
    en: str

    def as_record(self) -> dict[str, object]:
        """Return the alarm as plain data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {
            "source": str(self.source)
        }


def judge_metrics(metrics: Sequence[Metric], *, policy: Policy) -> tuple[Metric, ...]:
    """Give each figure the level the alarm policy gives it; one it has no threshold for stays `none`.

    A figure that has a threshold and no value cannot be judged; its level is none, its rule `refer`.

    Raises: InputError if the policy is not one of alarms.
    """
    judged_names = _judged_names(policy)
    asked = [metric for metric in metrics if metric.name in judged_names]
    answers = (_judged_singly if len(asked) <= _FEW else _judged_at_once)(asked, policy)
    levels = {
        (metric.name, metric.segment): (level or "none", rule or "refer")
        for metric, (level, rule) in zip(asked, answers, strict=True)
    }
    return tuple(
        replace(metric, level=levels[key][0], rule=levels[key][1]) if key in levels else metric
        for metric in metrics
        for key in ((metric.name, metric.segment),)
    )


def _judged_singly(asked: Sequence[Metric], policy: Policy) -> Iterator[tuple[str | None, str | None]]:
    for metric in asked:
        given = {"metric": metric.name, "value": metric.value_nano, "counted": metric.denominator}
        judgement = policy.judge(given)
        level = judgement.outputs.get("level")
        matched = judgement.verdict(_TABLE).matched
        yield (None if level is None else str(level)), (matched[0] if matched else None)


def _judged_at_once(asked: Sequence[Metric], policy: Policy) -> Iterator[tuple[str | None, str | None]]:
    frame = pl.DataFrame(
        {
            "metric": [metric.name for metric in asked],
            "value": [metric.value_nano for metric in asked],
            "counted": [metric.denominator for metric in asked],
        },
        schema={"metric": pl.String, "value": pl.Int64, "counted": pl.Int64},
    )
    yield from policy.judge_frame(frame).select("level", f"{_TABLE}_row").iter_rows()


def alarm_findings(metrics: Sequence[Metric], *, run: UUID, policy: Policy) -> tuple[Alarm, ...]:
    """Return what is yellow or red as findings, red ones first."""
    wording = _wording(policy)
    raised = [
        Alarm(
            source=run,
            key=metric.segment,
            field=metric.name,
            code=metric.rule,
            level=metric.level,
            value_nano=metric.value_nano,
            zh=wording[metric.rule][0],
            en=wording[metric.rule][1],
        )
        for metric in metrics
        if metric.level in RAISED and metric.value_nano is not None
    ]
    return tuple(sorted(raised, key=lambda alarm: -RAISED.index(alarm.level)))


def _judged_names(policy: Policy) -> frozenset[str]:
    given = {entry.name: entry for entry in policy.inputs}
    if set(given) != {"metric", "value", "counted"} or [table.id for table in policy.tables] != [_TABLE]:
        raise InputError(
            "this policy is not one of model alarms",
            got=sorted(given),
            expected=["counted", "metric", "value"],
            where={"policy": policy.name, "file": policy.document.path},
        )
    return frozenset(str(value) for value in given["metric"].values or ())


def _wording(policy: Policy) -> Mapping[str, tuple[str, str]]:
    (table,) = policy.tables
    return {row.rule.id: (row.rule.reason.zh, row.rule.reason.en) for row in table.rows}
