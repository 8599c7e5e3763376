"""A challenger chosen by hand-checkable rules, written as a text whose difference can be read."""

import difflib
from datetime import date

import polars as pl
import pytest

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.oversight import Choice, choose_cutoffs
from creditloop.risk import Policy, read_policy
from creditloop.risk.backtest import Move, proposed_text

RULES, NEXT = date(2024, 6, 30), date(2024, 7, 1)
TEXT = """\
policy: limit_review
product: credit_card
stage: admit
title: {zh: 重检, en: review}
inputs:
  score: {kind: integer, "null": refer}
  used: {kind: nano, "null": refer}
parameters:
  score_min:
    kind: integer
    unit: point
    values:
      - from: 2005-01-01
        value: 550
        source: {title: "a choice of this test", checked: 2026-11-22}
  used_max:
    kind: nano
    unit: ratio
    values:
      - {from: 2005-01-01, value: 0.5, source: {title: "a choice of this test", checked: 2026-11-22}}
tables:
  - id: outcome
    hit_policy: first
    inputs:
      score: {kind: integer, "null": refer}
      used: {kind: nano, "null": refer}
    outputs:
      outcome: {kind: text, values: [keep, freeze]}
    rows:
      - id: T1
        when: "score < parameter.score_min"
        then: {outcome: freeze}
        reason: {code: T1, zh: 低分, en: low}
      - id: T2
        when: "used > parameter.used_max"
        then: {outcome: freeze}
        reason: {code: T2, zh: 高使用, en: used}
    otherwise: {then: {outcome: keep}, reason: {code: T0, zh: 维持, en: kept}}
"""
SCORE = Move(parameter="score_min", step=10, reach=20)
USED = Move(parameter="used_max", step=100_000_000, reach=100_000_000)


def champion(text: str = TEXT) -> Policy:
    return read_policy(parse_document(text, path="review.yaml"), rules_as_of=RULES)


def cases(*rows: tuple[int, int, bool]) -> pl.DataFrame:
    """Cases by (score, used in nano, bad)."""
    schema = {"score": pl.Int64, "used": pl.Int64, "bad": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def chosen(frame: pl.DataFrame, *moves: Move, **changed: object) -> Choice | None:
    asked = {
        "champion": champion(),
        "cases": frame,
        "approves": ("keep",),
        "moves": moves or (SCORE,),
        "effective_from": NEXT,
        "source": "chosen in this test",
    } | changed
    return choose_cutoffs(**asked)  # type: ignore[arg-type]


def test_more_are_approved_where_the_bad_rate_allows_it() -> None:
    frame = cases(
        (560, 0, False),
        (555, 0, True),
        (545, 0, False),
        (535, 0, True),  # from 530 on 3 of 5 would be bad, more than the champion's 1 of 2
        (534, 0, True),
        (500, 0, False),
    )
    choice = chosen(frame)
    assert choice is not None
    assert choice.moved == {"score_min": ("550", "540")}
    assert (choice.approved, choice.bads, choice.tried, choice.rows) == ((2, 3), (1, 1), 4, 6)


def test_a_case_that_any_part_of_the_policy_refers_is_not_approved() -> None:
    """Those between 540 and 550 would be kept, but how much of their limit may be used cannot be computed."""
    unknown = TEXT.replace(
        "tables:\n",
        """steps:
  - {limit: {name: share, kind: nano, value: used / (score - 545), meaning: {zh: 占比, en: share}}}
tables:
""",
    )
    frame = cases((560, 0, False), (545, 0, False), (545, 0, False))
    assert chosen(frame, champion=champion(unknown)) is None
    choice = chosen(frame)
    assert choice is not None
    assert (choice.moved, choice.approved) == ({"score_min": ("550", "540")}, (1, 3))


def test_nothing_is_chosen_where_every_try_is_worse() -> None:
    assert chosen(cases((560, 0, False), (545, 0, True), (535, 0, True))) is None


def test_two_cutoffs_can_be_traded_against_each_other() -> None:
    """Taking in who uses 0.55 of the limit brings two bads; leaving out scores below 560 pays for them."""
    used = [(600, 550_000_000, bad) for bad in (False, False, True, True)]
    frame = cases((600, 0, False), (565, 0, False), (555, 0, True), *used)
    assert chosen(frame, USED) is None
    choice = chosen(frame, SCORE, USED)
    assert choice is not None
    assert choice.moved == {"used_max": ("0.5", "0.6"), "score_min": ("550", "560")}
    assert (choice.approved, choice.bads) == ((3, 6), (1, 2))


def test_the_text_differs_by_one_dated_line_a_cutoff() -> None:
    document = champion().document
    text = proposed_text(
        document, values={"score_min": "540", "used_max": "0.6"}, effective_from=NEXT, source="a test"
    )
    changed = [line for line in difflib.ndiff(TEXT.splitlines(), text.splitlines()) if line[0] in "+-?"]
    assert changed == [
        '+       - {from: 2024-07-01, value: 540, source: {title: "a test"}}',
        '+       - {from: 2024-07-01, value: 0.6, source: {title: "a test"}}',
    ]
    same = read_policy(parse_document(text, path="review.yaml"), rules_as_of=RULES)
    new = read_policy(parse_document(text, path="review.yaml"), rules_as_of=NEXT)
    assert [entry.parameter.value for entry in same.parameters] == [550, 500_000_000]
    assert [entry.parameter.value for entry in new.parameters] == [540, 600_000_000]
    assert new.parameters[0].source.title == "a test"


def test_cutoffs_keep_their_order() -> None:
    text = TEXT.replace("used_max", "score_top").replace(
        "kind: nano\n    unit: ratio", "kind: integer\n    unit: point"
    )
    text = text.replace("value: 0.5,", "value: 560,").replace(
        "used > parameter.score_top", "score > parameter.score_top"
    )
    top = Move(parameter="score_top", step=10, reach=20)
    frame = cases((555, 0, False), (545, 0, False), (575, 0, False))
    choice = chosen(frame, SCORE, top, champion=champion(text))
    assert choice is not None
    assert choice.tried == 14  # of 25 pairs, the champion's own and the ten that cross or meet are left out


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        (
            {"moves": (Move(parameter="absent", step=1, reach=1),)},
            PolicyError,
            "no number of this name",
        ),
        ({"moves": (Move(parameter="score_min", over="score"),)}, InputError, "by step and reach"),
        ({"effective_from": RULES}, InputError, "after its champion"),
        ({"cases": cases()}, InputError, "whose outcome is known"),
        ({"cases": cases((1, 0, True)).with_columns(bad=pl.lit(None, pl.Boolean))}, InputError, "is known"),
    ],
)
def test_what_cannot_be_chosen_is_refused(
    changed: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        chosen(cases((560, 0, False)), **changed)


def test_values_written_in_one_line_cannot_take_another() -> None:
    lines = TEXT.replace(
        """    values:
      - {from: 2005-01-01, value: 0.5, source: {title: "a choice of this test", checked: 2026-11-22}}
""",
        """    values: [{from: 2005-01-01, value: 0.5, source: {title: "a choice of this test"}}]
""",
    )
    with pytest.raises(PolicyError, match="below each other"):
        proposed_text(
            champion(lines).document, values={"used_max": "0.6"}, effective_from=NEXT, source="a test"
        )
