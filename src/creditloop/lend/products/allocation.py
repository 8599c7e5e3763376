"""Allocation rules (冲抵顺序): policies that say which debts a repayment settles first, by days past due.

A policy gives the order as a text of twelve cells, `past_due.fee past_due.penalty … in_advance.principal`,
the direction through the instalments and where money paid in advance goes. It is read as the book's own
allocation, and the days past due from which another order holds.
"""

from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from creditloop.book.loans import Across, Allocation, Cell, DpdSwitch, Due, Future, Part
from creditloop.kernel.errors import PolicyError
from creditloop.risk import Policy

_DPD_MAX = 3_660
"""Days past due up to which a switch of the order is looked for: ten years."""
_GIVES = ("allocation_order", "across", "future")


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRule:
    """An allocation policy as in force on a day.

    Attributes:
        allocation: the order of a loan that is not late.
        by_dpd: the orders above some days past due, ascending.
    """

    policy: Policy
    allocation: Allocation
    by_dpd: tuple[DpdSwitch, ...]

    def order(self, dpd: int) -> Allocation:
        """Return the order on a loan so many days past due."""
        switched = [switch.allocation for switch in self.by_dpd if dpd > switch.above_dpd]
        return switched[-1] if switched else self.allocation


def allocation_rule(policy: Policy) -> AllocationRule:
    """Take a policy as an allocation rule: every number of days up to ten years late is asked once.

    Raises: PolicyError naming the file if it takes or gives something else, says nothing for some days, or an
        order does not name each of the twelve cells once.
    """
    inputs = [entry.name for entry in policy.inputs]
    if inputs != ["dpd"] or not set(_GIVES) <= set(policy.outputs):
        raise PolicyError(
            "not an allocation rule",
            got=f"takes {inputs}, gives {sorted(policy.outputs)}",
            expected=f"takes dpd, gives {', '.join(_GIVES)}",
            where={"file": policy.document.path},
        )
    days = pl.DataFrame({"dpd": range(_DPD_MAX + 1)}, schema={"dpd": pl.Int64})
    told = policy.judge_frame(days).select(_GIVES).rows()
    orders = [_allocation(policy, told[0])]
    switches = list[DpdSwitch]()
    for late, (before, after) in enumerate(pairwise(told)):
        if after != before:
            switches.append(DpdSwitch(above_dpd=late, allocation=_allocation(policy, after)))
    return AllocationRule(policy=policy, allocation=orders[0], by_dpd=tuple(switches))


def _allocation(policy: Policy, told: tuple[str | None, ...]) -> Allocation:
    order, across, future = told
    where = {"file": policy.document.path, "field": "allocation_order"}
    if order is None or across is None or future is None:
        raise PolicyError("the rule does not say an order for every number of days past due", where=where)
    try:
        return Allocation(
            cells=tuple(_cell(word) for word in order.split()), across=Across(across), future=Future(future)
        )
    except (KeyError, ValueError) as error:
        raise PolicyError("not an order of cells", got=f"{order}; {across}; {future}", where=where) from error
    except PolicyError as error:
        raise PolicyError(error.message, got=error.got, expected=error.expected, where=where) from error


def _cell(word: str) -> Cell:
    due, _, part = word.partition(".")
    return Due(due), Part[part.upper()]
