"""The pages of the results (结果页): one a set, and a first page with all rules in one table.

Pure: studies as written and figures as measured in, Markdown out, by the two templates beside this file.
Nothing is computed here but shares, and how many rules the claim holds beside.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.results_study import Study
from jinja2 import Environment, FileSystemLoader, StrictUndefined

Record = Mapping[str, Any]
PARTS = (("fit", "fit 建模"), ("choose", "choose 选阈值"), ("judge", "judge 评判"))
QUESTIONS = {
    "equal_approvals": "as many approvals 同通过率",
    "equal_bad_rate": "the same bad rate 同坏率",
    "twice_approvals": "twice the approvals 通过翻倍",
    "less_bad": "40 % less bad 坏率降四成",
}
VERDICTS = {"holds": "holds", "does_not_hold": "does not hold", "cannot_tell": "cannot be told"}
HELD_OUT = "held out, of the same time, accepted customers only"
"""What every figure is of; it stands beside each table."""


def study_page(study: Study, figures: Record) -> str:
    """Write the page of one set."""
    titles = {plan.name: plan.title for plan in study.cards}
    rules = {rule.policy.name: rule.policy for rule in study.rules}
    cards = [
        {
            "name": told["card"],
            "title": titles[told["card"]],
            "told": told,
            **told["discrimination"],
            "comparisons": [(one, rules[one["rule"]]) for one in told["comparisons"]],
        }
        for told in figures["cards"]
    ]
    return _page(
        "results_set.md.jinja",
        study=study,
        figures=figures,
        outcome=study.plan.outcome,
        parts=PARTS,
        looks=[*zip(study.table.looks, figures["looks"], strict=True)],
        cards=cards,
    )


def first_page(studies: Sequence[Study], figures: Mapping[str, Record]) -> str:
    """Write the page that holds every rule of every set, none set apart."""
    comparisons = [*_comparisons(studies, figures)]
    return _page(
        "results_first.md.jinja", studies=studies, comparisons=comparisons, by_rule=_by_rule(comparisons)
    )


def _comparisons(
    studies: Sequence[Study], figures: Mapping[str, Record]
) -> Iterator[tuple[Study, str, Record]]:
    for study in studies:
        for card in figures[study.name]["cards"] if study.name in figures else ():
            yield from ((study, card["card"], told) for told in card["comparisons"])


def _by_rule(comparisons: Sequence[tuple[Study, str, Record]]) -> dict[str, list[str]]:
    """Name the rules beside which the claim holds with every card, with none, and the rest."""
    verdicts: dict[tuple[str, str], set[str]] = {}
    for study, _, told in comparisons:
        verdicts.setdefault((study.name, told["rule"]), set()).add(told["verdict"])
    named: dict[str, list[str]] = {"holds": [], "does_not_hold": [], "rest": []}
    for (study_name, rule), found in verdicts.items():
        word = next(iter(found)) if len(found) == 1 else "rest"
        named[word if word in named else "rest"].append(f"`{rule}` ({study_name})")
    return named | {"rules": [rule for _, rule in verdicts]}


def _page(template: str, **values: object) -> str:
    """Fill a template; Markdown is written as it stands, there is nothing to escape for."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters |= {
        "count": lambda number: f"{number:,}",
        "share": _share,
        "nano": lambda share: f"{share / 1e7:.1f} %",
        "rate": _rate,
        "times": _times,
        "change": _change,
        "asked": _asked,
        "came_out": _came_out,
    }
    return environment.get_template(template).render(
        questions=QUESTIONS, verdicts=VERDICTS, held_out=HELD_OUT, **values
    )


def _asked(told: Record | None) -> str:
    return _change(told["bad_rate_change"]) if told is not None else "no cut-off approves so many"


def _came_out(told: Record | None) -> str:
    if told is None:
        return "no cut-off"
    return f"{_times(told['approvals_ratio'])} ({_change(told['bad_rate_change'])})"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _rate(told: Record | None) -> str:
    if told is None:
        return "–"
    low, high = (100 * told[end] for end in ("low", "high"))
    return f"{100 * told['estimate']:.1f} % [{low:.1f}, {high:.1f}]"


def _times(told: Record | None) -> str:
    return "–" if told is None else f"{told['estimate']:.2f} × [{told['low']:.2f}, {told['high']:.2f}]"


def _change(told: Record | None) -> str:
    if told is None:
        return "–"
    estimate, low, high = (_signed(100 * told[name]) for name in ("estimate", "low", "high"))
    return f"{estimate} % [{low}, {high}]"


def _signed(value: float) -> str:
    """Write a change with its sign; what rounds to nothing has none."""
    return "0" if round(value) == 0 else f"{value:+.0f}".replace("-", "−")
