"""Judging frame after frame of the same columns (批量判断): what is planned for one serves the next.

A day is closed in parts, and planning how a document is computed over a frame takes as long as computing it
for ten thousand loans. A plan is kept by what the document means, the outputs and the columns, and is used by
one thread at a time: whoever finds none free makes one.
"""

from collections.abc import Sequence

import polars as pl

from creditloop.risk import Policy

_KEPT = 64
"""Kinds of plans kept; a bank has some ten at once."""
_Key = tuple[str, tuple[str, ...], tuple[tuple[str, pl.DataType], ...]]
_FREE: dict[_Key, list["_Plan"]] = {}


class _Plan:
    """A policy's outputs over a frame that is put in place of the one before."""

    def __init__(self, policy: Policy, schema: pl.Schema, outputs: Sequence[str]) -> None:
        self._frame: pl.DataFrame | None = None
        self._lazy = policy.judge_frame(pl.defer(self._given, schema=schema), outputs=outputs).select(outputs)

    def over(self, frame: pl.DataFrame) -> pl.DataFrame:
        self._frame = frame
        try:
            return self._lazy.collect()
        finally:
            self._frame = None

    def _given(self) -> pl.DataFrame:
        assert self._frame is not None, "collected only with a frame in place"
        return self._frame


def judged(policy: Policy, frame: pl.DataFrame, *, outputs: Sequence[str]) -> pl.DataFrame:
    """Return these outputs for every row, as `Policy.judge_frame` gives them; null where a row refers.

    Raises: as `Policy.judge_frame`.
    """
    rows = frame.select([entry.name for entry in policy.inputs if entry.name in frame.columns])
    key = (policy.version, tuple(outputs), tuple(rows.schema.items()))
    free = _FREE.setdefault(key, [])
    try:
        plan = free.pop()
    except IndexError:
        plan = _Plan(policy, rows.schema, outputs)
    found = plan.over(rows)
    free.append(plan)
    while len(_FREE) > _KEPT:
        _FREE.pop(next(iter(_FREE)), None)
    return found
