"""Whole strategies: what the checks say of a sound one, and of one spoilt in one way."""

import time
from random import Random

import pytest
from tests.risk.strategy_texts import TEXT, line_of, strategy

from creditloop.formula import resolve
from creditloop.risk import Severity, StrategyFinding, publishable
from creditloop.risk.checking.whole import check_strategy


def grave(text: str) -> dict[str, StrategyFinding]:
    return {each.code: each for each in check_strategy(strategy(text)) if each.severity is not Severity.NOTE}


def test_a_sound_strategy_has_nothing_grave() -> None:
    found = check_strategy(strategy())
    assert publishable(found)
    assert grave(TEXT) == {}
    assert {each.code for each in found} == {"null_stops", "overlap", "possible_overlap"} & {
        each.code for each in found
    }
    assert [each.where["line"] for each in found] == sorted(int(str(each.where["line"])) for each in found)


SPOILT: dict[str, tuple[str, str, str, str | None, str | None]] = {
    # what: (part of the text, put in its place, code, rule, a line of the spoilt text to be named)
    "a rule that never matches": (
        "age < parameter.age_min",
        "age < 18 and age > 60",
        "never_true",
        "young",
        "id: young",
    ),
    "a rule behind one that takes all": (
        "lenders > 5",
        "hard = 'decline' or hard = 'none'",
        "otherwise_unreachable",
        None,
        None,
    ),
    "a rule of a value that is never given": (
        "hard = 'decline'",
        "hard = 'decline' and hard = 'none'",
        "never_true",
        "F_1",
        "id: F_1",
    ),
    "a value that no row gives": (
        "values: [approve, refer, decline]",
        "values: [approve, refer, decline, limbo]",
        "value_never_given",
        None,
        "id: final",
    ),
    "a list without an entry in force": (
        "{value: X, from: 2024-01-01,",
        "{value: X, from: 2020-01-01, to: 2021-01-01,",
        "list_empty",
        None,
        "  blacklist:",
    ),
    "one code with two wordings": (
        "{code: MANY, zh: 多头, en: many lenders}",
        "{code: HARD, zh: 多头, en: many lenders}",
        "reason_two_wordings",
        "F_2",
        "id: F_2",
    ),
    "a branch that is never taken": (
        "when: card_points < 500",
        "when: card_points < 500 and card_points > 600",
        "never_true",
        "channel.low",
        None,
    ),
    "a rule that points can never reach": (
        "lenders > 5",
        "card_points > 900 and card_points < 100",
        "never_true",
        "F_2",
        "id: F_2",
    ),
    "a condition that always holds": ("lenders > 5", "'true'", "always_true", "F_2", "id: F_2"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_spoilt_is_named_with_its_line(what: str) -> None:
    before, after, code, rule, line = SPOILT[what]
    text = TEXT.replace(before, after).replace("'true'", "true")
    found = {each.code: each for each in check_strategy(strategy(text))}
    assert code in found, sorted(found)
    assert found[code].rule == rule
    if line is not None:
        assert found[code].where["line"] == line_of(line, text)
    assert found[code].zh != found[code].en


def test_a_rule_of_a_branch_is_checked_against_its_branch() -> None:
    inner = """\
            - table:
                id: low_table
                hit_policy: first
                outputs: {note: {kind: text}}
                rows:
                  - {id: L_1, when: card_points >= 500, then: {note: never},
                     reason: {code: L_1, zh: 甲, en: one}}
                otherwise: {then: {note: low}, reason: {code: L_0, zh: 乙, en: none}}
"""
    factor = "            - {name: factor, kind: nano, value: 0.5, meaning: {zh: 系数, en: factor}}\n"
    text = TEXT.replace(factor, factor + inner)
    found = {
        each.rule: each.code for each in check_strategy(strategy(text)) if each.severity is Severity.ERROR
    }
    assert found == {"L_1": "unreachable"}


def test_a_bin_that_no_value_reaches_is_found() -> None:
    text = TEXT.replace(
        '{when: ">= 600", points: 30}', '{when: "< 500", points: 9}, {when: ">= 600", points: 30}'
    )
    assert grave(text)["unreachable"].rule == "score.2"


def test_every_case_shown_comes_out_as_said() -> None:
    policy = strategy()
    for each in check_strategy(policy):
        if each.code not in {"overlap", "null_stops"}:
            continue
        assert each.witness is not None
        row = {entry.name: None for entry in policy.inputs} | dict(each.witness)
        verdict = policy.judge(row).verdict(str(each.table))
        said = {told.row: resolve(told.result).value for told in verdict.working}
        assert said[str(each.rule)] == ("refer" if each.code == "null_stops" else "matched")


def test_500_rules_over_120_inputs_are_checked_in_seconds() -> None:
    """A budget that guards the design: the figure itself stands in the benchmark."""
    random = Random(7)
    inputs = "\n".join(f"  x{n}: {{kind: integer}}" for n in range(120))
    rows = []
    for n in range(500):
        read = random.sample(range(120), random.randint(2, 4))
        when = " and ".join(f"x{i} {random.choice(['>', '<'])} {random.randint(0, 1000)}" for i in read)
        reason = f"{{code: C{n}, zh: 因{n}, en: why {n}}}"
        rows.append(f'      - {{id: R{n}, when: "{when}", then: {{outcome: decline}}, reason: {reason}}}')
    text = f"""\
policy: many
product: card
stage: admit
title: {{zh: 多, en: many}}
inputs:
{inputs}
tables:
  - id: final
    hit_policy: first
    outputs: {{outcome: {{kind: text}}}}
    rows:
{chr(10).join(rows)}
    otherwise: {{then: {{outcome: approve}}, reason: {{code: NONE, zh: 无, en: none}}}}
"""
    policy = strategy(text)
    begun = time.process_time()
    found = check_strategy(policy)
    seconds = time.process_time() - begun
    assert "not_proven" not in {each.code for each in found}
    assert seconds < 10, f"{seconds:.1f} s of CPU"
