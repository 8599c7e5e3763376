"""Judge a month's warnings again from the values kept with them (批量重放), all customers at once."""

from collections.abc import Sequence

import polars as pl

from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.storage import Connection
from creditloop.monitor.warning import judge_warnings
from creditloop.monitor.warning_store import WarningRow, WarningRun, find_warnings
from creditloop.risk import Policy, kept_frame

_SAID = ("party_id", "risk", "level", "level_rule", "signals", "measures")


def warned_frame(connection: Connection, *, run: WarningRun) -> pl.DataFrame:
    """Return everybody warned in a month as it is kept, by party.

    Returns: party_id, risk, level, level_rule, signals, measures (lists), and `values`: canonical JSON of
        what the warning was made from.
    """
    rows = find_warnings(connection, batch_id=run.batch_id)
    columns = {name: [_plain(row, name) for row in rows] for name in _SAID}
    values = [canonical_bytes(row.values).decode() for row in rows]
    texts = pl.List(pl.String)
    schema = dict.fromkeys(_SAID, pl.String()) | {"risk": pl.Int64(), "signals": texts, "measures": texts}
    frame = pl.DataFrame({**columns, "values": values}, schema=schema | {"values": pl.String()})
    return frame.sort("party_id")


def warn_again(*, warned: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Judge a month's warnings again; return party_id, risk, level, level_rule, signals, measures, by party.

    Args:
        warned: as `warned_frame` returns it; only party_id and values are read.
        policy: the very text it was judged by.
    Raises: EvidenceError if the values kept are not those the policy reads.
    """
    kinds = {entry.name: entry.kind for entry in policy.inputs}
    rows = kept_frame(warned["values"], kinds=kinds).with_columns(warned["party_id"])
    return judge_warnings(rows=rows, policy=policy).select(_SAID)


def _plain(row: WarningRow, name: str) -> object:
    value: object = getattr(row, name)
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
