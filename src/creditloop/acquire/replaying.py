"""Screen a whole batch again from the values kept with it (批量重放), all parties at once."""

from uuid import UUID

import polars as pl

from creditloop.acquire.policies import PORTRAIT, SCREENED, Policies
from creditloop.acquire.screening import screen
from creditloop.acquire.store import SQL
from creditloop.formula import Kind, State
from creditloop.kernel.storage import Connection, load_queries
from creditloop.risk import Card, kept_frame

_STATE = "__state"
SCREENING = {
    **dict.fromkeys(("party_id", *PORTRAIT), pl.String()),
    **dict.fromkeys(("score", "pd_nano"), pl.Int64()),
    **dict.fromkeys(("outcome", "rule", "reasons", "cause", "inputs"), pl.String()),
}
"""What `screen` says of a party, in order."""


def screening_frame(connection: Connection, *, batch_id: UUID) -> pl.DataFrame:
    """Return everybody in a screening as it is kept, by party; columns of `SCREENING`."""
    rows = list(load_queries(SQL).screening_of_batch(connection, batch_id=batch_id))
    return pl.DataFrame(rows, schema=SCREENING, orient="row").sort("party_id")


def screen_again(*, screened: pl.DataFrame, policies: Policies, card: Card) -> pl.DataFrame:
    """Screen a batch again; return the columns of `SCREENING`, by party.

    Args:
        screened: as `screening_frame` returns it; only party_id, cause and inputs are read.
        policies, card: the very texts it was screened by.
    Raises: EvidenceError if the values kept are not those the texts read.
    """
    declared = (
        *policies.portrait.inputs,
        *policies.whitelist.inputs,
        *policies.rescreen.inputs,
        *card.inputs,
    )
    kinds = {entry.name.removeprefix(SCREENED): entry.kind for entry in declared}
    features = {name: kinds[name] for name in (*policies.features_read, *(i.name for i in card.inputs))}
    states = {f"{entry.name}{_STATE}": Kind.INTEGER for entry in card.inputs}
    rows = kept_frame(screened["inputs"], kinds=features | states, maybe=states)
    told = rows.with_columns(
        screened["party_id"], screened["cause"], pl.col(list(states)).fill_null(State.OK.value)
    )
    scored = card.score_frame(told).drop("score_state")
    return screen(rows=scored, policies=policies)
