"""Figures judged by the bank's thresholds; what is beyond them told as findings."""

import uuid

import pytest
from measured_cases import policy

from creditloop.kernel.errors import InputError
from creditloop.oversight import Metric, alarm_findings, judge_metrics

POLICY = policy("alarms")
RUN = uuid.UUID(int=5)


def metric(name: str, value: int | None, *, counted: int = 5_000, segment: str = "first") -> Metric:
    return Metric(name=name, segment=segment, value_nano=value, numerator=None, denominator=counted)


@pytest.mark.parametrize(
    ("name", "value", "level", "rule"),
    [
        ("auc", 599_999_999, "red", "AL_AUC_RED"),
        ("auc", 650_000_000, "yellow", "AL_AUC_YELLOW"),
        ("auc", 700_000_000, "green", "otherwise"),
        ("ks", 150_000_000, "red", "AL_KS_RED"),
        ("psi_score", 250_000_000, "red", "AL_PSI_RED"),
        ("psi_feature", 99_999_999, "green", "otherwise"),
        ("calibration_gap", -50_000_001, "red", "AL_CAL_RED"),
        ("approval_ratio", 799_999_999, "red", "AL_RATIO_RED"),
        ("bad_rate", 900_000_000, "none", ""),
        ("auc", None, "none", "refer"),
    ],
)
def test_each_figure_has_the_level_of_its_threshold(
    name: str, value: int | None, level: str, rule: str
) -> None:
    (judged,) = judge_metrics([metric(name, value)], policy=POLICY)
    assert (judged.level, judged.rule) == (level, rule)


def test_figures_keep_their_order_and_their_segments_apart() -> None:
    given = [
        metric("auc", 500_000_000, segment="second"),
        metric("bad_rate", 1),
        metric("auc", 800_000_000, segment="first"),
    ]
    judged = judge_metrics(given, policy=POLICY)
    assert [(each.segment, each.level) for each in judged] == [
        ("second", "red"),
        ("first", "none"),
        ("first", "green"),
    ]


def test_what_is_beyond_a_threshold_is_a_finding_red_first() -> None:
    given = [metric("auc", 650_000_000), metric("ks", 100_000_000), metric("psi_score", 0)]
    found = alarm_findings(judge_metrics(given, policy=POLICY), run=RUN, policy=POLICY)
    assert [(alarm.field, alarm.level, alarm.code) for alarm in found] == [
        ("ks", "red", "AL_KS_RED"),
        ("auc", "yellow", "AL_AUC_YELLOW"),
    ]
    assert found[0].source == RUN
    assert found[0].zh == "KS 低于红色阈值"
    assert found[0].as_record()["value_nano"] == 100_000_000


def test_a_figure_of_too_few_cases_raises_nothing() -> None:
    judged = judge_metrics([metric("auc", 100_000_000, counted=99)], policy=POLICY)
    assert alarm_findings(judged, run=RUN, policy=POLICY) == ()


def test_a_policy_of_something_else_is_refused() -> None:
    with pytest.raises(InputError, match="not one of model alarms"):
        judge_metrics([metric("auc", 1)], policy=policy("age_band"))


def test_nothing_to_judge_is_nothing() -> None:
    assert judge_metrics([], policy=POLICY) == ()


def test_few_figures_are_judged_as_many_are() -> None:
    given = [
        metric(name, value, counted=counted, segment=f"{name} {value} {counted}")
        for name in ("auc", "ks", "unscored", "unseen", "review_overdue", "psi_score")
        for value in (None, 0, 30_000_000, 250_000_000, 1_000_000_000, 30_000_000_000)
        for counted in (1, 99, 5_000)
    ]
    at_once = judge_metrics(given, policy=POLICY)
    singly = [judge_metrics([one], policy=POLICY)[0] for one in given]
    assert list(at_once) == singly
    assert {one.level for one in singly} == {"none", "green", "yellow", "red"}
