"""How what falls due came about (应还金额): events that planned or charged it, days it was overdue."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from creditloop.book.explaining.overdue import OverdueStep, overdue_steps
from creditloop.book.explaining.planned import planned_step
from creditloop.book.explaining.steps import Explanation, How, Step, Term, rounded
from creditloop.book.explaining.trace import Trace, trace_of
from creditloop.book.loans import LoanEvent, LoanRules, LoanTerms, Part
from creditloop.book.loans.replay import run
from creditloop.book.loans.rows import OpenRow, Working, earned


def explain_rows(trace: Trace) -> dict[tuple[int, Part], Explanation]:
    """Return how all that falls due came about, by the row's number from 1 and part."""
    return {
        (number, part): _explained(trace, number - 1, part, overdue)
        for overdue in [_overdue(trace)]
        for number in range(1, len(trace.last.rows) + 1)
        for part in Part
    }


def explain_row(trace: Trace, *, due: date, part: Part, number: int | None = None) -> Explanation:
    """Return how what falls due of a part on a date came about.

    Args:
        number: place of the row in the plan, from 1, where several fall due together.
    Raises: UnknownId if nothing falls due then.
    """
    return _explained(trace, trace.row_at(due, number), part, _overdue(trace))


def _overdue(trace: Trace) -> dict[str, list[OverdueStep]]:
    """Return the days that were overdue, by the id of the event before them."""
    return {moment.event.id: overdue_steps(trace, moment) for moment in trace.moments}


def _explained(
    trace: Trace, place: int, part: Part, overdue: Mapping[str, Sequence[OverdueStep]]
) -> Explanation:
    steps: list[Step] = []
    for moment, at in trace.line_of(place):
        planned = planned_step(trace, moment, at, part)
        if planned is not None:
            steps.append(planned)
        steps += [one.step for one in overdue[moment.event.id] if (one.place, one.part) == (at, part)]
    row = trace.last.rows[place]
    return Explanation(
        what=part.name.lower(), subject=str(row.due), amount=row.due_of(part), steps=tuple(steps)
    )


def explain_interest(trace: Trace, *, due: date, number: int | None = None) -> Explanation:
    """Return how the interest that falls due on a date came about; see `explain_row`."""
    return explain_row(trace, due=due, part=Part.INTEREST, number=number)


def explain_penalty(trace: Trace, *, due: date, number: int | None = None) -> Explanation:
    """Return how the penalty on what fell due on a date came about, day by day; see `explain_row`."""
    return explain_row(trace, due=due, part=Part.PENALTY, number=number)


def explain_accrual(
    *, terms: LoanTerms, rules: LoanRules, events: Sequence[LoanEvent], day: date, part: Part
) -> Explanation:
    """Return how the income of a part was accrued on a day, as the day's close recognises it.

    Args:
        events: those that were booked by the close of the day.
        part: INTEREST or PENALTY.
    """
    tomorrow = date.fromordinal(day.toordinal() + 1)
    known = [event for event in events if event.value_date <= day]
    trace = trace_of(terms=terms, rules=rules, events=known, as_of=tomorrow)
    live = [moment.event for moment in trace.moments]
    begun = run(terms=terms, rules=rules, events=live, as_of=day)
    ended = trace.last
    amount = 0
    if not ended.written_off:
        amount = earned(work=ended, until=tomorrow)[part] - earned(work=begun, until=day)[part]
    steps: list[Step] = []
    if part is Part.INTEREST and not ended.written_off:
        for row in begun.rows:
            steps += _accrued(begun, row, day, tomorrow)
    for one in overdue_steps(trace, trace.moments[-1]):
        if one.step.day == day and one.part is part:
            row = trace.moments[-1].after.rows[one.place]
            steps.append(_of_row(one.step, row.due))
    return Explanation(
        what=f"{part.name.lower()}_accrued", subject=str(day), amount=amount, steps=tuple(steps)
    )


def _of_row(step: Step, due: date) -> Step:
    return Step(
        how=step.how,
        amount=step.amount,
        result=step.result,
        day=step.day,
        terms=step.terms,
        carried=step.carried,
        due=due,
    )


def _accrued(work: Working, row: OpenRow, day: date, tomorrow: date) -> list[Step]:
    """Return what a day adds of a row's interest, evenly over the days of its period."""
    whole = row.due_of(Part.INTEREST) - row.credited[Part.INTEREST]
    if not row.start < tomorrow or row.due <= day or not whole:
        return []
    length = (row.due - row.start).days
    passed = Fraction((tomorrow - row.start).days, length)
    before = Fraction(max(0, (day - row.start).days), length)
    term = Term(base=whole, part=passed, since=row.start, until=tomorrow)
    result, was = rounded(term.exact, work.terms.scale), rounded(whole * before, work.terms.scale)
    return [
        Step(
            how=How.ACCRUED, amount=result - was, result=result, was=was, day=day, terms=(term,), due=row.due
        )
    ]
