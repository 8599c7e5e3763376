"""The page of the Polish study: figures in, Markdown out, nothing computed but shares and differences."""

from collections.abc import Iterator, Mapping
from typing import Any

from bench.sme_polish_measure import FUSED, JOINT, without
from bench.sme_polish_study import SmeStudy

_HEAD = """# Polish companies: a rating in five dimensions 五维度企业评级（波兰企业）

What 64 published ratios tell of bankruptcy within a year, put into the dimensions of the bank's rating of
firms: a card a dimension, fused into one rating, beside one card over everything. Which ratio stands where
and why: `examples/sme_polish/dimensions.yaml`. Written by `python -m bench.sme_polish`, checked by
`python -m bench.sme_polish --check`.
"""
_READING = """
## How to read it 说明

- **Out of fold**: {folds} stratified folds of shuffled rows, seed {seed}; mean over folds ± their standard
  deviation. Rows carry no date and no company: a later year would be harder, and one company may stand in
  several rows. {repeated} rows are copies of another, and a copy may be in another fold.
- **free**: cards find the way of each ratio by themselves. **held**: they keep to the direction stated, and
  a ratio that is held is in no pair cut crosswise: the cost of the directions is in part that of fewer pairs.
- **Missing**: the fusion has weights for every set of dimensions, fitted for it; nothing is filled in. A
  weight of 0: beside the others the dimension adds nothing out of fold.
- As published: bankrupt companies of 2000 to 2012, others of 2007 to 2013. Nothing here speaks of the bank's
  own firms; their dimensions, simulated, are in [the rating of firms](../sme_rating.md).
"""


def sme_page(study: SmeStudy, figures: Mapping[str, Any], *, sha256: str) -> str:
    """Write the page."""
    return "\n".join(
        [_HEAD, *_data(study, figures, sha256), *_judged(study, figures), *_rest(study, figures)]
    )


def _data(study: SmeStudy, figures: Mapping[str, Any], sha256: str) -> Iterator[str]:
    rows, bad = figures["rows"], figures["bad"]
    yield "## The dimensions 维度\n"
    told = f"{rows:,} rows, {bad} bankrupt within a year ({100 * bad / rows:.2f} %)"
    yield f"{told}; SHA-256 `{sha256[:16]}…`.\n"
    yield "| dimension | ratios | with a direction stated | what it asks |\n|---|---|---|---|"
    for one in study.dimensions:
        own = study.of_dimension(one.name)
        stated = sum(ratio.direction.value != "none" for ratio in own)
        yield f"| {one.title.en} {one.title.zh} | {len(own)} | {stated} | {one.asks.en} {one.asks.zh} |"
    for title, why in study.absent.values():
        yield f"| **{title.en} {title.zh}** | **absent 缺** | – | {why.en} |"


def _judged(study: SmeStudy, figures: Mapping[str, Any]) -> Iterator[str]:
    free, held = (figures["variants"][name]["judged"] for name in ("free", "held"))
    yield "\n## What each tells 区分度\n"
    yield "| | AUC, free | KS, free | AUC, held | KS, held |\n|---|---|---|---|---|"
    titles = {one.name: f"{one.title.en} {one.title.zh} alone" for one in study.dimensions}
    titles |= {FUSED: "**five dimensions, fused 融合**", JOINT: "**one card over all 64 联合卡**"}
    for name, title in titles.items():
        told = (_auc(free[name]), f"{free[name]['ks']:.3f}", _auc(held[name]), f"{held[name]['ks']:.3f}")
        yield f"| {title} | {' | '.join(told)} |"
    yield ""
    yield (
        f"**Cost of splitting by dimension** (joint less fused): {_less(free[JOINT], free[FUSED])} free, "
        f"{_less(held[JOINT], held[FUSED])} held. **Cost of the directions** (free less held): "
        f"{_less(free[FUSED], held[FUSED])} fused, {_less(free[JOINT], held[JOINT])} joint."
    )
    yield "\n## What is lost when a dimension is missing 缺维度\n"
    yield "| missing | weight, free | AUC of the rest, free | lost | AUC of the rest, held | lost |"
    yield "|---|---|---|---|---|---|"
    weights = figures["variants"]["free"]["weights"]
    for one in study.dimensions:
        key = without(one.name)
        yield (
            f"| {one.title.en} {one.title.zh} | {weights[one.name]:.2f} | {free[key]['auc']:.4f} | "
            f"{_less(free[FUSED], free[key])} | {held[key]['auc']:.4f} | {_less(held[FUSED], held[key])} |"
        )


def _rest(study: SmeStudy, figures: Mapping[str, Any]) -> Iterator[str]:
    yield "\n## The rating 评级\n"
    yield (
        f"Grades cut on the fused scores, free, out of fold ({study.card.score_at} points at "
        f"{study.card.odds_at} goods a bad, {study.card.points_to_double_odds} double the odds); the cut is "
        "the sample's own.\n"
    )
    yield "| grade | scores | rows | bankrupt | share |\n|---|---|---|---|---|"
    for number, grade in enumerate(figures["variants"]["free"]["grades"], start=1):
        share = 100 * grade["bad"] / grade["rows"]
        yield f"| {number} | {grade['scores']} | {grade['rows']:,} | {grade['bad']} | {share:.2f} % |"
    yield "\n## Directions that the sample does not follow 与所述方向不符\n"
    against = figures["against"]
    stated = sum(ratio.direction.value != "none" for ratio in study.ratios)
    yield (
        f"{len(against)} of {stated} ratios with a direction stated let no cut stand in it, though they do "
        "in another.\n"
    )
    if against:
        yield "| ratio | stated | follows |\n|---|---|---|"
    for one in against:
        yield f"| `{one['name']}` | {one['stated']} | {one['follows'] or '–'} |"
    yield _READING.format(folds=study.folds, seed=study.seed, repeated=figures["repeated"])


def _auc(told: Mapping[str, float]) -> str:
    return f"{told['auc']:.4f} ± {told['auc_sd']:.4f}"


def _less(more: Mapping[str, float], less: Mapping[str, float]) -> str:
    """Write what is lost from one AUC to another; what is gained has a minus."""
    return f"{more['auc'] - less['auc']:.4f}".replace("-", "−")
