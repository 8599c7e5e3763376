"""The page of the simulated towns: figures in, Markdown out, nothing computed but shares."""

from collections.abc import Iterator, Mapping

import polars as pl
from bench.sme_town_judging import Told, TownFigures
from bench.sme_town_splitting import Splitting

from creditloop.risk.measures.intervals import AucInterval

Counts = Mapping[str, tuple[int, int]]
_OUTCOMES = {
    "approve": "approve 通过",
    "refer": "refer 转人工",
    "decline": "decline 拒绝",
    "none": "undecided, so to a person 无法判断，转人工",
}
_HEAD = """# Small firms on two towns: rating and approval (simulated) 小微企业评级与审批（模拟）

**Everything on this page is simulated.** The cards are fitted on one town and judged on another, against
planted defaults; no figure says anything of real firms. What is fitted and how it is used:
[the rating of firms](../sme_rating.md). Written by `python -m bench.sme_town`, checked by
`python -m bench.sme_town --check`.
"""
_FOOT = """
Simulated 模拟。 The towns plant defaults through sales, debts, owners and links, and statements follow sales
alone, so that ratios within one statement tell next to nothing here; what tells is whether dues are paid on
time, whether sales come in, and how trade moves. A bank's own firms decide that anew.
"""


def town_page(
    figures: TownFigures,
    split: Splitting,
    *,
    study_towns: tuple[tuple[int, int], tuple[int, int]],
    fitted: pl.DataFrame,
) -> str:
    """Write the page.

    Args:
        study_towns: parties and seed of the town fitted on, and of the one judged.
        fitted: rows of the first.
    """
    (fit_parties, fit_seed), (parties, seed) = study_towns
    lines = [
        _HEAD,
        "| simulated 模拟 | town | firms and sole traders that paid until the day | bad |",
        "|---|---|---|---|",
        f"| fitted on | {fit_parties:,} parties, seed {fit_seed} | {fitted.height:,} | "
        f"{fitted['bad'].sum()} |",
        f"| judged on | {parties:,} parties, seed {seed} | {figures.rows:,} | {figures.bad} |",
    ]
    return "\n".join(
        [*lines, *_answers(figures), *_dimensions(figures), *_splitting(split), *_outcomes(figures), _FOOT]
    )


def _answers(figures: TownFigures) -> Iterator[str]:
    yield "\n## The rating, simulated 评级（模拟）\n"
    yield "AUC with 95 % intervals, on the town judged.\n"
    yield "| | rows | bad | AUC |\n|---|---|---|---|"
    for name, told in figures.answers.items():
        yield f"| {name} | {told.rows:,} | {told.bad} | {_auc(told)} |"


def _dimensions(figures: TownFigures) -> Iterator[str]:
    yield "\n## The six dimensions, simulated 六维（模拟）\n"
    yield "Fitted: its points in the card. Portrait: its score by expert points, where it is known.\n"
    yield "| dimension | features offered | in the card | AUC, fitted | AUC, portrait | score known |"
    yield "|---|---|---|---|---|---|"
    for told in figures.dimensions.values():
        fitted = _auc(told.fitted) if told.fitted is not None else "–"
        known = f"{100 * told.portrait.rows / figures.rows:.0f} %"
        numbers = f"{told.offered} | {told.used} | {fitted} | {_auc(told.portrait)} | {known}"
        yield f"| {told.title} | {numbers} |"


def _splitting(split: Splitting) -> Iterator[str]:
    yield "\n## One card, or one a dimension, simulated 合卡与分维度（模拟）\n"
    yield "The same features, rows and folds; AUC on the town judged, without the bureau.\n"
    yield "| | AUC |\n|---|---|"
    yield f"| one card over six dimensions | {_interval(split.joint)} |"
    yield f"| {split.cards} cards, one a dimension, fused | {_interval(split.split)} |"
    yield f"| cost of splitting | {split.joint.estimate - split.split.estimate:.4f} |"


def _outcomes(figures: TownFigures) -> Iterator[str]:
    yield "\n## Grades and outcomes, simulated 评级与结论（模拟）\n"
    yield "| grade | rows | bad | rate |\n|---|---|---|---|"
    for grade in sorted(figures.grades):
        yield _counted(grade if grade != "none" else "undecided 无法判断", figures.grades[grade])
    yield "\n| outcome | rows | bad | rate |\n|---|---|---|---|"
    for name, title in _OUTCOMES.items():
        if name in figures.outcomes:
            yield _counted(title, figures.outcomes[name])
    yield "\nOf firms without a bureau record 信贷白户:\n"
    yield "| outcome | rows | bad | rate |\n|---|---|---|---|"
    for name, title in _OUTCOMES.items():
        if name in figures.outcomes_no_bureau:
            yield _counted(title, figures.outcomes_no_bureau[name])


def _counted(title: str, counts: tuple[int, int]) -> str:
    rows, bad = counts
    return f"| {title} | {rows:,} | {bad} | {100 * bad / rows:.2f} % |"


def _auc(told: Told) -> str:
    return f"{told.auc:.3f} [{told.low:.3f}, {told.high:.3f}]"


def _interval(told: AucInterval) -> str:
    return f"{told.estimate:.3f} [{told.low:.3f}, {told.high:.3f}]"
