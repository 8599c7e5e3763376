"""Which cases two strategies judge otherwise (结论翻转): counted on past cases, or shown on boundary cases.

A case flips where the outcome asked for differs, a referral counting as an outcome of its own. Every kind of
flip comes with examples and the working of both strategies.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice

import polars as pl

from creditloop.formula import Samples, boundary_rows, broken_rows, random_row, samples_of
from creditloop.kernel.errors import UnknownId
from creditloop.risk.policy import Policy
from creditloop.risk.strategy.judgement import Judgement
from creditloop.risk.strategy.space import REFERS as REFERRED

REFERS = "(refers)"
"""The outcome of a case that is left to a person."""
Row = Mapping[str, object]
_KIND = ("old_outcome", "new_outcome", "old_rule", "new_rule")


@dataclass(frozen=True, slots=True)
class FlipKind:
    """From one outcome to another, decided by these rules (`<table>.<row>`; None where none decides)."""

    old: str
    new: str
    old_rule: str | None
    new_rule: str | None


@dataclass(frozen=True, slots=True)
class Flip:
    """One case with the working of both strategies."""

    kind: FlipKind
    row: Row
    old: Judgement
    new: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """What came of comparing two strategies on some cases.

    Attributes:
        rows: how many cases were judged; `flipped` how many of them flip.
        outcomes: cases by (old, new) outcome, unchanged ones as well.
        kinds: flips by outcome and deciding rules, most frequent first.
        first: examples, in the order of the cases.
    """

    outcome: str
    rows: int
    outcomes: Mapping[tuple[str, str], int]
    kinds: Mapping[FlipKind, int]
    first: tuple[Flip, ...]

    @property
    def flipped(self) -> int:
        """How many cases flip."""
        return sum(self.kinds.values())

    def as_record(self, *, most: int) -> dict[str, object]:
        """Return it as plain data, with this many examples."""
        return {
            "outcome": self.outcome,
            "rows": self.rows,
            "flipped": self.flipped,
            "outcomes": [
                {"old": old, "new": new, "cases": count} for (old, new), count in self.outcomes.items()
            ],
            "kinds": [{**asdict(kind), "cases": count} for kind, count in self.kinds.items()],
            "first": [
                {
                    **asdict(flip.kind),
                    "row": dict(flip.row),
                    "old_working": flip.old.as_record(),
                    "new_working": flip.new.as_record(),
                }
                for flip in self.first[:most]
            ],
        }


def find_flips(old: Policy, new: Policy, frame: pl.DataFrame, *, outcome: str, most: int) -> Flips:
    """Judge past cases by both strategies and count those that flip.

    Args:
        frame: a column for each input of either; see `formula.polars_columns` for what they may hold.
        outcome: an output of both.
        most: examples kept.
    Raises: UnknownId if either strategy has no such output.
    """
    before, after = _judged(old, frame, outcome), _judged(new, frame, outcome)
    columns = pl.concat(
        [before.select(pl.all().name.prefix("old_")), after.select(pl.all().name.prefix("new_"))],
        how="horizontal",
    )
    columns = columns.with_row_index("row")
    counted = columns.group_by(*_KIND).len().sort("len", *_KIND, descending=[True, *[False] * 4])
    outcomes, kinds = Counter[tuple[str, str]](), dict[FlipKind, int]()
    for said, now_said, old_rule, new_rule, count in counted.rows():
        outcomes[said, now_said] += count
        if said != now_said:
            kinds[FlipKind(said, now_said, old_rule, new_rule)] = count
    shown = columns.filter(pl.col("old_outcome") != pl.col("new_outcome")).head(most)
    names = [entry.name for entry in (*old.inputs, *new.inputs) if entry.name in frame.columns]
    rows = frame[shown["row"].to_list()].select(list(dict.fromkeys(names))).rows(named=True)
    kept = [FlipKind(*values) for values in shown.select(_KIND).rows()]
    first = [Flip(kind, row, old.judge(row), new.judge(row)) for kind, row in zip(kept, rows, strict=True)]
    return Flips(outcome=outcome, rows=len(frame), outcomes=outcomes, kinds=kinds, first=tuple(first))


def find_boundary_flips(old: Policy, new: Policy, *, outcome: str, rows_max: int, seed: int) -> Flips:
    """Judge boundary cases of both strategies, and random ones, by both; keep one example of each kind.

    The counts say nothing of how often such cases occur.
    """
    for policy in (old, new):
        _known(policy, outcome)
    outcomes, kinds = Counter[tuple[str, str]](), Counter[FlipKind]()
    first: dict[FlipKind, Flip] = {}
    for row in boundary_cases([old, new], rows_max=rows_max, seed=seed):
        before, after = (_told(policy.decide(row), outcome) for policy in (old, new))
        outcomes[before, after] += 1
        if before == after:
            continue
        judged = old.judge(row), new.judge(row)
        rules = _decided_by(old, judged[0], outcome), _decided_by(new, judged[1], outcome)
        kind = FlipKind(before, after, *rules)
        kinds[kind] += 1
        first.setdefault(kind, Flip(kind, row, *judged))
    ordered = dict(kinds.most_common())
    total = sum(outcomes.values())
    return Flips(outcome=outcome, rows=total, outcomes=outcomes, kinds=ordered, first=tuple(first.values()))


def boundary_cases(policies: Sequence[Policy], *, rows_max: int, seed: int) -> Iterator[Row]:
    """Give cases at the boundaries of several strategies and at random, each with the inputs of all."""
    samples = [samples_of(policy.program, seed=seed) for policy in policies]
    share = rows_max // len(samples)
    for index, own in enumerate(samples):
        others = samples[:index] + samples[index + 1 :]
        boundaries = list(islice(chain(boundary_rows(own), broken_rows(own)), share // 2))
        for row in (*boundaries, *(random_row(own) for _ in range(share - len(boundaries)))):
            yield {**_filled(own, others), **row}


def _filled(own: Samples, others: Iterable[Samples]) -> Row:
    """Draw the inputs that only the other strategies have."""
    drawn = [random_row(other) for other in others]
    known = {entry.name for entry in own.program.inputs}
    return {name: value for row in drawn for name, value in row.items() if name not in known}


def _known(policy: Policy, outcome: str) -> str:
    if outcome not in policy.outputs:
        raise UnknownId("the strategy gives no such output", got=outcome, expected=sorted(policy.outputs))
    return outcome


def _judged(policy: Policy, frame: pl.DataFrame, outcome: str) -> pl.DataFrame:
    """Return outcome and deciding rule of every row, as texts."""
    names = [entry.name for entry in policy.inputs if entry.name in frame.columns]
    judged = policy.judge_frame(frame.select(names), refers=True, outputs=[_known(policy, outcome)])
    table = policy.outputs[outcome].table
    decided = f"{table}_row"
    rule = pl.lit(f"{table}.") + pl.col(decided) if decided in judged.columns else pl.lit(None, pl.String)
    answers = judged.select(outcome, REFERRED).iter_rows(named=True)
    said = pl.Series("outcome", [_told(answer, outcome) for answer in answers], dtype=pl.String)
    return judged.select(said, rule.alias("rule"))


def _told(answer: Mapping[str, object], outcome: str) -> str:
    """Write what comes of a case; one that any part of the strategy refers is referred, as it is online."""
    return REFERS if answer[REFERRED] else _said(answer[outcome])


def _said(value: object) -> str:
    """Write an outcome; a list's values one after the other."""
    if value is None:
        return REFERS
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(_said, value)) if isinstance(value, list | tuple) else str(value)


def _decided_by(policy: Policy, judgement: Judgement, outcome: str) -> str | None:
    """Return the rule that gave an outcome; None where no single row of a table did."""
    table = policy.outputs[outcome].table
    matched = judgement.verdict(table).matched if table is not None else ()
    return f"{table}.{matched[0]}" if len(matched) == 1 else None
