"""When a fact becomes known (知悉日), and what was first told wrongly (迟报与更正).

Most facts become known within a source's usual days. Some are late. Some are first told with a wrong
amount: the first version has the wrong one and a second, with the same key and a later `known_on`, the right.
What would become known only after the town's last day stands in no file.
"""

from dataclasses import dataclass

import numpy as np

from creditloop.world.draws import Flags, Ints
from creditloop.world.setting import Setting
from creditloop.world.writing.columns import Rows, stack

EVERY = ("late", "corrected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Rows as they became known, and the truth about which were late or corrected.

    Attributes:
        late: (rows,) whether each row became known far later than usual.
        wrong: (rows,) whether each row is a first version that was corrected later.
        right: (rows,) the amount it was corrected to, in fen; 0 where not wrong.
    """

    rows: Rows
    late: Flags
    wrong: Flags
    right: Ints


def tell(
    setting: Setting,
    random: np.random.Generator,
    rows: Rows,
    *,
    day: str,
    amount: str | None,
    usual_days: int,
) -> Told:
    """Give every row the day on which it became known, plant late ones, and correct some amounts.

    Args:
        day: the column of the event's day.
        amount: the column that a correction changes; None for a source whose rows are not corrected.
        usual_days: most days that it usually takes; 0 for the same day.
    """
    plan, n = setting.plan, len(rows)
    late = random.random(n) < plan["facts.late"]
    far = random.integers(int(plan["facts.late_least"]), int(plan["facts.late_most"]) + 1, n)
    known = rows.whole(day) + random.integers(0, usual_days + 1, n) + np.where(late, far, 0)
    told = Told(
        rows=rows.with_columns(known_on=known),
        late=late,
        wrong=np.zeros(n, np.bool_),
        right=np.zeros(n, np.int64),
    )
    if amount is not None:
        told = _corrected(setting, random, told, amount)
    return _until(told, setting.months.last)


def as_known(setting: Setting, rows: Rows) -> Told:
    """Return rows that say themselves when they became known: versions of facts that change."""
    n = len(rows)
    told = Told(
        rows=rows, late=np.zeros(n, np.bool_), wrong=np.zeros(n, np.bool_), right=np.zeros(n, np.int64)
    )
    return _until(told, setting.months.last)


def _corrected(setting: Setting, random: np.random.Generator, told: Told, amount: str) -> Told:
    """Put a wrong version before some rows; both stand, the right one is known later."""
    plan, rows = setting.plan, told.rows
    chosen = np.flatnonzero((random.random(len(rows)) < plan["facts.corrected"]) & (rows.whole(amount) > 0))
    if not len(chosen):
        return told
    after = random.integers(
        int(plan["facts.corrected_least"]), int(plan["facts.corrected_most"]) + 1, len(chosen)
    )
    known, right = rows.whole("known_on").copy(), rows.whole(amount)[chosen]
    first_known = known[chosen].copy()
    known[chosen] += after
    off = plan["facts.wrong_by"] * (0.25 + 0.75 * random.random(len(chosen)))
    wrong = np.maximum(np.floor(right * (1 + np.where(random.random(len(chosen)) < 0.5, off, -off))), 1)
    first = rows.take(chosen).with_columns(**{amount: wrong.astype(np.int64), "known_on": first_known})
    both = stack([rows.with_columns(known_on=known), first])
    zeros = np.zeros(len(rows), np.int64)
    place = np.concatenate([np.arange(len(rows)), chosen])
    order = np.lexsort((both.whole("known_on"), place))
    return Told(
        rows=both.take(order),
        late=np.concatenate([told.late, told.late[chosen]])[order],
        wrong=np.concatenate([zeros > 0, np.ones(len(chosen), np.bool_)])[order],
        right=np.concatenate([zeros, right])[order],
    )


def _until(told: Told, last: int) -> Told:
    kept = told.rows.whole("known_on") <= last
    if kept.all():
        return told
    return Told(
        rows=told.rows.take(kept), late=told.late[kept], wrong=told.wrong[kept], right=told.right[kept]
    )
