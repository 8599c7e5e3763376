"""What an event settled, line by line (冲抵过程): what was open, what was left of the money, what it took."""

from collections import Counter
from fractions import Fraction

from creditloop.book.explaining.steps import Explanation, How, Step, Term
from creditloop.book.explaining.trace import Moment, Trace
from creditloop.book.loans import Part, Prepaid, Refunded, Repaid, Waived
from creditloop.book.loans.rows import OpenRow, Settled, Working
from creditloop.kernel.errors import UnknownId

_WHOLE = Fraction(1)


def explain_settlement(trace: Trace, *, event_id: str) -> Explanation:
    """Return what an event's money settled, in the order in which it did; what was waived likewise.

    The amount is what came in, below zero what went back; of an event that settles nothing it is 0.

    Raises: UnknownId if the event is not there, or was undone.
    """
    moment = next((one for one in trace.moments if one.event.id == event_id), None)
    if moment is None:
        raise UnknownId("no event of the loan that counts", got=event_id)
    event = moment.event
    amount, steps = 0, list[Step]()
    if isinstance(event, Repaid | Prepaid):
        amount, steps = event.amount, _paid(trace, moment, event.amount)
    elif isinstance(event, Refunded):
        steps = _refunded(moment)
        amount = -(sum(_settled(moment.after, event_id).parts) + _settled(moment.after, event_id).covered)
    elif isinstance(event, Waived):
        steps = _waived(moment)
        amount = sum(_settled(moment.after, event_id).parts)
    return Explanation(what="settled", subject=event_id, amount=amount, steps=tuple(steps))


def _settled(work: Working, event_id: str) -> Settled:
    return next(one for one in work.settled if one.event.id == event_id)


def _paid(trace: Trace, moment: Moment, amount: int) -> list[Step]:
    """Return the lines of a payment, then what its overpayment settled later, then what is left."""
    event_id = moment.event.id
    first, final = _settled(moment.after, event_id), _settled(trace.last, event_id)
    left, steps = amount, list[Step]()
    still = Counter[tuple[int, Part]]()
    for row, part, units in first.taken:
        still[id(row), part] += units
    for row, part, units in first.taken:
        open_there = row.open_of(part) + still[id(row), part]
        still[id(row), part] -= units
        steps.append(_line(moment, row, part, units, open_there, left, How.SETTLED))
        left -= units
    for row, part, units in final.taken[len(first.taken) :]:
        steps.append(_line(moment, row, part, units, units, left, How.SETTLED_LATER))
        left -= units
    if final.overpaid:
        steps.append(
            Step(
                how=How.OVERPAID,
                amount=final.overpaid,
                result=final.overpaid,
                day=moment.event.value_date,
                event_id=event_id,
                added=left,
            )
        )
    return steps


def _line(moment: Moment, row: OpenRow, part: Part, units: int, open_there: int, left: int, how: How) -> Step:
    return Step(
        how=how,
        amount=units,
        result=units,
        day=moment.event.value_date,
        event_id=moment.event.id,
        terms=(Term(base=open_there, part=_WHOLE), Term(base=left, part=_WHOLE)),
        due=row.due,
        part=part,
    )


def _refunded(moment: Moment) -> list[Step]:
    event, settled = moment.event, _settled(moment.after, moment.event.id)
    steps = [
        Step(
            how=How.PUT_BACK,
            amount=units,
            result=units,
            day=event.value_date,
            event_id=event.id,
            due=row.due,
            part=part,
        )
        for row, part, units in settled.taken
    ]
    if settled.covered:
        covered = -settled.covered
        steps.append(
            Step(how=How.OVERPAID, amount=covered, result=covered, day=event.value_date, event_id=event.id)
        )
    return steps


def _waived(moment: Moment) -> list[Step]:
    """Return what was waived of each row: what is waived there after the event and was not before."""
    event = moment.event
    assert isinstance(event, Waived) and moment.before is not None, "nothing is waived before a pay-out"
    left, steps = event.amount, list[Step]()
    for place, row in enumerate(moment.after.rows):
        source = moment.came_from[place]
        was = 0 if source is None else moment.before.rows[source].waived[event.part]
        units = row.waived[event.part] - was
        if units:
            open_there = row.open_of(event.part) + units
            steps.append(_line(moment, row, event.part, units, open_there, left, How.SETTLED))
            left -= units
    return steps
