"""Who owns a firm, who stands in for it, whom it supplies (关系): read from relations known by a day.

A relation's row is told of the firm (`party_id`) and names the other (`other`). What is not known of a firm,
because nobody could read its relations, is null and never "nobody".
"""

from collections.abc import Collection, Mapping
from datetime import date

import polars as pl

OWNER, GUARANTOR, CUSTOMER = "owner", "guarantor", "customer"
MUTUAL, FIRM, NOBODY = "mutual", "firm", "none"


def holding_on(relations: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Return the relations that hold on a day: begun, and not ended by then."""
    ended = pl.col("ended_on").is_not_null() & (pl.col("ended_on") <= as_of)
    return relations.filter((pl.col("since_on") <= as_of) & ~ended)


def owner_of(relations: pl.DataFrame, *, sole_traders: Collection[str]) -> dict[str, str]:
    """Return the owner of each party: a sole trader is its own; of several the first by number."""
    told = (
        relations.filter(pl.col("kind") == OWNER).sort("party_id", "other").unique("party_id", keep="first")
    )
    return {**dict(told.select("party_id", "other").iter_rows()), **{one: one for one in sole_traders}}


def guarantors_of(relations: pl.DataFrame) -> dict[str, list[str]]:
    """Return who stands in for each party."""
    told = relations.filter(pl.col("kind") == GUARANTOR).sort("party_id", "other")
    found = dict[str, list[str]]()
    for party, other in told.select("party_id", "other").iter_rows():
        found.setdefault(party, []).append(other)
    return found


def supplies_of(relations: pl.DataFrame) -> frozenset[str]:
    """Return the parties that supply a core firm (核心企业供应商)."""
    return frozenset(relations.filter(pl.col("kind") == CUSTOMER)["party_id"])


def enhancement_of(
    party: str,
    *,
    guarantors: Mapping[str, list[str]],
    owners: Mapping[str, str],
    known: Collection[str],
    steps_max: int,
) -> str | None:
    """Tell who stands in for a party (增信): owner, another firm, nobody, or one in a ring with it (互保).

    Args:
        known: parties whose relations could be read.
        steps_max: guarantors of guarantors that are looked at.
    Returns: None where its own relations, or those of a firm that stands in for it, are not known: a ring
        cannot be told apart from help then.
    """
    if party not in known:
        return None
    own = guarantors.get(party, [])
    others = [one for one in own if one != owners.get(party)]
    if others:
        return _ring_or_firm(party, others, guarantors, owners, known, steps_max)
    return OWNER if own else NOBODY


def _ring_or_firm(
    party: str,
    others: list[str],
    guarantors: Mapping[str, list[str]],
    owners: Mapping[str, str],
    known: Collection[str],
    steps_max: int,
) -> str | None:
    """Walk from guarantor to guarantor: a way back to the party is a ring."""
    seen, now, blind = set[str](), others, False
    for _ in range(steps_max):
        blind = blind or any(one not in known for one in now)
        seen |= set(now)
        after = {other for one in now for other in guarantors.get(one, []) if other != owners.get(one)}
        if party in after:
            return MUTUAL
        now = sorted(after - seen)
        if not now:
            break
    return None if blind else FIRM
