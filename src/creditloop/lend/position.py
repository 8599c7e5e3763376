"""Limit position (额度占用): what is granted, what of it is used, what is left — from the book's own balance.

consumed     已用    what the book says is owed; a credit balance uses nothing and adds nothing
available    可用    max(0, limit − owed); 0 while frozen; never below 0
above limit  超额    max(0, owed − limit): shown apart, not set off against anything
"""

from dataclasses import dataclass

import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import Fen, divide_half_away, fen

_NANO = 10**9
LIMITS = {
    "party_id": pl.String,
    "limit_fen": pl.Int64,
    "frozen": pl.Boolean,
    "offered_fen": pl.Int64,
    "sequence": pl.Int64,
}
"""Limits in force, a row a customer; `offered_fen` null where nothing is on offer."""
_OWED = {"party_id": pl.String, "owed_fen": pl.Int64}


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitPosition:
    """How one customer's limit is used; see the module.

    Attributes:
        utilisation_nano: consumed / limit; above 1 where more is owed than granted, None for a limit of 0.
    """

    party_id: str
    limit_fen: Fen
    frozen: bool
    offered_fen: Fen | None
    owed_fen: Fen
    consumed_fen: Fen
    available_fen: Fen
    above_limit_fen: Fen
    utilisation_nano: int | None

    def as_record(self) -> dict[str, object]:
        """Return the position as plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


def limit_position(
    *, party_id: str, limit_fen: int, frozen: bool, offered_fen: int | None, owed_fen: int
) -> LimitPosition:
    """Work out one customer's position.

    Args:
        owed_fen: what the book says is owed, >= 0; 0 for a customer in credit.
    Raises: InputError if an amount is below 0.

    >>> position = limit_position(party_id="p", limit_fen=100, frozen=False, offered_fen=None, owed_fen=130)
    >>> position.available_fen, position.above_limit_fen
    (0, 30)
    """
    if limit_fen < 0 or owed_fen < 0:
        raise InputError(
            "a limit or debt below 0", got=(limit_fen, owed_fen), expected=">= 0", where={"party": party_id}
        )
    return LimitPosition(
        party_id=party_id,
        limit_fen=fen(limit_fen),
        frozen=frozen,
        offered_fen=None if offered_fen is None else fen(offered_fen),
        owed_fen=fen(owed_fen),
        consumed_fen=fen(owed_fen),
        available_fen=fen(0 if frozen else max(0, limit_fen - owed_fen)),
        above_limit_fen=fen(max(0, owed_fen - limit_fen)),
        utilisation_nano=divide_half_away(owed_fen * _NANO, limit_fen) if limit_fen else None,
    )


def positions(*, limits: pl.DataFrame, owed: pl.DataFrame) -> pl.DataFrame:
    """Work out everybody's position at once, equal to `limit_position` of each.

    Args:
        limits: columns of `LIMITS`.
        owed: party_id, owed_fen (>= 0); a customer who is not in it owes nothing.
    Returns: the fields of `LimitPosition` but `utilisation_nano`, a row for each limit, by party.
    Raises: InputError if a frame has other columns, a party twice, or somebody owes without a limit.
    """
    _check(limits, LIMITS, "limits in force")
    _check(owed, _OWED, "what is owed")
    strangers = owed.filter(pl.col("owed_fen") != 0).join(limits, on="party_id", how="anti")
    if not strangers.is_empty():
        raise InputError("a customer owes and has no limit", got=strangers["party_id"][0])
    room = pl.max_horizontal(pl.lit(0), pl.col("limit_fen") - pl.col("owed_fen"))
    return (
        limits.join(owed, on="party_id", how="left", validate="1:1")
        .with_columns(pl.col("owed_fen").fill_null(0))
        .select(
            "party_id",
            "limit_fen",
            "frozen",
            "offered_fen",
            "owed_fen",
            consumed_fen=pl.col("owed_fen"),
            available_fen=pl.when("frozen").then(0).otherwise(room).cast(pl.Int64),
            above_limit_fen=pl.max_horizontal(pl.lit(0), pl.col("owed_fen") - pl.col("limit_fen")).cast(
                pl.Int64
            ),
        )
        .sort("party_id")
    )


def _check(frame: pl.DataFrame, columns: dict[str, type[pl.DataType]], what: str) -> None:
    if dict(frame.schema) != columns:
        raise InputError(f"not a table of {what}", got=dict(frame.schema), expected=columns)
    amounts = [name for name in columns if name.endswith("_fen")]
    bad = frame.filter(
        pl.col("party_id").is_duplicated()
        | pl.any_horizontal(pl.exclude("offered_fen").is_null())
        | pl.any_horizontal(pl.col(*amounts) < 0)
    )
    if not bad.is_empty():
        raise InputError(
            f"a row of {what} cannot be", got=bad.row(0), expected="each party once, amounts >= 0"
        )
