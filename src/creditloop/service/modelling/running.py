"""Run a model's plan (建模流程): from rows to a card and one record of everything that was seen on the way.

1. rows are read: from the plan's table or the contract's features, with outcomes, groups and times
2. columns that must not be fitted are named and left out
3. the leak probe names what knows too much, left out unless the plan accepts it; directions are checked
4. candidates are fitted on the same folds, judged on what they never saw, and on the later rows
5. the card is chosen by the plan's rule, fitted on all earlier rows, and written as its text
6. the chosen card is looked at: curves, grades, features, in time, by segment, by group, the rejected
7. one record is put together, in whole numbers; reports and model card are drawn from it alone
"""

from collections.abc import Callable
from dataclasses import dataclass

from creditloop.service.modelling.carding import ChosenCard, make_card
from creditloop.service.modelling.crossing import chosen_card, cross_fit
from creditloop.service.modelling.examining import answers_of
from creditloop.service.modelling.findings import look_at_columns, look_further
from creditloop.service.modelling.plans.plan import ModelPlan
from creditloop.service.modelling.recording import run_record
from creditloop.service.modelling.sample import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRun:
    """What a plan gave.

    Attributes:
        record: plain data: texts and whole numbers; every report is drawn from it.
    """

    plan: ModelPlan
    chosen: ChosenCard
    record: dict[str, object]


def run_model_plan(
    plan: ModelPlan, sample: Sample, *, progress: Callable[[int, int | None], None]
) -> ModelRun:
    """Make a model of a sample by its plan; the same plan and rows give the same record.

    Args:
        progress: told steps done, and how many there are.
    Raises: InputError where nothing is left to fit, or what the fits raise.
    """
    steps = _Steps(plan, sample, progress)
    columns = look_at_columns(sample, plan=plan)  # 2
    steps.done()
    found = look_further(sample, columns, plan=plan)  # 3
    steps.done()
    crossed = tuple(  # 4
        cross_fit(kind, sample, found.features, plan=plan, step=steps.done) for kind in plan.candidates.kinds
    )
    kind = chosen_card(crossed, choice=plan.choice)  # 5
    chosen = make_card(kind, sample, found, plan=plan)
    steps.done()
    own = next(one for one in crossed if one.kind is kind)
    answers = answers_of(own, chosen, sample)
    record = run_record(  # 6, 7
        plan=plan, sample=sample, found=found, crossed=crossed, own=own, chosen=chosen, answers=answers
    )
    steps.done()
    return ModelRun(plan=plan, chosen=chosen, record=record)


class _Steps:
    """Counts steps for who waits."""

    def __init__(self, plan: ModelPlan, sample: Sample, progress: Callable[[int, int | None], None]) -> None:
        fits = plan.split.folds + int(sample.late.any())
        self.total = len(plan.candidates.kinds) * fits + 4
        self.count = 0
        self.progress = progress
        progress(0, self.total)

    def done(self) -> None:
        """Tell of one more step."""
        self.count += 1
        self.progress(self.count, self.total)
