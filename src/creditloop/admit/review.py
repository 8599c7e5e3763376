"""Decide by policy and card: a whole frame at once, or one case with its whole working (授信评审).

1. the card scores the values                              a card that cannot score gives null, which refers
2. the policy judges values, score and probability         policies/<product>/admit/<policy>.yaml
3. where any table could not be evaluated a person decides (转人工): the outcome is `refer`
4. the decision keeps every value it was made from, so that it can be made again and must come out the same
"""

import json
from collections.abc import Iterator, Mapping

import polars as pl

from creditloop.admit.rules import LIMIT, OUTCOME, OUTPUTS, REFERRED, REVIEWED, SCOPE, ReviewRules
from creditloop.admit.working import Working
from creditloop.formula import Kind, State
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.dates import date_from_text
from creditloop.kernel.errors import EvidenceError, InputError
from creditloop.risk import Policy

FACTORS_MOST = 4
"""How many of the features that cost the score most a decision names; more help nobody to understand it."""

DECISION: Mapping[str, pl.DataType] = {
    "party_id": pl.String(),
    "inputs": pl.String(),
    "score": pl.Int64(),
    "pd_nano": pl.Int64(),
    "scope": pl.String(),
    "grade": pl.String(),
    "outcome": pl.String(),
    "outcome_proposed": pl.String(),
    "limit_fen": pl.Int64(),
    "limit_proposed_fen": pl.Int64(),
    "rate_annual_nano": pl.Int64(),
    "rule": pl.String(),
    "reasons": pl.String(),
    "factors": pl.String(),
}
"""What a decision says, in order; see `schema.sql`."""


def review(*, frame: pl.DataFrame, rules: ReviewRules) -> pl.DataFrame:
    """Decide about every row of a frame; see the module for the steps.

    Args:
        frame: party_id, and a column for each of `rules.inputs`; further columns are ignored.
    Returns: the columns of `DECISION`, sorted by party; the same as `review_one` gives of every row.
    Raises: InputError if a column is missing, a party stands twice or a row names none.
    """
    names = list(rules.inputs)
    rows = _checked(frame, names)
    scored = rules.card.score_frame(rows, working=True)
    judged = rules.policy.judge_frame(scored.select(*rows.columns, "score", "pd_nano"))
    refers = _refers(rules.policy)
    decided = judged.select(
        "party_id",
        _inputs_column(rows, names),
        "score",
        "pd_nano",
        *(
            (pl.col(name) if name in rules.outputs else pl.lit(None)).cast(DECISION[name]).alias(name)
            for name in OUTPUTS
            if name != OUTCOME
        ),
        pl.when(refers).then(pl.lit(REFERRED)).otherwise(OUTCOME).alias(OUTCOME),
        (pl.col(LIMIT) if LIMIT in names else pl.lit(None)).cast(pl.Int64).alias("limit_fen"),
        pl.when(refers).then(pl.lit(REFERRED)).otherwise(f"{rules.outcome_table.id}_row").alias("rule"),
        _factors_column(scored, rules),
    )
    reasons = _reasons_column(judged, rules, names)
    return decided.with_columns(reasons).select(*DECISION)


def review_one(*, party_id: str, row: Mapping[str, object], rules: ReviewRules) -> Working:
    """Decide about one party, with the whole working: values, score by parts, every table's rows.

    Args:
        row: a plain value for each of `rules.inputs`; further keys are ignored.
    Raises: InputError if a value is not there at all; one that is null is there.
    """
    if missing := sorted(rules.inputs.keys() - row.keys()):
        raise InputError("a decision needs these values", got=missing, where={"party": party_id})
    values = {name: row[name] for name in rules.inputs}
    score = rules.card.score(values)
    judgement = rules.policy.judge({**values, "score": score.score, "pd_nano": score.pd_nano})
    outputs = {name: judgement.outputs.get(name) for name in OUTPUTS}
    rule = judgement.verdict(rules.outcome_table.id).matched
    decision = {
        **outputs,
        "party_id": party_id,
        "inputs": _text(values),
        "score": score.score,
        "pd_nano": score.pd_nano,
        OUTCOME: REFERRED if judgement.refers else outputs[OUTCOME],
        "limit_fen": values.get(LIMIT),
        "rule": REFERRED if judgement.refers else rule[0],
        "reasons": _text([reason.code for reason in judgement.reasons]),
        "factors": _text([] if score.score is None else [cost.code for cost in score.reasons][:FACTORS_MOST]),
    }
    return Working(
        decision={name: decision[name] for name in DECISION},
        values=values,
        score=score,
        judgement=judgement,
        rules=rules,
    )


