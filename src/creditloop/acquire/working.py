"""Judge a recorded screening again, from the values kept with it: the whole working, and what differs."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from creditloop.acquire.listing import Screened
from creditloop.acquire.policies import PORTRAIT, REFERRED, SCORE, TABLE, Policies
from creditloop.formula import Input, Kind
from creditloop.risk import Card, CardScore, Judgement

_NUMBERS = frozenset({Kind.INTEGER, Kind.MONEY, Kind.NANO})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningWorking:
    """How a screening came to say what it says of a party (决策过程).

    Attributes:
        inputs: every value it was made from, by feature; fen, nano.
        differing: what comes out otherwise now, by name: (recorded, judged again); empty if all is equal.
    """

    screened: Screened
    inputs: Mapping[str, object]
    score: CardScore
    portrait: Judgement
    whitelist: Judgement
    differing: Mapping[str, tuple[object, object]]


def judge_again(*, screened: Screened, policies: Policies, card: Card) -> ScreeningWorking:
    """Judge a recorded screening of one party again.

    Args:
        policies, card: the very texts it was screened by.
    """
    row = _row(screened.inputs, (*policies.portrait.inputs, *policies.whitelist.inputs, *card.inputs))
    score = card.score(row)
    portrait = policies.portrait.judge(row)
    seen = {**row, **{part: portrait.outputs[part] for part in PORTRAIT}, SCORE: score.score}
    whitelist = policies.whitelist.judge(seen)
    rule = whitelist.verdict(TABLE).matched
    again: dict[str, object] = {
        **{part: portrait.outputs[part] or REFERRED for part in PORTRAIT},
        "score": score.score,
        "pd_nano": score.pd_nano,
        "outcome": REFERRED if whitelist.refers else whitelist.outputs["outcome"],
        "rule": REFERRED if whitelist.refers else rule[0],
    }
    recorded = {name: getattr(screened, name) for name in again}
    return ScreeningWorking(
        screened=screened,
        inputs=row,
        score=score,
        portrait=portrait,
        whitelist=whitelist,
        differing={name: (recorded[name], again[name]) for name in again if recorded[name] != again[name]},
    )


def _row(inputs: str, declared: Iterable[Input]) -> dict[str, object]:
    """Read the values out of their canonical JSON, in which the largest numbers are text."""
    row: dict[str, object] = json.loads(inputs)
    for entry in declared:
        value = row.get(entry.name)
        if entry.kind in _NUMBERS and isinstance(value, str):
            row[entry.name] = int(value)
    return row
