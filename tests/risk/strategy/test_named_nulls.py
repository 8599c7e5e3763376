"""What a null means where a rule reads it by the name of an expression: it refers, in every target alike."""

from datetime import date

import polars as pl
import pytest

from creditloop.kernel.documents import parse_document
from creditloop.risk import Policy, read_policy
from creditloop.risk.strategy.bulk import TARGETS

TEXT = """\
policy: lenders
product: card
stage: admit
title: {zh: 多头, en: lenders}
inputs:
  lenders: {kind: integer, "null": POLICY}
steps:
  - {name: many, kind: boolean, value: lenders > 5, meaning: {zh: 借贷机构多, en: many lenders}}
  - {name: few, kind: boolean, value: not many, meaning: {zh: 借贷机构少, en: few lenders}}
  - {name: weight, kind: integer, value: if many then 2 else 1, meaning: {zh: 权重, en: weight}}
  - table:
      id: by_input
      hit_policy: first
      outputs: {of_input: {kind: text, values: [hit, missed]}}
      rows: [{id: hit, when: lenders > 5, then: {of_input: hit}, reason: {code: A, zh: 多, en: many}}]
      otherwise: {then: {of_input: missed}, reason: {code: B, zh: 少, en: few}}
  - table:
      id: by_name
      hit_policy: first
      outputs: {of_name: {kind: text, values: [hit, missed]}}
      rows: [{id: hit, when: many, then: {of_name: hit}, reason: {code: A, zh: 多, en: many}}]
      otherwise: {then: {of_name: missed}, reason: {code: B, zh: 少, en: few}}
  - table:
      id: by_list
      hit_policy: collect
      outputs: {of_list: {kind: text}}
      rows: [{id: hit, when: "not few", then: {of_list: hit}, reason: {code: A, zh: 多, en: many}}]
      otherwise: {then: {of_list: missed}, reason: {code: B, zh: 少, en: few}}
  - switch:
      id: input_way
      branches:
        - id: hit
          when: lenders > 5
          steps: [{name: of_input_way, kind: integer, value: 1, meaning: {zh: 道, en: way}}]
      otherwise: [{name: of_input_way, kind: integer, value: 0, meaning: {zh: 道, en: way}}]
  - switch:
      id: name_way
      branches:
        - id: hit
          when: not few
          steps: [{name: of_name_way, kind: integer, value: 1, meaning: {zh: 道, en: way}}]
        - id: again
          when: many and not few
          steps: [{name: of_name_way, kind: integer, value: 2, meaning: {zh: 道, en: way}}]
      otherwise: [{name: of_name_way, kind: integer, value: 0, meaning: {zh: 道, en: way}}]
  - table:
      id: by_choice
      hit_policy: first
      outputs: {of_choice: {kind: text, values: [hit, missed]}}
      rows: [{id: hit, when: weight > 1, then: {of_choice: hit}, reason: {code: A, zh: 多, en: many}}]
      otherwise: {then: {of_choice: missed}, reason: {code: B, zh: 少, en: few}}
"""
ANSWERS = ("of_input", "of_name", "of_list", "of_input_way", "of_name_way", "of_choice")
POLICIES = ("refer", "no_match", "match")


def strategy(policy: str) -> Policy:
    return read_policy(
        parse_document(TEXT.replace("POLICY", policy), path="lenders.yaml"), rules_as_of=date(2024, 7, 1)
    )


READ = {policy: strategy(policy) for policy in POLICIES}


def answered(policy: Policy, lenders: int | None, target: str) -> tuple[object, ...]:
    """What one case is told by a target: "python", "polars" or "duckdb"."""
    if target == "python":
        told = policy.decide({"lenders": lenders})
        return tuple(told[name] for name in (*ANSWERS, "refers"))
    frame = pl.DataFrame({"lenders": [lenders]}, schema={"lenders": pl.Int64})
    judged = policy.judge_frame(frame, refers=True, target=target)
    return row_of(judged.select(*ANSWERS, "refers").row(0))


def row_of(row: tuple[object, ...]) -> tuple[object, ...]:
    """A row of a frame as `decide` gives it: what is collected as a tuple."""
    return tuple(tuple(value) if isinstance(value, list) else value for value in row)


@pytest.mark.parametrize("target", ["python", *TARGETS])
@pytest.mark.parametrize(
    ("policy", "of_input", "of_input_way", "of_choice"),
    [("refer", None, None, None), ("no_match", "missed", 0, "missed"), ("match", "hit", 1, "hit")],
)
def test_a_null_means_what_its_input_says_where_the_input_is_read_and_refers_by_name(
    policy: str, of_input: str | None, of_input_way: int | None, of_choice: str | None, target: str
) -> None:
    """An `if` in an expression asks the policy of the input, also through a name: it gives a value."""
    expected = (of_input, None, None, of_input_way, None, of_choice, True)
    assert answered(READ[policy], None, target) == expected


@pytest.mark.parametrize("policy", POLICIES)
def test_the_reason_told_is_the_input_that_is_missing(policy: str) -> None:
    judged = READ[policy].judge({"lenders": None})
    referred = [entry.reason.code for entry in judged.ranked if entry.because == "referred"]
    assert referred == ["MISSING_LENDERS"]
    assert READ[policy].judge({}).refers, "an absent key refers, whatever a null of it does"


@pytest.mark.parametrize("policy", POLICIES)
def test_a_name_never_opens_what_its_text_refers(policy: str) -> None:
    """By its name an expression is decided as by its text, or the case refers; alike in every target."""
    held = [None, 4, 5, 6]
    told = [answered(READ[policy], lenders, "python") for lenders in held]
    for lenders, answer in zip(held, told, strict=True):
        said = dict(zip((*ANSWERS, "refers"), answer, strict=True))
        assert said["of_name"] in (said["of_input"], None)
        assert said["of_name_way"] in (said["of_input_way"], None)
        assert said["refers"] == (lenders is None)
    frame = pl.DataFrame({"lenders": held}, schema={"lenders": pl.Int64})
    for target in TARGETS:
        rows = READ[policy].judge_frame(frame, refers=True, target=target).select(*ANSWERS, "refers").rows()
        assert [row_of(row) for row in rows] == told