def replay(*, party_id: str, inputs: str, rules: ReviewRules) -> Working:
    """Make a decision again from the values that were kept with it.

    Args:
        inputs: canonical JSON, as `DECISION` has it.
    Raises: EvidenceError if the values are not those the rules read.
    """
    kept = json.loads(inputs)
    if not isinstance(kept, dict) or kept.keys() != rules.inputs.keys():
        raise EvidenceError(
            "the values kept with a decision are not those its rules read",
            got=sorted(kept) if isinstance(kept, dict) else inputs,
            expected=sorted(rules.inputs),
            where={"party": party_id},
        )
    row = {name: _value(kept[name], rules.inputs[name]) for name in rules.inputs}
    return review_one(party_id=party_id, row=row, rules=rules)


def in_scope(*, frame: pl.DataFrame, policy: Policy) -> pl.Series:
    """Return the scope (评审范围) of each row, in order, before there is any score; a Series named "scope".

    A policy without the output `scope` reviews everybody. Null where the scope cannot be told.
    """
    if SCOPE not in policy.outputs:
        return pl.Series(SCOPE, [REVIEWED] * frame.height, dtype=pl.String)
    unscored = {entry.name for entry in policy.inputs} & {"score", "pd_nano"}
    blank = frame.with_columns(pl.lit(None, pl.Int64).alias(name) for name in sorted(unscored))
    return policy.judge_frame(blank)[SCOPE]


def _checked(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    if missing := sorted({"party_id", *names} - set(frame.columns)):
        raise InputError("a decision needs these values", got=missing)
    if frame["party_id"].null_count():
        raise InputError("a row to decide about names no party", got=frame["party_id"].null_count())
    twice = frame.filter(pl.col("party_id").is_duplicated())
    if not twice.is_empty():
        raise InputError("a party stands twice", got=twice["party_id"][0])
    return frame.select("party_id", *names).sort("party_id")


def _refers(policy: Policy) -> pl.Expr:
    return pl.any_horizontal(pl.col(name) != State.OK.value for name in policy.state_columns)


def _inputs_column(rows: pl.DataFrame, names: list[str]) -> pl.Series:
    texts = (
        [_text(row) for row in rows.select(names).iter_rows(named=True)] if names else ["{}"] * rows.height
    )
    return pl.Series("inputs", texts, dtype=pl.String)


def _factors_column(scored: pl.DataFrame, rules: ReviewRules) -> pl.Series:
    """Name for each row that has a score the features that cost it most against their best bins."""
    features = [entry.feature.name for entry in rules.card.features]
    best = [max(each.points for each in entry.bins) for entry in rules.card.features]
    rows = scored.select("score", *(f"points_{name}" for name in features)).iter_rows()
    told: dict[tuple[int, ...], str] = {}
    texts = list[str]()
    for score, *points in rows:
        if score is None:
            texts.append(_text([]))
            continue
        key = tuple(points)
        if key not in told:
            lost = [
                (top - own, name) for own, top, name in zip(key, best, features, strict=True) if top > own
            ]
            most = sorted(lost, key=lambda pair: -pair[0])[:FACTORS_MOST]  # of equals the card's order
            told[key] = _text([f"CARD_{name.upper()}" for _, name in most])
        texts.append(told[key])
    return pl.Series("factors", texts, dtype=pl.String)


def _reasons_column(judged: pl.DataFrame, rules: ReviewRules, names: list[str]) -> pl.Series:
    """Give each row the reason codes of the rows that count, table by table; of a case that refers, its own.

    Cases that were decided by the same rows have the same reasons, so each combination is told once.
    """
    policy = rules.policy
    marks = [f"{table.id}_{mark}" for table in policy.tables for mark in table.marks]
    refers = judged.select(_refers(policy).alias("refers"))["refers"]
    told: dict[tuple[int | None, ...], str] = {}
    texts = list[str]()
    given = judged.select("party_id", *names, "score", "pd_nano")
    for index, matched in enumerate(judged.select(marks).iter_rows()):
        if refers[index]:
            reasons = policy.judge(given.row(index, named=True)).reasons
            texts.append(_text([reason.code for reason in reasons]))
            continue
        if matched not in told:
            told[matched] = _text(list(dict.fromkeys(_codes(policy, matched))))
        texts.append(told[matched])
    return pl.Series("reasons", texts, dtype=pl.String)


def _codes(policy: Policy, matched: tuple[int | None, ...]) -> Iterator[str]:
    """Give the codes of the rows that count; a table in a branch not taken has no marks."""
    marks = iter(matched)
    for table in policy.tables:
        own = [next(marks) for _ in table.marks]
        if None not in own:
            yield from (row.rule.reason.code for row in table.rows_of([mark or 0 for mark in own]))


def _text(value: object) -> str:
    return canonical_bytes(value).decode()


def _value(kept: object, kind: Kind) -> object:
    """Read a value back as it was before it was written as JSON: dates and long integers are text there."""
    if kept is None or not isinstance(kept, str) or kind is Kind.TEXT:
        return kept
    return date_from_text(kept) if kind is Kind.DATE else int(kept)
